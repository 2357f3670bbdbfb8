//! Gzip files, sound and damaged: whole unpacking against the stream.
//!
//! An even first byte: the rest is the file as it stands. An odd one: the rest is cut into
//! members which are packed, and a byte of the file may be damaged. Sample: `\x00` and half a
//! gzip file.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::sources::gzip::{Inflater, Members};

/// What a file may need in memory here.
const LIMIT: usize = 1 << 20;

pub fn check(data: &[u8]) {
    match data {
        [kind, file @ ..] if kind % 2 == 0 => {
            compare(file);
        }
        [_, at, change, text @ ..] => sound(text, usize::from(*at), *change),
        _ => {}
    }
}

/// Both ways; the text, if whole unpacking takes the file.
fn compare(file: &[u8]) -> Option<Vec<u8>> {
    let mut text = b"of the file before".to_vec();
    let whole = Inflater::new().unwrap().inflate(file, &mut text, LIMIT);
    assert!(text.capacity() <= 2 * LIMIT, "memory is bounded");
    let mut members = Members::new(file);
    let (mut streamed, mut block, mut error) = (Vec::new(), [0; 4096], None);
    // A hostile file unpacks to a thousand times its size; the reader takes it block by block.
    while streamed.len() <= 2 * LIMIT {
        match members.read(&mut block) {
            Ok(0) => break,
            Ok(count) => streamed.extend_from_slice(&block[..count]),
            Err(problem) => {
                error = Some(problem);
                break;
            }
        }
    }
    if whole {
        // The stream also checks the checksum that a header may have of itself; a text whose own
        // checksum holds is sound all the same.
        if error.is_some() && has_header_checksum(file) {
            return whole.then_some(text);
        }
        assert!(error.is_none(), "{error:?}");
        assert!(!members.has_trailing_bytes());
        assert!(text == streamed, "both ways give the same text");
    }
    whole.then_some(text)
}

fn has_header_checksum(file: &[u8]) -> bool {
    file.windows(4)
        .any(|head| head[..3] == *b"\x1f\x8b\x08" && head[3] & 2 != 0)
}

/// A sound file is read; a damaged one is noticed, or its text is the same.
fn sound(text: &[u8], at: usize, change: u8) {
    let mut file = Vec::new();
    for part in text.split(|byte| *byte == b'|') {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(part).unwrap();
        file.extend(encoder.finish().unwrap());
    }
    let expected: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'|').collect();
    assert_eq!(compare(&file), Some(expected.clone()));
    let at = at * file.len() / 256;
    file[at] ^= change;
    if let Some(read) = compare(&file) {
        assert!(read == expected, "a checksum did not notice");
    }
    compare(&file[..at]);
}
