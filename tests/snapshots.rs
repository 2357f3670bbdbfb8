//! What people read, whole: the first screen, the help, and the messages met most often.

use insta::assert_snapshot;

use crate::program::{Desk, lines, record, usage_table};

#[test]
fn the_first_screen_of_the_demo() {
    let run = Desk::new().run(&["report", "--demo"]).expect(0);
    assert_snapshot!(run.out);
}

#[test]
fn the_help() {
    assert_snapshot!(Desk::new().run(&["--help"]).expect(0).out);
}

#[test]
fn the_help_of_report() {
    assert_snapshot!(Desk::new().run(&["report", "--help"]).expect(0).out);
}

#[test]
fn the_charges_of_a_workload() {
    let run = Desk::new()
        .run(&["explain", "fraud-investigation", "--demo"])
        .expect(0);
    let charges = run.out.split("\nexpected from").next().unwrap();
    assert_snapshot!(charges);
}

#[test]
fn the_messages_of_runs_that_fail() {
    let desk = Desk::new();
    desk.put("text.log", "hello\n");
    desk.put("logs.jsonl", lines(&[record("r-1", 20)]));
    desk.put("usage.csv", usage_table(&[&[("source", "s3")]]));
    desk.put(
        "broken.csv",
        usage_table(&[&[("input_tokens", "1.204.331")]]),
    );
    desk.put("bad.toml", "[discount]\nall = 0.1\n");
    desk.put("taken", "a file");
    let mut messages = String::new();
    for arguments in [
        &["report"][..],
        &["report", "gone.json"],
        &["report", "text.log"],
        &["report", "broken.csv"],
        &["report", "logs.jsonl", "usage.csv"],
        &["report", "logs.jsonl", "--as-of", "2026-09-20"],
        &["report", "logs.jsonl", "--month", "2026-07"],
        &["report", "logs.jsonl", "--out", "taken"],
        &["report", "logs.jsonl", "--settings", "bad.toml"],
        &["report", "logs.jsonl", "--pricing", "gone"],
        &["explain", "nobody", "logs.jsonl"],
    ] {
        let dated = [arguments, &["--as-of", "2026-10-15"]].concat();
        let arguments = if arguments.contains(&"--as-of") {
            arguments
        } else {
            &dated
        };
        let run = desk.run(arguments).expect(2);
        assert!(run.out.is_empty(), "{run:#?}");
        messages += &format!("$ eolcast {}\n{}\n", arguments.join(" "), run.err);
    }
    assert_snapshot!(messages);
}
