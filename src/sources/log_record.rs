//! One invocation log record: bytes in, [`UsageRecord`] out; pure and fast. May import
//! `domain` and its siblings.
//!
//! The walk visits the keys of the record, of `identity`, `requestMetadata`, `input` and
//! `output`, and the top level of the output body; everything else is stepped over by its
//! structure alone. So invalid JSON inside a skipped body may pass, and odd bytes in a key that
//! nobody asks for; what is kept is checked.
//!
//! Choices: of a key that appears twice in an object the last counts, as in serde_json. A
//! value of the wrong kind is as good as none, except a count: one that is negative, a
//! fraction, above 2^32 - 1 or no number makes the record unreadable. Per count the record's
//! own counter wins, then the body's `usage`, then the body's invocation metrics.
//! `totalTokens` is never used. Cache writes of a known total are split only if the body's
//! split adds up to it, and a total of 0 needs no split. Tokens that an OpenAI body counts as
//! cached are taken over only where the input count leaves them out. Optimised latency
//! (`performanceConfig.latency`) is a service tier of its own, unless `serviceTier` names one.
//!
//! Sample: `{"timestamp":"2026-10-01T00:00:00Z","accountId":"111122223333","region":"us-east-1",
//! "modelId":"amazon.nova-lite-v1:0","input":{"inputTokenCount":5},"output":{"outputTokenCount":2}}`.

use std::borrow::Cow;
use std::fmt;

use super::body_usage::{BodyKeys, BodyUsage, latency_optimized, service_tier};
use super::json_count::Count;
use super::json_walker::{Stop, Walker};
use super::key_order::KeyOrder;
use super::record_keys::{IdentityKey, InputKey, OutputKey, RecordKey, RecordMemory};
use super::timestamp::Hour;
use crate::domain::{CacheWrites, ServiceTier, UsageRecord};

/// A record longer than this is not read. A line of many records may be longer.
pub(crate) const LONGEST_RECORD: usize = 32 << 20;

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

/// Why a record could not be read. Never holds anything of the record itself: prompts are
/// secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordProblem {
    /// The text is not JSON.
    NotJson,
    /// The text ends inside the record.
    CutOff,
    /// JSON, but no invocation log record.
    NotALogRecord,
    /// An invocation log record without this field.
    Missing(&'static str),
    /// The time cannot be read.
    Timestamp,
    /// This count is negative, a fraction, too large for one call, or no number.
    Count(&'static str),
    /// Longer than 32 MB.
    TooLong,
}

impl fmt::Display for RecordProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("not valid JSON"),
            Self::CutOff => f.write_str("cut off"),
            Self::NotALogRecord => f.write_str("not an invocation log record"),
            Self::Missing(field) => write!(f, "no {field}"),
            Self::Timestamp => f.write_str("timestamp is not a time"),
            Self::Count(field) => write!(f, "{field} is not a plausible count"),
            Self::TooLong => f.write_str("longer than 32 MB"),
        }
    }
}

/// A record that was read, and where it ends in the bytes.
#[derive(Debug)]
pub struct Parsed<'a> {
    /// The position just after the record.
    pub end: usize,
    /// The record; [`LogRecord::usage`] tells whether it is one.
    pub record: LogRecord<'a>,
}

/// A record's fields as they stand, borrowed from its bytes wherever they hold no escapes.
#[derive(Debug, Default)]
pub struct LogRecord<'a> {
    timestamp: Option<Cow<'a, str>>,
    account_id: Option<Cow<'a, str>>,
    region: Option<Cow<'a, str>>,
    model_id: Option<Cow<'a, str>>,
    request_id: Option<Cow<'a, str>>,
    principal: Option<Cow<'a, str>>,
    metadata: Pairs<'a>,
    failed: bool,
    service_tier: Option<ServiceTier>,
    latency_optimized: bool,
    input: Input,
    output: Output,
}

impl<'a> LogRecord<'a> {
    /// Reads the record that starts at the first byte that is no blank. An error means that
    /// no end of the record was found.
    pub fn parse(bytes: &'a [u8], options: &'a RecordOptions) -> Result<Parsed<'a>, RecordProblem> {
        let mut record = Self::default();
        let end = record.read(bytes, options, &mut RecordMemory::new())?;
        Ok(Parsed { end, record })
    }

    /// The same into an empty record, faster where it is like those that `memory` saw before;
    /// the position just after the record.
    #[inline]
    pub(crate) fn read(
        &mut self,
        bytes: &'a [u8],
        options: &'a RecordOptions,
        memory: &mut RecordMemory,
    ) -> Result<usize, RecordProblem> {
        let mut walker = Walker::new(bytes);
        match self.walk(&mut walker, options, memory) {
            Ok(()) => {
                lower_case(&mut self.region);
                Ok(walker.position())
            }
            Err(Stop::CutOff) => Err(RecordProblem::CutOff),
            Err(Stop::Invalid) => Err(RecordProblem::NotJson),
        }
    }

    #[inline]
    fn walk(
        &mut self,
        walker: &mut Walker<'a>,
        options: &'a RecordOptions,
        memory: &mut RecordMemory,
    ) -> Result<(), Stop> {
        let RecordMemory {
            record,
            identity,
            input,
            output,
            body,
            ..
        } = memory;
        walker.known_object(record, |walker, key| {
            match key {
                RecordKey::Other => walker.skip()?,
                RecordKey::Timestamp => self.timestamp = walker.text()?,
                RecordKey::AccountId => self.account_id = walker.text()?,
                RecordKey::Region => self.region = walker.text()?,
                RecordKey::ModelId => self.model_id = walker.text()?,
                RecordKey::RequestId => self.request_id = walker.text()?,
                RecordKey::Identity => self.principal = principal(walker, identity)?,
                RecordKey::RequestMetadata => self.metadata = metadata(walker, options)?,
                RecordKey::ErrorCode => self.failed = is_error(walker)?,
                RecordKey::ServiceTier => self.service_tier = service_tier(walker)?,
                RecordKey::PerformanceConfig => {
                    self.latency_optimized = latency_optimized(walker)?;
                }
                RecordKey::Input => self.input.read(walker, input)?,
                RecordKey::Output => self.output.read(walker, output, body)?,
            }
            Ok(())
        })
    }

    /// The record as sinks take it, or why it is none.
    pub fn usage(&self) -> Result<UsageRecord<'_>, RecordProblem> {
        self.usage_in(&mut Hour::default())
    }

    /// The same, faster where the time is in the `hour` of the record before.
    #[inline]
    pub(crate) fn usage_in(&self, hour: &mut Hour) -> Result<UsageRecord<'_>, RecordProblem> {
        let timestamp = present(&self.timestamp);
        let (account_id, region) = (present(&self.account_id), present(&self.region));
        let (timestamp, model_id, account_id, region) =
            match (timestamp, present(&self.model_id), account_id, region) {
                (Some(timestamp), Some(model), Some(account), Some(region)) => {
                    (timestamp, model, account, region)
                }
                (Some(_), Some(_), None, Some(_)) => {
                    return Err(RecordProblem::Missing("accountId"));
                }
                (Some(_), Some(_), Some(_), None) => return Err(RecordProblem::Missing("region")),
                (None, Some(_), Some(_), Some(_)) => {
                    return Err(RecordProblem::Missing("timestamp"));
                }
                (Some(_), None, Some(_), Some(_)) => return Err(RecordProblem::Missing("modelId")),
                _ => return Err(RecordProblem::NotALogRecord),
            };
        let timestamp = hour
            .unix_seconds(timestamp)
            .ok_or(RecordProblem::Timestamp)?;
        let body = &self.output.body;
        let input = own(self.input.tokens, "inputTokenCount")?;
        let output = own(self.output.tokens, "outputTokenCount")?;
        let cache_read = own(self.input.cache_read, "cacheReadInputTokenCount")?;
        let cache_write = own(self.input.cache_write, "cacheWriteInputTokenCount")?;
        // Cached tokens that stand inside the record's own input count must not count twice.
        let counts = &body.counts;
        let counted_apart = !counts.cached_in_prompt || input.is_none() || input == counts.input;
        let body_cache_read = counts.cache_read.filter(|_| counted_apart);
        let total = cache_write
            .or(counts.cache_write)
            .or(body.metrics.cache_write);
        let latency = self.latency_optimized || body.latency_optimized;
        let service_tier = match self.service_tier.or(body.service_tier) {
            Some(tier) => tier,
            None if latency => ServiceTier::LatencyOptimized,
            None => ServiceTier::Standard,
        };
        Ok(UsageRecord {
            timestamp,
            account_id,
            region,
            request_id: present(&self.request_id),
            model_id,
            principal: present(&self.principal),
            metadata: self.metadata.iter().map(|(k, v)| (*k, &**v)).collect(),
            service_tier,
            failed: self.failed,
            input_tokens: input.or(counts.input).or(body.metrics.input),
            output_tokens: output.or(counts.output).or(body.metrics.output),
            cache_read_tokens: cache_read.or(body_cache_read).or(body.metrics.cache_read),
            cache_writes: cache_writes(total, body),
            images: body.images,
        })
    }
}

/// A text that says something.
#[inline]
fn present<'a>(text: &'a Option<Cow<'_, str>>) -> Option<&'a str> {
    text.as_deref().filter(|text| !text.is_empty())
}

#[derive(Debug, Default)]
struct Input {
    tokens: Count,
    cache_read: Count,
    cache_write: Count,
}

#[derive(Debug, Default)]
struct Output {
    tokens: Count,
    body: BodyUsage,
}

/// Regions are lower case in every table; a copy may have changed that.
fn lower_case(region: &mut Option<Cow<'_, str>>) {
    if let Some(text) = region
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
    {
        *region = Some(Cow::Owned(text.to_ascii_lowercase()));
    }
}

/// The record's own counter; one that is damaged makes the record unreadable.
fn own(count: Count, field: &'static str) -> Result<Option<u64>, RecordProblem> {
    match count {
        Count::Absent => Ok(None),
        Count::Known(count) => Ok(Some(count)),
        Count::Implausible => Err(RecordProblem::Count(field)),
    }
}

fn cache_writes(total: Option<u64>, body: &BodyUsage) -> CacheWrites {
    let unknown = |total| CacheWrites {
        unknown: total,
        ..CacheWrites::default()
    };
    let Some(split) = body.counts.split else {
        return unknown(total);
    };
    let sum = [split.five_minutes, split.one_hour, split.other]
        .into_iter()
        .fold(0, u64::saturating_add);
    // Sums of the body can be damaged even where their parts are not.
    let sum = Some(sum).filter(|sum| *sum <= u64::from(u32::MAX));
    match total.or(sum) {
        // Nothing was written: for how long is no question.
        Some(total) if total > 0 && Some(total) == sum && split.other == 0 => CacheWrites {
            five_minutes: Some(split.five_minutes),
            one_hour: Some(split.one_hour),
            unknown: None,
        },
        total => unknown(total),
    }
}

impl Input {
    #[inline]
    fn read(
        &mut self,
        walker: &mut Walker<'_>,
        order: &mut KeyOrder<InputKey>,
    ) -> Result<(), Stop> {
        // Of a repeated key the last counts, with all it leaves out.
        *self = Self::default();
        if walker.peek()? != b'{' {
            return walker.skip();
        }
        walker.known_object(order, |walker, key| {
            match key {
                InputKey::Other => walker.skip()?,
                InputKey::Tokens => self.tokens = walker.count()?,
                InputKey::CacheRead => self.cache_read = walker.count()?,
                InputKey::CacheWrite => self.cache_write = walker.count()?,
            }
            Ok(())
        })
    }
}

impl Output {
    #[inline]
    fn read(
        &mut self,
        walker: &mut Walker<'_>,
        order: &mut KeyOrder<OutputKey>,
        body: &mut BodyKeys,
    ) -> Result<(), Stop> {
        // Of a repeated key the last counts, with all it leaves out.
        *self = Self::default();
        if walker.peek()? != b'{' {
            return walker.skip();
        }
        walker.known_object(order, |walker, key| {
            match key {
                OutputKey::Other => walker.skip()?,
                OutputKey::Tokens => self.tokens = walker.count()?,
                OutputKey::Body => self.body.read(walker, body)?,
            }
            Ok(())
        })
    }
}

#[inline]
fn principal<'a>(
    walker: &mut Walker<'a>,
    order: &mut KeyOrder<IdentityKey>,
) -> Result<Option<Cow<'a, str>>, Stop> {
    let mut arn = None;
    if walker.peek()? != b'{' {
        walker.skip()?;
        return Ok(None);
    }
    walker.known_object(order, |walker, key| {
        match key {
            IdentityKey::Arn => arn = walker.text()?,
            IdentityKey::Other => walker.skip()?,
        }
        Ok(())
    })?;
    Ok(arn)
}

type Pairs<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// The kept pairs, sorted by key.
fn metadata<'a>(walker: &mut Walker<'a>, options: &'a RecordOptions) -> Result<Pairs<'a>, Stop> {
    let mut pairs: Pairs<'a> = Vec::new();
    if walker.peek()? != b'{' {
        walker.skip()?;
        return Ok(pairs);
    }
    walker.object(|walker, key| {
        let kept = options
            .metadata_keys
            .binary_search_by(|kept| kept.as_bytes().cmp(key));
        let Ok(kept) = kept else {
            return walker.skip();
        };
        let key = options.metadata_keys[kept].as_str();
        pairs.retain(|(seen, _)| *seen != key);
        if let Some(value) = walker.text()? {
            pairs.push((key, value));
        }
        Ok(())
    })?;
    pairs.sort_unstable();
    Ok(pairs)
}

/// Any error code but `null` and the empty text.
fn is_error(walker: &mut Walker<'_>) -> Result<bool, Stop> {
    match walker.peek()? {
        b'n' => walker.skip().map(|()| false),
        b'"' => Ok(walker.text()?.is_some_and(|code| !code.is_empty())),
        _ => walker.skip().map(|()| true),
    }
}
