//! What CloudWatch has of Bedrock: namespaces, metrics, sets of dimensions, and a series, which
//! is one of each in one account. May import `domain` only.
//!
//! Each set of dimensions is its own series over the same traffic: nothing here is ever added
//! up across sets. Sources:
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-runtime-metrics.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-mantle-metrics.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html>.
//!
//! Sample: `InputTokenCount` of `AWS/Bedrock`, `ModelId` = `amazon.nova-lite-v1:0`, in the
//! account 111122223333.

use crate::domain::Text;

/// A namespace of CloudWatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Namespace {
    /// `AWS/Bedrock`: the `bedrock-runtime` endpoint.
    Runtime,
    /// `AWS/BedrockMantle`: the `bedrock-mantle` endpoint.
    Mantle,
}

impl Namespace {
    pub(super) const ALL: [Self; 2] = [Self::Runtime, Self::Mantle];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Runtime => "AWS/Bedrock",
            Self::Mantle => "AWS/BedrockMantle",
        }
    }

    /// The dimension that names the model.
    const fn model_dimension(self) -> &'static str {
        match self {
            Self::Runtime => "ModelId",
            Self::Mantle => "Model",
        }
    }

    /// What is asked, in short, for the store: two fetches with the same words ask the same.
    pub(super) fn query_words(self, period: i32) -> String {
        let (namespace, model) = (self.as_str(), self.model_dimension());
        format!("{namespace} {{{model}}} Sum {period}")
    }
}

macro_rules! metrics {
    ($($name:ident),+ $(,)?) => {
        /// The metrics that are read, named as AWS names them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Metric { $($name),+ }

        impl Metric {
            const EVERY: &'static [Self] = &[$(Self::$name),+];

            pub(super) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }
        }
    };
}

metrics!(
    Invocations,
    InvocationClientErrors,
    InvocationServerErrors,
    InvocationThrottles,
    InputTokenCount,
    OutputTokenCount,
    CacheReadInputTokens,
    CacheWriteInputTokens,
    OutputImageCount,
    LegacyModelInvocations,
    ModelInvocationLogsCloudWatchDeliverySuccess,
    ModelInvocationLogsCloudWatchDeliveryFailure,
    ModelInvocationLogsS3DeliverySuccess,
    ModelInvocationLogsS3DeliveryFailure,
    ModelInvocationLargeDataS3DeliverySuccess,
    ModelInvocationLargeDataS3DeliveryFailure,
    Inferences,
    InferenceClientErrors,
    TotalInputTokens,
    TotalOutputTokens,
    InputTokens,
    OutputTokens,
);

impl Metric {
    /// What a model of `AWS/Bedrock` is asked for.
    pub(super) const OF_MODEL: [Self; 10] = [
        Self::Invocations,
        Self::InvocationClientErrors,
        Self::InvocationServerErrors,
        Self::InvocationThrottles,
        Self::InputTokenCount,
        Self::OutputTokenCount,
        Self::CacheReadInputTokens,
        Self::CacheWriteInputTokens,
        Self::OutputImageCount,
        Self::LegacyModelInvocations,
    ];

    /// What `AWS/Bedrock` is asked for without dimensions: all models together, to see whether
    /// one is missing, and how log delivery went.
    pub(super) const OF_ALL_MODELS: [Self; 9] = [
        Self::Invocations,
        Self::InputTokenCount,
        Self::OutputTokenCount,
        Self::ModelInvocationLogsCloudWatchDeliverySuccess,
        Self::ModelInvocationLogsCloudWatchDeliveryFailure,
        Self::ModelInvocationLogsS3DeliverySuccess,
        Self::ModelInvocationLogsS3DeliveryFailure,
        Self::ModelInvocationLargeDataS3DeliverySuccess,
        Self::ModelInvocationLargeDataS3DeliveryFailure,
    ];

    /// Records of the invocation log that arrived.
    pub(super) const DELIVERIES: [Self; 3] = [
        Self::ModelInvocationLogsCloudWatchDeliverySuccess,
        Self::ModelInvocationLogsS3DeliverySuccess,
        Self::ModelInvocationLargeDataS3DeliverySuccess,
    ];

    /// Records of the invocation log that could not be delivered.
    pub(super) const DELIVERY_FAILURES: [Self; 3] = [
        Self::ModelInvocationLogsCloudWatchDeliveryFailure,
        Self::ModelInvocationLogsS3DeliveryFailure,
        Self::ModelInvocationLargeDataS3DeliveryFailure,
    ];

    /// What a model of `AWS/BedrockMantle` is asked for.
    pub(super) const OF_MANTLE_MODEL: [Self; 4] = [
        Self::Inferences,
        Self::InferenceClientErrors,
        Self::TotalInputTokens,
        Self::TotalOutputTokens,
    ];

    /// What a project and model of `AWS/BedrockMantle` are asked for.
    pub(super) const OF_MANTLE_PROJECT: [Self; 4] = [
        Self::Inferences,
        Self::InferenceClientErrors,
        Self::InputTokens,
        Self::OutputTokens,
    ];

    /// What `AWS/BedrockMantle` is asked for without dimensions (its account level).
    pub(super) const OF_ALL_MANTLE: [Self; 3] = [
        Self::Inferences,
        Self::TotalInputTokens,
        Self::TotalOutputTokens,
    ];

    /// The metric of this name, if it is one that is read.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::EVERY
            .iter()
            .copied()
            .find(|metric| metric.as_str() == name)
    }
}

/// A set of dimensions with its values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// No dimension: everything of the account and Region.
    All,
    /// One model.
    Model(Text),
    /// One model by the tier that was asked for and the one that served.
    Tier {
        model: Text,
        asked: Text,
        served: Text,
    },
    /// One image model by size and steps.
    Image {
        model: Text,
        size: Text,
        steps: Text,
    },
    /// One project and model of the `bedrock-mantle` endpoint.
    Project { project: Text, model: Text },
}

impl Level {
    /// The set that dimensions make, if it is one of those that are read.
    pub(super) fn of(namespace: Namespace, dimensions: &[(String, String)]) -> Option<Self> {
        let value = |wanted: &str| {
            let found = dimensions.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| Text::from(value.as_str()))
        };
        if dimensions.is_empty() {
            return Some(Self::All);
        }
        let model = value(namespace.model_dimension())?;
        match (namespace, dimensions.len()) {
            (_, 1) => Some(Self::Model(model)),
            (Namespace::Runtime, 3) => {
                let tier = value("ServiceTier").zip(value("ResolvedServiceTier"));
                let image = value("ImageSize").zip(value("BucketedStepSize"));
                match (tier, image) {
                    (Some((asked, served)), _) => Some(Self::Tier {
                        model,
                        asked,
                        served,
                    }),
                    (None, Some((size, steps))) => Some(Self::Image { model, size, steps }),
                    (None, None) => None,
                }
            }
            (Namespace::Mantle, 2) => {
                value("Project").map(|project| Self::Project { project, model })
            }
            _ => None,
        }
    }

    /// The dimensions, as a query names them.
    pub(super) fn dimensions(&self, namespace: Namespace) -> Vec<(&'static str, &str)> {
        let of = namespace.model_dimension();
        match self {
            Self::All => Vec::new(),
            Self::Model(model) => vec![(of, model)],
            Self::Tier {
                model,
                asked,
                served,
            } => vec![
                (of, model),
                ("ServiceTier", asked),
                ("ResolvedServiceTier", served),
            ],
            Self::Image { model, size, steps } => vec![
                (of, model),
                ("ImageSize", size),
                ("BucketedStepSize", steps),
            ],
            Self::Project { project, model } => vec![("Project", project), (of, model)],
        }
    }

    /// The model.
    pub(super) fn model(&self) -> Option<&Text> {
        match self {
            Self::All => None,
            Self::Model(model)
            | Self::Tier { model, .. }
            | Self::Image { model, .. }
            | Self::Project { model, .. } => Some(model),
        }
    }
}

/// One series: what one query of `GetMetricData` asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Series {
    /// The account that owns it.
    pub(super) account: Text,
    pub(super) namespace: Namespace,
    pub(super) level: Level,
    pub(super) metric: Metric,
}

impl Series {
    /// For messages: `InputTokenCount of amazon.nova-lite-v1:0`.
    pub(super) fn words(&self) -> String {
        let metric = self.metric.as_str();
        match self.level.model() {
            None => format!("{metric} of all models"),
            Some(model) => format!("{metric} of {model}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(namespace: Namespace, pairs: &[(&str, &str)]) -> Option<Level> {
        let pairs: Vec<(String, String)> = pairs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        Level::of(namespace, &pairs)
    }

    #[test]
    fn exact_sets_of_dimensions_are_told_apart() {
        let runtime = |pairs| level(Namespace::Runtime, pairs);
        assert_eq!(runtime(&[]), Some(Level::All));
        assert_eq!(runtime(&[("ModelId", "m")]), Some(Level::Model("m".into())));
        let tier = runtime(&[
            ("ResolvedServiceTier", "default"),
            ("ModelId", "m"),
            ("ServiceTier", "reserved"),
        ]);
        let expected = Level::Tier {
            model: "m".into(),
            asked: "reserved".into(),
            served: "default".into(),
        };
        assert_eq!(tier, Some(expected));
        // A set that nobody described is none of ours.
        assert_eq!(runtime(&[("ModelId", "m"), ("Other", "x")]), None);
        assert_eq!(runtime(&[("Model", "m")]), None);
    }

    #[test]
    fn a_level_comes_back_from_its_own_dimensions() {
        for (namespace, level) in [
            (Namespace::Runtime, Level::Model("m".into())),
            (
                Namespace::Runtime,
                Level::Image {
                    model: "m".into(),
                    size: "1024".into(),
                    steps: "50".into(),
                },
            ),
            (Namespace::Mantle, Level::Model("m".into())),
            (
                Namespace::Mantle,
                Level::Project {
                    project: "p".into(),
                    model: "m".into(),
                },
            ),
        ] {
            let pairs: Vec<(String, String)> = level
                .dimensions(namespace)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            assert_eq!(Level::of(namespace, &pairs), Some(level));
        }
    }

    #[test]
    fn metrics_are_named_as_aws_names_them() {
        assert_eq!(
            Metric::parse("CacheReadInputTokens"),
            Some(Metric::CacheReadInputTokens)
        );
        assert_eq!(Metric::parse("InvocationLatency"), None);
        assert_eq!(
            Namespace::Mantle.query_words(3600),
            "AWS/BedrockMantle {Model} Sum 3600"
        );
    }
}
