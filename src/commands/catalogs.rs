//! The catalogs of stores: names of profiles, and life cycles as the API tells them.
//!
//! Imports everything a command may. Sample: the store `eolcast-store` with the catalog of one
//! account gives the name `checkout` to `abcd1234efgh`.

use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::domain::{Catalog, CatalogProfiles, ModelNaming, Text, UsageRow};
use crate::settings::Settings;
use crate::usage::{StoreError, read_catalogs};

/// The store that is read when none is named.
pub(super) const DEFAULT_STORE: &str = "eolcast-store";

/// The catalogs of these stores, or of the default one, if there is one. Of two of one account
/// and Region the later counts.
pub(super) fn read(stores: &[PathBuf]) -> Result<Vec<Catalog>, StoreError> {
    let default = [PathBuf::from(DEFAULT_STORE)];
    let stores = match stores {
        [] if Path::new(DEFAULT_STORE).is_dir() => &default[..],
        stores => stores,
    };
    let mut all: Vec<Catalog> = Vec::new();
    for store in stores {
        all.extend(read_catalogs(store)?);
    }
    let key = |catalog: &Catalog| (catalog.account_id.clone(), catalog.region.clone());
    all.sort_by_key(|catalog| (key(catalog), std::cmp::Reverse(catalog.fetched_at)));
    all.dedup_by_key(|catalog| key(catalog));
    Ok(all)
}

/// Teaches the naming what the catalogs know; the settings win. Profiles that the catalogs
/// could not resolve come back.
pub(super) fn add_profiles(
    naming: &mut ModelNaming,
    settings: &Settings,
    catalogs: &[Catalog],
) -> Vec<Text> {
    let known = CatalogProfiles::of(catalogs);
    naming.profiles = known.profiles;
    naming.profiles.extend(settings.profiles.clone());
    let of_settings = |id: &Text| settings.profiles.contains_key(id);
    let unresolved = known.unresolved.into_iter();
    unresolved.filter(|id| !of_settings(id)).collect()
}

/// A finding for each profile that was called, is in a catalog, and could not be resolved.
pub(super) fn unresolved(
    ids: &[Text],
    naming: &ModelNaming,
    usage: &[UsageRow],
) -> Vec<Diagnostic> {
    let finding = |id: &Text| {
        let of_profile = usage.iter().filter(|row| {
            let seen = row.inference_profile.as_deref();
            seen.is_some_and(|seen| seen == &**id || seen.ends_with(&format!("/{id}")))
        });
        let tokens: Vec<u64> = of_profile.map(|row| row.counts.tokens()).collect();
        if tokens.is_empty() {
            return None;
        }
        let name = naming
            .profiles
            .get(id)
            .and_then(|profile| profile.name.clone());
        let called = name.map_or_else(String::new, |name| format!(" ({name})"));
        let message = format!(
            "the models of the application profile{called} match no single system profile or model of the catalog, so its usage has no model; name it in the settings ([inference_profile.{id}])"
        );
        let finding = Diagnostic::warning("profile-unresolved", &**id, message);
        Some(finding.with_tokens(tokens.into_iter().fold(0, u64::saturating_add)))
    };
    ids.iter().filter_map(finding).collect()
}
