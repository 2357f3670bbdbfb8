//! A walk over JSON text that takes what is asked for and steps over the rest. Imports only
//! its siblings `container_skip`, `json_count`, `key_order` and `string_scan`.
//!
//! Keys are found by position and depth, never by searching for their text. Objects that are
//! walked must be well formed; values that are stepped over are checked only for balanced
//! brackets, closed strings and whole literals. A string with escapes is decoded by
//! serde_json, one string at a time.
//!
//! Sample: walking `{"a": 1, "b": [2]}` visits `a` and `b`, and `b` can be skipped unseen.

use std::borrow::Cow;

use super::container_skip::{Reach, container_end};
use super::json_count::{Count, short_number};
use super::key_order::{Key, KeyOrder, START, WIDTH};
use super::string_scan::{Bytes, Plain, kind_of_bytes, plain_text};

/// Why a walk ended early.
///
/// A whole word, so that results are copied by words: a byte among them makes every text that is
/// returned wait for its own bytes to reach memory, a fifth of the time of small records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Stop {
    /// The bytes ended inside a value.
    CutOff,
    /// This is not JSON.
    Invalid,
}

/// A position in JSON text.
#[derive(Debug)]
pub(crate) struct Walker<'a> {
    bytes: &'a [u8],
    at: usize,
    reach: Reach,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let reach = Reach::Bytes;
        Self {
            bytes,
            at: 0,
            reach,
        }
    }

    /// A walk from within a line that never passes its end: what stands there is no JSON.
    pub(crate) fn in_line(bytes: &'a [u8], at: usize) -> Self {
        let reach = Reach::Line;
        Self { bytes, at, reach }
    }

    /// Where the walk stands.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// What the walk stepped over.
    #[inline]
    pub(crate) fn passed(&self) -> &'a [u8] {
        self.bytes.get(..self.at).unwrap_or_default()
    }

    /// The next byte that is no blank.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<u8, Stop> {
        loop {
            match self.bytes.get(self.at) {
                Some(b'\n') if self.reach == Reach::Line => return Err(Stop::Invalid),
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

    /// Walks an object whose keys mostly come in an order known from others of its kind:
    /// `field` is called at each value with what its key means and must step over it.
    #[inline(always)]
    pub(crate) fn known_object<K: Key>(
        &mut self,
        order: &mut KeyOrder<K>,
        mut field: impl FnMut(&mut Self, K) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.expect(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        let mut last = START;
        loop {
            let key = match self.expected_key(order, &mut last) {
                Some(key) => key,
                None => self.any_key(order, &mut last)?,
            };
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

    /// Steps over a key and its colon if it is one that is expected here.
    #[inline(always)]
    fn expected_key<K: Key>(&mut self, order: &mut KeyOrder<K>, last: &mut usize) -> Option<K> {
        let rest = self.bytes.get(self.at..)?;
        let padded;
        let text = match rest.first_chunk::<WIDTH>() {
            Some(text) => text,
            None => {
                padded = padded_end(rest);
                &padded
            }
        };
        let (place, length, key) = order.expected(*last, text)?;
        *last = place;
        self.at += length;
        Some(key)
    }

    #[inline(never)]
    fn any_key<K: Key>(&mut self, order: &mut KeyOrder<K>, last: &mut usize) -> Result<K, Stop> {
        if self.peek()? != b'"' {
            return Err(Stop::Invalid);
        }
        let start = self.at;
        let (inside, escaped) = self.string_span()?;
        let end = self.at;
        if escaped {
            let decoded = decode(&self.bytes[start..end])?;
            self.expect(b':')?;
            return Ok(K::named(decoded.as_bytes()));
        }
        self.expect(b':')?;
        let key = K::named(inside);
        // With blanks in front of the colon it is not remembered.
        *last = match self.at == end + 1 {
            true => order.learn(*last, &self.bytes[start..self.at], key),
            false => START,
        };
        Ok(key)
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
                self.at = container_end(self.bytes, self.at, self.reach).ok_or(Stop::CutOff)?;
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
        if let Some(text) = self.plain_text() {
            return Ok(Some(Cow::Borrowed(text)));
        }
        let start = self.at;
        match self.any_string_span()? {
            (_, true) => decode(&self.bytes[start..self.at]).map(|text| Some(Cow::Owned(text))),
            (inside, false) => checked(inside).map(|text| Some(Cow::Borrowed(text))),
        }
    }

    /// Steps over a string without backslashes, control and other odd bytes that begins right
    /// here and ends soon; `None`, with nothing stepped over, where that is not so.
    #[inline(always)]
    pub(crate) fn plain_text(&mut self) -> Option<&'a str> {
        let (quote, text) = self.bytes.get(self.at..)?.split_first()?;
        if *quote != b'"' {
            return None;
        }
        let text = plain_text(Plain, text)?;
        self.at += text.len() + 2;
        Some(text)
    }

    /// Steps over a short whole number that begins right here; `None`, with nothing stepped
    /// over, where there is none.
    #[inline(always)]
    pub(crate) fn plain_count(&mut self) -> Option<u64> {
        let (value, digits) = short_number(self.bytes.get(self.at..)?)?;
        self.at += digits;
        Some(value)
    }

    /// Steps over any value; what it is as a count.
    #[inline]
    pub(crate) fn count(&mut self) -> Result<Count, Stop> {
        match self.peek()? {
            b'0'..=b'9' => {
                if let Some(value) = self.plain_count() {
                    return Ok(Count::Known(value));
                }
                Ok(Count::of_text(self.number()?))
            }
            b'-' => Ok(Count::of_text(self.number()?)),
            b'n' => {
                self.literal(b"null")?;
                Ok(Count::Absent)
            }
            b'"' => Ok(match self.text()? {
                Some(text) if text.trim().is_empty() => Count::Absent,
                Some(text) => Count::of_text(text.trim()),
                None => Count::Absent,
            }),
            _ => {
                self.skip()?;
                Ok(Count::Implausible)
            }
        }
    }

    /// Steps over a string (standing on its quote): what stands between its quotes, and
    /// whether there are backslashes in it.
    #[inline]
    fn string_span(&mut self) -> Result<(&'a [u8], bool), Stop> {
        match self.plain_text() {
            Some(text) => Ok((text.as_bytes(), false)),
            None => self.any_string_span(),
        }
    }

    #[inline(never)]
    fn any_string_span(&mut self) -> Result<(&'a [u8], bool), Stop> {
        let start = self.at + 1;
        let mut from = start;
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(from..).ok_or(Stop::CutOff)?;
            let found = memchr::memchr2(b'"', b'\\', rest).ok_or(Stop::CutOff)?;
            if rest[found] == b'"' {
                if self.reach == Reach::Line && self.bytes[start..from + found].contains(&b'\n') {
                    return Err(Stop::Invalid);
                }
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

/// The last bytes of a text with zeros behind them: no key, so they match none.
#[inline(never)]
fn padded_end(rest: &[u8]) -> [u8; WIDTH] {
    let mut padded = [0; WIDTH];
    padded[..rest.len()].copy_from_slice(rest);
    padded
}

/// What stands in a string without backslashes, if it may stand there.
fn checked(inside: &[u8]) -> Result<&str, Stop> {
    match kind_of_bytes(inside) {
        Bytes::Control => Err(Stop::Invalid),
        Bytes::Ascii | Bytes::Other => std::str::from_utf8(inside).map_err(|_| Stop::Invalid),
    }
}

/// A string with escapes, quotes included.
#[cold]
fn decode(string: &[u8]) -> Result<String, Stop> {
    serde_json::from_slice(string).map_err(|_| Stop::Invalid)
}
