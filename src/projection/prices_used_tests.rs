//! Prices of charges beside those of the projection.

use super::super::sample::*;
use super::*;
use crate::domain::{
    Decimal, EndpointScope, LifecyclePhase, PriceBasis, ServiceTier, SkuMeter, UnitPrice,
};

fn charge(month: &str, phase: LifecyclePhase, price: &str, basis: PriceBasis) -> Charge {
    Charge {
        month: month.parse().unwrap(),
        workload: "search".into(),
        account_id: "111122223333".into(),
        region: REGION.into(),
        model_id: model("old"),
        endpoint_scope: Some(EndpointScope::InRegion),
        service_tier: ServiceTier::Standard,
        prompt_band: None,
        phase,
        sku_meter: SkuMeter::Input,
        consumed_quantity: 1,
        pricing_quantity: Decimal::ONE,
        list_unit_price: Some(UnitPrice::new(Decimal::from_str_exact(price).unwrap())),
        list_cost: None,
        normal_cost: None,
        contracted_cost: None,
        price_basis: basis,
        price_effective_from: None,
        price_source: Some("price-page".into()),
    }
}

fn merged(charges: &[Charge]) -> Vec<PriceUsed> {
    World::new().with_pricer(|pricer| merge_prices_used(&[], charges, pricer).unwrap())
}

#[test]
fn a_charge_names_its_row_and_the_day_it_was_checked_once() {
    let legacy = charge(
        "2026-10",
        LifecyclePhase::Legacy,
        "3.00",
        PriceBasis::Listed,
    );
    let rows = merged(&[legacy.clone(), legacy]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].checked_on, day("2026-11-20"));
    assert_eq!(rows[0].prompt_band, 0);
}

#[test]
fn a_phase_that_begins_inside_the_month_is_found() {
    let assumed = LifecyclePhase::ExtendedAccess;
    let rows = merged(&[charge("2026-12", assumed, "6.00", PriceBasis::Assumed)]);
    assert_eq!(rows[0].phase, LifecyclePhase::ExtendedAccess);
}

#[test]
fn an_unpriced_charge_has_no_row_and_those_of_the_projection_stay() {
    let mut unpriced = charge(
        "2026-10",
        LifecyclePhase::Legacy,
        "3.00",
        PriceBasis::Unpriced,
    );
    unpriced.list_unit_price = None;
    assert!(merged(&[unpriced.clone()]).is_empty());
    let world = World::new();
    let projected = world.project().prices_used;
    let rows = world.with_pricer(|pricer| merge_prices_used(&projected, &[unpriced], pricer));
    assert_eq!(rows.unwrap(), projected);
}
