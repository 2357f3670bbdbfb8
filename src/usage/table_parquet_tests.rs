//! Parquet tables of other programs: what is taken, and what each refusal says.

use polars::prelude::*;

use super::table_parquet::{READ, parts};
use super::*;
use crate::domain::{ModelNaming, UsageRow};

/// A one-row table of day 2026-10-01, with one column replaced.
fn with(replaced: Column) -> Vec<u8> {
    let mut columns: Vec<Column> = [
        ("hour", "2026-10-01"),
        ("granularity", "day"),
        ("account_id", "111122223333"),
        ("region", "us-east-1"),
        ("model_id", "newco.x"),
        ("endpoint_scope", "in-region"),
        ("service_tier", "standard"),
        ("source", "bill"),
    ]
    .map(|(name, text)| Column::new(name.into(), [text]))
    .into();
    for name in [
        "geo",
        "prompt_band",
        "inference_profile",
        "principal",
        "metadata",
        "workload",
    ] {
        columns.push(Column::full_null(name.into(), 1, &DataType::String));
    }
    columns.retain(|column| column.name() != replaced.name());
    columns.push(replaced);
    bytes(columns)
}

fn bytes(columns: Vec<Column>) -> Vec<u8> {
    let mut frame = DataFrame::new(1, columns).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    bytes
}

fn read(bytes: Vec<u8>) -> Result<UsageRow, UsageTableError> {
    read_usage_parquet("u.parquet", bytes, &ModelNaming::default()).map(|mut rows| rows.remove(0))
}

fn input_tokens(column: Column) -> Result<Option<u64>, String> {
    read(with(column.with_name("input_tokens".into())))
        .map(|row| row.counts.input_tokens)
        .map_err(|error| error.to_string())
}

fn decimal(mantissa: i128) -> Column {
    Int128Chunked::from_slice("d".into(), &[mantissa])
        .into_decimal(38, 12)
        .unwrap()
        .into_column()
}

#[test]
fn counts_of_any_lossless_type_are_taken() {
    for column in [
        Column::new("c".into(), [7_i32]),
        Column::new("c".into(), [7_u32]),
        Column::new("c".into(), [7_i64]),
        Column::new("c".into(), [7_u64]),
        Column::new("c".into(), [7.0_f64]),
        Column::new("c".into(), [7.0_f32]),
        Column::new("c".into(), ["7"]),
        decimal(7_000_000_000_000),
    ] {
        let dtype = column.dtype().clone();
        assert_eq!(input_tokens(column), Ok(Some(7)), "{dtype}");
    }
    for empty in [DataType::Int64, DataType::String, DataType::Float64] {
        assert_eq!(
            input_tokens(Column::full_null("c".into(), 1, &empty)),
            Ok(None)
        );
    }
}

#[test]
fn counts_that_are_none_are_refused() {
    for (column, message) in [
        (
            Column::new("c".into(), [7.5_f64]),
            "'7.5' is not a whole count; write digits only, or leave the cell empty",
        ),
        (
            Column::new("c".into(), [f64::NAN]),
            "'NaN' is not a whole count; write digits only, or leave the cell empty",
        ),
        (
            Column::new("c".into(), [-7_i32]),
            "-7 is negative; a count is 0 or more, and an unknown one is an empty cell",
        ),
        (
            decimal(7_500_000_000_000),
            "'7500000000000e-12' is not a whole count; write digits only, or leave the cell empty",
        ),
        (
            Column::new("c".into(), [u64::MAX]),
            "18446744073709551615 is more than 9223372036854775807, the most that a table holds; look for a count that cannot be right",
        ),
    ] {
        assert_eq!(
            input_tokens(column).unwrap_err(),
            format!("u.parquet:1: input_tokens: {message}")
        );
    }
    assert_eq!(
        input_tokens(Column::new("c".into(), [true])).unwrap_err(),
        "u.parquet: column 'input_tokens' has type bool; write it as Int64"
    );
}

#[test]
fn moments_of_any_unit_dates_and_texts_are_taken() {
    // 2026-10-01 00:00 UTC is 1,790,812,800 seconds after 1970, or 20,727 days.
    let seconds = 1_790_812_800_i64;
    let moment = |ticks: i64, unit, zone| {
        Int64Chunked::from_slice("hour".into(), &[ticks])
            .into_datetime(unit, zone)
            .into_column()
    };
    for column in [
        moment(seconds * 1_000, TimeUnit::Milliseconds, None),
        moment(
            seconds * 1_000_000,
            TimeUnit::Microseconds,
            Some(TimeZone::UTC),
        ),
        moment(seconds * 1_000_000_000, TimeUnit::Nanoseconds, None),
        Int32Chunked::from_slice("hour".into(), &[20_727])
            .into_date()
            .into_column(),
        Column::new("hour".into(), ["2026-10-01T00:00:00Z"]),
        Column::new("hour".into(), ["2026-10-01"]),
    ] {
        let dtype = column.dtype().clone();
        let row = read(with(column)).unwrap();
        assert_eq!(row.hour.timestamp(), seconds, "{dtype}");
    }
    let late = moment(seconds * 1_000_000 + 1, TimeUnit::Microseconds, None);
    assert_eq!(
        read(with(late)).unwrap_err().to_string(),
        "u.parquet:1: hour: 2026-10-01 00:00:00.000001 is not the start of a day; give the \
         start, or add the rows of one day up"
    );
}

#[test]
fn an_account_written_as_a_number_is_refused() {
    assert_eq!(
        read(with(Column::new("account_id".into(), [11122223333_i64])))
            .unwrap_err()
            .to_string(),
        "u.parquet: column 'account_id' has type i64; write it as text"
    );
}

#[test]
fn a_damaged_file_is_an_error_and_never_a_panic() {
    let whole = with(Column::new("workload".into(), ["checkout"]));
    for end in (0..whole.len()).step_by(97) {
        let error = read(whole[..end].to_vec()).unwrap_err().to_string();
        assert!(
            error.starts_with("u.parquet: is not a readable Parquet file ("),
            "{error}"
        );
    }
    // A flipped byte may hit a text and pass; it must never end the run.
    for at in (0..whole.len()).step_by(53) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x55;
        let _ = read_usage_parquet("u.parquet", flipped, &ModelNaming::default());
    }
}

#[test]
fn what_is_written_has_the_types_of_the_contract() {
    let rows = [read(with(Column::new("workload".into(), ["=1+1"]))).unwrap()];
    let (mut first, mut second) = (Vec::new(), Vec::new());
    write_usage_parquet("u", &rows, &mut first).unwrap();
    write_usage_parquet("u", &rows, &mut second).unwrap();
    assert_eq!(first, second);
    let frame = ParquetReader::new(std::io::Cursor::new(first))
        .finish()
        .unwrap();
    let dtype = |name: &str| frame.column(name).unwrap().dtype().clone();
    let utc = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
    assert_eq!(dtype("hour"), utc);
    assert_eq!(dtype("prompt_band"), DataType::Int64);
    assert_eq!(dtype("requests"), DataType::Int64);
    assert_eq!(dtype("metadata"), DataType::String);
    assert_eq!(frame.column("input_tokens").unwrap().null_count(), 1);
    assert_eq!(
        frame.column("workload").unwrap().str().unwrap().get(0),
        Some("=1+1")
    );
}

#[test]
fn a_count_above_int64_is_not_wrapped() {
    let mut row = read(with(Column::new("workload".into(), ["x"]))).unwrap();
    row.counts.images = Some(u64::MAX);
    let error = write_usage_parquet("u.parquet", &[row], Vec::new()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("u.parquet: images: 18446744073709551615 is more")
    );
}

#[test]
fn a_table_of_many_row_groups_is_read_in_parts_and_whole() {
    let one = read(with(Column::new("input_tokens".into(), [7_i64]))).unwrap();
    let count = u64::try_from(READ).unwrap() + 70_000;
    let rows: Vec<UsageRow> = (0..count)
        .map(|number| UsageRow {
            prompt_band: Some(number),
            ..one.clone()
        })
        .collect();
    let mut bytes = Vec::new();
    write_usage_parquet("u.parquet", &rows, &mut bytes).unwrap();
    // Row groups of 65,536: two make a part, and what is left another one.
    let sizes: Vec<usize> = parts(&bytes)
        .unwrap()
        .iter()
        .map(|part| part.rows)
        .collect();
    assert_eq!(sizes, [READ, 70_000]);
    let naming = ModelNaming::default();
    assert!(read_usage_parquet("u.parquet", bytes, &naming).unwrap() == rows);
    // A row of the second part is named by its place in the file.
    let mut twice = rows;
    twice.push(twice[5].clone());
    let mut bytes = Vec::new();
    write_usage_parquet("u.parquet", &twice, &mut bytes).unwrap();
    let error = read_usage_parquet("u.parquet", bytes, &naming).unwrap_err();
    let last = (count + 1).to_string();
    assert!(error.to_string().contains(&last), "{error}");
}
