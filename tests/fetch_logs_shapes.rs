//! Records of every shape through Logs Insights, through events and as files: one result.

use serde_json::{Value, json};

use crate::fetch_logs::{GROUP, OWNER, account, fetch, load, record, seconds, sum, told, usage};
use crate::program::{Desk, parquet_texts};

/// Records of every shape, with bodies that hide their counts among more than 200 fields.
fn shapes() -> Vec<Value> {
    let wide: Vec<Value> = (0..150).map(|n| json!({"n": n, "text": "x"})).collect();
    let body =
        |body: Value| json!({"outputContentType": "application/json", "outputBodyJson": body});
    let nothing = json!({"inputContentType": "application/json"});
    let counted = json!({"outputContentType": "application/json", "outputTokenCount": 7});
    let writes = |five: u64, hour: u64, total: u64| {
        json!({"usage": {"input_tokens": 10, "output_tokens": 3, "cache_read_input_tokens": 20,
               "cache_creation_input_tokens": total,
               "cache_creation": {"ephemeral_5m_input_tokens": five, "ephemeral_1h_input_tokens": hour}}})
    };
    let openai = json!({"usage": {"prompt_tokens": 100, "completion_tokens": 9,
                        "prompt_tokens_details": {"cached_tokens": 60}}});
    let own = |tokens: u64| json!({"inputTokenCount": tokens});
    let changes = [
        json!({}),
        json!({"requestMetadata": {"team": "search", "other": "x"}}),
        json!({"requestMetadata": {"team": ""}, "serviceTier": {"type": "flex"}}),
        json!({"errorCode": "ThrottlingException", "output": null}),
        json!({"errorCode": ""}),
        json!({"input": nothing, "output": {"outputContentType": "x"}}),
        json!({"input": {"inputTokenCount": 0}, "output": counted}),
        json!({"input": {"inputTokenCount": 200_000, "cacheReadInputTokenCount": 0}}),
        json!({"input": {"inputTokenCount": 200_000, "cacheReadInputTokenCount": 1}}),
        json!({"input": {"inputTokenCount": 5, "cacheWriteInputTokenCount": 0}}),
        json!({"output": body(writes(4, 6, 10))}),
        json!({"output": body(writes(4, 6, 11))}),
        json!({"output": body(writes(0, 0, 0))}),
        json!({"input": nothing, "output": body(writes(0, 9, 9))}),
        json!({"modelId": "openai.gpt-oss-120b-1:0", "input": nothing, "output": body(openai.clone())}),
        json!({"modelId": "openai.gpt-oss-120b-1:0", "input": own(100), "output": body(openai.clone())}),
        json!({"modelId": "openai.gpt-oss-120b-1:0", "input": own(40), "output": body(openai)}),
        json!({"modelId": "amazon.titan-text-express-v1", "input": nothing,
               "output": body(json!({"inputTextTokenCount": 8, "results": [{"tokenCount": 3}, {"tokenCount": 4}]}))}),
        json!({"modelId": "meta.llama3-70b-instruct-v1:0", "input": nothing,
               "output": body(json!({"prompt_token_count": 8, "generation_token_count": 3}))}),
        json!({"output": body(json!({"usage": {"inputTokens": 9, "cacheWriteInputTokens": 6, "cacheDetails":
               [{"ttl": "1h", "inputTokens": 2}, {"inputTokens": 4, "ttl": "5m"}]}, "serviceTier": {"type": "priority"}}))}),
        json!({"output": body(json!({"usage": {"cacheWriteInputTokens": 6, "cacheDetails":
               [{"ttl": "30m", "inputTokens": 6}]}, "performanceConfig": {"latency": "optimized"}}))}),
        json!({"operation": "InvokeModelWithResponseStream", "input": nothing, "output": body(json!([
               {"type": "message_start", "message": {"usage": {"input_tokens": 5, "cache_read_input_tokens": 3, "output_tokens": 1}}},
               {"type": "message_delta", "usage": {"output_tokens": 64}},
               {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 5, "outputTokenCount": 64}}]))}),
        json!({"operation": "InvokeModelWithResponseStream", "input": nothing, "output": body(json!([
               {"completion": "y"}, {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 6, "outputTokenCount": 65}}]))}),
        json!({"modelId": "amazon.nova-canvas-v1:0", "input": nothing, "output": body(json!({"images": ["aW1h", "Z2U="]}))}),
        json!({"identity": {"arn": "arn:aws:iam::111122223333:user/path/ana"}, "region": "US-EAST-1"}),
        json!({"identity": null, "performanceConfig": {"latency": "optimized"}}),
        json!({"input": {"inputBodyJson": {"text": "\"inputTokenCount\":999},\"output\":{\"output \"identity\":{\"arn\":\"no\"} \"errorCode\":\"x\""},
               "inputTokenCount": 11}}),
        json!({"modelId": "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abcd1234"}),
    ];
    let mut records = Vec::new();
    for (n, change) in changes.iter().enumerate() {
        // Each in an hour of its own, narrow and wide.
        let time = format!("2026-10-{:02}T{:02}:30:00Z", 11 + n / 24, n % 24);
        records.push(record(&format!("narrow-{n}"), &time, change.clone()));
        if change["output"]["outputBodyJson"]["inputTextTokenCount"].is_u64()
            || change["output"]["outputBodyJson"]["prompt_token_count"].is_u64()
        {
            // Known not to be found behind a large body; the record's own counts are.
            continue;
        }
        let mut record = record(&format!("wide-{n}"), &time, change.clone());
        let mut input =
            json!({"inputContentType": "application/json", "inputBodyJson": {"messages": wide}});
        for (key, value) in record["input"].as_object().unwrap() {
            if key != "inputBodyJson" {
                input[key] = value.clone();
            }
        }
        record["input"] = input;
        records.push(record);
    }
    records
}

/// A record as text, its keys in the order that real ones have.
fn text(record: &Value) -> String {
    const ORDER: [&str; 15] = [
        "timestamp",
        "accountId",
        "region",
        "requestId",
        "operation",
        "modelId",
        "errorCode",
        "performanceConfig",
        "serviceTier",
        "input",
        "output",
        "requestMetadata",
        "identity",
        "inferenceRegion",
        "schemaType",
    ];
    const INSIDE: [&str; 6] = [
        "ContentType",
        "BodyJson",
        "inputTokenCount",
        "cacheReadInputTokenCount",
        "cacheWriteInputTokenCount",
        "outputTokenCount",
    ];
    let object = |parts: Vec<String>| format!("{{{}}}", parts.join(","));
    let fields = record.as_object().unwrap();
    assert!(fields.keys().all(|key| ORDER.contains(&key.as_str())));
    let ordered = ORDER.iter().filter_map(|key| {
        let value = fields.get(*key)?;
        let Some(inner) = value
            .as_object()
            .filter(|_| ["input", "output"].contains(key))
        else {
            return Some(format!("\"{key}\":{value}"));
        };
        let parts = INSIDE.iter().flat_map(|end| {
            let of_end = inner.iter().filter(move |(name, _)| name.ends_with(end));
            of_end.map(|(name, value)| format!("\"{name}\":{value}"))
        });
        // Names can end alike: each once.
        let mut parts: Vec<String> = parts.collect();
        let mut seen = std::collections::BTreeSet::new();
        parts.retain(|part| seen.insert(part.clone()));
        assert_eq!(parts.len(), inner.len(), "{inner:?}");
        Some(format!("\"{key}\":{}", object(parts)))
    });
    object(ordered.collect())
}

#[test]
fn every_shape_of_record_counts_as_it_does_in_files() {
    let (account, desk) = (account(), Desk::new());
    let records = shapes();
    let events: Vec<(i64, String)> = records
        .iter()
        .map(|record| (seconds(record["timestamp"].as_str().unwrap()), text(record)))
        .collect();
    load(&account, &events);
    desk.put(
        "records.jsonl",
        records
            .iter()
            .map(|record| text(record) + "\n")
            .collect::<String>()
            .replace(OWNER, account.number()),
    );
    fetch(&account, &desk, "insights", &["--log-group", GROUP]).expect(0);
    fetch(&account, &desk, "events", &["--log-group", GROUP, "--raw"]).expect(0);
    let files = usage(&desk, "records.jsonl");
    assert_eq!(sum(&files, "requests"), records.len() as u64);
    assert_eq!(usage(&desk, "events"), files);
    let insights = usage(&desk, "insights");
    for (one, other) in insights.iter().zip(&files) {
        assert_eq!(one, other);
    }
    assert_eq!(insights.len(), files.len());
}

#[test]
fn prompts_leave_no_trace() {
    const CANARY: &str = "kanarienvogel";
    let (account, desk) = (account(), Desk::new());
    let text = format!("{CANARY} \"inputTokenCount\":9}},\"output\":{{\"output");
    let body = |id: &str| {
        let time = "2026-10-11T10:00:00Z";
        let input = json!({"inputBodyJson": {"messages": [{"text": text}], CANARY: text}, "inputTokenCount": 5});
        let output =
            json!({"outputBodyJson": {"content": [{"text": text}]}, "outputTokenCount": 6});
        let metadata = json!({"session": text, CANARY: CANARY});
        let change = json!({"input": input, "output": output, "requestMetadata": metadata});
        (seconds(time), record(id, time, change).to_string())
    };
    let mut cut = body("cut");
    cut.1.truncate(300);
    load(&account, &[body("a"), body("b"), cut]);
    let mut runs = vec![
        fetch(&account, &desk, "insights", &["--log-group", GROUP]),
        fetch(&account, &desk, "events", &["--log-group", GROUP, "--raw"]),
    ];
    for (operation, more) in [
        ("FilterLogEvents", &["--raw"][..]),
        ("GetQueryResults", &[]),
    ] {
        account.control(
            "fault",
            json!({"service": "logs", "operation": operation, "kind": "truncated"}),
        );
        let more = [&["--log-group", GROUP], more].concat();
        let run = fetch(&account, &desk, operation, &more);
        assert_ne!(run.status, 0);
        told(&run, &["the answer is cut off"]);
        runs.push(run);
    }
    assert_eq!(sum(&usage(&desk, "events"), "requests"), 2);
    let mut seen: Vec<String> = runs.iter().map(|run| format!("{run:?}")).collect();
    for entry in walkdir::WalkDir::new(desk.path(".")) {
        let path = entry.unwrap().into_path();
        if path
            .extension()
            .is_some_and(|extension| extension == "parquet")
        {
            seen.extend(parquet_texts(&path));
        }
        if path.is_file() {
            seen.push(String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned());
        }
    }
    assert!(seen.len() > 10);
    assert!(seen.iter().all(|text| !text.contains(CANARY)));
}
