//! Small frozen tables for tests: real figures of 2026-07-24, which no change of the real tree
//! touches. Imports `domain` only.

use std::borrow::Cow;

use super::charge::{Charge, Charges, charge_usage};
use super::load::{TableFile, Tables};
use super::pricer::PriceAssumptions;
use crate::diagnostic::Diagnostic;
use crate::domain::{
    EndpointScope, Granularity, ModelId, RequestMetadata, ServiceTier, Source, TokenCounts,
    UsageRow, Usd,
};

pub(super) const SONNET_4_5: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";
pub(super) const SONNET_3_5_V2: &str = "anthropic.claude-3-5-sonnet-20241022-v2:0";
pub(super) const OPUS_4_1: &str = "anthropic.claude-opus-4-1-20250805-v1:0";
pub(super) const LLAMA: &str = "meta.llama3-3-70b-instruct-v1:0";
pub(super) const LUNA: &str = "openai.gpt-5.6-luna";
pub(super) const CANVAS: &str = "amazon.nova-canvas-v1:0";

/// What all rows of these tables end with.
const CITED: &str = "confidence = \"high\"\nsource = \"page\"\nchecked_on = \"2026-07-24\"\n";

/// Model, scope, Regions, tier and further lines.
const PRICES: &[(&str, &str, &str, &str, &str)] = &[
    (
        SONNET_4_5,
        "in-region",
        "*",
        "standard",
        "input = '3.30'\noutput = '16.50'\ncache_read = '0.33'\ncache_write_5m = '4.125'\ncache_write_1h = '6.60'",
    ),
    (
        SONNET_4_5,
        "global",
        "*",
        "standard",
        "input = '3.00'\noutput = '15.00'\ncache_read = '0.30'\ncache_write_5m = '3.75'\ncache_write_1h = '6.00'",
    ),
    (
        SONNET_4_5,
        "global",
        "*",
        "standard",
        "prompt_above = 200000\ninput = '6.00'\noutput = '22.50'",
    ),
    (
        SONNET_4_5,
        "in-region",
        "*",
        "batch",
        "input = '1.65'\noutput = '8.25'",
    ),
    (
        SONNET_4_5,
        "in-region",
        "us-gov-west-1",
        "standard",
        "input = '3.60'\noutput = '18.00'",
    ),
    (
        SONNET_3_5_V2,
        "in-region",
        "*",
        "standard",
        "input = '3.00'\noutput = '15.00'\ncache_read = '0.30'\ncache_write_5m = '3.75'",
    ),
    (
        SONNET_3_5_V2,
        "in-region",
        "us-east-1",
        "standard",
        "phase = 'extended-access'\ninput = '6.00'\noutput = '30.00'\ncache_read = '0.60'\ncache_write_5m = '7.50'",
    ),
    (
        SONNET_3_5_V2,
        "in-region",
        "*",
        "batch",
        "input = '1.50'\noutput = '7.50'",
    ),
    (
        SONNET_3_5_V2,
        "in-region",
        "us-east-1",
        "batch",
        "phase = 'extended-access'\ninput = '3.00'\noutput = '15.00'",
    ),
    // A published row that leaves the cache out, as for the first Claude 3.5 Sonnet.
    (
        SONNET_3_5_V2,
        "geo",
        "*",
        "standard",
        "input = '3.00'\noutput = '15.00'\ncache_read = '0.30'",
    ),
    (
        SONNET_3_5_V2,
        "geo",
        "us-east-1",
        "standard",
        "phase = 'extended-access'\ninput = '6.00'\noutput = '30.00'",
    ),
    (
        OPUS_4_1,
        "in-region",
        "*",
        "standard",
        "input = '15.00'\noutput = '75.00'\ncache_read = '1.50'\ncache_write_5m = '18.75'\ncache_write_1h = '30.00'",
    ),
    (
        LLAMA,
        "in-region",
        "*",
        "standard",
        "input = '0.72'\noutput = '0.72'",
    ),
    (
        LLAMA,
        "in-region",
        "eu-north-1",
        "standard",
        "input = '0.90'\noutput = '0.90'",
    ),
    (
        LUNA,
        "global",
        "*",
        "standard",
        "effective_from = '2026-06-01'\ninput = '1.00'\noutput = '8.00'\ncache_write_30m = '1.25'",
    ),
    (
        LUNA,
        "global",
        "*",
        "standard",
        "effective_from = '2026-07-30'\ninput = '0.80'\noutput = '6.40'\ncache_write_30m = '1.00'",
    ),
    (
        CANVAS,
        "in-region",
        "us-east-1",
        "standard",
        "unit = '1 Image'\nimage = '0.06'\nconfidence = 'low'\nnote = 'one second-hand source'",
    ),
];

/// Id, Regions and further lines.
const LIFECYCLE: &[(&str, &str, &str)] = &[
    (
        SONNET_4_5,
        "'*'",
        "launched_on = '2025-09-29'\nlegacy_from = '2026-10-08'\nextended_access_from = '2027-01-08'\nend_of_life = { on = '2027-04-08' }\naliases = ['anthropic.claude-sonnet-4-5']",
    ),
    (
        SONNET_4_5,
        "'us-gov-west-1'",
        "end_of_life = { not_before = '2026-09-29' }",
    ),
    (
        SONNET_3_5_V2,
        "'us-east-1', 'us-west-2'",
        "legacy_from = '2025-08-25'\nextended_access_from = '2025-12-01'\nend_of_life = { on = '2026-03-01' }",
    ),
    (
        SONNET_3_5_V2,
        "'ap-south-1'",
        "legacy_from = '2025-01-21'\nend_of_life = { on = '2025-07-21' }",
    ),
    (
        SONNET_3_5_V2,
        "'ap-south-1'",
        "legacy_from = '2026-01-30'\nend_of_life = { on = '2026-07-30' }",
    ),
    (
        OPUS_4_1,
        "'us-east-1'",
        "legacy_from = '2026-06-05'\nextended_access_from = '2026-10-08'\nend_of_life = { on = '2027-01-08' }",
    ),
    (
        LLAMA,
        "'*'",
        "legacy_from = '2026-09-30'\nend_of_life = { on = '2027-03-30' }",
    ),
    (LUNA, "'*'", "policy = '2026-09-07'"),
    (CANVAS, "'*'", ""),
];

/// The frozen tables.
pub(super) fn tables() -> Tables {
    let mut prices = String::new();
    for (model, scope, region, tier, lines) in PRICES {
        prices.push_str(&format!(
            "[[price]]\nmodel = '{model}'\nscope = '{scope}'\nregions = ['{region}']\ntier = '{tier}'\n{lines}\n"
        ));
        for (key, line) in [
            ("phase =", "phase = 'normal'\n"),
            ("unit =", "unit = '1000000 Tokens'\n"),
            ("confidence =", CITED),
        ] {
            if !lines.contains(key) {
                prices.push_str(line);
            }
        }
        if lines.contains("confidence =") {
            prices.push_str("source = 'page'\nchecked_on = '2026-07-24'\n");
        }
    }
    let mut lifecycle = String::new();
    for (id, regions, lines) in LIFECYCLE {
        lifecycle.push_str(&format!(
            "[[model]]\nid = '{id}'\nname = '{id}'\nkind = 'text'\nregions = [{regions}]\n{lines}\n{CITED}"
        ));
    }
    let sources = "[[source]]\nid = 'page'\ntitle = 'Pricing page'\nurl = 'https://aws.amazon.com/bedrock/pricing/'\nretrieved_on = '2026-07-24'\n";
    tables_of([
        ("prices/all.toml", prices),
        ("lifecycle/all.toml", lifecycle),
        ("sources.toml", sources.to_owned()),
        ("geographies.toml", String::new()),
    ])
}

/// Tables of given files.
pub(super) fn tables_of<const N: usize>(files: [(&str, String); N]) -> Tables {
    let files = files.map(|(name, text)| TableFile {
        name: name.to_owned(),
        text: Cow::Owned(text),
    });
    Tables::from_files("pricing", files.into()).unwrap()
}

/// A usage row at noon of a day.
pub(super) fn usage(model: &str, region: &str, day: &str, counts: TokenCounts) -> UsageRow {
    UsageRow {
        hour: format!("{day}T12:00:00Z").parse().unwrap(),
        granularity: Granularity::Hour,
        account_id: "111122223333".into(),
        region: region.into(),
        model_id: ModelId::new(model),
        endpoint_scope: Some(EndpointScope::InRegion),
        geo: None,
        service_tier: ServiceTier::Standard,
        prompt_band: Some(0),
        inference_profile: None,
        principal: None,
        metadata: RequestMetadata::default(),
        workload: Some("checkout".into()),
        counts,
        source: Source::Files,
    }
}

/// Counts of one request: input and output tokens.
pub(super) fn tokens(input: u64, output: u64) -> TokenCounts {
    TokenCounts {
        requests: 1,
        input_tokens: Some(input),
        output_tokens: Some(output),
        ..TokenCounts::default()
    }
}

pub(super) fn charged(rows: &[UsageRow]) -> Charges {
    charged_with(rows, &PriceAssumptions::default())
}

pub(super) fn charged_with(rows: &[UsageRow], assumptions: &PriceAssumptions) -> Charges {
    charge_usage(rows, &tables().pricer(assumptions)).unwrap()
}

/// Meter, list cost (`-` when unpriced) and basis of every charge.
pub(super) fn lines(charges: &Charges) -> Vec<String> {
    let cost = |charge: &Charge| charge.list_cost.map_or("-".to_owned(), |c| c.to_string());
    let line = |charge: &Charge| {
        format!(
            "{} {} {}",
            charge.sku_meter,
            cost(charge),
            charge.price_basis
        )
    };
    charges.charges.iter().map(line).collect()
}

pub(super) fn finding<'a>(charges: &'a Charges, code: &str) -> &'a Diagnostic {
    let found = charges.findings.iter().find(|finding| finding.code == code);
    found.unwrap_or_else(|| panic!("no {code} in {:#?}", charges.findings))
}

pub(super) fn codes(charges: &Charges) -> Vec<&str> {
    charges
        .findings
        .iter()
        .map(|finding| &*finding.code)
        .collect()
}

pub(super) fn amount(cost: Option<Usd>) -> String {
    cost.map_or("-".to_owned(), |cost| cost.to_string())
}
