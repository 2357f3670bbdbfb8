//! Calls kept for de-duplication, within a memory budget: what does not fit goes to an
//! unnamed temporary file, parted by fingerprint. May import `domain` and its siblings.
//!
//! All calls with one fingerprint are in one partition, so each partition can be de-duplicated
//! by itself. A partition is two rows of bytes that are written apart: the fingerprints, 12
//! bytes each, and in the same order the calls. Only where a fingerprint comes twice is a
//! partition's second row looked at. The file has no name and vanishes with the process; it
//! holds numbers only.
//!
//! Sample: with a budget of 4 MB a thread keeps some 200,000 calls before it writes any.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use super::call_counts::{CallCounts, LONGEST_CALL};

/// Partitions of the fingerprints, by one of their bytes.
///
/// Calls come in any order of partitions: with more of them their places would push one
/// another, and what is being read, out of the processor's nearest cache.
pub(crate) const PARTITIONS: usize = 64;
/// Bytes of a fingerprint within its partition.
pub(crate) const PRINT: usize = 12;
/// The longest of both kinds of entries fits so often in the smallest room.
const LEAST_ENTRIES: usize = 2;

/// What tells a call from others: 102 bits of account, Region and request id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    partition: u8,
    print: Print,
}

impl Fingerprint {
    /// Of a hash of 128 bits.
    #[inline]
    pub(crate) fn of(hash: u128) -> Self {
        let bytes = hash.to_le_bytes();
        Self {
            partition: bytes[PRINT] % PARTITIONS as u8,
            print: std::array::from_fn(|at| bytes[at]),
        }
    }
}

/// A fingerprint among those of its partition.
pub(crate) type Print = [u8; PRINT];

/// Where some bytes of one partition were written.
#[derive(Debug)]
struct Written {
    partition: usize,
    offset: u64,
    length: usize,
}

/// One row of bytes for each partition.
#[derive(Debug)]
struct Lanes {
    /// Each partition has its own part of these bytes, `room` long. One block, so that it goes
    /// back to the system whole, and of which only what is used takes memory.
    bytes: Vec<u8>,
    /// How many bytes each partition holds.
    held: [usize; PARTITIONS],
    /// How many bytes a partition may hold before it is written.
    room: usize,
    written: Vec<Written>,
}

impl Lanes {
    fn new(room: usize) -> Self {
        Self {
            bytes: vec![0; PARTITIONS * room],
            held: [0; PARTITIONS],
            room,
            written: Vec::new(),
        }
    }

    /// Adds what `fill` makes of the next `N` bytes: it says how many of them it used.
    #[inline]
    fn push<const N: usize>(
        &mut self,
        partition: usize,
        spill: &mut Spill,
        fill: impl FnOnce(&mut [u8; N]) -> usize,
    ) -> io::Result<()> {
        if self.held[partition] + N > self.room {
            self.write(partition, spill)?;
        }
        let held = &mut self.held[partition];
        let free = self.bytes.get_mut(partition * self.room + *held..);
        if let Some(place) = free.and_then(|free| free.first_chunk_mut()) {
            *held += fill(place);
        }
        Ok(())
    }

    #[cold]
    fn write(&mut self, partition: usize, spill: &mut Spill) -> io::Result<()> {
        let length = std::mem::take(&mut self.held[partition]);
        let offset = spill.write(&self.bytes[partition * self.room..][..length])?;
        self.written.push(Written {
            partition,
            offset,
            length,
        });
        Ok(())
    }

    /// Gives all bytes of a partition to `take`, piece by piece, in the order in which they
    /// came. No entry is parted.
    fn read(
        &self,
        partition: usize,
        file: Option<&Mutex<File>>,
        piece: &mut Vec<u8>,
        mut take: impl FnMut(&[u8]),
    ) -> io::Result<()> {
        if let Some(file) = file {
            for written in self.written(partition) {
                piece.resize(written.length, 0);
                {
                    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                    file.seek(SeekFrom::Start(written.offset))?;
                    file.read_exact(piece)?;
                }
                take(piece);
            }
        }
        take(&self.bytes[partition * self.room..][..self.held[partition]]);
        Ok(())
    }

    /// How many bytes a partition has.
    fn length(&self, partition: usize) -> usize {
        let written = self.written(partition).map(|written| written.length);
        self.held[partition] + written.sum::<usize>()
    }

    /// What was written of a partition; after `sort`.
    fn written(&self, partition: usize) -> impl Iterator<Item = &Written> {
        let from = self.written.partition_point(|it| it.partition < partition);
        let rest = self.written[from..].iter();
        rest.take_while(move |it| it.partition == partition)
    }

    fn sort(&mut self) {
        // Stable: those of one partition stay in the order in which they were written.
        self.written.sort_by_key(|written| written.partition);
    }
}

/// The temporary file, once there is one.
#[derive(Debug, Default)]
struct Spill {
    file: Option<File>,
    offset: u64,
}

impl Spill {
    /// Appends bytes; where they begin.
    fn write(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.write_all(bytes)?;
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        Ok(offset)
    }
}

/// The calls of one thread.
#[derive(Debug)]
pub(crate) struct CallStore {
    prints: Lanes,
    calls: Lanes,
    spill: Spill,
}

impl CallStore {
    /// Keeps at most `memory` bytes of calls in memory (but always some).
    pub(crate) fn new(memory: usize) -> Self {
        let room = (memory / PARTITIONS).max(LEAST_ENTRIES * (PRINT + LONGEST_CALL));
        // Most calls are shorter than their fingerprints.
        let calls = (room * 2 / 5).max(LEAST_ENTRIES * LONGEST_CALL);
        Self {
            prints: Lanes::new(room - calls),
            calls: Lanes::new(calls),
            spill: Spill::default(),
        }
    }

    #[inline]
    pub(crate) fn push(
        &mut self,
        fingerprint: Fingerprint,
        row: u32,
        counts: &CallCounts,
    ) -> io::Result<()> {
        let (partition, spill) = (usize::from(fingerprint.partition), &mut self.spill);
        self.prints.push(partition, spill, |print| {
            *print = fingerprint.print;
            PRINT
        })?;
        self.calls
            .push(partition, spill, |bytes| counts.pack(row, bytes))
    }

    /// No more calls come: they can be taken out by partition.
    pub(crate) fn into_partitions(mut self) -> CallPartitions {
        self.prints.sort();
        self.calls.sort();
        CallPartitions {
            prints: self.prints,
            calls: self.calls,
            file: self.spill.file.map(Mutex::new),
        }
    }
}

/// The calls of one thread, by partition.
#[derive(Debug)]
pub(crate) struct CallPartitions {
    prints: Lanes,
    calls: Lanes,
    file: Option<Mutex<File>>,
}

impl CallPartitions {
    /// How many bytes the fingerprints of a partition have.
    pub(crate) fn length_of_prints(&self, partition: usize) -> usize {
        self.prints.length(partition)
    }

    /// Gives the fingerprints of a partition to `take`, some at a time, by way of `piece`.
    pub(crate) fn prints(
        &self,
        partition: usize,
        piece: &mut Vec<u8>,
        mut take: impl FnMut(&[Print]),
    ) -> io::Result<()> {
        let file = self.file.as_ref();
        self.prints.read(partition, file, piece, |bytes| {
            take(bytes.as_chunks().0);
        })
    }

    /// Gives the calls of a partition and their rows to `take`, in the order of the
    /// fingerprints, some at a time, by way of `piece`.
    pub(crate) fn calls(
        &self,
        partition: usize,
        piece: &mut Vec<u8>,
        mut take: impl FnMut(u32, CallCounts),
    ) -> io::Result<()> {
        let file = self.file.as_ref();
        self.calls.read(partition, file, piece, |mut packed| {
            while let Some((row, counts)) = CallCounts::unpack(&mut packed) {
                take(row, counts);
            }
        })
    }
}
