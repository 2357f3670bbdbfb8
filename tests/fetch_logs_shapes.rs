//! Records of every shape through Logs Insights, through events and as files: one result.

use serde_json::{Value, json};

use crate::fetch_logs::{GROUP, OWNER, account, fetch, load, record, seconds, sum, usage};
use crate::program::{Desk, lines};

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
        let mut record = record(&format!("wide-{n}"), &time, change.clone());
        let mut input =
            json!({"inputContentType": "application/json", "inputBodyJson": {"messages": wide}});
        for (key, value) in record["input"].as_object().unwrap() {
            if key != "inputBodyJson" {
                input[key] = value.clone();
            }
        }
        record["input"] = input;
        // As real records have it: the error before the bodies, identity behind them.
        let error = record.as_object_mut().unwrap().remove("errorCode");
        let text = record.to_string();
        let error = error.map(|code| format!(r#""errorCode":{code},"input":{{"#));
        let text = match error {
            Some(error) => text.replacen(r#""input":{"#, &error, 1),
            None => text,
        };
        records.push(serde_json::from_str(&text).unwrap());
    }
    records
}

#[test]
fn every_shape_of_record_counts_as_it_does_in_files() {
    let (account, desk) = (account(), Desk::new());
    let records = shapes();
    let events: Vec<(i64, String)> = records
        .iter()
        .map(|record| {
            (
                seconds(record["timestamp"].as_str().unwrap()),
                record.to_string(),
            )
        })
        .collect();
    load(&account, &events);
    desk.put(
        "records.jsonl",
        lines(&records).replace(OWNER, account.number()),
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
