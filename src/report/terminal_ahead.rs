//! What lies ahead on the first screen: the best move of each workload in words, and the
//! calendar of the fleet with the money behind each date.
//!
//! Imports `projection` and `domain`. Sample: `search: migrate-now saves $671.55 to end of
//! life; it avoids $445.50 of premium`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::best_moves::{BestMove, best_moves, scenario_sums};
use super::format::short_model;
use super::grid::{Align, Colour, Grid};
use super::terminal::{is_narrow, money};
use crate::domain::{MoneyOverflow, Text, Usd, count_in_words};
use crate::projection::{ImpactReport, ScenarioRow, TimelineEvent, TimelineRow};

/// Workloads whose best move is shown.
const MOVES: usize = 3;

/// Dates shown.
const DATES: usize = 6;

/// The lines of the best moves, how many they show, and of how many workloads.
pub(super) fn move_lines(
    rows: &[ScenarioRow],
) -> Result<Option<(Vec<String>, usize)>, MoneyOverflow> {
    if rows.iter().all(|row| row.migrate_on.is_none()) {
        return Ok(None);
    }
    let best = best_moves(rows)?;
    let mut lines: Vec<String> = best.iter().take(MOVES).flat_map(words).collect();
    if best.is_empty() {
        lines.push("  no move saves money before its model's end; what is lost then stands in scenarios and projection".to_owned());
    }
    Ok(Some((lines, best.len())))
}

/// The scenarios beside each other, over everything that they move.
pub(super) fn scenario_grid(rows: &[ScenarioRow], width: usize) -> Result<Grid, MoneyOverflow> {
    let narrow = is_narrow(width);
    let mut grid = Grid::new([
        ("scenario", Align::Flexible),
        (
            if narrow {
                "saves"
            } else {
                "saves to end of life"
            },
            Align::Right,
        ),
        (
            if narrow { "premium" } else { "premium avoided" },
            Align::Right,
        ),
        ("costs once", Align::Right),
        ("calls kept", Align::Right),
        ("", Align::Left),
    ]);
    for (scenario, sum) in scenario_sums(rows)? {
        grid.row([
            scenario.to_owned(),
            money(sum.saving),
            money(sum.premium_avoided),
            money(sum.one_off),
            count_in_words(sum.requests_kept),
            if sum.in_part { "known in part" } else { "" }.to_owned(),
        ]);
    }
    Ok(grid)
}

fn words(best: &BestMove) -> [String; 2] {
    let premium = match best.premium_avoided == Usd::ZERO {
        true => String::new(),
        false => format!("; it avoids {} of premium", best.premium_avoided.in_words()),
    };
    let pays = best
        .pays_until
        .map_or(String::new(), |day| format!("pays if begun by {day}; "));
    let delay = best.delay_per_day.map_or(String::new(), |delay| {
        format!("; a day of delay costs {}", delay.in_words())
    });
    [
        format!(
            "  {}: {} saves {} to end of life{premium}",
            best.workload,
            best.scenario,
            best.saving.in_words()
        ),
        format!("    {pays}{} once{delay}", best.one_off.in_words()),
    ]
}

/// How many best moves are shown of so many.
pub(super) fn shown(moves: usize) -> usize {
    moves.min(MOVES)
}

/// What happens to one model on one day, in all its Regions.
#[derive(Default)]
struct Event<'r> {
    regions: BTreeSet<&'r Text>,
    workloads: BTreeSet<&'r Text>,
    cost: Option<Usd>,
}

/// The lines of the dates to come, how many are shown, and how many there are.
pub(super) fn calendar_lines(
    report: &ImpactReport,
    width: usize,
    colour: Colour,
) -> Result<(Vec<String>, usize, usize), MoneyOverflow> {
    type Key<'r> = (NaiveDate, TimelineEvent, &'r str);
    let mut events: BTreeMap<Key<'_>, (&TimelineRow, Event<'_>)> = BTreeMap::new();
    for row in report
        .timeline
        .iter()
        .filter(|row| row.date >= report.as_of)
    {
        let key = (row.date, row.event, row.model_id.as_str());
        let (_, event) = events.entry(key).or_insert_with(|| (row, Event::default()));
        event.regions.insert(&row.region);
        event.workloads.extend(&row.workloads);
        if let Some(cost) = row.cost_per_month_affected {
            event.cost = Some(event.cost.unwrap_or_default().add(cost)?);
        }
    }
    let mut grid = Grid::new([
        ("date", Align::Left),
        ("what happens", Align::Left),
        ("model", Align::Flexible),
        ("Region", Align::Flexible),
        ("workloads", Align::Right),
        (
            if is_narrow(width) {
                "30-day cost"
            } else {
                "30-day cost behind it"
            },
            Align::Right,
        ),
    ]);
    for (row, event) in events.values().take(DATES) {
        let regions = match event.regions.len() {
            1 => row.region.to_string(),
            count => format!("{count} Regions"),
        };
        grid.row([
            row.date.to_string(),
            row.event.as_str().to_owned(),
            short_model(&row.model_id),
            regions,
            event.workloads.len().to_string(),
            money(event.cost),
        ]);
    }
    let lines = grid.lines(width, 2, colour);
    Ok((lines, events.len().min(DATES), events.len()))
}
