//! Tests of finished days: rows, splits, signals, findings, worked by hand.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate};

use super::answers::{Gathered, Part, Status};
use super::days::{finished, past_retention};
use super::findings::Place;
use super::listed::Listed;
use super::series::{Level, Metric, Namespace, Series};
use super::spans::Span;
use crate::domain::{
    DayRange, EndpointScope, FetchedDay, Granularity, ModelNaming, ServiceTier, Source, Text,
};

const OWN: &str = "111122223333";
const NOVA: &str = "amazon.nova-lite-v1:0";

/// What CloudWatch answers, and the days made of it.
struct Answers(Gathered);

impl Answers {
    fn new() -> Self {
        Self(Gathered::default())
    }

    fn with(
        mut self,
        namespace: Namespace,
        level: Level,
        metric: Metric,
        moment: &str,
        value: f64,
    ) -> Self {
        let moment: DateTime<chrono::Utc> = moment.parse().unwrap();
        self.take(
            namespace,
            level,
            metric,
            Status::Complete,
            &[(moment.timestamp(), value)],
        );
        self
    }

    fn take(
        &mut self,
        namespace: Namespace,
        level: Level,
        metric: Metric,
        status: Status,
        points: &[(i64, f64)],
    ) {
        let series = Series {
            account: OWN.into(),
            namespace,
            level,
            metric,
        };
        self.0.answers.entry(series).or_default().take(Part {
            query: 0,
            points: points.to_vec(),
            status,
        });
    }

    /// A point of the first of October.
    fn first(self, level: Level, metric: Metric, value: f64) -> Self {
        self.with(
            Namespace::Runtime,
            level,
            metric,
            "2026-10-01T00:00:00Z",
            value,
        )
    }

    fn mantle(self, level: Level, metric: Metric, value: f64) -> Self {
        self.with(
            Namespace::Mantle,
            level,
            metric,
            "2026-10-01T00:00:00Z",
            value,
        )
    }

    fn days(self, days: &[&str], granularity: Granularity) -> Vec<FetchedDay> {
        let days: BTreeSet<NaiveDate> = days.iter().map(|day| day.parse().unwrap()).collect();
        let span = Span {
            range: DayRange {
                from: *days.first().unwrap(),
                to: days.last().unwrap().succ_opt().unwrap(),
            },
            days,
            granularity,
        };
        let listed = Listed::new(&OWN.into(), &[]);
        finished(&listed, &"us-east-1".into(), &naming(), &span, &self.0)
    }

    /// The first of October, of one source.
    fn day(self, source: Source) -> FetchedDay {
        let days = self.days(&["2026-10-01"], Granularity::Day);
        days.into_iter().find(|day| day.source == source).unwrap()
    }
}

fn naming() -> ModelNaming {
    ModelNaming {
        providers: ["amazon", "openai"].map(Text::from).into(),
        models: [NOVA, "openai.gpt-oss-120b-1:0"].map(Text::from).into(),
        aliases: [(
            "openai.gpt-oss-120b".into(),
            "openai.gpt-oss-120b-1:0".into(),
        )]
        .into(),
        ..ModelNaming::default()
    }
}

fn model(name: &str) -> Level {
    Level::Model(name.into())
}

fn tier(served: &str) -> Level {
    Level::Tier {
        model: NOVA.into(),
        asked: served.into(),
        served: served.into(),
    }
}

fn codes(day: &FetchedDay) -> Vec<&str> {
    day.findings.iter().map(|finding| &*finding.code).collect()
}

#[test]
fn a_day_without_usage_is_known_to_be_empty() {
    let days = Answers::new().days(&["2026-10-01", "2026-10-02"], Granularity::Day);
    // Two days of two sources.
    assert_eq!(days.len(), 4);
    assert!(days.iter().all(|day| day.whole && day.rows.is_empty()));
    assert_eq!(days[0].query, "AWS/Bedrock {ModelId} Sum 86400");
    assert_eq!(days[2].query, "AWS/BedrockMantle {Model} Sum 86400");
}

#[test]
fn the_tier_set_splits_and_is_never_added() {
    let day = Answers::new()
        .first(model(NOVA), Metric::Invocations, 10.0)
        .first(model(NOVA), Metric::InputTokenCount, 1_000.0)
        .first(tier("flex"), Metric::Invocations, 4.0)
        .first(tier("flex"), Metric::InputTokenCount, 400.0)
        .day(Source::Metrics);
    let rows: Vec<_> = day
        .rows
        .iter()
        .map(|row| {
            (
                row.service_tier,
                row.counts.requests,
                row.counts.input_tokens,
            )
        })
        .collect();
    // 10 - 4 = 6 and 1,000 - 400 = 600 remain.
    assert_eq!(
        rows,
        [
            (ServiceTier::Flex, 4, Some(400)),
            (ServiceTier::Standard, 6, Some(600))
        ]
    );
    assert!(day.findings.is_empty());
    assert_eq!(day.rows[0].prompt_band, None);
}

#[test]
fn an_unknown_tier_stays_standard_and_is_named_with_its_tokens() {
    let day = Answers::new()
        .first(model(NOVA), Metric::Invocations, 10.0)
        .first(model(NOVA), Metric::InputTokenCount, 1_000.0)
        .first(tier("turbo"), Metric::InputTokenCount, 400.0)
        .day(Source::Metrics);
    assert_eq!(day.rows.len(), 1);
    assert_eq!(day.rows[0].service_tier, ServiceTier::Standard);
    assert_eq!(day.rows[0].counts.input_tokens, Some(1_000));
    assert_eq!(codes(&day), ["metrics-unknown-tier"]);
    assert_eq!(day.findings[0].tokens_affected, Some(400));
}

#[test]
fn tiers_above_the_total_are_ignored_with_a_finding() {
    let day = Answers::new()
        .first(model(NOVA), Metric::Invocations, 10.0)
        .first(model(NOVA), Metric::InputTokenCount, 1_000.0)
        .first(tier("flex"), Metric::InputTokenCount, 1_001.0)
        .day(Source::Metrics);
    assert_eq!(day.rows.len(), 1);
    assert_eq!(day.rows[0].counts.input_tokens, Some(1_000));
    assert_eq!(codes(&day), ["metrics-split-ignored"]);
    assert!(day.whole);
}

#[test]
fn two_names_of_one_model_are_one_row() {
    let day = Answers::new()
        .first(
            model("amazon.nova-lite-v1:0:300k"),
            Metric::Invocations,
            1.0,
        )
        .first(
            model("amazon.nova-lite-v1:0:300k"),
            Metric::InputTokenCount,
            5.0,
        )
        .first(model(NOVA), Metric::Invocations, 2.0)
        .first(model(NOVA), Metric::InputTokenCount, 7.0)
        .first(model("us.amazon.nova-lite-v1:0"), Metric::Invocations, 4.0)
        .first(
            model("us.amazon.nova-lite-v1:0"),
            Metric::InputTokenCount,
            9.0,
        )
        .day(Source::Metrics);
    let rows: Vec<_> = day
        .rows
        .iter()
        .map(|row| {
            (
                row.endpoint_scope,
                row.counts.requests,
                row.counts.input_tokens,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (Some(EndpointScope::Geo), 4, Some(9)),
            (Some(EndpointScope::InRegion), 3, Some(12)),
        ]
    );
}

#[test]
fn calls_without_any_tokens_are_requests_without_counts() {
    let day = Answers::new()
        .first(model(NOVA), Metric::Invocations, 10.0)
        .first(model(NOVA), Metric::InvocationServerErrors, 3.0)
        .day(Source::Metrics);
    let counts = day.rows[0].counts;
    assert_eq!(
        (
            counts.requests,
            counts.failed_requests,
            counts.requests_without_counts
        ),
        (10, 3, 7)
    );
    assert_eq!(counts.input_tokens, None);
}

#[test]
fn images_come_from_the_model_and_else_from_its_sizes() {
    let size = |size: &str| Level::Image {
        model: NOVA.into(),
        size: size.into(),
        steps: "50".into(),
    };
    let day = Answers::new()
        .first(model(NOVA), Metric::Invocations, 3.0)
        .first(size("512"), Metric::OutputImageCount, 2.0)
        .first(size("1024"), Metric::OutputImageCount, 1.0)
        .day(Source::Metrics);
    assert_eq!(day.rows[0].counts.images, Some(3));
    let day = Answers::new()
        .first(model(NOVA), Metric::OutputImageCount, 4.0)
        .first(size("512"), Metric::OutputImageCount, 2.0)
        .day(Source::Metrics);
    assert_eq!(day.rows[0].counts.images, Some(4));
}

#[test]
fn usage_that_no_model_explains_is_a_warning_with_its_tokens() {
    let answers = || {
        Answers::new()
            .first(model(NOVA), Metric::Invocations, 10.0)
            .first(model(NOVA), Metric::InputTokenCount, 1_000.0)
            .first(Level::All, Metric::Invocations, 10.0)
    };
    let equal = answers().first(Level::All, Metric::InputTokenCount, 1_000.0);
    assert!(equal.day(Source::Metrics).findings.is_empty());
    let day = answers()
        .first(Level::All, Metric::InputTokenCount, 1_001.0)
        .day(Source::Metrics);
    assert_eq!(codes(&day), ["metrics-unattributed"]);
    assert_eq!(day.findings[0].tokens_affected, Some(1));
    // It is a check, not usage.
    assert_eq!(day.rows.len(), 1);
}

#[test]
fn signals_are_kept_beside_usage() {
    let day = Answers::new()
        .first(
            model("us.amazon.nova-lite-v1:0"),
            Metric::LegacyModelInvocations,
            6.0,
        )
        .first(
            Level::All,
            Metric::ModelInvocationLogsS3DeliveryFailure,
            2.0,
        )
        .first(
            Level::All,
            Metric::ModelInvocationLogsS3DeliverySuccess,
            0.0,
        )
        .day(Source::Metrics);
    assert_eq!(
        day.signals.legacy_invocations,
        [("us.amazon.nova-lite-v1:0".to_owned(), 6)].into()
    );
    assert_eq!(
        day.signals.delivery_failures,
        [("ModelInvocationLogsS3DeliveryFailure".to_owned(), 2)].into()
    );
    assert_eq!(
        day.signals.deliveries,
        [("ModelInvocationLogsS3DeliverySuccess".to_owned(), 0)].into()
    );
    assert!(day.rows.is_empty());
}

#[test]
fn a_series_that_was_not_read_makes_its_days_not_whole() {
    for (status, code) in [
        (Status::Forbidden, "metrics-forbidden"),
        (Status::InternalError, "metrics-not-read"),
        (Status::Partial, "metrics-not-read"),
    ] {
        let mut answers = Answers::new().first(model(NOVA), Metric::Invocations, 10.0);
        let metric = Metric::InputTokenCount;
        answers.take(Namespace::Runtime, model(NOVA), metric, status, &[]);
        let days = answers.days(&["2026-10-01", "2026-10-02"], Granularity::Day);
        let (runtime, mantle) = days.split_at(2);
        for day in runtime {
            assert_eq!((day.whole, codes(day)), (false, vec![code]), "{status:?}");
            assert!(day.findings[0].message.contains(NOVA));
        }
        assert!(mantle.iter().all(|day| day.whole));
        assert_eq!(runtime[0].rows.len(), 1);
    }
}

#[test]
fn a_value_that_is_no_count_spoils_its_day_alone() {
    let days = Answers::new()
        .first(model(NOVA), Metric::Invocations, 0.5)
        .with(
            Namespace::Runtime,
            model(NOVA),
            Metric::Invocations,
            "2026-10-02T00:00:00Z",
            1.0,
        )
        .days(&["2026-10-01", "2026-10-02"], Granularity::Day);
    assert_eq!(
        (days[0].whole, codes(&days[0])),
        (false, vec!["metrics-value"])
    );
    assert!(days[1].whole);
    assert_eq!(days[1].rows[0].counts.requests, 1);
}

#[test]
fn hours_are_rows_of_their_own() {
    let at = |answers: Answers, moment: &str, value: f64| {
        answers.with(
            Namespace::Runtime,
            model(NOVA),
            Metric::Invocations,
            moment,
            value,
        )
    };
    let answers = at(Answers::new(), "2026-10-01T00:00:00Z", 1.0);
    let days = at(answers, "2026-10-01T23:00:00Z", 2.0).days(&["2026-10-01"], Granularity::Hour);
    let rows: Vec<_> = days[0]
        .rows
        .iter()
        .map(|row| (row.hour.to_rfc3339(), row.granularity, row.counts.requests))
        .collect();
    assert_eq!(
        rows,
        [
            ("2026-10-01T00:00:00+00:00".to_owned(), Granularity::Hour, 1),
            ("2026-10-01T23:00:00+00:00".to_owned(), Granularity::Hour, 2),
        ]
    );
    assert_eq!(days[0].query, "AWS/Bedrock {ModelId} Sum 3600");
}

#[test]
fn mantle_usage_is_split_by_project_and_the_rest_has_none() {
    let name = "openai.gpt-oss-120b";
    let project = Level::Project {
        project: "search".into(),
        model: name.into(),
    };
    let day = Answers::new()
        .mantle(model(name), Metric::Inferences, 10.0)
        .mantle(model(name), Metric::InferenceClientErrors, 1.0)
        .mantle(model(name), Metric::TotalInputTokens, 1_000.0)
        .mantle(model(name), Metric::TotalOutputTokens, 500.0)
        .mantle(project.clone(), Metric::Inferences, 4.0)
        .mantle(project.clone(), Metric::InputTokens, 400.0)
        .mantle(project, Metric::OutputTokens, 100.0)
        .day(Source::Mantle);
    let rows: Vec<_> = day
        .rows
        .iter()
        .map(|row| {
            let counts = row.counts;
            (
                row.metadata.to_string(),
                counts.requests,
                counts.failed_requests,
                counts.input_tokens,
                counts.output_tokens,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (String::new(), 6, 1, Some(600), Some(400)),
            (
                r#"{"project":"search"}"#.to_owned(),
                4,
                0,
                Some(400),
                Some(100)
            ),
        ]
    );
    assert!(day.rows.iter().all(|row| {
        row.model_id.as_str() == "openai.gpt-oss-120b-1:0"
            && row.endpoint_scope == Some(EndpointScope::InRegion)
            && row.source == Source::Mantle
            && row.counts.cache_read_tokens.is_none()
    }));
}

#[test]
fn provisioned_throughput_is_its_own_tier() {
    let arn = "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/xyz";
    let day = Answers::new()
        .first(model(arn), Metric::Invocations, 1.0)
        .day(Source::Metrics);
    assert_eq!(day.rows[0].service_tier, ServiceTier::Provisioned);
}

#[test]
fn days_past_retention_are_unknown_and_not_zero() {
    let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
    let (account, region) = (OWN.into(), "us-east-1".into());
    let place = Place {
        account: &account,
        region: &region,
    };
    let days = [day("2025-08-23"), day("2025-08-24")];
    let lost = past_retention(place, &days, |_| Granularity::Day, day("2025-08-24"));
    assert_eq!(lost.len(), 2);
    assert!(lost.iter().all(|day| !day.whole && day.rows.is_empty()));
    assert_eq!(codes(&lost[0]), ["metrics-retention"]);
}
