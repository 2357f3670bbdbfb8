//! What machines can check of the tables: every rule a stable code, every finding with file,
//! line and the way out.
//!
//! An error is a table that would give wrong numbers; a warning is one that somebody should
//! look at. A row that explains itself in a note turns the error of a broken rule of thumb
//! into a warning, and silences the policy rules. `today` is an argument and only asked for by
//! `check`: a closed month must replay without it. Imports `domain` and `diagnostic` only.
//!
//! | code | finds |
//! |---|---|
//! | `duplicate-source`, `unknown-source`, `unused-source`, `duplicate-geography` | citations that lead nowhere |
//! | `price-not-positive`, `price-too-fine`, `duplicate-price`, `price-without-lifecycle` | price rows that cannot be right |
//! | `batch-above-standard`, `cache-read-above-input`, `cache-write-5m-above-1h`, `geo-below-global`, `extended-access-below-normal` | prices the wrong way round |
//! | `price-outlier` | tenfold differences between Regions |
//! | `dates-out-of-order`, `duplicate-lifecycle`, `ambiguous-alias` | life-cycle rows that cannot be right |
//! | `short-legacy`, `early-extended-access`, `short-extended-access`, `extended-access-under-new-policy` | dates that AWS's policy rules out |
//! | `empty-conflict`, `conflict-outside-row`, `conflict-against-trust` | statements of other sources that cannot be right |
//! | `unknown-successor`, `own-successor`, `dying-successor` | moves that lead nowhere |
//! | `low-confidence-without-note`, `checked-in-future`, `stale-rows` | rows that nobody stands for |
//!
//! Sample: `error[duplicate-price]: pricing/prices/anthropic.toml:42: ...; give one of them its own effective_from`.

mod conflicts;
mod invariants;
mod lifecycle;
mod prices;
mod provenance;
mod successors;

use chrono::NaiveDate;

use super::load::Tables;
use crate::diagnostic::Diagnostic;
use crate::domain::Text;

/// Checks everything, in order of file and line. With `today` the ages of the rows too.
pub fn validate(tables: &Tables, today: Option<NaiveDate>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    prices::check(tables, &mut findings);
    invariants::check(tables, &mut findings);
    lifecycle::check(tables, &mut findings);
    conflicts::check(tables, &mut findings);
    successors::check(tables, today, &mut findings);
    provenance::check(tables, today, &mut findings);
    findings.sort_by_cached_key(|finding| {
        let (file, line) = split_place(&finding.subject);
        let words = (finding.code.clone(), finding.message.clone());
        (file.to_owned(), line, words)
    });
    findings.dedup();
    findings
}

/// File and line of a place; line 0 for a whole file.
fn split_place(place: &str) -> (&str, u64) {
    let parts = place.rsplit_once(':');
    parts
        .and_then(|(file, line)| Some((file, line.parse().ok()?)))
        .unwrap_or((place, 0))
}

/// A rule of thumb that real tables break now and then: an error, unless the row explains it.
fn unless_explained(
    note: Option<&Text>,
    code: &'static str,
    place: &Text,
    message: String,
) -> Diagnostic {
    if note.is_some() {
        Diagnostic::warning(code, &**place, message)
    } else {
        Diagnostic::error(code, &**place, message)
    }
}

#[cfg(test)]
mod tests;
