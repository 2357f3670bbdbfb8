//! Settings: every key of the contract, and what is said of wrong ones.

use super::*;

const CONTRACT: &str = r#"
[[workload]]
name      = "checkout-{1}"
principal = "arn:aws:sts::*:assumed-role/checkout-*"
owner     = "payments"
lead_time_days = 30
successor = "anthropic.claude-sonnet-5"
token_ratio = { low = "0.9", likely = "1.0", high = "1.35" }

[extended_access]
multiplier = { low = "1.0", likely = "2.0", high = "2.0" }
[extended_access.model."anthropic.claude-opus-4-1-20250805-v1:0"]
likely = "1.5"

[discount]
all = "0.10"
[discount.model."anthropic.claude-sonnet-4-5-20250929-v1:0"]
rate = "0.15"

[lead_time_days]
text = 45
[metadata]
keys = ["team"]
[idle]
legacy_days = 15

[[scenario]]
name = "two-waves"
migrate_on = "2026-12-15"
ramp_weeks = 4
workloads = ["checkout-*"]

[inference_profile."abcd1234efgh"]
name = "chat"
model = "us.anthropic.claude-sonnet-5"
tags = { team = "x" }
"#;

#[test]
fn every_key_of_the_contract_is_read() {
    let settings = Settings::parse(CONTRACT, "eolcast.toml").unwrap();
    let opus = ModelId::new("anthropic.claude-opus-4-1-20250805-v1:0");
    let of_opus = settings.assumptions.model_multiplier[&opus];
    assert_eq!(
        (
            of_opus.low.to_string(),
            of_opus.likely.to_string(),
            of_opus.high.to_string()
        ),
        ("1".into(), "1.5".into(), "2".into())
    );
    assert_eq!(settings.assumptions.discount.unwrap().to_string(), "0.1");
    assert_eq!(settings.plans[0].token_ratio.high.to_string(), "1.35");
    assert_eq!(settings.plans[0].lead_time_days, Some(30));
    assert_eq!(settings.lead_times, LeadTimes::default());
    assert_eq!(&*settings.scenarios[0].name, "two-waves");
    assert_eq!(
        settings.profiles["abcd1234efgh"].name.as_deref(),
        Some("chat")
    );
}

#[test]
fn what_is_wrong_is_named_with_file_and_line() {
    for (text, line, part) in [
        ("[idle]\nlegacy_day = 3\n", 2, "legacy_day"),
        (
            "\n[discount]\nall = 0.1\n",
            3,
            "expected a decimal in quotes",
        ),
        ("[discount]\nall = \"1.5\"\n", 2, "from 0 to 1"),
        (
            "[extended_access]\nmultiplier = { likely = \"0\" }\n",
            2,
            "above 0",
        ),
        (
            "[extended_access]\nmultiplier = { likely = \"0.5\" }\n",
            2,
            "1 or more",
        ),
        (
            "[extended_access]\nmultiplier = { low = \"3.0\", likely = \"2.0\" }\n",
            2,
            "low <= likely <= high",
        ),
        (
            "[[workload]]\nname = \"x\"\ntoken_ratio = { low = \"2\", high = \"1\" }\n",
            3,
            "low <= likely <= high",
        ),
        ("[lead_time_days]\nmusic = 3\n", 2, "no such kind"),
        (
            "\n\n[[workload]]\nname = \"x-{2}\"\nprincipal = \"a*\"\n",
            3,
            "{2}",
        ),
        (
            "[[workload]]\nname = \"x\"\nmetadata.stage = \"p\"\n",
            1,
            "[metadata] keys",
        ),
        (
            "[[workload]]\nname = \"x\"\nowner = \"a\"\n[[workload]]\nname = \"x\"\n[[workload]]\nname = \"x\"\nowner = \"b\"\n",
            6,
            "earlier rule with another owner",
        ),
        ("[[workload]]\nname = \" \"\n", 1, "without a name"),
        ("workload = 3\n", 1, "expected"),
    ] {
        let message = Settings::parse(text, "eolcast.toml")
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with(&format!("eolcast.toml:{line}: ")),
            "{message}"
        );
        assert!(message.contains(part), "{message} should contain {part}");
    }
}

#[test]
fn without_a_file_the_published_ratio_is_assumed() {
    let settings = Settings::parse("", "").unwrap();
    assert_eq!(settings.assumptions.multiplier, Multiplier::default());
    assert_eq!(settings.legacy_idle_days, 15);
}

#[test]
fn bounds_that_are_given_move_the_usual_likely_value_between_them() {
    let text = "[extended_access]\nmultiplier = { low = \"2.5\" }\n[[workload]]\nname = \"x\"\ntoken_ratio = { low = \"1.2\", high = \"1.5\" }\n";
    let settings = Settings::parse(text, "").unwrap();
    let Multiplier { low, likely, high } = settings.assumptions.multiplier;
    assert_eq!([low, likely, high].map(|rate| rate.to_string()), ["2.5"; 3]);
    let TokenRatio { low, likely, high } = settings.plans[0].token_ratio;
    let ratio = [low, likely, high].map(|rate| rate.to_string());
    assert_eq!(ratio, ["1.2", "1.2", "1.5"]);
}
