//! Unpacking gzip: whole files at the speed of libdeflate, streams of any size with zlib-rs.
//! Imports nothing of the crate.
//!
//! A gzip file may hold several members one after the other; they are one text. Both ways
//! check sizes and checksums (a header's checksum of itself, which hardly anybody writes, is
//! checked by the stream alone). Headers and trailers (RFC 1952) are read here, so that the
//! checksum of a stream is made by libdeflate too.
//!
//! Sample: an S3 log object of 500 KB that unpacks to 2 MB is unpacked whole.

use std::io::{self, BufRead, Read};
use std::ptr::NonNull;

use flate2::{Decompress, FlushDecompress, Status};
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
///
/// Inflating is zlib-rs'; the checksum is libdeflate's, which takes a third of the time.
#[derive(Debug)]
pub(crate) struct Members<R> {
    packed: R,
    inflate: Decompress,
    next: Next,
    /// Checksum and length of the member's text so far, the length modulo 2^32.
    checksum: u32,
    length: u32,
    trailing_bytes: bool,
}

/// What stands next in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Header,
    Text,
    Trailer,
    /// Another member, zeros, or nothing.
    Member,
    Nothing,
}

/// Text that is unpacked at a time: it stays in a near cache until its checksum is made.
const PIECE: usize = 256 << 10;
/// The longest header that is read; nobody writes more than a file name into one.
const LONGEST_HEADER: usize = 64 << 10;

/// What the flags of a header say follows.
mod flag {
    pub(super) const CHECKSUM: u8 = 2;
    pub(super) const EXTRA: u8 = 4;
    pub(super) const NAME: u8 = 8;
    pub(super) const COMMENT: u8 = 16;
    /// Bits that mean nothing yet.
    pub(super) const RESERVED: u8 = 0xe0;
}

impl<R: BufRead> Members<R> {
    pub(crate) fn new(packed: R) -> Self {
        Self {
            packed,
            inflate: Decompress::new(false),
            next: Next::Header,
            checksum: 0,
            length: 0,
            trailing_bytes: false,
        }
    }

    /// Whether something other than zeros stood behind the last member.
    pub(crate) fn has_trailing_bytes(&self) -> bool {
        self.trailing_bytes
    }

    /// Goes past the header of a member.
    fn header(&mut self) -> io::Result<()> {
        let mut header = Vec::with_capacity(10);
        self.more(&mut header, 10)?;
        let flags = match *header {
            // The method is deflate; time, level and system say nothing of the text.
            [0x1f, 0x8b, 8, flags, ..] if flags & flag::RESERVED == 0 => flags,
            _ => return Err(damaged()),
        };
        if flags & flag::EXTRA != 0 {
            let length = self.more(&mut header, 2)?;
            let length = length.try_into().map_or(0, u16::from_le_bytes);
            self.more(&mut header, usize::from(length))?;
        }
        for text in [flag::NAME, flag::COMMENT] {
            while flags & text != 0 && self.more(&mut header, 1)? != [0] {}
        }
        if flags & flag::CHECKSUM != 0 {
            // The lower half of it.
            let checksum = (checksum(0, &header) as u16).to_le_bytes();
            if self.more(&mut header, 2)? != checksum {
                return Err(damaged());
            }
        }
        self.inflate.reset(false);
        (self.checksum, self.length) = (0, 0);
        Ok(())
    }

    /// So many more bytes of a header.
    fn more<'h>(&mut self, header: &'h mut Vec<u8>, count: usize) -> io::Result<&'h [u8]> {
        let held = header.len();
        if held.saturating_add(count) > LONGEST_HEADER {
            return Err(damaged());
        }
        header.resize(held + count, 0);
        self.packed.read_exact(&mut header[held..])?;
        Ok(&header[held..])
    }

    /// Unpacks some text of a member; nothing at its end.
    fn text(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len().min(PIECE);
        let room = &mut buffer[..room];
        loop {
            let packed = self.packed.fill_buf()?;
            let is_end = packed.is_empty();
            let (used, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(packed, room, FlushDecompress::None);
            let status = status.map_err(|_| damaged())?;
            let used = (self.inflate.total_in() - used) as usize;
            let made = (self.inflate.total_out() - written) as usize;
            self.packed.consume(used);
            if status == Status::StreamEnd {
                self.next = Next::Trailer;
            }
            if made > 0 || status == Status::StreamEnd {
                self.checksum = checksum(self.checksum, &room[..made]);
                self.length = self.length.wrapping_add(made as u32);
                return Ok(made);
            }
            match used {
                0 if is_end => return Err(io::ErrorKind::UnexpectedEof.into()),
                0 => return Err(damaged()),
                _ => {}
            }
        }
    }

    fn trailer(&mut self) -> io::Result<()> {
        let mut trailer = [0; 8];
        self.packed.read_exact(&mut trailer)?;
        match [self.checksum.to_le_bytes(), self.length.to_le_bytes()].concat() == trailer {
            true => Ok(()),
            false => Err(damaged()),
        }
    }

    /// After a member: what stands next.
    fn next_member(&mut self) -> io::Result<Next> {
        loop {
            let (used, zeros) = match self.packed.fill_buf()? {
                [] => return Ok(Next::Nothing),
                [0x1f, ..] => return Ok(Next::Header),
                bytes => (bytes.len(), bytes.iter().all(|byte| *byte == 0)),
            };
            // Tapes and block devices pad with zeros, which gzip ignores too.
            if !zeros {
                self.trailing_bytes = true;
                return Ok(Next::Nothing);
            }
            self.packed.consume(used);
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            self.next = match self.next {
                Next::Header => {
                    self.header()?;
                    Next::Text
                }
                Next::Text => match self.text(buffer)? {
                    0 => self.next,
                    made => return Ok(made),
                },
                Next::Trailer => {
                    self.trailer()?;
                    Next::Member
                }
                Next::Member => self.next_member()?,
                Next::Nothing => return Ok(0),
            };
        }
    }
}

fn damaged() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// The checksum of a text that goes on, in the way of gzip.
fn checksum(so_far: u32, text: &[u8]) -> u32 {
    // SAFETY: `text` is readable for its length, and nothing of it is kept.
    unsafe { sys::libdeflate_crc32(so_far, text.as_ptr().cast(), text.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
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

    /// A header that says everything a header can say.
    fn with_header(flags: u8, text: &[u8]) -> Vec<u8> {
        let plain = packed(text);
        let mut file = plain[..10].to_vec();
        file[3] = flags;
        if flags & flag::EXTRA != 0 {
            file.extend(b"\x05\x00extra");
        }
        if flags & flag::NAME != 0 {
            file.extend(b"a name.json\0");
        }
        if flags & flag::COMMENT != 0 {
            file.extend(b"of nothing\0");
        }
        if flags & flag::CHECKSUM != 0 {
            let checksum = checksum(0, &file) as u16;
            file.extend(checksum.to_le_bytes());
        }
        [&file, &plain[10..]].concat()
    }

    /// What flate2's own reader of one member makes of it.
    fn by_flate2(packed: &[u8]) -> (Vec<u8>, bool) {
        let mut text = Vec::new();
        let read = flate2::bufread::GzDecoder::new(packed).read_to_end(&mut text);
        (text, read.is_ok())
    }

    #[test]
    fn headers_of_every_kind_are_passed() {
        for flags in 0..32 {
            let file = with_header(flags, b"the text");
            let (text, error, _) = streamed(&file);
            assert_eq!((&*text, error), (&b"the text"[..], None), "{flags}");
            assert_eq!(by_flate2(&file), (text, true), "{flags}");
            for length in 0..file.len() {
                let (_, error, _) = streamed(&file[..length]);
                assert_eq!(
                    error,
                    Some(io::ErrorKind::UnexpectedEof),
                    "{flags} {length}"
                );
            }
        }
        for flags in [32, 64, 128] {
            let (_, error, _) = streamed(&with_header(flags, b"x"));
            assert_eq!(error, Some(io::ErrorKind::InvalidData));
        }
        let mut file = with_header(flag::CHECKSUM, b"x");
        file[10] ^= 1;
        assert_eq!(streamed(&file).1, Some(io::ErrorKind::InvalidData));
        // A name without an end does not fill the memory.
        let mut file = with_header(flag::NAME, b"x")[..12].to_vec();
        file.resize(LONGEST_HEADER + 100, b'x');
        assert_eq!(streamed(&file).1, Some(io::ErrorKind::InvalidData));
    }

    proptest! {
        #[test]
        fn a_damaged_member_is_refused_when_flate2_refuses_it(
            words in proptest::collection::vec("[ab]{0,9}|[!-~]{0,40}", 0..200),
            flags in 0_u8..32,
            at in any::<prop::sample::Index>(),
            change in any::<u8>(),
            step in 1_usize..50,
        ) {
            let text = words.concat().into_bytes();
            let mut file = with_header(flags, &text);
            let at = at.index(file.len());
            file[at] ^= change;
            let (known, is_sound) = by_flate2(&file);
            // In pieces of any size, as they may come from a pipe.
            let pieces = io::BufReader::with_capacity(step, &*file);
            let mut read = Vec::new();
            let error = Members::new(pieces).read_to_end(&mut read).err();
            prop_assert_eq!(error.is_none(), is_sound, "{:?}", error);
            if is_sound {
                prop_assert_eq!(read, known);
            }
            prop_assert_eq!(is_sound && change == 0, change == 0);
        }
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
