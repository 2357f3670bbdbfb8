//! Tests of the rounds: which series are asked for, and how many calls that takes.

use std::collections::BTreeSet;

use super::answers::{Gathered, Part, Status};
use super::cloudwatch::MOST_QUERIES;
use super::listed::{Listed, ListedMetric};
use super::questions::{as_shown, first_round, second_round};
use super::series::{Level, Metric, Namespace, Series};
use crate::domain::Text;

const OWN: &str = "111122223333";

fn listed_metric(
    account: &str,
    namespace: Namespace,
    name: &str,
    pairs: &[(&str, &str)],
) -> ListedMetric {
    ListedMetric {
        account: account.into(),
        namespace,
        name: name.to_owned(),
        dimensions: pairs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
    }
}

fn runtime(name: &str, pairs: &[(&str, &str)]) -> ListedMetric {
    listed_metric(OWN, Namespace::Runtime, name, pairs)
}

fn listed(metrics: &[ListedMetric]) -> Listed {
    Listed::new(&OWN.into(), metrics)
}

fn candidates(names: &[&str]) -> BTreeSet<Text> {
    names.iter().map(|name| Text::from(*name)).collect()
}

fn series(model: &str, metric: Metric) -> Series {
    Series {
        account: OWN.into(),
        namespace: Namespace::Runtime,
        level: Level::Model(model.into()),
        metric,
    }
}

fn answered(series: &[Series]) -> Gathered {
    let mut gathered = Gathered::default();
    for series in series {
        let answer = gathered.answers.entry(series.clone()).or_default();
        answer.take(Part {
            query: 0,
            points: vec![(1_790_812_800, 5.0)],
            status: Status::Complete,
        });
    }
    gathered
}

#[test]
fn sixty_models_and_a_hundred_silent_ones_are_two_calls_and_712_metrics() {
    let metrics: Vec<ListedMetric> = (0..60)
        .map(|n| runtime("Invocations", &[("ModelId", &format!("amazon.m{n}-v1:0"))]))
        .collect();
    let silent: BTreeSet<Text> = (0..100).map(|n| format!("x.s{n}-v1:0").into()).collect();
    let round = first_round(&listed(&metrics), &silent);
    // 60 models x 10 metrics + 9 + 3 totals + 100 probes
    assert_eq!(round.len(), 60 * 10 + 9 + 3 + 100);
    // 712 / 500 is 2 calls; fewer cannot hold them.
    assert_eq!(round.chunks(MOST_QUERIES).count(), 2);
    let distinct: BTreeSet<&Series> = round.iter().collect();
    assert_eq!(distinct.len(), round.len());
    // None of the silent ones had data: nothing more is asked.
    assert!(second_round(&listed(&metrics), &silent, &Gathered::default()).is_empty());
}

#[test]
fn a_listed_model_is_asked_for_everything_and_a_candidate_for_one_metric() {
    // Listed under a metric that is not read itself.
    let listed = listed(&[runtime("InvocationLatency", &[("ModelId", "a.known-v1:0")])]);
    let candidates = candidates(&["a.known-v1:0", "a.silent-v1:0"]);
    let round = first_round(&listed, &candidates);
    let of = |model: &str| {
        round
            .iter()
            .filter(|series| series.level == Level::Model(model.into()))
            .map(|series| series.metric)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("a.known-v1:0"), Metric::OF_MODEL);
    assert_eq!(of("a.silent-v1:0"), [Metric::Invocations]);
}

#[test]
fn a_silent_model_with_data_is_asked_for_the_rest() {
    let candidates = candidates(&["a.silent-v1:0", "a.unused-v1:0"]);
    let gathered = answered(&[series("a.silent-v1:0", Metric::Invocations)]);
    let round = second_round(&listed(&[]), &candidates, &gathered);
    assert_eq!(round.len(), 9);
    assert!(
        round
            .iter()
            .all(|series| series.metric != Metric::Invocations)
    );
}

#[test]
fn tiers_are_asked_only_where_another_than_standard_served() {
    let tier = |asked: &str, served: &str, metric: &str| {
        runtime(
            metric,
            &[
                ("ModelId", "a.m-v1:0"),
                ("ServiceTier", asked),
                ("ResolvedServiceTier", served),
            ],
        )
    };
    let listed = listed(&[
        tier("flex", "flex", "InputTokenCount"),
        tier("reserved", "default", "InputTokenCount"),
        tier("flex", "flex", "InvocationLatency"),
        tier("priority", "priority", "Invocations"),
    ]);
    let round = first_round(&listed, &BTreeSet::new());
    let tiers: Vec<(&Level, Metric)> = round
        .iter()
        .filter(|series| matches!(series.level, Level::Tier { .. }))
        .map(|series| (&series.level, series.metric))
        .collect();
    // Two sets x the two metrics that Bedrock publishes by tier (a single one may be hidden).
    assert_eq!(tiers.len(), 4);
    assert!(
        tiers.iter().all(
            |(level, _)| !matches!(level, Level::Tier { served, .. } if &**served == "default")
        )
    );
}

#[test]
fn sizes_of_images_are_asked_only_where_the_model_has_no_count_of_its_own() {
    let image = |model: &str| {
        let pairs = [
            ("ModelId", model),
            ("ImageSize", "1024"),
            ("BucketedStepSize", "50"),
        ];
        runtime("OutputImageCount", &pairs)
    };
    let listed = listed(&[image("a.counts-v1:0"), image("a.sizes-v1:0")]);
    let gathered = answered(&[series("a.counts-v1:0", Metric::OutputImageCount)]);
    let round = second_round(&listed, &BTreeSet::new(), &gathered);
    assert_eq!(round.len(), 1);
    assert_eq!(
        round[0].level.model().map(|model| &**model),
        Some("a.sizes-v1:0")
    );
}

#[test]
fn linked_accounts_are_asked_for_their_own_models_and_every_candidate() {
    let other = "444455556666";
    let pairs = [("ModelId", "a.other-v1:0")];
    let metric = listed_metric(other, Namespace::Runtime, "Invocations", &pairs);
    let round = first_round(&listed(&[metric]), &candidates(&["a.silent-v1:0"]));
    let of = |account: &str| {
        round
            .iter()
            .filter(|series| &*series.account == account)
            .count()
    };
    // 12 totals and a probe each; the other account has a model of 10 metrics.
    assert_eq!((of(OWN), of(other)), (13, 23));
}

#[test]
fn mantle_models_and_projects_are_asked_as_they_are_listed() {
    let mantle =
        |name: &str, pairs: &[(&str, &str)]| listed_metric(OWN, Namespace::Mantle, name, pairs);
    let listed = listed(&[
        mantle("Inferences", &[]),
        mantle("Inferences", &[("Project", "p1")]),
        mantle(
            "InputTokens",
            &[("Project", "p1"), ("Model", "openai.gpt-oss-120b")],
        ),
    ]);
    let round = first_round(&listed, &BTreeSet::new());
    // 12 totals, 4 metrics of the model, 4 of project and model.
    assert_eq!(round.len(), 20);
}

#[test]
fn candidates_are_asked_under_the_name_that_cloudwatch_shows() {
    let region = "arn:aws:bedrock:us-east-1:111122223333";
    let names: BTreeSet<String> = [
        "us.amazon.nova-lite-v1:0".to_owned(),
        format!("{region}:inference-profile/us.amazon.nova-lite-v1:0"),
        format!("{region}:application-inference-profile/abcd1234efgh"),
        format!("{region}:provisioned-model/xyz"),
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0".to_owned(),
        String::new(),
    ]
    .into();
    let expected = [
        "abcd1234efgh",
        "amazon.titan-embed-text-v2:0",
        "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/xyz",
        "us.amazon.nova-lite-v1:0",
    ];
    assert_eq!(as_shown(&names), candidates(&expected));
}
