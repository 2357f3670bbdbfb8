//! The same input gives the same bytes, whatever the order, the packing and the splitting.
//!
//! Findings name files, so they are compared only where the names are the same.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::program::{AS_OF, Desk, gzip, lines, record, usage_table};

type Files = BTreeMap<String, Vec<u8>>;

/// Sixty records of several models, principals, hours and Regions; some failed, some without
/// counts, one twice.
fn records() -> Vec<Value> {
    let models = [
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "global.anthropic.claude-haiku-4-5-20251001-v1:0",
        "amazon.nova-lite-v1:0",
        "nobody.model-x",
    ];
    let mut records: Vec<Value> = (0..60)
        .map(|n: u32| {
            let mut record = record(&format!("r-{n}"), 1 + n % 28);
            record["timestamp"] = json!(format!("2026-09-{:02}T{:02}:30:00Z", 1 + n % 28, n % 24));
            record["modelId"] = json!(models[n as usize % models.len()]);
            record["region"] = json!(["us-east-1", "us-west-2"][n as usize % 2]);
            record["identity"]["arn"] = json!(format!(
                "arn:aws:sts::111122223333:assumed-role/role-{}/s{n}",
                n % 5
            ));
            record["input"]["inputTokenCount"] = json!(1_000 + n);
            if n.is_multiple_of(7) {
                record["requestMetadata"] = json!({"team": format!("team-{}", n % 3), "x": "y"});
            }
            if n.is_multiple_of(11) {
                record["errorCode"] = json!("ThrottlingException");
                record["output"] = json!({});
            }
            if n.is_multiple_of(13) {
                record["input"] = json!({});
                record["output"] = json!({});
            }
            record
        })
        .collect();
    records.push(records[3].clone());
    records
}

fn report(desk: &Desk, inputs: &[&str]) -> Files {
    desk.report(&[inputs, &["--quiet"]].concat()).expect(0);
    desk.files("out")
}

fn without_findings(mut files: Files) -> Files {
    files.retain(|name, _| !name.starts_with("findings."));
    files
}

#[track_caller]
fn assert_same(found: &Files, expected: &Files, what: &str) {
    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected), "{what}");
    for (name, bytes) in found {
        assert!(*bytes == expected[name], "{what}: {name} differs");
    }
}

/// The records in three files of a folder.
fn folder() -> Desk {
    let desk = Desk::new();
    for (n, part) in records().chunks(21).enumerate() {
        desk.put(&format!("logs/{n}.json.gz"), gzip(lines(part)));
    }
    desk
}

#[test]
fn a_second_run_gives_the_same_bytes() {
    let desk = folder();
    let first = report(&desk, &["logs"]);
    assert_same(&report(&desk, &["logs"]), &first, "again");
    assert_eq!(first.len(), 20);
}

#[test]
fn the_order_of_the_arguments_does_not_matter() {
    let desk = folder();
    let files = ["logs/0.json.gz", "logs/1.json.gz", "logs/2.json.gz"];
    let expected = report(&desk, &files);
    for order in [[2, 1, 0], [1, 2, 0], [0, 2, 1]] {
        let turned = order.map(|at| files[at]);
        assert_same(&report(&desk, &turned), &expected, "turned");
    }
    let folder = without_findings(report(&desk, &["logs"]));
    assert_same(&folder, &without_findings(expected), "the folder");
}

#[test]
fn the_splitting_and_packing_does_not_matter() {
    let desk = folder();
    let expected = without_findings(report(&desk, &["logs"]));
    let all = records();
    let mut turned = all.clone();
    turned.reverse();
    let members = all
        .chunks(9)
        .flat_map(|part| gzip(lines(part)))
        .collect::<Vec<u8>>();
    let pretty: String = all
        .iter()
        .map(|record| serde_json::to_string_pretty(record).unwrap())
        .collect();
    let exported: String = all
        .iter()
        .map(|record| format!("2026-09-30T00:00:00.000Z {record}\n"))
        .collect();
    let events: Vec<Value> = all
        .iter()
        .map(|record| json!({"logStreamName": "s", "timestamp": 1, "message": record.to_string()}))
        .collect();
    for (what, bytes) in [
        ("one.jsonl", lines(&all).into_bytes()),
        ("turned.jsonl", lines(&turned).into_bytes()),
        ("members.json.gz", members),
        ("packed-under-a-plain-name.json", gzip(lines(&all))),
        ("pretty-back-to-back.json", pretty.into_bytes()),
        (
            "windows-line-ends.json",
            lines(&all).replace('\n', "\r\n").into_bytes(),
        ),
        ("export-task.log", exported.into_bytes()),
        (
            "filter-log-events.json",
            json!({"events": events, "searchedLogStreams": []})
                .to_string()
                .into_bytes(),
        ),
    ] {
        desk.put(what, &bytes);
        assert_same(&without_findings(report(&desk, &[what])), &expected, what);
        if !["one.jsonl", "members.json.gz", "filter-log-events.json"].contains(&what) {
            continue;
        }
        let arguments = ["report", "-", "--as-of", AS_OF, "--out", "out", "--quiet"];
        desk.run_with_input(&arguments, &bytes).expect(0);
        assert_same(
            &without_findings(desk.files("out")),
            &expected,
            &format!("{what} through a pipe"),
        );
    }
    for (n, record) in all.iter().enumerate() {
        desk.put(&format!("each/{}/{n}.json", n % 4), record.to_string());
    }
    assert_same(
        &without_findings(report(&desk, &["each"])),
        &expected,
        "a file each",
    );
}

#[test]
fn logs_given_twice_count_once() {
    let desk = folder();
    let once = without_findings(report(&desk, &["logs"]));
    let inputs = ["logs", "logs/", "./logs/1.json.gz"];
    assert_same(
        &without_findings(report(&desk, &inputs)),
        &once,
        "the same files again",
    );
    for n in 0..3 {
        let bytes = std::fs::read(desk.path(&format!("logs/{n}.json.gz"))).unwrap();
        desk.put(&format!("copy/{n}.json.gz"), bytes);
    }
    let twice = report(&desk, &["logs", "copy"]);
    assert_same(&without_findings(twice), &once, "a copy");
    let codes = desk.column("out/findings.csv", "code");
    assert!(
        codes
            .iter()
            .any(|code| code.contains("duplicate") || code.contains("repeated")),
        "{codes:?}"
    );
}

#[test]
fn a_written_usage_table_read_back_gives_the_same_report() {
    let desk = folder();
    let logs = report(&desk, &["logs"]);
    for table in ["usage.csv", "usage.parquet"] {
        let name = format!("stored-{table}");
        desk.put(&name, &logs[table]);
        let found = without_findings(report(&desk, &[&name]));
        assert_same(&found, &without_findings(logs.clone()), &name);
    }
    desk.put("store/usage.csv", &logs["usage.csv"]);
    desk.put("store/usage.parquet", &logs["usage.parquet"]);
    let both = without_findings(report(&desk, &["store"]));
    assert_same(&both, &without_findings(logs), "both forms in one folder");
}

#[test]
fn the_rows_of_a_usage_table_may_stand_in_any_order_and_in_several_files() {
    let desk = Desk::new();
    let a: &[(&str, &str)] = &[("hour", "2026-09-01T00:00:00Z"), ("workload", "b")];
    let b: &[(&str, &str)] = &[("hour", "2026-09-01T00:00:00Z"), ("workload", "a")];
    let c: &[(&str, &str)] = &[("hour", "2026-08-31T23:00:00Z"), ("workload", "c")];
    desk.put("one.csv", usage_table(&[a, b, c]));
    desk.put("turned.csv", usage_table(&[c, b, a]));
    desk.put("split/1.csv", usage_table(&[b]));
    desk.put("split/2.csv", usage_table(&[a, c]));
    let expected = report(&desk, &["one.csv"]);
    assert_same(&report(&desk, &["turned.csv"]), &expected, "turned");
    assert_same(&report(&desk, &["split"]), &expected, "split");
}
