//! What the projection assumes or cannot know, as findings.
//!
//! Codes: `short-history`, `usage-ends-early`, `extended-access-not-announced`,
//! `extended-access-price-assumed`, `idle-lapse`; those of moves are in `move_findings`. What was left out or unpriced in the past is a finding of the charges.
//! Imports `pricing`, `domain` and `diagnostic`.
//!
//! Sample: `warning[short-history]: search, claude-x in us-east-1: the forecast rests on 9 days`.

use std::collections::BTreeMap;

use super::forecast::Window;
use super::history::{History, Series};
use super::impact::{ProjectionRow, Scenario, UrgencyRow};
use super::options::ProjectionOptions;

use super::reason::{days, idle};
use super::scenario::Outlook;
use crate::diagnostic::Diagnostic;
use crate::domain::{LifecyclePhase, ModelId, MoneyOverflow, PriceBasis, Text, Usd};
use crate::pricing::LifecycleRow;

/// A last use so many days ago makes the forecast doubtful: a whole week is empty.
const LONG_AGO_DAYS: i64 = 7;

/// A forecast that rests on little, for every series with use in the last 30 days.
pub(crate) fn short_histories(history: &History, options: &ProjectionOptions) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (series, seen) in history.used_since(options.last_30_days()) {
        let window = Window::of(seen, options.history_end);
        let idle = options
            .history_end
            .signed_duration_since(seen.last)
            .num_days();
        let message = if window.is_short() {
            format!(
                "the forecast rests on {} only, since the first use on {}; expect it to change as history grows",
                days(i64::try_from(window.days()).unwrap_or(i64::MAX)),
                seen.first
            )
        } else if idle > LONG_AGO_DAYS {
            format!(
                "last used on {}, {idle} days before the usage ends; less is projected with every day without use",
                seen.last
            )
        } else {
            continue;
        };
        findings.push(Diagnostic::info("short-history", name(series), message));
    }
    findings
}

/// Usage that ends before `as_of`: the days between are not known.
pub(crate) fn stale_usage(options: &ProjectionOptions) -> Option<Diagnostic> {
    let missing = options
        .as_of
        .signed_duration_since(options.history_end)
        .num_days();
    (missing > 0).then(|| {
        let message = format!(
            "usage ends before {}, {missing} days before as_of: the forecast rests on the 28 days before that, the last 30 days hold fewer days of cost; add the missing days or give --as-of {}",
            options.history_end, options.history_end
        );
        Diagnostic::warning("usage-ends-early", "usage", message)
    })
}

/// Extended Access that is assumed, or not announced at all, with the money it decides.
pub(crate) fn extended_access(
    rows: &[ProjectionRow],
    outlooks: &BTreeMap<Series, Outlook<'_>>,
) -> Result<Vec<Diagnostic>, MoneyOverflow> {
    let announcements: BTreeMap<(&ModelId, &Text), &LifecycleRow> = outlooks
        .iter()
        .filter_map(|(series, outlook)| {
            Some(((&series.model_id, &series.region), outlook.announcement?))
        })
        .collect();
    let mut stakes: BTreeMap<(&ModelId, &Text), (Usd, Usd)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.scenario == Scenario::Stay) {
        let (Some(cost), Some(high)) = (row.cost, row.cost_assumed_high) else {
            continue;
        };
        let (assumed, possible) = stakes.entry((&row.model_id, &row.region)).or_default();
        let in_part =
            row.phase == LifecyclePhase::ExtendedAccess && row.cost_assumed_low != Some(high);
        if row.price_basis == PriceBasis::Assumed || in_part {
            let premium = row.extended_access_premium.unwrap_or(Usd::ZERO);
            *assumed = assumed.add(premium)?;
        }
        *possible = possible.add(high.subtract(cost)?)?;
    }
    let mut findings = Vec::new();
    for ((model, region), (assumed, possible)) in stakes {
        let subject = format!("{model} in {region}");
        let row = announcements.get(&(model, region));
        let unannounced = row.and_then(|row| row.unannounced_extended_access_from());
        if let Some(from) = unannounced.filter(|_| possible != Usd::ZERO) {
            let message = format!(
                "no Extended Access is announced, but the policy allows it from {from}; its price enters only the upper bound of the assumed cost"
            );
            findings.push(
                Diagnostic::warning("extended-access-not-announced", subject, message)
                    .with_cost(possible),
            );
        } else if assumed != Usd::ZERO {
            let message = "no price of Extended Access is published; its future is priced at the assumed multiple of the normal price (extended_access.multiplier in eolcast.toml)";
            findings.push(
                Diagnostic::warning("extended-access-price-assumed", subject, message)
                    .with_cost(assumed),
            );
        }
    }
    Ok(findings)
}

/// Legacy models whose last use is nearly as old as the idle limit.
pub(crate) fn idle_lapses(rows: &[UrgencyRow], options: &ProjectionOptions) -> Vec<Diagnostic> {
    rows.iter()
        .filter_map(|row| {
            let words = idle(row, options.history_end, options.legacy_idle_days)?;
            let subject = format!("{}, {} in {}", row.workload, row.model_id, row.region);
            let message = words.replacen("Last", "last", 1);
            Some(Diagnostic::warning("idle-lapse", subject, message))
        })
        .collect()
}

pub(crate) fn name(series: &Series) -> String {
    format!(
        "{}, {} in {}",
        series.workload, series.model_id, series.region
    )
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
