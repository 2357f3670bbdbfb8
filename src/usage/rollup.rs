//! Adding calls up to hourly rows, each call once. May import `domain`, `diagnostic` and its
//! siblings.
//!
//! A call is the same as another when account, Region and request id are the same, whatever
//! file or order they came in (by a 128-bit fingerprint: two different calls share one with a
//! probability below 10^-20 in a billion calls). Of versions that differ the one with more
//! known counts stands, then the one with greater counts, then the one of the later row: so
//! the result never depends on the order. Calls without a request id always count.
//!
//! Memory is bounded by the budget and the number of distinct rows; see `spill` and `row_index`.
//!
//! Sample: 3 calls of 1,000 input tokens by one role in one hour are a row of 3 requests and
//! 3,000 input tokens.

use std::hash::BuildHasher;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::row_index::RowIndex;
use super::spill::{Call, CallCounts, CallPartitions, CallStore, PARTITIONS};
use crate::diagnostic::Diagnostic;
use crate::domain::{ModelNaming, RecordSink, Source, TokenCounts, UsageRecord, UsageRow};

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
            memory_budget: 4 << 20,
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
            rows: RowIndex::new(self.naming.clone()),
            always: Vec::new(),
            calls: CallStore::new(memory),
            unknown_tiers: (0, 0),
        }
    }

    /// Adds up what the sinks took. An error is one of the temporary file.
    pub fn finish(&self, sinks: Vec<RollupSink>) -> io::Result<UsageRollup> {
        let threads = sinks.len().max(1);
        let unknown_tiers = sinks.iter().map(|sink| sink.unknown_tiers);
        let (unknown_tiers, their_tokens) =
            unknown_tiers.fold((0, 0), |(records, tokens): (u64, u64), of_sink| {
                (records + of_sink.0, tokens.saturating_add(of_sink.1))
            });
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
        let subject = "invocation logs";
        let mut findings = Vec::new();
        if unknown_tiers > 0 {
            let finding = Diagnostic::unknown_service_tier(subject, unknown_tiers, their_tokens);
            findings.push(finding);
        }
        if duplicates > 0 {
            findings.push(Diagnostic::info(
                "duplicate-records",
                subject,
                match duplicates {
                    1 => "1 record repeats the account, Region and request id of another and is \
                          left out; each call counts once"
                        .to_owned(),
                    _ => format!(
                        "{duplicates} records repeat the account, Region and request id of \
                         another and are left out; each call counts once"
                    ),
                },
            ));
        }
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
        // Each row with its number, which is the order of its coming. A key that several sinks
        // saw is kept once: there can be many.
        let mut numbered: Vec<(UsageRow, u32)> = Vec::new();
        let mut index = HashTable::new();
        let hasher = FixedState::default();
        for sink in sinks {
            let row_number = |row: UsageRow| {
                let principal = row.principal.as_deref();
                let (model, at) = (row.model_id.as_str(), row.hour);
                let hash = hasher.hash_one((at, &row.account_id, &row.region, model, principal));
                let known = index.find(hash, |(of, number): &(u64, u32)| {
                    *of == hash && numbered[*number as usize].0 == row
                });
                if let Some((_, number)) = known {
                    return *number;
                }
                // More than 2^32 distinct rows do not fit in memory.
                let number = u32::try_from(numbered.len()).unwrap_or(u32::MAX);
                numbered.push((row, number));
                index.insert_unique(hash, (hash, number), |(hash, _)| *hash);
                number
            };
            parts.push(Part {
                rows: sink
                    .rows
                    .rows(self.options.source)
                    .map(row_number)
                    .collect(),
                always: sink.always,
                calls: sink.calls.into_partitions(),
            });
        }
        numbered.sort_unstable();
        let mut places = vec![0; numbered.len()];
        for ((_, number), place) in numbered.iter().zip(0..) {
            places[*number as usize] = place;
        }
        for row in parts.iter_mut().flat_map(|part| &mut part.rows) {
            *row = places[*row as usize];
        }
        let rows = numbered.into_iter().map(|(row, _)| row).collect();
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
    rows: RowIndex,
    /// Counts of calls without a request id, by row.
    always: Vec<TokenCounts>,
    calls: CallStore,
    /// Records that name a service tier nobody knows, and their tokens.
    unknown_tiers: (u64, u64),
}

impl RecordSink for RollupSink {
    fn take(&mut self, record: &UsageRecord<'_>) -> io::Result<()> {
        let row = self.rows.row(record);
        let counts = CallCounts::of(record);
        if record.unknown_tier {
            let (records, tokens) = self.unknown_tiers;
            self.unknown_tiers = (records + 1, tokens.saturating_add(record.tokens()));
        }
        let Some(request_id) = record.request_id else {
            self.always.resize(self.rows.len(), TokenCounts::default());
            counts.add_to(&mut self.always[row as usize]);
            return Ok(());
        };
        self.calls.push(&Call {
            fingerprint: self.rows.fingerprint(request_id),
            row,
            counts,
        })
    }
}
