//! Hostile names through the whole program: harmless in a spreadsheet and on a terminal,
//! unchanged in Parquet and when a table is read back.

use serde_json::json;

use crate::program::{AS_OF, Desk, lines, parquet_texts, record, usage_table};

const NAMES: [&str; 14] = [
    "=HYPERLINK(\"http://x\",\"click\")",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\tcmd",
    "\r=1",
    "'quoted",
    "<script>alert(1)</script>",
    "a \"quoted\", name; with, commas",
    "two\nlines",
    "\u{1f680}\u{1f469}\u{200d}\u{1f4bb} rocket",
    "\u{5bb6}\u{8a08}\u{7c3f}\u{30b5}\u{30fc}\u{30d3}\u{30b9}",
    "\u{1b}[31mred\u{1b}[0m\u{7}",
    "\u{202e}gpj.exe",
];

fn desk() -> Desk {
    let desk = Desk::new();
    let records: Vec<_> = NAMES
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let mut record = record(&format!("r-{n}"), 20);
            record["requestMetadata"] = json!({"workload": name});
            record["identity"]["arn"] =
                json!(format!("arn:aws:sts::111122223333:assumed-role/{name}/s"));
            record
        })
        .collect();
    desk.put("logs.jsonl", lines(&records));
    desk
}

#[test]
fn every_name_reaches_parquet_as_it_is() {
    let desk = desk();
    desk.report(&["logs.jsonl"]).expect(0);
    for table in ["usage", "cost", "charges", "projection", "urgency"] {
        let texts = parquet_texts(&desk.path(&format!("out/{table}.parquet")));
        for name in NAMES {
            assert!(texts.iter().any(|text| text == name), "{table}: {name:?}");
        }
    }
}

#[test]
fn no_cell_of_a_csv_runs_as_a_formula() {
    let desk = desk();
    desk.report(&["logs.jsonl", "--format", "csv"]).expect(0);
    for (file, bytes) in desk.files("out") {
        for row in csv::Reader::from_reader(&*bytes).records() {
            for cell in &row.unwrap() {
                let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(
                    !runs || cell.parse::<f64>().is_ok_and(|_| cell != "-2"),
                    "{file}: {cell:?}"
                );
            }
        }
    }
    let workloads = desk.column("out/cost.csv", "workload");
    assert!(
        workloads.contains(&format!("'{}", NAMES[0])),
        "{workloads:?}"
    );
    assert!(workloads.contains(&"''quoted".to_owned()), "{workloads:?}");
    assert!(
        workloads.contains(&"two\nlines".to_owned()),
        "{workloads:?}"
    );
    assert_eq!(workloads.len(), NAMES.len());
}

#[test]
fn no_name_reaches_the_terminal_raw() {
    let desk = desk();
    let outputs = [
        desk.report(&["logs.jsonl"]).expect(0),
        desk.run(&["explain", "*", "logs.jsonl", "--as-of", AS_OF])
            .expect(0),
        desk.run(&[
            "explain",
            "no\u{1b}[31mbody",
            "logs.jsonl",
            "--as-of",
            AS_OF,
        ])
        .expect(2),
        desk.run(&["report", "no\u{1b}[31m\nfile.json", "--as-of", AS_OF])
            .expect(2),
    ];
    for run in outputs {
        let raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        let shown = format!("{}{}", run.out, run.err);
        assert!(!shown.contains(raw), "{shown:?}");
        assert!(!run.out.contains("two\nlines"));
    }
}

#[test]
fn wide_names_do_not_break_the_columns() {
    let desk = desk();
    let run = desk.report(&["logs.jsonl"]).expect(0);
    // Japanese characters take two columns: none of these lines has more than 100 of either.
    for line in run.out.lines() {
        let wide = line
            .chars()
            .filter(|c| ('\u{3000}'..'\u{a000}').contains(c))
            .count();
        assert!(line.chars().count() + wide <= 100, "{line}");
    }
}

#[test]
fn hostile_names_survive_the_way_through_a_usage_csv() {
    let desk = desk();
    desk.report(&["logs.jsonl"]).expect(0);
    let first = desk.files("out");
    desk.put("back.csv", &first["usage.csv"]);
    desk.report(&["back.csv"]).expect(0);
    let second = desk.files("out");
    for name in [
        "usage.csv",
        "usage.parquet",
        "charges.csv",
        "cost.parquet",
        "urgency.csv",
    ] {
        assert!(first[name] == second[name], "{name} differs");
    }
}

#[test]
fn hostile_cells_of_a_usage_table_are_shown_safely_when_refused() {
    let desk = Desk::new();
    for column in [
        "hour",
        "granularity",
        "endpoint_scope",
        "source",
        "input_tokens",
        "metadata",
    ] {
        desk.put(
            "usage.csv",
            usage_table(&[&[(column, "\u{1b}[31m\u{202e}x")]]),
        );
        let run = desk.report(&["usage.csv"]).expect(2);
        assert!(!run.err.contains(['\u{1b}', '\u{202e}']), "{run:#?}");
        run.says(&[&format!("usage.csv:2: {column}: ")]);
    }
}

#[test]
fn a_region_in_upper_case_is_the_same_region() {
    let desk = Desk::new();
    let mut gov = record("r-1", 20);
    gov["region"] = "US-GOV-WEST-1".into();
    gov["modelId"] = "anthropic.claude-3-5-haiku-20241022-v1:0".into();
    desk.put("logs/a.jsonl", lines(&[gov]));
    let table = usage_table(&[&[("region", "Us-East-1")]]);
    desk.put("logs/b.csv", table);
    desk.report(&["logs"]).expect(0);
    let regions = desk.column("out/usage.csv", "region");
    assert_eq!(regions, ["us-east-1", "us-gov-west-1"]);
    // What `*` lists holds for the commercial Regions only.
    let charges = desk.rows("out/charges.csv");
    let gov: Vec<_> = charges
        .iter()
        .filter(|row| row["region"] == "us-gov-west-1")
        .collect();
    assert!(
        gov.iter().all(|row| row["price_basis"] == "unpriced"),
        "{gov:?}"
    );
}
