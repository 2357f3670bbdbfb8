//! The whole report as one JSON value, for programs: `eolcast.json`, schema `eolcast/1`.
//!
//! Money, unit prices, quantities and shares are strings, so that no reader rounds them;
//! counts are numbers, dates and months texts, what is not known is null. A row is a line,
//! its keys in the order of the table's columns. `<` and the line separators of Unicode are
//! written as escapes: the file may stand inside a page. `eolcast.schema.json` beside this
//! file describes it; a test holds the two together.
//!
//! Imports `projection` and `domain`. Sample:
//! `{"schema": "eolcast/1", "as_of": "2026-11-22", ..., "tables": {"cost": [{...}]}}`.

use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use serde_json::{Value, json};

use super::in_order::in_order;
use super::parts::Parts;
use super::plain::{push_count, push_date, push_decimal, push_month, push_timestamp};
use super::summary::{MonthCost, MonthOutlook, PremiumOutlook, Summary};
use super::table::{Cell, ReportError};
use super::tables::TableName;
use crate::domain::{PriceBasis, Usd};
use crate::projection::ImpactReport;

/// The version of the format; a key that changes its meaning makes a new one.
pub(super) const SCHEMA: &str = "eolcast/1";

/// Writes the report as JSON.
pub(super) fn write_json(
    report: &ImpactReport,
    path: &Path,
    output: &mut (dyn Write + Send + '_),
) -> Result<(), ReportError> {
    let failed = |source| ReportError::write(path, source);
    head(report, &Summary::of(report)?, output).map_err(failed)?;
    let mut next = "";
    for name in TableName::ALL {
        write!(output, "{next}\"{}\": [", name.as_str()).map_err(failed)?;
        rows(&name.parts(report), path, output)?;
        output.write_all(b"]").map_err(failed)?;
        next = ",\n";
    }
    output.write_all(b"\n}}\n").map_err(failed)
}

fn head(
    report: &ImpactReport,
    summary: &Summary,
    output: &mut (dyn Write + Send),
) -> io::Result<()> {
    let checked = report.prices_checked.map(
        |(oldest, newest)| json!({ "oldest": oldest.to_string(), "newest": newest.to_string() }),
    );
    let pairs = [
        ("schema", json!(SCHEMA)),
        ("as_of", json!(report.as_of.to_string())),
        ("month", json!(report.month.to_string())),
        ("horizon", json!(report.horizon)),
        ("tables_hash", json!(report.tables_hash)),
        ("demo", json!(report.demo)),
        ("prices_checked", json!(checked)),
        ("headline", headline(summary)),
    ];
    output.write_all(b"{\n")?;
    for (name, value) in pairs {
        writeln!(output, "\"{name}\": {},", in_page(&value.to_string()))?;
    }
    output.write_all(b"\"tables\": {\n")
}

/// Rows that are made into text at a time.
const ROWS: usize = 1 << 12;

fn rows(
    parts: &Parts<'_>,
    path: &Path,
    output: &mut (dyn Write + Send),
) -> Result<(), ReportError> {
    // What stands before each value of a row.
    let keys: Vec<String> = parts
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| format!("{}\"{}\": ", if at == 0 { "" } else { ", " }, column.name))
        .collect();
    let text_of = |range: Range<usize>| {
        let mut text = String::new();
        let mut next = if range.start == 0 { "\n{" } else { ",\n{" };
        parts.rows(range, |cells| {
            text.push_str(next);
            next = ",\n{";
            for (key, cell) in keys.iter().zip(cells) {
                text.push_str(key);
                push_value(&mut text, cell);
            }
            text.push('}');
            Ok(())
        })?;
        Ok(text)
    };
    in_order(parts.rows, ROWS, text_of, |text| {
        let written = output.write_all(text.as_bytes());
        written.map_err(|source| ReportError::write(path, source))
    })
}

fn push_value(line: &mut String, cell: &Cell) {
    match cell {
        Cell::Empty => line.push_str("null"),
        Cell::Count(count) => push_count(line, *count),
        Cell::Date(day) => quoted(line, |line| push_date(line, *day)),
        Cell::Month(month) => quoted(line, |line| push_month(line, *month)),
        Cell::Timestamp(moment) => quoted(line, |line| push_timestamp(line, *moment)),
        Cell::Money(amount) => quoted(line, |line| push_decimal(line, amount.amount())),
        Cell::Decimal(number) => quoted(line, |line| push_decimal(line, *number)),
        Cell::Word(words) => push_text(line, words),
        Cell::Text(words) => push_text(line, words),
    }
}

fn quoted(line: &mut String, push: impl FnOnce(&mut String)) {
    line.push('"');
    push(line);
    line.push('"');
}

fn push_text(line: &mut String, words: &str) {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'<');
    if words.bytes().all(is_plain) {
        line.push('"');
        line.push_str(words);
        line.push('"');
    } else {
        line.push_str(&in_page(&Value::from(words).to_string()));
    }
}

/// Outside its strings JSON has none of these characters.
fn in_page(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

fn headline(summary: &Summary) -> Value {
    json!({
        "closed_month": month_cost(&summary.closed),
        "month_so_far": summary.so_far.as_ref().map(month_cost),
        "premium_rest_of_month": outlook(&summary.rest_of_month),
        "premium_to_end_of_life": outlook(&summary.to_end_of_life),
        "cost_if_nothing_moves": outlook(&summary.stay),
        "months": summary.months.iter().map(month).collect::<Vec<_>>(),
    })
}

fn month_cost(cost: &MonthCost) -> Value {
    json!({
        "list_cost": money(cost.list_cost),
        "normal_cost": money(cost.normal_cost),
        "extended_access_premium": money(cost.premium),
        "contracted_cost": money(cost.contracted_cost),
        "unpriced_tokens": cost.unpriced_tokens,
        "price_basis": basis(cost.price_basis),
        "premium_price_basis": basis(cost.premium_basis),
    })
}

fn outlook(outlook: &PremiumOutlook) -> Value {
    json!({
        "expected": money(outlook.expected),
        "low": money(outlook.low),
        "high": money(outlook.high),
        "price_basis": basis(outlook.price_basis),
    })
}

fn month(month: &MonthOutlook) -> Value {
    json!({
        "month": month.month.to_string(),
        "stay": money(month.stay),
        "stay_extended_access_premium": money(month.stay_premium),
        "stay_price_basis": basis(month.stay_basis),
        "stranded_requests": month.stranded_requests,
        "migrate_now": money(month.migrate_now),
    })
}

fn money(amount: Option<Usd>) -> Option<String> {
    amount.map(|amount| amount.to_string())
}

fn basis(basis: Option<PriceBasis>) -> Option<&'static str> {
    basis.map(PriceBasis::as_str)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{empty_report, report};
    use super::*;

    fn written(report: &ImpactReport) -> String {
        let mut bytes = Vec::new();
        write_json(report, Path::new("eolcast.json"), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn read(report: &ImpactReport) -> Value {
        serde_json::from_str(&written(report)).unwrap()
    }

    #[test]
    fn money_is_text_counts_are_numbers_and_unknown_is_null() {
        let json = read(&report());
        assert_eq!(json["schema"], "eolcast/1");
        assert_eq!(json["as_of"], "2026-11-22");
        let priced = &json["tables"]["charges"][0];
        assert_eq!(priced["list_cost"], "3.96");
        assert_eq!(priced["pricing_quantity"], "1.2");
        assert_eq!(priced["consumed_quantity"], 1_200_000);
        assert_eq!(priced["price_effective_from"], "2025-09-29");
        assert_eq!(json["tables"]["charges"][1]["list_cost"], Value::Null);
        // 10,000.005 + 2,345.67.
        assert_eq!(json["headline"]["closed_month"]["list_cost"], "12345.675");
        assert_eq!(json["headline"]["month_so_far"]["list_cost"], "700");
    }

    #[test]
    fn names_from_outside_stay_what_they_are_and_cannot_end_a_script() {
        let mut hostile = report();
        let name = "</script><script>alert(1)</script>\u{2028}\"\\\n家計簿 🚀";
        hostile.usage[0].workload = Some(name.into());
        let text = written(&hostile);
        assert!(!text.contains('<'));
        assert!(!text.contains('\u{2028}'));
        let rows = &read(&hostile)["tables"]["usage"];
        assert_eq!(rows[0]["workload"], name);
        assert_eq!(
            read(&report())["tables"]["usage"][0]["workload"],
            "=HYPERLINK(\"http://x\")"
        );
    }

    #[test]
    fn every_cell_of_every_table_is_there() {
        let json = read(&report());
        for name in TableName::ALL {
            let table = name.of(&report()).unwrap();
            let rows = json["tables"][name.as_str()].as_array().unwrap();
            assert_eq!(rows.len(), table.rows.len(), "{}", table.name);
            for row in rows {
                assert_eq!(row.as_object().unwrap().len(), table.columns.len());
            }
        }
    }

    #[test]
    fn a_report_of_nothing_is_a_value_too() {
        let json = read(&empty_report());
        assert_eq!(json["tables"]["cost"], json!([]));
        assert_eq!(json["headline"]["closed_month"]["list_cost"], Value::Null);
        assert_eq!(json["prices_checked"], Value::Null);
    }
}
