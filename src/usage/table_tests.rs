//! Usage tables: round trips, strictness, and what each refusal says.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use csv::WriterBuilder;
use proptest::prelude::*;

use super::*;
use crate::domain::{
    EndpointScope, Granularity, InferenceProfile, ModelId, ModelNaming, RequestMetadata,
    ServiceTier, Source, Text, TokenCounts, UsageRow,
};

/// A usage table as the CSV library writes it, rows in the order given.
pub(crate) fn write_usage_csv(rows: &[UsageRow], output: impl Write) -> io::Result<()> {
    let mut writer = WriterBuilder::new().from_writer(output);
    writer.write_record(UsageColumn::ALL.map(UsageColumn::as_str))?;
    for row in rows {
        for column in UsageColumn::ALL {
            match column.cell(row) {
                UsageCell::Empty => writer.write_field("")?,
                UsageCell::Word(word) => writer.write_field(word)?,
                UsageCell::Shared(text) => writer.write_field(&*guard_formula(text))?,
                UsageCell::Text(text) => writer.write_field(&*guard_formula(&text))?,
                UsageCell::Count(count) => writer.write_field(count.to_string())?,
                UsageCell::Moment(moment) => writer.write_field(timestamp_text(moment))?,
                UsageCell::Day(day) => writer.write_field(day.to_string())?,
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

/// `YYYY-MM-DDTHH:MM:SSZ`.
fn timestamp_text(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

const HEADER: &str = "hour,granularity,account_id,region,model_id,endpoint_scope,geo,\
    service_tier,prompt_band,inference_profile,principal,metadata,workload,requests,\
    failed_requests,requests_without_counts,input_tokens,output_tokens,cache_read_tokens,\
    cache_write_5m_tokens,cache_write_1h_tokens,cache_write_unknown_tokens,images,source\n";

fn naming() -> ModelNaming {
    ModelNaming {
        providers: ["anthropic", "amazon"].map(Text::from).into(),
        models: ["amazon.nova-lite-v1:0"].map(Text::from).into(),
        profiles: [(
            "abcd1234efgh".into(),
            InferenceProfile {
                name: None,
                model: "global.amazon.nova-lite-v1:0".into(),
                tags: std::collections::BTreeMap::new(),
            },
        )]
        .into(),
        ..ModelNaming::default()
    }
}

fn read(table: &str) -> Result<Vec<UsageRow>, UsageTableError> {
    read_usage_csv("usage.csv", table.as_bytes(), &naming())
}

/// One row with the given model, scope and geo.
fn table_of(model: &str, scope: &str, geo: &str) -> String {
    format!(
        "{HEADER}2026-10-01T13:00:00Z,hour,111122223333,us-east-1,{model},{scope},{geo},\
         standard,0,,,,,5,1,0,100,20,,,,,,files\n"
    )
}

/// The one row of [`table_of`] with a piece of it replaced.
fn refusal(from: &str, to: &str) -> String {
    let table = table_of("amazon.nova-lite-v1:0", "in-region", "");
    assert!(table.contains(from), "{from}");
    read(&table.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn a_prefixed_name_against_the_scope_column_is_refused() {
    let model = "us.amazon.nova-lite-v1:0";
    assert!(read(&table_of(model, "geo", "")).is_ok());
    for scope in ["in-region", "global"] {
        let refused = read(&table_of(model, scope, "")).unwrap_err().to_string();
        let problem =
            format!("is {scope}, but {model} is a name of scope geo; correct one of them");
        assert!(refused.contains(&problem), "{refused}");
    }
}

#[test]
fn a_row_is_read_as_it_stands() {
    let rows = read(&table_of("amazon.nova-lite-v1:0", "geo", "us")).unwrap();
    let counts = TokenCounts {
        requests: 5,
        failed_requests: 1,
        input_tokens: Some(100),
        output_tokens: Some(20),
        ..TokenCounts::default()
    };
    let hour: DateTime<Utc> = "2026-10-01T13:00:00Z".parse().unwrap();
    assert_eq!(
        rows,
        [UsageRow {
            hour,
            granularity: Granularity::Hour,
            account_id: "111122223333".into(),
            region: "us-east-1".into(),
            model_id: ModelId::new("amazon.nova-lite-v1:0"),
            endpoint_scope: Some(EndpointScope::Geo),
            geo: Some("us".into()),
            service_tier: ServiceTier::Standard,
            prompt_band: Some(0),
            inference_profile: None,
            principal: None,
            metadata: RequestMetadata::default(),
            workload: None,
            counts,
            source: Source::Files,
        }]
    );
}

#[test]
fn names_that_are_no_ids_of_the_tables_are_resolved() {
    let resolved = |model: &str, scope: &str| {
        let row = read(&table_of(model, scope, "")).unwrap().remove(0);
        assert_eq!(row.model_id.as_str(), "amazon.nova-lite-v1:0", "{model}");
        (row.endpoint_scope, row.geo, row.inference_profile)
    };
    let geo = Some(EndpointScope::Geo);
    assert_eq!(
        resolved("us.amazon.nova-lite-v1:0", ""),
        (geo, Some("us".into()), None)
    );
    let arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0";
    assert_eq!(
        resolved(arn, ""),
        (Some(EndpointScope::InRegion), None, None)
    );
    let global = Some(EndpointScope::Global);
    let profile = Some("abcd1234efgh".into());
    assert_eq!(resolved("abcd1234efgh", ""), (global, None, profile));
    // An id of the tables says nothing about the scope: the row does.
    assert_eq!(
        resolved("amazon.nova-lite-v1:0", "global"),
        (global, None, None)
    );
    assert_eq!(resolved("amazon.nova-lite-v1:0", ""), (None, None, None));
}

#[test]
fn columns_come_in_any_order_and_counts_may_be_left_out() {
    let rows = read(
        "source,hour,granularity,account_id,region,model_id,endpoint_scope,geo,service_tier,\
         prompt_band,inference_profile,principal,metadata,workload,output_tokens\n\
         bill,2026-10-01,day,1,us-east-1,amazon.nova-lite-v1:0,,,default,,,,\
         \"{\"\"team\"\":\"\"b\"\",\"\"app\"\":\"\"a\"\"}\",'=1+1,7\n",
    )
    .unwrap();
    assert_eq!(rows[0].hour.to_rfc3339(), "2026-10-01T00:00:00+00:00");
    assert_eq!(rows[0].counts.output_tokens, Some(7));
    assert_eq!(
        (rows[0].counts.input_tokens, rows[0].counts.requests),
        (None, 0)
    );
    assert_eq!(rows[0].workload.as_deref(), Some("=1+1"));
    assert_eq!(rows[0].metadata.to_string(), r#"{"app":"a","team":"b"}"#);
    assert_eq!(rows[0].service_tier, ServiceTier::Standard);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_matter() {
    let table = table_of("amazon.nova-lite-v1:0", "geo", "us");
    let windows = format!("\u{feff}{}", table.replace('\n', "\r\n"));
    assert_eq!(read(&windows).unwrap(), read(&table).unwrap());
    assert_eq!(read(HEADER).unwrap(), []);
}

#[test]
fn every_bad_cell_is_named_with_row_column_and_way_out() {
    let cases = [
        (
            ("T13:00:00Z", "T13:05:00Z"),
            "usage.csv:2: hour: 2026-10-01 13:05:00 is not the start of an hour; give the start, or add the rows of one hour up",
        ),
        (
            ("T13:00:00Z", " 13:00"),
            "usage.csv:2: hour: '2026-10-01 13:00' is not a timestamp; write it as YYYY-MM-DDTHH:MM:SSZ (UTC)",
        ),
        (
            ("T13:00:00Z", "T13:00:00+02:00"),
            "usage.csv:2: hour: '2026-10-01T13:00:00+02:00' is not a timestamp; write it as YYYY-MM-DDTHH:MM:SSZ (UTC)",
        ),
        (
            ("2026-10-01T", "2026-13-01T"),
            "usage.csv:2: hour: '2026-13-01T13:00:00Z' is not a timestamp; write it as YYYY-MM-DDTHH:MM:SSZ (UTC)",
        ),
        (
            ("T13:00:00Z", ""),
            "usage.csv:2: hour: 2026-10-01 is a date, and the row is one of an hour; write YYYY-MM-DDTHH:MM:SSZ, or set granularity to day",
        ),
        (
            ("Z,hour", "Z,day"),
            "usage.csv:2: hour: 2026-10-01 13:00:00 is not the start of a day; give the start, or add the rows of one day up",
        ),
        (
            ("Z,hour", "Z,week"),
            "usage.csv:2: granularity: 'week' is not known; write one of: hour, day",
        ),
        (
            ("111122223333", ""),
            "usage.csv:2: account_id: is empty; every row needs it",
        ),
        (
            ("in-region", "regional"),
            "usage.csv:2: endpoint_scope: 'regional' is not known; write one of: in-region, geo, global",
        ),
        (
            ("standard", "turbo"),
            "usage.csv:2: service_tier: 'turbo' is not known; write one of: standard, priority, flex, batch, reserved, provisioned, latency-optimized",
        ),
        (
            (",files", ",excel"),
            "usage.csv:2: source: 'excel' is not known; write one of: metrics, mantle, logs, s3, files, athena, bill, demo",
        ),
        (
            (",100,", ",12.5,"),
            "usage.csv:2: input_tokens: '12.5' is not a whole count; write digits only, or leave the cell empty",
        ),
        (
            (",100,", ",1e3,"),
            "usage.csv:2: input_tokens: '1e3' is not a whole count; write digits only, or leave the cell empty",
        ),
        (
            (",100,", ",-7,"),
            "usage.csv:2: input_tokens: -7 is negative; a count is 0 or more, and an unknown one is an empty cell",
        ),
        (
            (",100,", ",9223372036854775808,"),
            "usage.csv:2: input_tokens: 9223372036854775808 is more than 9223372036854775807, the most that a table holds; look for a count that cannot be right",
        ),
        (
            (",100,", ",99999999999999999999999,"),
            "usage.csv:2: input_tokens: 99999999999999999999999 is more than 9223372036854775807, the most that a table holds; look for a count that cannot be right",
        ),
        (
            (",5,1,0,", ",5,6,0,"),
            "usage.csv:2: failed_requests: 6 failed requests and 0 without counts are more than the row's 5 requests; requests counts all of them",
        ),
        (
            (",5,1,0,", ",5,1,5,"),
            "usage.csv:2: requests_without_counts: 1 failed requests and 5 without counts are more than the row's 5 requests; requests counts all of them",
        ),
        (
            ("standard,0,,,,", "standard,0,,,[],"),
            "usage.csv:2: metadata: is not a JSON object of texts (invalid type: sequence, expected a map at line 1 column 0); write it like {\"team\":\"search\"}, or leave the cell empty",
        ),
        (
            (",files", ",files,"),
            "usage.csv:2: has 25 cells where the header has 24; quote cells that hold commas",
        ),
        (
            ("region,", "Region,"),
            "usage.csv: unknown column 'Region'; remove it or rename it to one of: hour, granularity, account_id, region, model_id, endpoint_scope, geo, service_tier, prompt_band, inference_profile, principal, metadata, workload, requests, failed_requests, requests_without_counts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_write_unknown_tokens, images, source",
        ),
        (
            ("granularity,", "hour,"),
            "usage.csv: column 'hour' stands twice; keep one of them",
        ),
    ];
    for ((from, to), message) in cases {
        assert_eq!(refusal(from, to), message);
    }
    let no_workload = HEADER.replace("workload,", "");
    assert_eq!(
        read(&no_workload).unwrap_err().to_string(),
        "usage.csv: column 'workload' is missing; add it (its cells may be empty only where \
         the value is not known)"
    );
    let empty = read("").unwrap_err().to_string();
    assert!(
        empty.starts_with("usage.csv: is empty; a usage table begins with a header row: hour,")
    );
}

#[test]
fn bytes_that_are_no_text_are_named_by_row() {
    let mut bytes = table_of("amazon.nova-lite-v1:0", "geo", "us").into_bytes();
    let at = bytes.len() - 3;
    bytes[at] = 0xff;
    let error = read_usage_csv("usage.csv", &*bytes, &naming()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "usage.csv:2: is not UTF-8; save the table as UTF-8"
    );
}

#[test]
fn the_same_key_twice_names_both_rows_even_under_two_names() {
    let one = table_of("us.amazon.nova-lite-v1:0", "", "");
    let other = table_of("amazon.nova-lite-v1:0", "geo", "us").replace(HEADER, "");
    let between = table_of("amazon.nova-lite-v1:0", "global", "").replace(HEADER, "");
    assert_eq!(
        read(&format!("{one}{between}{other}"))
            .unwrap_err()
            .to_string(),
        "usage.csv:4: repeats the key of row 2 (all columns but the counts are equal); add the \
         counts up in one row"
    );
}

#[test]
fn the_guard_comes_off_and_quotes_of_ones_own_stay() {
    for text in [
        "=HYPERLINK(\"http://x\")",
        "+1",
        "-1",
        "@x",
        "\tx",
        "\rx",
        "'x",
        "'",
        "''",
        "'=x",
        "a=b",
        "a,b",
        "a\nb",
        "\"",
        "家計簿",
        "🚀",
        "x'",
        " =1",
    ] {
        let table = table_of("amazon.nova-lite-v1:0", "geo", "us");
        let mut rows = read(&table).unwrap();
        rows[0].workload = Some(text.into());
        rows[0].principal = Some(text.into());
        let mut written = Vec::new();
        write_usage_csv(&rows, &mut written).unwrap();
        assert_eq!(read(std::str::from_utf8(&written).unwrap()).unwrap(), rows);
    }
    let by_hand = table_of("amazon.nova-lite-v1:0", "geo", "us").replace(",,,,5,", ",,,'quoted,5,");
    assert_eq!(
        read(&by_hand).unwrap()[0].workload.as_deref(),
        Some("'quoted")
    );
}

#[test]
fn a_table_is_told_apart_by_content() {
    let folder = tempfile::tempdir().unwrap();
    let rows = read(&table_of("amazon.nova-lite-v1:0", "geo", "us")).unwrap();
    let path = folder.path().join("usage");
    let mut bytes = Vec::new();
    write_usage_parquet("usage", &rows, &mut bytes).unwrap();
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(read_usage_table(&path, "usage", &naming()).unwrap(), rows);
    let mut bytes = Vec::new();
    write_usage_csv(&rows, &mut bytes).unwrap();
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(read_usage_table(&path, "usage", &naming()).unwrap(), rows);
    let missing = read_usage_table(&folder.path().join("none"), "none", &naming()).unwrap_err();
    assert!(missing.to_string().ends_with("none: cannot be read"));
}

fn any_text() -> impl Strategy<Value = Option<Text>> {
    proptest::option::of("['=+@\t\r\n,\"a-zé家🚀-]{1,6}".prop_map(Text::from))
}

fn any_count() -> impl Strategy<Value = Option<u64>> {
    proptest::option::of(0..=i64::MAX.unsigned_abs())
}

prop_compose! {
    fn any_counts()(requests in 0..1_000_000_u64, failed in 0..1_000_000_u64)
        (requests in Just(requests + failed), failed_requests in Just(failed),
         requests_without_counts in 0..=requests,
         counts in proptest::array::uniform7(any_count())) -> TokenCounts {
        let [input_tokens, output_tokens, cache_read_tokens, five, one, unknown, images] = counts;
        TokenCounts {
            requests, failed_requests, requests_without_counts, input_tokens, output_tokens,
            cache_read_tokens, cache_write_5m_tokens: five, cache_write_1h_tokens: one,
            cache_write_unknown_tokens: unknown, images,
        }
    }
}

prop_compose! {
    fn any_row()(
        hours in 0..200_000_i64, day in any::<bool>(), texts in proptest::array::uniform4(any_text()),
        keys in (any_text(), any_text()), band in any_count(), counts in any_counts(),
        scope in 0..4_usize, tier in 0..7_usize, source in 0..8_usize, known in any::<bool>(),
    ) -> UsageRow {
        let seconds = if day { hours / 24 * 24 } else { hours } * 3600;
        let [geo, profile, principal, workload] = texts;
        UsageRow {
            hour: DateTime::from_timestamp(seconds, 0).unwrap(),
            granularity: if day { Granularity::Day } else { Granularity::Hour },
            account_id: "111122223333".into(),
            region: "us-east-1".into(),
            model_id: ModelId::new(if known { "amazon.nova-lite-v1:0" } else { "newco.x" }),
            endpoint_scope: match scope {
                1 => Some(EndpointScope::Geo),
                2 => Some(EndpointScope::Global),
                0 if known => None,
                _ => Some(EndpointScope::InRegion),
            },
            geo,
            service_tier: ServiceTier::ALL[tier],
            prompt_band: band,
            inference_profile: profile,
            principal,
            metadata: RequestMetadata::new(keys.0.zip(keys.1)),
            workload,
            counts,
            source: Source::ALL[source],
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn rows_survive_csv_and_parquet(rows in proptest::collection::vec(any_row(), 0..8)) {
        let mut rows = rows;
        rows.sort_by_key(|row| (row.hour, row.counts.requests));
        rows.dedup_by_key(|row| row.hour);
        let mut csv = Vec::new();
        write_usage_csv(&rows, &mut csv).unwrap();
        prop_assert_eq!(&read_usage_csv("u", &*csv, &naming()).unwrap(), &rows);
        let mut parquet = Vec::new();
        write_usage_parquet("u", &rows, &mut parquet).unwrap();
        prop_assert_eq!(&read_usage_parquet("u", parquet, &naming()).unwrap(), &rows);
    }
}
