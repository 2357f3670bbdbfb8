//! `eolcast fetch catalog` against the stand-in, and what reports and checks make of it.

use serde_json::{Value, json};

use crate::program::{Desk, lines, record};
use crate::stand_in::{Account, StandIn};

const SONNET: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const PROFILE: &str = "abcd1234efgh";

fn arn(region: &str) -> Value {
    json!({"modelArn": format!("arn:aws:bedrock:{region}::foundation-model/{SONNET}")})
}

fn profile(account: &Account, id: &str, kind: &str, name: &str, models: &[Value]) -> Value {
    let resource = if kind == "APPLICATION" {
        "application-inference-profile"
    } else {
        "inference-profile"
    };
    let arn = format!(
        "arn:aws:bedrock:us-east-1:{}:{resource}/{id}",
        account.number()
    );
    json!({"inferenceProfileId": id, "inferenceProfileArn": arn, "inferenceProfileName": name,
           "models": models, "status": "ACTIVE", "type": kind})
}

fn model(lifecycle: &Value) -> Value {
    json!({"modelArn": arn("us-east-1")["modelArn"], "modelId": SONNET, "modelName": "Sonnet", "providerName": "Anthropic",
           "outputModalities": ["TEXT"], "inferenceTypesSupported": ["INFERENCE_PROFILE"], "modelLifecycle": lifecycle})
}

/// An account whose application profile routes where the `us.` profile does.
fn describe(account: &Account, lifecycle: &Value) {
    let us = [arn("us-east-1"), arn("us-east-2"), arn("us-west-2")];
    let own = profile(account, PROFILE, "APPLICATION", "Search team", &us);
    let tags = json!({ own["inferenceProfileArn"].as_str().unwrap(): {"team": "search"} });
    let profiles = [
        profile(
            account,
            &format!("us.{SONNET}"),
            "SYSTEM_DEFINED",
            "US Sonnet",
            &us,
        ),
        own,
    ];
    account.control(
        "bedrock",
        json!({"region": "us-east-1", "models": [model(lifecycle)], "profiles": profiles, "tags": tags}),
    );
}

/// A log of one call through the profile.
fn log(account: &Account) -> String {
    let mut call = record("r-1", 20);
    call["modelId"] = json!(format!(
        "arn:aws:bedrock:us-east-1:{}:application-inference-profile/{PROFILE}",
        account.number()
    ));
    lines(&[call])
}

#[test]
fn the_catalog_gives_a_profile_its_model_and_its_name() {
    let (account, desk) = (StandIn::shared().account(), Desk::new());
    describe(&account, &json!({"status": "LEGACY"}));
    account.run(&desk, &["fetch", "catalog"]).expect(0);
    desk.put("log.jsonl", log(&account));
    desk.report(&["log.jsonl"]).expect(0);
    let rows = desk.rows("out/usage.csv");
    assert_eq!(rows[0]["workload"], "Search team");
    assert_eq!(rows[0]["model_id"], SONNET);
    assert_eq!(
        (&*rows[0]["endpoint_scope"], &*rows[0]["geo"]),
        ("geo", "us")
    );
    // What the settings say wins.
    desk.put(
        "eolcast.toml",
        format!(
            "[inference_profile.\"{PROFILE}\"]\nname = \"ours\"\nmodel = \"global.{SONNET}\"\n"
        ),
    );
    desk.report(&["log.jsonl"]).expect(0);
    let rows = desk.rows("out/usage.csv");
    assert_eq!(
        (&*rows[0]["workload"], &*rows[0]["endpoint_scope"]),
        ("ours", "global")
    );
}

#[test]
fn drift_is_a_finding_of_models_in_use_and_a_conflict() {
    let (account, desk) = (StandIn::shared().account(), Desk::new());
    describe(
        &account,
        &json!({"status": "ACTIVE", "endOfLifeTime": "2027-06-01T11:30:00Z"}),
    );
    account.run(&desk, &["fetch", "catalog"]).expect(0);
    desk.put("log.jsonl", log(&account));
    desk.report(&["log.jsonl"]).expect(0);
    let findings = desk.rows("out/findings.csv");
    let drift: Vec<_> = findings
        .iter()
        .filter(|row| row["code"] == "lifecycle-drift")
        .collect();
    assert_eq!(drift.len(), 1, "{findings:#?}");
    assert_eq!(drift[0]["subject"], SONNET);
    for words in [
        "the Bedrock API says ACTIVE",
        "2027-06-01 11:30 UTC",
        "fetched",
        "checked",
        "the tables are followed",
    ] {
        assert!(
            drift[0]["message"].contains(words),
            "{words}: {}",
            drift[0]["message"]
        );
    }
    let shown = desk.run(&["check", "--conflicts"]).expect(0).out;
    assert!(
        shown.contains("API timestamps catalog of account"),
        "{shown}"
    );
    let elsewhere = Desk::new();
    let store = desk.path("eolcast-store").display().to_string();
    let named = elsewhere
        .run(&["check", "--conflicts", "--store", &store])
        .expect(0)
        .out;
    assert_eq!(named, shown);
    let without = elsewhere.run(&["check", "--conflicts"]).expect(0).out;
    assert!(!without.contains("catalog of account"));
    elsewhere
        .run(&["check", "--store", "none"])
        .expect(2)
        .says(&["no such folder"]);
}

#[test]
fn denied_tags_are_one_finding_and_denied_models_the_end() {
    let (account, desk) = (StandIn::shared().account(), Desk::new());
    let own = |n: usize| {
        profile(
            &account,
            &format!("app{n:09}"),
            "APPLICATION",
            &format!("p{n}"),
            &[arn("us-east-1")],
        )
    };
    let profiles: Vec<Value> = (0..30).map(own).collect();
    account.control(
        "bedrock",
        json!({"region": "us-east-1", "models": [model(&json!({"status": "ACTIVE"}))], "profiles": profiles}),
    );
    account.control(
        "deny",
        json!({"service": "bedrock", "operation": "ListTagsForResource"}),
    );
    let run = account.run(&desk, &["fetch", "catalog"]).expect(0);
    let said = format!("{}{}", run.out, run.err);
    assert_eq!(said.matches("catalog-incomplete").count(), 1, "{said}");
    assert!(
        said.contains("the tags of 30 application profiles"),
        "{said}"
    );
    assert!(account.calls().count("bedrock.ListTagsForResource") <= 8);
    let path = format!("eolcast-store/catalog/{}/us-east-1.json", account.number());
    let catalog: Value = serde_json::from_str(&desk.text(&path)).unwrap();
    assert_eq!(catalog["profiles"].as_array().unwrap().len(), 30);
    assert_eq!(catalog["profiles"][0]["tags_known"], false);
    account.control(
        "deny",
        json!({"service": "bedrock", "operation": "ListFoundationModels"}),
    );
    account
        .run(&desk, &["fetch", "catalog"])
        .expect(2)
        .says(&["bedrock:ListFoundationModels: access denied"]);
}
