//! Looking for the end of a JSON string, and at what kind of bytes it holds. Imports nothing.
//!
//! Most strings of a record are short: their bytes are looked at in registers before a vector
//! search is called. On x86-64 that takes SSE2, which every such processor has; elsewhere
//! ordinary words of eight bytes.
//!
//! Sample: in `us-east-1","` the first quote is byte 9, and what is before it is ASCII.

/// What bytes a string holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bytes {
    /// All of 0x20..0x80.
    Ascii,
    /// Some at or above 0x80, none below 0x20.
    Other,
    /// Some below 0x20: strings must escape those.
    Control,
}

#[inline]
pub(crate) fn kind_of_bytes(bytes: &[u8]) -> Bytes {
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = bytes.as_chunks::<8>();
    let (mut controls, mut others) = (0, 0);
    for word in words {
        let word = u64::from_le_bytes(*word);
        others |= word & HIGH_BITS;
        // As in `zero_bytes`: the lowest byte below 0x20 always shows.
        controls |= word.wrapping_sub(0x2020_2020_2020_2020) & !word & HIGH_BITS;
    }
    for byte in rest {
        others |= u64::from(*byte & 0x80);
        controls |= u64::from(*byte < 0x20);
    }
    match (controls, others) {
        (0, 0) => Bytes::Ascii,
        (0, _) => Bytes::Other,
        _ => Bytes::Control,
    }
}

/// How many bytes are looked at in registers at a time.
pub(crate) const BLOCK: usize = 32;

/// What stands where in a block of text, bit 0 for its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    /// Quotes and backslashes.
    pub(crate) ends: u32,
    /// Bytes that are not of 0x20..0x80.
    pub(crate) odd: u32,
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn marks(block: &[u8; BLOCK]) -> Marks {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8,
    };
    // SAFETY: both loads are of 16 readable bytes of the 32, and SSE2 is part of x86-64 itself.
    unsafe {
        let at = block.as_ptr().cast::<__m128i>();
        let halves = [_mm_loadu_si128(at), _mm_loadu_si128(at.add(1))];
        let mut marks = Marks { ends: 0, odd: 0 };
        for (index, half) in halves.into_iter().enumerate() {
            let quotes = _mm_cmpeq_epi8(half, _mm_set1_epi8(b'"'.cast_signed()));
            let backslashes = _mm_cmpeq_epi8(half, _mm_set1_epi8(b'\\'.cast_signed()));
            // As signed numbers, bytes from 0x80 on are below 0.
            let odd = _mm_cmplt_epi8(half, _mm_set1_epi8(0x20));
            let ends = _mm_movemask_epi8(_mm_or_si128(quotes, backslashes));
            marks.ends |= ends.cast_unsigned() << (16 * index);
            marks.odd |= _mm_movemask_epi8(odd).cast_unsigned() << (16 * index);
        }
        marks
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn marks(block: &[u8; BLOCK]) -> Marks {
    marks_by_words(block)
}

/// The same without vector instructions.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn marks_by_words(block: &[u8; BLOCK]) -> Marks {
    const LOW_SEVEN: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let mut marks = Marks { ends: 0, odd: 0 };
    for (index, word) in block.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let ends = equal_bits(word, b'"') | equal_bits(word, b'\\');
        // The high bit of each byte from 0x20 on, where its own high bit is not set.
        let printable = ((word & LOW_SEVEN) + 0x6060_6060_6060_6060) & !word;
        marks.ends |= (ends as u32) << (8 * index);
        marks.odd |= (high_bits(!printable) as u32) << (8 * index);
    }
    marks
}

/// Eight bits: which bytes of the word equal `byte`.
#[inline(always)]
pub(crate) fn equal_bits(word: u64, byte: u8) -> u64 {
    const LOW_SEVEN: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let differences = word ^ (u64::from(byte) * 0x0101_0101_0101_0101);
    // Exact for every byte: no carry leaves its byte.
    high_bits(!(((differences & LOW_SEVEN) + LOW_SEVEN) | differences))
}

/// The high bits of the eight bytes, the lowest byte's first.
#[inline(always)]
fn high_bits(word: u64) -> u64 {
    ((word & 0x8080_8080_8080_8080) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_bytes_are_seen_wherever_they_stand() {
        for length in 1..40 {
            let text = vec![b' '; length];
            assert_eq!(kind_of_bytes(&text), Bytes::Ascii);
            for at in 0..length {
                let mut text = text.clone();
                for (byte, expected) in [
                    (0x1F, Bytes::Control),
                    (0x20, Bytes::Ascii),
                    (0x7F, Bytes::Ascii),
                    (0x80, Bytes::Other),
                    (0xFF, Bytes::Other),
                ] {
                    text[at] = byte;
                    assert_eq!(kind_of_bytes(&text), expected, "{byte} at {at}");
                }
            }
        }
    }

    #[test]
    fn every_byte_is_marked_where_it_stands() {
        for byte in 0..=u8::MAX {
            for at in 0..BLOCK {
                let mut block = [b'x'; BLOCK];
                block[at] = byte;
                let expected = Marks {
                    ends: u32::from(matches!(byte, b'"' | b'\\')) << at,
                    odd: u32::from(!(0x20..0x80).contains(&byte)) << at,
                };
                assert_eq!(marks(&block), expected, "{byte} at {at}");
                assert_eq!(marks_by_words(&block), expected, "{byte} at {at}");
            }
        }
    }
}
