//! Looking for the end of a JSON string, and at what kind of bytes it holds. Imports nothing.
//!
//! Most strings of a record are short: their bytes are looked at in registers before a vector
//! search is called. On x86-64 that takes AVX2 where there is one, or SSE2, which every such
//! processor has; elsewhere ordinary words of eight bytes.
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
/// Blocks of a string that are looked at before a vector search is called.
const NEAR: usize = 4;

/// How blocks are looked at.
pub(crate) trait Scan: Copy {
    /// What stands where in a block.
    fn marks(self, block: &[u8; BLOCK]) -> Marks;

    /// Which bytes of two blocks are the same, bit 0 for the first.
    fn same(self, one: &[u8; BLOCK], other: &[u8; BLOCK]) -> u32;
}

/// With what every processor has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain;

impl Scan for Plain {
    #[inline(always)]
    fn marks(self, block: &[u8; BLOCK]) -> Marks {
        marks(block)
    }

    #[inline(always)]
    fn same(self, one: &[u8; BLOCK], other: &[u8; BLOCK]) -> u32 {
        same(one, other)
    }
}

/// With AVX2. That there is a value of this type shows that the processor has it.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    /// Proof of what [`Scan`] needs here, and of the bit instructions that go with it.
    pub(crate) fn detect() -> Option<Self> {
        let has_it = std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("bmi2");
        has_it.then_some(Self(()))
    }
}

#[cfg(target_arch = "x86_64")]
impl Scan for Avx2 {
    #[inline(always)]
    fn marks(self, block: &[u8; BLOCK]) -> Marks {
        use std::arch::x86_64::{
            _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8,
            _mm256_or_si256, _mm256_set1_epi8,
        };
        // SAFETY: the load is of 32 readable bytes, and `self` shows that there is AVX2.
        unsafe {
            let bytes = _mm256_loadu_si256(block.as_ptr().cast());
            let quotes = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'"'.cast_signed()));
            let backslashes = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\\'.cast_signed()));
            // As signed numbers, bytes from 0x80 on are below 0.
            let odd = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes);
            let ends = _mm256_movemask_epi8(_mm256_or_si256(quotes, backslashes));
            Marks {
                ends: ends.cast_unsigned(),
                odd: _mm256_movemask_epi8(odd).cast_unsigned(),
            }
        }
    }

    #[inline(always)]
    fn same(self, one: &[u8; BLOCK], other: &[u8; BLOCK]) -> u32 {
        use std::arch::x86_64::{_mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8};
        // SAFETY: the loads are of 32 readable bytes each, and `self` shows that there is AVX2.
        unsafe {
            let one = _mm256_loadu_si256(one.as_ptr().cast());
            let other = _mm256_loadu_si256(other.as_ptr().cast());
            _mm256_movemask_epi8(_mm256_cmpeq_epi8(one, other)).cast_unsigned()
        }
    }
}

/// At most a block of bytes that a text may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    bytes: [u8; BLOCK],
    /// Those that are there, bit 0 for the first.
    mask: u32,
}

impl Piece {
    /// The first bytes of a text, at most a block.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut bytes = [0; BLOCK];
        let mut mask = 0;
        for (at, (byte, from)) in bytes.iter_mut().zip(text).enumerate() {
            *byte = *from;
            mask |= 1 << at;
        }
        Self { bytes, mask }
    }

    /// Whether a block begins with them.
    #[inline(always)]
    pub(crate) fn begins(&self, scan: impl Scan, text: &[u8; BLOCK]) -> bool {
        !scan.same(&self.bytes, text) & self.mask == 0
    }
}

/// The string that begins here, behind its opening quote, if it has no backslashes, control and
/// other odd bytes and ends soon.
#[inline(always)]
pub(crate) fn plain_text(scan: impl Scan, text: &[u8]) -> Option<&str> {
    let mut length = 0;
    for block in text.as_chunks::<BLOCK>().0.iter().take(NEAR) {
        let marks = scan.marks(block);
        if marks.ends != 0 {
            let before = (marks.ends & marks.ends.wrapping_neg()).wrapping_sub(1);
            let found = marks.ends.trailing_zeros() as usize;
            if marks.odd & before != 0 || block[found] != b'"' {
                return None;
            }
            // SAFETY: every byte is below 0x80, and ASCII is UTF-8.
            let ascii = |text| unsafe { std::str::from_utf8_unchecked(text) };
            return text.get(..length + found).map(ascii);
        }
        if marks.odd != 0 {
            return None;
        }
        length += BLOCK;
    }
    None
}

/// Whether a name holds capital letters.
#[inline]
pub(crate) fn has_capitals(name: &[u8]) -> bool {
    match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) if name.len() <= 16 => {
            (capitals(u64::from_le_bytes(*first)) | capitals(u64::from_le_bytes(*last))) != 0
        }
        _ => name.iter().any(u8::is_ascii_uppercase),
    }
}

/// The high bit of each byte that is a capital letter.
#[inline]
fn capitals(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let low = word & (0x7F * ONES);
    // No carry leaves its byte.
    let from_a = low + (0x80 - u64::from(b'A')) * ONES;
    let behind_z = low + (0x7F - u64::from(b'Z')) * ONES;
    from_a & !behind_z & !word & (0x80 * ONES)
}

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
fn same(one: &[u8; BLOCK], other: &[u8; BLOCK]) -> u32 {
    use std::arch::x86_64::{__m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8};
    // SAFETY: all loads are of 16 readable bytes of the 32, and SSE2 is part of x86-64 itself.
    unsafe {
        let [one, other] = [one, other].map(|block| block.as_ptr().cast::<__m128i>());
        let half = |at| {
            let (one, other) = (_mm_loadu_si128(one.add(at)), _mm_loadu_si128(other.add(at)));
            _mm_movemask_epi8(_mm_cmpeq_epi8(one, other)).cast_unsigned()
        };
        half(0) | half(1) << 16
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn same(one: &[u8; BLOCK], other: &[u8; BLOCK]) -> u32 {
    same_by_words(one, other)
}

/// The same without vector instructions.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn same_by_words(one: &[u8; BLOCK], other: &[u8; BLOCK]) -> u32 {
    let pairs = one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    pairs.enumerate().fold(0, |bits, (index, (one, other))| {
        let differences = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
        bits | (equal_bits(differences, 0) as u32) << (8 * index)
    })
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn marks(block: &[u8; BLOCK]) -> Marks {
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
fn marks(block: &[u8; BLOCK]) -> Marks {
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
                let other = [b'x'; BLOCK];
                let alike = if byte == b'x' { !0 } else { !(1 << at) };
                assert_eq!(same(&block, &other), alike, "{byte} at {at}");
                assert_eq!(same_by_words(&block, &other), alike, "{byte} at {at}");
                #[cfg(target_arch = "x86_64")]
                if let Some(avx2) = Avx2::detect() {
                    assert_eq!(avx2.marks(&block), expected, "{byte} at {at}");
                    assert_eq!(avx2.same(&block, &other), alike, "{byte} at {at}");
                }
            }
        }
    }

    #[test]
    fn capitals_are_seen_wherever_they_stand() {
        for length in 0..20 {
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    let mut name = vec![b'-'; length];
                    name[at] = byte;
                    let expected = byte.is_ascii_uppercase();
                    assert_eq!(has_capitals(&name), expected, "{byte} at {at} of {length}");
                }
            }
        }
    }
}
