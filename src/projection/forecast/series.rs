//! The forecast of one series of days: its path, and how far off such paths were.
//!
//! The series is cut at its last lasting jump, the methods are chosen on what is left, and
//! the same methods forecast from every origin of the past: what they missed there, per span
//! of the real horizon, is what the intervals are drawn from. A series without use for four
//! weeks (longer, if it paused that long before) is dead: nothing is expected of it.
//! Imports nothing.
//!
//! Sample: 400 days of use, no jump: 400 days of path and the errors of up to 49 origins.

use super::choose::{choose, origins, paths};
use super::shift::last_shift;
use super::smooth::mean;

/// Days without use after which nothing is expected any more.
pub(crate) const DEAD_DAYS: usize = 28;
/// ... but at least this many of its longest pauses.
const DEAD_PAUSES: usize = 2;
/// Days after an origin that an error is asked of, at least.
const LEAST_AFTER: usize = 14;
/// An error is measured against the forecast, or this share of the mean where that is more:
/// nothing expected and something used is no infinite error.
const LEAST_EXPECTED: f64 = 0.05;

/// Days `[from, to)` from the end of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// What a forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Basis {
    /// Days that it was fitted to.
    pub(crate) days: usize,
    /// Days before the end of the history at which the last jump lies.
    pub(crate) jumped: Option<usize>,
    /// Whether it is dead.
    pub(crate) dead: bool,
    /// Whether its errors were measured on its own past.
    pub(crate) measured: bool,
}

/// The forecast of a series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SeriesForecast {
    /// Expected counts from the end of the history on.
    pub(crate) path: Vec<f64>,
    /// Relative errors by origin (the latest first, a week apart) and span; `None` where the
    /// span is not over yet.
    pub(crate) errors: Vec<Vec<Option<f64>>>,
    pub(crate) basis: Basis,
}

/// Forecasts a series of days that begins with a day of use.
pub(crate) fn forecast_series(days: &[f64], horizon: usize, spans: &[Span]) -> SeriesForecast {
    let mut basis = Basis {
        days: days.len(),
        jumped: None,
        dead: false,
        measured: false,
    };
    if is_dead(days) {
        basis.dead = true;
        return SeriesForecast {
            path: vec![0.0; horizon],
            errors: Vec::new(),
            basis,
        };
    }
    let shift = last_shift(days);
    let fitted = days.get(shift..).unwrap_or_default();
    basis.days = fitted.len();
    basis.jumped = (shift > 0).then_some(fitted.len());
    let chosen = choose(fitted);
    // The past and what is to come in one run of the methods.
    let mut asked = asked(fitted.len(), spans);
    asked.push((fitted.len(), horizon));
    let mut paths = paths(&chosen.methods, fitted, &asked);
    let path = paths.pop().unwrap_or_default();
    let errors = errors(fitted, &asked, &paths, spans);
    basis.measured = errors.iter().flatten().any(Option::is_some);
    SeriesForecast {
        path,
        errors,
        basis,
    }
}

/// Whether the use of a series has ended.
fn is_dead(days: &[f64]) -> bool {
    let used = days.iter().enumerate().filter(|(_, value)| **value > 0.0);
    let used: Vec<usize> = used.map(|(day, _)| day).collect();
    let pauses = used.iter().zip(used.iter().skip(1));
    let longest = pauses.map(|(one, next)| next - one).max().unwrap_or(0);
    let idle = used.last().map_or(days.len(), |last| days.len() - 1 - last);
    idle >= DEAD_DAYS && idle > DEAD_PAUSES * longest
}

/// The origins of the past, and how many days are asked of each: up to the end of the last span
/// that is over.
fn asked(length: usize, spans: &[Span]) -> Vec<(usize, usize)> {
    let days = |origin: usize| {
        let ends = spans.iter().map(|span| span.to);
        let over = ends.filter(|end| *end <= length - origin);
        over.max().unwrap_or(0)
    };
    let origins = origins(length, LEAST_AFTER).into_iter();
    origins.map(|origin| (origin, days(origin))).collect()
}

/// The errors of paths, the latest origin first.
fn errors(
    days: &[f64],
    asked: &[(usize, usize)],
    paths: &[Vec<f64>],
    spans: &[Span],
) -> Vec<Vec<Option<f64>>> {
    let usual = mean(days) * LEAST_EXPECTED;
    let error = |origin: usize, path: &[f64], span: &Span| {
        let expected: f64 = path.get(span.from..span.to)?.iter().sum();
        let actual: f64 = days.get(origin + span.from..origin + span.to)?.iter().sum();
        let against = expected.max(usual * (span.to - span.from) as f64);
        Some(if against > 0.0 {
            (actual - expected) / against
        } else {
            0.0
        })
    };
    let of_origin = |((origin, _), path): (&(usize, usize), &Vec<f64>)| {
        let of_spans = spans.iter().map(|span| error(*origin, path, span));
        of_spans.collect()
    };
    let origins = asked.iter().zip(paths);
    origins.rev().map(of_origin).collect()
}
