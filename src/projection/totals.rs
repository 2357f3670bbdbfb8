//! What rows of the projection come to, with bounds of the sums themselves.
//!
//! Every row remembers which forecast volumes its cost comes from; a sum's bounds are drawn
//! from the errors of all of them together. Imports `domain` only.
//!
//! Sample: stay, 2026-12, all workloads: $41,000.00, 80% between $37,000.00 and $45,400.00.

use std::collections::BTreeMap;

use super::impact::{ProjectionRow, ProjectionTotal, Scenario};
use super::interval::{Bounds, Part, Spread};
use crate::domain::{MoneyOverflow, Month, Text, Usd};

/// The cost of a row by volume.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contributions(Vec<(usize, Usd)>);

impl Contributions {
    /// Adds what a volume costs, if that is known.
    pub(crate) fn add(&mut self, volume: usize, cost: Option<Usd>) -> Result<(), MoneyOverflow> {
        let Some(cost) = cost else { return Ok(()) };
        match self.0.iter_mut().find(|(known, _)| *known == volume) {
            Some((_, sum)) => *sum = sum.add(cost)?,
            None => self.0.push((volume, cost)),
        }
        Ok(())
    }

    /// The bounds of a row in a month.
    pub(crate) fn bounds(&self, spread: &Spread, span: usize) -> Option<Bounds> {
        let parts = self
            .0
            .iter()
            .map(|(volume, cost)| Part::of_cost(*volume, span, *cost));
        spread.bounds(&parts.collect::<Vec<_>>())
    }
}

/// Scenario, workload and month; what is empty is summed over.
type Key = (Scenario, Option<Text>, Option<Month>);

/// The sums of rows: each month, each workload, each workload's month, and all.
pub(crate) fn totals(
    rows: &[(ProjectionRow, Contributions)],
    spread: &Spread,
    first: Month,
) -> Result<Vec<ProjectionTotal>, MoneyOverflow> {
    let mut sums: BTreeMap<Key, BTreeMap<(usize, usize), Usd>> = BTreeMap::new();
    for (row, contributions) in rows {
        let span = row.month.since(first);
        for workload in [None, Some(&row.workload)] {
            for month in [None, Some(row.month)] {
                let key = (row.scenario.clone(), workload.cloned(), month);
                let sum = sums.entry(key).or_default();
                for (volume, cost) in &contributions.0 {
                    let part = sum.entry((*volume, span)).or_default();
                    *part = part.add(*cost)?;
                }
            }
        }
    }
    sums.into_iter()
        .map(|(key, parts)| total(key, &parts, spread))
        .filter_map(Result::transpose)
        .collect()
}

fn total(
    (scenario, workload, month): Key,
    parts: &BTreeMap<(usize, usize), Usd>,
    spread: &Spread,
) -> Result<Option<ProjectionTotal>, MoneyOverflow> {
    let cost = Usd::sum(parts.values().copied())?;
    let of_parts = parts
        .iter()
        .map(|((volume, span), cost)| Part::of_cost(*volume, *span, *cost));
    let Some(bounds) = spread.bounds(&of_parts.collect::<Vec<_>>()) else {
        return Ok(None);
    };
    Ok(Some(ProjectionTotal {
        scenario,
        workload,
        month,
        cost,
        cost_low_80: bounds.low_80.apply(cost)?,
        cost_high_80: bounds.high_80.apply(cost)?,
        cost_low_95: bounds.low_95.apply(cost)?,
        cost_high_95: bounds.high_95.apply(cost)?,
    }))
}
