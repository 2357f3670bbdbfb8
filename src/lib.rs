//! `eolcast` tells a company what the life cycle of its Amazon Bedrock models will cost, and
//! which workload must move first.
//!
//! Data flows one way:
//!
//! ```text
//!   AWS, log files, usage tables   pricing/ (TOML, embedded), rows of your own (notices)
//!          |                              |
//!       sources                        pricing        <- prices, life cycle, charges
//!          | UsageRecord, FetchedDay      | Charges
//!          v                              v
//!        usage  ---- UsageRow ----->  projection ---- ImpactReport ---> report ---> terminal, csv, parquet, xlsx, html, json, focus, ics
//! ```
//!
//! `fetch` ends in the store of `usage`, a folder; every later report begins there. Metrics and
//! logs of the same day are compared: totals follow the metrics, attribution follows the logs.
//!
//! Every module may import [`domain`] and [`diagnostic`]. Besides these, `sources`, `usage`
//! and `pricing` import nothing of each other; `projection` imports `usage` and `pricing`;
//! `report` imports `projection`, `usage` and `pricing`; `commands` imports everything; only
//! `commands` and the binary import `cli` and `settings`. The clock is read once, in the
//! binary: `as_of` is an argument. A test holds these rules.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod cli;
pub mod commands;
pub mod diagnostic;
pub mod domain;
pub mod pricing;
pub mod projection;
pub mod report;
pub mod settings;
pub mod sources;
pub mod usage;
