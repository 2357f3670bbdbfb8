//! Sources: everything that turns what AWS wrote into [`crate::domain::UsageRecord`]s.
//!
//! May import `domain` and `diagnostic` only. Invocation logs come from files, folders and
//! standard input ([`discover`], [`read_logs`]); one record is read by [`LogRecord`]. Nothing
//! of a request's or response's body ever leaves this stage but its token counts.
//!
//! Sample: the folder `AWSLogs/` copied from S3 becomes one [`LogInput`] per object, and
//! `read_logs` gives each record in them to the sink of the thread that read it.

pub mod aws;
mod body_usage;
mod catalog;
mod container_skip;
pub mod demo;
mod discover;
mod files;
mod gzip;
mod insights;
mod json_count;
mod json_walker;
mod key_order;
mod log_events;
mod log_record;
mod metrics;
mod outcome;
mod real_paths;
mod record_keys;
mod record_plan;
mod record_problem;
mod records;
mod remote;
mod s3;
mod string_scan;
mod tier;
mod timestamp;
mod unreadable;

#[cfg(test)]
mod discover_tests;
#[cfg(test)]
mod files_tests;
#[cfg(test)]
mod json_walker_tests;
#[cfg(test)]
mod leniency_tests;
#[cfg(test)]
mod log_record_tests;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod records_tests;

pub use catalog::{fetch_catalog, plan_catalog};
pub use discover::{Found, LogInput, STANDARD_INPUT, TableInput, discover};
pub use files::{LogsRead, Progress, read_logs};
pub use insights::{LogReading, LogsRequest, MOST_ROWS, fetch_logs, plan_logs};
pub use log_record::{LogRecord, Parsed, RecordOptions, RecordProblem};
pub use metrics::{MetricsRequest, fetch_metrics, plan_metrics};
pub use s3::{AddUp, S3Request, fetch_s3, plan_s3};

/// Why a read as a whole had to stop. What is wrong with the data is a finding instead.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// What takes the records failed: its temporary file, say.
    #[error("could not store what was read; free disk space in the temporary folder or set TMPDIR")]
    Sink(#[source] std::io::Error),
    /// A reading thread ended abnormally.
    #[error("a reading thread ended abnormally; this is a defect of eolcast")]
    Thread,
}
