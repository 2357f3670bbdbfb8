//! What rows of the projection come to, with bounds of the sums themselves.
//!
//! Every row remembers which forecast volumes its cost comes from; a sum's bounds are drawn
//! from the errors of all of them together. Imports `domain` only.
//!
//! Sample: stay, 2026-12, all workloads: $41,000.00, 80% between $37,000.00 and $45,400.00.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::impact::{ProjectionRow, ProjectionTotal, Scenario};
use super::interval::{Bounds, Part, Spread};
use crate::domain::{MoneyOverflow, Month, Text, Usd, in_parallel};

/// The cost of a row by volume: nearly always of one, in very many rows.
#[derive(Debug, Clone, Default)]
pub(crate) enum Contributions {
    #[default]
    None,
    One(usize, Usd),
    Many(Vec<(usize, Usd)>),
}

impl Contributions {
    /// Adds what a volume costs, if that is known.
    pub(crate) fn add(&mut self, volume: usize, cost: Option<Usd>) -> Result<(), MoneyOverflow> {
        let Some(cost) = cost else { return Ok(()) };
        match self {
            Self::None => *self = Self::One(volume, cost),
            Self::One(known, sum) if *known == volume => *sum = sum.add(cost)?,
            Self::One(known, sum) => *self = Self::Many(vec![(*known, *sum), (volume, cost)]),
            Self::Many(parts) => match parts.iter_mut().find(|(known, _)| *known == volume) {
                Some((_, sum)) => *sum = sum.add(cost)?,
                None => parts.push((volume, cost)),
            },
        }
        Ok(())
    }

    fn iter(&self) -> impl Iterator<Item = (usize, Usd)> + '_ {
        let (one, many) = match self {
            Self::None => (None, &[][..]),
            Self::One(volume, cost) => (Some((*volume, *cost)), &[][..]),
            Self::Many(parts) => (None, parts.as_slice()),
        };
        one.into_iter().chain(many.iter().copied())
    }

    /// The bounds of a row in a month.
    pub(crate) fn bounds(&self, spread: &Spread, span: usize) -> Option<Bounds> {
        match self {
            Self::One(volume, cost) => spread.bounds(&[Part::of_cost(*volume, span, *cost)]),
            _ => {
                let parts = self
                    .iter()
                    .map(|(volume, cost)| Part::of_cost(volume, span, cost));
                spread.bounds(&parts.collect::<Vec<_>>())
            }
        }
    }
}

/// Workload and month; what is empty is summed over.
type Key<'r> = (Option<&'r Text>, Option<Month>);

/// What a volume costs in a month, by their numbers.
type VolumeCost = ((usize, usize), Usd);

/// Some rows of one scenario.
type OfScenario<'r> = &'r [(ProjectionRow, Contributions)];

/// The sums of rows, which are sorted by month and scenario: each month, each workload, each
/// workload's month, and all.
pub(crate) fn totals(
    rows: &[(ProjectionRow, Contributions)],
    spread: &Spread,
    first: Month,
) -> Result<Vec<ProjectionTotal>, MoneyOverflow> {
    let mut of_scenarios: BTreeMap<&Scenario, Vec<OfScenario<'_>>> = BTreeMap::new();
    for rows in rows.chunk_by(|(one, _), (next, _)| one.scenario == next.scenario) {
        if let Some((row, _)) = rows.first() {
            of_scenarios.entry(&row.scenario).or_default().push(rows);
        }
    }
    // A way of summing at a time: it holds every row of the scenario once.
    let ways = [(false, false), (false, true), (true, false), (true, true)];
    let ways: Vec<_> = of_scenarios
        .iter()
        .flat_map(|(scenario, rows)| ways.map(|way| (*scenario, rows, way)))
        .collect();
    let summed = in_parallel(&ways, 1, |_, (scenario, rows, (by_workload, by_month))| {
        let mut parts: HashMap<Key<'_>, Vec<VolumeCost>, foldhash::fast::RandomState> =
            HashMap::default();
        for (row, contributions) in rows.iter().copied().flatten() {
            let key = (
                by_workload.then_some(&row.workload),
                by_month.then_some(row.month),
            );
            let span = row.month.since(first);
            let costs = contributions.iter();
            let of_key = parts.entry(key).or_default();
            of_key.extend(costs.map(|(volume, cost)| ((volume, span), cost)));
        }
        let parts = parts.into_iter();
        let totals = parts.map(|(key, parts)| total(scenario, key, parts, spread));
        totals.collect::<Result<Vec<_>, _>>()
    });
    let mut totals = Vec::new();
    for of_way in summed {
        totals.extend(of_way?.into_iter().flatten());
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
    scenario: &Scenario,
    (workload, month): Key<'_>,
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
