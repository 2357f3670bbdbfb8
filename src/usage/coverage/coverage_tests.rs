//! Whole inputs: which days are compared, what is said, and reading the result back.

use std::collections::BTreeSet;

use super::{Covered, NOT_IN_LOGS, cover, delivery_findings};
use crate::domain::{
    DaySignals, Decimal, EndpointScope, Granularity, ModelId, RequestMetadata, ServiceTier, Source,
    Text, TokenCounts, UsageRow,
};
use crate::usage::DaySignalsOf;

const DAY: &str = "2026-10-05";

fn row(source: Source, day: &str, input: u64) -> UsageRow {
    let day: chrono::NaiveDate = day.parse().unwrap();
    UsageRow {
        hour: day.and_hms_opt(0, 0, 0).unwrap().and_utc(),
        granularity: Granularity::Day,
        account_id: "111122223333".into(),
        region: "us-east-1".into(),
        model_id: ModelId::new("amazon.nova-lite-v1:0"),
        endpoint_scope: Some(EndpointScope::InRegion),
        geo: None,
        service_tier: ServiceTier::Standard,
        prompt_band: None,
        inference_profile: None,
        principal: None,
        metadata: RequestMetadata::default(),
        workload: None,
        counts: TokenCounts {
            requests: 1,
            input_tokens: Some(input),
            ..TokenCounts::default()
        },
        source,
    }
}

/// Ten requests of a day in the metrics.
pub(super) fn metrics(input: u64) -> UsageRow {
    let mut row = row(Source::Metrics, DAY, input);
    row.counts.requests = 10;
    row
}

/// One request at 10:00 in the logs.
pub(super) fn logs(principal: &str, input: u64) -> UsageRow {
    let mut row = row(Source::Logs, DAY, input);
    row.granularity = Granularity::Hour;
    row.hour = row
        .hour
        .date_naive()
        .and_hms_opt(10, 0, 0)
        .unwrap()
        .and_utc();
    row.principal = Some(principal.into());
    row
}

fn on(day: &str, row: UsageRow) -> UsageRow {
    let day: chrono::NaiveDate = day.parse().unwrap();
    UsageRow {
        hour: day.and_time(row.hour.time()).and_utc(),
        ..row
    }
}

fn covered(rows: Vec<UsageRow>) -> Covered {
    cover(rows, &BTreeSet::new())
}

fn codes(covered: &Covered) -> Vec<(&str, &str, Option<u64>)> {
    covered
        .findings
        .iter()
        .map(|f| (f.severity.as_str(), &*f.code, f.tokens_affected))
        .collect()
}

#[test]
fn metrics_of_an_account_without_any_logs_stay_as_they_are() {
    let elsewhere = UsageRow {
        region: "eu-west-1".into(),
        ..logs("a", 5)
    };
    let rows = vec![elsewhere, metrics(1_000)];
    let covered = covered(rows.clone());
    assert_eq!(covered.rows, rows);
    assert!(covered.coverage.is_empty() && covered.findings.is_empty());
}

#[test]
fn a_day_without_logs_is_not_in_logs_when_another_day_has_some() {
    let covered = covered(vec![
        logs("a", 930),
        metrics(1_000),
        on("2026-10-06", metrics(500)),
        on("2026-10-07", logs("a", 7)),
    ]);
    let workloads: Vec<_> = covered
        .rows
        .iter()
        .map(|row| (row.workload.as_deref().unwrap_or("-"), row.counts.tokens()))
        .collect();
    assert_eq!(
        workloads,
        [(NOT_IN_LOGS, 70), ("-", 930), (NOT_IN_LOGS, 500), ("-", 7)]
    );
    // 930 of 1,500 is 62%. The 7th has no metrics and is not compared.
    assert_eq!(
        codes(&covered),
        [
            ("warning", "log-coverage", Some(570)),
            ("warning", "days-without-logs", Some(500))
        ]
    );
    assert!(
        covered.findings[0]
            .message
            .contains("explain 62% of the 1,500 tokens")
    );
    assert!(
        covered.findings[1]
            .message
            .starts_with("2026-10-06 has usage")
    );
    let shares: Vec<_> = covered
        .coverage
        .iter()
        .map(|row| (row.day.to_string(), row.tokens.explained_share()))
        .collect();
    assert_eq!(
        shares,
        [
            ("2026-10-05".to_owned(), Some(Decimal::new(93, 2))),
            ("2026-10-06".to_owned(), Some(Decimal::ZERO))
        ]
    );
}

#[test]
fn coverage_below_95_percent_is_a_warning_and_a_share_is_never_rounded_up() {
    let severity = |of_logs| {
        let covered = covered(vec![logs("a", of_logs), metrics(100_000)]);
        covered.findings[0].severity.as_str()
    };
    assert_eq!((severity(94_999), severity(95_000)), ("warning", "info"));
    let covered = covered(vec![logs("a", 99_999), metrics(100_000)]);
    let share = covered.coverage[0].tokens.explained_share();
    assert_eq!(share, Some(Decimal::new(9_999, 4)));
}

#[test]
fn logs_beyond_the_metrics_are_kept_and_said() {
    let other = UsageRow {
        model_id: ModelId::new("amazon.nova-pro-v1:0"),
        ..logs("a", 5)
    };
    let covered = covered(vec![logs("a", 120), other, metrics(100)]);
    let tokens: u64 = covered.rows.iter().map(|row| row.counts.tokens()).sum();
    assert_eq!(tokens, 125);
    assert_eq!(
        codes(&covered),
        [
            ("info", "log-coverage", Some(0)),
            ("warning", "logs-exceed-metrics", Some(25))
        ]
    );
}

#[test]
fn a_profile_is_one_under_its_arn_and_under_its_bare_id() {
    let arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcd1234";
    let unresolved = |row: UsageRow, name: &str| UsageRow {
        model_id: ModelId::new(name),
        endpoint_scope: None,
        inference_profile: Some(name.into()),
        ..row
    };
    for resolved in [true, false] {
        let [of_logs, of_metrics] = match resolved {
            true => {
                [(logs("a", 90), arn), (metrics(100), "abcd1234")].map(|(row, name)| UsageRow {
                    inference_profile: Some(name.into()),
                    ..row
                })
            }
            false => [
                unresolved(logs("a", 90), arn),
                unresolved(metrics(100), "abcd1234"),
            ],
        };
        let covered = covered(vec![of_logs, of_metrics, metrics(7)]);
        let left = covered.rows.iter().filter(|row| row.workload.is_some());
        let left: Vec<u64> = left.map(|row| row.counts.tokens()).collect();
        let mut sorted = left.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [7, 10], "{resolved}");
    }
}

#[test]
fn what_was_compared_once_reads_back_the_same() {
    let first = covered(vec![
        logs("a", 90),
        metrics(100),
        on("2026-10-06", metrics(500)),
        on("2026-10-07", metrics(9)),
        on("2026-10-07", logs("b", 9)),
    ]);
    let again = covered(first.rows.clone());
    assert_eq!(again.rows, first.rows);
    assert_eq!(again.coverage, first.coverage);
    assert_eq!(again.findings, first.findings);
}

#[test]
fn where_one_source_was_preferred_a_day_of_metrics_alone_stays() {
    let rows = vec![logs("a", 90), on("2026-10-06", metrics(500))];
    let place = (Text::from("111122223333"), Text::from("us-east-1"));
    let covered = cover(rows.clone(), &[place].into());
    assert_eq!(covered.rows, rows);
    assert!(covered.coverage.is_empty() && covered.findings.is_empty());
}

#[test]
fn mantle_stays_beside_everything_and_is_named() {
    let mantle = row(Source::Mantle, DAY, 50);
    let covered = covered(vec![mantle.clone(), logs("a", 100), metrics(100)]);
    assert!(covered.rows.contains(&mantle));
    assert_eq!(
        codes(&covered),
        [
            ("info", "mantle-has-no-logs", Some(50)),
            ("info", "log-coverage", Some(0))
        ]
    );
}

#[test]
fn delivery_failures_are_added_up_before_as_of() {
    let day = |day: &str, count| DaySignalsOf {
        source: Source::Metrics,
        account_id: "1".to_owned(),
        region: "us-east-1".to_owned(),
        day: day.parse().unwrap(),
        signals: DaySignals {
            delivery_failures: [("S3DeliveryFailure".to_owned(), count)].into(),
            ..DaySignals::default()
        },
    };
    let signals = [
        day("2026-10-01", 3),
        day("2026-10-02", 4),
        day("2026-10-03", 9),
    ];
    let findings = delivery_findings(&signals, "2026-10-03".parse().unwrap());
    assert_eq!(findings.len(), 1);
    assert!(findings[0].message.contains("(S3DeliveryFailure 7)"));
    assert!(delivery_findings(&[day("2026-10-01", 0)], "2026-10-03".parse().unwrap()).is_empty());
}
