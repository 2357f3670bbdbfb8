//! The rows of the `projection` table: every scenario, month by month.
//!
//! Each scenario is played cell by cell; parts of one key are added up, and nothing else is
//! counted, so months add up from days and totals from parts. At the end of life nothing is
//! served: tokens 0, cost 0 (empty where no normal price is known), and what is lost stands
//! in the stranded columns at the normal price. Parts that come to nothing have no row. The
//! same pass gives what scenarios are compared by. Keys are gathered for one workload, account
//! and Region at a time, as no key reaches beyond; so threads share these out. Imports `pricing`
//! and `domain`.
//!
//! Sample: 2027-01, stay, search, claude-x, extended-access: 24,000,000 tokens, $158.40.

use std::collections::{BTreeMap, BTreeSet};

use super::amounts::Amounts;
use super::compare::{Comparison, Outcome};
use super::course::{CellCourse, Span, Stretch};
use super::events::Planned;
use super::history::{Cell, Series};
use super::impact::{PriceUsed, ProjectionRow, ProjectionTotal, Scenario};
use super::interval::Spread;
use super::options::ProjectionOptions;
use super::price_path::PriceBook;
use super::scenario::Outlook;
use super::totals::{Contributions, totals};
use crate::domain::{
    EndpointScope, LifecyclePhase, ModelId, MoneyOverflow, Month, PriceBasis, Text, in_order,
    rearrange,
};

/// What is played.
pub(crate) struct Stage<'s, 'p> {
    /// Sorted by cell.
    pub(crate) plans: &'s [Planned],
    pub(crate) outlooks: &'s BTreeMap<Series, Outlook<'p>>,
    /// Tokens behind stored vectors, by the cell that carries them.
    pub(crate) stored_vectors: &'s BTreeMap<Cell, u64>,
    /// How far volumes may be off.
    pub(crate) spread: &'s Spread,
    pub(crate) scenarios: &'s [Scenario],
    pub(crate) options: &'s ProjectionOptions,
}

/// What came of it.
pub(crate) struct Played {
    /// Sorted by key (scenarios by name).
    pub(crate) rows: Vec<ProjectionRow>,
    /// What the rows come to.
    pub(crate) totals: Vec<ProjectionTotal>,
    /// For every series how the scenarios compare.
    pub(crate) comparisons: Vec<Comparison>,
    /// The prices that a number rests on.
    pub(crate) prices_used: BTreeSet<PriceUsed>,
}

type Table<K, V> = hashbrown::HashMap<K, V, foldhash::fast::RandomState>;

/// A row with what its cost comes from.
type Row = (ProjectionRow, Contributions);

/// Month and number of the scenario: what rows are sorted by first.
type Bucket = (Month, u32);

/// Shares that the places are made into, at most: many more than cores.
const SHARES: usize = 64;

/// The key of a row below its place, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct RowKey {
    bucket: Bucket,
    /// Number of the model.
    model: usize,
    endpoint_scope: Option<EndpointScope>,
    phase: LifecyclePhase,
}

/// Plays every scenario for every series; places are shared out to threads, each with a book
/// of its own.
pub(crate) fn play<'b>(
    stage: &Stage<'_, '_>,
    book: impl Fn() -> PriceBook<'b> + Sync,
) -> Result<Played, MoneyOverflow> {
    let of_place = |a: &Planned, b: &Planned| {
        let (a, b) = (&a.plan.cell.series, &b.plan.cell.series);
        (&a.workload, &a.account_id, &a.region) == (&b.workload, &b.account_id, &b.region)
    };
    let places: Vec<&[Planned]> = stage.plans.chunk_by(of_place).collect();
    let shares: Vec<&[&[Planned]]> = places
        .chunks(places.len().div_ceil(SHARES).max(1))
        .collect();
    let play = |book: &mut PriceBook<'_>, _, places: &&[&[Planned]]| {
        let mut rows = PlaceRows::default();
        for cells in *places {
            rows.play(stage, cells, book)?;
        }
        Ok((rows.done, rows.comparisons))
    };
    // The rows need much room: they come place by place, and are put in order where they are.
    let (mut done, mut buckets, mut comparisons) = (Vec::new(), Vec::new(), Vec::new());
    let mut overflow = Ok(());
    let books = in_order(&shares, book, play, |played| match played {
        Ok((rows, compared)) => {
            let of_share = rows.iter().map(|(bucket, _)| *bucket);
            buckets.extend(of_share);
            done.extend(rows.into_iter().map(|(_, row)| row));
            comparisons.extend(compared);
        }
        Err(error) => overflow = overflow.and(Err(error)),
    });
    overflow?;
    done.shrink_to_fit();
    // Places come in the order of the table: within a bucket they are in order already.
    let mut order: Vec<usize> = (0..done.len()).collect();
    order.sort_by_key(|at| buckets[*at]);
    rearrange(&mut done, order);
    let totals = totals(&done, stage.spread, Month::of(stage.options.as_of))?;
    Ok(Played {
        rows: done.into_iter().map(|(row, _)| row).collect(),
        totals,
        comparisons,
        prices_used: books.iter().flat_map(PriceBook::prices_used).collect(),
    })
}

/// What some places come to, each a workload in an account and Region.
#[derive(Default)]
struct PlaceRows {
    /// Of the place that is being played.
    rows: Table<RowKey, (Amounts, Contributions)>,
    models: Vec<ModelId>,
    numbers: Table<ModelId, usize>,
    /// Of the places before it; by place, then in the order of the table.
    done: Vec<(Bucket, Row)>,
    comparisons: Vec<Comparison>,
}

impl PlaceRows {
    /// Plays one place.
    fn play(
        &mut self,
        stage: &Stage<'_, '_>,
        cells: &[Planned],
        book: &mut PriceBook<'_>,
    ) -> Result<(), MoneyOverflow> {
        let of_series = |a: &Planned, b: &Planned| a.plan.cell.series == b.plan.cell.series;
        for cells in cells.chunk_by(of_series) {
            let Some(first) = cells.first() else { continue };
            let series = &first.plan.cell.series;
            let compared = self.play_series(stage, series, cells, book)?;
            self.comparisons.push(compared);
        }
        match cells.first() {
            Some(first) => self.take_rows(stage, &first.plan.cell.series),
            None => Ok(()),
        }
    }

    fn play_series(
        &mut self,
        stage: &Stage<'_, '_>,
        series: &Series,
        cells: &[Planned],
        book: &mut PriceBook<'_>,
    ) -> Result<Comparison, MoneyOverflow> {
        let outlook = stage.outlooks.get(series);
        let span = Span::of(outlook, stage.options);
        let mut courses = Vec::new();
        for planned in cells {
            let stored = stage.stored_vectors.get(&planned.plan.cell).copied();
            courses.push(CellCourse::of(planned, span, stored, book)?);
        }
        let mut outcomes = Vec::new();
        for (number, scenario) in (0..).zip(stage.scenarios) {
            let pricer = *book.pricer();
            let moving = outlook
                .and_then(|outlook| outlook.moving(scenario, series, &pricer, stage.options));
            let mut outcome = Outcome::new(scenario.clone(), moving);
            for course in &courses {
                let stretches = course.moving(outcome.moving.as_ref(), book)?;
                for stretch in &stretches {
                    self.add(number, stretch)?;
                    outcome.add(stretch, span)?;
                }
            }
            outcomes.push(outcome);
        }
        let mut comparison = Comparison::new(series.clone(), span, outcomes, &courses, book)?;
        comparison.settle(stage.options)?;
        Ok(comparison)
    }

    fn add(&mut self, scenario: u32, stretch: &Stretch) -> Result<(), MoneyOverflow> {
        let model = self.number(&stretch.model_id);
        for (days, amounts) in &stretch.parts {
            let key = RowKey {
                bucket: (days.month(), scenario),
                model,
                endpoint_scope: stretch.endpoint_scope,
                phase: days.phase,
            };
            let (sum, contributions) = self
                .rows
                .entry(key)
                .or_insert_with(|| (Amounts::EMPTY, Contributions::default()));
            sum.merge(amounts)?;
            contributions.add(stretch.volume, amounts.served.cost())?;
        }
        Ok(())
    }

    fn number(&mut self, model: &ModelId) -> usize {
        if let Some(number) = self.numbers.get(model) {
            return *number;
        }
        let number = self.models.len();
        // Texts of its own: threads that count the same text up and down would wait for each
        // other.
        let own = ModelId::new(model.as_str());
        self.models.push(own.clone());
        self.numbers.insert(own, number);
        number
    }

    /// Puts the rows of a place into their buckets, in the order of the table.
    fn take_rows(&mut self, stage: &Stage<'_, '_>, place: &Series) -> Result<(), MoneyOverflow> {
        let first = Month::of(stage.options.as_of);
        let mut order: Vec<usize> = (0..self.models.len()).collect();
        order.sort_unstable_by_key(|number| &self.models[*number]);
        let mut ranks = vec![0; order.len()];
        for (rank, number) in order.into_iter().enumerate() {
            ranks[number] = rank;
        }
        let mut sorted: Vec<(RowKey, (Amounts, Contributions))> = self.rows.drain().collect();
        sorted.sort_unstable_by_key(|(key, _)| RowKey {
            model: ranks[key.model],
            ..*key
        });
        let place = Series {
            workload: Text::from(&*place.workload),
            account_id: Text::from(&*place.account_id),
            region: Text::from(&*place.region),
            model_id: place.model_id.clone(),
        };
        self.done.reserve(sorted.len());
        for (key, (amounts, contributions)) in sorted {
            let series = Series {
                model_id: self.models[key.model].clone(),
                ..place.clone()
            };
            let (_, scenario) = key.bucket;
            let row = row(key, &stage.scenarios[scenario as usize], series, &amounts)?;
            let row = bounded(row, &contributions, stage.spread, first)?;
            self.done.push((key.bucket, (row, contributions)));
        }
        self.models.clear();
        self.numbers.clear();
        Ok(())
    }
}

/// The row with the bounds of its cost.
fn bounded(
    mut row: ProjectionRow,
    contributions: &Contributions,
    spread: &Spread,
    first: Month,
) -> Result<ProjectionRow, MoneyOverflow> {
    let span = row.month.since(first);
    if let (Some(cost), Some(bounds)) = (row.cost, contributions.bounds(spread, span)) {
        row.cost_low_80 = Some(bounds.low_80.apply(cost)?);
        row.cost_high_80 = Some(bounds.high_80.apply(cost)?);
        row.cost_low_95 = Some(bounds.low_95.apply(cost)?);
        row.cost_high_95 = Some(bounds.high_95.apply(cost)?);
    }
    Ok(row)
}

fn row(
    key: RowKey,
    scenario: &Scenario,
    series: Series,
    amounts: &Amounts,
) -> Result<ProjectionRow, MoneyOverflow> {
    // A stranded row costs nothing only if somebody knows what it would have cost.
    let worthless = amounts.stranded.basis == PriceBasis::Unpriced
        && amounts.stranded.known().is_none()
        && amounts.requests == 0;
    let money = amounts.served.known().filter(|_| !worthless);
    let stranded = key.phase == LifecyclePhase::EndOfLife;
    Ok(ProjectionRow {
        month: key.bucket.0,
        scenario: scenario.clone(),
        workload: series.workload,
        account_id: series.account_id,
        region: series.region,
        model_id: series.model_id,
        endpoint_scope: key.endpoint_scope,
        phase: key.phase,
        tokens: amounts.tokens,
        requests: amounts.requests,
        cost: money.map(|money| money.cost),
        cost_low_80: None,
        cost_high_80: None,
        cost_low_95: None,
        cost_high_95: None,
        cost_assumed_low: money.map(|money| money.low),
        cost_assumed_high: money.map(|money| money.high),
        extended_access_premium: money.map(|money| money.premium()).transpose()?,
        stranded_requests: amounts.stranded_requests,
        stranded_cost: amounts.stranded.cost().filter(|_| stranded),
        price_basis: amounts.served.basis.max(amounts.stranded.basis),
    })
}

#[cfg(test)]
#[path = "project_tests.rs"]
mod tests;
