//! Service tiers of logs that do not know them, from metrics that do.
//!
//! The tier that served a call decides its price, and a log record has it at best in a body.
//! Where all logs of a model and day say `standard` and the metrics do not, each log row is
//! split so that the rows together have the tiers of the metrics, exactly: nobody knows which
//! call was served how, so every row gets its proportion.
//!
//! Imports `domain` only. Sample: metrics of 60 standard and 40 flex tokens make of a log row
//! of 10 tokens one of 6 standard and one of 4 flex.

use std::collections::BTreeSet;

use super::meter::{Meter, is_nothing};
use super::share::share_out;
use crate::domain::{ServiceTier, TokenCounts, UsageRow};

/// The log rows with the metrics' tiers, if the logs do not know any.
pub(super) fn with_tiers_of(metrics: &[UsageRow], logs: Vec<UsageRow>) -> Vec<UsageRow> {
    let tiers: BTreeSet<ServiceTier> = metrics.iter().map(|row| row.service_tier).collect();
    let is_standard = |tier: &ServiceTier| *tier == ServiceTier::Standard;
    let unknown = logs.iter().all(|row| is_standard(&row.service_tier));
    if !unknown || tiers.iter().all(is_standard) {
        return logs;
    }
    let tiers: Vec<ServiceTier> = tiers.into_iter().collect();
    let mut parts = vec![vec![TokenCounts::default(); tiers.len()]; logs.len()];
    for meter in Meter::ALL {
        let total = logs
            .iter()
            .filter_map(|row| meter.of(&row.counts))
            .fold(0, u64::saturating_add);
        let mut open = share_out(total, &weights(meter, metrics, &tiers));
        for (row, parts) in logs.iter().zip(&mut parts) {
            for field in meter.fields() {
                let Some(count) = field.of(&row.counts) else {
                    continue;
                };
                // What is still open per tier is the weight: the last row takes what is left.
                let shares = share_out(count, &open);
                for ((share, open), part) in shares.into_iter().zip(&mut open).zip(&mut *parts) {
                    *open = open.saturating_sub(share);
                    field.add(part, share);
                }
            }
        }
    }
    logs.iter()
        .zip(parts)
        .flat_map(|(row, parts)| split(row, &tiers, parts))
        .collect()
}

/// What the metrics have of a meter per tier; where they have nothing of it, their tokens, and
/// where they have none either, their requests.
fn weights(meter: Meter, metrics: &[UsageRow], tiers: &[ServiceTier]) -> Vec<u64> {
    let per_tier = |count: &dyn Fn(&TokenCounts) -> u64| -> Vec<u64> {
        let of_tier = |tier: &ServiceTier| {
            metrics
                .iter()
                .filter(|row| row.service_tier == *tier)
                .map(|row| count(&row.counts))
                .fold(0, u64::saturating_add)
        };
        tiers.iter().map(of_tier).collect()
    };
    let choices: [&dyn Fn(&TokenCounts) -> u64; 3] = [
        &|counts| meter.of(counts).unwrap_or(0),
        &TokenCounts::tokens,
        &|counts| counts.requests,
    ];
    choices
        .into_iter()
        .map(per_tier)
        .find(|weights| weights.iter().any(|weight| *weight > 0))
        .unwrap_or_else(|| vec![0; tiers.len()])
}

fn split(row: &UsageRow, tiers: &[ServiceTier], parts: Vec<TokenCounts>) -> Vec<UsageRow> {
    if is_nothing(&row.counts) {
        return vec![row.clone()];
    }
    tiers
        .iter()
        .zip(parts)
        .filter(|(_, counts)| !is_nothing(counts))
        .map(|(tier, counts)| UsageRow {
            service_tier: *tier,
            counts,
            ..row.clone()
        })
        .collect()
}
