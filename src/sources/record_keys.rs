//! The keys of an invocation log record that mean something, and what is remembered from one
//! record to the next. Imports its siblings.
//!
//! Sample: `"inputTokenCount"` in `input` is [`InputKey::Tokens`].

use super::body_usage::BodyKeys;
use super::key_order::{Key, KeyOrder};
use super::timestamp::Hour;

/// What records of one input have in common: nothing but speed depends on it.
#[derive(Debug)]
pub(crate) struct RecordMemory {
    pub(crate) record: KeyOrder<RecordKey>,
    pub(crate) identity: KeyOrder<IdentityKey>,
    pub(crate) input: KeyOrder<InputKey>,
    pub(crate) output: KeyOrder<OutputKey>,
    pub(crate) body: BodyKeys,
    pub(crate) hour: Hour,
}

impl RecordMemory {
    pub(crate) fn new() -> Self {
        Self {
            record: KeyOrder::new(),
            identity: KeyOrder::new(),
            input: KeyOrder::new(),
            output: KeyOrder::new(),
            body: BodyKeys::new(),
            hour: Hour::default(),
        }
    }
}

/// A record's own keys.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RecordKey {
    Other,
    Timestamp,
    AccountId,
    Region,
    ModelId,
    RequestId,
    Identity,
    RequestMetadata,
    ErrorCode,
    ServiceTier,
    PerformanceConfig,
    Input,
    Output,
}

impl Key for RecordKey {
    fn named(name: &[u8]) -> Self {
        match name {
            b"timestamp" => Self::Timestamp,
            b"accountId" => Self::AccountId,
            b"region" => Self::Region,
            b"modelId" => Self::ModelId,
            b"requestId" => Self::RequestId,
            b"identity" => Self::Identity,
            b"requestMetadata" => Self::RequestMetadata,
            b"errorCode" => Self::ErrorCode,
            b"serviceTier" => Self::ServiceTier,
            b"performanceConfig" => Self::PerformanceConfig,
            b"input" => Self::Input,
            b"output" => Self::Output,
            _ => Self::Other,
        }
    }
}

/// Keys of `identity`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum IdentityKey {
    Other,
    Arn,
}

impl Key for IdentityKey {
    fn named(name: &[u8]) -> Self {
        match name {
            b"arn" => Self::Arn,
            _ => Self::Other,
        }
    }
}

/// Keys of `input`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum InputKey {
    Other,
    Tokens,
    CacheRead,
    CacheWrite,
}

impl Key for InputKey {
    fn named(name: &[u8]) -> Self {
        match name {
            b"inputTokenCount" => Self::Tokens,
            b"cacheReadInputTokenCount" => Self::CacheRead,
            b"cacheWriteInputTokenCount" => Self::CacheWrite,
            _ => Self::Other,
        }
    }
}

/// Keys of `output`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OutputKey {
    Other,
    Tokens,
    Body,
}

impl Key for OutputKey {
    fn named(name: &[u8]) -> Self {
        match name {
            b"outputTokenCount" => Self::Tokens,
            b"outputBodyJson" => Self::Body,
            _ => Self::Other,
        }
    }
}
