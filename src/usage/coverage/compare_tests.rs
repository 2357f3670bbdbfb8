//! Comparison of one model on one day, worked by hand, and what always holds.

use proptest::prelude::*;

use super::Tokens;
use super::compare::compare;
use super::coverage_tests::{logs, metrics};
use crate::domain::{Granularity, ServiceTier, TokenCounts, UsageRow};

fn with(row: UsageRow, counts: TokenCounts) -> UsageRow {
    UsageRow { counts, ..row }
}

fn tier(row: UsageRow, service_tier: ServiceTier) -> UsageRow {
    UsageRow {
        service_tier,
        ..row
    }
}

/// Workload, tier and input tokens of each row.
fn seen(rows: &[UsageRow]) -> Vec<(&str, &str, Option<u64>)> {
    rows.iter()
        .map(|row| {
            let workload = row.workload.as_deref().unwrap_or("-");
            (workload, row.service_tier.as_str(), row.counts.input_tokens)
        })
        .collect()
}

#[test]
fn what_logs_do_not_explain_becomes_a_row_of_its_own() {
    let (rows, tokens) = compare(vec![metrics(1_000)], vec![logs("a", 600), logs("b", 100)]);
    assert_eq!(
        seen(&rows),
        [
            ("-", "standard", Some(600)),
            ("-", "standard", Some(100)),
            ("not in logs", "standard", Some(300)),
        ]
    );
    // 10 requests of the metrics less 1 of each log row.
    assert_eq!(rows[2].counts.requests, 8);
    let expected = Tokens {
        metrics: 1_000,
        logs: 700,
        explained: 700,
        exceeding: 0,
    };
    assert_eq!(tokens, expected);
    assert_eq!(tokens.unexplained(), 300);
}

#[test]
fn logs_that_exceed_a_meter_stay_and_the_other_meters_are_still_filled_up() {
    let row = |base, input, output, read| {
        with(
            base,
            TokenCounts {
                requests: 1,
                input_tokens: Some(input),
                output_tokens: Some(output),
                cache_read_tokens: read,
                ..TokenCounts::default()
            },
        )
    };
    let (rows, tokens) = compare(
        vec![row(metrics(0), 100, 50, Some(40))],
        vec![row(logs("a", 0), 130, 20, None)],
    );
    let left = rows[1].counts;
    // Input 130 > 100 leaves 0; output 50 - 20 = 30; the logs know no cache: all 40.
    assert_eq!(
        (
            left.input_tokens,
            left.output_tokens,
            left.cache_read_tokens,
            left.images
        ),
        (Some(0), Some(30), Some(40), None)
    );
    assert_eq!(left.requests, 0);
    // Explained: 100 + 20 + 0 of 190.
    let expected = Tokens {
        metrics: 190,
        logs: 150,
        explained: 120,
        exceeding: 30,
    };
    assert_eq!(tokens, expected);
}

#[test]
fn cache_writes_are_compared_together_and_what_is_left_has_no_known_time() {
    let writes = |base, short, long, unknown| {
        with(
            base,
            TokenCounts {
                requests: 1,
                cache_write_5m_tokens: short,
                cache_write_1h_tokens: long,
                cache_write_unknown_tokens: unknown,
                ..TokenCounts::default()
            },
        )
    };
    let (rows, _) = compare(
        vec![writes(metrics(0), None, None, Some(100))],
        vec![writes(logs("a", 0), Some(30), Some(20), None)],
    );
    let left = rows[1].counts;
    assert_eq!(left.cache_write_unknown_tokens, Some(50));
    assert_eq!(
        (left.cache_write_5m_tokens, left.cache_write_1h_tokens),
        (None, None)
    );
}

#[test]
fn logs_that_explain_everything_leave_no_row() {
    let full = with(logs("a", 0), metrics(1_000).counts);
    let (rows, tokens) = compare(vec![metrics(1_000)], vec![full]);
    assert_eq!((rows.len(), tokens.unexplained()), (1, 0));
}

#[test]
fn a_meter_the_metrics_do_not_have_is_not_compared() {
    let mut unknown = metrics(1_000);
    unknown.counts.input_tokens = None;
    let (rows, tokens) = compare(vec![unknown], vec![logs("a", 600)]);
    assert_eq!(rows[1].counts.input_tokens, None);
    let expected = Tokens {
        metrics: 0,
        logs: 600,
        explained: 0,
        exceeding: 0,
    };
    assert_eq!(tokens, expected);
    assert_eq!(tokens.explained_share(), None);
}

#[test]
fn tiers_that_only_the_metrics_know_are_shared_out_over_the_logs() {
    let metrics = [(ServiceTier::Standard, 600), (ServiceTier::Flex, 400)]
        .map(|(service_tier, input)| tier(metrics(input), service_tier));
    let (rows, _) = compare(metrics.into(), vec![logs("a", 501), logs("b", 200)]);
    // 701 of 1,000: flex 701 x 0.4 = 280.4 -> 280, standard 420.6 -> 421. Row a: 501 x 280/701 =
    // 200.1 -> 200, 501 x 421/701 = 300.9 -> 301; row b has what is open: 80 and 120. Left:
    // 400 - 280 = 120 flex, 600 - 421 = 179 standard.
    let mut seen = seen(&rows);
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            ("-", "flex", Some(80)),
            ("-", "flex", Some(200)),
            ("-", "standard", Some(120)),
            ("-", "standard", Some(301)),
            ("not in logs", "flex", Some(120)),
            ("not in logs", "standard", Some(179)),
        ]
    );
}

#[test]
fn tiers_that_logs_know_are_kept() {
    let metrics = [(ServiceTier::Standard, 600), (ServiceTier::Flex, 400)]
        .map(|(service_tier, input)| tier(metrics(input), service_tier));
    let known = tier(logs("a", 300), ServiceTier::Flex);
    let (rows, _) = compare(metrics.into(), vec![known, logs("b", 500)]);
    assert_eq!(
        seen(&rows),
        [
            ("-", "flex", Some(300)),
            ("-", "standard", Some(500)),
            ("not in logs", "standard", Some(100)),
            ("not in logs", "flex", Some(100)),
        ]
    );
}

#[test]
fn hourly_metrics_leave_hourly_rows() {
    let at = |hour: u32, input| {
        let mut row = metrics(input);
        row.granularity = Granularity::Hour;
        row.hour = row
            .hour
            .date_naive()
            .and_hms_opt(hour, 0, 0)
            .unwrap()
            .and_utc();
        row
    };
    // The log row is of 10:00.
    let (rows, _) = compare(vec![at(9, 50), at(10, 100)], vec![logs("a", 80)]);
    assert_eq!(
        seen(&rows),
        [
            ("-", "standard", Some(80)),
            ("not in logs", "standard", Some(50)),
            ("not in logs", "standard", Some(20)),
        ]
    );
    // 120 of 150 at an hour with 100: what is left in all is 30, and 30 it stays.
    let (rows, tokens) = compare(vec![at(9, 50), at(10, 100)], vec![logs("a", 120)]);
    assert_eq!(
        seen(&rows)[1..],
        [
            ("not in logs", "standard", Some(30)),
            ("not in logs", "standard", Some(0))
        ][..]
    );
    assert_eq!(tokens.exceeding, 0);
}

prop_compose! {
    fn counts()(
        failed in 0..3u64, without in 0..3u64, answered in 0..50u64,
        input in prop::option::of(0..10_000u64), output in prop::option::of(0..1_000u64),
        read in prop::option::of(0..500u64), short in prop::option::of(0..500u64),
        long in prop::option::of(0..500u64), unknown in prop::option::of(0..500u64),
    ) -> TokenCounts {
        TokenCounts {
            requests: failed + without + answered,
            failed_requests: failed,
            requests_without_counts: without,
            input_tokens: input,
            output_tokens: output,
            cache_read_tokens: read,
            cache_write_5m_tokens: short,
            cache_write_1h_tokens: long,
            cache_write_unknown_tokens: unknown,
            images: None,
        }
    }
}

proptest! {
    #[test]
    fn totals_follow_the_metrics_unless_the_logs_exceed_them(
        of_metrics in prop::collection::vec((counts(), 0..3usize), 1..5),
        of_logs in prop::collection::vec(counts(), 0..6),
        scale in 1..40u64,
    ) {
        let tiers = [ServiceTier::Standard, ServiceTier::Flex, ServiceTier::Priority];
        let metrics: Vec<UsageRow> = of_metrics.iter().map(|(counts, at)| {
            let times = |count: Option<u64>| count.map(|count| count * scale);
            let counts = TokenCounts {
                requests: counts.requests * scale,
                requests_without_counts: 0,
                input_tokens: times(counts.input_tokens),
                output_tokens: times(counts.output_tokens),
                cache_read_tokens: times(counts.cache_read_tokens),
                cache_write_5m_tokens: None,
                cache_write_1h_tokens: None,
                cache_write_unknown_tokens: times(counts.cache_write_unknown_tokens),
                ..*counts
            };
            tier(with(metrics(0), counts), tiers[*at])
        }).collect();
        let logs: Vec<UsageRow> = of_logs.iter().map(|counts| with(logs("a", 0), *counts)).collect();
        let sum = |rows: &[UsageRow], of: fn(&TokenCounts) -> Option<u64>| {
            rows.iter().filter_map(|row| of(&row.counts)).reduce(|a, b| a + b)
        };
        let (rows, tokens) = compare(metrics.clone(), logs.clone());
        let meters: [fn(&TokenCounts) -> Option<u64>; 5] = [
            |counts| counts.input_tokens,
            |counts| counts.output_tokens,
            |counts| counts.cache_read_tokens,
            TokenCounts::cache_write_tokens,
            |counts| Some(counts.requests),
        ];
        for of in meters {
            let (m, l) = (sum(&metrics, of), sum(&logs, of));
            let expected = m.unwrap_or(0).max(l.unwrap_or(0));
            prop_assert_eq!(sum(&rows, of).unwrap_or(0), expected);
        }
        for of in [
            (|counts: &TokenCounts| counts.cache_write_5m_tokens) as fn(&TokenCounts) -> _,
            |counts| counts.cache_write_1h_tokens,
            |counts| Some(counts.failed_requests),
            |counts| Some(counts.requests_without_counts),
        ] {
            let of_log_rows: Vec<UsageRow> =
                rows.iter().filter(|row| row.workload.is_none()).cloned().collect();
            prop_assert_eq!(sum(&of_log_rows, of).unwrap_or(0), sum(&logs, of).unwrap_or(0));
        }
        for row in &rows {
            prop_assert!(row.counts.failed_requests + row.counts.requests_without_counts <= row.counts.requests);
        }
        prop_assert_eq!(tokens.explained + tokens.unexplained(), tokens.metrics);
        prop_assert!(tokens.explained <= tokens.logs);
    }
}
