//! Rows that stand in two inputs, found without a second copy of the usage: it is the greatest
//! thing in memory.
//!
//! Imports `domain` and `diagnostic` only. Sample: a table given twice counts once.

use chrono::{DateTime, Utc};

use super::CombineError;
use crate::diagnostic::Diagnostic;
use crate::domain::{
    EndpointScope, Granularity, ModelId, RequestMetadata, ServiceTier, Source, Text, UsageRow,
};

/// One input repeats no row of another: it only has to be in order, which most come in.
pub(super) fn sorted(mut rows: Vec<UsageRow>) -> Vec<UsageRow> {
    let in_order =
        |a: &UsageRow, b: &UsageRow| key(a).cmp(&key(b)).then_with(|| a.counts.cmp(&b.counts));
    if !rows.is_sorted_by(|a, b| in_order(a, b).is_le()) {
        rows.sort_unstable_by(in_order);
    }
    rows
}

/// A row that stands in two inputs counts once if its counts agree; a preferred input wins.
pub(super) fn drop_repetitions(
    mut rows: Vec<(UsageRow, usize, bool)>,
    inputs: &[String],
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<UsageRow>, Box<CombineError>> {
    // Preferred rows first within a key, so that they are the ones to stay.
    rows.sort_unstable_by(|(a, a_at, a_wins), (b, b_at, b_wins)| {
        key(a)
            .cmp(&key(b))
            .then_with(|| b_wins.cmp(a_wins))
            .then_with(|| a.counts.cmp(&b.counts))
            .then_with(|| a_at.cmp(b_at))
    });
    let mut repeated = 0u64;
    let mut contradiction = None;
    rows.dedup_by(|(row, at, wins), (last, last_at, last_wins)| {
        if at == last_at || key(row) != key(last) {
            return false;
        }
        if last.counts != row.counts && (!*last_wins || *wins) && contradiction.is_none() {
            contradiction = Some(two_counts(row, [&inputs[*last_at], &inputs[*at]]));
        }
        repeated += 1;
        true
    });
    if let Some(contradiction) = contradiction {
        return Err(Box::new(contradiction));
    }
    if repeated > 0 {
        let message = format!("{repeated} usage rows stand in more than one input and count once");
        findings.push(Diagnostic::info("repeated-usage", "usage", message));
    }
    Ok(rows.into_iter().map(|(row, _, _)| row).collect())
}

fn two_counts(row: &UsageRow, mut inputs: [&String; 2]) -> CombineError {
    inputs.sort();
    let [first, second] = inputs;
    CombineError::TwoCounts {
        account_id: row.account_id.clone(),
        region: row.region.clone(),
        hour: row.hour.format("%Y-%m-%dT%H:%MZ").to_string(),
        model: row.model_id.to_string(),
        first: first.clone(),
        second: second.clone(),
    }
}

/// A row without its counts.
fn key(row: &UsageRow) -> UsageKey<'_> {
    (
        (
            row.hour,
            row.granularity,
            &row.account_id,
            &row.region,
            &row.model_id,
        ),
        (
            row.endpoint_scope,
            &row.geo,
            row.service_tier,
            row.prompt_band,
        ),
        (
            &row.inference_profile,
            &row.principal,
            &row.metadata,
            &row.workload,
            row.source,
        ),
    )
}

type UsageKey<'a> = (
    (DateTime<Utc>, Granularity, &'a Text, &'a Text, &'a ModelId),
    (
        Option<EndpointScope>,
        &'a Option<Text>,
        ServiceTier,
        Option<u64>,
    ),
    (
        &'a Option<Text>,
        &'a Option<Text>,
        &'a RequestMetadata,
        &'a Option<Text>,
        Source,
    ),
);
