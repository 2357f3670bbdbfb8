//! Tables as CSV: UTF-8, a header row, RFC 4180 quoting, lines end in LF.
//!
//! Dates `YYYY-MM-DD`, months `YYYY-MM`, timestamps `YYYY-MM-DDTHH:MM:SSZ`, money as plain
//! decimals without trailing zeros, an empty cell for what is not known. Text cells carry
//! the formula guard that `usage` describes and takes off again; numbers do not: a negative
//! difference stays a number. Sample: `2026-10,=1+1,3.96` is written `2026-10,'=1+1,3.96`.
//!
//! Imports `domain`, and `usage` for the guard.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use csv::{Writer, WriterBuilder};

use super::parts::Parts;
use super::plain::push_decimal;
use super::table::{Cell, ReportError, Table};
use crate::domain::Decimal;
use crate::usage::{guard_formula, timestamp_text};

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
        push_decimal(text, number);
        if self == Self::Pointed && !text.contains('.') {
            text.push_str(".0");
        }
    }
}

/// Writes a table as CSV.
pub fn write_csv(table: &Table, output: impl Write) -> io::Result<()> {
    let mut writer = WriterBuilder::new().from_writer(output);
    write_header(table, &mut writer)?;
    write_rows(table, Decimals::Plain, &mut writer)?;
    writer.flush()
}

/// Writes a table as CSV part by part, its exact numbers as asked for.
pub(super) fn write_csv_parts(
    parts: &Parts<'_>,
    decimals: Decimals,
    path: &Path,
    output: impl Write,
) -> Result<(), ReportError> {
    let failed = |source| ReportError::write(path, source);
    let mut writer = WriterBuilder::new().from_writer(output);
    for (at, table) in parts.tables().enumerate() {
        let table = table?;
        if at == 0 {
            write_header(&table, &mut writer).map_err(failed)?;
        }
        write_rows(&table, decimals, &mut writer).map_err(failed)?;
    }
    writer.flush().map_err(failed)
}

fn write_header(table: &Table, writer: &mut Writer<impl Write>) -> io::Result<()> {
    writer
        .write_record(table.columns.iter().map(|column| column.name))
        .map_err(cause)
}

fn write_rows(
    table: &Table,
    decimals: Decimals,
    writer: &mut Writer<impl Write>,
) -> io::Result<()> {
    let mut text = String::new();
    for row in &table.rows {
        for cell in row {
            text.clear();
            // Writing to a String cannot fail.
            let _ = match cell {
                Cell::Empty | Cell::Word(_) | Cell::Text(_) => Ok(()),
                Cell::Count(count) => write!(text, "{count}"),
                Cell::Money(amount) => {
                    decimals.push(&mut text, amount.amount());
                    Ok(())
                }
                Cell::Decimal(value) => {
                    decimals.push(&mut text, *value);
                    Ok(())
                }
                Cell::Date(day) => write!(text, "{day}"),
                Cell::Month(month) => write!(text, "{month}"),
                Cell::Timestamp(moment) => {
                    text.push_str(&timestamp_text(*moment));
                    Ok(())
                }
            };
            let written = match cell {
                Cell::Word(word) => writer.write_field(word),
                Cell::Text(text) => writer.write_field(&*guard_formula(text)),
                _ => writer.write_field(&text),
            };
            written.map_err(cause)?;
        }
        writer.write_record(None::<&[u8]>).map_err(cause)?;
    }
    Ok(())
}

/// The error below the writer's: that of a closed pipe stays one.
fn cause(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(cause) => cause,
        other => io::Error::other(format!("{other:?}")),
    }
}
