//! What the Bedrock API says of one account and Region: models with their life cycle, inference
//! profiles, provisioned throughput, where invocation logs go. It is one more source beside the
//! tables, and known to lag the notices (a model stayed ACTIVE after its notice).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::moment;

/// The catalog of one account and Region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// The account that was asked.
    pub account_id: String,
    /// The Region that was asked.
    pub region: String,
    /// When the fetch began.
    #[serde(with = "moment")]
    pub fetched_at: DateTime<Utc>,
    /// `ListFoundationModels`, sorted by id.
    pub models: Vec<CatalogModel>,
    /// `ListInferenceProfiles` of both types, sorted by id.
    pub profiles: Vec<CatalogProfile>,
    /// `ListProvisionedModelThroughputs`, sorted by ARN.
    pub provisioned: Vec<CatalogProvisioned>,
    /// `GetModelInvocationLoggingConfiguration`; `None` when logging is off.
    pub logging: Option<LoggingConfiguration>,
}

/// A foundation model as the API describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogModel {
    /// The model id.
    pub model_id: String,
    /// The display name.
    pub name: Option<String>,
    /// The provider's name.
    pub provider: Option<String>,
    /// `TEXT`, `IMAGE`, `EMBEDDING`, ... as the API writes them.
    pub output_modalities: Vec<String>,
    /// `ON_DEMAND`, `PROVISIONED`, `INFERENCE_PROFILE`, ... as the API writes them.
    pub inference_types: Vec<String>,
    /// Its life cycle.
    pub lifecycle: Option<CatalogLifecycle>,
}

/// `modelLifecycle` of the API, timestamps as they are (they can lie inside a day).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CatalogLifecycle {
    /// `ACTIVE` or `LEGACY`, or a later word.
    pub status: String,
    /// `startOfLifeTime`.
    #[serde(with = "moment::optional", default)]
    pub start_of_life: Option<DateTime<Utc>>,
    /// `legacyTime`.
    #[serde(with = "moment::optional", default)]
    pub legacy_from: Option<DateTime<Utc>>,
    /// `publicExtendedAccessTime`: the start of higher prices.
    #[serde(with = "moment::optional", default)]
    pub extended_access_from: Option<DateTime<Utc>>,
    /// `endOfLifeTime`.
    #[serde(with = "moment::optional", default)]
    pub end_of_life: Option<DateTime<Utc>>,
}

/// An inference profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogProfile {
    /// The bare id: `us.anthropic...` for system profiles, `abcd1234efgh` for application ones.
    pub id: String,
    /// The ARN.
    pub arn: String,
    /// The name people gave it (application) or AWS's (system).
    pub name: String,
    /// Whether the account made it (`APPLICATION`).
    pub application: bool,
    /// ARNs of the models it can route to.
    pub model_arns: Vec<String>,
    /// Tags; read for application profiles only.
    pub tags: BTreeMap<String, String>,
    /// Whether the tags could be read (they need a permission of their own).
    pub tags_known: bool,
}

/// Provisioned throughput.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogProvisioned {
    /// The ARN that callers name.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The foundation model behind it.
    pub foundation_model_arn: String,
    /// Model units.
    pub model_units: u32,
    /// `OneMonth`, `SixMonths`; none without commitment.
    pub commitment: Option<String>,
    /// When the commitment ends.
    #[serde(with = "moment::optional", default)]
    pub commitment_ends: Option<DateTime<Utc>>,
    /// When it was made.
    #[serde(with = "moment::optional", default)]
    pub created: Option<DateTime<Utc>>,
    /// `InService`, ...
    pub status: String,
}

/// Where invocation logs go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LoggingConfiguration {
    /// The CloudWatch Logs group, if logs go there.
    pub log_group: Option<String>,
    /// The S3 bucket, if logs go there.
    pub bucket: Option<String>,
    /// The prefix in the bucket, without the slash at its end.
    pub key_prefix: Option<String>,
    /// Whether bodies of text calls are delivered too.
    pub text_bodies: Option<bool>,
}
