//! The past as the projection sees it: counts per cell and day, and when each series was used.
//!
//! A cell is what shares one price: workload, account, model, Region, scope, tier and prompt
//! band. A series (workload, account, model, Region) is what moves. Rows on or after `as_of`
//! are not history. Only the last 60 days keep their counts: 28 carry the forecast, 30 the
//! urgency, and the 30 before those the trend. Imports `domain` only.
//!
//! Sample: the cell (search, 111122223333, us-east-1, claude-x, in-region, standard, 0) with
//! 1,200 requests on 2026-11-21.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::forecast::WINDOW_DAYS;
use super::options::days_before;
use crate::domain::{
    EndpointScope, ModelId, MoneyOverflow, ServiceTier, SkuMeter, Text, TokenCounts, UsageRow,
    next_day,
};

/// The workload of rows that no rule claimed.
const UNALLOCATED: &str = "unallocated";

/// How many days before `as_of` keep their counts.
const DAYS_KEPT: u64 = 60;

/// What moves as one, and what urgency ranks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Series {
    pub(crate) workload: Text,
    pub(crate) account_id: Text,
    pub(crate) region: Text,
    pub(crate) model_id: ModelId,
}

/// What shares one price.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cell {
    pub(crate) series: Series,
    pub(crate) endpoint_scope: Option<EndpointScope>,
    pub(crate) service_tier: ServiceTier,
    pub(crate) prompt_band: Option<u64>,
}

/// What is counted in a cell besides requests. A cache write of unknown time to live stays a
/// quantity of its own until it is priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Quantity {
    Meter(SkuMeter),
    CacheWriteUnknown,
}

impl Quantity {
    /// Whether the count is one of tokens.
    pub(crate) fn is_tokens(self) -> bool {
        match self {
            Self::Meter(meter) => meter.is_tokens(),
            Self::CacheWriteUnknown => true,
        }
    }

    /// Every quantity with its count, `None` where unknown.
    pub(crate) fn all_of(counts: &TokenCounts) -> [(Self, Option<u64>); 7] {
        [
            (Self::Meter(SkuMeter::Input), counts.input_tokens),
            (Self::Meter(SkuMeter::Output), counts.output_tokens),
            (Self::Meter(SkuMeter::CacheRead), counts.cache_read_tokens),
            (
                Self::Meter(SkuMeter::CacheWrite5m),
                counts.cache_write_5m_tokens,
            ),
            (
                Self::Meter(SkuMeter::CacheWrite1h),
                counts.cache_write_1h_tokens,
            ),
            (Self::CacheWriteUnknown, counts.cache_write_unknown_tokens),
            (Self::Meter(SkuMeter::Image), counts.images),
        ]
    }
}

/// The first and the last day with use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) first: NaiveDate,
    pub(crate) last: NaiveDate,
}

/// Counts per cell and day, and the span of each series.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) cells: BTreeMap<Cell, BTreeMap<NaiveDate, TokenCounts>>,
    pub(crate) seen: BTreeMap<Series, Seen>,
}

/// Whether anything was called: a row of zeros, as metrics may hold, is a day without use.
fn is_used(row: &UsageRow) -> bool {
    row.counts.requests > 0 || row.counts.tokens() > 0 || row.counts.images > Some(0)
}

/// Where history ends: the day after the last use of anything, at most `as_of`.
///
/// A log that ends before `as_of` says nothing of the days between; they are no days without
/// use. Only when nothing at all was used for as long as the forecast looks back has the use
/// itself ended.
pub fn end_of_history(usage: &[UsageRow], as_of: NaiveDate) -> NaiveDate {
    // Usage from `as_of` on shows that the days before it were seen.
    let last = usage
        .iter()
        .filter(|row| is_used(row))
        .map(UsageRow::day)
        .max();
    let end = last.map_or(as_of, |day| next_day(day).min(as_of));
    if end <= days_before(as_of, WINDOW_DAYS) {
        as_of
    } else {
        end
    }
}

impl History {
    /// Gathers the rows before `as_of`, whatever their order and granularity.
    pub(crate) fn new(usage: &[UsageRow], as_of: NaiveDate) -> Result<Self, MoneyOverflow> {
        let keep_from = days_before(as_of, DAYS_KEPT);
        let mut cells: HashMap<Cell, BTreeMap<NaiveDate, TokenCounts>> = HashMap::new();
        let mut seen: HashMap<Series, Seen> = HashMap::new();
        for row in usage {
            let day = row.day();
            if day >= as_of || !is_used(row) {
                continue;
            }
            let series = Series {
                workload: row.workload.clone().unwrap_or_else(|| UNALLOCATED.into()),
                account_id: row.account_id.clone(),
                region: row.region.clone(),
                model_id: row.model_id.clone(),
            };
            match seen.get_mut(&series) {
                Some(span) => {
                    span.first = span.first.min(day);
                    span.last = span.last.max(day);
                }
                None => {
                    let span = Seen {
                        first: day,
                        last: day,
                    };
                    seen.insert(series.clone(), span);
                }
            }
            if day < keep_from {
                continue;
            }
            let cell = Cell {
                series,
                endpoint_scope: row.endpoint_scope,
                service_tier: row.service_tier,
                prompt_band: row.prompt_band,
            };
            let counts = cells.entry(cell).or_default().entry(day).or_default();
            *counts = counts.add(&row.counts).ok_or(MoneyOverflow)?;
        }
        Ok(Self {
            cells: cells.into_iter().collect(),
            seen: seen.into_iter().collect(),
        })
    }

    /// The cells of a series, in order.
    pub(crate) fn cells_of<'a>(
        &'a self,
        series: &'a Series,
    ) -> impl Iterator<Item = (&'a Cell, &'a BTreeMap<NaiveDate, TokenCounts>)> {
        let first = Cell {
            series: series.clone(),
            endpoint_scope: None,
            service_tier: ServiceTier::Standard,
            prompt_band: None,
        };
        self.cells
            .range(first..)
            .take_while(move |(cell, _)| cell.series == *series)
    }

    /// The sum of a cell's days in `[from, to)`.
    pub(crate) fn sum(
        days: &BTreeMap<NaiveDate, TokenCounts>,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<TokenCounts, MoneyOverflow> {
        if to <= from {
            return Ok(TokenCounts::default());
        }
        days.range(from..to)
            .try_fold(TokenCounts::default(), |sum, (_, counts)| sum.add(counts))
            .ok_or(MoneyOverflow)
    }

    /// The series last used in `[from, ...)`.
    pub(crate) fn used_since(&self, from: NaiveDate) -> impl Iterator<Item = (&Series, Seen)> {
        self.seen
            .iter()
            .filter(move |(_, span)| span.last >= from)
            .map(|(series, span)| (series, *span))
    }
}
