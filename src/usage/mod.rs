//! Usage: from records to hourly rows, from rows to workloads.

mod allocate;
mod combine;

pub use allocate::{AllocationRule, AllocationRules, Pattern, UNALLOCATED};
pub use combine::{CombineError, UsageInput, combine};
