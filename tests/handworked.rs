//! Numbers worked out by hand, against the tables that the built program writes.
//!
//! Every price here was looked up in the evidence (the pricing page of 2026-07-24, the Price
//! List of 2026-08-20, notices, litellm, genai-prices), never read back from `pricing/` or from
//! the program. `handworked_records` takes invocation-log records one by one,
//! `handworked_prices` a list of prices, `handworked_projection` a constant use through the
//! phases of its model. This module runs the program and reads its CSV tables.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rust_decimal::Decimal;
use tempfile::TempDir;

/// One row of a table, by column name.
pub(crate) type Row = BTreeMap<String, String>;

/// What one run of `report` wrote.
pub(crate) struct Report {
    folder: TempDir,
}

impl Report {
    /// Runs `eolcast report` as of 2026-11-22, away from any settings file of the house.
    pub(crate) fn of(inputs: &[PathBuf], arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_eolcast"))
            .current_dir(folder.path())
            .arg("report")
            .args(inputs)
            .args(["--as-of", "2026-11-22", "--format", "csv", "--out", "out"])
            .arg("--quiet")
            .args(arguments)
            .output()
            .unwrap();
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{messages}");
        Self { folder }
    }

    /// The rows of one table.
    pub(crate) fn table(&self, name: &str) -> Vec<Row> {
        let path = self.folder.path().join("out").join(format!("{name}.csv"));
        let mut reader = csv::Reader::from_path(path).unwrap();
        reader.deserialize().map(Result::unwrap).collect()
    }

    /// What a workload was charged, a line a meter:
    /// `MONTH PHASE BAND METER QUANTITY x PRICE = COST BASIS`.
    pub(crate) fn charges_of(&self, workload: &str) -> Vec<String> {
        let rows = self.table("charges");
        let mut own: Vec<&Row> = rows
            .iter()
            .filter(|row| row["workload"] == workload)
            .collect();
        own.sort_by_key(|row| reading_order(row));
        own.into_iter()
            .map(|row| {
                format!(
                    "{} {} {} {} {} x {} = {} {}",
                    row["month"],
                    row["phase"],
                    row["prompt_band"],
                    row["sku_meter"],
                    row["consumed_quantity"],
                    row["list_unit_price"],
                    row["list_cost"],
                    row["price_basis"]
                )
            })
            .collect()
    }

    /// The only finding of a code about a subject.
    pub(crate) fn finding(&self, code: &str, subject: &str) -> Row {
        let rows = self.table("findings");
        let mut found = rows
            .into_iter()
            .filter(|row| row["code"] == code && row["subject"].contains(subject));
        let first = found.next().unwrap_or_else(|| panic!("no {code}"));
        assert!(found.next().is_none(), "{code} of {subject} twice");
        first
    }
}

/// The order in which people work a number out: by month, in the course of a model's life,
/// input before output before caches. Tables are sorted by the words instead.
pub(crate) fn reading_order(row: &Row) -> (String, usize, usize) {
    const LIFE: [&str; 4] = ["active", "legacy", "extended-access", "end-of-life"];
    const METERS: [&str; 6] = [
        "input",
        "output",
        "cache_read",
        "cache_write_5m",
        "cache_write_30m",
        "cache_write_1h",
    ];
    let place = |words: &[&str], column: &str| {
        let word = row.get(column).map_or("", String::as_str);
        words
            .iter()
            .position(|known| *known == word)
            .unwrap_or(words.len())
    };
    (
        row["month"].clone(),
        place(&LIFE, "phase"),
        place(&METERS, "sku_meter"),
    )
}

/// What `eolcast explain SUBJECT` prints.
pub(crate) fn explain(subject: &str, inputs: &[PathBuf], arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_eolcast"))
        .current_dir(folder.path())
        .args(["explain", subject])
        .args(inputs)
        .args(["--as-of", "2026-11-22"])
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

/// A file of `tests/fixtures/handworked`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/handworked")
        .join(name)
}

/// A file that a test writes; it lives as long as the folder.
pub(crate) fn written(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

/// A money cell.
pub(crate) fn money(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// The sum of a money column; empty cells add nothing.
pub(crate) fn sum<'r>(rows: impl IntoIterator<Item = &'r Row>, column: &str) -> Decimal {
    let cells = rows.into_iter().map(|row| row[column].as_str());
    cells.filter(|cell| !cell.is_empty()).map(money).sum()
}
