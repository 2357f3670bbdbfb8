//! `fetch metrics` against the stand-in: totals equal to the truth, models that ListMetrics
//! hides, answers in parts, errors and refusals, linked accounts, and the number of calls.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::program::{Desk, Run};
use crate::stand_in::{Account, StandIn};

const END: &str = "2026-10-15T00:00:00Z";
const DAY: u64 = 86_400;
/// 2026-10-01 00:00 UTC.
const OCTOBER: u64 = 1_790_812_800;

/// The counts that are compared, under the names of the truth.
const COUNTS: [(&str, &[&str]); 6] = [
    ("invocations", &["requests"]),
    ("input", &["input_tokens"]),
    ("output", &["output_tokens"]),
    ("cache_read", &["cache_read_tokens"]),
    ("cache_write", &["cache_write_unknown_tokens"]),
    ("images", &["images"]),
];

type Sums = BTreeMap<String, BTreeMap<&'static str, u64>>;

fn seeded(more: &[&str]) -> (Account, Value) {
    let account = StandIn::shared().account();
    let truth = account.seed(&[&["--end", END, "--only", "metrics,config"][..], more].concat());
    (account, truth)
}

fn fetch(account: &Account, desk: &Desk, more: &[&str]) -> Run {
    let arguments = [&["fetch", "metrics", "--to", "2026-10-15"][..], more].concat();
    account.run(desk, &arguments)
}

/// The usage that a report of the store sees.
fn usage(desk: &Desk) -> Vec<BTreeMap<String, String>> {
    let report = [
        "report",
        "eolcast-store",
        "--as-of",
        "2026-10-15",
        "-q",
        "--format",
        "csv",
    ];
    let run = desk.run(&report);
    assert!(run.status < 2, "{run:#?}");
    desk.rows("eolcast-report/usage.csv")
}

/// Sums of rows by a key; rows without a key are left out.
fn sums(
    rows: &[BTreeMap<String, String>],
    key: impl Fn(&BTreeMap<String, String>) -> Option<String>,
) -> Sums {
    let mut all = Sums::new();
    for row in rows {
        let Some(key) = key(row) else { continue };
        let sums = all.entry(key).or_default();
        for (name, columns) in COUNTS {
            let cells = columns
                .iter()
                .map(|column| row[*column].parse().unwrap_or(0u64));
            *sums.entry(name).or_default() += cells.sum::<u64>();
        }
    }
    all.retain(|_, sums| sums.values().any(|count| *count > 0));
    all
}

/// Sums of the truth: its keys, changed by `key`.
fn expected(truth: &Value, key: impl Fn(&str) -> Option<String>) -> Sums {
    let mut all = Sums::new();
    for (place, found) in truth.as_object().unwrap() {
        let Some(key) = key(place) else { continue };
        let sums = all.entry(key).or_default();
        for (name, _) in COUNTS {
            *sums.entry(name).or_default() += found[name].as_u64().unwrap_or(0);
        }
    }
    all.retain(|_, sums| sums.values().any(|count| *count > 0));
    all
}

/// CloudWatch's id -> the model it stands for.
fn bases(truth: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let models = truth["models"].as_array().unwrap().iter();
    models
        .map(|model| (text(&model["cloudwatch_id"]), text(&model["base_model"])))
        .collect()
}

fn place_of(row: &BTreeMap<String, String>, bases: &BTreeMap<String, String>) -> String {
    let model = &row["model_id"];
    let model = bases.get(model).unwrap_or(model);
    format!("{}|{}|{model}", row["region"], &row["hour"][..10])
}

/// Asserts that Regions, days and models have the counts of the truth.
#[track_caller]
fn assert_true(desk: &Desk, truth: &Value) {
    let bases = bases(truth);
    let rows = usage(desk);
    let found = sums(&rows, |row| {
        (row["source"] == "metrics").then(|| place_of(row, &bases))
    });
    let wanted = expected(&truth["by_region_day_model"], |place| {
        let (place, model) = place.rsplit_once('|').unwrap();
        Some(format!("{place}|{}", bases[model]))
    });
    assert!(!wanted.is_empty());
    assert_eq!(found, wanted);
}

#[test]
fn days_models_tiers_images_and_mantle_are_those_of_the_truth() {
    let (account, truth) = seeded(&[
        "--calls",
        "1200",
        "--days",
        "10",
        "--models",
        "20",
        "--mantle",
        "60",
        "--regions",
        "us-east-1,eu-west-1",
    ]);
    let desk = Desk::new();
    let regions = [
        "--from",
        "2026-10-05",
        "--region",
        "us-east-1",
        "--region",
        "eu-west-1",
    ];
    fetch(&account, &desk, &regions).expect(0);
    assert_true(&desk, &truth);
    let (rows, bases) = (usage(&desk), bases(&truth));
    let images: u64 = truth["total"]["images"].as_u64().unwrap();
    assert!(images > 0);
    let tiers = sums(&rows, |row| {
        let apart = ["flex", "priority", "reserved"].contains(&&*row["service_tier"]);
        apart.then(|| format!("{}|{}", place_of(row, &bases), row["service_tier"]))
    });
    let of_truth = expected(&truth["tiers"], |place| {
        let parts: Vec<&str> = place.split('|').collect();
        let [region, day, model, _, served] = parts[..] else {
            panic!("{place}")
        };
        (served != "default").then(|| format!("{region}|{day}|{}|{served}", bases[model]))
    });
    assert!(!of_truth.is_empty());
    assert_eq!(tiers, of_truth);
    let mantle = rows.iter().filter(|row| row["source"] == "mantle");
    let of = |column: &str| -> u64 {
        mantle
            .clone()
            .map(|row| row[column].parse::<u64>().unwrap())
            .sum()
    };
    let of_truth = |name: &str| -> u64 {
        let sums = truth["mantle"].as_object().unwrap().values();
        sums.map(|sums| sums[name].as_u64().unwrap()).sum()
    };
    assert_eq!(of("requests"), of_truth("inferences"));
    assert_eq!(of("input_tokens"), of_truth("input"));
    assert_eq!(of("output_tokens"), of_truth("output"));
    // The catalog explains the application profile, whose bare id CloudWatch shows.
    let profile = rows
        .iter()
        .find(|row| row["inference_profile"] == "abcd1234efgh");
    assert_eq!(profile.unwrap()["model_id"], bases["abcd1234efgh"]);
    let named = mantle
        .clone()
        .filter(|row| row["metadata"].contains("proj-a"));
    assert!(named.count() > 0);
}

#[test]
fn hours_add_up_to_the_same_totals() {
    let (account, truth) = seeded(&["--calls", "300", "--days", "3"]);
    let desk = Desk::new();
    // Days that are there as days are asked again by the hour, and then no more.
    fetch(&account, &desk, &["--from", "2026-10-12"]).expect(0);
    fetch(&account, &desk, &["--from", "2026-10-12", "--hourly"]).expect(0);
    assert_true(&desk, &truth);
    assert!(usage(&desk).iter().all(|row| row["granularity"] == "hour"));
    account.control("forget-calls", json!({}));
    fetch(&account, &desk, &["--from", "2026-10-12", "--hourly"]).expect(0);
    fetch(&account, &desk, &["--from", "2026-10-12"]).expect(0);
    assert_eq!(account.calls().count("cloudwatch.GetMetricData"), 0);
}

#[test]
fn models_that_were_silent_for_two_weeks_are_found_by_the_catalog() {
    // The account's now is two hours after the end; the last three models made no call in the
    // 15 days before, so ListMetrics does not name them.
    let (account, truth) = seeded(&["--calls", "600", "--days", "30", "--silent", "3"]);
    let desk = Desk::new();
    fetch(&account, &desk, &["--from", "2026-09-15"]).expect(0);
    assert_true(&desk, &truth);
    // A first round, and the rest of the silent models.
    assert_eq!(account.calls().count("cloudwatch.GetMetricData"), 2);
}

#[test]
fn a_silent_model_that_nobody_names_is_a_warning_with_its_tokens() {
    let account = StandIn::shared().account();
    account.control("clock", json!({"now": OCTOBER + 31 * DAY}));
    let point = json!([[OCTOBER + 3600, [7_000], [1]]]);
    let series = |name: &str, dimensions: Value| json!({"namespace": "AWS/Bedrock", "name": name, "dimensions": dimensions, "points": point});
    let of_model = json!({"ModelId": "abcd0000wxyz"});
    account.control(
        "metrics",
        json!({"region": "us-east-1", "series": [
            series("InputTokenCount", of_model), series("InputTokenCount", json!({})),
        ]}),
    );
    let desk = Desk::new();
    let run = account.run(&desk, &["fetch", "metrics", "--month", "2026-10"]);
    let said = format!("{}{}", run.out, run.err);
    assert!(said.contains("metrics-unattributed"), "{run:#?}");
    assert!(said.contains("7,000 tokens more"), "{run:#?}");
}

#[test]
fn answers_in_parts_and_passing_errors_lose_nothing() {
    for fault in [
        json!({"kind": "PartialData", "times": 3}),
        json!({"kind": "PartialData", "metric": "InputTokenCount", "times": 2}),
        json!({"kind": "InternalError", "metric": "OutputTokenCount", "times": 4}),
        json!({"kind": "InternalError", "metric": "Invocations", "times": 2, "next_token": true}),
    ] {
        let (account, truth) = seeded(&["--calls", "200", "--days", "4"]);
        account.control("series-fault", fault.clone());
        let desk = Desk::new();
        let run = fetch(&account, &desk, &["--from", "2026-10-11"]);
        assert_eq!(run.status, 0, "{fault}: {run:#?}");
        assert_true(&desk, &truth);
        // Without a fault it is one call.
        assert!(
            account.calls().count("cloudwatch.GetMetricData") > 1,
            "{fault}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_an_error_and_read_by_the_next_run() {
    // One series; an internal error is asked for three times, a refusal once.
    for (kind, times, code) in [
        ("InternalError", 3, "metrics-not-read"),
        ("Forbidden", 1, "metrics-forbidden"),
    ] {
        let (account, truth) = seeded(&["--calls", "200", "--days", "4"]);
        let fault = json!({
            "kind": kind, "metric": "InputTokenCount", "dimensions": {}, "times": times
        });
        account.control("series-fault", fault);
        let desk = Desk::new();
        let run = fetch(&account, &desk, &["--from", "2026-10-11"]).expect(1);
        let said = format!("{}{}", run.out, run.err);
        assert!(said.contains(code), "{run:#?}");
        // The days are not whole: the next run asks for them again, now without the fault.
        fetch(&account, &desk, &["--from", "2026-10-11", "--resume"]).expect(0);
        assert_true(&desk, &truth);
    }
}

/// A phase that changes at noon makes its day hourly: a second stretch, with calls of its own.
#[test]
fn a_stretch_that_is_finished_stays_when_a_later_one_fails() {
    let (account, truth) = seeded(&["--calls", "300", "--days", "5"]);
    let model = "anthropic.claude-3-haiku-20240307-v1:0";
    account.control(
        "bedrock",
        json!({"region": "us-east-1", "models": [{
            "modelArn": format!("arn:aws:bedrock:us-east-1::foundation-model/{model}"),
            "modelId": model,
            "modelLifecycle": {"status": "LEGACY", "legacyTime": "2026-10-12T12:00:00Z"},
        }]}),
    );
    let get = json!({
        "service": "cloudwatch", "operation": "GetMetricData", "kind": "denied", "skip": 1
    });
    account.control("fault", get);
    let desk = Desk::new();
    let run = fetch(&account, &desk, &["--from", "2026-10-10"]);
    assert_ne!(run.status, 0, "{run:#?}");
    let days = |rows: &[BTreeMap<String, String>], granularity: &str| -> BTreeSet<String> {
        let rows = rows.iter().filter(|row| row["granularity"] == granularity);
        rows.map(|row| row["hour"][8..10].to_owned()).collect()
    };
    let by_day: BTreeSet<String> = ["10", "11", "13", "14"].map(str::to_owned).into();
    let rows = usage(&desk);
    assert_eq!(days(&rows, "day"), by_day);
    assert!(days(&rows, "hour").is_empty());
    account.control("forget-faults", json!({}));
    account.control("forget-calls", json!({}));
    fetch(&account, &desk, &["--from", "2026-10-10", "--resume"]).expect(0);
    assert_true(&desk, &truth);
    let rows = usage(&desk);
    assert_eq!(days(&rows, "day"), by_day);
    assert_eq!(days(&rows, "hour"), ["12".to_owned()].into());
    // Only the day that was missing is asked for.
    assert_eq!(account.calls().count("cloudwatch.GetMetricData"), 1);
}

#[test]
fn messages_are_findings() {
    let (account, _) = seeded(&["--calls", "50", "--days", "2"]);
    let message = json!([{"Code": "MaxMetricsExceeded", "Value": "some series are left out"}]);
    account.control("series-fault", json!({"messages": message}));
    let desk = Desk::new();
    let run = fetch(&account, &desk, &["--from", "2026-10-13"]);
    let said = format!("{}{}", run.out, run.err);
    assert!(
        said.contains("MaxMetricsExceeded: some series are left out"),
        "{run:#?}"
    );
}

#[test]
fn linked_accounts_are_read_under_their_own_id() {
    let (source, truth) = seeded(&["--calls", "200", "--days", "4"]);
    let account = StandIn::shared().account();
    account.control("clock", json!({"now": "2026-10-15T02:00:00Z"}));
    account.control(
        "links",
        json!({"monitoring": account.number(), "source": [source.number()]}),
    );
    let desk = Desk::new();
    fetch(
        &account,
        &desk,
        &["--from", "2026-10-11", "--linked-accounts"],
    )
    .expect(0);
    let rows = usage(&desk);
    assert!(rows.iter().all(|row| row["account_id"] == source.number()));
    assert_true(&desk, &truth);
    assert!(source.calls().all().is_empty());
}

/// One account, 3 Regions, 60 models, 31 days: what the issue asks to be shown.
#[test]
fn a_month_of_sixty_models_in_three_regions_takes_the_fewest_calls() {
    let account = StandIn::shared().account();
    account.control("clock", json!({"now": OCTOBER + 31 * DAY + 7_200}));
    let regions = ["us-east-1", "eu-west-1", "ap-northeast-1"];
    let points: Vec<Value> = (0..31)
        .map(|day| json!([OCTOBER + day * DAY + 3600, [1_000], [1]]))
        .collect();
    let mut series = Vec::new();
    for model in 0..60 {
        for name in ["Invocations", "InputTokenCount", "OutputTokenCount"] {
            let dimensions = json!({"ModelId": format!("amazon.made-{model}-v1:0")});
            series.push(json!({
                "namespace": "AWS/Bedrock", "name": name, "dimensions": dimensions, "points": points
            }));
        }
    }
    for region in regions {
        account.control("metrics", json!({"region": region, "series": series}));
    }
    let flags = regions.map(|region| ["--region", region]).concat();
    let desk = Desk::new();
    let run = account
        .run(
            &desk,
            &[&["fetch", "metrics", "--month", "2026-10"][..], &flags].concat(),
        )
        .expect(0);
    let said = format!("{}{}", run.out, run.err);
    assert!(said.contains("1,836 metrics"), "{run:#?}");
    let calls = account.calls();
    // A Region: 60 models x 10 metrics + 9 totals + 3 of mantle = 612 metrics; 500 a call, so
    // 2 calls are the least. Three Regions: 6 calls, 1,836 metrics, 1,836 / 1,000 x 0.01 USD =
    // 0.01836 USD. The 180 listed metrics of a Region fit one page of ListMetrics, in two
    // namespaces: 6 calls.
    assert_eq!(calls.count("cloudwatch.GetMetricData"), 6);
    assert_eq!(calls.metric_queries(), 3 * 612);
    assert_eq!(calls.count("cloudwatch.ListMetrics"), 6);
    // Nothing is asked again.
    account
        .run(
            &desk,
            &[&["fetch", "metrics", "--month", "2026-10"][..], &flags].concat(),
        )
        .expect(0);
    assert_eq!(account.calls().count("cloudwatch.GetMetricData"), 6);
}
