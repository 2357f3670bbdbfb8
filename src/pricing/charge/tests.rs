//! Charges worked out by hand: every amount stands here as quantity times price.

use super::*;
use crate::domain::Rate;
use crate::pricing::frozen::{
    LLAMA, LUNA, OPUS_4_1, SONNET_3_5_V2, SONNET_4_5, amount, charged, charged_with, codes,
    finding, lines, tables, tokens, usage,
};
use crate::pricing::{Multiplier, PriceAssumptions};

#[test]
fn in_region_is_a_tenth_dearer_than_global() {
    let in_region = usage(
        SONNET_4_5,
        "eu-central-1",
        "2026-10-01",
        tokens(1_200_000, 300_000),
    );
    let global = UsageRow {
        endpoint_scope: Some(EndpointScope::Global),
        ..in_region.clone()
    };
    // 1.2 x 3.30 = 3.96; 0.3 x 16.50 = 4.95
    assert_eq!(
        lines(&charged(&[in_region])),
        ["input 3.96 listed", "output 4.95 listed"]
    );
    // 1.2 x 3.00 = 3.60; 0.3 x 15.00 = 4.50
    assert_eq!(
        lines(&charged(&[global])),
        ["input 3.6 listed", "output 4.5 listed"]
    );
}

#[test]
fn a_one_hour_cache_write_has_its_own_price() {
    let counts = TokenCounts {
        requests: 1,
        cache_read_tokens: Some(1_000_000),
        cache_write_5m_tokens: Some(40_000),
        cache_write_1h_tokens: Some(50_000),
        ..TokenCounts::default()
    };
    // 1 x 0.33 = 0.33; 0.04 x 4.125 = 0.165; 0.05 x 6.60 = 0.33
    assert_eq!(
        lines(&charged(&[usage(
            SONNET_4_5,
            "us-east-1",
            "2026-10-01",
            counts
        )])),
        [
            "cache_read 0.33 listed",
            "cache_write_5m 0.165 listed",
            "cache_write_1h 0.33 listed"
        ]
    );
}

#[test]
fn a_prompt_above_the_threshold_has_the_long_context_price() {
    let long = UsageRow {
        endpoint_scope: Some(EndpointScope::Global),
        prompt_band: Some(200_000),
        ..usage(
            SONNET_4_5,
            "us-east-1",
            "2026-10-01",
            tokens(250_000, 1_000),
        )
    };
    // 0.25 x 6.00 = 1.50; 0.001 x 22.50 = 0.0225
    assert_eq!(
        lines(&charged(&[long])),
        ["input 1.5 listed", "output 0.0225 listed"]
    );
}

#[test]
fn batch_is_priced_by_its_own_rows() {
    let batch = UsageRow {
        service_tier: ServiceTier::Batch,
        ..usage(
            SONNET_4_5,
            "us-east-1",
            "2026-10-01",
            tokens(2_000_000, 1_000_000),
        )
    };
    // 2 x 1.65 = 3.30; 1 x 8.25 = 8.25
    assert_eq!(
        lines(&charged(&[batch])),
        ["input 3.3 listed", "output 8.25 listed"]
    );
}

#[test]
fn extended_access_doubles_all_four_meters_and_batch_from_its_day_on() {
    let counts = TokenCounts {
        cache_read_tokens: Some(1_000_000),
        cache_write_5m_tokens: Some(1_000_000),
        ..tokens(1_000_000, 1_000_000)
    };
    let before = usage(SONNET_3_5_V2, "us-east-1", "2025-11-30", counts);
    let after = usage(SONNET_3_5_V2, "us-east-1", "2025-12-01", counts);
    assert_eq!(
        lines(&charged(std::slice::from_ref(&before))),
        [
            "input 3 listed",
            "output 15 listed",
            "cache_read 0.3 listed",
            "cache_write_5m 3.75 listed"
        ]
    );
    let charges = charged(std::slice::from_ref(&after));
    assert_eq!(
        lines(&charges),
        [
            "input 6 listed",
            "output 30 listed",
            "cache_read 0.6 listed",
            "cache_write_5m 7.5 listed"
        ]
    );
    // 44.10 against 22.05: the premium is 22.05.
    let cost = &charges.costs[0];
    assert_eq!(cost.phase, LifecyclePhase::ExtendedAccess);
    assert_eq!(
        [
            cost.list_cost,
            cost.normal_cost,
            cost.extended_access_premium
        ]
        .map(amount),
        ["44.1", "22.05", "22.05"]
    );
    let batch = |row: &UsageRow| UsageRow {
        service_tier: ServiceTier::Batch,
        counts: tokens(1_000_000, 1_000_000),
        ..row.clone()
    };
    assert_eq!(
        lines(&charged(&[batch(&before)])),
        ["input 1.5 listed", "output 7.5 listed"]
    );
    assert_eq!(
        lines(&charged(&[batch(&after)])),
        ["input 3 listed", "output 15 listed"]
    );
}

#[test]
fn a_meter_that_a_published_row_leaves_out_is_unpriced_and_not_doubled() {
    let row = UsageRow {
        endpoint_scope: Some(EndpointScope::Geo),
        counts: TokenCounts {
            cache_read_tokens: Some(1_000_000),
            ..tokens(1_000_000, 0)
        },
        ..usage(SONNET_3_5_V2, "us-east-1", "2025-12-01", tokens(0, 0))
    };
    let charges = charged(&[row]);
    assert_eq!(lines(&charges), ["input 6 listed", "cache_read - unpriced"]);
    let cost = &charges.costs[0];
    assert_eq!(
        (amount(cost.list_cost).as_str(), cost.price_basis),
        ("6", PriceBasis::Unpriced)
    );
    let finding = finding(&charges, "unpriced-usage");
    assert!(
        finding.message.contains("leaves these meters out"),
        "{finding}"
    );
    assert_eq!(finding.tokens_affected, Some(1_000_000));
}

#[test]
fn a_phase_without_a_public_price_is_assumed_with_its_bounds() {
    let rows = [
        usage(OPUS_4_1, "us-east-1", "2026-10-07", tokens(1_000_000, 0)),
        usage(
            OPUS_4_1,
            "us-east-1",
            "2026-10-08",
            tokens(1_000_000, 100_000),
        ),
    ];
    let charges = charged(&rows);
    // Legacy: 1 x 15. Extended Access: 1 x 30, 0.1 x 150 = 15.
    assert_eq!(
        lines(&charges),
        ["input 15 listed", "input 30 assumed", "output 15 assumed"]
    );
    let finding = finding(&charges, "assumed-price");
    assert!(
        finding
            .message
            .contains("2 times the normal price: $45.00, somewhere between $22.50 and $45.00"),
        "{finding}"
    );
    assert_eq!(amount(finding.cost_affected), "45");
}

#[test]
fn a_models_own_multiplier_replaces_the_general_one() {
    let decimal = |text: &str| Rate::new(Decimal::from_str_exact(text).unwrap());
    let multiplier = Multiplier {
        low: decimal("1.0"),
        likely: decimal("1.5"),
        high: decimal("3.0"),
    };
    let assumptions = PriceAssumptions {
        model_multiplier: [(ModelId::new(OPUS_4_1), multiplier)].into(),
        discount: Some(decimal("0.10")),
        ..PriceAssumptions::default()
    };
    let rows = [usage(
        OPUS_4_1,
        "us-east-1",
        "2026-10-08",
        tokens(1_000_000, 0),
    )];
    let charges = charged_with(&rows, &assumptions);
    // 15 x 1.5 = 22.50; contracted 22.50 x 0.9 = 20.25; high 15 x 3 = 45.
    assert_eq!(lines(&charges), ["input 22.5 assumed"]);
    assert_eq!(amount(charges.costs[0].contracted_cost), "20.25");
    assert!(
        finding(&charges, "assumed-price")
            .message
            .contains("$15.00 and $45.00")
    );
}

#[test]
fn a_region_without_a_lifecycle_row_is_priced_as_normal_and_said() {
    let rows = [usage(
        OPUS_4_1,
        "eu-west-1",
        "2026-10-08",
        tokens(1_000_000, 0),
    )];
    let charges = charged(&rows);
    assert_eq!(lines(&charges), ["input 15 listed"]);
    assert_eq!(charges.charges[0].phase, LifecyclePhase::Unknown);
    assert_eq!(codes(&charges), ["unknown-lifecycle"]);
}

#[test]
fn govcloud_is_not_covered_by_all_regions_and_an_exact_region_beats_them() {
    let in_region = |model, region| usage(model, region, "2026-10-01", tokens(1_000_000, 0));
    assert_eq!(
        lines(&charged(&[in_region(SONNET_4_5, "us-gov-west-1")])),
        ["input 3.6 listed"]
    );
    let east = charged(&[in_region(SONNET_4_5, "us-gov-east-1")]);
    assert_eq!(lines(&east), ["input - unpriced"]);
    let message = &finding(&east, "unpriced-usage").message;
    assert!(
        message.contains("rows hold for *, us-gov-west-1"),
        "{message}"
    );
    assert_eq!(
        lines(&charged(&[in_region(LLAMA, "eu-north-1")])),
        ["input 0.9 listed"]
    );
    assert_eq!(
        lines(&charged(&[in_region(LLAMA, "eu-west-1")])),
        ["input 0.72 listed"]
    );
}

#[test]
fn a_price_change_inside_a_month_makes_two_charges_and_the_time_before_is_unpriced() {
    let on = |day| UsageRow {
        endpoint_scope: Some(EndpointScope::Global),
        ..usage(LUNA, "us-east-1", day, tokens(1_000_000, 0))
    };
    let charges = charged(&[on("2026-07-30"), on("2026-07-29"), on("2026-07-31")]);
    // 1 x 1.00 until the 29th, 2 x 0.80 since the 30th.
    assert_eq!(lines(&charges), ["input 1 listed", "input 1.6 listed"]);
    assert_eq!(amount(charges.costs[0].list_cost), "2.6");
    assert_eq!(lines(&charged(&[on("2026-06-01")])), ["input 1 listed"]);
    let early = charged(&[on("2026-05-31")]);
    assert_eq!(lines(&early), ["input - unpriced"]);
    assert!(
        finding(&early, "unpriced-usage")
            .message
            .contains("its first row starts 2026-06-01")
    );
}

#[test]
fn phases_begin_on_their_day_and_usage_past_the_end_keeps_the_last_price() {
    let day = |day| {
        let charges = charged(&[usage(SONNET_3_5_V2, "us-east-1", day, tokens(1_000_000, 0))]);
        format!("{} {}", charges.charges[0].phase, lines(&charges)[0])
    };
    assert_eq!(day("2025-08-24"), "active input 3 listed");
    assert_eq!(day("2025-08-25"), "legacy input 3 listed");
    assert_eq!(day("2025-11-30"), "legacy input 3 listed");
    assert_eq!(day("2025-12-01"), "extended-access input 6 listed");
    assert_eq!(day("2026-02-28"), "extended-access input 6 listed");
    assert_eq!(day("2026-03-01"), "end-of-life input 6 listed");
    let past = charged(&[usage(
        SONNET_3_5_V2,
        "us-east-1",
        "2026-03-05",
        tokens(1_000_000, 0),
    )]);
    let finding = finding(&past, "past-eol");
    assert!(
        finding
            .message
            .contains("end of life of 2026-03-01: 1,000,000 tokens on 2026-03-05"),
        "{finding}"
    );
    assert_eq!(amount(finding.cost_affected), "6");
}

#[test]
fn a_model_announced_twice_follows_each_announcement_until_the_next() {
    let phase = |day| {
        let charges = charged(&[usage(SONNET_3_5_V2, "ap-south-1", day, tokens(1, 0))]);
        charges.charges[0].phase
    };
    assert_eq!(phase("2025-07-20"), LifecyclePhase::Legacy);
    assert_eq!(phase("2025-07-21"), LifecyclePhase::EndOfLife);
    assert_eq!(phase("2026-01-29"), LifecyclePhase::EndOfLife);
    assert_eq!(phase("2026-01-30"), LifecyclePhase::Legacy);
    assert_eq!(phase("2026-07-30"), LifecyclePhase::EndOfLife);
}

#[test]
fn an_unannounced_extended_access_enters_only_the_high_bound() {
    let (tables, assumptions) = (tables(), PriceAssumptions::default());
    let pricer = tables.pricer(&assumptions);
    let model = ModelId::new(LLAMA);
    let bounds = |day: &str| {
        let query = crate::pricing::PriceQuery {
            model: &model,
            scope: EndpointScope::InRegion,
            region: "us-east-1",
            tier: ServiceTier::Standard,
            prompt_band: Some(0),
            meter: SkuMeter::Input,
            date: day.parse().unwrap(),
        };
        let price = pricer.price(&query).unwrap().unwrap();
        (
            price.unit_price.to_string(),
            price.high.to_string(),
            price.basis,
        )
    };
    // Legacy on 2026-09-30; three months later is 2026-12-30.
    assert_eq!(
        bounds("2026-12-29"),
        ("0.72".into(), "0.72".into(), PriceBasis::Listed)
    );
    assert_eq!(
        bounds("2026-12-30"),
        ("0.72".into(), "1.44".into(), PriceBasis::Listed)
    );
}
