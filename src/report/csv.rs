//! Tables as CSV: UTF-8, a header row, RFC 4180 quoting, lines end in LF.
//!
//! Dates `YYYY-MM-DD`, months `YYYY-MM`, timestamps `YYYY-MM-DDTHH:MM:SSZ`, money as plain
//! decimals without trailing zeros, an empty cell for what is not known. Text cells carry
//! the formula guard that `usage` describes and takes off again; numbers do not: a negative
//! difference stays a number. Sample: `2026-10,=1+1,3.96` is written `2026-10,'=1+1,3.96`.
//!
//! Imports `domain`, and `usage` for the guard.

use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::in_order::in_order;
use super::parts::{Parts, RowSink};
use super::plain::{push_count, push_date, push_decimal, push_month, push_timestamp};
use super::table::{Cell, Column, ReportError, Table, View};
use crate::domain::Decimal;
use crate::usage::guard_formula;

/// How exact numbers look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decimals {
    /// `3`: no trailing zeros.
    Plain,
    /// `3.0`: never without a decimal point, so that no reader takes a column for whole numbers.
    Pointed,
}

impl Decimals {
    fn push(self, text: &mut String, number: Decimal) {
        let start = text.len();
        push_decimal(text, number);
        if self == Self::Pointed && !text[start..].contains('.') {
            text.push_str(".0");
        }
    }
}

/// Rows that are made into text at a time: about a hundred kilobytes, which stay in a near cache,
/// in memory that is used again.
const ROWS: usize = 1 << 9;

/// Text that is written at a time.
const TEXT: usize = 1 << 14;

/// Writes a table as CSV.
pub fn write_csv(table: &Table, mut output: impl Write) -> io::Result<()> {
    let mut text = header(&table.columns);
    for row in &table.rows {
        push_row(&mut text, row, Decimals::Plain);
        if text.len() >= TEXT {
            output.write_all(text.as_bytes())?;
            text.clear();
        }
    }
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// Writes a table as CSV part by part, its exact numbers as asked for.
pub(super) fn write_csv_parts(
    parts: &Parts<'_>,
    decimals: Decimals,
    path: &Path,
    mut output: impl Write + Send,
) -> Result<(), ReportError> {
    let mut write = |text: String| {
        let written = output.write_all(text.as_bytes());
        written.map_err(|source| ReportError::write(path, source))
    };
    write(header(&parts.columns))?;
    // Texts of as many rows are about as long.
    let longest = AtomicUsize::new(0);
    let text_of = |range| {
        let room = longest.load(Ordering::Relaxed);
        let mut lines = Lines {
            text: String::with_capacity(room + room / 8),
            decimals,
            begun: false,
        };
        parts.values(range, &mut lines)?;
        longest.fetch_max(lines.text.len(), Ordering::Relaxed);
        Ok(lines.text)
    };
    in_order(parts.rows, ROWS, text_of, write)
}

fn header(columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    names.join(",") + "\n"
}

/// Lines as they are made.
struct Lines {
    text: String,
    decimals: Decimals,
    /// Whether the line holds a value.
    begun: bool,
}

impl RowSink for Lines {
    fn value(&mut self, value: View<'_>) -> Result<(), ReportError> {
        if self.begun {
            self.text.push(',');
        }
        self.begun = true;
        push_value(&mut self.text, value, self.decimals);
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), ReportError> {
        self.begun = false;
        self.text.push('\n');
        Ok(())
    }
}

fn push_row(line: &mut String, cells: &[Cell], decimals: Decimals) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        push_value(line, cell.view(), decimals);
    }
    line.push('\n');
}

fn push_value(line: &mut String, value: View<'_>, decimals: Decimals) {
    match value {
        View::Empty => {}
        View::Word(word) => push_text(line, word),
        View::Shared(text) => push_text(line, &guard_formula(text)),
        View::Text(text) => push_text(line, &guard_formula(text)),
        View::Count(count) => push_count(line, count),
        View::Money(amount) => decimals.push(line, amount.amount()),
        View::Decimal(value) => decimals.push(line, value),
        View::Date(day) => push_date(line, day),
        View::Month(month) => push_month(line, month),
        View::Timestamp(moment) => push_timestamp(line, moment),
    }
}

/// A text, in quotes where it has to be.
fn push_text(line: &mut String, text: &str) {
    // Nearly no text has any byte up to the comma, and to look for those is to compare once.
    let is_special = |byte: u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
    let may_be_special = text.bytes().fold(false, |any, byte| any | (byte <= b','));
    if !may_be_special || !text.bytes().any(is_special) {
        line.push_str(text);
        return;
    }
    line.push('"');
    for (at, part) in text.split('"').enumerate() {
        if at > 0 {
            line.push_str("\"\"");
        }
        line.push_str(part);
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Text;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_row_is_written_as_the_csv_library_writes_it(
            texts in proptest::collection::vec("[a-c,\"'\n\r; =é🚀]{0,6}", 2..5),
        ) {
            let cells: Vec<Cell> = texts
                .iter()
                .map(|text| Cell::Text(Text::from(&**text)))
                .collect();
            let mut line = String::new();
            push_row(&mut line, &cells, Decimals::Plain);
            let mut writer = csv::Writer::from_writer(Vec::new());
            let guarded = texts.iter().map(|text| guard_formula(text).into_owned());
            writer.write_record(guarded).unwrap();
            prop_assert_eq!(line.into_bytes(), writer.into_inner().unwrap());
        }
    }
}
