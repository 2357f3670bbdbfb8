//! Points put in their day or hour, and counts made of them. May import `domain`, `diagnostic`
//! and its siblings.
//!
//! What a missing point means: CloudWatch gets a datum for each call that has the count, zeros
//! too, and shows no point where it got none. So
//! - calls and errors without a point are 0;
//! - tokens, cache tokens and images without a point are unknown, not 0: nothing says that the
//!   count would have been published. A period with successful calls and neither input nor
//!   output is one of requests without counts.
//!
//! `requests` is `Invocations`. AWS has two texts on whether that counts calls that failed later
//! on; which one holds is not confirmed. Here it is taken to hold them, and `failed_requests`
//! is the sum of client errors, server errors and throttles, at most `requests`.
//!
//! Sample: `Invocations` 5, `InvocationClientErrors` 1, `InputTokenCount` 700, no
//! `OutputTokenCount`: 5 requests, 1 failed, 700 input tokens, output unknown.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::answers::{Gathered, Status, whole_count};
use super::series::{Level, Metric, Namespace, Series};
use super::spans::Span;
use crate::domain::{Granularity, Text, TokenCounts, hour_of};

/// What was counted of one set of dimensions in one period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Measures(BTreeMap<Metric, u64>);

impl Measures {
    /// The sum; `None` without a point.
    pub(super) fn get(&self, metric: Metric) -> Option<u64> {
        self.0.get(&metric).copied()
    }

    /// Adds to a metric; false if the sum does not fit.
    pub(super) fn add(&mut self, metric: Metric, count: u64) -> bool {
        let sum = self.0.entry(metric).or_default();
        match sum.checked_add(count) {
            Some(more) => *sum = more,
            None => return false,
        }
        true
    }

    fn sum(&self, metrics: &[Metric]) -> u64 {
        let counts = metrics.iter().filter_map(|metric| self.get(*metric));
        counts.fold(0, u64::saturating_add)
    }

    /// As usage of `AWS/Bedrock`.
    pub(super) fn runtime(&self) -> TokenCounts {
        let errors = [
            Metric::InvocationClientErrors,
            Metric::InvocationServerErrors,
            Metric::InvocationThrottles,
        ];
        let requests = self.sum(&[Metric::Invocations]);
        TokenCounts {
            requests,
            failed_requests: self.sum(&errors).min(requests),
            input_tokens: self.get(Metric::InputTokenCount),
            output_tokens: self.get(Metric::OutputTokenCount),
            cache_read_tokens: self.get(Metric::CacheReadInputTokens),
            // CloudWatch does not say for how long.
            cache_write_unknown_tokens: self.get(Metric::CacheWriteInputTokens),
            images: self.get(Metric::OutputImageCount),
            ..TokenCounts::default()
        }
    }

    /// As usage of `AWS/BedrockMantle`, which has no cache split.
    pub(super) fn mantle(&self, input: Metric, output: Metric) -> TokenCounts {
        let requests = self.sum(&[Metric::Inferences]);
        let errors = self.sum(&[Metric::InferenceClientErrors]);
        TokenCounts {
            requests,
            failed_requests: errors.min(requests),
            input_tokens: self.get(input),
            output_tokens: self.get(output),
            ..TokenCounts::default()
        }
    }
}

/// What was counted in one period, by set of dimensions.
pub(super) type Period = BTreeMap<Level, Measures>;

/// A value that is no count.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OddValue {
    pub(super) day: NaiveDate,
    pub(super) series: Series,
    pub(super) value: f64,
}

/// All that was answered of one namespace of one account in a span.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Measured {
    /// By the start of the day or hour.
    pub(super) periods: BTreeMap<DateTime<Utc>, Period>,
    pub(super) odd: Vec<OddValue>,
    /// Series that were not answered in full, and how they ended.
    pub(super) unread: BTreeMap<Status, BTreeSet<String>>,
}

impl Measured {
    pub(super) fn new(
        gathered: &Gathered,
        account: &Text,
        namespace: Namespace,
        span: &Span,
    ) -> Self {
        let mut measured = Self::default();
        let of_both = gathered
            .answers
            .iter()
            .filter(|(series, _)| series.account == *account && series.namespace == namespace);
        for (series, answer) in of_both {
            if answer.status() != Status::Complete {
                let unread = measured.unread.entry(answer.status()).or_default();
                unread.insert(series.words());
            }
            for (second, value) in &answer.points {
                measured.add(series, *second, *value, span);
            }
        }
        measured
    }

    fn add(&mut self, series: &Series, second: i64, value: f64, span: &Span) {
        let Some(moment) = DateTime::from_timestamp(second, 0) else {
            return;
        };
        let day = moment.date_naive();
        // A hole of the span.
        if !span.days.contains(&day) {
            return;
        }
        let start = match span.granularity {
            Granularity::Day => day.and_time(NaiveTime::MIN).and_utc(),
            Granularity::Hour => hour_of(moment),
        };
        let measures = self.periods.entry(start).or_default();
        let measures = measures.entry(series.level.clone()).or_default();
        let added = whole_count(value).is_some_and(|count| measures.add(series.metric, count));
        if !added {
            self.odd.push(OddValue {
                day,
                series: series.clone(),
                value,
            });
        }
    }

    /// The periods of a day.
    pub(super) fn of_day(
        &self,
        day: NaiveDate,
    ) -> impl Iterator<Item = (DateTime<Utc>, &Period)> + '_ {
        let start = day.and_time(NaiveTime::MIN).and_utc();
        let periods = self.periods.range(start..);
        let periods = periods.take_while(move |(moment, _)| moment.date_naive() == day);
        periods.map(|(moment, period)| (*moment, period))
    }

    /// A metric of a set of dimensions over a day; `None` without a point.
    pub(super) fn of_day_at(&self, day: NaiveDate, level: &Level, metric: Metric) -> Option<u64> {
        let counts = self
            .of_day(day)
            .filter_map(|(_, period)| period.get(level)?.get(metric));
        counts.reduce(u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measures(counts: &[(Metric, u64)]) -> Measures {
        Measures(counts.iter().copied().collect())
    }

    #[test]
    fn a_metric_without_a_point_is_unknown_and_errors_without_one_are_none() {
        let counts = measures(&[
            (Metric::Invocations, 5),
            (Metric::InvocationClientErrors, 1),
            (Metric::InputTokenCount, 700),
        ])
        .runtime();
        assert_eq!((counts.requests, counts.failed_requests), (5, 1));
        assert_eq!(
            (counts.input_tokens, counts.output_tokens),
            (Some(700), None)
        );
        assert_eq!(counts.cache_read_tokens, None);
        assert_eq!(counts.cache_write_tokens(), None);
    }

    #[test]
    fn a_counted_zero_stays_a_zero_and_writes_have_no_lifetime() {
        let counts = measures(&[
            (Metric::Invocations, 1),
            (Metric::InputTokenCount, 0),
            (Metric::CacheWriteInputTokens, 90),
        ])
        .runtime();
        assert_eq!(counts.input_tokens, Some(0));
        assert_eq!(counts.cache_write_unknown_tokens, Some(90));
        assert_eq!(counts.cache_write_5m_tokens, None);
    }

    #[test]
    fn no_more_calls_fail_than_were_made() {
        // 3 client errors + 4 throttles of 5 invocations: throttled calls may not be counted there.
        let counts = measures(&[
            (Metric::Invocations, 5),
            (Metric::InvocationClientErrors, 3),
            (Metric::InvocationThrottles, 4),
        ])
        .runtime();
        assert_eq!((counts.requests, counts.failed_requests), (5, 5));
    }

    fn span(days: &[&str], granularity: Granularity) -> Span {
        let days: BTreeSet<NaiveDate> = days.iter().map(|day| day.parse().unwrap()).collect();
        let range = crate::domain::DayRange {
            from: *days.first().unwrap(),
            to: crate::domain::next_day(*days.last().unwrap()),
        };
        Span {
            range,
            days,
            granularity,
        }
    }

    fn answered(points: &[(&str, f64)]) -> Gathered {
        let mut gathered = Gathered::default();
        let series = Series {
            account: "1".into(),
            namespace: Namespace::Runtime,
            level: Level::Model("m".into()),
            metric: Metric::InputTokenCount,
        };
        let points = points.iter().map(|(moment, value)| {
            let moment: DateTime<Utc> = moment.parse().unwrap();
            (moment.timestamp(), *value)
        });
        let answer = gathered.answers.entry(series).or_default();
        answer.take(super::super::answers::Part {
            query: 0,
            points: points.collect(),
            status: Status::Complete,
        });
        gathered
    }

    #[test]
    fn points_fall_into_their_day_and_holes_are_left_out() {
        let gathered = answered(&[
            ("2026-10-01T00:00:00Z", 1.0),
            ("2026-10-02T00:00:00Z", 2.0),
            ("2026-10-03T00:00:00Z", 4.0),
        ]);
        let span = span(&["2026-10-01", "2026-10-03"], Granularity::Day);
        let measured = Measured::new(&gathered, &"1".into(), Namespace::Runtime, &span);
        let of = |day: &str| {
            let level = Level::Model("m".into());
            measured.of_day_at(day.parse().unwrap(), &level, Metric::InputTokenCount)
        };
        assert_eq!(
            (of("2026-10-01"), of("2026-10-02"), of("2026-10-03")),
            (Some(1), None, Some(4))
        );
        let other = Measured::new(&gathered, &"2".into(), Namespace::Runtime, &span);
        assert!(other.periods.is_empty());
    }

    #[test]
    fn hours_stay_hours_and_add_up_to_their_day() {
        let gathered = answered(&[
            ("2026-10-01T00:00:00Z", 1.0),
            ("2026-10-01T23:00:00Z", 2.0),
            ("2026-10-02T00:00:00Z", 4.0),
        ]);
        let span = span(&["2026-10-01", "2026-10-02"], Granularity::Hour);
        let measured = Measured::new(&gathered, &"1".into(), Namespace::Runtime, &span);
        let first: NaiveDate = "2026-10-01".parse().unwrap();
        assert_eq!(measured.of_day(first).count(), 2);
        let level = Level::Model("m".into());
        assert_eq!(
            measured.of_day_at(first, &level, Metric::InputTokenCount),
            Some(3)
        );
    }

    #[test]
    fn a_value_that_is_no_count_is_kept_out_and_named() {
        let gathered = answered(&[("2026-10-01T00:00:00Z", 1.5)]);
        let span = span(&["2026-10-01"], Granularity::Day);
        let measured = Measured::new(&gathered, &"1".into(), Namespace::Runtime, &span);
        assert_eq!(measured.odd.len(), 1);
        let level = Level::Model("m".into());
        let day = "2026-10-01".parse().unwrap();
        assert_eq!(
            measured.of_day_at(day, &level, Metric::InputTokenCount),
            None
        );
    }
}
