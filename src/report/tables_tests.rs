//! The contract of every table, and the same cells in CSV and in Parquet.

use std::io::Cursor;

use polars::prelude::*;

use super::sample::{decimal, empty_report, report, usage_row};
use super::{Cell, Column, ColumnKind, Table, TableName, write_csv, write_parquet};
use crate::domain::{Decimal, Usd};
use crate::usage::{read_usage_csv, write_usage_csv, write_usage_parquet};

fn csv(name: TableName) -> String {
    let mut bytes = Vec::new();
    write_csv(&name.of(&report()).unwrap(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn parquet(table: &Table) -> DataFrame {
    let mut bytes = Vec::new();
    write_parquet(table, &[], &mut bytes).unwrap();
    ParquetReader::new(Cursor::new(bytes)).finish().unwrap()
}

#[test]
fn every_header_is_the_contract() {
    let contract = [
        (
            TableName::Usage,
            "hour, granularity, account_id, region, model_id, endpoint_scope, geo, service_tier, prompt_band, inference_profile, principal, metadata, workload, requests, failed_requests, requests_without_counts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_write_unknown_tokens, images, source",
        ),
        (
            TableName::Coverage,
            "day, account_id, region, model_id, metrics_tokens, log_tokens, explained_tokens, unexplained_tokens, explained_share",
        ),
        (
            TableName::Cost,
            "month, workload, account_id, region, model_id, endpoint_scope, service_tier, phase, requests, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, images, list_cost, normal_cost, extended_access_premium, contracted_cost, price_basis",
        ),
        (
            TableName::Charges,
            "month, workload, account_id, region, model_id, endpoint_scope, service_tier, prompt_band, phase, sku_meter, consumed_quantity, pricing_quantity, pricing_unit, list_unit_price, list_cost, price_basis, price_effective_from, price_source",
        ),
        (
            TableName::Projection,
            "month, scenario, workload, account_id, region, model_id, endpoint_scope, phase, tokens, requests, cost, cost_low_80, cost_high_80, cost_low_95, cost_high_95, cost_assumed_low, cost_assumed_high, extended_access_premium, stranded_requests, stranded_cost, price_basis",
        ),
        (
            TableName::Scenarios,
            "scenario, workload, account_id, region, model_id, successor, migrate_on, cost_to_end_of_life, saving_to_end_of_life, premium_avoided, stranded_requests_avoided, one_off_cost, cost_of_delay_per_day, pays_until",
        ),
        (
            TableName::Urgency,
            "rank, urgency, workload, account_id, region, model_id, phase, legacy_from, extended_access_from, end_of_life, end_of_life_kind, days_to_extended_access, days_to_end_of_life, lead_time_days, start_by, slack_days, last_used, cost_last_30_days, premium_to_end_of_life, premium_per_day, price_basis, successor, successor_cost_per_month, migrated_share, owner, reason",
        ),
        (
            TableName::Timeline,
            "date, event, model_id, region, workload_count, workloads, cost_per_month_affected, source",
        ),
        (
            TableName::Variance,
            "workload, model_id, cost_before, cost_after, volume_effect, mix_effect, price_effect, extended_access_effect, new_or_gone_effect, change",
        ),
        (
            TableName::PricesUsed,
            "model_id, region, endpoint_scope, service_tier, prompt_band, phase, sku_meter, list_unit_price, pricing_unit, effective_from, source, checked_on, price_basis",
        ),
        (
            TableName::Findings,
            "severity, code, subject, message, tokens_affected, cost_affected",
        ),
    ];
    assert_eq!(contract.map(|(name, _)| name), TableName::ALL);
    for (name, header) in contract {
        let table = name.of(&empty_report()).unwrap();
        let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        assert_eq!(names.join(", "), header);
        assert_eq!(parquet(&table).get_column_names(), names);
    }
}

#[test]
fn tables_are_written_as_csv() {
    insta::assert_snapshot!(csv(TableName::Charges), @r"
    month,workload,account_id,region,model_id,endpoint_scope,service_tier,prompt_band,phase,sku_meter,consumed_quantity,pricing_quantity,pricing_unit,list_unit_price,list_cost,price_basis,price_effective_from,price_source
    2026-10,'-1,111122223333,us-east-1,anthropic.claude-sonnet-4-5-20250929-v1:0,in-region,standard,0,active,input,1200000,1.2,1000000 Tokens,3.3,3.96,listed,2025-09-29,aws-pricing-2026-07-24
    2026-10,'@x,111122223333,us-east-1,anthropic.claude-sonnet-4-5-20250929-v1:0,in-region,standard,0,active,input,1200000,1.2,1000000 Tokens,,,unpriced,,
    ");
    insta::assert_snapshot!(csv(TableName::Cost), @r#"
    month,workload,account_id,region,model_id,endpoint_scope,service_tier,phase,requests,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,images,list_cost,normal_cost,extended_access_premium,contracted_cost,price_basis
    2026-10,"'=HYPERLINK(""http://x"")",111122223333,us-east-1,anthropic.claude-opus-4-1-20250805-v1:0,geo,standard,extended-access,3,1200000,0,,,,10000.005,5000.0025,5000.0025,10000.005,assumed
    2026-10,search,111122223333,us-east-1,anthropic.claude-opus-4-1-20250805-v1:0,geo,standard,extended-access,3,1200000,0,,,,2345.67,2345.67,0,2345.67,assumed
    2026-11,search,111122223333,us-east-1,anthropic.claude-opus-4-1-20250805-v1:0,geo,standard,extended-access,3,1200000,0,,,,700,350,350,700,assumed
    "#);
    insta::assert_snapshot!(csv(TableName::Projection), @r"
    month,scenario,workload,account_id,region,model_id,endpoint_scope,phase,tokens,requests,cost,cost_low_80,cost_high_80,cost_low_95,cost_high_95,cost_assumed_low,cost_assumed_high,extended_access_premium,stranded_requests,stranded_cost,price_basis
    2026-11,migrate-now,checkout,111122223333,us-east-1,anthropic.claude-sonnet-4-5-20250929-v1:0,geo,active,1000000,500,1500,,,,,1500,1500,0,0,,listed
    2026-11,stay,checkout,111122223333,us-east-1,anthropic.claude-opus-4-1-20250805-v1:0,geo,extended-access,1000000,500,3000,,,,,1500,3000,1500,0,,assumed
    2026-12,migrate-now,checkout,111122223333,us-east-1,anthropic.claude-sonnet-4-5-20250929-v1:0,geo,active,1000000,500,6000.125,,,,,6000.125,6000.125,0,0,,listed
    2026-12,stay,checkout,111122223333,us-east-1,anthropic.claude-opus-4-1-20250805-v1:0,geo,extended-access,1000000,500,1600,,,,,800,1600,800,12500,5000,assumed
    ");
    insta::assert_snapshot!(csv(TableName::Scenarios), @r"
    scenario,workload,account_id,region,model_id,successor,migrate_on,cost_to_end_of_life,saving_to_end_of_life,premium_avoided,stranded_requests_avoided,one_off_cost,cost_of_delay_per_day,pays_until
    migrate-now,'=checkout,111122223333,us-east-1,anthropic.claude-opus-4-1-20250805-v1:0,anthropic.claude-sonnet-4-5-20250929-v1:0,2026-11-22,2000.125,1500,750,12500,1200.5,50.5,2026-11-30
    two-waves,'=checkout,111122223333,us-east-1,anthropic.claude-opus-4-1-20250805-v1:0,anthropic.claude-sonnet-4-5-20250929-v1:0,2026-11-22,2000.125,1100,750,12500,0,50.5,2026-11-30
    stay,'=checkout,111122223333,us-east-1,anthropic.claude-opus-4-1-20250805-v1:0,,,2000.125,0,750,12500,0,,
    ");
    insta::assert_snapshot!(csv(TableName::Urgency), @r#"
    rank,urgency,workload,account_id,region,model_id,phase,legacy_from,extended_access_from,end_of_life,end_of_life_kind,days_to_extended_access,days_to_end_of_life,lead_time_days,start_by,slack_days,last_used,cost_last_30_days,premium_to_end_of_life,premium_per_day,price_basis,successor,successor_cost_per_month,migrated_share,owner,reason
    1,critical,"'=HYPERLINK(""http://x"")",111122223333,us-east-1,anthropic.claude-opus-4-1-20250805-v1:0,extended-access,2026-06-05,2026-09-05,2026-12-05,on,-78,13,45,2026-10-21,-32,2026-11-21,12345.675,2674.89625,205.76125,assumed,anthropic.claude-opus-5,6172.8375,0.333333333333,payments,"ends 2026-12-05, and a move takes 45 days"
    2,low,家計簿サービスの要約とメールの下書き,111122223333,us-east-1,anthropic.claude-sonnet-4-5-20250929-v1:0,active,2026-06-05,2026-09-05,2026-12-29,not-before,-78,13,45,,,2026-11-21,12345.675,,205.76125,assumed,,6172.8375,,,"ends 2026-12-05, and a move takes 45 days"
    "#);
    insta::assert_snapshot!(csv(TableName::Timeline), @r#"
    date,event,model_id,region,workload_count,workloads,cost_per_month_affected,source
    2026-12-05,end-of-life,anthropic.claude-opus-4-1-20250805-v1:0,us-east-1,2,"'=HYPERLINK(""http://x""); search",12345.675,aws-lifecycle
    "#);
    insta::assert_snapshot!(csv(TableName::Variance), @r#"
    workload,model_id,cost_before,cost_after,volume_effect,mix_effect,price_effect,extended_access_effect,new_or_gone_effect,change
    "'=HYPERLINK(""http://x"")",anthropic.claude-opus-4-1-20250805-v1:0,7000,10000.005,2400.004,-600.001,0,1200.002,0,
    search,anthropic.claude-opus-4-1-20250805-v1:0,0,12.5,0,0,0,0,12.5,new
    unpriced,anthropic.claude-opus-4-1-20250805-v1:0,4,,,,,,,
    "#);
    insta::assert_snapshot!(csv(TableName::PricesUsed), @r"
    model_id,region,endpoint_scope,service_tier,prompt_band,phase,sku_meter,list_unit_price,pricing_unit,effective_from,source,checked_on,price_basis
    anthropic.claude-sonnet-4-5-20250929-v1:0,us-east-1,in-region,standard,0,active,input,3.3,1000000 Tokens,,aws-pricing-2026-07-24,2026-07-24,listed
    ");
    insta::assert_snapshot!(csv(TableName::Findings).escape_debug().to_string().replace("\\n", "\n"), @r#"
    severity,code,subject,message,tokens_affected,cost_affected
    warning,assumed-price,anthropic.claude-opus-4-1-20250805-v1:0,\"no public Extended Access price; normal price x 2.0 assumed, set your own in eolcast.toml\",,2674.9
    warning,unpriced-usage,newco.x,no price row; add one,1204331,
    info,skipped-file,notes\u{1b}[31m.txt,is no log file,,
    "#);
}

#[test]
fn the_usage_table_is_the_one_that_is_read_back() {
    let report = report();
    let mut usage = Vec::new();
    write_usage_csv(&report.usage, &mut usage).unwrap();
    assert_eq!(csv(TableName::Usage).as_bytes(), usage);
    let mut parquet = Vec::new();
    write_usage_parquet("usage", &report.usage, &mut parquet).unwrap();
    let mut neutral = Vec::new();
    write_parquet(&TableName::Usage.of(&report).unwrap(), &[], &mut neutral).unwrap();
    assert_eq!(parquet, neutral);
    let naming = crate::domain::ModelNaming::default();
    assert_eq!(read_usage_csv("u", &*usage, &naming).unwrap(), report.usage);
}

#[test]
fn text_cells_that_run_are_guarded_and_numbers_are_not() {
    let texts = [
        (
            "=HYPERLINK(\"http://x\")",
            "\"'=HYPERLINK(\"\"http://x\"\")\"\n",
        ),
        ("+1", "'+1\n"),
        ("-1", "'-1\n"),
        ("@x", "'@x\n"),
        ("\tx", "'\tx\n"),
        ("\rx", "\"'\rx\"\n"),
        ("'x", "''x\n"),
        ("a,b", "\"a,b\"\n"),
        ("a\nb", "\"a\nb\"\n"),
        ("say \"x\"", "\"say \"\"x\"\"\"\n"),
        ("🚀 家計簿", "🚀 家計簿\n"),
    ];
    for (text, expected) in texts {
        assert_eq!(written(ColumnKind::Text, Cell::Text(text.into())), expected);
    }
    assert_eq!(written(ColumnKind::SignedCount, Cell::Count(-32)), "-32\n");
    let refund = Cell::Money(Usd::new(decimal("-0.500")));
    assert_eq!(written(ColumnKind::Money, refund), "-0.5\n");
    let moment = "2026-10-01T13:00:00Z".parse().unwrap();
    assert_eq!(
        written(ColumnKind::Timestamp, Cell::Timestamp(moment)),
        "2026-10-01T13:00:00Z\n"
    );
}

fn one(kind: ColumnKind, cells: Vec<Cell>) -> Table {
    Table {
        name: "t",
        columns: vec![Column { name: "c", kind }],
        rows: cells.into_iter().map(|cell| vec![cell]).collect(),
    }
}

fn written(kind: ColumnKind, cell: Cell) -> String {
    let mut bytes = Vec::new();
    write_csv(&one(kind, vec![cell]), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap().replacen("c\n", "", 1)
}

#[test]
fn money_in_parquet_is_exact_to_twelve_places() {
    // 28 digits are the most that an amount has; 38 digits are the most of the column.
    let amounts = [
        "0.000000000001",
        "-0.000000000001",
        "3.96",
        "0",
        "1234567890123456.789012345678",
        "99999999999999999999999999",
    ];
    let mut cells: Vec<Cell> = amounts
        .iter()
        .map(|text| Cell::Money(Usd::new(decimal(text))))
        .collect();
    cells.push(Cell::Empty);
    let frame = parquet(&one(ColumnKind::Money, cells));
    let column = frame.column("c").unwrap();
    assert_eq!(column.dtype(), &DataType::Decimal(38, 12));
    assert_eq!(column.null_count(), 1);
    let mantissas: Vec<Option<i128>> = column.decimal().unwrap().physical().iter().collect();
    assert_eq!(
        mantissas,
        [
            Some(1),
            Some(-1),
            Some(3_960_000_000_000),
            Some(0),
            Some(1_234_567_890_123_456_789_012_345_678),
            Some(99_999_999_999_999_999_999_999_999 * 1_000_000_000_000),
            None,
        ]
    );
}

#[test]
fn an_amount_with_thirteen_places_is_refused() {
    let mut report = report();
    report.costs[0].list_cost = Some(Usd::new(decimal("0.0000000000001")));
    assert_eq!(
        TableName::Cost.of(&report).unwrap_err().to_string(),
        "cost: list_cost: 0.0000000000001 does not fit 38 digits with 12 places; look for a \
         price or a rate with more places than its unit allows"
    );
    let fine = Cell::Decimal(Decimal::new(1, 13));
    assert!(write_parquet(&one(ColumnKind::Decimal, vec![fine]), &[], Vec::new()).is_err());
}

#[test]
fn a_count_above_int64_is_refused_and_not_wrapped() {
    let mut report = report();
    let mut row = usage_row("x");
    row.counts.input_tokens = Some(u64::MAX);
    report.usage = vec![row];
    assert_eq!(
        TableName::Usage.of(&report).unwrap_err().to_string(),
        "usage: input_tokens: 18446744073709551615 is more than 9223372036854775807, the most \
         that a table holds; look for a count that cannot be right"
    );
}

#[test]
fn parquet_has_the_types_of_the_contract() {
    let urgency = parquet(&TableName::Urgency.of(&report()).unwrap());
    let dtype = |name: &str| urgency.column(name).unwrap().dtype().clone();
    assert_eq!(dtype("rank"), DataType::Int64);
    assert_eq!(dtype("slack_days"), DataType::Int64);
    assert_eq!(dtype("end_of_life"), DataType::Date);
    assert_eq!(dtype("migrated_share"), DataType::Decimal(38, 12));
    assert_eq!(dtype("reason"), DataType::String);
    let share = urgency.column("migrated_share").unwrap().decimal().unwrap();
    let thirds: Vec<_> = share.physical().iter().collect();
    assert_eq!(thirds, [Some(333_333_333_333), None]);
    let days = urgency.column("slack_days").unwrap().i64().unwrap();
    assert_eq!(days.iter().collect::<Vec<_>>(), [Some(-32), None]);
    // No guard: Parquet cells are typed.
    let workload = urgency.column("workload").unwrap().str().unwrap();
    assert_eq!(workload.get(0), Some("=HYPERLINK(\"http://x\")"));
    let cost = parquet(&TableName::Cost.of(&report()).unwrap());
    let months = cost.column("month").unwrap().str().unwrap();
    assert_eq!(months.get(2), Some("2026-11"));
}

#[test]
fn the_same_table_gives_the_same_bytes() {
    for name in TableName::ALL {
        let table = name.of(&report()).unwrap();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        write_parquet(&table, &[], &mut first).unwrap();
        write_parquet(&table, &[], &mut second).unwrap();
        assert_eq!(first, second, "{name:?}");
    }
}
