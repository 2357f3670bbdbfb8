//! Which key comes next in an object. Imports nothing.
//!
//! A service writes the keys of its records in one order, whatever that order is. So a key is
//! first compared with those that followed the same key before, in one look at its 32 bytes;
//! only where that fails its end is searched and its name looked up. An order that is new is
//! learned, and nothing but speed depends on it: a key that matches is the same bytes.
//!
//! Kept are names of keys, in memory only.
//!
//! Sample: after `"timestamp":` came `"accountId":`, so it is what is tried first.

/// What an object's keys mean.
pub(crate) trait Key: Copy {
    /// The key of this name; there is one for names that mean nothing.
    fn named(name: &[u8]) -> Self;
}

/// How many bytes are compared at a time; longer keys are always looked up.
pub(crate) const WIDTH: usize = 32;
/// Keys that are remembered of a kind of object. Objects with keys of the caller's choice have more.
const MOST_KEYS: usize = 48;
/// Where an object begins: before its first key.
pub(crate) const START: usize = 0;

/// The keys of one kind of object, in the order in which they were seen.
#[derive(Debug)]
pub(crate) struct KeyOrder<K> {
    /// The first entry stands for the beginning of the object.
    seen: Vec<Seen<K>>,
}

#[derive(Debug)]
struct Seen<K> {
    words: [u64; WIDTH / 8],
    masks: [u64; WIDTH / 8],
    length: usize,
    key: K,
    /// What followed it: the latest two.
    next: [usize; 2],
}

impl<K: Key> KeyOrder<K> {
    pub(crate) fn new() -> Self {
        Self {
            seen: vec![Seen::new(b"", K::named(b""))],
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
        let seen = self.seen.get(first)?;
        if seen.begins(text) {
            return Some((first, seen.length, seen.key));
        }
        let seen = self.seen.get(second)?;
        if seen.begins(text) {
            let found = (second, seen.length, seen.key);
            self.seen.get_mut(last)?.next = [second, first];
            return Some(found);
        }
        None
    }

    /// Remembers that `text` (a key with its quotes and colon) followed `last`; its place.
    #[cold]
    pub(crate) fn learn(&mut self, last: usize, text: &[u8], key: K) -> usize {
        // With no control bytes in it, a match cannot reach past the end of a line.
        if text.len() > WIDTH || text.iter().any(|byte| *byte < 0x20) {
            return START;
        }
        let new = Seen::new(text, key);
        let known = |seen: &Seen<K>| seen.length == new.length && seen.words == new.words;
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
        place
    }
}

impl<K> Seen<K> {
    fn new(text: &[u8], key: K) -> Self {
        let (mut bytes, mut mask) = ([0; WIDTH], [0; WIDTH]);
        bytes[..text.len()].copy_from_slice(text);
        mask[..text.len()].fill(0xFF);
        Self {
            words: words(&bytes),
            masks: words(&mask),
            length: text.len(),
            key,
            next: [usize::MAX; 2],
        }
    }

    #[inline(always)]
    fn begins(&self, text: &[u8; WIDTH]) -> bool {
        let mut differences = 0;
        for ((found, wanted), mask) in words(text).iter().zip(self.words).zip(self.masks) {
            differences |= (found ^ wanted) & mask;
        }
        differences == 0
    }
}

#[inline(always)]
fn words(bytes: &[u8; WIDTH]) -> [u64; WIDTH / 8] {
    let mut words = [0; WIDTH / 8];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}
