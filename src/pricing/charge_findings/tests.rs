//! What is said about usage whose price is assumed, bounded, unsure or missing.

use crate::domain::{EndpointScope, PriceBasis, ServiceTier, TokenCounts, UsageRow};
use crate::pricing::frozen::{
    CANVAS, LUNA, SONNET_3_5_V2, SONNET_4_5, amount, charged, codes, finding, lines, tokens, usage,
};

#[test]
fn cache_writes_of_unknown_ttl_join_the_shortest_and_the_bound_is_said() {
    let counts = TokenCounts {
        requests: 1,
        cache_write_5m_tokens: Some(1_000_000),
        cache_write_unknown_tokens: Some(2_000_000),
        ..TokenCounts::default()
    };
    let charges = charged(&[usage(SONNET_4_5, "us-east-1", "2026-10-01", counts)]);
    // 3 x 4.125 = 12.375; at most 2 x (6.60 - 4.125) = 4.95 more.
    assert_eq!(lines(&charges), ["cache_write_5m 12.375 listed"]);
    assert_eq!(
        amount(finding(&charges, "unknown-cache-ttl").cost_affected),
        "4.95"
    );
    let luna = UsageRow {
        endpoint_scope: Some(EndpointScope::Global),
        ..usage(LUNA, "us-east-1", "2026-07-30", counts)
    };
    let charges = charged(&[luna]);
    // Nobody lists a 5m price for it: the known million is unpriced, the unknown two cost 2 x 1.00.
    assert_eq!(
        lines(&charges),
        ["cache_write_30m 2 listed", "cache_write_5m - unpriced"]
    );
    assert!(!codes(&charges).contains(&"unknown-cache-ttl"));
}

#[test]
fn an_unknown_prompt_band_is_priced_as_the_base_with_an_upper_bound() {
    let row = UsageRow {
        endpoint_scope: Some(EndpointScope::Global),
        prompt_band: None,
        ..usage(
            SONNET_4_5,
            "us-east-1",
            "2026-10-01",
            tokens(1_000_000, 1_000_000),
        )
    };
    let charges = charged(&[row]);
    assert_eq!(lines(&charges), ["input 3 listed", "output 15 listed"]);
    // (6.00 - 3.00) + (22.50 - 15.00) = 10.50
    assert_eq!(
        amount(finding(&charges, "unknown-prompt-band").cost_affected),
        "10.5"
    );
}

#[test]
fn names_that_resolve_to_nothing_keep_their_tokens_and_say_how_to_map_them() {
    let profile = UsageRow {
        endpoint_scope: None,
        ..usage("abcd1234efgh", "us-east-1", "2026-10-01", tokens(7, 3))
    };
    let charges = charged(&[profile]);
    assert_eq!(lines(&charges), ["input - unpriced", "output - unpriced"]);
    assert_eq!(codes(&charges), ["unresolved-model"]);
    let finding = finding(&charges, "unresolved-model");
    assert!(
        finding
            .message
            .contains("[inference_profile.\"abcd1234efgh\"] model ="),
        "{finding}"
    );
    assert_eq!(
        (finding.tokens_affected, charges.costs[0].list_cost),
        (Some(10), None)
    );
}

#[test]
fn provisioned_throughput_is_billed_by_the_hour() {
    let row = UsageRow {
        service_tier: ServiceTier::Provisioned,
        ..usage(SONNET_4_5, "us-east-1", "2026-10-01", tokens(5, 5))
    };
    let charges = charged(&[row]);
    assert_eq!(lines(&charges), ["input - unpriced", "output - unpriced"]);
    assert_eq!(codes(&charges), ["provisioned-throughput"]);
}

#[test]
fn images_have_a_price_each_and_low_confidence_is_said() {
    let counts = TokenCounts {
        requests: 3,
        images: Some(3),
        ..TokenCounts::default()
    };
    let charges = charged(&[usage(CANVAS, "us-east-1", "2026-10-01", counts)]);
    // 3 x 0.06 = 0.18
    assert_eq!(lines(&charges), ["image 0.18 listed"]);
    let finding = finding(&charges, "low-confidence");
    assert!(
        finding.message.contains("one second-hand source"),
        "{finding}"
    );
    assert!(
        finding.message.contains("pricing/prices/all.toml:"),
        "{finding}"
    );
}

#[test]
fn images_that_are_priced_are_no_requests_without_counts() {
    let counts = |images| TokenCounts {
        requests: 2,
        requests_without_counts: 2,
        images: Some(images),
        ..TokenCounts::default()
    };
    let said = |images| {
        let charges = charged(&[usage(CANVAS, "us-east-1", "2026-10-01", counts(images))]);
        codes(&charges).contains(&"requests-without-counts")
    };
    assert!(!said(2));
    assert!(said(1), "one of two calls gave no image");
}

#[test]
fn requests_without_tokens_have_a_cost_row_and_no_charge() {
    let counts = TokenCounts {
        requests: 4,
        failed_requests: 1,
        requests_without_counts: 3,
        ..TokenCounts::default()
    };
    let charges = charged(&[usage(SONNET_4_5, "us-east-1", "2026-10-01", counts)]);
    assert!(charges.charges.is_empty());
    let cost = &charges.costs[0];
    assert_eq!((cost.counts.requests, cost.list_cost), (4, None));
    assert_eq!(cost.price_basis, PriceBasis::Unpriced);
    assert!(
        finding(&charges, "requests-without-counts")
            .message
            .starts_with("3 of 3")
    );
    let zero = charged(&[usage(SONNET_4_5, "us-east-1", "2026-10-01", tokens(0, 0))]);
    assert!(zero.charges.is_empty() && zero.findings.is_empty());
    assert_eq!(zero.costs[0].list_cost, Some(crate::domain::Usd::ZERO));
}

#[test]
fn a_model_past_two_ends_has_a_finding_for_each_of_them() {
    let day = |day| usage(SONNET_3_5_V2, "ap-south-1", day, tokens(1_000_000, 0));
    let charges = charged(&[day("2025-08-01"), day("2026-08-01"), day("2026-08-02")]);
    let past: Vec<(&str, String)> = charges
        .findings
        .iter()
        .filter(|finding| finding.code == "past-eol")
        .map(|finding| (&finding.message[..47], amount(finding.cost_affected)))
        .collect();
    assert_eq!(
        past,
        [
            (
                "was used after its end of life of 2026-07-30: 2",
                "6".to_owned()
            ),
            (
                "was used after its end of life of 2025-07-21: 1",
                "3".to_owned()
            ),
        ]
    );
}

#[test]
fn a_finding_about_unpriced_usage_has_no_money() {
    let row = UsageRow {
        endpoint_scope: Some(EndpointScope::Global),
        ..usage(SONNET_3_5_V2, "us-east-1", "2026-03-01", tokens(5, 0))
    };
    let charges = charged(&[row]);
    let finding = finding(&charges, "past-eol");
    assert!(
        finding
            .message
            .contains("5 tokens on 2026-03-01, without a price"),
        "{finding}"
    );
    assert_eq!(finding.cost_affected, None);
}
