//! The walker against the slow reference reader, on random and mutated records. Test code.
//!
//! What the reference accepts, the walker reads alike; what the walker refuses, the reference
//! refuses. Invalid JSON inside a skipped value may pass the walker: then only the reference
//! refuses; `leniency_tests` has the whole list. The fuzz targets in
//! `tests/fuzz` hold the walker to it on any bytes.
//!
//! Sample: a record with shuffled, escaped and repeated keys is the same record.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::log_record::{LogRecord, RecordOptions, RecordProblem};
use super::oracle;
use super::record_keys::RecordMemory;

/// A small generator of choices: records are drawn from a seed, so that every run of a seed
/// gives the same text.
struct Choices(u64);

impl Choices {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len() as u64) as usize]
    }

    fn count(&mut self) -> Value {
        match self.below(14) {
            0 => Value::Null,
            1 => json!("17"),
            2 => json!(""),
            3 => json!(12.0),
            4 if self.below(4) == 0 => json!(-1),
            5 if self.below(4) == 0 => json!(1.5),
            6 if self.below(4) == 0 => json!(4_294_967_296_u64),
            7 if self.below(4) == 0 => json!("many"),
            8 if self.below(4) == 0 => json!([1, {"a": true}]),
            9 => json!(0),
            _ => json!(self.below(1000)),
        }
    }

    fn text(&mut self) -> Value {
        json!(self.pick(&[
            "plain",
            "",
            "quote \" and \\ backslash \\",
            "{\"inputTokenCount\": 999, \"usage\": {\"input_tokens\": 1}}",
            "]]}}\\\"",
            "naïve 🙂 \u{2028} \u{1}",
            "a longer text without anything odd in it, past thirty-two bytes",
            "5m",
            "1h",
            "priority",
            "optimized",
            "2026-10-01T01:02:03Z",
        ]))
    }

    fn object(&mut self, keys: &[&str], depth: u64) -> Value {
        let mut map = serde_json::Map::new();
        for key in keys {
            if self.below(3) > 0 {
                let value = if self.below(8) == 0 {
                    self.anything(depth)
                } else {
                    self.count()
                };
                map.insert((*key).to_owned(), value);
            }
        }
        Value::Object(map)
    }

    fn anything(&mut self, depth: u64) -> Value {
        match self.below(if depth == 0 { 4 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => self.text(),
            3 => self.count(),
            4 => (0..self.below(4))
                .map(|_| self.anything(depth - 1))
                .collect(),
            5 => self.usage(1),
            6 if self.below(6) == 0 => self.deep(),
            6 => self.part(depth - 1),
            _ => self.object(&["input", "usage", "modelId", "inputTokenCount"], depth - 1),
        }
    }

    /// Nested far deeper than a walk goes, but no deeper than serde_json does.
    fn deep(&mut self) -> Value {
        // Nothing deep in it again.
        let mut value = self.usage(0);
        for _ in 0..self.below(90) {
            value = match self.below(3) {
                0 => json!([value, "]}"]),
                1 => json!({"usage": value}),
                _ => json!({"a": "{[\"", "input": value}),
            };
        }
        value
    }

    fn usage(&mut self, depth: u64) -> Value {
        let keys = self.pick::<[&str]>(&[
            &[
                "inputTokens",
                "outputTokens",
                "totalTokens",
                "cacheReadInputTokens",
                "cacheWriteInputTokens",
            ],
            &[
                "input_tokens",
                "output_tokens",
                "cache_read_input_tokens",
                "cache_creation_input_tokens",
            ],
            &["prompt_tokens", "completion_tokens", "total_tokens"],
            &[
                "inputTokens",
                "input_tokens",
                "cacheReadInputTokenCount",
                "cacheWriteInputTokenCount",
            ],
        ]);
        let mut usage = self.object(keys, depth);
        match self.below(5) {
            0 => {
                usage["cacheDetails"] = (0..self.below(4))
                    .map(|_| {
                        let mut detail = self.object(&["inputTokens"], depth);
                        detail["ttl"] = json!(self.pick(&["5m", "1h", "5m", "9d"]));
                        detail
                    })
                    .collect();
            }
            1 => {
                usage["cache_creation"] = self.object(
                    &["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"],
                    depth,
                );
                if self.below(2) == 0 {
                    usage["cache_creation_input_tokens"] = json!(34);
                    usage["cache_creation"] =
                        json!({"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 4});
                }
            }
            2 => usage["prompt_tokens_details"] = self.object(&["cached_tokens"], depth),
            _ => {}
        }
        usage
    }

    fn part(&mut self, depth: u64) -> Value {
        let mut part = json!({});
        for _ in 0..self.below(4) {
            match self.below(11) {
                0 => part["usage"] = self.usage(1),
                1 => part["message"] = json!({"usage": self.usage(1), "content": self.text()}),
                2 => part["metadata"] = json!({"usage": self.usage(1)}),
                3 => {
                    part["amazon-bedrock-invocationMetrics"] = self.object(
                        &[
                            "inputTokenCount",
                            "outputTokenCount",
                            "cacheReadInputTokenCount",
                            "cacheWriteInputTokenCount",
                        ],
                        1,
                    );
                }
                4 => part["inputTextTokenCount"] = self.count(),
                5 => {
                    part["results"] = (0..self.below(3))
                        .map(|_| self.object(&["tokenCount"], 1))
                        .collect()
                }
                6 => part["serviceTier"] = json!({"type": self.text()}),
                7 => part["images"] = (0..self.below(3)).map(|_| self.text()).collect(),
                8 => part["performanceConfig"] = json!({"latency": self.text()}),
                9 => part["generation_token_count"] = self.count(),
                _ => {
                    let key =
                        self.pick(&["content", "usage", "message", "results", "images", "delta"]);
                    part[key] = self.anything(depth);
                }
            }
        }
        part
    }

    fn body(&mut self) -> Value {
        match self.below(5) {
            0 => self.anything(3),
            1 | 2 => (0..self.below(5))
                .map(|_| {
                    if self.below(6) == 0 {
                        self.anything(2)
                    } else {
                        self.part(2)
                    }
                })
                .collect(),
            _ => self.part(3),
        }
    }

    fn record(&mut self) -> Value {
        let mut record = json!({
            "schemaType": "ModelInvocationLog",
            "timestamp": "2026-10-01T12:30:00Z",
            "accountId": "111122223333",
            "region": "us-east-1",
            "requestId": "3f0c",
            "modelId": "amazon.nova-lite-v1:0",
            "identity": {"arn": "arn:aws:iam::111122223333:user/ana"},
            "input": self.object(&["inputTokenCount", "cacheReadInputTokenCount", "cacheWriteInputTokenCount"], 1),
            "output": self.object(&["outputTokenCount"], 1),
        });
        if self.below(3) > 0 {
            record["output"]["outputBodyJson"] = self.body();
            record["input"]["inputBodyJson"] = self.anything(3);
        }
        for _ in 0..self.below(3) {
            let key = self.pick(&[
                "timestamp",
                "accountId",
                "region",
                "requestId",
                "modelId",
                "identity",
                "input",
                "output",
                "errorCode",
                "serviceTier",
                "performanceConfig",
                "requestMetadata",
                "new",
            ]);
            match self.below(4) {
                0 => record[key] = self.anything(2),
                1 => record[key] = self.text(),
                2 => {
                    record["requestMetadata"] =
                        json!({"team": self.text(), "other": self.text(), "app": self.text()});
                }
                _ => {
                    record.as_object_mut().unwrap().remove(key);
                }
            }
        }
        record
    }

    /// The value as text, with its keys in any order, some of them repeated or escaped.
    fn write(&mut self, value: &Value, out: &mut String) {
        self.write_at(0, value, out);
    }

    fn write_at(&mut self, depth: u64, value: &Value, out: &mut String) {
        if self.below(6) == 0 {
            out.push_str(self.pick(&[" ", "\n", "\t ", "\r\n"]));
        }
        match value {
            Value::Object(map) => {
                let mut keys: Vec<&String> = map.keys().collect();
                for index in (1..keys.len()).rev() {
                    keys.swap(index, self.below(index as u64 + 1) as usize);
                }
                out.push('{');
                for (index, key) in keys.into_iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    if self.below(20) == 0 {
                        // Repeated values must not add up to more than serde_json nests.
                        let other = self.anything(if depth < 8 { 2 } else { 0 });
                        self.key(key, out);
                        self.write_at(depth + 1, &other, out);
                        out.push(',');
                    }
                    self.key(key, out);
                    self.write_at(depth + 1, &map[key], out);
                }
                out.push('}');
            }
            Value::Array(all) => {
                out.push('[');
                for (index, element) in all.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    self.write_at(depth + 1, element, out);
                }
                out.push(']');
            }
            Value::String(text) => self.string(text, out),
            other => out.push_str(&other.to_string()),
        }
        if self.below(9) == 0 {
            out.push(' ');
        }
    }

    fn key(&mut self, key: &str, out: &mut String) {
        self.string(key, out);
        out.push_str(self.pick(&[":", ": ", " :\n"]));
    }

    fn string(&mut self, text: &str, out: &mut String) {
        if self.below(12) > 0 {
            out.push_str(&json!(text).to_string());
            return;
        }
        // Every character as an escape, surrogate pairs too.
        out.push('"');
        for unit in text.encode_utf16() {
            out.push_str(&format!("\\u{unit:04x}"));
        }
        out.push('"');
    }
}

fn options() -> RecordOptions {
    RecordOptions::new(["team".to_owned(), "app".to_owned()])
}

/// Both readers on one text.
fn compare(text: &[u8]) -> Result<(), TestCaseError> {
    compare_after(text, &mut RecordMemory::new())
}

/// Both readers on one text, the walker's with what it remembers of others.
fn compare_after(text: &[u8], memory: &mut RecordMemory) -> Result<(), TestCaseError> {
    let options = options();
    let mut record = LogRecord::default();
    let walked = record.read(text, &options, memory);
    let blanks_follow = |end: usize| text[end..].iter().all(|b| b" \n\r\t".contains(b));
    match oracle::read(text, options.metadata_keys()) {
        Some(expected) => {
            let walked = walked.map_err(|e| TestCaseError::fail(format!("refused: {e}")))?;
            prop_assert!(blanks_follow(walked));
            match (record.usage_in(&mut memory.hour), &expected) {
                (Ok(usage), Ok(expected)) => prop_assert_eq!(usage, expected.usage()),
                (Err(problem), Err(expected)) => prop_assert_eq!(problem, *expected),
                (walked, expected) => {
                    return Err(TestCaseError::fail(format!(
                        "{walked:?} is not {expected:?}"
                    )));
                }
            }
        }
        // Invalid for the reference: the walker may only have been too lenient, never wrong
        // about where the record ends.
        None => {
            if let Ok(walked) = walked {
                prop_assert!(walked <= text.len());
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn random_records_read_as_the_reference_reads_them(seed in any::<u64>()) {
        let mut choices = Choices(seed);
        let record = choices.record();
        let mut text = String::new();
        choices.write(&record, &mut text);
        prop_assert!(oracle::read(text.as_bytes(), &[]).is_some(), "the test itself: {}", text);
        compare(text.as_bytes())?;
    }

    #[test]
    fn what_is_remembered_of_other_records_changes_nothing(
        seeds in proptest::collection::vec(any::<u64>(), 1..12),
        repeated in 1usize..4,
    ) {
        let mut memory = RecordMemory::new();
        for seed in seeds {
            let mut choices = Choices(seed);
            let record = choices.record();
            for _ in 0..repeated {
                // Each time with blanks, escapes and orders of its own.
                let mut text = String::new();
                choices.write(&record, &mut text);
                // The third time its shape is known.
                for _ in 0..3 {
                    compare_after(text.as_bytes(), &mut memory)?;
                }
            }
        }
    }

    #[test]
    fn mutated_records_read_as_the_reference_reads_them(
        seed in any::<u64>(),
        changes in proptest::collection::vec((any::<u32>(), 0u8..4, any::<u8>()), 1..4),
    ) {
        let mut choices = Choices(seed);
        let record = choices.record();
        let mut text = String::new();
        choices.write(&record, &mut text);
        let mut memory = RecordMemory::new();
        for _ in 0..2 {
            compare_after(text.as_bytes(), &mut memory)?;
        }
        let mut text = text.into_bytes();
        for (at, kind, byte) in changes {
            let at = at as usize % text.len();
            match kind {
                0 => text[at] = byte,
                1 => text.insert(at, b"\"\\{}[],:0"[byte as usize % 9]),
                2 => { text.remove(at); }
                _ => text.truncate(at + 1),
            }
            if text.is_empty() {
                break;
            }
        }
        compare(&text)?;
        compare_after(&text, &mut memory)?;
    }

    #[test]
    fn a_record_is_cut_off_wherever_it_is_cut(seed in any::<u64>(), at in any::<u32>()) {
        let mut choices = Choices(seed);
        let record = choices.record();
        let mut text = String::new();
        choices.write(&record, &mut text);
        let text = text.trim_end().as_bytes();
        let options = options();
        let cut = LogRecord::parse(&text[..at as usize % text.len()], &options);
        prop_assert_eq!(cut.err(), Some(RecordProblem::CutOff));
    }
}

#[test]
fn problems_never_quote_the_record() {
    let canary = "SECRET-PROMPT-7731";
    for text in [
        format!("{{\"a\": \"{canary}\""),
        format!("{{\"{canary}\": 1}}"),
        format!(
            "{{\"timestamp\":\"{canary}\",\"modelId\":\"m\",\"accountId\":\"1\",\"region\":\"r\"}}"
        ),
        format!("{{\"timestamp\":\"{canary}\\uD800\"}}"),
        canary.to_owned(),
    ] {
        let options = options();
        let problem = match LogRecord::parse(text.as_bytes(), &options) {
            Ok(parsed) => parsed.record.usage().unwrap_err(),
            Err(problem) => problem,
        };
        assert!(!problem.to_string().contains("SECRET"));
        assert_ne!(problem, RecordProblem::TooLong);
    }
}
