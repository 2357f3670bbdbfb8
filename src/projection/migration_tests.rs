//! Who moves, where to, when, and how it is called there.

use super::super::WorkloadPlan;
use super::super::sample::*;
use super::*;
use crate::domain::{ModelKind, SkuMeter};

fn series(model_name: &str) -> Series {
    Series {
        workload: "search".into(),
        account_id: "111122223333".into(),
        region: REGION.into(),
        model_id: model(model_name),
    }
}

fn cell(scope: EndpointScope, tier: ServiceTier, band: u64) -> Cell {
    Cell {
        series: series("old"),
        endpoint_scope: Some(scope),
        service_tier: tier,
        prompt_band: Some(band),
    }
}

/// Scope, tier and band that a cell lands on, where `new` has one price each for `ways`.
fn lands(
    from: Cell,
    ways: &[(EndpointScope, ServiceTier, u64)],
) -> (EndpointScope, ServiceTier, Option<u64>) {
    let mut world = World::new();
    let base = price("new", &[(SkuMeter::Input, "2.00")]);
    world.prices = ways
        .iter()
        .map(|(scope, tier, band)| {
            let mut row = base.clone();
            (row.scope, row.tier, row.prompt_above) = (*scope, *tier, *band);
            row
        })
        .collect();
    let key = world
        .with_pricer(|pricer| target(pricer, &from, &model("new"), day("2026-11-22")))
        .unwrap();
    (key.scope, key.tier, key.prompt_band)
}

#[test]
fn the_scope_is_kept_or_the_nearest_taken() {
    use EndpointScope::{Geo, Global, InRegion};
    use ServiceTier::Standard;
    for (from, priced, expected) in [
        (InRegion, &[Geo, Global, InRegion][..], InRegion),
        (InRegion, &[Global, Geo], Geo),
        (InRegion, &[Global], Global),
        (Geo, &[Global, InRegion], InRegion),
        (Global, &[InRegion, Geo], Geo),
        (Geo, &[], Geo),
    ] {
        let ways: Vec<_> = priced.iter().map(|scope| (*scope, Standard, 0)).collect();
        let (scope, _, _) = lands(cell(from, Standard, 0), &ways);
        assert_eq!(scope, expected, "{from} among {priced:?}");
    }
}

#[test]
fn the_tier_is_kept_if_priced_and_the_scope_weighs_more_than_the_tier() {
    use EndpointScope::{Global, InRegion};
    use ServiceTier::{Batch, Provisioned, Standard};
    let batch = || cell(InRegion, Batch, 0);
    let both = [(InRegion, Standard, 0), (InRegion, Batch, 0)];
    assert_eq!(lands(batch(), &both).1, Batch);
    let elsewhere = [(InRegion, Standard, 0), (Global, Batch, 0)];
    let (scope, tier, _) = lands(batch(), &elsewhere);
    assert_eq!((scope, tier), (InRegion, Standard));
    // Capacity that is bought by the hour does not become calls by the token.
    let bought = cell(InRegion, Provisioned, 0);
    assert_eq!(lands(bought, &both).1, Provisioned);
}

#[test]
fn a_long_context_band_is_kept_only_at_the_same_threshold() {
    use EndpointScope::InRegion;
    use ServiceTier::Standard;
    let long = || cell(InRegion, Standard, 200_000);
    let (base, same, other) = (
        (InRegion, Standard, 0),
        (InRegion, Standard, 200_000),
        (InRegion, Standard, 128_000),
    );
    assert_eq!(lands(long(), &[base, same]).2, Some(200_000));
    assert_eq!(lands(long(), &[base, other]).2, Some(0));
}

#[test]
fn the_move_is_never_before_as_of_and_by_extended_access_falls_back() {
    let as_of = day("2026-11-22");
    let on = |row: &LifecycleRow, scenario| {
        move_date(row, &scenario, as_of).map(|date| date.to_string())
    };
    use Scenario::{MigrateByEndOfLife, MigrateByExtendedAccess, MigrateNow, Stay};
    let announced = ending("old", "2026-09-01", Some("2026-12-16"), "2027-02-10");
    assert_eq!(on(&announced, Stay), None);
    assert_eq!(on(&announced, MigrateNow).unwrap(), "2026-11-22");
    assert_eq!(
        on(&announced, MigrateByExtendedAccess).unwrap(),
        "2026-12-16"
    );
    assert_eq!(on(&announced, MigrateByEndOfLife).unwrap(), "2027-02-10");
    let begun = ending("old", "2026-06-01", Some("2026-11-21"), "2027-02-10");
    assert_eq!(on(&begun, MigrateByExtendedAccess).unwrap(), "2026-11-22");
    let silent = ending("old", "2026-09-30", None, "2027-04-01");
    assert_eq!(on(&silent, MigrateByExtendedAccess).unwrap(), "2026-12-30");
    let mut never = silent;
    never.old_policy = false;
    assert_eq!(on(&never, MigrateByExtendedAccess).unwrap(), "2027-04-01");
    let past = ending("old", "2026-01-01", None, "2026-11-01");
    assert_eq!(on(&past, MigrateByEndOfLife).unwrap(), "2026-11-22");
}

#[test]
fn a_model_must_move_only_for_dates_before_the_horizon() {
    let row = |legacy: &str, end: &str| ending("old", legacy, None, end);
    let end = day("2027-04-01");
    assert!(must_move(&row("2027-03-31", "2028-01-01"), end));
    assert!(!must_move(&row("2027-04-01", "2028-01-01"), end));
    let mut floor = active("old");
    floor.end_of_life = Some(EndOfLife::NotBefore(day("2026-12-01")));
    assert!(!must_move(&floor, end));
}

#[test]
fn the_settings_choose_the_successor_among_models_of_the_same_kind() {
    let mut world = World::new();
    let chosen = |world: &World| {
        world
            .with_pricer(|pricer| successor(pricer, &series("old"), &world.options))
            .map(|successor| successor.model_id)
    };
    assert_eq!(chosen(&world), Some(model("new")));
    let plan = WorkloadPlan {
        successor: Some(model("mine")),
        ..WorkloadPlan::default()
    };
    world.options.workloads.insert("search".into(), plan);
    assert_eq!(chosen(&world), Some(model("mine")));
    world.lifecycle[0].kind = ModelKind::Embedding;
    world.lifecycle.push(active("mine"));
    assert_eq!(chosen(&world), Some(model("new")));
}

#[test]
fn successors_that_point_at_each_other_end_in_none() {
    let mut world = World::new();
    world.lifecycle[1] = ending("new", "2026-09-01", None, "2027-01-01");
    world.lifecycle[1].successor = Some(model("old"));
    let none = world.with_pricer(|pricer| successor(pricer, &series("old"), &world.options));
    assert_eq!(none, None);
}

#[test]
fn the_next_announcement_decides_while_the_model_is_active() {
    let mut world = World::new();
    world.lifecycle = vec![
        active("old"),
        ending("old", "2027-01-15", None, "2027-07-15"),
    ];
    let row = world.with_pricer(|pricer| {
        deciding(pricer, &model("old"), REGION, &world.options).map(|row| row.legacy_from)
    });
    assert_eq!(row, Some(Some(day("2027-01-15"))));
}
