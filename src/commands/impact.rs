//! From priced usage to the whole report as a value.

use chrono::NaiveDate;

use super::pipeline::{Priced, days_without_usage, with_greatest_count};
use crate::cli::UsageArgs;
use crate::diagnostic::{self, Diagnostic};
use crate::domain::{UsageRow, give_memory_back, next_day};
use crate::projection::{
    ImpactReport, ProjectionOptions, backtest, merge_prices_used, project, variance,
};

/// Old usage only: without a word, an empty projection would look like good news.
fn nothing_recent(usage: &[UsageRow], as_of: NaiveDate) -> Option<Diagnostic> {
    let last = usage.iter().map(UsageRow::day).max()?;
    let message = format!(
        "no model was used in the 30 days before {as_of}, so nothing is ranked; the last use is of {last}: is newer usage missing? else give --as-of {}",
        next_day(last)
    );
    Some(Diagnostic::warning("no-recent-usage", "usage", message))
}

/// Whether the forecasts of the past are made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backtest {
    Made,
    NotAsked,
}

/// Projects and ranks priced usage.
pub(super) fn impact(
    priced: Priced,
    arguments: &UsageArgs,
    asked: Backtest,
) -> anyhow::Result<ImpactReport> {
    let (horizon, demo) = (arguments.horizon, arguments.demo);
    let pricer = priced.tables.pricer(&priced.settings.assumptions);
    let options = ProjectionOptions {
        as_of: priced.as_of,
        history_end: priced.history_end,
        horizon,
        workloads: priced.plans,
        lead_times: priced.settings.lead_times,
        legacy_idle_days: priced.settings.legacy_idle_days,
        scenarios: priced.settings.scenarios.clone(),
        events: priced.settings.events.clone(),
        stored_tokens: priced.settings.stored_tokens.clone(),
        destinations: priced.destinations,
    };
    let overflow = |overflow| with_greatest_count(&priced.usage, overflow);
    let tested = match asked {
        Backtest::Made => Some(backtest(&priced.usage, &options).map_err(overflow)?),
        Backtest::NotAsked => None,
    };
    let projected = project(&priced.usage, &pricer, &options).map_err(overflow)?;
    give_memory_back();
    let prices_used = merge_prices_used(&projected.prices_used, &priced.charges.charges, &pricer)
        .map_err(overflow)?;
    let variance =
        variance(&priced.charges.costs, &priced.charges.charges, priced.month).map_err(overflow)?;
    let checked = || prices_used.iter().map(|price| price.checked_on);
    let mut findings = priced.findings;
    findings.extend(projected.findings);
    if projected.urgency.is_empty() {
        findings.extend(nothing_recent(&priced.usage, priced.as_of));
    }
    // The month that the closed one is compared with.
    if !variance.is_empty() {
        let earlier = priced.month.previous();
        findings.extend(days_without_usage(&priced.usage, earlier, priced.as_of));
    }
    diagnostic::order(&mut findings);
    let tables_hash = priced.tables.hash.clone();
    // Nobody needs the tables any more, and to take them apart would only take time.
    std::mem::forget(priced.tables);
    Ok(ImpactReport {
        as_of: priced.as_of,
        month: priced.month,
        horizon,
        tables_hash,
        prices_checked: checked().min().zip(checked().max()),
        demo,
        usage: priced.usage,
        coverage: priced.coverage,
        costs: priced.charges.costs,
        charges: priced.charges.charges,
        projection: projected.projection,
        scenarios: projected.scenarios,
        totals: projected.totals,
        backtest: tested,
        urgency: projected.urgency,
        timeline: projected.timeline,
        variance,
        prices_used,
        findings,
    })
}
