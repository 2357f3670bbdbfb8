//! Disagreements of a tree of two rows, and those of the real tables.

use std::borrow::Cow;

use super::*;
use crate::pricing::load::TableFile;

const SOURCES: &str = r#"
[[source]]
id = "docs"
kind = "docs"
title = "Page"
url = "https://example.com"
retrieved_on = "2026-10-08"
[[source]]
id = "old-docs"
kind = "docs"
title = "Page"
url = "https://example.com"
retrieved_on = "2025-11-13"
[[source]]
id = "api"
kind = "api-status"
title = "Answers"
url = "https://example.com"
retrieved_on = "2026-10-27"
"#;

fn tables(conflicts: &str) -> Tables {
    let row = |legacy: &str, end: &str, conflicts: &str| {
        format!(
            "[[model]]\nid = 'acme.a'\nname = 'A'\nkind = 'text'\nregions = ['us-east-1']\n\
             legacy_from = '{legacy}'\nend_of_life = {{ on = '{end}' }}\n\
             provider_end_of_life = {{ on = '2026-11-30' }}\nconflicts = [{conflicts}]\n\
             confidence = 'high'\nsource = 'docs'\nchecked_on = '2026-10-08'\n"
        )
    };
    let text = row("2026-09-30", "2027-03-30", conflicts);
    let files = [
        ("sources.toml", SOURCES.to_owned()),
        ("lifecycle/a.toml", text),
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

/// Against what, why, and what it changes, of the only conflict.
fn only(said: &str) -> (SourceKind, String, Vec<String>) {
    let tables = tables(said);
    let found = conflicts(&tables, day("2026-11-22"));
    let [conflict] = &found[..] else {
        panic!("{found:#?}");
    };
    assert_eq!(conflict.followed, SourceKind::DocsRow);
    (
        conflict.against,
        conflict.why.clone(),
        conflict.changes.clone(),
    )
}

#[test]
fn a_status_is_counted_from_the_followed_date_to_today() {
    let (against, why, changes) =
        only("{ source = 'api', status = 'active', says = 'ACTIVE on 2026-10-27' }");
    assert_eq!(against, SourceKind::ApiStatus);
    assert_eq!(
        why,
        "docs row is trusted above API status; ACTIVE cancels no dated row"
    );
    assert_eq!(changes, ["Legacy since 2026-09-30: 53 days by 2026-11-22"]);
    let (_, _, changes) =
        only("{ source = 'api', status = 'legacy', says = 'LEGACY on 2026-10-27' }");
    assert_eq!(
        changes,
        ["past its end only from 2027-03-30, in 128 days from 2026-11-22"]
    );
}

#[test]
fn dates_are_compared_in_days() {
    let (against, why, changes) = only(
        "{ source = 'old-docs', says = 'x', legacy_from = '2026-09-29', extended_access_from = '2026-12-30', end_of_life = { not_before = '2027-04-09' } }",
    );
    assert_eq!(against, SourceKind::DocsRow);
    assert_eq!(
        why,
        "two of one kind (docs row): the later copy counts (2026-10-08 after 2025-11-13)"
    );
    assert_eq!(
        changes,
        [
            "Legacy 2026-09-29 instead of 2026-09-30: 1 day earlier",
            "Extended Access 2026-12-30, where no date is followed",
            "end of life not before 2027-04-09 instead of 2027-03-30: 10 days later",
        ]
    );
}

#[test]
fn the_stated_reason_goes_before_the_order_and_silence_is_none() {
    let (_, why, _) =
        only("{ source = 'api', status = 'active', says = 'x', because = 'the card says so too' }");
    assert_eq!(why, "the card says so too");
    let (against, why, changes) =
        only("{ source = 'old-docs', status = 'absent', says = 'no row' }");
    assert_eq!(against, SourceKind::DocsRow);
    assert!(why.starts_with("a source that is silent"), "{why}");
    assert_eq!(changes.len(), 1);
}

#[test]
fn the_providers_own_date_is_no_conflict() {
    let tables = tables("");
    assert!(conflicts(&tables, day("2026-11-22")).is_empty());
    let own = own_dates(&tables);
    assert_eq!((own.len(), own[0].days), (1, Some(-120)));
}

#[test]
fn the_real_tables_hold_the_disagreements_of_the_evidence() {
    let tables = Tables::embedded().unwrap();
    let found = conflicts(&tables, day("2026-11-22"));
    let of = |id: &str| -> Vec<&Conflict<'_>> {
        let of_model = found.iter().filter(|c| c.row.id.as_str() == id);
        of_model.collect()
    };
    let opus = of("anthropic.claude-3-opus-20240229-v1:0");
    assert_eq!(
        opus[0].changes,
        ["end of life 2026-01-30 instead of 2026-01-15: 15 days later"]
    );
    let active = found.iter().filter(|c| {
        c.row
            .conflicts
            .iter()
            .any(|s| s.status == Some(StatedStatus::Active))
            && c.row.legacy_from == Some(day("2026-09-30"))
            && c.against == SourceKind::ApiStatus
    });
    assert_eq!(active.count(), 26, "the batch of 2026-09-30");
    let sonnet = of("anthropic.claude-3-7-sonnet-20250219-v1:0");
    let again = sonnet.iter().find(|c| c.why.starts_with("announced twice"));
    assert_eq!(again.unwrap().regions, [Text::from("ap-south-1")]);
}
