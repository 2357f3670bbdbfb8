//! A constant use through the phases of its model, worked out by hand.
//!
//! One workload calls Claude Sonnet 4.5 through `us.` in us-east-1: 100 requests, 1,000,000
//! input and 100,000 output tokens on each of the 28 days before 2026-11-22. By the evidence
//! the model is Legacy since 2026-10-08, in Extended Access from 2027-01-08 (no public price:
//! assumed 2 x) and ends on 2027-04-08; the settings name Claude Sonnet 5 as successor.
//!
//! - normal day, Sonnet 4.5 geo: 1 x 3.30 + 0.1 x 16.50 = 4.95
//! - Extended Access day: 1 x 6.60 + 0.1 x 33.00 = 9.90, of it premium 4.95
//! - Sonnet 5 geo day: 1 x 2.20 + 0.1 x 11.00 = 3.30
//! - tokens a day: 1,100,000

use std::sync::LazyLock;

use rust_decimal::Decimal;

use crate::handworked::{Report, Row, explain, fixture, money, reading_order, sum, written};

static REPORT: LazyLock<Report> = LazyLock::new(|| {
    let settings = fixture("constant.toml");
    Report::of(
        &[fixture("constant.csv")],
        &["--settings", settings.to_str().unwrap()],
    )
});

/// `MONTH MODEL PHASE TOKENS REQUESTS COST LOW..HIGH PREMIUM lost REQUESTS COST BASIS`, the
/// bounds those of an assumed price.
fn projected(scenario: &str) -> Vec<String> {
    let mut rows = REPORT.table("projection");
    rows.sort_by_key(|row| {
        (
            row["month"].clone(),
            row["model_id"].clone(),
            reading_order(row),
        )
    });
    let own = rows.iter().filter(|row| row["scenario"] == scenario);
    own.map(line).collect()
}

fn line(row: &Row) -> String {
    let model = match row["model_id"].as_str() {
        "anthropic.claude-sonnet-4-5-20250929-v1:0" => "old",
        "anthropic.claude-sonnet-5" => "new",
        other => other,
    };
    assert_eq!(row["endpoint_scope"], "geo");
    format!(
        "{} {model} {} {} {} {} {}..{} {} lost {} {} {}",
        row["month"],
        row["phase"],
        row["tokens"],
        row["requests"],
        row["cost"],
        row["cost_assumed_low"],
        row["cost_assumed_high"],
        row["extended_access_premium"],
        row["stranded_requests"],
        row["stranded_cost"],
        row["price_basis"],
    )
}

/// What is left of November: 9 days of 4.95.
const NOVEMBER: &str = "2026-11 old legacy 9900000 900 44.55 44.55..44.55 0 lost 0  listed";
/// 31 days of 4.95.
const DECEMBER: &str = "2026-12 old legacy 34100000 3100 153.45 153.45..153.45 0 lost 0  listed";
/// 2027-01-01 to 01-07: 7 days of 4.95.
const JANUARY: &str = "2027-01 old legacy 7700000 700 34.65 34.65..34.65 0 lost 0  listed";

/// The successor's whole months from 2027-05 on: 31 days 102.30, 30 days 99.00.
const NEW_FROM_MAY: [&str; 7] = [
    "2027-05 new active 34100000 3100 102.3 102.3..102.3 0 lost 0  listed",
    "2027-06 new active 33000000 3000 99 99..99 0 lost 0  listed",
    "2027-07 new active 34100000 3100 102.3 102.3..102.3 0 lost 0  listed",
    "2027-08 new active 34100000 3100 102.3 102.3..102.3 0 lost 0  listed",
    "2027-09 new active 33000000 3000 99 99..99 0 lost 0  listed",
    "2027-10 new active 34100000 3100 102.3 102.3..102.3 0 lost 0  listed",
    "2027-11 new active 33000000 3000 99 99..99 0 lost 0  listed",
];

/// Extended Access month by month: 24, 28, 31 and 7 days of 9.90, half of it premium; the low
/// bound is the normal price.
const EXTENDED: [&str; 4] = [
    "2027-01 old extended-access 26400000 2400 237.6 118.8..237.6 118.8 lost 0  assumed",
    "2027-02 old extended-access 30800000 2800 277.2 138.6..277.2 138.6 lost 0  assumed",
    "2027-03 old extended-access 34100000 3100 306.9 153.45..306.9 153.45 lost 0  assumed",
    "2027-04 old extended-access 7700000 700 69.3 34.65..69.3 34.65 lost 0  assumed",
];

#[test]
fn the_28_days_cost_4_95_each() {
    // 2026-10-25 to 10-31: 7 days, 34.65; 2026-11-01 to 11-21: 21 days, 103.95.
    assert_eq!(
        REPORT.charges_of("steady"),
        [
            "2026-10 legacy 0 input 7000000 x 3.3 = 23.1 listed",
            "2026-10 legacy 0 output 700000 x 16.5 = 11.55 listed",
            "2026-11 legacy 0 input 21000000 x 3.3 = 69.3 listed",
            "2026-11 legacy 0 output 2100000 x 16.5 = 34.65 listed",
        ]
    );
}

#[test]
fn who_stays_pays_twice_from_january_and_is_stranded_from_april() {
    let mut expected = vec![NOVEMBER, DECEMBER, JANUARY];
    expected.extend(EXTENDED);
    // After the end: nothing is served; lost are 100 requests a day, worth 4.95 at normal price.
    expected.extend([
        "2027-04 old end-of-life 0 0 0 0..0 0 lost 2300 113.85 listed",
        "2027-05 old end-of-life 0 0 0 0..0 0 lost 3100 153.45 listed",
        "2027-06 old end-of-life 0 0 0 0..0 0 lost 3000 148.5 listed",
        "2027-07 old end-of-life 0 0 0 0..0 0 lost 3100 153.45 listed",
        "2027-08 old end-of-life 0 0 0 0..0 0 lost 3100 153.45 listed",
        "2027-09 old end-of-life 0 0 0 0..0 0 lost 3000 148.5 listed",
        "2027-10 old end-of-life 0 0 0 0..0 0 lost 3100 153.45 listed",
        "2027-11 old end-of-life 0 0 0 0..0 0 lost 3000 148.5 listed",
    ]);
    assert_eq!(projected("stay"), expected);
}

#[test]
fn who_moves_now_pays_the_successor_from_as_of_on() {
    // 9, 31, 31, 28, 31 and 30 days of 3.30, then the whole months.
    let mut expected = vec![
        "2026-11 new active 9900000 900 29.7 29.7..29.7 0 lost 0  listed",
        "2026-12 new active 34100000 3100 102.3 102.3..102.3 0 lost 0  listed",
        "2027-01 new active 34100000 3100 102.3 102.3..102.3 0 lost 0  listed",
        "2027-02 new active 30800000 2800 92.4 92.4..92.4 0 lost 0  listed",
        "2027-03 new active 34100000 3100 102.3 102.3..102.3 0 lost 0  listed",
        "2027-04 new active 33000000 3000 99 99..99 0 lost 0  listed",
    ];
    expected.extend(NEW_FROM_MAY);
    assert_eq!(projected("migrate-now"), expected);
}

#[test]
fn who_moves_when_extended_access_begins_never_pays_for_it() {
    let mut expected = vec![
        NOVEMBER,
        DECEMBER,
        JANUARY,
        // 2027-01-08 to 01-31: 24 days of 3.30.
        "2027-01 new active 26400000 2400 79.2 79.2..79.2 0 lost 0  listed",
        "2027-02 new active 30800000 2800 92.4 92.4..92.4 0 lost 0  listed",
        "2027-03 new active 34100000 3100 102.3 102.3..102.3 0 lost 0  listed",
        "2027-04 new active 33000000 3000 99 99..99 0 lost 0  listed",
    ];
    expected.extend(NEW_FROM_MAY);
    assert_eq!(projected("migrate-by-extended-access"), expected);
}

#[test]
fn who_moves_at_the_end_pays_all_of_extended_access_and_loses_nothing() {
    let mut expected = vec![NOVEMBER, DECEMBER, JANUARY];
    expected.extend(EXTENDED);
    // 2027-04-08 to 04-30: 23 days of 3.30.
    expected.push("2027-04 new active 25300000 2300 75.9 75.9..75.9 0 lost 0  listed");
    expected.extend(NEW_FROM_MAY);
    assert_eq!(projected("migrate-by-end-of-life"), expected);
}

#[test]
fn the_scenarios_differ_by_what_the_days_say() {
    let rows = REPORT.table("projection");
    let cost = |scenario: &str| -> Decimal {
        sum(
            rows.iter()
                .filter(|row| row["scenario"] == scenario && row["month"].as_str() < "2027-04"),
            "cost",
        )
    };
    // To the end of March: 47 normal days and 83 of Extended Access.
    // 47 x 4.95 + 83 x 9.90 = 232.65 + 821.70 = 1,054.35
    assert_eq!(cost("stay"), money("1054.35"));
    // 130 x 3.30 = 429
    assert_eq!(cost("migrate-now"), money("429"));
    // 47 x 4.95 + 83 x 3.30 = 232.65 + 273.90 = 506.55
    assert_eq!(cost("migrate-by-extended-access"), money("506.55"));
}

#[test]
fn urgency_counts_the_days_and_names_the_reason() {
    let rows = REPORT.table("urgency");
    let [row] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    for (column, expected) in [
        // Extended Access is 47 days off (9 + 31 + 7), more than the lead time of 45: medium.
        ("urgency", "medium"),
        ("phase", "legacy"),
        ("legacy_from", "2026-10-08"),
        ("extended_access_from", "2027-01-08"),
        ("end_of_life", "2027-04-08"),
        ("end_of_life_kind", "on"),
        ("days_to_extended_access", "47"),
        // 47 + 24 + 28 + 31 + 7 = 137
        ("days_to_end_of_life", "137"),
        ("lead_time_days", "45"),
        // 2027-04-08 less 45 days (7 April, 31 March, 7 of February) = 2027-02-22
        ("start_by", "2027-02-22"),
        // 137 - 45
        ("slack_days", "92"),
        ("last_used", "2026-11-21"),
        // 28 days of 4.95: the two days before had no use
        ("cost_last_30_days", "138.6"),
        // 90 days (24 + 28 + 31 + 7) of 4.95
        ("premium_to_end_of_life", "445.5"),
        ("premium_per_day", "4.95"),
        ("price_basis", "assumed"),
        ("successor", "anthropic.claude-sonnet-5"),
        // 30 days of 3.30
        ("successor_cost_per_month", "99"),
        ("migrated_share", "0"),
        (
            "reason",
            "Legacy since 2026-10-08: the model ends on 2027-04-08, in 137 days; a move takes 45 days, so start by 2027-02-22; Extended Access begins on 2027-01-08, in 47 days, and adds about $4.95 a day, $445.50 until the end (at an assumed price, none is published). Move to anthropic.claude-sonnet-5 (about $99.00 for 30 days; nothing moved yet); forecast from 28 days of use. At stake: $584.10, $445.50 of premium and $138.60 for a month of use that has nowhere to go after the end.",
        ),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
}

#[test]
fn a_lead_time_that_reaches_extended_access_makes_it_high() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[[workload]]\nname = \"steady\"\nmodel = \"*\"\nlead_time_days = 47\n";
    let path = written(&folder, "settings.toml", settings);
    let arguments = ["--settings", path.to_str().unwrap()];
    let report = Report::of(&[fixture("constant.csv")], &arguments);
    let rows = report.table("urgency");
    assert_eq!(rows[0]["urgency"], "high");
    // 2027-04-08 less 47 days, and 137 - 47
    assert_eq!(rows[0]["start_by"], "2027-02-20");
    assert_eq!(rows[0]["slack_days"], "90");
}

#[test]
fn the_multiplier_of_the_settings_prices_extended_access_and_its_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let settings =
        "[extended_access]\nmultiplier = { low = \"1.2\", likely = \"1.5\", high = \"3.0\" }\n";
    let path = written(&folder, "settings.toml", settings);
    let arguments = ["--settings", path.to_str().unwrap()];
    let report = Report::of(&[fixture("constant.csv")], &arguments);
    let rows = report.table("projection");
    let row = rows.iter().find(|row| {
        row["scenario"] == "stay" && row["month"] == "2027-02" && row["phase"] == "extended-access"
    });
    // 28 days of 4.95 = 138.60: x 1.5 = 207.90, x 1.2 = 166.32, x 3 = 415.80; premium 69.30
    let row = row.unwrap();
    assert_eq!(row["cost"], "207.9");
    assert_eq!(row["cost_assumed_low"], "166.32");
    assert_eq!(row["cost_assumed_high"], "415.8");
    assert_eq!(row["extended_access_premium"], "69.3");
}

#[test]
fn the_timeline_has_the_dates_to_come() {
    let rows = REPORT.table("timeline");
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{} {} {} {} {}",
                row["date"],
                row["event"],
                row["workload_count"],
                row["workloads"],
                row["cost_per_month_affected"]
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "2027-01-08 extended-access 1 steady 138.6",
            "2027-02-22 start-by 1 steady 138.6",
            "2027-04-08 end-of-life 1 steady 138.6",
        ]
    );
}

#[test]
fn explain_adds_the_month_up() {
    let text = explain(
        "steady",
        &[fixture("constant.csv")],
        &["--month", "2026-10"],
    );
    for line in [
        "  input            7,000,000 / 1,000,000 x 3.3 = 23.1   listed",
        "  output           700,000 / 1,000,000 x 16.5 = 11.55   listed",
        "total of 2026-10: list 34.65 = normal 34.65 + Extended Access 0",
    ] {
        assert!(
            text.lines().any(|found| found.starts_with(line)),
            "{line}\n{text}"
        );
    }
}
