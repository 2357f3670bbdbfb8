//! The files for other programs, read back: JSON, the calendar, FOCUS.

use serde_json::Value;

use crate::program::{Desk, lines, record, usage_table};

const HOSTILE: [&str; 4] = [
    "=HYPERLINK(\"http://x\")",
    "<script>alert(1)</script>",
    "a \"b\", c\nd 🚀",
    "家計簿",
];

/// A report of a workload for each hostile name.
fn hostile() -> Desk {
    let desk = Desk::new();
    let rows = HOSTILE.map(|name| [("workload", name)]);
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(<[_; 1]>::as_slice).collect();
    desk.put("usage.csv", usage_table(&rows));
    desk.report(&["usage.csv", "--format", "csv,json,ics,focus"])
        .expect(0);
    desk
}

#[test]
fn names_from_outside_are_safe_and_whole_in_every_file() {
    let desk = hostile();
    let text = desk.text("out/eolcast.json");
    assert!(!text.contains('<'));
    let json: Value = serde_json::from_str(&text).unwrap();
    let rows = json["tables"]["cost"].as_array().unwrap();
    let guarded = desk.column("out/focus.csv", "x_workload");
    let calendar = desk.text("out/eolcast.ics").replace("\r\n ", "");
    for name in HOSTILE {
        assert!(rows.iter().any(|row| row["workload"] == name), "{name}");
        let shown = if name.starts_with('=') {
            format!("'{name}")
        } else {
            name.to_owned()
        };
        assert!(guarded.contains(&shown), "{shown}");
        let shown = name.replace('\n', "\\\\n").replace(',', "\\,");
        assert!(
            calendar.contains(&format!("moving {shown} off")),
            "{shown}\n{calendar}"
        );
    }
}

#[test]
fn money_is_the_same_in_every_file() {
    let desk = hostile();
    let json: Value = serde_json::from_str(&desk.text("out/eolcast.json")).unwrap();
    let in_json: Vec<&str> = json["tables"]["charges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["list_cost"].as_str().unwrap())
        .collect();
    // 1,000,000 x 3.30 / 1,000,000 = 3.30 and 200,000 x 16.50 / 1,000,000 = 3.30, four times.
    assert_eq!(in_json, ["3.3"; 8]);
    for (file, column) in [
        ("out/charges.csv", "list_cost"),
        ("out/focus.csv", "ListCost"),
        ("out/focus.csv", "EffectiveCost"),
        ("out/focus.csv", "ContractedCost"),
    ] {
        assert_eq!(desk.column(file, column), in_json, "{file} {column}");
    }
    assert_eq!(desk.column("out/focus.csv", "BilledCost"), ["0.0"; 8]);
    assert_eq!(json["headline"]["closed_month"]["list_cost"], "26.4");
}

#[test]
fn a_discount_is_in_the_contracted_price_and_not_in_the_list_price() {
    let desk = Desk::new();
    desk.put("logs.jsonl", lines(&[record("r-1", 20)]));
    desk.put("eolcast.toml", "[discount]\nall = \"0.15\"\n");
    desk.report(&["logs.jsonl", "--format", "focus"]).expect(0);
    // 100,000 x 3.30 / 1,000,000 = 0.33; x 0.85 = 0.2805; / 0.1 = 2.805 per 1,000,000.
    let row = &desk.rows("out/focus.csv")[0];
    for (column, cell) in [
        ("PricingQuantity", "0.1"),
        ("ListUnitPrice", "3.3"),
        ("ListCost", "0.33"),
        ("ContractedUnitPrice", "2.805"),
        ("ContractedCost", "0.2805"),
        ("EffectiveCost", "0.2805"),
        ("BilledCost", "0.0"),
    ] {
        assert_eq!(row[column], cell, "{column}");
    }
    assert!(row["ChargeDescription"].starts_with("Estimate"));
}

#[test]
fn each_format_writes_its_files_and_the_same_bytes_again() {
    let desk = Desk::new();
    let run = |out: &str| {
        desk.run(&[
            "report",
            "--demo",
            "--format",
            "json,focus,ics",
            "--quiet",
            "--out",
            out,
        ])
        .expect(0);
        desk.files(out)
    };
    let files = run("one");
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["eolcast.ics", "eolcast.json", "focus.csv", "focus.parquet"]
    );
    assert!(files == run("two"), "the same input gives the same bytes");
}

#[test]
fn a_version_of_focus_that_is_not_written_is_refused() {
    Desk::new()
        .run(&[
            "report",
            "--demo",
            "--format",
            "focus",
            "--focus-version",
            "1.3",
        ])
        .expect(2)
        .says(&["'1.3'", "this version writes FOCUS 1.2"]);
}

/// Whether a value is what a schema of ours says: the part of the language that it uses.
fn check(value: &Value, schema: &Value, root: &Value, place: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/$defs/").unwrap();
        return check(value, &root["$defs"][name], root, place);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let choice = if value.is_null() {
            choices.last()
        } else {
            choices.first()
        };
        return check(value, choice.unwrap(), root, place);
    }
    if let Some(only) = schema.get("const") {
        assert_eq!(value, only, "{place}");
    }
    if let Some(choices) = schema["enum"].as_array() {
        assert!(choices.contains(value), "{place}: {value}");
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match &schema["type"] {
        Value::String(only) => assert_eq!(kind, only, "{place}"),
        Value::Array(kinds) => assert!(kinds.iter().any(|k| k == kind), "{place}: {value}"),
        _ => {}
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str()) {
        assert!(
            regex::Regex::new(pattern).unwrap().is_match(text),
            "{place}: {text}"
        );
    }
    for row in value.as_array().into_iter().flatten() {
        check(row, &schema["items"], root, place);
    }
    if let Some(cells) = value.as_object() {
        let wanted = schema["properties"].as_object().unwrap();
        assert!(
            cells.keys().eq(wanted.keys()),
            "{place}: {:?}",
            cells.keys()
        );
        for (key, cell) in cells {
            check(cell, &wanted[key], root, &format!("{place}.{key}"));
        }
    }
}

#[test]
fn the_json_of_the_demo_is_what_the_schema_says() {
    let desk = Desk::new();
    desk.run(&[
        "report", "--demo", "--format", "json", "--quiet", "--out", "out",
    ])
    .expect(0);
    let schema = include_str!("../src/report/eolcast.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let mut json: Value = serde_json::from_str(&desk.text("out/eolcast.json")).unwrap();
    // A pattern is compiled for every cell: some rows of each table stand for all.
    for (_, rows) in json["tables"].as_object_mut().unwrap() {
        let rows = rows.as_array_mut().unwrap();
        let step = rows.len().div_ceil(40).max(1);
        *rows = rows.iter().step_by(step).cloned().collect();
    }
    check(&json, &schema, &schema, "report");
}
