//! The streams of the demo: invented data, no real company.
//!
//! One value per caller, model and period. What each is there to show stands above it.

use super::{Stream, TokensPerRequest};
use crate::domain::ServiceTier;

const SHOP: &str = "111122223333";
const PLATFORM: &str = "444455556666";
const CORPORATE: &str = "777788889999";

const VIRGINIA: &str = "us-east-1";
const OREGON: &str = "us-west-2";
const FRANKFURT: &str = "eu-central-1";

/// People at their desks: next to nothing at the weekend.
const OFFICE: [u64; 7] = [100, 104, 102, 98, 88, 14, 10];
/// Customers: most on Saturday and Sunday.
const CONSUMER: [u64; 7] = [90, 87, 88, 93, 108, 142, 134];
/// Machines: nearly the same every day.
const ALL_WEEK: [u64; 7] = [100, 101, 100, 101, 99, 93, 92];
/// Jobs of the nights before working days.
const WORKING_DAYS: [u64; 7] = [112, 100, 98, 98, 96, 0, 0];
/// One job a week.
const MONDAYS: [u64; 7] = [100, 0, 0, 0, 0, 0, 0];

/// The number of a day of 2026, counted from April 1. April to November only.
const fn on(month: usize, day: u64) -> u64 {
    const FIRST_OF_MONTH: [u64; 8] = [0, 30, 61, 91, 122, 153, 183, 214];
    FIRST_OF_MONTH[month - 4] + day - 1
}

const HISTORY: (u64, u64) = (on(4, 1), on(11, 21));

const TOKENS: TokensPerRequest = TokensPerRequest {
    input: 0,
    output: 0,
    cache_read: 0,
    cache_write_5m: 0,
    cache_write_1h: 0,
    cache_write_unknown: 0,
};

/// What most streams have in common.
const STREAM: Stream = Stream {
    workload: "",
    account: SHOP,
    region: VIRGINIA,
    model: "",
    role: None,
    team: None,
    tier: ServiceTier::Standard,
    prompt_band: Some(0),
    days: HISTORY,
    requests: 0,
    week: OFFICE,
    growth: 30,
    ramp: &[],
    failed: 4,
    without_counts: 0,
    tokens: TOKENS,
};

const CODE_ASSISTANT: Stream = Stream {
    workload: "code-assistant",
    account: PLATFORM,
    region: OREGON,
    role: Some("code-assistant"),
    requests: 8_000,
    growth: 60,
    failed: 9,
    ..STREAM
};

const RETURNS_LETTERS: Stream = Stream {
    workload: "returns-letters",
    region: OREGON,
    role: Some("returns-letters"),
    requests: 3_400,
    week: ALL_WEEK,
    growth: 20,
    tokens: TokensPerRequest {
        input: 2_600,
        output: 700,
        ..TOKENS
    },
    ..STREAM
};

pub(super) const STREAMS: &[Stream] = &[
    // The largest cost, on a model about to enter Extended Access; prompt caching, weekend peak.
    Stream {
        workload: "support-chat",
        model: "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
        role: Some("support-chat-prod"),
        requests: 38_000,
        week: CONSUMER,
        growth: 40,
        failed: 6,
        without_counts: 5,
        tokens: TokensPerRequest {
            input: 1_800,
            output: 420,
            cache_read: 6_500,
            cache_write_5m: 450,
            ..TOKENS
        },
        ..STREAM
    },
    // The same for European customers, kept in the EU: 10% dearer than global.
    Stream {
        workload: "support-chat",
        region: FRANKFURT,
        model: "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
        role: Some("support-chat-prod"),
        requests: 12_000,
        week: CONSUMER,
        growth: 50,
        failed: 6,
        without_counts: 5,
        tokens: TokensPerRequest {
            input: 1_850,
            output: 440,
            cache_read: 6_500,
            cache_write_5m: 480,
            ..TOKENS
        },
        ..STREAM
    },
    // A migration in progress: this half shrinks since September ...
    Stream {
        model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ramp: &[(on(9, 7), 1000), (on(11, 21), 440)],
        tokens: TokensPerRequest {
            input: 3_200,
            output: 900,
            cache_read: 48_000,
            cache_write_5m: 5_200,
            cache_write_unknown: 900,
            ..TOKENS
        },
        ..CODE_ASSISTANT
    },
    // ... and this half grows, with 8% more tokens a request.
    Stream {
        model: "us.anthropic.claude-sonnet-5",
        days: (on(9, 8), on(11, 21)),
        ramp: &[(on(9, 7), 0), (on(11, 21), 560)],
        tokens: TokensPerRequest {
            input: 3_460,
            output: 970,
            cache_read: 51_800,
            cache_write_5m: 5_600,
            cache_write_unknown: 970,
            ..TOKENS
        },
        ..CODE_ASSISTANT
    },
    // Contracts read with one-hour caching ...
    Stream {
        workload: "document-review",
        account: PLATFORM,
        region: OREGON,
        model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        role: Some("document-review"),
        requests: 1_400,
        tokens: TokensPerRequest {
            input: 42_000,
            output: 1_900,
            cache_read: 9_000,
            cache_write_1h: 2_500,
            ..TOKENS
        },
        ..STREAM
    },
    // ... of which a few are longer than 200,000 tokens.
    Stream {
        workload: "document-review",
        account: PLATFORM,
        region: OREGON,
        model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        role: Some("document-review"),
        prompt_band: Some(200_000),
        requests: 90,
        growth: 45,
        tokens: TokensPerRequest {
            input: 236_000,
            output: 2_600,
            cache_read: 20_000,
            ..TOKENS
        },
        ..STREAM
    },
    // In Extended Access since October 8, without a public price.
    Stream {
        workload: "fraud-investigation",
        account: CORPORATE,
        model: "us.anthropic.claude-opus-4-1-20250805-v1:0",
        role: Some("fraud-desk"),
        requests: 1_000,
        growth: 25,
        tokens: TokensPerRequest {
            input: 9_000,
            output: 1_500,
            cache_read: 4_000,
            cache_write_5m: 600,
            ..TOKENS
        },
        ..STREAM
    },
    // On Claude Sonnet 4 until just before its end of life on October 14 ...
    Stream {
        model: "us.anthropic.claude-sonnet-4-20250514-v1:0",
        days: (on(4, 1), on(10, 13)),
        ramp: &[(on(10, 5), 1000), (on(10, 14), 0)],
        ..RETURNS_LETTERS
    },
    // ... which a forgotten job still calls: mostly in vain ...
    Stream {
        model: "us.anthropic.claude-sonnet-4-20250514-v1:0",
        days: (on(10, 14), on(11, 21)),
        requests: 34,
        failed: 820,
        ..RETURNS_LETTERS
    },
    // ... while the rest has moved to Claude Haiku 4.5.
    Stream {
        model: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        days: (on(10, 6), on(11, 21)),
        ramp: &[(on(10, 5), 0), (on(10, 14), 1000)],
        ..RETURNS_LETTERS
    },
    // Through an application inference profile that the settings know.
    Stream {
        workload: "product-descriptions",
        model: "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/h4c7a2t9p5w1",
        role: Some("catalog-writer"),
        requests: 17_000,
        week: ALL_WEEK,
        growth: 35,
        tokens: TokensPerRequest {
            input: 2_400,
            output: 850,
            cache_read: 3_000,
            cache_write_5m: 200,
            ..TOKENS
        },
        ..STREAM
    },
    // Through one that nobody can resolve: neither model nor price is known.
    Stream {
        workload: "pricing-lab",
        account: PLATFORM,
        region: FRANKFURT,
        model: "arn:aws:bedrock:eu-central-1:444455556666:application-inference-profile/q7v3n8k2d5x6",
        role: Some("pricing-lab"),
        prompt_band: None,
        requests: 1_500,
        growth: 55,
        tokens: TokensPerRequest {
            input: 5_200,
            output: 1_100,
            ..TOKENS
        },
        ..STREAM
    },
    // Embeddings: many tokens, little money, long to move.
    Stream {
        workload: "product-search",
        model: "amazon.titan-embed-text-v2:0",
        role: Some("search-indexer"),
        team: Some("search"),
        requests: 900_000,
        week: ALL_WEEK,
        failed: 1,
        tokens: TokensPerRequest {
            input: 180,
            ..TOKENS
        },
        ..STREAM
    },
    // The same model in Frankfurt, at ten times the price.
    Stream {
        workload: "product-search",
        region: FRANKFURT,
        model: "amazon.titan-embed-text-v2:0",
        role: Some("search-indexer"),
        team: Some("search"),
        requests: 250_000,
        week: ALL_WEEK,
        growth: 40,
        failed: 1,
        tokens: TokensPerRequest {
            input: 190,
            ..TOKENS
        },
        ..STREAM
    },
    // Calls that a guardrail blocks carry no counts.
    Stream {
        workload: "content-moderation",
        model: "amazon.nova-lite-v1:0",
        role: Some("review-pipeline"),
        team: Some("trust-and-safety"),
        requests: 380_000,
        week: CONSUMER,
        failed: 12,
        without_counts: 30,
        tokens: TokensPerRequest {
            input: 900,
            output: 60,
            ..TOKENS
        },
        ..STREAM
    },
    // Batch jobs at half the price, in the Region.
    Stream {
        workload: "invoice-extraction",
        account: PLATFORM,
        model: "anthropic.claude-sonnet-4-5-20250929-v1:0",
        role: Some("bedrock-batch-invoices"),
        tier: ServiceTier::Batch,
        requests: 9_000,
        week: WORKING_DAYS,
        growth: 20,
        failed: 2,
        tokens: TokensPerRequest {
            input: 6_500,
            output: 800,
            ..TOKENS
        },
        ..STREAM
    },
    // Claimed by account and Region.
    Stream {
        workload: "hr-assistant",
        account: CORPORATE,
        region: FRANKFURT,
        model: "eu.amazon.nova-pro-v1:0",
        role: Some("hr-assistant"),
        requests: 5_000,
        growth: 25,
        tokens: TokensPerRequest {
            input: 3_800,
            output: 500,
            ..TOKENS
        },
        ..STREAM
    },
    // In-region calls, claimed by their metadata alone.
    Stream {
        workload: "team-data-science",
        account: PLATFORM,
        region: FRANKFURT,
        model: "anthropic.claude-sonnet-4-5-20250929-v1:0",
        role: Some("notebook-users"),
        team: Some("data-science"),
        requests: 2_400,
        growth: 50,
        failed: 22,
        tokens: TokensPerRequest {
            input: 11_000,
            output: 1_800,
            ..TOKENS
        },
        ..STREAM
    },
    // A newcomer: no usage before July 15.
    Stream {
        workload: "team-marketing",
        account: PLATFORM,
        region: FRANKFURT,
        model: "global.anthropic.claude-sonnet-5",
        role: Some("notebook-users"),
        team: Some("marketing"),
        days: (on(7, 15), on(11, 21)),
        requests: 1_600,
        growth: 70,
        ramp: &[(on(7, 14), 100), (on(8, 31), 1000)],
        tokens: TokensPerRequest {
            input: 3_000,
            output: 1_400,
            ..TOKENS
        },
        ..STREAM
    },
    // A Legacy model that this account last called 13 days ago: access may soon be lost.
    Stream {
        workload: "board-report",
        account: CORPORATE,
        model: "anthropic.claude-sonnet-4-5-20250929-v1:0",
        role: Some("board-report"),
        days: (on(4, 1), on(11, 9)),
        requests: 60,
        week: MONDAYS,
        growth: 0,
        failed: 0,
        tokens: TokensPerRequest {
            input: 30_000,
            output: 4_000,
            ..TOKENS
        },
        ..STREAM
    },
    // Nobody's: no principal, no metadata, no rule.
    Stream {
        workload: "unallocated",
        account: CORPORATE,
        region: OREGON,
        model: "anthropic.claude-haiku-4-5-20251001-v1:0",
        requests: 5_500,
        week: ALL_WEEK,
        growth: 45,
        tokens: TokensPerRequest {
            input: 1_500,
            output: 400,
            ..TOKENS
        },
        ..STREAM
    },
];
