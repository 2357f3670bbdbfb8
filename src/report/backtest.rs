//! The `backtest` table, and its block on the screen.
//!
//! Imports `projection` and `domain`. Sample: `search  12 months  0.84  6.1%  83%  100%`.

use std::cmp::Reverse;

use super::grid::{Align, Grid};
use super::table::ColumnKind;
use super::tables::{EMPTY, Field, Raw, date, optional_text};
use crate::domain::{Decimal, count_in_words};
use crate::projection::BacktestRow;

/// Workloads shown; the others are in the table.
const WORKLOADS: usize = 5;

/// The columns.
pub(super) const BACKTEST: &[Field<BacktestRow>] = &[
    ("workload", ColumnKind::Text, |r| {
        optional_text(r.workload.as_ref())
    }),
    ("first_origin", ColumnKind::Date, |r| {
        date(Some(r.first_origin))
    }),
    ("months_compared", ColumnKind::Count, |r| {
        Raw::Count(r.months_compared)
    }),
    ("mase", ColumnKind::Share, |r| {
        r.mase.map_or(EMPTY, Raw::Share)
    }),
    ("weighted_error", ColumnKind::Share, |r| {
        r.weighted_error.map_or(EMPTY, Raw::Share)
    }),
    ("covered_80", ColumnKind::Share, |r| {
        Raw::Share(r.covered_80)
    }),
    ("covered_95", ColumnKind::Share, |r| {
        Raw::Share(r.covered_95)
    }),
];

/// The total, then the workloads whose forecast was the worst.
pub(super) fn backtest_grid(rows: &[BacktestRow]) -> Grid {
    let mut grid = Grid::new([
        ("tokens of", Align::Left),
        ("months compared", Align::Right),
        ("error", Align::Right),
        ("MASE", Align::Right),
        ("inside 80%", Align::Right),
        ("inside 95%", Align::Right),
    ]);
    let (mut total, mut workloads): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| row.workload.is_none());
    workloads.sort_by_key(|row| Reverse(row.weighted_error));
    workloads.truncate(WORKLOADS);
    total.append(&mut workloads);
    for row in total {
        let name = row.workload.as_deref().unwrap_or("all workloads");
        grid.row([
            name.to_owned(),
            count_in_words(row.months_compared),
            percent(row.weighted_error, 1),
            row.mase
                .map_or_else(|| "-".to_owned(), |mase| format!("{:.2}", mase.round_dp(2))),
            percent(Some(row.covered_80), 0),
            percent(Some(row.covered_95), 0),
        ]);
    }
    grid
}

fn percent(share: Option<Decimal>, places: u32) -> String {
    let percent = share.and_then(|share| share.checked_mul(Decimal::ONE_HUNDRED));
    percent.map_or_else(
        || "-".to_owned(),
        |percent| format!("{}%", percent.round_dp(places)),
    )
}
