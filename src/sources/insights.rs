//! Invocation logs in CloudWatch Logs, added up by Logs Insights, or read event by event.

use chrono::{DateTime, NaiveDate, Utc};

use super::RecordOptions;
use super::aws::{Access, AwsFailure, FetchError, PlannedCall};
use crate::diagnostic::Diagnostic;
use crate::domain::{DaySink, ModelNaming};

/// How the events of a group are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogReading {
    /// Logs Insights adds up on the side of AWS.
    Insights,
    /// Every event is transferred.
    Events,
}

/// What to ask CloudWatch Logs for in one account and Region.
#[derive(Debug, Clone, Copy)]
pub struct LogsRequest<'a> {
    /// The days, ascending.
    pub days: &'a [NaiveDate],
    /// The group, when it was named; else that of the logging configuration.
    pub log_group: Option<&'a str>,
    /// How.
    pub reading: LogReading,
    /// The request-metadata keys to keep.
    pub records: &'a RecordOptions,
    /// Model names and long-context bands.
    pub naming: &'a ModelNaming,
    /// When the run began, for retention.
    pub now: DateTime<Utc>,
}

/// The calls that [`fetch_logs`] will make. Asks the logging configuration and the group's
/// size, which is not billed.
pub fn plan_logs(
    _access: &Access,
    _request: &LogsRequest<'_>,
) -> Result<Vec<PlannedCall>, AwsFailure> {
    todo!()
}

/// Fetches the days into the sink as source `logs`. Findings that belong to no single day are
/// returned; an account and Region without logging to CloudWatch Logs is one.
pub fn fetch_logs(
    _access: &Access,
    _request: &LogsRequest<'_>,
    _sink: &dyn DaySink,
) -> Result<Vec<Diagnostic>, FetchError> {
    todo!()
}
