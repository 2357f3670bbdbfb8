//! One model, endpoint scope and profile on one day: what the logs explain of the metrics, and
//! what is left.
//!
//! The logs' rows stay as they are (but for tiers that only the metrics know). What the metrics
//! have beyond them becomes rows of the workload `not in logs`, of the metrics' tiers and hours.
//! So, meter by meter, all rows together have the metrics' total, unless the logs exceed it.
//!
//! Imports `domain` only. Sample: metrics of 1,000 input tokens beside logs of 700 give those
//! 700 and a row of 300.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::meter::{Meter, is_nothing};
use super::share::share_out;
use super::tiers::with_tiers_of;
use super::{NOT_IN_LOGS, Tokens};
use crate::domain::{Granularity, ServiceTier, TokenCounts, UsageRow};

/// Takes the rows of one model on one day apart from the metrics' point of view.
pub(super) fn compare(metrics: Vec<UsageRow>, logs: Vec<UsageRow>) -> (Vec<UsageRow>, Tokens) {
    let mut rows = with_tiers_of(&metrics, logs);
    let mut left = vec![TokenCounts::default(); metrics.len()];
    let mut tokens = Tokens::default();
    for meter in Meter::ALL {
        let of_logs = sum(meter, &rows).unwrap_or(0);
        // A model that the day's metrics do not name was counted zero times.
        let of_metrics = match metrics.is_empty() {
            true => Some(0),
            false => sum(meter, &metrics),
        };
        if meter.is_tokens() {
            tokens.note(of_metrics, of_logs);
        }
        let Some(of_metrics) = of_metrics else {
            continue;
        };
        let shares = share_out(
            of_metrics.saturating_sub(of_logs),
            &unexplained(meter, &metrics, &rows),
        );
        for ((row, share), left) in metrics.iter().zip(shares).zip(&mut left) {
            // Unknown stays unknown, a counted zero stays zero.
            if meter.of(&row.counts).is_some() {
                meter.plainest().add(left, share);
            }
        }
    }
    leave_failed(&metrics, &rows, &mut left);
    for (row, counts) in metrics.into_iter().zip(left) {
        if !is_nothing(&counts) {
            rows.push(UsageRow {
                counts,
                workload: Some(NOT_IN_LOGS.into()),
                ..row
            });
        }
    }
    (rows, tokens)
}

fn sum(meter: Meter, rows: &[UsageRow]) -> Option<u64> {
    rows.iter()
        .filter_map(|row| meter.of(&row.counts))
        .reduce(u64::saturating_add)
}

/// What of each metrics row no log row of its tier (and hour, if metrics are hourly) explains.
/// Together this is at least what the logs leave, so no share of it exceeds its row.
fn unexplained(meter: Meter, metrics: &[UsageRow], logs: &[UsageRow]) -> Vec<u64> {
    let hourly = metrics
        .iter()
        .any(|row| row.granularity == Granularity::Hour);
    let place = |row: &UsageRow| (hourly.then_some(row.hour), row.service_tier);
    let mut explained: BTreeMap<(Option<DateTime<Utc>>, ServiceTier), u64> = BTreeMap::new();
    for row in logs {
        let count = meter.of(&row.counts).unwrap_or(0);
        let sum = explained.entry(place(row)).or_default();
        *sum = sum.saturating_add(count);
    }
    metrics
        .iter()
        .map(|row| {
            let count = meter.of(&row.counts).unwrap_or(0);
            let open = explained.entry(place(row)).or_default();
            let taken = count.min(*open);
            *open -= taken;
            count - taken
        })
        .collect()
}

/// Failed requests among those that are left: as many as the metrics have beyond the logs.
fn leave_failed(metrics: &[UsageRow], logs: &[UsageRow], left: &mut [TokenCounts]) {
    let failed = |rows: &[UsageRow]| {
        rows.iter()
            .map(|row| row.counts.failed_requests)
            .fold(0, u64::saturating_add)
    };
    let mut more = failed(metrics).saturating_sub(failed(logs));
    for left in left {
        let part = more.min(left.requests);
        left.failed_requests = part;
        more -= part;
    }
}
