//! One history, three sources: metrics, logs and S3 give the true totals and one another's; put
//! together, totals follow the metrics and attribution follows the logs.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::program::Desk;
use crate::stand_in::{Account, StandIn};

const REGIONS: [&str; 4] = ["--region", "us-east-1", "--region", "eu-west-1"];
const PERIOD: [&str; 4] = ["--from", "2026-10-05", "--to", "2026-10-15"];
const TOKENS: [&[&str]; 4] = [
    &["input_tokens"],
    &["output_tokens"],
    &["cache_read_tokens"],
    &[
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "cache_write_unknown_tokens",
    ],
];

/// Tokens by meter, keyed by some columns of the usage table.
type Sums = BTreeMap<Vec<String>, [u64; 4]>;

fn seeded(more: &[&str]) -> (Account, Value) {
    let account = StandIn::shared().account();
    let history = [
        "--calls",
        "600",
        "--days",
        "10",
        "--end",
        "2026-10-15T00:00:00Z",
        "--regions",
        "us-east-1,eu-west-1",
        "--models",
        "12",
        "--tiers",
        "0",
    ];
    let truth = account.seed(&[&history[..], more].concat());
    (account, truth)
}

fn fetch(account: &Account, desk: &Desk, source: &str, store: &str) {
    let arguments = [&["fetch", source, "--store", store][..], &REGIONS];
    let period = if source == "catalog" {
        &[][..]
    } else {
        &PERIOD
    };
    account
        .run(desk, &[&arguments.concat(), period].concat())
        .expect(0);
}

fn report(desk: &Desk, store: &str) {
    let run = desk.run(&[
        "report",
        store,
        "--as-of",
        "2026-10-15",
        "--format",
        "csv",
        "--out",
        "out",
    ]);
    assert!(run.status == 0, "{run:#?}");
}

fn sums(desk: &Desk, keys: &[&str], keep: impl Fn(&BTreeMap<String, String>) -> bool) -> Sums {
    let mut sums = Sums::new();
    for row in desk.rows("out/usage.csv").iter().filter(|row| keep(row)) {
        let key = keys.iter().map(|key| row[*key].clone()).collect();
        let sum = sums.entry(key).or_default();
        for (meter, columns) in TOKENS.iter().enumerate() {
            let cells = columns
                .iter()
                .map(|column| row[*column].parse().unwrap_or(0u64));
            sum[meter] += cells.sum::<u64>();
        }
    }
    sums.retain(|_, meters| meters.iter().any(|tokens| *tokens > 0));
    sums
}

fn total(sums: &Sums) -> [u64; 4] {
    let mut total = [0; 4];
    for meters in sums.values() {
        for (sum, tokens) in total.iter_mut().zip(meters) {
            *sum += tokens;
        }
    }
    total
}

fn true_total(truth: &Value, which: &str) -> [u64; 4] {
    ["input", "output", "cache_read", "cache_write"]
        .map(|meter| truth[which][meter].as_u64().unwrap())
}

#[test]
fn logs_and_objects_agree_row_by_row_and_with_the_metrics_by_day() {
    let (account, truth) = seeded(&[]);
    let by_row = [
        "hour",
        "region",
        "model_id",
        "endpoint_scope",
        "principal",
        "metadata",
    ];
    let by_day = ["region", "model_id", "endpoint_scope"];
    let mut rows = BTreeMap::new();
    let mut days = BTreeMap::new();
    for source in ["metrics", "logs", "s3"] {
        let desk = Desk::new();
        fetch(&account, &desk, "catalog", "store");
        fetch(&account, &desk, source, "store");
        report(&desk, "store");
        rows.insert(source, sums(&desk, &by_row, |_| true));
        let mut of_day = Sums::new();
        for (key, meters) in sums(&desk, &[&["hour"][..], &by_day].concat(), |_| true) {
            let mut key = key.clone();
            key[0].truncate("2026-10-05".len());
            let sum = of_day.entry(key).or_default();
            for (sum, tokens) in sum.iter_mut().zip(meters) {
                *sum += tokens;
            }
        }
        assert_eq!(total(&of_day), true_total(&truth, "total"), "{source}");
        days.insert(source, of_day);
    }
    assert_eq!(rows["logs"], rows["s3"]);
    assert_eq!(days["logs"], days["metrics"]);
}

#[test]
fn together_totals_follow_the_metrics_and_attribution_follows_the_logs() {
    let (account, truth) = seeded(&["--unlogged", "0.1", "--unlogged-days", "2026-10-08"]);
    let desk = Desk::new();
    for source in ["catalog", "metrics", "logs"] {
        fetch(&account, &desk, source, "eolcast-store");
    }
    report(&desk, "eolcast-store");
    let whole = true_total(&truth, "total");
    let logged = true_total(&truth, "logged_total");
    assert_eq!(total(&sums(&desk, &["hour"], |_| true)), whole);
    let is_left = |row: &BTreeMap<String, String>| row["workload"] == "not in logs";
    assert_eq!(total(&sums(&desk, &["hour"], |row| !is_left(row))), logged);
    let explained: u64 = logged.iter().sum();
    let column = |name| -> u64 {
        let cells = desk.column("out/coverage.csv", name);
        cells
            .iter()
            .map(|cell| cell.parse::<u64>().unwrap_or(0))
            .sum()
    };
    assert_eq!(column("metrics_tokens"), whole.iter().sum::<u64>());
    assert_eq!(column("explained_tokens"), explained);
    let findings = desk.text("out/findings.csv");
    for code in ["days-without-logs", "log-coverage", "log-delivery-failures"] {
        assert!(findings.contains(code), "{code} is not in {findings}");
    }
    assert!(findings.contains("2026-10-08"), "{findings}");
}
