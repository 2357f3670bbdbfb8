//! The rows that one thread adds calls to: each key gets a number, and what repeats in keys
//! (places, models, principals) gets one before it, so that a call is compared by numbers. May
//! import `domain`.
//!
//! Sample: the second call of a role in one hour on one model finds the number of the first.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use chrono::DateTime;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

use crate::domain::{
    Granularity, ModelNaming, RequestMetadata, ResolvedModel, ServiceTier, Source, Text,
    TokenCounts, UsageRecord, UsageRow, principal_without_session, prompt_band,
};

/// Numbers from 0 for values, in the order in which they were first seen.
#[derive(Debug)]
struct Numbers<T> {
    values: Vec<T>,
    index: HashTable<(u64, u32)>,
}

impl<T> Numbers<T> {
    fn new() -> Self {
        Self {
            values: Vec::new(),
            index: HashTable::new(),
        }
    }

    /// The number of the value that `is` tells, which is made by `new` if there is none yet.
    #[inline]
    fn number(&mut self, hash: u64, is: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> u32 {
        let values = &self.values;
        let known = self.index.find(hash, |(of, number)| {
            *of == hash && is(&values[*number as usize])
        });
        if let Some((_, number)) = known {
            return *number;
        }
        // More than 2^32 distinct values do not fit in memory.
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(new());
        self.index
            .insert_unique(hash, (hash, number), |(hash, _)| *hash);
        number
    }
}

/// An account and a Region.
#[derive(Debug)]
struct Place {
    account_id: Text,
    region: Text,
    /// What makes equal request ids of two places differ.
    seed: u64,
}

#[derive(Debug)]
struct Model {
    name: Text,
    resolved: ResolvedModel,
    /// The thresholds of its long-context prices.
    prompt_bounds: Vec<u64>,
}

/// The key of a row, as one thread numbers it: two names of one model are still two keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RowKey {
    hour: i64,
    prompt_band: Option<u64>,
    place: u32,
    model: u32,
    principal: Option<u32>,
    metadata: u32,
    service_tier: ServiceTier,
}

impl Hash for RowKey {
    /// In few words: this is done for every call.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let words = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let principal = self.principal.map_or(u32::MAX, |principal| principal);
        state.write_u64(self.hour.cast_unsigned() ^ self.prompt_band.unwrap_or(u64::MAX));
        state.write_u64(words(self.place, self.metadata));
        state.write_u64(words(self.model, principal));
        state.write_u8(self.service_tier as u8);
    }
}

/// The rows of one thread, by number.
#[derive(Debug)]
pub(crate) struct RowIndex {
    naming: Arc<ModelNaming>,
    hasher: FixedState,
    places: Numbers<Place>,
    /// Calls of one place follow one another.
    last_place: u32,
    models: Numbers<Model>,
    principals: Numbers<Text>,
    metadata: Numbers<RequestMetadata>,
    no_metadata: Option<u32>,
    keys: Numbers<RowKey>,
}

impl RowIndex {
    pub(crate) fn new(naming: Arc<ModelNaming>) -> Self {
        Self {
            naming,
            hasher: FixedState::default(),
            places: Numbers::new(),
            last_place: 0,
            models: Numbers::new(),
            principals: Numbers::new(),
            metadata: Numbers::new(),
            no_metadata: None,
            keys: Numbers::new(),
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.keys.values.len()
    }

    /// The number of the record's row.
    #[inline]
    pub(crate) fn row(&mut self, record: &UsageRecord<'_>) -> u32 {
        let place = self.place(record.account_id, record.region);
        let model = self.model(record.model_id);
        let Model {
            resolved,
            prompt_bounds,
            ..
        } = &self.models.values[model as usize];
        let key = RowKey {
            hour: record.timestamp.div_euclid(3_600),
            prompt_band: record
                .prompt_tokens()
                .map(|tokens| prompt_band(prompt_bounds, tokens)),
            place,
            model,
            service_tier: if resolved.provisioned {
                ServiceTier::Provisioned
            } else {
                record.service_tier
            },
            principal: record.principal.map(|arn| self.principal(arn)),
            metadata: self.metadata(&record.metadata),
        };
        let hash = self.hasher.hash_one(key);
        self.keys.number(hash, |known| *known == key, || key)
    }

    #[inline]
    fn place(&mut self, account_id: &str, region: &str) -> u32 {
        let is = |place: &Place| *place.account_id == *account_id && *place.region == *region;
        if self
            .places
            .values
            .get(self.last_place as usize)
            .is_some_and(is)
        {
            return self.last_place;
        }
        let hash = self.hasher.hash_one((account_id, region));
        self.last_place = self.places.number(hash, is, || Place {
            account_id: account_id.into(),
            region: region.into(),
            // The length in front, so that no two pairs share their bytes.
            seed: xxh3_64(format!("{} {account_id}{region}", account_id.len()).as_bytes()),
        });
        self.last_place
    }

    /// The model's number; each name is resolved once.
    #[inline]
    fn model(&mut self, name: &str) -> u32 {
        let (hash, naming) = (self.hasher.hash_one(name), &self.naming);
        let new = || {
            let resolved = naming.resolve(name);
            Model {
                name: name.into(),
                prompt_bounds: naming.prompt_bounds(&resolved.model_id).to_vec(),
                resolved,
            }
        };
        self.models.number(hash, |model| *model.name == *name, new)
    }

    #[inline]
    fn principal(&mut self, arn: &str) -> u32 {
        let principal = principal_without_session(arn);
        let hash = self.hasher.hash_one(principal);
        self.principals
            .number(hash, |known| **known == *principal, || principal.into())
    }

    #[inline]
    fn metadata(&mut self, pairs: &[(&str, &str)]) -> u32 {
        // Most calls have none that are kept.
        if let ([], Some(number)) = (pairs, self.no_metadata) {
            return number;
        }
        let hash = self.hasher.hash_one(pairs);
        let is = |known: &RequestMetadata| {
            let known = known.iter().map(|(key, value)| (&**key, &**value));
            known.eq(pairs.iter().copied())
        };
        let own = |(key, value): &(&str, &str)| (Text::from(*key), Text::from(*value));
        let new = || RequestMetadata::new(pairs.iter().map(own));
        let number = self.metadata.number(hash, is, new);
        if pairs.is_empty() {
            self.no_metadata = Some(number);
        }
        number
    }

    /// What tells a call from others: 128 bits of account, Region and request id. The call's
    /// record must be the one that was asked for last.
    #[inline]
    pub(crate) fn fingerprint(&self, request_id: &str) -> [u32; 4] {
        let place = self.places.values.get(self.last_place as usize);
        let seed = place.map_or(0, |place| place.seed);
        let hash = xxh3_128_with_seed(request_id.as_bytes(), seed);
        [
            hash as u32,
            (hash >> 32) as u32,
            (hash >> 64) as u32,
            (hash >> 96) as u32,
        ]
    }

    /// All rows by number, without counts.
    pub(crate) fn rows(&self, source: Source) -> impl Iterator<Item = UsageRow> {
        self.keys.values.iter().map(move |key| {
            let place = &self.places.values[key.place as usize];
            let model = &self.models.values[key.model as usize].resolved;
            let metadata = &self.metadata.values[key.metadata as usize];
            let principal = key.principal.map(|it| &self.principals.values[it as usize]);
            UsageRow {
                // Readers only give years of four digits.
                hour: DateTime::from_timestamp(key.hour.saturating_mul(3_600), 0)
                    .unwrap_or_default(),
                granularity: Granularity::Hour,
                account_id: place.account_id.clone(),
                region: place.region.clone(),
                model_id: model.model_id.clone(),
                endpoint_scope: model.scope,
                geo: model.geo.clone(),
                service_tier: key.service_tier,
                prompt_band: key.prompt_band,
                inference_profile: model.inference_profile.clone(),
                principal: principal.cloned(),
                metadata: metadata.clone(),
                workload: None,
                counts: TokenCounts::default(),
                source,
            }
        })
    }
}
