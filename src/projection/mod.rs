//! What comes next: expected usage priced day by day through the phases, and urgency.
//!
//! The result is a plain value, [`ImpactReport`]; `report` turns it into tables once and
//! computes nothing. [`project`] fills its projection, urgency, timeline and prices. Imports
//! `usage`, `pricing`, `domain` and `diagnostic`.
//!
//! The flow: usage rows become a history, the history a forecast per cell (`forecast`), planned
//! events change its volumes (`volume`, `events`), and each scenario (`scenario`) plays every
//! cell (`course`) as legs (`legs`) along the segments of the price book.
//!
//! Sample: 1,000,000 input tokens a day of claude-x at 3.00 are $93.00 for January under
//! `stay`, and $186.00 in Extended Access at twice the price.

mod amounts;
#[allow(clippy::float_arithmetic)]
mod backtest;
#[cfg(test)]
#[allow(clippy::float_arithmetic, clippy::unwrap_used, clippy::panic)]
mod bench_tests;
mod compare;
mod course;
mod effort;
mod events;
mod findings;
// Volumes are statistics; they become whole numbers before they are priced.
#[allow(clippy::float_arithmetic)]
mod forecast;
mod forecast_findings;
mod history;
mod impact;
#[allow(clippy::float_arithmetic)]
mod interval;
mod legs;
mod migration;
mod move_findings;
mod options;
mod past;
mod price_path;
mod prices_used;
mod project;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod properties_of_scenarios;
mod reason;
#[cfg(test)]
mod sample;
mod scenario;
mod timeline;
mod totals;
mod urgency;
mod variance;
mod volume;

pub use backtest::{BacktestRow, backtest};
pub use events::{
    Events, Growth, Launch, Launched, LaunchedCounts, Period, PlannedMove, PriceChange, Selection,
};
pub use impact::{
    ImpactReport, PriceUsed, ProjectionRow, ProjectionTotal, Scenario, ScenarioRow, TimelineEvent,
    TimelineRow, Urgency, UrgencyRow,
};
pub use options::{LeadTimes, ProjectionOptions, TokenRatio, WorkloadPlan};
pub use prices_used::merge_prices_used;
pub use scenario::Wave;
pub use variance::{Change, Effects, VarianceRow, VarianceTotal, variance};

use crate::diagnostic::{self, Diagnostic};
use crate::domain::{MoneyOverflow, UsageRow, give_memory_back};
use crate::pricing::Pricer;
use history::History;
pub use history::end_of_history;
use price_path::{PastEnd, PriceBook};
use volume::CellPlan;

/// All that the projection says, each table sorted by its key.
#[derive(Debug, Clone, Default)]
pub struct Projected {
    /// The future, by scenario.
    pub projection: Vec<ProjectionRow>,
    /// What each scenario saves and costs once.
    pub scenarios: Vec<ScenarioRow>,
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
    let mut history = History::new(usage, as_of)?;
    let mut forecast = forecast::forecast(&history, options)?;
    let mut findings = findings::short_histories(&history, options);
    findings.extend(forecast_findings::forecast_findings(
        &history, &forecast, options,
    ));
    let mut behind = PriceBook::new(pricer, options.last_30_days(), as_of, PastEnd::Happened);
    let past = urgency::past_costs(&history, &mut behind, options)?;
    let volumes = urgency::RecentVolumes::of(&history, options)?;
    // The scenarios need room; what is asked of history from here on is who used what until when.
    history.forget_counts();
    let cells = std::mem::take(&mut forecast.cells);
    let cells: Vec<CellPlan> = cells.into_iter().map(CellPlan::of).collect();
    give_memory_back();
    let launched = events::launched_series(&cells, &options.events);
    let outlooks = scenario::outlooks(pricer, &history, launched.into_iter(), options);
    // What Extended Access adds until the end does not depend on how far the tables look, and
    // what a month on the successor costs is asked even of a shorter horizon.
    let far = options.reaching(scenario::last_end(&outlooks));
    let until = far.end().max(options.next_30_days());
    let plans = events::with_events(cells, options, until)?;
    let stored_vectors = course::stored_vectors(&plans, &outlooks, pricer, options)?;
    let book = |to| {
        PriceBook::new(pricer, as_of, to, PastEnd::Stranded)
            .with_changes(&options.events.price_changes)
    };
    let scenarios = scenario::scenarios(options);
    let stage = project::Stage {
        plans: &plans,
        outlooks: &outlooks,
        stored_vectors: &stored_vectors,
        spread: &forecast.spread,
        scenarios: &scenarios,
        options,
    };
    let near = end.max(options.next_30_days());
    let played = project::play(&stage, || book(near))?;
    let (projection, totals) = (played.rows, played.totals);
    let mut prices_used = played.prices_used;
    let scenario_rows = compare::scenario_rows(played.comparisons, options)?;

    let far_stage = project::Stage {
        scenarios: &[Scenario::Stay],
        options: &far,
        ..stage
    };
    let far_rows = match far.end() > end {
        true => {
            let played = project::play(&far_stage, || book(until))?;
            prices_used.extend(played.prices_used);
            played.rows
        }
        false => Vec::new(),
    };
    let ground = urgency::Ground {
        history: &history,
        plans: &plans,
        stored_vectors: &stored_vectors,
        outlooks: &outlooks,
        projection: if far_rows.is_empty() {
            &projection
        } else {
            &far_rows
        },
        projection_end: far.end(),
        past: &past,
        volumes: &volumes,
        options,
    };
    let (urgency, used) = urgency::urgency_rows(&ground, || book(until))?;
    prices_used.extend(used);
    let timeline = timeline::timeline_rows(&past, &outlooks, options)?;

    findings.extend(findings::stale_usage(options));
    findings.extend(findings::extended_access(&projection, &outlooks)?);
    findings.extend(move_findings::moves(&stage, pricer));
    findings.extend(move_findings::without_effect(&stage, pricer, &history));
    findings.extend(findings::idle_lapses(&urgency, options));
    diagnostic::order(&mut findings);
    Ok(Projected {
        prices_used: prices_used.into_iter().collect(),
        projection,
        scenarios: scenario_rows,
        totals,
        urgency,
        timeline,
        findings,
    })
}
