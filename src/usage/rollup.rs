//! Adding calls up to hourly rows, each call once. May import `domain`, `diagnostic` and its
//! siblings.
//!
//! A call is the same as another when account, Region and request id are the same, whatever
//! file or order they came in (by a 102-bit fingerprint: two different calls share one with a
//! probability below 10^-13 in a billion calls). Of versions that differ the one with more
//! known counts stands, then the one with greater counts, then the one of the later row: so
//! the result never depends on the order. Calls without a request id always count.
//!
//! Memory is bounded by the budget and the number of distinct rows; see `spill` and `row_index`.
//!
//! Sample: 3 calls of 1,000 input tokens by one role in one hour are a row of 3 requests and
//! 3,000 input tokens.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Scope, ScopedJoinHandle};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::call_counts::{CallCounts, CallSum};
use super::row_index::RowIndex;
use super::row_merge::merge_rows;
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
        let (keys, calls): (Vec<_>, Vec<_>) = sinks
            .into_iter()
            .map(|sink| ((sink.rows, sink.sums), sink.calls.into_partitions()))
            .unzip();
        let shares = shares(&calls, self.options.memory_budget);
        let next = AtomicUsize::new(0);
        let look = || repeated_shares(&calls, &shares, &next);
        let (indexes, of_sinks): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
        // While calls are compared, the rows are put in order.
        let (merged, repeated) = std::thread::scope(|scope| {
            let looking = start(scope, threads, look);
            let merging = scope.spawn(|| merge_rows(indexes, self.options.source));
            (merging.join(), joined(looking))
        });
        let (mut rows, numbers) = merged.map_err(|_| ended())?;
        let parts: Vec<Part> = numbers.into_iter().zip(of_sinks).collect();
        let mut sums = vec![CallSum::default(); rows.len()];
        for (numbers, of_part) in &parts {
            for (row, sum) in numbers.iter().zip(of_part) {
                sums[*row as usize].add(sum);
            }
        }
        let mut duplicates = 0;
        let repeated = repeated?.concat();
        if !repeated.is_empty() {
            let next = AtomicUsize::new(0);
            let left_out = || {
                let mut left_out = LeftOut {
                    duplicates: 0,
                    sums: vec![CallSum::default(); rows.len()],
                };
                while let Some(share) = repeated.get(next.fetch_add(1, Ordering::Relaxed)) {
                    left_out.add(&calls, &parts, *share)?;
                }
                Ok(left_out)
            };
            let found = std::thread::scope(|scope| joined(start(scope, threads, left_out)))?;
            for left_out in found {
                duplicates += left_out.duplicates;
                for (sum, left_out) in sums.iter_mut().zip(&left_out.sums) {
                    sum.subtract(left_out);
                }
            }
        }
        for (row, sum) in rows.iter_mut().zip(&sums) {
            row.counts = sum.counts();
        }
        // To close its files takes the system some milliseconds, for which nobody has to wait.
        // Where no thread can be had, they are closed here.
        let _ = std::thread::Builder::new().spawn(move || drop(calls));
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
}

/// What one sink brought: the index among all rows for each of its own, and their sums.
type Part = (Vec<u32>, Vec<CallSum>);

/// Fingerprints that are compared with one another: those of a partition, or of a large one a
/// part that is told by some of their bits.
#[derive(Debug, Clone, Copy)]
struct Share {
    partition: usize,
    /// As many bits as say which part of the partition it is; they are in a byte that `hash`
    /// does not look at.
    mask: u8,
    bits: u8,
    /// About how many there are.
    prints: usize,
}

impl Share {
    fn holds(&self, print: &Print) -> bool {
        print[PRINT - 1] & self.mask == self.bits
    }
}

/// How many shares a partition may have: each reads the whole of it.
const MOST_SHARES: usize = 16;

/// All shares of all calls: so large that the fingerprints of one are not more than a quarter of
/// the memory that calls may take.
fn shares(calls: &[CallPartitions], memory_budget: usize) -> Vec<Share> {
    let most = (memory_budget / 4).max(1);
    let of_partition = |partition| {
        let lengths = calls.iter().map(|part| part.length_of_prints(partition));
        let length = lengths.sum::<usize>();
        let shares = length.div_ceil(most).next_power_of_two().min(MOST_SHARES);
        (0..shares as u8).map(move |bits| Share {
            partition,
            mask: shares as u8 - 1,
            bits,
            prints: length / PRINT / shares,
        })
    };
    (0..PARTITIONS).flat_map(of_partition).collect()
}

/// The shares in which a fingerprint may come twice (the part of it that `hash` takes does), of
/// those that are left. Mostly none.
fn repeated_shares(
    calls: &[CallPartitions],
    shares: &[Share],
    next: &AtomicUsize,
) -> io::Result<Vec<Share>> {
    let mut repeated = Vec::new();
    let (mut piece, mut index) = (Vec::new(), HashTable::new());
    while let Some(share) = shares.get(next.fetch_add(1, Ordering::Relaxed)) {
        index.clear();
        index.reserve(share.prints, |known| *known);
        let mut repeats = false;
        for part in calls {
            part.prints(share.partition, &mut piece, |prints| {
                for print in prints.iter().filter(|print| share.holds(print)) {
                    let print = hash(print);
                    match index.entry(print, |known| *known == print, |known| *known) {
                        Entry::Vacant(place) => _ = place.insert(print),
                        Entry::Occupied(_) => repeats = true,
                    }
                }
            })?;
        }
        if repeats {
            repeated.push(*share);
        }
    }
    Ok(repeated)
}

/// What does not count, of the shares that one thread looked at.
struct LeftOut {
    duplicates: u64,
    /// By row.
    sums: Vec<CallSum>,
}

impl LeftOut {
    /// Of calls of a share that are the same adds all but the one that counts.
    fn add(&mut self, calls: &[CallPartitions], parts: &[Part], share: Share) -> io::Result<()> {
        let mut piece = Vec::new();
        let mut best: HashTable<(Print, (CallCounts, u32))> = HashTable::new();
        for (calls, (numbers, _)) in calls.iter().zip(parts) {
            // Which calls of the partition these are, and their fingerprints.
            let (mut ours, mut prints_in_all) = (Vec::new(), 0u64);
            calls.prints(share.partition, &mut piece, |prints| {
                let numbered = prints.iter().zip(prints_in_all..);
                let of_share = numbered.filter(|(print, _)| share.holds(print));
                ours.extend(of_share.map(|(print, number)| (*print, number)));
                prints_in_all += prints.len() as u64;
            })?;
            let (mut ours, mut calls_in_all) = (ours.iter().peekable(), 0);
            let mut no_such_row = false;
            calls.calls(share.partition, &mut piece, |row, counts| {
                calls_in_all += 1;
                let is_this = |(_, number): &&(Print, u64)| *number + 1 == calls_in_all;
                let Some((print, _)) = ours.next_if(is_this) else {
                    return;
                };
                let Some(row) = numbers.get(row as usize) else {
                    no_such_row = true;
                    return;
                };
                let call = (counts, *row);
                let is = |(known, _): &(Print, _)| known == print;
                match best.entry(hash(print), is, |(print, _)| hash(print)) {
                    Entry::Vacant(place) => _ = place.insert((*print, call)),
                    Entry::Occupied(mut seen) => {
                        let known = &mut seen.get_mut().1;
                        let (counts, row) = call.min(*known);
                        *known = call.max(*known);
                        self.duplicates += 1;
                        self.sums[row as usize].add_call(&counts);
                    }
                }
            })?;
            if no_such_row || calls_in_all != prints_in_all {
                return Err(io::Error::other("the file of calls is damaged"));
            }
        }
        Ok(())
    }
}

type Running<'s, T> = Vec<ScopedJoinHandle<'s, io::Result<T>>>;

/// Does the same on several threads.
fn start<'s, T: Send + 's>(
    scope: &'s Scope<'s, '_>,
    threads: usize,
    work: impl Fn() -> io::Result<T> + Send + Copy + 's,
) -> Running<'s, T> {
    (0..threads).map(|_| scope.spawn(work)).collect()
}

fn ended() -> io::Error {
    io::Error::other("a thread ended abnormally")
}

fn joined<T>(running: Running<'_, T>) -> io::Result<Vec<T>> {
    let results = running
        .into_iter()
        .map(|thread| thread.join().unwrap_or_else(|_| Err(ended())));
    results.collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::spill::Fingerprint;

    #[test]
    fn a_call_of_no_row_is_an_error_and_no_panic() {
        let mut store = CallStore::new(0);
        let counts = CallCounts::of(&UsageRecord::default());
        for _ in 0..2 {
            store.push(Fingerprint::of(0), 3, &counts).unwrap();
        }
        let calls = [store.into_partitions()];
        let share = shares(&calls, 1 << 20)[0];
        for (rows, is_sound) in [(3, false), (4, true)] {
            let mut left_out = LeftOut {
                duplicates: 0,
                sums: vec![CallSum::default(); 4],
            };
            let parts = [((0..rows).collect(), Vec::new())];
            assert_eq!(left_out.add(&calls, &parts, share).is_ok(), is_sound);
            assert_eq!(left_out.duplicates, u64::from(is_sound));
        }
    }
}
