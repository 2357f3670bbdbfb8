//! The report room: an [`crate::projection::ImpactReport`] becomes neutral tables once, and
//! each format is a thin last step that computes nothing. Imports `projection`, `usage`,
//! `pricing`, `domain` and `diagnostic`.
//!
//! Sample: the `cost` table of a report is `eolcast-report/cost.csv` and
//! `eolcast-report/cost.parquet`, the same cells in both.

mod csv;

mod output;
mod parquet;

mod table;
mod tables;

pub use csv::write_csv;
pub use output::{Format, ReportFiles};
pub use parquet::write_parquet;
pub use table::{Cell, Column, ColumnKind, ReportError, Table};
pub use tables::TableName;
