//! One call, as a source reads it: borrowed, before it is added up.

use std::borrow::Cow;

use super::ServiceTier;

/// Cache-write tokens of one call, by how long the entry lives.
///
/// The split exists only in bodies; a total without one is `unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheWrites {
    /// Written for five minutes.
    pub five_minutes: Option<u64>,
    /// Written for one hour.
    pub one_hour: Option<u64>,
    /// Written for a time nobody recorded.
    pub unknown: Option<u64>,
}

/// Request-metadata pairs of one call, no key twice.
pub type MetadataPairs<'a> = [(&'a str, Cow<'a, str>)];

/// One invocation log record: what pricing and allocation need of it, nothing of its bodies.
///
/// `None` is "not known", a zero was counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageRecord<'a> {
    /// When the call was made, in whole seconds since 1970-01-01 00:00 UTC.
    pub timestamp: i64,
    /// The account that called.
    pub account_id: &'a str,
    /// The Region that was called.
    pub region: &'a str,
    /// The de-duplication key; records without one are never taken for duplicates.
    pub request_id: Option<&'a str>,
    /// The model as the caller named it.
    pub model_id: &'a str,
    /// The caller's ARN, session name included.
    pub principal: Option<&'a str>,
    /// The kept request-metadata pairs, sorted by key.
    pub metadata: &'a MetadataPairs<'a>,
    /// The service tier, where the record carries one.
    pub service_tier: ServiceTier,
    /// Whether the record names a tier that eolcast does not know: then `service_tier` is what
    /// it would be without that name.
    pub unknown_tier: bool,
    /// Whether the call failed (it has an error code).
    pub failed: bool,
    /// Prompt tokens outside the cache.
    pub input_tokens: Option<u64>,
    /// Generated tokens.
    pub output_tokens: Option<u64>,
    /// Tokens read from the prompt cache.
    pub cache_read_tokens: Option<u64>,
    /// Tokens written to the prompt cache.
    pub cache_writes: CacheWrites,
    /// Images made.
    pub images: Option<u64>,
}

impl UsageRecord<'_> {
    /// Tokens of all meters that are known.
    pub fn tokens(&self) -> u64 {
        let writes = &self.cache_writes;
        [
            self.input_tokens,
            self.output_tokens,
            self.cache_read_tokens,
            writes.five_minutes,
            writes.one_hour,
            writes.unknown,
        ]
        .into_iter()
        .flatten()
        .fold(0, u64::saturating_add)
    }

    /// The prompt's size in tokens (input, cache reads and cache writes), which decides the
    /// long-context band; `None` where the input count is unknown.
    pub fn prompt_tokens(&self) -> Option<u64> {
        let writes = &self.cache_writes;
        let cached = self
            .cache_read_tokens
            .unwrap_or(0)
            .saturating_add(writes.five_minutes.unwrap_or(0))
            .saturating_add(writes.one_hour.unwrap_or(0))
            .saturating_add(writes.unknown.unwrap_or(0));
        self.input_tokens.map(|input| input.saturating_add(cached))
    }

    /// Whether a successful call carries neither an input nor an output count.
    pub fn is_without_counts(&self) -> bool {
        !self.failed && self.input_tokens.is_none() && self.output_tokens.is_none()
    }
}

/// What takes records as a source reads them; each reading thread has one of its own.
pub trait RecordSink: Send {
    /// Takes one record. An error ends the read (a full disk, say): records themselves are
    /// never refused here.
    fn take(&mut self, record: &UsageRecord<'_>) -> std::io::Result<()>;
}
