//! The report room: an [`crate::projection::ImpactReport`] becomes neutral tables once, and
//! each format is a thin last step that computes nothing. Imports `projection`, `usage`,
//! `pricing`, `domain` and `diagnostic`.
//!
//! Sample: the `cost` table of a report is `eolcast-report/cost.csv` and
//! `eolcast-report/cost.parquet`, the same cells in both.

mod backtest;
mod best_moves;
mod calendar;
mod chart;
mod conflicts;
mod csv;
mod explanation;
mod focus;
mod format;
mod grid;
mod html;
mod in_order;
mod json;
#[cfg(test)]
mod json_schema;
mod output;
#[cfg(test)]
mod output_tests;
mod parquet;
mod parts;
mod plain;
mod price_list;
#[cfg(test)]
mod sample;
mod summary;
mod table;
mod tables;
mod tables_ahead;
#[cfg(test)]
mod tables_tests;
mod tables_variance;
mod terminal;
mod terminal_ahead;
mod terminal_findings;
#[cfg(test)]
mod terminal_tests;
mod terminal_urgency;
mod terminal_variance;
mod waterfall;
mod xlsx;

pub use conflicts::write_conflicts;
pub use csv::write_csv;
pub use explanation::{ExplanationError, Subject, write_explanation};
pub use focus::FocusVersion;
pub use format::{short_model, visible};
pub use grid::Colour;
pub(crate) use grid::{Align, Grid};
pub use html::html_page;
pub use output::{Format, ReportFiles};
pub use parquet::write_parquet;
pub use price_list::price_list;
pub use summary::{MonthCost, MonthOutlook, PremiumOutlook, Summary};
pub use table::{Cell, Column, ColumnKind, ReportError, Table};
pub use tables::TableName;
pub use terminal::{Screen, render};
