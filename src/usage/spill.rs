//! Calls kept for de-duplication, within a memory budget: what does not fit goes to an
//! unnamed temporary file, parted by fingerprint. May import `domain`.
//!
//! A call is a fixed 52 bytes: the fingerprint of account, Region and request id, the row it
//! belongs to, and its counts. All calls with one fingerprint are in one partition, so each
//! partition can be de-duplicated by itself. The file has no name and vanishes with the
//! process; it holds numbers only.
//!
//! Sample: with a budget of 8 MB a thread keeps 161,319 calls before it writes any.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use crate::domain::{TokenCounts, UsageRecord};

/// Partitions of the fingerprints; one at a time must fit in memory.
pub(crate) const PARTITIONS: usize = 256;
/// Input, output, cache read; cache writes of 5 minutes, 1 hour, unknown; images.
const COUNTS: usize = 7;
const WORDS: usize = 4 + 1 + COUNTS + 1;
const ENTRY_BYTES: usize = WORDS * 4;

/// Counts of one call.
///
/// The field order decides between two versions of a call: the one with more known counts,
/// then the one with greater counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CallCounts {
    known_counts: u8,
    /// Bit `n`: count `n` is known.
    known: u8,
    values: [u32; COUNTS],
    failed: bool,
}

impl CallCounts {
    pub(crate) fn of(record: &UsageRecord<'_>) -> Self {
        let writes = &record.cache_writes;
        let counts: [Option<u64>; COUNTS] = [
            record.input_tokens,
            record.output_tokens,
            record.cache_read_tokens,
            writes.five_minutes,
            writes.one_hour,
            writes.unknown,
            record.images,
        ];
        let mut known = 0u8;
        let mut values = [0; COUNTS];
        for (index, count) in counts.into_iter().enumerate() {
            if let Some(count) = count {
                known |= 1 << index;
                // Readers refuse calls with greater counts.
                values[index] = u32::try_from(count).unwrap_or(u32::MAX);
            }
        }
        Self {
            known_counts: u8::try_from(known.count_ones()).unwrap_or(0),
            known,
            values,
            failed: record.failed,
        }
    }

    /// Adds the call to a row.
    pub(crate) fn add_to(&self, row: &mut TokenCounts) {
        row.requests += 1;
        row.failed_requests += u64::from(self.failed);
        let neither = self.known & 0b11 == 0;
        row.requests_without_counts += u64::from(!self.failed && neither);
        let sums = [
            &mut row.input_tokens,
            &mut row.output_tokens,
            &mut row.cache_read_tokens,
            &mut row.cache_write_5m_tokens,
            &mut row.cache_write_1h_tokens,
            &mut row.cache_write_unknown_tokens,
            &mut row.images,
        ];
        for (index, sum) in sums.into_iter().enumerate() {
            if self.known >> index & 1 == 1 {
                // 2^32 calls of the greatest count would be needed to pass the end of u64.
                *sum = Some(
                    sum.unwrap_or(0)
                        .saturating_add(u64::from(self.values[index])),
                );
            }
        }
    }
}

/// A call with what identifies it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// 128 bits of account, Region and request id, in words so that a call stays 52 bytes.
    pub(crate) fingerprint: [u32; 4],
    /// The row it belongs to: an index that only its thread understands.
    pub(crate) row: u32,
    pub(crate) counts: CallCounts,
}

impl Call {
    fn partition(&self) -> usize {
        self.fingerprint[0] as usize % PARTITIONS
    }

    fn to_bytes(self) -> [u8; ENTRY_BYTES] {
        let mut words = [0; WORDS];
        words[..4].copy_from_slice(&self.fingerprint);
        words[4] = self.row;
        words[5..5 + COUNTS].copy_from_slice(&self.counts.values);
        words[WORDS - 1] = u32::from(self.counts.known) | u32::from(self.counts.failed) << 8;
        let mut bytes = [0; ENTRY_BYTES];
        for (place, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *place = word.to_ne_bytes();
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; ENTRY_BYTES]) -> Self {
        let mut words = [0; WORDS];
        for (word, place) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *word = u32::from_ne_bytes(*place);
        }
        let mut values = [0; COUNTS];
        values.copy_from_slice(&words[5..5 + COUNTS]);
        let [known, failed, ..] = words[WORDS - 1].to_le_bytes();
        Self {
            fingerprint: [words[0], words[1], words[2], words[3]],
            row: words[4],
            counts: CallCounts {
                known_counts: u8::try_from(known.count_ones()).unwrap_or(0),
                known,
                values,
                failed: failed == 1,
            },
        }
    }
}

/// Where the partitions of one written batch lie, as counts of calls.
#[derive(Debug)]
struct Batch {
    offset: u64,
    starts: Vec<u32>,
}

/// The calls of one thread.
#[derive(Debug)]
pub(crate) struct CallStore {
    calls: Vec<Call>,
    budget: usize,
    file: Option<File>,
    written: u64,
    batches: Vec<Batch>,
}

impl CallStore {
    /// Keeps at most `memory` bytes of calls in memory (but always some).
    pub(crate) fn new(memory: usize) -> Self {
        Self {
            calls: Vec::new(),
            budget: (memory / size_of::<Call>()).max(16),
            file: None,
            written: 0,
            batches: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, call: Call) -> io::Result<()> {
        if self.calls.len() == self.calls.capacity() {
            if self.calls.len() >= self.budget {
                self.spill()?;
            } else {
                let more = self.calls.len().max(16).min(self.budget - self.calls.len());
                self.calls.reserve_exact(more);
            }
        }
        self.calls.push(call);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let (order, starts) = by_partition(&self.calls);
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        let mut writer = BufWriter::with_capacity(1 << 16, file);
        for index in order {
            writer.write_all(&self.calls[index as usize].to_bytes())?;
        }
        writer.flush()?;
        self.batches.push(Batch {
            offset: self.written,
            starts,
        });
        self.written += (self.calls.len() * ENTRY_BYTES) as u64;
        self.calls.clear();
        Ok(())
    }

    /// No more calls come: they can be taken out by partition.
    pub(crate) fn into_partitions(self) -> CallPartitions {
        let (order, starts) = by_partition(&self.calls);
        CallPartitions {
            calls: self.calls,
            order,
            starts,
            file: self.file.map(Mutex::new),
            batches: self.batches,
        }
    }
}

/// The order of calls by partition, and where each partition starts in it (one more for the
/// end).
fn by_partition(calls: &[Call]) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; PARTITIONS + 1];
    for call in calls {
        starts[call.partition() + 1] += 1;
    }
    for partition in 0..PARTITIONS {
        starts[partition + 1] += starts[partition];
    }
    let mut next = starts.clone();
    let mut order = vec![0u32; calls.len()];
    for (index, call) in (0u32..).zip(calls) {
        let place = &mut next[call.partition()];
        order[*place as usize] = index;
        *place += 1;
    }
    (order, starts)
}

/// The calls of one thread, by partition.
#[derive(Debug)]
pub(crate) struct CallPartitions {
    calls: Vec<Call>,
    order: Vec<u32>,
    starts: Vec<u32>,
    file: Option<Mutex<File>>,
    batches: Vec<Batch>,
}

impl CallPartitions {
    /// Gives each call of a partition to `take`, in no particular order.
    pub(crate) fn each(
        &self,
        partition: usize,
        bytes: &mut Vec<u8>,
        mut take: impl FnMut(Call),
    ) -> io::Result<()> {
        let range = self.starts[partition] as usize..self.starts[partition + 1] as usize;
        for index in &self.order[range] {
            take(self.calls[*index as usize]);
        }
        let Some(file) = &self.file else {
            return Ok(());
        };
        for batch in &self.batches {
            let (start, end) = (batch.starts[partition], batch.starts[partition + 1]);
            let length = (end - start) as usize * ENTRY_BYTES;
            bytes.resize(length, 0);
            {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let at = batch.offset + u64::from(start) * ENTRY_BYTES as u64;
                file.seek(SeekFrom::Start(at))?;
                file.read_exact(bytes)?;
            }
            for entry in bytes.as_chunks::<ENTRY_BYTES>().0 {
                take(Call::from_bytes(entry));
            }
        }
        Ok(())
    }
}
