//! How far volumes may be off: 80% and 95% bounds of parts, and of their sums.
//!
//! The relative errors of each series' own forecasts in the past, on the same days for all
//! series, are drawn jointly: an interval of any sum (a row, a workload, a month, the whole
//! horizon) comes from the errors that the sum would have had from each origin. So what hits
//! all series at once stays together, and what does not evens out. Where a span of the horizon
//! is longer than the past can tell, the last known error grows with the square root of the
//! distance; where a series has no past to tell at all, its errors are invented (wide, with a
//! fixed seed, each series for itself).
//!
//! The bounds are `sum / (1 + z r)` and `sum (1 + z r)`, never negative, where `r` is the root
//! mean square of the errors. The factors `z` are not those of a normal distribution: methods
//! are chosen on the same past, and usage has heavy tails. They were set on the series of
//! tests/bench/forecast, where the coverage they give is measured. Imports `domain` only.
//!
//! Sample: errors of 10% give $869.57 to $1,150.00 around $1,000.00 at 80%.

use rust_decimal::prelude::ToPrimitive;

use super::forecast::{SeriesForecast, Span};
use crate::domain::{Decimal, Rate, Usd};

/// Errors that are drawn, a week apart.
const DRAWS: usize = 44;
/// Root mean squares to either side, 80%.
const FACTOR_80: f64 = 1.5;
/// ... 95%.
const FACTOR_95: f64 = 3.5;
/// The error of the first month of a series that has no past to tell.
const UNTOLD: f64 = 0.5;
/// No forecast is better than this.
const LEAST: f64 = 0.01;
/// The middle of the span that [`UNTOLD`] is said of, in days.
const FIRST_MIDDLE: f64 = 15.0;

/// Bounds as multiples of the expected amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) low_80: Rate,
    pub(crate) high_80: Rate,
    pub(crate) low_95: Rate,
    pub(crate) high_95: Rate,
}

/// A part of a sum: how much of it, from which series, in which span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Part {
    pub(crate) series: usize,
    pub(crate) span: usize,
    pub(crate) amount: f64,
}

impl Part {
    /// A part of a cost.
    pub(crate) fn of_cost(series: usize, span: usize, cost: Usd) -> Self {
        Self {
            series,
            span,
            amount: cost.amount().to_f64().unwrap_or(0.0),
        }
    }
}

/// The errors of all series, by series, span and draw: those of one span side by side.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spread {
    spans: usize,
    errors: Vec<Vec<[f32; DRAWS]>>,
}

impl Spread {
    /// The errors of forecasts, with a seed for each that stays the same from run to run.
    pub(crate) fn new<'f>(
        forecasts: impl Iterator<Item = (&'f SeriesForecast, u64)>,
        spans: &[Span],
    ) -> Self {
        let drawn = |(forecast, seed)| draws(forecast, seed, spans);
        Self::drawn(forecasts.map(drawn).collect(), spans)
    }

    /// The errors of series that were [`draws`]n before.
    pub(crate) fn drawn(errors: Vec<Vec<[f32; DRAWS]>>, spans: &[Span]) -> Self {
        Self {
            spans: spans.len(),
            errors,
        }
    }

    /// The bounds of a sum; `None` of nothing, or beyond the spans.
    pub(crate) fn bounds(&self, parts: &[Part]) -> Option<Bounds> {
        let relative = self.relative_error(parts)?;
        Some(Bounds {
            low_80: rate(1.0 / (1.0 + FACTOR_80 * relative)),
            high_80: rate(1.0 + FACTOR_80 * relative),
            low_95: rate(1.0 / (1.0 + FACTOR_95 * relative)),
            high_95: rate(1.0 + FACTOR_95 * relative),
        })
    }

    /// Whether what came of a sum lay inside its 80% and its 95% bounds.
    pub(crate) fn covers(&self, parts: &[Part], actual: f64) -> (bool, bool) {
        let sum: f64 = parts.iter().map(|part| part.amount).sum();
        let Some(relative) = self.relative_error(parts) else {
            // Nothing was expected: only nothing was foreseen.
            return (actual == sum, actual == sum);
        };
        let inside = |factor: f64| {
            let times = 1.0 + factor * relative;
            (sum / times..=sum * times).contains(&actual)
        };
        (inside(FACTOR_80), inside(FACTOR_95))
    }

    fn relative_error(&self, parts: &[Part]) -> Option<f64> {
        let sum: f64 = parts.iter().map(|part| part.amount).sum();
        if sum <= 0.0 || parts.iter().any(|part| part.span >= self.spans) {
            return None;
        }
        let mut errors = [0.0; DRAWS];
        let mut known = false;
        for part in parts {
            // What a plan alone names has no error of its own.
            let Some(of_series) = self.errors.get(part.series) else {
                continue;
            };
            known = true;
            let Some(drawn) = of_series.get(part.span) else {
                continue;
            };
            for (error, one) in errors.iter_mut().zip(drawn) {
                *error += part.amount * f64::from(*one);
            }
        }
        if !known {
            return None;
        }
        let squares: f64 = errors.iter().map(|error| error * error).sum();
        Some(((squares / DRAWS as f64).sqrt() / sum).max(LEAST))
    }
}

/// A factor with four places, which is more than is known of it.
fn rate(factor: f64) -> Rate {
    let ten_thousandths = (factor * 10_000.0).round().min(1e15) as i64;
    Rate::new(Decimal::new(ten_thousandths, 4))
}

/// The errors of a series by span and draw; a draw is a whole way through the spans.
pub(super) fn draws(forecast: &SeriesForecast, seed: u64, spans: &[Span]) -> Vec<[f32; DRAWS]> {
    let middles: Vec<f64> = spans
        .iter()
        .map(|span| (span.from + span.to) as f64 / 2.0)
        .collect();
    let grown = |error: f64, from: f64, to: f64| error * (to / from.max(1.0)).sqrt();
    let usual: Vec<f64> = (0..spans.len())
        .map(|span| usual(forecast, span))
        .zip(&middles)
        .map(|(known, middle)| known.unwrap_or_else(|| grown(UNTOLD, FIRST_MIDDLE, *middle)))
        .collect();
    let mut random = Random(seed);
    let mut errors = vec![[0.0; DRAWS]; spans.len()];
    for draw in 0..DRAWS {
        let chance = random.normal();
        let turned = random.next().is_multiple_of(2);
        let picked = random.next() as usize % forecast.errors.len().max(1);
        let (row, sign) = match forecast.errors.get(draw) {
            Some(row) => (Some(row), 1.0),
            // A past shorter than the others': its own errors again, either way round.
            None => (forecast.errors.get(picked), if turned { -1.0 } else { 1.0 }),
        };
        let mut last: Option<(f64, f64)> = None;
        let places = errors
            .iter_mut()
            .filter_map(|of_span| of_span.get_mut(draw));
        for (span, ((middle, usual), place)) in middles.iter().zip(&usual).zip(places).enumerate() {
            let known = row.and_then(|row| row.get(span).copied().flatten());
            let error = match (known, last) {
                (Some(error), _) => {
                    last = Some((sign * error, *middle));
                    sign * error
                }
                (None, Some((error, from))) => grown(error, from, *middle),
                (None, None) => chance * usual,
            };
            *place = error as f32;
        }
    }
    errors
}

/// The root mean square of the known errors of a span.
fn usual(forecast: &SeriesForecast, span: usize) -> Option<f64> {
    let known = forecast
        .errors
        .iter()
        .filter_map(|row| row.get(span).copied().flatten());
    let (sum, count) = known.fold((0.0, 0.0), |(sum, count), error| {
        (sum + error * error, count + 1.0)
    });
    (count > 0.0).then(|| (sum / count).sqrt())
}

/// Numbers that look like chance and are the same in every run (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Nearly normal, mean 0, deviation 1: the sum of twelve even chances.
    fn normal(&mut self) -> f64 {
        let even = |bits: u64| (bits >> 11) as f64 / (1_u64 << 53) as f64;
        (0..12).map(|_| even(self.next())).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
#[path = "interval_tests.rs"]
mod tests;
