//! Expected counts, day by day, as whole numbers that add up.
//!
//! The rest of the projection asks only [`Profile::over`], [`Profile::scaled`] and
//! [`Profile::reshaped`]: another forecast can take this one's place, and events of the
//! settings (growth, a launch) change one. Days beyond the last one repeat the last week; days
//! before the first hold nothing. Imports `domain` only.
//!
//! Sample: 100 a day from 2026-11-22 on is 900 over the rest of that November.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::{MoneyOverflow, Rate};

const WEEK: u64 = 7;

/// The expected counts of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    from: NaiveDate,
    sums: Sums,
}

/// The counts of the first so many days, beginning with none. There are very many profiles, and
/// nearly all count less than four billion.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sums {
    Small(Arc<[u32]>),
    Great(Arc<[u64]>),
}

impl Sums {
    fn of(sums: &[u64]) -> Self {
        match sums.last() {
            Some(last) if *last > u64::from(u32::MAX) => Self::Great(sums.into()),
            // They rise: none is greater than the last.
            _ => Self::Small(sums.iter().map(|sum| *sum as u32).collect()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Small(sums) => sums.len(),
            Self::Great(sums) => sums.len(),
        }
    }

    fn get(&self, at: usize) -> Option<u64> {
        match self {
            Self::Small(sums) => sums.get(at).map(|sum| u64::from(*sum)),
            Self::Great(sums) => sums.get(at).copied(),
        }
    }
}

impl Profile {
    /// The counts of the days from `from` on.
    pub(crate) fn new(
        from: NaiveDate,
        days: impl IntoIterator<Item = u64>,
    ) -> Result<Self, MoneyOverflow> {
        let days = days.into_iter();
        let mut sums = Vec::with_capacity(days.size_hint().0 + 1);
        let mut sum = 0_u64;
        sums.push(sum);
        for count in days {
            sum = sum.checked_add(count).ok_or(MoneyOverflow)?;
            sums.push(sum);
        }
        Ok(Self {
            from,
            sums: Sums::of(&sums),
        })
    }

    /// The expected count of the days in `[from, to)`.
    pub(crate) fn over(&self, from: NaiveDate, to: NaiveDate) -> Result<u64, MoneyOverflow> {
        let (until, before) = (self.up_to(to)?, self.up_to(from)?);
        Ok(until.saturating_sub(before))
    }

    /// Every day times a token ratio, rounded half up.
    pub(crate) fn scaled(&self, ratio: Rate) -> Result<Self, MoneyOverflow> {
        self.reshaped(|_, count| ratio.apply_to_count(count))
    }

    /// Every day made into another; `None` is more than can be counted.
    pub(crate) fn reshaped(
        &self,
        mut of_day: impl FnMut(NaiveDate, u64) -> Option<u64>,
    ) -> Result<Self, MoneyOverflow> {
        let mut days = Vec::with_capacity(self.sums.len());
        let mut before = 0;
        let sums = (1..self.sums.len()).filter_map(|at| self.sums.get(at));
        for (day, until) in self.from.iter_days().zip(sums) {
            days.push(of_day(day, until - before).ok_or(MoneyOverflow)?);
            before = until;
        }
        Self::new(self.from, days)
    }

    /// The count of the days before `day`.
    fn up_to(&self, day: NaiveDate) -> Result<u64, MoneyOverflow> {
        let days = days_between(self.from, day);
        let at = usize::try_from(days).map_err(|_| MoneyOverflow)?;
        if let Some(sum) = self.sums.get(at) {
            return Ok(sum);
        }
        let known = self.sums.len().saturating_sub(1);
        let all = self.sums.get(known).unwrap_or_default();
        let week_ago = |back: usize| {
            let sum = known.checked_sub(back).and_then(|at| self.sums.get(at));
            sum.unwrap_or_default()
        };
        let beyond = days - u64::try_from(known).unwrap_or_default();
        let (weeks, rest) = (beyond / WEEK, beyond % WEEK);
        let week = all - week_ago(7);
        // The last week again: its first `rest` days.
        let rest = usize::try_from(7 - rest).unwrap_or_default();
        let part = week_ago(rest) - week_ago(7);
        week.checked_mul(weeks)
            .and_then(|weeks| all.checked_add(weeks)?.checked_add(part))
            .ok_or(MoneyOverflow)
    }
}

/// The days from one day to a later one; 0 if it is not later.
pub(super) fn days_between(from: NaiveDate, to: NaiveDate) -> u64 {
    u64::try_from(to.signed_duration_since(from).num_days()).unwrap_or(0)
}
