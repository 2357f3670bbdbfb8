//! The dated life-cycle lookup: which phase a model is in, per Region and day.
//!
//! A phase begins at 00:00 UTC of its date (an assumption: AWS names no hour). A model can be
//! announced twice for a Region; each announcement holds until the Legacy date of the next.
//! A row of the user's own for a model and Region replaces all announcements of the tables there.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate};
use hashbrown::HashMap;

use super::conflicts::Statement;
use super::price_table::is_commercial;
use crate::domain::{EndOfLife, LifecyclePhase, ModelId, ModelKind, Text};

/// A row of `pricing/lifecycle/*.toml`: one announcement of a model for a set of Regions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifecycleRow {
    /// The model, without prefix or suffix.
    pub id: ModelId,
    /// What people call it.
    pub name: Text,
    /// What it makes.
    pub kind: ModelKind,
    /// Regions, or `*`.
    pub regions: Vec<Text>,
    /// Launch on Bedrock.
    pub launched_on: Option<NaiveDate>,
    /// When Legacy begins; `None` while Active.
    pub legacy_from: Option<NaiveDate>,
    /// When public Extended Access begins, if announced.
    pub extended_access_from: Option<NaiveDate>,
    /// The end or its floor.
    pub end_of_life: Option<EndOfLife>,
    /// The end on the provider's own platform; never decides anything here.
    pub provider_end_of_life: Option<EndOfLife>,
    /// Whether the policy for models launched before 2026-09-07 applies (it alone provides
    /// for Extended Access).
    pub old_policy: bool,
    /// Where to move.
    pub successor: Option<ModelId>,
    /// Why there.
    pub successor_reason: Option<Text>,
    /// Other ids of the model.
    pub aliases: Vec<Text>,
    /// What other sources say, that is not followed.
    pub conflicts: Vec<Statement>,
    /// Id in `sources.toml`.
    pub source: Text,
    /// When somebody last checked it.
    pub checked_on: NaiveDate,
    /// Whether the fact is marked as unsure.
    pub low_confidence: bool,
    /// Why the row exists, when it is not obvious.
    pub note: Option<Text>,
    /// Whether the user gave it: it then stands before every row of the tables for its key.
    pub user: bool,
    /// File and line, for messages.
    pub place: Text,
}

impl LifecycleRow {
    /// The phase on a day under this announcement.
    pub fn phase(&self, day: NaiveDate) -> LifecyclePhase {
        let begun = |date: Option<NaiveDate>| date.is_some_and(|date| date <= day);
        if begun(self.end_of_life.and_then(EndOfLife::on)) {
            LifecyclePhase::EndOfLife
        } else if begun(self.extended_access_from) {
            LifecyclePhase::ExtendedAccess
        } else if begun(self.legacy_from) {
            LifecyclePhase::Legacy
        } else {
            LifecyclePhase::Active
        }
    }

    /// The first day on which the policy would allow an Extended Access that nobody has
    /// announced: three months after Legacy began, for models under the old policy with an
    /// end after 2026-02-01 (AWS page "model-lifecycle-legacy"). Amazon's own models have
    /// never had one.
    pub fn unannounced_extended_access_from(&self) -> Option<NaiveDate> {
        let end = self.end_of_life.and_then(EndOfLife::on)?;
        let policy_since = NaiveDate::from_ymd_opt(2026, 2, 1)?;
        let applies = self.old_policy
            && self.extended_access_from.is_none()
            && end > policy_since
            && !self.id.as_str().starts_with("amazon.");
        let earliest = self.legacy_from?.checked_add_months(Months::new(3))?;
        (applies && earliest < end).then_some(earliest)
    }
}

type Table<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// All life cycles, immutable.
#[derive(Debug, Clone, Default)]
pub struct LifecycleTable {
    rows: Vec<LifecycleRow>,
    by_model: Table<ModelId, Vec<usize>>,
}

impl LifecycleTable {
    /// Indexes rows; those of one model are kept by Legacy date (none first).
    pub fn new(rows: Vec<LifecycleRow>) -> Self {
        let mut by_model: Table<ModelId, Vec<usize>> = Table::default();
        for (at, row) in rows.iter().enumerate() {
            by_model.entry(row.id.clone()).or_default().push(at);
        }
        for of_model in by_model.values_mut() {
            of_model.sort_by_key(|at| rows[*at].legacy_from);
        }
        Self { rows, by_model }
    }

    /// All rows, in file order.
    pub fn rows(&self) -> &[LifecycleRow] {
        &self.rows
    }

    /// All rows, taken apart.
    pub(crate) fn into_rows(self) -> Vec<LifecycleRow> {
        self.rows
    }

    /// Any row of the model: for what does not depend on the Region (name, kind).
    pub fn model(&self, model: &ModelId) -> Option<&LifecycleRow> {
        self.by_model.get(model)?.first().map(|at| &self.rows[*at])
    }

    /// The announcements for a model and Region, in order of their Legacy dates. Rows for the
    /// exact Region beat rows for `*`, and the user's own beat both.
    pub fn announcements(&self, model: &ModelId, region: &str) -> Vec<&LifecycleRow> {
        let of_model = self.by_model.get(model).map_or(&[][..], Vec::as_slice);
        let named = |user: bool, name: &str| -> Vec<&LifecycleRow> {
            of_model
                .iter()
                .map(|at| &self.rows[*at])
                .filter(|row| row.user == user && row.regions.iter().any(|r| &**r == name))
                .collect()
        };
        for user in [true, false] {
            let exact = named(user, region);
            if !exact.is_empty() {
                return exact;
            }
            let everywhere = match is_commercial(region) {
                true => named(user, "*"),
                false => Vec::new(),
            };
            if !everywhere.is_empty() {
                return everywhere;
            }
        }
        Vec::new()
    }

    /// The announcement in force on a day, if the tables hold one for the Region.
    pub fn in_force(&self, model: &ModelId, region: &str, day: NaiveDate) -> Option<&LifecycleRow> {
        let announcements = self.announcements(model, region);
        let begun = announcements
            .iter()
            .rev()
            .find(|row| row.legacy_from.is_some_and(|from| from <= day));
        begun.or(announcements.first()).copied()
    }

    /// The phase on a day; `Unknown` where no row covers the Region.
    pub fn phase(&self, model: &ModelId, region: &str, day: NaiveDate) -> LifecyclePhase {
        self.in_force(model, region, day)
            .map_or(LifecyclePhase::Unknown, |row| row.phase(day))
    }

    /// Every date on which the phase of a model in a Region may change.
    pub fn change_dates(&self, model: &ModelId, region: &str) -> BTreeSet<NaiveDate> {
        let dates = |row: &LifecycleRow| {
            [
                row.legacy_from,
                row.extended_access_from,
                row.end_of_life.and_then(EndOfLife::on),
                row.unannounced_extended_access_from(),
            ]
        };
        self.announcements(model, region)
            .into_iter()
            .flat_map(dates)
            .flatten()
            .collect()
    }
}
