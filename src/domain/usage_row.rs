//! One row of the `usage` table: calls of one hour (or day) that share everything that
//! pricing and allocation look at.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use super::{EndpointScope, ModelId, RequestMetadata, ServiceTier, Text};

/// Whether a row stands for an hour or for a whole UTC day.
///
/// Declared in the order of the words, which is how tables are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Granularity {
    /// One UTC day.
    Day,
    /// One hour.
    Hour,
}

impl Granularity {
    /// The word in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Reads the word of a table.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Hour, Self::Day]
            .into_iter()
            .find(|g| g.as_str() == text)
    }
}

/// Where usage was read.
///
/// Declared in the order of the words, which is how tables are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Athena.
    Athena,
    /// A bill.
    Bill,
    /// The embedded demo data.
    Demo,
    /// Log files given on the command line.
    Files,
    /// CloudWatch Logs.
    Logs,
    /// CloudWatch metrics of the `bedrock-mantle` endpoint.
    Mantle,
    /// CloudWatch metrics of `AWS/Bedrock`.
    Metrics,
    /// The S3 log prefix, read by `fetch`.
    S3,
}

impl Source {
    /// All sources, in table order.
    pub const ALL: [Self; 8] = [
        Self::Metrics,
        Self::Mantle,
        Self::Logs,
        Self::S3,
        Self::Files,
        Self::Athena,
        Self::Bill,
        Self::Demo,
    ];

    /// The word in tables and after `--prefer`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Mantle => "mantle",
            Self::Logs => "logs",
            Self::S3 => "s3",
            Self::Files => "files",
            Self::Athena => "athena",
            Self::Bill => "bill",
            Self::Demo => "demo",
        }
    }

    /// Reads the word of a table or flag.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Counts of a usage row. A field is `None` when it is unknown for every call of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TokenCounts {
    /// Calls, failed ones too.
    pub requests: u64,
    /// Calls with an error code.
    pub failed_requests: u64,
    /// Successful calls of which neither input nor output tokens are known.
    pub requests_without_counts: u64,
    /// Prompt tokens outside the cache.
    pub input_tokens: Option<u64>,
    /// Generated tokens.
    pub output_tokens: Option<u64>,
    /// Tokens read from the prompt cache.
    pub cache_read_tokens: Option<u64>,
    /// Tokens written to the cache for five minutes.
    pub cache_write_5m_tokens: Option<u64>,
    /// Tokens written to the cache for one hour.
    pub cache_write_1h_tokens: Option<u64>,
    /// Tokens written to the cache for a time nobody recorded.
    pub cache_write_unknown_tokens: Option<u64>,
    /// Images made.
    pub images: Option<u64>,
}

impl TokenCounts {
    /// Adds other counts; `None` when a sum does not fit (no real usage comes near).
    pub fn add(&self, other: &Self) -> Option<Self> {
        fn known(a: Option<u64>, b: Option<u64>) -> Option<Option<u64>> {
            match (a, b) {
                (Some(a), Some(b)) => a.checked_add(b).map(Some),
                (one, None) | (None, one) => Some(one),
            }
        }
        Some(Self {
            requests: self.requests.checked_add(other.requests)?,
            failed_requests: self.failed_requests.checked_add(other.failed_requests)?,
            requests_without_counts: self
                .requests_without_counts
                .checked_add(other.requests_without_counts)?,
            input_tokens: known(self.input_tokens, other.input_tokens)?,
            output_tokens: known(self.output_tokens, other.output_tokens)?,
            cache_read_tokens: known(self.cache_read_tokens, other.cache_read_tokens)?,
            cache_write_5m_tokens: known(self.cache_write_5m_tokens, other.cache_write_5m_tokens)?,
            cache_write_1h_tokens: known(self.cache_write_1h_tokens, other.cache_write_1h_tokens)?,
            cache_write_unknown_tokens: known(
                self.cache_write_unknown_tokens,
                other.cache_write_unknown_tokens,
            )?,
            images: known(self.images, other.images)?,
        })
    }

    /// All cache writes together; `None` when none of them is known.
    pub fn cache_write_tokens(&self) -> Option<u64> {
        let parts = [
            self.cache_write_5m_tokens,
            self.cache_write_1h_tokens,
            self.cache_write_unknown_tokens,
        ];
        parts
            .iter()
            .any(Option::is_some)
            .then(|| parts.into_iter().flatten().fold(0, u64::saturating_add))
    }

    /// Tokens of all meters that are known.
    pub fn tokens(&self) -> u64 {
        [
            self.input_tokens,
            self.output_tokens,
            self.cache_read_tokens,
            self.cache_write_tokens(),
        ]
        .into_iter()
        .flatten()
        .fold(0, u64::saturating_add)
    }
}

/// One row of the `usage` table. The field order is the key order of the table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsageRow {
    /// Start of the hour or day, UTC.
    pub hour: DateTime<Utc>,
    /// Hour or day.
    pub granularity: Granularity,
    /// FOCUS SubAccountId.
    pub account_id: Text,
    /// FOCUS RegionId: the Region that was called.
    pub region: Text,
    /// The model, resolved as far as names allow.
    pub model_id: ModelId,
    /// Empty for an unresolved profile.
    pub endpoint_scope: Option<EndpointScope>,
    /// Geo prefix, for geo calls.
    pub geo: Option<Text>,
    /// How it was served.
    pub service_tier: ServiceTier,
    /// Lower bound of the long-context band; empty where it cannot be known.
    pub prompt_band: Option<u64>,
    /// The application inference profile, as it was seen.
    pub inference_profile: Option<Text>,
    /// Role or user ARN without the session name.
    pub principal: Option<Text>,
    /// The kept request-metadata pairs.
    pub metadata: RequestMetadata,
    /// The workload, when the row came with one.
    pub workload: Option<Text>,
    /// What was counted.
    pub counts: TokenCounts,
    /// Where it was read.
    pub source: Source,
}

impl UsageRow {
    /// The UTC day.
    pub fn day(&self) -> NaiveDate {
        self.hour.naive_utc().date()
    }
}

/// A principal without its session name: `.../assumed-role/ROLE/SESSION` is `.../assumed-role/ROLE`.
/// Users (whose path may hold slashes), roots and federated users stay as they are.
pub fn principal_without_session(arn: &str) -> &str {
    const MARK: &str = "assumed-role/";
    // Nearly all are `arn:aws:sts::111122223333:assumed-role/...`, where the resource's place is known.
    let usual = arn.as_bytes().first_chunk::<39>().is_some_and(|head| {
        head.starts_with(b"arn:aws:sts::")
            && head.ends_with(b":assumed-role/")
            && head[13..25].iter().all(u8::is_ascii_digit)
    });
    if usual {
        let session = memchr::memchr(b'/', &arn.as_bytes()[39..]);
        return session.map_or(arn, |slash| &arn[..39 + slash]);
    }
    // The resource of an ARN follows its fifth colon.
    let mut colons = arn.bytes().enumerate().filter(|(_, byte)| *byte == b':');
    let Some((colon, _)) = colons.nth(4) else {
        return arn;
    };
    if !arn[colon + 1..].starts_with(MARK) {
        return arn;
    }
    let start = colon + 1 + MARK.len();
    match arn[start..].find('/') {
        Some(slash) => &arn[..start + slash],
        None => arn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_plus_known_is_known_and_unknown_stays_unknown() {
        let a = TokenCounts {
            requests: 1,
            input_tokens: Some(5),
            ..Default::default()
        };
        let b = TokenCounts {
            requests: 2,
            output_tokens: Some(0),
            ..Default::default()
        };
        let sum = a.add(&b).unwrap();
        assert_eq!(
            (sum.requests, sum.input_tokens, sum.output_tokens),
            (3, Some(5), Some(0))
        );
        assert_eq!(sum.cache_read_tokens, None);
        assert_eq!(sum.cache_write_tokens(), None);
        assert_eq!(
            TokenCounts {
                input_tokens: Some(u64::MAX),
                ..a
            }
            .add(&a),
            None
        );
    }

    #[test]
    fn sessions_are_cut_off_and_users_are_kept() {
        for (arn, expected) in [
            (
                "arn:aws:sts::111122223333:assumed-role/checkout/i-0abc",
                "arn:aws:sts::111122223333:assumed-role/checkout",
            ),
            (
                "arn:aws:sts::111122223333:assumed-role/checkout",
                "arn:aws:sts::111122223333:assumed-role/checkout",
            ),
            (
                "arn:aws:iam::111122223333:user/path/ana",
                "arn:aws:iam::111122223333:user/path/ana",
            ),
            (
                "arn:aws:sts::111122223333:federated-user/bo",
                "arn:aws:sts::111122223333:federated-user/bo",
            ),
        ] {
            assert_eq!(principal_without_session(arn), expected);
        }
    }
}
