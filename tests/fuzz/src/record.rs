//! One record: the walker reader against the slow references, on any bytes.
//!
//! - What serde_json accepts, the walker reads alike: the same usage row, or the same problem.
//! - What serde_json refuses, the walker refuses, but for what it says that it lets pass: then
//!   it agrees with the lenient reference, in the row, the problem and where the record ends.
//! - A record is "cut off" wherever it is cut, and what is no JSON stays so whatever follows.
//!
//! Sample: `{"a":nope}` is refused by all; `{"a":[nope]}` by serde_json alone.

use crate::domain::UsageRecord;
use crate::lenient;
use crate::sources::json_walker::Stop;
use crate::sources::log_record::{LogRecord, RecordOptions, RecordProblem};
use crate::sources::oracle::{self, Owned};
use crate::sources::record_keys::RecordMemory;

const ANOTHER: &[u8] = include_bytes!("../seeds/record/handworked-01");

pub fn check(data: &[u8]) {
    let mut memory = RecordMemory::new();
    compare(data, &mut memory);
    // What is remembered, of this record and of another one, changes nothing. A shape is
    // remembered when it comes again.
    compare(data, &mut memory);
    compare(data, &mut memory);
    let mut memory = RecordMemory::new();
    compare(ANOTHER, &mut memory);
    compare(ANOTHER, &mut memory);
    compare(data, &mut memory);
    cut(data);
}

fn compare(data: &[u8], memory: &mut RecordMemory) {
    let options = options();
    let mut record = LogRecord::default();
    let walked = record.read(data, &options, memory);
    match (walked, lenient::read(data)) {
        (Ok(walked), Ok((value, end))) => {
            assert_eq!(walked, end, "where the record ends");
            let expected = oracle::read_value(&value, options.metadata_keys()).unwrap();
            same(record.usage_in(&mut memory.hour), &expected);
        }
        (Err(RecordProblem::CutOff), Err(Stop::CutOff))
        | (Err(RecordProblem::NotJson), Err(Stop::Invalid)) => {}
        (walked, expected) => panic!("{walked:?} is not {expected:?}"),
    }
    if let Some(expected) = oracle::read(data, options.metadata_keys()) {
        let end = walked.expect("serde_json accepts this");
        assert!(data[end..].iter().all(|byte| b" \n\r\t".contains(byte)));
        same(record.usage_in(&mut memory.hour), &expected);
    }
}

fn same(
    walked: Result<UsageRecord<'_>, RecordProblem>,
    expected: &Result<Owned<'_>, RecordProblem>,
) {
    match (walked, expected) {
        (Ok(usage), Ok(expected)) => assert_eq!(usage, expected.usage()),
        (Err(problem), Err(expected)) => assert_eq!(problem, *expected),
        (walked, expected) => panic!("{walked:?} is not {expected:?}"),
    }
}

/// Whole, cut and longer.
fn cut(data: &[u8]) {
    let options = options();
    let mut memory = RecordMemory::new();
    let mut read = |bytes: &[u8]| LogRecord::default().read(bytes, &options, &mut memory);
    match read(data) {
        Ok(end) => {
            for cut in cuts(end) {
                let cut_off = Err(RecordProblem::CutOff);
                assert_eq!(read(&data[..cut]), cut_off, "cut at {cut}");
            }
        }
        Err(RecordProblem::NotJson) => {
            for more in [&b"\"}"[..], b"]}", b"}", b"0", b" "] {
                let longer = [data, more].concat();
                assert_eq!(read(&longer), Err(RecordProblem::NotJson));
            }
        }
        Err(_) => {}
    }
}

fn options() -> RecordOptions {
    RecordOptions::new(["team".to_owned(), "app".to_owned()])
}

/// Where a record of this length is cut: a few places all over it, and the last ones.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    (0..length)
        .step_by(length / 8 + 1)
        .chain(length.saturating_sub(4)..length)
}
