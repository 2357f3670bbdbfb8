//! Where the Bedrock API and the tables differ on the life cycle of a model.
//!
//! The API is one more witness, and stands below notices and docs rows: its status has lagged
//! them by weeks, LEGACY stays after the end, and it is silent on many dates. So the tables are
//! followed, and the difference is shown. A date that the API leaves out is no statement; the
//! same day is no difference, whatever the hour. Imports `domain` and `diagnostic` only.
//!
//! Sample: on 2026-11-22 the API of us-east-1 says ACTIVE, the docs row Legacy since
//! 2026-09-30: 53 days that the API would not count.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::conflicts::{
    Conflict, SourceKind, StatedStatus, change, dates_in_words, end_in_words, kind_of, since,
};
use super::lifecycle::LifecycleRow;
use super::load::{SourceRow, Tables};
use super::rows::launched_before_new_policy;
use crate::diagnostic::Diagnostic;
use crate::domain::{
    Catalog, CatalogLifecycle, EndOfLife, LifecyclePhase, ModelId, ModelNaming, Text, UsageRow,
};

/// One difference between the API and the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift<'a> {
    /// The model.
    pub model: ModelId,
    /// The row that is followed; `None` where the tables have none for the Region.
    pub row: Option<&'a LifecycleRow>,
    /// The Regions whose API says so, sorted.
    pub regions: Vec<Text>,
    /// Which catalogs say so, and the day they were fetched, in words.
    pub source: String,
    /// What the API says.
    pub says: String,
    /// Whether dates differ, or only the status.
    pub against: SourceKind,
    /// What following the API would change, in days.
    pub changes: Vec<String>,
    /// Whether a phase that usage is priced by would change; a launch date, or being listed
    /// after the end, changes none.
    pub changes_phase: bool,
}

/// What one catalog says of one model, against its row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    says: String,
    against: SourceKind,
    changes: Vec<String>,
    changes_phase: bool,
}

/// Model, place of its row, and what is said.
type Key = (ModelId, Option<Text>, Said);

/// Who says it.
#[derive(Debug, Default)]
struct Witnesses {
    regions: BTreeSet<Text>,
    accounts: BTreeSet<String>,
    days: BTreeSet<NaiveDate>,
}

impl Witnesses {
    fn in_words(&self) -> String {
        let whose = match self.accounts.len() {
            1 => self
                .accounts
                .iter()
                .map(|id| format!("catalog of account {id}"))
                .collect(),
            count => format!("catalogs of {count} accounts"),
        };
        match (self.days.first(), self.days.last()) {
            (Some(first), Some(last)) if first != last => {
                format!("{whose}, fetched {first} to {last}")
            }
            (Some(day), _) => format!("{whose}, fetched {day}"),
            _ => whose,
        }
    }
}

/// All differences, by model; the same statement of several Regions and accounts once.
/// `today` is what statuses are counted to.
pub fn drifts<'a>(
    tables: &'a Tables,
    naming: &ModelNaming,
    catalogs: &[Catalog],
    today: NaiveDate,
) -> Vec<Drift<'a>> {
    let mut found: BTreeMap<Key, (Option<&LifecycleRow>, Witnesses)> = BTreeMap::new();
    for catalog in catalogs {
        let fetched_on = catalog.fetched_at.date_naive();
        for model in &catalog.models {
            let Some(api) = &model.lifecycle else {
                continue;
            };
            let id = naming.resolve(&model.model_id).model_id;
            let row = tables.lifecycle.in_force(&id, &catalog.region, fetched_on);
            let announced = tables.lifecycle.announcements(&id, &catalog.region);
            let Some(said) = compare(api, row, &announced, fetched_on, today) else {
                continue;
            };
            let key = (id, row.map(|row| row.place.clone()), said);
            let (_, witnesses) = found
                .entry(key)
                .or_insert_with(|| (row, Witnesses::default()));
            witnesses.regions.insert(catalog.region.as_str().into());
            witnesses.accounts.insert(catalog.account_id.clone());
            witnesses.days.insert(fetched_on);
        }
    }
    let drift = |((model, _, said), (row, witnesses)): ((_, _, Said), (_, Witnesses))| Drift {
        model,
        row,
        source: witnesses.in_words(),
        regions: witnesses.regions.into_iter().collect(),
        says: said.says,
        against: said.against,
        changes: said.changes,
        changes_phase: said.changes_phase,
    };
    found.into_iter().map(drift).collect()
}

/// What the API says against a row; `None` where they agree.
fn compare(
    api: &CatalogLifecycle,
    row: Option<&LifecycleRow>,
    announced: &[&LifecycleRow],
    fetched_on: NaiveDate,
    today: NaiveDate,
) -> Option<Said> {
    let said = |against, changes: Vec<String>, changes_phase| Said {
        says: in_words(api),
        against,
        changes,
        changes_phase,
    };
    let Some(row) = row else {
        let is_dated = api
            .legacy_from
            .or(api.extended_access_from)
            .or(api.end_of_life);
        let is_news = is_dated.is_some() || api.status == "LEGACY";
        let changes = vec!["the tables have no row for it there".to_owned()];
        return is_news.then(|| said(SourceKind::ApiTimestamps, changes, true));
    };
    let phases = [
        date(row, announced, "Legacy", api.legacy_from, |row| {
            row.legacy_from
        }),
        date(
            row,
            announced,
            "Extended Access",
            api.extended_access_from,
            |row| row.extended_access_from,
        ),
        end(row, announced, api.end_of_life),
    ];
    let mut changes: Vec<String> = phases.into_iter().flatten().collect();
    let mut changes_phase = !changes.is_empty();
    changes.extend(other_policy(row, api.start_of_life));
    let against = match changes.is_empty() {
        true => SourceKind::ApiStatus,
        false => SourceKind::ApiTimestamps,
    };
    let phase = row.phase(fetched_on);
    let of_status = match (api.status.as_str(), phase) {
        ("ACTIVE", LifecyclePhase::Active) => None,
        ("ACTIVE", _) => {
            changes_phase = true;
            since(row, Some(StatedStatus::Active), today)
        }
        ("LEGACY", LifecyclePhase::Active) => {
            changes_phase = true;
            Some(format!(
                "Legacy already on {fetched_on}, where active is followed"
            ))
        }
        ("LEGACY", LifecyclePhase::EndOfLife) => since(row, Some(StatedStatus::Legacy), today),
        _ => None,
    };
    changes.extend(of_status);
    (!changes.is_empty()).then(|| said(against, changes, changes_phase))
}

/// A launch on the other side of 2026-09-07, when the policy changed. Other launch dates differ
/// by days between announcement and API, and change nothing.
fn other_policy(row: &LifecycleRow, launch: Option<DateTime<Utc>>) -> Option<String> {
    let launch = launch?;
    let old = launched_before_new_policy(Some(launch.date_naive()));
    (old != row.old_policy).then(|| {
        format!(
            "launch {}, so that the other life-cycle policy would apply",
            moment_in_words(launch)
        )
    })
}

/// A difference in one date.
fn date(
    row: &LifecycleRow,
    announced: &[&LifecycleRow],
    name: &str,
    api: Option<DateTime<Utc>>,
    of_row: impl Fn(&LifecycleRow) -> Option<NaiveDate>,
) -> Option<String> {
    let api = api?;
    let day = api.date_naive();
    // A model that was announced twice has both dates.
    if announced.iter().any(|row| of_row(row) == Some(day)) {
        return None;
    }
    let followed = of_row(row).map(|day| (day, day.to_string()));
    change(name, followed, (day, moment_in_words(api)))
}

fn end(
    row: &LifecycleRow,
    announced: &[&LifecycleRow],
    api: Option<DateTime<Utc>>,
) -> Option<String> {
    let api = api?;
    let day = api.date_naive();
    if announced
        .iter()
        .any(|row| row.end_of_life == Some(EndOfLife::On(day)))
    {
        return None;
    }
    let followed = row.end_of_life.map(|end| (end.date(), end_in_words(end)));
    change("end of life", followed, (day, moment_in_words(api)))
}

/// A day, with its hour where the moment lies inside it.
fn moment_in_words(moment: DateTime<Utc>) -> String {
    if moment.time() == NaiveTime::MIN {
        moment.date_naive().to_string()
    } else {
        moment.format("%Y-%m-%d %H:%M UTC").to_string()
    }
}

fn in_words(api: &CatalogLifecycle) -> String {
    let dated = |name: &str, moment: Option<DateTime<Utc>>| {
        Some(format!("{name} {}", moment_in_words(moment?)))
    };
    let words = [
        Some(api.status.clone()),
        dated("launch", api.start_of_life),
        dated("Legacy", api.legacy_from),
        dated("Extended Access", api.extended_access_from),
        dated("end of life", api.end_of_life),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The differences as disagreements of sources, beside those of the tables.
pub fn drift_conflicts<'a>(tables: &'a Tables, drifts: &[Drift<'a>]) -> Vec<Conflict<'a>> {
    let sources: HashMap<&Text, &SourceRow> =
        tables.sources.iter().map(|row| (&row.id, row)).collect();
    let conflict = |drift: &Drift<'a>| {
        let row = drift.row?;
        let followed = kind_of(&row.source, &sources);
        Some(Conflict {
            row,
            followed,
            regions: drift.regions.clone(),
            against: drift.against,
            source: drift.source.as_str().into(),
            says: drift.says.clone(),
            why: why(row, followed, drift.against),
            changes: drift.changes.clone(),
        })
    };
    drifts.iter().filter_map(conflict).collect()
}

/// Why the table stays.
fn why(row: &LifecycleRow, followed: SourceKind, against: SourceKind) -> String {
    if row.user {
        return "a row of your own stands before every other source".to_owned();
    }
    let (trusted, less) = (followed.in_words(), against.in_words());
    if against < followed {
        return format!(
            "the tables are followed so that a closed month gives the same numbers again, though {less} are trusted above {trusted}: correct the row, or give one of your own with --rows"
        );
    }
    match against {
        SourceKind::ApiStatus => {
            format!("{trusted} is trusted above {less}, which has lagged notices by weeks")
        }
        _ => format!(
            "{trusted} is trusted above {less}; if the API is right, give a row of your own with --rows"
        ),
    }
}

/// Findings for the models that were called in the Regions whose API differs.
pub fn drift_findings(drifts: &[Drift<'_>], usage: &[UsageRow]) -> Vec<Diagnostic> {
    // Without a catalog nothing differs: nobody asks for the usage.
    if drifts.is_empty() {
        return Vec::new();
    }
    let mut tokens: HashMap<(&ModelId, &str), u64> = HashMap::new();
    for row in usage {
        let sum = tokens.entry((&row.model_id, &row.region)).or_default();
        *sum = sum.saturating_add(row.counts.tokens());
    }
    let finding = |drift: &Drift<'_>| {
        let called = |region: &&Text| tokens.contains_key(&(&drift.model, &***region));
        let regions: Vec<&Text> = drift.regions.iter().filter(called).collect();
        if regions.is_empty() || !drift.changes_phase {
            return None;
        }
        let affected = regions
            .iter()
            .map(|region| tokens[&(&drift.model, &***region)]);
        let affected = affected.fold(0, u64::saturating_add);
        let regions = regions
            .iter()
            .map(|region| &***region)
            .collect::<Vec<_>>()
            .join(", ");
        let followed = drift.row.map_or_else(
            || "the tables have no row for it there, so no phase is known".to_owned(),
            |row| {
                format!(
                    "the tables say {} ({}, checked {}): {}; the tables are followed",
                    dates_in_words(row),
                    row.source,
                    row.checked_on,
                    drift.changes.join("; "),
                )
            },
        );
        let message = format!(
            "in {regions} the Bedrock API says {} ({}); {followed}; see eolcast check --conflicts",
            drift.says, drift.source,
        );
        let finding = Diagnostic::warning("lifecycle-drift", drift.model.as_str(), message);
        Some(finding.with_tokens(affected))
    };
    drifts.iter().filter_map(finding).collect()
}

#[cfg(test)]
#[path = "drift_tests.rs"]
mod tests;
