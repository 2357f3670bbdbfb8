//! What the last 30 days cost, and how much of a workload has already moved.
//!
//! Days are added up where month, phase and price are constant, then priced: the same cost as
//! the charges, to the last digit. Imports `pricing` and `domain`.
//!
//! Sample: search, claude-x, 2026-10-23 to 2026-11-21: list cost $1,188.00.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::amounts::Priced;
use super::history::{History, Quantity, Series};
use super::price_path::{PriceBook, PriceKey};
use crate::domain::{Decimal, ModelId, MoneyOverflow, Text, TokenCounts};

/// The money of a series over `[from, to)`, which lies in the book's span.
pub(crate) fn cost_of(
    history: &History,
    series: &Series,
    book: &mut PriceBook<'_>,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Priced, MoneyOverflow> {
    let mut sum = Priced::EMPTY;
    let segments = book.segments(&series.model_id, &series.region);
    for (cell, days) in history.cells_of(series) {
        let key = PriceKey::of(cell);
        for (at, segment) in segments.iter().enumerate() {
            let Some(part) = segment.within(from, to) else {
                continue;
            };
            let counts = History::sum(days, part.from, part.to)?;
            add_counts(&mut sum, &counts, key.as_ref(), book, at)?;
        }
    }
    Ok(sum)
}

fn add_counts(
    sum: &mut Priced,
    counts: &TokenCounts,
    key: Option<&PriceKey>,
    book: &mut PriceBook<'_>,
    segment: usize,
) -> Result<(), MoneyOverflow> {
    let mut known = false;
    for (quantity, count) in Quantity::all_of(counts) {
        let Some(count) = count else { continue };
        known = true;
        match key {
            Some(key) => sum.add(count, book.quotes(key, quantity)?.get(segment))?,
            None => sum.add(count, None)?,
        }
    }
    if !known && counts.requests > counts.failed_requests {
        sum.add_unknown();
    }
    Ok(())
}

/// Tokens (and requests, for models that count none) per workload and model over some days.
#[derive(Debug, Clone, Default)]
pub(crate) struct Volumes(BTreeMap<(Text, ModelId), (u64, u64)>);

impl Volumes {
    /// The volumes of `[from, to)`, over all accounts and Regions: a move may change those too.
    pub(crate) fn of(
        history: &History,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Self, MoneyOverflow> {
        let mut volumes: BTreeMap<_, (u64, u64)> = BTreeMap::new();
        for (cell, days) in &history.cells {
            let counts = History::sum(days, from, to)?;
            let key = (cell.series.workload.clone(), cell.series.model_id.clone());
            let (tokens, requests) = volumes.entry(key).or_default();
            *tokens = tokens.checked_add(counts.tokens()).ok_or(MoneyOverflow)?;
            *requests = requests.checked_add(counts.requests).ok_or(MoneyOverflow)?;
        }
        Ok(Self(volumes))
    }

    /// The successor's share of what a workload does on it and on the model, 0 to 1 with four
    /// places; by requests where neither counts tokens, `None` where neither was used.
    pub(crate) fn migrated_share(
        &self,
        workload: &Text,
        model: &ModelId,
        successor: &ModelId,
    ) -> Option<Decimal> {
        let volume = |of: &ModelId| {
            let key = (workload.clone(), of.clone());
            self.0.get(&key).copied().unwrap_or_default()
        };
        let (on, from) = (volume(successor), volume(model));
        let (moved, left) = if (on.0, from.0) == (0, 0) {
            (on.1, from.1)
        } else {
            (on.0, from.0)
        };
        let all = Decimal::from(moved).checked_add(Decimal::from(left))?;
        Some(Decimal::from(moved).checked_div(all)?.round_dp(4))
    }
}
