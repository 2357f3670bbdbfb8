//! Calls kept for de-duplication, within a memory budget: what does not fit goes to an
//! unnamed temporary file, parted by fingerprint. May import `domain`.
//!
//! A call is packed into 20 to 57 bytes: the fingerprint of account, Region and request id, the
//! row it belongs to, and the counts that are known. All calls with one fingerprint are in one
//! partition, so each partition can be de-duplicated by itself. The file has no name and
//! vanishes with the process; it holds numbers only.
//!
//! Sample: with a budget of 4 MB a thread keeps some 150,000 calls before it writes any.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use crate::domain::{TokenCounts, UsageRecord};

/// Partitions of the fingerprints; one at a time must fit in memory.
pub(crate) const PARTITIONS: usize = 256;
/// Input, output, cache read; cache writes of 5 minutes, 1 hour, unknown; images.
const COUNTS: usize = 7;
/// Fingerprint, what is known, row and counts.
const LONGEST_ENTRY: usize = 16 + 1 + LONGEST_NUMBER * (1 + COUNTS);
/// A u32 in groups of seven bits.
const LONGEST_NUMBER: usize = 5;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    /// 128 bits of account, Region and request id, in words so that a call stays 52 bytes here.
    pub(crate) fingerprint: [u32; 4],
    /// The row it belongs to: an index that only its thread understands.
    pub(crate) row: u32,
    pub(crate) counts: CallCounts,
}

impl Call {
    fn partition(&self) -> usize {
        self.fingerprint[0] as usize % PARTITIONS
    }

    /// Packs the call; how many bytes it takes.
    #[inline]
    fn pack(&self, bytes: &mut [u8; LONGEST_ENTRY]) -> usize {
        for (place, word) in bytes
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .zip(self.fingerprint)
        {
            *place = word.to_le_bytes();
        }
        let counts = &self.counts;
        bytes[16] = counts.known | u8::from(counts.failed) << 7;
        let mut at = 17;
        let known = (0..COUNTS).filter(|index| counts.known >> index & 1 == 1);
        for mut number in std::iter::once(self.row).chain(known.map(|it| counts.values[it])) {
            while number >= 0x80 {
                bytes[at] = number as u8 | 0x80;
                number >>= 7;
                at += 1;
            }
            bytes[at] = number as u8;
            at += 1;
        }
        at
    }

    /// Takes the first call out of packed ones; `None` where there is none.
    #[inline]
    fn unpack(packed: &mut &[u8]) -> Option<Self> {
        let (head, mut rest) = packed.split_first_chunk::<17>()?;
        let mut number = || {
            let mut number = 0;
            for group in 0..LONGEST_NUMBER {
                let (byte, others) = rest.split_first()?;
                rest = others;
                number |= u32::from(byte & 0x7F) << (7 * group);
                if *byte < 0x80 {
                    return Some(number);
                }
            }
            None
        };
        let row = number()?;
        let known = head[16] & 0x7F;
        let mut values = [0; COUNTS];
        for (index, value) in values.iter_mut().enumerate() {
            if known >> index & 1 == 1 {
                *value = number()?;
            }
        }
        *packed = rest;
        let mut fingerprint = [0; 4];
        for (word, bytes) in fingerprint.iter_mut().zip(head.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        Some(Self {
            fingerprint,
            row,
            counts: CallCounts {
                known_counts: u8::try_from(known.count_ones()).unwrap_or(0),
                known,
                values,
                failed: head[16] & 0x80 != 0,
            },
        })
    }
}

/// Calls of one partition that were written.
#[derive(Debug)]
struct Written {
    partition: usize,
    offset: u64,
    length: usize,
}

/// The calls of one thread.
#[derive(Debug)]
pub(crate) struct CallStore {
    /// Packed calls: each partition has its own part of these bytes, `room` long. One block, so
    /// that it goes back to the system whole, and of which only what is used takes memory.
    packed: Vec<u8>,
    /// How many bytes each partition holds.
    held: [usize; PARTITIONS],
    /// How many bytes a partition may hold before it is written.
    room: usize,
    file: Option<File>,
    offset: u64,
    written: Vec<Written>,
}

impl CallStore {
    /// Keeps at most `memory` bytes of calls in memory (but always some).
    pub(crate) fn new(memory: usize) -> Self {
        let room = (memory / PARTITIONS).max(LONGEST_ENTRY);
        Self {
            packed: vec![0; PARTITIONS * room],
            held: [0; PARTITIONS],
            room,
            file: None,
            offset: 0,
            written: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, call: &Call) -> io::Result<()> {
        let partition = call.partition();
        if self.held[partition] + LONGEST_ENTRY > self.room {
            self.write(partition)?;
        }
        let held = &mut self.held[partition];
        let free = self.packed.get_mut(partition * self.room + *held..);
        if let Some(place) = free.and_then(|free| free.first_chunk_mut()) {
            *held += call.pack(place);
        }
        Ok(())
    }

    #[cold]
    fn write(&mut self, partition: usize) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        let length = std::mem::take(&mut self.held[partition]);
        file.write_all(&self.packed[partition * self.room..][..length])?;
        self.written.push(Written {
            partition,
            offset: self.offset,
            length,
        });
        self.offset += length as u64;
        Ok(())
    }

    /// No more calls come: they can be taken out by partition.
    pub(crate) fn into_partitions(mut self) -> CallPartitions {
        self.written.sort_by_key(|written| written.partition);
        CallPartitions {
            packed: self.packed,
            held: self.held,
            room: self.room,
            file: self.file.map(Mutex::new),
            written: self.written,
        }
    }
}

/// The calls of one thread, by partition.
#[derive(Debug)]
pub(crate) struct CallPartitions {
    packed: Vec<u8>,
    held: [usize; PARTITIONS],
    room: usize,
    file: Option<Mutex<File>>,
    written: Vec<Written>,
}

impl CallPartitions {
    /// Gives each call of a partition to `take`, in no particular order.
    pub(crate) fn each(
        &self,
        partition: usize,
        bytes: &mut Vec<u8>,
        mut take: impl FnMut(Call),
    ) -> io::Result<()> {
        let held = self.held[partition];
        each_packed(&self.packed[partition * self.room..][..held], &mut take);
        let Some(file) = &self.file else {
            return Ok(());
        };
        let from = self.written.partition_point(|it| it.partition < partition);
        for written in &self.written[from..] {
            if written.partition > partition {
                break;
            }
            bytes.resize(written.length, 0);
            {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(written.offset))?;
                file.read_exact(bytes)?;
            }
            each_packed(bytes, &mut take);
        }
        Ok(())
    }
}

fn each_packed(mut packed: &[u8], take: &mut impl FnMut(Call)) {
    while let Some(call) = Call::unpack(&mut packed) {
        take(call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_unpacked_as_it_was_packed() {
        let mut packed = Vec::new();
        let mut calls = Vec::new();
        for known in 0..1u8 << COUNTS {
            for value in [0, 0x7F, 0x80, 0x3FFF, 0x4000, u32::MAX] {
                let mut values = [0; COUNTS];
                for (index, place) in values.iter_mut().enumerate() {
                    if known >> index & 1 == 1 {
                        *place = value;
                    }
                }
                let call = Call {
                    fingerprint: [value, 1, u32::MAX, u32::from(known)],
                    row: value,
                    counts: CallCounts {
                        known_counts: known.count_ones() as u8,
                        known,
                        values,
                        failed: known % 2 == 1,
                    },
                };
                let mut bytes = [0; LONGEST_ENTRY];
                let length = call.pack(&mut bytes);
                packed.extend_from_slice(&bytes[..length]);
                calls.push(call);
            }
        }
        let mut unpacked = Vec::new();
        each_packed(&packed, &mut |call| unpacked.push(call));
        assert_eq!(unpacked, calls);
    }
}
