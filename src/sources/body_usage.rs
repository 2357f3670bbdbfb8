//! What an output body says about usage: token counts, the split of cache writes, the
//! service tier. May import `domain` and its siblings.
//!
//! The form of the body decides, not the operation. One pass over the top level of the body
//! (over each element, where the body is the array of a response stream); text, vectors and
//! images are stepped over. Forms that are read:
//!
//! - Converse and Nova `usage.inputTokens ...`, `cacheDetails[].ttl`, `serviceTier.type`;
//! - Anthropic `usage.input_tokens ...`, `cache_creation.ephemeral_5m_input_tokens`;
//! - OpenAI chat `usage.prompt_tokens ...`. Its prompt count holds the cached tokens, so the
//!   input outside the cache is `prompt_tokens - cached_tokens`;
//! - response streams: `message.usage` and `metadata.usage`, then `usage` of later elements,
//!   a later count replacing an earlier one;
//! - Titan `inputTextTokenCount`, `results[].tokenCount`, `totalOutputTextTokenCount`; Llama
//!   `prompt_token_count`, `generation_token_count`;
//! - `amazon-bedrock-invocationMetrics`, where nothing better is known.
//!
//! A body is what a model wrote: a count in it that is no plausible count is unknown.
//! Of a key that appears twice in an object the last counts.
//!
//! Sample: `{"usage":{"input_tokens":7,"output_tokens":2}}` is 7 in, 2 out.

use super::json_walker::{Stop, Walker};
use super::key_order::{Key, KeyOrder};
use super::tier::{NamedTier, latency_optimized, service_tier};
use crate::domain::{CacheWrites, UsageRecord};

/// Cache writes by how long they live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct WriteSplit {
    pub(crate) five_minutes: u64,
    pub(crate) one_hour: u64,
    /// Written for a time that is neither.
    pub(crate) other: u64,
}

/// Counts of one `usage` object, or of several laid over each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct UsageCounts {
    pub(crate) input: Option<u64>,
    pub(crate) output: Option<u64>,
    pub(crate) cache_read: Option<u64>,
    pub(crate) cache_write: Option<u64>,
    pub(crate) split: Option<WriteSplit>,
    /// Whether `cache_read` was taken out of a prompt count that held it.
    pub(crate) cached_in_prompt: bool,
}

impl UsageCounts {
    /// Lays later counts over these.
    fn overlay(&mut self, later: &Self) {
        if later.cached_in_prompt {
            self.cached_in_prompt = true;
        }
        self.input = later.input.or(self.input);
        self.output = later.output.or(self.output);
        self.cache_read = later.cache_read.or(self.cache_read);
        self.cache_write = later.cache_write.or(self.cache_write);
        self.split = later.split.or(self.split);
    }
}

/// What a body says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct BodyUsage {
    pub(crate) counts: UsageCounts,
    /// `amazon-bedrock-invocationMetrics`: used where `counts` knows nothing.
    pub(crate) metrics: UsageCounts,
    pub(crate) service_tier: NamedTier,
    pub(crate) latency_optimized: bool,
    pub(crate) images: Option<u64>,
}

impl BodyUsage {
    /// Fills in what the record itself does not count.
    pub(crate) fn fill_in(&self, usage: &mut UsageRecord<'_>) {
        let (counts, metrics) = (&self.counts, &self.metrics);
        let input = usage.input_tokens;
        // Cached tokens that stand inside the record's own input count must not count twice.
        let counted_apart = !counts.cached_in_prompt || input.is_none() || input == counts.input;
        let cache_read = counts.cache_read.filter(|_| counted_apart);
        let cache_write = usage.cache_writes.unknown.or(counts.cache_write);
        usage.input_tokens = input.or(counts.input).or(metrics.input);
        usage.output_tokens = usage.output_tokens.or(counts.output).or(metrics.output);
        usage.cache_read_tokens = usage
            .cache_read_tokens
            .or(cache_read)
            .or(metrics.cache_read);
        usage.cache_writes = self.cache_writes(cache_write.or(metrics.cache_write));
        usage.images = self.images;
    }

    /// Cache writes of this total, split if the body's split adds up to it.
    fn cache_writes(&self, total: Option<u64>) -> CacheWrites {
        let unknown = |total| CacheWrites {
            unknown: total,
            ..CacheWrites::default()
        };
        let Some(split) = self.counts.split else {
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

    /// Walks a body, standing on its first byte, and fills in what it says.
    pub(crate) fn read(
        &mut self,
        walker: &mut Walker<'_>,
        keys: &mut BodyKeys,
    ) -> Result<(), Stop> {
        *self = Self::default();
        match walker.peek()? {
            b'{' => self.read_part(walker, keys),
            b'[' => walker.array(|walker| match walker.peek()? {
                b'{' => self.read_part(walker, keys),
                _ => walker.skip(),
            }),
            _ => walker.skip(),
        }
    }

    fn read_part(&mut self, walker: &mut Walker<'_>, keys: &mut BodyKeys) -> Result<(), Stop> {
        let mut part = Part::default();
        part.read(walker, keys)?;
        part.lay_over(self);
        Ok(())
    }
}

/// The keys of bodies as they were seen, in what order.
#[derive(Debug)]
pub(crate) struct BodyKeys {
    part: KeyOrder<PartKey>,
    usage: KeyOrder<UsageKey>,
}

impl BodyKeys {
    pub(crate) fn new() -> Self {
        Self {
            part: KeyOrder::new(),
            usage: KeyOrder::new(),
        }
    }
}

/// Keys of a body's top level.
#[derive(Debug, Clone, Copy)]
enum PartKey {
    Other,
    Usage,
    Message,
    Metadata,
    Metrics,
    TitanInput,
    LlamaInput,
    TitanOutput,
    LlamaOutput,
    Results,
    Images,
    ServiceTier,
    PerformanceConfig,
}

impl Key for PartKey {
    fn named(name: &[u8]) -> Self {
        match name {
            b"usage" => Self::Usage,
            b"message" => Self::Message,
            b"metadata" => Self::Metadata,
            b"amazon-bedrock-invocationMetrics" => Self::Metrics,
            b"inputTextTokenCount" => Self::TitanInput,
            b"prompt_token_count" => Self::LlamaInput,
            b"totalOutputTextTokenCount" => Self::TitanOutput,
            b"generation_token_count" => Self::LlamaOutput,
            b"results" => Self::Results,
            b"images" => Self::Images,
            b"serviceTier" => Self::ServiceTier,
            b"performanceConfig" => Self::PerformanceConfig,
            _ => Self::Other,
        }
    }
}

/// Keys of `usage`; the numbers are the places of a count's spellings.
#[derive(Debug, Clone, Copy)]
enum UsageKey {
    Other,
    Input(usize),
    Output(usize),
    CacheRead(usize),
    CacheWrite(usize),
    Cached(usize),
    CacheDetails,
    CacheCreation,
}

impl Key for UsageKey {
    fn named(name: &[u8]) -> Self {
        match name {
            b"inputTokens" => Self::Input(0),
            b"input_tokens" => Self::Input(1),
            b"prompt_tokens" => Self::Input(2),
            b"outputTokens" => Self::Output(0),
            b"output_tokens" => Self::Output(1),
            b"completion_tokens" => Self::Output(2),
            b"cacheReadInputTokens" => Self::CacheRead(0),
            b"cacheReadInputTokenCount" => Self::CacheRead(1),
            b"cache_read_input_tokens" => Self::CacheRead(2),
            b"cacheWriteInputTokens" => Self::CacheWrite(0),
            b"cacheWriteInputTokenCount" => Self::CacheWrite(1),
            b"cache_creation_input_tokens" => Self::CacheWrite(2),
            b"prompt_tokens_details" => Self::Cached(0),
            b"input_tokens_details" => Self::Cached(1),
            b"cacheDetails" => Self::CacheDetails,
            b"cache_creation" => Self::CacheCreation,
            _ => Self::Other,
        }
    }
}

/// One object: the body itself, or an element of a response stream.
#[derive(Debug, Default)]
struct Part {
    message: Option<UsageCounts>,
    metadata: Option<UsageCounts>,
    usage: Option<UsageCounts>,
    metrics: Option<UsageCounts>,
    plain_input: [Option<u64>; 2],
    plain_output: [Option<u64>; 2],
    results: Option<u64>,
    service_tier: NamedTier,
    latency_optimized: bool,
    images: Option<u64>,
}

impl Part {
    fn read(&mut self, walker: &mut Walker<'_>, keys: &mut BodyKeys) -> Result<(), Stop> {
        let BodyKeys {
            part: order,
            usage: usages,
        } = keys;
        walker.known_object(order, |walker, key| {
            match key {
                PartKey::Other => walker.skip()?,
                PartKey::Usage => self.usage = usage(walker, usages)?,
                PartKey::Message => self.message = usage_inside(walker, usages)?,
                PartKey::Metadata => self.metadata = usage_inside(walker, usages)?,
                PartKey::Metrics => self.metrics = metrics(walker)?,
                PartKey::TitanInput => self.plain_input[0] = walker.count()?.known(),
                PartKey::LlamaInput => self.plain_input[1] = walker.count()?.known(),
                PartKey::TitanOutput => self.plain_output[0] = walker.count()?.known(),
                PartKey::LlamaOutput => self.plain_output[1] = walker.count()?.known(),
                PartKey::Results => self.results = results(walker)?,
                PartKey::Images => self.images = images(walker)?,
                PartKey::ServiceTier => self.service_tier = service_tier(walker)?,
                PartKey::PerformanceConfig => self.latency_optimized = latency_optimized(walker)?,
            }
            Ok(())
        })
    }

    fn lay_over(&self, body: &mut BodyUsage) {
        let [titan, llama] = self.plain_output;
        let plain = UsageCounts {
            input: self.plain_input[0].or(self.plain_input[1]),
            output: self.results.or(titan).or(llama),
            ..UsageCounts::default()
        };
        body.counts.overlay(&plain);
        for counts in [self.message, self.metadata, self.usage].iter().flatten() {
            body.counts.overlay(counts);
        }
        if let Some(metrics) = &self.metrics {
            body.metrics.overlay(metrics);
        }
        body.service_tier = self.service_tier.or(body.service_tier);
        body.latency_optimized |= self.latency_optimized;
        body.images = self.images.or(body.images);
    }
}

fn usage_inside(
    walker: &mut Walker<'_>,
    usages: &mut KeyOrder<UsageKey>,
) -> Result<Option<UsageCounts>, Stop> {
    let mut counts = None;
    if walker.peek()? != b'{' {
        walker.skip()?;
        return Ok(None);
    }
    walker.object(|walker, key| {
        match key {
            b"usage" => counts = usage(walker, usages)?,
            _ => walker.skip()?,
        }
        Ok(())
    })?;
    Ok(counts)
}

/// A `usage` object of any form; the spellings of a count rank Converse, Anthropic, OpenAI.
fn usage(
    walker: &mut Walker<'_>,
    order: &mut KeyOrder<UsageKey>,
) -> Result<Option<UsageCounts>, Stop> {
    if walker.peek()? != b'{' {
        walker.skip()?;
        return Ok(None);
    }
    let (mut input, mut output) = ([None; 3], [None; 3]);
    let (mut read, mut write) = ([None; 3], [None; 3]);
    let (mut cached, mut split) = ([None; 2], [None; 2]);
    walker.known_object(order, |walker, key| {
        match key {
            UsageKey::Other => walker.skip()?,
            UsageKey::Input(spelling) => input[spelling] = walker.count()?.known(),
            UsageKey::Output(spelling) => output[spelling] = walker.count()?.known(),
            UsageKey::CacheRead(spelling) => read[spelling] = walker.count()?.known(),
            UsageKey::CacheWrite(spelling) => write[spelling] = walker.count()?.known(),
            UsageKey::Cached(spelling) => cached[spelling] = cached_tokens(walker)?,
            UsageKey::CacheDetails => split[0] = cache_details(walker)?,
            UsageKey::CacheCreation => split[1] = cache_creation(walker)?,
        }
        Ok(())
    })?;
    let first = |spellings: [Option<u64>; 3]| spellings.into_iter().flatten().next();
    let mut counts = UsageCounts {
        input: first(input),
        output: first(output),
        cache_read: first(read),
        cache_write: first(write),
        split: split[0].or(split[1]),
        cached_in_prompt: false,
    };
    if let (None, Some(cached)) = (counts.cache_read, cached[0].or(cached[1])) {
        counts.cache_read = Some(cached);
        counts.cached_in_prompt = true;
        counts.input = counts.input.map(|prompt| prompt.saturating_sub(cached));
    }
    Ok(Some(counts))
}

fn cached_tokens(walker: &mut Walker<'_>) -> Result<Option<u64>, Stop> {
    let mut cached = None;
    if walker.peek()? != b'{' {
        walker.skip()?;
        return Ok(None);
    }
    walker.object(|walker, key| {
        match key {
            b"cached_tokens" => cached = walker.count()?.known(),
            _ => walker.skip()?,
        }
        Ok(())
    })?;
    Ok(cached)
}

/// Converse: `[{"ttl": "5m", "inputTokens": 100}, ...]`.
fn cache_details(walker: &mut Walker<'_>) -> Result<Option<WriteSplit>, Stop> {
    if walker.peek()? != b'[' {
        walker.skip()?;
        return Ok(None);
    }
    let mut split = WriteSplit::default();
    walker.array(|walker| {
        if walker.peek()? != b'{' {
            return walker.skip();
        }
        let (mut ttl, mut tokens) = (None, None);
        walker.object(|walker, key| {
            match key {
                b"ttl" => ttl = walker.text()?,
                b"inputTokens" => tokens = walker.count()?.known(),
                _ => walker.skip()?,
            }
            Ok(())
        })?;
        let sum = match ttl.as_deref() {
            Some("5m") => &mut split.five_minutes,
            Some("1h") => &mut split.one_hour,
            _ => &mut split.other,
        };
        *sum = sum.saturating_add(tokens.unwrap_or(0));
        Ok(())
    })?;
    Ok(Some(split))
}

/// Anthropic: `{"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 0}`.
fn cache_creation(walker: &mut Walker<'_>) -> Result<Option<WriteSplit>, Stop> {
    if walker.peek()? != b'{' {
        walker.skip()?;
        return Ok(None);
    }
    let (mut five_minutes, mut one_hour) = (None, None);
    walker.object(|walker, key| {
        match key {
            b"ephemeral_5m_input_tokens" => five_minutes = walker.count()?.known(),
            b"ephemeral_1h_input_tokens" => one_hour = walker.count()?.known(),
            _ => walker.skip()?,
        }
        Ok(())
    })?;
    let known = five_minutes.is_some() || one_hour.is_some();
    Ok(known.then(|| WriteSplit {
        five_minutes: five_minutes.unwrap_or(0),
        one_hour: one_hour.unwrap_or(0),
        other: 0,
    }))
}

fn metrics(walker: &mut Walker<'_>) -> Result<Option<UsageCounts>, Stop> {
    if walker.peek()? != b'{' {
        walker.skip()?;
        return Ok(None);
    }
    let mut counts = UsageCounts::default();
    walker.object(|walker, key| {
        match key {
            b"inputTokenCount" => counts.input = walker.count()?.known(),
            b"outputTokenCount" => counts.output = walker.count()?.known(),
            b"cacheReadInputTokenCount" => counts.cache_read = walker.count()?.known(),
            b"cacheWriteInputTokenCount" => counts.cache_write = walker.count()?.known(),
            _ => walker.skip()?,
        }
        Ok(())
    })?;
    Ok(Some(counts))
}

/// Titan: the sum of `tokenCount` over the results that have one.
fn results(walker: &mut Walker<'_>) -> Result<Option<u64>, Stop> {
    if walker.peek()? != b'[' {
        walker.skip()?;
        return Ok(None);
    }
    let mut sum: Option<u64> = None;
    walker.array(|walker| {
        if walker.peek()? != b'{' {
            return walker.skip();
        }
        let mut tokens = None;
        walker.object(|walker, key| {
            match key {
                b"tokenCount" => tokens = walker.count()?.known(),
                _ => walker.skip()?,
            }
            Ok(())
        })?;
        if let Some(tokens) = tokens {
            sum = Some(sum.unwrap_or(0).saturating_add(tokens));
        }
        Ok(())
    })?;
    // A sum of plausible counts can itself be none.
    Ok(sum.filter(|sum| *sum <= u64::from(u32::MAX)))
}

fn images(walker: &mut Walker<'_>) -> Result<Option<u64>, Stop> {
    if walker.peek()? != b'[' {
        walker.skip()?;
        return Ok(None);
    }
    let mut images = 0;
    walker.array(|walker| {
        images += 1;
        walker.skip()
    })?;
    Ok(Some(images))
}
