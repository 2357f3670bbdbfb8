//! Tables as CSV: UTF-8, a header row, RFC 4180 quoting, lines end in LF.
//!
//! Dates `YYYY-MM-DD`, months `YYYY-MM`, timestamps `YYYY-MM-DDTHH:MM:SSZ`, money as plain
//! decimals without trailing zeros, an empty cell for what is not known. Text cells carry
//! the formula guard that `usage` describes and takes off again; numbers do not: a negative
//! difference stays a number. Sample: `2026-10,=1+1,3.96` is written `2026-10,'=1+1,3.96`.
//!
//! Imports `usage` for the guard.

use std::io::{self, Write};

use csv::WriterBuilder;

use super::table::{Cell, Table};
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
    fn written(self, number: String) -> String {
        match self {
            Self::Pointed if !number.contains('.') => number + ".0",
            _ => number,
        }
    }
}

/// Writes a table as CSV.
pub fn write_csv(table: &Table, output: impl Write) -> io::Result<()> {
    write_csv_as(table, Decimals::Plain, output)
}

/// Writes a table as CSV, its exact numbers as asked for.
pub(super) fn write_csv_as(
    table: &Table,
    decimals: Decimals,
    output: impl Write,
) -> io::Result<()> {
    let mut writer = WriterBuilder::new().from_writer(output);
    writer
        .write_record(table.columns.iter().map(|column| column.name))
        .map_err(cause)?;
    for row in &table.rows {
        for cell in row {
            let written = match cell {
                Cell::Empty => writer.write_field(""),
                Cell::Word(word) => writer.write_field(word),
                Cell::Text(text) => writer.write_field(&*guard_formula(text)),
                Cell::Count(count) => writer.write_field(count.to_string()),
                Cell::Money(amount) => writer.write_field(decimals.written(amount.to_string())),
                Cell::Decimal(value) => {
                    writer.write_field(decimals.written(value.normalize().to_string()))
                }
                Cell::Date(day) => writer.write_field(day.to_string()),
                Cell::Month(month) => writer.write_field(month.to_string()),
                Cell::Timestamp(moment) => writer.write_field(timestamp_text(*moment)),
            };
            written.map_err(cause)?;
        }
        writer.write_record(None::<&[u8]>).map_err(cause)?;
    }
    writer.flush()
}

/// The error below the writer's: that of a closed pipe stays one.
fn cause(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(cause) => cause,
        other => io::Error::other(format!("{other:?}")),
    }
}
