//! Growth, launches, planned moves and agreed prices, by the day.

use super::super::sample::*;
use super::super::{Projected, Scenario};
use super::*;
use crate::domain::{EndpointScope, Usd};

fn rate(text: &str) -> Rate {
    Rate::new(Decimal::from_str_exact(text).unwrap())
}

fn of(workload: &str) -> Selection {
    Selection {
        workloads: vec![Pattern::new(workload)],
        ..Selection::default()
    }
}

/// Tokens and cost of a model in a month if nothing moves.
fn month(projected: &Projected, month: &str, name: &str) -> (u64, Usd) {
    let rows = projected.projection.iter().filter(|row| {
        row.scenario == Scenario::Stay
            && row.month.to_string() == month
            && row.model_id == model(name)
    });
    rows.fold((0, Usd::ZERO), |(tokens, cost), row| {
        let more = row.cost.unwrap_or_default();
        (tokens + row.tokens, cost.add(more).unwrap())
    })
}

fn growth(period: Period, factor: &str, from: Option<&str>, to: Option<&str>) -> Growth {
    Growth {
        selection: of("search"),
        factor: rate(factor),
        period,
        from: from.map(day),
        to: to.map(day),
    }
}

#[test]
fn growth_is_straight_within_a_month_and_compounds() {
    let growth = growth(Period::Month, "1.1", Some("2026-12-01"), Some("2027-02-01"));
    let on = |date: &str| {
        let factor = growth_factor(&growth, day("2026-11-22"), day(date));
        factor.unwrap().normalize().to_string()
    };
    assert_eq!(on("2026-11-30"), "1");
    assert_eq!(on("2026-12-01"), "1");
    // 15 of 31 days: 1 + 0.1 x 15 / 31
    assert_eq!(on("2026-12-16"), "1.048387096774");
    assert_eq!(on("2027-01-01"), "1.1");
    assert_eq!(on("2027-02-01"), "1.21");
    // It stops there.
    assert_eq!(on("2027-06-01"), "1.21");
}

#[test]
fn growth_begins_at_the_earliest_on_as_of_and_a_year_has_365_days() {
    let growth = growth(Period::Year, "1.365", Some("2026-01-01"), None);
    let on = |date: &str| growth_factor(&growth, day("2026-11-22"), day(date)).unwrap();
    assert_eq!(on("2026-11-22"), Decimal::ONE);
    assert_eq!(on("2026-11-23").to_string(), "1.001");
    assert_eq!(on("2027-11-22").normalize().to_string(), "1.365");
}

#[test]
fn growth_multiplies_every_day() {
    let mut world = World::new();
    world.lifecycle[0] = active("old");
    world.options.events.growths = vec![growth(Period::Month, "2", Some("2027-01-01"), None)];
    let projected = world.project();
    assert_eq!(month(&projected, "2026-12", "old").0, 31 * 1_100_000);
    // January: 1 + d/31 for d = 0..30, in all 31 + 465/31 = 46 days of use; rounding of
    // single days cannot be more than half a token for each meter.
    let january = month(&projected, "2027-01", "old").0;
    assert!(january.abs_diff(46 * 1_100_000) <= 31, "{january}");
    // February: twice that slope, 2 x (28 + 13.5) = 83 days of use.
    let february = month(&projected, "2027-02", "old").0;
    assert!(february.abs_diff(83 * 1_100_000) <= 28, "{february}");
}

fn launch(what: Launched, from: &str, to: Option<&str>, ramp_weeks: u32) -> Launch {
    Launch {
        what,
        from: day(from),
        to: to.map(day),
        ramp_weeks,
    }
}

#[test]
fn a_launch_in_percent_adds_to_what_is_there() {
    let mut world = World::new();
    world.lifecycle[0] = active("old");
    let more = Launched::Share(of("search"), rate("0.4"));
    world.options.events.launches = vec![launch(more, "2026-12-22", Some("2027-01-02"), 0)];
    let projected = world.project();
    // 31 days and 40 percent of the last 10: 35 days of 4.50
    assert_eq!(month(&projected, "2026-12", "old").1, usd("157.5"));
    // 31 days and 40 percent of 1
    assert_eq!(month(&projected, "2027-01", "old").1, usd("141.3"));
}

fn counts(requests: u64, input: u64) -> Launched {
    Launched::Counts(Box::new(LaunchedCounts {
        workload: "voice".into(),
        account_id: None,
        region: REGION.into(),
        model_id: model("new"),
        endpoint_scope: EndpointScope::InRegion,
        requests,
        tokens: [(SkuMeter::Input, input)].into(),
    }))
}

#[test]
fn a_launch_in_counts_is_a_series_of_its_own() {
    let mut world = World::new();
    world.options.events.launches = vec![launch(counts(28, 2_800_000), "2026-12-01", None, 4)];
    let projected = world.project();
    let voice = projected
        .projection
        .iter()
        .find(|row| &*row.workload == "voice" && row.scenario == Scenario::Stay)
        .unwrap();
    // The ramp: 1 + 2 + ... + 28 = 406 requests in 28 days, and 28 on each of the last 3.
    assert_eq!((voice.requests, &*voice.account_id), (406 + 84, ""));
    // 490 x 100,000 tokens at 2.00
    assert_eq!(voice.cost, Some(usd("98")));
    assert!(
        projected
            .scenarios
            .iter()
            .any(|row| &*row.workload == "voice")
    );
}

#[test]
fn a_planned_move_is_part_of_every_scenario() {
    let mut world = World::new();
    world.lifecycle[0] = active("old");
    // A day: old 0.56 x 3.00 + 0.056 x 15.00 = 2.52, new 0.56 x 2.00 + 0.056 x 10.00 = 1.68
    let row = usage("search", "old", 56, 560_000, 56_000);
    world.usage = daily(&row, world.options.as_of, 40);
    world.options.events.moves = vec![PlannedMove {
        selection: of("search"),
        successor: model("new"),
        from: day("2027-01-01"),
        share_per_month: rate("0.5"),
        token_ratio: None,
    }];
    let projected = world.project();
    // February begins at one half and ends short of all: (0.5 + d/56) of d = 0..27, in all
    // 14 + 378/56 = 20.75 days on the successor, 7.25 on the old.
    assert_eq!(month(&projected, "2027-02", "new").1, usd("34.86"));
    assert_eq!(month(&projected, "2027-02", "old").1, usd("18.27"));
    // All of it from 2027-03-01 on.
    assert_eq!(month(&projected, "2027-03", "new").1, usd("52.08"));
    assert_eq!(month(&projected, "2027-03", "old").0, 0);
    let stay = totals(&projected.projection)["stay"];
    assert_eq!(totals(&projected.projection)["migrate-now"], stay);
}

#[test]
fn what_moved_before_as_of_is_not_moved_again() {
    let planned = PlannedMove {
        selection: of("search"),
        successor: model("new"),
        from: day("2026-10-22"),
        share_per_month: rate("0.25"),
        token_ratio: None,
    };
    let share = |date: &str| planned.share(day("2026-11-22"), day(date)).of_count(600);
    // A quarter has moved by 2026-11-22; of the rest a third by 2026-12-22, and so on.
    assert_eq!(share("2026-11-22"), Some(0));
    assert_eq!(share("2026-12-22"), Some(200));
    assert_eq!(share("2027-01-22"), Some(400));
    assert_eq!(share("2027-02-22"), Some(600));
    assert_eq!(share("2028-02-22"), Some(600));
    let over = planned.share(day("2027-03-01"), day("2027-04-01"));
    assert_eq!(over, Share::NONE);
}

#[test]
fn what_was_launched_before_as_of_is_not_launched_again() {
    let mut world = World::new();
    let plain = world.project();
    let more = Launched::Share(of("search"), rate("0.4"));
    world.options.events.launches = vec![
        launch(more, "2026-11-21", None, 0),
        launch(counts(28, 2_800_000), "2026-11-21", None, 4),
    ];
    let again = world.project();
    assert_eq!(totals(&again.projection), totals(&plain.projection));
    let said = again
        .findings
        .iter()
        .filter(|found| found.code == "plan-without-effect");
    assert_eq!(said.count(), 2);
}

#[test]
fn an_agreed_price_holds_from_its_day_and_is_the_users_own() {
    let mut world = World::new();
    world.lifecycle[0] = active("old");
    let change = |from: &str, remainder: &str| PriceChange {
        models: vec![Pattern::new("ol*")],
        from: day(from),
        remainder: rate(remainder),
    };
    world.options.events.price_changes =
        vec![change("2027-02-01", "0.5"), change("2026-12-17", "0.8")];
    let projected = world.project();
    // 16 days of 4.50 and 15 of 3.60
    assert_eq!(month(&projected, "2026-12", "old").1, usd("126"));
    // The latest holds: 28 days of 2.25
    assert_eq!(month(&projected, "2027-02", "old").1, usd("63"));
    let own = projected
        .prices_used
        .iter()
        .filter(|price| price.price_basis == crate::domain::PriceBasis::User);
    assert_eq!(own.count(), 4);
}

#[test]
fn plans_that_fit_nothing_are_said() {
    let mut world = World::new();
    let nobody = || of("nobody-*");
    world.options.events.growths = vec![Growth {
        selection: nobody(),
        ..growth(Period::Month, "1.1", None, None)
    }];
    world.options.events.launches = vec![
        launch(Launched::Share(nobody(), rate("1")), "2026-12-01", None, 0),
        launch(counts(1, 1), "2026-01-01", Some("2026-02-01"), 0),
        launch(counts(1, 1), "2029-01-01", None, 0),
    ];
    world.options.events.moves = vec![PlannedMove {
        selection: nobody(),
        successor: model("new"),
        from: day("2027-01-01"),
        share_per_month: rate("1"),
        token_ratio: None,
    }];
    world.options.stored_tokens = [("nobody".into(), 5)].into();
    let findings = world.project().findings;
    let said: Vec<String> = findings
        .iter()
        .filter(|finding| finding.code == "plan-without-effect")
        .map(|finding| format!("{}: {}", finding.subject, finding.message))
        .collect();
    assert_eq!(
        said,
        [
            "[[growth]] 1: it fits no usage, so it changes nothing",
            "[[launch]] 1: it fits no usage, so it changes nothing",
            "[[launch]] 2: it is over, so it changes nothing",
            "[[launch]] 3: it begins after the horizon, so it changes nothing",
            "[[migration]] 1: it fits no usage, so it changes nothing",
            "[embedding.stored_tokens] \"nobody\": it names no workload in use, so it changes nothing",
        ]
    );
}
