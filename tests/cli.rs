//! Exit statuses and messages of `report` and `check`: every cause of the contract.

use std::fs;
use std::process::Stdio;

use crate::program::{AS_OF, Desk, gzip, lines, record, usage_table};

fn good() -> String {
    lines(&[record("r-1", 20), record("r-2", 21)])
}

#[test]
fn a_report_of_good_input_succeeds() {
    let desk = Desk::new();
    desk.put("logs.jsonl", good());
    let run = desk.report(&["logs.jsonl"]).expect(0);
    assert!(run.err.is_empty(), "{run:#?}");
    // 2 records x (100,000 x 3.30 + 20,000 x 16.50) / 1,000,000 = 2 x 0.66
    assert_eq!(desk.column("out/cost.csv", "list_cost"), ["1.32"]);
    assert!(
        run.out.contains("list cost                    $1.32"),
        "{run:#?}"
    );
    assert_eq!(desk.files("out").len(), 20, "ten tables in two formats");
}

#[test]
fn a_line_that_cannot_be_read_gives_1_and_is_named() {
    let desk = Desk::new();
    desk.put("logs.jsonl", good() + "{\"timestamp\": nonsense\n");
    let run = desk.report(&["logs.jsonl"]).expect(1);
    assert!(
        run.out
            .contains("error[unreadable-record]: logs.jsonl: 1 record cannot be read"),
        "{run:#?}"
    );
    assert!(run.out.contains("line 3"), "{run:#?}");
    assert_eq!(desk.column("out/cost.csv", "list_cost"), ["1.32"]);
}

#[test]
fn a_truncated_gzip_gives_1_and_keeps_what_came_before_the_cut() {
    let desk = Desk::new();
    let many: Vec<_> = (0..400).map(|n| record(&format!("r-{n}"), 20)).collect();
    let mut packed = gzip(lines(&many));
    packed.truncate(packed.len() - 40);
    desk.put("logs/a.json.gz", packed);
    desk.put("logs/b.json.gz", gzip(good()));
    let run = desk.report(&["logs"]).expect(1);
    assert!(
        run.out.contains("error[truncated-gzip]: logs/a.json.gz"),
        "{run:#?}"
    );
    let requests: u64 = desk
        .column("out/usage.csv", "requests")
        .iter()
        .map(|cell| cell.parse::<u64>().unwrap())
        .sum();
    assert!((2..402).contains(&requests), "{requests}");
}

#[test]
fn a_missing_file_beside_a_good_one_gives_1() {
    let desk = Desk::new();
    desk.put("logs.jsonl", good());
    let run = desk.report(&["logs.jsonl", "missing.jsonl"]).expect(1);
    assert!(
        run.out
            .contains("error[unreadable-file]: missing.jsonl: does not exist; check the path"),
        "{run:#?}"
    );
}

#[test]
fn nothing_readable_gives_2_and_writes_nothing() {
    let desk = Desk::new();
    desk.put("text.log", "hello\n");
    desk.put("other/readme.txt", "hello\n");
    fs::create_dir(desk.path("empty")).unwrap();
    for input in ["missing.jsonl", "text.log", "other", "empty"] {
        let run = desk.report(&[input]).expect(2);
        assert!(run.out.is_empty(), "{run:#?}");
        run.says(&["no usage before 2026-10-15", input]);
        assert!(!desk.exists("out"), "{input}");
    }
    desk.report(&["other"])
        .says(&["skipped 1 file, for example readme.txt"]);
    desk.report(&["text.log"])
        .says(&["text.log: holds no invocation log record (line 1: not valid JSON)"]);
}

#[test]
fn a_truncated_gzip_with_nothing_before_the_cut_gives_2() {
    let desk = Desk::new();
    let mut packed = gzip(lines(&[record("r-1", 20)]));
    packed.truncate(60);
    desk.put("cut.json.gz", packed);
    desk.report(&["cut.json.gz"])
        .expect(2)
        .says(&["error[truncated-gzip]: cut.json.gz: the gzip file is cut off"]);
    assert!(!desk.exists("out"));
}

#[test]
fn no_input_at_all_gives_2_and_says_what_to_give() {
    let desk = Desk::new();
    let run = desk.report(&[]).expect(2);
    run.says(&["no input", "--demo", "eolcast-store"]);
}

#[test]
fn without_input_the_store_folder_is_read() {
    let desk = Desk::new();
    desk.put("eolcast-store/usage.csv", usage_table(&[&[]]));
    desk.report(&[]).expect(0);
    assert_eq!(desk.column("out/cost.csv", "list_cost"), ["6.6"]);
}

#[test]
fn usage_of_long_ago_is_no_good_news() {
    let desk = Desk::new();
    let june: &[(&str, &str)] = &[("hour", "2026-06-20T10:00:00Z")];
    desk.put("usage.csv", usage_table(&[june]));
    let run = desk.report(&["usage.csv"]).expect(0);
    assert!(run.out.contains("warning[no-recent-usage]"), "{run:#?}");
    let messages = desk.column("out/findings.csv", "message").join(" ");
    assert!(messages.contains("give --as-of 2026-06-21"), "{messages}");
}

#[test]
fn a_status_that_is_not_0_says_why() {
    let desk = Desk::new();
    desk.put("logs.jsonl", good());
    let why = |arguments: &[&str]| desk.report(arguments).err;
    assert_eq!(
        why(&["logs.jsonl", "gone"]),
        "eolcast: status 1: some input could not be read; the findings name it\n"
    );
    assert_eq!(
        why(&["logs.jsonl", "--fail-on", "low"]),
        "eolcast: status 3: 1 row is low or worse (--fail-on low)\n"
    );
}

#[test]
fn strict_objects_to_usage_without_a_price() {
    let desk = Desk::new();
    let unpriced: &[(&str, &str)] = &[
        ("model_id", "nobody.model-x"),
        ("endpoint_scope", "in-region"),
    ];
    desk.put("usage.csv", usage_table(&[unpriced]));
    desk.report(&["usage.csv"]).expect(0);
    desk.report(&["usage.csv", "--strict"]).expect(1);
    desk.put("usage.csv", usage_table(&[&[]]));
    desk.report(&["usage.csv", "--strict"]).expect(0);
}

#[test]
fn strict_objects_to_usage_left_out_and_to_calls_without_counts() {
    let desk = Desk::new();
    let today: &[(&str, &str)] = &[("hour", "2026-10-15T00:00:00Z")];
    desk.put("usage.csv", usage_table(&[&[], today]));
    desk.report(&["usage.csv", "--strict"]).expect(0);
    let late: &[(&str, &str)] = &[("hour", "2026-10-16T00:00:00Z")];
    desk.put("usage.csv", usage_table(&[&[], late]));
    desk.report(&["usage.csv"]).expect(0);
    desk.report(&["usage.csv", "--strict"]).expect(1);
    let mut uncounted = record("r-1", 20);
    uncounted["input"] = serde_json::json!({});
    uncounted["output"] = serde_json::json!({});
    desk.put("logs.jsonl", lines(&[uncounted, record("r-2", 20)]));
    desk.report(&["logs.jsonl"]).expect(0);
    desk.report(&["logs.jsonl", "--strict"]).expect(1);
}

#[test]
fn fail_on_gives_3_and_wins_over_1() {
    let desk = Desk::new();
    desk.put("logs.jsonl", good());
    // Claude Sonnet 4.5 is in Legacy on the day: medium.
    desk.report(&["logs.jsonl", "--fail-on", "high"]).expect(0);
    desk.report(&["logs.jsonl", "--fail-on", "medium"])
        .expect(3);
    desk.report(&["logs.jsonl", "--fail-on", "low"]).expect(3);
    desk.report(&["logs.jsonl", "missing", "--fail-on", "high"])
        .expect(1);
    desk.report(&["logs.jsonl", "missing", "--fail-on", "medium"])
        .expect(3);
    assert!(desk.exists("out/urgency.csv"));
}

#[test]
fn a_wrong_flag_or_value_gives_2_and_says_what_is_allowed() {
    let desk = Desk::new();
    let refuse = |arguments: &[&str], parts: &[&str]| {
        let run = desk
            .run(&[&["report", "--demo"], arguments].concat())
            .expect(2);
        assert!(run.out.is_empty(), "{run:#?}");
        run.says(parts);
        assert!(!desk.exists("eolcast-report"));
    };
    refuse(&["--mont", "2026-10"], &["'--mont'", "--month"]);
    refuse(&["--format", "docx"], &["'docx'", "csv, parquet, xlsx"]);
    refuse(
        &["--as-of", "2026-13-01"],
        &["'2026-13-01' is not a date; write it as YYYY-MM-DD"],
    );
    refuse(&["--as-of", "2026-9-1"], &["'2026-9-1' is not a date"]);
    refuse(
        &["--month", "2026-1"],
        &["'2026-1' is not a month; write it as YYYY-MM"],
    );
    refuse(&["--month", "October"], &["'October' is not a month"]);
    refuse(&["--horizon", "0"], &["--horizon <MONTHS>", "1..=60"]);
    refuse(
        &["--fail-on", "urgent"],
        &["expired, critical, high, medium, low"],
    );
    refuse(&["logs"], &["cannot be used with"]);
}

#[test]
fn a_month_without_data_gives_2_and_names_those_with_data() {
    let desk = Desk::new();
    desk.put("logs.jsonl", good());
    desk.report(&["logs.jsonl", "--month", "2026-08"])
        .expect(2)
        .says(&["--month 2026-08: no usage in that month; there is usage in 2026-09"]);
    assert!(!desk.exists("out"));
}

#[test]
fn an_out_folder_that_cannot_be_made_fails_before_anything_is_read() {
    let desk = Desk::new();
    desk.put("file", "in the way");
    // The input is as bad as can be: nobody gets to see that.
    desk.put("usage.csv", "hour,granularity,nonsense\n");
    for out in ["file", "file/deeper"] {
        desk.run(&["report", "usage.csv", "--as-of", AS_OF, "--out", out])
            .expect(2)
            .says(&[out, "cannot be created; choose another folder with --out"]);
    }
    fs::create_dir_all(desk.path("taken/cost.csv")).unwrap();
    desk.run(&["report", "usage.csv", "--as-of", AS_OF, "--out", "taken"])
        .expect(2)
        .says(&["taken/cost.csv"]);
}

#[test]
fn a_failed_report_leaves_the_files_of_the_last_one() {
    let desk = Desk::new();
    desk.put("logs.jsonl", good());
    desk.report(&["logs.jsonl"]).expect(0);
    let before = desk.files("out");
    desk.report(&["missing"]).expect(2);
    assert_eq!(desk.files("out"), before);
}

#[test]
fn a_report_into_an_existing_folder_replaces_its_files_and_no_others() {
    let desk = Desk::new();
    desk.put("logs.jsonl", good());
    desk.put("out/notes.txt", "mine");
    desk.put("out/cost.csv", "old");
    desk.report(&["logs.jsonl", "--format", "csv"]).expect(0);
    assert_eq!(desk.text("out/notes.txt"), "mine");
    assert!(desk.text("out/cost.csv").starts_with("month,workload,"));
    assert_eq!(
        desk.files("out").len(),
        11,
        "ten tables and the notes, nothing temporary"
    );
}

#[test]
fn quiet_prints_nothing_whatever_the_status() {
    let desk = Desk::new();
    desk.put("logs.jsonl", good());
    for (arguments, status) in [
        (&["logs.jsonl"][..], 0),
        (&["logs.jsonl", "missing"], 1),
        (&["logs.jsonl", "--fail-on", "medium"], 3),
    ] {
        let run = desk
            .report(&[arguments, &["--quiet"]].concat())
            .expect(status);
        assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    }
}

#[test]
fn output_in_a_pipe_has_no_escape_codes_and_fits_100_columns() {
    let desk = Desk::new();
    let run = desk.run(&["report", "--demo"]).expect(0);
    assert!(!run.out.contains('\u{1b}'));
    assert!(run.err.is_empty(), "{run:#?}");
    for line in run.out.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let desk = Desk::new();
    for arguments in [
        &["report", "--demo", "--format", "csv"][..],
        &["explain", "--demo", "*"],
        &["check"],
        &["check", "--conflicts"],
        &["check", "--prices-csv"],
    ] {
        let mut child = desk
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Closed before the first line: what `head -1` does, a little earlier.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
    assert!(
        desk.exists("eolcast-report/cost.csv"),
        "the files are written all the same"
    );
}

#[test]
fn settings_with_an_unknown_key_are_refused_with_their_line() {
    let desk = Desk::new();
    desk.put("logs.jsonl", good());
    desk.put("my.toml", "[[workload]]\nname = \"x\"\nprinciple = \"*\"\n");
    let parts = ["my.toml:3: unknown field `principle`", "`principal`"];
    desk.report(&["logs.jsonl", "--settings", "my.toml"])
        .expect(2)
        .says(&parts);
    desk.run(&["check", "--settings", "my.toml"])
        .expect(2)
        .says(&parts);
    assert!(!desk.exists("out"));
    let gone = desk
        .report(&["logs.jsonl", "--settings", "gone.toml"])
        .expect(2);
    assert_eq!(gone.err.matches("No such file").count(), 1, "{gone:#?}");
    gone.says(&["gone.toml: cannot be read; check the path after --settings"]);
}

#[test]
fn settings_in_the_folder_are_found() {
    let desk = Desk::new();
    desk.put("logs.jsonl", good());
    desk.put("eolcast.toml", "[[workload]]\nname = \"shop-{2}\"\nprincipal = \"*:assumed-role/checkout-*\"\nowner = \"payments\"\n");
    desk.report(&["logs.jsonl"]).expect(0);
    assert_eq!(desk.column("out/urgency.csv", "owner"), ["payments"]);
    assert_eq!(desk.column("out/cost.csv", "workload"), ["shop-prod"]);
}

#[test]
fn the_tables_in_the_binary_are_sound() {
    let desk = Desk::new();
    let run = desk.run(&["check"]).expect(0);
    assert!(run.err.is_empty(), "{run:#?}");
    let last = run.out.lines().last().unwrap();
    assert!(last.contains("settings: none; 0 errors"), "{last}");
}

#[test]
fn a_broken_pricing_folder_is_refused_with_file_and_line() {
    let desk = Desk::new();
    desk.put("logs.jsonl", good());
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/pricing");
    for entry in walkdir::WalkDir::new(source) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(source).unwrap();
            let target = format!("my/{}", name.display());
            desk.put(&target, fs::read(entry.path()).unwrap());
        }
    }
    desk.run(&["check", "--pricing", "my"]).expect(0);
    desk.report(&["logs.jsonl", "--pricing", "my"]).expect(0);
    let broken = desk.text("my/prices/anthropic.toml") + "\n[[price]]\nmodle = \"x\"\n";
    let line = broken.lines().count();
    desk.put("my/prices/anthropic.toml", &broken);
    let place = format!("my/prices/anthropic.toml:{line}: ");
    for arguments in [
        &["check", "--pricing", "my"][..],
        &["report", "logs.jsonl", "--pricing", "my", "--out", "out2"],
        &["explain", "checkout-prod", "logs.jsonl", "--pricing", "my"],
    ] {
        desk.run(arguments).expect(2).says(&[&place, "modle"]);
    }
    assert!(!desk.exists("out2"));
    desk.run(&["check", "--pricing", "gone"]).expect(2).says(&[
        "gone/",
        "cannot be read",
        "give --pricing a folder with",
    ]);
}
