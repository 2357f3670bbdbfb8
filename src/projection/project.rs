//! The rows of the `projection` table: every scenario, month by month.
//!
//! Each scenario is played cell by cell; parts of one key are added up, and nothing else is
//! counted, so months add up from days and totals from parts. At the end of life nothing is
//! served: tokens 0, cost 0 (empty where no normal price is known), and what is lost stands
//! in the stranded columns at the normal price. Parts that come to nothing have no row. The
//! same pass gives what scenarios are compared by. Imports `pricing` and `domain`.
//!
//! Sample: 2027-01, stay, search, claude-x, extended-access: 24,000,000 tokens, $158.40.

use std::collections::{BTreeMap, HashMap};

use super::amounts::Amounts;
use super::compare::{Comparison, Outcome};
use super::course::{CellCourse, Span, Stretch};
use super::events::Planned;
use super::history::{Cell, Series};
use super::impact::{ProjectionRow, Scenario};
use super::options::ProjectionOptions;
use super::price_path::PriceBook;
use super::scenario::Outlook;
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
    pub(crate) scenarios: &'s [Scenario],
    pub(crate) options: &'s ProjectionOptions,
}

/// The rows of the projection, sorted by key (scenarios by name), and for every series how the
/// scenarios compare.
pub(crate) fn play(
    stage: &Stage<'_, '_>,
    book: &mut PriceBook<'_>,
) -> Result<(Vec<ProjectionRow>, Vec<Comparison>), MoneyOverflow> {
    let mut rows = HashMap::new();
    let mut comparisons = Vec::new();
    let of_series = |a: &Planned, b: &Planned| a.plan.cell.series == b.plan.cell.series;
    for cells in stage.plans.chunk_by(of_series) {
        let Some(first) = cells.first() else { continue };
        let series = &first.plan.cell.series;
        comparisons.push(play_series(stage, series, cells, book, &mut rows)?);
    }
    Ok((sorted(rows)?, comparisons))
}

fn play_series(
    stage: &Stage<'_, '_>,
    series: &Series,
    cells: &[Planned],
    book: &mut PriceBook<'_>,
    rows: &mut HashMap<RowKey, Amounts>,
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
    rows: &mut HashMap<RowKey, Amounts>,
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
        rows.entry(key).or_insert(Amounts::EMPTY).merge(amounts)?;
    }
    Ok(())
}

fn sorted(rows: HashMap<RowKey, Amounts>) -> Result<Vec<ProjectionRow>, MoneyOverflow> {
    let mut sorted = rows
        .into_iter()
        .map(|(key, amounts)| row(key, &amounts))
        .collect::<Result<Vec<_>, _>>()?;
    sorted.sort_by(|a, b| key_of(a).cmp(&key_of(b)));
    Ok(sorted)
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
