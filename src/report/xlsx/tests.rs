//! The workbook read back by another library.

use std::io::Cursor;
use std::path::Path;

use calamine::{Data, DataType, Range, Reader, Xlsx, open_workbook_from_rs};

use super::*;
use crate::domain::Usd;
use crate::projection::{Change, Effects, VarianceRow};
use crate::report::TableName;
use crate::report::sample::{
    charge, decimal, empty_report, report, total, usage_row, variance_row,
};

type Book = Xlsx<Cursor<Vec<u8>>>;

fn bytes(report: &ImpactReport, layout: Layout) -> Vec<u8> {
    let mut workbook = XlsxReport::with_layout(layout).unwrap();
    for table in TableName::ALL {
        workbook.add(table, report, &Cuts::default()).unwrap();
    }
    let mut bytes = Vec::new();
    workbook
        .finish(report, Path::new("eolcast.xlsx"), &mut bytes)
        .unwrap();
    bytes
}

fn book(report: &ImpactReport, layout: Layout) -> Book {
    open_workbook_from_rs(Cursor::new(bytes(report, layout))).unwrap()
}

fn column(range: &Range<Data>, name: &str) -> Vec<Data> {
    let header = range.rows().next().unwrap();
    let at = header.iter().position(|cell| *cell == *name).unwrap();
    range.rows().skip(1).map(|row| row[at].clone()).collect()
}

fn text(text: &str) -> Data {
    Data::String(text.to_owned())
}

#[test]
fn each_table_is_an_excel_table_with_its_columns_in_row_one() {
    for report in [report(), empty_report()] {
        let mut book = book(&report, Layout::EXCEL);
        book.load_tables().unwrap();
        let names = book.sheet_names();
        assert_eq!(names[..2], [COVER, CHARTS]);
        for name in TableName::ALL {
            let table = name.of(&report).unwrap();
            let placed = book.table_by_name(name.as_str()).unwrap();
            assert_eq!(placed.sheet_name(), name.as_str());
            let header: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
            assert_eq!(placed.columns(), header);
            let range = book.worksheet_range(name.as_str()).unwrap();
            assert_eq!(range.start(), Some((0, 0)));
            assert_eq!(range.rows().next().unwrap(), header);
            let known = range
                .rows()
                .skip(1)
                .filter(|row| row.iter().any(|c| *c != Data::Empty));
            assert_eq!(known.count(), table.rows.len(), "{}", name.as_str());
        }
    }
}

#[test]
fn hostile_names_are_plain_strings() {
    let names = [
        "=HYPERLINK(\"http://x\")",
        "<script>alert(1)</script>",
        "a \"quoted\", name; with, commas",
        "two\nlines",
        "🚀👩\u{200d}💻",
        "家計簿サービス",
        "'quoted",
        "_x0041_",
        "]]>&amp;",
    ];
    let mut report = report();
    report.usage = names.map(usage_row).to_vec();
    let range = book(&report, Layout::EXCEL)
        .worksheet_range("usage")
        .unwrap();
    assert_eq!(column(&range, "workload"), names.map(text));
    let mut book = book(&report, Layout::EXCEL);
    for sheet in book.sheet_names() {
        let formulas = book.worksheet_formula(&sheet).unwrap();
        let written = formulas.used_cells().count();
        assert_eq!(written > 0, sheet == COVER, "{sheet}: {written} formulas");
    }
}

#[test]
fn marks_that_hide_or_turn_text_are_shown_by_their_code() {
    assert_eq!(
        style::cell_text("\u{1b}[31mred\n\u{202e}x"),
        "\\u{1b}[31mred\n\\u{202e}x"
    );
    assert_eq!(style::cell_text("a\u{ffff}b"), "a\u{fffd}b");
    let long = "🚀".repeat(20_000);
    let cut = style::cell_text(&long);
    // 16,383 rockets of two units each, and the mark: 32,767.
    assert_eq!(cut.encode_utf16().count(), 32_767);
    assert!(cut.ends_with("🚀…"));
}

#[test]
fn money_is_the_nearest_double_and_unknown_is_empty() {
    let mut report = report();
    report.charges = vec![
        charge("a", Some("0.1")),
        charge("b", Some("12345678901234.56")),
        charge("c", Some("-0.000000000001")),
        charge("d", None),
    ];
    let range = book(&report, Layout::EXCEL)
        .worksheet_range("charges")
        .unwrap();
    assert_eq!(
        column(&range, "list_cost"),
        [
            Data::Float(0.1),
            Data::Float(12_345_678_901_234.56),
            Data::Float(-1e-12),
            Data::Empty
        ]
    );
    assert!(matches!(column(&range, "month")[0], Data::DateTime(_)));
}

#[test]
fn the_totals_of_the_cover_are_formulas_with_the_exact_sum_as_their_result() {
    let mut book = book(&report(), Layout::EXCEL);
    let values = book.worksheet_range(COVER).unwrap();
    let formulas = book.worksheet_formula(COVER).unwrap();
    let row = values
        .rows()
        .position(|row| row[0] == *"list cost")
        .unwrap();
    let at = (u32::try_from(row).unwrap(), 1);
    assert_eq!(
        formulas.get_value(at).unwrap(),
        "SUMIFS(cost[list_cost],cost[month],$B$3)"
    );
    // 10,000.005 + 2,345.67.
    assert_eq!(*values.get_value(at).unwrap(), Data::Float(12_345.675));
}

/// The rows of a block of `chart_data` whose first column has this head, without the labels.
fn block(report: &ImpactReport, head: &str, width: usize) -> Vec<(String, Vec<Option<f64>>)> {
    let range = book(report, Layout::EXCEL)
        .worksheet_range(CHART_DATA)
        .unwrap();
    let header = range.rows().next().unwrap();
    let first = header.iter().position(|cell| *cell == *head).unwrap();
    let value = |cell: &Data| match cell {
        Data::Float(value) => Some(*value),
        _ => None,
    };
    range
        .rows()
        .skip(1)
        .filter_map(|row| Some((row[first].as_string()?, row)))
        .map(|(label, row)| {
            let cells = &row[first + 1..=first + width];
            (label, cells.iter().map(value).collect())
        })
        .collect()
}

#[test]
fn a_column_of_the_waterfall_stands_where_the_one_before_ended() {
    let usd = |text: &str| Usd::new(decimal(text));
    let alone = |workload, before, after, effect: &str| VarianceRow {
        effects: Some(Effects {
            new_or_gone: usd(effect),
            ..Effects::default()
        }),
        change: Some(match before {
            "0" => Change::New,
            _ => Change::Gone,
        }),
        ..variance_row(workload, before, after)
    };
    let mut report = report();
    report.variance = vec![
        VarianceRow {
            effects: Some(Effects {
                volume: usd("-60"),
                mix: usd("-70"),
                price: usd("-20"),
                extended_access: usd("30"),
                new_or_gone: Usd::ZERO,
            }),
            ..variance_row("checkout", "90", "-30")
        },
        alone("search", "0", "90", "90"),
        alone("old", "10", "0", "-10"),
    ];
    // 100 - 60 = 40, - 70 = -30 across zero, - 20 = -50, + 30 = -20, + 90 = 70 across zero again,
    // - 10 = 60. In columns: amount, base, month, more, less, and more and less below zero.
    let no = None;
    let expected = [
        (
            "2026-09\n$100.00",
            [Some(100.0), Some(0.0), Some(100.0), no, no, no, no],
        ),
        (
            "volume\n-$60.00",
            [Some(-60.0), Some(40.0), no, no, Some(60.0), no, Some(0.0)],
        ),
        (
            "mix\n-$70.00",
            [Some(-70.0), Some(0.0), no, no, Some(40.0), no, Some(-30.0)],
        ),
        (
            "price\n-$20.00",
            [Some(-20.0), Some(-30.0), no, no, Some(0.0), no, Some(-20.0)],
        ),
        (
            "Extended Access\n+$30.00",
            [Some(30.0), Some(-20.0), no, Some(0.0), no, Some(-30.0), no],
        ),
        (
            "new\n+$90.00",
            [Some(90.0), Some(0.0), no, Some(70.0), no, Some(-20.0), no],
        ),
        (
            "gone\n-$10.00",
            [Some(-10.0), Some(60.0), no, no, Some(10.0), no, Some(0.0)],
        ),
        (
            "2026-10\n$60.00",
            [Some(60.0), Some(0.0), Some(60.0), no, no, no, no],
        ),
    ];
    let expected = expected.map(|(label, cells)| (label.to_owned(), cells.to_vec()));
    assert_eq!(block(&report, "step", 7), expected);
}

#[test]
fn the_band_of_the_projection_is_that_of_the_totals() {
    let mut report = report();
    report.totals = vec![total("2026-12", "1200", "1600", "2100.5")];
    let rows = block(&report, "month_ahead", 6);
    // The band stands on its low bound and is 2,100.5 - 1,200 wide; November has none.
    assert_eq!(rows[0].1[..2], [None, None]);
    assert_eq!(rows[1].1[..3], [Some(1_200.0), Some(900.5), Some(1_600.0)]);
}

#[test]
fn a_large_table_is_streamed_and_looks_the_same() {
    let layout = Layout {
        streamed_from: 40,
        ..Layout::EXCEL
    };
    let mut report = report();
    report.costs[2].list_cost = Some(Usd::ZERO);
    let (mut plain, mut streamed) = (book(&report, Layout::EXCEL), book(&report, layout));
    for name in TableName::ALL {
        let of = |book: &mut Book| book.worksheet_range(name.as_str()).unwrap();
        assert_eq!(of(&mut plain), of(&mut streamed), "{}", name.as_str());
    }
    let formulas = streamed.worksheet_formula(COVER).unwrap();
    let mut formulas = formulas.used_cells().map(|(_, _, formula)| formula);
    assert!(formulas.any(|f| f == "SUMIFS(cost!$O$2:$O$4,cost!$A$2:$A$4,$B$3)"));
    streamed.load_tables().unwrap();
    assert!(!streamed.table_names().contains(&&"cost".to_owned()));
}

#[test]
fn of_a_table_that_is_too_long_the_others_are_added_up_at_the_top() {
    let layout = Layout {
        most_rows: 1,
        ..Layout::EXCEL
    };
    let mut book = book(&report(), layout);
    let sheet = book.worksheet_range("cost").unwrap();
    let more = text("(further rows, added up; each in cost.csv and cost.parquet)");
    let hostile = text("=HYPERLINK(\"http://x\")");
    assert_eq!(column(&sheet, "workload"), [more.clone(), more, hostile]);
    assert_eq!(
        column(&sheet, "list_cost"),
        [2_345.67, 700.0, 10_000.005].map(Data::Float)
    );
    let account = column(&sheet, "account_id");
    assert_eq!(account[..2], [text("1 row"), text("1 row")]);
    assert_eq!(column(&sheet, "model_id")[0], Data::Empty);
    // The cover says so, and its formulas add up what is shown.
    let cover = book.worksheet_range(COVER).unwrap();
    let mut told = cover.rows().filter(|row| row[0] == *"cost");
    assert_eq!(
        told.next().unwrap()[2],
        *"the 1 with the most list_cost are shown, the others added up; all in cost.csv, cost.parquet"
    );
    let formulas = book.worksheet_formula(COVER).unwrap();
    let mut formulas = formulas.used_cells().map(|(_, _, formula)| formula);
    assert!(formulas.any(|f| f == "SUMIFS(cost!$O$2:$O$4,cost!$A$2:$A$4,$B$3)"));
    assert!(
        cover
            .rows()
            .any(|row| row[0] == *"list cost" && row[1] == 12_345.675)
    );
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert!(bytes(&report(), Layout::EXCEL) == bytes(&report(), Layout::EXCEL));
}
