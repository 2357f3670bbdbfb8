//! One record of each shape, with values worked out by hand. Test code.
//!
//! Sample: a Converse record with 7 tokens in, 2 out.

use super::log_record::{LogRecord, RecordOptions, RecordProblem};
use crate::domain::{CacheWrites, ServiceTier, UsageRecord};

const HEAD: &str = r#""timestamp":"2026-10-01T12:30:00Z","accountId":"111122223333","region":"us-east-1","modelId":"m.x","requestId":"r1""#;

/// Reads a record with this input and output, and gives input, output, cache read, and cache
/// writes (5m, 1h, unknown).
fn counts(input: &str, output: &str) -> [Option<u64>; 6] {
    let text = format!(r#"{{{HEAD},"input":{{{input}}},"output":{{{output}}}}}"#);
    read(&text, |record| {
        let writes = record.cache_writes;
        [
            record.input_tokens,
            record.output_tokens,
            record.cache_read_tokens,
            writes.five_minutes,
            writes.one_hour,
            writes.unknown,
        ]
    })
}

fn body(body: &str) -> [Option<u64>; 6] {
    counts("", &format!(r#""outputBodyJson":{body}"#))
}

fn read<T>(text: &str, take: impl Fn(UsageRecord<'_>) -> T) -> T {
    let options = RecordOptions::new(["team".to_owned(), "app".to_owned()]);
    let parsed = LogRecord::parse(text.as_bytes(), &options).unwrap();
    assert_eq!(parsed.end, text.len());
    take(parsed.record.usage().unwrap())
}

fn problem(text: &str) -> RecordProblem {
    let options = RecordOptions::default();
    match LogRecord::parse(text.as_bytes(), &options) {
        Ok(parsed) => parsed.record.usage().unwrap_err(),
        Err(problem) => problem,
    }
}

#[test]
fn every_field_of_a_record_is_read() {
    let text = format!(
        r#"{{"schemaType":"ModelInvocationLog","schemaVersion":"1.0",{HEAD},"operation":"Converse",
        "identity":{{"arn":"arn:aws:sts::111122223333:assumed-role/r/s"}},"inferenceRegion":"us-west-2",
        "requestMetadata":{{"team":"a\"b","zone":"x","app":"y"}},"errorCode":null,"new":[1,{{"x":"]"}}],
        "input":{{"inputContentType":"application/json","inputTokenCount":7,"cacheReadInputTokenCount":0,"cacheWriteInputTokenCount":"5"}},
        "output":{{"outputContentType":"application/json","outputTokenCount":2}}}}"#
    );
    read(&text, |record| {
        assert_eq!(
            record,
            UsageRecord {
                // 20,727 days x 86,400 s + 12.5 h.
                timestamp: 1_790_857_800,
                account_id: "111122223333",
                region: "us-east-1",
                request_id: Some("r1"),
                model_id: "m.x",
                principal: Some("arn:aws:sts::111122223333:assumed-role/r/s"),
                metadata: &[("app", "y".into()), ("team", "a\"b".into())],
                service_tier: ServiceTier::Standard,
                unknown_tier: false,
                failed: false,
                input_tokens: Some(7),
                output_tokens: Some(2),
                cache_read_tokens: Some(0),
                cache_writes: CacheWrites {
                    unknown: Some(5),
                    ..CacheWrites::default()
                },
                images: None,
            }
        );
    });
}

#[test]
fn converse_bodies_give_counts_and_the_split_of_cache_writes() {
    let usage = r#"{"output":{"message":{}},"stopReason":"end_turn","metrics":{"latencyMs":1},"usage":{"inputTokens":22,"outputTokens":13,"totalTokens":99,"cacheReadInputTokens":4,"cacheReadInputTokenCount":4,"cacheWriteInputTokens":30,"cacheDetails":[{"ttl":"1h","inputTokens":10},{"ttl":"5m","inputTokens":20}]}}"#;
    let expected = [Some(22), Some(13), Some(4), Some(20), Some(10), None];
    assert_eq!(body(usage), expected);
    // The record's own counters win, the split still comes from the body: 20 + 10 = 30.
    let own = r#""inputTokenCount":21,"cacheWriteInputTokenCount":30"#;
    let output = format!(r#""outputBodyJson":{usage},"outputTokenCount":12"#);
    let expected = [Some(21), Some(12), Some(4), Some(20), Some(10), None];
    assert_eq!(counts(own, &output), expected);
    // 20 + 10 is not 31: for how long the 31 were written is unknown.
    let own = r#""cacheWriteInputTokenCount":31"#;
    assert_eq!(counts(own, &output)[3..], [None, None, Some(31)]);
}

#[test]
fn anthropic_bodies_give_counts_and_split() {
    let usage = r#"{"id":"msg","content":[{"type":"text","text":"\"usage\":{}"}],"usage":{"input_tokens":5,"cache_creation_input_tokens":24,"cache_read_input_tokens":6,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":24},"output_tokens":9}}"#;
    let expected = [Some(5), Some(9), Some(6), Some(0), Some(24), None];
    assert_eq!(body(usage), expected);
}

#[test]
fn response_streams_give_the_last_word_on_each_count() {
    let stream = r#"[{"type":"message_start","message":{"usage":{"input_tokens":11,"cache_creation_input_tokens":3,"cache_read_input_tokens":2,"output_tokens":1}}},
        {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"}]\\"}},"[DONE]",
        {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":40}},
        {"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":16,"outputTokenCount":41,"invocationLatency":3}}]"#;
    let expected = [Some(11), Some(40), Some(2), None, None, Some(3)];
    assert_eq!(body(stream), expected);
    let claude_2 = r#"[{"completion":" Hi"},{"completion":"","amazon-bedrock-invocationMetrics":{"inputTokenCount":16,"outputTokenCount":41}}]"#;
    assert_eq!(body(claude_2)[..2], [Some(16), Some(41)]);
    let nova =
        r#"[{"contentBlockDelta":{}},{"metadata":{"usage":{"inputTokens":3,"outputTokens":4}}}]"#;
    assert_eq!(body(nova)[..2], [Some(3), Some(4)]);
}

#[test]
fn titan_and_llama_bodies_give_counts() {
    let text = r#"{"inputTextTokenCount":5,"results":[{"tokenCount":30,"outputText":"x"},{"tokenCount":12}]}"#;
    assert_eq!(body(text)[..2], [Some(5), Some(42)]);
    let embedding = r#"{"embedding":[0.1,-2e-3],"inputTextTokenCount":8}"#;
    assert_eq!(body(embedding)[..2], [Some(8), None]);
    let llama = r#"{"generation":"x","prompt_token_count":6,"generation_token_count":7}"#;
    assert_eq!(body(llama)[..2], [Some(6), Some(7)]);
}

#[test]
fn cached_tokens_of_openai_bodies_are_taken_out_of_the_prompt_and_never_counted_twice() {
    let chat = r#"{"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":60}}}"#;
    // 100 - 60 = 40 outside the cache.
    assert_eq!(body(chat)[..3], [Some(40), Some(20), Some(60)]);
    let output = format!(r#""outputBodyJson":{chat}"#);
    // The record's own count leaves the cached tokens out: they stand beside it.
    assert_eq!(
        counts(r#""inputTokenCount":40"#, &output)[..3],
        [Some(40), Some(20), Some(60)]
    );
    // It holds them: beside it they would count twice.
    assert_eq!(
        counts(r#""inputTokenCount":100"#, &output)[..3],
        [Some(100), Some(20), None]
    );
}

#[test]
fn the_tier_comes_from_the_record_or_the_body() {
    let tier = |text: &str| {
        let text = format!("{{{HEAD},{text}}}");
        read(&text, |record| record.service_tier)
    };
    let body = r#""output":{"outputBodyJson":{"serviceTier":{"type":"flex"}}}"#;
    assert_eq!(tier(body), ServiceTier::Flex);
    let both = format!(r#"{body},"serviceTier":{{"type":"priority"}}"#);
    assert_eq!(tier(&both), ServiceTier::Priority);
    let fast = r#""performanceConfig":{"latency":"optimized"}"#;
    assert_eq!(tier(fast), ServiceTier::LatencyOptimized);
    assert_eq!(
        tier(r#""serviceTier":{"type":"default"}"#),
        ServiceTier::Standard
    );
}

#[test]
fn a_tier_that_is_not_known_is_told_from_none() {
    let tier = |text: &str| {
        let text = format!("{{{HEAD},{text}}}");
        read(&text, |record| (record.service_tier, record.unknown_tier))
    };
    let own = r#""serviceTier":{"type":"turbo"}"#;
    let flex = r#""output":{"outputBodyJson":{"serviceTier":{"type":"flex"}}}"#;
    let fast = r#""performanceConfig":{"latency":"optimized"}"#;
    assert_eq!(tier(own), (ServiceTier::Standard, true));
    // Where the other name is known, or the latency says it, that is what counts.
    assert_eq!(tier(&format!("{own},{flex}")), (ServiceTier::Flex, false));
    let expected = (ServiceTier::LatencyOptimized, true);
    assert_eq!(tier(&format!("{own},{fast}")), expected);
    for none in [r#""type":"""#, r#""type":null"#, r#""type":7"#, ""] {
        let text = format!(r#""serviceTier":{{{none}}}"#);
        assert_eq!(tier(&text), (ServiceTier::Standard, false), "{none}");
    }
}

#[test]
fn failed_and_blocked_calls_have_unknown_counts_and_images_are_counted() {
    let failed =
        format!(r#"{{{HEAD},"errorCode":"ThrottlingException","input":{{}},"output":null}}"#);
    read(&failed, |record| {
        assert!(record.failed);
        assert!(!record.is_without_counts());
        assert_eq!(record.input_tokens, None);
    });
    let blocked = format!(
        r#"{{{HEAD},"input":{{"inputBodyJson":{{}}}},"output":{{"outputBodyJson":{{"amazon-bedrock-guardrailAction":"INTERVENED"}}}}}}"#
    );
    read(&blocked, |record| assert!(record.is_without_counts()));
    let images =
        format!(r#"{{{HEAD},"output":{{"outputBodyJson":{{"images":["iVBOR==","aa"]}}}}}}"#);
    read(&images, |record| assert_eq!(record.images, Some(2)));
}

#[test]
fn traps_in_bodies_change_nothing() {
    let trap = r#"{"input":{"inputTokenCount":424242},"x":"\\\" } ] \"inputTokenCount\": 999, \ud83d\ude00 \\","deep":[[[[{"modelId":"evil"}]]]],"timestamp":"1999-01-01T00:00:00Z"}"#;
    let input = format!(r#""inputBodyJson":{trap},"inputTokenCount":3,"again":{trap}"#);
    let output =
        format!(r#""outputBodyJson":{{"content":{trap},"usage":null}},"outputTokenCount":4"#);
    assert_eq!(counts(&input, &output)[..2], [Some(3), Some(4)]);
}

#[test]
fn of_a_repeated_key_the_last_counts_even_when_it_says_less() {
    let input = r#""inputTokenCount":3,"inputTokenCount":5"#;
    assert_eq!(counts(input, "")[0], Some(5));
    let text = format!(r#"{{{HEAD},"input":{{"inputTokenCount":3}},"input":{{}}}}"#);
    assert_eq!(read(&text, |record| record.input_tokens), None);
    let escaped = format!(r#"{{{HEAD},"\u0069nput":{{"inputTokenC\u006funt":3}}}}"#);
    assert_eq!(read(&escaped, |record| record.input_tokens), Some(3));
}

#[test]
fn what_is_no_record_says_why() {
    let with = |text: &str| format!("{{{HEAD},{text}}}");
    for (text, expected) in [
        ("{}".to_owned(), RecordProblem::NotALogRecord),
        (
            r#"{"level":"info","region":"x"}"#.to_owned(),
            RecordProblem::NotALogRecord,
        ),
        (with(r#""region":null"#), RecordProblem::Missing("region")),
        (with(r#""timestamp":"yesterday""#), RecordProblem::Timestamp),
        (
            with(r#""input":{"inputTokenCount":-5}"#),
            RecordProblem::Count("inputTokenCount"),
        ),
        (
            with(r#""output":{"outputTokenCount":5000000000}"#),
            RecordProblem::Count("outputTokenCount"),
        ),
        ("{\"a\":".to_owned(), RecordProblem::CutOff),
        ("{\"a\":nope}".to_owned(), RecordProblem::NotJson),
        ("{\"a\":1,}".to_owned(), RecordProblem::NotJson),
    ] {
        assert_eq!(problem(&text), expected, "{text}");
    }
}
