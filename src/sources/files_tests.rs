//! Reading whole files: packed, damaged, many at once. Test code.
//!
//! Sample: a gzip file that is cut off gives the records before the cut, and a finding.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::SourceError;
use super::discover::{LogInput, discover};
use super::files::{read_logs, whole_file};
use super::log_record::{LONGEST_RECORD, RecordOptions};
use crate::domain::{RecordSink, UsageRecord};

#[derive(Debug, Default)]
struct Ids(Vec<String>);

impl RecordSink for Ids {
    fn take(&mut self, record: &UsageRecord<'_>) -> std::io::Result<()> {
        self.0.push(record.request_id.unwrap_or("-").to_owned());
        Ok(())
    }
}

fn record(id: usize, filling: usize) -> String {
    let filling = "x".repeat(filling);
    format!(
        r#"{{"timestamp":"2026-10-01T00:00:00Z","accountId":"1","region":"r","modelId":"m","requestId":"{id}","input":{{"inputBodyJson":{{"text":"{filling} SECRET"}}}}}}"#
    )
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Reads files with several threads; the sorted ids and the findings.
fn read(logs: &[LogInput], threads: usize) -> (Vec<usize>, Vec<String>) {
    let sinks = (0..threads).map(|_| Ids::default()).collect();
    let read = read_logs(logs, &RecordOptions::default(), &|_| {}, sinks).unwrap();
    let mut ids: Vec<usize> = read
        .sinks
        .iter()
        .flat_map(|sink| sink.0.iter().map(|id| id.parse().unwrap()))
        .collect();
    assert_eq!(ids.len() as u64, read.records);
    ids.sort_unstable();
    let findings = read.findings.iter().map(ToString::to_string).collect();
    (ids, findings)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> LogInput {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    LogInput {
        name: name.to_owned(),
        bytes: bytes.len() as u64,
        content: super::discover::Content::File(path.into()),
    }
}

#[cfg(unix)]
#[test]
fn a_file_whose_name_is_no_text_is_read() {
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"a\xff.json");
    std::fs::write(folder.path().join(name), record(1, 0)).unwrap();
    std::fs::write(folder.path().join("b.json"), record(2, 0)).unwrap();
    let found = discover(&[folder.path().to_owned()]);
    let (ids, findings) = read(&found.logs, 2);
    assert_eq!((ids.len(), findings.len()), (2, 0), "{findings:?}");
}

#[test]
fn files_of_every_packing_are_read_alike_by_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let mut logs = Vec::new();
    for file in 0..12 {
        let line = |n: usize| format!("{}\n", record(file * 10 + n, file * 500));
        let bytes = match file % 3 {
            0 => (0..10).map(line).collect::<String>().into_bytes(),
            1 => packed(&(0..10).map(line).collect::<String>()),
            _ => (0..10).flat_map(|n| packed(&line(n))).collect(),
        };
        logs.push(write(folder.path(), &format!("{file}.log"), &bytes));
    }
    let expected = ((0..120).collect::<Vec<_>>(), Vec::new());
    for threads in [1, 2, 5] {
        assert_eq!(read(&logs, threads), expected);
    }
}

#[test]
fn streams_are_read_like_files() {
    let text: String = (0..3000).map(|n| format!("{}\n", record(n, 700))).collect();
    let expected = ((0..3000).collect::<Vec<_>>(), Vec::new());
    for bytes in [text.clone().into_bytes(), packed(&text)] {
        for threads in [1, 2] {
            let stream = std::io::Cursor::new(bytes.clone());
            let logs = [LogInput::stream("standard input", Box::new(stream))];
            assert_eq!(read(&logs, threads), expected);
        }
    }
}

#[test]
fn damaged_files_give_what_they_can_and_are_named_in_the_order_of_the_input() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..50).map(|n| format!("{}\n", record(n, 100))).collect();
    let whole = packed(&text);
    let mut wrong_checksum = whole.clone();
    let at = whole.len() - 6;
    wrong_checksum[at] ^= 1;
    let junk = [whole.clone(), b"SECRET junk".to_vec()].concat();
    let logs = [
        write(folder.path(), "cut", &whole[..whole.len() - 4]),
        write(folder.path(), "checksum", &wrong_checksum),
        write(folder.path(), "junk", &junk),
        LogInput::file("does/not/exist"),
        write(folder.path(), "empty", b""),
        write(folder.path(), "words", b"SECRET words\n"),
        write(folder.path(), "table", b"PAR1\0\0SECRET"),
    ];
    let first = read(&logs, 1);
    assert_eq!(first.0.len(), 150);
    let beginnings = [
        "error[truncated-gzip]: cut: ",
        "error[corrupt-gzip]: checksum: ",
        "warning[trailing-bytes]: junk: ",
        "error[unreadable-file]: does/not/exist: ",
        "info[no-records]: empty: ",
        "error[not-a-log]: words: ",
        "error[not-a-log]: table: ",
    ];
    assert_eq!(first.1.len(), beginnings.len(), "{:?}", first.1);
    for (finding, beginning) in first.1.iter().zip(beginnings) {
        assert!(finding.starts_with(beginning), "{finding}");
        assert!(!finding.contains("SECRET"), "{finding}");
    }
    for threads in [2, 4] {
        assert_eq!(read(&logs, threads), first);
    }
}

#[test]
fn a_record_that_is_too_long_is_left_out_and_the_rest_is_read() {
    let long = record(1, LONGEST_RECORD);
    let text = format!("{}\n{long}\n{}\n", record(0, 10), record(2, 10));
    let expected = vec![
        "error[unreadable-record]: s: 1 record cannot be read and is left out: line 2 \
         (longer than 32 MB); repair or remove them, or fetch the file again"
            .to_owned(),
    ];
    let stream = LogInput::stream("s", Box::new(std::io::Cursor::new(text.clone())));
    assert_eq!(read(&[stream], 1), (vec![0, 2], expected.clone()));
    let folder = tempfile::tempdir().unwrap();
    let log = write(folder.path(), "s", &packed(&text));
    assert_eq!(read(&[log], 1), (vec![0, 2], expected));
}

#[test]
fn the_longest_record_allowed_is_read_from_a_stream() {
    let text = format!("{}\n{}\n", record(0, LONGEST_RECORD - 1000), record(1, 10));
    let stream = LogInput::stream("s", Box::new(std::io::Cursor::new(text)));
    assert_eq!(read(&[stream], 1), (vec![0, 1], Vec::new()));
}

#[test]
fn a_full_disk_ends_the_read() {
    #[derive(Debug)]
    struct Full;
    impl RecordSink for Full {
        fn take(&mut self, _: &UsageRecord<'_>) -> std::io::Result<()> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
    }
    let text = format!("{}\n", record(0, 1));
    let stream = LogInput::stream("s", Box::new(std::io::Cursor::new(packed(&text))));
    let ended = read_logs(
        &[stream],
        &RecordOptions::default(),
        &|_| {},
        vec![Full, Full],
    );
    assert!(matches!(ended, Err(SourceError::Sink(_))));
}

#[test]
fn progress_adds_up_to_the_packed_size() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..500).map(|n| format!("{}\n", record(n, 100))).collect();
    let bytes = packed(&text);
    write(folder.path(), "a.json.gz", &bytes);
    let found = discover(&[folder.path().to_owned()]);
    let seen = std::sync::atomic::AtomicU64::new(0);
    let count = |bytes| {
        seen.fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
    };
    let sinks = vec![Ids::default()];
    read_logs(&found.logs, &RecordOptions::default(), &count, sinks).unwrap();
    assert_eq!(seen.into_inner(), bytes.len() as u64);
}

#[test]
fn a_file_is_read_to_its_end_whatever_length_it_was_said_to_have() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    let text: Vec<u8> = (0..100_000_u32).map(|at| (at % 251) as u8).collect();
    std::fs::write(&path, &text).unwrap();
    // What a longer file left in the buffer is no part of the next.
    for (length, before) in [(0, 0), (99_999, 0), (100_000, 500_000), (1 << 20, 7)] {
        let mut buffer = vec![b'x'; before];
        let mut failure = None;
        let mut file = File::open(&path).unwrap();
        let held = whole_file(&mut file, length, &mut buffer, &mut failure);
        assert_eq!(buffer[..held], text);
        assert!(failure.is_none());
    }
    // A folder opens and cannot be read: nothing was, and the reason is kept.
    let mut failure = None;
    let mut file = File::open(folder.path()).unwrap();
    assert_eq!(whole_file(&mut file, 10, &mut Vec::new(), &mut failure), 0);
    assert!(failure.is_some());
}
