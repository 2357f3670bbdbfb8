//! Tables as Parquet: the one file of this room that knows polars.
//!
//! Money, prices, quantities and shares are `Decimal(38,12)`, made from mantissas; counts
//! `Int64`, dates `Date`, timestamps UTC milliseconds, months and texts `String`; what is not
//! known is null. Texts stand as they are: Parquet has types, so no program runs a cell, and
//! there is no formula guard. The same table gives the same bytes. What no cell says (the month,
//! the day) stands in the file's key-value metadata, so that each file can be read by itself.
//!
//! Imports `domain` only. Sample: 3.96 US dollars is the mantissa 3960000000000.

use std::io::Write;
use std::ops::Range;

use polars::prelude::*;

use super::in_order::in_order;
use super::parts::{Parts, RowSink};
use super::plain::push_month;
use super::table::{ColumnKind, PRECISION, ReportError, SCALE, Table, View, mantissa};
use crate::domain::Decimal as Exact;

/// Writes a table as Parquet, the facts as its key-value metadata.
pub fn write_parquet(
    table: &Table,
    facts: &[(&str, String)],
    output: impl Write,
) -> Result<(), ReportError> {
    ParquetWriter::new(output)
        .with_key_value_metadata(metadata(facts))
        .finish(&mut frame(table)?)
        .map(|_| ())
        .map_err(refused(table.name))
}

/// Rows of a row group: what is held in columns at a time.
const ROWS: usize = 1 << 16;

/// Rows up to which pages stay as they are: a compressor is made for every page, which takes
/// longer than all else and saves some kilobytes.
const PLAIN_ROWS: usize = 1_000;

fn compression(rows: usize) -> ParquetCompression {
    match rows {
        ..=PLAIN_ROWS => ParquetCompression::Uncompressed,
        _ => ParquetCompression::default(),
    }
}

/// Writes a table as Parquet part by part, each a row group.
pub(super) fn write_parquet_parts(
    parts: &Parts<'_>,
    facts: &[(&str, String)],
    output: impl Write + Send,
) -> Result<(), ReportError> {
    let failed = refused(parts.name);
    let empty = Builders::new(parts, 0).frame()?;
    let writer = ParquetWriter::new(output)
        .with_compression(compression(parts.rows))
        // Several tables are written side by side; only a long one needs more than its thread.
        .set_parallel(parts.rows > ROWS)
        .with_key_value_metadata(metadata(facts));
    let mut writer = writer.batched(empty.schema()).map_err(&failed)?;
    if parts.rows == 0 {
        writer.write_batch(&empty).map_err(&failed)?;
    }
    let made = |range: Range<usize>| {
        let mut builders = Builders::new(parts, range.len());
        parts.values(range, &mut builders)?;
        builders.frame()
    };
    in_order(parts.rows, ROWS, made, |frame| {
        writer.write_batch(&frame).map_err(&failed)
    })?;
    writer.finish().map(|_| ()).map_err(failed)
}

fn metadata(facts: &[(&str, String)]) -> Option<KeyValueMetadata> {
    let facts = facts
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()));
    (facts.len() > 0).then(|| KeyValueMetadata::from_static(facts.collect()))
}

fn refused(table: &'static str) -> impl Fn(PolarsError) -> ReportError {
    move |error| ReportError::Parquet {
        table,
        reason: error.to_string(),
    }
}

fn frame(table: &Table) -> Result<DataFrame, ReportError> {
    let columns = table.columns.iter();
    let mut builders = Builders {
        table: table.name,
        columns: columns
            .map(|column| Builder::new(*column, table.rows.len()))
            .collect(),
        at: 0,
    };
    for row in &table.rows {
        for cell in row {
            builders.value(cell.view())?;
        }
        builders.end_row()?;
    }
    builders.frame()
}

/// The columns of some rows.
struct Builders {
    table: &'static str,
    columns: Vec<(super::table::Column, Builder)>,
    /// The column of the next value.
    at: usize,
}

/// The values of a column, as Parquet holds them.
enum Builder {
    Text(StringChunkedBuilder),
    Counts(PrimitiveChunkedBuilder<Int64Type>),
    Amounts(PrimitiveChunkedBuilder<Int128Type>),
    Days(PrimitiveChunkedBuilder<Int32Type>),
    Moments(PrimitiveChunkedBuilder<Int64Type>),
}

impl Builder {
    fn new(column: super::table::Column, rows: usize) -> (super::table::Column, Self) {
        let title = PlSmallStr::from_static(column.name);
        let builder = match column.kind {
            ColumnKind::Text | ColumnKind::Month => {
                Self::Text(StringChunkedBuilder::new(title, rows))
            }
            ColumnKind::Count | ColumnKind::SignedCount => {
                Self::Counts(PrimitiveChunkedBuilder::new(title, rows))
            }
            ColumnKind::Money | ColumnKind::Decimal | ColumnKind::Share => {
                Self::Amounts(PrimitiveChunkedBuilder::new(title, rows))
            }
            ColumnKind::Date => Self::Days(PrimitiveChunkedBuilder::new(title, rows)),
            ColumnKind::Timestamp => Self::Moments(PrimitiveChunkedBuilder::new(title, rows)),
        };
        (column, builder)
    }

    /// Takes a value; gives back an amount that does not fit.
    fn push(&mut self, value: View<'_>) -> Result<(), Exact> {
        match self {
            Self::Text(builder) => match value {
                View::Month(month) => {
                    let mut text = String::new();
                    push_month(&mut text, month);
                    builder.append_value(text);
                }
                other => builder.append_option(other.text()),
            },
            Self::Counts(counts) => counts.append_option(match value {
                View::Count(count) => Some(count),
                _ => None,
            }),
            Self::Amounts(mantissas) => mantissas.append_option(match value.decimal() {
                Some(amount) => Some(mantissa(amount).ok_or(amount)?),
                None => None,
            }),
            Self::Days(days) => days.append_option(match value {
                View::Date(day) => Some(day.to_epoch_days()),
                _ => None,
            }),
            Self::Moments(moments) => moments.append_option(match value {
                View::Timestamp(moment) => Some(moment.timestamp_millis()),
                _ => None,
            }),
        }
        Ok(())
    }
}

impl RowSink for Builders {
    fn value(&mut self, value: View<'_>) -> Result<(), ReportError> {
        let Some((column, builder)) = self.columns.get_mut(self.at) else {
            return Ok(());
        };
        self.at += 1;
        builder
            .push(value)
            .map_err(|amount| ReportError::AmountDoesNotFit {
                table: self.table,
                column: column.name,
                amount,
            })
    }

    fn end_row(&mut self) -> Result<(), ReportError> {
        self.at = 0;
        Ok(())
    }
}

impl Builders {
    fn new(parts: &Parts<'_>, rows: usize) -> Self {
        let columns = parts.columns.iter();
        Self {
            table: parts.name,
            columns: columns.map(|column| Builder::new(*column, rows)).collect(),
            at: 0,
        }
    }

    fn frame(self) -> Result<DataFrame, ReportError> {
        let table = self.table;
        let mut rows = 0;
        let mut columns = Vec::with_capacity(self.columns.len());
        for (_, builder) in self.columns {
            let column = match builder {
                Builder::Text(builder) => builder.finish().into_column(),
                Builder::Counts(counts) => counts.finish().into_column(),
                Builder::Amounts(mantissas) => mantissas
                    .finish()
                    .into_decimal(PRECISION as usize, SCALE as usize)
                    .map_err(refused(table))?
                    .into_column(),
                Builder::Days(days) => days.finish().into_date().into_column(),
                Builder::Moments(moments) => moments
                    .finish()
                    .into_datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))
                    .into_column(),
            };
            rows = column.len();
            columns.push(column);
        }
        DataFrame::new(rows, columns).map_err(refused(table))
    }
}
