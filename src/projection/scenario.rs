//! Who moves where and when in a scenario: the built-in ones, and those of the user.
//!
//! A scenario of the user is one wave or several of the same name; the first whose patterns
//! hold a series decides. It moves what must move, and whatever its own model patterns name. A
//! ramp moves one part of its days more each day, all on the last. Double running keeps what
//! has moved running on the old model, too, for some weeks: the old model follows the ramp so
//! much later, and what it serves twice is paid once more. Imports `pricing` and `domain`.
//!
//! Sample: `two-waves` moves checkout from 2026-12-15 on, 1/28 of it more each day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::events::{Selection, ramp};
use super::history::{History, Series};
use super::impact::Scenario;
use super::migration::{Successor, deciding, is_dying, move_date, must_move, same_kind, successor};
use super::options::{ProjectionOptions, TokenRatio};
use super::volume::{Share, days_after};
use crate::domain::{EndOfLife, ModelId, Text, Usd};
use crate::pricing::{LifecycleRow, Pricer};

/// A `[[scenario]]` of the user's own: one wave of the scenario of its name.
#[derive(Debug, Clone, Default)]
pub struct Wave {
    /// The scenario.
    pub name: Text,
    /// The day of the move, at the earliest `as_of`; `as_of` if not given.
    pub migrate_on: Option<NaiveDate>,
    /// Weeks in which it moves, in a straight line; 0 is at once.
    pub ramp_weeks: u32,
    /// Weeks for which the old model runs beside the new one.
    pub double_running_weeks: u32,
    /// Who moves.
    pub selection: Selection,
    /// Where to, instead of where the workload would go.
    pub successor: Option<ModelId>,
    /// Tokens there per token of today; the workload's own ratio if not given.
    pub token_ratio: Option<TokenRatio>,
    /// What the whole wave costs once besides calls, in US dollars, instead of the efforts of
    /// its workloads.
    pub effort: Option<Usd>,
}

/// How one series moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) to: ModelId,
    pub(crate) on: NaiveDate,
    /// Days of the ramp; 0 is at once.
    pub(crate) ramp_days: u64,
    /// Days for which what has moved also runs on the old model.
    pub(crate) double_days: u64,
    pub(crate) ratio: TokenRatio,
    /// The wave of the settings, by its place.
    pub(crate) wave: Option<usize>,
}

impl Move {
    /// The first day on which all has moved.
    pub(crate) fn complete_on(&self) -> NaiveDate {
        days_after(self.on, self.ramp_days.saturating_sub(1))
    }

    /// The share that has moved on a day.
    pub(crate) fn share(&self, day: NaiveDate) -> Share {
        ramp(self.on, self.ramp_days, day)
    }

    /// The share that the old model has been left by for good.
    pub(crate) fn left(&self, day: NaiveDate) -> Share {
        ramp(days_after(self.on, self.double_days), self.ramp_days, day)
    }

    /// The first day on which nothing runs twice.
    pub(crate) fn single_from(&self) -> NaiveDate {
        days_after(self.complete_on(), self.double_days)
    }
}

/// All scenarios, in order of name.
pub(crate) fn scenarios(options: &ProjectionOptions) -> Vec<Scenario> {
    let names: BTreeSet<&Text> = options.scenarios.iter().map(|wave| &wave.name).collect();
    let own = names.into_iter().map(|name| Scenario::Own(name.clone()));
    let mut all: Vec<Scenario> = Scenario::ALL.into_iter().chain(own).collect();
    all.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    all
}

/// How one series goes on: what is announced, whether it must move, and where to.
#[derive(Debug, Clone)]
pub(crate) struct Outlook<'a> {
    pub(crate) announcement: Option<&'a LifecycleRow>,
    pub(crate) must_move: bool,
    pub(crate) successor: Option<Successor>,
}

impl Outlook<'_> {
    /// Its announced end.
    pub(crate) fn end(&self) -> Option<NaiveDate> {
        self.announcement?.end_of_life.and_then(EndOfLife::on)
    }

    /// How it moves in a scenario, if it does before the horizon.
    pub(crate) fn moving(
        &self,
        scenario: &Scenario,
        series: &Series,
        pricer: &Pricer<'_>,
        options: &ProjectionOptions,
    ) -> Option<Move> {
        let moving = match scenario {
            Scenario::Own(name) => self.own_move(name, series, pricer, options)?,
            _ => {
                let row = self.announcement.filter(|_| self.must_move)?;
                Move {
                    to: self.successor.as_ref()?.model_id.clone(),
                    on: move_date(row, scenario, options.as_of)?,
                    ramp_days: 0,
                    double_days: 0,
                    ratio: options.token_ratio(&series.workload),
                    wave: None,
                }
            }
        };
        (moving.on < options.end()).then_some(moving)
    }

    fn own_move(
        &self,
        name: &Text,
        series: &Series,
        pricer: &Pricer<'_>,
        options: &ProjectionOptions,
    ) -> Option<Move> {
        let mut waves = options.scenarios.iter().enumerate();
        let (at, wave) = waves.find(|(_, wave)| {
            let meant = self.must_move || !wave.selection.models.is_empty();
            wave.name == *name && meant && wave.selection.holds(series)
        })?;
        let chosen = wave.successor.as_ref();
        let fits = |to: &&ModelId| same_kind(pricer, to, &series.model_id);
        let to = match chosen.filter(fits) {
            Some(to) => to.clone(),
            None => self.successor.as_ref()?.model_id.clone(),
        };
        let ratio = wave.token_ratio;
        (to != series.model_id).then(|| Move {
            to,
            on: wave
                .migrate_on
                .map_or(options.as_of, |on| on.max(options.as_of)),
            ramp_days: u64::from(wave.ramp_weeks) * 7,
            double_days: u64::from(wave.double_running_weeks) * 7,
            ratio: ratio.unwrap_or_else(|| options.token_ratio(&series.workload)),
            wave: Some(at),
        })
    }
}

/// Whether the successor of a move must itself move before the horizon.
pub(crate) fn leads_to_a_dying_model(
    moving: &Move,
    series: &Series,
    pricer: &Pricer<'_>,
    options: &ProjectionOptions,
) -> bool {
    is_dying(pricer, &moving.to, &series.region, options)
}

/// The last announced end of any model in use.
pub(crate) fn last_end(outlooks: &BTreeMap<Series, Outlook<'_>>) -> Option<NaiveDate> {
    outlooks.values().filter_map(Outlook::end).max()
}

/// The outlook of every series of the history, and of those that are launched.
pub(crate) fn outlooks<'a>(
    pricer: &Pricer<'a>,
    history: &History,
    launched: impl Iterator<Item = Series>,
    options: &ProjectionOptions,
) -> BTreeMap<Series, Outlook<'a>> {
    let outlook = |series: &Series| {
        let row = deciding(pricer, &series.model_id, &series.region, options);
        Outlook {
            announcement: row,
            must_move: row.is_some_and(|row| must_move(row, options.end())),
            successor: successor(pricer, series, options),
        }
    };
    let series = history.seen.keys().cloned().chain(launched);
    series
        .map(|series| (series.clone(), outlook(&series)))
        .collect()
}

#[cfg(test)]
#[path = "scenario_tests.rs"]
mod tests;
