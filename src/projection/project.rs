//! The rows of the `projection` table: every scenario, month by month.
//!
//! Each scenario is played cell by cell; parts of one key are added up, and nothing else is
//! counted, so months add up from days and totals from parts. At the end of life nothing is
//! served: tokens 0, cost 0 (empty where no normal price is known), and what is lost stands
//! in the stranded columns at the normal price. Parts that come to nothing have no row. The
//! same pass gives what scenarios are compared by. Keys are gathered for one workload, account
//! and Region at a time, as no key reaches beyond. Imports `pricing` and `domain`.
//!
//! Sample: 2027-01, stay, search, claude-x, extended-access: 24,000,000 tokens, $158.40.

use std::collections::BTreeMap;

use super::amounts::Amounts;
use super::compare::{Comparison, Outcome};
use super::course::{CellCourse, Span, Stretch};
use super::events::Planned;
use super::history::{Cell, Series};
use super::impact::{ProjectionRow, ProjectionTotal, Scenario};
use super::interval::Spread;
use super::options::ProjectionOptions;
use super::price_path::PriceBook;
use super::scenario::Outlook;
use super::totals::{Contributions, totals};
use crate::domain::{
    EndpointScope, LifecyclePhase, ModelId, MoneyOverflow, Month, PriceBasis, Text,
};

/// The key of a row, in the order of the table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct RowKey {
    month: Month,
    scenario: Scenario,
    workload: Text,
    account_id: Text,
    region: Text,
    model_id: ModelId,
    endpoint_scope: Option<EndpointScope>,
    phase: LifecyclePhase,
}

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
}

type Rows = hashbrown::HashMap<RowKey, (Amounts, Contributions), foldhash::fast::RandomState>;

/// Plays every scenario for every series.
pub(crate) fn play(
    stage: &Stage<'_, '_>,
    book: &mut PriceBook<'_>,
) -> Result<Played, MoneyOverflow> {
    let first = Month::of(stage.options.as_of);
    let mut rows = Rows::default();
    let mut done = Vec::new();
    let mut comparisons = Vec::new();
    let of_series = |a: &Planned, b: &Planned| a.plan.cell.series == b.plan.cell.series;
    let of_place = |a: &Planned, b: &Planned| {
        let (a, b) = (&a.plan.cell.series, &b.plan.cell.series);
        (&a.workload, &a.account_id, &a.region) == (&b.workload, &b.account_id, &b.region)
    };
    for place in stage.plans.chunk_by(of_place) {
        for cells in place.chunk_by(of_series) {
            let Some(first) = cells.first() else { continue };
            let series = &first.plan.cell.series;
            comparisons.push(play_series(stage, series, cells, book, &mut rows)?);
        }
        for (key, (amounts, contributions)) in rows.drain() {
            let row = bounded(row(key, &amounts)?, &contributions, stage.spread, first)?;
            done.push((row, contributions));
        }
    }
    done.sort_unstable_by(|(a, _), (b, _)| key_of(a).cmp(&key_of(b)));
    let totals = totals(&done, stage.spread, first)?;
    Ok(Played {
        rows: done.into_iter().map(|(row, _)| row).collect(),
        totals,
        comparisons,
    })
}

fn play_series(
    stage: &Stage<'_, '_>,
    series: &Series,
    cells: &[Planned],
    book: &mut PriceBook<'_>,
    rows: &mut Rows,
) -> Result<Comparison, MoneyOverflow> {
    let outlook = stage.outlooks.get(series);
    let span = Span::of(outlook, stage.options);
    let mut courses = Vec::new();
    for planned in cells {
        let stored = stage.stored_vectors.get(&planned.plan.cell).copied();
        courses.push(CellCourse::of(planned, span, stored, book)?);
    }
    let mut outcomes = Vec::new();
    for scenario in stage.scenarios {
        let pricer = *book.pricer();
        let moving =
            outlook.and_then(|outlook| outlook.moving(scenario, series, &pricer, stage.options));
        let mut outcome = Outcome::new(scenario.clone(), moving);
        for course in &courses {
            let stretches = course.moving(outcome.moving.as_ref(), book)?;
            for stretch in &stretches {
                add(rows, scenario, series, stretch)?;
                outcome.add(stretch, span)?;
            }
        }
        outcomes.push(outcome);
    }
    Comparison::new(series.clone(), span, outcomes, &courses, book)
}

fn add(
    rows: &mut Rows,
    scenario: &Scenario,
    series: &Series,
    stretch: &Stretch,
) -> Result<(), MoneyOverflow> {
    for (days, amounts) in &stretch.parts {
        let key = RowKey {
            month: days.month(),
            scenario: scenario.clone(),
            workload: series.workload.clone(),
            account_id: series.account_id.clone(),
            region: series.region.clone(),
            model_id: stretch.model_id.clone(),
            endpoint_scope: stretch.endpoint_scope,
            phase: days.phase,
        };
        let (sum, contributions) = rows
            .entry(key)
            .or_insert_with(|| (Amounts::EMPTY, Contributions::default()));
        sum.merge(amounts)?;
        contributions.add(stretch.volume, amounts.served.cost())?;
    }
    Ok(())
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

fn key_of(row: &ProjectionRow) -> impl Ord + '_ {
    (
        (row.month, row.scenario.as_str()),
        (&row.workload, &row.account_id, &row.region, &row.model_id),
        (row.endpoint_scope, row.phase),
    )
}

fn row(key: RowKey, amounts: &Amounts) -> Result<ProjectionRow, MoneyOverflow> {
    // A stranded row costs nothing only if somebody knows what it would have cost.
    let worthless = amounts.stranded.basis == PriceBasis::Unpriced
        && amounts.stranded.known().is_none()
        && amounts.requests == 0;
    let money = amounts.served.known().filter(|_| !worthless);
    let stranded = key.phase == LifecyclePhase::EndOfLife;
    Ok(ProjectionRow {
        month: key.month,
        scenario: key.scenario,
        workload: key.workload,
        account_id: key.account_id,
        region: key.region,
        model_id: key.model_id,
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
