//! Usage tables as Parquet: the one file of this room that knows polars.
//!
//! Written: texts as String, counts Int64, `hour` UTC milliseconds. Read: every type that
//! holds the same values without loss (other integers, whole decimals and floats, digits as
//! text; timestamps of any unit, dates, timestamps as text). Text cells stand as they are:
//! Parquet has types, so no program runs them, and there is no formula guard.
//!
//! Integers of 8 and 16 bits are the exception: this build of polars does not know them.
//!
//! Imports `domain` only. Sample: the count 7 may come as Int64, UInt32, `7.0` or `"7"`.

use std::borrow::Cow;
use std::io::{Cursor, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, NaiveDate, Utc};
use polars::prelude::*;

use super::table::{Header, RowReader};
use super::table_column::{UsageCell, UsageColumnKind};
use super::{CellProblem, UsageColumn, UsageTableError};
use crate::domain::{ModelNaming, UsageRow};

/// Reads a usage table from the bytes of a Parquet file; `file` names it in messages. Rows
/// come sorted by key.
pub fn read_usage_parquet(
    file: &str,
    bytes: Vec<u8>,
    naming: &ModelNaming,
) -> Result<Vec<UsageRow>, UsageTableError> {
    let damaged = |reason: String| UsageTableError::Parquet {
        file: file.to_owned(),
        reason,
    };
    let mut rows = RowReader::new(file, naming);
    let mut taken = 0_usize;
    for part in parts(&bytes).map_err(damaged)? {
        let frame = read_part(&bytes, part).map_err(damaged)?;
        let names = frame.columns().iter().map(|column| column.name().as_str());
        let header = Header::new(file, names)?;
        let mut columns: Vec<ColumnCells<'_>> = Vec::with_capacity(UsageColumn::ALL.len());
        for column in UsageColumn::ALL {
            let cells = match header.place(column) {
                None => ColumnCells::Unknown,
                Some(at) => ColumnCells::new(file, column, &frame.columns()[at])?,
            };
            columns.push(cells);
        }
        rows.reserve(part.all.saturating_sub(taken));
        for at in 0..frame.height() {
            taken = taken.saturating_add(1);
            let number = u64::try_from(taken).unwrap_or(u64::MAX);
            rows.take(number, |column| columns[column as usize].cell(at))?;
        }
    }
    rows.finish()
}

/// Rows that are held in columns at a time, at least, while a table is read.
pub(super) const READ: usize = 1 << 17;

/// Some row groups of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilePart {
    first: usize,
    pub(super) rows: usize,
    /// Rows of the whole file.
    all: usize,
}

/// The row groups of a file, the small ones together; one part where there are none.
pub(super) fn parts(bytes: &[u8]) -> Result<Vec<FilePart>, String> {
    let groups = guarded(|| {
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        let metadata = reader.get_metadata()?;
        let groups = metadata.row_groups.iter().map(|group| group.num_rows());
        Ok(groups.collect::<Vec<usize>>())
    })?;
    let all = groups
        .iter()
        .fold(0, |sum: usize, rows| sum.saturating_add(*rows));
    let mut parts = Vec::new();
    let (mut first, mut rows) = (0_usize, 0_usize);
    for group in groups {
        rows = rows.saturating_add(group);
        if rows >= READ {
            parts.push(FilePart { first, rows, all });
            first = first.saturating_add(rows);
            rows = 0;
        }
    }
    if rows > 0 || parts.is_empty() {
        parts.push(FilePart { first, rows, all });
    }
    Ok(parts)
}

fn read_part(bytes: &[u8], part: FilePart) -> Result<DataFrame, String> {
    guarded(|| {
        let mut reader = ParquetReader::new(Cursor::new(bytes)).set_rechunk(true);
        if part.rows < part.all {
            reader = reader.with_slice(Some((part.first, part.rows)));
        }
        reader.finish()
    })
}

/// The reader panics on some damaged files; that must not end the run.
fn guarded<T>(read: impl FnOnce() -> PolarsResult<T>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(read))
        .map_err(|_| "its pages contradict each other".to_owned())?
        .map_err(|error| error.to_string())
}

/// Rows of one row group: what is held in columns at a time.
const BATCH: usize = 1 << 14;

/// Writes a usage table as Parquet, rows in the order given; `file` names it in messages.
pub fn write_usage_parquet(
    file: &str,
    rows: &[UsageRow],
    output: impl Write + Send,
) -> Result<(), UsageTableError> {
    let failed = |error: PolarsError| UsageTableError::Write {
        file: file.to_owned(),
        source: std::io::Error::other(error),
    };
    let empty = frame(file, &[])?;
    let mut writer = ParquetWriter::new(output)
        // Other tables are written beside it; only a long one needs more than its thread.
        .set_parallel(rows.len() > 4 * BATCH)
        .batched(empty.schema())
        .map_err(failed)?;
    for batch in rows.chunks(BATCH) {
        writer.write_batch(&frame(file, batch)?).map_err(failed)?;
    }
    writer.finish().map(|_| ()).map_err(failed)
}

fn frame(file: &str, rows: &[UsageRow]) -> Result<DataFrame, UsageTableError> {
    let mut columns = Vec::with_capacity(UsageColumn::ALL.len());
    for column in UsageColumn::ALL {
        columns.push(written(file, column, rows)?);
    }
    DataFrame::new(rows.len(), columns).map_err(|error| UsageTableError::Write {
        file: file.to_owned(),
        source: std::io::Error::other(error),
    })
}

fn written(file: &str, column: UsageColumn, rows: &[UsageRow]) -> Result<Column, UsageTableError> {
    let name = PlSmallStr::from_static(column.as_str());
    let cells = rows.iter().map(|row| column.cell(row));
    Ok(match column.kind() {
        UsageColumnKind::Moment => {
            let mut moments: PrimitiveChunkedBuilder<Int64Type> =
                PrimitiveChunkedBuilder::new(name, rows.len());
            for cell in cells {
                moments.append_option(match cell {
                    UsageCell::Moment(moment) => Some(moment.timestamp_millis()),
                    _ => None,
                });
            }
            moments
                .finish()
                .into_datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))
                .into_column()
        }
        UsageColumnKind::Text => {
            let mut builder = StringChunkedBuilder::new(name, rows.len());
            for cell in cells {
                match cell {
                    UsageCell::Word(word) => builder.append_value(word),
                    UsageCell::Shared(text) => builder.append_value(&**text),
                    UsageCell::Text(text) => builder.append_value(&*text),
                    _ => builder.append_null(),
                }
            }
            builder.finish().into_column()
        }
        UsageColumnKind::KeyCount | UsageColumnKind::Count => {
            let mut counts: PrimitiveChunkedBuilder<Int64Type> =
                PrimitiveChunkedBuilder::new(name, rows.len());
            for cell in cells {
                counts.append_option(match cell {
                    UsageCell::Count(count) => match i64::try_from(count) {
                        Ok(count) => Some(count),
                        Err(_) => {
                            return Err(UsageTableError::CountTooLarge {
                                file: file.to_owned(),
                                column,
                                count,
                            });
                        }
                    },
                    _ => None,
                });
            }
            counts.finish().into_column()
        }
    })
}

/// The cells of one column, by what the file holds.
enum ColumnCells<'f> {
    /// Left out, or without a single value.
    Unknown,
    Text(StringChunked),
    /// Any integer type but the widest unsigned one.
    Whole(Int64Chunked),
    /// That one.
    Unsigned(&'f UInt64Chunked),
    /// Mantissas and the scale.
    Decimal(&'f Int128Chunked, usize),
    Float(Float64Chunked),
    Moment(&'f DatetimeChunked),
    Day(&'f DateChunked),
}

impl<'f> ColumnCells<'f> {
    fn new(file: &str, column: UsageColumn, cells: &'f Column) -> Result<Self, UsageTableError> {
        let series = cells.as_materialized_series();
        let kind = column.kind();
        let read = match (kind, series.dtype()) {
            (_, DataType::Null) => Some(Self::Unknown),
            (_, DataType::String) => series.str().ok().cloned().map(Self::Text),
            // Dictionary columns of other programs.
            (_, dtype) if dtype.is_categorical() || dtype.is_enum() => series
                .strict_cast(&DataType::String)
                .ok()
                .and_then(|texts| texts.str().ok().cloned())
                .map(Self::Text),
            (UsageColumnKind::Moment, DataType::Datetime(..)) => {
                series.datetime().ok().map(Self::Moment)
            }
            (UsageColumnKind::Moment, DataType::Date) => series.date().ok().map(Self::Day),
            (UsageColumnKind::Count | UsageColumnKind::KeyCount, dtype) => match dtype {
                DataType::Decimal(_, scale) => series
                    .decimal()
                    .ok()
                    .map(|values| Self::Decimal(values.physical(), *scale)),
                DataType::Float32 | DataType::Float64 => series
                    .strict_cast(&DataType::Float64)
                    .ok()
                    .and_then(|wide| wide.f64().ok().cloned())
                    .map(Self::Float),
                DataType::UInt64 => series.u64().ok().map(Self::Unsigned),
                dtype if dtype.is_integer() => series
                    .strict_cast(&DataType::Int64)
                    .ok()
                    .and_then(|wide| wide.i64().ok().cloned())
                    .map(Self::Whole),
                _ => None,
            },
            _ => None,
        };
        read.ok_or_else(|| UsageTableError::ColumnType {
            file: file.to_owned(),
            column,
            found: series.dtype().to_string(),
            expected: match kind {
                UsageColumnKind::Moment => "a UTC timestamp",
                UsageColumnKind::Text => "text",
                UsageColumnKind::KeyCount | UsageColumnKind::Count => "Int64",
            },
        })
    }

    fn cell(&self, at: usize) -> Result<UsageCell<'_>, CellProblem> {
        Ok(match self {
            Self::Unknown => UsageCell::Empty,
            Self::Text(texts) => match texts.get(at) {
                None | Some("") => UsageCell::Empty,
                Some(text) => UsageCell::Text(Cow::Borrowed(text)),
            },
            Self::Whole(values) => match values.get(at) {
                None => UsageCell::Empty,
                Some(value) => count(value.into(), || value.to_string())?,
            },
            Self::Unsigned(values) => match values.get(at) {
                None => UsageCell::Empty,
                Some(value) => UsageCell::Count(value),
            },
            Self::Decimal(mantissas, scale) => match mantissas.get(at) {
                None => UsageCell::Empty,
                Some(mantissa) => decimal_count(mantissa, *scale)?,
            },
            Self::Float(values) => match values.get(at) {
                None => UsageCell::Empty,
                Some(value) => float_count(value)?,
            },
            Self::Moment(moments) => match moments.physical().get(at) {
                None => UsageCell::Empty,
                Some(ticks) => moment(ticks, moments.time_unit())
                    .map(UsageCell::Moment)
                    .ok_or_else(|| CellProblem::NotATimestamp(ticks.to_string()))?,
            },
            Self::Day(days) => match days.physical().get(at) {
                None => UsageCell::Empty,
                Some(day) => NaiveDate::from_epoch_days(day)
                    .map(UsageCell::Day)
                    .ok_or_else(|| CellProblem::NotATimestamp(day.to_string()))?,
            },
        })
    }
}

fn count<'c>(value: i128, text: impl Fn() -> String) -> Result<UsageCell<'c>, CellProblem> {
    if value < 0 {
        return Err(CellProblem::Negative(text()));
    }
    u64::try_from(value)
        .map(UsageCell::Count)
        .map_err(|_| CellProblem::TooLarge(text()))
}

fn decimal_count<'c>(mantissa: i128, scale: usize) -> Result<UsageCell<'c>, CellProblem> {
    let text = || format!("{mantissa}e-{scale}");
    let unit = u32::try_from(scale)
        .ok()
        .and_then(|scale| 10_i128.checked_pow(scale))
        .ok_or_else(|| CellProblem::NotACount(text()))?;
    if mantissa % unit != 0 {
        return Err(CellProblem::NotACount(text()));
    }
    count(mantissa / unit, text)
}

/// Whole floats below 2^53 are exact: that is how other programs write counts with gaps.
fn float_count<'c>(value: f64) -> Result<UsageCell<'c>, CellProblem> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !value.is_finite() || value.trunc() != value {
        return Err(CellProblem::NotACount(value.to_string()));
    }
    if value.abs() >= EXACT {
        return Err(CellProblem::TooLarge(value.to_string()));
    }
    count(value as i128, || value.to_string())
}

fn moment(ticks: i64, unit: TimeUnit) -> Option<DateTime<Utc>> {
    match unit {
        TimeUnit::Milliseconds => DateTime::from_timestamp_millis(ticks),
        TimeUnit::Microseconds => DateTime::from_timestamp_micros(ticks),
        TimeUnit::Nanoseconds => Some(DateTime::from_timestamp_nanos(ticks)),
    }
}
