//! Invocation logs in S3.

use chrono::NaiveDate;

use super::RecordOptions;
use super::aws::{Access, AwsFailure, FetchError, PlannedCall};
use crate::diagnostic::Diagnostic;
use crate::domain::{DaySink, RecordSink, UsageRow};

/// What to read from S3 for one account and Region.
#[derive(Debug, Clone, Copy)]
pub struct S3Request<'a> {
    /// The days, ascending.
    pub days: &'a [NaiveDate],
    /// Bucket and prefix, when they were named; else those of the logging configuration.
    pub location: Option<(&'a str, &'a str)>,
    /// The request-metadata keys to keep.
    pub records: &'a RecordOptions,
    /// How many objects are read at a time.
    pub readers: usize,
}

/// Adds records up; `usage::Rollup` is the one that the program uses (this room may not know
/// it).
pub trait AddUp: Sync {
    /// What one reading thread fills.
    type Sink: RecordSink;
    /// Starts one.
    fn start(&self) -> Self::Sink;
    /// Puts them together: sorted rows, and what there is to say.
    fn finish(&self, sinks: Vec<Self::Sink>) -> std::io::Result<(Vec<UsageRow>, Vec<Diagnostic>)>;
}

/// The calls that [`fetch_s3`] will make. Asks the logging configuration, which is not billed.
pub fn plan_s3(_access: &Access, _request: &S3Request<'_>) -> Result<Vec<PlannedCall>, AwsFailure> {
    todo!()
}

/// Fetches the days into the sink as source `s3`. Findings that belong to no single day are
/// returned; an account and Region without logging to S3 is one.
pub fn fetch_s3<A: AddUp>(
    _access: &Access,
    _request: &S3Request<'_>,
    _add_up: &A,
    _sink: &dyn DaySink,
) -> Result<Vec<Diagnostic>, FetchError> {
    todo!()
}
