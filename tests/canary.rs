//! No prompt text reaches any output: a canary stands wherever a prompt can stand, and
//! nothing that the program prints or writes may hold it, whether the run succeeds or fails.

use serde_json::{Value, json};

use crate::program::{AS_OF, Desk, Run, gzip, lines, parquet_texts, record};

const CANARY: &str = "kanarienvogel";

/// A text that a careless reader would take for structure.
fn prompt() -> String {
    format!("{CANARY} \"inputTokenCount\": 9, {CANARY}\\\" }}}} ]] {{ \u{1f426} {CANARY}")
}

/// Bodies of every shape, the canary in texts, keys, tool definitions and metadata.
fn records() -> Vec<Value> {
    let text = prompt();
    let inputs = [
        json!({"messages": [{"role": "user", "content": [{"text": text}]}], "system": [{"text": text}],
               "toolConfig": {"tools": [{"toolSpec": {"name": text, "inputSchema": {"json": {CANARY: {"description": text}}}}}]}}),
        json!({"anthropic_version": text, "max_tokens": 9, "messages": [{"role": "user", "content": text}]}),
        json!({"inputText": text, CANARY: {"inputTokenCount": 7}}),
        json!(text),
        json!([text, {CANARY: [CANARY, null]}]),
        json!({"taskType": text, "imageGenerationConfig": {"quality": text}}),
    ];
    let outputs = [
        json!({"output": {"message": {"content": [{"text": text}]}}, "stopReason": text, "trace": {CANARY: text},
               "usage": {"inputTokens": 5, "outputTokens": 6, CANARY: text}}),
        json!({"content": [{"type": "text", "text": text}], "usage": {"input_tokens": 5, "output_tokens": text}}),
        json!([{"type": "message_start", "message": {"usage": {"input_tokens": 3, CANARY: text}}},
               {"type": "content_block_delta", "delta": {"text": text}}, text, {"type": text}]),
        json!({"results": [{"tokenCount": 3, "outputText": text}], "inputTextTokenCount": 4}),
        json!(text),
        json!({"images": [text]}),
    ];
    let mut records = Vec::new();
    for (n, (input, output)) in inputs.iter().zip(&outputs).enumerate() {
        for counted in [true, false] {
            let mut record = record(&format!("r-{n}-{counted}"), 20);
            if !counted {
                record["input"] = json!({});
                record["output"] = json!({});
            }
            record["input"]["inputBodyJson"] = input.clone();
            record["output"]["outputBodyJson"] = output.clone();
            record["requestMetadata"] = json!({"team": "search", CANARY: "x", "session": text});
            record[CANARY] = json!({"unknown": text});
            record["schemaVersion"] = json!("1.0");
            records.push(record);
        }
    }
    records
}

#[track_caller]
fn assert_silent(desk: &Desk, run: &Run) {
    let mut seen = vec![run.out.clone(), run.err.clone()];
    if desk.exists("out") {
        for (name, bytes) in desk.files("out") {
            seen.push(String::from_utf8_lossy(&bytes).into_owned());
            if name.ends_with(".parquet") {
                seen.extend(parquet_texts(&desk.path(&format!("out/{name}"))));
            }
        }
    }
    for text in seen {
        let at = text.to_lowercase().find(CANARY).unwrap_or(text.len());
        assert!(at == text.len(), "prompt text came out: ...{}", &text[at..]);
    }
}

/// Runs `report` and `explain` over one input.
#[track_caller]
fn assert_never_heard(name: &str, bytes: &[u8], status: i32) {
    let desk = Desk::new();
    desk.put(name, bytes);
    let run = desk.report(&[name]);
    assert_silent(&desk, &run);
    run.expect(status);
    let subject = if status == 1 { "nobody" } else { "*" };
    let run = desk.run_with_input(&["explain", subject, "-", "--as-of", AS_OF], bytes);
    assert_silent(&desk, &run);
}

#[test]
fn bodies_of_every_shape_stay_where_they_are() {
    assert_never_heard("logs.jsonl", lines(&records()).as_bytes(), 0);
    assert_never_heard("logs.json.gz", &gzip(lines(&records())), 0);
    let pretty: String = records()
        .iter()
        .map(|record| serde_json::to_string_pretty(record).unwrap())
        .collect();
    assert_never_heard("pretty.json", pretty.as_bytes(), 0);
}

#[test]
fn what_filter_log_events_prints_is_silent_too() {
    let events = |texts: Vec<String>| {
        let events: Vec<Value> = texts
            .into_iter()
            .map(|text| json!({"logStreamName": "aws/bedrock", "message": text, "eventId": CANARY}))
            .collect();
        json!({"events": events, "nextToken": CANARY}).to_string()
    };
    let whole: Vec<String> = records().iter().map(Value::to_string).collect();
    assert_never_heard("events.json", events(whole.clone()).as_bytes(), 0);
    let mut cut = whole;
    cut.push(format!("{{\"modelId\": {CANARY}"));
    cut.push(CANARY.to_owned());
    assert_never_heard("events.json", events(cut).as_bytes(), 1);
}

#[test]
fn malformed_lines_are_named_and_not_quoted() {
    let all = records();
    let whole = all[0].to_string();
    let middle = whole.find(CANARY).unwrap() + 4;
    let desk = Desk::new();
    let broken = [
        format!("{{\"modelId\": \"{CANARY}"),
        format!("{{\"{CANARY}\": {CANARY}}}"),
        format!("{CANARY} {CANARY}"),
        format!("\"{CANARY}\""),
        format!("[\"{CANARY}\"]"),
        whole[..middle].to_owned(),
        whole[..middle].to_owned() + "\u{1}\n" + &whole[middle..],
        whole.replacen("\"modelId\"", &format!("\"{CANARY}"), 1),
        whole.replacen("2026-09-20T10:00:00Z", CANARY, 1),
        whole.replacen("100000", &format!("\"{CANARY}\""), 1),
        whole.replacen(
            "\"identity\":{",
            &format!("\"identity\":{{\"{CANARY}\":{CANARY},"),
            1,
        ),
    ];
    for (n, broken) in broken.iter().enumerate() {
        let good = |id: &str| lines(&[record(&format!("{id}-{n}"), 20)]);
        desk.put(
            &format!("logs/{n}.jsonl"),
            format!("{}{broken}\n{}", good("a"), good("b")),
        );
    }
    let run = desk.report(&["logs"]);
    assert_silent(&desk, &run);
    run.expect(1);
    let requests = desk.column("out/usage.csv", "requests");
    let read: usize = requests
        .iter()
        .map(|cell| cell.parse::<usize>().unwrap())
        .sum();
    assert!(read >= 2 * broken.len(), "the rest is read: {read}");
}

#[test]
fn logs_cut_in_the_middle_of_a_prompt_are_silent() {
    let all = lines(&records());
    for cut in [all.len() / 3, all.rfind(CANARY).unwrap() + 5] {
        let desk = Desk::new();
        desk.put("cut.jsonl", &all[..cut]);
        let run = desk.report(&["cut.jsonl"]);
        assert_silent(&desk, &run);
        run.expect(1);
    }
    let many: Vec<Value> = (0..300)
        .map(|n| {
            let mut record = records()[n % 12].clone();
            record["requestId"] = json!(format!("{n}-{:x}", n * 7919));
            record
        })
        .collect();
    let mut packed = gzip(lines(&many));
    packed.truncate(packed.len() / 2);
    assert_never_heard("cut.json.gz", &packed, 1);
    let mut damaged = gzip(lines(&many));
    let middle = damaged.len() / 2;
    damaged[middle..middle + 8].fill(0xff);
    let desk = Desk::new();
    desk.put("damaged.json.gz", &damaged);
    let run = desk.report(&["damaged.json.gz"]);
    assert_silent(&desk, &run);
    assert!(run.status > 0, "{run:#?}");
}

#[test]
fn a_file_that_is_no_log_is_not_quoted() {
    for (name, text) in [
        ("note.log", format!("{CANARY}\n{CANARY}\n")),
        (
            "other.json",
            json!({CANARY: CANARY, "messages": [CANARY]}).to_string(),
        ),
        ("list.json", json!([CANARY, {CANARY: 1}]).to_string()),
        ("string.json", json!(CANARY).to_string()),
        ("page.html.log", format!("<p>{CANARY}</p>")),
    ] {
        assert_never_heard(name, text.as_bytes(), 2);
    }
}

#[test]
fn fields_of_the_wrong_kind_are_not_quoted() {
    let prompt = json!({"text": prompt()});
    let fields = [
        "input",
        "output",
        "identity",
        "requestMetadata",
        "requestId",
        "region",
        "accountId",
        "timestamp",
    ];
    let desk = Desk::new();
    for field in fields {
        let mut wrong = record("r-1", 20);
        wrong[field] = prompt.clone();
        desk.put(
            &format!("logs/{field}.jsonl"),
            lines(&[wrong, record(field, 21)]),
        );
    }
    let run = desk.report(&["logs"]);
    assert_silent(&desk, &run);
    run.expect(1);
    let requests = desk.column("out/usage.csv", "requests");
    assert!(requests.contains(&fields.len().to_string()), "{requests:?}");
}

#[test]
fn the_canary_would_be_heard_where_text_is_kept_on_purpose() {
    let desk = Desk::new();
    let mut kept = record("r-1", 20);
    kept["requestMetadata"] = json!({"team": CANARY});
    desk.put("logs.jsonl", lines(&[kept]));
    let run = desk.report(&["logs.jsonl"]).expect(0);
    assert!(run.out.contains(CANARY));
    let parquet = desk.path("out/usage.parquet");
    assert!(
        parquet_texts(&parquet)
            .iter()
            .any(|text| text.contains(CANARY))
    );
}
