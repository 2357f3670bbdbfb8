//! The best scenario of each workload, and the sum of each scenario: over rows of the
//! `scenarios` table.
//!
//! Best is what saves most after what it costs once. A scenario of which a saving or a one-off
//! cost is not known is not compared. Imports `projection` and `domain`.
//!
//! Sample: search: migrate-now saves 671.55, 100.00 once, pays until 2027-04-01.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::summary::add;
use crate::domain::{MoneyOverflow, Text, Usd};
use crate::projection::{Scenario, ScenarioRow};

/// What the best scenario does for one workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BestMove {
    pub(super) workload: Text,
    pub(super) scenario: Scenario,
    pub(super) saving: Usd,
    pub(super) premium_avoided: Usd,
    pub(super) one_off: Usd,
    pub(super) delay_per_day: Option<Usd>,
    /// The first of its models' days: later, not all of the move pays any more.
    pub(super) pays_until: Option<NaiveDate>,
}

impl BestMove {
    fn net(&self) -> Result<Usd, MoneyOverflow> {
        self.saving.subtract(self.one_off)
    }

    /// One scenario of one workload: the sum of its rows, if all of it is known.
    fn of(rows: &[&ScenarioRow]) -> Result<Option<Self>, MoneyOverflow> {
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let mut sum = Self {
            workload: first.workload.clone(),
            scenario: first.scenario.clone(),
            saving: Usd::ZERO,
            premium_avoided: Usd::ZERO,
            one_off: Usd::ZERO,
            delay_per_day: None,
            pays_until: None,
        };
        for row in rows.iter().filter(|row| row.migrate_on.is_some()) {
            let (Some(saving), Some(once)) = (row.saving_to_end_of_life, row.one_off_cost) else {
                return Ok(None);
            };
            sum.saving = sum.saving.add(saving)?;
            sum.one_off = sum.one_off.add(once)?;
            let premium = row.premium_avoided.unwrap_or_default();
            sum.premium_avoided = sum.premium_avoided.add(premium)?;
            if let Some(delay) = row.cost_of_delay_per_day {
                sum.delay_per_day = Some(sum.delay_per_day.unwrap_or_default().add(delay)?);
            }
            sum.pays_until = match (sum.pays_until, row.pays_until) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        Ok(Some(sum))
    }
}

/// The workloads that save by a move, the most first.
pub(super) fn best_moves(rows: &[ScenarioRow]) -> Result<Vec<BestMove>, MoneyOverflow> {
    let mut grouped: BTreeMap<(&Text, &str), Vec<&ScenarioRow>> = BTreeMap::new();
    for row in rows {
        let key = (&row.workload, row.scenario.as_str());
        grouped.entry(key).or_default().push(row);
    }
    let mut best: BTreeMap<Text, (Usd, BestMove)> = BTreeMap::new();
    for rows in grouped.values() {
        let Some(found) = BestMove::of(rows)? else {
            continue;
        };
        let net = found.net()?;
        let better = best
            .get(&found.workload)
            .is_none_or(|(known, _)| net > *known);
        if net > Usd::ZERO && better {
            best.insert(found.workload.clone(), (net, found));
        }
    }
    let mut moves: Vec<(Usd, BestMove)> = best.into_values().collect();
    moves.sort_by(|(one, _), (other, _)| other.cmp(one));
    Ok(moves.into_iter().map(|(_, found)| found).collect())
}

/// What a scenario comes to over everything that it moves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ScenarioSum {
    /// Of the savings that are known; empty where none is.
    pub(super) saving: Option<Usd>,
    pub(super) premium_avoided: Option<Usd>,
    pub(super) one_off: Option<Usd>,
    pub(super) requests_kept: u64,
    /// Whether some saving or one-off cost is not known.
    pub(super) in_part: bool,
}

/// The sums of all scenarios that move something, in order of name.
pub(super) fn scenario_sums(
    rows: &[ScenarioRow],
) -> Result<BTreeMap<&str, ScenarioSum>, MoneyOverflow> {
    let mut sums: BTreeMap<&str, ScenarioSum> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.migrate_on.is_some()) {
        let sum = sums.entry(row.scenario.as_str()).or_default();
        add(&mut sum.saving, row.saving_to_end_of_life)?;
        add(&mut sum.premium_avoided, row.premium_avoided)?;
        add(&mut sum.one_off, row.one_off_cost)?;
        sum.in_part |= row.saving_to_end_of_life.is_none() || row.one_off_cost.is_none();
        let kept = row.stranded_requests_avoided;
        sum.requests_kept = sum.requests_kept.saturating_add(kept);
    }
    Ok(sums)
}
