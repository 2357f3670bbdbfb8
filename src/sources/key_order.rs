//! Which key comes next in an object. Imports its sibling `string_scan`.
//!
//! A service writes the keys of its records in one order, whatever that order is. So a key is
//! first compared with those that followed the same key before, in one look at its 32 bytes,
//! then with the one known by the first letters of its name, for records in no order at all;
//! only where that fails its end is searched and its name looked up. What is new is learned, and
//! nothing but speed depends on it: a key that matches is the same bytes.
//!
//! Kept are names of keys, in memory only.
//!
//! Sample: after `"timestamp":` came `"accountId":`, so it is what is tried first.

use super::string_scan::{BLOCK, Piece, Plain};

/// What an object's keys mean.
pub(crate) trait Key: Copy {
    /// The key of this name; there is one for names that mean nothing.
    fn named(name: &[u8]) -> Self;
}

/// How many bytes are compared at a time; longer keys are always looked up.
pub(crate) const WIDTH: usize = BLOCK;
/// Keys that are remembered of a kind of object. Objects with keys of the caller's choice have more.
const MOST_KEYS: usize = 48;
/// Places for keys by the first letters of their names.
const HEADS: usize = 64;
/// Where an object begins: before its first key.
pub(crate) const START: usize = 0;

/// The keys of one kind of object, in the order in which they were seen.
#[derive(Debug)]
pub(crate) struct KeyOrder<K> {
    /// The first entry stands for the beginning of the object.
    seen: Vec<Seen<K>>,
    /// Numbers of entries; that of the beginning where there is none.
    heads: [u8; HEADS],
}

#[derive(Debug)]
struct Seen<K> {
    text: Piece,
    length: usize,
    key: K,
    /// What followed it: the latest two.
    next: [usize; 2],
}

impl<K: Key> KeyOrder<K> {
    pub(crate) fn new() -> Self {
        Self {
            seen: vec![Seen::new(b"", K::named(b""))],
            heads: [0; HEADS],
        }
    }

    /// The key that begins in `text` if it is one that followed `last` before: its place, its
    /// length with quotes and colon, and what it means.
    #[inline(always)]
    pub(crate) fn expected(
        &mut self,
        last: usize,
        text: &[u8; WIDTH],
    ) -> Option<(usize, usize, K)> {
        let [first, second] = self.seen.get(last)?.next;
        if let Some(seen) = self.seen.get(first)
            && seen.begins(text)
        {
            return Some((first, seen.length, seen.key));
        }
        if let Some(seen) = self.seen.get(second)
            && seen.begins(text)
        {
            let found = (second, seen.length, seen.key);
            self.seen.get_mut(last)?.next = [second, first];
            return Some(found);
        }
        let place = usize::from(self.heads[head(text)]);
        let seen = self.seen.get(place)?;
        (place != START && seen.begins(text)).then_some((place, seen.length, seen.key))
    }

    /// Remembers that `text` (a key with its quotes and colon) followed `last`; its place.
    #[cold]
    pub(crate) fn learn(&mut self, last: usize, text: &[u8], key: K) -> usize {
        // With no control bytes in it, a match cannot reach past the end of a line.
        if text.len() > WIDTH || text.iter().any(|byte| *byte < 0x20) {
            return START;
        }
        let new = Seen::new(text, key);
        let known = |seen: &Seen<K>| seen.text == new.text;
        let place = match self.seen.iter().position(known) {
            Some(place) => place,
            None if self.seen.len() > MOST_KEYS => return START,
            None => {
                self.seen.push(new);
                self.seen.len() - 1
            }
        };
        if let Some(last) = self.seen.get_mut(last) {
            last.next = [place, last.next[0]];
        }
        let mut start = [0; WIDTH];
        start[..text.len()].copy_from_slice(text);
        // There are few: see `MOST_KEYS`.
        self.heads[head(&start)] = u8::try_from(place).unwrap_or(0);
        place
    }
}

/// The place for a key in `heads`, by the eight bytes behind its opening quote.
#[inline(always)]
fn head(text: &[u8; WIDTH]) -> usize {
    let [_, bytes @ .., _, _, _, _, _, _, _] = text.first_chunk::<16>().unwrap_or(&[0; 16]);
    let word = u64::from_le_bytes(*bytes);
    (word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as usize
}

impl<K> Seen<K> {
    fn new(text: &[u8], key: K) -> Self {
        Self {
            text: Piece::of(text),
            length: text.len(),
            key,
            next: [usize::MAX; 2],
        }
    }

    #[inline(always)]
    fn begins(&self, text: &[u8; WIDTH]) -> bool {
        self.text.begins(Plain, text)
    }
}
