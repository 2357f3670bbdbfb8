//! The counts of one call, their sum over many, and the bytes in which a call waits. May import
//! `domain`.
//!
//! A call is packed into 3 to 35 bytes: which counts are known, the row it belongs to, and those
//! counts, each in two bytes or, where one of them needs it, all in four.
//!
//! Sample: a call of 1,000 input and 20 output tokens on row 5 is `3`, `5 0`, `232 3`, `20 0`.

use crate::domain::{TokenCounts, UsageRecord};

/// Input, output, cache read; cache writes of 5 minutes, 1 hour, unknown; images.
const COUNTS: usize = 7;
/// In place of a row: it and the counts take four bytes each, and follow.
const WIDE: u16 = u16::MAX;
/// What is known, the mark of wide numbers, row and counts.
pub(crate) const LONGEST_CALL: usize = 3 + 4 * (1 + COUNTS);

/// Counts of one call.
///
/// The field order decides between two versions of a call: the one with more known counts,
/// then the one with greater counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CallCounts {
    known_counts: u8,
    /// Bit `n`: count `n` is known.
    known: u8,
    /// 0 where it is not known.
    values: [u32; COUNTS],
    failed: bool,
}

impl CallCounts {
    #[inline]
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
            known |= u8::from(count.is_some()) << index;
            // Readers refuse calls with greater counts.
            values[index] = u32::try_from(count.unwrap_or(0)).unwrap_or(u32::MAX);
        }
        Self::new(known, values, record.failed)
    }

    /// The sum of this call alone.
    #[inline(always)]
    fn alone(&self) -> CallSum {
        let neither = self.known & 0b11 == 0;
        CallSum {
            requests: 1,
            failed_requests: u64::from(self.failed),
            requests_without_counts: u64::from(!self.failed && neither),
            values: self.values.map(u64::from),
            known: std::array::from_fn(|index| u64::from(self.known >> index & 1)),
        }
    }

    fn new(known: u8, values: [u32; COUNTS], failed: bool) -> Self {
        Self {
            known_counts: known.count_ones() as u8,
            known,
            values,
            failed,
        }
    }

    /// Packs the call; how many bytes it takes.
    #[inline]
    pub(crate) fn pack(&self, row: u32, bytes: &mut [u8; LONGEST_CALL]) -> usize {
        bytes[0] = self.known | u8::from(self.failed) << 7;
        let longest = self.values.iter().fold(0, |all, value| all | value);
        let mut at = 3;
        // Every count is written, and the next one over it where it is not known: that takes
        // less time than to ask.
        if let (Ok(row), Ok(_)) = (u16::try_from(row), u16::try_from(longest))
            && row != WIDE
        {
            bytes[1..3].copy_from_slice(&row.to_le_bytes());
            for (index, value) in self.values.into_iter().enumerate() {
                bytes[at..at + 2].copy_from_slice(&(value as u16).to_le_bytes());
                at += 2 * usize::from(self.known >> index & 1);
            }
        } else {
            bytes[1..3].copy_from_slice(&WIDE.to_le_bytes());
            bytes[3..7].copy_from_slice(&row.to_le_bytes());
            at += 4;
            for (index, value) in self.values.into_iter().enumerate() {
                bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
                at += 4 * usize::from(self.known >> index & 1);
            }
        }
        at
    }

    /// Takes the first call out of packed ones, with its row; `None` where there is none.
    pub(crate) fn unpack(packed: &mut &[u8]) -> Option<(u32, Self)> {
        let (head, rest) = packed.split_first()?;
        let (narrow_row, mut rest) = rest.split_first_chunk()?;
        let narrow_row = u16::from_le_bytes(*narrow_row);
        let mut number = || {
            if narrow_row == WIDE {
                let (number, others) = rest.split_first_chunk()?;
                rest = others;
                return Some(u32::from_le_bytes(*number));
            }
            let (number, others) = rest.split_first_chunk()?;
            rest = others;
            Some(u32::from(u16::from_le_bytes(*number)))
        };
        let row = match narrow_row {
            WIDE => number()?,
            row => u32::from(row),
        };
        let known = head & 0x7F;
        let mut values = [0; COUNTS];
        for (index, value) in values.iter_mut().enumerate() {
            if known >> index & 1 == 1 {
                *value = number()?;
            }
        }
        *packed = rest;
        Some((row, Self::new(known, values, head & 0x80 != 0)))
    }
}

/// Calls added up, so that a call can be taken away again.
///
/// Each call brings less than 2^32 to a sum: no real usage comes near the end of u64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CallSum {
    requests: u64,
    failed_requests: u64,
    requests_without_counts: u64,
    values: [u64; COUNTS],
    /// How many calls each count is known of.
    known: [u64; COUNTS],
}

impl CallSum {
    #[inline]
    pub(crate) fn add_call(&mut self, call: &CallCounts) {
        self.add(&call.alone());
    }

    /// Takes away what was added before.
    pub(crate) fn subtract(&mut self, other: &Self) {
        self.each(other, u64::wrapping_sub);
    }

    #[inline]
    pub(crate) fn add(&mut self, other: &Self) {
        self.each(other, u64::wrapping_add);
    }

    #[inline(always)]
    fn each(&mut self, other: &Self, change: fn(u64, u64) -> u64) {
        self.requests = change(self.requests, other.requests);
        self.failed_requests = change(self.failed_requests, other.failed_requests);
        self.requests_without_counts =
            change(self.requests_without_counts, other.requests_without_counts);
        for index in 0..COUNTS {
            self.values[index] = change(self.values[index], other.values[index]);
            self.known[index] = change(self.known[index], other.known[index]);
        }
    }

    /// The sum as a row holds it: a count that no call knows is not known.
    pub(crate) fn counts(&self) -> TokenCounts {
        let count = |index: usize| (self.known[index] > 0).then_some(self.values[index]);
        TokenCounts {
            requests: self.requests,
            failed_requests: self.failed_requests,
            requests_without_counts: self.requests_without_counts,
            input_tokens: count(0),
            output_tokens: count(1),
            cache_read_tokens: count(2),
            cache_write_5m_tokens: count(3),
            cache_write_1h_tokens: count(4),
            cache_write_unknown_tokens: count(5),
            images: count(6),
        }
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
            for value in [0, 0xFF, 0x100, 0xFFFE, 0xFFFF, 0x1_0000, u32::MAX] {
                let mut values = [0; COUNTS];
                for (index, place) in values.iter_mut().enumerate() {
                    if known >> index & 1 == 1 {
                        *place = value;
                    }
                }
                let counts = CallCounts::new(known, values, known % 2 == 1);
                let mut bytes = [0; LONGEST_CALL];
                let length = counts.pack(value, &mut bytes);
                packed.extend_from_slice(&bytes[..length]);
                calls.push((value, counts));
            }
        }
        let mut rest = &packed[..];
        let unpacked = std::iter::from_fn(|| CallCounts::unpack(&mut rest));
        assert_eq!(unpacked.collect::<Vec<_>>(), calls);
        assert!(rest.is_empty());
    }

    #[test]
    fn a_count_that_only_a_removed_call_knew_is_not_known() {
        let call = |input_tokens, images, failed| {
            CallCounts::of(&UsageRecord {
                input_tokens,
                images,
                failed,
                ..UsageRecord::default()
            })
        };
        let (kept, removed) = (call(Some(5), None, false), call(None, Some(2), true));
        let mut sum = CallSum::default();
        sum.add_call(&kept);
        sum.add_call(&removed);
        let counts = sum.counts();
        assert_eq!((counts.requests, counts.failed_requests), (2, 1));
        assert_eq!((counts.input_tokens, counts.images), (Some(5), Some(2)));
        assert_eq!(
            (counts.output_tokens, counts.requests_without_counts),
            (None, 0)
        );
        sum.subtract(&removed.alone());
        let mut only = CallSum::default();
        only.add_call(&kept);
        assert_eq!(sum, only);
        assert_eq!(sum.counts().images, None);
    }
}
