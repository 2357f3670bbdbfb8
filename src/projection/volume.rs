//! Expected counts by day, after planned events: what the legs of a scenario are made of.
//!
//! The forecast gives a [`Profile`]; nothing is asked of it but its count over some days and
//! its product with a ratio. Where an event or a ramp makes every day different, the counts of
//! single days are kept as running sums. All are whole counts, so parts always add up to the
//! whole. Imports `domain` only.
//!
//! Sample: 28 a day, of which day k of a ramp over 28 days moves k + 1: 1 + 2 + ... + 28 = 406.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::forecast::{CellForecast, Profile};
use super::history::{Cell, Quantity};
use crate::domain::{MoneyOverflow, Rate};

/// A part of a whole, between none and all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    part: u128,
    whole: u128,
}

impl Share {
    /// Nothing of it.
    pub(crate) const NONE: Self = Self { part: 0, whole: 1 };

    /// All of it.
    pub(crate) const ALL: Self = Self { part: 1, whole: 1 };

    /// `part / whole`, at most all of it; all of it where there is no whole.
    pub(crate) fn of(part: u128, whole: u128) -> Self {
        if part >= whole {
            Self::ALL
        } else {
            Self { part, whole }
        }
    }

    /// This share as a share of what another one, not greater, has left.
    pub(crate) fn of_what_is_left(self, taken: Self) -> Self {
        let cross = |a: u128, b: u128| a.saturating_mul(b);
        let more = cross(self.part, taken.whole).saturating_sub(cross(taken.part, self.whole));
        let left = cross(self.whole, taken.whole.saturating_sub(taken.part));
        if more == 0 {
            Self::NONE
        } else {
            Self::of(more, left)
        }
    }

    /// The share of a count, rounded half up; never more than the count.
    pub(crate) fn of_count(self, count: u64) -> Option<u64> {
        let part = u128::from(count).checked_mul(self.part)?.checked_mul(2)?;
        let half_up = part.checked_add(self.whole)? / self.whole.checked_mul(2)?;
        u64::try_from(half_up).ok()
    }
}

/// The day so many days later; the last day of time stays where it is.
pub(crate) fn days_after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days))
        .unwrap_or(NaiveDate::MAX)
}

/// How many days lie in `[from, to)`.
pub(crate) fn days_in(from: NaiveDate, to: NaiveDate) -> u64 {
    u64::try_from(to.signed_duration_since(from).num_days()).unwrap_or(0)
}

/// Expected counts.
#[derive(Debug, Clone)]
pub(crate) enum Volume {
    /// As the forecast has it.
    Forecast(Profile),
    /// Each day on its own.
    Daily(Arc<Daily>),
}

/// Counts of single days from `from` on; none before and after.
#[derive(Debug)]
pub(crate) struct Daily {
    from: NaiveDate,
    /// At place n the sum of the first n days.
    sums: Vec<u64>,
}

impl Daily {
    fn until(&self, day: NaiveDate) -> u64 {
        let at = usize::try_from(days_in(self.from, day)).unwrap_or(usize::MAX);
        let sum = self.sums.get(at).or(self.sums.last());
        sum.copied().unwrap_or(0)
    }
}

impl Volume {
    /// The count of each day of `[from, to)`, and none on other days.
    pub(crate) fn of_days(
        from: NaiveDate,
        to: NaiveDate,
        mut count: impl FnMut(NaiveDate) -> Result<u64, MoneyOverflow>,
    ) -> Result<Self, MoneyOverflow> {
        let mut sums = vec![0_u64];
        let mut sum = 0_u64;
        for day in from.iter_days().take_while(|day| *day < to) {
            sum = sum.checked_add(count(day)?).ok_or(MoneyOverflow)?;
            sums.push(sum);
        }
        Ok(Self::Daily(Arc::new(Daily { from, sums })))
    }

    /// The expected count of the days in `[from, to)`.
    pub(crate) fn over(&self, from: NaiveDate, to: NaiveDate) -> Result<u64, MoneyOverflow> {
        match self {
            Self::Forecast(profile) => profile.over(from, to),
            Self::Daily(daily) => Ok(daily.until(to).saturating_sub(daily.until(from))),
        }
    }

    /// The expected count of one day.
    pub(crate) fn on(&self, day: NaiveDate) -> Result<u64, MoneyOverflow> {
        self.over(day, days_after(day, 1))
    }

    /// The volume times a ratio, each day (or weekday) rounded half up.
    pub(crate) fn scaled(&self, ratio: Rate) -> Result<Self, MoneyOverflow> {
        match self {
            _ if ratio == Rate::ONE => Ok(self.clone()),
            Self::Forecast(profile) => profile.scaled(ratio).map(Self::Forecast),
            Self::Daily(daily) => {
                let last = u64::try_from(daily.sums.len().saturating_sub(1)).unwrap_or(0);
                Self::of_days(daily.from, days_after(daily.from, last), |day| {
                    ratio.apply_to_count(self.on(day)?).ok_or(MoneyOverflow)
                })
            }
        }
    }
}

/// The number of a volume that no history tells of: it has no error of its own.
pub(crate) const PLANNED: usize = usize::MAX;

/// What is expected of one cell: the forecast, as planned events change it.
#[derive(Debug, Clone)]
pub(crate) struct CellPlan {
    pub(crate) cell: Cell,
    /// Which of the forecast volumes it is part of; [`PLANNED`] for what a plan alone names.
    pub(crate) volume: usize,
    pub(crate) requests: Volume,
    pub(crate) quantities: BTreeMap<Quantity, Volume>,
    /// Whether calls succeed of which no count at all is known: their cost is unknown too.
    pub(crate) counts_unknown: bool,
}

impl CellPlan {
    /// The forecast as it is.
    pub(crate) fn of(forecast: CellForecast) -> Self {
        let quantities = forecast.quantities.into_iter();
        Self {
            cell: forecast.cell,
            volume: forecast.volume,
            requests: Volume::Forecast(forecast.requests),
            quantities: quantities
                .map(|(quantity, profile)| (quantity, Volume::Forecast(profile)))
                .collect(),
            counts_unknown: forecast.counts_unknown,
        }
    }

    /// The same cell with other counts on the days of `[from, to)`, and none on other days.
    pub(crate) fn mapped(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        count: impl Fn(NaiveDate, u64) -> Option<u64>,
    ) -> Result<Self, MoneyOverflow> {
        let map = |volume: &Volume| {
            Volume::of_days(from, to, |day| {
                count(day, volume.on(day)?).ok_or(MoneyOverflow)
            })
        };
        let quantities = self.quantities.iter();
        Ok(Self {
            cell: self.cell.clone(),
            volume: self.volume,
            requests: map(&self.requests)?,
            quantities: quantities
                .map(|(quantity, volume)| Ok((*quantity, map(volume)?)))
                .collect::<Result<_, _>>()?,
            counts_unknown: self.counts_unknown,
        })
    }

    /// What a share of each day comes to, and what is left of it: together the whole.
    pub(crate) fn split(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        share: impl Fn(NaiveDate) -> Share,
    ) -> Result<(Self, Self), MoneyOverflow> {
        let part = self.mapped(from, to, |day, count| share(day).of_count(count))?;
        let rest = self.mapped(from, to, |day, count| {
            count.checked_sub(share(day).of_count(count)?)
        })?;
        Ok((part, rest))
    }
}

#[cfg(test)]
#[path = "volume_tests.rs"]
mod tests;
