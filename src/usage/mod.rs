//! Usage: what was called, by whom, how much of it. Imports `domain` and `diagnostic` only.
//!
//! Records are added up to [`crate::domain::UsageRow`]s, rows get their workloads, inputs are
//! put together without counting twice, and the `usage` table is read and written, so that a
//! fetch and a report can be days and machines apart.

mod allocate;
mod call_counts;
mod combine;
#[cfg(test)]
mod combine_tests;
mod coverage;
mod rollup;
#[cfg(test)]
mod rollup_tests;
mod row_index;
mod row_merge;
mod spill;
mod store;
mod table;
mod table_column;
mod table_csv;
mod table_error;
mod table_parquet;
#[cfg(test)]
mod table_parquet_tests;
#[cfg(test)]
mod table_tests;

pub use allocate::{AllocationRule, AllocationRules, Pattern, UNALLOCATED};
pub use combine::{CombineError, Combined, UsageInput, combine};
pub use coverage::{CoverageRow, Covered, NOT_IN_LOGS, Place, Tokens, cover, delivery_findings};
pub use rollup::{Rollup, RollupOptions, RollupSink, UsageRollup};
pub use store::{Again, DaySignalsOf, Store, StoreError, StoreRead, read_catalogs, read_store};
pub use table::read_usage_table;
pub(crate) use table_column::UsageCell;
pub use table_column::UsageColumn;
pub(crate) use table_csv::guard_formula;
pub use table_csv::read_usage_csv;
pub use table_error::{CellProblem, UsageTableError};
pub use table_parquet::{read_usage_parquet, write_usage_parquet};
#[cfg(test)]
pub(crate) use table_tests::write_usage_csv;
