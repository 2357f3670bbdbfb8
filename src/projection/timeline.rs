//! What happens when: the dates of every model in use, with the workloads and money behind.
//!
//! From 30 days before `as_of` (what has just happened still explains the bill) to the
//! horizon. Start-by dates are grouped by day, since lead times differ by workload. A floor is
//! no event. The money is the list cost of the last 30 days. Imports `pricing` and `domain`.
//!
//! Sample: 2027-01-08, extended-access, claude-x in us-east-1: search, $39,600.00 a month.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::amounts::Priced;
use super::history::Series;
use super::impact::{TimelineEvent, TimelineRow};
use super::options::ProjectionOptions;
use super::scenario::Outlook;
use super::urgency::lead_time;
use crate::domain::{EndOfLife, ModelId, MoneyOverflow, Text};
use crate::pricing::LifecycleRow;

#[derive(Debug)]
struct Affected {
    workloads: BTreeSet<Text>,
    cost: Priced,
    source: Text,
}

/// The rows of the `timeline` table, sorted by date, event, model and Region. `past` holds
/// every series with use in the last 30 days.
pub(crate) fn timeline_rows(
    past: &BTreeMap<Series, Priced>,
    outlooks: &BTreeMap<Series, Outlook<'_>>,
    options: &ProjectionOptions,
) -> Result<Vec<TimelineRow>, MoneyOverflow> {
    let mut events: BTreeMap<(NaiveDate, &str, ModelId, Text), (TimelineEvent, Affected)> =
        BTreeMap::new();
    for (series, cost) in past {
        let Some(row) = outlooks
            .get(series)
            .and_then(|outlook| outlook.announcement)
        else {
            continue;
        };
        for (event, date) in dates(series, row, options) {
            if date < options.last_30_days() || date >= options.end() {
                continue;
            }
            let key = (
                date,
                event.as_str(),
                series.model_id.clone(),
                series.region.clone(),
            );
            let (_, affected) = events.entry(key).or_insert_with(|| {
                let affected = Affected {
                    workloads: BTreeSet::new(),
                    cost: Priced::EMPTY,
                    source: row.source.clone(),
                };
                (event, affected)
            });
            affected.workloads.insert(series.workload.clone());
            affected.cost.merge(cost)?;
        }
    }
    let rows =
        events.into_iter().map(
            |((date, _, model_id, region), (event, affected))| TimelineRow {
                date,
                event,
                model_id,
                region,
                workloads: affected.workloads.into_iter().collect(),
                cost_per_month_affected: affected.cost.cost(),
                source: affected.source,
            },
        );
    Ok(rows.collect())
}

fn dates(
    series: &Series,
    row: &LifecycleRow,
    options: &ProjectionOptions,
) -> Vec<(TimelineEvent, NaiveDate)> {
    let end = row.end_of_life.and_then(EndOfLife::on);
    let lead = u64::from(lead_time(series, row.kind, options));
    let start_by = end.and_then(|end| end.checked_sub_days(chrono::Days::new(lead)));
    [
        (TimelineEvent::Legacy, row.legacy_from),
        (TimelineEvent::ExtendedAccess, row.extended_access_from),
        (TimelineEvent::EndOfLife, end),
        (TimelineEvent::StartBy, start_by),
    ]
    .into_iter()
    .filter_map(|(event, date)| Some((event, date?)))
    .collect()
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
