//! Rules that hold for any scenario of the user's own and any planned event.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;

use super::properties::{ahead, arb_lifecycle, arb_world, multiplier, requests};
use super::sample::*;
use super::{Growth, Period, Projected, Scenario, Selection, Wave};
use crate::domain::{Decimal, Rate, Usd};

/// A wave of all workloads, begun up to a year from `as_of`.
fn arb_wave() -> impl Strategy<Value = Wave> {
    (0..365_u64, 0..9_u32, 0..5_u32, 0..900_000_u64).prop_map(|(after, ramp, double, cents)| Wave {
        name: "own".into(),
        migrate_on: Some(on(after)),
        ramp_weeks: ramp,
        double_running_weeks: double,
        effort: Some(Usd::new(Decimal::new(i64::try_from(cents).unwrap(), 2))),
        ..Wave::default()
    })
}

fn on(days_after: u64) -> NaiveDate {
    ahead(World::new().options.as_of, days_after)
}

fn with(world: &World, wave: Wave) -> World {
    let mut world = world.clone();
    world.options.scenarios = vec![wave];
    world
}

fn own() -> Scenario {
    Scenario::Own("own".into())
}

/// Per scenario the sums of cost to the end and of what is paid once.
fn sums(projected: &Projected) -> BTreeMap<&str, (Usd, Usd)> {
    let mut sums: BTreeMap<&str, (Usd, Usd)> = BTreeMap::new();
    for row in &projected.scenarios {
        let (cost, once) = sums.entry(row.scenario.as_str()).or_default();
        *cost = cost.add(row.cost_to_end_of_life.unwrap()).unwrap();
        *once = once.add(row.one_off_cost.unwrap()).unwrap();
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn savings_are_differences_and_staying_saves_nothing(
        world in arb_world(),
        wave in arb_wave(),
    ) {
        let projected = with(&world, wave).project();
        for row in &projected.scenarios {
            let stay = projected.scenarios.iter().find(|stay| {
                stay.scenario == Scenario::Stay && stay.workload == row.workload
            });
            let cost = row.cost_to_end_of_life.unwrap();
            let saving = stay.unwrap().cost_to_end_of_life.unwrap().subtract(cost).unwrap();
            prop_assert_eq!(row.saving_to_end_of_life, Some(saving));
            if row.scenario == Scenario::Stay {
                prop_assert_eq!(row.one_off_cost, Some(Usd::ZERO));
            }
        }
    }

    #[test]
    fn a_ramp_loses_no_call_and_invents_none(world in arb_world(), wave in arb_wave()) {
        let wave = Wave { double_running_weeks: 0, ..wave };
        let rows = with(&world, wave).project().projection;
        prop_assert_eq!(requests(&rows, &own()), requests(&rows, &Scenario::Stay));
    }

    #[test]
    fn double_running_costs_once_and_changes_nothing_else(
        world in arb_world(),
        wave in arb_wave(),
    ) {
        let single = with(&world, Wave { double_running_weeks: 0, ..wave.clone() }).project();
        let double = with(&world, wave).project();
        let of = |projected| sums(projected).get("own").copied().unwrap_or_default();
        let (single_sum, double_sum) = (of(&single), of(&double));
        prop_assert_eq!(single_sum.0, double_sum.0);
        // What runs twice is in the projection, to the last digit.
        let more = double_sum.1.subtract(single_sum.1).unwrap();
        let projected = |of: &Projected| totals(&of.projection).get("own").copied().unwrap_or_default().0;
        prop_assert_eq!(projected(&double), projected(&single).add(more).unwrap());
    }

    #[test]
    fn beginning_earlier_never_costs_more_premium(
        world in arb_world(),
        wave in arb_wave(),
        days in 1..90_u64,
    ) {
        let later = wave.migrate_on.map(|on| ahead(on, days));
        let premium = |wave: Wave| {
            let projected = with(&world, wave).project();
            totals(&projected.projection).get("own").copied().unwrap_or_default().1
        };
        let early = premium(wave.clone());
        let late = premium(Wave { migrate_on: later, ..wave });
        prop_assert!(early <= late, "{early} {late}");
    }

    #[test]
    fn the_effort_is_in_the_table_to_the_cent(world in arb_world(), wave in arb_wave()) {
        let effort = wave.effort.unwrap();
        let wave = Wave { double_running_weeks: 0, ..wave };
        let projected = with(&world, wave).project();
        let moves = projected.scenarios.iter().any(|row| {
            row.scenario == own() && row.migrate_on.is_some()
        });
        let expected = if moves { effort } else { Usd::ZERO };
        let once = sums(&projected).get("own").copied().unwrap_or_default().1;
        prop_assert_eq!(once, expected);
    }

    #[test]
    fn a_move_on_the_last_day_that_pays_does_pay_and_a_day_later_not(
        world in arb_world(),
        effort in 0..500_u64,
    ) {
        let at = |on: NaiveDate| {
            let wave = Wave {
                name: "own".into(),
                migrate_on: Some(on),
                effort: Some(Usd::new(Decimal::from(effort))),
                ..Wave::default()
            };
            // One workload: its effort is not shared.
            let mut world = with(&world, wave);
            for row in &mut world.usage {
                row.workload = Some("search".into());
            }
            let projected = world.project();
            projected.scenarios.into_iter().find(|row| row.scenario == own())
        };
        let Some(last) = at(on(0)).and_then(|row| row.pays_until) else { return Ok(()) };
        let pays = |on| at(on).is_some_and(|row| row.saving_to_end_of_life > row.one_off_cost);
        prop_assert!(pays(last));
        prop_assert!(!pays(ahead(last, 1)));
    }

    #[test]
    fn a_higher_multiplier_never_lowers_what_a_scenario_costs(
        world in arb_world(),
        wave in arb_wave(),
        tenths in 10..40_u64,
    ) {
        let mut world = with(&world, wave);
        let mut at = |tenths: u64| {
            world.assumptions.multiplier = multiplier(&format!("{}.{}", tenths / 10, tenths % 10));
            world.project()
        };
        let (lower, higher) = (at(tenths), at(tenths + 1));
        for (low, high) in lower.scenarios.iter().zip(&higher.scenarios) {
            prop_assert!(low.cost_to_end_of_life <= high.cost_to_end_of_life);
            prop_assert!(low.premium_avoided <= high.premium_avoided);
        }
        // The effort is shared by cost, so only its sum stays.
        for ((_, (_, low)), (_, (_, high))) in sums(&lower).iter().zip(&sums(&higher)) {
            prop_assert!(low <= high);
        }
    }

    #[test]
    fn doubled_usage_doubles_what_scenarios_cost_and_save(
        lifecycle in arb_lifecycle(),
        wave in arb_wave(),
        (requests, input, output) in (1..900_u64, 0..90_000_u64, 0..9_000_u64),
    ) {
        // 504 days' worth of every ramp up to eight weeks and every day: no share is rounded.
        let scaled = |times: u64| {
            let times = times * 7 * 8 * 9 * 5;
            let mut world = World::new();
            world.lifecycle[0] = lifecycle.clone();
            let wave = Wave { effort: None, ramp_weeks: [0, 1, 2, 3, 4, 6, 8][wave.ramp_weeks as usize % 7], ..wave.clone() };
            let row = usage("search", "old", requests * times, input * times, output * times);
            world.usage = daily(&row, world.options.as_of, 28);
            with(&world, wave).project()
        };
        let (once, twice) = (scaled(1), scaled(2));
        for (one, two) in once.scenarios.iter().zip(&twice.scenarios) {
            let doubled = |money: Option<Usd>| money.map(|money| money.times(2).unwrap());
            prop_assert_eq!(doubled(one.cost_to_end_of_life), two.cost_to_end_of_life);
            prop_assert_eq!(doubled(one.saving_to_end_of_life), two.saving_to_end_of_life);
            prop_assert_eq!(doubled(one.premium_avoided), two.premium_avoided);
            prop_assert_eq!(doubled(one.one_off_cost), two.one_off_cost);
        }
    }

    #[test]
    fn growth_never_lowers_and_no_growth_changes_nothing(
        world in arb_world(),
        percent in 0..30_i64,
    ) {
        let plain = world.project();
        let mut grown = world;
        grown.options.events.growths = vec![Growth {
            selection: Selection::default(),
            factor: Rate::new(Decimal::new(100 + percent, 2)),
            period: Period::Month,
            from: None,
            to: None,
        }];
        let grown = grown.project();
        for (scenario, (cost, premium, stranded)) in totals(&plain.projection) {
            let more = totals(&grown.projection)[scenario];
            prop_assert!(cost <= more.0 && premium <= more.1 && stranded <= more.2);
            if percent == 0 {
                prop_assert_eq!((cost, premium, stranded), more);
            }
        }
    }
}
