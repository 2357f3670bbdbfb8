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
//! (`performanceConfig.latency`) is a service tier of its own, unless `serviceTier` names one. A
//! tier that eolcast does not know counts as standard, and the record says so.
//!
//! Sample: `{"timestamp":"2026-10-01T00:00:00Z","accountId":"111122223333","region":"us-east-1",
//! "modelId":"amazon.nova-lite-v1:0","input":{"inputTokenCount":5},"output":{"outputTokenCount":2}}`.

use std::borrow::Cow;
use std::fmt;

use smallvec::SmallVec;

use super::body_usage::{BodyKeys, BodyUsage};
use super::json_count::Count;
use super::json_walker::{Stop, Walker};
use super::record_keys::{
    CountField, RecordKey, RecordMemory, Slot, TextField, identity_key, input_key, metadata_key,
    output_key, record_key,
};
use super::record_plan::{START, Trace};
use super::tier::{NamedTier, latency_optimized, service_tier};
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
    /// By [`TextField`].
    texts: [Option<Cow<'a, str>>; 6],
    /// By [`CountField`].
    counts: [Count; 4],
    /// The kept pairs, sorted by key.
    metadata: SmallVec<[(&'a str, Cow<'a, str>); 4]>,
    failed: bool,
    service_tier: NamedTier,
    latency_optimized: bool,
    body: BodyUsage,
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
    pub(crate) fn read(
        &mut self,
        bytes: &'a [u8],
        options: &'a RecordOptions,
        memory: &mut RecordMemory,
    ) -> Result<usize, RecordProblem> {
        match self.read_known(bytes, options, memory) {
            Some(end) => Ok(end),
            None => self.read_any(bytes, options, memory),
        }
    }

    /// Reads a record whose shape is known and which ends in its line, into an empty record;
    /// the position just after it. Otherwise `None`, and the record is empty again: it may be
    /// as good as any.
    #[inline]
    pub(crate) fn read_known(
        &mut self,
        bytes: &'a [u8],
        options: &'a RecordOptions,
        memory: &mut RecordMemory,
    ) -> Option<usize> {
        let end = self.follow(bytes, options, memory);
        if end.is_none() {
            *self = Self::default();
        }
        end
    }

    #[inline(always)]
    fn follow(
        &mut self,
        bytes: &'a [u8],
        options: &'a RecordOptions,
        memory: &mut RecordMemory,
    ) -> Option<usize> {
        let mut walker = Walker::in_line(bytes);
        let mut last = START;
        loop {
            let (step, length, slot) = memory.plan.step(last, walker.rest())?;
            walker.pass(length);
            last = step;
            match slot {
                Slot::Text(field) if let Some(text) = walker.plain_text() => {
                    self.texts[field as usize] = Some(Cow::Borrowed(text));
                }
                Slot::Count(field) if let Some(count) = walker.plain_count() => {
                    self.counts[field as usize] = Count::Known(count);
                }
                Slot::Other if walker.plain_text().is_some() => {}
                Slot::Kept(key) if let Some(text) = walker.plain_text() => {
                    self.keep(key, Some(Cow::Borrowed(text)), options);
                }
                Slot::End => break,
                _ => self
                    .fill(slot, &mut walker, options, &mut memory.body)
                    .ok()?,
            }
        }
        lower_case(self.text_mut(TextField::Region));
        let end = walker.position();
        (end <= LONGEST_RECORD).then_some(end)
    }

    /// Reads a record by a walk over all its keys, into an empty record; the position just
    /// after it.
    #[inline(never)]
    pub(crate) fn read_any(
        &mut self,
        bytes: &'a [u8],
        options: &'a RecordOptions,
        memory: &mut RecordMemory,
    ) -> Result<usize, RecordProblem> {
        let mut walker = Walker::new(bytes);
        memory.trace.clear();
        match self.walk(&mut walker, options, memory) {
            Ok(()) => {
                memory.plan.learn(walker.passed(), &memory.trace);
                lower_case(self.text_mut(TextField::Region));
                Ok(walker.position())
            }
            Err(Stop::CutOff) => Err(RecordProblem::CutOff),
            Err(Stop::Invalid) => Err(RecordProblem::NotJson),
        }
    }

    fn walk(
        &mut self,
        walker: &mut Walker<'a>,
        options: &'a RecordOptions,
        memory: &mut RecordMemory,
    ) -> Result<(), Stop> {
        let RecordMemory { trace, body, .. } = memory;
        let mut walked = Vec::new();
        walker.object(|walker, key| {
            let key = record_key(key);
            let key_of = |name: &[u8]| match key {
                RecordKey::Identity => identity_key(name),
                RecordKey::Input => input_key(name),
                RecordKey::Output => output_key(name),
                RecordKey::RequestMetadata => metadata_key(name, options.metadata_keys()),
                RecordKey::Value(_) | RecordKey::Constant => key,
            };
            match key {
                RecordKey::Value(slot) => {
                    return self.fill_traced(slot, walker, options, body, trace);
                }
                RecordKey::Constant => return walker.skip(),
                _ => {}
            }
            // Of a repeated key the last counts, with all it leaves out.
            self.reset(key);
            if walked.contains(&key) || walker.peek()? != b'{' {
                trace.is_unusual();
            }
            walked.push(key);
            if walker.peek()? != b'{' {
                return walker.skip();
            }
            walker.object(|walker, key| match key_of(key) {
                RecordKey::Value(slot) => self.fill_traced(slot, walker, options, body, trace),
                _ => walker.skip(),
            })
        })
    }

    fn reset(&mut self, key: RecordKey) {
        let (texts, counts): (&[TextField], &[CountField]) = match key {
            RecordKey::Identity => (&[TextField::Principal], &[]),
            RecordKey::Input => {
                use CountField::{CacheRead, CacheWrite, Input};
                (&[], &[Input, CacheRead, CacheWrite])
            }
            RecordKey::Output => {
                self.body = BodyUsage::default();
                (&[], &[CountField::Output])
            }
            RecordKey::RequestMetadata => {
                self.metadata.clear();
                (&[], &[])
            }
            RecordKey::Value(_) | RecordKey::Constant => (&[], &[]),
        };
        for field in texts {
            *self.text_mut(*field) = None;
        }
        for field in counts {
            self.counts[*field as usize] = Count::Absent;
        }
    }

    /// Reads a value and remembers where it stood.
    fn fill_traced(
        &mut self,
        slot: Slot,
        walker: &mut Walker<'a>,
        options: &'a RecordOptions,
        body: &mut BodyKeys,
        trace: &mut Trace,
    ) -> Result<(), Stop> {
        walker.peek()?;
        let start = walker.position();
        self.fill(slot, walker, options, body)?;
        trace.add(start..walker.position(), slot);
        Ok(())
    }

    /// Reads the value of a key.
    #[inline(always)]
    fn fill(
        &mut self,
        slot: Slot,
        walker: &mut Walker<'a>,
        options: &'a RecordOptions,
        body: &mut BodyKeys,
    ) -> Result<(), Stop> {
        match slot {
            Slot::Text(field) => self.texts[field as usize] = walker.text()?,
            Slot::Count(field) => self.counts[field as usize] = walker.count()?,
            Slot::Other => walker.skip()?,
            Slot::OutputBody => self.body.read(walker, body)?,
            Slot::Kept(key) => self.keep(key, walker.text()?, options),
            Slot::ErrorCode => self.failed = is_error(walker)?,
            Slot::ServiceTier => self.service_tier = service_tier(walker)?,
            Slot::PerformanceConfig => self.latency_optimized = latency_optimized(walker)?,
            Slot::End => {}
        }
        Ok(())
    }

    /// Keeps the value of a request-metadata key in place of an earlier one; none if it is no
    /// text.
    fn keep(&mut self, key: u16, value: Option<Cow<'a, str>>, options: &'a RecordOptions) {
        let Some(key) = options.metadata_keys.get(usize::from(key)) else {
            return;
        };
        let pairs = &mut self.metadata;
        let place = pairs.iter().position(|(known, _)| *known >= &**key);
        let place = place.unwrap_or(pairs.len());
        if pairs.get(place).is_some_and(|(known, _)| known == key) {
            pairs.remove(place);
        }
        if let Some(value) = value {
            pairs.insert(place, (key, value));
        }
    }

    #[inline]
    fn text_mut(&mut self, field: TextField) -> &mut Option<Cow<'a, str>> {
        &mut self.texts[field as usize]
    }

    /// A text that says something.
    #[inline]
    fn present(&self, field: TextField) -> Option<&str> {
        let text = self.texts[field as usize].as_deref();
        text.filter(|text| !text.is_empty())
    }

    fn own(&self, field: CountField, name: &'static str) -> Result<Option<u64>, RecordProblem> {
        own(self.counts[field as usize], name)
    }

    /// The record as sinks take it, or why it is none.
    pub fn usage(&self) -> Result<UsageRecord<'_>, RecordProblem> {
        self.usage_in(&mut Hour::default())
    }

    /// The same, faster where the time is in the `hour` of the record before.
    #[inline]
    pub(crate) fn usage_in(&self, hour: &mut Hour) -> Result<UsageRecord<'_>, RecordProblem> {
        let timestamp = self.present(TextField::Timestamp);
        let model_id = self.present(TextField::ModelId);
        let account_id = self.present(TextField::AccountId);
        let (timestamp, model_id, account_id, region) = match (
            timestamp,
            model_id,
            account_id,
            self.present(TextField::Region),
        ) {
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
        let body = &self.body;
        let input = self.own(CountField::Input, "inputTokenCount")?;
        let output = self.own(CountField::Output, "outputTokenCount")?;
        let cache_read = self.own(CountField::CacheRead, "cacheReadInputTokenCount")?;
        let cache_write = self.own(CountField::CacheWrite, "cacheWriteInputTokenCount")?;
        // Cached tokens that stand inside the record's own input count must not count twice.
        let counts = &body.counts;
        let counted_apart = !counts.cached_in_prompt || input.is_none() || input == counts.input;
        let body_cache_read = counts.cache_read.filter(|_| counted_apart);
        let total = cache_write
            .or(counts.cache_write)
            .or(body.metrics.cache_write);
        let latency = self.latency_optimized || body.latency_optimized;
        let named = self.service_tier.or(body.service_tier);
        let service_tier = match named {
            NamedTier::Known(tier) => tier,
            _ if latency => ServiceTier::LatencyOptimized,
            _ => ServiceTier::Standard,
        };
        Ok(UsageRecord {
            timestamp,
            account_id,
            region,
            request_id: self.present(TextField::RequestId),
            model_id,
            principal: self.present(TextField::Principal),
            metadata: &self.metadata,
            service_tier,
            unknown_tier: named == NamedTier::Unknown,
            failed: self.failed,
            input_tokens: input.or(counts.input).or(body.metrics.input),
            output_tokens: output.or(counts.output).or(body.metrics.output),
            cache_read_tokens: cache_read.or(body_cache_read).or(body.metrics.cache_read),
            cache_writes: cache_writes(total, body),
            images: body.images,
        })
    }
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

/// Any error code but `null` and the empty text.
fn is_error(walker: &mut Walker<'_>) -> Result<bool, Stop> {
    match walker.peek()? {
        b'n' => walker.skip().map(|()| false),
        b'"' => Ok(walker.text()?.is_some_and(|code| !code.is_empty())),
        _ => walker.skip().map(|()| true),
    }
}
