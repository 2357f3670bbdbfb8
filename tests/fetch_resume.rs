//! A fetch that is killed at any point leaves a store that the next run continues, byte for byte
//! as if nothing had happened; two runs at once give the same store as one.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::program::Desk;
use crate::stand_in::{Account, StandIn};

const FETCH: [&str; 6] = ["fetch", "s3", "--from", "2026-10-11", "--to", "2026-10-15"];

fn seeded() -> Account {
    let account = StandIn::shared().account();
    account.seed(&[
        "--calls",
        "400",
        "--days",
        "4",
        "--end",
        "2026-10-15T00:00:00Z",
        "--per-object",
        "5",
    ]);
    account
}

/// The usage of a store, file by file, and what its manifest says of each day but when.
fn store(desk: &Desk) -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, Value>) {
    let folder = desk.path("eolcast-store");
    let files = walkdir::WalkDir::new(&folder)
        .into_iter()
        .map(Result::unwrap);
    let usage = files
        .filter(|file| {
            file.path()
                .extension()
                .is_some_and(|ending| ending == "parquet")
        })
        .map(|file| {
            let name = file
                .path()
                .strip_prefix(&folder)
                .unwrap()
                .display()
                .to_string();
            (name, std::fs::read(file.path()).unwrap())
        })
        .collect();
    let mut days = BTreeMap::new();
    for line in desk.text("eolcast-store/manifest.jsonl").lines() {
        // A line that a kill cut off is none.
        let Ok(mut line) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        line["fetched_at"].take();
        let key = format!(
            "{} {} {} {}",
            line["source"], line["account_id"], line["region"], line["day"]
        );
        days.insert(key, line);
    }
    (usage, days)
}

#[test]
fn a_run_killed_at_ten_points_and_continued_equals_an_undisturbed_one() {
    let account = seeded();
    let undisturbed = Desk::new();
    account.run(&undisturbed, &FETCH).expect(0);
    let expected = store(&undisturbed);
    assert_eq!(expected.0.len(), 4);
    let calls = account.calls().all().len();
    // Slow enough to be caught between two calls.
    account.control(
        "fault",
        json!({"service": "s3", "kind": "slow", "seconds": 0.02}),
    );
    for point in 1..=10 {
        account.control("forget-calls", json!({}));
        let desk = Desk::new();
        let mut command = desk.command_alone(&FETCH);
        command.envs(account.environment(&desk));
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while account.calls().all().len() < calls * point / 11
            && child.try_wait().unwrap().is_none()
        {
            sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        account
            .run(&desk, &[&FETCH[..], &["--resume"]].concat())
            .expect(0);
        assert_eq!(
            store(&desk),
            expected,
            "killed after {point}/11 of the calls"
        );
    }
}

#[test]
fn two_runs_at_once_give_the_store_of_one() {
    let account = seeded();
    let alone = Desk::new();
    account.run(&alone, &FETCH).expect(0);
    let desk = Desk::new();
    let start = || {
        let mut command = desk.command_alone(&FETCH);
        command.envs(account.environment(&desk));
        command.stdout(Stdio::null()).spawn().unwrap()
    };
    let (mut one, mut other) = (start(), start());
    assert!(one.wait().unwrap().success() && other.wait().unwrap().success());
    assert_eq!(store(&desk), store(&alone));
}

#[test]
fn what_is_complete_is_not_fetched_again_until_it_is_asked_for() {
    let account = seeded();
    let desk = Desk::new();
    account.run(&desk, &FETCH).expect(0);
    account.control("forget-calls", json!({}));
    let run = account.run(&desk, &FETCH).expect(0);
    assert!(run.out.contains("complete in the store"), "{run:#?}");
    assert_eq!(account.calls().count("s3.GetObject"), 0);
    account
        .run(&desk, &[&FETCH[..], &["--refetch"]].concat())
        .expect(0);
    assert!(account.calls().count("s3.GetObject") > 0);
}

#[test]
fn flags_that_contradict_each_other_are_refused_before_any_call() {
    let account = StandIn::shared().account();
    let desk = Desk::new();
    for (flags, words) in [
        (
            &[
                "fetch",
                "metrics",
                "--from",
                "2026-10-02",
                "--to",
                "2026-10-01",
            ][..],
            "no day lies between them",
        ),
        (
            &["fetch", "s3", "--from", "2026-10-02"],
            "--to <YYYY-MM-DD>",
        ),
        (
            &["fetch", "logs", "--resume", "--refetch"],
            "cannot be used with",
        ),
    ] {
        account.run(&desk, flags).expect(2).says(&[words]);
    }
    let template = [
        "fetch",
        "catalog",
        "--role-arn",
        "arn:aws:iam::{account}:role/x",
    ];
    account
        .run(&desk, &template)
        .expect(2)
        .says(&["--accounts-from"]);
    assert_eq!(account.calls().count("bedrock.ListFoundationModels"), 0);
    desk.put("file", "no folder");
    let run = account.run(&desk, &["fetch", "catalog", "--store", "file"]);
    run.expect(2).says(&["file: cannot be used as a store"]);
}
