//! The keys of an invocation log record that mean something, and what is remembered from one
//! record to the next. Imports its siblings.
//!
//! Sample: `inputTokenCount` in `input` is the count [`CountField::Input`].

use super::body_usage::BodyKeys;
use super::key_order::{Key, KeyOrder};
use super::record_plan::{Plan, Trace};
#[cfg(target_arch = "x86_64")]
use super::string_scan::Avx2;
use super::timestamp::Hour;

/// What of a record is a matter of settings.
#[derive(Debug, Clone, Default)]
pub struct RecordOptions {
    metadata_keys: Vec<String>,
}

impl RecordOptions {
    /// Keeps the request-metadata keys named here.
    pub fn new(metadata_keys: impl IntoIterator<Item = String>) -> Self {
        let mut metadata_keys: Vec<String> = metadata_keys.into_iter().collect();
        metadata_keys.sort_unstable();
        metadata_keys.dedup();
        Self { metadata_keys }
    }

    /// The kept keys, sorted.
    pub fn metadata_keys(&self) -> &[String] {
        &self.metadata_keys
    }
}

/// What the records that one thread reads have in common: nothing but speed depends on it.
#[derive(Debug)]
pub(crate) struct RecordMemory {
    pub(crate) plan: Plan,
    pub(crate) trace: Trace,
    pub(crate) keys: RecordKeys,
    pub(crate) body: BodyKeys,
    pub(crate) hour: Hour,
    #[cfg(target_arch = "x86_64")]
    pub(crate) avx2: Option<Avx2>,
}

impl RecordMemory {
    pub(crate) fn new() -> Self {
        Self {
            plan: Plan::new(),
            trace: Trace::default(),
            keys: RecordKeys {
                record: KeyOrder::new(),
                identity: KeyOrder::new(),
                input: KeyOrder::new(),
                output: KeyOrder::new(),
            },
            body: BodyKeys::new(),
            hour: Hour::default(),
            #[cfg(target_arch = "x86_64")]
            avx2: Avx2::detect(),
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

/// What a key's value is, and where it goes if it is a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meaning {
    pub(crate) key: RecordKey,
    /// A [`TextField`], or [`IGNORED`]; above it where texts are no matter of a place alone.
    pub(crate) place: u8,
}

/// The place of texts that mean nothing.
pub(crate) const IGNORED: u8 = 6;

impl From<RecordKey> for Meaning {
    fn from(key: RecordKey) -> Self {
        let place = match key {
            RecordKey::Value(Slot::Text(field)) => field as u8,
            RecordKey::Value(Slot::Other) | RecordKey::Constant => IGNORED,
            _ => u8::MAX,
        };
        Self { key, place }
    }
}

/// The order of the keys in the objects of a record.
#[derive(Debug)]
pub(crate) struct RecordKeys {
    pub(crate) record: KeyOrder<OfRecord>,
    pub(crate) identity: KeyOrder<OfIdentity>,
    pub(crate) input: KeyOrder<OfInput>,
    pub(crate) output: KeyOrder<OfOutput>,
}

/// A key of the record itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfRecord(pub(crate) Meaning);

impl Key for OfRecord {
    fn named(name: &[u8]) -> Self {
        Self(record_key(name).into())
    }
}

/// A key of `identity`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfIdentity(pub(crate) Meaning);

impl Key for OfIdentity {
    fn named(name: &[u8]) -> Self {
        Self(identity_key(name).into())
    }
}

/// A key of `input`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfInput(pub(crate) Meaning);

impl Key for OfInput {
    fn named(name: &[u8]) -> Self {
        Self(input_key(name).into())
    }
}

/// A key of `output`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfOutput(pub(crate) Meaning);

impl Key for OfOutput {
    fn named(name: &[u8]) -> Self {
        Self(output_key(name).into())
    }
}

fn record_key(name: &[u8]) -> RecordKey {
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

fn identity_key(name: &[u8]) -> RecordKey {
    RecordKey::Value(match name {
        b"arn" => Slot::Text(TextField::Principal),
        _ => Slot::Other,
    })
}

fn input_key(name: &[u8]) -> RecordKey {
    RecordKey::Value(match name {
        b"inputTokenCount" => Slot::Count(CountField::Input),
        b"cacheReadInputTokenCount" => Slot::Count(CountField::CacheRead),
        b"cacheWriteInputTokenCount" => Slot::Count(CountField::CacheWrite),
        b"inputContentType" => return RecordKey::Constant,
        _ => Slot::Other,
    })
}

fn output_key(name: &[u8]) -> RecordKey {
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
