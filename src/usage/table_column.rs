//! The columns of the `usage` table: their names, their order, and what a row holds in them.
//!
//! Imports `domain` only. Sample: the column `hour` of a row is the instant
//! `2026-10-01T13:00:00Z`; `geo` of an in-region call is empty.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::{Text, UsageRow};

/// A column of the `usage` table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UsageColumn {
    /// Start of the hour or day.
    Hour,
    /// `hour` or `day`.
    Granularity,
    /// The account that called.
    AccountId,
    /// The Region that was called.
    Region,
    /// The model.
    ModelId,
    /// Where calls may be served.
    EndpointScope,
    /// Geo prefix.
    Geo,
    /// How calls were served.
    ServiceTier,
    /// Lower bound of the long-context band.
    PromptBand,
    /// The application inference profile.
    InferenceProfile,
    /// Role or user.
    Principal,
    /// The kept request metadata, a JSON object.
    Metadata,
    /// The workload.
    Workload,
    /// Calls, failed ones too.
    Requests,
    /// Failed calls.
    FailedRequests,
    /// Successful calls of which no tokens are known.
    RequestsWithoutCounts,
    /// Prompt tokens outside the cache.
    InputTokens,
    /// Generated tokens.
    OutputTokens,
    /// Tokens read from the prompt cache.
    CacheReadTokens,
    /// Tokens written for five minutes.
    CacheWrite5mTokens,
    /// Tokens written for one hour.
    CacheWrite1hTokens,
    /// Tokens written for a time nobody recorded.
    CacheWriteUnknownTokens,
    /// Images made.
    Images,
    /// Where it was read.
    Source,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UsageColumnKind {
    /// A moment.
    Moment,
    /// A text.
    Text,
    /// A number that is part of the key.
    KeyCount,
    /// A count; a table may leave the column out.
    Count,
}

impl UsageColumn {
    /// All columns, in the order of the table.
    pub const ALL: [Self; 24] = [
        Self::Hour,
        Self::Granularity,
        Self::AccountId,
        Self::Region,
        Self::ModelId,
        Self::EndpointScope,
        Self::Geo,
        Self::ServiceTier,
        Self::PromptBand,
        Self::InferenceProfile,
        Self::Principal,
        Self::Metadata,
        Self::Workload,
        Self::Requests,
        Self::FailedRequests,
        Self::RequestsWithoutCounts,
        Self::InputTokens,
        Self::OutputTokens,
        Self::CacheReadTokens,
        Self::CacheWrite5mTokens,
        Self::CacheWrite1hTokens,
        Self::CacheWriteUnknownTokens,
        Self::Images,
        Self::Source,
    ];

    /// The name in the header row.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Granularity => "granularity",
            Self::AccountId => "account_id",
            Self::Region => "region",
            Self::ModelId => "model_id",
            Self::EndpointScope => "endpoint_scope",
            Self::Geo => "geo",
            Self::ServiceTier => "service_tier",
            Self::PromptBand => "prompt_band",
            Self::InferenceProfile => "inference_profile",
            Self::Principal => "principal",
            Self::Metadata => "metadata",
            Self::Workload => "workload",
            Self::Requests => "requests",
            Self::FailedRequests => "failed_requests",
            Self::RequestsWithoutCounts => "requests_without_counts",
            Self::InputTokens => "input_tokens",
            Self::OutputTokens => "output_tokens",
            Self::CacheReadTokens => "cache_read_tokens",
            Self::CacheWrite5mTokens => "cache_write_5m_tokens",
            Self::CacheWrite1hTokens => "cache_write_1h_tokens",
            Self::CacheWriteUnknownTokens => "cache_write_unknown_tokens",
            Self::Images => "images",
            Self::Source => "source",
        }
    }

    /// Reads a name of a header row.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.as_str() == name)
    }

    /// What the column holds.
    pub(crate) const fn kind(self) -> UsageColumnKind {
        match self {
            Self::Hour => UsageColumnKind::Moment,
            Self::PromptBand => UsageColumnKind::KeyCount,
            Self::Requests
            | Self::FailedRequests
            | Self::RequestsWithoutCounts
            | Self::InputTokens
            | Self::OutputTokens
            | Self::CacheReadTokens
            | Self::CacheWrite5mTokens
            | Self::CacheWrite1hTokens
            | Self::CacheWriteUnknownTokens
            | Self::Images => UsageColumnKind::Count,
            _ => UsageColumnKind::Text,
        }
    }

    /// Whether it holds numbers.
    pub(crate) const fn is_count(self) -> bool {
        matches!(
            self.kind(),
            UsageColumnKind::KeyCount | UsageColumnKind::Count
        )
    }

    /// What a row holds in this column.
    pub(crate) fn cell(self, row: &UsageRow) -> UsageCell<'_> {
        let counts = &row.counts;
        match self {
            Self::Hour => UsageCell::Moment(row.hour),
            Self::Granularity => UsageCell::Word(row.granularity.as_str()),
            Self::AccountId => UsageCell::shared(Some(&row.account_id)),
            Self::Region => UsageCell::shared(Some(&row.region)),
            Self::ModelId => UsageCell::Shared(row.model_id.as_text()),
            Self::EndpointScope => match row.endpoint_scope {
                Some(scope) => UsageCell::Word(scope.as_str()),
                None => UsageCell::Empty,
            },
            Self::Geo => UsageCell::shared(row.geo.as_ref()),
            Self::ServiceTier => UsageCell::Word(row.service_tier.as_str()),
            Self::PromptBand => UsageCell::count(row.prompt_band),
            Self::InferenceProfile => UsageCell::shared(row.inference_profile.as_ref()),
            Self::Principal => UsageCell::shared(row.principal.as_ref()),
            Self::Metadata => UsageCell::shared(row.metadata.json()),
            Self::Workload => UsageCell::shared(row.workload.as_ref()),
            Self::Requests => UsageCell::Count(counts.requests),
            Self::FailedRequests => UsageCell::Count(counts.failed_requests),
            Self::RequestsWithoutCounts => UsageCell::Count(counts.requests_without_counts),
            Self::InputTokens => UsageCell::count(counts.input_tokens),
            Self::OutputTokens => UsageCell::count(counts.output_tokens),
            Self::CacheReadTokens => UsageCell::count(counts.cache_read_tokens),
            Self::CacheWrite5mTokens => UsageCell::count(counts.cache_write_5m_tokens),
            Self::CacheWrite1hTokens => UsageCell::count(counts.cache_write_1h_tokens),
            Self::CacheWriteUnknownTokens => UsageCell::count(counts.cache_write_unknown_tokens),
            Self::Images => UsageCell::count(counts.images),
            Self::Source => UsageCell::Word(row.source.as_str()),
        }
    }
}

impl fmt::Display for UsageColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One cell of a usage table, before or after it is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UsageCell<'a> {
    /// Not known.
    Empty,
    /// A word of the contract.
    Word(&'static str),
    /// A text that many rows share.
    Shared(&'a Text),
    /// Any other text.
    Text(Cow<'a, str>),
    /// A count.
    Count(u64),
    /// A moment.
    Moment(DateTime<Utc>),
    /// A day.
    Day(NaiveDate),
}

impl<'a> UsageCell<'a> {
    fn shared(text: Option<&'a Text>) -> Self {
        // An empty text and an unknown one are written alike, so they are one here.
        match text {
            Some(text) if !text.is_empty() => Self::Shared(text),
            _ => Self::Empty,
        }
    }

    fn count(count: Option<u64>) -> Self {
        count.map_or(Self::Empty, Self::Count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_the_contract() {
        assert_eq!(
            UsageColumn::ALL.map(UsageColumn::as_str).join(", "),
            "hour, granularity, account_id, region, model_id, endpoint_scope, geo, \
             service_tier, prompt_band, inference_profile, principal, metadata, workload, \
             requests, failed_requests, requests_without_counts, input_tokens, output_tokens, \
             cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, \
             cache_write_unknown_tokens, images, source"
        );
        for column in UsageColumn::ALL {
            assert_eq!(UsageColumn::parse(column.as_str()), Some(column));
            assert_eq!(UsageColumn::ALL[column as usize], column);
        }
    }
}
