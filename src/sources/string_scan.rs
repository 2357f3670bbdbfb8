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

/// The first quote or backslash. Most strings are short, so the first bytes are looked at in
/// registers before the vector search is called.
#[inline]
pub(crate) fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    const NEAR: usize = 5;
    let (blocks, _) = bytes.as_chunks::<16>();
    for (index, block) in blocks.iter().take(NEAR).enumerate() {
        if let Some(offset) = first_in_block(block) {
            return Some(index * 16 + offset);
        }
    }
    let from = blocks.len().min(NEAR) * 16;
    memchr::memchr2(b'"', b'\\', &bytes[from..]).map(|found| from + found)
}

#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn first_in_block(block: &[u8; 16]) -> Option<usize> {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    // SAFETY: the block is 16 readable bytes, and SSE2 is part of x86-64 itself.
    let hits = unsafe {
        let block = _mm_loadu_si128(block.as_ptr().cast());
        let quotes = _mm_cmpeq_epi8(block, _mm_set1_epi8(b'"'.cast_signed()));
        let backslashes = _mm_cmpeq_epi8(block, _mm_set1_epi8(b'\\'.cast_signed()));
        _mm_movemask_epi8(_mm_or_si128(quotes, backslashes))
    };
    (hits != 0).then(|| hits.trailing_zeros() as usize)
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(crate) fn first_in_block(block: &[u8; 16]) -> Option<usize> {
    first_in_words(block)
}

/// The same without vector instructions.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn first_in_words(block: &[u8; 16]) -> Option<usize> {
    for (index, word) in block.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let hits =
            zero_bytes(word ^ 0x2222_2222_2222_2222) | zero_bytes(word ^ 0x5C5C_5C5C_5C5C_5C5C);
        if hits != 0 {
            return Some(index * 8 + hits.trailing_zeros() as usize / 8);
        }
    }
    None
}

/// The high bit of each zero byte; bits above the first may be wrong, the first never is.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080
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
    fn a_quote_is_found_at_every_distance() {
        for distance in 0..16 {
            for byte in [b'"', b'\\'] {
                let mut block = [0x23; 16];
                block[distance] = byte;
                block[distance + 1..].fill(b'"');
                assert_eq!(first_in_block(&block), Some(distance));
                assert_eq!(first_in_words(&block), Some(distance));
            }
        }
        for distance in 0..100 {
            let mut text = vec![0x21u8; distance];
            text.push(b'"');
            text.extend([b'\\'; 20]);
            assert_eq!(quote_or_backslash(&text), Some(distance));
            assert_eq!(quote_or_backslash(&text[..distance]), None);
        }
    }
}
