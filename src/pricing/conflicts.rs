//! Where sources disagree on the life cycle of a model: what the losing one says, which one
//! is followed, why, and what that changes in days.
//!
//! The order of trust: notice, docs row, model card, API timestamps, API status, third party;
//! of two of one kind the later copy. A statement that loses against this order has to say
//! why (`because`); [`super::validate`] asks for it. A model announced twice for a Region is
//! such a disagreement too, found here and not written down. The provider's own dates are
//! none: they are true, and end nothing on Bedrock. Imports `domain` only.
//!
//! Sample: docs say Legacy since 2026-09-30, the API said ACTIVE on 2026-10-27: the docs row
//! is followed; on 2026-11-22 that is 53 days of Legacy that the API would not count.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::lifecycle::LifecycleRow;
use super::load::{SourceRow, Tables};
use crate::domain::{EndOfLife, ModelId, Text};

/// What kind of witness a source is, the most trusted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// A notice by e-mail or AWS Health.
    Notice,
    /// A row of the life-cycle pages.
    DocsRow,
    /// The card of the model.
    ModelCard,
    /// Timestamps that the API answers.
    ApiTimestamps,
    /// ACTIVE or LEGACY, as the API answers.
    ApiStatus,
    /// Anybody else.
    ThirdParty,
}

impl SourceKind {
    /// All kinds, in order of trust.
    pub const ALL: [Self; 6] = [
        Self::Notice,
        Self::DocsRow,
        Self::ModelCard,
        Self::ApiTimestamps,
        Self::ApiStatus,
        Self::ThirdParty,
    ];

    /// The word of `sources.toml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::DocsRow => "docs",
            Self::ModelCard => "model-card",
            Self::ApiTimestamps => "api-timestamps",
            Self::ApiStatus => "api-status",
            Self::ThirdParty => "third-party",
        }
    }

    /// For people.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::DocsRow => "docs row",
            Self::ModelCard => "model card",
            Self::ApiTimestamps => "API timestamps",
            Self::ApiStatus => "API status",
            Self::ThirdParty => "third party",
        }
    }
}

/// What a source says without a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatedStatus {
    /// The API answers ACTIVE: against the Legacy date.
    Active,
    /// The API answers LEGACY, or calls were answered: against the end.
    Legacy,
    /// The source does not list the model or Region.
    Absent,
}

/// A losing statement: an entry of `conflicts` in a life-cycle row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Id in `sources.toml`.
    pub source: Text,
    /// In words.
    pub says: Text,
    /// What it says without a date.
    pub status: Option<StatedStatus>,
    /// Another launch date.
    pub launched_on: Option<NaiveDate>,
    /// Another Legacy date.
    pub legacy_from: Option<NaiveDate>,
    /// Another Extended Access date.
    pub extended_access_from: Option<NaiveDate>,
    /// Another end or floor.
    pub end_of_life: Option<EndOfLife>,
    /// The Regions it is about; empty for all of its row.
    pub regions: Vec<Text>,
    /// Why it loses, where the order of trust alone does not say so.
    pub because: Option<Text>,
}

impl Statement {
    /// As which witness it counts: a status is the API's, whoever wrote it down.
    pub(super) fn kind(&self, of_source: SourceKind) -> SourceKind {
        match self.status {
            Some(StatedStatus::Active | StatedStatus::Legacy) => SourceKind::ApiStatus,
            Some(StatedStatus::Absent) | None => of_source,
        }
    }
}

/// One disagreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict<'a> {
    /// The row that is followed.
    pub row: &'a LifecycleRow,
    /// What kind of witness its source is.
    pub followed: SourceKind,
    /// The Regions of the disagreement.
    pub regions: Vec<Text>,
    /// What kind of witness loses.
    pub against: SourceKind,
    /// Its id in `sources.toml`, or the catalog that says so.
    pub source: Text,
    /// What it says.
    pub says: String,
    /// Why it is not followed.
    pub why: String,
    /// What following it would change, in days.
    pub changes: Vec<String>,
}

/// All disagreements, by model and in file order. `today` is what statuses are counted to.
pub fn conflicts(tables: &Tables, today: NaiveDate) -> Vec<Conflict<'_>> {
    let sources: HashMap<&Text, &SourceRow> =
        tables.sources.iter().map(|row| (&row.id, row)).collect();
    let mut found = Vec::new();
    for row in tables.lifecycle.rows() {
        let stated = row.conflicts.iter();
        found.extend(stated.map(|statement| stated_conflict(row, statement, &sources, today)));
        found.extend(announced_before(row, tables, &sources));
    }
    found.sort_by(|a, b| a.row.id.cmp(&b.row.id));
    found
}

pub(super) fn kind_of(source: &Text, sources: &HashMap<&Text, &SourceRow>) -> SourceKind {
    sources
        .get(source)
        .map_or(SourceKind::ThirdParty, |row| row.kind)
}

fn stated_conflict<'a>(
    row: &'a LifecycleRow,
    statement: &'a Statement,
    sources: &HashMap<&Text, &SourceRow>,
    today: NaiveDate,
) -> Conflict<'a> {
    let followed = kind_of(&row.source, sources);
    let against = statement.kind(kind_of(&statement.source, sources));
    let mut changes = differences(row, statement);
    changes.extend(since(row, statement.status, today));
    let why = match (&statement.because, statement.status) {
        (Some(because), _) => because.to_string(),
        (None, Some(StatedStatus::Absent)) => {
            "a source that is silent says nothing against one that speaks".to_owned()
        }
        (None, _) if followed == against => {
            let read = |source: &Text| {
                let row = sources.get(source);
                row.map_or_else(String::new, |row| row.retrieved_on.to_string())
            };
            format!(
                "two of one kind ({}): the later copy counts ({} after {})",
                followed.in_words(),
                read(&row.source),
                read(&statement.source),
            )
        }
        (None, Some(StatedStatus::Active)) => format!(
            "{} is trusted above {}; ACTIVE cancels no dated row",
            followed.in_words(),
            against.in_words(),
        ),
        (None, _) => format!(
            "{} is trusted above {}",
            followed.in_words(),
            against.in_words(),
        ),
    };
    Conflict {
        row,
        followed,
        regions: if statement.regions.is_empty() {
            row.regions.clone()
        } else {
            statement.regions.clone()
        },
        against,
        source: statement.source.clone(),
        says: statement.says.to_string(),
        why,
        changes,
    }
}

/// Earlier announcements of the model for Regions of this row.
fn announced_before<'a>(
    row: &'a LifecycleRow,
    tables: &'a Tables,
    sources: &HashMap<&Text, &SourceRow>,
) -> Vec<Conflict<'a>> {
    let earlier = tables.lifecycle.rows().iter().filter(|other| {
        other.id == row.id && other.legacy_from < row.legacy_from && row.legacy_from.is_some()
    });
    let conflict = |other: &'a LifecycleRow| {
        let both = row.regions.iter().filter(|r| other.regions.contains(r));
        let regions: Vec<Text> = both.cloned().collect();
        let stated = Statement {
            source: other.source.clone(),
            says: Text::from(""),
            status: None,
            launched_on: None,
            legacy_from: other.legacy_from,
            extended_access_from: other.extended_access_from,
            end_of_life: other.end_of_life,
            regions: Vec::new(),
            because: None,
        };
        (!regions.is_empty()).then(|| Conflict {
            row,
            followed: kind_of(&row.source, sources),
            regions,
            against: kind_of(&other.source, sources),
            source: other.source.clone(),
            says: format!("an earlier announcement: {}", dates_in_words(other)),
            why: "announced twice: each announcement holds until the Legacy date of the next"
                .to_owned(),
            changes: differences(row, &stated),
        })
    };
    earlier.filter_map(conflict).collect()
}

/// The dates of a row, for people.
pub fn dates_in_words(row: &LifecycleRow) -> String {
    let dated = |name: &str, day: Option<NaiveDate>| Some(format!("{name} {}", day?));
    let words: Vec<String> = [
        dated("Legacy", row.legacy_from),
        dated("Extended Access", row.extended_access_from),
        row.end_of_life
            .map(|end| format!("end of life {}", end_in_words(end))),
    ]
    .into_iter()
    .flatten()
    .collect();
    if words.is_empty() {
        "no date known".to_owned()
    } else {
        words.join(", ")
    }
}

pub(super) fn end_in_words(end: EndOfLife) -> String {
    match end {
        EndOfLife::On(day) => day.to_string(),
        EndOfLife::NotBefore(day) => format!("not before {day}"),
    }
}

/// Every date that the statement gives differently, with the days between.
fn differences(row: &LifecycleRow, statement: &Statement) -> Vec<String> {
    let dates = [
        ("launch", row.launched_on, statement.launched_on),
        ("Legacy", row.legacy_from, statement.legacy_from),
        (
            "Extended Access",
            row.extended_access_from,
            statement.extended_access_from,
        ),
    ];
    let mut changes: Vec<String> = dates
        .into_iter()
        .filter_map(|(name, followed, said)| change(name, followed.map(plain), plain(said?)))
        .collect();
    let end = statement.end_of_life;
    changes.extend(end.and_then(|end| {
        let said = (end.date(), end_in_words(end));
        let followed = row.end_of_life.map(|end| (end.date(), end_in_words(end)));
        change("end of life", followed, said)
    }));
    changes
}

fn plain(day: NaiveDate) -> (NaiveDate, String) {
    (day, day.to_string())
}

pub(super) fn change(
    name: &str,
    followed: Option<(NaiveDate, String)>,
    (said, said_words): (NaiveDate, String),
) -> Option<String> {
    let Some((day, words)) = followed else {
        return Some(format!("{name} {said_words}, where no date is followed"));
    };
    if words == said_words {
        return None;
    }
    let days = said.signed_duration_since(day).num_days();
    let apart = match days {
        0 => "the same day".to_owned(),
        days if days > 0 => format!("{} later", in_days(days)),
        days => format!("{} earlier", in_days(-days)),
    };
    Some(format!("{name} {said_words} instead of {words}: {apart}"))
}

/// For a status: since when the followed date counts, or how far it is ahead.
pub(super) fn since(
    row: &LifecycleRow,
    status: Option<StatedStatus>,
    today: NaiveDate,
) -> Option<String> {
    let end = row.end_of_life.and_then(EndOfLife::on);
    let legacy = row.legacy_from.map(|day| ("Legacy", day));
    let ended = end.map(|day| ("past its end", day));
    let (phase, day) = match status? {
        StatedStatus::Active => legacy?,
        StatedStatus::Legacy => ended?,
        StatedStatus::Absent => ended
            .filter(|(_, day)| *day <= today)
            .or(legacy)
            .or(ended)?,
    };
    let days = today.signed_duration_since(day).num_days();
    Some(if days < 0 {
        format!(
            "{phase} only from {day}, in {} from {today}",
            in_days(-days)
        )
    } else {
        format!("{phase} since {day}: {} by {today}", in_days(days))
    })
}

fn in_days(days: i64) -> String {
    match days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// An end on the provider's own platform that is not Bedrock's: no conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnDate<'a> {
    /// The model.
    pub model: &'a ModelId,
    /// The row.
    pub row: &'a LifecycleRow,
    /// The provider's own end or floor.
    pub own: EndOfLife,
    /// Days from Bedrock's end to it; `None` where Bedrock has no date or one is a floor.
    pub days: Option<i64>,
}

/// Every row whose provider names another end than Bedrock, by model and in file order.
pub fn own_dates(tables: &Tables) -> Vec<OwnDate<'_>> {
    let rows = tables.lifecycle.rows().iter();
    let mut found: Vec<OwnDate<'_>> = rows
        .filter(|row| row.provider_end_of_life != row.end_of_life)
        .filter_map(|row| {
            let own = row.provider_end_of_life?;
            let bedrock = row.end_of_life.and_then(EndOfLife::on);
            let days = own.on().zip(bedrock);
            Some(OwnDate {
                model: &row.id,
                row,
                own,
                days: days.map(|(own, end)| own.signed_duration_since(end).num_days()),
            })
        })
        .collect();
    found.sort_by(|a, b| a.model.cmp(b.model));
    found
}

#[cfg(test)]
#[path = "conflicts_tests.rs"]
mod tests;
