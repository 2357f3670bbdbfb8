//! Generated log corpora, read by the built program, against the generator's own sums.
//!
//! `truth.csv` holds the exact sums by hour, account, Region, raw model id and ARN. The usage
//! table writes models and principals in the contract's form, so both sides are brought to
//! one key: the principal without its session, the model with its scope.

use std::collections::BTreeMap;
use std::process::Command;

use crate::program::Desk;

/// Records, errors, input, cache reads, cache writes, output.
type Sums = BTreeMap<[String; 5], [u64; 6]>;

fn generate(desk: &Desk, options: &[&str]) {
    let generator = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/gen_logs.py");
    let output = Command::new("python3")
        .arg(generator)
        .args(["--out", "logs", "--files", "24", "--pool", "200000"])
        .args(options)
        .current_dir(desk.path(""))
        .output()
        .expect(
            "python3 is missing: install Python 3.9 or newer (Debian: apt-get install python3)",
        );
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
}

/// The role or user without the session.
fn principal(arn: &str) -> String {
    match arn.split_once(":assumed-role/") {
        Some((head, rest)) => {
            let role = rest.split('/').next().unwrap();
            format!("{head}:assumed-role/{role}")
        }
        None => arn.to_owned(),
    }
}

/// The model with its scope: `us.`, `eu.` and `global.` prefixes, bare or behind an
/// inference profile's ARN, mean a scope; other ARNs stay whole and without one.
fn model_of_log(id: &str) -> String {
    if id.contains(":application-inference-profile/") {
        return format!("|{id}");
    }
    if id.contains(":provisioned-model/") {
        return format!("in-region|{id}");
    }
    let bare = id
        .split_once(":inference-profile/")
        .map_or(id, |(_, bare)| bare);
    for (prefix, scope) in [("us.", "geo us"), ("eu.", "geo eu"), ("global.", "global")] {
        if let Some(model) = bare.strip_prefix(prefix) {
            return format!("{scope}|{model}");
        }
    }
    format!("in-region|{bare}")
}

fn model_of_usage(row: &BTreeMap<String, String>) -> String {
    let scope = format!("{} {}", row["endpoint_scope"], row["geo"]);
    format!("{}|{}", scope.trim(), row["model_id"])
}

fn number(cell: &str) -> u64 {
    if cell.is_empty() {
        0
    } else {
        cell.parse().unwrap()
    }
}

fn add(sums: &mut Sums, key: [String; 5], counts: [u64; 6]) {
    let sum = sums.entry(key).or_default();
    for (sum, count) in sum.iter_mut().zip(counts) {
        *sum += count;
    }
}

fn truth(desk: &Desk) -> Sums {
    let mut sums = Sums::new();
    for row in desk.rows("logs/truth.csv") {
        let key = [
            row["hour"].clone(),
            row["account"].clone(),
            row["region"].clone(),
            model_of_log(&row["model"]),
            principal(&row["arn"]),
        ];
        let counts = [
            "records",
            "errors",
            "input",
            "cache_read",
            "cache_write",
            "output",
        ];
        add(&mut sums, key, counts.map(|name| number(&row[name])));
    }
    sums
}

fn usage(desk: &Desk) -> Sums {
    let mut sums = Sums::new();
    for row in desk.rows("out/usage.csv") {
        let key = [
            row["hour"][..13].to_owned(),
            row["account_id"].clone(),
            row["region"].clone(),
            model_of_usage(&row),
            row["principal"].clone(),
        ];
        let count = |name: &str| number(&row[name]);
        let written = [
            "cache_write_5m_tokens",
            "cache_write_1h_tokens",
            "cache_write_unknown_tokens",
        ];
        let counts = [
            count("requests"),
            count("failed_requests"),
            count("input_tokens"),
            count("cache_read_tokens"),
            written.map(count).iter().sum(),
            count("output_tokens"),
        ];
        add(&mut sums, key, counts);
    }
    sums
}

fn assert_equal(options: &[&str]) {
    let desk = Desk::new();
    generate(&desk, options);
    desk.report(&["logs", "--format", "csv", "--quiet"])
        .expect(0);
    let (truth, usage) = (truth(&desk), usage(&desk));
    assert!(truth.len() > 500, "the corpus is too small to prove much");
    for (key, counts) in &truth {
        assert_eq!(usage.get(key), Some(counts), "{key:?}");
    }
    let invented: Vec<_> = usage
        .keys()
        .filter(|key| !truth.contains_key(*key))
        .collect();
    assert!(invented.is_empty(), "{invented:?}");
}

#[test]
fn every_sum_is_right_among_bodies_full_of_traps() {
    assert_equal(&["--records", "2500", "--traps", "0.5"]);
}

#[test]
fn every_sum_is_right_without_bodies() {
    assert_equal(&["--records", "4000", "--bodies", "off", "--seed", "2"]);
}

#[test]
fn sums_of_records_of_a_kibibyte_are_right() {
    assert_equal(&[
        "--records",
        "3000",
        "--body-median",
        "400",
        "--traps",
        "1",
        "--seed",
        "3",
    ]);
}
