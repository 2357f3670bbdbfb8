//! The past as the projection sees it: counts per cell and day, and when each series was used.
//!
//! A cell is what shares one price: workload, account, model, Region, scope, tier and prompt
//! band. A series (workload, account, model, Region) is what moves. A volume (workload, model)
//! is what is forecast. Rows on or after `as_of` are not history. Cells keep the counts of the
//! last 60 days: 28 share the forecast out, 30 carry the urgency, and the 30 before those the
//! trend; volumes keep 400. Imports `domain` only.
//!
//! Sample: the cell (search, 111122223333, us-east-1, claude-x, in-region, standard, 0) with
//! 1,200 requests on 2026-11-21.

mod gather;

use std::collections::BTreeMap;

use chrono::{NaiveDate, Timelike};

use self::gather::Gathering;
use super::forecast::{FITTED_DAYS, WINDOW_DAYS};
use super::options::days_before;
use crate::domain::{
    EndpointScope, Granularity, ModelId, MoneyOverflow, ServiceTier, SkuMeter, Text, TokenCounts,
    UsageRow, next_day,
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

/// What is forecast as one: a workload on a model, wherever and however it calls.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Volume {
    pub(crate) workload: Text,
    pub(crate) model_id: ModelId,
}

impl Volume {
    /// The volume that a series is part of.
    pub(crate) fn of(series: &Series) -> Self {
        Self {
            workload: series.workload.clone(),
            model_id: series.model_id.clone(),
        }
    }
}

/// A day of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct DayVolume {
    /// Tokens of all meters; `None` while no row of the day knows any.
    pub(crate) tokens: Option<u64>,
    pub(crate) requests: u64,
    pub(crate) succeeded: u64,
}

impl DayVolume {
    fn add(&mut self, counts: &TokenCounts) -> Option<()> {
        let known = Quantity::all_of(counts)
            .into_iter()
            .any(|(quantity, count)| quantity.is_tokens() && count.is_some());
        if known {
            let tokens = self.tokens.unwrap_or(0).checked_add(counts.tokens())?;
            self.tokens = Some(tokens);
        }
        let succeeded = counts.requests.saturating_sub(counts.failed_requests);
        self.requests = self.requests.checked_add(counts.requests)?;
        self.succeeded = self.succeeded.checked_add(succeeded)?;
        Some(())
    }
}

/// Counts per cell and day, the span of each series, and the days of each volume.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) cells: BTreeMap<Cell, BTreeMap<NaiveDate, TokenCounts>>,
    pub(crate) seen: BTreeMap<Series, Seen>,
    pub(crate) volumes: BTreeMap<Volume, BTreeMap<NaiveDate, DayVolume>>,
}

/// Whether anything was called: a row of zeros, as metrics may hold, is a day without use.
fn is_used(row: &UsageRow) -> bool {
    row.counts.requests > 0 || row.counts.tokens() > 0 || row.counts.images > Some(0)
}

/// Where history ends: the day after the last use of anything, at most `as_of`.
///
/// A log that ends before `as_of` says nothing of the days between; they are no days without
/// use. Only when nothing at all was used for as long as the forecast looks back has the use
/// itself ended. A last day whose hours break off earlier than those of all seven days before
/// it is not over yet in the data: it is not known either.
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
    } else if breaks_off(usage, days_before(end, 1)) {
        days_before(end, 1)
    } else {
        end
    }
}

/// Hours that the last day must end earlier than every day of the week before it.
const BREAKS_OFF_HOURS: u32 = 3;

/// Whether the hours of a day end well before those of each of the seven days before it.
fn breaks_off(usage: &[UsageRow], last: NaiveDate) -> bool {
    let mut last_hours: BTreeMap<NaiveDate, u32> = BTreeMap::new();
    let week = days_before(last, 7)..=last;
    for row in usage
        .iter()
        .filter(|row| is_used(row) && week.contains(&row.day()))
    {
        if row.granularity == Granularity::Day {
            return false;
        }
        let hour = last_hours.entry(row.day()).or_default();
        *hour = (*hour).max(row.hour.hour());
    }
    let Some(end) = last_hours.remove(&last) else {
        return false;
    };
    last_hours.len() == 7
        && last_hours
            .values()
            .all(|hour| *hour >= end + BREAKS_OFF_HOURS)
}

impl History {
    /// Gathers the rows before `as_of`, whatever their order and granularity.
    pub(crate) fn new(usage: &[UsageRow], as_of: NaiveDate) -> Result<Self, MoneyOverflow> {
        let keep_from = days_before(as_of, DAYS_KEPT);
        let fit_from = days_before(as_of, FITTED_DAYS);
        let mut gathering = Gathering::default();
        for row in usage {
            let day = row.day();
            if day >= as_of || !is_used(row) {
                continue;
            }
            let number = gathering.series(row, day);
            if day >= fit_from {
                let of_day = gathering.volume(number, day);
                of_day.add(&row.counts).ok_or(MoneyOverflow)?;
            }
            if day >= keep_from {
                let counts = gathering.cell(number, row, day);
                *counts = counts.add(&row.counts).ok_or(MoneyOverflow)?;
            }
        }
        Ok(gathering.into_history())
    }

    /// Forgets the counts of days, the greatest part of it; what is left is when each series was
    /// used.
    pub(crate) fn forget_counts(&mut self) {
        self.cells = BTreeMap::new();
        self.volumes = BTreeMap::new();
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
