//! The workloads to move first, two lines each, so that names stay readable in 100 columns:
//! who and where, then when and how much.
//!
//! Imports `projection` and `domain`. Sample: `1  critical  checkout  claude-opus-4-1 ...`
//! and below it `ends 2026-12-05  2026-10-21  $12,345.68 ...`.

use anstyle::{AnsiColor, Style};

use super::format::short_model;
use super::grid::{Align, Colour, Grid};
use super::terminal::money;
use crate::domain::{EndOfLife, LifecyclePhase};
use crate::projection::{Urgency, UrgencyRow};

/// Workloads shown.
const WORKLOADS: usize = 10;

/// The lines, and how many workloads they show.
pub(super) fn urgency_lines(
    rows: &[UrgencyRow],
    width: usize,
    colour: Colour,
) -> (Vec<String>, usize) {
    let mut who = Grid::new([
        ("#", Align::Right),
        ("urgency", Align::Left),
        ("workload", Align::Flexible),
        ("model", Align::Flexible),
        ("Region", Align::Flexible),
        ("phase", Align::Left),
    ]);
    let mut when = Grid::new([
        ("what decides", Align::Left),
        ("start by", Align::Left),
        ("30-day cost", Align::Right),
        ("premium to end", Align::Right),
        ("basis", Align::Left),
        ("move to", Align::Flexible),
    ]);
    let shown = rows.len().min(WORKLOADS);
    for row in &rows[..shown] {
        let plain = Style::new();
        who.styled([
            (row.rank.to_string(), plain),
            (row.urgency.to_string(), style(row.urgency)),
            (row.workload.to_string(), plain),
            (short_model(&row.model_id), plain),
            (row.region.to_string(), plain),
            (row.phase.to_string(), plain),
        ]);
        when.row([
            decisive(row),
            row.start_by
                .map_or_else(|| "-".to_owned(), |day| day.to_string()),
            money(row.cost_last_30_days),
            money(row.premium_to_end_of_life),
            row.price_basis.to_string(),
            row.successor
                .as_ref()
                .map_or_else(|| "-".to_owned(), short_model),
        ]);
    }
    let who = who.lines(width, 2, colour);
    let when = when.lines(width, 6, colour);
    let lines = who
        .into_iter()
        .zip(when)
        .flat_map(|(who, when)| [who, when]);
    (lines.collect(), shown)
}

/// The date that makes the level (rules of urgency), and what it is.
pub(super) fn decisive(row: &UrgencyRow) -> String {
    let begins = row
        .extended_access_from
        .filter(|_| row.urgency == Urgency::High && row.phase != LifecyclePhase::ExtendedAccess);
    match (begins, row.end_of_life) {
        (Some(day), _) => format!("premium from {day}"),
        (None, Some(EndOfLife::On(day))) if row.urgency == Urgency::Expired => {
            format!("ended {day}")
        }
        (None, Some(EndOfLife::On(day))) => format!("ends {day}"),
        (None, Some(EndOfLife::NotBefore(day))) => format!("not before {day}"),
        (None, None) => "no date known".to_owned(),
    }
}

fn style(urgency: Urgency) -> Style {
    match urgency {
        Urgency::Expired | Urgency::Critical => AnsiColor::Red.on_default().bold(),
        Urgency::High => AnsiColor::Yellow.on_default().bold(),
        Urgency::Medium => AnsiColor::Cyan.on_default(),
        Urgency::Low | Urgency::None => Style::new(),
    }
}
