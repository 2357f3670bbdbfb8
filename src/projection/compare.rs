//! The rows of the `scenarios` table: what a move saves, what it costs once, how long it pays.
//!
//! Compared are the days on which `stay` is still served. A saving is the cost of `stay` less
//! that of the scenario on those days; it is not known where a part of either has no price.
//! What is paid once (double running, stored texts embedded anew, effort) is kept apart. The
//! effort of a wave is shared among what it moves, that of a workload among its series, by what
//! each costs until its end, in whole cents.
//!
//! A move pays as long as what it still saves is more than it costs once: `pays_until` is the
//! last day on which a move (with the scenario's ramp) could begin. Imports `domain`.
//!
//! Sample: stay 1,054.35, migrate-now 429.00: saving 625.35; with 100 of effort it pays until
//! the day from which on less than 100 is left to save.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::amounts::Priced;
use super::course::{CellCourse, DELAY_DAYS, Span, Stretch};
use super::effort::{bearer, efforts};
use super::history::Series;
use super::impact::{Scenario, ScenarioRow};
use super::legs::Leg;
use super::options::ProjectionOptions;
use super::price_path::PriceBook;
use super::scenario::Move;
use super::volume::{days_after, days_in};
use crate::domain::{ModelId, MoneyOverflow, Rate, Usd};

/// What a scenario comes to for one series.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) scenario: Scenario,
    pub(crate) moving: Option<Move>,
    /// Of the days compared, without extras.
    to_end: Priced,
    /// Of the first 30 days from the move, as far as they are compared, without what moves in
    /// every scenario.
    first_days: Priced,
    /// What is paid only because of the move.
    extra: Priced,
    stranded_requests: u64,
    /// Its row, once that is known.
    row: Option<ScenarioRow>,
}

impl Outcome {
    pub(crate) fn new(scenario: Scenario, moving: Option<Move>) -> Self {
        Self {
            scenario,
            moving,
            to_end: Priced::EMPTY,
            first_days: Priced::EMPTY,
            extra: Priced::EMPTY,
            stranded_requests: 0,
            row: None,
        }
    }

    /// Adds some days of a cell.
    pub(crate) fn add(&mut self, stretch: &Stretch, span: Span) -> Result<(), MoneyOverflow> {
        let first = self.moving.as_ref().map(|moving| moving.on);
        for (days, amounts) in &stretch.parts {
            let stranded = self
                .stranded_requests
                .checked_add(amounts.stranded_requests);
            self.stranded_requests = stranded.ok_or(MoneyOverflow)?;
            if stretch.extra {
                self.extra.merge(&amounts.served)?;
                continue;
            }
            if days.from >= span.served_to {
                continue;
            }
            self.to_end.merge(&amounts.served)?;
            let in_first =
                first.is_some_and(|on| on <= days.from && days.from < days_after(on, DELAY_DAYS));
            if in_first && !stretch.planned {
                self.first_days.merge(&amounts.served)?;
            }
        }
        Ok(())
    }

    fn premium(&self) -> Result<Option<Usd>, MoneyOverflow> {
        let mut all = self.to_end;
        all.merge(&self.extra)?;
        let known = all.known().filter(|_| all.is_complete());
        known.map(|money| money.premium()).transpose()
    }
}

/// All scenarios of one series beside each other.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) series: Series,
    span: Span,
    pub(crate) outcomes: Vec<Outcome>,
    /// Cost of each day compared, staying; `None` where something has no known cost.
    staying: Option<Vec<Usd>>,
    /// The same wholly moved, by where to and at which ratio.
    moved: BTreeMap<(ModelId, Rate), Option<Vec<Usd>>>,
}

impl Comparison {
    pub(crate) fn new(
        series: Series,
        span: Span,
        outcomes: Vec<Outcome>,
        courses: &[CellCourse<'_>],
        book: &mut PriceBook<'_>,
    ) -> Result<Self, MoneyOverflow> {
        let mut comparison = Self {
            series,
            span,
            outcomes,
            staying: None,
            moved: BTreeMap::new(),
        };
        let targets: Vec<Move> = comparison.targets();
        if targets.is_empty() {
            return Ok(comparison);
        }
        let staying = courses.iter().map(|course| &course.staying);
        comparison.staying = comparison.daily(staying, book)?;
        for moving in targets {
            let key = (moving.to.clone(), moving.ratio.likely);
            if comparison.moved.contains_key(&key) {
                continue;
            }
            let legs = courses
                .iter()
                .map(|course| course.wholly_moved(&moving, book))
                .collect::<Result<Vec<_>, _>>()?;
            let daily = comparison.daily(legs.iter(), book)?;
            comparison.moved.insert(key, daily);
        }
        Ok(comparison)
    }

    /// Makes the rows that bear no effort, which is shared out when all series are known. The
    /// costs of single days are great, and kept only for rows that do.
    pub(crate) fn settle(&mut self, options: &ProjectionOptions) -> Result<(), MoneyOverflow> {
        let rows = self.outcomes.iter().map(|outcome| {
            let bears = bearer(self, outcome, options).is_some();
            (!bears).then(|| self.row(outcome, Usd::ZERO)).transpose()
        });
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        for (outcome, row) in self.outcomes.iter_mut().zip(rows) {
            outcome.row = row;
        }
        if self.outcomes.iter().all(|outcome| outcome.row.is_some()) {
            self.staying = None;
            self.moved.clear();
        }
        Ok(())
    }

    fn targets(&self) -> Vec<Move> {
        let outcomes = self.outcomes.iter();
        outcomes
            .filter_map(|outcome| outcome.moving.clone())
            .collect()
    }

    fn daily<'l>(
        &self,
        legs: impl Iterator<Item = &'l Leg>,
        book: &mut PriceBook<'_>,
    ) -> Result<Option<Vec<Usd>>, MoneyOverflow> {
        let (from, to) = (self.span.as_of, self.span.served_to);
        let days = usize::try_from(days_in(from, to)).unwrap_or(0);
        let mut sums = vec![Usd::ZERO; days];
        for leg in legs {
            let Some(costs) = leg.daily_costs(book, &self.series.region, from, to)? else {
                return Ok(None);
            };
            for (sum, cost) in sums.iter_mut().zip(costs) {
                *sum = sum.add(cost)?;
            }
        }
        Ok(Some(sums))
    }

    fn stay(&self) -> Option<&Outcome> {
        let mut outcomes = self.outcomes.iter();
        outcomes.find(|outcome| outcome.scenario == Scenario::Stay)
    }

    /// What staying costs on the days compared.
    pub(crate) fn stay_cost(&self) -> Option<Usd> {
        self.stay()?.to_end.cost()
    }

    fn row(&self, outcome: &Outcome, effort: Usd) -> Result<ScenarioRow, MoneyOverflow> {
        let stay = self.stay().unwrap_or(outcome);
        let one_off = outcome
            .extra
            .cost()
            .filter(|_| outcome.extra.is_complete())
            .map(|extra| extra.add(effort))
            .transpose()?;
        let moving = outcome.moving.as_ref();
        let delay = moving.map(|moving| self.cost_of_delay(outcome, moving));
        let pays = moving
            .zip(one_off)
            .map(|(moving, once)| self.pays_until(moving, once));
        let premium = match (stay.premium()?, outcome.premium()?) {
            (Some(paid), Some(still)) => Some(paid.subtract(still)?),
            _ => None,
        };
        Ok(ScenarioRow {
            scenario: outcome.scenario.clone(),
            workload: self.series.workload.clone(),
            account_id: self.series.account_id.clone(),
            region: self.series.region.clone(),
            model_id: self.series.model_id.clone(),
            successor: moving.map(|moving| moving.to.clone()),
            migrate_on: moving.map(|moving| moving.on),
            cost_to_end_of_life: outcome.to_end.cost(),
            saving_to_end_of_life: if moving.is_none() {
                Some(Usd::ZERO)
            } else {
                difference(&stay.to_end, &outcome.to_end)?
            },
            premium_avoided: if moving.is_none() {
                Some(Usd::ZERO)
            } else {
                premium
            },
            stranded_requests_avoided: stay
                .stranded_requests
                .saturating_sub(outcome.stranded_requests),
            one_off_cost: one_off,
            cost_of_delay_per_day: delay.transpose()?.flatten(),
            pays_until: pays.transpose()?.flatten(),
        })
    }

    /// The saving per day over the first 30 days from the move, as far as they are compared.
    fn cost_of_delay(
        &self,
        outcome: &Outcome,
        moving: &Move,
    ) -> Result<Option<Usd>, MoneyOverflow> {
        let to = days_after(moving.on, DELAY_DAYS).min(self.span.served_to);
        let days = days_in(moving.on, to);
        let from = usize::try_from(days_in(self.span.as_of, moving.on)).unwrap_or(usize::MAX);
        let count = usize::try_from(days).unwrap_or(0);
        let (Some(staying), Some(moved)) = (
            &self.staying,
            outcome
                .first_days
                .cost()
                .filter(|_| outcome.first_days.is_complete()),
        ) else {
            return Ok(None);
        };
        let stay = Usd::sum(staying.iter().skip(from).take(count).copied())?;
        Ok(stay.subtract(moved)?.per(days))
    }

    /// The last day on which a move begins that saves more than `once` until the end.
    fn pays_until(&self, moving: &Move, once: Usd) -> Result<Option<NaiveDate>, MoneyOverflow> {
        let key = (moving.to.clone(), moving.ratio.likely);
        let (Some(staying), Some(Some(moved))) = (&self.staying, self.moved.get(&key)) else {
            return Ok(None);
        };
        let ramp = usize::try_from(moving.ramp_days.max(1)).unwrap_or(1);
        let enough = once.times(moving.ramp_days.max(1))?;
        // From the last day back: `left[n]` is what all days from n on save, and their sum
        // over the days of the ramp is what a move begun on n saves, times those days.
        let mut left = vec![Usd::ZERO; staying.len() + ramp];
        let mut window = Usd::ZERO;
        for at in (0..staying.len()).rev() {
            let (Some(stay), Some(new)) = (staying.get(at), moved.get(at)) else {
                continue;
            };
            let after = left.get(at + 1).copied().unwrap_or_default();
            let from_here = after.add(stay.subtract(*new)?)?;
            window = window
                .add(from_here)?
                .subtract(left.get(at + ramp).copied().unwrap_or_default())?;
            if let Some(place) = left.get_mut(at) {
                *place = from_here;
            }
            if window > enough {
                let days = u64::try_from(at).unwrap_or(u64::MAX);
                return Ok(Some(days_after(self.span.as_of, days)));
            }
        }
        Ok(None)
    }
}

/// One less the other, where both are known in full.
fn difference(one: &Priced, other: &Priced) -> Result<Option<Usd>, MoneyOverflow> {
    if !one.is_complete() || !other.is_complete() {
        return Ok(None);
    }
    match (one.cost(), other.cost()) {
        (Some(one), Some(other)) => Ok(Some(one.subtract(other)?)),
        _ => Ok(None),
    }
}

/// The rows of the `scenarios` table, sorted by key.
pub(crate) fn scenario_rows(
    mut comparisons: Vec<Comparison>,
    options: &ProjectionOptions,
) -> Result<Vec<ScenarioRow>, MoneyOverflow> {
    let efforts = efforts(&comparisons, options)?;
    let mut rows = Vec::new();
    for (at, comparison) in comparisons.iter().enumerate() {
        for outcome in comparison
            .outcomes
            .iter()
            .filter(|outcome| outcome.row.is_none())
        {
            let key = (outcome.scenario.as_str(), at);
            let effort = efforts.get(&key).copied().unwrap_or_default();
            rows.push(comparison.row(outcome, effort)?);
        }
    }
    drop(efforts);
    let outcomes = comparisons
        .iter_mut()
        .flat_map(|comparison| &mut comparison.outcomes);
    rows.extend(outcomes.filter_map(|outcome| outcome.row.take()));
    rows.sort_by(|a, b| key_of(a).cmp(&key_of(b)));
    Ok(rows)
}

fn key_of(row: &ScenarioRow) -> impl Ord + '_ {
    (
        row.scenario.as_str(),
        (&row.workload, &row.account_id, &row.region, &row.model_id),
    )
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
