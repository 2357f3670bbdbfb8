//! Effects worked out by hand, and what holds for any two months.

use proptest::prelude::*;

use super::*;
use crate::domain::{Decimal, LifecyclePhase, TokenCounts, UnitPrice};

fn usd(text: &str) -> Usd {
    Usd::new(Decimal::from_str_exact(text).unwrap())
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

/// A charge of `checkout`: month, meter, quantity, list price, normal price.
fn charge(month: &str, meter: SkuMeter, quantity: u64, list: &str, normal: &str) -> Charge {
    let pricing_quantity = meter.pricing_unit().pricing_quantity(quantity);
    let cost = |price: &str| (!price.is_empty()).then(|| usd(price));
    let times = |price: Usd| {
        UnitPrice::new(price.amount())
            .cost_of(pricing_quantity)
            .unwrap()
    };
    let list = cost(list);
    Charge {
        month: month.parse().unwrap(),
        workload: "checkout".into(),
        account_id: "111122223333".into(),
        region: "us-east-1".into(),
        model_id: ModelId::new("anthropic.claude-x"),
        endpoint_scope: Some(EndpointScope::InRegion),
        service_tier: ServiceTier::Standard,
        prompt_band: Some(0),
        phase: LifecyclePhase::Active,
        sku_meter: meter,
        consumed_quantity: quantity,
        pricing_quantity,
        list_unit_price: list.map(|price| UnitPrice::new(price.amount())),
        list_cost: list.map(times),
        normal_cost: cost(normal).map(times),
        contracted_cost: list.map(times),
        price_basis: list.map_or(PriceBasis::Unpriced, |_| PriceBasis::Listed),
        price_effective_from: None,
        price_source: None,
    }
}

/// A group of usage that made no charge: failed calls, or calls that nobody counted.
fn without_charge(month: &str, price_basis: PriceBasis) -> CostRow {
    let charge = charge(month, SkuMeter::Input, 1, "", "");
    let cost = (price_basis != PriceBasis::Unpriced).then_some(Usd::ZERO);
    CostRow {
        month: charge.month,
        workload: charge.workload,
        account_id: charge.account_id,
        region: charge.region,
        model_id: charge.model_id,
        endpoint_scope: charge.endpoint_scope,
        service_tier: charge.service_tier,
        phase: charge.phase,
        counts: TokenCounts::default(),
        list_cost: cost,
        normal_cost: cost,
        extended_access_premium: cost,
        contracted_cost: cost,
        price_basis,
    }
}

const MILLION: u64 = 1_000_000;

fn of(costs: &[CostRow], charges: &[Charge]) -> Vec<VarianceRow> {
    variance(costs, charges, month("2026-10")).unwrap()
}

/// Costs, effects (volume, mix, price, Extended Access, new or gone) and change of the one row.
fn line(costs: &[CostRow], charges: &[Charge]) -> String {
    let rows = of(costs, charges);
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    let word = |cost: Option<Usd>| cost.map_or("-".to_owned(), |cost| cost.to_string());
    let effects = row.effects.map_or("-".to_owned(), |effects| {
        effects
            .named()
            .map(|(_, effect)| effect.to_string())
            .join(" ")
    });
    let change = row.change.map_or("", Change::as_str);
    let (before, after) = (word(row.cost_before), word(row.cost_after));
    format!("{before} -> {after}: {effects} {change}")
        .trim_end()
        .to_owned()
}

#[test]
fn the_sample_of_the_header() {
    use SkuMeter::{Input, Output};
    let charges = [
        charge("2026-09", Input, 10 * MILLION, "3", "3"),
        charge("2026-09", Output, 2 * MILLION, "15", "15"),
        charge("2026-10", Input, 11 * MILLION, "3", "3"),
        Charge {
            phase: LifecyclePhase::ExtendedAccess,
            price_basis: PriceBasis::Assumed,
            ..charge("2026-10", Input, MILLION, "6", "3")
        },
        charge("2026-10", Output, 6 * MILLION, "14", "14"),
    ];
    assert_eq!(line(&[], &charges), "60 -> 123: 30 36 -6 3 0");
    assert_eq!(of(&[], &charges)[0].price_basis, PriceBasis::Assumed);
}

#[test]
fn one_thing_at_a_time() {
    use SkuMeter::{Image, Input, Output};
    let base = charge("2026-09", Input, 10 * MILLION, "3", "3");
    let after = |meter, quantity, list, normal| charge("2026-10", meter, quantity, list, normal);
    for (charge, expected) in [
        // 31 days instead of 30 at the same pace: volume.
        (after(Input, 12 * MILLION, "3", "3"), "30 -> 36: 6 0 0 0 0"),
        // All of it as output: mix.
        (
            after(Output, 10 * MILLION, "15", "15"),
            "30 -> 150: 0 120 0 0 0",
        ),
        (
            after(Input, 10 * MILLION, "2.5", "2.5"),
            "30 -> 25: 0 0 -5 0 0",
        ),
        (after(Input, 10 * MILLION, "6", "3"), "30 -> 60: 0 0 0 30 0"),
        // Twice the tokens in Extended Access: their premium is no volume.
        (
            after(Input, 20 * MILLION, "6", "3"),
            "30 -> 120: 30 0 0 60 0",
        ),
        // Images are no tokens: none of the tokens, and something new of another unit.
        (after(Image, 100, "0.04", "0.04"), "30 -> 4: -30 4 0 0 0"),
        // A move to a cheaper Region is mix too.
        (
            Charge {
                region: "eu-west-1".into(),
                ..after(Input, 10 * MILLION, "2", "2")
            },
            "30 -> 20: 0 -10 0 0 0",
        ),
    ] {
        assert_eq!(line(&[], &[base.clone(), charge]), expected);
    }
}

#[test]
fn a_price_that_changed_inside_the_month_is_averaged() {
    let charges = [
        charge("2026-09", SkuMeter::Input, MILLION, "3", "3"),
        charge("2026-09", SkuMeter::Input, 2 * MILLION, "2", "2"),
        charge("2026-10", SkuMeter::Input, MILLION, "2", "2"),
    ];
    // 7 / 3 a million: what is rounded in one step is missing in the next, not in the sum.
    let expected = "7 -> 2: -4.666666666667 0 -0.333333333333 0 0";
    assert_eq!(line(&[], &charges), expected);
}

#[test]
fn what_is_new_or_gone_is_its_whole_cost() {
    let before = charge("2026-09", SkuMeter::Input, MILLION, "6", "3");
    let after = charge("2026-10", SkuMeter::Input, MILLION, "6", "3");
    let other = |month| Charge {
        workload: "search".into(),
        ..charge(month, SkuMeter::Input, MILLION, "1", "1")
    };
    let rows = of(&[], &[after.clone(), other("2026-09")]);
    let changes: Vec<_> = rows
        .iter()
        .map(|row| (&*row.workload, row.change))
        .collect();
    let expected = [
        ("checkout", Some(Change::New)),
        ("search", Some(Change::Gone)),
    ];
    assert_eq!(changes, expected);
    let effects = rows[1].effects.unwrap();
    assert_eq!(effects.new_or_gone, usd("-1"));
    assert_eq!(rows[0].effects.unwrap().new_or_gone, usd("6"));
    // Failed calls are no use.
    let failed = without_charge("2026-09", PriceBasis::Listed);
    assert_eq!(line(&[failed], &[after]), "0 -> 6: 0 0 0 0 6 new");
    let failed = without_charge("2026-10", PriceBasis::Listed);
    assert_eq!(line(&[failed], &[before]), "6 -> 0: 0 0 0 0 -6 gone");
    assert_eq!(
        line(
            &[
                without_charge("2026-09", PriceBasis::Listed),
                without_charge("2026-10", PriceBasis::Listed)
            ],
            &[]
        ),
        "0 -> 0: 0 0 0 0 0"
    );
}

#[test]
fn unknown_costs_are_empty_and_unpriced_parts_left_out() {
    let before = charge("2026-09", SkuMeter::Input, MILLION, "3", "3");
    let unpriced = |month| charge(month, SkuMeter::Output, MILLION, "", "");
    assert_eq!(
        line(&[], &[before.clone(), unpriced("2026-10")]),
        "3 -> -: -"
    );
    let uncounted = without_charge("2026-10", PriceBasis::Unpriced);
    assert_eq!(
        line(&[uncounted], std::slice::from_ref(&before)),
        "3 -> -: -"
    );
    assert_eq!(
        line(&[], &[unpriced("2026-09"), unpriced("2026-10")]),
        "- -> -: -"
    );
    let other = Charge {
        workload: "search".into(),
        ..before.clone()
    };
    let rows = of(&[], &[other, unpriced("2026-10")]);
    assert_eq!(rows[0].change, Some(Change::New));
    assert_eq!(
        (rows[0].cost_before, rows[0].cost_after),
        (Some(Usd::ZERO), None)
    );
    let total = VarianceTotal::of(&rows).unwrap();
    assert_eq!(
        (total.before, total.after, total.unknown),
        (usd("3"), Usd::ZERO, 1)
    );
    // The priced part is compared, and its basis says that it is a part.
    let after = charge("2026-10", SkuMeter::Input, 2 * MILLION, "3", "3");
    let charges = [before, unpriced("2026-09"), unpriced("2026-10"), after];
    assert_eq!(line(&[], &charges), "3 -> 6: 3 0 0 0 0");
    assert_eq!(of(&[], &charges)[0].price_basis, PriceBasis::Unpriced);
}

#[test]
fn without_a_month_before_there_is_nothing_to_compare() {
    let later = charge("2026-10", SkuMeter::Input, MILLION, "3", "3");
    let earlier = charge("2026-08", SkuMeter::Input, MILLION, "3", "3");
    assert!(of(&[], &[later, earlier]).is_empty());
}

/// Charges as [`crate::pricing`] makes them, of few keys so that they meet.
fn arb_charge() -> impl Strategy<Value = Charge> {
    (
        prop::sample::select(vec!["2026-09", "2026-10"]),
        prop::sample::select(vec!["checkout", "search", "=1"]),
        prop::sample::select(vec!["us-east-1", "eu-west-1"]),
        prop::sample::select(vec![SkuMeter::Input, SkuMeter::Output, SkuMeter::Image]),
        1..9_999_999_999_u64,
        prop::sample::select(vec![
            ("", ""),
            ("3.3", "3.3"),
            ("0.07", "0.07"),
            ("6.6", "3.3"),
        ]),
    )
        .prop_map(
            |(month, workload, region, meter, quantity, (list, normal))| Charge {
                workload: workload.into(),
                region: region.into(),
                ..charge(month, meter, quantity, list, normal)
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn effects_add_up_and_swapped_months_negate_the_sum(
        charges in prop::collection::vec(arb_charge(), 0..30)
    ) {
        let (september, october) = (month("2026-09"), month("2026-10"));
        let swapped: Vec<Charge> = charges
            .iter()
            .map(|charge| Charge {
                month: if charge.month == october { september } else { october },
                ..charge.clone()
            })
            .collect();
        let rows = of(&[], &charges);
        let backwards = of(&[], &swapped);
        for row in &rows {
            if let Some(effects) = row.effects {
                prop_assert_eq!(Some(effects.sum().unwrap()), row.difference());
            }
            prop_assert_eq!(row.effects.is_some(), row.difference().is_some());
        }
        // Without usage in the month before there is nothing to swap.
        if !rows.is_empty() && !backwards.is_empty() {
            prop_assert_eq!(rows.len(), backwards.len());
            for (row, back) in rows.iter().zip(&backwards) {
                let sum = |row: &VarianceRow| row.effects.map(|effects| effects.sum().unwrap());
                let negated = sum(back).map(|sum| Usd::ZERO.subtract(sum).unwrap());
                prop_assert_eq!(sum(row), negated);
            }
        }
        // All list cost of both months is in the table.
        let of_month = |month| Usd::sum(
            charges.iter().filter(|charge| charge.month == month).filter_map(|charge| charge.list_cost)
        ).unwrap();
        if !rows.is_empty() {
            let before = Usd::sum(rows.iter().filter_map(|row| row.cost_before)).unwrap();
            let after = Usd::sum(rows.iter().filter_map(|row| row.cost_after)).unwrap();
            prop_assert_eq!((before, after), (of_month(september), of_month(october)));
        }
    }

    #[test]
    fn the_order_of_the_charges_does_not_matter(
        charges in prop::collection::vec(arb_charge(), 0..20).prop_shuffle()
    ) {
        let mut sorted = charges.clone();
        sorted.reverse();
        prop_assert_eq!(of(&[], &charges), of(&[], &sorted));
    }
}
