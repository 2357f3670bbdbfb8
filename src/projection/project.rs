//! The rows of the `projection` table: every scenario, month by month.
//!
//! A scenario is one or two legs per cell: on today's model until the move, on the successor
//! from then on. A leg is cut where month, phase or price change; each part is weekdays times
//! profile, times the price of its first day. Parts of one key are added up; nothing else is
//! counted, so months add up from days and totals from parts. At the end of life nothing is
//! served: tokens 0, cost 0 (empty where no normal price is known), and what is lost stands
//! in the stranded columns at the normal price. Parts that come to nothing have no row.
//! Imports `pricing` and `domain`.
//!
//! Sample: 2027-01, stay, search, claude-x, extended-access: 24,000,000 tokens, $158.40.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::amounts::Amounts;
use super::forecast::{CellForecast, Profile};
use super::history::{History, Quantity, Series};
use super::impact::{ProjectionRow, ProjectionTotal, Scenario};
use super::interval::Spread;
use super::migration::{
    Successor, deciding, move_date, must_move, successor, target, target_quantity,
};
use super::options::ProjectionOptions;
use super::price_path::{PriceBook, PriceKey, Quote, Segment};
use super::totals::{Contributions, totals};
use crate::domain::{
    EndOfLife, EndpointScope, LifecyclePhase, ModelId, MoneyOverflow, Month, PriceBasis, Rate, Text,
};
use crate::pricing::{LifecycleRow, Pricer};

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

/// A cell on one model for some days.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) model_id: ModelId,
    /// `None` for an unresolved profile.
    pub(crate) key: Option<PriceKey>,
    pub(crate) requests: Profile,
    pub(crate) quantities: Vec<(Quantity, Profile)>,
    pub(crate) counts_unknown: bool,
    /// Whose volume it is: what its bounds come from.
    pub(crate) volume: usize,
}

impl Leg {
    /// The cell as it is.
    pub(crate) fn staying(forecast: &CellForecast) -> Self {
        Self {
            model_id: forecast.cell.series.model_id.clone(),
            key: PriceKey::of(&forecast.cell),
            requests: forecast.requests.clone(),
            quantities: forecast.quantities.clone().into_iter().collect(),
            counts_unknown: forecast.counts_unknown,
            volume: forecast.volume,
        }
    }

    /// The cell on its successor: tokens times the ratio, images and requests as they are.
    pub(crate) fn moved(
        forecast: &CellForecast,
        book: &PriceBook<'_>,
        to: &ModelId,
        on: NaiveDate,
        ratio: Rate,
    ) -> Result<Self, MoneyOverflow> {
        let key = target(book.pricer(), &forecast.cell, to, on);
        let mut quantities = Vec::new();
        for (quantity, profile) in &forecast.quantities {
            let profile = if quantity.is_tokens() {
                profile.scaled(ratio)?
            } else {
                profile.clone()
            };
            let quantity = key.as_ref().map_or(*quantity, |key| {
                target_quantity(book.pricer(), key, *quantity, on)
            });
            quantities.push((quantity, profile));
        }
        Ok(Self {
            model_id: to.clone(),
            key,
            requests: forecast.requests.clone(),
            quantities,
            counts_unknown: forecast.counts_unknown,
            volume: forecast.volume,
        })
    }

    /// What the leg comes to in each segment of `[from, to)`.
    pub(crate) fn amounts(
        &self,
        book: &mut PriceBook<'_>,
        region: &Text,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<(Segment, Amounts)>, MoneyOverflow> {
        let segments = book.segments(&self.model_id, region);
        let mut quoted = Vec::new();
        for (quantity, profile) in &self.quantities {
            let quotes = match &self.key {
                Some(key) => Some(book.quotes(key, *quantity)?),
                None => None,
            };
            quoted.push((*quantity, profile, quotes));
        }
        let mut parts = Vec::new();
        for (at, segment) in segments.iter().enumerate() {
            let Some(part) = segment.within(from, to) else {
                continue;
            };
            let quantities = quoted.iter().map(|(quantity, profile, quotes)| {
                let quote = quotes.as_ref().and_then(|quotes| quotes.get(at));
                (*quantity, *profile, quote)
            });
            let amounts = self.part(&part, quantities)?;
            if amounts != Amounts::EMPTY {
                parts.push((part, amounts));
            }
        }
        Ok(parts)
    }

    fn part<'q>(
        &self,
        days: &Segment,
        quantities: impl Iterator<Item = (Quantity, &'q Profile, Option<&'q Quote>)>,
    ) -> Result<Amounts, MoneyOverflow> {
        let mut amounts = Amounts::EMPTY;
        let requests = self.requests.over(days.from, days.to)?;
        let served = days.phase != LifecyclePhase::EndOfLife;
        let priced = if served {
            amounts.requests = requests;
            &mut amounts.served
        } else {
            amounts.stranded_requests = requests;
            &mut amounts.stranded
        };
        for (quantity, profile, quote) in quantities {
            let consumed = profile.over(days.from, days.to)?;
            priced.add(consumed, quote)?;
            if served && quantity.is_tokens() {
                amounts.tokens = amounts.tokens.checked_add(consumed).ok_or(MoneyOverflow)?;
            }
        }
        if self.counts_unknown && requests > 0 {
            priced.add_unknown();
        }
        Ok(amounts)
    }
}

/// How one series goes on: what is announced, whether it must move, and where to.
#[derive(Debug, Clone)]
pub(crate) struct Outlook<'a> {
    pub(crate) announcement: Option<&'a LifecycleRow>,
    pub(crate) must_move: bool,
    pub(crate) successor: Option<Successor>,
}

impl Outlook<'_> {
    /// Where it goes in a scenario, and on which day; `None` when it stays.
    pub(crate) fn moving(
        &self,
        scenario: Scenario,
        as_of: NaiveDate,
    ) -> Option<(ModelId, NaiveDate)> {
        let row = self.announcement.filter(|_| self.must_move)?;
        let to = self.successor.as_ref()?.model_id.clone();
        Some((to, move_date(row, scenario, as_of)?))
    }
}

/// The last announced end of any model in use.
pub(crate) fn last_end(outlooks: &BTreeMap<Series, Outlook<'_>>) -> Option<NaiveDate> {
    let ends = outlooks.values().filter_map(|outlook| {
        let end = outlook.announcement?.end_of_life;
        end.and_then(EndOfLife::on)
    });
    ends.max()
}

/// The outlook of every series of the history.
pub(crate) fn outlooks<'a>(
    pricer: &Pricer<'a>,
    history: &History,
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
    let series = history.seen.keys();
    series
        .map(|series| (series.clone(), outlook(series)))
        .collect()
}

/// The rows of all scenarios, sorted by key (scenarios by name), and their totals.
pub(crate) fn projection_rows(
    forecasts: &[CellForecast],
    outlooks: &BTreeMap<Series, Outlook<'_>>,
    book: &mut PriceBook<'_>,
    spread: &Spread,
    options: &ProjectionOptions,
) -> Result<(Vec<ProjectionRow>, Vec<ProjectionTotal>), MoneyOverflow> {
    let (as_of, end) = (options.as_of, options.end());
    let mut rows = HashMap::new();
    for forecast in forecasts {
        let series = &forecast.cell.series;
        let staying = Leg::staying(forecast);
        let ratio = options.token_ratio(&series.workload).likely;
        let whole = staying.amounts(book, &series.region, as_of, end)?;
        for scenario in Scenario::ALL {
            let outlook = outlooks.get(series);
            let moves = outlook.and_then(|outlook| outlook.moving(scenario, as_of));
            let Some((to, on)) = moves.filter(|(_, on)| *on < end) else {
                add(&mut rows, scenario, series, &staying, &whole)?;
                continue;
            };
            match cut_at(&whole, on) {
                Some(until) => add(&mut rows, scenario, series, &staying, until)?,
                None => {
                    let until = staying.amounts(book, &series.region, as_of, on)?;
                    add(&mut rows, scenario, series, &staying, &until)?;
                }
            }
            let moved = Leg::moved(forecast, book, &to, on, ratio)?;
            let parts = moved.amounts(book, &series.region, on, end)?;
            add(&mut rows, scenario, series, &moved, &parts)?;
        }
    }
    sorted(rows, spread, Month::of(as_of))
}

/// The parts before a day, unless one of them goes on past it. Moves are mostly on days that
/// cut the parts anyway.
fn cut_at(parts: &[(Segment, Amounts)], day: NaiveDate) -> Option<&[(Segment, Amounts)]> {
    let before = parts.partition_point(|(days, _)| days.from < day);
    let (until, _) = parts.split_at(before);
    let ends = until.last().map(|(days, _)| days.to);
    ends.is_none_or(|to| to <= day).then_some(until)
}

fn add(
    rows: &mut HashMap<RowKey, (Amounts, Contributions)>,
    scenario: Scenario,
    series: &Series,
    leg: &Leg,
    parts: &[(Segment, Amounts)],
) -> Result<(), MoneyOverflow> {
    for (days, amounts) in parts {
        let key = RowKey {
            month: days.month(),
            scenario,
            workload: series.workload.clone(),
            account_id: series.account_id.clone(),
            region: series.region.clone(),
            model_id: leg.model_id.clone(),
            endpoint_scope: leg.key.as_ref().map(|key| key.scope),
            phase: days.phase,
        };
        let (sum, contributions) = rows
            .entry(key)
            .or_insert_with(|| (Amounts::EMPTY, Contributions::default()));
        sum.merge(amounts)?;
        contributions.add(leg.volume, amounts.served.cost())?;
    }
    Ok(())
}

/// The rows with their bounds, in order, and what they come to.
fn sorted(
    rows: HashMap<RowKey, (Amounts, Contributions)>,
    spread: &Spread,
    first: Month,
) -> Result<(Vec<ProjectionRow>, Vec<ProjectionTotal>), MoneyOverflow> {
    let mut sorted = Vec::with_capacity(rows.len());
    for (key, (amounts, contributions)) in rows {
        let mut row = row(key, &amounts)?;
        let span = row.month.since(first);
        if let (Some(cost), Some(bounds)) = (row.cost, contributions.bounds(spread, span)) {
            row.cost_low_80 = Some(bounds.low_80.apply(cost)?);
            row.cost_high_80 = Some(bounds.high_80.apply(cost)?);
            row.cost_low_95 = Some(bounds.low_95.apply(cost)?);
            row.cost_high_95 = Some(bounds.high_95.apply(cost)?);
        }
        sorted.push((row, contributions));
    }
    sorted.sort_by(|(a, _), (b, _)| key_of(a).cmp(&key_of(b)));
    let totals = totals(&sorted, spread, first)?;
    Ok((sorted.into_iter().map(|(row, _)| row).collect(), totals))
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
