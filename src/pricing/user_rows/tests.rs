//! The user's rows over the frozen tables.

use super::*;
use crate::domain::{EndpointScope, LifecyclePhase, ModelId, PriceBasis, ServiceTier, SkuMeter};
use crate::pricing::frozen::{OPUS_4_1, SONNET_4_5, tables};
use crate::pricing::price_table::PriceQuery;
use crate::pricing::pricer::{Price, PriceAssumptions};

const CITED: &str = "confidence = 'high'\nsource = 'page'\nchecked_on = '2026-07-24'\n";

fn price_row(model: &str, lines: &str) -> String {
    format!(
        "[[price]]\nmodel = '{model}'\nscope = 'in-region'\nregions = ['us-east-1']\ntier = 'standard'\nunit = '1000000 Tokens'\n{lines}\n{CITED}"
    )
}

fn files(text: String) -> Vec<UserFile> {
    vec![UserFile {
        name: "mine.toml".to_owned(),
        text,
    }]
}

fn with(text: String) -> Tables {
    tables().with_user_rows(&files(text)).unwrap().0
}

fn price(tables: &Tables, model: &str, meter: SkuMeter, day: &str) -> Option<Price> {
    let assumptions = PriceAssumptions::default();
    let query = PriceQuery {
        model: &ModelId::new(model),
        scope: EndpointScope::InRegion,
        region: "us-east-1",
        tier: ServiceTier::Standard,
        prompt_band: Some(0),
        meter,
        date: day.parse().unwrap(),
    };
    tables.pricer(&assumptions).price(&query).unwrap()
}

fn shown(price: Option<Price>) -> String {
    price.map_or_else(String::new, |price| {
        format!("{} {}", price.unit_price, price.basis)
    })
}

#[test]
fn a_price_of_the_users_own_stands_before_the_listed_one_from_its_day_on() {
    let lines = "phase = 'normal'\neffective_from = '2026-08-01'\ninput = '2.97'\noutput = '14.85'";
    let own = with(price_row(SONNET_4_5, lines));
    let input = |day| shown(price(&own, SONNET_4_5, SkuMeter::Input, day));
    assert_eq!(input("2026-07-31"), "3.3 listed");
    assert_eq!(input("2026-08-01"), "2.97 user");
    // The row replaces the whole row of its key: it has no cache price.
    let cache = |day| shown(price(&own, SONNET_4_5, SkuMeter::CacheRead, day));
    assert_eq!(cache("2026-07-31"), "0.33 listed");
    assert_eq!(cache("2026-08-01"), "");
}

#[test]
fn an_extended_access_price_of_the_users_own_beats_the_assumed_one() {
    let normal = price(&tables(), OPUS_4_1, SkuMeter::Input, "2026-10-08").unwrap();
    assert_eq!(normal.basis, PriceBasis::Assumed);
    let lines = "phase = 'extended-access'\ninput = '28.50'\noutput = '142.50'";
    let own = with(price_row(OPUS_4_1, lines));
    let input = |day| shown(price(&own, OPUS_4_1, SkuMeter::Input, day));
    assert_eq!(input("2026-10-07"), "15 listed");
    assert_eq!(input("2026-10-08"), "28.5 user");
}

#[test]
fn a_lifecycle_row_replaces_all_announcements_of_its_regions() {
    let own = with(format!(
        "[[model]]\nid = '{SONNET_4_5}'\nname = 'Sonnet'\nkind = 'text'\nregions = ['us-east-1']\nlegacy_from = '2026-09-01'\nend_of_life = {{ on = '2027-03-01' }}\n{CITED}"
    ));
    let model = ModelId::new(SONNET_4_5);
    let phase = |region: &str, day: &str| own.lifecycle.phase(&model, region, day.parse().unwrap());
    assert_eq!(phase("us-east-1", "2026-08-31"), LifecyclePhase::Active);
    assert_eq!(phase("us-east-1", "2026-10-07"), LifecyclePhase::Legacy);
    assert_eq!(phase("us-west-2", "2026-10-07"), LifecyclePhase::Active);
}

#[test]
fn the_rows_change_the_hash_and_are_named() {
    let lines = "phase = 'normal'\ninput = '2.97'\noutput = '14.85'";
    let row = price_row(SONNET_4_5, lines);
    let (own, taken) = tables().with_user_rows(&files(row.clone())).unwrap();
    assert_ne!(own.hash, tables().hash);
    assert_eq!(own.hash, with(row.clone()).hash);
    assert_ne!(own.hash, with(row.replace("2.97", "2.96")).hash);
    assert_eq!(
        taken[0].finding().to_string(),
        "info[user-rows]: mine.toml: 1 price row and 0 life-cycle rows of your own stand before those of the tables"
    );
    assert_eq!(validate_user_rows(&own, &taken), []);
}

#[test]
fn wrong_rows_are_named_by_file_and_line() {
    let lines = "phase = 'normal'\ninput = '0.00'";
    let text = price_row(SONNET_4_5, lines).replace("'page'", "'nowhere'");
    let (own, taken) = tables().with_user_rows(&files(text.clone())).unwrap();
    let codes: Vec<_> = validate_user_rows(&own, &taken)
        .into_iter()
        .map(|finding| (finding.code, finding.subject))
        .collect();
    assert!(codes.contains(&("price-not-positive".into(), "mine.toml:1".to_owned())));
    assert!(codes.contains(&("unknown-source".into(), "mine.toml:1".to_owned())));
    let error = tables().with_user_rows(&files(text.replace("tier", "teir")));
    assert!(
        error
            .unwrap_err()
            .to_string()
            .starts_with("mine.toml:5: unknown field `teir`")
    );
}
