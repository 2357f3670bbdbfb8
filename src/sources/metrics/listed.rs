//! What `ListMetrics` names: accounts, models, tiers, image sizes, projects. It leaves out what
//! had no data in the past two weeks. May import `domain` and its siblings.
//!
//! Sample: `InvocationLatency` of `ModelId` = `amazon.nova-lite-v1:0` makes that model known,
//! which is then asked for all metrics that are read.

use std::collections::{BTreeMap, BTreeSet};

use super::series::{Level, Metric, Namespace};
use crate::domain::Text;

/// One metric of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListedMetric {
    /// The account that owns it.
    pub(super) account: Text,
    pub(super) namespace: Namespace,
    pub(super) name: String,
    pub(super) dimensions: Vec<(String, String)>,
}

/// What is listed of one account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ListedAccount {
    /// Models of `AWS/Bedrock`, under whatever metric.
    pub(super) models: BTreeSet<Text>,
    /// Tier sets, as they are listed.
    pub(super) tiers: BTreeSet<Level>,
    /// Image sets, as they are listed.
    pub(super) images: BTreeSet<Level>,
    /// Models of `AWS/BedrockMantle`.
    pub(super) mantle_models: BTreeSet<Text>,
    /// Project sets of `AWS/BedrockMantle`.
    pub(super) projects: BTreeSet<Level>,
}

/// What is listed of one Region, by account; the account that is asked is always there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Listed {
    pub(super) accounts: BTreeMap<Text, ListedAccount>,
    /// The metrics that Bedrock publishes by tier.
    pub(super) tier_metrics: BTreeSet<Metric>,
}

impl Listed {
    pub(super) fn new(own: &Text, metrics: &[ListedMetric]) -> Self {
        let mut listed = Self::default();
        listed.accounts.entry(own.clone()).or_default();
        for metric in metrics {
            listed.add(metric);
        }
        listed
    }

    fn add(&mut self, metric: &ListedMetric) {
        let account = self.accounts.entry(metric.account.clone()).or_default();
        let level = Level::of(metric.namespace, &metric.dimensions);
        match metric.namespace {
            Namespace::Runtime => {
                // A model is known by any metric, those with dimensions nobody described too.
                account
                    .models
                    .extend(dimension(&metric.dimensions, "ModelId"));
                match level {
                    Some(tier @ Level::Tier { .. }) => {
                        account.tiers.insert(tier);
                        self.tier_metrics.extend(Metric::parse(&metric.name));
                    }
                    Some(image @ Level::Image { .. })
                        if metric.name == Metric::OutputImageCount.as_str() =>
                    {
                        account.images.insert(image);
                    }
                    _ => {}
                }
            }
            Namespace::Mantle => {
                account
                    .mantle_models
                    .extend(dimension(&metric.dimensions, "Model"));
                if let Some(project @ Level::Project { .. }) = level {
                    account.projects.insert(project);
                }
            }
        }
    }
}

fn dimension(dimensions: &[(String, String)], wanted: &str) -> Option<Text> {
    let found = dimensions.iter().find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.as_str().into())
}
