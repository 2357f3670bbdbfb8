//! Coverage: how much of what CloudWatch counted the invocation logs explain.
//!
//! Totals follow the metrics, attribution follows the logs: what the logs explain keeps its
//! principal and workload, the rest becomes the workload `not in logs`. Choices:
//!
//! - Metrics and logs are compared per account, Region, UTC day, model, endpoint scope and
//!   bare inference-profile id, each meter by itself. Where the logs have more, they stay, and
//!   a finding says so.
//! - A day of metrics without a single log row is `not in logs` whole, if the account has logs
//!   of that Region on another day. Without any, there is nothing to compare: the metrics stay
//!   as they are, and the allocation rules decide.
//! - A day of logs without any metrics stays as it is: whether metrics were fetched cannot be
//!   told from rows.
//! - A count that the metrics do not have at all is not compared.
//! - Rows of `not in logs` that come in (a report's own usage table) are what a comparison
//!   left: they stay, and the metrics are taken to be the logs and that rest.
//!
//! Imports `domain` and `diagnostic` only. Sample: 1,000 tokens of metrics and 934 of logs give
//! a row of 66 tokens `not in logs` and a coverage of 0.934.

mod compare;
#[cfg(test)]
mod compare_tests;
#[cfg(test)]
mod coverage_tests;
mod findings;
mod meter;
mod share;
mod tiers;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use self::compare::compare;
pub use self::findings::delivery_findings;
use crate::diagnostic::Diagnostic;
use crate::domain::{Decimal, EndpointScope, ModelId, Source, Text, UsageRow};

/// The workload of usage that CloudWatch counted and no log tells about.
pub const NOT_IN_LOGS: &str = "not in logs";

/// A row of the `coverage` table; the fields up to `model_id` are its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageRow {
    /// The UTC day.
    pub day: NaiveDate,
    /// The account that called.
    pub account_id: Text,
    /// The Region that was called.
    pub region: Text,
    /// The model.
    pub model_id: ModelId,
    /// Its tokens.
    pub tokens: Tokens,
}

/// Tokens of all meters, compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tokens {
    /// Counted by CloudWatch.
    pub metrics: u64,
    /// Found in logs.
    pub logs: u64,
    /// The part of the metrics that logs explain.
    pub explained: u64,
    /// What the logs have beyond the metrics.
    pub exceeding: u64,
}

impl Tokens {
    /// The part of the metrics that nobody can be named for.
    pub const fn unexplained(&self) -> u64 {
        self.metrics.saturating_sub(self.explained)
    }

    /// The share that logs explain, 0 to 1, cut to 4 places so that it is 1 only when nothing
    /// is missing; empty without metrics.
    pub fn explained_share(&self) -> Option<Decimal> {
        if self.metrics == 0 {
            return None;
        }
        let of_10_000 = u128::from(self.explained) * 10_000 / u128::from(self.metrics);
        let of_10_000 = i64::try_from(of_10_000).ok()?;
        Some(Decimal::new(of_10_000, 4))
    }

    /// Adds another comparison.
    pub fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.metrics, other.metrics),
            (&mut self.logs, other.logs),
            (&mut self.explained, other.explained),
            (&mut self.exceeding, other.exceeding),
        ] {
            *sum = sum.saturating_add(more);
        }
    }

    /// Takes a meter in: `None` where the metrics do not have it.
    fn note(&mut self, metrics: Option<u64>, logs: u64) {
        let compared = metrics.unwrap_or(logs);
        self.add(&Self {
            metrics: metrics.unwrap_or(0),
            logs,
            explained: logs.min(metrics.unwrap_or(0)),
            exceeding: logs.saturating_sub(compared),
        });
    }

    /// What a comparison left, and the logs it was made with.
    fn of_remains(logs: u64, left: u64) -> Self {
        Self {
            metrics: logs.saturating_add(left),
            logs,
            explained: logs,
            exceeding: 0,
        }
    }
}

/// Usage after comparison.
#[derive(Debug, Default)]
pub struct Covered {
    /// Sorted.
    pub rows: Vec<UsageRow>,
    /// Sorted by key; empty when there was nothing to compare.
    pub coverage: Vec<CoverageRow>,
    /// What is unexplained, exceeded or without logs.
    pub findings: Vec<Diagnostic>,
}

/// An account and a Region.
pub type Place = (Text, Text);

/// Compares metrics with logs wherever an account and Region has both. In the places of
/// `chosen` somebody has preferred one source over the other: there only days that still have
/// both are compared.
pub fn cover(rows: Vec<UsageRow>, chosen: &BTreeSet<Place>) -> Covered {
    let places = places(&rows);
    let is_compared = |row: &UsageRow| {
        let place = places.get(&place(row));
        row.source != Source::Mantle && place.is_some_and(|place| place.is_compared())
    };
    let mut covered = Covered {
        findings: findings::of_mantle(&rows),
        ..Covered::default()
    };
    if !places.values().any(Sources::is_compared) {
        covered.rows = rows;
        return covered;
    }
    let mut days: BTreeMap<(Text, Text, NaiveDate), Day> = BTreeMap::new();
    for row in rows {
        if is_compared(&row) {
            let (account_id, region) = place(&row);
            let day = days.entry((account_id, region, row.day())).or_default();
            day.take(row);
        } else {
            covered.rows.push(row);
        }
    }
    let mut sums: BTreeMap<Place, findings::Sums> = BTreeMap::new();
    for ((account_id, region, date), day) in days {
        let place = (account_id, region);
        let left_over = places.get(&place).is_some_and(|place| place.left_over);
        let kind = day.kind(left_over, chosen.contains(&place));
        let without_logs = !day.logs && kind != DayKind::AsItIs;
        let tokens = day.compared(kind, &mut covered.rows);
        let sums = sums.entry(place.clone()).or_default();
        for (model_id, tokens) in tokens {
            sums.note(date, without_logs, &model_id, &tokens);
            if tokens.metrics > 0 || tokens.logs > 0 {
                covered.coverage.push(CoverageRow {
                    day: date,
                    account_id: place.0.clone(),
                    region: place.1.clone(),
                    model_id,
                    tokens,
                });
            }
        }
    }
    for ((account_id, region), sums) in sums {
        let of_place = sums.findings(&account_id, &region);
        covered.findings.extend(of_place);
    }
    let key = |row: &CoverageRow| {
        let place = (row.account_id.clone(), row.region.clone());
        (row.day, place, row.model_id.clone())
    };
    covered.coverage.sort_by_cached_key(key);
    covered.rows.sort();
    covered
}

fn place(row: &UsageRow) -> Place {
    (row.account_id.clone(), row.region.clone())
}

/// Whether the source is made of invocation logs.
pub(super) const fn is_logs(source: Source) -> bool {
    matches!(source, Source::Logs | Source::S3 | Source::Files)
}

/// Whether a row is what an earlier comparison left.
pub(super) fn is_left_over(row: &UsageRow) -> bool {
    row.source == Source::Metrics && row.workload.as_deref() == Some(NOT_IN_LOGS)
}

/// What an account and Region has, over all days.
#[derive(Debug, Default)]
struct Sources {
    logs: bool,
    metrics: bool,
    left_over: bool,
}

impl Sources {
    fn is_compared(&self) -> bool {
        self.left_over || (self.logs && self.metrics)
    }
}

fn places(rows: &[UsageRow]) -> BTreeMap<Place, Sources> {
    let mut places: BTreeMap<Place, Sources> = BTreeMap::new();
    let mut last: Option<(&UsageRow, bool)> = None;
    for row in rows {
        let left_over = is_left_over(row);
        // Rows of one place and source lie side by side: most need no look-up.
        let same = |(seen, seen_left_over): (&UsageRow, bool)| {
            seen.source == row.source
                && seen_left_over == left_over
                && seen.account_id == row.account_id
                && seen.region == row.region
        };
        if last.is_some_and(same) {
            continue;
        }
        last = Some((row, left_over));
        let sources = places.entry(place(row)).or_default();
        sources.logs |= is_logs(row.source);
        sources.left_over |= left_over;
        sources.metrics |= row.source == Source::Metrics && !left_over;
    }
    places
}

/// What tells the parts of a day apart: model, scope, geo and bare profile.
type PartKey = (ModelId, Option<EndpointScope>, Option<Text>, Option<Text>);

#[derive(Debug, Default)]
struct Part {
    metrics: Vec<UsageRow>,
    logs: Vec<UsageRow>,
    left_over: Vec<UsageRow>,
}

/// How a day is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayKind {
    /// Metrics beside logs.
    Both,
    /// Metrics alone, where other days have logs.
    NoLogs,
    /// An earlier comparison.
    Remains,
    /// One source alone.
    AsItIs,
}

/// All usage of one account and Region on one day.
#[derive(Debug, Default)]
struct Day {
    parts: BTreeMap<PartKey, Part>,
    /// Usage of a bill, say: not compared.
    others: Vec<UsageRow>,
    metrics: bool,
    logs: bool,
    left_over: bool,
}

impl Day {
    fn take(&mut self, row: UsageRow) {
        if is_left_over(&row) {
            self.left_over = true;
            self.part(&row).left_over.push(row);
        } else if row.source == Source::Metrics {
            self.metrics = true;
            self.part(&row).metrics.push(row);
        } else if is_logs(row.source) {
            self.logs = true;
            self.part(&row).logs.push(row);
        } else {
            self.others.push(row);
        }
    }

    fn part(&mut self, row: &UsageRow) -> &mut Part {
        self.parts.entry(part_key(row)).or_default()
    }

    fn kind(&self, place_has_left_over: bool, chosen: bool) -> DayKind {
        match (self.metrics, self.logs) {
            (true, true) => DayKind::Both,
            (true, false) if !chosen => DayKind::NoLogs,
            (true, false) => DayKind::AsItIs,
            (false, true) if place_has_left_over => DayKind::Remains,
            (false, false) if self.left_over => DayKind::Remains,
            _ => DayKind::AsItIs,
        }
    }

    /// Gives the day's rows to `rows`, and the tokens of each model.
    fn compared(self, kind: DayKind, rows: &mut Vec<UsageRow>) -> BTreeMap<ModelId, Tokens> {
        let mut tokens: BTreeMap<ModelId, Tokens> = BTreeMap::new();
        rows.extend(self.others);
        for ((model_id, ..), part) in self.parts {
            let sum = tokens.entry(model_id).or_default();
            match kind {
                DayKind::Both | DayKind::NoLogs => {
                    let (of_part, compared) = compare(part.metrics, part.logs);
                    sum.add(&compared);
                    rows.extend(of_part);
                    rows.extend(part.left_over);
                }
                DayKind::Remains | DayKind::AsItIs => {
                    let all = |rows: &[UsageRow]| {
                        let tokens = rows.iter().map(|row| row.counts.tokens());
                        tokens.fold(0, u64::saturating_add)
                    };
                    if kind == DayKind::Remains {
                        sum.add(&Tokens::of_remains(all(&part.logs), all(&part.left_over)));
                    }
                    rows.extend(part.metrics);
                    rows.extend(part.logs);
                    rows.extend(part.left_over);
                }
            }
        }
        tokens
    }
}

/// Logs name a profile by its ARN, metrics by its bare id; one that nobody can resolve stands
/// for the model too.
fn part_key(row: &UsageRow) -> PartKey {
    let bare = |name: &str| name.rsplit('/').next().map(Text::from);
    let profile = row.inference_profile.as_deref().and_then(bare);
    let model_id = match (&profile, row.endpoint_scope) {
        (Some(profile), None) => ModelId::new(profile.clone()),
        _ => row.model_id.clone(),
    };
    (model_id, row.endpoint_scope, row.geo.clone(), profile)
}
