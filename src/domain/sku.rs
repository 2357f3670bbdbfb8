//! What is metered and how it is served.
//!
//! Names follow FOCUS (`SkuMeter`, pricing unit) and the Bedrock API (service tier). The
//! field names of a price row are exactly [`SkuMeter::as_str`].

use std::fmt;

use rust_decimal::Decimal;

/// What one charge counts.
///
/// Declared in the order of the words, which is how tables are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkuMeter {
    /// Tokens read from the prompt cache.
    CacheRead,
    /// Tokens written to the prompt cache for one hour.
    CacheWrite1h,
    /// Tokens written to the prompt cache for thirty minutes (OpenAI and Kimi).
    CacheWrite30m,
    /// Tokens written to the prompt cache for five minutes.
    CacheWrite5m,
    /// Images made.
    Image,
    /// Prompt tokens that were neither read from nor written to the prompt cache.
    Input,
    /// Generated tokens.
    Output,
    /// Rerank queries.
    Query,
    /// Seconds of audio or video.
    Second,
}

impl SkuMeter {
    /// All meters, in table order.
    pub const ALL: [Self; 9] = [
        Self::Input,
        Self::Output,
        Self::CacheRead,
        Self::CacheWrite5m,
        Self::CacheWrite30m,
        Self::CacheWrite1h,
        Self::Image,
        Self::Query,
        Self::Second,
    ];

    /// The word in tables and in price rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::CacheRead => "cache_read",
            Self::CacheWrite5m => "cache_write_5m",
            Self::CacheWrite30m => "cache_write_30m",
            Self::CacheWrite1h => "cache_write_1h",
            Self::Image => "image",
            Self::Query => "query",
            Self::Second => "second",
        }
    }

    /// Whether the count is one of tokens.
    pub const fn is_tokens(self) -> bool {
        !matches!(self, Self::Image | Self::Query | Self::Second)
    }

    /// The unit that this meter's prices are given in.
    pub const fn pricing_unit(self) -> PricingUnit {
        match self {
            Self::Image => PricingUnit::Image,
            Self::Query => PricingUnit::ThousandQueries,
            Self::Second => PricingUnit::Second,
            _ => PricingUnit::MillionTokens,
        }
    }
}

impl fmt::Display for SkuMeter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many consumed units one price covers (FOCUS PricingUnit).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PricingUnit {
    /// 1,000,000 tokens.
    MillionTokens,
    /// One image.
    Image,
    /// 1,000 queries.
    ThousandQueries,
    /// One second of audio or video.
    Second,
}

impl PricingUnit {
    /// The words in tables and in price rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MillionTokens => "1000000 Tokens",
            Self::Image => "1 Image",
            Self::ThousandQueries => "1000 Queries",
            Self::Second => "1 Second",
        }
    }

    /// The zeros of the unit: a price has at most `12 - zeros` places.
    pub const fn zeros(self) -> u32 {
        match self {
            Self::MillionTokens => 6,
            Self::ThousandQueries => 3,
            Self::Image | Self::Second => 0,
        }
    }

    /// A consumed quantity in pricing units, exact (the count moved by a power of ten).
    pub fn pricing_quantity(self, consumed: u64) -> Decimal {
        // A u64 has at most 20 digits, a Decimal holds 28: this never fails.
        Decimal::try_from_i128_with_scale(i128::from(consumed), self.zeros())
            .unwrap_or(Decimal::MAX)
    }
}

impl fmt::Display for PricingUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a request was served; part of the price key.
///
/// Declared in the order of the words, which is how tables are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ServiceTier {
    /// Batch inference jobs.
    Batch,
    /// Cheaper, served when there is room.
    Flex,
    /// Latency-optimised inference.
    LatencyOptimized,
    /// Dearer, served first.
    Priority,
    /// Provisioned throughput: billed by the hour, never per token.
    Provisioned,
    /// Reserved tokens a minute.
    Reserved,
    /// On demand; the API spells it `default`.
    #[default]
    Standard,
}

impl ServiceTier {
    /// All tiers, in table order.
    pub const ALL: [Self; 7] = [
        Self::Standard,
        Self::Priority,
        Self::Flex,
        Self::Batch,
        Self::Reserved,
        Self::Provisioned,
        Self::LatencyOptimized,
    ];

    /// The word in tables and in price rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Priority => "priority",
            Self::Flex => "flex",
            Self::Batch => "batch",
            Self::Reserved => "reserved",
            Self::Provisioned => "provisioned",
            Self::LatencyOptimized => "latency-optimized",
        }
    }

    /// Reads the word of a table or of the API (`default` is standard).
    pub fn parse(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Standard);
        }
        Self::ALL.into_iter().find(|tier| tier.as_str() == text)
    }
}

impl fmt::Display for ServiceTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
