//! Where rows say to move: the successor must exist and must not itself be on its way out when
//! the move begins.
//!
//! The move begins with the row's own Legacy date (today's, for an active model). A successor
//! announced for retirement after that was a sound choice, and a floor is no end. Imports
//! `domain` and `diagnostic` only.
//!
//! Sample: `successor acme.beta-v1:0 is itself legacy on 2026-10-08 in us-east-1`.

use chrono::NaiveDate;

use crate::diagnostic::Diagnostic;
use crate::domain::{LifecyclePhase, ModelId};
use crate::pricing::lifecycle::LifecycleRow;
use crate::pricing::load::Tables;

pub(super) fn check(tables: &Tables, today: Option<NaiveDate>, findings: &mut Vec<Diagnostic>) {
    for row in tables.lifecycle.rows() {
        let Some(successor) = &row.successor else {
            continue;
        };
        let mut error = |code: &'static str, what: String| {
            let message = format!("{what}; name a model that stays, or none");
            findings.push(Diagnostic::error(code, &*row.place, message));
        };
        if *successor == row.id {
            error("own-successor", format!("{successor} is its own successor"));
        } else if tables.lifecycle.model(successor).is_none() {
            error(
                "unknown-successor",
                format!("successor {successor} has no life-cycle row"),
            );
        } else if let Some(start) = row.legacy_from.or(today) {
            let dying = row
                .regions
                .iter()
                .find_map(|region| Some((region, dying(tables, successor, region, start)?)));
            if let Some((region, phase)) = dying {
                let region = if &**region == "*" {
                    "all Regions"
                } else {
                    region
                };
                error(
                    "dying-successor",
                    format!("successor {successor} is itself {phase} on {start} in {region}"),
                );
            }
        }
    }
}

/// The phase of a successor that is past its active life on a day. Without a row for the
/// Region every row of the model must say so.
fn dying(
    tables: &Tables,
    successor: &ModelId,
    region: &str,
    day: NaiveDate,
) -> Option<LifecyclePhase> {
    let ending = |row: &LifecycleRow| {
        let phase = row.phase(day);
        (phase != LifecyclePhase::Active).then_some(phase)
    };
    if let Some(row) = tables.lifecycle.in_force(successor, region, day) {
        return ending(row);
    }
    let rows = tables.lifecycle.rows().iter();
    let phases: Option<Vec<LifecyclePhase>> = rows
        .filter(|row| row.id == *successor)
        .map(ending)
        .collect();
    phases?.into_iter().min()
}
