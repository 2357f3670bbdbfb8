//! Resolving model names with what the tables and the settings know.

use std::collections::{BTreeMap, BTreeSet};

use super::model_id::strip_context_suffix;
use super::{EndpointScope, ModelId, ModelReference, ResolvedModel, Text};

/// An application inference profile (or provisioned throughput, or custom deployment) that
/// the settings or the catalog explain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InferenceProfile {
    /// The name people gave it; the workload when no rule says otherwise.
    pub name: Option<Text>,
    /// What it stands for: a model id, with `us.`, `global.` ... in front for its scope.
    pub model: Text,
    /// Its tags, for allocation rules.
    pub tags: BTreeMap<Text, Text>,
}

/// What is known about names: providers, other ids of the same model, profiles, and the
/// thresholds of long-context prices.
#[derive(Debug, Clone, Default)]
pub struct ModelNaming {
    /// First labels of model ids (`anthropic`, `amazon`, ...). A first label that is not one
    /// of these, before one that is, is a geo prefix: prefixes are never a fixed list.
    pub providers: BTreeSet<Text>,
    /// Ids that the tables know.
    pub models: BTreeSet<Text>,
    /// Other ids of a model -> its id in the tables.
    pub aliases: BTreeMap<Text, Text>,
    /// Bare id of a profile, provisioned throughput or deployment -> what it is.
    pub profiles: BTreeMap<Text, InferenceProfile>,
    /// Model -> lower bounds (in prompt tokens, ascending) of its long-context prices.
    pub prompt_bands: BTreeMap<Text, Vec<u64>>,
}

impl ModelNaming {
    /// Resolves a name as logs, metrics or tables write it. Never fails: what resolves to
    /// nothing keeps its name and has `known == false`.
    pub fn resolve(&self, name: &str) -> ResolvedModel {
        match ModelReference::parse(name) {
            ModelReference::Model(id) => self.model(id),
            ModelReference::ApplicationProfile(id) => {
                let seen = Some(Text::from(name));
                match self.profiles.get(id) {
                    Some(profile) => ResolvedModel {
                        inference_profile: seen,
                        ..self.model_of(profile)
                    },
                    None => ResolvedModel {
                        inference_profile: seen,
                        ..unresolved(name)
                    },
                }
            }
            ModelReference::Provisioned(id) => {
                let model = self.profiles.get(id).map(|profile| self.model_of(profile));
                let model = model.unwrap_or_else(|| unresolved(name));
                ResolvedModel {
                    scope: Some(EndpointScope::InRegion),
                    geo: None,
                    provisioned: true,
                    ..model
                }
            }
            ModelReference::CustomDeployment(id) => {
                let model = self.profiles.get(id).map(|profile| self.model_of(profile));
                let model = model.unwrap_or_else(|| unresolved(name));
                ResolvedModel {
                    scope: Some(EndpointScope::InRegion),
                    geo: None,
                    ..model
                }
            }
            ModelReference::Whole(name) => ResolvedModel {
                scope: Some(EndpointScope::InRegion),
                ..unresolved(name)
            },
        }
    }

    /// The profile behind a name, if the settings or the catalog know it.
    pub fn profile(&self, name: &str) -> Option<&InferenceProfile> {
        match ModelReference::parse(name) {
            ModelReference::ApplicationProfile(id)
            | ModelReference::Provisioned(id)
            | ModelReference::CustomDeployment(id) => self.profiles.get(id),
            _ => None,
        }
    }

    /// The long-context band of a prompt: the greatest threshold that the prompt is above
    /// (not at), or 0.
    pub fn prompt_band(&self, model: &ModelId, prompt_tokens: u64) -> u64 {
        prompt_band(self.prompt_bounds(model), prompt_tokens)
    }

    /// The thresholds of a model's long-context prices, ascending; none where it has none.
    pub fn prompt_bounds(&self, model: &ModelId) -> &[u64] {
        let bounds = self.prompt_bands.get(model.as_str());
        bounds.map_or(&[][..], Vec::as_slice)
    }

    fn model_of(&self, profile: &InferenceProfile) -> ResolvedModel {
        match ModelReference::parse(&profile.model) {
            ModelReference::Model(id) => self.model(id),
            _ => unresolved(&profile.model),
        }
    }

    /// A model id with or without prefix and suffix.
    fn model(&self, id: &str) -> ResolvedModel {
        let (prefix, bare) = self.split_prefix(id);
        let (scope, geo) = match prefix {
            None => (EndpointScope::InRegion, None),
            Some("global") => (EndpointScope::Global, None),
            Some(prefix) => (EndpointScope::Geo, Some(Text::from(prefix))),
        };
        // An id that the tables hold as it stands is not shortened (a `:512` could be part of it).
        let bare = if self.is_known(bare) {
            bare
        } else {
            strip_context_suffix(bare)
        };
        let canonical = self.aliases.get(bare).map_or(bare, |model| &**model);
        ResolvedModel {
            model_id: ModelId::new(canonical),
            scope: Some(scope),
            geo,
            inference_profile: None,
            provisioned: false,
            known: self.is_known(canonical),
        }
    }

    fn is_known(&self, id: &str) -> bool {
        self.models.contains(id) || self.aliases.contains_key(id)
    }

    fn split_prefix<'a>(&self, id: &'a str) -> (Option<&'a str>, &'a str) {
        let Some((first, rest)) = id.split_once('.') else {
            return (None, id);
        };
        if self.providers.contains(first) {
            return (None, id);
        }
        let second = rest.split('.').next().unwrap_or_default();
        if rest.contains('.') && self.providers.contains(second) {
            (Some(first), rest)
        } else {
            (None, id)
        }
    }
}

/// The greatest of ascending thresholds that a prompt is above (not at), or 0.
pub fn prompt_band(bounds: &[u64], prompt_tokens: u64) -> u64 {
    let mut below = bounds.iter().rev();
    below
        .find(|bound| prompt_tokens > **bound)
        .copied()
        .unwrap_or(0)
}

fn unresolved(name: &str) -> ResolvedModel {
    ResolvedModel {
        model_id: ModelId::new(name),
        scope: None,
        geo: None,
        inference_profile: None,
        provisioned: false,
        known: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming() -> ModelNaming {
        ModelNaming {
            providers: ["anthropic", "amazon", "deepseek"].map(Text::from).into(),
            models: [
                "anthropic.claude-haiku-4-5-20251001-v1:0",
                "amazon.nova-lite-v1:0",
                "deepseek.v3.2",
            ]
            .map(Text::from)
            .into(),
            aliases: [(
                "anthropic.claude-haiku-4-5".into(),
                "anthropic.claude-haiku-4-5-20251001-v1:0".into(),
            )]
            .into(),
            profiles: [(
                "abcd1234efgh".into(),
                InferenceProfile {
                    name: Some("checkout".into()),
                    model: "us.amazon.nova-lite-v1:0".into(),
                    tags: BTreeMap::new(),
                },
            )]
            .into(),
            prompt_bands: [("amazon.nova-lite-v1:0".into(), vec![200_000])].into(),
        }
    }

    #[test]
    fn prefixes_give_the_scope_and_models_may_contain_dots() {
        let naming = naming();
        for (name, model, scope, geo) in [
            (
                "amazon.nova-lite-v1:0",
                "amazon.nova-lite-v1:0",
                EndpointScope::InRegion,
                None,
            ),
            (
                "us-gov.amazon.nova-lite-v1:0",
                "amazon.nova-lite-v1:0",
                EndpointScope::Geo,
                Some("us-gov"),
            ),
            (
                "global.anthropic.claude-haiku-4-5",
                "anthropic.claude-haiku-4-5-20251001-v1:0",
                EndpointScope::Global,
                None,
            ),
            (
                "deepseek.v3.2",
                "deepseek.v3.2",
                EndpointScope::InRegion,
                None,
            ),
            (
                "zz.deepseek.v3.2",
                "deepseek.v3.2",
                EndpointScope::Geo,
                Some("zz"),
            ),
        ] {
            let resolved = naming.resolve(name);
            assert_eq!(resolved.model_id.as_str(), model);
            assert_eq!(
                (resolved.scope, resolved.geo.as_deref()),
                (Some(scope), geo),
                "{name}"
            );
            assert!(resolved.known);
        }
    }

    #[test]
    fn an_unknown_id_is_kept_and_never_matched_by_a_part_of_it() {
        let resolved = naming().resolve("anthropic.claude-haiku-4");
        assert_eq!(resolved.model_id.as_str(), "anthropic.claude-haiku-4");
        assert!(!resolved.known);
        assert!(!naming().resolve("newco.model-x-v1:0").known);
    }

    #[test]
    fn a_mapped_profile_gives_model_and_scope_and_an_unmapped_one_neither() {
        let arn =
            "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcd1234efgh";
        let resolved = naming().resolve(arn);
        assert_eq!(resolved.model_id.as_str(), "amazon.nova-lite-v1:0");
        assert_eq!(
            (resolved.scope, resolved.geo.as_deref()),
            (Some(EndpointScope::Geo), Some("us"))
        );
        assert_eq!(resolved.inference_profile.as_deref(), Some(arn));
        let unmapped = naming().resolve("zzzz1234zzzz");
        assert_eq!((unmapped.scope, unmapped.known), (None, false));
        assert_eq!(unmapped.model_id.as_str(), "zzzz1234zzzz");
    }

    #[test]
    fn the_band_begins_above_the_threshold_and_not_at_it() {
        let (naming, model) = (naming(), ModelId::new("amazon.nova-lite-v1:0"));
        assert_eq!(naming.prompt_band(&model, 200_000), 0);
        assert_eq!(naming.prompt_band(&model, 200_001), 200_000);
    }
}
