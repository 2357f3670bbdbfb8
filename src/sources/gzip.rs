//! Unpacking gzip: whole files at the speed of libdeflate, streams of any size with zlib.
//! Imports nothing of the crate.
//!
//! A gzip file may hold several members one after the other; they are one text. Both ways
//! check sizes and checksums (a header's checksum of itself, which hardly anybody writes, is
//! checked by the stream alone).
//!
//! Sample: an S3 log object of 500 KB that unpacks to 2 MB is unpacked whole.

use std::io::{self, BufRead, Read};
use std::ptr::NonNull;

use flate2::bufread::GzDecoder;
use libdeflate_sys as sys;

/// What every gzip file begins with.
pub(crate) const MAGIC: &[u8] = b"\x1f\x8b";
/// The shortest member there is: header, an empty block, trailer.
const SHORTEST_MEMBER: usize = 20;

/// How many bytes the last member unpacks to, by its trailer: a hint (it counts modulo 2^32).
pub(crate) fn size_hint(packed: &[u8]) -> Option<usize> {
    if packed.len() < SHORTEST_MEMBER || !packed.starts_with(MAGIC) {
        return None;
    }
    let trailer = packed.last_chunk::<4>()?;
    usize::try_from(u32::from_le_bytes(*trailer)).ok()
}

/// Unpacks whole files.
#[derive(Debug)]
pub(crate) struct Inflater(NonNull<sys::libdeflate_decompressor>);

// SAFETY: a libdeflate decompressor is plain memory without ties to a thread; it is only used
// through `&mut self`.
unsafe impl Send for Inflater {}

impl Inflater {
    /// `None` when memory is short.
    pub(crate) fn new() -> Option<Self> {
        // SAFETY: the function has no preconditions; it gives null when memory is short.
        let inflater = unsafe { sys::libdeflate_alloc_decompressor() };
        NonNull::new(inflater).map(Self)
    }

    /// Unpacks all members of `packed` into `text` (which is emptied first), if they are sound
    /// and need at most `limit` bytes. `false`: read the file as a stream instead.
    pub(crate) fn inflate(&mut self, packed: &[u8], text: &mut Vec<u8>, limit: usize) -> bool {
        text.clear();
        let Some(hint) = size_hint(packed).filter(|hint| *hint <= limit) else {
            return false;
        };
        text.reserve(hint.max(1));
        let mut rest = packed;
        while !rest.is_empty() {
            if !rest.starts_with(MAGIC) {
                return false;
            }
            match self.member(rest, text) {
                Member::Done(used) => rest = &rest[used..],
                Member::NeedsRoom => {
                    let room = text.capacity().saturating_mul(2).clamp(1 << 16, limit);
                    if room <= text.capacity() {
                        return false;
                    }
                    text.reserve_exact(room - text.len());
                }
                Member::Damaged => return false,
            }
        }
        text.len() <= limit
    }

    /// Unpacks one member behind what `text` holds.
    fn member(&mut self, packed: &[u8], text: &mut Vec<u8>) -> Member {
        let held = text.len();
        let room = text.spare_capacity_mut();
        let (mut used, mut made) = (0, 0);
        // SAFETY: the decompressor is alive (freed only in `drop`); `packed` is readable and
        // `room` writable for the lengths given; neither is kept after the call; the two
        // counters are valid for writing.
        let result = unsafe {
            sys::libdeflate_gzip_decompress_ex(
                self.0.as_ptr(),
                packed.as_ptr().cast(),
                packed.len(),
                room.as_mut_ptr().cast(),
                room.len(),
                &raw mut used,
                &raw mut made,
            )
        };
        match result {
            sys::libdeflate_result_LIBDEFLATE_SUCCESS if used > 0 => {
                // SAFETY: libdeflate wrote `made <= room.len()` bytes behind the first `held`.
                unsafe { text.set_len(held + made) };
                Member::Done(used)
            }
            sys::libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE => Member::NeedsRoom,
            _ => Member::Damaged,
        }
    }
}

impl Drop for Inflater {
    fn drop(&mut self) {
        // SAFETY: it was allocated by libdeflate and is freed exactly once, here.
        unsafe { sys::libdeflate_free_decompressor(self.0.as_ptr()) };
    }
}

enum Member {
    /// Unpacked; so many packed bytes belonged to it.
    Done(usize),
    NeedsRoom,
    Damaged,
}

/// A stream of gzip members, read as one text.
#[derive(Debug)]
pub(crate) struct Members<R> {
    current: Option<GzDecoder<R>>,
    trailing_bytes: bool,
}

impl<R: BufRead> Members<R> {
    pub(crate) fn new(packed: R) -> Self {
        Self {
            current: Some(GzDecoder::new(packed)),
            trailing_bytes: false,
        }
    }

    /// Whether something other than zeros stood behind the last member.
    pub(crate) fn has_trailing_bytes(&self) -> bool {
        self.trailing_bytes
    }

    /// After a member: the next one, or nothing.
    fn next_member(&mut self, mut packed: R) -> io::Result<()> {
        loop {
            let (used, zeros) = match packed.fill_buf()? {
                [] => return Ok(()),
                [0x1f, ..] => {
                    self.current = Some(GzDecoder::new(packed));
                    return Ok(());
                }
                bytes => (bytes.len(), bytes.iter().all(|byte| *byte == 0)),
            };
            // Tapes and block devices pad with zeros, which gzip ignores too.
            if !zeros {
                self.trailing_bytes = true;
                return Ok(());
            }
            packed.consume(used);
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.current {
            let count = decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            if let Some(done) = self.current.take() {
                self.next_member(done.into_inner())?;
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn streamed(packed: &[u8]) -> (Vec<u8>, Option<io::ErrorKind>, bool) {
        let mut members = Members::new(packed);
        let mut text = Vec::new();
        let error = members.read_to_end(&mut text).err();
        (text, error.map(|e| e.kind()), members.has_trailing_bytes())
    }

    #[test]
    fn members_one_after_the_other_are_one_text() {
        // The last member's hint (3 bytes) is far below the whole: room must grow.
        let large = vec![b'x'; 300_000];
        let file = [packed(&large), packed(b""), packed(b"end")].concat();
        let whole = [large, b"end".to_vec()].concat();
        let mut text = Vec::new();
        let mut inflater = Inflater::new().unwrap();
        assert!(inflater.inflate(&file, &mut text, 1 << 20));
        assert_eq!(text, whole);
        assert!(!inflater.inflate(&file, &mut text, 1 << 18));
        assert_eq!(streamed(&file), (whole, None, false));
    }

    #[test]
    fn damage_is_left_to_the_stream_which_gives_what_it_can() {
        let file = packed(&b"some text to keep ".repeat(20_000));
        let cut = &file[..file.len() - 9];
        let mut inflater = Inflater::new().unwrap();
        assert!(!inflater.inflate(cut, &mut Vec::new(), 1 << 20));
        let (text, error, _) = streamed(cut);
        assert!(text.starts_with(b"some text"));
        assert_eq!(error, Some(io::ErrorKind::UnexpectedEof));

        let trailing = [packed(b"kept"), b"junk".to_vec()].concat();
        assert!(!inflater.inflate(&trailing, &mut Vec::new(), 1 << 20));
        assert_eq!(streamed(&trailing), (b"kept".to_vec(), None, true));
        let padded = [packed(b"kept"), vec![0; 512]].concat();
        assert_eq!(streamed(&padded), (b"kept".to_vec(), None, false));

        let mut wrong_checksum = packed(b"kept all the same");
        let at = wrong_checksum.len() - 6;
        wrong_checksum[at] ^= 1;
        assert!(!inflater.inflate(&wrong_checksum, &mut Vec::new(), 1 << 20));
        let (text, error, _) = streamed(&wrong_checksum);
        assert_eq!(text, b"kept all the same");
        assert!(error.is_some_and(|kind| kind != io::ErrorKind::UnexpectedEof));
    }
}
