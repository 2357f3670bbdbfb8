//! The API against a tree of one row: Legacy 2026-09-30, end 2027-03-30, by a docs page.

use std::borrow::Cow;

use super::*;
use crate::domain::CatalogModel;
use crate::pricing::load::TableFile;

const SOURCES: &str = "[[source]]\nid = 'docs'\nkind = 'docs'\ntitle = 'Page'\nurl = 'https://example.com'\nretrieved_on = '2026-10-08'\n";

fn tables(end: &str) -> Tables {
    let row = format!(
        "[[model]]\nid = 'acme.a-v1:0'\nname = 'A'\nkind = 'text'\nregions = ['us-east-1', 'us-west-2']\n\
         legacy_from = '2026-09-30'\nend_of_life = {end}\n\
         confidence = 'high'\nsource = 'docs'\nchecked_on = '2026-10-08'\n"
    );
    let files = [
        ("sources.toml", SOURCES.to_owned()),
        ("lifecycle/a.toml", row),
    ];
    let files = files.into_iter().map(|(name, text)| TableFile {
        name: name.to_owned(),
        text: Cow::Owned(text),
    });
    Tables::from_files("pricing", files.collect()).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn catalog(region: &str, model: &str, status: &str, legacy: &str, end: &str) -> Catalog {
    let moment = |text: &str| text.parse().ok();
    Catalog {
        account_id: "111122223333".to_owned(),
        region: region.to_owned(),
        fetched_at: "2026-11-20T10:00:00Z".parse().unwrap(),
        models: vec![CatalogModel {
            model_id: model.to_owned(),
            name: None,
            provider: None,
            output_modalities: Vec::new(),
            inference_types: Vec::new(),
            lifecycle: Some(CatalogLifecycle {
                status: status.to_owned(),
                start_of_life: None,
                legacy_from: moment(legacy),
                extended_access_from: None,
                end_of_life: moment(end),
            }),
        }],
        profiles: Vec::new(),
        provisioned: Vec::new(),
        logging: None,
    }
}

fn changes(status: &str, legacy: &str, end: &str) -> Vec<String> {
    let tables = tables("{ on = '2027-03-30' }");
    let catalogs = [catalog("us-east-1", "acme.a-v1:0", status, legacy, end)];
    let found = drifts(&tables, &tables.naming(), &catalogs, day("2026-11-22"));
    found.into_iter().flat_map(|drift| drift.changes).collect()
}

#[test]
fn agreement_and_silence_are_no_drift() {
    assert!(changes("LEGACY", "", "").is_empty());
    assert!(changes("LEGACY", "2026-09-30T00:00:00Z", "2027-03-30T00:00:00Z").is_empty());
    // The same day, at noon.
    assert!(changes("LEGACY", "2026-09-30T12:00:00Z", "").is_empty());
}

#[test]
fn active_against_a_legacy_row_is_counted_to_today() {
    // 2026-09-30 to 2026-11-22: 31 + 22 days.
    let expected = ["Legacy since 2026-09-30: 53 days by 2026-11-22"];
    assert_eq!(changes("ACTIVE", "", ""), expected);
}

#[test]
fn dates_are_compared_in_days_and_shown_with_their_hour() {
    let found = changes("LEGACY", "2026-10-01T11:45:00Z", "2027-03-20T00:00:00Z");
    let expected = [
        "Legacy 2026-10-01 11:45 UTC instead of 2026-09-30: 1 day later",
        "end of life 2027-03-20 instead of 2027-03-30: 10 days earlier",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_date_where_the_table_has_a_floor_only_is_drift() {
    let tables = tables("{ not_before = '2027-03-30' }");
    let end = "2027-05-30T00:00:00Z";
    let catalogs = [catalog("us-east-1", "acme.a-v1:0", "LEGACY", "", end)];
    let found = drifts(&tables, &tables.naming(), &catalogs, day("2026-11-22"));
    let expected = ["end of life 2027-05-30 instead of not before 2027-03-30: 61 days later"];
    assert_eq!(found[0].changes, expected);
}

#[test]
fn regions_that_say_the_same_are_one_and_the_table_stays() {
    let tables = tables("{ on = '2027-03-30' }");
    let model = "acme.a-v1:0:200k";
    let catalogs =
        ["us-west-2", "us-east-1"].map(|region| catalog(region, model, "ACTIVE", "", ""));
    let found = drifts(&tables, &tables.naming(), &catalogs, day("2026-11-22"));
    let [drift] = &found[..] else {
        panic!("{found:#?}")
    };
    assert_eq!(drift.regions, ["us-east-1", "us-west-2"].map(Text::from));
    assert_eq!(
        drift.source,
        "catalog of account 111122223333, fetched 2026-11-20"
    );
    let conflicts = drift_conflicts(&tables, &found);
    assert_eq!(conflicts[0].against, SourceKind::ApiStatus);
    assert!(
        conflicts[0]
            .why
            .starts_with("docs row is trusted above API status")
    );
}

#[test]
fn a_model_without_a_row_is_drift_only_if_the_api_dates_it() {
    let tables = tables("{ on = '2027-03-30' }");
    let of = |status: &str, end: &str| {
        let catalogs = [catalog("us-east-1", "acme.new", status, "", end)];
        drifts(&tables, &tables.naming(), &catalogs, day("2026-11-22")).len()
    };
    assert_eq!(of("ACTIVE", ""), 0);
    assert_eq!(of("ACTIVE", "2027-01-01T00:00:00Z"), 1);
    assert_eq!(of("LEGACY", ""), 1);
}
