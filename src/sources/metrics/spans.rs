//! Which stretches of time are asked for: the days that CloudWatch still has, by the day or by
//! the hour, in as few stretches as possible.
//!
//! AWS bills `GetMetricData` by series and call, so each further stretch asks (and pays) for
//! every series again. Neighbouring stretches are therefore joined over the days between them
//! as long as a full call of 500 series still fits in one answer of 100,800 points; what is
//! answered of the days between is not looked at. May import `domain` only.
//!
//! Sample: all of October by the day, the 15th by the hour: one span of 31 days with a hole
//! at the 15th, and one of a day.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::domain::{DayRange, Granularity};

/// How long CloudWatch keeps data of an hour, which days are made of.
const KEPT: Days = Days::new(455);
/// 100,800 points of an answer / 500 series of a call: 201 days, or 8 days of hours.
const MOST_POINTS: u64 = 100_800 / 500;

/// A stretch that is asked for at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// From its first day to its last; days that were not asked for may lie between.
    pub(super) range: DayRange,
    /// The days that were asked for.
    pub(super) days: BTreeSet<NaiveDate>,
    /// By the day or by the hour.
    pub(super) granularity: Granularity,
}

impl Span {
    /// Seconds of a period.
    pub(super) const fn period(&self) -> i32 {
        period(self.granularity)
    }
}

/// Seconds of a period.
pub(super) const fn period(granularity: Granularity) -> i32 {
    match granularity {
        Granularity::Day => 86_400,
        Granularity::Hour => 3_600,
    }
}

/// The first day of which CloudWatch still has everything.
pub(super) fn first_kept(now: DateTime<Utc>) -> NaiveDate {
    let oldest = now.checked_sub_days(KEPT).unwrap_or(now);
    match oldest.date_naive() {
        day if oldest.time() == chrono::NaiveTime::MIN => day,
        day => day.succ_opt().unwrap_or(day),
    }
}

/// The spans that hold these days, days before `first_kept` left out.
pub(super) fn spans(
    days: &[NaiveDate],
    hourly: &BTreeSet<NaiveDate>,
    first_kept: NaiveDate,
) -> Vec<Span> {
    let kept = || days.iter().copied().filter(|day| *day >= first_kept);
    let by_day = kept().filter(|day| !hourly.contains(day)).collect();
    let by_hour = kept().filter(|day| hourly.contains(day)).collect();
    let mut spans = joined(&by_day, Granularity::Day, MOST_POINTS);
    spans.extend(joined(&by_hour, Granularity::Hour, MOST_POINTS / 24));
    spans
}

/// Ranges of the days; neighbours become one while it is not longer than `most` days.
fn joined(days: &BTreeSet<NaiveDate>, granularity: Granularity, most: u64) -> Vec<Span> {
    let mut ranges: Vec<DayRange> = Vec::new();
    for next in DayRange::of_days(days.iter().copied()) {
        match ranges.last_mut() {
            Some(last) if length(last.from, next.to) <= most => last.to = next.to,
            _ => ranges.push(next),
        }
    }
    let span = |range: DayRange| Span {
        days: days.range(range.from..range.to).copied().collect(),
        range,
        granularity,
    };
    ranges.into_iter().map(span).collect()
}

fn length(from: NaiveDate, to: NaiveDate) -> u64 {
    to.signed_duration_since(from).num_days().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn october() -> Vec<NaiveDate> {
        let range = DayRange {
            from: day("2026-10-01"),
            to: day("2026-11-01"),
        };
        range.days().collect()
    }

    #[test]
    fn a_month_with_an_hourly_day_is_two_spans() {
        let hourly = [day("2026-10-15")].into();
        let spans = spans(&october(), &hourly, day("2026-01-01"));
        assert_eq!(spans.len(), 2);
        assert_eq!((spans[0].days.len(), spans[0].period()), (30, 86_400));
        assert_eq!(spans[0].range.days().count(), 31);
        assert!(!spans[0].days.contains(&day("2026-10-15")));
        assert_eq!((spans[1].days.len(), spans[1].period()), (1, 3_600));
    }

    #[test]
    fn hours_are_joined_up_to_eight_days_and_days_up_to_201() {
        // 500 series x 8 days x 24 hours = 96,000 points; 9 days would be 108,000.
        let of = |days: &[&str], hourly: bool| {
            let days: Vec<NaiveDate> = days.iter().map(|text| day(text)).collect();
            let set = if hourly {
                days.iter().copied().collect()
            } else {
                BTreeSet::new()
            };
            spans(&days, &set, day("2026-01-01")).len()
        };
        assert_eq!(of(&["2026-10-01", "2026-10-08"], true), 1);
        assert_eq!(of(&["2026-10-01", "2026-10-09"], true), 2);
        // 2026-04-14 to 2026-10-31 are 201 days: 500 x 201 = 100,500 points.
        assert_eq!(of(&["2026-04-14", "2026-10-31"], false), 1);
        assert_eq!(of(&["2026-04-13", "2026-10-31"], false), 2);
    }

    #[test]
    fn a_long_stretch_without_holes_stays_one() {
        let hourly: BTreeSet<NaiveDate> = october().into_iter().collect();
        assert_eq!(spans(&october(), &hourly, day("2026-01-01")).len(), 1);
    }

    #[test]
    fn days_are_kept_for_455_days() {
        // 2026-11-22 minus 455 days is 2025-08-24; at noon half of that day is gone.
        let noon = "2026-11-22T12:00:00Z".parse().unwrap();
        assert_eq!(first_kept(noon), day("2025-08-25"));
        let midnight = "2026-11-22T00:00:00Z".parse().unwrap();
        assert_eq!(first_kept(midnight), day("2025-08-24"));
        let days = [day("2025-08-24"), day("2025-08-25")];
        let spans = spans(&days, &BTreeSet::new(), first_kept(noon));
        assert_eq!(spans[0].days, [day("2025-08-25")].into());
    }
}
