//! Adding calls up to hourly rows, each call once. May import `domain`, `diagnostic` and its
//! siblings.
//!
//! A call is the same as another when account, Region and request id are the same, whatever
//! file or order they came in (by a 128-bit fingerprint: two different calls share one with a
//! probability below 10^-20 in a billion calls). Of versions that differ the one with more
//! known counts stands, then the one with greater counts, then the one of the later row: so
//! the result never depends on the order. Calls without a request id always count.
//!
//! Memory is bounded by the budget and the number of distinct rows; see `spill`.
//!
//! Sample: 3 calls of 1,000 input tokens by one role in one hour are a row of 3 requests and
//! 3,000 input tokens.

use std::hash::{BuildHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::DateTime;
use foldhash::fast::FixedState;
use hashbrown::{HashSet, HashTable};
use xxhash_rust::xxh3::xxh3_128;

use super::spill::{Call, CallCounts, CallPartitions, CallStore, PARTITIONS};
use crate::diagnostic::Diagnostic;
use crate::domain::{
    Granularity, ModelNaming, RecordSink, RequestMetadata, ResolvedModel, ServiceTier, Source,
    Text, TokenCounts, UsageRecord, UsageRow, principal_without_session,
};

/// How a rollup works.
#[derive(Debug, Clone, Copy)]
pub struct RollupOptions {
    /// Bytes that calls may take in memory, all threads together, before they are written to
    /// a temporary file.
    pub memory_budget: usize,
    /// How many sinks will share that budget.
    pub threads: usize,
    /// What the rows say they were read from.
    pub source: Source,
}

impl Default for RollupOptions {
    fn default() -> Self {
        Self {
            memory_budget: 8 << 20,
            threads: 1,
            source: Source::Files,
        }
    }
}

/// Usage added up.
#[derive(Debug)]
pub struct UsageRollup {
    /// Hourly rows, sorted, no two with the same key.
    pub rows: Vec<UsageRow>,
    /// Records that were left out because the same call was seen before.
    pub duplicates: u64,
    /// What there is to say about it.
    pub findings: Vec<Diagnostic>,
}

/// Makes sinks and adds up what they took.
#[derive(Debug)]
pub struct Rollup {
    naming: Arc<ModelNaming>,
    options: RollupOptions,
}

impl Rollup {
    /// Model names are resolved with `naming`.
    pub fn new(naming: Arc<ModelNaming>, options: RollupOptions) -> Self {
        Self { naming, options }
    }

    /// A sink for one thread.
    pub fn sink(&self) -> RollupSink {
        let memory = self.options.memory_budget / self.options.threads.max(1);
        RollupSink {
            naming: self.naming.clone(),
            hasher: FixedState::default(),
            texts: HashSet::with_hasher(FixedState::default()),
            models: HashTable::new(),
            names: Vec::new(),
            index: HashTable::new(),
            keys: Vec::new(),
            always: Vec::new(),
            calls: CallStore::new(memory),
            identity: Vec::new(),
        }
    }

    /// Adds up what the sinks took. An error is one of the temporary file.
    pub fn finish(&self, sinks: Vec<RollupSink>) -> io::Result<UsageRollup> {
        let threads = sinks.len().max(1);
        let (mut rows, parts) = self.merge_keys(sinks);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut sums = Sums::new(rows.len());
            loop {
                let partition = next.fetch_add(1, Ordering::Relaxed);
                if partition >= PARTITIONS {
                    return Ok(sums);
                }
                sums.add_partition(&parts, partition)?;
            }
        };
        let results: Vec<io::Result<Sums>> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut results = vec![work()];
            results.extend(others.into_iter().map(|thread| {
                let ended = || io::Error::other("a thread ended abnormally");
                thread.join().unwrap_or_else(|_| Err(ended()))
            }));
            results
        });
        let mut duplicates = 0;
        for sums in results {
            let sums = sums?;
            duplicates += sums.duplicates;
            for (row, counts) in rows.iter_mut().zip(&sums.rows) {
                add(&mut row.counts, counts);
            }
        }
        for part in &parts {
            for (row, counts) in part.rows.iter().zip(&part.always) {
                add(&mut rows[*row as usize].counts, counts);
            }
        }
        // A version of a call that lost leaves its row empty.
        rows.retain(|row| row.counts.requests > 0);
        let findings = if duplicates > 0 {
            vec![Diagnostic::info(
                "duplicate-records",
                "invocation logs",
                match duplicates {
                    1 => "1 record repeats the account, Region and request id of another and is \
                          left out; each call counts once"
                        .to_owned(),
                    _ => format!(
                        "{duplicates} records repeat the account, Region and request id of \
                         another and are left out; each call counts once"
                    ),
                },
            )]
        } else {
            Vec::new()
        };
        Ok(UsageRollup {
            rows,
            duplicates,
            findings,
        })
    }

    /// One sorted list of rows for the keys of all sinks. A row's place in it depends on
    /// nothing but its key.
    fn merge_keys(&self, sinks: Vec<RollupSink>) -> (Vec<UsageRow>, Vec<Part>) {
        let mut parts = Vec::with_capacity(sinks.len());
        let mut keyed = Vec::new();
        for (part, sink) in sinks.into_iter().enumerate() {
            for (local, key) in sink.keys.iter().enumerate() {
                let (_, model) = &sink.names[key.model as usize];
                keyed.push((key.row(model, self.options.source), part, local));
            }
            parts.push(Part {
                rows: vec![0; sink.keys.len()],
                always: sink.always,
                calls: sink.calls.into_partitions(),
            });
        }
        keyed.sort_unstable();
        let mut rows: Vec<UsageRow> = Vec::new();
        for (row, part, local) in keyed {
            if rows.last() != Some(&row) {
                rows.push(row);
            }
            // More than 2^32 distinct rows do not fit in memory.
            parts[part].rows[local] = u32::try_from(rows.len() - 1).unwrap_or(u32::MAX);
        }
        (rows, parts)
    }
}

/// What one sink brought.
struct Part {
    /// The sink's own row index -> the index among all rows.
    rows: Vec<u32>,
    always: Vec<TokenCounts>,
    calls: CallPartitions,
}

/// What one thread adds up at the end.
struct Sums {
    rows: Vec<TokenCounts>,
    duplicates: u64,
    calls: Vec<Call>,
    index: HashTable<u32>,
    bytes: Vec<u8>,
}

impl Sums {
    fn new(rows: usize) -> Self {
        Self {
            rows: vec![TokenCounts::default(); rows],
            duplicates: 0,
            calls: Vec::new(),
            index: HashTable::new(),
            bytes: Vec::new(),
        }
    }

    /// De-duplicates a partition and adds up what is left.
    fn add_partition(&mut self, parts: &[Part], partition: usize) -> io::Result<()> {
        let Self {
            rows,
            duplicates,
            calls,
            index,
            bytes,
        } = self;
        calls.clear();
        index.clear();
        let hash =
            |call: &Call| u64::from(call.fingerprint[1]) << 32 | u64::from(call.fingerprint[2]);
        for part in parts {
            part.calls.each(partition, bytes, |mut call| {
                call.row = part.rows[call.row as usize];
                let entry = index.entry(
                    hash(&call),
                    |other| calls[*other as usize].fingerprint == call.fingerprint,
                    |other| hash(&calls[*other as usize]),
                );
                match entry {
                    hashbrown::hash_table::Entry::Occupied(seen) => {
                        *duplicates += 1;
                        let seen = &mut calls[*seen.get() as usize];
                        if (seen.counts, seen.row) < (call.counts, call.row) {
                            *seen = call;
                        }
                    }
                    hashbrown::hash_table::Entry::Vacant(place) => {
                        place.insert(u32::try_from(calls.len()).unwrap_or(u32::MAX));
                        calls.push(call);
                    }
                }
            })?;
        }
        for call in calls {
            call.counts.add_to(&mut rows[call.row as usize]);
        }
        Ok(())
    }
}

fn add(sum: &mut TokenCounts, counts: &TokenCounts) {
    // No real usage comes near the end of u64; there a sum stays where it is.
    if let Some(added) = sum.add(counts) {
        *sum = added;
    }
}

/// Takes the records of one thread.
#[derive(Debug)]
pub struct RollupSink {
    naming: Arc<ModelNaming>,
    hasher: FixedState,
    /// One copy of each text.
    texts: HashSet<Text, FixedState>,
    /// Name as written -> index in `names`.
    models: HashTable<u32>,
    names: Vec<(Text, ResolvedModel)>,
    /// A key's hash and its index in `keys`.
    index: HashTable<(u64, u32)>,
    keys: Vec<RowKey>,
    /// Counts of calls without a request id, by row.
    always: Vec<TokenCounts>,
    calls: CallStore,
    identity: Vec<u8>,
}

/// The key of a row, as one thread sees it: two names of one model are still two keys.
#[derive(Debug)]
struct RowKey {
    hour: i64,
    account_id: Text,
    region: Text,
    model: u32,
    service_tier: ServiceTier,
    prompt_band: Option<u64>,
    principal: Option<Text>,
    metadata: Vec<(Text, Text)>,
}

/// The same, borrowed from a record.
#[derive(Debug)]
struct SeenKey<'a> {
    hour: i64,
    model: u32,
    prompt_band: Option<u64>,
    principal: Option<&'a str>,
    service_tier: ServiceTier,
    record: &'a UsageRecord<'a>,
}

impl SeenKey<'_> {
    fn hash(&self, hasher: &FixedState) -> u64 {
        let mut state = hasher.build_hasher();
        let service_tier = self.service_tier as u64;
        state.write_i64(self.hour);
        state.write_u64(u64::from(self.model) << 8 | service_tier);
        state.write_u64(self.prompt_band.map_or(u64::MAX, |band| band));
        self.record.account_id.hash(&mut state);
        self.record.region.hash(&mut state);
        self.principal.hash(&mut state);
        for pair in &self.record.metadata {
            pair.hash(&mut state);
        }
        state.finish()
    }
}

impl RowKey {
    fn is(&self, seen: &SeenKey<'_>) -> bool {
        let kept = self.metadata.iter().map(|(key, value)| (&**key, &**value));
        self.hour == seen.hour
            && self.model == seen.model
            && self.service_tier == seen.service_tier
            && self.prompt_band == seen.prompt_band
            && *self.account_id == *seen.record.account_id
            && *self.region == *seen.record.region
            && self.principal.as_deref() == seen.principal
            && kept.eq(seen.record.metadata.iter().copied())
    }

    fn row(&self, model: &ResolvedModel, source: Source) -> UsageRow {
        UsageRow {
            // Readers only give years of four digits.
            hour: DateTime::from_timestamp(self.hour.saturating_mul(3_600), 0).unwrap_or_default(),
            granularity: Granularity::Hour,
            account_id: self.account_id.clone(),
            region: self.region.clone(),
            model_id: model.model_id.clone(),
            endpoint_scope: model.scope,
            geo: model.geo.clone(),
            service_tier: self.service_tier,
            prompt_band: self.prompt_band,
            inference_profile: model.inference_profile.clone(),
            principal: self.principal.clone(),
            metadata: RequestMetadata::new(self.metadata.iter().cloned()),
            workload: None,
            counts: TokenCounts::default(),
            source,
        }
    }
}

impl RollupSink {
    /// The model's index; each name is resolved once.
    fn model(&mut self, name: &str) -> u32 {
        let hash = self.hasher.hash_one(name);
        let names = &self.names;
        let known = self
            .models
            .find(hash, |index| *names[*index as usize].0 == *name);
        if let Some(index) = known {
            return *index;
        }
        let index = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push((name.into(), self.naming.resolve(name)));
        let (names, hasher) = (&self.names, &self.hasher);
        self.models.insert_unique(hash, index, |index| {
            hasher.hash_one(&*names[*index as usize].0)
        });
        index
    }

    /// The row's index.
    fn row(&mut self, record: &UsageRecord<'_>) -> u32 {
        let model = self.model(record.model_id);
        let (_, resolved) = &self.names[model as usize];
        let seen = SeenKey {
            hour: record.timestamp.div_euclid(3_600),
            model,
            prompt_band: record
                .prompt_tokens()
                .map(|tokens| self.naming.prompt_band(&resolved.model_id, tokens)),
            principal: record.principal.map(principal_without_session),
            service_tier: if resolved.provisioned {
                ServiceTier::Provisioned
            } else {
                record.service_tier
            },
            record,
        };
        let hash = seen.hash(&self.hasher);
        let keys = &self.keys;
        let known = self.index.find(hash, |(of, index)| {
            *of == hash && keys[*index as usize].is(&seen)
        });
        if let Some((_, index)) = known {
            return *index;
        }
        let texts = &mut self.texts;
        let mut text = |text: &str| -> Text {
            texts
                .get_or_insert_with(text, |text| Text::from(text))
                .clone()
        };
        let key = RowKey {
            hour: seen.hour,
            account_id: text(record.account_id),
            region: text(record.region),
            model,
            service_tier: seen.service_tier,
            prompt_band: seen.prompt_band,
            principal: seen.principal.map(&mut text),
            metadata: record
                .metadata
                .iter()
                .map(|(key, value)| (text(key), text(value)))
                .collect(),
        };
        let index = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push(key);
        self.always.push(TokenCounts::default());
        self.index
            .insert_unique(hash, (hash, index), |(hash, _)| *hash);
        index
    }

    /// What de-duplicates a call.
    fn fingerprint(&mut self, account_id: &str, region: &str, request_id: &str) -> [u32; 4] {
        self.identity.clear();
        // Lengths in front, so that no two triples share their bytes.
        for part in [account_id, region, request_id] {
            self.identity.extend_from_slice(&part.len().to_ne_bytes());
            self.identity.extend_from_slice(part.as_bytes());
        }
        let hash = xxh3_128(&self.identity);
        [
            hash as u32,
            (hash >> 32) as u32,
            (hash >> 64) as u32,
            (hash >> 96) as u32,
        ]
    }
}

impl RecordSink for RollupSink {
    fn take(&mut self, record: &UsageRecord<'_>) -> io::Result<()> {
        let row = self.row(record);
        let counts = CallCounts::of(record);
        let Some(request_id) = record.request_id else {
            counts.add_to(&mut self.always[row as usize]);
            return Ok(());
        };
        let fingerprint = self.fingerprint(record.account_id, record.region, request_id);
        self.calls.push(Call {
            fingerprint,
            row,
            counts,
        })
    }
}
