//! All scenarios of a constant use and their differences, worked out by hand.
//!
//! As in `handworked_projection`, with 28 times 100 requests, 2,800,000 input and 280,000 output
//! tokens a day, so that every 28th of a day is a whole count. Claude Sonnet 4.5 is in Extended
//! Access from 2027-01-08 (no public price: assumed 2 x) and ends on 2027-04-08.
//!
//! - normal day, Sonnet 4.5 geo: 2.8 x 3.30 + 0.28 x 16.50 = 9.24 + 4.62 = 13.86; a 28th 0.495
//! - Extended Access day: 27.72, of it premium 13.86; a 28th 0.99
//! - Sonnet 5 geo day: 2.8 x 2.20 + 0.28 x 11.00 = 6.16 + 3.08 = 9.24; a 28th 0.33
//! - days compared: 2026-11-22 to 2027-01-07: 9 + 31 + 7 = 47 normal; 2027-01-08 to 04-07:
//!   24 + 28 + 31 + 7 = 90 of Extended Access
//!
//! `two-waves` moves from 2026-12-15 on, k + 1 parts of 28 on day k = 0..27 (the last is
//! 2027-01-11), and what has moved runs on the old model for one more week.

use std::sync::LazyLock;

use crate::handworked::{Report, Row, fixture, money, reading_order, sum, written};

static REPORT: LazyLock<Report> = LazyLock::new(|| {
    let settings = fixture("scenarios.toml");
    Report::of(
        &[fixture("ramp.csv")],
        &["--settings", settings.to_str().unwrap()],
    )
});

fn row(report: &Report, scenario: &str) -> Row {
    let mut rows = report.table("scenarios").into_iter();
    rows.find(|row| row["scenario"] == scenario).unwrap()
}

fn check(scenario: &str, expected: &[(&str, &str)]) {
    let row = row(&REPORT, scenario);
    for (column, value) in expected {
        assert_eq!(row[*column], *value, "{scenario} {column}");
    }
}

#[test]
fn staying_pays_47_normal_days_and_90_of_extended_access() {
    check(
        "stay",
        &[
            ("workload", "steady"),
            ("model_id", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
            ("successor", ""),
            ("migrate_on", ""),
            // 47 x 13.86 + 90 x 27.72 = 651.42 + 2,494.80
            ("cost_to_end_of_life", "3146.22"),
            ("saving_to_end_of_life", "0"),
            ("premium_avoided", "0"),
            ("stranded_requests_avoided", "0"),
            ("one_off_cost", "0"),
            ("cost_of_delay_per_day", ""),
            ("pays_until", ""),
        ],
    );
}

#[test]
fn moving_now_saves_on_every_day_until_the_end() {
    check(
        "migrate-now",
        &[
            ("successor", "anthropic.claude-sonnet-5"),
            ("migrate_on", "2026-11-22"),
            // 137 x 9.24
            ("cost_to_end_of_life", "1265.88"),
            // 3,146.22 - 1,265.88
            ("saving_to_end_of_life", "1880.34"),
            // 90 x 13.86
            ("premium_avoided", "1247.4"),
            // 2027-04-08 to 11-30: 23 + 31 + 30 + 31 + 31 + 30 + 31 + 30 = 237 days of 2,800
            ("stranded_requests_avoided", "663600"),
            ("one_off_cost", "100"),
            // 13.86 - 9.24 on each of 30 normal days
            ("cost_of_delay_per_day", "4.62"),
            // 18.48 a day: 6 days are 110.88, 5 are 92.40; 04-02 to 04-07 are 6 days
            ("pays_until", "2027-04-02"),
        ],
    );
}

#[test]
fn moving_when_extended_access_begins_saves_the_premium_and_more() {
    check(
        "migrate-by-extended-access",
        &[
            ("migrate_on", "2027-01-08"),
            // 651.42 + 90 x 9.24 = 651.42 + 831.60
            ("cost_to_end_of_life", "1483.02"),
            // 90 x 18.48
            ("saving_to_end_of_life", "1663.2"),
            ("premium_avoided", "1247.4"),
            ("one_off_cost", "100"),
            // 27.72 - 9.24
            ("cost_of_delay_per_day", "18.48"),
            ("pays_until", "2027-04-02"),
        ],
    );
}

#[test]
fn moving_at_the_end_saves_no_money_but_every_call() {
    check(
        "migrate-by-end-of-life",
        &[
            ("migrate_on", "2027-04-08"),
            ("cost_to_end_of_life", "3146.22"),
            ("saving_to_end_of_life", "0"),
            ("premium_avoided", "0"),
            ("stranded_requests_avoided", "663600"),
            ("one_off_cost", "100"),
            // No day of it is compared.
            ("cost_of_delay_per_day", ""),
            ("pays_until", "2027-04-02"),
        ],
    );
}

#[test]
fn a_ramp_with_double_running_is_28ths_of_days() {
    check(
        "two-waves",
        &[
            ("migrate_on", "2026-12-15"),
            // 11-22 to 12-14: 23 x 13.86 = 318.78. On the ramp the new model has
            // 1 + ... + 28 = 406 parts, 133.98; the old the rest: of 24 normal days
            // 672 - 300 = 372 parts, 184.14, of 4 in Extended Access 112 - 106 = 6, 5.94.
            // 01-12 to 04-07: 86 x 9.24 = 794.64.
            // 318.78 + 133.98 + 184.14 + 5.94 + 794.64
            ("cost_to_end_of_life", "1437.48"),
            // 3,146.22 - 1,437.48
            ("saving_to_end_of_life", "1708.74"),
            // Twice runs what has moved less what had moved a week before: normal
            // 1 + ... + 7 and 17 x 7 = 147 parts, 72.765; Extended Access 4 x 7 + 6 + 5 + 4 +
            // 3 + 2 + 1 = 49 parts, 48.51; in all 196 parts, a week. 121.275 + 1,000
            ("one_off_cost", "1121.275"),
            // 1,247.40 - 6 x 0.495 - 49 x 0.495
            ("premium_avoided", "1220.175"),
            ("stranded_requests_avoided", "663600"),
            // 30 days from 12-15: stay 24 x 13.86 + 6 x 27.72 = 498.96; two-waves 184.14 +
            // 5.94 + 133.98 + 2 x 9.24 = 342.54; 156.42 / 30
            ("cost_of_delay_per_day", "5.214"),
            // Begun n days before the end, n at least 28, a ramp saves (n - 13.5) x 18.48:
            // 75 days 1,136.52, 74 days 1,118.04; 01-23 is 75 days before 04-08
            ("pays_until", "2027-01-23"),
        ],
    );
}

#[test]
fn the_months_of_a_ramp_hold_both_models_and_what_runs_twice() {
    let mut rows = REPORT.table("projection");
    rows.retain(|row| row["scenario"] == "two-waves" && row["month"].as_str() < "2027-02");
    rows.sort_by_key(|row| (row["model_id"].clone(), reading_order(row)));
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{} {} {} {} {}..{} {}",
                row["month"],
                row["phase"],
                row["requests"],
                row["cost"],
                row["cost_assumed_low"],
                row["cost_assumed_high"],
                row["extended_access_premium"]
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            // 9 x 13.86
            "2026-11 legacy 25200 124.74 124.74..124.74 0",
            // 14 days, then of 17 days 476 - 153 = 323 parts, and 28 + 70 = 98 twice:
            // 194.04 + 421 x 0.495
            "2026-12 legacy 81300 402.435 402.435..402.435 0",
            // 196 - 147 = 49 parts, and 49 twice: 98 x 0.495
            "2027-01 legacy 9800 48.51 48.51..48.51 0",
            // 6 parts, and 49 twice: 55 x 0.99
            "2027-01 extended-access 5500 54.45 27.225..54.45 27.225",
            // 153 x 0.33
            "2026-12 active 15300 50.49 50.49..50.49 0",
            // 253 parts and 20 days: 83.49 + 184.80
            "2027-01 active 81300 268.29 268.29..268.29 0",
        ]
    );
}

#[test]
fn the_projection_is_the_cost_to_the_end_and_what_is_paid_once() {
    let rows = REPORT.table("projection");
    for (scenario, served_before_may) in [("stay", "3146.22"), ("two-waves", "1558.755")] {
        let own = rows
            .iter()
            .filter(|row| row["scenario"] == scenario && row["month"].as_str() < "2027-05");
        // Of April only the 7 days before the end are compared; 23 x 9.24 = 212.52 come after.
        let after = if scenario == "stay" { "0" } else { "212.52" };
        // two-waves: 1,437.48 + 121.275
        let expected = money(served_before_may) + money(after);
        assert_eq!(sum(own, "cost"), expected, "{scenario}");
    }
}

#[test]
fn the_same_scenario_can_be_typed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[[workload]]\nname = \"steady\"\nmodel = \"*\"\nsuccessor = \"anthropic.claude-sonnet-5\"\n[[scenario]]\nname = \"two-waves\"\n";
    let path = written(&folder, "settings.toml", settings);
    let typed = Report::of(
        &[fixture("ramp.csv")],
        &[
            "--settings",
            path.to_str().unwrap(),
            "--scenario",
            "name=two-waves,migrate-on=2026-12-15,ramp-weeks=4,double_running_weeks=1,workloads=ste*,effort=1000",
        ],
    );
    assert_eq!(row(&typed, "two-waves"), row(&REPORT, "two-waves"));
}

#[test]
fn a_token_ratio_of_the_scenario_bounds_the_moved_part() {
    let typed = Report::of(
        &[fixture("ramp.csv")],
        &[
            "--scenario",
            "name=dearer,successor=us.anthropic.claude-sonnet-5,token-ratio=0.9/1.1/1.5",
        ],
    );
    let rows = typed.table("projection");
    let december = rows
        .iter()
        .find(|row| row["scenario"] == "dearer" && row["month"] == "2026-12")
        .unwrap();
    // 31 x 9.24 = 286.44: x 1.1, x 0.9, x 1.5
    assert_eq!(december["cost"], "315.084");
    assert_eq!(december["cost_assumed_low"], "257.796");
    assert_eq!(december["cost_assumed_high"], "429.66");
    // 3,146.22 - 1.1 x 1,265.88
    assert_eq!(row(&typed, "dearer")["saving_to_end_of_life"], "1753.752");
}
