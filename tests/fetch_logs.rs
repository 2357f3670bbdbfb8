//! `eolcast fetch logs` against the AWS stand-in: Logs Insights and events must find what the
//! reader of files finds in the same records.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{Desk, Run};
use crate::stand_in::{Account, StandIn};

pub(crate) const GROUP: &str = "bedrock/calls";
pub(crate) const OCTOBER: [&str; 4] = ["--from", "2026-10-10", "--to", "2026-10-15"];

pub(crate) type UsageRows = Vec<BTreeMap<String, String>>;

pub(crate) fn account() -> Account {
    StandIn::shared().account()
}

/// The usage that a report finds in some input, without where it was read.
#[track_caller]
pub(crate) fn usage(desk: &Desk, input: &str) -> UsageRows {
    let out = format!("out-{}", input.replace('/', "-"));
    desk.run(&["report", input, "--as-of", "2026-10-15", "--out", &out]);
    let mut rows = desk.rows(&format!("{out}/usage.csv"));
    for row in &mut rows {
        row.remove("source");
    }
    rows.sort();
    rows
}

pub(crate) fn sum(rows: &UsageRows, column: &str) -> u64 {
    let cells = rows.iter().map(|row| row[column].as_str());
    cells.filter_map(|cell| cell.parse::<u64>().ok()).sum()
}

pub(crate) fn fetch(account: &Account, desk: &Desk, store: &str, more: &[&str]) -> Run {
    let target = ["fetch", "logs", "--store", store];
    account.run(desk, &[&target, &OCTOBER[..], more].concat())
}

/// The account in records before they are loaded.
pub(crate) const OWNER: &str = "111122223333";

/// Loads records, each at the time of its event in seconds, as records of this account.
pub(crate) fn load(account: &Account, records: &[(i64, String)]) {
    let events: Vec<Value> = records
        .iter()
        .map(|(at, text)| json!([at * 1_000, text.replace(OWNER, account.number())]))
        .collect();
    account.control(
        "events",
        json!({"region": "us-east-1", "group": GROUP, "events": events}),
    );
    account.control("clock", json!({"now": "2026-10-15T02:00:00Z"}));
}

/// Asserts that the run says all of this, as an error or a finding.
#[track_caller]
pub(crate) fn told(run: &Run, parts: &[&str]) {
    let said = format!("{}{}", run.out, run.err);
    for part in parts {
        assert!(said.contains(part), "'{part}' is not in {run:#?}");
    }
}

pub(crate) fn seconds(time: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(time)
        .unwrap()
        .timestamp()
}

pub(crate) fn record(id: &str, time: &str, change: Value) -> Value {
    let mut record = json!({
        "timestamp": time,
        "accountId": OWNER,
        "region": "us-east-1",
        "requestId": id,
        "operation": "Converse",
        "modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "input": {"inputContentType": "application/json", "inputTokenCount": 1_000},
        "output": {"outputContentType": "application/json", "outputTokenCount": 200},
        "identity": {"arn": "arn:aws:sts::111122223333:assumed-role/checkout-prod/session"},
        "schemaType": "ModelInvocationLog",
    });
    for (key, value) in change.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

#[test]
fn insights_events_and_s3_give_the_same_rows_and_the_truth() {
    let (account, desk) = (account(), Desk::new());
    let truth = account.seed(&[
        "--calls",
        "600",
        "--days",
        "5",
        "--end",
        "2026-10-15T00:00:00Z",
        "--wide",
        "0.2",
        "--sidecars",
        "0.1",
    ]);
    fetch(&account, &desk, "insights", &[]).expect(0);
    let calls = account.calls();
    assert_eq!(calls.count("logs.StartQuery"), 5);
    assert_eq!(calls.count("logs.FilterLogEvents"), 0);
    fetch(&account, &desk, "events", &["--raw"]).expect(0);
    let s3 = ["fetch", "s3", "--store", "s3"];
    account
        .run(&desk, &[&s3[..], &OCTOBER[..]].concat())
        .expect(0);

    let rows = usage(&desk, "insights");
    for (column, name) in [
        ("requests", "calls"),
        ("failed_requests", "failed"),
        ("input_tokens", "input"),
        ("output_tokens", "output"),
        ("cache_read_tokens", "cache_read"),
        ("images", "images"),
    ] {
        assert_eq!(
            Some(sum(&rows, column)),
            truth["logged_total"][name].as_u64(),
            "{column}"
        );
    }
    assert!(sum(&rows, "cache_write_1h_tokens") > 0);
    assert_eq!(rows, usage(&desk, "events"));
    assert_eq!(rows, usage(&desk, "s3"));
}

#[test]
fn a_call_at_midnight_belongs_to_one_day_and_a_late_one_to_its_own() {
    let (account, desk) = (account(), Desk::new());
    let on = |id: &str, time: &str| record(id, time, json!({})).to_string();
    load(
        &account,
        &[
            (
                seconds("2026-10-10T00:00:00Z"),
                on("first", "2026-10-10T00:00:00Z"),
            ),
            (
                seconds("2026-10-11T00:00:00Z"),
                on("second", "2026-10-11T00:00:00Z"),
            ),
            // Delivered 20 minutes after its day.
            (
                seconds("2026-10-12T00:19:59Z"),
                on("late", "2026-10-11T23:59:59Z"),
            ),
            // Delivered when the next day's late hour ends: too late for its day.
            (
                seconds("2026-10-15T00:00:00Z"),
                on("after", "2026-10-15T00:00:00Z"),
            ),
        ],
    );
    for (store, more) in [("insights", &[][..]), ("events", &["--raw"][..])] {
        let more = [&["--log-group", GROUP], more].concat();
        fetch(&account, &desk, store, &more).expect(0);
        let rows = usage(&desk, store);
        let hours: Vec<&str> = rows.iter().map(|row| row["hour"].as_str()).collect();
        assert_eq!(
            hours,
            [
                "2026-10-10T00:00:00Z",
                "2026-10-11T00:00:00Z",
                "2026-10-11T23:00:00Z"
            ],
            "{store}"
        );
        assert_eq!(sum(&rows, "requests"), 3, "{store}");
    }
}

#[test]
fn calls_of_another_account_are_left_out_and_said() {
    let (account, desk) = (account(), Desk::new());
    let time = "2026-10-12T10:00:00Z";
    let other = json!({"accountId": "222233334444"});
    load(
        &account,
        &[
            (seconds(time), record("own", time, json!({})).to_string()),
            (seconds(time), record("other", time, other).to_string()),
        ],
    );
    for (store, more) in [("insights", &[][..]), ("events", &["--raw"][..])] {
        let more = [&["--log-group", GROUP], more].concat();
        let run = fetch(&account, &desk, store, &more).expect(0);
        told(
            &run,
            &[
                "foreign-records",
                "1 call of other accounts",
                "222233334444 us-east-1",
            ],
        );
        assert_eq!(sum(&usage(&desk, store), "requests"), 1, "{store}");
    }
}

#[test]
fn an_answer_at_the_row_limit_is_asked_again_in_halves() {
    let (account, desk) = (account(), Desk::new());
    account.seed(&[
        "--calls",
        "300",
        "--days",
        "5",
        "--end",
        "2026-10-15T00:00:00Z",
    ]);
    fetch(&account, &desk, "whole", &[]).expect(0);
    let before = account.calls().count("logs.StartQuery");
    fetch(&account, &desk, "halves", &["--row-limit", "20"]).expect(0);
    let queries = account.calls().count("logs.StartQuery") - before;
    assert!(queries > 15, "{queries}");
    assert_eq!(usage(&desk, "whole"), usage(&desk, "halves"));

    // Rows of one second cannot be told apart by time.
    let many: Vec<(i64, String)> = (0..5)
        .map(|n| {
            let time = "2026-10-12T10:00:00Z";
            let other = json!({"modelId": format!("newco.model-{n}-v1:0")});
            (
                seconds(time),
                record(&format!("{n}"), time, other).to_string(),
            )
        })
        .collect();
    load(&account, &many);
    let limit = ["--row-limit", "3", "--log-group", GROUP];
    told(
        &fetch(&account, &desk, "cut", &limit).expect(1),
        &["log-rows-cut", "2026-10-12", "--raw"],
    );
}

#[test]
fn queries_that_fail_are_tried_in_halves_and_then_the_day_is_missing() {
    let (account, desk) = (account(), Desk::new());
    let truth = account.seed(&[
        "--calls",
        "100",
        "--days",
        "5",
        "--end",
        "2026-10-15T00:00:00Z",
    ]);
    account.control(
        "logs",
        json!({"query_end": "Timeout", "query_end_times": 1}),
    );
    fetch(&account, &desk, "once", &[]).expect(0);
    assert_eq!(account.calls().count("logs.StartQuery"), 7);
    assert_eq!(
        Some(sum(&usage(&desk, "once"), "requests")),
        truth["total"]["calls"].as_u64()
    );

    account.control(
        "logs",
        json!({"query_end": "Failed", "query_end_times": null}),
    );
    let run = fetch(&account, &desk, "never", &[]).expect(2);
    told(
        &run,
        &[
            "day-not-read",
            "2026-10-12",
            "AWS says that the query failed",
            "--resume",
        ],
    );
    // What was not read is asked for, and only that, by the next run.
    account.control("logs", json!({"query_end": "Complete"}));
    fetch(&account, &desk, "never", &["--resume"]).expect(0);
    assert_eq!(usage(&desk, "never"), usage(&desk, "once"));
}

#[test]
fn too_many_queries_at_once_are_waited_for() {
    let (account, desk) = (account(), Desk::new());
    account.seed(&[
        "--calls",
        "50",
        "--days",
        "5",
        "--end",
        "2026-10-15T00:00:00Z",
    ]);
    account.control("logs", json!({"concurrent_queries": 2}));
    fetch(&account, &desk, "store", &[]).expect(0);
    assert_eq!(sum(&usage(&desk, "store"), "requests"), 50);
}

#[test]
fn ctrl_c_stops_what_runs_and_keeps_what_is_complete() {
    let (account, desk) = (account(), Desk::new());
    account.seed(&[
        "--calls",
        "50",
        "--days",
        "5",
        "--end",
        "2026-10-15T00:00:00Z",
    ]);
    account.control("logs", json!({"polls": 1_000}));
    let arguments = [&["fetch", "logs", "--store", "store"], &OCTOBER[..]].concat();
    let mut command = desk.command_alone(&arguments);
    command
        .envs(account.environment(&desk))
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    let begun = Instant::now();
    while account.calls().count("logs.GetQueryResults") < 5 {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(50));
    }
    let id = child.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status()
        .unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("interrupted") && said.contains("--resume"),
        "{said}"
    );
    let calls = account.calls();
    assert_eq!(calls.count("logs.StartQuery"), 5);
    assert_eq!(calls.count("logs.StopQuery"), 5);

    account.control("logs", json!({"polls": 0}));
    fetch(&account, &desk, "store", &["--resume"]).expect(0);
    assert_eq!(sum(&usage(&desk, "store"), "requests"), 50);
}

#[test]
fn retention_missing_groups_and_missing_logging_are_said() {
    let (account, desk) = (account(), Desk::new());
    account.seed(&[
        "--calls",
        "50",
        "--days",
        "5",
        "--end",
        "2026-10-15T00:00:00Z",
        "--retention",
        "3",
    ]);
    // The program's own clock decides: by now all of October is gone.
    let run = fetch(&account, &desk, "gone", &[]);
    told(
        &run,
        &["log-retention", "keeps 3 days", "5 of the days asked for"],
    );
    assert_eq!(account.calls().count("logs.StartQuery"), 0);

    fetch(
        &account,
        &desk,
        "none",
        &["--log-group", "bedrock/invocation"],
    )
    .expect(2)
    .says(&["there is no log group 'bedrock/invocation'"]);

    account.control(
        "bedrock",
        json!({"region": "us-east-1", "logging": {"s3Config": {"bucketName": "b", "keyPrefix": ""}}}),
    );
    let run = fetch(&account, &desk, "off", &[]);
    told(
        &run,
        &["no-log-group", "unknown, not zero", "eolcast fetch s3"],
    );

    account.control(
        "events",
        json!({"region": "us-east-1", "group": "slow", "events": [], "kind": "DELIVERY"}),
    );
    told(
        &fetch(&account, &desk, "class", &["--log-group", "slow"]).expect(2),
        &["class DELIVERY", "--raw", "eolcast fetch s3"],
    );
}

#[test]
fn a_failure_that_meets_every_day_ends_the_fetch_at_once() {
    let (account, desk) = (account(), Desk::new());
    account.seed(&[
        "--calls",
        "50",
        "--days",
        "5",
        "--end",
        "2026-10-15T00:00:00Z",
    ]);
    account.control(
        "deny",
        json!({"service": "logs", "operation": "StartQuery"}),
    );
    told(
        &fetch(&account, &desk, "store", &[]).expect(2),
        &["logs:StartQuery: access denied", "--print-policy"],
    );
    assert!(account.calls().count("logs.StartQuery") <= 5);
}

#[test]
fn events_are_read_over_empty_pages_and_tokens_that_expire() {
    let (account, desk) = (account(), Desk::new());
    let truth = account.seed(&[
        "--calls",
        "400",
        "--days",
        "5",
        "--end",
        "2026-10-15T00:00:00Z",
        "--duplicates",
        "0.1",
    ]);
    account.control("logs", json!({"page_bytes": 4_096}));
    // Apart from each other: a day that begins again asks once without a token.
    for skip in [12, 30, 48] {
        account.control(
            "fault",
            json!({"service": "logs", "operation": "FilterLogEvents", "kind": "error",
                   "skip": skip, "times": 1, "code": "InvalidParameterException",
                   "message": "The specified nextToken is invalid."}),
        );
    }
    fetch(&account, &desk, "store", &["--raw"]).expect(0);
    assert_eq!(account.fired(), [1, 1, 1]);
    assert!(account.calls().count("logs.FilterLogEvents") > 50);
    let rows = usage(&desk, "store");
    assert_eq!(
        Some(sum(&rows, "requests")),
        truth["total"]["calls"].as_u64()
    );
    assert_eq!(
        Some(sum(&rows, "input_tokens")),
        truth["total"]["input"].as_u64()
    );
}

#[test]
fn a_plan_asks_for_nothing_that_is_billed() {
    let (account, desk) = (account(), Desk::new());
    account.seed(&[
        "--calls",
        "50",
        "--days",
        "5",
        "--end",
        "2026-10-15T00:00:00Z",
    ]);
    let run = fetch(&account, &desk, "store", &["--plan"]).expect(0);
    assert!(
        run.out.contains("logs:StartQuery") && run.out.contains("at least 5"),
        "{run:?}"
    );
    let run = fetch(&account, &desk, "store", &["--plan", "--raw"]).expect(0);
    assert!(run.out.contains("logs:FilterLogEvents"), "{run:?}");
    let calls = account.calls();
    assert_eq!(
        calls.count("logs.StartQuery") + calls.count("logs.FilterLogEvents"),
        0
    );
}
