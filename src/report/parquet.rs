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

use polars::prelude::*;

use super::parts::Parts;
use super::table::{Cell, ColumnKind, PRECISION, ReportError, SCALE, Table, mantissa};

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

/// Writes a table as Parquet part by part, each a row group.
pub(super) fn write_parquet_parts(
    parts: &Parts<'_>,
    facts: &[(&str, String)],
    output: impl Write + Send,
) -> Result<(), ReportError> {
    let mut tables = parts.tables();
    let Some(first) = tables.next().transpose()? else {
        return Ok(());
    };
    let failed = refused(first.name);
    let batch = frame(&first)?;
    let writer = ParquetWriter::new(output).with_key_value_metadata(metadata(facts));
    let mut writer = writer.batched(batch.schema()).map_err(&failed)?;
    writer.write_batch(&batch).map_err(&failed)?;
    drop((batch, first));
    for table in tables {
        writer.write_batch(&frame(&table?)?).map_err(&failed)?;
    }
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
    let columns = (0..table.columns.len())
        .map(|at| column(table, at))
        .collect::<Result<_, _>>()?;
    DataFrame::new(table.rows.len(), columns).map_err(refused(table.name))
}

fn column(table: &Table, at: usize) -> Result<Column, ReportError> {
    let super::table::Column { name, kind } = table.columns[at];
    let title = PlSmallStr::from_static(name);
    let cells = table.rows.iter().map(|row| &row[at]);
    Ok(match kind {
        ColumnKind::Text | ColumnKind::Month => {
            let mut builder = StringChunkedBuilder::new(title, table.rows.len());
            for cell in cells {
                match cell {
                    Cell::Month(month) => builder.append_value(month.to_string()),
                    other => builder.append_option(other.text()),
                }
            }
            builder.finish().into_column()
        }
        ColumnKind::Count | ColumnKind::SignedCount => {
            let counts = cells.map(|cell| match cell {
                Cell::Count(count) => Some(*count),
                _ => None,
            });
            Int64Chunked::from_iter_options(title, counts).into_column()
        }
        ColumnKind::Money | ColumnKind::Decimal | ColumnKind::Share => {
            let mantissas: Vec<Option<i128>> = cells
                .map(|cell| match cell.decimal() {
                    None => Ok(None),
                    Some(amount) => {
                        mantissa(amount)
                            .map(Some)
                            .ok_or(ReportError::AmountDoesNotFit {
                                table: table.name,
                                column: name,
                                amount,
                            })
                    }
                })
                .collect::<Result<_, _>>()?;
            Int128Chunked::from_iter_options(title, mantissas.into_iter())
                .into_decimal(PRECISION as usize, SCALE as usize)
                .map_err(|error| ReportError::Parquet {
                    table: table.name,
                    reason: error.to_string(),
                })?
                .into_column()
        }
        ColumnKind::Date => {
            let days = cells.map(|cell| match cell {
                Cell::Date(day) => Some(day.to_epoch_days()),
                _ => None,
            });
            Int32Chunked::from_iter_options(title, days)
                .into_date()
                .into_column()
        }
        ColumnKind::Timestamp => {
            let moments = cells.map(|cell| match cell {
                Cell::Timestamp(moment) => Some(moment.timestamp_millis()),
                _ => None,
            });
            Int64Chunked::from_iter_options(title, moments)
                .into_datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))
                .into_column()
        }
    })
}
