//! The keys of an invocation log record that mean something, and what is remembered from one
//! record to the next. Imports its siblings.
//!
//! Sample: `inputTokenCount` in `input` is the count [`CountField::Input`].

use super::body_usage::BodyKeys;
use super::record_plan::{Plan, Trace};
use super::timestamp::Hour;

/// What the records that one thread reads have in common: nothing but speed depends on it.
#[derive(Debug)]
pub(crate) struct RecordMemory {
    pub(crate) plan: Plan,
    pub(crate) trace: Trace,
    pub(crate) body: BodyKeys,
    pub(crate) hour: Hour,
}

impl RecordMemory {
    pub(crate) fn new() -> Self {
        Self {
            plan: Plan::new(),
            trace: Trace::default(),
            body: BodyKeys::new(),
            hour: Hour::default(),
        }
    }
}

/// A value of a record, or of the objects that are walked in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    Text(TextField),
    Count(CountField),
    /// The request-metadata key of this number among the kept ones.
    Kept(u16),
    ErrorCode,
    ServiceTier,
    PerformanceConfig,
    OutputBody,
    /// Means nothing and is stepped over.
    Other,
    /// No value: the record ends here.
    End,
}

impl Slot {
    /// A number of its own for each.
    pub(crate) fn number(self) -> u64 {
        match self {
            Self::Text(field) => 8 + field as u64,
            Self::Count(field) => 16 + field as u64,
            Self::Kept(key) => 32 + u64::from(key),
            Self::ErrorCode => 1,
            Self::ServiceTier => 2,
            Self::PerformanceConfig => 3,
            Self::OutputBody => 4,
            Self::Other => 5,
            Self::End => 6,
        }
    }
}

/// Texts that are kept; the numbers are their places in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TextField {
    Timestamp,
    AccountId,
    Region,
    ModelId,
    RequestId,
    Principal,
}

/// The record's own counters; the numbers are their places in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CountField {
    Input,
    CacheRead,
    CacheWrite,
    Output,
}

/// What a key's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordKey {
    Value(Slot),
    /// Means nothing and is the same in every record.
    Constant,
    Identity,
    Input,
    Output,
    RequestMetadata,
}

/// A key of the record itself.
pub(crate) fn record_key(name: &[u8]) -> RecordKey {
    RecordKey::Value(match name {
        b"timestamp" => Slot::Text(TextField::Timestamp),
        b"accountId" => Slot::Text(TextField::AccountId),
        b"region" => Slot::Text(TextField::Region),
        b"modelId" => Slot::Text(TextField::ModelId),
        b"requestId" => Slot::Text(TextField::RequestId),
        b"errorCode" => Slot::ErrorCode,
        b"serviceTier" => Slot::ServiceTier,
        b"performanceConfig" => Slot::PerformanceConfig,
        b"schemaType" | b"schemaVersion" => return RecordKey::Constant,
        b"identity" => return RecordKey::Identity,
        b"input" => return RecordKey::Input,
        b"output" => return RecordKey::Output,
        b"requestMetadata" => return RecordKey::RequestMetadata,
        _ => Slot::Other,
    })
}

/// A key of `identity`.
pub(crate) fn identity_key(name: &[u8]) -> RecordKey {
    RecordKey::Value(match name {
        b"arn" => Slot::Text(TextField::Principal),
        _ => Slot::Other,
    })
}

/// A key of `input`.
pub(crate) fn input_key(name: &[u8]) -> RecordKey {
    RecordKey::Value(match name {
        b"inputTokenCount" => Slot::Count(CountField::Input),
        b"cacheReadInputTokenCount" => Slot::Count(CountField::CacheRead),
        b"cacheWriteInputTokenCount" => Slot::Count(CountField::CacheWrite),
        b"inputContentType" => return RecordKey::Constant,
        _ => Slot::Other,
    })
}

/// A key of `output`.
pub(crate) fn output_key(name: &[u8]) -> RecordKey {
    RecordKey::Value(match name {
        b"outputTokenCount" => Slot::Count(CountField::Output),
        b"outputBodyJson" => Slot::OutputBody,
        b"outputContentType" => return RecordKey::Constant,
        _ => Slot::Other,
    })
}

/// A key of `requestMetadata`, of which these are kept (sorted).
pub(crate) fn metadata_key(name: &[u8], kept: &[String]) -> RecordKey {
    let found = kept.binary_search_by(|kept| kept.as_bytes().cmp(name));
    // More keys than fit are not kept by any settings.
    let number = found.ok().and_then(|number| u16::try_from(number).ok());
    RecordKey::Value(number.map_or(Slot::Other, Slot::Kept))
}
