//! What a forecast rests on, where that is less than it should be, as findings.
//!
//! Codes: `level-shift`, `no-longer-used`, `bounds-not-measured`; `short-history` is one of
//! `findings`. Imports `domain` and `diagnostic`.
//!
//! Sample: `info[level-shift]: search, claude-x: use changed lastingly on 2026-10-20`.

use super::forecast::Forecasts;
use super::history::History;
use super::options::{ProjectionOptions, days_before};
use crate::diagnostic::Diagnostic;

/// A volume that ended so many days ago is no news any more.
const NEWS_DAYS: u64 = 60;

/// Jumps, ends, and bounds that no past could tell.
pub(crate) fn forecast_findings(
    history: &History,
    forecasts: &Forecasts,
    options: &ProjectionOptions,
) -> Vec<Diagnostic> {
    let end = options.history_end;
    let ago = |days: usize| days_before(end, u64::try_from(days).unwrap_or_default());
    let mut findings = Vec::new();
    let (mut untold, mut alive) = (0_usize, 0_usize);
    for (volume, basis) in &forecasts.bases {
        let subject = || format!("{}, {}", volume.workload, volume.model_id);
        let last = history
            .volumes
            .get(volume)
            .and_then(|days| days.keys().next_back());
        if basis.dead {
            if let Some(last) = last.filter(|last| **last >= days_before(end, NEWS_DAYS)) {
                let message = format!("not used since {last}: no use is expected any more");
                findings.push(Diagnostic::info("no-longer-used", subject(), message));
            }
            continue;
        }
        alive += 1;
        untold += usize::from(!basis.measured);
        if let Some(days) = basis.jumped {
            let message = format!(
                "use changed lastingly around {}: the forecast rests on the {days} days since",
                ago(days)
            );
            findings.push(Diagnostic::info("level-shift", subject(), message));
        }
    }
    if untold > 0 {
        let message = format!(
            "{untold} of {alive} forecasts (a workload on a model each) have too few days behind them to measure how far they are off: their 80% and 95% bounds are wide, set and not measured"
        );
        findings.push(Diagnostic::info("bounds-not-measured", "forecast", message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::sample::{World, codes, daily, usage};

    fn findings_of(days: u64, changed: u64) -> Vec<String> {
        let mut world = World::new();
        let as_of = world.options.as_of;
        let (low, high) = (
            usage("search", "new", 1, 100, 0),
            usage("search", "new", 1, 400, 0),
        );
        world.usage = daily(&low, as_of - chrono::Days::new(changed), days - changed);
        world.usage.extend(daily(&high, as_of, changed));
        codes(&world.project())
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    }

    #[test]
    fn bounds_are_measured_once_a_span_of_the_horizon_lies_behind_eight_weeks() {
        // The first span, to the end of November, is 9 days; origins are asked from 14 days on.
        assert_eq!(findings_of(69, 0), ["bounds-not-measured"]);
        assert!(findings_of(70, 0).is_empty());
    }

    #[test]
    fn a_jump_is_named() {
        assert_eq!(findings_of(200, 28), ["bounds-not-measured", "level-shift"]);
    }

    #[test]
    fn an_end_is_named_while_it_is_news() {
        let ended = |ago: u64| {
            let mut world = World::new();
            let as_of = world.options.as_of;
            let row = usage("search", "new", 1, 100, 0);
            world.usage = daily(&row, as_of - chrono::Days::new(ago - 1), 100);
            world
                .usage
                .extend(daily(&usage("chat", "new", 1, 100, 0), as_of, 100));
            codes(&world.project())
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(ended(60), ["no-longer-used"]);
        assert!(ended(61).is_empty());
    }
}
