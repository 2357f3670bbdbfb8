//! Finding records in texts of every shape, whole and in small pieces. Test code.
//!
//! Sample: three records back to back are three, however the text is cut.

use super::log_record::RecordOptions;
use super::record_keys::RecordMemory;
use super::records::{Records, Supply};
use super::unreadable::Tally;
use crate::domain::{RecordSink, UsageRecord};

/// Keeps the request ids.
#[derive(Default)]
struct Ids(Vec<String>);

impl RecordSink for Ids {
    fn take(&mut self, record: &UsageRecord<'_>) -> std::io::Result<()> {
        self.0.push(record.request_id.unwrap_or("-").to_owned());
        Ok(())
    }
}

fn record(id: &str) -> String {
    format!(
        r#"{{"timestamp":"2026-10-01T00:00:00Z","accountId":"1","region":"r","modelId":"m","requestId":"{id}","input":{{"inputBodyJson":{{"text":"a {{\"b\": [ \\"}},"inputTokenCount":1}}}}"#
    )
}

fn pretty(id: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(&record(id)).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

/// Reads a text whole and in pieces of several sizes; all must agree.
fn read(text: &str) -> (String, Option<String>) {
    let options = RecordOptions::default();
    let whole = read_in_pieces(text, text.len().max(1), &options);
    for size in [1, 7, 64, 1000] {
        assert_eq!(
            read_in_pieces(text, size, &options),
            whole,
            "pieces of {size}"
        );
    }
    whole
}

fn read_in_pieces(text: &str, size: usize, options: &RecordOptions) -> (String, Option<String>) {
    let mut memory = RecordMemory::new();
    let fresh = pieces_after(text, size, options, &mut memory);
    // What is remembered, of these very records, changes nothing.
    for _ in 0..2 {
        assert_eq!(pieces_after(text, size, options, &mut memory), fresh);
    }
    fresh
}

fn pieces_after(
    text: &str,
    size: usize,
    options: &RecordOptions,
    memory: &mut RecordMemory,
) -> (String, Option<String>) {
    let (mut records, mut tally, mut ids) = (
        Records::new(options, memory),
        Tally::default(),
        Ids::default(),
    );
    let mut held: Vec<u8> = Vec::new();
    let mut pieces = text.as_bytes().chunks(size);
    loop {
        let piece = pieces.next();
        held.extend(piece.unwrap_or_default());
        let supply = if piece.is_some() {
            Supply::More
        } else {
            Supply::Last
        };
        let used = records.feed(&held, supply, &mut ids, &mut tally).unwrap();
        held.drain(..used);
        if piece.is_none() {
            let finding = tally.finding("f").map(|finding| finding.to_string());
            return (ids.0.join(" "), finding);
        }
    }
}

#[test]
fn every_arrangement_of_records_is_read() {
    let (a, b, c) = (record("a"), record("b"), record("c"));
    let export = format!(
        "2026-10-01T00:00:00.000Z {a}\n2026-10-01T00:00:01.000Z Permissions are correctly set for Amazon Bedrock logs.\n2026-10-01T00:00:02.000Z {b}\n2026-10-01T00:00:02.000Z {c}"
    );
    let texts = [
        format!("{a}\n{b}\n{c}\n"),
        format!("\u{feff}{a}\r\n\r\n{b}\r\n{c}"),
        format!("{a}{b} {c}"),
        format!("[{a},{b},\n{c}]\n"),
        format!("{}\n{}\n{}\n", pretty("a"), pretty("b"), pretty("c")),
        format!("{a}\n{}{c}", pretty("b")),
        format!(
            "[\n  {},\n  {},\n  {c}\n]\n",
            pretty("a").replace('\n', "\n  "),
            pretty("b").replace('\n', "\n  ")
        ),
        format!("Permissions are correctly set for Amazon Bedrock logs.\n{a}\n{b}\n{c}\n"),
        export,
    ];
    for text in texts {
        assert_eq!(read(&text), ("a b c".to_owned(), None), "{text}");
    }
}

#[test]
fn the_answers_of_cloudwatch_logs_are_read() {
    let event = |id: &str| serde_json::json!({"logStreamName": "aws/bedrock/modelinvocations", "timestamp": 1, "message": record(id), "eventId": "e"});
    let permission =
        serde_json::json!({"message": "Permissions are correctly set for Amazon Bedrock logs."});
    let filter = serde_json::json!({"events": [event("a"), permission, event("b")], "searchedLogStreams": [], "nextToken": "x"});
    let get = serde_json::json!({"events": [event("c")], "nextForwardToken": "f"});
    let expected = ("a b c".to_owned(), None);
    assert_eq!(read(&format!("{filter}\n{get}\n")), expected);
    assert_eq!(read(&format!("{filter:#}\n{get:#}\n")), expected);
    let empty = serde_json::json!({"events": []});
    assert_eq!(read(&format!("{empty:#}{filter}{get:#}")), expected);
}

#[test]
fn a_broken_line_costs_itself_only() {
    let (a, b) = (record("a"), record("b"));
    for broken in [
        &a[..60],
        &a[..a.len() - 1],
        "{\"input\": [",
        "{\"a\": nope}",
        "{}",
        "plain words",
        "{\"a\": \"\u{1}\", \"timestamp\": \"\\q\"}",
    ] {
        let (ids, finding) = read(&format!("{a}\n{broken}\n{b}\n"));
        assert_eq!(ids, "a b", "{broken}");
        let finding = finding.unwrap();
        assert!(
            finding.starts_with(
                "error[unreadable-record]: f: 1 record cannot be read and is left out: line 2 ("
            ),
            "{finding}"
        );
    }
}

#[test]
fn a_broken_pretty_record_costs_itself_only() {
    let (a, b, c) = (pretty("a"), pretty("b"), pretty("c"));
    let cut = &b[..b.len() - 20];
    let (ids, finding) = read(&format!("{a}\n{cut}\n{c}\n"));
    assert_eq!(ids, "a c");
    let line = a.lines().count() + 1;
    assert!(finding.unwrap().contains(&format!("line {line} (")));
}

#[test]
fn five_lines_are_named_and_the_rest_is_counted() {
    let text = format!("{}\n{}", record("a"), "{\"x\": 1}\n".repeat(8));
    let (_, finding) = read(&text);
    assert_eq!(
        finding.unwrap(),
        "error[unreadable-record]: f: 8 records cannot be read and are left out: \
         line 2 (not an invocation log record), line 3 (not an invocation log record), \
         line 4 (not an invocation log record), line 5 (not an invocation log record), \
         line 6 (not an invocation log record), ...; repair or remove them, or fetch the file again"
    );
}

#[test]
fn a_text_without_records_says_so() {
    assert_eq!(
        read("").1.unwrap(),
        "info[no-records]: f: holds no invocation log record"
    );
    assert_eq!(
        read("hello SECRET\nworld\n").1.unwrap(),
        "error[not-a-log]: f: holds no invocation log record (line 1: not valid JSON); give invocation logs or usage tables only"
    );
}

/// Reads as `files` does, with room for so many bytes.
fn read_in_room(text: &[u8], room: usize) -> String {
    let options = RecordOptions::default();
    let mut memory = RecordMemory::new();
    let (mut records, mut tally, mut ids) = (
        Records::new(&options, &mut memory),
        Tally::default(),
        Ids::default(),
    );
    let mut done = 0;
    loop {
        let end = text.len().min(done + room);
        let data = &text[done..end];
        let supply = if data.len() == room {
            Supply::More
        } else {
            Supply::Last
        };
        let mut used = records.feed(data, supply, &mut ids, &mut tally).unwrap();
        if supply == Supply::Last {
            return ids.0.join(" ");
        }
        if used == 0 {
            used = records
                .feed(data, Supply::Full, &mut ids, &mut tally)
                .unwrap();
            assert!(used > 0, "reading stands still");
        }
        done += used;
    }
}

#[test]
fn an_indent_longer_than_the_room_does_not_stop_the_reading() {
    let blanks = " ".repeat(1500);
    let text = format!("{blanks}{{\"a\":nope}}\n{}\n", "{\"b\":1}\n".repeat(300));
    assert_eq!(read_in_room(text.as_bytes(), 1000), "");
    let text = format!("{text}{blanks}{}\n", record("a"));
    assert_eq!(read_in_room(text.as_bytes(), 1000), "");
}

#[test]
fn a_pretty_record_deep_in_a_line_is_cut_off_by_the_next_in_pieces_too() {
    let indent = " ".repeat(80);
    let text = format!("{indent}{{\n{indent}{}\n", record("a"));
    let (ids, finding) = read(&text);
    assert_eq!(ids, "a");
    assert!(finding.unwrap().contains("line 1 (cut off)"));
}

#[test]
fn one_line_may_hold_any_number_of_records() {
    let body = "x".repeat(1 << 20);
    let large = |id: u8| {
        record(&id.to_string()).replace("\"text\":", &format!("\"long\":\"{body}\",\"text\":"))
    };
    let text = format!("[{}]", (0..40).map(large).collect::<Vec<_>>().join(","));
    assert!(text.len() > 40 << 20);
    let options = RecordOptions::default();
    let (ids, finding) = read_in_pieces(&text, text.len(), &options);
    assert_eq!((ids.split(' ').count(), finding), (40, None));
    assert_eq!(read_in_room(text.as_bytes(), 3 << 20), ids);
}

#[test]
fn a_line_of_many_records_is_searched_for_its_end_once() {
    let began = std::time::Instant::now();
    let text = "{},".repeat(300_000);
    let (_, finding) = read_in_pieces(&text, text.len(), &RecordOptions::default());
    assert!(finding.unwrap().contains("not an invocation"));
    // Once for each record it took minutes in a build for tests.
    assert!(began.elapsed().as_secs() < 30);
}
