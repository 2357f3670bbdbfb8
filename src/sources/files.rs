//! Reading invocation logs from files and streams, on several threads. May import `domain`,
//! `diagnostic` and its siblings.
//!
//! Files are taken largest first by whichever thread is free, each into the thread's own
//! sink. An ordinary log object is unpacked whole; a huge one is unpacked by a thread of its
//! own while another reads the records. Memory is bounded: nothing grows with the input but
//! what the sinks keep. Findings are in the order of the input, whatever the threads did.
//!
//! Sample: 800 objects of an S3 prefix and two sinks are read by two threads.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::SourceError;
use super::discover::{Content, LogInput};
use super::gzip::{Inflater, MAGIC, Members};
use super::log_record::{LONGEST_RECORD, RecordOptions};
use super::outcome::Outcome;
use super::record_keys::RecordMemory;
use super::records::{Records, Supply};
use super::remote::Remote;
use crate::diagnostic::Diagnostic;
use crate::domain::RecordSink;

/// For files: there is a thread for each core.
const LOCAL: Room = Room {
    whole_packed: 16 << 20,
    whole_unpacked: 64 << 20,
    kept_buffer: 16 << 20,
    handed_over: 2 << 20,
};
/// For what is fetched: many threads, which mostly wait for the network; 16 hold 128 MiB at most.
const REMOTE: Room = Room {
    whole_packed: 2 << 20,
    whole_unpacked: 6 << 20,
    kept_buffer: 4 << 20,
    handed_over: 256 << 10,
};
const BLOCK: usize = 1 << 20;
/// Room for the longest record and what it takes to see its end.
const FULL_BUFFER: usize = LONGEST_RECORD + BLOCK;
/// Blocks that may wait between the unpacking and the reading thread.
const WAITING_BLOCKS: usize = 2;

/// How much of a file one thread may hold at a time.
#[derive(Debug, Clone, Copy)]
struct Room {
    /// Packed files up to this size are read whole.
    whole_packed: u64,
    /// Files that unpack to at most this much are unpacked whole.
    whole_unpacked: usize,
    /// Buffers above this size are given back after the file that needed them.
    kept_buffer: usize,
    /// How much the unpacking thread of a huge file hands over at a time: to wake the reading
    /// thread costs as much as to unpack some kilobytes.
    handed_over: usize,
}

/// Told how many more bytes of input (as they lie on disk) are done with.
pub type Progress<'a> = dyn Fn(u64) + Sync + 'a;

/// What a read gave.
#[derive(Debug)]
pub struct LogsRead<S> {
    /// The sinks, with what they took.
    pub sinks: Vec<S>,
    /// How many records were read.
    pub records: u64,
    /// What could not be read, in the order of the input.
    pub findings: Vec<Diagnostic>,
}

/// Reads all logs with one thread for each sink.
pub fn read_logs<S: RecordSink>(
    logs: &[LogInput],
    options: &RecordOptions,
    progress: &Progress<'_>,
    sinks: Vec<S>,
) -> Result<LogsRead<S>, SourceError> {
    let mut order: Vec<usize> = (0..logs.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(logs[*index].bytes));
    let next = AtomicUsize::new(0);
    let several = sinks.len() > 1;
    let remote = |log: &LogInput| matches!(log.content, Content::Remote(_));
    let room = if logs.iter().any(remote) {
        REMOTE
    } else {
        LOCAL
    };
    let work = |mut sink: S| -> Result<ThreadRead<S>, SourceError> {
        let mut worker = Worker::new(options, progress, several, room);
        let (mut records, mut findings) = (0, Vec::new());
        while let Some(index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            match worker.read(&logs[*index], &mut sink) {
                Ok(outcome) => {
                    records += outcome.tally.records;
                    // Of most files there is nothing to say, and there may be very many.
                    let mut of_file = Vec::new();
                    outcome.add_findings(&logs[*index].name, &mut of_file);
                    findings.extend(of_file.into_iter().map(|finding| (*index, finding)));
                }
                Err(error) => {
                    // Nobody needs to start another file.
                    next.store(order.len(), Ordering::Relaxed);
                    return Err(SourceError::Sink(error));
                }
            }
        }
        Ok((sink, records, findings))
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = sinks
            .into_iter()
            .map(|sink| scope.spawn(|| work(sink)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(Err(SourceError::Thread)))
            .collect()
    });
    let (mut sinks, mut records, mut findings) = (Vec::new(), 0, Vec::new());
    for result in results {
        let (sink, of_thread, found) = result?;
        sinks.push(sink);
        records += of_thread;
        findings.extend(found);
    }
    // Those of one file stay in their order.
    findings.sort_by_key(|(index, _)| *index);
    Ok(LogsRead {
        sinks,
        records,
        findings: findings.into_iter().map(|(_, finding)| finding).collect(),
    })
}

/// The sink of a thread, the records it took, and findings with the number of their log.
type ThreadRead<S> = (S, u64, Vec<(usize, Diagnostic)>);

/// One reading thread and its reused buffers.
struct Worker<'a> {
    options: &'a RecordOptions,
    progress: &'a Progress<'a>,
    /// Whether a huge file may be unpacked by a second thread.
    several: bool,
    room: Room,
    inflater: Option<Inflater>,
    packed: Vec<u8>,
    text: Vec<u8>,
    memory: RecordMemory,
}

impl<'a> Worker<'a> {
    fn new(
        options: &'a RecordOptions,
        progress: &'a Progress<'a>,
        several: bool,
        room: Room,
    ) -> Self {
        Self {
            options,
            progress,
            several,
            room,
            inflater: Inflater::new(),
            packed: Vec::new(),
            text: Vec::new(),
            memory: RecordMemory::new(),
        }
    }

    /// Reads one input. An error is the sink's; what is wrong with the input is in the outcome.
    fn read(&mut self, log: &LogInput, sink: &mut impl RecordSink) -> io::Result<Outcome> {
        let mut outcome = Outcome::default();
        match &log.content {
            Content::NamedFile => self.read_file(Path::new(&log.name), sink, &mut outcome)?,
            Content::File(path) => self.read_file(path, sink, &mut outcome)?,
            Content::Stream(stream) => {
                let stream = stream.lock().ok().and_then(|mut stream| stream.take());
                if let Some(stream) = stream {
                    self.read_stream(stream, sink, &mut outcome)?;
                }
            }
            Content::Remote(remote) => {
                self.read_remote(&**remote, log.bytes, sink, &mut outcome)?
            }
        }
        let kept = self.room.kept_buffer;
        for buffer in [&mut self.packed, &mut self.text] {
            if buffer.capacity() > kept {
                *buffer = Vec::new();
            }
        }
        Ok(outcome)
    }

    fn read_file(
        &mut self,
        path: &Path,
        sink: &mut impl RecordSink,
        outcome: &mut Outcome,
    ) -> io::Result<()> {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (length, mut file) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                outcome.failure = Some(error);
                return Ok(());
            }
        };
        if length > self.room.whole_packed {
            return self.read_stream(Box::new(file), sink, outcome);
        }
        let mut packed = std::mem::take(&mut self.packed);
        let held = whole_file(&mut file, length, &mut packed, &mut outcome.failure);
        (self.progress)(held as u64);
        let result = self.read_whole(&packed[..held], sink, outcome);
        self.packed = packed;
        result
    }

    fn read_remote(
        &mut self,
        remote: &dyn Remote,
        length: u64,
        sink: &mut impl RecordSink,
        outcome: &mut Outcome,
    ) -> io::Result<()> {
        if length > self.room.whole_packed {
            return self.read_stream(remote.stream(), sink, outcome);
        }
        let mut packed = std::mem::take(&mut self.packed);
        let result = match remote.whole(&mut packed) {
            Ok(()) => {
                (self.progress)(packed.len() as u64);
                self.read_whole(&packed, sink, outcome)
            }
            Err(error) => {
                outcome.failure = Some(error);
                Ok(())
            }
        };
        self.packed = packed;
        result
    }

    fn read_whole(
        &mut self,
        bytes: &[u8],
        sink: &mut impl RecordSink,
        outcome: &mut Outcome,
    ) -> io::Result<()> {
        if !bytes.starts_with(MAGIC) {
            return self.whole_text(bytes, sink, outcome);
        }
        outcome.packed = true;
        let mut text = std::mem::take(&mut self.text);
        let limit = self.room.whole_unpacked;
        let inflated = self
            .inflater
            .as_mut()
            .is_some_and(|inflater| inflater.inflate(bytes, &mut text, limit));
        let result = if inflated {
            self.whole_text(&text, sink, outcome)
        } else {
            text.clear();
            self.text = std::mem::take(&mut text);
            let mut members = Members::new(bytes);
            let result = self.blocks(&mut members, sink, outcome);
            outcome.trailing_bytes = members.has_trailing_bytes();
            return result;
        };
        self.text = text;
        result
    }

    fn whole_text(
        &mut self,
        text: &[u8],
        sink: &mut impl RecordSink,
        outcome: &mut Outcome,
    ) -> io::Result<()> {
        Records::new(self.options, &mut self.memory)
            .feed(text, Supply::Last, sink, &mut outcome.tally)
            .map(|_| ())
    }

    fn read_stream(
        &mut self,
        stream: Box<dyn Read + Send>,
        sink: &mut impl RecordSink,
        outcome: &mut Outcome,
    ) -> io::Result<()> {
        let mut counted = Counted {
            stream,
            progress: self.progress,
        };
        let head = match first_bytes(&mut counted, MAGIC.len() as u64) {
            Ok(head) => head,
            Err(error) => {
                outcome.failure = Some(error);
                return Ok(());
            }
        };
        let packed = head == MAGIC;
        let mut whole = io::Cursor::new(head).chain(counted);
        if !packed {
            return self.blocks(&mut whole, sink, outcome);
        }
        outcome.packed = true;
        let mut members = Members::new(BufReader::with_capacity(BLOCK / 4, whole));
        if !self.several {
            let result = self.blocks(&mut members, sink, outcome);
            outcome.trailing_bytes = members.has_trailing_bytes();
            return result;
        }
        std::thread::scope(|scope| {
            let (full, blocks) = sync_channel(WAITING_BLOCKS);
            let (empty, emptied) = channel();
            let length = self.room.handed_over;
            let unpacking = scope.spawn(move || {
                unpack(&mut members, length, &full, &emptied);
                members.has_trailing_bytes()
            });
            let mut pipe = Pipe {
                blocks,
                empty,
                current: Vec::new(),
                at: 0,
            };
            let result = self.blocks(&mut pipe, sink, outcome);
            // The unpacking thread stops when nobody takes its blocks.
            drop(pipe);
            match unpacking.join() {
                Ok(trailing_bytes) => outcome.trailing_bytes = trailing_bytes,
                // To the reader it looks like the end of the text.
                Err(_) => {
                    let error = io::Error::other("the unpacking ended abnormally");
                    outcome.failure.get_or_insert(error);
                }
            }
            result
        })
    }

    /// Reads a text of any length in blocks.
    fn blocks(
        &mut self,
        text: &mut dyn Read,
        sink: &mut impl RecordSink,
        outcome: &mut Outcome,
    ) -> io::Result<()> {
        let mut records = Records::new(self.options, &mut self.memory);
        let buffer = &mut self.text;
        buffer.resize(BLOCK, 0);
        let mut filled = 0;
        loop {
            let mut supply = Supply::More;
            while filled < buffer.len() && supply == Supply::More {
                match text.read(&mut buffer[filled..]) {
                    Ok(0) => supply = Supply::Last,
                    Ok(count) => filled += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => {
                        outcome.failure = Some(error);
                        supply = Supply::Last;
                    }
                }
            }
            let mut used = records.feed(&buffer[..filled], supply, sink, &mut outcome.tally)?;
            if supply == Supply::Last {
                return Ok(());
            }
            if used == 0 && filled >= FULL_BUFFER {
                let data = &buffer[..filled];
                used = records.feed(data, Supply::Full, sink, &mut outcome.tally)?;
            } else if used == 0 {
                buffer.resize((buffer.len() * 2).min(FULL_BUFFER), 0);
            }
            buffer.copy_within(used..filled, 0);
            filled -= used;
        }
    }
}

/// Reads a file to its end, mostly at once, into the beginning of a buffer that is used again;
/// how many bytes it has, also where it cannot be read further.
pub(super) fn whole_file(
    file: &mut File,
    length: u64,
    buffer: &mut Vec<u8>,
    failure: &mut Option<io::Error>,
) -> usize {
    // One byte more, so that the end shows without another growth of the buffer.
    let room = usize::try_from(length).unwrap_or(0) + 1;
    buffer.resize(buffer.len().max(room), 0);
    let mut held = 0;
    loop {
        if held == buffer.len() {
            // It grows while it is read.
            buffer.resize(held * 2, 0);
        }
        match file.read(&mut buffer[held..]) {
            Ok(0) => return held,
            Ok(count) => held += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                *failure = Some(error);
                return held;
            }
        }
    }
}

/// The first bytes of a stream; a pipe may give them one by one.
fn first_bytes(stream: &mut dyn Read, wanted: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    stream.take(wanted).read_to_end(&mut head)?;
    Ok(head)
}

struct Counted<'a> {
    stream: Box<dyn Read + Send>,
    progress: &'a Progress<'a>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        (self.progress)(count as u64);
        Ok(count)
    }
}

type Block = io::Result<Vec<u8>>;

/// Unpacks until the end, an error, or until nobody listens.
fn unpack(
    members: &mut dyn Read,
    length: usize,
    full: &SyncSender<Block>,
    emptied: &Receiver<Vec<u8>>,
) {
    loop {
        let mut block = emptied.try_recv().unwrap_or_default();
        block.resize(length, 0);
        let mut filled = 0;
        let mut end = None;
        while filled < block.len() && end.is_none() {
            match members.read(&mut block[filled..]) {
                Ok(0) => end = Some(Ok(())),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => end = Some(Err(error)),
            }
        }
        block.truncate(filled);
        if full.send(Ok(block)).is_err() {
            return;
        }
        match end {
            None => {}
            Some(Ok(())) => return,
            Some(Err(error)) => {
                // If nobody listens any more, nobody needs the error.
                let _ = full.send(Err(error));
                return;
            }
        }
    }
}

/// The reading end of an unpacking thread.
struct Pipe {
    blocks: Receiver<Block>,
    empty: Sender<Vec<u8>>,
    current: Vec<u8>,
    at: usize,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.current.len() {
            let Ok(block) = self.blocks.recv() else {
                return Ok(0);
            };
            let done = std::mem::replace(&mut self.current, block?);
            self.at = 0;
            // The unpacking thread may have ended; then the buffer is simply dropped.
            let _ = self.empty.send(done);
        }
        let count = buffer.len().min(self.current.len() - self.at);
        buffer[..count].copy_from_slice(&self.current[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
