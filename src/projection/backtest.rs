//! How good the forecasts of the last months would have been, on the user's own usage.
//!
//! From origins 30 days apart, at most six, the forecast is made anew from the days before and
//! compared with up to 90 days that followed: day by day (MASE: the mean error over that of
//! repeating the last week, inside the history), and in months of 30 days (weighted absolute
//! percentage error, and how many lay inside their intervals). Workloads that began after an
//! origin were not foreseen: they count as errors of the total. Measured in tokens, or in
//! requests where no tokens are counted; the total is of tokens. Imports `domain` only.
//!
//! Sample: search, 12 months compared: MASE 0.84, error 6.1%, 10 of 12 inside 80%.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::forecast::{SeriesForecast, Span, forecast_all, seed, series_of};
use super::history::{History, Volume};
use super::interval::{Part, Spread};
use super::options::{ProjectionOptions, days_before};
use crate::domain::{Decimal, MoneyOverflow, Text, UsageRow};

/// Days between origins, and of a compared month.
const MONTH: usize = 30;
/// The most origins.
const ORIGINS: usize = 6;
/// Months that are looked ahead.
const AHEAD: usize = 3;
/// Days of history that an origin needs.
const LEARN: usize = 56;
const WEEK: usize = 7;

/// A row of the `backtest` table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacktestRow {
    /// The workload; empty for the total.
    pub workload: Option<Text>,
    /// The first day of the earliest forecast.
    pub first_origin: NaiveDate,
    /// How many months of 30 days were compared, over all origins.
    pub months_compared: u64,
    /// Mean absolute error of a day, in errors of repeating the last week; below 1 is better.
    pub mase: Option<Decimal>,
    /// Absolute errors of the months over their usage.
    pub weighted_error: Option<Decimal>,
    /// Share of the months inside the 80% interval.
    pub covered_80: Decimal,
    /// Share of the months inside the 95% interval.
    pub covered_95: Decimal,
}

/// What is compared, summed up over origins.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    first_back: usize,
    months: u64,
    inside_80: u64,
    inside_95: u64,
    missed: f64,
    used: f64,
    scaled: f64,
    origins: f64,
}

/// Forecasts the past from usage rows that know their workload.
pub fn backtest(
    usage: &[UsageRow],
    options: &ProjectionOptions,
) -> Result<Vec<BacktestRow>, MoneyOverflow> {
    let history = History::new(usage, options.as_of)?;
    let end = options.history_end;
    let volumes: Vec<&Volume> = history.volumes.keys().collect();
    let by_tokens = history.volumes.values();
    let by_tokens: Vec<bool> = by_tokens
        .map(|days| days.values().any(|day| day.tokens > Some(0)))
        .collect();
    let days: Vec<Vec<f64>> = history
        .volumes
        .values()
        .map(|days| series_of(days, end))
        .collect();
    let longest = days.iter().map(Vec::len).max().unwrap_or(0);
    let mut scores: BTreeMap<Option<Text>, Score> = BTreeMap::new();
    for back in (1..=ORIGINS).map(|origin| origin * MONTH) {
        if longest < back + LEARN {
            break;
        }
        let origin = Origin::new(&volumes, &days, back);
        let mut groups: BTreeMap<Option<Text>, Vec<usize>> = BTreeMap::new();
        for (number, volume) in volumes.iter().enumerate() {
            let workload = groups.entry(Some(volume.workload.clone())).or_default();
            workload.push(number);
            if by_tokens.get(number) == Some(&true) {
                groups.entry(None).or_default().push(number);
            }
        }
        for (workload, members) in groups {
            origin.compare(&members, scores.entry(workload).or_default());
        }
    }
    let row = |(workload, score): (Option<Text>, Score)| {
        (score.months > 0).then(|| row(workload, &score, end))
    };
    Ok(scores.into_iter().filter_map(row).collect())
}

/// All forecasts from one day of the past.
struct Origin<'d> {
    days: &'d [Vec<f64>],
    back: usize,
    spans: Vec<Span>,
    forecasts: Vec<SeriesForecast>,
    spread: Spread,
}

impl<'d> Origin<'d> {
    fn new(volumes: &[&Volume], days: &'d [Vec<f64>], back: usize) -> Self {
        let span = |month| Span {
            from: month * MONTH,
            to: (month + 1) * MONTH,
        };
        let spans: Vec<Span> = (0..AHEAD.min(back / MONTH)).map(span).collect();
        let known = |days: &Vec<f64>| {
            let until = days.len().saturating_sub(back);
            days.get(..until).unwrap_or_default().to_vec()
        };
        let before: Vec<Vec<f64>> = days.iter().map(known).collect();
        let forecasts = forecast_all(&before, spans.len() * MONTH, &spans);
        let seeds = volumes.iter().map(|volume| seed(volume));
        let spread = Spread::new(forecasts.iter().zip(seeds), &spans);
        Self {
            days,
            back,
            spans,
            forecasts,
            spread,
        }
    }

    /// Adds up what the members of a group were forecast and what came of it.
    fn compare(&self, members: &[usize], score: &mut Score) {
        let horizon = self.spans.len() * MONTH;
        let past = self.sums(members, |days| {
            let until = days.len().saturating_sub(self.back);
            days.get(..until).unwrap_or_default()
        });
        if past.iter().all(|value| *value == 0.0) {
            return;
        }
        let actual = self.sums(members, |days| {
            // The days after the origin; of a later series only those since its first.
            let until = (days.len() + horizon).saturating_sub(self.back);
            let from = days.len().saturating_sub(self.back);
            days.get(from..until).unwrap_or_default()
        });
        let mut path = vec![0.0; horizon];
        for member in members {
            let Some(forecast) = self.forecasts.get(*member) else {
                continue;
            };
            for (sum, value) in path.iter_mut().zip(&forecast.path) {
                *sum += value;
            }
        }
        score.first_back = score.first_back.max(self.back);
        for (span, window) in self.spans.iter().enumerate() {
            let (from, to) = (window.from, window.to);
            let of = |days: &[f64]| days.get(from..to).unwrap_or_default().iter().sum::<f64>();
            let (expected, used) = (of(&path), of(&actual));
            let part = |member: &usize| {
                let forecast = self.forecasts.get(*member)?;
                Some(Part {
                    series: *member,
                    span,
                    amount: of(&forecast.path),
                })
            };
            let parts: Vec<Part> = members.iter().filter_map(part).collect();
            let inside = self.spread.covers(&parts, used);
            score.months += 1;
            score.inside_80 += u64::from(inside.0);
            score.inside_95 += u64::from(inside.1);
            score.missed += (used - expected).abs();
            score.used += used;
        }
        let steps = past.iter().zip(past.iter().skip(WEEK));
        let usual: f64 = steps.clone().map(|(one, next)| (next - one).abs()).sum();
        let usual = usual / steps.count().max(1) as f64;
        let missed = path
            .iter()
            .zip(&actual)
            .map(|(one, other)| (one - other).abs());
        if usual > 0.0 {
            score.scaled += missed.sum::<f64>() / horizon.max(1) as f64 / usual;
            score.origins += 1.0;
        }
    }

    /// The sum of members' days, aligned at their ends.
    fn sums<'s>(&'s self, members: &[usize], part: impl Fn(&'s Vec<f64>) -> &'s [f64]) -> Vec<f64> {
        let parts = || members.iter().filter_map(|member| self.days.get(*member));
        let longest = parts().map(|days| part(days).len()).max().unwrap_or(0);
        let mut sums = vec![0.0; longest];
        for days in parts() {
            for (sum, value) in sums.iter_mut().rev().zip(part(days).iter().rev()) {
                *sum += value;
            }
        }
        sums
    }
}

fn row(workload: Option<Text>, score: &Score, end: NaiveDate) -> BacktestRow {
    let months = score.months as f64;
    BacktestRow {
        workload,
        first_origin: days_before(end, u64::try_from(score.first_back).unwrap_or_default()),
        months_compared: score.months,
        mase: (score.origins > 0.0).then(|| rounded(score.scaled / score.origins)),
        weighted_error: (score.used > 0.0).then(|| rounded(score.missed / score.used)),
        covered_80: rounded(score.inside_80 as f64 / months),
        covered_95: rounded(score.inside_95 as f64 / months),
    }
}

/// Four places.
fn rounded(value: f64) -> Decimal {
    Decimal::new((value * 10_000.0).round().min(1e15) as i64, 4).normalize()
}

#[cfg(test)]
#[path = "backtest_tests.rs"]
mod tests;
