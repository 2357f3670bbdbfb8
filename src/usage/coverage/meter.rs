//! The counts that metrics and logs have in common, and the fields that hold them.
//!
//! Imports `domain` only. Sample: the meter `CacheWrite` is held by three fields, of which
//! metrics only know the sum.

use crate::domain::TokenCounts;

/// A count that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meter {
    Input,
    Output,
    CacheRead,
    /// For however long: metrics do not know it.
    CacheWrite,
    Images,
    Requests,
}

impl Meter {
    pub(super) const ALL: [Self; 6] = [
        Self::Input,
        Self::Output,
        Self::CacheRead,
        Self::CacheWrite,
        Self::Images,
        Self::Requests,
    ];

    /// The fields that add up to it.
    pub(super) const fn fields(self) -> &'static [Field] {
        match self {
            Self::Input => &[Field::Input],
            Self::Output => &[Field::Output],
            Self::CacheRead => &[Field::CacheRead],
            Self::CacheWrite => &[Field::Write5m, Field::Write1h, Field::WriteUnknown],
            Self::Images => &[Field::Images],
            Self::Requests => &[Field::Answered, Field::Failed, Field::WithoutCounts],
        }
    }

    /// The field of what nobody can say more about.
    pub(super) const fn plainest(self) -> Field {
        match self {
            Self::Input => Field::Input,
            Self::Output => Field::Output,
            Self::CacheRead => Field::CacheRead,
            Self::CacheWrite => Field::WriteUnknown,
            Self::Images => Field::Images,
            Self::Requests => Field::Answered,
        }
    }

    pub(super) const fn is_tokens(self) -> bool {
        !matches!(self, Self::Images | Self::Requests)
    }

    /// The count of a row; `None` when it is unknown.
    pub(super) fn of(self, counts: &TokenCounts) -> Option<u64> {
        match self {
            Self::Input => counts.input_tokens,
            Self::Output => counts.output_tokens,
            Self::CacheRead => counts.cache_read_tokens,
            Self::CacheWrite => counts.cache_write_tokens(),
            Self::Images => counts.images,
            Self::Requests => Some(counts.requests),
        }
    }
}

/// A part of a row's counts that no other part holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Input,
    Output,
    CacheRead,
    Write5m,
    Write1h,
    WriteUnknown,
    Images,
    /// Requests that did not fail and have counts.
    Answered,
    Failed,
    WithoutCounts,
}

impl Field {
    pub(super) fn of(self, counts: &TokenCounts) -> Option<u64> {
        match self {
            Self::Input => counts.input_tokens,
            Self::Output => counts.output_tokens,
            Self::CacheRead => counts.cache_read_tokens,
            Self::Write5m => counts.cache_write_5m_tokens,
            Self::Write1h => counts.cache_write_1h_tokens,
            Self::WriteUnknown => counts.cache_write_unknown_tokens,
            Self::Images => counts.images,
            Self::Failed => Some(counts.failed_requests),
            Self::WithoutCounts => Some(counts.requests_without_counts),
            Self::Answered => Some(
                counts
                    .requests
                    .saturating_sub(counts.failed_requests)
                    .saturating_sub(counts.requests_without_counts),
            ),
        }
    }

    /// Adds to the field: 0 makes an unknown count a known one.
    pub(super) fn add(self, counts: &mut TokenCounts, more: u64) {
        let add = |count: &mut Option<u64>| *count = Some(count.unwrap_or(0).saturating_add(more));
        match self {
            Self::Input => add(&mut counts.input_tokens),
            Self::Output => add(&mut counts.output_tokens),
            Self::CacheRead => add(&mut counts.cache_read_tokens),
            Self::Write5m => add(&mut counts.cache_write_5m_tokens),
            Self::Write1h => add(&mut counts.cache_write_1h_tokens),
            Self::WriteUnknown => add(&mut counts.cache_write_unknown_tokens),
            Self::Images => add(&mut counts.images),
            Self::Answered => counts.requests = counts.requests.saturating_add(more),
            Self::Failed => {
                counts.requests = counts.requests.saturating_add(more);
                counts.failed_requests = counts.failed_requests.saturating_add(more);
            }
            Self::WithoutCounts => {
                counts.requests = counts.requests.saturating_add(more);
                counts.requests_without_counts =
                    counts.requests_without_counts.saturating_add(more);
            }
        }
    }
}

/// Whether nothing was counted.
pub(super) fn is_nothing(counts: &TokenCounts) -> bool {
    Meter::ALL
        .iter()
        .all(|meter| meter.of(counts).unwrap_or(0) == 0)
}
