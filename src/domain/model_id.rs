//! Identity of a model: the many forms in which logs, metrics and bills name one.
//!
//! A name comes apart into what kind of thing it is ([`ModelReference`]); the tables and the
//! settings then resolve it ([`super::ModelNaming`]) to one [`ModelId`], one
//! [`EndpointScope`] and, where known, the inference profile it came through.
//!
//! Sample: `us.anthropic.claude-sonnet-4-5-20250929-v1:0` is the model
//! `anthropic.claude-sonnet-4-5-20250929-v1:0` called through the geo profile `us`.

use std::fmt;

use super::Text;

/// A model's id without geo prefix and context suffix, or, where nothing better is known,
/// the name as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelId(Text);

impl ModelId {
    /// Takes an id as it is.
    pub fn new(id: impl Into<Text>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shared text.
    pub fn text(&self) -> Text {
        self.0.clone()
    }

    /// The same, not yet shared.
    pub(crate) const fn as_text(&self) -> &Text {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a call may be served; the price depends on it.
///
/// Declared in the order of the words, which is how tables are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndpointScope {
    /// Anywhere in a geography (`us.`, `eu.`, ... profiles).
    Geo,
    /// Anywhere (`global.` profiles).
    Global,
    /// In the Region that was called.
    InRegion,
}

impl EndpointScope {
    /// The word in tables and in price rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InRegion => "in-region",
            Self::Geo => "geo",
            Self::Global => "global",
        }
    }

    /// Reads the word of a table.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::InRegion, Self::Geo, Self::Global]
            .into_iter()
            .find(|scope| scope.as_str() == text)
    }
}

impl fmt::Display for EndpointScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a model name turns out to be, before tables and settings are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelReference<'a> {
    /// A foundation model or a system-defined profile: still with prefix and suffix.
    Model(&'a str),
    /// An application inference profile: its bare id.
    ApplicationProfile(&'a str),
    /// Provisioned throughput: its bare id. Billed by the hour.
    Provisioned(&'a str),
    /// An on-demand deployment of a customised model: its bare id.
    CustomDeployment(&'a str),
    /// An imported or custom model, a prompt router, or another kind of ARN: kept whole.
    Whole(&'a str),
}

impl<'a> ModelReference<'a> {
    /// Takes a name apart. Partitions other than `aws` are accepted.
    ///
    /// An id without dot and colon is an application inference profile (that is how
    /// CloudWatch shows one).
    pub fn parse(name: &'a str) -> Self {
        let Some(resource) = arn_resource(name) else {
            return if name.contains(['.', ':', '/']) {
                Self::Model(name)
            } else {
                Self::ApplicationProfile(name)
            };
        };
        match resource.split_once('/') {
            Some(("foundation-model" | "inference-profile", id)) => Self::Model(id),
            Some(("application-inference-profile", id)) => Self::ApplicationProfile(id),
            Some(("provisioned-model", id)) => Self::Provisioned(id),
            Some(("custom-model-deployment", id)) => Self::CustomDeployment(id),
            _ => Self::Whole(name),
        }
    }
}

/// The resource part of an ARN (`arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`), which may
/// itself hold colons.
fn arn_resource(name: &str) -> Option<&str> {
    let mut parts = name.splitn(6, ':');
    (parts.next()? == "arn").then_some(())?;
    parts.nth(4)
}

/// Strips a context suffix (`:200k`, `:mm`, `:512` ...) that stands after the version.
///
/// `anthropic.claude-v2:1:18k` is `anthropic.claude-v2:1`; a version has one or two digits.
pub(super) fn strip_context_suffix(id: &str) -> &str {
    let Some((base, rest)) = id.split_once(':') else {
        return id;
    };
    let version = rest.split(':').next().unwrap_or_default();
    let is_version =
        (1..=2).contains(&version.len()) && version.bytes().all(|b| b.is_ascii_digit());
    if is_version {
        &id[..base.len() + 1 + version.len()]
    } else {
        base
    }
}

/// A model name after tables and settings were asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedModel {
    /// The model, or the name as seen where it resolves to nothing.
    pub model_id: ModelId,
    /// Empty for a profile that nobody could resolve.
    pub scope: Option<EndpointScope>,
    /// The geo prefix (`us`, `eu`, ...) of a geo profile.
    pub geo: Option<Text>,
    /// The application inference profile, as it was seen.
    pub inference_profile: Option<Text>,
    /// Whether this is provisioned throughput (its tokens have no price per token).
    pub provisioned: bool,
    /// Whether the name led to a model that the tables know.
    pub known: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_name_comes_apart() {
        let region = "arn:aws:bedrock:us-east-1:111122223333";
        let cases = [
            (
                "amazon.nova-lite-v1:0".to_owned(),
                ModelReference::Model("amazon.nova-lite-v1:0"),
            ),
            (
                "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0".to_owned(),
                ModelReference::Model("amazon.nova-lite-v1:0"),
            ),
            (
                format!("{region}:inference-profile/us.amazon.nova-pro-v1:0"),
                ModelReference::Model("us.amazon.nova-pro-v1:0"),
            ),
            (
                format!("{region}:application-inference-profile/abcd1234efgh"),
                ModelReference::ApplicationProfile("abcd1234efgh"),
            ),
            (
                "abcd1234efgh".to_owned(),
                ModelReference::ApplicationProfile("abcd1234efgh"),
            ),
            (
                format!("{region}:provisioned-model/qwerty123456"),
                ModelReference::Provisioned("qwerty123456"),
            ),
            (
                format!("{region}:custom-model-deployment/qwerty123456"),
                ModelReference::CustomDeployment("qwerty123456"),
            ),
            (
                "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-lite-v1:0"
                    .to_owned(),
                ModelReference::Model("amazon.nova-lite-v1:0"),
            ),
        ];
        for (name, expected) in &cases {
            assert_eq!(ModelReference::parse(name), *expected, "{name}");
        }
        let imported = format!("{region}:imported-model/abc");
        assert_eq!(
            ModelReference::parse(&imported),
            ModelReference::Whole(&imported)
        );
    }

    #[test]
    fn context_suffixes_go_and_versions_stay() {
        for (with, without) in [
            (
                "anthropic.claude-3-haiku-20240307-v1:0:200k",
                "anthropic.claude-3-haiku-20240307-v1:0",
            ),
            ("anthropic.claude-v2:1:18k", "anthropic.claude-v2:1"),
            ("cohere.embed-english-v3:0:512", "cohere.embed-english-v3:0"),
            (
                "anthropic.claude-instant-v1:28k",
                "anthropic.claude-instant-v1",
            ),
            ("amazon.nova-lite-v1:0:mm", "amazon.nova-lite-v1:0"),
            ("cohere.embed-english-v3:512", "cohere.embed-english-v3"),
            ("anthropic.claude-opus-4-7", "anthropic.claude-opus-4-7"),
            ("amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"),
        ] {
            assert_eq!(strip_context_suffix(with), without);
        }
    }
}
