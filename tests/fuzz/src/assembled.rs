//! Texts put together from pieces whose meaning is known: what is read, and which lines are
//! said to be unreadable, must be right.
//!
//! The first byte says how the text is cut; each further one is a piece, and some take more
//! bytes: where a record is cut, what a line of rubbish says. Sample: `\x00\x00\x05\x20` is a
//! record, then a record cut after 32 bytes and the record behind it.

use crate::sources::log_record::RecordProblem;
use crate::sources::unreadable::Tally;
use crate::text;

const TIME: &str = "2026-10-01T00:00:00.000Z ";
const PERMISSION: &str = "Permissions are correctly set for Amazon Bedrock logs.";

#[derive(Default)]
struct Assembled {
    text: Vec<u8>,
    line: u64,
    ids: Vec<String>,
    tally: Tally,
}

pub fn check(data: &[u8]) {
    let Some((seed, data)) = data.split_first() else {
        return;
    };
    let mut all = Assembled {
        line: 1,
        ..Assembled::default()
    };
    let mut data = data.iter().copied();
    while let Some(piece) = data.next() {
        all.piece(piece % 16, &mut data);
        if all.ids.len() > 20 {
            break;
        }
    }
    all.tally.records = all.ids.len() as u64;
    let read = text::in_every_way(&all.text, *seed);
    assert_eq!(read.rows.len(), all.ids.len(), "records");
    for (row, id) in read.rows.iter().zip(&all.ids) {
        assert!(row.contains(id), "{row} is not {id}");
    }
    let expected = all.tally.finding("f").map(|finding| finding.to_string());
    assert_eq!(read.finding, expected);
}

impl Assembled {
    fn piece(&mut self, piece: u8, more: &mut impl Iterator<Item = u8>) {
        let mut next = || usize::from(more.next().unwrap_or(0));
        match piece {
            0 => self.good_line(""),
            1 => self.good_line(TIME),
            2 => {
                let blanks = [" ", "\t", "   \r"][next() % 3];
                self.add(blanks);
                self.good_line("");
            }
            // Back to back.
            3 => {
                let (first, second) = (self.record(), self.record());
                self.add(&format!("{first}{second} "));
                self.good_line("");
            }
            4 => self.pretty(next() % 5),
            5 => {
                let record = self.record();
                self.ids.pop();
                self.lose(
                    &record[..1 + next() % (record.len() - 1)],
                    RecordProblem::CutOff,
                );
            }
            6 => {
                let broken = ["nope", "1.", "+1", "\"\\q\"", "[]]"][next() % 5];
                self.lose(&format!("{{\"region\":{broken}}}"), RecordProblem::NotJson);
            }
            7 => {
                let place = ["{}", "{\"a\":1}", "{\"timestamp\":5,\"modelId\":\"m\"}"][next() % 3];
                self.unreadable(place, RecordProblem::NotALogRecord);
            }
            8 => {
                let record = self.record().replace("accountId", "account");
                self.ids.pop();
                self.unreadable(&record, RecordProblem::Missing("accountId"));
            }
            9 => {
                let record = self
                    .record()
                    .replace("\"inputTokenCount\":1", "\"inputTokenCount\":-1");
                self.ids.pop();
                self.unreadable(&record, RecordProblem::Count("inputTokenCount"));
            }
            10 => {
                let lead = ["", TIME][next() % 2];
                self.add(&format!("{lead}{PERMISSION}\n"));
            }
            11 => self.add(["\n", "\r\n", " \n", "[\n", "]\n", ",\n", "\t\n\n"][next() % 7]),
            12 => {
                let length = next() % 80;
                let rubbish: Vec<u8> = more.take(length).collect();
                self.rubbish(rubbish);
            }
            13 => self.events(next() % 4, next() % 2 == 1),
            14 => {
                let (first, second) = (self.record(), self.record());
                self.add(&format!("[{first},\n{second}]\n"));
            }
            _ => {
                let record = self.record().replace("2026-10", "2026-20");
                self.ids.pop();
                self.unreadable(&record, RecordProblem::Timestamp);
            }
        }
    }

    /// A record that will be read.
    fn record(&mut self) -> String {
        let id = format!("id-{}-", self.ids.len());
        self.ids.push(id.clone());
        format!(
            r#"{{"timestamp":"2026-10-01T00:00:00Z","accountId":"1","region":"r","modelId":"m","requestId":"{id}","input":{{"inputBodyJson":{{"text":"a {{\"b\": [ \\"}},"inputTokenCount":1}}}}"#
        )
    }

    fn add(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
        self.line += text.bytes().filter(|byte| *byte == b'\n').count() as u64;
    }

    fn good_line(&mut self, lead: &str) {
        let record = self.record();
        self.add(&format!("{lead}{record}\n"));
    }

    fn pretty(&mut self, indent: usize) {
        let value: serde_json::Value = serde_json::from_str(&self.record()).unwrap();
        let text = serde_json::to_string_pretty(&value).unwrap();
        let lead = " ".repeat(indent);
        self.add(&format!(
            "{lead}{}\n",
            text.replace('\n', &format!("\n{lead}"))
        ));
    }

    /// A line that costs itself only.
    fn unreadable(&mut self, line: &str, problem: RecordProblem) {
        self.tally.unreadable(self.line, problem);
        self.add(line);
        self.add("\n");
    }

    /// A line after which reading goes on where the next record begins.
    fn lose(&mut self, line: &str, problem: RecordProblem) {
        self.unreadable(line, problem);
        self.good_line("");
    }

    /// A line that is nothing we know.
    fn rubbish(&mut self, mut line: Vec<u8>) {
        line.retain(|byte| !matches!(byte, b'\n' | b'{'));
        if matches!(
            line.first(),
            None | Some(b' ' | b'\t' | b'\r' | b'[' | b']' | b',')
        ) {
            line.insert(0, b'x');
        }
        if self.text.is_empty() && line.starts_with(b"\xEF\xBB\xBF") {
            line.insert(0, b'x');
        }
        self.tally.unreadable(self.line, RecordProblem::NotJson);
        self.text.extend(line);
        self.add("\n");
    }

    /// An answer of CloudWatch Logs.
    fn events(&mut self, count: usize, pretty: bool) {
        let events: Vec<serde_json::Value> = (0..count)
            .map(|_| serde_json::json!({"eventId": "e", "message": self.record(), "timestamp": 1}))
            .collect();
        let answer = serde_json::json!({"events": events, "nextToken": "t ] }"});
        let text = if pretty {
            serde_json::to_string_pretty(&answer).unwrap()
        } else {
            answer.to_string()
        };
        self.add(&format!("{text}\n"));
    }
}
