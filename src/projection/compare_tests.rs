//! What scenarios cost once, in which they move nothing, and stored vectors.

use super::super::sample::*;
use super::super::{Projected, WorkloadPlan};
use super::*;
use crate::domain::ModelKind;

fn row<'p>(projected: &'p Projected, scenario: &str, workload: &str) -> &'p ScenarioRow {
    let mut rows = projected.scenarios.iter();
    let found = rows.find(|row| row.scenario.as_str() == scenario && &*row.workload == workload);
    found.unwrap()
}

/// The sample world, of embedding models.
fn embedding() -> World {
    let mut world = World::new();
    for row in &mut world.lifecycle {
        row.kind = ModelKind::Embedding;
    }
    world.options.horizon = 12;
    world
}

#[test]
fn stored_vectors_are_made_again_once() {
    let mut world = embedding();
    world.options.stored_tokens = [("search".into(), 50_000_000_000)].into();
    let projected = world.project();
    let now = row(&projected, "migrate-now", "search");
    // 50,000 x 2.00, input of the new model
    assert_eq!(now.one_off_cost, Some(usd("100000")));
    // It saves 24 x 1.50 + 56 x 6.00 = 372.00 only: at no day does that pay.
    assert_eq!(now.saving_to_end_of_life, Some(usd("372")));
    assert_eq!(now.pays_until, None);
    assert_eq!(
        row(&projected, "stay", "search").one_off_cost,
        Some(Usd::ZERO)
    );
    let november = projected
        .projection
        .iter()
        .find(|row| row.scenario == Scenario::MigrateNow && row.model_id == model("new"))
        .unwrap();
    // 9 x 3.00 + 100,000
    assert_eq!(november.cost, Some(usd("100027")));
    assert_eq!(november.tokens, 50_000_000_000 + 9 * 1_100_000);
    assert_eq!(november.requests, 9_000);
    let reason = &projected.urgency[0].reason;
    assert!(
        reason.contains(
            "Its stored vectors must be made again: 50,000,000,000 tokens, about $100,000.00 once"
        ),
        "{reason}"
    );
}

#[test]
fn vectors_of_unknown_size_are_said() {
    let projected = embedding().project();
    assert!(codes(&projected).contains(&"re-embedding-not-counted"));
    let reason = &projected.urgency[0].reason;
    assert!(reason.contains("how many tokens that takes is not in the settings"));
    let now = row(&projected, "migrate-now", "search");
    assert_eq!(now.one_off_cost, Some(Usd::ZERO));
}

#[test]
fn the_vectors_of_a_workload_are_counted_once_for_its_largest_cell() {
    let mut world = embedding();
    world.options.stored_tokens = [("search".into(), 1_000_000)].into();
    let mut elsewhere = usage("search", "old", 1, 10, 0);
    elsewhere.region = "us-west-2".into();
    world
        .usage
        .extend(daily(&elsewhere, world.options.as_of, 40));
    let projected = world.project();
    let costs: Vec<Option<Usd>> = projected
        .scenarios
        .iter()
        .filter(|row| row.scenario == Scenario::MigrateNow)
        .map(|row| row.one_off_cost)
        .collect();
    assert_eq!(costs, [Some(usd("2")), Some(Usd::ZERO)]);
}

#[test]
fn the_effort_of_a_workload_is_shared_by_its_moving_series() {
    let mut world = World::new();
    let mut elsewhere = usage("search", "old", 1, 3_000_000, 300_000);
    elsewhere.region = "us-west-2".into();
    world
        .usage
        .extend(daily(&elsewhere, world.options.as_of, 40));
    let plan = WorkloadPlan {
        effort: Some(usd("1000")),
        ..WorkloadPlan::default()
    };
    world.options.workloads.insert("search".into(), plan);
    let projected = world.project();
    let shares: Vec<String> = projected
        .scenarios
        .iter()
        .map(|row| {
            let once = row.one_off_cost.unwrap();
            format!("{} {} {once}", row.scenario, row.region)
        })
        .collect();
    // One part and three of it.
    assert_eq!(
        shares,
        [
            "migrate-by-end-of-life us-east-1 250",
            "migrate-by-end-of-life us-west-2 750",
            "migrate-by-extended-access us-east-1 250",
            "migrate-by-extended-access us-west-2 750",
            "migrate-now us-east-1 250",
            "migrate-now us-west-2 750",
            "stay us-east-1 0",
            "stay us-west-2 0",
        ]
    );
}

#[test]
fn a_series_that_stays_has_its_rows_too() {
    let mut world = World::new();
    world.lifecycle[0].successor = None;
    let projected = world.project();
    assert_eq!(projected.scenarios.len(), 4);
    for row in &projected.scenarios {
        assert_eq!(row.successor, None);
        assert_eq!(row.migrate_on, None);
        // 24 x 4.50 + 56 x 9.00
        assert_eq!(row.cost_to_end_of_life, Some(usd("612")));
        assert_eq!(row.saving_to_end_of_life, Some(Usd::ZERO));
        assert_eq!(row.one_off_cost, Some(Usd::ZERO));
    }
}

#[test]
fn a_dearer_successor_saves_less_than_nothing_until_the_premium() {
    let mut world = World::new();
    world.prices[1].prices = price(
        "new",
        &[
            (crate::domain::SkuMeter::Input, "4.00"),
            (crate::domain::SkuMeter::Output, "20.00"),
        ],
    )
    .prices;
    let projected = world.project();
    let now = row(&projected, "migrate-now", "search");
    // A day 6.00 instead of 4.50, then instead of 9.00: 24 x -1.50 + 56 x 3.00
    assert_eq!(now.saving_to_end_of_life, Some(usd("132")));
    // 24 days at -1.50 and 6 at 3.00
    assert_eq!(now.cost_of_delay_per_day, Some(usd("-0.6")));
    assert_eq!(now.pays_until, Some(day("2027-02-09")));
}

#[test]
fn scenarios_are_compared_up_to_a_horizon_before_the_end() {
    let mut world = World::new();
    world.options.horizon = 1;
    let projected = world.project();
    let stay = row(&projected, "stay", "search");
    // To the end of December: 24 x 4.50 + 16 x 9.00
    assert_eq!(stay.cost_to_end_of_life, Some(usd("252")));
    let at_the_end = row(&projected, "migrate-by-end-of-life", "search");
    // That day lies beyond the horizon: it is not projected.
    assert_eq!(at_the_end.migrate_on, None);
}
