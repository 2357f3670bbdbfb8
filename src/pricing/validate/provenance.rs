//! Who says so, and when somebody last looked: sources, confidence, ages. Imports `domain` and
//! `diagnostic` only.
//!
//! Sample: `12 rows were last checked more than 45 days ago, the oldest on 2026-05-27 (179 days)`.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use super::split_place;
use crate::diagnostic::Diagnostic;
use crate::domain::Text;
use crate::pricing::load::Tables;

/// Days after which a row should be looked at again.
const FRESH_DAYS: i64 = 45;

pub(super) fn check(tables: &Tables, today: Option<NaiveDate>, findings: &mut Vec<Diagnostic>) {
    sources(tables, findings);
    geographies(tables, findings);
    unsure(tables, findings);
    if let Some(today) = today {
        ages(tables, today, findings);
    }
}

fn sources(tables: &Tables, findings: &mut Vec<Diagnostic>) {
    let mut known: HashMap<&Text, &Text> = HashMap::new();
    for source in &tables.sources {
        if let Some(first) = known.insert(&source.id, &source.place) {
            let message = format!(
                "source {} is already described at {first}; give one of them another id",
                source.id
            );
            findings.push(Diagnostic::error(
                "duplicate-source",
                &*source.place,
                message,
            ));
        }
    }
    for citation in &tables.citations {
        if !known.contains_key(&citation.source) {
            let message = format!(
                "source {} is not in sources.toml; describe it there, or correct the id",
                citation.source
            );
            findings.push(Diagnostic::error(
                "unknown-source",
                &*citation.place,
                message,
            ));
        }
    }
    let cited: HashSet<&Text> = tables.citations.iter().map(|c| &c.source).collect();
    for source in &tables.sources {
        if !cited.contains(&source.id) {
            let message = format!(
                "no row cites source {}; remove it, or cite it where it was used",
                source.id
            );
            findings.push(Diagnostic::warning(
                "unused-source",
                &*source.place,
                message,
            ));
        }
    }
}

fn geographies(tables: &Tables, findings: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<&Text, &Text> = HashMap::new();
    for row in &tables.geographies {
        if let Some(first) = seen.insert(&row.prefix, &row.place) {
            let message = format!(
                "prefix {} is already described at {first}; keep one of them",
                row.prefix
            );
            findings.push(Diagnostic::error(
                "duplicate-geography",
                &*row.place,
                message,
            ));
        }
    }
}

/// What is unsure must say why: the note is what a report shows.
fn unsure(tables: &Tables, findings: &mut Vec<Diagnostic>) {
    let prices = tables.prices.rows().iter();
    let prices = prices.map(|row| (row.low_confidence, &row.note, &row.place));
    let lifecycle = tables.lifecycle.rows().iter();
    let lifecycle = lifecycle.map(|row| (row.low_confidence, &row.note, &row.place));
    let hourly = tables.hourly.iter();
    let hourly = hourly.map(|row| (row.low_confidence, &row.note, &row.place));
    let geographies = tables.geographies.iter();
    let geographies = geographies.map(|row| (row.low_confidence, &row.note, &row.place));
    let rows = prices.chain(lifecycle).chain(hourly).chain(geographies);
    for (low_confidence, note, place) in rows {
        if low_confidence && note.is_none() {
            let message = "confidence is low and no note says why; add one".to_owned();
            findings.push(Diagnostic::error(
                "low-confidence-without-note",
                &**place,
                message,
            ));
        }
    }
}

fn ages(tables: &Tables, today: NaiveDate, findings: &mut Vec<Diagnostic>) {
    let prices = tables.prices.rows().iter();
    let prices = prices.map(|row| (&row.place, row.checked_on));
    let lifecycle = tables.lifecycle.rows().iter();
    let lifecycle = lifecycle.map(|row| (&row.place, row.checked_on));
    let hourly = tables.hourly.iter().map(|row| (&row.place, row.checked_on));
    let mut stale: BTreeMap<&str, (u64, NaiveDate)> = BTreeMap::new();
    for (place, checked_on) in prices.chain(lifecycle).chain(hourly) {
        let age = today.signed_duration_since(checked_on).num_days();
        if age < 0 {
            let message = format!(
                "checked_on {checked_on} lies in the future (today is {today}); write the day on which somebody opened the source"
            );
            findings.push(Diagnostic::error("checked-in-future", &**place, message));
        } else if age > FRESH_DAYS {
            let (file, _) = split_place(place);
            let (rows, oldest) = stale.entry(file).or_insert((0, checked_on));
            *rows += 1;
            *oldest = checked_on.min(*oldest);
        }
    }
    for (file, (rows, oldest)) in stale {
        let age = today.signed_duration_since(oldest).num_days();
        let rows = match rows {
            1 => "1 row was".to_owned(),
            rows => format!("{rows} rows were"),
        };
        let message = format!(
            "{rows} last checked more than {FRESH_DAYS} days ago, the oldest on {oldest} ({age} days); open their sources, then set checked_on"
        );
        findings.push(Diagnostic::warning("stale-rows", file, message));
    }
}
