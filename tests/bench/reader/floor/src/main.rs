//! The floors of the log reader: unpack, throw the text away. Imports nothing of eolcast.
//!
//! `floor libdeflate --threads N FOLDER` unpacks every `.gz` below FOLDER whole, the largest
//! first, with N threads. `floor stream FILE` unpacks one file as a stream on one thread.
//! Each prints how many bytes came out.
//!
//! Sample: `floor libdeflate --threads 2 logs` prints `1510000000 bytes`.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::bufread::MultiGzDecoder;
use libdeflate_sys as sys;

/// What eolcast reads and unpacks at a time.
const BLOCK: usize = 256 << 10;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let bytes = match arguments.as_slice() {
        ["libdeflate", "--threads", threads, folder] => {
            let threads = threads.parse().map_err(io::Error::other)?;
            libdeflate(threads, Path::new(folder))?
        }
        ["stream", file] => stream(Path::new(file))?,
        _ => {
            let usage = "usage: floor libdeflate --threads N FOLDER | floor stream FILE";
            return Err(io::Error::other(usage));
        }
    };
    println!("{bytes} bytes");
    Ok(())
}

fn libdeflate(threads: usize, folder: &Path) -> io::Result<usize> {
    let mut files = Vec::new();
    find(folder, &mut files)?;
    files.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let next = AtomicUsize::new(0);
    let work = || -> io::Result<usize> {
        let mut unpacking = Unpacking::new()?;
        let mut bytes = 0;
        while let Some((_, file)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            bytes += unpacking.file(file)?;
        }
        Ok(bytes)
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut bytes = 0;
        for thread in running {
            let done = thread.join();
            bytes += done.map_err(|_| io::Error::other("a thread ended abnormally"))??;
        }
        Ok(bytes)
    })
}

fn find(folder: &Path, files: &mut Vec<(u64, PathBuf)>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let about = path.metadata()?;
        if about.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "gz") {
            files.push((about.len(), path));
        }
    }
    Ok(())
}

/// A decompressor and its buffers, used again for every file.
struct Unpacking {
    decompressor: *mut sys::libdeflate_decompressor,
    packed: Vec<u8>,
    text: Vec<u8>,
}

impl Unpacking {
    fn new() -> io::Result<Self> {
        // SAFETY: no preconditions; null when memory is short.
        let decompressor = unsafe { sys::libdeflate_alloc_decompressor() };
        if decompressor.is_null() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        Ok(Self {
            decompressor,
            packed: Vec::new(),
            text: Vec::new(),
        })
    }

    /// Unpacks a file of one member, with its checksum; the text is thrown away.
    fn file(&mut self, path: &Path) -> io::Result<usize> {
        let damaged = || io::Error::other(format!("{} is no sound gzip file", path.display()));
        self.packed.clear();
        let mut file = File::open(path)?;
        let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        self.packed.reserve(length + 1);
        file.read_to_end(&mut self.packed)?;
        let trailer = self.packed.last_chunk::<4>().ok_or_else(damaged)?;
        self.text.reserve(u32::from_le_bytes(*trailer) as usize);
        let room = self.text.spare_capacity_mut();
        let mut made = 0;
        // SAFETY: the decompressor is alive until `drop`; `packed` is readable and `room`
        // writable for the lengths given; the counter is valid for writing.
        let result = unsafe {
            sys::libdeflate_gzip_decompress(
                self.decompressor,
                self.packed.as_ptr().cast(),
                self.packed.len(),
                room.as_mut_ptr().cast(),
                room.len(),
                &raw mut made,
            )
        };
        match result {
            sys::libdeflate_result_LIBDEFLATE_SUCCESS => Ok(made),
            _ => Err(damaged()),
        }
    }
}

impl Drop for Unpacking {
    fn drop(&mut self) {
        // SAFETY: allocated by libdeflate, freed once.
        unsafe { sys::libdeflate_free_decompressor(self.decompressor) };
    }
}

fn stream(path: &Path) -> io::Result<usize> {
    let packed = BufReader::with_capacity(BLOCK, File::open(path)?);
    let mut text = MultiGzDecoder::new(packed);
    let mut block = vec![0; BLOCK];
    let mut bytes = 0;
    loop {
        match text.read(&mut block)? {
            0 => return Ok(bytes),
            count => bytes += count,
        }
    }
}
