//! The report room: an [`crate::projection::ImpactReport`] becomes neutral tables once, and
//! each format is a thin last step that computes nothing. Imports `projection`, `usage`,
//! `pricing`, `domain` and `diagnostic`.
//!
//! Sample: the `cost` table of a report is `eolcast-report/cost.csv` and
//! `eolcast-report/cost.parquet`, the same cells in both.

mod csv;

mod output;
mod parquet;

#[cfg(test)]
mod output_tests;
#[cfg(test)]
mod sample;
mod table;
mod tables;
#[cfg(test)]
mod tables_tests;

pub use csv::write_csv;
pub use output::{Format, ReportFiles};
pub use parquet::write_parquet;
pub use table::{Cell, Column, ColumnKind, ReportError, Table};
pub use tables::TableName;
