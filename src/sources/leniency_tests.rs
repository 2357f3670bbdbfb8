//! What the walker lets pass and serde_json does not: the whole list. Test code.
//!
//! Sample: `"x":[nope]` passes, since nobody looks at `x`; `"x":nope` does not.

use super::log_record::{LogRecord, RecordOptions, RecordProblem};
use super::oracle;

/// What the walker reads of a record that holds this, and whether serde_json refuses it.
fn read_with(inside: &[u8]) -> (Option<u64>, bool) {
    let head = br#"{"timestamp":"2026-10-01T12:30:00Z","accountId":"1","region":"r","modelId":"m","input":{"inputTokenCount":7},"#;
    let text = [head, inside, b"}"].concat();
    let options = RecordOptions::new(["team".to_owned()]);
    let walked = LogRecord::parse(&text, &options);
    let tokens = walked.ok().and_then(|parsed| {
        assert_eq!(parsed.end, text.len());
        parsed.record.usage().ok()?.input_tokens
    });
    (tokens, oracle::read(&text, &[]).is_none())
}

#[test]
fn what_may_pass_is_written_down() {
    let deep = format!("\"x\":{}{}", "[".repeat(5000), "]".repeat(5000));
    for inside in [
        // In a value that is stepped over: any text in a string that ends, anything in brackets
        // that balance, a number that no machine number holds, any depth.
        &br#""x":"\ud83d \q""#[..],
        b"\"x\":\"raw \x01 \xff\"",
        br#""x":[nope,},"y":{"a":[}}"#,
        br#""x":1e999"#,
        deep.as_bytes(),
        br#""output":{"outputBodyJson":{"content":{"a" 1}}}"#,
        // The bytes of a key that nobody asks for.
        b"\"raw \x01 \xff\":1",
    ] {
        let shown = String::from_utf8_lossy(&inside[..inside.len().min(60)]);
        assert_eq!(read_with(inside), (Some(7), true), "{shown}");
    }
    for inside in [
        // Whatever is kept or looked into.
        &br#""requestMetadata":{"team":"\ud83d"}"#[..],
        b"\"requestMetadata\":{\"team\":\"raw \x01\"}",
        b"\"requestMetadata\":{\"team\":\"\xff\"}",
        br#""identity":{"arn":nope}"#,
        br#""output":{"outputBodyJson":{"usage":{"a" 1}}}"#,
        br#""output":{"outputTokenCount":01}"#,
        br#""\ud83d":1"#,
        br#""x":nope"#,
        br#""x":.5"#,
        br#""x":[1"#,
        br#""x":1,"#,
    ] {
        let shown = String::from_utf8_lossy(inside);
        assert_eq!(read_with(inside), (None, true), "{shown}");
    }
    // Surrogates in pairs are text like any other.
    let pair = br#""x":"\ud83d\ude00","requestMetadata":{"team":"\ud83d\ude00"}"#;
    assert_eq!(read_with(pair), (Some(7), false));
}

#[test]
fn a_bad_escape_at_the_very_end_is_no_json_and_not_cut_off() {
    let options = RecordOptions::default();
    for text in [r#"{"\ud""#, r#"{"input":{"\q""#, r#"{"region":"\q""#] {
        let problem = LogRecord::parse(text.as_bytes(), &options).err();
        assert_eq!(problem, Some(RecordProblem::NotJson), "{text}");
    }
}
