//! Skipping a JSON container at memory speed: finds the end of an object or array without
//! looking at what is inside. Imports its sibling `string_scan`.
//!
//! Blocks of 64 bytes become bit masks: quotes and backslashes give the mask of what lies
//! inside strings, and the brackets outside strings are counted until the depth is 0 again.
//! What is skipped is checked for balanced brackets and closed strings only: broken literals,
//! escapes or UTF-8 in a skipped body pass.
//!
//! Sample: in `{"a":"]}"}, ...` the container ends at byte 10.

use super::string_scan::equal_bits;

/// Bit masks of 64 bytes, bit 0 for the first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Masks {
    quotes: u64,
    backslashes: u64,
    opens: u64,
    closes: u64,
    line_ends: u64,
}

impl Masks {
    /// Leaves out the brackets behind the first line end.
    fn end_at_line(&mut self) {
        // All bits below the lowest that is set; all where none is.
        let before = self.line_ends.wrapping_sub(1) & !self.line_ends;
        self.opens &= before;
        self.closes &= before;
    }
}

/// How far a container may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To the end of the bytes.
    Bytes,
    /// To the end of the line.
    Line,
}

/// The position just after the container that starts at `start` (on `{` or `[`); `None` when
/// the bytes, or the line, end first.
pub(crate) fn container_end(bytes: &[u8], start: usize, reach: Reach) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("pclmulqdq")
        && std::arch::is_x86_feature_detected!("popcnt")
    {
        if std::arch::is_x86_feature_detected!("avx512bw") {
            // SAFETY: `end_avx512` is safe but for needing AVX-512BW (which holds AVX-512F),
            // PCLMULQDQ and POPCNT, which were just detected.
            return unsafe { avx512::end_avx512(bytes, start, reach) };
        }
        // SAFETY: `end_avx2` is safe but for needing AVX2, PCLMULQDQ and POPCNT, which were just
        // detected.
        return unsafe { avx2::end_avx2(bytes, start, reach) };
    }
    end_portable(bytes, start, reach)
}

/// The form without special instructions.
pub(crate) fn end_portable(bytes: &[u8], start: usize, reach: Reach) -> Option<usize> {
    let holds = |block: &[u8; 64], byte| block.contains(&byte);
    let (masks, prefix_xor) = (portable_masks, portable_prefix_xor);
    end_with(bytes, start, reach, masks, prefix_xor, holds)
}

/// The scan itself, over whatever makes the masks.
#[inline(always)]
fn end_with(
    bytes: &[u8],
    start: usize,
    reach: Reach,
    masks_of: impl Fn(&[u8; 64]) -> Masks,
    prefix_xor: impl Fn(u64) -> u64,
    holds: impl Fn(&[u8; 64], u8) -> bool,
) -> Option<usize> {
    let rest = bytes.get(start..)?;
    let mut scan = Scan::default();
    let (blocks, tail) = rest.as_chunks::<64>();
    for (index, block) in blocks.iter().enumerate() {
        // Most blocks lie inside one long text and hold no quote, so nothing ends in them.
        if scan.in_string != 0
            && block[63] != b'\\'
            && !holds(block, b'"')
            && (reach == Reach::Bytes || !holds(block, b'\n'))
        {
            scan.escaped = 0;
            continue;
        }
        let mut masks = masks_of(block);
        let ends_here = reach == Reach::Line && masks.line_ends != 0;
        if ends_here {
            masks.end_at_line();
        }
        if let Some(offset) = scan.block(masks, &prefix_xor) {
            return Some(start + index * 64 + offset + 1);
        }
        if ends_here {
            return None;
        }
    }
    // Zero bytes are neither quotes nor brackets: padding cannot end a container.
    let mut last = [0; 64];
    last[..tail.len()].copy_from_slice(tail);
    let mut masks = masks_of(&last);
    if reach == Reach::Line {
        masks.end_at_line();
    }
    scan.block(masks, &prefix_xor)
        .map(|offset| start + blocks.len() * 64 + offset + 1)
}

/// What carries over from one block to the next.
#[derive(Debug, Default)]
struct Scan {
    depth: u32,
    /// All ones while a string is open at the block's start.
    in_string: u64,
    /// 1 when the block's first byte is escaped by the last byte of the block before.
    escaped: u64,
}

impl Scan {
    /// Takes a block; the offset of the bracket that brings the depth to 0, if it is here.
    #[inline(always)]
    fn block(&mut self, masks: Masks, prefix_xor: &impl Fn(u64) -> u64) -> Option<usize> {
        let quotes = masks.quotes & !self.escapes(masks.backslashes);
        // Bit n is the parity of quotes up to n: set from an opening quote to before its end.
        let strings = prefix_xor(quotes) ^ self.in_string;
        self.in_string = if strings >> 63 == 1 { u64::MAX } else { 0 };
        let opens = masks.opens & !strings;
        let closes = masks.closes & !strings;
        if opens | closes == 0 {
            return None;
        }
        let closing = closes.count_ones();
        if self.depth > closing {
            self.depth = self.depth + opens.count_ones() - closing;
            return None;
        }
        let mut brackets = opens | closes;
        while brackets != 0 {
            let offset = brackets.trailing_zeros();
            if opens >> offset & 1 == 1 {
                self.depth += 1;
            } else {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return Some(offset as usize);
                }
            }
            brackets &= brackets - 1;
        }
        None
    }

    /// The mask of escaped bytes, after simdjson's scan for runs of odd length.
    #[inline(always)]
    fn escapes(&mut self, backslashes: u64) -> u64 {
        const ODD_BITS: u64 = 0xAAAA_AAAA_AAAA_AAAA;
        // A backslash that is itself escaped escapes nothing.
        let backslashes = backslashes & !self.escaped;
        let follows = backslashes << 1 | self.escaped;
        let odd_starts = backslashes & ODD_BITS & !follows;
        let (runs_from_even, carried) = odd_starts.overflowing_add(backslashes);
        self.escaped = u64::from(carried);
        (ODD_BITS >> 1 ^ (runs_from_even << 1)) & follows
    }
}

/// Parity of the set bits up to and with each bit.
fn portable_prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// Masks by eight bytes at a time in ordinary registers.
fn portable_masks(block: &[u8; 64]) -> Masks {
    let mut masks = Masks {
        quotes: 0,
        backslashes: 0,
        opens: 0,
        closes: 0,
        line_ends: 0,
    };
    let (words, _) = block.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // `[` and `{`, `]` and `}` differ in this bit only.
        let folded = word | 0x2020_2020_2020_2020;
        let shift = index * 8;
        masks.quotes |= equal_bits(word, b'"') << shift;
        masks.backslashes |= equal_bits(word, b'\\') << shift;
        masks.opens |= equal_bits(folded, b'{') << shift;
        masks.closes |= equal_bits(folded, b'}') << shift;
        masks.line_ends |= equal_bits(word, b'\n') << shift;
    }
    masks
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Masks, Reach, end_with};
    use std::arch::x86_64::{
        __m256i, _mm_clmulepi64_si128, _mm_cvtsi128_si64, _mm_set_epi64x, _mm_set1_epi8,
        _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256,
        _mm256_set1_epi8,
    };

    /// The scan with AVX2 masks and a carry-less multiplication for the parities.
    #[target_feature(enable = "avx2,pclmulqdq,popcnt")]
    pub(super) fn end_avx2(bytes: &[u8], start: usize, reach: Reach) -> Option<usize> {
        // Closures inherit the features of the function they stand in.
        end_with(
            bytes,
            start,
            reach,
            |block| masks(block),
            |bits| prefix_xor(bits),
            |block, byte| holds(block, byte),
        )
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn holds(block: &[u8; 64], byte: u8) -> bool {
        let (low, high) = halves(block);
        let wanted = _mm256_set1_epi8(byte.cast_signed());
        let (low, high) = (
            _mm256_cmpeq_epi8(low, wanted),
            _mm256_cmpeq_epi8(high, wanted),
        );
        _mm256_movemask_epi8(_mm256_or_si256(low, high)) != 0
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn halves(block: &[u8; 64]) -> (__m256i, __m256i) {
        let at = block.as_ptr();
        // SAFETY: the block is 64 readable bytes; the unaligned loads take bytes 0..32 and 32..64.
        unsafe {
            (
                _mm256_loadu_si256(at.cast::<__m256i>()),
                _mm256_loadu_si256(at.add(32).cast::<__m256i>()),
            )
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn masks(block: &[u8; 64]) -> Masks {
        let (low, high) = halves(block);
        let fold = _mm256_set1_epi8(0x20);
        let (low_folded, high_folded) = (_mm256_or_si256(low, fold), _mm256_or_si256(high, fold));
        Masks {
            quotes: equal(low, high, b'"'),
            backslashes: equal(low, high, b'\\'),
            opens: equal(low_folded, high_folded, b'{'),
            closes: equal(low_folded, high_folded, b'}'),
            line_ends: equal(low, high, b'\n'),
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn equal(low: __m256i, high: __m256i, byte: u8) -> u64 {
        let wanted = _mm256_set1_epi8(byte.cast_signed());
        let low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)).cast_unsigned();
        let high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)).cast_unsigned();
        u64::from(low) | u64::from(high) << 32
    }

    #[target_feature(enable = "pclmulqdq")]
    #[inline]
    pub(super) fn prefix_xor(bits: u64) -> u64 {
        let product =
            _mm_clmulepi64_si128::<0>(_mm_set_epi64x(0, bits.cast_signed()), _mm_set1_epi8(-1));
        _mm_cvtsi128_si64(product).cast_unsigned()
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::avx2::prefix_xor;
    use super::{Masks, Reach, end_with};
    use std::arch::x86_64::{
        __m512i, _mm512_cmpeq_epi8_mask, _mm512_loadu_si512, _mm512_or_si512, _mm512_set1_epi8,
    };

    /// The scan with masks that AVX-512 makes in one comparison of 64 bytes each.
    #[target_feature(enable = "avx512bw,pclmulqdq,popcnt")]
    pub(super) fn end_avx512(bytes: &[u8], start: usize, reach: Reach) -> Option<usize> {
        end_with(
            bytes,
            start,
            reach,
            |block| masks(block),
            |bits| prefix_xor(bits),
            |block, byte| equal(load(block), byte) != 0,
        )
    }

    #[target_feature(enable = "avx512bw")]
    #[inline]
    fn load(block: &[u8; 64]) -> __m512i {
        // SAFETY: the block is 64 readable bytes, and the load needs no alignment.
        unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx512bw")]
    #[inline]
    fn equal(bytes: __m512i, wanted: u8) -> u64 {
        _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(wanted.cast_signed()))
    }

    #[target_feature(enable = "avx512bw")]
    #[inline]
    fn masks(block: &[u8; 64]) -> Masks {
        let block = load(block);
        let folded = _mm512_or_si512(block, _mm512_set1_epi8(0x20));
        Masks {
            quotes: equal(block, b'"'),
            backslashes: equal(block, b'\\'),
            opens: equal(folded, b'{'),
            closes: equal(folded, b'}'),
            line_ends: equal(block, b'\n'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, byte by byte.
    fn end_by_bytes(bytes: &[u8]) -> Option<usize> {
        let (mut depth, mut in_string, mut escaped) = (0, false, false);
        for (at, byte) in bytes.iter().enumerate() {
            // Escapes matter for quotes only; outside strings they are no JSON anyway.
            if std::mem::take(&mut escaped) && matches!(byte, b'"' | b'\\') {
                continue;
            }
            match (in_string, byte) {
                (_, b'\\') => escaped = true,
                (_, b'"') => in_string = !in_string,
                (false, b'{' | b'[') => depth += 1,
                (false, b'}' | b']') => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        let text = br#"{"a":"]}"}, "next": 1"#;
        assert_eq!(container_end(text, 0, Reach::Bytes), Some(10));
        assert_eq!(end_portable(text, 0, Reach::Bytes), Some(10));
        assert_eq!(container_end(b"[[]", 0, Reach::Bytes), None);
    }

    proptest! {
        #[test]
        fn every_form_finds_the_end_that_the_definition_finds(
            inner in proptest::collection::vec(
                prop_oneof![
                    3 => Just(b'\\'), 3 => Just(b'"'), 1 => Just(b'{'), 1 => Just(b'}'),
                    1 => Just(b'['), 1 => Just(b']'), 4 => Just(b'x'), 1 => any::<u8>(),
                    1 => Just(b'\n'),
                ],
                0..400,
            ),
            lead in 0usize..70,
        ) {
            let mut text = vec![b'x'; lead];
            text.push(b'{');
            text.extend(inner);
            let expected = end_by_bytes(&text[lead..]).map(|end| end + lead);
            prop_assert_eq!(container_end(&text, lead, Reach::Bytes), expected);
            prop_assert_eq!(end_portable(&text, lead, Reach::Bytes), expected);
            let within_line = expected.filter(|end| !text[lead..*end].contains(&b'\n'));
            prop_assert_eq!(container_end(&text, lead, Reach::Line), within_line);
            prop_assert_eq!(end_portable(&text, lead, Reach::Line), within_line);
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2")
                && std::arch::is_x86_feature_detected!("pclmulqdq")
                && std::arch::is_x86_feature_detected!("popcnt")
            {
                // SAFETY: what the function needs was just detected.
                let by_avx2 = |reach| unsafe { avx2::end_avx2(&text, lead, reach) };
                prop_assert_eq!(by_avx2(Reach::Bytes), expected);
                prop_assert_eq!(by_avx2(Reach::Line), within_line);
            }
        }
    }
}
