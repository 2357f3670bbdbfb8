//! Constant weeks, jumps, new, sparse and dead series, mixes and unknown days, by hand.

use super::super::history::end_of_history;
use super::super::sample::{daily, day, on, usage};
use super::*;
use crate::domain::{Rate, ServiceTier, SkuMeter, UsageRow};

fn all(rows: &[UsageRow], as_of: &str) -> Forecasts {
    let mut options = ProjectionOptions::new(day(as_of));
    options.history_end = end_of_history(rows, options.as_of);
    options.horizon = 3;
    forecast(&History::new(rows, options.as_of).unwrap(), &options).unwrap()
}

/// The forecast of the only cell.
fn only(rows: &[UsageRow], as_of: &str) -> CellForecast {
    let mut forecasts = all(rows, as_of).cells;
    assert_eq!(forecasts.len(), 1);
    forecasts.remove(0)
}

fn basis(rows: &[UsageRow], as_of: &str) -> Basis {
    *all(rows, as_of).bases.values().next().unwrap()
}

const INPUT: Quantity = Quantity::Meter(SkuMeter::Input);

/// The first days of a profile.
fn days(profile: &Profile, from: &str, count: usize) -> Vec<u64> {
    let days = day(from).iter_days().zip(day(from).iter_days().skip(1));
    days.take(count)
        .map(|(from, to)| profile.over(from, to).unwrap())
        .collect()
}

fn input(forecast: &CellForecast, from: &str, count: usize) -> Vec<u64> {
    days(&forecast.quantities[&INPUT], from, count)
}

/// A row of each day before 2026-11-22 (a Sunday), the count by how many days ago it was.
fn by_age(ages: impl Iterator<Item = u64>, tokens: impl Fn(u64) -> u64) -> Vec<UsageRow> {
    let row = |ago| {
        let row = usage("search", "old", 1, tokens(ago), 0);
        on(&row, days_before(day("2026-11-22"), ago))
    };
    ages.map(row).collect()
}

#[test]
fn a_constant_week_goes_on_exactly_for_any_length_of_history() {
    // Sunday 2026-11-22 was 7, 14, ... days ago: 20 on Sundays, 100 on the other days.
    let week = |ago: u64| if ago.is_multiple_of(7) { 20 } else { 100 };
    for length in [7, 14, 28, 60, 100, 400] {
        let forecast = only(&by_age(1..=length, week), "2026-11-22");
        let expected = [20, 100, 100, 100, 100, 100, 100, 20, 100];
        assert_eq!(input(&forecast, "2026-11-22", 9), expected, "{length} days");
        // Far ahead, and beyond the path: 52 weeks of 620.
        let year = forecast.quantities[&INPUT].over(day("2027-01-03"), day("2028-01-02"));
        assert_eq!(year, Ok(52 * 620), "{length} days");
    }
}

#[test]
fn a_short_history_has_the_mean_of_its_weekdays() {
    // Four weeks: Mondays 100, 101, 101, 102 (mean 101), else 7.
    let forecast = only(
        &by_age(1..=28, |ago| match ago {
            6 => 100,
            13 | 20 => 101,
            27 => 102,
            _ => 7,
        }),
        "2026-11-22",
    );
    assert_eq!(input(&forecast, "2026-11-22", 3), [7, 101, 7]);
}

#[test]
fn a_weekday_not_seen_yet_gets_the_mean_of_the_others_and_halves_take_turns() {
    // First seen on Friday with 10, Saturday 13: (10 + 13) / 2 = 11.5 on the other days.
    let rows = by_age(1..=2, |ago| if ago == 2 { 10 } else { 13 });
    let forecast = only(&rows, "2026-11-22");
    assert_eq!(
        input(&forecast, "2026-11-22", 7),
        [12, 11, 12, 11, 12, 10, 13]
    );
}

#[test]
fn after_a_lasting_jump_only_what_came_since_counts() {
    // 100 a day, then 300 for the last three weeks; two could be a holiday's.
    let jumped = |since| move |ago| if ago <= since { 300 } else { 100 };
    let rows = by_age(1..=120, jumped(21));
    assert_eq!(input(&only(&rows, "2026-11-22"), "2026-11-22", 2), [300; 2]);
    assert_eq!(basis(&rows, "2026-11-22").jumped, Some(21));
    assert_eq!(
        basis(&by_age(1..=120, jumped(14)), "2026-11-22").jumped,
        None
    );
    // 1.5 times as much is a jump, a little less is not.
    let to = |level| by_age(1..=120, move |ago| if ago <= 28 { level } else { 100 });
    assert_eq!(basis(&to(150), "2026-11-22").jumped, Some(28));
    assert_eq!(basis(&to(149), "2026-11-22").jumped, None);
}

#[test]
fn a_series_without_use_for_four_weeks_is_dead() {
    let alive = |rows: Vec<UsageRow>| {
        let mut rows = rows;
        // Something else shows that the days were seen.
        rows.extend(by_age(1..=1, |_| 1).into_iter().map(|row| UsageRow {
            workload: Some("chat".into()),
            ..row
        }));
        let forecasts = all(&rows, "2026-11-22");
        let of_search = |cell: &CellForecast| &*cell.cell.series.workload == "search";
        forecasts.cells.iter().any(of_search)
    };
    assert!(alive(by_age(28..=80, |_| 10)));
    assert!(!alive(by_age(29..=80, |_| 10)));
    // Used every 20 days: 28 days are no reason yet, 41 are.
    let sparse = |last: u64| by_age((0..5).map(move |time| last + 20 * time), |_| 10);
    assert!(alive(sparse(29)));
    assert!(alive(sparse(41)));
    assert!(!alive(sparse(42)));
}

#[test]
fn sparse_use_keeps_its_mean_over_a_month() {
    // 700 once in 14 days for 280 days: 50 a day, about 1,500 in 30 days.
    let rows = by_age((0..20).map(|time| 1 + 14 * time), |_| 700);
    let forecast = only(&rows, "2026-11-22");
    let month = forecast.quantities[&INPUT].over(day("2026-11-22"), day("2026-12-22"));
    assert!((1_000..=2_000).contains(&month.unwrap()), "{month:?}");
}

#[test]
fn a_few_days_of_very_different_use_are_no_explosion() {
    // Days ago and tokens: a shared weekly pattern once made 10^30 tokens a day of these.
    let used = [
        (334, 1193),
        (315, 697),
        (307, 620),
        (273, 35122),
        (246, 31731),
        (229, 1_599_045),
        (225, 914),
        (221, 42756),
        (213, 1_966_278),
        (207, 2_215_067),
        (206, 2_029_885),
        (189, 1_756_639),
        (185, 25037),
        (183, 28786),
        (180, 1_924_434),
        (140, 1_194_764),
        (123, 384),
        (121, 1_068_391),
        (120, 29416),
        (97, 2_337_756),
        (96, 2_944_383),
        (93, 724),
        (75, 1497),
        (63, 953_298),
        (52, 42763),
        (22, 29386),
        (10, 27385),
        (5, 41362),
        (1, 1_827_816),
    ];
    let tokens = |ago| used.iter().find(|(day, _)| *day == ago).unwrap().1;
    let rows = by_age(used.iter().map(|(ago, _)| *ago), tokens);
    let forecasts = all(&rows, "2026-11-22");
    let quarter: u64 = input(&forecasts.cells[0], "2026-11-22", 90).iter().sum();
    // 90 days at the mean of the past are 6,400,000 tokens.
    assert!((600_000..60_000_000).contains(&quarter), "{quarter}");
}

#[test]
fn growth_goes_on_with_damping_and_never_without_bounds() {
    let rows = by_age(1..=200, |ago| 10_000 - 40 * ago);
    let forecast = only(&rows, "2026-11-22");
    let profile = &forecast.quantities[&INPUT];
    let month = profile.over(day("2026-12-01"), day("2026-12-31")).unwrap();
    assert!((290_000..330_000).contains(&month), "{month}");
    let steep = by_age(1..=40, |ago| 1 << ((41 - ago) / 2));
    let forecast = only(&steep, "2026-11-22");
    let most = *days(&forecast.quantities[&INPUT], "2026-11-22", 120)
        .iter()
        .max()
        .unwrap();
    // Three times the level at most, and the level is at most the last day.
    assert!(most <= 3 * (1 << 20), "{most}");
    let falling = by_age(1..=100, |ago| 10 * ago);
    let forecast = only(&falling, "2026-11-22");
    assert!(
        days(&forecast.quantities[&INPUT], "2026-11-22", 120)
            .iter()
            .all(|day| *day < 200)
    );
}

#[test]
fn days_after_the_last_use_of_anything_are_unknown_and_not_empty() {
    // 28 days of 70 tokens up to 2026-10-31, asked on 2026-11-10: still 70 a day.
    let rows = daily(&usage("search", "old", 1, 70, 0), day("2026-11-01"), 28);
    assert_eq!(input(&only(&rows, "2026-11-10"), "2026-11-10", 7), [70; 7]);
    // Another workload was called on 2026-11-09: then nine days without use were seen.
    let mut both = rows.clone();
    both.push(on(&usage("chat", "old", 1, 1, 0), day("2026-11-09")));
    let forecasts = all(&both, "2026-11-10").cells;
    let of_search = |cell: &&CellForecast| &*cell.cell.series.workload == "search";
    let search = forecasts.iter().find(of_search).unwrap();
    // Of the last four Mondays two were used: 140 / 4 = 35 on 2026-11-16.
    assert_eq!(input(search, "2026-11-16", 1), [35]);
}

#[test]
fn a_last_day_that_breaks_off_is_unknown() {
    let hours = |date: &str, last: u32| {
        let row = usage("search", "old", 1, 10, 0);
        let at = |hour| UsageRow {
            hour: day(date).and_hms_opt(hour, 0, 0).unwrap().and_utc(),
            granularity: crate::domain::Granularity::Hour,
            ..row.clone()
        };
        (0..=last).map(at).collect::<Vec<_>>()
    };
    let ending = |last| {
        let mut rows: Vec<UsageRow> = (14..=20)
            .flat_map(|date| hours(&format!("2026-11-{date}"), 23))
            .collect();
        rows.extend(hours("2026-11-21", last));
        end_of_history(&rows, day("2026-11-22"))
    };
    assert_eq!(ending(20), day("2026-11-21"));
    assert_eq!(ending(21), day("2026-11-22"));
}

#[test]
fn the_mix_of_the_last_four_weeks_shares_the_volume_out() {
    // Both tiers by 60 days; standard 300 and batch 100 on every day, 2 and 1 requests.
    let standard = usage("search", "old", 2, 300, 0);
    let mut batch = usage("search", "old", 1, 100, 0);
    batch.service_tier = ServiceTier::Batch;
    let mut rows = daily(&standard, day("2026-11-22"), 60);
    rows.extend(daily(&batch, day("2026-11-22"), 60));
    // Gone for four weeks: no share any more.
    let mut gone = usage("search", "old", 1, 999, 0);
    gone.service_tier = ServiceTier::Flex;
    rows.push(on(&gone, day("2026-10-24")));
    let mut forecasts = all(&rows, "2026-11-22").cells;
    forecasts.sort_by_key(|forecast| forecast.cell.service_tier != ServiceTier::Standard);
    assert_eq!(forecasts.len(), 2);
    assert_eq!(input(&forecasts[0], "2026-11-22", 2), [300; 2]);
    assert_eq!(input(&forecasts[1], "2026-11-22", 2), [100; 2]);
    assert_eq!(days(&forecasts[0].requests, "2026-11-22", 2), [2; 2]);
    assert_eq!(days(&forecasts[1].requests, "2026-11-22", 2), [1; 2]);
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
    assert_eq!(input(&forecast, "2026-11-22", 7), [10; 7]);
    assert_eq!(days(&forecast.requests, "2026-11-22", 7), [3; 7]);
}

#[test]
fn a_day_of_unknown_counts_is_like_the_same_weekday_a_week_before() {
    let mut volume = DayVolume {
        tokens: Some(70),
        requests: 1,
        succeeded: 1,
    };
    let mut known: BTreeMap<_, _> = (1..=14)
        .map(|date| (day(&format!("2026-11-{date:02}")), volume))
        .collect();
    volume.tokens = None;
    known.insert(day("2026-11-09"), volume);
    assert_eq!(series_of(&known, day("2026-11-15")), [70.0; 14]);
    // Failed calls count no tokens: a day without use.
    volume.succeeded = 0;
    known.insert(day("2026-11-09"), volume);
    assert_eq!(
        series_of(&known, day("2026-11-15")).iter().sum::<f64>(),
        910.0
    );
}

#[test]
fn twice_the_usage_is_twice_the_forecast_and_the_same_bounds() {
    let noisy = |times: u64| {
        by_age(1..=200, move |ago| {
            times * (1_000_000 + (ago * 7_919) % 400_009)
        })
    };
    let (once, twice) = (all(&noisy(1), "2026-11-22"), all(&noisy(2), "2026-11-22"));
    let of = |forecasts: &Forecasts| input(&forecasts.cells[0], "2026-11-22", 90);
    for (one, two) in of(&once).into_iter().zip(of(&twice)) {
        assert!((2 * one).abs_diff(two) <= 2, "{one} {two}");
    }
    let part = |amount| super::super::interval::Part {
        series: 0,
        span: 1,
        amount,
    };
    assert_eq!(
        once.spread.bounds(&[part(1.0)]),
        twice.spread.bounds(&[part(2.0)])
    );
}

#[test]
fn days_add_up_to_any_period_and_the_last_week_repeats() {
    let profile = Profile::new(day("2026-11-22"), 1..=8).unwrap();
    let over = |from, to| profile.over(day(from), day(to)).unwrap();
    assert_eq!(over("2026-11-01", "2026-11-22"), 0);
    assert_eq!(over("2026-11-22", "2026-11-25"), 6);
    // 8 days, then 2 and 3 of the last week 2 to 8 (sum 35) again
    assert_eq!(over("2026-11-22", "2026-12-02"), 36 + 2 + 3);
    assert_eq!(over("2026-11-30", "2026-12-14"), 70);
    assert_eq!(over("2026-12-14", "2026-12-14"), 0);
}

#[test]
fn absurd_counts_are_an_error_and_not_a_panic() {
    let from = day("2026-11-22");
    assert_eq!(Profile::new(from, [u64::MAX, 1]), Err(MoneyOverflow));
    let profile = Profile::new(from, [u64::MAX, 0]).unwrap();
    assert_eq!(profile.scaled(Rate::TWO), Err(MoneyOverflow));
    assert_eq!(profile.over(from, day("2027-11-24")), Err(MoneyOverflow));
}
