//! The tables in the plain form in which they are written: `[[name]]`, then `key = value` lines
//! with texts without escapes but for quotes, whole numbers, lists and inline tables.
//!
//! Most of a start was the TOML library; this reads the same bytes in a fraction of that time.
//! It decides nothing: whatever it does not know (other escapes, dotted keys, other line ends) and
//! whatever does not fit its row gives nothing at all, and the library reads the whole file
//! again. So every error, with its line, is the library's. Imports nothing of ours.
//!
//! Sample: `[[price]]\nmodel = "a.b"` is one row `price` that begins at byte 0.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, CowStrDeserializer, MapAccessDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, Visitor};
use serde::forward_to_deserialize_any;
use toml::Spanned;

/// A file that is nothing but rows of a few kinds.
pub(super) trait OfRows: Default {
    /// Takes the row that stands here, of the kind in the double brackets.
    fn take(&mut self, kind: &str, row: Row<'_, '_>) -> Result<(), NotPlain>;
}

/// What the library has to look at.
#[derive(Debug)]
pub(super) struct NotPlain;

impl fmt::Display for NotPlain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not plain")
    }
}

impl std::error::Error for NotPlain {}

impl de::Error for NotPlain {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// All rows of a file, or nothing where a part of it is not plain.
pub(super) fn read<T: OfRows>(text: &str) -> Option<T> {
    let mut cursor = Cursor { text, at: 0 };
    let mut file = T::default();
    loop {
        cursor.skip_lines();
        let start = cursor.at;
        if cursor.peek().is_none() {
            return Some(file);
        }
        let kind = cursor.header().ok()?;
        let row = Row {
            cursor: &mut cursor,
            start,
        };
        file.take(kind, row).ok()?;
    }
}

/// A row whose header has been read.
pub(super) struct Row<'c, 't> {
    cursor: &'c mut Cursor<'t>,
    start: usize,
}

impl<'t> Row<'_, 't> {
    /// Reads its keys and values, and where its header stands.
    pub(super) fn add_to<T: Deserialize<'t>>(
        self,
        rows: &mut Vec<Spanned<T>>,
    ) -> Result<(), NotPlain> {
        let header = self.start..self.cursor.at;
        let row = T::deserialize(MapAccessDeserializer::new(Keys(self.cursor)))?;
        rows.push(Spanned::new(header, row));
        Ok(())
    }
}

struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes over a byte, if it is the next.
    fn eat(&mut self, byte: u8) -> Result<(), NotPlain> {
        if self.peek() != Some(byte) {
            return Err(NotPlain);
        }
        self.at += 1;
        Ok(())
    }

    /// What is taken while a test holds.
    fn taken_while(&mut self, holds: impl Fn(u8) -> bool) -> &'t str {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().take_while(|byte| holds(**byte)).count();
        let start = self.at;
        self.at += length;
        // Both ends are beside ASCII, or at the end of the text; if not, nothing is taken.
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// One of some bytes.
    fn taken_one(&mut self, of: &[u8]) -> Result<&'t str, NotPlain> {
        match self.text.get(self.at..=self.at) {
            Some(one) if of.contains(&one.as_bytes()[0]) => {
                self.at += 1;
                Ok(one)
            }
            _ => Err(NotPlain),
        }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Blanks, line ends and comments.
    fn skip_lines(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'\n') => self.at += 1,
                Some(b'#') => {
                    self.taken_while(is_plain);
                    if !matches!(self.peek(), None | Some(b'\n')) {
                        return;
                    }
                }
                _ => return,
            }
        }
    }

    /// The rest of a line holds nothing but blanks and a comment.
    fn end_line(&mut self) -> Result<(), NotPlain> {
        self.skip_blanks();
        if self.peek() == Some(b'#') {
            self.taken_while(is_plain);
        }
        match self.peek() {
            None => Ok(()),
            Some(_) => self.eat(b'\n'),
        }
    }

    fn key(&mut self) -> Result<&'t str, NotPlain> {
        let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        match self.taken_while(is_key) {
            "" => Err(NotPlain),
            key => Ok(key),
        }
    }

    fn seeded_key<K: DeserializeSeed<'t>>(&mut self, seed: K) -> Result<K::Value, NotPlain> {
        seed.deserialize(BorrowedStrDeserializer::new(self.key()?))
    }

    /// What stands behind the sign after a key.
    fn seeded_value<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, NotPlain> {
        self.skip_blanks();
        self.eat(b'=')?;
        self.skip_blanks();
        seed.deserialize(Value(self))
    }

    /// `[[name]]`.
    fn header(&mut self) -> Result<&'t str, NotPlain> {
        self.eat(b'[')?;
        self.eat(b'[')?;
        let name = self.key()?;
        self.eat(b']')?;
        self.eat(b']')?;
        self.end_line()?;
        Ok(name)
    }

    /// A text in quotes of one kind; of all escapes those that stand for themselves only.
    fn quoted(&mut self, quote: u8) -> Result<Cow<'t, str>, NotPlain> {
        self.eat(quote)?;
        let escapes = quote == b'"';
        let is_text = |byte| byte != quote && is_plain(byte) && !(escapes && byte == b'\\');
        let mut text = Cow::Borrowed(self.taken_while(is_text));
        while escapes && self.eat(b'\\').is_ok() {
            let escaped = self.taken_one(b"\"\\")?;
            let text = text.to_mut();
            text.push_str(escaped);
            text.push_str(self.taken_while(is_text));
        }
        self.eat(quote)?;
        // Three quotes begin a text of many lines.
        match text.is_empty() && self.peek() == Some(quote) {
            true => Err(NotPlain),
            false => Ok(text),
        }
    }
}

/// Not a control character, but for the tab.
fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f || byte == b'\t'
}

/// The keys of a row, up to the next header.
struct Keys<'c, 't>(&'c mut Cursor<'t>);

impl<'t> de::MapAccess<'t> for Keys<'_, 't> {
    type Error = NotPlain;

    fn next_key_seed<K: DeserializeSeed<'t>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, NotPlain> {
        self.0.skip_lines();
        match self.0.peek() {
            None | Some(b'[') => Ok(None),
            Some(_) => self.0.seeded_key(seed).map(Some),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, NotPlain> {
        let value = self.0.seeded_value(seed)?;
        self.0.end_line()?;
        Ok(value)
    }
}

/// What stands between brackets or braces, with commas in between.
struct Inside<'c, 't> {
    cursor: &'c mut Cursor<'t>,
    later: bool,
}

impl<'t> de::MapAccess<'t> for Inside<'_, 't> {
    type Error = NotPlain;

    fn next_key_seed<K: DeserializeSeed<'t>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, NotPlain> {
        self.cursor.skip_blanks();
        if self.cursor.eat(b'}').is_ok() {
            return Ok(None);
        }
        if std::mem::replace(&mut self.later, true) {
            self.cursor.eat(b',')?;
            self.cursor.skip_blanks();
        }
        self.cursor.seeded_key(seed).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, NotPlain> {
        self.cursor.seeded_value(seed)
    }
}

impl<'t> de::SeqAccess<'t> for Inside<'_, 't> {
    type Error = NotPlain;

    fn next_element_seed<T: DeserializeSeed<'t>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, NotPlain> {
        self.cursor.skip_lines();
        if std::mem::replace(&mut self.later, true) && self.cursor.peek() != Some(b']') {
            self.cursor.eat(b',')?;
            self.cursor.skip_lines();
        }
        if self.cursor.eat(b']').is_ok() {
            return Ok(None);
        }
        seed.deserialize(Value(self.cursor)).map(Some)
    }
}

/// An inline table with one key, which says what its value is.
impl<'t> de::EnumAccess<'t> for Inside<'_, 't> {
    type Error = NotPlain;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'t>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), NotPlain> {
        self.cursor.skip_blanks();
        Ok((self.cursor.seeded_key(seed)?, self))
    }
}

impl<'t> de::VariantAccess<'t> for Inside<'_, 't> {
    type Error = NotPlain;

    fn unit_variant(self) -> Result<(), NotPlain> {
        Err(NotPlain)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'t>>(self, seed: T) -> Result<T::Value, NotPlain> {
        let value = self.cursor.seeded_value(seed)?;
        self.cursor.skip_blanks();
        self.cursor.eat(b'}')?;
        Ok(value)
    }

    fn tuple_variant<V: Visitor<'t>>(self, _: usize, _: V) -> Result<V::Value, NotPlain> {
        Err(NotPlain)
    }

    fn struct_variant<V: Visitor<'t>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, NotPlain> {
        Err(NotPlain)
    }
}

/// The value that stands next.
struct Value<'c, 't>(&'c mut Cursor<'t>);

impl<'de> Deserializer<'de> for Value<'_, 'de> {
    type Error = NotPlain;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotPlain> {
        let cursor = self.0;
        let inside = |cursor| Inside {
            cursor,
            later: false,
        };
        match cursor.peek() {
            Some(quote @ (b'"' | b'\'')) => match cursor.quoted(quote)? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            Some(b'[') => {
                cursor.at += 1;
                visitor.visit_seq(inside(cursor))
            }
            Some(b'{') => {
                cursor.at += 1;
                visitor.visit_map(inside(cursor))
            }
            // A date, a fraction or an underscore after it ends neither a line nor an item.
            Some(b'1'..=b'9') => {
                let digits = cursor.taken_while(|byte| byte.is_ascii_digit());
                visitor.visit_i64(digits.parse().map_err(|_| NotPlain)?)
            }
            _ => Err(NotPlain),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotPlain> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotPlain> {
        let cursor = self.0;
        match cursor.peek() {
            Some(quote @ (b'"' | b'\'')) => {
                let word = CowStrDeserializer::new(cursor.quoted(quote)?);
                word.deserialize_enum(name, variants, visitor)
            }
            _ => {
                cursor.eat(b'{')?;
                visitor.visit_enum(Inside {
                    cursor,
                    later: false,
                })
            }
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests;
