//! Rules of life-cycle rows: the order of their dates, AWS's policy, names.
//!
//! The policy is that of the AWS pages "model-lifecycle" and "model-lifecycle-legacy": for
//! models launched before 2026-09-07 six months of Legacy, and for those that end after
//! 2026-02-01 three months before Extended Access and three months in it; for models launched
//! since, six months or 45 days of Legacy and no Extended Access. Real announcements break it
//! now and then: a row that says why in its note is left alone. Imports `domain` and
//! `diagnostic` only.
//!
//! Sample: `Legacy lasts from 2026-10-10 to 2026-10-17, less than 6 months`.

use std::collections::HashMap;

use chrono::{Days, Months, NaiveDate};

use crate::diagnostic::Diagnostic;
use crate::domain::{EndOfLife, ModelId, Text};
use crate::pricing::lifecycle::LifecycleRow;
use crate::pricing::load::Tables;

pub(super) fn check(tables: &Tables, findings: &mut Vec<Diagnostic>) {
    let rows = tables.lifecycle.rows();
    for row in rows {
        order(row, findings);
        if row.note.is_none() {
            policy(row, findings);
        }
    }
    duplicates(rows, findings);
    aliases(tables, findings);
}

fn order(row: &LifecycleRow, findings: &mut Vec<Diagnostic>) {
    let steps = [
        ("launched_on", row.launched_on),
        ("legacy_from", row.legacy_from),
        ("extended_access_from", row.extended_access_from),
        ("end_of_life", row.end_of_life.and_then(EndOfLife::on)),
    ];
    let known: Vec<(&str, NaiveDate)> = steps
        .into_iter()
        .filter_map(|(name, day)| Some((name, day?)))
        .collect();
    for pair in known.windows(2) {
        let [(before, earlier), (after, later)] = pair else {
            continue;
        };
        // Extended Access must last; launch and Legacy may share a day.
        let empty = *after == "end_of_life" && *before != "launched_on" && earlier == later;
        if earlier > later || empty {
            let message = format!(
                "{after} {later} does not come after {before} {earlier}; correct the dates from the source"
            );
            findings.push(Diagnostic::error(
                "dates-out-of-order",
                &*row.place,
                message,
            ));
        }
    }
    if row.extended_access_from.is_some() && row.legacy_from.is_none() {
        let message =
            "extended_access_from stands without legacy_from; add the day Legacy began".to_owned();
        findings.push(Diagnostic::error(
            "dates-out-of-order",
            &*row.place,
            message,
        ));
    }
}

fn policy(row: &LifecycleRow, findings: &mut Vec<Diagnostic>) {
    let mut warn = |code: &'static str, what: String| {
        let message = format!(
            "{what}; check the dates, or say in a note that the announcement breaks the policy"
        );
        findings.push(Diagnostic::warning(code, &*row.place, message));
    };
    let end = row.end_of_life.and_then(EndOfLife::on);
    if let (Some(legacy), Some(end)) = (row.legacy_from, end) {
        let (shortest, words) = if row.old_policy {
            (legacy.checked_add_months(Months::new(6)), "6 months")
        } else {
            (legacy.checked_add_days(Days::new(45)), "45 days")
        };
        if shortest.is_some_and(|shortest| end < shortest) {
            warn(
                "short-legacy",
                format!("Legacy lasts from {legacy} to {end}, less than {words}"),
            );
        }
    }
    let Some(extended) = row.extended_access_from else {
        return;
    };
    if !row.old_policy {
        warn(
            "extended-access-under-new-policy",
            format!(
                "Extended Access from {extended} for a model launched since 2026-09-07, whose policy has none"
            ),
        );
        return;
    }
    let three_months = Months::new(3);
    let earliest = row
        .legacy_from
        .and_then(|legacy| legacy.checked_add_months(three_months));
    if let Some(earliest) = earliest.filter(|earliest| extended < *earliest) {
        warn(
            "early-extended-access",
            format!(
                "Extended Access begins on {extended}, sooner than 3 months after Legacy ({earliest})"
            ),
        );
    }
    let shortest = extended.checked_add_months(three_months);
    if let (Some(end), Some(shortest)) = (end, shortest)
        && end < shortest
    {
        warn(
            "short-extended-access",
            format!("Extended Access lasts from {extended} to {end}, less than 3 months"),
        );
    }
}

/// Two rows for one model, Region and Legacy date: one announcement told twice.
fn duplicates(rows: &[LifecycleRow], findings: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<(bool, &ModelId, &Text, Option<NaiveDate>), &LifecycleRow> =
        HashMap::new();
    for row in rows {
        for region in &row.regions {
            let Some(first) = seen.insert((row.user, &row.id, region, row.legacy_from), row) else {
                continue;
            };
            let message = format!(
                "repeats {} for {}, {region}, with the same Legacy date; keep the better one and write the other into its note",
                first.place, row.id,
            );
            findings.push(Diagnostic::error(
                "duplicate-lifecycle",
                &*row.place,
                message,
            ));
            break;
        }
    }
}

/// A name must lead to one model.
fn aliases(tables: &Tables, findings: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<&Text, &LifecycleRow> = HashMap::new();
    for row in tables.lifecycle.rows() {
        for alias in &row.aliases {
            let other = seen.entry(alias).or_insert(row);
            let taken = ModelId::new(alias.clone());
            let problem = if other.id != row.id {
                format!("{} at {}", other.id, other.place)
            } else if tables.lifecycle.model(&taken).is_some() && taken != row.id {
                "the model that has it as its id".to_owned()
            } else {
                continue;
            };
            let message = format!(
                "alias {alias} of {} also names {problem}; leave it with one of them",
                row.id
            );
            findings.push(Diagnostic::error("ambiguous-alias", &*row.place, message));
        }
    }
}
