//! Rules of the statements that are not followed (`conflicts` of a life-cycle row). Imports
//! `diagnostic` and `domain` only.
//!
//! Sample: `what notice says is trusted above page (a notice above a docs row) and not followed`.

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::domain::Text;
use crate::pricing::conflicts::{SourceKind, StatedStatus, Statement};
use crate::pricing::lifecycle::LifecycleRow;
use crate::pricing::load::Tables;

pub(super) fn check(tables: &Tables, findings: &mut Vec<Diagnostic>) {
    let sources = tables.sources.iter();
    let kinds: HashMap<&Text, SourceKind> = sources.map(|row| (&row.id, row.kind)).collect();
    for row in tables.lifecycle.rows() {
        for statement in &row.conflicts {
            without_difference(row, statement, findings);
            outside_row(row, statement, findings);
            against_trust(row, statement, &kinds, findings);
        }
    }
}

/// What says the same as its row, or nothing, is no conflict.
fn without_difference(row: &LifecycleRow, statement: &Statement, findings: &mut Vec<Diagnostic>) {
    let dates = [
        (statement.launched_on, row.launched_on),
        (statement.legacy_from, row.legacy_from),
        (statement.extended_access_from, row.extended_access_from),
    ];
    let differs = statement.status.is_some()
        || dates
            .iter()
            .any(|(said, kept)| said.is_some() && said != kept)
        || (statement.end_of_life.is_some() && statement.end_of_life != row.end_of_life);
    if !differs {
        let message = format!(
            "what {} says does not differ from the row; give the status or the date that does, or cite it in also",
            statement.source
        );
        findings.push(Diagnostic::error("empty-conflict", &*row.place, message));
    }
}

fn outside_row(row: &LifecycleRow, statement: &Statement, findings: &mut Vec<Diagnostic>) {
    let covers = |region: &Text| row.regions.iter().any(|own| own == region || &**own == "*");
    if let Some(region) = statement.regions.iter().find(|region| !covers(region)) {
        let message = format!(
            "what {} says is about {region}, which the row does not name; write it into the row of that Region",
            statement.source
        );
        findings.push(Diagnostic::error(
            "conflict-outside-row",
            &*row.place,
            message,
        ));
    }
}

/// The more trusted source must be followed, or the row must say why not. Silence is no
/// statement.
fn against_trust(
    row: &LifecycleRow,
    statement: &Statement,
    kinds: &HashMap<&Text, SourceKind>,
    findings: &mut Vec<Diagnostic>,
) {
    let absent = statement.status == Some(StatedStatus::Absent);
    // A source that is not described is an error of its own.
    let (Some(followed), Some(said)) = (kinds.get(&row.source), kinds.get(&statement.source))
    else {
        return;
    };
    let against = statement.kind(*said);
    if against < *followed && !absent && statement.because.is_none() {
        let message = format!(
            "what {} says ({}) is trusted above {} ({}) and not followed; take its dates, or say why not in because",
            statement.source,
            against.in_words(),
            row.source,
            followed.in_words(),
        );
        findings.push(Diagnostic::error(
            "conflict-against-trust",
            &*row.place,
            message,
        ));
    }
}
