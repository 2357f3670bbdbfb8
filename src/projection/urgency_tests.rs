//! Both sides of every threshold, the money of a row, and the order of rows.

use super::super::sample::*;
use super::super::{TokenRatio, WorkloadPlan};
use super::*;
use crate::domain::{Rate, TokenCounts};

/// The level on 2026-11-22 with the horizon at 2027-12-01 and the given dates.
fn level(
    phase: LifecyclePhase,
    legacy: Option<&str>,
    extended: Option<&str>,
    end: Option<EndOfLife>,
    lead_time_days: u32,
) -> Urgency {
    let dates = Dates {
        as_of: day("2026-11-22"),
        horizon_end: day("2027-12-01"),
        phase,
        legacy_from: legacy.map(day),
        extended_access_from: extended.map(day),
        end_of_life: end,
        lead_time_days,
    };
    dates.level()
}

fn ends(date: &str) -> Option<EndOfLife> {
    Some(EndOfLife::On(day(date)))
}

fn floor(date: &str) -> Option<EndOfLife> {
    Some(EndOfLife::NotBefore(day(date)))
}

#[test]
fn it_is_expired_on_the_day_of_the_end_and_critical_the_day_before() {
    use LifecyclePhase::{EndOfLife, Legacy};
    let legacy = Some("2026-01-01");
    let at = |phase, end| level(phase, legacy, None, ends(end), 45);
    assert_eq!(at(EndOfLife, "2026-11-22"), Urgency::Expired);
    assert_eq!(at(EndOfLife, "2026-06-01"), Urgency::Expired);
    assert_eq!(at(Legacy, "2026-11-23"), Urgency::Critical);
}

#[test]
fn slack_below_zero_is_critical_and_zero_is_not() {
    // 45 days after 2026-11-22 is 2027-01-06.
    let legacy = Some("2026-01-01");
    let at = |end| level(LifecyclePhase::Legacy, legacy, None, ends(end), 45);
    assert_eq!(at("2027-01-05"), Urgency::Critical);
    assert_eq!(at("2027-01-06"), Urgency::Medium);
}

#[test]
fn an_end_within_30_days_is_critical_whatever_the_lead_time() {
    // 30 days after 2026-11-22 is 2026-12-22.
    let legacy = Some("2026-01-01");
    let at = |end| level(LifecyclePhase::Legacy, legacy, None, ends(end), 5);
    assert_eq!(at("2026-12-22"), Urgency::Critical);
    assert_eq!(at("2026-12-23"), Urgency::Medium);
}

#[test]
fn extended_access_within_the_lead_time_is_high() {
    let legacy = Some("2026-09-01");
    let at = |phase, extended| level(phase, legacy, Some(extended), ends("2027-06-01"), 45);
    assert_eq!(
        at(LifecyclePhase::ExtendedAccess, "2026-11-22"),
        Urgency::High
    );
    assert_eq!(at(LifecyclePhase::Legacy, "2027-01-06"), Urgency::High);
    assert_eq!(at(LifecyclePhase::Legacy, "2027-01-07"), Urgency::Medium);
}

#[test]
fn only_an_announced_end_is_more_than_medium() {
    use LifecyclePhase::{Active, ExtendedAccess, Legacy};
    let (legacy, extended) = (Some("2026-01-01"), Some("2026-11-01"));
    let near = floor("2026-11-25");
    assert_eq!(
        level(ExtendedAccess, legacy, extended, near, 45),
        Urgency::Medium
    );
    assert_eq!(level(Legacy, legacy, None, near, 45), Urgency::Medium);
    assert_eq!(level(Legacy, legacy, None, None, 45), Urgency::Medium);
    assert_eq!(level(Active, None, None, near, 45), Urgency::Low);
}

#[test]
fn a_floor_that_is_past_or_before_the_horizon_is_low_and_a_later_one_none() {
    let at = |end| level(LifecyclePhase::Active, None, None, floor(end), 45);
    assert_eq!(at("2026-01-01"), Urgency::Low);
    assert_eq!(at("2027-11-30"), Urgency::Low);
    assert_eq!(at("2027-12-01"), Urgency::None);
    let unknown = level(LifecyclePhase::Active, None, None, None, 45);
    assert_eq!(unknown, Urgency::None);
}

#[test]
fn an_active_model_with_an_announced_legacy_date_is_low() {
    let at = |legacy| {
        let end = ends("2028-06-01");
        level(LifecyclePhase::Active, Some(legacy), None, end, 45)
    };
    assert_eq!(at("2027-11-30"), Urgency::Low);
    assert_eq!(at("2027-12-01"), Urgency::None);
}

#[test]
fn a_row_says_dates_money_and_why() {
    let mut world = World::new();
    world.options.horizon = 12;
    let ratio = |text: &str| Rate::new(Decimal::from_str_exact(text).unwrap());
    world.options.workloads.insert(
        "search".into(),
        WorkloadPlan {
            token_ratio: TokenRatio {
                low: ratio("0.9"),
                likely: ratio("1"),
                high: ratio("1.5"),
            },
            owner: Some("payments".into()),
            ..WorkloadPlan::default()
        },
    );
    let rows = world.project().urgency;
    let row = &rows[0];
    assert_eq!(rows.len(), 1);
    assert_eq!((row.rank, row.urgency), (1, Urgency::High));
    assert_eq!(row.days_to_extended_access, Some(24));
    assert_eq!(row.days_to_end_of_life, Some(80));
    // 2027-02-10 - 45 days = 2026-12-27, 35 days away
    assert_eq!(row.start_by, Some(day("2026-12-27")));
    assert_eq!(row.slack_days, Some(35));
    assert_eq!(row.last_used, day("2026-11-21"));
    // 30 x 4.50
    assert_eq!(row.cost_last_30_days, Some(usd("135")));
    // 56 days (16 + 31 + 9) x 4.50
    assert_eq!(row.premium_to_end_of_life, Some(usd("252")));
    assert_eq!(row.premium_per_day, Some(usd("4.5")));
    assert_eq!(row.price_basis, PriceBasis::Assumed);
    // 30 x 3.00
    assert_eq!(row.successor_cost_per_month, Some(usd("90")));
    assert_eq!(row.migrated_share, Some(Decimal::ZERO));
    assert_eq!(row.owner.as_deref(), Some("payments"));
    assert_eq!(
        row.reason,
        "Extended Access begins on 2026-12-16, in 24 days, and adds about $4.50 a day, $252.00 until the end (at an assumed price, none is published); the model ends on 2027-02-10, in 80 days; a move takes 45 days, so start by 2026-12-27. Move to new (about $90.00, $81.00 to $135.00 for 30 days; nothing moved yet); forecast from 40 days of use. At stake: $387.00, $252.00 of premium and $135.00 for a month of use that has nowhere to go after the end."
    );
}

/// The first row after a change to the sample world.
fn first(change: impl FnOnce(&mut World)) -> UrgencyRow {
    let mut world = World::new();
    change(&mut world);
    world.project().urgency.remove(0)
}

#[test]
fn in_extended_access_the_premium_is_counted_from_as_of() {
    let row = first(|world| {
        world.lifecycle[0].extended_access_from = Some(day("2026-11-01"));
    });
    // 80 days to 2027-02-10 x 4.50 = 360.00
    assert_eq!(row.premium_to_end_of_life, Some(usd("360")));
    assert_eq!(row.premium_per_day, Some(usd("4.5")));
    // October 23-31 = 9 x 4.50 = 40.50; November 1-21 = 21 x 9.00 = 189.00
    assert_eq!(row.cost_last_30_days, Some(usd("229.5")));
    assert!(row.reason.starts_with(
        "In Extended Access since 2026-11-01, which adds about $4.50 a day, $360.00 until the end (at an assumed price, none is published); the model ends on 2027-02-10"
    ), "{}", row.reason);
}

#[test]
fn a_late_start_says_how_late() {
    let row = first(|world| {
        world.lifecycle[0] = ending("old", "2026-06-01", None, "2026-12-31");
        world.lifecycle[0].old_policy = false;
    });
    assert_eq!((row.urgency, row.slack_days), (Urgency::Critical, Some(-6)));
    assert_eq!(
        row.reason,
        "The model ends on 2026-12-31, in 39 days; a move takes 45 days, so it should have started on 2026-11-16, 6 days ago. Move to new (about $90.00 for 30 days; nothing moved yet); forecast from 40 days of use. At stake: $135.00, a month of use that has nowhere to go after the end."
    );
}

#[test]
fn a_model_past_its_end_says_what_has_nowhere_to_go() {
    let row = first(|world| {
        world.lifecycle[0] = ending("old", "2026-01-01", None, "2026-11-01");
    });
    assert_eq!(row.urgency, Urgency::Expired);
    assert_eq!(row.premium_to_end_of_life, Some(Usd::ZERO));
    assert_eq!(
        row.reason,
        "The model ended on 2026-11-01 and is still called (last on 2026-11-21): calls can fail any day, and $135.00 of use in the last 30 days has nowhere to go. Move to new (about $90.00 for 30 days; nothing moved yet); forecast from 40 days of use. At stake: $135.00, a month of use that has nowhere to go after the end."
    );
}

#[test]
fn use_before_the_end_is_no_proof_that_it_goes_on() {
    let row = first(|world| {
        world.lifecycle[0] = ending("old", "2026-01-01", None, "2026-11-22");
    });
    let (said, _) = row.reason.split_once(". Move").unwrap();
    assert_eq!(
        said,
        "The model ended on 2026-11-22 and was last called on 2026-11-21: calls that go on can fail any day, and $135.00 of use in the last 30 days has nowhere to go"
    );
}

#[test]
fn legacy_without_an_announced_extended_access_names_the_risk() {
    let row = first(|world| {
        world.lifecycle[0] = ending("old", "2026-09-01", None, "2027-06-01");
        world.lifecycle[0].successor = None;
    });
    assert_eq!(row.urgency, Urgency::Medium);
    assert_eq!(
        row.reason,
        "Legacy since 2026-09-01: the model ends on 2027-06-01, in 191 days; a move takes 45 days, so start by 2027-04-17; Extended Access is not announced, but the policy allows a dearer price from 2026-12-01. No successor is known: name one in the settings; forecast from 40 days of use. At stake: $135.00, a month of use that has nowhere to go after the end."
    );
}

#[test]
fn the_premium_until_the_end_does_not_stop_at_a_short_horizon() {
    let of = |horizon: u32| first(|world| world.options.horizon = horizon);
    let (short, long) = (of(1), of(12));
    assert!(long.premium_to_end_of_life > Some(Usd::ZERO));
    assert_eq!(short.premium_to_end_of_life, long.premium_to_end_of_life);
    assert_eq!(short.premium_per_day, long.premium_per_day);
    assert_eq!(short.reason, long.reason);
}

#[test]
fn quiet_models_say_so() {
    let row = first(|world| {
        world.lifecycle[0] = active("old");
        world.lifecycle[0].end_of_life = floor("2027-01-15");
    });
    assert_eq!((row.urgency, row.start_by), (Urgency::Low, None));
    assert_eq!(
        row.reason,
        "Active: no end is announced, it may come from 2027-01-15, in 54 days. No successor is known; forecast from 40 days of use."
    );
    let row = first(|world| drop(world.lifecycle.remove(0)));
    assert_eq!(row.phase, LifecyclePhase::Unknown);
    assert!(
        row.reason
            .starts_with("Nothing is known of its life cycle in us-east-1.")
    );
}

#[test]
fn an_idle_legacy_model_is_warned_of_before_the_limit() {
    let idle = |days_ago: u64| {
        let mut world = World::new();
        let row = usage("search", "old", 1, 1, 1);
        let last = days_before(world.options.as_of, days_ago);
        world.usage = vec![on(&row, last)];
        world.project()
    };
    assert!(codes(&idle(10)).contains(&"idle-lapse"));
    assert!(!codes(&idle(9)).contains(&"idle-lapse"));
    assert!(idle(10).urgency[0].reason.contains(
        "Last used on 2026-11-12, 10 days ago: an account that leaves a Legacy model idle for 15 days can lose access."
    ));
}

#[test]
fn the_move_shows_how_far_it_has_come() {
    let row = first(|world| {
        let as_of = world.options.as_of;
        // Successor: 550,000 tokens a day over the last 30 days, nothing before: 0.55 / 1.65
        world.usage.extend(daily(
            &usage("search", "new", 5, 500_000, 50_000),
            as_of,
            30,
        ));
    });
    assert_eq!(row.model_id, model("old"));
    assert_eq!(
        row.migrated_share.map(|share| share.to_string()),
        Some("0.3333".to_owned())
    );
    assert!(
        row.reason
            .contains("33% moved so far, up from 0% in the 30 days before")
    );
}

#[test]
fn lead_times_go_by_kind_and_the_workload_decides() {
    let lead = |kind, name: &str| {
        let row = first(|world| {
            world.lifecycle[0].kind = kind;
            world.lifecycle[0].id = model(name);
            for row in &mut world.usage {
                row.model_id = model(name);
            }
        });
        row.lead_time_days
    };
    assert_eq!(lead(ModelKind::Text, "old"), 45);
    assert_eq!(lead(ModelKind::Rerank, "old"), 45);
    assert_eq!(lead(ModelKind::Embedding, "old"), 90);
    for kind in [ModelKind::Image, ModelKind::Video, ModelKind::Speech] {
        assert_eq!(lead(kind, "old"), 60);
    }
    let custom = "arn:aws:bedrock:us-east-1:111122223333:custom-model/old.v1/abc";
    assert_eq!(lead(ModelKind::Text, custom), 120);
    let own = first(|world| {
        let plan = WorkloadPlan {
            lead_time_days: Some(7),
            ..WorkloadPlan::default()
        };
        world.options.workloads.insert("search".into(), plan);
    });
    assert_eq!(own.lead_time_days, 7);
}

#[test]
fn within_a_level_the_money_at_stake_decides_and_then_the_name() {
    let mut world = World::new();
    let as_of = world.options.as_of;
    for (workload, model_name, input) in [
        ("small", "old", 10),
        ("large", "old", 9_000_000),
        ("also-small", "old", 10),
        ("quiet", "new", 90_000_000),
    ] {
        let row = usage(workload, model_name, 1, input, 0);
        world.usage.extend(daily(&row, as_of, 40));
    }
    let rows = world.project().urgency;
    let order: Vec<(u64, &str)> = rows.iter().map(|row| (row.rank, &*row.workload)).collect();
    let expected = ["large", "search", "also-small", "small", "quiet"];
    assert_eq!(order, (1..).zip(expected).collect::<Vec<_>>());
}

#[test]
fn only_use_in_the_30_days_before_as_of_makes_a_row() {
    let rows = |days_ago: u64| {
        let mut world = World::new();
        let last = days_before(world.options.as_of, days_ago);
        world.usage = vec![on(&usage("search", "old", 1, 1, 1), last)];
        world.project().urgency.len()
    };
    assert_eq!((rows(30), rows(31)), (1, 0));
}

#[test]
fn a_successor_that_must_itself_move_is_not_named() {
    let mut world = World::new();
    world
        .lifecycle
        .push(ending("doomed", "2026-10-01", None, "2027-01-31"));
    let plan = WorkloadPlan {
        successor: Some(model("doomed")),
        ..WorkloadPlan::default()
    };
    world.options.workloads.insert("search".into(), plan);
    let projected = world.project();
    let row = &projected.urgency[0];
    assert_eq!((&row.successor, row.migrated_share), (&None, None));
    assert!(
        row.reason
            .contains("doomed, set as successor, must itself move: name one")
    );
    assert!(codes(&projected).contains(&"successor-must-move"));
    // The table's own successor is followed past such a model.
    world.options.workloads.clear();
    world.lifecycle[0].successor = Some(model("doomed"));
    assert_eq!(world.project().urgency[0].successor, Some(model("new")));
}

#[test]
fn use_without_counts_has_no_known_cost() {
    let row = first(|world| {
        for row in &mut world.usage {
            row.counts = TokenCounts {
                requests: 4,
                requests_without_counts: 4,
                ..TokenCounts::default()
            };
        }
    });
    assert_eq!(row.cost_last_30_days, None);
    assert_eq!(row.price_basis, PriceBasis::Unpriced);
}

#[test]
fn geo_calls_are_warned_of_destinations_with_earlier_dates() {
    let reason = |scope| {
        let row = first(|world| {
            for row in &mut world.usage {
                row.endpoint_scope = Some(scope);
            }
            let key = (model("old"), REGION.into());
            let words = "Calls through us. may be served where earlier dates hold: us-west-2 (end of life 2027-01-08)";
            world.options.destinations = [(key, words.into())].into();
        });
        row.reason
    };
    let said = "Calls through us.";
    assert!(!reason(EndpointScope::InRegion).contains(said));
    assert!(reason(EndpointScope::Geo).contains(". Calls through us. may be served where earlier dates hold: us-west-2 (end of life 2027-01-08)."));
}
