//! Sends each record to the day of its own timestamp. Imports `domain` only.
//!
//! An object lies under the hour of its delivery, so the last calls of a day can lie in the
//! first hour of the next. Sample: of the objects of 2026-10-02 00h, a call of 2026-10-01
//! 23:59:58 goes to 1 October, one of 2026-10-02 00:00:01 to 2 October, and one of 30
//! September is late.

use std::io;

use chrono::NaiveDate;

use crate::domain::{RecordSink, UsageRecord};

const SECONDS_A_DAY: i64 = 86_400;

/// Records that lie in objects of another day, and their tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Strays {
    pub(super) records: u64,
    pub(super) tokens: u64,
}

impl Strays {
    pub(super) fn add(&mut self, other: Self) {
        self.records = self.records.saturating_add(other.records);
        self.tokens = self.tokens.saturating_add(other.tokens);
    }
}

/// The sinks of one reading thread, for one group of objects.
#[derive(Debug)]
pub(super) struct Router<S> {
    day: i64,
    /// The day before: `None` when it is read at another time.
    pub(super) before: Option<S>,
    /// The day whose hour is read: `None` when it is read at another time.
    pub(super) own: Option<S>,
    /// What belongs to neither.
    pub(super) strays: Strays,
    first_hour: bool,
}

impl<S> Router<S> {
    /// For objects of the first hour of `day`.
    pub(super) fn first_hour(day: NaiveDate, before: Option<S>, own: Option<S>) -> Self {
        Self {
            day: day_number(day),
            before,
            own,
            strays: Strays::default(),
            first_hour: true,
        }
    }

    /// For objects of the other hours of `day`.
    pub(super) fn other_hours(day: NaiveDate, own: S) -> Self {
        Self {
            day: day_number(day),
            before: None,
            own: Some(own),
            strays: Strays::default(),
            first_hour: false,
        }
    }
}

impl<S: RecordSink> RecordSink for Router<S> {
    fn take(&mut self, record: &UsageRecord<'_>) -> io::Result<()> {
        let day = record.timestamp.div_euclid(SECONDS_A_DAY);
        let sink = if day == self.day {
            &mut self.own
        } else if self.first_hour && day == self.day - 1 {
            &mut self.before
        } else {
            self.strays.add(Strays {
                records: 1,
                tokens: record.tokens(),
            });
            return Ok(());
        };
        sink.as_mut().map_or(Ok(()), |sink| sink.take(record))
    }
}

fn day_number(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default)]
    struct Kept(Vec<i64>);

    impl RecordSink for Kept {
        fn take(&mut self, record: &UsageRecord<'_>) -> io::Result<()> {
            self.0.push(record.timestamp);
            Ok(())
        }
    }

    fn at(text: &str) -> UsageRecord<'static> {
        let moment: chrono::DateTime<chrono::Utc> = text.parse().unwrap();
        UsageRecord {
            timestamp: moment.timestamp(),
            input_tokens: Some(7),
            output_tokens: Some(3),
            ..UsageRecord::default()
        }
    }

    fn count(sink: Option<Kept>) -> usize {
        sink.map_or(0, |kept| kept.0.len())
    }

    const MOMENTS: [&str; 5] = [
        "2026-09-30T23:59:59Z",
        "2026-10-01T00:00:00Z",
        "2026-10-01T23:59:59Z",
        "2026-10-02T00:00:00Z",
        "2026-10-03T00:00:00Z",
    ];

    #[test]
    fn the_first_hour_serves_two_days_and_the_rest_is_stray() {
        let day = "2026-10-02".parse().unwrap();
        let mut router = Router::first_hour(day, Some(Kept::default()), Some(Kept::default()));
        for moment in MOMENTS {
            router.take(&at(moment)).unwrap();
        }
        assert_eq!((count(router.before), count(router.own)), (2, 1));
        let two = Strays {
            records: 2,
            tokens: 20,
        };
        assert_eq!(router.strays, two);
    }

    #[test]
    fn a_day_that_is_not_wanted_is_neither_kept_nor_stray() {
        let day = "2026-10-02".parse().unwrap();
        let mut router: Router<Kept> = Router::first_hour(day, None, Some(Kept::default()));
        router.take(&at(MOMENTS[2])).unwrap();
        assert_eq!((router.strays, count(router.own)), (Strays::default(), 0));
    }

    #[test]
    fn other_hours_hold_their_own_day_only() {
        let day = "2026-10-02".parse().unwrap();
        let mut router = Router::other_hours(day, Kept::default());
        router.take(&at("2026-10-01T23:59:59Z")).unwrap();
        router.take(&at("2026-10-02T23:59:59Z")).unwrap();
        assert_eq!((router.strays.records, count(router.own)), (1, 1));
    }
}
