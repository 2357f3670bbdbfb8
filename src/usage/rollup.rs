//! Adding calls up to hourly rows, each call once. May import `domain`, `diagnostic` and its
//! siblings.
//!
//! A call is the same as another when account, Region and request id are the same, whatever
//! file or order they came in (by a 104-bit fingerprint: two different calls share one with a
//! probability below 10^-13 in a billion calls). Of versions that differ the one with more
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
use hashbrown::hash_table::Entry;

use super::call_counts::{CallCounts, CallSum};
use super::row_index::RowIndex;
use super::spill::{CallPartitions, CallStore, PARTITIONS, PRINT, Print};
use crate::diagnostic::Diagnostic;
use crate::domain::{ModelNaming, RecordSink, Source, UsageRecord, UsageRow};

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
            sums: Vec::new(),
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
            let mut repeated = Repeated::default();
            loop {
                let partition = next.fetch_add(1, Ordering::Relaxed);
                if partition >= PARTITIONS {
                    return Ok(repeated);
                }
                repeated.find(&parts, partition, rows.len())?;
            }
        };
        let results: Vec<io::Result<Repeated>> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let results = running.into_iter().map(|thread| {
                let ended = || io::Error::other("a thread ended abnormally");
                thread.join().unwrap_or_else(|_| Err(ended()))
            });
            results.collect()
        });
        let mut sums = vec![CallSum::default(); rows.len()];
        for part in &parts {
            for (row, sum) in part.rows.iter().zip(&part.sums) {
                sums[*row as usize].add(sum);
            }
        }
        let mut duplicates = 0;
        for repeated in results {
            let repeated = repeated?;
            duplicates += repeated.duplicates;
            for (sum, left_out) in sums.iter_mut().zip(&repeated.left_out) {
                sum.subtract(left_out);
            }
        }
        for (row, sum) in rows.iter_mut().zip(&sums) {
            row.counts = sum.counts();
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
                sums: sink.sums,
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
    /// All it took, by its own row index.
    sums: Vec<CallSum>,
    calls: CallPartitions,
}

/// The calls that one thread found to be repeated.
#[derive(Default)]
struct Repeated {
    duplicates: u64,
    /// What does not count, by row; empty as long as there is nothing.
    left_out: Vec<CallSum>,
    prints: Vec<u8>,
    index: HashTable<u32>,
}

impl Repeated {
    /// Looks for calls that are the same in a partition. Mostly there are none.
    fn find(&mut self, parts: &[Part], partition: usize, rows: usize) -> io::Result<()> {
        self.prints.clear();
        for part in parts {
            part.calls.prints(partition, &mut self.prints)?;
        }
        let prints = self.prints.as_chunks::<PRINT>().0;
        self.index.clear();
        self.index
            .reserve(prints.len(), |at| hash(&prints[*at as usize]));
        for (print, number) in prints.iter().zip(0..) {
            let hash = hash(print);
            if self
                .index
                .find(hash, |at| prints[*at as usize] == *print)
                .is_some()
            {
                return self.leave_out(parts, partition, rows);
            }
            self.index
                .insert_unique(hash, number, |at| self::hash(&prints[*at as usize]));
        }
        Ok(())
    }

    /// Of calls that are the same leaves out all but the one that counts.
    #[cold]
    fn leave_out(&mut self, parts: &[Part], partition: usize, rows: usize) -> io::Result<()> {
        self.left_out.resize(rows, CallSum::default());
        let mut calls = Vec::new();
        for part in parts {
            part.calls.calls(partition, |row, counts| {
                calls.push((counts, part.rows[row as usize]));
            })?;
        }
        let prints = self.prints.as_chunks::<PRINT>().0;
        self.index.clear();
        for (number, call) in (0..).zip(&calls) {
            let print = &prints[number as usize];
            let entry = self.index.entry(
                hash(print),
                |at| prints[*at as usize] == *print,
                |at| hash(&prints[*at as usize]),
            );
            match entry {
                Entry::Occupied(mut best) => {
                    self.duplicates += 1;
                    let other = &calls[*best.get() as usize];
                    let (counts, row) = other.min(call);
                    self.left_out[*row as usize].add_call(counts);
                    if other < call {
                        *best.get_mut() = number;
                    }
                }
                Entry::Vacant(place) => {
                    place.insert(number);
                }
            }
        }
        Ok(())
    }
}

/// Eight bytes of a fingerprint are as good as a hash of it.
#[inline]
fn hash(print: &Print) -> u64 {
    print
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Takes the records of one thread.
#[derive(Debug)]
pub struct RollupSink {
    rows: RowIndex,
    /// All calls added up, by row.
    sums: Vec<CallSum>,
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
        if self.sums.len() < self.rows.len() {
            self.sums.resize(self.rows.len(), CallSum::default());
        }
        self.sums[row as usize].add_call(&counts);
        match record.request_id {
            Some(id) => self.calls.push(self.rows.fingerprint(id), row, &counts),
            None => Ok(()),
        }
    }
}
