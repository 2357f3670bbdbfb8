//! What a cut table shows, and that nothing is lost from its sums.

use proptest::prelude::*;

use super::*;
use crate::projection::Scenario;
use crate::report::sample::{charge, month, projection_row, report, usage_row};

fn cut(table: TableName, report: &ImpactReport, most: usize) -> Cut {
    Cut::of(table, &table.parts(report), most).unwrap()
}

/// A column of what the sheet shows: first the rows that stand for others.
fn shown(table: TableName, report: &ImpactReport, cut: &Cut, column: &str) -> Vec<Cell> {
    let parts = table.parts(report);
    let at = parts.place(column).unwrap();
    let whole = parts.whole().unwrap();
    let kept = cut.kept.iter().map(|row| &whole.rows[*row]);
    let rows = cut.sums.iter().chain(kept);
    rows.map(|row| row[at].clone()).collect()
}

fn total<'c>(cells: impl IntoIterator<Item = &'c Cell>) -> Decimal {
    cells.into_iter().filter_map(amount).sum()
}

#[test]
fn the_rows_with_the_most_money_stay_in_their_order_and_of_equals_the_first() {
    let mut report = report();
    report.charges = [Some("3"), None, Some("9"), Some("5"), Some("5"), Some("0")]
        .map(|cost| charge("a", cost))
        .to_vec();
    assert_eq!(cut(TableName::Charges, &report, 1).kept, [2]);
    assert_eq!(cut(TableName::Charges, &report, 2).kept, [2, 3]);
    assert_eq!(cut(TableName::Charges, &report, 4).kept, [0, 2, 3, 4]);
    // What has no price comes last, and is counted by itself.
    let cut = cut(TableName::Charges, &report, 4);
    let table = TableName::Charges;
    assert_eq!(
        shown(table, &report, &cut, "price_basis")[..2],
        [Cell::Word("listed"), Cell::Word("unpriced")]
    );
    let cost = shown(table, &report, &cut, "list_cost");
    assert_eq!(cost[..2], [Cell::Money(Usd::ZERO), Cell::Empty]);
    assert_eq!(
        cut.finding.message,
        "of 6 rows the workbook shows the 4 with the most list_cost; the others (2 rows, $0.00) are added up, so that its sums stay exact; charges.csv and charges.parquet hold them all (--format csv,parquet)"
    );
}

#[test]
fn usage_is_cut_by_tokens_and_added_up_by_month() {
    let mut report = report();
    let mut later = usage_row("b");
    later.hour = "2026-10-09T17:00:00Z".parse().unwrap();
    later.counts.input_tokens = Some(7);
    let mut none = usage_row("c");
    none.counts.input_tokens = None;
    none.counts.output_tokens = None;
    report.usage = vec![usage_row("a"), later, none];
    let (table, cut) = (TableName::Usage, cut(TableName::Usage, &report, 1));
    assert_eq!(cut.kept, [0]);
    let top = |column: &str| shown(table, &report, &cut, column)[0].clone();
    let day = "2026-10-01T00:00:00Z".parse().unwrap();
    assert_eq!(top("hour"), Cell::Timestamp(day));
    assert_eq!(top("granularity"), Cell::Empty);
    assert_eq!(top("account_id"), Cell::Text("2 rows".into()));
    assert_eq!(top("input_tokens"), Cell::Decimal(Decimal::from(7)));
    assert_eq!(top("requests"), Cell::Decimal(Decimal::from(6)));
    assert_eq!(top("images"), Cell::Empty);
    assert!(
        cut.finding
            .message
            .contains("the others (2 rows, 7 tokens) are")
    );
}

#[test]
fn money_of_scenarios_is_said_only_if_nothing_moves() {
    let report = report();
    let cut = cut(TableName::Projection, &report, 1);
    let words = "the others (3 rows, $3,000.00 if nothing moves) are";
    assert!(cut.finding.message.contains(words), "{}", cut.finding);
}

#[test]
fn every_table_has_a_rule_that_names_its_columns() {
    let report = report();
    for table in TableName::ALL.into_iter().chain([TableName::Backtest]) {
        let (parts, rule) = (table.parts(&report), rule(table));
        let named = [rule.rank, rule.keys, rule.sums, &[rule.label, rule.count]].concat();
        for column in named {
            assert!(
                parts.place(column).is_some(),
                "{}: {column}",
                table.as_str()
            );
        }
        assert!(rule.weight.iter().all(|weight| rule.sums.contains(weight)));
        let cut = cut(table, &report, 0);
        let counted = parts.place(rule.count).unwrap();
        assert!(cut.sums.iter().all(|row| row[counted].text().is_some()));
        assert!(cut.kept.is_empty());
    }
}

#[test]
fn findings_count_the_one_that_says_that_they_are_cut() {
    let mut report = report();
    report.findings = (0..MOST_ROWS)
        .map(|n| Diagnostic::info("x", n.to_string(), "y"))
        .collect();
    let cuts = Cuts::of(&report).unwrap();
    let found = cuts.findings(&report);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "of 50,001 rows the workbook shows the first 50,000; the others (1 row) are counted; findings.csv and findings.parquet hold them all (--format csv,parquet)"
    );
    report.findings.pop();
    assert!(Cuts::of(&report).unwrap().findings(&report).is_empty());
}

proptest! {
    #[test]
    fn nothing_is_lost_from_a_sum(
        rows in proptest::collection::vec((0_u32..4, 0_u8..3, proptest::option::of(0_i64..1_000_000)), 1..40),
        most in 0_usize..45,
    ) {
        let mut report = report();
        let months = ["2026-09", "2026-10", "2026-11", "2026-12"];
        report.charges.clear();
        report.projection.clear();
        for (at, kind, cost) in &rows {
            let text = cost.map(|cost| Decimal::new(cost, 6).to_string());
            let mut made = charge("a", text.as_deref());
            made.month = month(months[*at as usize]);
            report.charges.push(made);
            let scenario = [Scenario::Stay, Scenario::MigrateNow, Scenario::Own("x".into())];
            let cost = text.as_deref().unwrap_or("0");
            let scenario = scenario[usize::from(*kind)].clone();
            report.projection.push(projection_row(months[*at as usize], scenario, cost));
        }
        for (table, keys) in [
            (TableName::Charges, ["month", "price_basis"]),
            (TableName::Projection, ["month", "scenario"]),
        ] {
            let whole = table.of(&report).unwrap();
            let cut = cut(table, &report, most);
            prop_assert_eq!(cut.kept.len(), most.min(rows.len()));
            let place = |column: &str| whole.columns.iter().position(|c| c.name == column).unwrap();
            let of_keys = |row: &[Cell]| keys.map(|key| row[place(key)].clone());
            for column in rule(table).sums {
                for key in whole.rows.iter().map(|row| of_keys(row)) {
                    let all = whole.rows.iter().filter(|row| of_keys(row) == key);
                    let all = total(all.map(|row| &row[place(column)]));
                    let kept = cut.kept.iter().map(|row| &whole.rows[*row]);
                    let seen = cut.sums.iter().chain(kept).filter(|row| of_keys(row) == key);
                    prop_assert_eq!(total(seen.map(|row| &row[place(column)])), all);
                }
            }
        }
    }
}
