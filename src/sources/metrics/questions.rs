//! Which series are asked for, in two rounds, so that as few as possible are (AWS bills each).
//!
//! First: everything of the models that `ListMetrics` names (a single metric of such a model can
//! be hidden, so all of them), the totals of all models, and one probe, `Invocations`, for each
//! model that only the candidates name. Then: the rest of the models whose probe had data, and
//! the image sets of models that have no count of images of their own. A round of a span is
//! asked in calls of 500 series whatever they are, so no call but the last has room left.
//! May import `domain` and its siblings.
//!
//! Sample: 60 listed models and 100 silent candidates are 60 x 10 + 9 + 3 + 100 = 712 series,
//! two calls.

use std::collections::BTreeSet;

use super::answers::Gathered;
use super::listed::{Listed, ListedAccount};
use super::series::{Level, Metric, Namespace, Series};
use crate::domain::{ModelReference, ServiceTier, Text};

/// The metrics that a tier set can split.
const SPLIT: [Metric; 9] = [
    Metric::Invocations,
    Metric::InvocationClientErrors,
    Metric::InvocationServerErrors,
    Metric::InvocationThrottles,
    Metric::InputTokenCount,
    Metric::OutputTokenCount,
    Metric::CacheReadInputTokens,
    Metric::CacheWriteInputTokens,
    Metric::OutputImageCount,
];

/// Candidates as CloudWatch would show them: bare ids of models and profiles, ARNs of the rest.
pub(super) fn as_shown(candidates: &BTreeSet<String>) -> BTreeSet<Text> {
    let shown = |name: &String| match ModelReference::parse(name) {
        ModelReference::Model(id) | ModelReference::ApplicationProfile(id) => Text::from(id),
        ModelReference::Provisioned(_)
        | ModelReference::CustomDeployment(_)
        | ModelReference::Whole(_) => Text::from(name.as_str()),
    };
    candidates
        .iter()
        .filter(|name| !name.is_empty())
        .map(shown)
        .collect()
}

/// The series that do not depend on what is listed, of one account.
pub(super) fn of_account(account: &Text) -> impl Iterator<Item = Series> {
    let runtime = of_level(
        account,
        Namespace::Runtime,
        &Level::All,
        &Metric::OF_ALL_MODELS,
    );
    let mantle = of_level(
        account,
        Namespace::Mantle,
        &Level::All,
        &Metric::OF_ALL_MANTLE,
    );
    runtime.into_iter().chain(mantle)
}

/// The first round.
pub(super) fn first_round(listed: &Listed, candidates: &BTreeSet<Text>) -> Vec<Series> {
    let mut series = Vec::new();
    for (account, named) in &listed.accounts {
        series.extend(of_account(account));
        for model in &named.models {
            let level = Level::Model(model.clone());
            series.extend(of_level(
                account,
                Namespace::Runtime,
                &level,
                &Metric::OF_MODEL,
            ));
        }
        series.extend(of_tiers(account, named, &listed.tier_metrics));
        series.extend(of_mantle(account, named));
        for model in candidates.difference(&named.models) {
            let level = Level::Model(model.clone());
            series.extend(of_level(
                account,
                Namespace::Runtime,
                &level,
                &[Metric::Invocations],
            ));
        }
    }
    series
}

/// The second round, from the answers of the first.
pub(super) fn second_round(
    listed: &Listed,
    candidates: &BTreeSet<Text>,
    gathered: &Gathered,
) -> Vec<Series> {
    let mut series = Vec::new();
    for (account, named) in &listed.accounts {
        let has_data = |model: &Text, metric| {
            gathered.has_data(&Series {
                account: account.clone(),
                namespace: Namespace::Runtime,
                level: Level::Model(model.clone()),
                metric,
            })
        };
        for model in candidates.difference(&named.models) {
            if has_data(model, Metric::Invocations) {
                let level = Level::Model(model.clone());
                let rest = &Metric::OF_MODEL[1..];
                series.extend(of_level(account, Namespace::Runtime, &level, rest));
            }
        }
        for level in &named.images {
            let counted = level
                .model()
                .is_some_and(|model| has_data(model, Metric::OutputImageCount));
            if !counted {
                let metric = &[Metric::OutputImageCount];
                series.extend(of_level(account, Namespace::Runtime, level, metric));
            }
        }
    }
    series
}

/// Tier sets that were not served at the standard tier: what they leave of a model's total is
/// standard anyway. Of the metrics those that Bedrock publishes by tier at all.
fn of_tiers(account: &Text, named: &ListedAccount, published: &BTreeSet<Metric>) -> Vec<Series> {
    let metrics: Vec<Metric> = SPLIT
        .into_iter()
        .filter(|metric| published.contains(metric))
        .collect();
    let apart = named.tiers.iter().filter(|level| match level {
        Level::Tier { served, .. } => ServiceTier::parse(served) != Some(ServiceTier::Standard),
        _ => false,
    });
    apart
        .flat_map(|level| of_level(account, Namespace::Runtime, level, &metrics))
        .collect()
}

fn of_mantle(account: &Text, named: &ListedAccount) -> Vec<Series> {
    let models = named.mantle_models.iter().flat_map(|model| {
        let level = Level::Model(model.clone());
        of_level(account, Namespace::Mantle, &level, &Metric::OF_MANTLE_MODEL)
    });
    let projects = named.projects.iter().flat_map(|level| {
        of_level(
            account,
            Namespace::Mantle,
            level,
            &Metric::OF_MANTLE_PROJECT,
        )
    });
    models.chain(projects).collect()
}

fn of_level(
    account: &Text,
    namespace: Namespace,
    level: &Level,
    metrics: &[Metric],
) -> Vec<Series> {
    let one = |metric: &Metric| Series {
        account: account.clone(),
        namespace,
        level: level.clone(),
        metric: *metric,
    };
    metrics.iter().map(one).collect()
}
