//! What comes next: expected usage priced day by day through the phases, and urgency.
//!
//! The result is a plain value, [`ImpactReport`]; `report` turns it into tables once and
//! computes nothing. [`project`] fills its projection, urgency, timeline and prices. Imports
//! `usage`, `pricing`, `domain` and `diagnostic`.
//!
//! The flow: usage rows become a history, the history a forecast per cell, and each scenario
//! prices that forecast along the segments of the price book.
//!
//! Sample: 1,000,000 input tokens a day of claude-x at 3.00 are $93.00 for January under
//! `stay`, and $186.00 in Extended Access at twice the price.

mod amounts;
#[allow(clippy::float_arithmetic)]
mod backtest;
#[cfg(test)]
#[allow(clippy::float_arithmetic, clippy::unwrap_used, clippy::panic)]
mod bench_tests;
mod findings;
// Volumes are statistics; they become whole numbers before they are priced.
#[allow(clippy::float_arithmetic)]
mod forecast;
mod forecast_findings;
mod history;
mod impact;
#[allow(clippy::float_arithmetic)]
mod interval;
mod migration;
mod options;
mod past;
mod price_path;
mod prices_used;
mod project;
#[cfg(test)]
mod properties;
mod reason;
#[cfg(test)]
mod sample;
mod timeline;
mod totals;
mod urgency;

use std::collections::BTreeSet;

pub use backtest::{BacktestRow, backtest};
pub use impact::{
    ImpactReport, PriceUsed, ProjectionRow, ProjectionTotal, Scenario, TimelineEvent, TimelineRow,
    Urgency, UrgencyRow,
};
pub use options::{LeadTimes, ProjectionOptions, TokenRatio, WorkloadPlan};
pub use prices_used::merge_prices_used;

use crate::diagnostic::{self, Diagnostic};
use crate::domain::{MoneyOverflow, UsageRow};
use crate::pricing::Pricer;
use history::History;
pub use history::end_of_history;
use price_path::{PastEnd, PriceBook};

/// All that the projection says, each table sorted by its key.
#[derive(Debug, Clone, Default)]
pub struct Projected {
    /// The future, by scenario.
    pub projection: Vec<ProjectionRow>,
    /// What it comes to: by workload and month, each and all.
    pub totals: Vec<ProjectionTotal>,
    /// Who must move first.
    pub urgency: Vec<UrgencyRow>,
    /// What happens when.
    pub timeline: Vec<TimelineRow>,
    /// The prices of future days that a number rests on; [`merge_prices_used`] adds those of
    /// the charges.
    pub prices_used: Vec<PriceUsed>,
    /// What is assumed or not known, the costliest first.
    pub findings: Vec<Diagnostic>,
}

/// Projects usage rows that know their workload. Rows on or after `as_of` are not history.
pub fn project(
    usage: &[UsageRow],
    pricer: &Pricer<'_>,
    options: &ProjectionOptions,
) -> Result<Projected, MoneyOverflow> {
    let (as_of, end) = (options.as_of, options.end());
    let history = History::new(usage, as_of)?;
    let forecast = forecast::forecast(&history, options)?;
    let forecasts = &forecast.cells;
    let outlooks = project::outlooks(pricer, &history, options);
    // What a month on the successor costs is asked even of a shorter horizon.
    let until = end.max(options.next_30_days());
    let mut ahead = PriceBook::new(pricer, as_of, until, PastEnd::Stranded);
    let spread = &forecast.spread;
    let (projection, totals) =
        project::projection_rows(forecasts, &outlooks, &mut ahead, spread, options)?;

    let mut behind = PriceBook::new(pricer, options.last_30_days(), as_of, PastEnd::Happened);
    let past = urgency::past_costs(&history, &mut behind, options)?;
    // What Extended Access adds until the end does not depend on how far the tables look.
    let far = options.reaching(project::last_end(&outlooks));
    let mut far_ahead = PriceBook::new(pricer, as_of, far.end().max(until), PastEnd::Stranded);
    let far_rows = match far.end() > end {
        true => project::projection_rows(forecasts, &outlooks, &mut far_ahead, spread, &far)?.0,
        false => Vec::new(),
    };
    let ground = urgency::Ground {
        history: &history,
        forecasts,
        outlooks: &outlooks,
        projection: if far_rows.is_empty() {
            &projection
        } else {
            &far_rows
        },
        projection_end: far.end(),
        past: &past,
        options,
    };
    let urgency = urgency::urgency_rows(&ground, &mut far_ahead)?;
    let timeline = timeline::timeline_rows(&past, &outlooks, options)?;

    let mut findings = findings::short_histories(&history, options);
    findings.extend(forecast_findings::forecast_findings(
        &history, &forecast, options,
    ));
    findings.extend(findings::stale_usage(options));
    findings.extend(findings::extended_access(&projection, &outlooks)?);
    findings.extend(findings::moves(pricer, forecasts, &outlooks, options));
    findings.extend(findings::idle_lapses(&urgency, options));
    diagnostic::order(&mut findings);
    let mut prices_used: BTreeSet<PriceUsed> = ahead.prices_used();
    prices_used.extend(far_ahead.prices_used());
    Ok(Projected {
        prices_used: prices_used.into_iter().collect(),
        projection,
        totals,
        urgency,
        timeline,
        findings,
    })
}
