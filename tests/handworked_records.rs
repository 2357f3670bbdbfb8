//! Invocation-log records, one by one, as AWS writes them, with the arithmetic.
//!
//! The role of each record is the case, and so the workload. Prices per 1,000,000 tokens, from
//! the pricing page of 2026-07-24 unless a test says otherwise. Claude Sonnet 4.5 in-region and
//! geo: 3.30 input, 16.50 output, 0.33 cache read, 4.125 five-minute and 6.60 one-hour write;
//! global 3.00, 15.00, 0.30, 3.75, 6.00.

use std::sync::LazyLock;

use rust_decimal::Decimal;

use crate::handworked::{Report, explain, fixture, money, sum, written};

static REPORT: LazyLock<Report> =
    LazyLock::new(|| Report::of(&[fixture("records.jsonl"), fixture("batch.csv")], &[]));

#[test]
fn in_region_is_ten_per_cent_above_global() {
    assert_eq!(
        REPORT.charges_of("in-region"),
        [
            "2026-09 active 0 input 12345 x 3.3 = 0.0407385 listed",
            "2026-09 active 0 output 678 x 16.5 = 0.011187 listed",
        ]
    );
    assert_eq!(
        REPORT.charges_of("global"),
        [
            "2026-09 active 0 input 12345 x 3 = 0.037035 listed",
            "2026-09 active 0 output 678 x 15 = 0.01017 listed",
        ]
    );
    // 0.0407385 + 0.011187 = 0.0519255 = 1.1 x (0.037035 + 0.01017) = 1.1 x 0.047205
    assert_eq!(money("0.047205") * money("1.1"), money("0.0519255"));
}

#[test]
fn an_inference_profile_arn_is_charged_as_geo() {
    assert_eq!(
        REPORT.charges_of("geo-profile"),
        [
            "2026-09 active 0 input 2000 x 3.3 = 0.0066 listed",
            "2026-09 active 0 output 300 x 16.5 = 0.00495 listed",
        ]
    );
    let charges = REPORT.table("charges");
    let row = charges.iter().find(|row| row["workload"] == "geo-profile");
    assert_eq!(row.unwrap()["endpoint_scope"], "geo");
}

#[test]
fn a_one_hour_write_stands_beside_a_five_minute_one() {
    // The body says: 9,000 written, of which 4,000 for five minutes and 5,000 for an hour.
    assert_eq!(
        REPORT.charges_of("one-hour-cache"),
        [
            "2026-09 active 0 input 100 x 3.3 = 0.00033 listed",
            "2026-09 active 0 output 50 x 16.5 = 0.000825 listed",
            "2026-09 active 0 cache_read 20000 x 0.33 = 0.0066 listed",
            "2026-09 active 0 cache_write_5m 4000 x 4.125 = 0.0165 listed",
            "2026-09 active 0 cache_write_1h 5000 x 6.6 = 0.033 listed",
        ]
    );
}

#[test]
fn a_write_of_unknown_time_to_live_is_charged_at_five_minutes_and_bounded_at_an_hour() {
    assert_eq!(
        REPORT.charges_of("unknown-cache"),
        [
            "2026-09 active 0 input 200 x 3.3 = 0.00066 listed",
            "2026-09 active 0 output 10 x 16.5 = 0.000165 listed",
            "2026-09 active 0 cache_write_5m 3000 x 4.125 = 0.012375 listed",
        ]
    );
    // 3,000 x (6.60 - 4.125) / 1,000,000 = 0.007425
    let finding = REPORT.finding("unknown-cache-ttl", "claude-sonnet-4-5");
    assert_eq!(finding["tokens_affected"], "3000");
    assert_eq!(finding["cost_affected"], "0.007425");
}

#[test]
fn a_prompt_of_200000_tokens_is_charged_at_the_base_price() {
    // 150,000 + 49,000 read + 1,000 written = 200,000: at the threshold, not above it.
    assert_eq!(
        REPORT.charges_of("prompt-at-200000"),
        [
            "2026-09 active 0 input 150000 x 3.3 = 0.495 listed",
            "2026-09 active 0 output 1000 x 16.5 = 0.0165 listed",
            "2026-09 active 0 cache_read 49000 x 0.33 = 0.01617 listed",
            "2026-09 active 0 cache_write_5m 1000 x 4.125 = 0.004125 listed",
        ]
    );
}

#[test]
fn one_token_more_charges_the_whole_request_at_the_long_context_price() {
    // litellm 1.109.1, us.: 6.60, 24.75, 0.66 and 8.25 above 200,000 tokens.
    assert_eq!(
        REPORT.charges_of("prompt-at-200001"),
        [
            "2026-09 active 200000 input 150001 x 6.6 = 0.9900066 listed",
            "2026-09 active 200000 output 1000 x 24.75 = 0.02475 listed",
            "2026-09 active 200000 cache_read 49000 x 0.66 = 0.03234 listed",
            "2026-09 active 200000 cache_write_5m 1000 x 8.25 = 0.00825 listed",
        ]
    );
}

#[test]
fn batch_and_latency_optimised_use_have_prices_of_their_own() {
    assert_eq!(
        REPORT.charges_of("batch"),
        [
            "2026-09 active 0 input 1000003 x 1.5 = 1.5000045 listed",
            "2026-09 active 0 output 200009 x 7.5 = 1.5000675 listed",
        ]
    );
    // Claude 3.5 Haiku latency-optimised is 1.00 and 5.00; its end was 2026-06-19, its last
    // phase Extended Access without a public price: assumed 2.00 and 10.00.
    assert_eq!(
        REPORT.charges_of("fast-lane"),
        [
            "2026-09 end-of-life 0 input 10007 x 2 = 0.020014 assumed",
            "2026-09 end-of-life 0 output 2003 x 10 = 0.02003 assumed",
        ]
    );
}

#[test]
fn the_published_extended_access_price_begins_with_the_second_and_doubles_all_four_meters() {
    // One call at 2025-11-30T23:59:59Z, the same at 2025-12-01T00:00:00Z.
    assert_eq!(
        REPORT.charges_of("published-uplift"),
        [
            "2025-11 legacy 0 input 1009 x 3 = 0.003027 listed",
            "2025-11 legacy 0 output 401 x 15 = 0.006015 listed",
            "2025-11 legacy 0 cache_read 2003 x 0.3 = 0.0006009 listed",
            "2025-11 legacy 0 cache_write_5m 3001 x 3.75 = 0.01125375 listed",
            "2025-12 extended-access 0 input 1009 x 6 = 0.006054 listed",
            "2025-12 extended-access 0 output 401 x 30 = 0.01203 listed",
            "2025-12 extended-access 0 cache_read 2003 x 0.6 = 0.0012018 listed",
            "2025-12 extended-access 0 cache_write_5m 3001 x 7.5 = 0.0225075 listed",
        ]
    );
    // 0.003027 + 0.006015 + 0.0006009 + 0.01125375 = 0.02089665, twice it 0.0417933
    let cost = REPORT.table("cost");
    let row = cost.iter().find(|row| row["month"] == "2025-12").unwrap();
    assert_eq!(row["list_cost"], "0.0417933");
    assert_eq!(row["normal_cost"], "0.02089665");
    assert_eq!(row["extended_access_premium"], "0.02089665");
}

#[test]
fn extended_access_without_a_public_price_is_assumed_at_twice_normal_and_bounded() {
    // Claude Opus 4.1, 15 and 75; Extended Access from 2026-10-08.
    assert_eq!(
        REPORT.charges_of("assumed-uplift"),
        [
            "2026-10 legacy 0 input 1000 x 15 = 0.015 listed",
            "2026-10 legacy 0 output 1000 x 75 = 0.075 listed",
            "2026-10 extended-access 0 input 1000 x 30 = 0.03 assumed",
            "2026-10 extended-access 0 output 1000 x 150 = 0.15 assumed",
        ]
    );
    // Low 0.015 + 0.075 = 0.09, likely and high 0.03 + 0.15 = 0.18.
    let finding = REPORT.finding("assumed-price", "claude-opus-4-1");
    assert_eq!(finding["cost_affected"], "0.18");
    assert!(
        finding["message"].contains("between $0.09 and $0.18"),
        "{}",
        finding["message"]
    );
}

#[test]
fn settings_change_the_multiplier_and_give_a_discount_beside_the_list_cost() {
    let folder = tempfile::tempdir().unwrap();
    let settings = written(
        &folder,
        "settings.toml",
        "[extended_access.model.\"anthropic.claude-opus-4-1-20250805-v1:0\"]\n\
         likely = \"1.5\"\n[discount]\nall = \"0.10\"\n",
    );
    let arguments = ["--settings", settings.to_str().unwrap()];
    let report = Report::of(&[fixture("records.jsonl")], &arguments);
    assert_eq!(
        report.charges_of("assumed-uplift"),
        [
            "2026-10 legacy 0 input 1000 x 15 = 0.015 listed",
            "2026-10 legacy 0 output 1000 x 75 = 0.075 listed",
            "2026-10 extended-access 0 input 1000 x 22.5 = 0.0225 assumed",
            "2026-10 extended-access 0 output 1000 x 112.5 = 0.1125 assumed",
        ]
    );
    // 0.0225 + 0.1125 = 0.135, less 10% 0.1215; normal 0.09, premium 0.045.
    let cost = report.table("cost");
    let of = |workload: &str, phase: &str| {
        let row = cost
            .iter()
            .find(|row| row["workload"] == workload && row["phase"] == phase);
        let row = row.unwrap();
        [
            "list_cost",
            "normal_cost",
            "extended_access_premium",
            "contracted_cost",
        ]
        .map(|column| row[column].clone())
    };
    assert_eq!(
        of("assumed-uplift", "extended-access"),
        ["0.135", "0.09", "0.045", "0.1215"]
    );
    // 0.0519255 x 0.9 = 0.04673295
    assert_eq!(
        of("in-region", "active"),
        ["0.0519255", "0.0519255", "0", "0.04673295"]
    );
}

#[test]
fn a_model_without_a_price_keeps_its_tokens_and_gets_no_cost() {
    assert_eq!(
        REPORT.charges_of("no-price"),
        [
            "2026-09 end-of-life 0 input 1100 x  =  unpriced",
            "2026-09 end-of-life 0 output 220 x  =  unpriced",
        ]
    );
    let finding = REPORT.finding("unpriced-usage", "titan-tg1-large");
    assert_eq!(finding["tokens_affected"], "1320");
    assert_eq!(finding["cost_affected"], "");
    // It ended on 2025-10-27 as well; what that costs is not known, which is not 0.
    let finding = REPORT.finding("past-eol", "titan-tg1-large");
    assert!(finding["message"].contains("on 2026-09-16, without a price;"));
    assert_eq!(finding["cost_affected"], "");
}

#[test]
fn a_known_model_without_a_scope_is_told_from_an_unknown_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(
        &folder,
        "usage.csv",
        "hour,granularity,account_id,region,model_id,endpoint_scope,geo,service_tier,prompt_band,\
         inference_profile,principal,metadata,workload,requests,input_tokens,source\n\
         2026-10-01T00:00:00Z,day,111122223333,us-east-1,anthropic.claude-opus-4-5-20251101-v1:0,\
         ,,standard,0,,,,scopeless,1,70,files\n\
         2026-10-01T00:00:00Z,day,111122223333,us-east-1,nobody.knows-this-v1:0,\
         in-region,,standard,0,,,,unknown,1,80,files\n",
    );
    let report = Report::of(&[path], &[]);
    assert_eq!(
        report.charges_of("scopeless"),
        ["2026-10 active 0 input 70 x  =  unpriced"]
    );
    assert_eq!(
        report.charges_of("unknown"),
        ["2026-10 unknown 0 input 80 x  =  unpriced"]
    );
    let scopeless = report.finding("unresolved-model", "claude-opus-4-5");
    assert!(scopeless["message"].starts_with("70 tokens in 1 requests on 2026-10-01 came without"));
    let unknown = report.finding("unresolved-model", "nobody.knows-this");
    assert!(unknown["message"].starts_with("is no model that the tables know; its 80 tokens"));
}

#[test]
fn a_call_without_counts_and_a_failed_one_are_counted_and_never_charged() {
    assert!(REPORT.charges_of("no-counts").is_empty());
    assert!(REPORT.charges_of("failed").is_empty());
    let usage = REPORT.table("usage");
    let of = |workload: &str| {
        let row = usage.iter().find(|row| row["workload"] == workload);
        let row = row.unwrap();
        [
            "requests",
            "failed_requests",
            "requests_without_counts",
            "input_tokens",
        ]
        .map(|column| row[column].clone())
    };
    assert_eq!(of("no-counts"), ["1", "0", "1", ""]);
    assert_eq!(of("failed"), ["1", "1", "0", ""]);
    assert_eq!(of("counted-zero"), ["1", "0", "0", "0"]);
    let finding = REPORT.finding("requests-without-counts", "claude-sonnet-4-5");
    assert!(finding["message"].starts_with("1 of 1 successful"));
}

#[test]
fn counts_written_as_text_are_counts() {
    // Claude Haiku 4.5 in-region: 1.10 and 5.50.
    assert_eq!(
        REPORT.charges_of("numbers-as-text"),
        [
            "2026-09 active 0 input 4321 x 1.1 = 0.0047531 listed",
            "2026-09 active 0 output 1234 x 5.5 = 0.006787 listed",
        ]
    );
}

#[test]
fn a_response_stream_is_charged_once_from_its_events() {
    // Claude Haiku 4.5 global: 1.00, 5.00, 0.10 and 1.25. The first event says 1 output token,
    // the last 333.
    assert_eq!(
        REPORT.charges_of("stream"),
        [
            "2026-09 active 0 input 1500 x 1 = 0.0015 listed",
            "2026-09 active 0 output 333 x 5 = 0.001665 listed",
            "2026-09 active 0 cache_read 6000 x 0.1 = 0.0006 listed",
            "2026-09 active 0 cache_write_5m 700 x 1.25 = 0.000875 listed",
        ]
    );
}

#[test]
fn an_embedding_is_charged_for_its_input_at_the_price_of_its_region() {
    // Titan Text Embeddings V2, eu-west-1, Price List: 0.026004. 7,777 x 26,004 = 202,233,108.
    assert_eq!(
        REPORT.charges_of("embedding"),
        ["2026-09 active 0 input 7777 x 0.026004 = 0.000202233108 listed"]
    );
}

#[test]
fn govcloud_is_charged_at_its_own_price() {
    // litellm 1.109.1, us-gov-west-1: 3.60 and 18.00.
    assert_eq!(
        REPORT.charges_of("govcloud"),
        [
            "2026-09 active 0 input 5000 x 3.6 = 0.018 listed",
            "2026-09 active 0 output 400 x 18 = 0.0072 listed",
        ]
    );
}

#[test]
fn use_after_the_end_is_charged_at_the_price_of_the_last_phase() {
    // Claude 3.5 Sonnet v2 ended in us-west-2 on 2026-03-01, in Extended Access at 6 and 30.
    assert_eq!(
        REPORT.charges_of("after-the-end"),
        [
            "2026-03 end-of-life 0 input 2000 x 6 = 0.012 listed",
            "2026-03 end-of-life 0 output 500 x 30 = 0.015 listed",
        ]
    );
    let finding = REPORT.finding("past-eol", "claude-3-5-sonnet");
    assert_eq!(finding["cost_affected"], "0.027");
}

#[test]
fn the_service_tier_in_a_converse_body_decides_the_price() {
    // Nova 2 Lite, us., flex: 0.165 and 1.375.
    assert_eq!(
        REPORT.charges_of("flex-tier"),
        [
            "2026-09 active 0 input 30001 x 0.165 = 0.004950165 listed",
            "2026-09 active 0 output 7001 x 1.375 = 0.009626375 listed",
        ]
    );
}

#[test]
fn cost_is_the_sum_of_charges_and_the_premium_what_lies_above_normal() {
    let cost = REPORT.table("cost");
    let charges = REPORT.table("charges");
    const KEY: [&str; 5] = ["month", "workload", "model_id", "endpoint_scope", "phase"];
    for row in &cost {
        let own = charges
            .iter()
            .filter(|charge| KEY.iter().all(|column| charge[*column] == row[*column]));
        assert_eq!(sum([row], "list_cost"), sum(own, "list_cost"), "{row:?}");
        assert_eq!(
            sum([row], "extended_access_premium"),
            sum([row], "list_cost") - sum([row], "normal_cost"),
            "{row:?}"
        );
    }
    // By case, in the order of this file: in-region, global, geo, one-hour, unknown, 200,000,
    // 200,001, batch, fast lane, 3.5 Sonnet v2 twice, Opus 4.1 twice, text, stream, embedding,
    // GovCloud, after the end, flex.
    let all: Decimal = [
        "0.0519255",
        "0.047205",
        "0.01155",
        "0.057255",
        "0.0132",
        "0.531795",
        "1.0553466",
        "3.000072",
        "0.040044",
        "0.02089665",
        "0.0417933",
        "0.09",
        "0.18",
        "0.0115401",
        "0.00464",
        "0.000202233108",
        "0.0252",
        "0.027",
        "0.01457654",
    ]
    .map(money)
    .into_iter()
    .sum();
    assert_eq!(sum(&cost, "list_cost"), all);
    assert_eq!(sum(&charges, "list_cost"), all);
    // 3.5 Sonnet v2: 0.02089665 and, after the end, 0.0135; Opus 4.1 0.09; fast lane 0.020022.
    assert_eq!(
        sum(&cost, "extended_access_premium"),
        money("0.02089665") + money("0.0135") + money("0.09") + money("0.020022")
    );
}

#[test]
fn explain_prints_quantity_times_price() {
    let inputs = [fixture("records.jsonl"), fixture("batch.csv")];
    let text = explain("published-uplift", &inputs, &["--month", "2025-12"]);
    for line in [
        "  input            1,009 / 1,000,000 x 6 = 0.006054 (at the normal price 0.003027)   listed",
        "  cache_write_5m   3,001 / 1,000,000 x 7.5 = 0.0225075 (at the normal price 0.01125375)   listed",
        "  sum              0.0417933",
        "total of 2025-12: list 0.0417933 = normal 0.02089665 + Extended Access 0.02089665",
    ] {
        assert!(
            text.lines().any(|found| found.starts_with(line)),
            "{line}\n{text}"
        );
    }
    let text = explain("anthropic.claude-opus-4-1*", &inputs, &[]);
    for line in [
        "  output           1,000 / 1,000,000 x 75 = 0.075   listed",
        "  output           1,000 / 1,000,000 x 150 = 0.15 (at the normal price 0.075)   assumed",
        "total of 2026-10: list 0.27 = normal 0.18 + Extended Access 0.09",
    ] {
        assert!(
            text.lines().any(|found| found.starts_with(line)),
            "{line}\n{text}"
        );
    }
}
