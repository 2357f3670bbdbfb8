//! Adding up, de-duplication, and their independence of order. Test code.
//!
//! Sample: two versions of one call count once, whichever comes first.

use std::borrow::Cow;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Rollup, RollupOptions, UsageRollup};
use crate::domain::{
    CacheWrites, EndpointScope, MetadataPairs, ModelNaming, RecordSink, ServiceTier, UsageRecord,
};

const HOUR: i64 = 1_790_812_800;
const TEAM: &MetadataPairs<'_> = &[("team", Cow::Borrowed("a"))];

fn naming() -> Arc<ModelNaming> {
    Arc::new(ModelNaming {
        providers: ["amazon".into()].into(),
        models: ["amazon.m".into()].into(),
        prompt_bands: [("amazon.m".into(), vec![1000])].into(),
        ..ModelNaming::default()
    })
}

fn call(request_id: Option<&str>, input: u64) -> UsageRecord<'_> {
    UsageRecord {
        timestamp: HOUR + 5,
        account_id: "1",
        region: "r",
        request_id,
        model_id: "us.amazon.m",
        principal: Some("arn:aws:sts::1:assumed-role/role/session"),
        metadata: TEAM,
        input_tokens: Some(input),
        output_tokens: Some(1),
        ..UsageRecord::default()
    }
}

/// Rolls up what each of several threads read.
fn roll<'a>(threads: &[Vec<UsageRecord<'a>>], memory_budget: usize) -> UsageRollup {
    let rollup = Rollup::new(
        naming(),
        RollupOptions {
            memory_budget,
            threads: threads.len(),
            ..RollupOptions::default()
        },
    );
    let sinks = threads.iter().map(|records| {
        let mut sink = rollup.sink();
        for record in records {
            sink.take(record).unwrap();
        }
        sink
    });
    rollup.finish(sinks.collect()).unwrap()
}

#[test]
fn a_tier_that_nobody_knows_is_a_finding() {
    let mut odd = call(Some("b"), 7);
    odd.unknown_tier = true;
    odd.cache_writes.one_hour = Some(100);
    let threads = [vec![call(Some("a"), 5), odd.clone()], vec![odd]];
    let findings = roll(&threads, 1 << 20).findings;
    assert_eq!(
        findings[0].to_string(),
        "warning[unknown-service-tier]: invocation logs: 2 records name service tiers that are \
         not known; they are kept as standard, so their prices may be wrong"
    );
    // Twice 7 in, 1 out, 100 written.
    assert_eq!(findings[0].tokens_affected, Some(216));
}

#[test]
fn calls_of_an_hour_that_share_a_key_become_one_row() {
    let mut second = call(Some("b"), 7);
    second.timestamp = HOUR + 3599;
    second.principal = Some("arn:aws:sts::1:assumed-role/role/other-session");
    second.cache_writes = CacheWrites {
        one_hour: Some(3),
        ..CacheWrites::default()
    };
    let mut failed = call(Some("c"), 0);
    failed.failed = true;
    let rollup = roll(&[vec![call(Some("a"), 5), second, failed]], 1 << 20);
    assert_eq!(rollup.rows.len(), 1);
    let row = &rollup.rows[0];
    assert_eq!(row.hour.timestamp(), HOUR);
    assert_eq!(row.model_id.as_str(), "amazon.m");
    assert_eq!(row.endpoint_scope, Some(EndpointScope::Geo));
    assert_eq!(row.geo.as_deref(), Some("us"));
    assert_eq!(
        row.principal.as_deref(),
        Some("arn:aws:sts::1:assumed-role/role")
    );
    assert_eq!(row.metadata.to_string(), r#"{"team":"a"}"#);
    assert_eq!(row.prompt_band, Some(0));
    let counts = &row.counts;
    // 5 + 7 + 0 in, 3 x 1 out.
    assert_eq!((counts.requests, counts.failed_requests), (3, 1));
    assert_eq!(
        (counts.input_tokens, counts.output_tokens),
        (Some(12), Some(3))
    );
    assert_eq!(counts.cache_write_1h_tokens, Some(3));
    assert_eq!(counts.cache_read_tokens, None);
}

#[test]
fn the_prompt_band_tier_and_time_part_rows() {
    let mut long = call(Some("a"), 900);
    long.cache_read_tokens = Some(101);
    let at_the_bound = call(Some("b"), 1000);
    let mut unknown = call(Some("c"), 0);
    (unknown.input_tokens, unknown.output_tokens) = (None, None);
    let mut flex = call(Some("d"), 1);
    flex.service_tier = ServiceTier::Flex;
    let mut provisioned = call(Some("e"), 1);
    provisioned.model_id = "arn:aws:bedrock:r:1:provisioned-model/x";
    let mut early = call(Some("f"), 1);
    early.timestamp = HOUR - 1;
    let rollup = roll(
        &[vec![long, at_the_bound, unknown, flex, provisioned, early]],
        0,
    );
    let mut seen: Vec<_> = rollup
        .rows
        .iter()
        .map(|row| (row.hour.timestamp(), row.service_tier, row.prompt_band))
        .collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            (HOUR - 3600, ServiceTier::Standard, Some(0)),
            (HOUR, ServiceTier::Flex, Some(0)),
            (HOUR, ServiceTier::Provisioned, Some(0)),
            (HOUR, ServiceTier::Standard, None),
            (HOUR, ServiceTier::Standard, Some(0)),
            (HOUR, ServiceTier::Standard, Some(1000)),
        ]
    );
    let without = rollup
        .rows
        .iter()
        .find(|row| row.prompt_band.is_none())
        .unwrap();
    assert_eq!(without.counts.requests_without_counts, 1);
}

#[test]
fn a_call_seen_twice_counts_once_and_one_without_id_always() {
    let mut elsewhere = call(Some("a"), 5);
    elsewhere.region = "r2";
    let records = vec![
        call(Some("a"), 5),
        call(Some("a"), 5),
        call(None, 2),
        call(None, 2),
        elsewhere,
    ];
    let rollup = roll(&[records], 1 << 20);
    assert_eq!(rollup.duplicates, 1);
    assert_eq!(rollup.rows.len(), 2);
    assert_eq!(rollup.rows[0].counts.input_tokens, Some(5 + 2 + 2));
    assert_eq!(
        rollup.findings[0].to_string(),
        "info[duplicate-records]: invocation logs: 1 record repeats the account, Region and \
         request id of another and is left out; each call counts once"
    );
}

#[test]
fn of_versions_that_differ_the_one_that_knows_more_stands() {
    let mut knows_less = call(Some("a"), 900);
    (knows_less.output_tokens, knows_less.model_id) = (None, "us.amazon.other");
    for order in [
        vec![knows_less.clone(), call(Some("a"), 5)],
        vec![call(Some("a"), 5), knows_less.clone()],
    ] {
        let rollup = roll(&[order], 1 << 20);
        assert_eq!(rollup.rows.len(), 1);
        assert_eq!(rollup.rows[0].model_id.as_str(), "amazon.m");
        assert_eq!(rollup.rows[0].counts.input_tokens, Some(5));
    }
}

#[test]
fn callers_that_differ_in_one_thing_stay_apart() {
    let long = |end: &str| format!("arn:aws:iam::1:user/{}{end}", "x".repeat(300));
    let (long_a, long_b) = (long("a"), long("b"));
    let others: &MetadataPairs<'_> = &[("team", Cow::Borrowed("b"))];
    let usual = call(None, 1);
    let users = [
        usual.clone(),
        // The same letters, parted otherwise.
        UsageRecord {
            account_id: "1r",
            region: "",
            ..usual.clone()
        },
        UsageRecord {
            region: "s",
            ..usual.clone()
        },
        UsageRecord {
            model_id: "eu.amazon.m",
            ..usual.clone()
        },
        UsageRecord {
            principal: None,
            ..usual.clone()
        },
        UsageRecord {
            principal: Some(""),
            ..usual.clone()
        },
        UsageRecord {
            principal: Some("arn:aws:sts::1:assumed-role/rola/session"),
            ..usual.clone()
        },
        UsageRecord {
            metadata: others,
            ..usual.clone()
        },
        UsageRecord {
            metadata: &[],
            ..usual.clone()
        },
        UsageRecord {
            service_tier: ServiceTier::Flex,
            ..usual
        },
        // Too long to be kept, and alike but for the end.
        UsageRecord {
            principal: Some(&long_a),
            ..call(None, 1)
        },
        UsageRecord {
            principal: Some(&long_b),
            ..call(None, 1)
        },
    ];
    // User n calls n + 1 times, one after the other and in turn with all others.
    let mut records = Vec::new();
    for round in 0..users.len() {
        for user in &users[round..] {
            records.push(user.clone());
        }
    }
    let mut one_by_one: Vec<_> = records.clone();
    one_by_one.sort_by_key(|record| users.iter().position(|user| user == record));
    for records in [records, one_by_one] {
        let rows = roll(&[records], 1 << 20).rows;
        let mut requests: Vec<_> = rows.iter().map(|row| row.counts.requests).collect();
        requests.sort_unstable();
        assert_eq!(requests, (1..=users.len() as u64).collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn order_threads_and_memory_change_nothing(
        calls in proptest::collection::vec((0u32..150, 0u64..3, 0usize..3, any::<bool>()), 0..400),
        threads in 1usize..5,
        turn in 0usize..400,
    ) {
        let ids: Vec<String> = (0..150).map(|n| n.to_string()).collect();
        let models = ["amazon.m", "us.amazon.m", "eu.amazon.m"];
        let mut records: Vec<UsageRecord<'_>> = calls
            .iter()
            .map(|(id, input, model, known)| UsageRecord {
                model_id: models[*model],
                output_tokens: known.then_some(4),
                ..call(Some(&ids[*id as usize]), *input)
            })
            .collect();
        let expected = roll(&[records.clone()], 1 << 20);
        let distinct: std::collections::BTreeSet<u32> = calls.iter().map(|call| call.0).collect();
        let requests: u64 = expected.rows.iter().map(|row| row.counts.requests).sum();
        prop_assert_eq!(requests, distinct.len() as u64);
        prop_assert_eq!(requests + expected.duplicates, calls.len() as u64);
        let turn = turn % records.len().max(1);
        records.rotate_left(turn);
        let mut parts = vec![Vec::new(); threads];
        for (index, record) in records.into_iter().enumerate() {
            parts[index * index % threads].push(record);
        }
        // A budget of 0 keeps two calls of a partition: the rest goes through the file, and
        // fingerprints are compared share by share.
        for budget in [0, 5000, 1 << 20] {
            let rollup = roll(&parts, budget);
            prop_assert_eq!(&rollup.rows, &expected.rows);
            prop_assert_eq!(rollup.duplicates, expected.duplicates);
        }
    }
}
