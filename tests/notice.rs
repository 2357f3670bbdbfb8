//! AWS notices through the program: the eight variants, what is refused, and what a file of rows
//! takes in.

use std::fs;
use std::path::PathBuf;

use toml::{Table, Value};

use crate::program::Desk;

pub(crate) fn fixture(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/notices");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// The rows that the program prints for a notice.
fn rows(name: &str, further: &[&str]) -> Table {
    let desk = Desk::new();
    desk.put(name, fixture(name));
    let run = desk.run(&[&["notice", name], further].concat()).expect(0);
    run.out.parse().unwrap()
}

/// Some cells of the rows of a kind, one row a line.
fn shown(rows: &Table, kind: &str, keys: &[&str]) -> String {
    let none = Vec::new();
    let of_kind = rows
        .get(kind)
        .map_or(&none, |rows| rows.as_array().unwrap());
    let cell = |row: &Value, key: &str| match row.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(words)) => {
            let words: Vec<&str> = words.iter().map(|word| word.as_str().unwrap()).collect();
            words.join(" ")
        }
        Some(Value::Table(end)) => end["on"].as_str().unwrap().to_owned(),
        _ => "-".to_owned(),
    };
    let line = |row: &Value| {
        keys.iter()
            .map(|key| cell(row, key))
            .collect::<Vec<_>>()
            .join(", ")
    };
    of_kind.iter().map(line).collect::<Vec<_>>().join("\n")
}

const DATES: &[&str] = &[
    "id",
    "regions",
    "legacy_from",
    "extended_access_from",
    "end_of_life",
];
const PRICES: &[&str] = &[
    "model",
    "scope",
    "regions",
    "tier",
    "phase",
    "effective_from",
    "input",
    "output",
];

#[test]
fn the_eight_variants_become_exact_rows() {
    let us = "us-east-1 us-east-2 us-west-2";
    for (name, further, expected) in [
        (
            "sonnet-3-5-v2.txt",
            &[][..],
            format!("anthropic.claude-3-5-sonnet-20241022-v2:0, {us}, 2025-08-25, 2025-12-01, 2026-03-01"),
        ),
        (
            "sonnet-3-7.txt",
            &[],
            format!("anthropic.claude-3-7-sonnet-20250219-v1:0, {us}, 2025-10-28, 2026-01-28, 2026-04-28"),
        ),
        (
            // The notice does not say when Legacy began: the tables do.
            "opus-3-final.txt",
            &["--region", "us-east-1"],
            "anthropic.claude-3-opus-20240229-v1:0, us-east-1, 2025-07-15, -, 2026-01-15".to_owned(),
        ),
        (
            "command-r-plus.txt",
            &[],
            "cohere.command-r-plus-v1:0, us-east-1 us-west-2, 2026-02-19, 2026-05-19, 2026-08-19".to_owned(),
        ),
        (
            "llama-3-2.txt",
            &[],
            format!(
                "meta.llama3-2-11b-instruct-v1:0, {us}, 2026-01-07, 2026-04-07, 2026-07-07\n\
                 meta.llama3-2-90b-instruct-v1:0, {us}, 2026-01-07, 2026-04-07, 2026-07-07"
            ),
        ),
        (
            "haiku-3.txt",
            &[],
            "anthropic.claude-3-haiku-20240307-v1:0, *, 2026-03-10, 2026-06-10, 2026-09-10".to_owned(),
        ),
        (
            "sonnet-4.eventbridge.json",
            &[],
            "anthropic.claude-sonnet-4-20250514-v1:0, eu-west-1, 2026-04-14, 2026-07-14, 2026-10-14".to_owned(),
        ),
        (
            "opus-4.health-api.json",
            &[],
            "anthropic.claude-opus-4-20250514-v1:0, us-east-1, 2025-10-01, 2026-01-31, 2026-05-31".to_owned(),
        ),
    ] {
        let rows = rows(name, further);
        assert_eq!(shown(&rows, "model", DATES), expected, "{name}");
        let prices = shown(&rows, "price", PRICES);
        let priced = |model: &str, regions: &str, from: &str| {
            // 0.006 x 1000 = 6; 0.030 x 1000 = 30
            ["in-region", "geo"]
                .map(|scope| format!("{model}, {scope}, {regions}, standard, extended-access, {from}, 6, 30"))
                .join("\n")
        };
        let expected = match name {
            "sonnet-3-5-v2.txt" => priced("anthropic.claude-3-5-sonnet-20241022-v2:0", us, "2025-12-01"),
            "command-r-plus.txt" => priced("cohere.command-r-plus-v1:0", "us-east-1 us-west-2", "2026-05-19"),
            _ => String::new(),
        };
        assert_eq!(prices, expected, "{name}");
        assert_eq!(rows["source"].as_array().unwrap().len(), 1);
        assert_eq!(rows["source"][0]["url"].as_str(), Some("notice"));
    }
}

#[test]
fn damaged_notices_are_refused_with_line_and_way_out() {
    for (name, parts) in [
        (
            "date-without-label.txt",
            &[
                ":9: a date that nothing says the meaning of: \"Please mark February 12, 2026 in your calendar.\"",
                "take the line out",
            ][..],
        ),
        (
            "date-without-year.txt",
            &[":7: 'January 28' is no date", "write it as `Month D, YYYY`"],
        ),
        (
            "no-such-day.txt",
            &[
                ":7: 'February 30, 2026' is no date",
                "\"End of life: February 30, 2026\"",
            ],
        ),
        (
            "numeric-date.txt",
            &[":6: '10/28/2025' is no date that can be read without guessing"],
        ),
        (
            "unknown-region.txt",
            &[
                ":11: 'US-EST-2' is no Region that the tables know",
                "write its code",
            ],
        ),
        (
            "two-ends.txt",
            &[
                ":8: two dates for the end of life: 2026-04-28 on line 7 and 2026-05-28",
                "keep the right one",
            ],
        ),
        (
            "out-of-order.txt",
            &[
                ":8: the end of life on 2026-04-28 does not come after Extended Access on 2026-07-28",
            ],
        ),
        (
            "no-model.txt",
            &[
                ":1: no model is named; the text begins: \"Subject: Your invoice\"",
                "write the model's id",
            ],
        ),
        (
            "no-date.txt",
            &[
                ":1: no date of Legacy, Extended Access or the end of life",
                "with its important dates",
            ],
        ),
        (
            "no-region.txt",
            &["the notice names no Region", "say with --region"],
        ),
        (
            "odd-price.txt",
            &[
                ":11: a price in a form that is not known: \"Input tokens: 6 dollars",
                "per 1,000 tokens`",
            ],
        ),
        (
            "price-without-date.txt",
            &[
                ":10: prices without the day on which they take effect",
                "(Effective Month D, YYYY)",
            ],
        ),
        (
            "unknown-name.txt",
            &[":1: no model is called 'Claude Something 9'", "model ID"],
        ),
        (
            "cut.json",
            &[
                ": event 1, line 1: this is no complete JSON",
                "save the whole event",
            ],
        ),
    ] {
        let desk = Desk::new();
        desk.put(name, fixture(&format!("refused/{name}")));
        let run = desk
            .run(&["notice", name, "--write", "mine.toml"])
            .expect(2);
        assert!(run.out.is_empty() && !desk.exists("mine.toml"), "{run:#?}");
        assert!(!run.err.contains("111122223333"), "{run:#?}");
        run.says(parts).says_file(name);
    }
}

impl crate::program::Run {
    fn says_file(self, name: &str) {
        assert!(
            self.err.starts_with(&format!("eolcast: {name}:")),
            "{self:#?}"
        );
    }
}

#[test]
fn what_is_refused_does_not_stop_the_others() {
    let desk = Desk::new();
    desk.put("good.txt", fixture("command-r-plus.txt"));
    desk.put("bad.txt", fixture("refused/no-such-day.txt"));
    let all = [
        "notice",
        "good.txt",
        "bad.txt",
        "absent.txt",
        "--write",
        "mine.toml",
    ];
    desk.run(&all).expect(1).says(&[
        "bad.txt:7:",
        "absent.txt: cannot be read",
        "added 1 life-cycle row and 2 price rows",
    ]);
    assert!(
        desk.text("mine.toml")
            .contains("cohere.command-r-plus-v1:0")
    );
    let piped = desk
        .run_with_input(&["notice", "-"], fixture("sonnet-3-7.txt").as_bytes())
        .expect(0);
    assert!(piped.out.starts_with("[[source]]"), "{piped:#?}");
}

#[test]
fn a_notice_given_twice_adds_its_rows_once() {
    let desk = Desk::new();
    desk.put("a.txt", fixture("command-r-plus.txt"));
    let write = ["notice", "a.txt", "a.txt", "--write", "mine.toml"];
    desk.run(&write).expect(0);
    let once = desk.text("mine.toml");
    assert_eq!(once.matches("[[model]]").count(), 1);
    desk.run(&write)
        .expect(0)
        .says(&["added 0 life-cycle rows and 0 price rows"]);
    assert_eq!(desk.text("mine.toml"), once);
    // Other rows of the file stay as they are, comments too.
    desk.put("mine.toml", format!("# mine\n{once}"));
    desk.put("b.txt", fixture("sonnet-3-7.txt"));
    desk.run(&["notice", "b.txt", "--write", "mine.toml"])
        .expect(0);
    assert!(
        desk.text("mine.toml")
            .starts_with(&format!("# mine\n{once}"))
    );
}

#[test]
fn a_notice_that_contradicts_the_file_is_refused() {
    let desk = Desk::new();
    desk.put("a.txt", fixture("command-r-plus.txt"));
    desk.put(
        "b.txt",
        fixture("command-r-plus.txt").replace("August 19", "August 20"),
    );
    desk.run(&["notice", "a.txt", "b.txt", "--write", "mine.toml"])
        .expect(1)
        .says(&[
            "b.txt: mine.toml:",
            "says something else for us-east-1; if the new notice replaces it, remove that row",
        ]);
}
