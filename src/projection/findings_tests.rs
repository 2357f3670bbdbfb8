//! What is said, when, and with how much money.

use super::super::WorkloadPlan;
use super::super::options::days_before;
use super::super::sample::*;
use crate::diagnostic::{Diagnostic, Severity};

fn found(world: &World, code: &str) -> Option<Diagnostic> {
    let findings = world.project().findings;
    findings.into_iter().find(|finding| finding.code == code)
}

/// The sample world with the same usage on the given days before `as_of` only.
fn used(days_ago: impl IntoIterator<Item = u64>) -> World {
    let mut world = World::new();
    let row = usage("search", "old", 1_000, 1_000_000, 100_000);
    let as_of = world.options.as_of;
    world.usage = days_ago
        .into_iter()
        .map(|ago| on(&row, days_before(as_of, ago)))
        .collect();
    world
}

#[test]
fn fewer_than_28_days_are_said_and_28_are_not() {
    assert!(found(&used(1..=28), "short-history").is_none());
    let finding = found(&used(1..=27), "short-history").unwrap();
    assert_eq!(finding.severity, Severity::Info);
    assert_eq!(finding.subject, "search, old in us-east-1");
    assert!(
        finding
            .message
            .starts_with("the forecast rests on 27 days only, since the first use on 2026-10-26")
    );
}

#[test]
fn a_last_use_more_than_a_week_ago_is_said() {
    assert!(found(&used(7..=40), "short-history").is_none());
    let finding = found(&used(8..=40), "short-history").unwrap();
    assert!(
        finding
            .message
            .starts_with("last used on 2026-11-14, 8 days before the usage ends")
    );
}

#[test]
fn an_assumed_price_is_said_with_the_money_that_rests_on_it() {
    let finding = found(&World::new(), "extended-access-price-assumed").unwrap();
    // 56 days of Extended Access x 4.50
    assert_eq!(finding.cost_affected, Some(usd("252")));
    assert_eq!(finding.subject, "old in us-east-1");
}

#[test]
fn a_part_without_a_price_does_not_hide_the_assumption_of_the_others() {
    let mut world = World::new();
    for row in &mut world.usage {
        row.counts.cache_read_tokens = Some(5);
    }
    let finding = found(&world, "extended-access-price-assumed").unwrap();
    assert_eq!(finding.cost_affected, Some(usd("252")));
}

#[test]
fn a_successor_without_a_price_is_said() {
    let mut world = World::new();
    world.prices.remove(1);
    let finding = found(&world, "successor-unpriced").unwrap();
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.message.starts_with("new has no price there"));
    let moved = world.project().projection;
    assert!(
        moved
            .iter()
            .filter(|row| row.model_id == model("new"))
            .all(|row| row.cost.is_none())
    );
}

#[test]
fn a_model_in_full_service_needs_no_finding() {
    let mut world = World::new();
    world.lifecycle[0] = active("old");
    world.options.workloads.insert(
        "search".into(),
        WorkloadPlan {
            successor: Some(model("new")),
            ..WorkloadPlan::default()
        },
    );
    // Long enough to measure how far off its forecast is.
    let row = usage("search", "old", 1_000, 1_000_000, 100_000);
    world.usage = daily(&row, world.options.as_of, 100);
    assert!(world.project().findings.is_empty());
}

#[test]
fn rows_of_zeros_are_no_use() {
    let mut world = World::new();
    for row in &mut world.usage {
        row.counts.requests = 0;
        row.counts.input_tokens = Some(0);
        row.counts.output_tokens = Some(0);
    }
    let projected = world.project();
    assert!(projected.projection.is_empty() && projected.urgency.is_empty());
}
