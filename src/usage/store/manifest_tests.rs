//! Torn lines, last lines, damaged lines.

use std::fs;

use tempfile::TempDir;

use super::manifest::{Entry, Manifest, append, mend};

/// A line about a day without usage.
fn line(day: &str, query: &str) -> String {
    format!(
        r#"{{"tool":"eolcast 0.1.0","version":1,"source":"logs","account_id":"1","region":"us-east-1","day":"{day}","file":null,"rows":0,"sha256":null,"granularity":null,"whole":true,"settled":true,"fetched_at":"2026-11-03T09:00:00Z","query":"{query}"}}"#
    )
}

fn queries(manifest: &Manifest) -> Vec<&str> {
    manifest.days.values().map(|entry| &*entry.query).collect()
}

fn entry(day: &str) -> Entry {
    serde_json::from_str(&line(day, "new")).unwrap()
}

#[test]
fn the_last_line_of_a_day_wins() {
    let text = [
        line("2026-10-01", "a"),
        line("2026-10-02", "b"),
        line("2026-10-01", "c"),
    ]
    .join("\n");
    assert_eq!(queries(&Manifest::parse(text.as_bytes())), ["c", "b"]);
    let ended = text + "\n";
    assert_eq!(queries(&Manifest::parse(ended.as_bytes())), ["c", "b"]);
}

#[test]
fn a_line_torn_anywhere_is_no_line_and_the_next_append_takes_it_away() {
    let (first, second) = (line("2026-10-01", "a"), line("2026-10-02", "b"));
    for length in 1..second.len() {
        let folder = TempDir::new().unwrap();
        let place = folder.path().join("manifest.jsonl");
        let torn = format!("{first}\n{}", &second[..length]);
        let manifest = Manifest::parse(torn.as_bytes());
        assert_eq!((queries(&manifest), manifest.damaged.len()), (vec!["a"], 0));
        fs::write(&place, &torn).unwrap();
        append(folder.path(), &entry("2026-10-03")).unwrap();
        let text = fs::read_to_string(&place).unwrap();
        assert!(text.starts_with(&format!("{first}\n{{")), "{length}");
        let manifest = Manifest::parse(text.as_bytes());
        assert_eq!(
            (queries(&manifest), manifest.damaged.len()),
            (vec!["a", "new"], 0)
        );
    }
}

#[test]
fn a_whole_last_line_without_its_break_is_kept() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("manifest.jsonl");
    fs::write(&place, line("2026-10-01", "a")).unwrap();
    append(folder.path(), &entry("2026-10-03")).unwrap();
    let text = fs::read(&place).unwrap();
    assert_eq!(queries(&Manifest::parse(&text)), ["a", "new"]);
}

#[test]
fn a_torn_line_longer_than_one_step_back_is_taken_away() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("manifest.jsonl");
    let long = line("2026-10-02", &"x".repeat(300_000));
    let first = line("2026-10-01", "a");
    fs::write(&place, format!("{first}\n{}", &long[..250_000])).unwrap();
    append(folder.path(), &entry("2026-10-03")).unwrap();
    let text = fs::read(&place).unwrap();
    assert_eq!(queries(&Manifest::parse(&text)), ["a", "new"]);
}

#[test]
fn a_damaged_line_in_the_middle_is_said_and_mended_by_the_next_run() {
    let text = format!(
        "{}\nrubbish\n{}\n",
        line("2026-10-01", "a"),
        line("2026-10-02", "b")
    );
    let manifest = Manifest::parse(text.as_bytes());
    assert_eq!(
        (queries(&manifest), &*manifest.damaged),
        (vec!["a", "b"], &[2][..])
    );
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("unfinished")).unwrap();
    fs::write(folder.path().join("manifest.jsonl"), text).unwrap();
    mend(folder.path()).unwrap();
    let manifest = Manifest::read(folder.path()).unwrap();
    assert_eq!(
        (queries(&manifest), manifest.damaged.len()),
        (vec!["a", "b"], 0)
    );
}

#[test]
fn a_line_that_points_out_of_the_store_is_damage() {
    let wrong = [
        line("2026-10-01", "a").replace("\"file\":null", "\"file\":\"../x.parquet\""),
        line("2026-10-01", "a").replace("us-east-1", "../.."),
        line("2026-10-01", "a").replace("\"rows\":0", "\"rows\":3"),
        line("2026-10-01", "a").replace("\"logs\"", "\"other\""),
    ];
    for wrong in wrong {
        let text = format!("{wrong}\n{}\n", line("2026-10-02", "b"));
        let manifest = Manifest::parse(text.as_bytes());
        assert_eq!(
            (queries(&manifest), &*manifest.damaged),
            (vec!["b"], &[1][..])
        );
    }
}
