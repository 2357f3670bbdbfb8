//! Usage: calls added up to rows of the `usage` table.
//!
//! May import `domain` and `diagnostic` only. [`Rollup`] takes the records of every reading
//! thread, drops what was seen twice, and gives sorted [`crate::domain::UsageRow`]s that do
//! not depend on the order or splitting of the input.
//!
//! Sample: 1,200,000 calls of a month become 16,000 rows.

mod rollup;
mod spill;

#[cfg(test)]
mod rollup_tests;

pub use rollup::{Rollup, RollupOptions, RollupSink, UsageRollup};
