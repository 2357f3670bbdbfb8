//! The shapes of records that were seen: which bytes stand between the values that matter.
//! Imports its sibling `record_keys`.
//!
//! A service writes its records in a few shapes: the same keys in the same order, only the
//! values differ. A shape is a row of steps, each the bytes from one value to the next
//! (`","operation":`), which are compared at once, and what that next value is. So a record of
//! a known shape is read without a look at each of its keys; any other is walked, and its shape
//! learned when it comes a second time. Nothing but speed depends on it: over the same bytes
//! between two values a walk would do the same, and the values are read by the same functions.
//!
//! Kept are names of keys and the values of those few that are the same in every record
//! (`schemaVersion`, content types), nothing else that a caller wrote.
//!
//! Sample: after the request id came `,"operation":` and, in another shape, `,"modelId":`; the
//! next record's bytes are compared with both.

use std::ops::Range;

use super::record_keys::Slot;
use super::string_scan::{BLOCK, Piece, Plain, Scan};

/// The longest run of bytes between two values that is remembered.
const LONGEST_TEXT: usize = 128;
/// Steps that are remembered of all shapes together; when there are more, all are forgotten.
const MOST_STEPS: usize = 1_000;
/// What may follow a step.
const MOST_NEXT: usize = 4;
/// Places for the hashes of shapes that came once.
const MARKS: usize = 64;
/// Before a record's first byte.
pub(crate) const START: usize = 0;
/// No step.
const NONE: u16 = u16::MAX;

/// The values of a record in the order of the walk.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    values: Vec<(Range<usize>, Slot)>,
    /// A hash of what the values are and how far they stand from each other.
    shape: u64,
    unusual: bool,
    /// How many more records are not traced.
    rest: u32,
    /// Whether the values of this record are not asked for.
    off: bool,
    /// How many records in turn were of no known shape and taught none.
    in_vain: u32,
}

/// The most records in turn that are not traced.
const LONGEST_REST: u32 = 15;

impl Trace {
    /// Begins a record. Where records come in no order of keys that comes again, only some are
    /// traced.
    pub(crate) fn begin(&mut self) {
        self.values.clear();
        self.shape = 0;
        self.unusual = false;
        self.off = self.rest > 0;
        self.rest = self.rest.saturating_sub(1);
    }

    /// Whether the values of this record are asked for.
    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        !self.off
    }

    #[inline]
    pub(crate) fn add(&mut self, value: Range<usize>, slot: Slot) {
        if self.off {
            return;
        }
        let before = self.values.last().map_or(0, |(value, _)| value.end);
        let distance = value.start.wrapping_sub(before) as u64;
        self.shape =
            (self.shape ^ distance << 8 ^ slot.number()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.shape ^= self.shape >> 32;
        self.values.push((value, slot));
    }

    /// The shape cannot be told by the values that were added.
    pub(crate) fn is_unusual(&mut self) {
        self.unusual = true;
    }

    /// The bytes in front of each value with what it is, and those behind the last. A text's
    /// opening quote stands in front of it.
    fn pieces<'a>(&self, record: &'a [u8]) -> impl Iterator<Item = (&'a [u8], Slot)> {
        let starts = self.values.iter().map(|(value, slot)| {
            let is_text = record.get(value.start) == Some(&b'"');
            (value.start + usize::from(is_text), *slot)
        });
        let ends = self.values.iter().map(|(value, _)| value.end);
        std::iter::once(0)
            .chain(ends)
            .zip(starts.chain([(record.len(), Slot::End)]))
            .map(|(from, (to, slot))| (record.get(from..to).unwrap_or_default(), slot))
    }
}

/// The shapes of the records of one thread.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The first step stands for the beginning of a record.
    steps: Vec<Step>,
    /// The bytes of long steps behind their first.
    tails: Vec<Piece>,
    came_once: [u64; MARKS],
}

#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Step {
    /// Its first bytes.
    head: Piece,
    /// Its further bytes in `tails`.
    from: u16,
    pieces: u8,
    length: u8,
    /// The value behind them.
    slot: Slot,
    quoted: bool,
    /// The steps that came after it, those of the latest records first.
    next: [u16; MOST_NEXT],
}

/// Where a step leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its number.
    pub(crate) step: usize,
    /// How many bytes it takes.
    pub(crate) length: usize,
    /// The value behind them.
    pub(crate) slot: Slot,
    /// Whether that value is a text, of which they hold the opening quote.
    pub(crate) quoted: bool,
}

/// The last bytes of a text with zeros behind them, which no piece holds.
#[cold]
#[inline(never)]
fn padded(text: &[u8]) -> [u8; BLOCK] {
    let mut padded = [0; BLOCK];
    padded[..text.len()].copy_from_slice(text);
    padded
}

/// Whether a text begins with these pieces.
#[inline(always)]
fn begins(scan: impl Scan, mut text: &[u8], pieces: &[Piece]) -> bool {
    pieces.iter().all(|piece| match text.split_first_chunk() {
        Some((block, rest)) => {
            text = rest;
            piece.begins(scan, block)
        }
        None => piece.begins(scan, &padded(std::mem::take(&mut text))),
    })
}

impl Plan {
    pub(crate) fn new() -> Self {
        let mut plan = Self {
            steps: Vec::new(),
            tails: Vec::new(),
            came_once: [0; MARKS],
        };
        plan.forget();
        plan
    }

    fn forget(&mut self) {
        self.steps.clear();
        self.tails.clear();
        self.add(b"", Slot::End);
    }

    /// The step after `last` whose bytes `text` begins with.
    #[inline(always)]
    pub(crate) fn step(&mut self, scan: impl Scan, last: usize, text: &[u8]) -> Option<Found> {
        let end;
        let (head, rest) = match text.split_first_chunk() {
            Some(both) => both,
            None => {
                end = padded(text);
                (&end, &[][..])
            }
        };
        for index in 0..MOST_NEXT {
            let number = usize::from(self.steps.get(last)?.next[index]);
            let step = self.steps.get(number)?;
            if !step.head.begins(scan, head) {
                continue;
            }
            if step.pieces > 0 {
                let from = usize::from(step.from);
                let tail = self.tails.get(from..from + usize::from(step.pieces))?;
                if !begins(scan, rest, tail) {
                    continue;
                }
            }
            let found = Found {
                step: number,
                length: usize::from(step.length),
                slot: step.slot,
                quoted: step.quoted,
            };
            if index > 0 {
                self.steps.get_mut(last)?.next.swap(index - 1, index);
            }
            return Some(found);
        }
        None
    }

    /// Remembers the shape of a record that was walked, if it came before: an order of keys
    /// that comes only once is not worth it.
    #[cold]
    pub(crate) fn learn(&mut self, record: &[u8], trace: &mut Trace) {
        if trace.off {
            return;
        }
        trace.in_vain = (trace.in_vain + 1).min(LONGEST_REST);
        trace.rest = trace.in_vain;
        let mark = &mut self.came_once[trace.shape as usize % MARKS];
        if trace.unusual || std::mem::replace(mark, trace.shape) != trace.shape {
            return;
        }
        // The answer of CloudWatch Logs begins so, and is no record.
        const EVENTS: &[u8] = b"\"events\"";
        let cannot_be_kept = |text: &[u8]| {
            let is_long = text.len() > LONGEST_TEXT;
            is_long
                || text.iter().any(u8::is_ascii_control)
                || memchr::memmem::find(text, EVENTS).is_some()
        };
        if trace.pieces(record).any(|(text, _)| cannot_be_kept(text)) {
            return;
        }
        (trace.in_vain, trace.rest) = (0, 0);
        if self.steps.len() + trace.values.len() >= MOST_STEPS {
            self.forget();
        }
        let mut last = START;
        for (text, slot) in trace.pieces(record) {
            last = match self.step(Plain, last, text) {
                Some(found) if found.length == text.len() && found.slot == slot => found.step,
                _ => self.add_after(last, text, slot),
            };
        }
    }

    fn add_after(&mut self, last: usize, text: &[u8], slot: Slot) -> usize {
        let new = self.add(text, slot);
        if let Some(last) = self.steps.get_mut(last) {
            // What came longest ago makes room.
            last.next.rotate_right(1);
            last.next[0] = u16::try_from(new).unwrap_or(NONE);
        }
        new
    }

    fn add(&mut self, text: &[u8], slot: Slot) -> usize {
        let (head, tail) = text.split_at(text.len().min(BLOCK));
        let tail = tail.chunks(BLOCK).map(Piece::of);
        // All are few and short: see `MOST_STEPS`.
        self.steps.push(Step {
            head: Piece::of(head),
            from: u16::try_from(self.tails.len()).unwrap_or(u16::MAX),
            pieces: u8::try_from(tail.len()).unwrap_or(u8::MAX),
            length: u8::try_from(text.len()).unwrap_or(u8::MAX),
            slot,
            quoted: text.last() == Some(&b'"'),
            next: [NONE; MOST_NEXT],
        });
        self.tails.extend(tail);
        self.steps.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::record_keys::TextField;

    const MODEL: Slot = Slot::Text(TextField::ModelId);

    /// The step that is found, whatever way blocks are looked at: number, length, value.
    fn step(plan: &mut Plan, last: usize, text: &[u8]) -> Option<(usize, usize, Slot)> {
        let found = plan.step(Plain, last, text);
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = crate::sources::string_scan::Avx2::detect() {
            assert_eq!(plan.step(avx2, last, text), found);
        }
        found.map(|found| {
            let opened = text.get(found.length - 1) == Some(&b'"');
            assert_eq!(found.quoted, opened);
            (found.step, found.length, found.slot)
        })
    }

    /// A record of one value, between `head` and `tail`.
    fn learn(plan: &mut Plan, head: &str, slot: Slot, tail: &str) {
        let mut trace = Trace::default();
        trace.add(head.len()..head.len() + 3, slot);
        plan.learn(format!("{head}\"m\"{tail}").as_bytes(), &mut trace);
    }

    #[test]
    fn a_shape_is_known_once_it_came_twice() {
        let mut plan = Plan::new();
        let text = br#"{"modelId":"n"}"#;
        learn(&mut plan, r#"{"modelId":"#, MODEL, "}");
        assert_eq!(step(&mut plan, START, text), None);
        learn(&mut plan, r#"{"modelId":"#, MODEL, "}");
        assert_eq!(step(&mut plan, START, text), Some((1, 12, MODEL)));
        assert_eq!(step(&mut plan, 1, b"}"), Some((2, 1, Slot::End)));
        // Other bytes, fewer, none.
        assert_eq!(step(&mut plan, START, br#"{"modelID":"n"}"#), None);
        assert_eq!(step(&mut plan, START, br#"{"modelId":1}"#), None);
        assert_eq!(step(&mut plan, START, &text[..11]), None);
        assert_eq!(step(&mut plan, 1, b""), None);
        assert_eq!(step(&mut plan, 2, text), None);
    }

    #[test]
    fn every_byte_of_a_long_step_counts() {
        let head = format!("{{\"{}\":", "k".repeat(LONGEST_TEXT - 5));
        let mut plan = Plan::new();
        for _ in 0..2 {
            learn(&mut plan, &head, Slot::Other, "}");
        }
        for room in [0, 100] {
            let text = format!("{head}\"{}", " ".repeat(room)).into_bytes();
            let found = Some((1, LONGEST_TEXT, Slot::Other));
            assert_eq!(step(&mut plan, START, &text), found);
            for at in 0..=head.len() {
                let mut text = text.clone();
                text[at] ^= 1;
                assert_eq!(step(&mut plan, START, &text), None, "byte {at}");
            }
        }
    }

    #[test]
    fn what_cannot_be_told_by_its_values_is_not_remembered() {
        let long = format!("{{\"{}\":", "k".repeat(LONGEST_TEXT - 3));
        for head in [&long, "{\n\"a\":", r#"{"events":"#, r#"{ "events" :"#] {
            let mut plan = Plan::new();
            for _ in 0..3 {
                learn(&mut plan, head, Slot::Other, "}");
            }
            let text = format!("{head}\"m\"}}");
            assert_eq!(step(&mut plan, START, text.as_bytes()), None, "{head}");
        }
        let (mut plan, mut trace) = (Plan::new(), Trace::default());
        trace.add(5..6, MODEL);
        trace.is_unusual();
        for _ in 0..3 {
            plan.learn(br#"{"a":1}"#, &mut trace);
        }
        assert_eq!(step(&mut plan, START, br#"{"a":1}"#), None);
    }

    #[test]
    fn the_latest_shapes_are_kept_within_bounds() {
        let mut plan = Plan::new();
        let head = |key: usize| format!("{{\"k{key}\":");
        let text = |key: usize| head(key) + "\"";
        for key in 0..10 * MOST_STEPS {
            for _ in 0..2 {
                learn(&mut plan, &head(key), Slot::Other, "}");
            }
            assert!(plan.steps.len() < MOST_STEPS);
            for known in key.saturating_sub(1)..=key {
                // The one before may have been forgotten with all others.
                let found = step(&mut plan, START, text(known).as_bytes()).is_some();
                assert!(found || known < key);
            }
        }
        assert!(step(&mut plan, START, text(0).as_bytes()).is_none());
    }

    #[test]
    fn records_in_no_order_are_traced_now_and_then() {
        let (mut plan, mut trace) = (Plan::new(), Trace::default());
        let mut traced = Vec::new();
        for number in 0..200 {
            trace.begin();
            trace.add(number + 5..number + 6, MODEL);
            if !trace.values.is_empty() {
                traced.push(number);
            }
            plan.learn(&[b' '; 300], &mut trace);
        }
        // After each one more is left out than after the one before, and at last 15.
        let gaps: Vec<usize> = traced
            .windows(2)
            .map(|pair| pair[1] - pair[0] - 1)
            .collect();
        assert_eq!(gaps[..4], [1, 2, 3, 4]);
        assert_eq!(gaps.iter().max(), Some(&15));
        // One that comes again is learned, and the next one traced.
        trace.rest = 0;
        for _ in 0..2 {
            trace.begin();
            trace.add(11..14, MODEL);
            plan.learn(br#"{"modelId":"m"}"#, &mut trace);
            trace.rest = 0;
        }
        assert!(step(&mut plan, START, br#"{"modelId":"m"}"#).is_some());
        assert_eq!(trace.in_vain, 0);
    }
}
