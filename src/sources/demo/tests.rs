//! Tests of the demo: the same rows always, and every ingredient that it promises.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::{EndpointScope, InferenceProfile, Month};

const SONNET_4: &str = "anthropic.claude-sonnet-4-20250514-v1:0";
const SONNET_4_5: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const SONNET_5: &str = "anthropic.claude-sonnet-5";
const OPUS_4_1: &str = "anthropic.claude-opus-4-1-20250805-v1:0";
const HAIKU_4_5: &str = "anthropic.claude-haiku-4-5-20251001-v1:0";
const MAPPED: &str =
    "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/h4c7a2t9p5w1";
const UNMAPPED: &str =
    "arn:aws:bedrock:eu-central-1:444455556666:application-inference-profile/q7v3n8k2d5x6";

/// What the tables and the settings of the demo would know, profiles read from the settings.
fn naming() -> ModelNaming {
    let settings: toml::Table = DEMO_SETTINGS.parse().unwrap();
    let profiles = settings["inference_profile"].as_table().unwrap();
    ModelNaming {
        providers: ["anthropic", "amazon"].map(Text::from).into(),
        models: [
            SONNET_4,
            SONNET_4_5,
            SONNET_5,
            OPUS_4_1,
            "anthropic.claude-opus-5",
            HAIKU_4_5,
            "amazon.titan-embed-text-v2:0",
            "amazon.nova-lite-v1:0",
            "amazon.nova-pro-v1:0",
        ]
        .map(Text::from)
        .into(),
        profiles: profiles
            .iter()
            .map(|(id, profile)| {
                let text = |key: &str| Text::from(profile[key].as_str().unwrap());
                let profile = InferenceProfile {
                    name: Some(text("name")),
                    model: text("model"),
                    tags: BTreeMap::new(),
                };
                (Text::from(id.as_str()), profile)
            })
            .collect(),
        prompt_bands: [(Text::from(SONNET_4_5), vec![200_000])].into(),
        ..Default::default()
    }
}

fn rows() -> Vec<UsageRow> {
    demo_usage(&naming())
}

/// A row without its counts: the key of the table.
fn key(row: &UsageRow) -> UsageRow {
    UsageRow {
        counts: TokenCounts::default(),
        ..row.clone()
    }
}

/// Requests and tokens of the rows that are asked for.
fn total(rows: &[UsageRow], wanted: impl Fn(&UsageRow) -> bool) -> TokenCounts {
    rows.iter()
        .filter(|row| wanted(row))
        .fold(TokenCounts::default(), |sum, row| {
            sum.add(&row.counts).unwrap()
        })
}

fn is_role(row: &UsageRow, role: &str) -> bool {
    let principal = row.principal.as_deref().unwrap_or_default();
    principal.ends_with(&format!(":assumed-role/{role}"))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn every_call_makes_the_same_rows() {
    assert_eq!(rows(), rows());
    // Worked out once: a change of the demo shows here, and is meant to.
    let all = total(&rows(), |_| true);
    assert_eq!(
        (rows().len(), all.requests, all.tokens()),
        (3_977, 431_300_237, 464_642_839_704)
    );
}

#[test]
fn rows_are_sorted_whole_days_with_keys_of_their_own() {
    let rows = rows();
    assert!(rows.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])));
    for row in &rows {
        assert_eq!(row.hour.time(), NaiveTime::MIN);
        assert_eq!(
            (row.granularity, row.source, &row.workload),
            (Granularity::Day, Source::Demo, &None)
        );
        assert!(row.day() < DEMO_AS_OF);
        let counts = row.counts;
        assert!(counts.requests >= counts.failed_requests + counts.requests_without_counts);
    }
    let days: BTreeSet<NaiveDate> = rows.iter().map(UsageRow::day).collect();
    assert_eq!(days.first(), Some(&day("2026-04-01")));
    assert_eq!(days.last(), Some(&day("2026-11-21")));
    // April 30 + May 31 + June 30 + July 31 + August 31 + September 30 + October 31 + 21.
    assert_eq!(days.len(), 235);
}

#[test]
fn three_accounts_in_three_regions_and_one_caller_nobody_names() {
    let rows = rows();
    let distinct = |text: fn(&UsageRow) -> Option<Text>| -> usize {
        rows.iter().filter_map(text).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(distinct(|row| Some(row.account_id.clone())), 3);
    assert_eq!(distinct(|row| Some(row.region.clone())), 3);
    assert_eq!(distinct(|row| row.principal.clone()), 13);
    let nobody = total(&rows, |row| row.principal.is_none());
    assert!(nobody.requests > 1_000_000);
    assert!(
        rows.iter()
            .filter(|row| row.principal.is_none())
            .all(|row| row.metadata.is_empty() && row.inference_profile.is_none())
    );
}

#[test]
fn the_settings_name_an_existing_successor_and_claim_every_other_stream() {
    let settings: toml::Table = DEMO_SETTINGS.parse().unwrap();
    let rules = settings["workload"].as_array().unwrap();
    let names: Vec<&str> = rules
        .iter()
        .map(|rule| rule["name"].as_str().unwrap())
        .collect();
    let workloads: BTreeSet<&str> = streams::STREAMS.iter().map(|s| s.workload).collect();
    assert_eq!(workloads.len(), 15);
    for workload in workloads {
        let by_team = workload.starts_with("team-") && names.contains(&"team-{1}");
        let claimed = by_team || names.contains(&workload);
        assert_eq!(claimed, workload != "unallocated", "{workload}");
    }
    let naming = naming();
    for successor in rules.iter().filter_map(|rule| rule.get("successor")) {
        assert!(naming.resolve(successor.as_str().unwrap()).known);
    }
}

#[test]
fn only_the_unmapped_profile_stays_unresolved() {
    let (naming, rows) = (naming(), rows());
    for row in &rows {
        let known = naming.models.contains(row.model_id.as_str());
        assert_eq!(known, row.model_id.as_str() != UNMAPPED);
        assert_eq!(known, row.endpoint_scope.is_some());
        assert_eq!(known, row.prompt_band.is_some());
    }
    let profile =
        |name: &'static str| move |row: &&UsageRow| row.inference_profile.as_deref() == Some(name);
    let mapped = rows.iter().find(profile(MAPPED)).unwrap();
    assert_eq!(mapped.model_id.as_str(), HAIKU_4_5);
    assert_eq!(mapped.geo.as_deref(), Some("us"));
    assert!(rows.iter().any(|row| profile(UNMAPPED)(&row)));
}

#[test]
fn sonnet_4_5_is_called_in_region_geo_and_global() {
    let rows = rows();
    for scope in [
        EndpointScope::InRegion,
        EndpointScope::Geo,
        EndpointScope::Global,
    ] {
        let calls = total(&rows, |row| {
            row.model_id.as_str() == SONNET_4_5 && row.endpoint_scope == Some(scope)
        });
        assert!(calls.requests > 100_000, "{scope}");
    }
}

#[test]
fn a_long_prompt_is_above_its_band_and_any_other_below() {
    let rows = rows();
    let long = total(&rows, |row| row.prompt_band == Some(200_000));
    assert!(long.requests > 10_000);
    for row in &rows {
        let counts = row.counts;
        let asked = counts.requests - counts.failed_requests - counts.requests_without_counts;
        let prompt = counts.tokens() - counts.output_tokens.unwrap_or(0);
        let above = prompt > 200_000 * asked;
        assert_eq!(above, row.prompt_band == Some(200_000), "{row:?}");
    }
}

#[test]
fn half_of_the_code_assistant_has_moved_since_september() {
    let rows = rows();
    let share = |from: &str, to: &str| {
        let tokens = |model: &str| {
            total(&rows, |row| {
                is_role(row, "code-assistant")
                    && row.model_id.as_str() == model
                    && (day(from)..day(to)).contains(&row.day())
            })
            .tokens()
        };
        100 * tokens(SONNET_5) / (tokens(SONNET_5) + tokens(SONNET_4_5))
    };
    assert_eq!(share("2026-08-01", "2026-09-01"), 0);
    assert!((5..=20).contains(&share("2026-09-08", "2026-10-01")));
    assert!((50..=62).contains(&share("2026-11-01", "2026-11-22")));
}

#[test]
fn opus_4_1_and_the_model_past_its_end_are_still_called() {
    let rows = rows();
    let late = |model: &str, from: &str| {
        total(&rows, |row| {
            row.model_id.as_str() == model && row.day() >= day(from)
        })
    };
    assert!(late(OPUS_4_1, "2026-11-15").requests > 1_000);
    let expired = late(SONNET_4, "2026-10-14");
    assert!(expired.requests < 2_000);
    assert!(4 * expired.failed_requests > 3 * expired.requests);
    assert!(expired.tokens() > 0);
    assert!(late(SONNET_4, "2026-11-21").requests > 0);
}

#[test]
fn the_corporate_account_left_sonnet_4_5_alone_for_13_days() {
    let last = rows()
        .iter()
        .filter(|row| &*row.account_id == "777788889999" && row.model_id.as_str() == SONNET_4_5)
        .map(UsageRow::day)
        .max()
        .unwrap();
    assert_eq!(last, day("2026-11-09"));
    assert_eq!(DEMO_AS_OF.signed_duration_since(last).num_days(), 13);
}

#[test]
fn tiers_caches_failures_missing_counts_and_metadata_are_all_there() {
    let rows = rows();
    let all = total(&rows, |_| true);
    assert!(all.failed_requests > 0 && all.requests_without_counts > 0);
    for tokens in [
        all.cache_read_tokens,
        all.cache_write_5m_tokens,
        all.cache_write_1h_tokens,
        all.cache_write_unknown_tokens,
    ] {
        assert!(tokens > Some(1_000_000));
    }
    let batch = |row: &UsageRow| row.service_tier == ServiceTier::Batch;
    assert!(total(&rows, batch).tokens() > 1_000_000);
    let embedding = |row: &UsageRow| row.model_id.as_str() == "amazon.titan-embed-text-v2:0";
    assert_eq!(total(&rows, embedding).output_tokens, None);
    let teams: BTreeSet<&str> = rows
        .iter()
        .filter_map(|row| row.metadata.get("team"))
        .map(|team| &**team)
        .collect();
    let expected = ["data-science", "marketing", "search", "trust-and-safety"];
    assert_eq!(teams, BTreeSet::from(expected));
}

#[test]
fn weekends_are_quiet_in_offices_and_busy_in_the_shop() {
    let rows = rows();
    // 2026-10-24 is a Saturday, 2026-10-21 a Wednesday.
    let requests = |role: &str, on: &str| {
        total(&rows, |row| is_role(row, role) && row.day() == day(on)).requests
    };
    for (role, quiet, busy) in [
        ("document-review", "2026-10-24", "2026-10-21"),
        ("bedrock-batch-invoices", "2026-10-24", "2026-10-21"),
        ("support-chat-prod", "2026-10-21", "2026-10-24"),
    ] {
        assert!(
            4 * requests(role, busy) > 5 * requests(role, quiet),
            "{role}"
        );
    }
    assert!(requests("document-review", "2026-10-24") > 0);
}

#[test]
fn every_steady_stream_grows_from_four_weeks_to_the_next() {
    for stream in streams::STREAMS {
        if stream.growth == 0 || !stream.ramp.is_empty() || stream.days.0 > 0 {
            continue;
        }
        let tokens = |period: u64| -> u64 {
            (28 * period..28 * (period + 1))
                .filter_map(|day| counts_of(stream, day))
                .map(|counts| counts.tokens())
                .sum()
        };
        // 235 days hold eight whole periods.
        for period in 1..8 {
            assert!(
                tokens(period) > tokens(period - 1),
                "{} {period}",
                stream.workload
            );
        }
    }
}

#[test]
fn the_company_sends_more_tokens_each_month() {
    let rows = rows();
    let monthly = |month: &str| {
        let month: Month = month.parse().unwrap();
        total(&rows, |row| month.contains(row.day())).tokens() / month.days()
    };
    assert!(monthly("2026-07") > monthly("2026-04"));
    assert!(monthly("2026-10") > monthly("2026-07"));
}

#[test]
fn a_ramp_is_a_straight_line_between_its_points_and_flat_outside() {
    let ramp = [(10, 1000), (20, 500)];
    for (day, height) in [(0, 1000), (10, 1000), (15, 750), (20, 500), (99, 500)] {
        assert_eq!(ramp_on(&ramp, day), height);
    }
    assert_eq!(ramp_on(&[], 5), 1000);
}
