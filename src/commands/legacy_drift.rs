//! What AWS itself takes for Legacy, against the tables.
//!
//! CloudWatch counts `LegacyModelInvocations` by model: where it counts a model on a day on
//! which the tables have it Active, one of the two is wrong, and the dates of the report with
//! it. Sample: `warning[legacy-drift]: amazon.nova-lite-v1:0, us-east-1: AWS counts ...`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::diagnostic::Diagnostic;
use crate::domain::{LifecyclePhase, ModelId, ModelNaming, count_in_words};
use crate::pricing::Tables;
use crate::usage::DaySignalsOf;

/// Days and calls of one model and Region.
#[derive(Default)]
struct Drift {
    days: BTreeSet<NaiveDate>,
    invocations: u64,
}

/// Models of the tables that AWS calls Legacy before the tables do, on days before `to`.
pub(super) fn legacy_drift(
    signals: &[DaySignalsOf],
    tables: &Tables,
    naming: &ModelNaming,
    to: NaiveDate,
) -> Vec<Diagnostic> {
    let mut drifts: BTreeMap<(ModelId, &str), Drift> = BTreeMap::new();
    for day in signals.iter().filter(|day| day.day < to) {
        let counted = day.signals.legacy_invocations.iter();
        for (name, invocations) in counted.filter(|(_, count)| **count > 0) {
            let model_id = naming.resolve(name).model_id;
            let phase = tables.lifecycle.phase(&model_id, &day.region, day.day);
            if phase == LifecyclePhase::Active {
                let drift = drifts.entry((model_id, &day.region)).or_default();
                drift.days.insert(day.day);
                drift.invocations = drift.invocations.saturating_add(*invocations);
            }
        }
    }
    drifts
        .into_iter()
        .filter_map(|((model_id, region), drift)| drift.finding(&model_id, region))
        .collect()
}

impl Drift {
    fn finding(&self, model_id: &ModelId, region: &str) -> Option<Diagnostic> {
        let when = match (self.days.first()?, self.days.last()?) {
            (first, last) if first == last => format!("on {first}"),
            (first, last) => format!("from {first} to {last}"),
        };
        let message = format!(
            "AWS counts {} calls as calls of a Legacy model {when}, and the tables have it Active: look for a notice, and give its dates with --rows",
            count_in_words(self.invocations)
        );
        Some(Diagnostic::warning(
            "legacy-drift",
            format!("{model_id}, {region}"),
            message,
        ))
    }
}
