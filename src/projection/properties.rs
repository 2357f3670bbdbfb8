//! Rules that hold for any usage and any dates.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::sample::*;
use super::{ProjectionRow, Scenario};
use crate::domain::{Decimal, EndOfLife, Month, Rate, UsageRow, Usd, days_of_weekday};
use crate::pricing::{LifecycleRow, Multiplier};

/// One day of usage of a workload on `old`.
pub(super) fn arb_usage() -> impl Strategy<Value = UsageRow> {
    let workload = prop::sample::select(vec!["chat", "search", "batch"]);
    (
        workload,
        1..60_u64,
        0..2_000_u64,
        0..3_000_000_u64,
        0..400_000_u64,
    )
        .prop_map(|(workload, ago, requests, input, output)| {
            let row = usage(workload, "old", requests + 1, input, output);
            on(&row, before(ago))
        })
}

/// A life cycle of `old` around the sample's `as_of`, in order.
pub(super) fn arb_lifecycle() -> impl Strategy<Value = LifecycleRow> {
    (0..400_u64, 1..120_u64, 1..120_u64, any::<bool>()).prop_map(
        |(legacy, to_extended, to_end, announced)| {
            let legacy = ahead(day("2026-06-01"), legacy);
            let extended = ahead(legacy, to_extended);
            LifecycleRow {
                legacy_from: Some(legacy),
                extended_access_from: announced.then_some(extended),
                end_of_life: Some(EndOfLife::On(ahead(extended, to_end))),
                successor: Some(model("new")),
                ..active("old")
            }
        },
    )
}

pub(super) fn arb_world() -> impl Strategy<Value = World> {
    let usage = prop::collection::vec(arb_usage(), 1..40);
    (usage, arb_lifecycle()).prop_map(|(usage, lifecycle)| {
        let mut world = World::new();
        world.lifecycle[0] = lifecycle;
        world.usage = usage;
        world
    })
}

fn before(days: u64) -> NaiveDate {
    World::new().options.as_of - Days::new(days)
}

pub(super) fn ahead(date: NaiveDate, days: u64) -> NaiveDate {
    date + Days::new(days)
}

pub(super) fn multiplier(text: &str) -> Multiplier {
    let likely = Rate::new(Decimal::from_str_exact(text).unwrap());
    Multiplier {
        low: Rate::ONE,
        likely,
        high: likely,
    }
}

/// Tokens and cost per scenario and month.
fn by_month(rows: &[ProjectionRow]) -> BTreeMap<(Month, Scenario), (u64, Usd)> {
    let mut months: BTreeMap<_, (u64, Usd)> = BTreeMap::new();
    for row in rows {
        let (tokens, cost) = months.entry((row.month, row.scenario.clone())).or_default();
        *tokens += row.tokens;
        *cost = cost.add(row.cost.unwrap_or_default()).unwrap();
    }
    months
}

/// Served and stranded requests of a scenario: every expected call, whatever becomes of it.
pub(super) fn requests(rows: &[ProjectionRow], scenario: &Scenario) -> u64 {
    let of_scenario = rows.iter().filter(|row| row.scenario == *scenario);
    of_scenario
        .map(|row| row.requests + row.stranded_requests)
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn days_add_up_to_months_and_every_expected_call_is_somewhere(world in arb_world()) {
        let rows = world.project().projection;
        // A horizon of single days: the same world seen with every day its own change of price.
        let mut daily = with_daily_prices(&world);
        daily.options = world.options.clone();
        let by_day = daily.project().projection;
        prop_assert_eq!(by_month(&rows), by_month(&by_day));
        let calls = Scenario::ALL.map(|scenario| requests(&rows, &scenario));
        prop_assert_eq!(calls, [calls[0]; 4]);
    }

    #[test]
    fn the_whole_is_the_sum_of_its_workloads(world in arb_world()) {
        let rows = world.project().projection;
        let whole = totals(&rows);
        let mut parts = Vec::new();
        for workload in ["chat", "search", "batch"] {
            let mut part = World::new();
            part.lifecycle = world.lifecycle.clone();
            part.usage = world.usage.clone();
            part.usage.retain(|row| row.workload.as_deref() == Some(workload));
            parts.extend(part.project().projection);
        }
        prop_assert_eq!(whole, totals(&parts));
    }

    #[test]
    fn totals_are_the_sums_of_their_rows_inside_their_bounds(world in arb_world()) {
        let projected = world.project();
        for total in &projected.totals {
            let of_total = |row: &&ProjectionRow| {
                row.scenario == total.scenario
                    && total.month.is_none_or(|month| month == row.month)
                    && total.workload.as_ref().is_none_or(|name| *name == row.workload)
            };
            let costs = projected.projection.iter().filter(of_total).filter_map(|row| row.cost);
            prop_assert_eq!(Usd::sum(costs).unwrap(), total.cost);
            let bounds = [
                total.cost_low_95,
                total.cost_low_80,
                total.cost,
                total.cost_high_80,
                total.cost_high_95,
            ];
            prop_assert!(bounds.is_sorted() && bounds[0] > Usd::ZERO);
        }
    }

    #[test]
    fn migrating_earlier_never_costs_more_premium(world in arb_world()) {
        let rows = world.project().projection;
        let totals = totals(&rows);
        let premium = |name| totals.get(name).map(|(_, premium, _)| *premium);
        let in_order = [
            premium("migrate-now"),
            premium("migrate-by-extended-access"),
            premium("migrate-by-end-of-life"),
            premium("stay"),
        ];
        prop_assert!(in_order.is_sorted(), "{:?}", in_order);
    }

    #[test]
    fn a_higher_multiplier_never_lowers_a_total(world in arb_world(), tenths in 10..40_u64) {
        let mut world = world;
        let mut at = |tenths: u64| {
            world.assumptions.multiplier = multiplier(&format!("{}.{}", tenths / 10, tenths % 10));
            world.project().projection
        };
        let (lower, higher) = (at(tenths), at(tenths + 1));
        let (lower, higher) = (totals(&lower), totals(&higher));
        for (scenario, (cost, premium, stranded)) in &lower {
            let (more_cost, more_premium, same) = higher[scenario];
            prop_assert!(*cost <= more_cost && *premium <= more_premium);
            prop_assert_eq!(*stranded, same);
        }
    }

    #[test]
    fn doubled_usage_doubles_tokens_and_cost(
        lifecycle in arb_lifecycle(),
        (requests, input, output) in (1..9_000_u64, 0..9_000_000_u64, 0..900_000_u64),
    ) {
        // The same on every day, so that no mean is rounded.
        let with = |times: u64| {
            let mut world = World::new();
            world.lifecycle[0] = lifecycle.clone();
            let row = usage("search", "old", requests * times, input * times, output * times);
            world.usage = daily(&row, world.options.as_of, 28);
            world.project().projection
        };
        let (once, twice) = (with(1), with(2));
        prop_assert_eq!(once.len(), twice.len());
        for (one, two) in once.iter().zip(&twice) {
            prop_assert_eq!(one.tokens * 2, two.tokens);
            prop_assert_eq!(one.requests * 2, two.requests);
            let doubled = one.cost.map(|cost| cost.times(2).unwrap());
            prop_assert_eq!(doubled, two.cost);
        }
    }

    #[test]
    fn staying_before_any_change_is_profile_times_days(world in arb_world()) {
        let mut world = world;
        world.lifecycle[0] = active("old");
        let rows = world.project().projection;
        // Whole weeks of history and no change ahead: each weekday's mean times its days.
        let tokens: u64 = rows
            .iter()
            .filter(|row| row.scenario == Scenario::Stay)
            .map(|row| row.tokens)
            .sum();
        let (as_of, end) = (world.options.as_of, world.options.end());
        let history = super::history::History::new(&world.usage, as_of).unwrap();
        let mut expected = 0;
        for forecast in super::forecast::forecast(&history, &world.options).unwrap().cells {
            for profile in forecast.quantities.values() {
                let mut date = as_of;
                while date < end {
                    expected += profile.over(date, ahead(date, 1)).unwrap();
                    date = ahead(date, 1);
                }
            }
        }
        prop_assert_eq!(tokens, expected);
        prop_assert_eq!(days_of_weekday(as_of, end, chrono::Weekday::Sun), 19);
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(world in arb_world()) {
        let forward = world.project();
        let mut reversed = world;
        reversed.usage.reverse();
        let backward = reversed.project();
        prop_assert_eq!(forward.projection, backward.projection);
        prop_assert_eq!(forward.urgency, backward.urgency);
        prop_assert_eq!(forward.findings, backward.findings);
    }
}

/// The same prices, stated anew for every day: each day is a segment of its own.
fn with_daily_prices(world: &World) -> World {
    let mut daily = World::new();
    daily.lifecycle = world.lifecycle.clone();
    daily.usage = world.usage.clone();
    let mut date = world.options.as_of;
    while date < world.options.end() {
        for row in &world.prices {
            let mut anew = row.clone();
            anew.effective_from = Some(date);
            daily.prices.push(anew);
        }
        date = ahead(date, 1);
    }
    daily
}
