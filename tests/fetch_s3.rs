//! `eolcast fetch s3` against the stand-in: every call once, to the day of its own timestamp.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::program::{Desk, Run, gzip, lines, parquet_texts, record};
use crate::stand_in::{Account, StandIn};

const BUCKET: &str = "bedrock-logs-of-tests";

/// A call of 1,000 input and 10 output tokens.
fn call(id: &str, account: &Account, time: &str) -> Value {
    let mut call = record(id, 1);
    call["timestamp"] = json!(time);
    call["accountId"] = json!(account.number());
    call["input"]["inputTokenCount"] = json!(1000);
    call["output"]["outputTokenCount"] = json!(10);
    call
}

/// A bucket of the account, and the same objects as files in `copy/`.
struct Bucket<'a> {
    account: &'a Account,
    desk: &'a Desk,
    name: String,
    region: &'static str,
}

impl<'a> Bucket<'a> {
    fn new(account: &'a Account, desk: &'a Desk) -> Self {
        let name = format!("{BUCKET}-{}", account.number());
        let logging = json!({"s3Config": {"bucketName": name, "keyPrefix": "p"}, "textDataDeliveryEnabled": true});
        account.control(
            "bedrock",
            json!({"region": "us-east-1", "logging": logging}),
        );
        Self {
            account,
            desk,
            name,
            region: "us-east-1",
        }
    }

    fn put(&self, key: &str, body: &[u8]) {
        let objects = [json!({"key": key, "body": base64(body)})];
        self.account.control(
            "objects",
            json!({"region": self.region, "bucket": self.name, "objects": objects}),
        );
        self.desk.put(&format!("copy/{key}"), body);
    }

    /// The key of an object; `place` is `10/01/23/a.json.gz`.
    fn key(&self, place: &str) -> String {
        let account = self.account.number();
        format!("p/AWSLogs/{account}/BedrockModelInvocationLogs/us-east-1/2026/{place}")
    }

    fn log(&self, place: &str, calls: &[Value]) {
        self.put(&self.key(place), &gzip(lines(calls)));
    }

    /// Two days with a call each, a call just before midnight that lies in the next hour, a
    /// late one, and all that lies beside logs.
    fn two_days(&self) {
        let call = |id: &str, time: &str| call(id, self.account, time);
        self.log("09/30/23/z.json.gz", &[call("z", "2026-09-30T23:10:00Z")]);
        self.log(
            "10/01/00/a.json.gz",
            &[
                call("before", "2026-09-30T23:59:59Z"),
                call("a", "2026-10-01T00:00:00Z"),
            ],
        );
        self.log("10/01/09/b.json.gz", &[call("b", "2026-10-01T09:10:00Z")]);
        self.log(
            "10/02/00/c.json.gz",
            &[
                call("c", "2026-10-01T23:59:58Z"),
                call("d", "2026-10-02T00:00:01Z"),
            ],
        );
        self.log(
            "10/02/07/e.json.gz",
            &[
                call("late", "2026-10-01T12:00:00Z"),
                call("e", "2026-10-02T07:00:00Z"),
            ],
        );
        self.log(
            "10/03/00/f.json.gz",
            &[
                call("f", "2026-10-02T23:59:00Z"),
                call("g", "2026-10-03T00:00:00Z"),
            ],
        );
        let sidecar = gzip("{\"messages\": \"kanarienvogel\"}");
        self.put(&self.key("10/01/09/data/b_input.json.gz"), &sidecar);
        self.put(&self.key("10/01/09/notes.txt"), b"kanarienvogel");
        self.put(
            &format!(
                "p/AWSLogs/{}/BedrockModelInvocationLogs/amazon-bedrock-logs-permission-check",
                self.account.number()
            ),
            b"Permissions are correctly set for Amazon Bedrock logs.",
        );
    }
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three
            .iter()
            .fold(0u32, |sum, byte| sum << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..4 {
            let sign = SIGNS[(number >> (18 - 6 * place) & 63) as usize];
            text.push(if place > three.len() {
                '='
            } else {
                char::from(sign)
            });
        }
    }
    text
}

fn fetch(account: &Account, desk: &Desk, from: &str, to: &str, more: &[&str]) -> Run {
    let arguments = [&["fetch", "s3", "--from", from, "--to", to], more].concat();
    account.run(desk, &arguments)
}

/// The manifest, without when and by what; the last line of each day.
fn days(desk: &Desk, store: &str) -> BTreeMap<String, Value> {
    let manifest = desk.text(&format!("{store}/manifest.jsonl"));
    let mut days = BTreeMap::new();
    for line in manifest.lines() {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        entry["fetched_at"] = Value::Null;
        days.insert(entry["day"].as_str().unwrap().to_owned(), entry);
    }
    days
}

/// Requests and input tokens of each day, as a report has them.
fn totals(desk: &Desk, input: &str) -> BTreeMap<String, (u64, u64)> {
    desk.run(&[
        "report",
        input,
        "--as-of",
        "2026-11-01",
        "--out",
        "out",
        "--quiet",
    ])
    .expect(0);
    let mut totals: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for row in desk.rows("out/usage.csv") {
        let number = |column: &str| row[column].parse::<u64>().unwrap_or(0);
        let sum = totals.entry(row["hour"][..10].to_owned()).or_default();
        sum.0 += number("requests");
        sum.1 += number("input_tokens");
    }
    totals
}

#[test]
fn a_seeded_history_gives_its_truth_with_one_read_of_each_log() {
    let account = StandIn::shared().account();
    let truth = account.seed(&[
        "--calls",
        "400",
        "--days",
        "3",
        "--end",
        "2026-10-15T00:00:00Z",
        "--only",
        "s3,config",
        "--duplicates",
        "0.05",
        "--sidecars",
        "0.2",
        "--per-object",
        "5",
    ]);
    let desk = Desk::new();
    fetch(&account, &desk, "2026-10-11", "2026-10-16", &[]).expect(0);
    let found = totals(&desk, "eolcast-store");
    for (day, sums) in truth["by_day"].as_object().unwrap() {
        let expected = (
            sums["calls"].as_u64().unwrap(),
            sums["input"].as_u64().unwrap(),
        );
        assert_eq!(found[day], expected, "{day}");
    }
    assert_eq!(found.len(), truth["by_day"].as_object().unwrap().len());
    let calls = account.calls();
    let paths: Vec<&str> = calls
        .all()
        .iter()
        .filter(|call| call["operation"] == "GetObject")
        .map(|call| call["input"]["path"].as_str().unwrap())
        .collect();
    let mut once = paths.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), paths.len());
    assert!(!paths.is_empty() && paths.iter().all(|path| !path.contains("/data/")));
    // 5 days, the prefix, and at most 24 hours a day and one more.
    assert!(calls.count("s3.ListObjectsV2") <= 6 + 5 * 24 + 1);
}

#[test]
fn a_call_before_midnight_is_found_in_the_next_hour_and_a_late_one_is_named() {
    let (account, desk) = (StandIn::shared().account(), Desk::new());
    Bucket::new(&account, &desk).two_days();
    fetch(&account, &desk, "2026-10-01", "2026-10-03", &[]).expect(0);
    let found = totals(&desk, "eolcast-store");
    let expected = [("2026-10-01", (3, 3000)), ("2026-10-02", (3, 3000))];
    assert_eq!(
        found,
        expected.map(|(day, sums)| (day.to_owned(), sums)).into()
    );
    let findings = desk.rows("out/findings.csv");
    let late: Vec<_> = findings
        .iter()
        .filter(|row| row["code"] == "late-records")
        .collect();
    assert_eq!(late.len(), 1);
    assert_eq!(late[0]["tokens_affected"], "1010");
    let skipped = findings
        .iter()
        .filter(|row| row["code"] == "skipped-objects");
    assert_eq!(skipped.count(), 1);
    // The same objects as files: all of them, the late call and the neighbours too.
    let copied = totals(&desk, "copy");
    assert_eq!(copied["2026-10-01"], (4, 4000));
    assert_eq!(copied["2026-10-02"], found["2026-10-02"]);
}

#[test]
fn day_by_day_is_the_same_as_in_one_run() {
    let (account, desk) = (StandIn::shared().account(), Desk::new());
    Bucket::new(&account, &desk).two_days();
    fetch(
        &account,
        &desk,
        "2026-09-30",
        "2026-10-04",
        &["--store", "one"],
    )
    .expect(0);
    for (from, to) in [
        ("2026-10-02", "2026-10-03"),
        ("2026-09-30", "2026-10-01"),
        ("2026-10-01", "2026-10-02"),
        ("2026-10-03", "2026-10-04"),
    ] {
        fetch(&account, &desk, from, to, &["--store", "each"]).expect(0);
    }
    let (one, each) = (days(&desk, "one"), days(&desk, "each"));
    assert_eq!(one, each);
    assert_eq!(one.len(), 4);
    // Nothing is read again.
    account.control("forget-calls", json!({}));
    fetch(
        &account,
        &desk,
        "2026-09-30",
        "2026-10-04",
        &["--store", "each"],
    )
    .expect(0);
    assert_eq!(account.calls().count("s3.GetObject"), 0);
}

#[test]
fn a_body_that_breaks_off_is_fetched_again() {
    for kind in ["truncated", "broken_off", "reset"] {
        let (account, desk) = (StandIn::shared().account(), Desk::new());
        Bucket::new(&account, &desk).two_days();
        account.control(
            "fault",
            json!({"service": "s3", "operation": "GetObject", "kind": kind, "fraction": 0.5, "times": 3}),
        );
        fetch(&account, &desk, "2026-10-01", "2026-10-03", &[]).expect(0);
        assert_eq!(account.fired(), [3], "{kind}");
        assert_eq!(
            totals(&desk, "eolcast-store")["2026-10-01"],
            (3, 3000),
            "{kind}"
        );
    }
}

#[test]
fn an_object_that_fails_for_good_is_named_and_its_day_is_asked_for_again() {
    for (fault, words) in [
        (
            json!({"kind": "broken_off", "fraction": 0.5, "times": 4}),
            "breaks off after",
        ),
        (
            json!({"kind": "kms_denied", "times": 1}),
            "kms:Decrypt on that key",
        ),
        (
            json!({"kind": "error", "code": "InvalidObjectState", "status": 403, "times": 1}),
            "is archived",
        ),
        (
            json!({"kind": "error", "code": "NoSuchKey", "status": 404, "times": 1}),
            "was deleted after it was listed",
        ),
    ] {
        let (account, desk) = (StandIn::shared().account(), Desk::new());
        let bucket = Bucket::new(&account, &desk);
        bucket.log(
            "10/01/09/b.json.gz",
            &[call("b", &account, "2026-10-01T09:10:00Z")],
        );
        bucket.log(
            "10/02/09/c.json.gz",
            &[call("c", &account, "2026-10-02T09:10:00Z")],
        );
        let mut rule = fault;
        rule["service"] = json!("s3");
        rule["operation"] = json!("GetObject");
        account.control("fault", rule);
        let run = fetch(&account, &desk, "2026-10-01", "2026-10-03", &[]).expect(1);
        let said = format!("{}{}", run.out, run.err);
        assert!(said.contains(words), "{words}: {said}");
        assert!(said.contains("10/01/09/b.json.gz"), "{said}");
        assert_eq!(days(&desk, "eolcast-store")["2026-10-01"]["whole"], false);
        fetch(&account, &desk, "2026-10-01", "2026-10-03", &["--resume"]).expect(0);
        assert_eq!(
            account.calls().count("s3.GetObject@us-east-1"),
            2 + account.fired()[0]
        );
        assert_eq!(totals(&desk, "eolcast-store")["2026-10-01"], (1, 1000));
    }
}

#[test]
fn refusal_of_all_objects_ends_it_early() {
    let (account, desk) = (StandIn::shared().account(), Desk::new());
    let bucket = Bucket::new(&account, &desk);
    for n in 0..60 {
        let id = format!("r-{n}");
        let calls = [call(&id, &account, "2026-10-01T09:10:00Z")];
        bucket.log(&format!("10/01/09/{id}.json.gz"), &calls);
    }
    account.control("deny", json!({"service": "s3", "operation": "GetObject"}));
    fetch(&account, &desk, "2026-10-01", "2026-10-02", &[])
        .expect(2)
        .says(&["s3:GetObject: access denied", "--print-policy"]);
    // Three in a row, and what the other readers had already begun.
    assert!(account.calls().count("s3.GetObject") < 3 + 16 + 16);
}

#[test]
fn a_bucket_in_another_region_is_asked_there() {
    let (account, desk) = (StandIn::shared().account(), Desk::new());
    let bucket = Bucket {
        region: "eu-west-1",
        ..Bucket::new(&account, &desk)
    };
    bucket.two_days();
    account.control(
        "fault",
        json!({"service": "s3", "operation": "ListObjectsV2", "region": "us-east-1",
               "kind": "error", "code": "PermanentRedirect", "status": 301}),
    );
    fetch(&account, &desk, "2026-10-01", "2026-10-03", &[]).expect(0);
    assert_eq!(totals(&desk, "eolcast-store")["2026-10-01"], (3, 3000));
    assert!(account.calls().count("s3.GetObject@eu-west-1") > 0);
    assert_eq!(account.calls().count("s3.GetObject@us-east-1"), 0);
}

#[test]
fn without_a_bucket_or_objects_nothing_is_taken_as_zero() {
    let (account, desk) = (StandIn::shared().account(), Desk::new());
    let run = fetch(&account, &desk, "2026-10-01", "2026-10-03", &[]);
    let said = format!("{}{}", run.out, run.err);
    assert!(said.contains("no-log-bucket"), "{said}");
    Bucket::new(&account, &desk).put("elsewhere/x.json.gz", b"");
    let run = fetch(&account, &desk, "2026-10-01", "2026-10-03", &[]);
    let said = format!("{}{}", run.out, run.err);
    assert!(said.contains("no-log-objects"), "{said}");
    assert!(days(&desk, "eolcast-store").is_empty());
}

#[test]
fn a_large_object_is_read_as_it_arrives_and_goes_on_where_it_broke_off() {
    let (account, desk) = (StandIn::shared().account(), Desk::new());
    let bucket = Bucket::new(&account, &desk);
    let calls: Vec<Value> = (0..4000)
        .map(|n| {
            let mut call = call(&format!("r-{n}"), &account, "2026-10-01T09:10:00Z");
            call["input"]["inputBodyJson"] = json!({"text": noise(n, 1200)});
            call
        })
        .collect();
    bucket.log("10/01/09/large.json.gz", &calls);
    let size =
        std::fs::metadata(desk.path(&format!("copy/{}", bucket.key("10/01/09/large.json.gz"))));
    assert!(size.unwrap().len() > 2 << 20);
    account.control(
        "fault",
        json!({"service": "s3", "operation": "GetObject", "kind": "broken_off", "fraction": 0.6, "times": 2}),
    );
    fetch(&account, &desk, "2026-10-01", "2026-10-02", &[]).expect(0);
    assert_eq!(account.calls().count("s3.GetObject"), 3);
    assert_eq!(
        totals(&desk, "eolcast-store")["2026-10-01"],
        (4000, 4_000_000)
    );
}

/// Text that does not pack well, the same each time.
fn noise(seed: u64, length: usize) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + u8::try_from(state % 26).unwrap())
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn no_body_reaches_store_output_or_errors() {
    const CANARY: &str = "kanarienvogel";
    let (account, desk) = (StandIn::shared().account(), Desk::new());
    let bucket = Bucket::new(&account, &desk);
    let mut with_body = call("a", &account, "2026-10-01T09:10:00Z");
    with_body["input"]["inputBodyJson"] = json!({"messages": [{"content": CANARY}]});
    with_body["output"]["outputBodyJson"] = json!({"text": CANARY});
    let broken =
        format!("{{\"schemaType\": \"ModelInvocationLog\", \"input\": \"{CANARY}\n{CANARY}\n");
    bucket.log("10/01/09/a.json.gz", &[with_body]);
    bucket.put(&bucket.key("10/01/09/broken.json"), broken.as_bytes());
    bucket.put(&bucket.key("10/01/09/damaged.json.gz"), &gzip(CANARY)[..12]);
    bucket.put(&bucket.key("10/01/09/data/a_input.json.gz"), &gzip(CANARY));
    let refusal = json!({"service": "s3", "operation": "GetObject", "kind": "error", "times": 1,
                         "code": "InternalError", "message": "refused", "status": 500});
    account.control("fault", refusal);
    let mut seen = String::new();
    for more in [&["--plan"][..], &[], &["--resume"], &["--refetch"]] {
        let run = fetch(&account, &desk, "2026-10-01", "2026-10-02", more);
        seen.push_str(&run.out);
        seen.push_str(&run.err);
    }
    seen.push_str(&desk.text("eolcast-store/manifest.jsonl"));
    let day = format!(
        "eolcast-store/s3/{}/us-east-1/2026-10-01.parquet",
        account.number()
    );
    seen.push_str(&parquet_texts(&desk.path(&day)).concat());
    assert!(!seen.contains(CANARY), "{seen}");
    assert!(
        seen.contains("unreadable-record") || seen.contains("not-a-log"),
        "{seen}"
    );
}
