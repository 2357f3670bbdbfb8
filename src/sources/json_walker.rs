//! A walk over JSON text that takes what is asked for and steps over the rest. Imports only
//! its sibling `container_skip`.
//!
//! Keys are found by position and depth, never by searching for their text. Objects that are
//! walked must be well formed; values that are stepped over are checked only for balanced
//! brackets, closed strings and whole literals. A string with escapes is decoded by
//! serde_json, one string at a time.
//!
//! Sample: walking `{"a": 1, "b": [2]}` visits `a` and `b`, and `b` can be skipped unseen.

use std::borrow::Cow;

use super::container_skip::container_end;

/// Why a walk ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The bytes ended inside a value.
    CutOff,
    /// This is not JSON.
    Invalid,
}

/// A count as it stands in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Count {
    /// No such key, `null`, or an empty text.
    #[default]
    Absent,
    /// A plausible count.
    Known(u64),
    /// Negative, a fraction, too large for one call, or no number at all.
    Implausible,
}

impl Count {
    /// The count, where it is plausible.
    pub(crate) fn known(self) -> Option<u64> {
        match self {
            Self::Known(count) => Some(count),
            Self::Absent | Self::Implausible => None,
        }
    }
}

/// A position in JSON text.
#[derive(Debug)]
pub(crate) struct Walker<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Where the walk stands.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The next byte that is no blank.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<u8, Stop> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(Stop::CutOff),
            }
        }
    }

    #[inline]
    pub(crate) fn expect(&mut self, wanted: u8) -> Result<(), Stop> {
        if self.peek()? != wanted {
            return Err(Stop::Invalid);
        }
        self.at += 1;
        Ok(())
    }

    /// Walks an object: `field` is called at each value with its key and must step over it.
    #[inline]
    pub(crate) fn object(
        &mut self,
        field: impl FnMut(&mut Self, &[u8]) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.expect(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        self.members(field)
    }

    /// Walks what is left of an object, standing just after a value in it.
    pub(crate) fn object_rest(
        &mut self,
        field: impl FnMut(&mut Self, &[u8]) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        match self.peek()? {
            b',' => {
                self.at += 1;
                self.members(field)
            }
            b'}' => {
                self.at += 1;
                Ok(())
            }
            _ => Err(Stop::Invalid),
        }
    }

    /// Walks the members of an object to its end.
    #[inline]
    fn members(
        &mut self,
        mut field: impl FnMut(&mut Self, &[u8]) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        loop {
            if self.peek()? != b'"' {
                return Err(Stop::Invalid);
            }
            let start = self.at;
            let (inside, escaped) = self.string_span()?;
            let decoded;
            let key = if escaped {
                decoded = decode(&self.bytes[start..self.at])?;
                decoded.as_bytes()
            } else {
                inside
            };
            self.expect(b':')?;
            field(self, key)?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Stop::Invalid),
            }
        }
    }

    /// Walks an array: `element` is called at each element and must step over it.
    pub(crate) fn array(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.expect(b'[')?;
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            element(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Stop::Invalid),
            }
        }
    }

    /// Steps over any value.
    #[inline]
    pub(crate) fn skip(&mut self) -> Result<(), Stop> {
        match self.peek()? {
            b'"' => {
                self.string_span()?;
                Ok(())
            }
            b'{' | b'[' => {
                self.at = container_end(self.bytes, self.at).ok_or(Stop::CutOff)?;
                Ok(())
            }
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            _ => {
                self.number()?;
                Ok(())
            }
        }
    }

    /// Steps over any value; its text when it is a string.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<Option<Cow<'a, str>>, Stop> {
        if self.peek()? != b'"' {
            self.skip()?;
            return Ok(None);
        }
        let start = self.at;
        let (inside, escaped) = self.string_span()?;
        if escaped {
            return decode(&self.bytes[start..self.at]).map(|text| Some(Cow::Owned(text)));
        }
        if has_control_byte(inside) {
            return Err(Stop::Invalid);
        }
        std::str::from_utf8(inside)
            .map(|text| Some(Cow::Borrowed(text)))
            .map_err(|_| Stop::Invalid)
    }

    /// Steps over any value; what it is as a count.
    #[inline]
    pub(crate) fn count(&mut self) -> Result<Count, Stop> {
        match self.peek()? {
            b'1'..=b'9' => {
                let (mut value, start) = (0u64, self.at);
                while let Some(digit @ b'0'..=b'9') = self.bytes.get(self.at) {
                    value = value.saturating_mul(10) + u64::from(digit - b'0');
                    self.at += 1;
                    if self.at - start > 18 {
                        break;
                    }
                }
                if let Some(b'.' | b'e' | b'E' | b'0'..=b'9') = self.bytes.get(self.at) {
                    self.at = start;
                    return Ok(count_from_text(self.number()?));
                }
                Ok(plausible(value))
            }
            b'0' | b'-' => Ok(count_from_text(self.number()?)),
            b'n' => {
                self.literal(b"null")?;
                Ok(Count::Absent)
            }
            b'"' => Ok(match self.text()? {
                Some(text) if text.trim().is_empty() => Count::Absent,
                Some(text) => count_from_text(text.trim()),
                None => Count::Absent,
            }),
            _ => {
                self.skip()?;
                Ok(Count::Implausible)
            }
        }
    }

    /// Steps over a string (standing on its quote): what is inside, and whether it has escapes.
    #[inline]
    fn string_span(&mut self) -> Result<(&'a [u8], bool), Stop> {
        let start = self.at + 1;
        let mut from = start;
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(from..).ok_or(Stop::CutOff)?;
            let found = quote_or_backslash(rest).ok_or(Stop::CutOff)?;
            if rest[found] == b'"' {
                self.at = from + found + 1;
                return Ok((&self.bytes[start..from + found], escaped));
            }
            escaped = true;
            // The byte after a backslash is never the string's end.
            from += found + 2;
        }
    }

    fn literal(&mut self, wanted: &[u8]) -> Result<(), Stop> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(wanted) {
            self.at += wanted.len();
            Ok(())
        } else if wanted.starts_with(rest) {
            Err(Stop::CutOff)
        } else {
            Err(Stop::Invalid)
        }
    }

    /// Steps over a number of the JSON grammar.
    fn number(&mut self) -> Result<&'a str, Stop> {
        let start = self.at;
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        if self.bytes.get(self.at) == Some(&b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
        }
        std::str::from_utf8(&self.bytes[start..self.at]).map_err(|_| Stop::Invalid)
    }

    fn digits(&mut self) -> Result<(), Stop> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.bytes.get(self.at) {
            self.at += 1;
        }
        match (self.at > start, self.at == self.bytes.len()) {
            (true, _) => Ok(()),
            (false, true) => Err(Stop::CutOff),
            (false, false) => Err(Stop::Invalid),
        }
    }
}

/// A string with escapes, quotes included.
#[cold]
fn decode(string: &[u8]) -> Result<String, Stop> {
    serde_json::from_slice(string).map_err(|_| Stop::Invalid)
}

/// Whether a byte is below 0x20: strings must escape those.
#[inline]
fn has_control_byte(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hits = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        // As `zero_bytes`: the lowest byte below 0x20 always shows.
        hits |= word.wrapping_sub(0x2020_2020_2020_2020) & !word & 0x8080_8080_8080_8080;
    }
    hits != 0 || rest.iter().any(|byte| *byte < 0x20)
}

/// The first quote or backslash. Most strings are short, so the first bytes are looked at in
/// registers before the vector search is called.
#[inline]
fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
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
fn first_in_block(block: &[u8; 16]) -> Option<usize> {
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
fn first_in_block(block: &[u8; 16]) -> Option<usize> {
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

/// No single call comes near this many tokens; what is above is damage.
fn plausible(value: u64) -> Count {
    if value <= u64::from(u32::MAX) {
        Count::Known(value)
    } else {
        Count::Implausible
    }
}

/// A number written in another way than as a plain integer: `12.0`, `1e3`, `-0`, `"12"`.
fn count_from_text(text: &str) -> Count {
    if let Ok(value) = text.parse::<u64>() {
        return plausible(value);
    }
    match text.parse::<f64>() {
        Ok(value) if value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value) => {
            // Whole and in range, so the conversion is exact.
            plausible(value as u64)
        }
        _ => Count::Implausible,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> Result<Count, Stop> {
        Walker::new(text.as_bytes()).count()
    }

    #[test]
    fn counts_are_read_in_every_spelling() {
        for (text, expected) in [
            ("0 ", Count::Known(0)),
            ("12,", Count::Known(12)),
            ("\"12\"", Count::Known(12)),
            ("\" 12 \"", Count::Known(12)),
            ("12.0", Count::Known(12)),
            ("1e3", Count::Known(1000)),
            ("null", Count::Absent),
            ("\"\"", Count::Absent),
            ("-1", Count::Implausible),
            ("1.5", Count::Implausible),
            ("4294967295", Count::Known(4_294_967_295)),
            ("4294967296", Count::Implausible),
            ("99999999999999999999999", Count::Implausible),
            ("true", Count::Implausible),
            ("{\"a\":1}", Count::Implausible),
            ("\"many\"", Count::Implausible),
        ] {
            assert_eq!(count(text), Ok(expected), "{text}");
        }
        assert_eq!(count("nul"), Err(Stop::CutOff));
        assert_eq!(count("nope"), Err(Stop::Invalid));
        assert_eq!(count("-"), Err(Stop::CutOff));
    }

    #[test]
    fn leading_zeros_end_the_number() {
        let mut walker = Walker::new(b"012");
        assert_eq!(walker.count(), Ok(Count::Known(0)));
        assert_eq!(walker.position(), 1);
    }

    #[test]
    fn strings_end_at_the_quote_that_is_not_escaped() {
        let mut walker = Walker::new(br#""a\\\"b\\" ,"#);
        assert_eq!(walker.text(), Ok(Some(Cow::Owned(r#"a\"b\"#.to_owned()))));
        assert_eq!(walker.peek(), Ok(b','));
        assert_eq!(Walker::new(br#""open\""#).skip(), Err(Stop::CutOff));
        assert_eq!(Walker::new(b"\"raw\nbreak\"").text(), Err(Stop::Invalid));
    }

    #[test]
    fn control_bytes_are_seen_wherever_they_stand() {
        for length in 1..40 {
            let text = vec![b' '; length];
            assert!(!has_control_byte(&text) && !has_control_byte(&vec![0xFF; length]));
            for at in 0..length {
                let mut text = text.clone();
                text[at] = 0x1F;
                assert!(has_control_byte(&text));
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
