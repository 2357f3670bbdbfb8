//! The log reader under the fuzzer: the reader's own files, and what must hold of them. See
//! `run` in the folder above.
//!
//! Sample: `record::check(b"{}")` compares the walker reader with the slow references.

// Every target uses a part of each file.
#![allow(dead_code, unused_imports, unused_macros)]

/// The part of `domain` that the reader speaks in.
#[path = "../../../src/domain"]
pub mod domain {
    mod amount;
    mod money;
    mod sku;
    mod usage_record;

    pub use money::{Decimal, Usd};
    pub use sku::ServiceTier;
    pub use usage_record::{CacheWrites, MetadataPairs, RecordSink, UsageRecord};
}

#[path = "../../../src/diagnostic.rs"]
pub mod diagnostic;

/// The reader and the slow reference.
#[path = "../../../src/sources"]
pub mod sources {
    pub(crate) mod body_usage;
    pub(crate) mod container_skip;
    pub(crate) mod gzip;
    pub(crate) mod json_count;
    pub(crate) mod json_walker;
    pub(crate) mod key_order;
    pub(crate) mod log_record;
    pub(crate) mod oracle;
    pub(crate) mod record_keys;
    pub(crate) mod record_plan;
    pub(crate) mod record_problem;
    pub(crate) mod records;
    pub(crate) mod string_scan;
    pub(crate) mod tier;
    pub(crate) mod timestamp;
    pub(crate) mod unreadable;

    #[cfg(test)]
    mod json_walker_tests;
    #[cfg(test)]
    mod leniency_tests;
    #[cfg(test)]
    mod log_record_tests;
    #[cfg(test)]
    mod oracle_tests;
    #[cfg(test)]
    mod records_tests;
}

mod lenient;
mod plain;

// One module a fuzz target: `check` panics where something does not hold.
pub mod assembled;
pub mod gzip;
pub mod record;
pub mod scan;
pub mod text;

#[cfg(test)]
mod seeds;
