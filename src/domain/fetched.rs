//! What a fetch from AWS gives: one day of one account and Region at a time, so that each can
//! be stored, replaced and asked for again by itself.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Source, Text, UsageRow};
use crate::diagnostic::Diagnostic;

/// Usage of one UTC day, read from one source in one account and Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedDay {
    /// Where it was read: metrics, mantle, logs or S3.
    pub source: Source,
    /// The account that called the models (with linked accounts: their own id).
    pub account_id: Text,
    /// The Region that was called.
    pub region: Text,
    /// The day, UTC.
    pub day: NaiveDate,
    /// All usage of the day, sorted; none if nothing was called.
    pub rows: Vec<UsageRow>,
    /// What AWS counted of the day beside usage.
    pub signals: DaySignals,
    /// What was asked, in short: the statistic and period, the query text, the prefix. Two
    /// fetches with the same words ask for the same thing.
    pub query: String,
    /// What could not be read, or is worth knowing, about this day. A report that reads the day
    /// repeats it.
    pub findings: Vec<Diagnostic>,
    /// Whether all of it was read. A day that is not whole is stored and asked for again.
    pub whole: bool,
}

/// Counts of CloudWatch that are no usage, but tell how far usage can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DaySignals {
    /// `LegacyModelInvocations` by ModelId as CloudWatch shows it: what AWS itself takes for
    /// Legacy.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub legacy_invocations: BTreeMap<String, u64>,
    /// Log records that Bedrock could not deliver, by metric name
    /// (`ModelInvocationLogsS3DeliveryFailure`, ...).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub delivery_failures: BTreeMap<String, u64>,
    /// Log records that Bedrock delivered, by metric name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub deliveries: BTreeMap<String, u64>,
}

/// What takes days as a fetch completes them, from any thread. An error (a full disk) ends the
/// fetch.
pub trait DaySink: Sync {
    /// Keeps the day.
    fn take(&self, day: FetchedDay) -> std::io::Result<()>;
}
