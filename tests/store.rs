//! Stores that a fetch left, read by `eolcast report`: metrics beside logs, damage, days that
//! are not whole, and what the report gives back when it is read again.

use std::fs;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use eolcast::diagnostic::Diagnostic;
use eolcast::domain::{
    DaySignals, DaySink, EndpointScope, FetchedDay, Granularity, ModelId, RequestMetadata,
    ServiceTier, Source, TokenCounts, UsageRow,
};
use eolcast::usage::Store;

use crate::program::{AS_OF, Desk};

const MODEL: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const NOW: &str = "2026-10-15T09:00:00Z";

/// Usage of one day of September in us-east-1: requests, input and output tokens.
fn fetched(source: Source, day: u32, counts: &[(&str, u64, u64, u64)]) -> FetchedDay {
    let day = NaiveDate::from_ymd_opt(2026, 9, day).unwrap();
    let is_metrics = matches!(source, Source::Metrics | Source::Mantle);
    let row = |(principal, requests, input, output): &(&str, u64, u64, u64)| UsageRow {
        hour: match is_metrics {
            true => day.and_time(NaiveTime::MIN).and_utc(),
            false => day.and_hms_opt(10, 0, 0).unwrap().and_utc(),
        },
        granularity: match is_metrics {
            true => Granularity::Day,
            false => Granularity::Hour,
        },
        account_id: "111122223333".into(),
        region: "us-east-1".into(),
        model_id: ModelId::new(MODEL),
        endpoint_scope: Some(EndpointScope::Geo),
        geo: Some("us".into()),
        service_tier: ServiceTier::Standard,
        prompt_band: (!is_metrics).then_some(0),
        inference_profile: None,
        principal: (!principal.is_empty())
            .then(|| format!("arn:aws:sts::111122223333:assumed-role/{principal}").into()),
        metadata: RequestMetadata::default(),
        workload: None,
        counts: TokenCounts {
            requests: *requests,
            input_tokens: Some(*input),
            output_tokens: Some(*output),
            ..TokenCounts::default()
        },
        source,
    };
    FetchedDay {
        source,
        account_id: "111122223333".into(),
        region: "us-east-1".into(),
        day,
        rows: counts.iter().map(row).collect(),
        signals: DaySignals::default(),
        query: "test".to_owned(),
        findings: Vec::new(),
        whole: true,
    }
}

fn keep(desk: &Desk, folder: &str, days: impl IntoIterator<Item = FetchedDay>) {
    let now: DateTime<Utc> = NOW.parse().unwrap();
    let store = Store::open(&desk.path(folder), now).unwrap();
    for day in days {
        store.take(day).unwrap();
    }
}

/// Two days of metrics; the logs explain part of the first and have nothing of the second.
fn both(desk: &Desk) {
    keep(
        desk,
        "eolcast-store",
        [
            fetched(Source::Metrics, 20, &[("", 10, 1_000_000, 100_000)]),
            fetched(
                Source::Logs,
                20,
                &[
                    ("checkout", 6, 600_000, 60_000),
                    ("search", 3, 300_000, 30_000),
                ],
            ),
            fetched(Source::Metrics, 21, &[("", 1, 400_000, 0)]),
            fetched(Source::Logs, 21, &[]),
        ],
    );
}

fn sum(desk: &Desk, table: &str, column: &str) -> u64 {
    let cells = desk.column(table, column);
    cells.iter().map(|cell| cell.parse::<u64>().unwrap()).sum()
}

fn codes(desk: &Desk) -> Vec<String> {
    desk.column("out/findings.csv", "code")
}

#[test]
fn totals_follow_the_metrics_and_attribution_follows_the_logs() {
    let desk = Desk::new();
    both(&desk);
    // No input: the store of the folder.
    let run = desk.report(&[]).expect(0);
    assert_eq!(sum(&desk, "out/usage.csv", "input_tokens"), 1_400_000);
    assert_eq!(sum(&desk, "out/usage.csv", "output_tokens"), 100_000);
    assert_eq!(sum(&desk, "out/usage.csv", "requests"), 11);
    let cost = desk.rows("out/cost.csv");
    let tokens: Vec<_> = cost
        .iter()
        .map(|row| {
            (
                &*row["workload"],
                &*row["input_tokens"],
                &*row["output_tokens"],
            )
        })
        .collect();
    assert_eq!(
        tokens,
        [
            ("checkout", "600000", "60000"),
            ("not in logs", "500000", "10000"),
            ("search", "300000", "30000"),
        ]
    );
    let coverage = desk.rows("out/coverage.csv");
    let shares: Vec<_> = coverage
        .iter()
        .map(|row| {
            (
                &*row["day"],
                &*row["metrics_tokens"],
                &*row["log_tokens"],
                &*row["unexplained_tokens"],
                &*row["explained_share"],
            )
        })
        .collect();
    assert_eq!(
        shares,
        [
            ("2026-09-20", "1100000", "990000", "110000", "0.9"),
            ("2026-09-21", "400000", "0", "400000", "0"),
        ]
    );
    // 990,000 of 1,500,000.
    let line = "attributed by logs: 66.0% of tokens; the rest is the workload 'not in logs'; all in coverage.csv";
    assert!(run.out.contains(line), "{run:#?}");
    for code in ["log-coverage", "days-without-logs"] {
        assert!(codes(&desk).iter().any(|found| found == code), "{code}");
    }
}

#[test]
fn the_usage_of_such_a_report_gives_the_same_report_again() {
    let desk = Desk::new();
    both(&desk);
    desk.report(&["eolcast-store"]).expect(0);
    let first = desk.files("out");
    for table in ["usage.csv", "usage.parquet"] {
        desk.put(table, &first[table]);
        desk.report(&[table]).expect(0);
        for (name, bytes) in desk.files("out") {
            assert!(bytes == first[&name], "{table}: {name} differs");
        }
    }
}

#[test]
fn preferring_one_source_leaves_it_alone() {
    let desk = Desk::new();
    both(&desk);
    let tokens = |prefer: &str| {
        desk.report(&["--prefer", prefer]).expect(0);
        assert!(desk.rows("out/coverage.csv").is_empty());
        let rows = desk.rows("out/cost.csv");
        let cells = rows
            .iter()
            .map(|row| format!("{} {}", row["workload"], row["input_tokens"]));
        cells.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(tokens("metrics"), "unallocated 1400000");
    assert_eq!(
        tokens("logs"),
        "checkout 600000, search 300000, unallocated 400000"
    );
}

#[test]
fn two_kinds_of_logs_of_one_day_still_need_a_choice() {
    let desk = Desk::new();
    both(&desk);
    keep(
        &desk,
        "eolcast-store",
        [fetched(Source::S3, 20, &[("checkout", 1, 5, 5)])],
    );
    desk.report(&[]).expect(2).says(&[
        "2026-09-20 comes from source logs by hour",
        "source metrics by day",
        "source s3 by hour",
        "--prefer",
    ]);
}

#[test]
fn a_damaged_day_is_left_out_and_the_rest_is_read() {
    let desk = Desk::new();
    both(&desk);
    let place = "eolcast-store/metrics/111122223333/us-east-1/2026-09-21.parquet";
    let whole = fs::read(desk.path(place)).unwrap();
    desk.put(place, &whole[..whole.len() / 2]);
    let run = desk.report(&[]).expect(1);
    assert!(run.out.contains("error[store-day-damaged]"), "{run:#?}");
    assert_eq!(sum(&desk, "out/usage.csv", "input_tokens"), 1_000_000);
    fs::remove_file(desk.path(place)).unwrap();
    let run = desk.report(&[]).expect(1);
    assert!(
        run.out.contains("2026-09-21.parquet is missing"),
        "{run:#?}"
    );
    // A Parquet file that no line names is not read.
    desk.put(
        "eolcast-store/metrics/111122223333/us-east-1/2026-09-22.parquet",
        whole,
    );
    desk.report(&[]).expect(1);
    assert_eq!(sum(&desk, "out/usage.csv", "input_tokens"), 1_000_000);
}

#[test]
fn what_a_fetch_found_is_repeated_by_the_report() {
    let desk = Desk::new();
    let mut torn = fetched(Source::Metrics, 20, &[("", 10, 1_000_000, 0)]);
    torn.whole = false;
    torn.findings = vec![Diagnostic::warning(
        "throttled",
        "us-east-1",
        "gave up after 9 attempts",
    )];
    torn.signals.delivery_failures = [("S3DeliveryFailure".to_owned(), 12)].into();
    // Sonnet 4.5 was Active on 2026-09-20, a model that nobody knows is not compared.
    torn.signals.legacy_invocations = [
        (format!("us.{MODEL}"), 7),
        ("newco.unknown-v1:0".to_owned(), 9),
    ]
    .into();
    let mantle = fetched(Source::Mantle, 20, &[("", 1, 50, 50)]);
    keep(&desk, "store", [torn, mantle]);
    desk.report(&["store"]).expect(0);
    for code in [
        "throttled",
        "day-not-whole",
        "log-delivery-failures",
        "mantle-has-no-logs",
    ] {
        assert!(
            codes(&desk).iter().any(|found| found == code),
            "{code}: {:?}",
            codes(&desk)
        );
    }
    let findings = desk.rows("out/findings.csv");
    let drift: Vec<_> = findings
        .iter()
        .filter(|row| row["code"] == "legacy-drift")
        .map(|row| row["subject"].clone())
        .collect();
    assert_eq!(drift, [format!("{MODEL}, us-east-1")]);
}

#[test]
fn a_store_below_a_folder_is_found_and_not_searched() {
    let desk = Desk::new();
    keep(
        &desk,
        "data/store",
        [fetched(Source::Logs, 20, &[("checkout", 6, 600_000, 0)])],
    );
    desk.put("data/store/unfinished/left.jsonl", "no log\n");
    let run = ["report", "data", "--as-of", AS_OF, "--out", "out"];
    desk.run(&run).expect(0);
    assert_eq!(sum(&desk, "out/usage.csv", "input_tokens"), 600_000);
}
