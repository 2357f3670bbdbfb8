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

use smallvec::SmallVec;

use super::body_usage::{BodyKeys, BodyUsage};
use super::json_count::{Count, short_number};
use super::json_walker::{Stop, Walker};
pub use super::record_keys::RecordOptions;
use super::record_keys::{
    CountField, IGNORED, Meaning, OfIdentity, OfInput, OfOutput, OfRecord, RecordKey, RecordMemory,
    Slot, TextField, metadata_key,
};
use super::record_plan::{START, Trace};
pub use super::record_problem::RecordProblem;
#[cfg(target_arch = "x86_64")]
use super::string_scan::Avx2;
use super::string_scan::{Plain, Scan, has_capitals, plain_text};
use super::tier::{NamedTier, latency_optimized, service_tier};
use super::timestamp::Hour;
use crate::domain::{CacheWrites, ServiceTier, UsageRecord};

/// A record longer than this is not read. A line of many records may be longer.
pub(crate) const LONGEST_RECORD: usize = 32 << 20;

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
    /// By [`TextField`]; those that stand in the bytes as they are. The last means nothing.
    texts: [Option<&'a str>; IGNORED as usize + 1],
    /// The others, which are rare.
    decoded: Option<Box<[Option<String>; 6]>>,
    /// By [`CountField`].
    counts: [Count; 4],
    /// The kept pairs, sorted by key.
    metadata: SmallVec<[(&'a str, Cow<'a, str>); 4]>,
    failed: bool,
    service_tier: NamedTier,
    latency_optimized: bool,
    body: Option<BodyUsage>,
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
        #[cfg(target_arch = "x86_64")]
        let end = match memory.avx2 {
            // SAFETY: `avx2` shows that the processor has what the function needs.
            Some(avx2) => unsafe { self.follow_avx2(avx2, bytes, options, memory) },
            None => self.follow(Plain, bytes, options, memory),
        };
        #[cfg(not(target_arch = "x86_64"))]
        let end = self.follow(Plain, bytes, options, memory);
        if end.is_none() {
            *self = Self::default();
        }
        end
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    fn follow_avx2(
        &mut self,
        avx2: Avx2,
        bytes: &'a [u8],
        options: &'a RecordOptions,
        memory: &mut RecordMemory,
    ) -> Option<usize> {
        self.follow(avx2, bytes, options, memory)
    }

    #[inline(always)]
    fn follow(
        &mut self,
        scan: impl Scan,
        bytes: &'a [u8],
        options: &'a RecordOptions,
        memory: &mut RecordMemory,
    ) -> Option<usize> {
        let (mut at, mut last) = (0, START);
        loop {
            let found = memory.plan.step(scan, last, bytes.get(at..)?)?;
            at += found.length;
            last = found.step;
            let rest = bytes.get(at..)?;
            if found.quoted
                && let Slot::Text(_) | Slot::Other | Slot::Kept(_) = found.slot
                && let Some(text) = plain_text(scan, rest)
            {
                match found.slot {
                    Slot::Text(field) => self.texts[field as usize] = Some(text),
                    Slot::Kept(key) => self.keep(key, Some(Cow::Borrowed(text)), options),
                    _ => {}
                }
                at += text.len() + 1;
                continue;
            }
            match found.slot {
                Slot::Count(field)
                    if !found.quoted
                        && let Some((count, digits)) = short_number(rest) =>
                {
                    self.counts[field as usize] = Count::Known(count);
                    at += digits;
                }
                Slot::End => break,
                slot => {
                    let start = at - usize::from(found.quoted);
                    let mut walker = Walker::in_line(bytes, start);
                    self.fill(slot, &mut walker, options, &mut memory.body)
                        .ok()?;
                    at = walker.position();
                }
            }
        }
        self.lower_case_region();
        (at <= LONGEST_RECORD).then_some(at)
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
        memory.trace.begin();
        match self.walk(&mut walker, options, memory) {
            Ok(()) => {
                memory.plan.learn(walker.passed(), &mut memory.trace);
                self.lower_case_region();
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
        let RecordMemory {
            trace, body, keys, ..
        } = memory;
        let mut walked = Vec::new();
        walker.known_object(&mut keys.record, |walker, OfRecord(meaning)| {
            if self.plain(meaning, walker, trace) {
                return Ok(());
            }
            let key = meaning.key;
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
            let mut within = |walker: &mut Walker<'a>, meaning: Meaning| match meaning.key {
                _ if self.plain(meaning, walker, trace) => Ok(()),
                RecordKey::Value(slot) => self.fill_traced(slot, walker, options, body, trace),
                _ => walker.skip(),
            };
            match key {
                RecordKey::Identity => walker
                    .known_object(&mut keys.identity, |walker, OfIdentity(it)| {
                        within(walker, it)
                    }),
                RecordKey::Input => {
                    walker.known_object(&mut keys.input, |walker, OfInput(it)| within(walker, it))
                }
                RecordKey::Output => {
                    walker.known_object(&mut keys.output, |walker, OfOutput(it)| within(walker, it))
                }
                _ => walker.object(|walker, name| {
                    within(walker, metadata_key(name, options.metadata_keys()).into())
                }),
            }
        })
    }

    /// Steps over a value if it is a plain text, whatever it means: most are, and keys in no
    /// order are fast where few questions are asked.
    #[inline(always)]
    fn plain(&mut self, meaning: Meaning, walker: &mut Walker<'a>, trace: &mut Trace) -> bool {
        let start = walker.position();
        if let Some(place) = self.texts.get_mut(usize::from(meaning.place))
            && self.decoded.is_none()
            && let Some(text) = walker.plain_text()
        {
            *place = Some(text);
            if trace.is_on()
                && let RecordKey::Value(slot) = meaning.key
            {
                trace.add(start..walker.position(), slot);
            }
            return true;
        }
        false
    }

    fn reset(&mut self, key: RecordKey) {
        let (texts, counts): (&[TextField], &[CountField]) = match key {
            RecordKey::Identity => (&[TextField::Principal], &[]),
            RecordKey::Input => {
                use CountField::{CacheRead, CacheWrite, Input};
                (&[], &[Input, CacheRead, CacheWrite])
            }
            RecordKey::Output => {
                self.body = None;
                (&[], &[CountField::Output])
            }
            RecordKey::RequestMetadata => {
                self.metadata.clear();
                (&[], &[])
            }
            RecordKey::Value(_) | RecordKey::Constant => (&[], &[]),
        };
        for field in texts {
            self.set_text(*field, None);
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
    fn fill(
        &mut self,
        slot: Slot,
        walker: &mut Walker<'a>,
        options: &'a RecordOptions,
        body: &mut BodyKeys,
    ) -> Result<(), Stop> {
        match slot {
            Slot::Text(field) => self.set_text(field, walker.text()?),
            Slot::Count(field) => self.counts[field as usize] = walker.count()?,
            Slot::Other => walker.skip()?,
            Slot::OutputBody => self.body.get_or_insert_default().read(walker, body)?,
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
        let Some(key) = options.metadata_keys().get(usize::from(key)) else {
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

    fn set_text(&mut self, field: TextField, text: Option<Cow<'a, str>>) {
        let field = field as usize;
        let (plain, decoded) = match text {
            Some(Cow::Borrowed(text)) => (Some(text), None),
            Some(Cow::Owned(text)) => (None, Some(text)),
            None => (None, None),
        };
        self.texts[field] = plain;
        if decoded.is_some() || self.decoded.is_some() {
            self.decoded.get_or_insert_default()[field] = decoded;
        }
    }

    /// A text that says something.
    #[inline]
    fn present(&self, field: TextField) -> Option<&str> {
        let text = match (self.texts[field as usize], &self.decoded) {
            (Some(text), _) => Some(text),
            (None, Some(decoded)) => decoded[field as usize].as_deref(),
            (None, None) => None,
        };
        text.filter(|text| !text.is_empty())
    }

    /// Regions are lower case in every table; a copy may have changed that.
    fn lower_case_region(&mut self) {
        if let Some(region) = self.present(TextField::Region)
            && has_capitals(region.as_bytes())
        {
            let region = region.to_ascii_lowercase();
            self.set_text(TextField::Region, Some(Cow::Owned(region)));
        }
    }

    fn own(&self, field: CountField, name: &'static str) -> Result<Option<u64>, RecordProblem> {
        own(self.counts[field as usize], name)
    }

    /// The record as sinks take it, or why it is none.
    pub fn usage(&self) -> Result<UsageRecord<'_>, RecordProblem> {
        self.usage_in(&mut Hour::default())
    }

    /// The same, faster where the time is in the `hour` of the record before.
    #[inline(always)]
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
        let mut usage = UsageRecord {
            timestamp,
            account_id,
            region,
            request_id: self.present(TextField::RequestId),
            model_id,
            principal: self.present(TextField::Principal),
            metadata: &self.metadata,
            service_tier: ServiceTier::Standard,
            unknown_tier: false,
            failed: self.failed,
            input_tokens: self.own(CountField::Input, "inputTokenCount")?,
            output_tokens: self.own(CountField::Output, "outputTokenCount")?,
            cache_read_tokens: self.own(CountField::CacheRead, "cacheReadInputTokenCount")?,
            cache_writes: CacheWrites {
                unknown: self.own(CountField::CacheWrite, "cacheWriteInputTokenCount")?,
                ..CacheWrites::default()
            },
            images: None,
        };
        let (mut named, mut latency) = (self.service_tier, self.latency_optimized);
        if let Some(body) = &self.body {
            body.fill_in(&mut usage);
            named = named.or(body.service_tier);
            latency |= body.latency_optimized;
        }
        usage.unknown_tier = named == NamedTier::Unknown;
        usage.service_tier = match named {
            NamedTier::Known(tier) => tier,
            _ if latency => ServiceTier::LatencyOptimized,
            _ => ServiceTier::Standard,
        };
        Ok(usage)
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

/// Any error code but `null` and the empty text.
fn is_error(walker: &mut Walker<'_>) -> Result<bool, Stop> {
    match walker.peek()? {
        b'n' => walker.skip().map(|()| false),
        b'"' => Ok(walker.text()?.is_some_and(|code| !code.is_empty())),
        _ => walker.skip().map(|()| true),
    }
}
