//! One report in every format, by names that nobody should trust: each name is safe and can be
//! read, and each amount is the same to the last digit that a format shows.
//!
//! What is safe: a CSV text never begins as a formula does (a quote stands before it); in
//! Parquet and JSON a name is itself, as both have types (JSON without a `<`); a cell of the
//! workbook is a string, no formula and no link; the page holds the name as text, the terminal
//! and the calendar on one line, its control characters shown by their code.

use std::collections::BTreeMap;
use std::fs::File;

use calamine::{Data, Reader, Xlsx, open_workbook};
use polars::prelude::{DataFrame, ParquetReader, SerReader};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use crate::program::{Desk, usage_table};

/// A name as it came in, and as one line of it can be read.
const NAMES: [(&str, &str); 4] = [
    ("=HYPERLINK(\"http://x\")", "=HYPERLINK(\"http://x\")"),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("a \"b\", 'c';\nd 🚀", "a \"b\", 'c';\\nd 🚀"),
    ("家計簿サービス", "家計簿サービス"),
];

/// What a report says of one thing: its money by column.
type Money = BTreeMap<&'static str, Decimal>;

/// Costs of the closed month by workload; the whole is the sum.
type ByWorkload = BTreeMap<String, Money>;

const COLUMNS: [&str; 3] = ["list_cost", "extended_access_premium", "contracted_cost"];

struct Report {
    desk: Desk,
    screen: String,
}

/// Claude Opus 4.1 in us-east-1, in Extended Access from 2026-10-08, all of it in one month
/// and in the last 30 days before `as_of`: both sums are the same. Odd counts, so that no sum
/// of rounded amounts is the rounded sum.
fn report(discount: &str) -> Report {
    let desk = Desk::new();
    let mut rows = Vec::new();
    for (number, (name, _)) in (1..).zip(NAMES) {
        for day in [5, 12, 20] {
            rows.push([
                ("hour", format!("2026-10-{day:02}T10:00:00Z")),
                (
                    "model_id",
                    "anthropic.claude-opus-4-1-20250805-v1:0".to_owned(),
                ),
                ("workload", name.to_owned()),
                ("input_tokens", (1_234_567 * number + day).to_string()),
                ("output_tokens", (654_321 * (number + 1)).to_string()),
            ]);
        }
    }
    let rows: Vec<Vec<(&str, &str)>> = rows
        .iter()
        .map(|row| row.iter().map(|(name, cell)| (*name, &**cell)).collect())
        .collect();
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(Vec::as_slice).collect();
    desk.put("usage.csv", usage_table(&rows));
    desk.put("eolcast.toml", discount);
    let formats = "csv,parquet,xlsx,html,json,focus,ics";
    let run = desk.run(&[
        "report",
        "usage.csv",
        "--as-of",
        "2026-11-01",
        "--out",
        "out",
        "--format",
        formats,
    ]);
    let screen = run.expect(0).out;
    Report { desk, screen }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// `$12,345.68`, made without the program's own help.
fn in_words(amount: Decimal) -> String {
    let cents = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven);
    let text = format!("{cents:.2}");
    let (whole, places) = text.split_once('.').unwrap();
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("${grouped}.{places}")
}

fn add(sums: &mut ByWorkload, workload: &str, column: &'static str, amount: Decimal) {
    let of_workload = sums.entry(workload.to_owned()).or_default();
    *of_workload.entry(column).or_default() += amount;
}

/// A CSV text without the guard that keeps it from being a formula.
fn unguarded(text: &str) -> &str {
    assert!(!text.starts_with(['=', '+', '-', '@']), "{text}");
    text.strip_prefix('\'').unwrap_or(text)
}

fn of_csv(desk: &Desk) -> ByWorkload {
    let mut sums = ByWorkload::new();
    for row in desk.rows("out/cost.csv") {
        for column in COLUMNS {
            add(
                &mut sums,
                unguarded(&row["workload"]),
                column,
                decimal(&row[column]),
            );
        }
    }
    sums
}

fn frame(desk: &Desk, file: &str) -> DataFrame {
    let file = File::open(desk.path(file)).unwrap();
    ParquetReader::new(file).finish().unwrap()
}

fn of_parquet(desk: &Desk, file: &str, workload: &str, columns: [&str; 3]) -> ByWorkload {
    let frame = frame(desk, file);
    let names = frame.column(workload).unwrap().str().unwrap().clone();
    let mut sums = ByWorkload::new();
    for (column, of_file) in COLUMNS.into_iter().zip(columns) {
        let amounts = frame.column(of_file).unwrap().decimal().unwrap();
        for (name, mantissa) in names.iter().zip(amounts.physical().iter()) {
            let amount = Decimal::from_i128_with_scale(mantissa.unwrap(), 12);
            add(&mut sums, name.unwrap(), column, amount.normalize());
        }
    }
    sums
}

/// The columns of FOCUS that hold the same money.
const OF_FOCUS: [&str; 3] = ["ListCost", "x_extended_access_premium", "EffectiveCost"];

fn of_focus_csv(desk: &Desk) -> ByWorkload {
    let mut sums = ByWorkload::new();
    for row in desk.rows("out/focus.csv") {
        for (column, of_file) in COLUMNS.into_iter().zip(OF_FOCUS) {
            add(
                &mut sums,
                unguarded(&row["x_workload"]),
                column,
                decimal(&row[of_file]),
            );
        }
    }
    sums
}

fn of_json(json: &Value) -> ByWorkload {
    let mut sums = ByWorkload::new();
    for row in json["tables"]["cost"].as_array().unwrap() {
        for column in COLUMNS {
            let amount = decimal(row[column].as_str().unwrap());
            add(&mut sums, row["workload"].as_str().unwrap(), column, amount);
        }
    }
    sums
}

/// A double of the workbook, by the shortest digits that tell it from its neighbours.
fn of_double(cell: &Data) -> Decimal {
    match cell {
        Data::Float(value) => decimal(&value.to_string()),
        other => panic!("no number: {other:?}"),
    }
}

fn of_workbook(desk: &Desk) -> (ByWorkload, Money) {
    let mut book: Xlsx<_> = open_workbook(desk.path("out/eolcast.xlsx")).unwrap();
    let sheet = book.worksheet_range("cost").unwrap();
    let mut rows = sheet.rows();
    let header: Vec<String> = rows.next().unwrap().iter().map(Data::to_string).collect();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let mut sums = ByWorkload::new();
    for row in rows {
        let Data::String(name) = &row[place("workload")] else {
            panic!("no string: {row:?}")
        };
        for column in COLUMNS {
            add(&mut sums, name, column, of_double(&row[place(column)]));
        }
    }
    assert!(
        book.worksheet_formula("cost").unwrap().is_empty(),
        "a name became a formula"
    );
    let cover = book.worksheet_range("cover").unwrap();
    let shown = |label: &str| {
        let row = cover.rows().find(|row| row[0] == *label).unwrap();
        of_double(&row[1])
    };
    let labels = [
        "list cost",
        "of it Extended Access premium",
        "contracted cost",
    ];
    let totals = COLUMNS.into_iter().zip(labels.map(shown)).collect();
    (sums, totals)
}

/// What the browser shows for a text: the few references that the page uses.
fn unescaped(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// Between the first `from` and the next `to`.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let rest = text.split_once(from).map(|(_, rest)| rest);
    let rest = rest.unwrap_or_else(|| panic!("{from} is not in {text}"));
    rest.split_once(to).map_or(rest, |(found, _)| found)
}

fn total(sums: &ByWorkload) -> Money {
    let mut total = Money::new();
    for (column, amount) in sums.values().flatten() {
        *total.entry(column).or_default() += *amount;
    }
    total
}

/// The page: exact by workload, and to the cent.
fn check_page(desk: &Desk, sums: &ByWorkload, total: &Money) {
    let page = desk.text("out/eolcast.html");
    assert!(!page.contains("<script") && !page.contains("http://x\""));
    let tile = between(&page, "id=\"tile-cost\"", "</section>");
    for amount in total.values() {
        assert!(tile.contains(&in_words(*amount)), "{amount}: {tile}");
    }
    let sections: Vec<&str> = page.split("<details class=\"workload\">").skip(1).collect();
    assert_eq!(sections.len(), NAMES.len());
    for (name, shown) in NAMES {
        let has_name =
            |section: &&&str| unescaped(between(section, "<h3><bdi>", "</bdi></h3>")) == shown;
        let section = sections
            .iter()
            .find(has_name)
            .unwrap_or_else(|| panic!("{name}"));
        let cost = sums[name]["list_cost"];
        let head = format!("2026-10: {}; premium to come", in_words(cost));
        assert!(section.contains(&head), "{name}: {head}");
        let foot = between(section, "Sum, exact", "</tr>");
        assert!(foot.contains(&format!(">{cost}<")), "{name}: {foot}");
    }
}

/// The screen: to the cent, a workload's line above that of its money.
fn check_screen(screen: &str, sums: &ByWorkload, total: &Money) {
    let month = between(screen, "COST OF 2026-10", "WHAT EXTENDED");
    assert!(!screen.contains('\u{1b}'));
    for (column, amount) in total {
        assert!(month.contains(&in_words(*amount)), "{column}: {month}");
    }
    let ranked: Vec<&str> = between(screen, "MOVE FIRST", "CALENDAR").lines().collect();
    for (name, shown) in NAMES {
        let at = ranked.iter().position(|line| line.contains(shown));
        let at = at.unwrap_or_else(|| panic!("{name}: {ranked:#?}"));
        let cost = in_words(sums[name]["list_cost"]);
        assert!(
            ranked[at + 1].contains(&cost),
            "{name}: {cost} in {ranked:#?}"
        );
    }
}

/// The calendar: to the cent, all workloads at the end of life and each at its own start.
fn check_calendar(desk: &Desk, sums: &ByWorkload, total: &Money) {
    let file = desk.text("out/eolcast.ics");
    assert!(file.lines().all(|line| line.len() <= 75));
    let text = file.replace("\r\n ", "");
    let events: Vec<&str> = text.split("BEGIN:VEVENT").skip(1).collect();
    let escaped = |text: &str| {
        text.replace('\\', "\\\\")
            .replace(',', "\\,")
            .replace(';', "\\;")
    };
    let of_cost = |amount| format!("30 days: {}\\n", escaped(&in_words(amount)));
    let end = events
        .iter()
        .find(|event| event.contains("SUMMARY:End of life"));
    assert!(
        end.unwrap().contains(&of_cost(total["list_cost"])),
        "{text}"
    );
    for (name, shown) in NAMES {
        assert!(end.unwrap().contains(&escaped(shown)), "{name}: {text}");
        let summary = format!("SUMMARY:Start moving {} off ", escaped(shown));
        let start = events.iter().find(|event| event.contains(&summary));
        let start = start.unwrap_or_else(|| panic!("{name}: {text}"));
        assert!(start.contains(&of_cost(sums[name]["list_cost"])), "{start}");
    }
}

fn check(report: &Report) -> ByWorkload {
    let desk = &report.desk;
    let sums = of_csv(desk);
    let names: Vec<&str> = sums.keys().map(String::as_str).collect();
    let mut wanted = NAMES.map(|(name, _)| name);
    wanted.sort_unstable();
    assert_eq!(names, wanted);
    let total = total(&sums);
    assert_eq!(
        of_parquet(desk, "out/cost.parquet", "workload", COLUMNS),
        sums
    );
    assert_eq!(of_focus_csv(desk), sums);
    assert_eq!(
        of_parquet(desk, "out/focus.parquet", "x_workload", OF_FOCUS),
        sums
    );

    let text = desk.text("out/eolcast.json");
    assert!(!text.contains('<'));
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(of_json(&json), sums);
    for column in COLUMNS {
        let head = &json["headline"]["closed_month"][column];
        assert_eq!(decimal(head.as_str().unwrap()), total[column], "{column}");
    }

    let (of_workbook, cover) = of_workbook(desk);
    assert_eq!(of_workbook, sums);
    assert_eq!(cover, total);

    check_page(desk, &sums, &total);
    check_screen(&report.screen, &sums, &total);
    check_calendar(desk, &sums, &total);
    sums
}

#[test]
fn every_format_says_the_same_money_of_names_that_it_keeps_safe() {
    let sums = check(&report(""));
    // The Japanese one, number 4, before Extended Access on the 5th, in it on the 12th and the
    // 20th at twice the price: (4,938,273 + 2 x 4,938,280 + 2 x 4,938,288) x 15 / 1,000,000
    // = 370.371135 and 5 x 3,271,605 x 75 / 1,000,000 = 1,226.851875, together 1,597.22301.
    assert_eq!(sums[NAMES[3].0]["list_cost"], decimal("1597.22301"));
}

#[test]
fn every_format_says_the_same_discounted_money() {
    let sums = check(&report("[discount]\nall = \"0.13\"\n"));
    for money in sums.values() {
        assert!(money["contracted_cost"] < money["list_cost"]);
    }
}
