//! Whom a scenario of the user's own moves, where to and when.

use super::super::sample::*;
use super::super::{Projected, ScenarioRow};
use super::*;
use crate::domain::{Decimal, Rate};
use crate::usage::Pattern;

fn wave(name: &str) -> Wave {
    Wave {
        name: name.into(),
        ..Wave::default()
    }
}

fn row<'p>(projected: &'p Projected, scenario: &str) -> &'p ScenarioRow {
    let mut rows = projected.scenarios.iter();
    rows.find(|row| row.scenario.as_str() == scenario).unwrap()
}

fn said(projected: &Projected, code: &str) -> Vec<String> {
    let found = projected.findings.iter().filter(|found| found.code == code);
    found
        .map(|found| format!("{}: {}", found.subject, found.message))
        .collect()
}

#[test]
fn without_a_day_it_moves_on_as_of_and_a_past_day_is_said() {
    let mut world = World::new();
    let past = Wave {
        migrate_on: Some(day("2026-10-01")),
        ..wave("past")
    };
    world.options.scenarios = vec![wave("plain"), past];
    let projected = world.project();
    assert_eq!(row(&projected, "plain").migrate_on, Some(day("2026-11-22")));
    assert_eq!(row(&projected, "past").migrate_on, Some(day("2026-11-22")));
    assert_eq!(
        said(&projected, "scenario-date-past"),
        ["scenario past: migrate_on 2026-10-01 is past; it is projected to begin on 2026-11-22"]
    );
    let totals = totals(&projected.projection);
    assert_eq!(totals["plain"], totals["migrate-now"]);
}

#[test]
fn of_waves_of_one_name_the_first_that_holds_decides() {
    let mut world = World::new();
    let chat = usage("chat", "old", 10, 1_000_000, 0);
    world.usage.extend(daily(&chat, world.options.as_of, 40));
    let on = |name: &str, workload: &str, date: &str| Wave {
        migrate_on: Some(day(date)),
        selection: Selection {
            workloads: vec![Pattern::new(workload)],
            ..Selection::default()
        },
        ..wave(name)
    };
    world.options.scenarios = vec![
        on("waves", "chat", "2026-12-01"),
        on("waves", "*", "2027-01-01"),
    ];
    let projected = world.project();
    let dates: Vec<String> = projected
        .scenarios
        .iter()
        .filter(|row| row.scenario.as_str() == "waves")
        .map(|row| format!("{} {}", row.workload, row.migrate_on.unwrap()))
        .collect();
    assert_eq!(dates, ["chat 2026-12-01", "search 2027-01-01"]);
}

#[test]
fn only_a_model_pattern_moves_what_needs_not_move() {
    let mut world = World::new();
    world.lifecycle[0] = active("old");
    let to_new = Wave {
        successor: Some(model("new")),
        ..wave("cheaper")
    };
    world.options.scenarios = vec![to_new.clone()];
    assert_eq!(said(&world.project(), "scenario-moves-nothing").len(), 1);
    world.options.scenarios = vec![Wave {
        selection: Selection {
            models: vec![Pattern::new("old")],
            ..Selection::default()
        },
        ..to_new
    }];
    let projected = world.project();
    assert!(said(&projected, "scenario-moves-nothing").is_empty());
    // 130 days to the horizon at 4.50 less 3.00
    let saved = row(&projected, "cheaper").saving_to_end_of_life;
    assert_eq!(saved, Some(usd("195")));
}

#[test]
fn a_chosen_successor_is_held_against_the_tables() {
    let mut world = World::new();
    world
        .lifecycle
        .push(ending("doomed", "2026-10-01", None, "2027-01-31"));
    let to = |name: &str, successor: &str| Wave {
        successor: Some(model(successor)),
        ..wave(name)
    };
    world.options.scenarios = vec![to("a", "doomed"), to("b", "unheard-of")];
    let projected = world.project();
    assert_eq!(
        said(&projected, "successor-must-move"),
        [
            "search, old in us-east-1, scenario a: doomed, the scenario's successor, must itself move before the horizon; choose another"
        ]
    );
    assert_eq!(
        said(&projected, "successor-unpriced"),
        [
            "search, old in us-east-1, scenario a: doomed has no price there; the moved part is unpriced",
            "search, old in us-east-1, scenario b: unheard-of has no price there; the moved part is unpriced",
        ]
    );
    let unknown = row(&projected, "b");
    // Unknown is not saved.
    assert_eq!(unknown.saving_to_end_of_life, None);
    assert_eq!(
        (unknown.cost_of_delay_per_day, unknown.pays_until),
        (None, None)
    );
}

#[test]
fn a_ramp_longer_than_the_life_strands_what_is_left() {
    let mut world = World::new();
    let ratio = Rate::new(Decimal::ONE);
    world.options.scenarios = vec![Wave {
        migrate_on: Some(day("2027-01-27")),
        ramp_weeks: 4,
        double_running_weeks: 8,
        token_ratio: Some(TokenRatio {
            low: ratio,
            likely: ratio,
            high: ratio,
        }),
        ..wave("late")
    }];
    let row_usage = usage("search", "old", 28, 2_800_000, 280_000);
    world.usage = daily(&row_usage, world.options.as_of, 40);
    let projected = world.project();
    let late = row(&projected, "late");
    // 14 days of the ramp before the end on 2027-02-10: 15 to 27 parts of 28 have moved on the
    // 13 days after it, and one 28th, two ... are left: 13 + 12 + ... + 1 = 91 requests.
    // Stay loses 28 on each of 19 + 31 days.
    assert_eq!(late.stranded_requests_avoided, 50 * 28 - 91);
    // What has moved runs twice until the end, not after it: 1 + ... + 14 = 105 parts of
    // a day in Extended Access, 25.20 / 28 = 0.90 each.
    assert_eq!(late.one_off_cost, Some(usd("94.5")));
}
