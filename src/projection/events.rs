//! What the user knows of the future: growth, launches, moves that are planned, prices agreed.
//!
//! Events change the volumes of the forecast (or, a price change, the prices) in every
//! scenario, `stay` too. Growth begins on its day, at the earliest on `as_of` (history holds
//! what came before), goes in a straight line through each period and compounds from period to
//! period. A launch adds calls: a percentage of what a workload does, or so many a day. A
//! planned move takes a share of the volume more every month, in a straight line too. Launches
//! given in counts are taken as they are: growth does not change them. What was launched or
//! moved before `as_of` is in the forecast already and is not counted again.
//! Imports `usage` (patterns) and `domain`.
//!
//! Sample: 10 percent a month from 2026-12-01: x 1.05 halfway, x 1.1 on 2027-01-01, x 1.21 on
//! 2027-02-01.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};

use super::history::{Cell, Quantity, Series};
use super::options::{ProjectionOptions, TokenRatio};
use super::volume::{CellPlan, PLANNED, Share, Volume, days_in};
use crate::domain::{
    Decimal, EndpointScope, ModelId, MoneyOverflow, Rate, ServiceTier, SkuMeter, Text,
};
use crate::usage::Pattern;

/// Which usage something is meant for; an empty list is everything.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Names of workloads.
    pub workloads: Vec<Pattern>,
    /// Model ids, as the tables hold them.
    pub models: Vec<Pattern>,
    /// Regions.
    pub regions: Vec<Pattern>,
}

impl Selection {
    pub(crate) fn holds(&self, series: &Series) -> bool {
        let any = |patterns: &[Pattern], text: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
        };
        any(&self.workloads, &series.workload)
            && any(&self.models, series.model_id.as_str())
            && any(&self.regions, &series.region)
    }
}

/// How often growth compounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Every month.
    Month,
    /// Every year.
    Year,
}

impl Period {
    const fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Year => 12,
        }
    }
}

/// Volumes that grow or shrink.
#[derive(Debug, Clone)]
pub struct Growth {
    /// Whose.
    pub selection: Selection,
    /// Factor of one period: 1.03 is 3 percent more.
    pub factor: Rate,
    /// The period.
    pub period: Period,
    /// The first day; `as_of` if not given.
    pub from: Option<NaiveDate>,
    /// The day on which it stops; the level reached stays.
    pub to: Option<NaiveDate>,
}

/// New calls.
#[derive(Debug, Clone)]
pub struct Launch {
    /// What is launched.
    pub what: Launched,
    /// The first day.
    pub from: NaiveDate,
    /// The first day without it; never if not given.
    pub to: Option<NaiveDate>,
    /// Weeks until the whole of it is there, in a straight line; 0 is at once.
    pub ramp_weeks: u32,
}

/// How much is launched.
#[derive(Debug, Clone)]
pub enum Launched {
    /// A share of what the selected usage does: 0.4 is 40 percent more.
    Share(Selection, Rate),
    /// So many every day.
    Counts(Box<LaunchedCounts>),
}

/// Counts of a launch, each day.
#[derive(Debug, Clone)]
pub struct LaunchedCounts {
    /// The workload, by its name.
    pub workload: Text,
    /// The account; the workload's own if it has one only.
    pub account_id: Option<Text>,
    /// The Region that is called.
    pub region: Text,
    /// The model.
    pub model_id: ModelId,
    /// How it is called.
    pub endpoint_scope: EndpointScope,
    /// Calls.
    pub requests: u64,
    /// Tokens by meter.
    pub tokens: BTreeMap<SkuMeter, u64>,
}

/// A move that happens in every scenario.
#[derive(Debug, Clone)]
pub struct PlannedMove {
    /// Who moves.
    pub selection: Selection,
    /// Where to.
    pub successor: ModelId,
    /// The first day.
    pub from: NaiveDate,
    /// Share of the volume that moves in each month, until all has.
    pub share_per_month: Rate,
    /// Tokens on the successor; the workload's own ratio if not given.
    pub token_ratio: Option<TokenRatio>,
}

impl PlannedMove {
    /// The share that has moved on a day by the plan.
    fn by_plan(&self, day: NaiveDate) -> Share {
        let Some((months, days, length)) = since(self.from, day, Period::Month) else {
            return Share::NONE;
        };
        let rate = self.share_per_month.factor().normalize();
        let part = u128::try_from(rate.mantissa()).unwrap_or(0);
        let elapsed = u128::from(months) * u128::from(length) + u128::from(days);
        Share::of(
            part.saturating_mul(elapsed),
            10_u128.saturating_pow(rate.scale()) * u128::from(length),
        )
    }

    /// The share of what is there on `as_of` that has moved on a day: what moved before is not
    /// in the forecast any more. By a plan that is over nothing moves.
    fn share(&self, as_of: NaiveDate, day: NaiveDate) -> Share {
        self.by_plan(day).of_what_is_left(self.by_plan(as_of))
    }

    /// Whether all should have moved.
    pub(crate) fn is_over(&self, as_of: NaiveDate) -> bool {
        self.by_plan(as_of) == Share::ALL
    }
}

/// A price agreed for the future.
#[derive(Debug, Clone)]
pub struct PriceChange {
    /// For which models.
    pub models: Vec<Pattern>,
    /// From which day on.
    pub from: NaiveDate,
    /// What is left of the list price: 0.85 after a discount of 15 percent.
    pub remainder: Rate,
}

/// All that is planned.
#[derive(Debug, Clone, Default)]
pub struct Events {
    /// Growth.
    pub growths: Vec<Growth>,
    /// Launches.
    pub launches: Vec<Launch>,
    /// Moves in every scenario.
    pub moves: Vec<PlannedMove>,
    /// Prices.
    pub price_changes: Vec<PriceChange>,
}

/// A cell with all events in it: what stays on its model, and what moves in every scenario.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) plan: CellPlan,
    pub(crate) moved: Vec<PlannedPart>,
}

/// A part that is on its successor whatever the scenario.
#[derive(Debug, Clone)]
pub(crate) struct PlannedPart {
    pub(crate) plan: CellPlan,
    pub(crate) to: ModelId,
    pub(crate) on: NaiveDate,
    pub(crate) ratio: TokenRatio,
}

/// The forecast of every cell with the events of `[as_of, end)` in it, sorted by cell.
pub(crate) fn with_events(
    forecasts: Vec<CellPlan>,
    options: &ProjectionOptions,
    end: NaiveDate,
) -> Result<Vec<Planned>, MoneyOverflow> {
    let events = &options.events;
    let mut plans = Vec::new();
    for forecast in forecasts {
        let plan = grown(forecast, events, options.as_of, end)?;
        plans.push(enlarged(plan, events, options.as_of, end)?);
    }
    let launched = launched(&plans, events, options.as_of, end)?;
    plans.extend(launched);
    plans.sort_by(|a, b| a.cell.cmp(&b.cell));
    plans
        .into_iter()
        .map(|plan| moved(plan, options, end))
        .collect()
}

/// Whole periods since a day, days into the one that runs, and how many days that has.
fn since(from: NaiveDate, day: NaiveDate, period: Period) -> Option<(u32, u64, u64)> {
    if day < from {
        return None;
    }
    let start_of = |n: u32| from.checked_add_months(Months::new(n * period.months()));
    let mut whole = 0;
    while start_of(whole + 1).is_some_and(|next| next <= day) {
        whole += 1;
    }
    let (start, next) = (start_of(whole)?, start_of(whole + 1)?);
    Some((whole, days_in(start, day), days_in(start, next).max(1)))
}

/// The factor that growth has reached on a day, exact to 12 places.
fn growth_factor(growth: &Growth, as_of: NaiveDate, day: NaiveDate) -> Option<Decimal> {
    let from = growth.from.map_or(as_of, |from| from.max(as_of));
    let last = growth.to.map_or(day, |to| day.min(to));
    let Some((whole, days, length)) = since(from, last, growth.period) else {
        return Some(Decimal::ONE);
    };
    let each = growth.factor.factor();
    let compounded = (0..whole).try_fold(Decimal::ONE, |factor, _| {
        Some(factor.checked_mul(each)?.round_dp(12))
    })?;
    let more = each.checked_sub(Decimal::ONE)?;
    let of_period = more
        .checked_mul(Decimal::from(days))?
        .checked_div(Decimal::from(length))?;
    let factor = compounded.checked_mul(of_period.checked_add(Decimal::ONE)?)?;
    Some(factor.round_dp(12))
}

fn grown(
    plan: CellPlan,
    events: &Events,
    as_of: NaiveDate,
    end: NaiveDate,
) -> Result<CellPlan, MoneyOverflow> {
    let series = &plan.cell.series;
    let own: Vec<&Growth> = events
        .growths
        .iter()
        .filter(|growth| growth.selection.holds(series))
        .collect();
    if own.is_empty() {
        return Ok(plan);
    }
    let mut factors = Vec::new();
    for day in as_of.iter_days().take_while(|day| *day < end) {
        let factor = own.iter().try_fold(Decimal::ONE, |factor, growth| {
            factor.checked_mul(growth_factor(growth, as_of, day)?)
        });
        factors.push(Rate::new(factor.ok_or(MoneyOverflow)?.round_dp(12)));
    }
    plan.mapped(as_of, end, |day, count| {
        let at = usize::try_from(days_in(as_of, day)).ok()?;
        factors.get(at)?.apply_to_count(count)
    })
}

/// How much of a launch is there on a day. History holds a launch that began before `as_of`.
fn launched_share(launch: &Launch, as_of: NaiveDate, day: NaiveDate) -> Share {
    if launch.from < as_of || day < launch.from || launch.to.is_some_and(|to| to <= day) {
        return Share::NONE;
    }
    ramp(launch.from, u64::from(launch.ramp_weeks) * 7, day)
}

/// What has moved on a day of a ramp that begins on `from`: 1 part of `days` on the first day,
/// one more on each, all on the last.
pub(crate) fn ramp(from: NaiveDate, days: u64, day: NaiveDate) -> Share {
    if day < from {
        return Share::NONE;
    }
    Share::of(u128::from(days_in(from, day)) + 1, u128::from(days))
}

fn enlarged(
    plan: CellPlan,
    events: &Events,
    as_of: NaiveDate,
    end: NaiveDate,
) -> Result<CellPlan, MoneyOverflow> {
    let series = plan.cell.series.clone();
    let own: Vec<(&Launch, Rate)> = events
        .launches
        .iter()
        .filter_map(|launch| match &launch.what {
            Launched::Share(selection, rate) => selection.holds(&series).then_some((launch, *rate)),
            Launched::Counts(_) => None,
        })
        .collect();
    if own.is_empty() {
        return Ok(plan);
    }
    plan.mapped(as_of, end, |day, count| {
        own.iter().try_fold(count, |sum, (launch, rate)| {
            let added = rate.apply_to_count(count)?;
            sum.checked_add(launched_share(launch, as_of, day).of_count(added)?)
        })
    })
}

/// The series that launches bring, of which history may know nothing.
pub(crate) fn launched_series(plans: &[CellPlan], events: &Events) -> Vec<Series> {
    let launches = events.launches.iter();
    launches
        .filter_map(|launch| match &launch.what {
            Launched::Counts(counts) => Some(series_of(plans, counts)),
            Launched::Share(..) => None,
        })
        .collect()
}

fn series_of(plans: &[CellPlan], counts: &LaunchedCounts) -> Series {
    Series {
        workload: counts.workload.clone(),
        account_id: account(plans, counts),
        region: counts.region.clone(),
        model_id: counts.model_id.clone(),
    }
}

fn launched(
    plans: &[CellPlan],
    events: &Events,
    as_of: NaiveDate,
    end: NaiveDate,
) -> Result<Vec<CellPlan>, MoneyOverflow> {
    let counted = events
        .launches
        .iter()
        .filter_map(|launch| match &launch.what {
            Launched::Counts(counts) => Some((launch, counts)),
            Launched::Share(..) => None,
        });
    counted
        .map(|(launch, counts)| {
            let daily = |count: u64| {
                Volume::of_days(as_of, end, |day| {
                    let share = launched_share(launch, as_of, day);
                    share.of_count(count).ok_or(MoneyOverflow)
                })
            };
            let tokens = counts.tokens.iter();
            Ok(CellPlan {
                cell: Cell {
                    series: series_of(plans, counts),
                    endpoint_scope: Some(counts.endpoint_scope),
                    service_tier: ServiceTier::Standard,
                    prompt_band: Some(0),
                },
                volume: PLANNED,
                requests: daily(counts.requests)?,
                quantities: tokens
                    .map(|(meter, count)| Ok((Quantity::Meter(*meter), daily(*count)?)))
                    .collect::<Result<_, _>>()?,
                counts_unknown: false,
            })
        })
        .collect()
}

/// The account that is named, else the workload's own if it is one only, else unknown.
fn account(plans: &[CellPlan], counts: &LaunchedCounts) -> Text {
    if let Some(account) = &counts.account_id {
        return account.clone();
    }
    let mut own = plans
        .iter()
        .map(|plan| &plan.cell.series)
        .filter(|series| series.workload == counts.workload)
        .map(|series| &series.account_id);
    let first = own.next();
    first
        .filter(|first| own.all(|account| account == *first))
        .map_or_else(|| "".into(), Text::clone)
}

fn moved(
    plan: CellPlan,
    options: &ProjectionOptions,
    end: NaiveDate,
) -> Result<Planned, MoneyOverflow> {
    let series = plan.cell.series.clone();
    let mut planned = Planned {
        plan,
        moved: Vec::new(),
    };
    for planned_move in &options.events.moves {
        if !planned_move.selection.holds(&series) || planned_move.successor == series.model_id {
            continue;
        }
        let (part, rest) = planned.plan.split(options.as_of, end, |day| {
            planned_move.share(options.as_of, day)
        })?;
        planned.plan = rest;
        planned.moved.push(PlannedPart {
            plan: part,
            to: planned_move.successor.clone(),
            on: planned_move.from.max(options.as_of),
            ratio: planned_move
                .token_ratio
                .unwrap_or_else(|| options.token_ratio(&series.workload)),
        });
    }
    Ok(planned)
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
