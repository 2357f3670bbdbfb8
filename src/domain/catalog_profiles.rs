//! What the profiles and throughputs of a catalog stand for. Imports its siblings only.
//!
//! The API does not say what an application profile was copied from: it is inferred from the
//! models it routes to. The same set as a system profile is that profile; one model in one
//! Region is that model; a model without a Region is its global profile; a model in several
//! Regions is its one geo profile that reaches all of them.
//!
//! Sample: `abcd1234efgh` routes where `us.amazon.nova-lite-v1:0` does, so it is that.

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalog, CatalogProfile, InferenceProfile, ModelReference, Text};

/// What catalogs know of names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CatalogProfiles {
    /// Bare id of an application profile or provisioned throughput -> what it is.
    pub profiles: BTreeMap<Text, InferenceProfile>,
    /// Bare ids of application profiles whose model could not be inferred, sorted. Their names
    /// and tags are known all the same.
    pub unresolved: Vec<Text>,
}

impl CatalogProfiles {
    /// Takes all catalogs together. An id belongs to one account only.
    pub fn of(catalogs: &[Catalog]) -> Self {
        let mut known = Self::default();
        for catalog in catalogs {
            for profile in catalog
                .profiles
                .iter()
                .filter(|profile| profile.application)
            {
                known.add(profile, catalog);
            }
            for throughput in &catalog.provisioned {
                let ModelReference::Provisioned(id) = ModelReference::parse(&throughput.arn) else {
                    continue;
                };
                let model = model_of_arn(&throughput.foundation_model_arn);
                let Some((_, model)) = model else { continue };
                let profile = InferenceProfile {
                    name: name(&throughput.name),
                    model: model.into(),
                    tags: BTreeMap::new(),
                };
                known.profiles.insert(id.into(), profile);
            }
        }
        known.unresolved.sort();
        known.unresolved.dedup();
        known
    }

    fn add(&mut self, profile: &CatalogProfile, catalog: &Catalog) {
        let id = match ModelReference::parse(&profile.arn) {
            ModelReference::ApplicationProfile(id) => Text::from(id),
            _ => Text::from(profile.id.as_str()),
        };
        let source = source_of(profile, &catalog.profiles);
        if source.is_none() {
            self.unresolved.push(id.clone());
        }
        let tags = profile.tags.iter();
        let profile = InferenceProfile {
            name: name(&profile.name),
            // Its own id resolves to nothing, and is shown.
            model: source.map_or_else(|| id.clone(), Text::from),
            tags: tags
                .map(|(key, value)| (key.as_str().into(), value.as_str().into()))
                .collect(),
        };
        self.profiles.insert(id, profile);
    }
}

fn name(name: &str) -> Option<Text> {
    Some(Text::from(name)).filter(|name| !name.is_empty())
}

/// Region and model of a `foundation-model` ARN.
fn model_of_arn(arn: &str) -> Option<(&str, &str)> {
    let region = arn.split(':').nth(3)?;
    match ModelReference::parse(arn) {
        ModelReference::Model(model) if arn.starts_with("arn:") => Some((region, model)),
        _ => None,
    }
}

/// The system profile or model that an application profile was made of, if that is certain.
fn source_of(profile: &CatalogProfile, all: &[CatalogProfile]) -> Option<String> {
    let set = |profile: &CatalogProfile| -> BTreeSet<String> {
        profile.model_arns.iter().cloned().collect()
    };
    let own = set(profile);
    let models: BTreeSet<&str> = own
        .iter()
        .filter_map(|arn| Some(model_of_arn(arn)?.1))
        .collect();
    let only = models
        .iter()
        .copied()
        .next()
        .filter(|_| models.len() == 1)?;
    let system = || all.iter().filter(|other| !other.application);
    let same: Vec<&CatalogProfile> = system().filter(|other| set(other) == own).collect();
    match &same[..] {
        [same] => return Some(same.id.clone()),
        [] => {}
        _ => return None,
    }
    let regions: BTreeSet<&str> = own
        .iter()
        .filter_map(|arn| Some(model_of_arn(arn)?.0))
        .collect();
    if regions.contains("") {
        return Some(format!("global.{only}"));
    }
    if regions.len() == 1 {
        return Some(only.to_owned());
    }
    // A list of destinations can be cut off: what reaches all that is listed will do, if there
    // is but one.
    let global = format!("global.{only}");
    let mut wider = system().filter(|other| other.id != global && set(other).is_superset(&own));
    let first = wider.next()?;
    wider.next().is_none().then(|| first.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CatalogProvisioned;

    const NOVA: &str = "amazon.nova-lite-v1:0";

    fn arn(region: &str) -> String {
        format!("arn:aws:bedrock:{region}::foundation-model/{NOVA}")
    }

    fn profile(id: &str, application: bool, regions: &[&str]) -> CatalogProfile {
        let kind = if application {
            "application-inference-profile"
        } else {
            "inference-profile"
        };
        CatalogProfile {
            id: id.to_owned(),
            arn: format!("arn:aws:bedrock:us-east-1:111122223333:{kind}/{id}"),
            name: format!("name of {id}"),
            application,
            model_arns: regions.iter().map(|region| arn(region)).collect(),
            tags: [("team".to_owned(), "search".to_owned())].into(),
            tags_known: true,
        }
    }

    fn known(profiles: Vec<CatalogProfile>) -> CatalogProfiles {
        CatalogProfiles::of(&[Catalog {
            account_id: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            fetched_at: "2026-11-22T10:00:00Z".parse().unwrap(),
            models: Vec::new(),
            profiles,
            provisioned: vec![CatalogProvisioned {
                arn: "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/pt12".to_owned(),
                name: "reserved".to_owned(),
                foundation_model_arn: arn("us-east-1"),
                model_units: 1,
                commitment: None,
                commitment_ends: None,
                created: None,
                status: "InService".to_owned(),
            }],
            logging: None,
        }])
    }

    fn model(own: &[&str], system: &[(&str, &[&str])]) -> Option<String> {
        let mut profiles: Vec<_> = system
            .iter()
            .map(|(id, regions)| profile(id, false, regions))
            .collect();
        profiles.push(profile("abcd", true, own));
        let known = known(profiles);
        let model = known.profiles["abcd"].model.to_string();
        assert_eq!(known.unresolved.is_empty(), model != "abcd");
        known.unresolved.is_empty().then_some(model)
    }

    const US: &str = "us.amazon.nova-lite-v1:0";
    const GLOBAL: &str = "global.amazon.nova-lite-v1:0";

    #[test]
    fn the_same_destinations_are_the_same_profile() {
        let system: [(&str, &[&str]); 2] = [
            (US, &["us-east-1", "us-west-2"]),
            (GLOBAL, &["", "us-east-1"]),
        ];
        let of = |own: &[&str]| model(own, &system);
        assert_eq!(of(&["us-west-2", "us-east-1"]).as_deref(), Some(US));
        assert_eq!(of(&["", "us-east-1"]).as_deref(), Some(GLOBAL));
        assert_eq!(of(&["us-east-1"]).as_deref(), Some(NOVA));
    }

    #[test]
    fn a_profile_that_fits_two_or_none_is_left_unresolved() {
        let two: [(&str, &[&str]); 2] = [
            (US, &["us-east-1", "us-west-2", "us-east-2"]),
            (
                "na.amazon.nova-lite-v1:0",
                &["us-east-1", "us-west-2", "ca-central-1"],
            ),
        ];
        assert_eq!(model(&["us-east-1", "us-west-2"], &two), None);
        assert_eq!(model(&["us-east-1", "us-west-2"], &[]), None);
        assert_eq!(
            model(&["us-east-1", "us-west-2"], &two[..1]).as_deref(),
            Some(US)
        );
        assert_eq!(model(&[], &two), None);
    }

    #[test]
    fn names_tags_and_throughputs_are_taken() {
        let known = known(vec![profile("abcd", true, &["us-east-1"])]);
        let profile = &known.profiles["abcd"];
        assert_eq!(profile.name.as_deref(), Some("name of abcd"));
        assert_eq!(profile.tags["team"].as_ref(), "search");
        assert_eq!(known.profiles["pt12"].model.as_ref(), NOVA);
    }
}
