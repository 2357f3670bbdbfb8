//! Who bears the effort of a migration: people's work in US dollars, given once.
//!
//! The effort of a wave is that of the whole wave; without one the effort of each workload
//! counts, once for all its series that move. It is shared by what each costs until its end,
//! in whole cents, the last taking what is left, so that the shares add up to the effort.
//! Imports `domain`.
//!
//! Sample: 1,000 among series of 300 and 100: 750.00 and 250.00.

use std::collections::BTreeMap;

use super::compare::{Comparison, Outcome};
use super::options::ProjectionOptions;
use crate::domain::{Decimal, MoneyOverflow, Usd};

/// Who shares an effort: what one wave moves, or the moving series of one workload.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bearer<'c> {
    Wave(&'c str, usize),
    Workload(&'c str, &'c str),
}

/// The effort by scenario and place of the comparison.
pub(crate) fn efforts<'c>(
    comparisons: &'c [Comparison],
    options: &ProjectionOptions,
) -> Result<BTreeMap<(&'c str, usize), Usd>, MoneyOverflow> {
    let mut shared: BTreeMap<Bearer<'c>, (Usd, Vec<usize>)> = BTreeMap::new();
    for (at, comparison) in comparisons.iter().enumerate() {
        for outcome in &comparison.outcomes {
            if let Some((bearer, effort)) = bearer(comparison, outcome, options) {
                let (_, places) = shared.entry(bearer).or_insert((effort, Vec::new()));
                places.push(at);
            }
        }
    }
    let mut efforts = BTreeMap::new();
    for (bearer, (effort, places)) in shared {
        let (Bearer::Wave(scenario, _) | Bearer::Workload(scenario, _)) = bearer;
        let weights: Vec<Usd> = places
            .iter()
            .map(|at| comparisons.get(*at).and_then(Comparison::stay_cost))
            .map(Option::unwrap_or_default)
            .collect();
        for (at, share) in places.into_iter().zip(shares(effort, &weights)?) {
            efforts.insert((scenario, at), share);
        }
    }
    Ok(efforts)
}

/// Who bears the effort of a move, and how much that is for all who share it.
pub(crate) fn bearer<'c>(
    comparison: &'c Comparison,
    outcome: &'c Outcome,
    options: &ProjectionOptions,
) -> Option<(Bearer<'c>, Usd)> {
    let moving = outcome.moving.as_ref()?;
    let scenario = outcome.scenario.as_str();
    let of_wave = moving.wave.and_then(|at| {
        let effort = options.scenarios.get(at)?.effort?;
        Some((Bearer::Wave(scenario, at), effort))
    });
    of_wave.or_else(|| {
        let workload = &comparison.series.workload;
        let effort = options.plan(workload)?.effort?;
        Some((Bearer::Workload(scenario, workload), effort))
    })
}

/// An amount by weights, in whole cents, the last taking the rest; equal where nothing weighs.
fn shares(amount: Usd, weights: &[Usd]) -> Result<Vec<Usd>, MoneyOverflow> {
    let all = Usd::sum(weights.iter().copied())?.amount();
    let mut left = amount;
    let mut shares = Vec::new();
    for (at, weight) in weights.iter().enumerate() {
        let last = at + 1 == weights.len();
        let exact = match all.is_zero() {
            true => amount.amount().checked_div(Decimal::from(weights.len())),
            false => amount
                .amount()
                .checked_mul(weight.amount())
                .and_then(|product| product.checked_div(all)),
        };
        let share = match last {
            true => left,
            false => Usd::new(exact.ok_or(MoneyOverflow)?.round_dp(2)),
        };
        left = left.subtract(share)?;
        shares.push(share);
    }
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::super::sample::usd;
    use super::*;

    #[test]
    fn shares_add_up_to_the_amount() {
        let of = |amount: &str, weights: &[&str]| {
            let weights: Vec<Usd> = weights.iter().map(|weight| usd(weight)).collect();
            let shares = shares(usd(amount), &weights).unwrap();
            shares.iter().map(Usd::to_string).collect::<Vec<_>>()
        };
        assert_eq!(of("1000", &["300", "100"]), ["750", "250"]);
        assert_eq!(of("100", &["1", "1", "1"]), ["33.33", "33.33", "33.34"]);
        assert_eq!(of("100", &["0", "0"]), ["50", "50"]);
        assert!(of("100", &[]).is_empty());
    }
}
