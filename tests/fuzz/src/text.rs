//! Whole texts: records found in any bytes, however the bytes arrive.
//!
//! The first two bytes say how the text is cut. In pieces it gives what it gives whole: the
//! same rows, the same words about what cannot be read. With too little room, nothing is lost
//! in silence and every step gets on. Sample: two bytes, then `{...}\n{...}\n`.

use crate::domain::{RecordSink, UsageRecord};
use crate::sources::log_record::RecordOptions;
use crate::sources::record_keys::RecordMemory;
use crate::sources::records::{Records, Supply};
use crate::sources::unreadable::Tally;

/// What a text gave.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) rows: Vec<String>,
    pub(crate) finding: Option<String>,
}

#[derive(Default)]
struct Rows(Vec<String>);

impl RecordSink for Rows {
    fn take(&mut self, record: &UsageRecord<'_>) -> std::io::Result<()> {
        self.0.push(format!("{record:?}"));
        Ok(())
    }
}

pub fn check(data: &[u8]) {
    let Some((&[seed, room], text)) = data.split_first_chunk::<2>() else {
        return;
    };
    let whole = in_every_way(text, seed);
    // Room for the longest line that a record may follow, and a little more.
    let room = 700 + usize::from(room);
    let short = in_room(text, room);
    if short.rows != whole.rows {
        assert!(short.finding.is_some(), "records are missing in silence");
    }
}

/// Reads the text whole and in pieces.
pub(crate) fn in_every_way(text: &[u8], seed: u8) -> Read {
    let mut memory = RecordMemory::new();
    let whole = pieces_after(text, || text.len(), &mut memory);
    // What is remembered, of these very records, changes nothing.
    for _ in 0..2 {
        let again = pieces_after(text, || text.len(), &mut memory);
        assert_eq!(again, whole, "after itself");
    }
    let mut state = u32::from(seed) + 1;
    let next = || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        let largest = [3, 20, 100, 1000][(state >> 28) as usize % 4];
        (state >> 8) as usize % largest
    };
    let random = pieces_after(text, next, &mut memory);
    assert_eq!(random, whole, "in pieces");
    if text.len() < 600 {
        assert_eq!(in_pieces(text, || 1), whole, "byte by byte");
    }
    whole
}

/// Reads a text whose pieces have the lengths that `next` gives.
fn in_pieces(text: &[u8], next: impl FnMut() -> usize) -> Read {
    pieces_after(text, next, &mut RecordMemory::new())
}

fn pieces_after(text: &[u8], mut next: impl FnMut() -> usize, memory: &mut RecordMemory) -> Read {
    let options = RecordOptions::default();
    let (mut records, mut tally, mut rows) = (
        Records::new(&options, memory),
        Tally::default(),
        Rows::default(),
    );
    let (mut done, mut end) = (0, 0);
    loop {
        let supply = if end < text.len() {
            Supply::More
        } else {
            Supply::Last
        };
        let data = &text[done..end];
        let used = records.feed(data, supply, &mut rows, &mut tally).unwrap();
        assert!(used <= data.len());
        if supply == Supply::Last {
            return gave(rows, &tally);
        }
        done += used;
        end = text.len().min(end + next().max(1));
    }
}

/// Reads as the caller in `files` does, who has room for so many bytes.
fn in_room(text: &[u8], room: usize) -> Read {
    let options = RecordOptions::default();
    let mut memory = RecordMemory::new();
    let (mut records, mut tally, mut rows) = (
        Records::new(&options, &mut memory),
        Tally::default(),
        Rows::default(),
    );
    let mut done = 0;
    loop {
        let end = text.len().min(done + room);
        let supply = if end - done == room {
            Supply::More
        } else {
            Supply::Last
        };
        let data = &text[done..end];
        let mut used = records.feed(data, supply, &mut rows, &mut tally).unwrap();
        if supply == Supply::Last {
            return gave(rows, &tally);
        }
        if used == 0 {
            used = records
                .feed(data, Supply::Full, &mut rows, &mut tally)
                .unwrap();
            assert!(used > 0, "reading would stand still");
        }
        done += used;
    }
}

fn gave(rows: Rows, tally: &Tally) -> Read {
    assert_eq!(tally.records, rows.0.len() as u64);
    Read {
        rows: rows.0,
        finding: tally.finding("f").map(|finding| finding.to_string()),
    }
}
