//! Usage tables as CSV, and what CSV cells look like in every table.
//!
//! **The formula guard.** A text cell that a spreadsheet would run (`=`, `+`, `-`, `@`, tab or
//! CR first) is written with a `'` in front. A cell that begins with `'` of its own gets
//! one too, so that reading back is unambiguous: one leading `'` comes off when what
//! follows is one of these characters or another `'`. A hand-written `'quoted` keeps its
//! quote. Numbers and dates are not text cells: `-3.5` stays a number.
//!
//! Imports `domain` only. Sample: the workload `=1+1` is the cell `'=1+1`.

use std::borrow::Cow;
use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};

use super::UsageTableError;
use super::table::{Header, RowReader};
use super::table_column::UsageCell;
use crate::domain::{ModelNaming, UsageRow};

/// Reads a usage table from CSV; `file` names it in messages. Rows come sorted by key.
pub fn read_usage_csv(
    file: &str,
    input: impl Read,
    naming: &ModelNaming,
) -> Result<Vec<UsageRow>, UsageTableError> {
    // `flexible`, and bytes instead of texts: so that the messages are ours.
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(input);
    let mut record = ByteRecord::new();
    if !next(file, &mut reader, &mut record)? {
        return Err(UsageTableError::NoHeader {
            file: file.to_owned(),
        });
    }
    let columns = record.len();
    let names = texts(file, 1, &record)?;
    let header = Header::new(file, names.iter().copied())?;
    let mut rows = RowReader::new(file, naming);
    let mut record = ByteRecord::new();
    while next(file, &mut reader, &mut record)? {
        let row = record.position().map_or(0, csv::Position::line);
        if record.len() != columns {
            return Err(UsageTableError::RowWidth {
                file: file.to_owned(),
                row,
                cells: record.len(),
                columns,
            });
        }
        let cells = texts(file, row, &record)?;
        rows.take(row, |column| {
            let cell = header.place(column).map_or("", |at| cells[at]);
            Ok(match unguard_formula(cell) {
                "" => UsageCell::Empty,
                text => UsageCell::Text(Cow::Borrowed(text)),
            })
        })?;
    }
    rows.finish()
}

/// A text cell that no spreadsheet runs.
pub(crate) fn guard_formula(text: &str) -> Cow<'_, str> {
    // Asked of every text of a report: of its first byte only.
    if text
        .bytes()
        .next()
        .is_some_and(|first| GUARDED.contains(&first))
    {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text behind a guarded cell.
fn unguard_formula(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest)
            if rest
                .bytes()
                .next()
                .is_some_and(|first| GUARDED.contains(&first)) =>
        {
            rest
        }
        _ => cell,
    }
}

const GUARDED: [u8; 7] = *b"=+-@\t\r'";

fn next<R: Read>(
    file: &str,
    reader: &mut csv::Reader<R>,
    record: &mut ByteRecord,
) -> Result<bool, UsageTableError> {
    reader
        .read_byte_record(record)
        .map_err(|error| UsageTableError::Read {
            file: file.to_owned(),
            source: error.into(),
        })
}

fn texts<'r>(
    file: &str,
    row: u64,
    record: &'r ByteRecord,
) -> Result<Vec<&'r str>, UsageTableError> {
    record
        .iter()
        .map(std::str::from_utf8)
        .collect::<Result<_, _>>()
        .map_err(|_| UsageTableError::NotUtf8 {
            file: file.to_owned(),
            row,
        })
}
