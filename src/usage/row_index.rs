//! The rows that one thread adds calls to: each key gets a number, and what repeats in keys
//! (places, models, principals) gets one before it, so that a call is compared by numbers. May
//! import `domain`.
//!
//! Sample: the second call of a role in one hour on one model finds the number of the first.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::Arc;

use chrono::DateTime;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

use super::spill::Fingerprint;
use crate::domain::{
    Granularity, MetadataPairs, ModelNaming, RequestMetadata, ResolvedModel, ServiceTier, Source,
    Text, TokenCounts, UsageRecord, UsageRow, principal_without_session, prompt_band,
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

/// Who called what, as one thread numbers it: two names of one model are still two callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct CallerKey {
    place: u32,
    model: u32,
    principal: Option<u32>,
    metadata: u32,
    /// As the record has it.
    service_tier: ServiceTier,
}

#[derive(Debug)]
struct Caller {
    key: CallerKey,
    /// The row of its latest call.
    latest: Option<(RowKey, u32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct RowKey {
    caller: u32,
    hour: i64,
    prompt_band: Option<u64>,
}

/// Places in which the numbers of callers are kept that called lately.
const LATELY: usize = 256;

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
    callers: Numbers<Caller>,
    /// By a few bytes of their names.
    lately: Box<[u32; LATELY]>,
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
            callers: Numbers::new(),
            lately: Box::new([0; LATELY]),
            keys: Numbers::new(),
        }
    }

    /// How many rows there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.keys.values.len()
    }

    /// The number of the record's row.
    #[inline]
    pub(crate) fn row(&mut self, record: &UsageRecord<'_>) -> u32 {
        let caller = self.caller(record);
        let Caller { key, latest } = &mut self.callers.values[caller as usize];
        let bounds = &self.models.values[key.model as usize].prompt_bounds;
        let key = RowKey {
            caller,
            hour: record.timestamp.div_euclid(3_600),
            prompt_band: record
                .prompt_tokens()
                .map(|tokens| prompt_band(bounds, tokens)),
        };
        match latest {
            Some((known, row)) if *known == key => *row,
            _ => {
                let hash = self.hasher.hash_one(key);
                let row = self.keys.number(hash, |known| *known == key, || key);
                *latest = Some((key, row));
                row
            }
        }
    }

    /// The number of who called what.
    #[inline]
    fn caller(&mut self, record: &UsageRecord<'_>) -> u32 {
        let place = self.place(record.account_id, record.region);
        let principal = record.principal.map(principal_without_session);
        let few_bytes = last_bytes(record.model_id)
            .wrapping_mul(31)
            .wrapping_add(last_bytes(principal.unwrap_or_default()))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let slot = (few_bytes >> 32) as usize % LATELY;
        let lately = self.lately[slot];
        if self.is_caller(lately, place, principal, record) {
            return lately;
        }
        let key = CallerKey {
            place,
            model: self.model(record.model_id),
            principal: principal.map(|principal| self.principal(principal)),
            metadata: self.metadata(record.metadata),
            service_tier: record.service_tier,
        };
        let hash = self.hasher.hash_one(key);
        let new = || Caller { key, latest: None };
        let caller = self.callers.number(hash, |known| known.key == key, new);
        self.lately[slot] = caller;
        caller
    }

    /// Whether the record is of this caller.
    #[inline]
    fn is_caller(
        &self,
        caller: u32,
        place: u32,
        principal: Option<&str>,
        record: &UsageRecord<'_>,
    ) -> bool {
        let Some(Caller { key, .. }) = self.callers.values.get(caller as usize) else {
            return false;
        };
        let same_principal = match (key.principal, principal) {
            (Some(known), Some(principal)) => *self.principals.values[known as usize] == *principal,
            (None, None) => true,
            _ => false,
        };
        same_principal
            && key.place == place
            && key.service_tier == record.service_tier
            && *self.models.values[key.model as usize].name == *record.model_id
            && is_same(
                &self.metadata.values[key.metadata as usize],
                record.metadata,
            )
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

    fn principal(&mut self, principal: &str) -> u32 {
        let hash = self.hasher.hash_one(principal);
        self.principals
            .number(hash, |known| **known == *principal, || principal.into())
    }

    fn metadata(&mut self, pairs: &MetadataPairs<'_>) -> u32 {
        let hash = self.hasher.hash_one(pairs);
        let own = |(key, value): &(&str, Cow<'_, str>)| (Text::from(*key), Text::from(&**value));
        let new = || RequestMetadata::new(pairs.iter().map(own));
        self.metadata
            .number(hash, |known| is_same(known, pairs), new)
    }

    /// What tells a call from others, by account, Region and request id. The call's record must
    /// be the one that was asked for last.
    #[inline]
    pub(crate) fn fingerprint(&self, request_id: &str) -> Fingerprint {
        let place = self.places.values.get(self.last_place as usize);
        let seed = place.map_or(0, |place| place.seed);
        Fingerprint::of(xxh3_128_with_seed(request_id.as_bytes(), seed))
    }

    /// All rows by number, without counts.
    pub(crate) fn rows(&self, source: Source) -> impl Iterator<Item = UsageRow> {
        self.keys.values.iter().map(move |row| {
            let key = &self.callers.values[row.caller as usize].key;
            let place = &self.places.values[key.place as usize];
            let model = &self.models.values[key.model as usize].resolved;
            let metadata = &self.metadata.values[key.metadata as usize];
            let principal = key.principal.map(|it| &self.principals.values[it as usize]);
            UsageRow {
                // Readers only give years of four digits.
                hour: DateTime::from_timestamp(row.hour.saturating_mul(3_600), 0)
                    .unwrap_or_default(),
                granularity: Granularity::Hour,
                account_id: place.account_id.clone(),
                region: place.region.clone(),
                model_id: model.model_id.clone(),
                endpoint_scope: model.scope,
                geo: model.geo.clone(),
                service_tier: match model.provisioned {
                    true => ServiceTier::Provisioned,
                    false => key.service_tier,
                },
                prompt_band: row.prompt_band,
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

/// The last eight bytes of a name; of a shorter one its length.
#[inline]
fn last_bytes(name: &str) -> u64 {
    let last = name.as_bytes().last_chunk();
    last.map_or(name.len() as u64, |bytes| u64::from_le_bytes(*bytes))
}

#[inline]
fn is_same(known: &RequestMetadata, pairs: &MetadataPairs<'_>) -> bool {
    let known = known.iter().map(|(key, value)| (&**key, &**value));
    known.eq(pairs.iter().map(|(key, value)| (*key, &**value)))
}
