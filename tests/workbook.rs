//! The workbook through the whole program, read back by a library that did not write it: the
//! same cells as the CSV, and the same totals to the cent.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use calamine::{Data, DataType, Range, Reader, Xlsx, open_workbook};

use crate::program::{Desk, lines, record, usage_table};

const TABLES: [&str; 11] = [
    "usage",
    "coverage",
    "cost",
    "charges",
    "projection",
    "scenarios",
    "urgency",
    "timeline",
    "variance",
    "prices_used",
    "findings",
];

fn sheets(desk: &Desk, folder: &str) -> BTreeMap<String, Range<Data>> {
    let path = desk.path(folder).join("eolcast.xlsx");
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    book.worksheets().into_iter().collect()
}

/// Whether a cell of the workbook is that of the CSV.
fn same(written: &str, cell: &Data) -> bool {
    match cell {
        Data::Empty => written.is_empty(),
        // The CSV guards what a spreadsheet would run; here the cell has a type.
        Data::String(text) => written == text || written.strip_prefix('\'') == Some(text),
        Data::Float(value) => written.parse() == Ok(*value),
        Data::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let day = format!("{year:04}-{month:02}-{day:02}");
            let time = format!("T{hour:02}:{minute:02}:{second:02}Z");
            written == day || written == format!("{day}{time}") || day == format!("{written}-01")
        }
        _ => false,
    }
}

#[test]
fn every_cell_of_the_demo_is_that_of_the_csv() {
    let desk = Desk::new();
    desk.run(&["report", "--demo", "--format", "xlsx,csv", "--out", "out"])
        .expect(0);
    let sheets = sheets(&desk, "out");
    for table in TABLES {
        let text = desk.text(&format!("out/{table}.csv"));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let mut rows = sheets[table].rows();
        assert_eq!(rows.next().unwrap(), header.iter().collect::<Vec<_>>());
        for (at, row) in reader.records().enumerate() {
            let row = row.unwrap();
            let cells = rows.next().unwrap();
            for ((written, cell), column) in row.iter().zip(cells).zip(&header) {
                let place = format!("{table}.{column}, row {}", at + 2);
                assert!(same(written, cell), "{place}: {written:?}, {cell:?}");
            }
        }
        assert!(rows.flatten().all(|cell| *cell == Data::Empty), "{table}");
    }
}

#[test]
fn the_totals_of_the_cover_agree_with_the_csv_to_the_cent() {
    let desk = Desk::new();
    desk.run(&["report", "--demo", "--format", "xlsx,csv", "--out", "out"])
        .expect(0);
    let cents = |name: &str, column: &str, (key, value): (&str, &str)| {
        let rows = desk.rows(name);
        let of_key = rows.iter().filter(|row| row[key] == value);
        let sum: f64 = of_key.map(|row| row[column].parse().unwrap_or(0.0)).sum();
        format!("{sum:.2}")
    };
    let cover = &sheets(&desk, "out")["cover"];
    let shown = |label: &str| {
        let row = cover.rows().find(|row| row[0] == *label).unwrap();
        match row[1] {
            Data::Float(value) => format!("{value:.2}"),
            ref other => format!("{other:?}"),
        }
    };
    let month = ("month", "2026-10");
    assert_eq!(
        shown("list cost"),
        cents("out/cost.csv", "list_cost", month)
    );
    let premium = "extended_access_premium";
    assert_eq!(
        shown("of it Extended Access premium"),
        cents("out/cost.csv", premium, month)
    );
    assert_eq!(
        shown("Extended Access premium, to end of life or horizon"),
        cents("out/projection.csv", premium, ("scenario", "stay"))
    );
}

/// A column of the sums behind the charts, by its head, down to its last number; gaps are 0.
fn chart_column(sheet: &Range<Data>, head: &str) -> Vec<f64> {
    let mut rows = sheet.rows();
    let header = rows.next().unwrap();
    let at = header.iter().position(|cell| *cell == *head).unwrap();
    let cells = rows.map(|row| match row[at] {
        Data::Float(value) => value,
        ref other => {
            assert_eq!(*other, Data::Empty, "{head}");
            0.0
        }
    });
    cells.collect()
}

#[test]
fn the_waterfall_adds_up_from_month_to_month() {
    let desk = Desk::new();
    desk.run(&["report", "--demo", "--format", "xlsx,csv", "--out", "out"])
        .expect(0);
    let sheets = sheets(&desk, "out");
    let amounts = chart_column(&sheets["chart_data"], "amount");
    let amounts = &amounts[..8];
    let cents = |value: f64| format!("{value:.2}");
    // The month before and the effects make the month, which is that of the cover.
    assert_eq!(cents(amounts[..7].iter().sum()), cents(amounts[7]));
    let cover = &sheets["cover"];
    let list = cover.rows().find(|row| row[0] == *"list cost").unwrap();
    let Data::Float(list) = list[1] else {
        panic!("{list:?}");
    };
    assert_eq!(cents(amounts[7]), cents(list));
    // Each is the sum of its column in the table.
    let rows = desk.rows("out/variance.csv");
    let sum = |column: &str, change: Option<&str>| {
        let of = rows
            .iter()
            .filter(|row| change.is_none_or(|change| row["change"] == change));
        // From 0 on: an empty sum is -0.
        of.map(|row| row[column].parse().unwrap_or(0.0))
            .fold(0.0, |sum, effect: f64| sum + effect)
    };
    for (at, (column, change)) in [
        ("cost_before", None),
        ("volume_effect", None),
        ("mix_effect", None),
        ("price_effect", None),
        ("extended_access_effect", None),
        ("new_or_gone_effect", Some("new")),
        ("new_or_gone_effect", Some("gone")),
        ("cost_after", None),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(cents(amounts[at]), cents(sum(column, change)), "{column}");
    }
    // What is seen of a column begins or ends where the one before ended.
    let seen = |head: &str| chart_column(&sheets["chart_data"], head);
    let (base, month) = (seen("base"), seen("cost of the month"));
    let (more, less) = (seen("costs more"), seen("costs less"));
    let mut sum = 0.0;
    for at in 0..8 {
        let top = base[at] + month[at] + more[at] + less[at];
        let (from, to) = match at {
            0 | 7 => (0.0, amounts[at]),
            _ => (sum, sum + amounts[at]),
        };
        assert_eq!(
            (cents(base[at]), cents(top)),
            (cents(from.min(to)), cents(from.max(to)))
        );
        sum = to;
    }
}

#[test]
fn a_table_that_is_too_long_is_added_up_and_a_finding_says_so() {
    let desk = Desk::new();
    let mut table = String::from_utf8(usage_table(&[])).unwrap();
    let mut tokens = 0_u64;
    for number in 0..50_400_u64 {
        let (day, hour, who) = (1 + number / 3_600, number / 150 % 24, number % 150);
        let input = 1_000 + number * 7_919 % 50_023;
        tokens += input;
        writeln!(
            table,
            "2026-10-{day:02}T{hour:02}:00:00Z,hour,111122223333,us-east-1,anthropic.claude-opus-4-1-20250805-v1:0,geo,us,standard,0,,r-{who},,'=w-{},1,0,0,{input},10,0,0,0,0,,s3",
            who % 3
        )
        .unwrap();
    }
    desk.put("usage.csv", table);
    desk.report(&["usage.csv", "--format", "xlsx,csv"])
        .expect(0);
    let sheets = sheets(&desk, "out");
    let usage = &sheets["usage"];
    assert_eq!(usage.height(), 1 + 1 + 50_000);
    let header: Vec<String> = usage
        .rows()
        .next()
        .unwrap()
        .iter()
        .map(|c| c.to_string())
        .collect();
    let at = |column: &str| header.iter().position(|name| name == column).unwrap();
    let sum: f64 = usage
        .rows()
        .skip(1)
        .filter_map(|row| row[at("input_tokens")].as_f64())
        .sum();
    assert_eq!(sum, tokens as f64);
    let top = usage.rows().nth(1).unwrap();
    assert_eq!(top[at("account_id")], *"400 rows");
    assert_eq!(
        top[at("workload")],
        *"(further rows, added up; each in usage.csv and usage.parquet)"
    );
    // The rows that are left out have the fewest tokens, and all stand in the CSV.
    assert_eq!(desk.rows("out/usage.csv").len(), 50_400);
    let found = desk.rows("out/findings.csv");
    let of_workbook = |row: &&BTreeMap<String, String>| row["code"] == "workbook-rows-added-up";
    let said: Vec<_> = found.iter().filter(of_workbook).collect();
    assert_eq!(said.len(), 1);
    assert_eq!(
        (&*said[0]["severity"], &*said[0]["subject"]),
        ("info", "usage")
    );
    let words =
        "of 50,400 rows the workbook shows the 50,000 with the most tokens; the others (400 rows, ";
    assert!(
        said[0]["message"].starts_with(words),
        "{}",
        said[0]["message"]
    );
}

#[test]
fn hostile_names_reach_the_workbook_as_strings() {
    let names = [
        "=HYPERLINK(\"http://x\")",
        "<script>alert(1)</script>",
        "a \"quoted\", name; 🚀\nand a line",
        "家計簿サービス",
    ];
    let desk = Desk::new();
    let records: Vec<_> = (0..)
        .zip(names)
        .map(|(n, name)| {
            let mut record = record(&format!("r-{n}"), 20);
            record["requestMetadata"] = serde_json::json!({"workload": name});
            record
        })
        .collect();
    desk.put("logs.jsonl", lines(&records));
    desk.report(&["logs.jsonl", "--format", "xlsx"]).expect(0);
    assert_eq!(
        desk.files("out").keys().collect::<Vec<_>>(),
        ["eolcast.xlsx"]
    );
    let sheets = sheets(&desk, "out");
    for table in ["usage", "cost", "charges", "projection", "urgency"] {
        for name in names {
            let cell = Data::String(name.to_owned());
            let found = sheets[table]
                .used_cells()
                .any(|(_, _, known)| *known == cell);
            assert!(found, "{table}: {name:?}");
        }
    }
}
