//! A stranger corrects a price by what `pricing/README.md` says, and nothing else moves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::program::{Desk, usage_table};

const MODEL: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";

/// The tree of the repository, copied to the desk.
fn copy_of_the_tree(desk: &Desk) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("pricing");
    for entry in walkdir::WalkDir::new(&root) {
        let path = entry.unwrap().into_path();
        if path.is_file() {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
            desk.put(&format!("my-pricing/{name}"), fs::read(&path).unwrap());
        }
    }
}

/// Four models, scopes and tiers; a workload each.
fn usage() -> Vec<u8> {
    let base: &[(&str, &str)] = &[("workload", "geo"), ("cache_read_tokens", "5000000")];
    let global: &[(&str, &str)] = &[
        ("workload", "global"),
        ("endpoint_scope", "global"),
        ("geo", ""),
    ];
    let batch: &[(&str, &str)] = &[("workload", "batch"), ("service_tier", "batch")];
    let opus: &[(&str, &str)] = &[
        ("workload", "opus"),
        ("model_id", "anthropic.claude-opus-4-1-20250805-v1:0"),
    ];
    let nova: &[(&str, &str)] = &[
        ("workload", "nova"),
        ("model_id", "amazon.nova-pro-v1:0"),
        ("endpoint_scope", "in-region"),
        ("geo", ""),
    ];
    usage_table(&[base, global, batch, opus, nova])
}

fn report(desk: &Desk, out: &str) {
    let arguments = [
        "report",
        "usage.csv",
        "--pricing",
        "my-pricing",
        "--as-of",
        "2026-10-15",
        "--out",
        out,
    ];
    desk.run(&arguments).expect(0);
}

/// Step 4 of the README, for a wrong price: correct the row and say in `note` what it was;
/// step 5: the day of the evidence.
fn correct_the_price(desk: &Desk) {
    let name = "my-pricing/prices/anthropic.toml";
    let text = desk.text(name);
    let mut corrected = 0;
    let rows: Vec<String> = text
        .split("[[price]]")
        .map(|row| {
            let words: String = row.split_whitespace().collect();
            let wanted = [
                &format!("model=\"{MODEL}\"") as &str,
                "scope=\"geo\"",
                "tier=\"standard\"",
                "phase=\"normal\"",
                "input=\"3.30\"",
            ];
            if !wanted.iter().all(|part| words.contains(part)) || words.contains("prompt_above") {
                return row.to_owned();
            }
            corrected += 1;
            let kept = row.lines().filter(|line| !line.starts_with("note"));
            let lines = kept.map(|line| match line.split_whitespace().next() {
                Some("input") => "input = \"3.35\"".to_owned(),
                Some("checked_on") => {
                    "checked_on = \"2026-10-20\"\nnote = \"was 3.30, misread\"".to_owned()
                }
                _ => line.to_owned(),
            });
            lines.collect::<Vec<_>>().join("\n") + "\n"
        })
        .collect();
    assert_eq!(corrected, 1, "the row to correct");
    desk.put(name, rows.join("[[price]]"));
}

/// The lines of a table that stand in one of two folders only.
fn changed(desk: &Desk, table: &str) -> Vec<String> {
    let lines = |folder: &str| -> BTreeSet<String> {
        let text = desk.text(&format!("{folder}/{table}.csv"));
        text.lines().map(str::to_owned).collect()
    };
    let (before, after) = (lines("before"), lines("after"));
    before.symmetric_difference(&after).cloned().collect()
}

#[test]
fn a_corrected_price_changes_its_own_charges_and_nothing_else() {
    let desk = Desk::new();
    copy_of_the_tree(&desk);
    desk.put("usage.csv", usage());
    report(&desk, "before");
    let checked = desk.run(&["check", "--pricing", "my-pricing"]).expect(0);
    correct_the_price(&desk);
    let again = desk.run(&["check", "--pricing", "my-pricing"]).expect(0);
    assert_ne!(checked.out, again.out, "the hash of the tables");
    report(&desk, "after");

    // 1,000,000 input tokens: 3.30 before, 3.35 after. Nothing else of the charges moves.
    let charges = changed(&desk, "charges");
    let [before, after] = &charges[..] else {
        panic!("{charges:#?}");
    };
    assert!(
        before.contains(",geo,") && before.contains(",input,"),
        "{before}"
    );
    assert!(before.contains("3.3") && after.contains("3.35"), "{after}");
    // The day of the check stands on every meter of the row, the price on one.
    let used = changed(&desk, "prices_used");
    assert!(!used.is_empty());
    for line in &used {
        assert!(
            line.starts_with(&format!("{MODEL},us-east-1,geo,standard,0,")),
            "{line}"
        );
        let input = line.contains(",input,3.35,") || line.contains(",input,6.7,");
        let new = line.contains(",2026-10-20,");
        assert_eq!(input, new && line.contains(",input,"), "{line}");
    }

    let (before, after) = (desk.files("before"), desk.files("after"));
    assert_eq!(before.len(), after.len());
    for name in ["usage.csv", "usage.parquet"] {
        assert!(before[name] == after[name], "{name} changed");
    }
    for table in ["cost", "projection", "urgency", "timeline", "findings"] {
        let lines = changed(&desk, table);
        assert!(table == "findings" || !lines.is_empty(), "{table}");
        for line in lines {
            // A finding sums over scopes and names the model only.
            let its_own = line.contains(MODEL) && (table == "findings" || line.contains("geo"));
            assert!(its_own, "{table}: {line}");
        }
    }
}
