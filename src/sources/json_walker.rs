//! A walk over JSON text that takes what is asked for and steps over the rest. Imports only
//! its siblings `container_skip` and `string_scan`.
//!
//! Keys are found by position and depth, never by searching for their text. Objects that are
//! walked must be well formed; values that are stepped over are checked only for balanced
//! brackets, closed strings and whole literals. A string with escapes is decoded by
//! serde_json, one string at a time.
//!
//! Sample: walking `{"a": 1, "b": [2]}` visits `a` and `b`, and `b` can be skipped unseen.

use std::borrow::Cow;

use super::container_skip::container_end;
use super::string_scan::{Bytes, first_in_block, kind_of_bytes, quote_or_backslash};

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
        match kind_of_bytes(inside) {
            // SAFETY: every byte is below 0x80, and ASCII is UTF-8.
            Bytes::Ascii => Ok(Some(Cow::Borrowed(unsafe {
                std::str::from_utf8_unchecked(inside)
            }))),
            Bytes::Other => std::str::from_utf8(inside)
                .map(|text| Some(Cow::Borrowed(text)))
                .map_err(|_| Stop::Invalid),
            Bytes::Control => Err(Stop::Invalid),
        }
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

    /// Steps over a string (standing on its quote): what is inside, and whether it has
    /// escapes. Most strings are short and end in the first bytes that are looked at.
    #[inline(always)]
    fn string_span(&mut self) -> Result<(&'a [u8], bool), Stop> {
        let rest = self.bytes.get(self.at + 1..).ok_or(Stop::CutOff)?;
        if let Some(block) = rest.first_chunk::<16>()
            && let Some(found) = first_in_block(block)
            && block[found] == b'"'
        {
            self.at += found + 2;
            return Ok((&rest[..found], false));
        }
        self.longer_string_span()
    }

    #[inline(never)]
    fn longer_string_span(&mut self) -> Result<(&'a [u8], bool), Stop> {
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
}
