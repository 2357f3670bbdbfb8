//! The fault matrix of `fetch`: each fault, ordered from the stand-in, ends in the right data or
//! in a clear error, with nothing lost and nothing twice.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::program::{Desk, Run};
use crate::stand_in::{Account, StandIn};

const END: &str = "2026-10-15T00:00:00Z";
const PERIOD: [&str; 4] = ["--from", "2026-10-11", "--to", "2026-10-15"];

/// A source and the operation that carries its data.
#[derive(Debug, Clone, Copy)]
struct Kind {
    source: &'static str,
    service: &'static str,
    operation: &'static str,
    flags: &'static [&'static str],
}

const METRICS: Kind = Kind {
    source: "metrics",
    service: "cloudwatch",
    operation: "GetMetricData",
    flags: &[],
};
const INSIGHTS: Kind = Kind {
    source: "logs",
    service: "logs",
    operation: "GetQueryResults",
    flags: &[],
};
const EVENTS: Kind = Kind {
    source: "logs",
    service: "logs",
    operation: "FilterLogEvents",
    flags: &["--raw"],
};
const S3: Kind = Kind {
    source: "s3",
    service: "s3",
    operation: "GetObject",
    flags: &[],
};
const ALL: [Kind; 4] = [METRICS, INSIGHTS, EVENTS, S3];

/// A fresh account with four days of history in these Regions.
fn seeded(regions: &str) -> (Account, Value) {
    let account = StandIn::shared().account();
    let truth = account.seed(&[
        "--calls",
        "240",
        "--days",
        "4",
        "--end",
        END,
        "--regions",
        regions,
        "--per-object",
        "20",
    ]);
    (account, truth)
}

/// Runs a fetch of the four days; AWS's own retries are short in number.
fn fetch(account: &Account, desk: &Desk, kind: Kind, more: &[&str]) -> Run {
    let arguments = [
        &["fetch", kind.source, "--timeout", "2"][..],
        &PERIOD,
        kind.flags,
        more,
    ];
    account.run_with(desk, &[("AWS_MAX_ATTEMPTS", "4")], &arguments.concat())
}

/// Sums over the usage that a report of the store sees.
fn totals(desk: &Desk) -> BTreeMap<&'static str, u64> {
    let report = [
        "report",
        "eolcast-store",
        "--as-of",
        "2026-10-15",
        "-q",
        "--format",
        "csv",
    ];
    let run = desk.run(&report);
    assert!(run.status < 2, "{run:#?}");
    let mut sums = BTreeMap::new();
    for row in desk.rows("eolcast-report/usage.csv") {
        for (name, columns) in [
            ("calls", &["requests"][..]),
            ("input", &["input_tokens"]),
            ("output", &["output_tokens"]),
            ("cache_read", &["cache_read_tokens"]),
            (
                "cache_write",
                &[
                    "cache_write_5m_tokens",
                    "cache_write_1h_tokens",
                    "cache_write_unknown_tokens",
                ],
            ),
        ] {
            let cells = columns
                .iter()
                .map(|column| row[*column].parse().unwrap_or(0u64));
            *sums.entry(name).or_default() += cells.sum::<u64>();
        }
    }
    sums
}

/// What must be found: metrics count no calls that were refused before the model, logs do.
fn expected(truth: &Value, kind: Kind) -> BTreeMap<&'static str, u64> {
    let of = |name: &str| truth["total"][name].as_u64().unwrap();
    let calls = if kind.source == "metrics" {
        "invocations"
    } else {
        "calls"
    };
    [
        ("calls", of(calls)),
        ("input", of("input")),
        ("output", of("output")),
        ("cache_read", of("cache_read")),
        ("cache_write", of("cache_write")),
    ]
    .into()
}

fn fault(account: &Account, kind: Kind, rule: Value) {
    let mut rule = rule;
    rule["service"] = json!(kind.service);
    rule["operation"] = json!(kind.operation);
    account.control("fault", rule);
}

#[test]
fn faults_that_pass_leave_the_right_metrics() {
    faults_that_pass_leave_the_right_data(METRICS);
}

#[test]
fn faults_that_pass_leave_the_right_sums_of_logs() {
    faults_that_pass_leave_the_right_data(INSIGHTS);
}

#[test]
fn faults_that_pass_leave_the_right_events() {
    faults_that_pass_leave_the_right_data(EVENTS);
}

#[test]
fn faults_that_pass_leave_the_right_objects() {
    faults_that_pass_leave_the_right_data(S3);
}

/// One account for all: a fault is forgotten before the next, and each fetch has a desk.
fn faults_that_pass_leave_the_right_data(kind: Kind) {
    let (account, truth) = seeded("us-east-1");
    for rule in [
        json!({"kind": "throttled", "times": 2}),
        json!({"kind": "internal", "times": 1}),
        json!({"kind": "unavailable", "times": 1}),
        json!({"kind": "reset", "times": 1}),
        json!({"kind": "truncated", "fraction": 0.5, "times": 1}),
        json!({"kind": "broken_off", "fraction": 0.5, "times": 1}),
        json!({"kind": "slow", "seconds": 3, "times": 1}),
    ] {
        account.control("forget-faults", json!({}));
        fault(&account, kind, rule.clone());
        let desk = Desk::new();
        let run = fetch(&account, &desk, kind, &[]);
        assert_eq!(run.status, 0, "{kind:?} {rule}: {run:#?}");
        let times = rule["times"].as_u64().unwrap();
        assert_eq!(account.fired(), [times], "{kind:?} {rule}");
        assert_eq!(totals(&desk), expected(&truth, kind), "{kind:?} {rule}");
    }
}

#[test]
fn faults_that_stay_are_clear_errors_and_resume_mends_them() {
    for (kind, rule, words) in [
        (METRICS, json!({"kind": "throttled"}), "still throttles"),
        (
            INSIGHTS,
            json!({"kind": "expired"}),
            "credentials have expired",
        ),
        (
            EVENTS,
            json!({"kind": "truncated", "fraction": 0.5}),
            "cut off",
        ),
        (S3, json!({"kind": "denied"}), "--print-policy"),
        (S3, json!({"kind": "kms_denied"}), "kms:Decrypt"),
        (METRICS, json!({"kind": "internal"}), "error of its own"),
        (EVENTS, json!({"kind": "reset"}), "no connection"),
        (METRICS, json!({"kind": "silent"}), "no answer in time"),
    ] {
        let (account, truth) = seeded("us-east-1");
        fault(&account, kind, rule.clone());
        let desk = Desk::new();
        let run = fetch(&account, &desk, kind, &[]);
        assert_eq!(run.status, 2, "{kind:?} {rule}: {run:#?}");
        assert!(run.err.contains(words), "{kind:?} {rule}: {run:#?}");
        account.control("forget-faults", json!({}));
        let run = fetch(&account, &desk, kind, &["--resume"]);
        assert_eq!(run.status, 0, "{kind:?} {rule}: {run:#?}");
        assert_eq!(totals(&desk), expected(&truth, kind), "{kind:?} {rule}");
    }
}

#[test]
fn a_region_that_is_down_does_not_stop_the_others() {
    for kind in ALL {
        let (account, truth) = seeded("us-east-1,us-west-2,eu-west-1");
        account.control("fault", json!({"region": "us-west-2", "kind": "reset"}));
        let regions = [
            "--region",
            "us-east-1",
            "--region",
            "us-west-2",
            "--region",
            "eu-west-1",
        ];
        let desk = Desk::new();
        let run = fetch(&account, &desk, kind, &regions);
        assert_eq!(run.status, 1, "{kind:?}: {run:#?}");
        assert!(run.out.contains("us-west-2: "), "{kind:?}: {run:#?}");
        account.control("forget-faults", json!({}));
        account.control("forget-calls", json!({}));
        let run = fetch(
            &account,
            &desk,
            kind,
            &[&regions[..], &["--resume"]].concat(),
        );
        assert_eq!(run.status, 0, "{kind:?}: {run:#?}");
        let again = account.calls();
        assert!(
            again
                .all()
                .iter()
                .all(|call| call["service"] == "sts" || call["region"] == "us-west-2"),
            "{kind:?}: only what is missing is fetched: {again:?}"
        );
        assert_eq!(totals(&desk), expected(&truth, kind), "{kind:?}");
    }
}
