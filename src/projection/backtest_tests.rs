//! What is compared, and how it is counted, by hand.

use super::super::sample::{daily, day, usage};
use super::*;

fn tested(rows: &[UsageRow]) -> Vec<BacktestRow> {
    backtest(rows, &ProjectionOptions::new(day("2026-11-22"))).unwrap()
}

fn days_of(workload: &str, count: u64, tokens: impl Fn(u64) -> u64) -> Vec<UsageRow> {
    let as_of = day("2026-11-22");
    let of_day = |ago| {
        let row = usage(workload, "old", 1, tokens(ago), 0);
        daily(&row, days_before(as_of, ago - 1), 1)
    };
    (1..=count).flat_map(of_day).collect()
}

#[test]
fn constant_usage_is_foreseen_without_error() {
    // 116 days: origins 30 and 60 days back (60 + 56 = 116), not 90: 1 + 2 months.
    let rows = tested(&days_of("search", 116, |_| 100));
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].workload, None);
    let search = &rows[1];
    assert_eq!(search.workload.as_deref(), Some("search"));
    assert_eq!(search.months_compared, 3);
    assert_eq!(search.first_origin, day("2026-09-23"));
    assert_eq!(search.weighted_error, Some(Decimal::ZERO));
    // Repeating the last week has no error either: nothing to measure against.
    assert_eq!(search.mase, None);
    assert_eq!(
        (search.covered_80, search.covered_95),
        (Decimal::ONE, Decimal::ONE)
    );
    // One day less: one origin.
    assert_eq!(
        tested(&days_of("search", 115, |_| 100))[1].months_compared,
        1
    );
    assert!(tested(&days_of("search", 85, |_| 100)).is_empty());
}

#[test]
fn a_jump_that_nobody_could_foresee_is_an_error() {
    // 100 a day, 200 in the last 30 days: of 6,000 tokens 3,000 were not foreseen.
    let rows = days_of("search", 115, |ago| if ago <= 30 { 200 } else { 100 });
    let total = &tested(&rows)[0];
    assert_eq!(total.weighted_error, Some(Decimal::new(5, 1)));
    assert_eq!(total.covered_80, Decimal::ZERO);
}

#[test]
fn a_workload_that_began_later_is_an_error_of_the_total_only() {
    let mut rows = days_of("search", 115, |_| 100);
    rows.extend(days_of("new", 30, |_| 300));
    let tested = tested(&rows);
    // 3,000 of 12,000 were foreseen.
    assert_eq!(tested[0].weighted_error, Some(Decimal::new(75, 2)));
    let names: Vec<_> = tested.iter().map(|row| row.workload.as_deref()).collect();
    assert_eq!(names, [None, Some("search")]);
}
