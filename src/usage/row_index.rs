//! The rows that one thread adds calls to: each key gets a number, and what repeats in keys
//! (places, models, principals) gets one before it, so that a call is compared by numbers. May
//! import `domain`.
//!
//! Sample: the second call of a role in one hour on one model finds the number of the first.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::BuildHasher;
use std::sync::Arc;

use chrono::{DateTime, Utc};
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

/// Places in which callers are kept that called lately.
const LATELY: usize = 256;
/// Bytes of names that are kept of each of them.
const NAMES: usize = 224;

/// A caller as its records name it: account, Region, model, and principal with its session.
#[derive(Debug, Clone)]
struct Lately {
    /// Of each of the names.
    lengths: [u16; 4],
    has_principal: bool,
    caller: u32,
    names: [u8; NAMES],
}

impl Lately {
    /// No caller: no record has an account this long.
    const NOBODY: Self = Self {
        lengths: [u16::MAX; 4],
        has_principal: false,
        caller: 0,
        names: [0; NAMES],
    };

    /// The caller of these names; `None` where they are too long to be kept.
    fn new(names: &Names<'_>, has_principal: bool, caller: u32) -> Option<Self> {
        let mut new = Self {
            lengths: lengths(names),
            has_principal,
            caller,
            ..Self::NOBODY
        };
        let mut place = &mut new.names[..];
        for name in names {
            let (head, rest) = place.split_at_mut_checked(name.len())?;
            head.copy_from_slice(name);
            place = rest;
        }
        Some(new)
    }

    #[inline]
    fn has(&self, names: &Names<'_>, has_principal: bool) -> bool {
        if self.lengths != lengths(names) || self.has_principal != has_principal {
            return false;
        }
        let mut known = &self.names[..];
        names.iter().all(|name| {
            let Some((head, rest)) = known.split_at_checked(name.len()) else {
                return false;
            };
            known = rest;
            is_equal(head, name)
        })
    }
}

type Names<'a> = [&'a [u8]; 4];

#[inline]
fn lengths(names: &Names<'_>) -> [u16; 4] {
    names.map(|name| u16::try_from(name.len()).unwrap_or(u16::MAX))
}

/// Compares two names of the same length: in place, where to call `memcmp` takes longer.
#[inline(always)]
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    fn ends<const N: usize>(one: &[u8], other: &[u8]) -> Option<bool> {
        let first = one.first_chunk::<N>()? == other.first_chunk()?;
        Some(first & (one.last_chunk::<N>()? == other.last_chunk()?))
    }
    if one.len() <= 16 {
        return ends::<8>(one, other).unwrap_or_else(|| one == other);
    }
    let (pieces, others) = (one.as_chunks::<16>().0, other.as_chunks::<16>().0);
    let differs = pieces.iter().zip(others).fold(0, |differs, (one, other)| {
        differs | (u128::from_le_bytes(*one) ^ u128::from_le_bytes(*other))
    });
    differs == 0 && one.last_chunk::<16>() == other.last_chunk()
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
    callers: Numbers<Caller>,
    /// By a few bytes of their names.
    lately: Vec<Lately>,
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
            lately: vec![Lately::NOBODY; LATELY],
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
        let principal = record.principal.unwrap_or_default();
        let names = [record.account_id, record.region, record.model_id, principal];
        let names = names.map(str::as_bytes);
        let few_bytes = last_bytes(record.model_id)
            .wrapping_mul(31)
            .wrapping_add(last_bytes(principal))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let slot = (few_bytes >> 32) as usize % LATELY;
        let lately = &self.lately[slot];
        if lately.has(&names, record.principal.is_some())
            && let Some(Caller { key, .. }) = self.callers.values.get(lately.caller as usize)
            && key.service_tier == record.service_tier
            && is_same(
                &self.metadata.values[key.metadata as usize],
                record.metadata,
            )
        {
            self.last_place = key.place;
            return lately.caller;
        }
        let principal = record.principal.map(principal_without_session);
        let key = CallerKey {
            place: self.place(record.account_id, record.region),
            model: self.model(record.model_id),
            principal: principal.map(|principal| self.principal(principal)),
            metadata: self.metadata(record.metadata),
            service_tier: record.service_tier,
        };
        let hash = self.hasher.hash_one(key);
        let new = || Caller { key, latest: None };
        let caller = self.callers.number(hash, |known| known.key == key, new);
        if let Some(new) = Lately::new(&names, record.principal.is_some(), caller) {
            self.lately[slot] = new;
        }
        caller
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

    /// All callers by number.
    pub(crate) fn callers(&self) -> impl ExactSizeIterator<Item = CallerNames<'_>> {
        self.callers.values.iter().map(|Caller { key, .. }| {
            let place = &self.places.values[key.place as usize];
            let model = &self.models.values[key.model as usize].resolved;
            CallerNames {
                account_id: &place.account_id,
                region: &place.region,
                model,
                service_tier: match model.provisioned {
                    true => ServiceTier::Provisioned,
                    false => key.service_tier,
                },
                principal: key.principal.map(|it| &self.principals.values[it as usize]),
                metadata: &self.metadata.values[key.metadata as usize],
            }
        })
    }

    /// All rows by number: the caller of each, its hour and its prompt band.
    pub(crate) fn keys(
        &self,
    ) -> impl ExactSizeIterator<Item = (u32, DateTime<Utc>, Option<u64>)> + '_ {
        self.keys.values.iter().map(|key| {
            // Readers only give years of four digits.
            let hour = DateTime::from_timestamp(key.hour.saturating_mul(3_600), 0);
            (key.caller, hour.unwrap_or_default(), key.prompt_band)
        })
    }
}

/// Who called what, by all its names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallerNames<'a> {
    account_id: &'a Text,
    region: &'a Text,
    model: &'a ResolvedModel,
    service_tier: ServiceTier,
    principal: Option<&'a Text>,
    metadata: &'a RequestMetadata,
}

impl CallerNames<'_> {
    /// By what stands before the prompt band in the key of the `usage` table.
    pub(crate) fn by_head(&self, other: &Self) -> Ordering {
        fn head<'a>(names: &CallerNames<'a>) -> impl Ord + use<'a> {
            let CallerNames { model, .. } = *names;
            (
                (names.account_id, names.region, &model.model_id),
                (model.scope, &model.geo, names.service_tier),
            )
        }
        head(self).cmp(&head(other))
    }

    /// By what stands behind it.
    pub(crate) fn by_tail(&self, other: &Self) -> Ordering {
        fn tail<'a>(names: &CallerNames<'a>) -> impl Ord + use<'a> {
            let profile = &names.model.inference_profile;
            (profile, names.principal, names.metadata)
        }
        tail(self).cmp(&tail(other))
    }

    /// A row without counts.
    pub(crate) fn row(
        &self,
        hour: DateTime<Utc>,
        prompt_band: Option<u64>,
        source: Source,
    ) -> UsageRow {
        UsageRow {
            hour,
            granularity: Granularity::Hour,
            account_id: self.account_id.clone(),
            region: self.region.clone(),
            model_id: self.model.model_id.clone(),
            endpoint_scope: self.model.scope,
            geo: self.model.geo.clone(),
            service_tier: self.service_tier,
            prompt_band,
            inference_profile: self.model.inference_profile.clone(),
            principal: self.principal.cloned(),
            metadata: self.metadata.clone(),
            workload: None,
            counts: TokenCounts::default(),
            source,
        }
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
