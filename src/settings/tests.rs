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
effort = "20000"

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
models = ["anthropic.claude-*"]
regions = ["us-*"]
double_running_weeks = 2
successor = "anthropic.claude-sonnet-5"
token_ratio = { likely = "1.1" }
effort = "15000.50"

[[launch]]
workload = "voice"
model = "us.anthropic.claude-sonnet-5"
region = "us-east-1"
account = "111122223333"
from = "2027-01-15"
to = "2027-09-01"
ramp_weeks = 4
requests_per_day = 1000
input_tokens_per_day = 5000000
output_tokens_per_day = 400000
cache_read_tokens_per_day = 1
cache_write_5m_tokens_per_day = 2
cache_write_1h_tokens_per_day = 3

[[launch]]
workload = "checkout-*"
from = "2027-02-01"
percent = "40"

[[growth]]
workload = "checkout-*"
percent_per_month = "2.5"
from = "2027-01-01"
to = "2027-07-01"

[[migration]]
workload = "checkout-*"
model = "anthropic.claude-sonnet-4-5*"
successor = "anthropic.claude-sonnet-5"
from = "2026-12-01"
percent_per_month = "25"

[[price_change]]
model = "anthropic.*"
from = "2027-01-01"
discount = "0.15"

[embedding.stored_tokens]
"product-search" = 40000000000

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
    let wave = &settings.scenarios[0];
    assert_eq!((wave.ramp_weeks, wave.double_running_weeks), (4, 2));
    assert_eq!(wave.effort.unwrap().to_string(), "15000.5");
    assert_eq!(wave.token_ratio.unwrap().high.to_string(), "1.1");
    assert_eq!(settings.plans[0].effort.unwrap().to_string(), "20000");
    let events = &settings.events;
    assert_eq!(events.growths[0].factor.to_string(), "1.025");
    assert_eq!(events.launches.len(), 2);
    assert_eq!(events.moves[0].share_per_month.to_string(), "0.25");
    assert_eq!(events.price_changes[0].remainder.to_string(), "0.85");
    assert_eq!(settings.stored_tokens["product-search"], 40_000_000_000);
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
        ("[[scenario]]\nmigrate_on = \"2026-12-15\"\n", 1, "name"),
        ("\n[[scenario]]\nname = \"stay\"\n", 2, "is built in"),
        (
            "[[scenario]]\nname = \"x\"\nmigrate_on = \"2026-12-32\"\n",
            3,
            "YYYY-MM-DD",
        ),
        (
            "[[scenario]]\nname = \"x\"\nmigrate_on = 2026-12-15\n",
            3,
            "a date in quotes",
        ),
        ("[[scenario]]\nname = \"x\"\nramp = 4\n", 3, "ramp_weeks"),
        (
            "[[scenario]]\nname = \"x\"\nramp_weeks = 600\n",
            1,
            "ten years",
        ),
        (
            "[[scenario]]\nname = \"x\"\neffort = \"-5\"\n",
            3,
            "no amount",
        ),
        ("[[scenario]]\nname = \"x\"\neffort = 5\n", 3, "in quotes"),
        (
            "[[scenario]]\nname = \"x\"\n[[scenario]]\nname = \" \"\n",
            3,
            "without a name",
        ),
        (
            "[[growth]]\nworkload = \"x\"\n",
            1,
            "either percent_per_month",
        ),
        (
            "[[growth]]\npercent_per_month = \"-100\"\n",
            2,
            "above -100",
        ),
        (
            "[[growth]]\npercent_per_year = \"3\"\nfrom = \"2027-01-01\"\nto = \"2027-01-01\"\n",
            1,
            "not after 2027-01-01",
        ),
        (
            "[[launch]]\nworkload = \"x\"\nfrom = \"2027-01-01\"\n",
            1,
            "either percent",
        ),
        (
            "[[launch]]\nworkload = \"x\"\nfrom = \"2027-01-01\"\npercent = \"-5\"\n",
            1,
            "[[growth]]",
        ),
        (
            "[[launch]]\nworkload = \"x\"\nfrom = \"2027-01-01\"\ninput_tokens_per_day = 5\n",
            1,
            "needs region",
        ),
        (
            "[[launch]]\nworkload = \"x*\"\nfrom = \"2027-01-01\"\nrequests_per_day = 5\n",
            1,
            "without *",
        ),
        (
            "[[migration]]\nsuccessor = \"x\"\nfrom = \"2027-01-01\"\npercent_per_month = \"0\"\n",
            1,
            "above 0",
        ),
        (
            "[[price_change]]\nfrom = \"2027-01-01\"\ndiscount = \"15\"\n",
            3,
            "from 0 to 1",
        ),
        ("[embedding.stored_tokens]\nx = \"many\"\n", 2, "u64"),
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

#[test]
fn typed_scenarios_replace_those_of_their_name() {
    let mut settings = Settings::parse(CONTRACT, "eolcast.toml").unwrap();
    let typed = [
        "name=two-waves,migrate-on=2027-01-01,workloads=a-*,workloads=b,token-ratio=0.9/1/1.3",
        "name=other,effort=5",
    ];
    settings.add_scenarios(&typed.map(str::to_owned)).unwrap();
    let names: Vec<&str> = settings.scenarios.iter().map(|wave| &*wave.name).collect();
    assert_eq!(names, ["two-waves", "other"]);
    let wave = &settings.scenarios[0];
    assert_eq!(wave.ramp_weeks, 0);
    assert_eq!(wave.selection.workloads.len(), 2);
    assert_eq!(wave.token_ratio.unwrap().high.to_string(), "1.3");
}

#[test]
fn a_typed_scenario_that_is_none_is_quoted() {
    for (text, part) in [
        ("", "without a name"),
        ("two-waves", "no key=value"),
        ("name=x,when=now", "the keys are"),
        ("name=x,migrat-on=now", "no key 'migrat-on'"),
        ("name=x,migrate-on=tomorrow", "YYYY-MM-DD"),
        ("name=x,ramp-weeks=two", "no number of weeks"),
        ("name=x,token-ratio=1/2", "low/likely/high"),
        ("name=x,token-ratio=2/1/3", "low <= likely <= high"),
        ("name=migrate-now", "is built in"),
    ] {
        let mut settings = Settings::default();
        let error = settings.add_scenarios(&[text.to_owned()]).unwrap_err();
        let message = error.to_string();
        assert!(
            message.starts_with(&format!("--scenario \"{text}\": ")),
            "{message}"
        );
        assert!(message.contains(part), "{message} should contain {part}");
    }
}
