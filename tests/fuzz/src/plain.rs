//! Definitions, byte by byte, of what the reader does with vector instructions.
//!
//! Sample: the container that starts `{"a":"}"}, ...` ends at byte 9.

use crate::sources::string_scan::{Bytes, Marks};

/// The position just after the container that starts at `start`; `None` when the bytes end first.
pub(crate) fn container_end(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut depth, mut in_string, mut at) = (0, false, start);
    while at < bytes.len() {
        match bytes[at] {
            // What is escaped is no quote; outside strings a backslash is no JSON anyway.
            b'\\' if matches!(bytes.get(at + 1), Some(b'"' | b'\\')) => at += 1,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth -= 1;
                if depth <= 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The position of the quote that ends the string which starts at `start` (on its quote).
pub(crate) fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Which bytes of a block are quotes or backslashes, and which are not of 0x20..0x80.
pub(crate) fn marks(block: &[u8]) -> Marks {
    let which = |wanted: fn(&u8) -> bool| {
        let bits = block.iter().enumerate();
        bits.fold(0, |mask, (at, byte)| mask | u32::from(wanted(byte)) << at)
    };
    Marks {
        ends: which(|byte| matches!(byte, b'"' | b'\\')),
        odd: which(|byte| !(0x20..0x80).contains(byte)),
    }
}

pub(crate) fn kind_of_bytes(bytes: &[u8]) -> Bytes {
    if bytes.iter().any(|byte| *byte < 0x20) {
        Bytes::Control
    } else if bytes.is_ascii() {
        Bytes::Ascii
    } else {
        Bytes::Other
    }
}
