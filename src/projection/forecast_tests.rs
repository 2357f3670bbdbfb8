//! Weekday means, short windows and rounding, by hand.

use super::super::history::{History, end_of_history};
use super::super::sample::{daily, day, on, usage};
use super::*;
use crate::domain::{SkuMeter, UsageRow};

/// The forecast of the only cell.
fn only(rows: &[UsageRow], as_of: &str) -> CellForecast {
    let history = History::new(rows, day(as_of)).unwrap();
    let mut forecasts = forecast(&history, end_of_history(rows, day(as_of)));
    assert_eq!(forecasts.len(), 1);
    forecasts.remove(0)
}

fn input(forecast: &CellForecast) -> [u64; 7] {
    forecast.quantities[&Quantity::Meter(SkuMeter::Input)].0
}

#[test]
fn each_weekday_is_the_mean_of_its_four_days_rounded_half_up() {
    // as_of is a Sunday. Mondays of the window: October 26, November 2, 9 and 16.
    let row = |tokens| usage("search", "old", 1, tokens, 0);
    let rows = [
        on(&row(1), day("2026-01-05")), // long ago: the window is whole
        on(&row(100), day("2026-10-26")),
        on(&row(101), day("2026-11-02")),
        on(&row(101), day("2026-11-16")),
        on(&row(7), day("2026-11-20")),
    ];
    let forecast = only(&rows, "2026-11-22");
    // Monday (100 + 101 + 0 + 101) / 4 = 75.5 -> 76; Friday 7 / 4 = 1.75 -> 2
    assert_eq!(input(&forecast), [76, 0, 0, 0, 2, 0, 0]);
    // One request in four Fridays: 0.25 -> 0; three in four Mondays: 0.75 -> 1
    assert_eq!(forecast.requests.0, [1, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn the_window_begins_28_days_before_and_ends_before_as_of() {
    let row = usage("search", "old", 1, 400, 0);
    let outside = [
        on(&row, day("2026-10-24")), // 29 days before
        on(&row, day("2026-11-22")), // as_of itself
    ];
    let history = History::new(&outside, day("2026-11-22")).unwrap();
    assert!(forecast(&history, day("2026-11-22")).is_empty());
    let inside = [outside[0].clone(), on(&row, day("2026-10-25"))];
    // Sunday 400 / 4
    let history = History::new(&inside, day("2026-11-22")).unwrap();
    let forecasts = forecast(&history, day("2026-11-22"));
    assert_eq!(input(&forecasts[0]), [0, 0, 0, 0, 0, 0, 100]);
}

#[test]
fn days_after_the_last_use_of_anything_are_unknown_and_not_empty() {
    // 28 days of 70 tokens up to 2026-10-31, asked on 2026-11-10: still 70 a day, not 70 x 18 / 28.
    let rows = daily(&usage("search", "old", 1, 70, 0), day("2026-11-01"), 28);
    assert_eq!(input(&only(&rows, "2026-11-10")), [70; 7]);
    // Another workload was called on 2026-11-09: then the days without use were seen.
    let mut both = rows.clone();
    both.push(on(&usage("chat", "old", 1, 1, 0), day("2026-11-09")));
    let history = History::new(&both, day("2026-11-10")).unwrap();
    let search = forecast(&history, end_of_history(&both, day("2026-11-10")))
        .into_iter()
        .find(|forecast| &*forecast.cell.series.workload == "search")
        .unwrap();
    // The window 2026-10-13 to 2026-11-09 holds 19 days of use: of the Mondays 10-19, 10-26
    // (and not 11-02, 11-09): 140 / 4 = 35.
    assert_eq!(input(&search)[0], 35);
}

#[test]
fn a_weekday_that_the_window_does_not_hold_gets_the_mean_of_the_others() {
    // First seen on Friday 2026-11-20; the window holds Friday 10 and Saturday 13.
    let rows = [
        on(&usage("search", "old", 1, 10, 0), day("2026-11-20")),
        on(&usage("search", "old", 1, 13, 0), day("2026-11-21")),
    ];
    // (10 + 13) / 2 = 11.5 -> 12
    assert_eq!(
        input(&only(&rows, "2026-11-22")),
        [12, 12, 12, 12, 10, 13, 12]
    );
}

#[test]
fn a_series_seen_earlier_under_another_tier_has_a_whole_window() {
    let mut rows = vec![on(&usage("search", "old", 1, 28, 0), day("2026-06-01"))];
    let mut batch = usage("search", "old", 1, 28, 0);
    batch.service_tier = crate::domain::ServiceTier::Batch;
    rows.push(on(&batch, day("2026-11-21")));
    // One Saturday of four: 28 / 4 = 7, although the batch cell is one day old.
    assert_eq!(input(&only(&rows, "2026-11-22")), [0, 0, 0, 0, 0, 7, 0]);
}

#[test]
fn hours_and_days_of_one_cell_add_up_and_unknown_counts_add_nothing() {
    let as_of = day("2026-11-22");
    let row = usage("search", "old", 1, 5, 0);
    let mut rows = daily(&row, as_of, 28);
    rows.extend(daily(&row, as_of, 28));
    let mut unknown = usage("search", "old", 1, 0, 0);
    unknown.counts.input_tokens = None;
    rows.extend(daily(&unknown, as_of, 28));
    let forecast = only(&rows, "2026-11-22");
    assert_eq!(input(&forecast), [10; 7]);
    assert_eq!(forecast.requests.0, [3; 7]);
}

#[test]
fn days_add_up_to_any_period() {
    let profile = Profile([1, 2, 3, 4, 5, 6, 7]);
    // 2026-11-22 is a Sunday: 7, then Monday 1 and Tuesday 2
    let over = |to| profile.over(day("2026-11-22"), day(to)).unwrap();
    assert_eq!(over("2026-11-22"), 0);
    assert_eq!(over("2026-11-25"), 10);
    assert_eq!(over("2026-12-06"), 56);
}

#[test]
fn absurd_counts_are_an_error_and_not_a_panic() {
    let profile = Profile([u64::MAX; 7]);
    assert_eq!(
        profile.over(day("2026-11-22"), day("2026-11-24")),
        Err(MoneyOverflow)
    );
    assert_eq!(profile.scaled(Rate::TWO), Err(MoneyOverflow));
}
