//! The scans that use vector instructions, against their plain definitions.
//!
//! The first byte says where to start: every alignment and every lead is met. Sample: `\x02`
//! and `ab{"c":"}"}` look for the end of the container that starts at byte 2.

use crate::plain;
use crate::sources::container_skip::{Reach, container_end, end_portable};
#[cfg(target_arch = "x86_64")]
use crate::sources::string_scan::Avx2;
use crate::sources::string_scan::{BLOCK, Plain, Scan, kind_of_bytes, plain_text};

pub fn check(data: &[u8]) {
    let Some((&start, bytes)) = data.split_first() else {
        return;
    };
    let start = usize::from(start);
    assert_eq!(
        container_end(bytes, bytes.len() + start, Reach::Bytes),
        None
    );
    let rest = bytes.get(start..).unwrap_or_default();
    // It is called on an opening bracket only.
    if let Some(b'{' | b'[') = rest.first() {
        let expected = plain::container_end(bytes, start);
        let within_line = expected.filter(|end| !bytes[start..*end].contains(&b'\n'));
        for (reach, expected) in [(Reach::Bytes, expected), (Reach::Line, within_line)] {
            assert_eq!(container_end(bytes, start, reach), expected);
            assert_eq!(end_portable(bytes, start, reach), expected);
        }
    }
    assert_eq!(kind_of_bytes(rest), plain::kind_of_bytes(rest));
    blocks(Plain, rest);
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = Avx2::detect() {
        blocks(avx2, rest);
        assert_eq!(plain_text(avx2, rest), plain_text(Plain, rest));
    }
}

fn blocks(scan: impl Scan, text: &[u8]) {
    let mut last = [0; BLOCK];
    for block in text.windows(BLOCK).filter_map(<[u8]>::first_chunk::<BLOCK>) {
        assert_eq!(scan.marks(block), plain::marks(block));
        let pairs = block.iter().zip(&last).enumerate();
        let same = pairs.fold(0, |bits, (at, (one, other))| {
            bits | u32::from(one == other) << at
        });
        assert_eq!(scan.same(block, &last), same);
        last = *block;
    }
}
