//! Periods: half-open, UTC, days and months as the bill counts them.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, Timelike, Utc, Weekday};

/// A calendar month of UTC days, written `2026-10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: NaiveDate,
}

impl Month {
    /// The month a day lies in.
    pub fn of(day: NaiveDate) -> Self {
        Self {
            first: day.with_day(1).unwrap_or(day),
        }
    }

    /// The first day.
    pub const fn first_day(self) -> NaiveDate {
        self.first
    }

    /// The first day of the next month: the exclusive end.
    pub fn end(self) -> NaiveDate {
        self.next().first
    }

    /// The month after.
    pub fn next(self) -> Self {
        let (year, month) = match self.first.month() {
            12 => (self.first.year() + 1, 1),
            month => (self.first.year(), month + 1),
        };
        Self {
            first: NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(NaiveDate::MAX),
        }
    }

    /// How many months it lies after an earlier one; 0 if it does not.
    pub fn since(self, earlier: Self) -> usize {
        let months = |month: Self| {
            let day = month.first_day();
            i64::from(day.year()) * 12 + i64::from(day.month0())
        };
        usize::try_from(months(self) - months(earlier)).unwrap_or_default()
    }

    /// The month before.
    pub fn previous(self) -> Self {
        Self::of(self.first.pred_opt().unwrap_or(self.first))
    }

    /// How many days it has.
    pub fn days(self) -> u64 {
        self.end()
            .signed_duration_since(self.first)
            .num_days()
            .unsigned_abs()
    }

    /// Whether the day lies in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        Self::of(day) == self
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

impl FromStr for Month {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("'{text}' is not a month; write it as YYYY-MM, for example 2026-10");
        if text.len() != 7 {
            return Err(wrong());
        }
        let first =
            NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").map_err(|_| wrong())?;
        Ok(Self { first })
    }
}

/// UTC days from `from` up to and without `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayRange {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
}

impl DayRange {
    /// The days, in order.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.from.iter_days().take_while(move |day| *day < self.to)
    }

    /// Whether the day lies in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        (self.from..self.to).contains(&day)
    }

    /// 00:00 UTC of its first day and of the day after its last.
    pub fn moments(self) -> (DateTime<Utc>, DateTime<Utc>) {
        let midnight = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
        (midnight(self.from), midnight(self.to))
    }

    /// The fewest ranges that hold exactly these days.
    pub fn of_days(days: impl IntoIterator<Item = NaiveDate>) -> Vec<Self> {
        let days: std::collections::BTreeSet<NaiveDate> = days.into_iter().collect();
        let mut ranges: Vec<Self> = Vec::new();
        for day in days {
            match ranges.last_mut() {
                Some(last) if last.to == day => last.to = next_day(day),
                _ => ranges.push(Self {
                    from: day,
                    to: next_day(day),
                }),
            }
        }
        ranges
    }
}

/// The start of the hour that a moment lies in.
pub fn hour_of(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment
        .with_minute(0)
        .and_then(|m| m.with_second(0))
        .and_then(|m| m.with_nanosecond(0))
        .unwrap_or(moment)
}

/// The day after; the last day of time stays where it is.
pub fn next_day(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

/// How many days of `[from, to)` fall on `weekday`.
pub fn days_of_weekday(from: NaiveDate, to: NaiveDate, weekday: Weekday) -> u64 {
    if to <= from {
        return 0;
    }
    let days = to.signed_duration_since(from).num_days().unsigned_abs();
    let ahead = u64::from(weekday.days_since(from.weekday()));
    if days <= ahead {
        0
    } else {
        (days - ahead - 1) / 7 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn months_roll_over_the_year() {
        let december: Month = "2026-12".parse().unwrap();
        assert_eq!(december.next().to_string(), "2027-01");
        assert_eq!(december.next().previous(), december);
        assert_eq!(december.days(), 31);
        assert_eq!("2028-02".parse::<Month>().unwrap().days(), 29);
    }

    #[test]
    fn a_month_that_is_no_month_says_how_to_write_one() {
        for wrong in ["2026-13", "2026-1", "october", "2026-10-01", ""] {
            assert!(
                wrong.parse::<Month>().unwrap_err().contains("YYYY-MM"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn weekdays_are_counted_in_half_open_periods() {
        // 2026-11-22 is a Sunday. [22, 30) holds Sun 22 and Sun 29, and one of every other day.
        assert_eq!(
            days_of_weekday(day("2026-11-22"), day("2026-11-30"), Weekday::Sun),
            2
        );
        assert_eq!(
            days_of_weekday(day("2026-11-22"), day("2026-11-30"), Weekday::Mon),
            1
        );
        assert_eq!(
            days_of_weekday(day("2026-11-22"), day("2026-11-29"), Weekday::Sun),
            1
        );
        assert_eq!(
            days_of_weekday(day("2026-11-22"), day("2026-11-22"), Weekday::Sun),
            0
        );
        let all: u64 = (0..7u8)
            .map(|n| {
                days_of_weekday(
                    day("2026-10-01"),
                    day("2026-11-01"),
                    Weekday::try_from(n).unwrap(),
                )
            })
            .sum();
        assert_eq!(all, 31);
    }
}
