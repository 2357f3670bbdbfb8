//! Every rule against its broken example: a file under `tests/fixtures/errors/CODE` laid over
//! the small frozen tree of `tests/fixtures/pricing`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::diagnostic::Severity;
use crate::pricing::TableError;
use crate::pricing::load::TableFile;

/// 45 days after the frozen rows were checked, so that none of them is stale.
const TODAY: &str = "2026-09-07";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The files of a tree, by name below it.
fn files_below(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root) {
        let path = entry.unwrap().into_path();
        if path.is_file() {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            files.insert(name.replace('\\', "/"), fs::read_to_string(&path).unwrap());
        }
    }
    files
}

/// The frozen tree with a broken example laid over it.
fn tables_with(code: Option<&str>) -> Result<Tables, TableError> {
    let mut files = files_below(&fixtures().join("pricing"));
    if let Some(code) = code {
        files.extend(files_below(&fixtures().join("errors").join(code)));
    }
    let files = files.into_iter().map(|(name, text)| TableFile {
        name,
        text: Cow::Owned(text),
    });
    Tables::from_files("pricing", files.collect())
}

fn today() -> NaiveDate {
    TODAY.parse().unwrap()
}

/// Code, whether it is an error, place, and a part of the message.
const RULES: &[(&str, Severity, &str, &str)] = &[
    (
        "duplicate-source",
        Severity::Error,
        "pricing/sources.toml:7",
        "source page is already described at pricing/sources.toml:1; give one of them another id",
    ),
    (
        "unknown-source",
        Severity::Error,
        "pricing/prices/broken.toml:1",
        "source pgae is not in sources.toml; describe it there, or correct the id",
    ),
    (
        "unused-source",
        Severity::Warning,
        "pricing/sources.toml:7",
        "no row cites source blog; remove it",
    ),
    (
        "duplicate-geography",
        Severity::Error,
        "pricing/geographies.toml:8",
        "prefix us is already described at pricing/geographies.toml:1; keep one",
    ),
    (
        "price-not-positive",
        Severity::Error,
        "pricing/prices/broken.toml:1",
        "input 0.00 is not above 0; write the published price",
    ),
    (
        "price-too-fine",
        Severity::Error,
        "pricing/prices/broken.toml:1",
        "input 0.0000001 has more than 6 places",
    ),
    (
        "duplicate-price",
        Severity::Error,
        "pricing/prices/broken.toml:13",
        "the start repeats pricing/prices/broken.toml:1 for acme.beta-v1:0, in-region, batch, *; give one",
    ),
    (
        "price-without-lifecycle",
        Severity::Error,
        "pricing/prices/broken.toml:1",
        "acme.gamma-v1:0 has a price and no life-cycle row; add one under lifecycle/",
    ),
    (
        "batch-above-standard",
        Severity::Error,
        "pricing/prices/broken.toml:1",
        "batch input 2.5 is above the standard 2 of pricing/prices/acme.toml:69 in us-east-1; correct",
    ),
    (
        "cache-read-above-input",
        Severity::Error,
        "pricing/prices/broken.toml:1",
        "cache_read 10 is above input 1; correct",
    ),
    (
        "cache-write-5m-above-1h",
        Severity::Error,
        "pricing/prices/broken.toml:1",
        "cache_write_5m 4 is above cache_write_1h 2.5; correct",
    ),
    (
        "geo-below-global",
        Severity::Error,
        "pricing/prices/broken.toml:1",
        "geo input 1.8 is below the global 1.9 of pricing/prices/broken.toml:13 in us-east-1; correct",
    ),
    (
        "extended-access-below-normal",
        Severity::Error,
        "pricing/prices/broken.toml:1",
        "extended-access input 1 is below the normal 2 of pricing/prices/acme.toml:69 in all Regions",
    ),
    (
        "price-outlier",
        Severity::Warning,
        "pricing/prices/broken.toml:1",
        "output 100 for eu-central-1 is at least ten times the 10 for * (pricing/prices/acme.toml:69)",
    ),
    (
        "dates-out-of-order",
        Severity::Error,
        "pricing/lifecycle/broken.toml:1",
        "legacy_from 2026-06-05 does not come after launched_on 2026-07-01",
    ),
    (
        "duplicate-lifecycle",
        Severity::Error,
        "pricing/lifecycle/broken.toml:1",
        "repeats pricing/lifecycle/acme.toml:16 for acme.beta-v1:0, *, with the same Legacy date; keep",
    ),
    (
        "ambiguous-alias",
        Severity::Error,
        "pricing/lifecycle/broken.toml:1",
        "alias acme.alpha of acme.gamma-v1:0 also names acme.alpha-v1:0 at pricing/lifecycle/acme.toml:1",
    ),
    (
        "short-legacy",
        Severity::Warning,
        "pricing/lifecycle/broken.toml:1",
        "Legacy lasts from 2026-06-05 to 2026-12-04, less than 6 months; check",
    ),
    (
        "early-extended-access",
        Severity::Warning,
        "pricing/lifecycle/broken.toml:1",
        "Extended Access begins on 2026-09-04, sooner than 3 months after Legacy (2026-09-05)",
    ),
    (
        "short-extended-access",
        Severity::Warning,
        "pricing/lifecycle/broken.toml:1",
        "Extended Access lasts from 2026-09-06 to 2026-12-05, less than 3 months",
    ),
    (
        "extended-access-under-new-policy",
        Severity::Warning,
        "pricing/lifecycle/broken.toml:1",
        "Extended Access from 2027-04-01 for a model launched since 2026-09-07",
    ),
    (
        "empty-conflict",
        Severity::Error,
        "pricing/lifecycle/broken.toml:1",
        "what page says does not differ from the row; give",
    ),
    (
        "conflict-outside-row",
        Severity::Error,
        "pricing/lifecycle/broken.toml:1",
        "what page says is about eu-west-1, which the row does not name; write",
    ),
    (
        "conflict-against-trust",
        Severity::Error,
        "pricing/lifecycle/broken.toml:1",
        "what letter says (notice) is trusted above page (third party) and not followed; take",
    ),
    (
        "unknown-successor",
        Severity::Error,
        "pricing/lifecycle/broken.toml:1",
        "successor acme.omega-v1:0 has no life-cycle row; name a model that stays, or none",
    ),
    (
        "own-successor",
        Severity::Error,
        "pricing/lifecycle/broken.toml:1",
        "acme.gamma-v1:0 is its own successor; name",
    ),
    (
        "dying-successor",
        Severity::Error,
        "pricing/lifecycle/broken.toml:1",
        "successor acme.alpha-v1:0 is itself legacy on 2026-06-05 in all Regions; name",
    ),
    (
        "low-confidence-without-note",
        Severity::Error,
        "pricing/prices/broken.toml:1",
        "confidence is low and no note says why; add one",
    ),
    (
        "checked-in-future",
        Severity::Error,
        "pricing/prices/broken.toml:1",
        "checked_on 2026-09-08 lies in the future (today is 2026-09-07)",
    ),
    (
        "stale-rows",
        Severity::Warning,
        "pricing/prices/broken.toml",
        "1 row was last checked more than 45 days ago, the oldest on 2026-07-23 (46 days)",
    ),
];

/// What cannot be read at all, with its message.
const UNREADABLE: &[(&str, &str)] = &[
    (
        "unknown-key",
        "pricing/prices/broken.toml:8: unknown field `inptu`, expected one of",
    ),
    (
        "bare-number",
        "pricing/prices/broken.toml:8: invalid type: floating point `1.0`, expected a string; put the value in quotes",
    ),
    (
        "no-date",
        "pricing/prices/broken.toml:9: `01.10.2026` is no date; write it as \"YYYY-MM-DD\"",
    ),
    (
        "unknown-conflict-key",
        "pricing/lifecycle/broken.toml:9: unknown field `end_of_live`, expected one of",
    ),
    (
        "unknown-status",
        "pricing/lifecycle/broken.toml:9: `retired` is no status; use one of active, legacy, absent",
    ),
    (
        "wrong-unit",
        "pricing/prices/broken.toml:1: meter image is not counted in 1000000 Tokens; give it a row of its own",
    ),
];

#[test]
fn the_frozen_tree_is_clean() {
    let findings = validate(&tables_with(None).unwrap(), Some(today()));
    assert_eq!(findings, []);
}

#[test]
fn every_rule_finds_its_broken_example_and_nothing_else() {
    for (code, severity, place, message) in RULES {
        let findings = validate(&tables_with(Some(code)).unwrap(), Some(today()));
        let [finding] = &findings[..] else {
            panic!("{code}: {findings:#?}");
        };
        assert_eq!((&*finding.code, finding.severity), (*code, *severity));
        assert_eq!(finding.subject, *place, "{finding}");
        assert!(finding.message.starts_with(message), "{finding}");
        assert!(finding.message.contains("; "), "no way out: {finding}");
    }
}

#[test]
fn what_cannot_be_read_is_an_error_with_its_place() {
    for (code, message) in UNREADABLE {
        let error = tables_with(Some(code)).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn every_example_belongs_to_a_rule() {
    let rules = RULES.iter().map(|rule| rule.0);
    let known: BTreeSet<String> = rules
        .chain(UNREADABLE.iter().map(|example| example.0))
        .map(str::to_owned)
        .collect();
    let folders = fs::read_dir(fixtures().join("errors")).unwrap();
    let found: BTreeSet<String> = folders
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(known, found);
}

#[test]
fn a_note_explains_a_price_the_wrong_way_round_and_silences_the_policy() {
    let with_note = |code: &str, name: &str| {
        let path = fixtures().join("errors").join(code).join(name);
        let text = fs::read_to_string(path).unwrap();
        let text = text.replace("confidence =", "note = \"so it stands\"\nconfidence =");
        let mut files = files_below(&fixtures().join("pricing"));
        files.insert(name.to_owned(), text);
        let files = files.into_iter().map(|(name, text)| TableFile {
            name,
            text: Cow::Owned(text),
        });
        let tables = Tables::from_files("pricing", files.collect()).unwrap();
        let findings = validate(&tables, Some(today()));
        findings.iter().map(|f| f.severity).collect::<Vec<_>>()
    };
    let batch = with_note("batch-above-standard", "prices/broken.toml");
    assert_eq!(batch, [Severity::Warning]);
    assert_eq!(with_note("short-legacy", "lifecycle/broken.toml"), []);
}

#[test]
fn ages_are_looked_at_only_with_a_today() {
    for code in ["checked-in-future", "stale-rows"] {
        assert_eq!(validate(&tables_with(Some(code)).unwrap(), None), []);
    }
    // On the 45th day rows are still fresh, on the 46th they are not.
    let frozen = tables_with(None).unwrap();
    let next = crate::domain::next_day(today());
    assert_eq!(validate(&frozen, Some(today())).len(), 0);
    assert_eq!(validate(&frozen, Some(next)).len(), 2);
}

#[test]
fn the_real_tables_have_no_error() {
    let findings = validate(&Tables::embedded().unwrap(), None);
    let errors: Vec<String> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}
