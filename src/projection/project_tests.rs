//! Constant usage through every phase, worked out by hand.

use super::super::sample::*;
use super::super::{Scenario, TokenRatio, WorkloadPlan};
use crate::domain::{Decimal, EndpointScope, PriceBasis, Rate, ServiceTier, SkuMeter, TokenCounts};

// A day of search: 1,000,000 input + 100,000 output = 1,100,000 tokens.
//   old, normal:          1.0 x 3.00 + 0.1 x 15.00 = 4.50
//   old, Extended Access: 2 x 4.50 = 9.00 (assumed; low 4.50, high 9.00)
//   new:                  1.0 x 2.00 + 0.1 x 10.00 = 3.00
// Days: November 22-30 = 9; December 1-15 = 15 Legacy, 16-31 = 16 Extended Access;
// January 31; February 1-9 = 9 Extended Access, 10-28 = 19 after the end; March 31.

#[test]
fn staying_pays_extended_access_and_is_stranded_from_the_end() {
    let rows = World::new().project().projection;
    assert_eq!(
        lines(&rows, &Scenario::Stay),
        [
            // 9 x 4.50 = 40.50
            "2026-11 old legacy: 9000 requests, 9900000 tokens, 40.5 (40.5 to 40.5), premium 0, stranded 0 = -, listed",
            // 15 x 4.50 = 67.50; 16 x 9.00 = 144.00, of which 16 x 4.50 = 72.00 premium
            "2026-12 old extended-access: 16000 requests, 17600000 tokens, 144 (72 to 144), premium 72, stranded 0 = -, assumed",
            "2026-12 old legacy: 15000 requests, 16500000 tokens, 67.5 (67.5 to 67.5), premium 0, stranded 0 = -, listed",
            // 31 x 9.00 = 279.00
            "2027-01 old extended-access: 31000 requests, 34100000 tokens, 279 (139.5 to 279), premium 139.5, stranded 0 = -, assumed",
            // 9 x 9.00 = 81.00; 19 x 4.50 = 85.50 can no longer be served
            "2027-02 old end-of-life: 0 requests, 0 tokens, 0 (0 to 0), premium 0, stranded 19000 = 85.5, listed",
            "2027-02 old extended-access: 9000 requests, 9900000 tokens, 81 (40.5 to 81), premium 40.5, stranded 0 = -, assumed",
            // 31 x 4.50 = 139.50
            "2027-03 old end-of-life: 0 requests, 0 tokens, 0 (0 to 0), premium 0, stranded 31000 = 139.5, listed",
        ]
    );
}

#[test]
fn a_move_splits_the_month_at_its_day() {
    let rows = World::new().project().projection;
    assert_eq!(
        lines(&rows, &Scenario::MigrateByExtendedAccess),
        [
            "2026-11 old legacy: 9000 requests, 9900000 tokens, 40.5 (40.5 to 40.5), premium 0, stranded 0 = -, listed",
            // 16 x 3.00 = 48.00
            "2026-12 new active: 16000 requests, 17600000 tokens, 48 (48 to 48), premium 0, stranded 0 = -, listed",
            "2026-12 old legacy: 15000 requests, 16500000 tokens, 67.5 (67.5 to 67.5), premium 0, stranded 0 = -, listed",
            "2027-01 new active: 31000 requests, 34100000 tokens, 93 (93 to 93), premium 0, stranded 0 = -, listed",
            "2027-02 new active: 28000 requests, 30800000 tokens, 84 (84 to 84), premium 0, stranded 0 = -, listed",
            "2027-03 new active: 31000 requests, 34100000 tokens, 93 (93 to 93), premium 0, stranded 0 = -, listed",
        ]
    );
}

#[test]
fn the_scenarios_add_up_to_the_cent() {
    let rows = World::new().project().projection;
    let expected = [
        // 612.00 until the end, then 50 x 3.00 = 150.00 on new
        ("migrate-by-end-of-life", ("762", "252", "0")),
        // 24 x 4.50 = 108.00 + 106 x 3.00 = 318.00
        ("migrate-by-extended-access", ("426", "0", "0")),
        // 130 x 3.00
        ("migrate-now", ("390", "0", "0")),
        // 40.50 + 67.50 + 144 + 279 + 81; premium 72 + 139.50 + 40.50; stranded 85.50 + 139.50
        ("stay", ("612", "252", "225")),
    ];
    for (scenario, (cost, premium, stranded)) in expected {
        let money = (usd(cost), usd(premium), usd(stranded));
        assert_eq!(totals(&rows)[scenario], money, "{scenario}");
    }
}

#[test]
fn rows_are_sorted_by_month_and_name_of_the_scenario() {
    let rows = World::new().project().projection;
    let key = |row: &super::ProjectionRow| (row.month, row.scenario.as_str().to_owned());
    assert!(rows.is_sorted_by_key(key));
}

#[test]
fn tokens_on_the_successor_are_scaled_and_rounded_half_up() {
    let mut world = World::new();
    let ratio = |text: &str| Rate::new(Decimal::from_str_exact(text).unwrap());
    world.options.horizon = 0;
    world.options.workloads.insert(
        "search".into(),
        WorkloadPlan {
            token_ratio: TokenRatio {
                low: ratio("1"),
                likely: ratio("1.0000005"),
                high: ratio("2"),
            },
            ..WorkloadPlan::default()
        },
    );
    // 1,000,000 x 1.0000005 = 1,000,000.5 -> 1,000,001; 100,000 x 1.0000005 = 100,000.05 -> 100,000
    // 9 days: 9 x 1,100,001 = 9,900,009; 9.000009 x 2.00 + 0.9 x 10.00 = 27.000018; as many
    // tokens as today 27.00, twice as many 54.00
    assert_eq!(
        lines(&world.project().projection, &Scenario::MigrateNow),
        [
            "2026-11 new active: 9000 requests, 9900009 tokens, 27.000018 (27 to 54), premium 0, stranded 0 = -, listed"
        ]
    );
}

#[test]
fn an_unannounced_extended_access_enters_only_the_upper_bound() {
    let mut world = World::new();
    // Legacy since 2026-09-01: the policy allows Extended Access from 2026-12-01.
    world.lifecycle[0].extended_access_from = None;
    let projected = world.project();
    assert_eq!(
        lines(&projected.projection, &Scenario::Stay)[1],
        // 31 x 4.50 = 139.50; high 31 x 9.00 = 279.00
        "2026-12 old legacy: 31000 requests, 34100000 tokens, 139.5 (139.5 to 279), premium 0, stranded 0 = -, listed"
    );
    let finding = &projected.findings[0];
    assert_eq!(finding.code, "extended-access-not-announced");
    assert!(finding.message.contains("2026-12-01"));
    // December 31 + January 31 + February 9 = 71 days x 4.50
    assert_eq!(finding.cost_affected, Some(usd("319.5")));
    // It moves before that price can begin.
    let moved = lines(&projected.projection, &Scenario::MigrateByExtendedAccess);
    assert!(moved[1].starts_with("2026-12 new active: 31000 requests"));
}

#[test]
fn a_published_price_of_extended_access_is_listed_and_has_no_bounds() {
    let mut world = World::new();
    let mut row = price(
        "old",
        &[(SkuMeter::Input, "4.00"), (SkuMeter::Output, "20.00")],
    );
    row.extended_access = true;
    world.prices.push(row);
    // 31 x (4.00 + 2.00) = 186.00; premium 186.00 - 139.50 = 46.50
    assert!(
        lines(&world.project().projection, &Scenario::Stay)
            .iter()
            .any(|line| line.contains(
                "2027-01 old extended-access: 31000 requests, 34100000 tokens, 186 (186 to 186), premium 46.5"
            ))
    );
}

#[test]
fn a_model_without_a_price_is_shown_with_its_tokens_and_no_cost() {
    let mut world = World::new();
    world.prices.remove(0);
    let rows = world.project().projection;
    let stay = lines(&rows, &Scenario::Stay);
    assert_eq!(
        stay[0],
        "2026-11 old legacy: 9000 requests, 9900000 tokens, - (- to -), premium -, stranded 0 = -, unpriced"
    );
    assert_eq!(
        stay[6],
        "2027-03 old end-of-life: 0 requests, 0 tokens, - (- to -), premium -, stranded 31000 = -, unpriced"
    );
}

#[test]
fn a_meter_without_a_price_leaves_the_priced_part() {
    let mut world = World::new();
    world.prices[0].prices.remove(&SkuMeter::Output);
    // 9 x 3.00
    assert_eq!(
        lines(&world.project().projection, &Scenario::Stay)[0],
        "2026-11 old legacy: 9000 requests, 9900000 tokens, 27 (27 to 27), premium 0, stranded 0 = -, unpriced"
    );
}

#[test]
fn an_unresolved_profile_is_projected_and_unpriced() {
    let mut world = World::new();
    for row in &mut world.usage {
        row.endpoint_scope = None;
    }
    let rows = world.project().projection;
    assert!(
        rows.iter()
            .all(|row| row.endpoint_scope.is_none() && row.cost.is_none())
    );
    assert_eq!(basis(&rows), Some(PriceBasis::Unpriced));
}

#[test]
fn requests_without_counts_have_no_known_cost() {
    let mut world = World::new();
    for row in &mut world.usage {
        row.counts = TokenCounts {
            requests: 10,
            requests_without_counts: 10,
            ..TokenCounts::default()
        };
    }
    assert_eq!(
        lines(&world.project().projection, &Scenario::Stay)[0],
        "2026-11 old legacy: 90 requests, 0 tokens, - (- to -), premium -, stranded 0 = -, unpriced"
    );
}

#[test]
fn failed_requests_alone_cost_nothing() {
    let mut world = World::new();
    for row in &mut world.usage {
        row.counts = TokenCounts {
            requests: 10,
            failed_requests: 10,
            ..TokenCounts::default()
        };
    }
    assert_eq!(
        lines(&world.project().projection, &Scenario::Stay)[0],
        "2026-11 old legacy: 90 requests, 0 tokens, 0 (0 to 0), premium 0, stranded 0 = -, listed"
    );
}

#[test]
fn without_a_successor_it_stays_in_every_scenario() {
    let mut world = World::new();
    world.lifecycle[0].successor = None;
    let projected = world.project();
    let stay = lines(&projected.projection, &Scenario::Stay);
    for scenario in Scenario::ALL {
        assert_eq!(lines(&projected.projection, &scenario), stay);
    }
    assert!(codes(&projected).contains(&"no-successor"));
}

#[test]
fn a_model_with_a_floor_only_does_not_move() {
    let mut world = World::new();
    world.lifecycle[0] = active("old");
    world.lifecycle[0].successor = Some(model("new"));
    world.lifecycle[0].end_of_life = Some(crate::domain::EndOfLife::NotBefore(day("2027-01-01")));
    let rows = world.project().projection;
    assert!(rows.iter().all(|row| row.model_id == model("old")));
    assert_eq!(totals(&rows)["migrate-now"], totals(&rows)["stay"]);
}

#[test]
fn a_move_takes_the_nearest_scope_and_the_standard_tier_and_says_so() {
    let mut world = World::new();
    world.prices[1].scope = EndpointScope::Global;
    for row in &mut world.usage {
        row.service_tier = ServiceTier::Batch;
    }
    let projected = world.project();
    let moved = projected
        .projection
        .iter()
        .find(|row| row.model_id == model("new"))
        .unwrap();
    assert_eq!(moved.endpoint_scope, Some(EndpointScope::Global));
    // 9 days x 3.00
    assert_eq!(moved.cost, Some(usd("27")));
    let finding = projected
        .findings
        .iter()
        .find(|finding| finding.code == "successor-priced-elsewhere")
        .unwrap();
    assert_eq!(
        finding.message,
        "new has no price for the same way of calling; the move is priced at scope global instead of in-region, tier standard instead of batch"
    );
}

#[test]
fn cache_writes_go_to_the_nearest_time_to_live_of_the_successor() {
    let mut world = World::new();
    world.options.horizon = 0;
    for row in &mut world.usage {
        row.counts = TokenCounts {
            requests: 1,
            cache_write_1h_tokens: Some(1_000_000),
            cache_write_unknown_tokens: Some(1_000_000),
            ..TokenCounts::default()
        };
    }
    world.prices[0].prices = price(
        "old",
        &[
            (SkuMeter::CacheWrite5m, "3.75"),
            (SkuMeter::CacheWrite1h, "6.00"),
        ],
    )
    .prices;
    world.prices[1].prices = price("new", &[(SkuMeter::CacheWrite30m, "2.50")]).prices;
    let rows = world.project().projection;
    // old: 9 x (6.00 + 3.75) = 87.75, the unknown write at the shortest time; new: 9 x 2 x 2.50
    assert_eq!(totals(&rows)["stay"].0, usd("87.75"));
    assert_eq!(totals(&rows)["migrate-now"].0, usd("45"));
}

#[test]
fn every_price_that_a_number_rests_on_is_named_once() {
    let used = World::new().project().prices_used;
    let line = |row: &super::super::PriceUsed| {
        format!(
            "{} {} {} {}",
            row.model_id, row.phase, row.sku_meter, row.list_unit_price
        )
    };
    assert_eq!(
        used.iter().map(line).collect::<Vec<_>>(),
        [
            "new active input 2",
            "new active output 10",
            "old end-of-life input 3",
            "old end-of-life output 15",
            "old extended-access input 6",
            "old extended-access output 30",
            "old legacy input 3",
            "old legacy output 15",
        ]
    );
}
