//! What holds for any usage: the parts add up to the totals to the last digit, and neither the
//! order nor the splitting of the input matters.

use proptest::prelude::*;

use super::*;
use crate::pricing::frozen::{
    CANVAS, LLAMA, LUNA, OPUS_4_1, SONNET_3_5_V2, SONNET_4_5, charged, usage,
};

/// Any count, known or not.
fn arb_count() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![Just(None), Just(Some(0)), (1..2_000_000_u64).prop_map(Some)]
}

fn arb_counts() -> impl Strategy<Value = TokenCounts> {
    (
        1..50_u64,
        0..3_u64,
        [
            arb_count(),
            arb_count(),
            arb_count(),
            arb_count(),
            arb_count(),
            arb_count(),
        ],
        arb_count(),
    )
        .prop_map(|(requests, without, tokens, images)| TokenCounts {
            requests,
            failed_requests: 0,
            requests_without_counts: without,
            input_tokens: tokens[0],
            output_tokens: tokens[1],
            cache_read_tokens: tokens[2],
            cache_write_5m_tokens: tokens[3],
            cache_write_1h_tokens: tokens[4],
            cache_write_unknown_tokens: tokens[5],
            images,
        })
}

/// Usage around every date and Region of the frozen tables, of known and unknown models.
fn arb_row() -> impl Strategy<Value = UsageRow> {
    let model = prop::sample::select(vec![
        SONNET_4_5,
        SONNET_3_5_V2,
        OPUS_4_1,
        LLAMA,
        LUNA,
        CANVAS,
        "abcd1234efgh",
    ]);
    let region = prop::sample::select(vec![
        "us-east-1",
        "ap-south-1",
        "eu-north-1",
        "us-gov-west-1",
    ]);
    let day = prop::sample::select(vec![
        "2025-11-30",
        "2025-12-01",
        "2026-03-01",
        "2026-07-29",
        "2026-07-30",
        "2026-10-07",
        "2026-10-08",
        "2027-01-08",
    ]);
    let scope = prop::sample::select(vec![
        None,
        Some(EndpointScope::InRegion),
        Some(EndpointScope::Geo),
        Some(EndpointScope::Global),
    ]);
    let tier = prop::sample::select(vec![
        ServiceTier::Standard,
        ServiceTier::Batch,
        ServiceTier::Provisioned,
    ]);
    let band = prop::sample::select(vec![None, Some(0), Some(200_000)]);
    let workload = prop::sample::select(vec!["checkout", "search"]);
    (
        model,
        region,
        day,
        scope,
        tier,
        band,
        workload,
        arb_counts(),
    )
        .prop_map(
            |(model, region, day, scope, tier, band, workload, counts)| UsageRow {
                endpoint_scope: scope,
                service_tier: tier,
                prompt_band: band,
                workload: Some(workload.into()),
                ..usage(model, region, day, counts)
            },
        )
}

fn total(costs: impl Iterator<Item = Option<Usd>>) -> Usd {
    Usd::sum(costs.flatten()).unwrap()
}

proptest! {
    // A failure is told in full; a file of seeds beside the crate would only lie about.
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn charges_cost_rows_and_total_add_up(rows in prop::collection::vec(arb_row(), 0..40)) {
        let charges = charged(&rows);
        let of_charges = total(charges.charges.iter().map(|charge| charge.list_cost));
        let of_costs = total(charges.costs.iter().map(|row| row.list_cost));
        prop_assert_eq!(of_charges, of_costs);
        for row in &charges.costs {
            let parts = || charges.charges.iter().filter(|charge| {
                charge.month == row.month
                    && charge.workload == row.workload
                    && charge.region == row.region
                    && charge.model_id == row.model_id
                    && charge.endpoint_scope == row.endpoint_scope
                    && charge.service_tier == row.service_tier
                    && charge.phase == row.phase
            });
            prop_assert_eq!(row.list_cost.unwrap_or_default(), total(parts().map(|c| c.list_cost)));
            prop_assert_eq!(row.list_cost.is_some(), parts().any(|c| c.list_cost.is_some()));
            let basis = parts().map(|c| c.price_basis).max().unwrap_or(PriceBasis::Listed);
            prop_assert_eq!(row.price_basis, basis);
            if let (Some(list), Some(normal)) = (row.list_cost, row.normal_cost) {
                prop_assert_eq!(row.extended_access_premium, Some(list.subtract(normal).unwrap()));
            }
        }
        let counted = rows.iter().map(|row| row.counts.tokens() + row.counts.images.unwrap_or(0));
        let charged_for = charges.charges.iter().map(|charge| charge.consumed_quantity);
        prop_assert_eq!(counted.sum::<u64>(), charged_for.sum::<u64>());
        let requests = rows.iter().map(|row| row.counts.requests).sum::<u64>();
        prop_assert_eq!(requests, charges.costs.iter().map(|row| row.counts.requests).sum::<u64>());
    }

    #[test]
    fn the_order_of_the_rows_never_matters(
        rows in prop::collection::vec(arb_row(), 0..40),
        seed in any::<u64>(),
    ) {
        let mut shuffled = rows.clone();
        shuffled.sort_by_key(|row| scattered(row, seed));
        let (one, other) = (charged(&rows), charged(&shuffled));
        prop_assert_eq!(one.charges, other.charges);
        prop_assert_eq!(one.costs, other.costs);
        prop_assert_eq!(one.findings, other.findings);
    }
}

/// A key that scatters rows differently for every seed.
fn scattered(row: &UsageRow, seed: u64) -> u64 {
    use std::hash::BuildHasher;
    let key = (row.hour, &row.model_id, row.counts);
    foldhash::fast::FixedState::with_seed(seed).hash_one(key)
}
