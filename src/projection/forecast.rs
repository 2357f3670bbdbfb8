//! How much will be used: expected counts of every cell, day by day, and how far they may be
//! off.
//!
//! Forecast is what has a signal of its own: the tokens of a workload on a model (its requests,
//! where no tokens are counted). A day without rows inside the history is a day without use;
//! days after `history_end` are unknown. The methods are chosen on the series itself
//! ([`choose`]), after its last lasting jump ([`shift`]); what comes of it is shared out to the
//! cells below by their mix of the last 28 days, weekday by weekday, in whole numbers that add
//! up ([`share`]). Requests and images follow the tokens. Unknown counts contribute nothing.
//!
//! Why no library: a choice by backtest and intervals from it need forecasts from some 40
//! origins a series, 10 ms of CPU for all of it. anofox-forecast 0.19 takes 104 ms for one
//! AutoETS (reduced pool), 21 ms for one damped seasonal ETS, 4 ms for AutoTheta, and switches
//! features of chrono on that compile polars anew; augurs 0.10 takes 5 ms for MSTL + ETS and has
//! no seasonal ETS. Neither gives the states at earlier origins of one fit. Medians of MASE on
//! tests/bench/forecast, real and simulated: anofox AutoETS 1.31 and 0.93 (every fourth split),
//! augurs 1.25 and 0.96, this 1.03 and 0.86. So the recursions stand here ([`smooth`]).
//!
//! The only rooms of the crate in which `f64` is reckoned with are this one and `interval`.
//! Imports `domain` only.
//!
//! Sample: 400 tokens on each of four Mondays give 400 a Monday.

mod choose;
mod lanes;
mod series;
mod share;
mod shift;
mod smooth;
mod volume;

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::history::{Cell, DayVolume, History, Quantity, Seen, Volume};
use super::interval::{Spread, draws};
use super::options::{ProjectionOptions, days_before};
use crate::domain::{MoneyOverflow, Month, TokenCounts, in_parallel};
pub(crate) use series::{Basis, SeriesForecast, Span, forecast_series};
use share::share_out;
pub(crate) use volume::Profile;
use volume::days_between;

/// Four whole weeks: the mix of the cells, and what a forecast should rest on at least.
pub(super) const WINDOW_DAYS: u64 = 28;

/// The most days that a forecast is fitted to.
pub(super) const FITTED_DAYS: u64 = 400;

const WEEK: usize = 7;

/// Series that a thread takes at a time.
const AT_A_TIME: usize = 16;

/// What is expected of one cell.
#[derive(Debug, Clone)]
pub(crate) struct CellForecast {
    pub(crate) cell: Cell,
    /// Which of the forecast volumes it is part of.
    pub(crate) volume: usize,
    pub(crate) requests: Profile,
    pub(crate) quantities: BTreeMap<Quantity, Profile>,
    /// Whether calls succeed of which no count at all is known: their cost is unknown too.
    pub(crate) counts_unknown: bool,
}

/// All that is expected.
#[derive(Debug, Clone, Default)]
pub(crate) struct Forecasts {
    /// Of every cell with use to come, in order.
    pub(crate) cells: Vec<CellForecast>,
    /// What each volume's forecast rests on.
    pub(crate) bases: BTreeMap<Volume, Basis>,
    /// How far volumes may be off, by number of the volume and of the projected month.
    pub(crate) spread: Spread,
}

/// The days that a series' forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
}

impl Window {
    /// The days of history since the series was first seen, as far back as a forecast looks.
    pub(crate) fn of(seen: Seen, history_end: NaiveDate) -> Self {
        Self {
            from: days_before(history_end, FITTED_DAYS).max(seen.first),
            to: history_end,
        }
    }

    /// How many days it holds.
    pub(crate) fn days(self) -> u64 {
        days_between(self.from, self.to)
    }

    /// Whether it is shorter than it should be.
    pub(crate) fn is_short(self) -> bool {
        self.days() < WINDOW_DAYS
    }
}

/// Forecasts every cell up to the end of the projection.
pub(crate) fn forecast(
    history: &History,
    options: &ProjectionOptions,
) -> Result<Forecasts, MoneyOverflow> {
    let (first, as_of) = (options.history_end, options.as_of);
    let end = options.end().max(options.next_30_days());
    let ahead = |day| usize::try_from(days_between(first, day)).map_err(|_| MoneyOverflow);
    let (skipped, horizon) = (ahead(as_of)?, ahead(end)?);
    let spans = month_spans(options);
    let mut cells_of: BTreeMap<Volume, Vec<Recent<'_>>> = BTreeMap::new();
    for (cell, days) in &history.cells {
        let of_volume = cells_of.entry(Volume::of(&cell.series)).or_default();
        of_volume.push(Recent { cell, days });
    }
    let volumes: Vec<_> = history.volumes.iter().collect();
    // Path and errors of a series are far greater than what is kept of them.
    let made = in_parallel(&volumes, AT_A_TIME, |number, (volume, days)| {
        let forecast = forecast_series(&series_of(days, first), horizon, &spans);
        let path = forecast.path.get(skipped..).unwrap_or_default();
        let cells = match cells_of.get(*volume).filter(|_| !forecast.basis.dead) {
            Some(recent) => cell_forecasts(recent, path, number, options)?,
            None => Vec::new(),
        };
        // Where nothing is expected, nobody asks how far off that is.
        let draws = match cells.is_empty() {
            true => Vec::new(),
            false => draws(&forecast, seed(volume), &spans),
        };
        Ok((forecast.basis, draws, cells))
    });
    let (mut cells, mut errors) = (Vec::new(), Vec::with_capacity(volumes.len()));
    let mut bases = BTreeMap::new();
    for (made, (volume, _)) in made.into_iter().zip(volumes) {
        let (basis, draws, of_volume) = made?;
        bases.insert(volume.clone(), basis);
        errors.push(draws);
        cells.extend(of_volume);
    }
    cells.sort_by(|one, other| one.cell.cmp(&other.cell));
    Ok(Forecasts {
        cells,
        spread: Spread::drawn(errors, &spans),
        bases,
    })
}

/// The projected months in days from the end of the history; the first is what is left of it.
fn month_spans(options: &ProjectionOptions) -> Vec<Span> {
    let ahead = |day| usize::try_from(days_between(options.history_end, day)).unwrap_or_default();
    let mut spans = Vec::new();
    let mut from = options.as_of;
    while from < options.end() {
        let to = Month::of(from).end();
        spans.push(Span {
            from: ahead(from),
            to: ahead(to),
        });
        from = to;
    }
    spans
}

/// The days of a volume from its first use to the end of the history, without gaps.
pub(crate) fn series_of(days: &BTreeMap<NaiveDate, DayVolume>, end: NaiveDate) -> Vec<f64> {
    let by_tokens = days.values().any(|day| day.tokens > Some(0));
    let value = |day: &DayVolume| match (by_tokens, day.tokens) {
        (false, _) => Some(day.requests as f64),
        (true, Some(tokens)) => Some(tokens as f64),
        (true, None) if day.succeeded > 0 => None,
        (true, None) => Some(0.0),
    };
    let Some(first) = days.keys().next() else {
        return Vec::new();
    };
    let length = usize::try_from(days_between(*first, end)).unwrap_or_default();
    let mut known = vec![Some(0.0); length];
    for (day, volume) in days {
        let at = usize::try_from(days_between(*first, *day)).unwrap_or(usize::MAX);
        if let Some(slot) = known.get_mut(at) {
            *slot = value(volume);
        }
    }
    // A day of unknown counts is like the same weekday a week before, or after.
    for day in 0..known.len() {
        if known.get(day).is_some_and(Option::is_none) {
            let before = day
                .checked_sub(WEEK)
                .and_then(|at| known.get(at).copied().flatten());
            let filled = before.or(known.get(day + WEEK).copied().flatten());
            if let Some(slot) = known.get_mut(day) {
                *slot = Some(filled.unwrap_or(0.0));
            }
        }
    }
    known.into_iter().flatten().collect()
}

/// The forecast of each series, in order.
pub(crate) fn forecast_all(
    series: &[Vec<f64>],
    horizon: usize,
    spans: &[Span],
) -> Vec<SeriesForecast> {
    in_parallel(series, AT_A_TIME, |_, days| {
        forecast_series(days, horizon, spans)
    })
}

/// The same for a volume in every run.
pub(crate) fn seed(volume: &Volume) -> u64 {
    seed_of(&format!("{}\n{}", volume.workload, volume.model_id))
}

/// A number that is the same for a name in every run.
pub(crate) fn seed_of(name: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(name.as_bytes())
}

/// The days of a cell that the mix may come from.
struct Recent<'h> {
    cell: &'h Cell,
    days: &'h BTreeMap<NaiveDate, TokenCounts>,
}

/// Counts per weekday (days modulo seven), and of all.
#[derive(Debug, Clone, Copy, Default)]
struct Mix {
    by_weekday: [u64; WEEK],
    all: u64,
}

impl Mix {
    fn add(&mut self, day: NaiveDate, count: u64) -> Result<(), MoneyOverflow> {
        let weekday = self.by_weekday.get_mut(index(day)).ok_or(MoneyOverflow)?;
        *weekday = weekday.checked_add(count).ok_or(MoneyOverflow)?;
        self.all = self.all.checked_add(count).ok_or(MoneyOverflow)?;
        Ok(())
    }

    fn on(&self, weekday: usize) -> u64 {
        self.by_weekday.get(weekday).copied().unwrap_or_default()
    }

    fn merged(mixes: &[(usize, Option<Quantity>, Self)]) -> Result<Self, MoneyOverflow> {
        let mut sum = Self::default();
        for (_, _, mix) in mixes {
            for (weekday, count) in sum.by_weekday.iter_mut().zip(mix.by_weekday) {
                *weekday = weekday.checked_add(count).ok_or(MoneyOverflow)?;
            }
            sum.all = sum.all.checked_add(mix.all).ok_or(MoneyOverflow)?;
        }
        Ok(sum)
    }
}

/// What is counted alike, and shared out together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tokens,
    Requests,
    Images,
}

fn kind_of(quantity: Option<Quantity>) -> Kind {
    match quantity {
        None => Kind::Requests,
        Some(quantity) if quantity.is_tokens() => Kind::Tokens,
        Some(_) => Kind::Images,
    }
}

/// Shares the path of a volume (from `as_of` on) out to its cells.
fn cell_forecasts(
    recent: &[Recent<'_>],
    path: &[f64],
    volume: usize,
    options: &ProjectionOptions,
) -> Result<Vec<CellForecast>, MoneyOverflow> {
    let window = options.history_end;
    let last_weeks = days_before(window, WINDOW_DAYS);
    let used = |from: NaiveDate| {
        recent
            .iter()
            .any(|one| one.days.range(from..window).next().is_some())
    };
    // A series that pauses for longer than four weeks is shared out by all that is kept.
    let from = if used(last_weeks) {
        last_weeks
    } else {
        NaiveDate::MIN
    };
    let mut mixes: Vec<(usize, Option<Quantity>, Mix)> = Vec::new();
    for (at, one) in recent.iter().enumerate() {
        let mut of_cell: BTreeMap<Option<Quantity>, Mix> = BTreeMap::new();
        for (day, counts) in one.days.range(from..window) {
            of_cell
                .entry(None)
                .or_default()
                .add(*day, counts.requests)?;
            for (quantity, count) in Quantity::all_of(counts) {
                if let Some(count) = count {
                    of_cell
                        .entry(Some(quantity))
                        .or_default()
                        .add(*day, count)?;
                }
            }
        }
        mixes.extend(
            of_cell
                .into_iter()
                .map(|(quantity, mix)| (at, quantity, mix)),
        );
    }
    let of_kind = |kind| -> Vec<_> {
        let mixes = mixes.iter().copied();
        mixes
            .filter(|(_, quantity, _)| kind_of(*quantity) == kind)
            .collect()
    };
    let tokens = Mix::merged(&of_kind(Kind::Tokens))?;
    let driver = match tokens.all {
        0 => Mix::merged(&of_kind(Kind::Requests))?,
        _ => tokens,
    };
    let mut profiles: BTreeMap<(usize, Option<Quantity>), Profile> = BTreeMap::new();
    for kind in [Kind::Tokens, Kind::Requests, Kind::Images] {
        let parts = of_kind(kind);
        let shared = shares(&parts, &driver, path, options.as_of)?;
        for ((at, quantity, _), days) in parts.iter().zip(shared) {
            profiles.insert((*at, *quantity), Profile::new(options.as_of, days)?);
        }
    }
    let cell_forecast = |(at, one): (usize, &Recent<'_>)| {
        let of_cell = profiles.range((at, None)..(at + 1, None));
        let quantities: BTreeMap<Quantity, Profile> = of_cell
            .filter_map(|((_, quantity), profile)| Some(((*quantity)?, profile.clone())))
            .collect();
        let mut counts = one.days.range(from..window).map(|(_, counts)| counts);
        Some(CellForecast {
            cell: one.cell.clone(),
            volume,
            requests: profiles.get(&(at, None))?.clone(),
            counts_unknown: quantities.is_empty()
                && counts.any(|counts| counts.requests > counts.failed_requests),
            quantities,
        })
    };
    Ok(recent
        .iter()
        .enumerate()
        .filter_map(cell_forecast)
        .collect())
}

/// The days of each part: the path times what of this kind comes with the driver, shared out
/// by weekday.
fn shares(
    parts: &[(usize, Option<Quantity>, Mix)],
    driver: &Mix,
    path: &[f64],
    first: NaiveDate,
) -> Result<Vec<Vec<u64>>, MoneyOverflow> {
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let kind = Mix::merged(parts)?;
    let mut days = Vec::new();
    days.resize_with(parts.len(), || Vec::with_capacity(path.len()));
    let mut given = vec![0; parts.len()];
    let mut carries = vec![0.0; parts.len()];
    let mut order = Vec::with_capacity(parts.len());
    let weights = |weekday: Option<usize>| -> Vec<u64> {
        let weight = |(_, _, mix): &(usize, Option<Quantity>, Mix)| match weekday {
            Some(weekday) => mix.on(weekday),
            None => mix.all,
        };
        parts.iter().map(weight).collect()
    };
    let of_weekdays: Vec<Vec<u64>> = (0..WEEK).map(|weekday| weights(Some(weekday))).collect();
    let of_all = weights(None);
    let mut carry = 0.0;
    for (ahead, expected) in path.iter().enumerate() {
        let weekday = (index(first) + ahead) % WEEK;
        let (of_kind, of_driver) = match driver.on(weekday) {
            0 => (kind.all, driver.all),
            count => (kind.on(weekday), count),
        };
        let wanted = carry + expected * of_kind as f64 / of_driver.max(1) as f64;
        let total = (wanted + 0.5).floor().max(0.0);
        carry = wanted - total;
        let weights = match kind.on(weekday) {
            0 => &of_all,
            _ => of_weekdays.get(weekday).unwrap_or(&of_all),
        };
        share_out(total as u64, weights, &mut carries, &mut given, &mut order);
        for (part, count) in days.iter_mut().zip(&given) {
            part.push(*count);
        }
    }
    Ok(days)
}

fn index(day: NaiveDate) -> usize {
    usize::try_from(day.weekday().num_days_from_monday()).unwrap_or_default()
}

#[cfg(test)]
#[path = "forecast_tests.rs"]
mod tests;
