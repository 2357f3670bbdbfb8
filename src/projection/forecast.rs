//! How much will be used: expected counts per weekday, from the last 28 days.
//!
//! Per cell and quantity: the sum over a weekday divided by how many such weekdays the window
//! holds, rounded half up to a whole count, so that everything after is integer and adds up
//! exactly. The window is the last 28 days before `as_of`, or as many as there are since the
//! series was first seen in all history; a day without rows inside it was a day without use.
//! A weekday that a short window does not hold gets the mean of its days. Unknown counts
//! contribute nothing. Counts far below one a day round to none.
//!
//! The rest of the projection asks only [`Profile::over`] and [`Profile::scaled`]: another
//! forecast can take this one's place. Imports `domain` only.
//!
//! Sample: 400 tokens on each of four Mondays give 400 a Monday.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};

use super::history::{Cell, History, Quantity, Seen};
use super::options::days_before;
use crate::domain::{MoneyOverflow, Rate, TokenCounts, days_of_weekday};

/// Four whole weeks: every weekday weighs the same.
pub(super) const WINDOW_DAYS: u64 = 28;

/// The weekdays, in the order of a profile.
const WEEKDAYS: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

/// The expected count of each weekday, Monday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Profile([u64; 7]);

impl Profile {
    /// The mean per weekday of the days in `[from, to)`.
    fn of(days: impl Iterator<Item = (NaiveDate, u64)>, from: NaiveDate, to: NaiveDate) -> Self {
        let mut sums = [0_u128; 7];
        for (day, count) in days {
            if let Some(sum) = sums.get_mut(index(day)) {
                *sum += u128::from(count);
            }
        }
        let all: u128 = sums.iter().sum();
        let length = days_between(from, to);
        let mut profile = [0; 7];
        for ((weekday, sum), expected) in WEEKDAYS.into_iter().zip(sums).zip(&mut profile) {
            *expected = match days_of_weekday(from, to, weekday) {
                0 => mean_half_up(all, length),
                held => mean_half_up(sum, held),
            };
        }
        Self(profile)
    }

    /// The expected count of the days in `[from, to)`: whole weeks, then the days left over.
    pub(crate) fn over(&self, from: NaiveDate, to: NaiveDate) -> Result<u64, MoneyOverflow> {
        let days = days_between(from, to);
        let left_over = usize::try_from(days % 7).unwrap_or_default();
        let week = self.0.iter().try_fold(0, add_count);
        let mut rest = self.0.iter().cycle().skip(index(from)).take(left_over);
        week.and_then(|week| week.checked_mul(days / 7))
            .and_then(|weeks| rest.try_fold(weeks, add_count))
            .ok_or(MoneyOverflow)
    }

    /// The profile times a token ratio, each weekday rounded half up.
    pub(crate) fn scaled(&self, ratio: Rate) -> Result<Self, MoneyOverflow> {
        let mut profile = self.0;
        for count in &mut profile {
            *count = ratio.apply_to_count(*count).ok_or(MoneyOverflow)?;
        }
        Ok(Self(profile))
    }
}

/// What is expected of one cell.
#[derive(Debug, Clone)]
pub(crate) struct CellForecast {
    pub(crate) cell: Cell,
    pub(crate) requests: Profile,
    pub(crate) quantities: BTreeMap<Quantity, Profile>,
    /// Whether calls succeed of which no count at all is known: their cost is unknown too.
    pub(crate) counts_unknown: bool,
}

/// The window that a series' forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
}

impl Window {
    /// The last 28 days of history, or those since the series was first seen.
    pub(crate) fn of(seen: Seen, history_end: NaiveDate) -> Self {
        Self {
            from: days_before(history_end, WINDOW_DAYS).max(seen.first),
            to: history_end,
        }
    }

    /// How many days it holds.
    pub(crate) fn days(self) -> u64 {
        days_between(self.from, self.to)
    }

    /// Whether it is shorter than it should be.
    pub(crate) fn is_short(self) -> bool {
        self.days() < WINDOW_DAYS
    }
}

/// The expected counts of every cell with use in its window, in order.
pub(crate) fn forecast(history: &History, history_end: NaiveDate) -> Vec<CellForecast> {
    let windowed = history.cells.iter().filter_map(|(cell, days)| {
        let window = Window::of(*history.seen.get(&cell.series)?, history_end);
        let used = days.range(window.from..window.to).next().is_some();
        used.then(|| cell_forecast(cell, days, window))
    });
    windowed.collect()
}

fn cell_forecast(
    cell: &Cell,
    days: &BTreeMap<NaiveDate, TokenCounts>,
    window: Window,
) -> CellForecast {
    let Window { from, to } = window;
    let in_window = || days.range(from..to);
    let known: BTreeSet<Quantity> = in_window()
        .flat_map(|(_, counts)| Quantity::all_of(counts))
        .filter_map(|(quantity, count)| count.map(|_| quantity))
        .collect();
    let profile_of = |quantity: Quantity| {
        let counts = in_window().filter_map(|(day, counts)| {
            let (_, count) = Quantity::all_of(counts)
                .into_iter()
                .find(|(of, _)| *of == quantity)?;
            Some((*day, count?))
        });
        Profile::of(counts, from, to)
    };
    let succeeded = in_window().any(|(_, counts)| counts.requests > counts.failed_requests);
    CellForecast {
        cell: cell.clone(),
        requests: Profile::of(
            in_window().map(|(day, counts)| (*day, counts.requests)),
            from,
            to,
        ),
        counts_unknown: known.is_empty() && succeeded,
        quantities: known
            .into_iter()
            .map(|quantity| (quantity, profile_of(quantity)))
            .collect(),
    }
}

fn add_count(sum: u64, count: &u64) -> Option<u64> {
    sum.checked_add(*count)
}

fn index(day: NaiveDate) -> usize {
    usize::try_from(day.weekday().num_days_from_monday()).unwrap_or_default()
}

fn days_between(from: NaiveDate, to: NaiveDate) -> u64 {
    u64::try_from(to.signed_duration_since(from).num_days()).unwrap_or(0)
}

/// `sum / count`, rounded half up; a mean that fits no u64 cannot come from u64 counts.
fn mean_half_up(sum: u128, count: u64) -> u64 {
    let count = u128::from(count.max(1));
    u64::try_from((2 * sum + count) / (2 * count)).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "forecast_tests.rs"]
mod tests;
