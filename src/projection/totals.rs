//! What rows of the projection come to, with bounds of the sums themselves.
//!
//! Every row remembers which forecast volumes its cost comes from; a sum's bounds are drawn
//! from the errors of all of them together. Imports `domain` only.
//!
//! Sample: stay, 2026-12, all workloads: $41,000.00, 80% between $37,000.00 and $45,400.00.

use hashbrown::HashMap;

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
            None => {
                // Nearly always the only one, of very many rows.
                self.0.reserve_exact(1);
                self.0.push((volume, cost));
            }
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
type Key<'r> = (&'r Scenario, Option<&'r Text>, Option<Month>);

/// What a volume costs in a month, by their numbers.
type VolumeCost = ((usize, usize), Usd);

/// The sums of rows: each month, each workload, each workload's month, and all.
pub(crate) fn totals(
    rows: &[(ProjectionRow, Contributions)],
    spread: &Spread,
    first: Month,
) -> Result<Vec<ProjectionTotal>, MoneyOverflow> {
    let mut totals = Vec::new();
    // One way of summing at a time: each holds every row once.
    for (by_workload, by_month) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut parts: HashMap<Key<'_>, Vec<VolumeCost>, foldhash::fast::RandomState> =
            HashMap::default();
        for (row, contributions) in rows {
            let workload = by_workload.then_some(&row.workload);
            let key = (&row.scenario, workload, by_month.then_some(row.month));
            let span = row.month.since(first);
            let costs = contributions.0.iter();
            let of_key = parts.entry(key).or_default();
            of_key.extend(costs.map(|(volume, cost)| ((*volume, span), *cost)));
        }
        for (key, parts) in parts {
            totals.extend(total(key, parts, spread)?);
        }
    }
    totals.sort_by(|one, other| {
        one.scenario
            .cmp(&other.scenario)
            .then_with(|| one.workload.cmp(&other.workload))
            .then_with(|| one.month.cmp(&other.month))
    });
    Ok(totals)
}

fn total(
    (scenario, workload, month): Key<'_>,
    mut all: Vec<VolumeCost>,
    spread: &Spread,
) -> Result<Option<ProjectionTotal>, MoneyOverflow> {
    all.sort_by_key(|(of, _)| *of);
    let mut parts: Vec<VolumeCost> = Vec::with_capacity(all.len());
    for (of, cost) in all {
        match parts.last_mut() {
            Some((last, sum)) if *last == of => *sum = sum.add(cost)?,
            _ => parts.push((of, cost)),
        }
    }
    let cost = Usd::sum(parts.iter().map(|(_, cost)| *cost))?;
    let of_parts = parts
        .iter()
        .map(|((volume, span), cost)| Part::of_cost(*volume, *span, *cost));
    let Some(bounds) = spread.bounds(&of_parts.collect::<Vec<_>>()) else {
        return Ok(None);
    };
    Ok(Some(ProjectionTotal {
        scenario: scenario.clone(),
        workload: workload.cloned(),
        month,
        cost,
        cost_low_80: bounds.low_80.apply(cost)?,
        cost_high_80: bounds.high_80.apply(cost)?,
        cost_low_95: bounds.low_95.apply(cost)?,
        cost_high_95: bounds.high_95.apply(cost)?,
    }))
}
