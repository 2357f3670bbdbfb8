//! CloudWatch metrics of Bedrock: complete totals per model and day, without who caused them.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::aws::{Access, FetchError, PlannedCall};
use crate::diagnostic::Diagnostic;
use crate::domain::{DaySink, ModelNaming};

/// What to ask CloudWatch for in one account and Region.
#[derive(Debug, Clone, Copy)]
pub struct MetricsRequest<'a> {
    /// The days, ascending.
    pub days: &'a [NaiveDate],
    /// Those of them that are asked by the hour.
    pub hourly: &'a BTreeSet<NaiveDate>,
    /// Model ids as CloudWatch may show them, besides those that ListMetrics names: the
    /// catalog's, the tables', those seen in logs.
    pub candidates: &'a BTreeSet<String>,
    /// Whether accounts that share their metrics with this one are asked too.
    pub linked_accounts: bool,
    /// Model names.
    pub naming: &'a ModelNaming,
}

/// The calls that [`fetch_metrics`] will make, from what is known without calling.
pub fn plan_metrics(_request: &MetricsRequest<'_>) -> Vec<PlannedCall> {
    todo!()
}

/// Fetches the days into the sink, usage of `AWS/Bedrock` as source `metrics` and of
/// `AWS/BedrockMantle` as source `mantle`. Findings that belong to no single day are returned.
pub fn fetch_metrics(
    _access: &Access,
    _request: &MetricsRequest<'_>,
    _sink: &dyn DaySink,
) -> Result<Vec<Diagnostic>, FetchError> {
    todo!()
}
