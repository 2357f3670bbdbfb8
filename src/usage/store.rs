//! The store: days of usage and catalogs as they were fetched, in a folder.
//!
//! `manifest.jsonl` says which days are there; a day with usage has a Parquet file of its own,
//! `SOURCE/ACCOUNT/REGION/DAY.parquet`; catalogs lie in `catalog/ACCOUNT/REGION.json`.
//!
//! A day is written to `unfinished/`, and only then, under a lock that all runs share, renamed
//! to its place and named in the manifest with its hash. Cut off at any point, a run leaves
//! either the day before or the day after, or a file that no line vouches for: that day counts
//! as missing and is fetched again. A file without a line is never read.
//!
//! Imports `domain` and `diagnostic` only. Sample: after `take` of metrics of 2026-10-01,
//! `wanted` no longer names that day, and [`read_store`] gives its rows.

mod keep;
mod manifest;
#[cfg(test)]
mod manifest_tests;
mod places;
mod reading;
#[cfg(test)]
mod store_tests;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use self::keep::lock;
use self::manifest::{Entry, Manifest};
pub use self::reading::{DaySignalsOf, StoreRead, read_catalogs, read_store};
use crate::domain::{Catalog, DaySink, FetchedDay, Source, next_day};

/// Which days a fetch asks for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Days that are missing, were not read whole, or were not over when they were fetched.
    Unsettled,
    /// Days that are missing or were not read whole (`--resume`).
    Missing,
    /// Every day (`--refetch`).
    All,
}

/// How long after its end a day still changes: late points and late log objects.
const SETTLES_AFTER: TimeDelta = TimeDelta::hours(3);

/// A store that a run writes to.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    now: DateTime<Utc>,
    manifest: Mutex<Manifest>,
}

impl Store {
    /// Opens the folder, or makes it. `now` is when the run began.
    ///
    /// Unfinished files of runs that were cut off more than a day before `now` are removed.
    pub fn open(folder: &Path, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let manifest = Self::prepare(folder, now).map_err(|source| StoreError::Unusable {
            path: folder.display().to_string(),
            source,
        })?;
        if let Some(tool) = manifest.newer {
            return Err(StoreError::Newer {
                path: folder.display().to_string(),
                tool,
            });
        }
        Ok(Self {
            folder: folder.to_owned(),
            now,
            manifest: Mutex::new(manifest),
        })
    }

    fn prepare(folder: &Path, now: DateTime<Utc>) -> io::Result<Manifest> {
        fs::create_dir_all(folder.join(places::UNFINISHED))?;
        let _lock = lock(folder)?;
        // An empty manifest is one too: it marks the folder as a store.
        fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(folder.join(places::MANIFEST))?;
        if let Some(yesterday) = now.checked_sub_days(Days::new(1)) {
            remove_orphans(folder, yesterday);
        }
        manifest::mend(folder)?;
        Manifest::read(folder)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The days that have to be fetched, in the order given. Usage of the mantle endpoint is
    /// fetched with the metrics, so a day of metrics is there only when both are.
    pub fn wanted(
        &self,
        source: Source,
        account_id: &str,
        region: &str,
        days: &[NaiveDate],
        again: Again,
    ) -> Vec<NaiveDate> {
        let sources = match source {
            Source::Metrics => &[Source::Metrics, Source::Mantle][..],
            _ => &[source],
        };
        let manifest = self.manifest();
        let is_there = |source: Source, day: NaiveDate| {
            let key = (source, account_id.to_owned(), region.to_owned(), day);
            let Some(entry) = manifest.days.get(&key) else {
                return false;
            };
            let enough = match again {
                Again::All => false,
                Again::Missing => entry.whole,
                Again::Unsettled => entry.whole && entry.settled,
            };
            enough && keep::file_is_sound(&self.folder, entry)
        };
        let is_wanted = |day: &NaiveDate| !sources.iter().all(|source| is_there(*source, *day));
        days.iter().copied().filter(is_wanted).collect()
    }

    /// What was asked when the day was fetched, if it is there: a day that was asked otherwise
    /// (by the day instead of by the hour) may be worth asking again.
    pub fn query_of(
        &self,
        source: Source,
        account_id: &str,
        region: &str,
        day: NaiveDate,
    ) -> Option<String> {
        let key = (source, account_id.to_owned(), region.to_owned(), day);
        let manifest = self.manifest();
        manifest.days.get(&key).map(|entry| entry.query.clone())
    }

    /// Keeps a catalog; it replaces the one of the same account and Region.
    pub fn keep_catalog(&self, catalog: &Catalog) -> io::Result<()> {
        keep::keep_catalog(&self.folder, catalog)
    }

    /// The catalogs, sorted by account and Region.
    pub fn catalogs(&self) -> Result<Vec<Catalog>, StoreError> {
        read_catalogs(&self.folder)
    }

    /// Model ids and profiles that any stored day of an account names (of all accounts for
    /// `None`), as CloudWatch shows them: ids with the prefix of their scope, profiles by their
    /// bare id.
    pub fn names_seen(&self, account_id: Option<&str>) -> Result<BTreeSet<String>, StoreError> {
        let manifest = self.manifest();
        let is_of = |entry: &&Entry| account_id.is_none_or(|account| account == entry.account_id);
        Ok(manifest
            .days
            .values()
            .filter(is_of)
            .flat_map(|entry| entry.names.iter().cloned())
            .collect())
    }

    fn manifest(&self) -> MutexGuard<'_, Manifest> {
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DaySink for Store {
    /// Keeps the day. A day that is there, whole and settled, is not replaced by one that is
    /// not whole.
    fn take(&self, day: FetchedDay) -> io::Result<()> {
        let settled = is_settled(day.day, self.now);
        let entry = keep::keep_day(&self.folder, &day, settled, self.now)?;
        self.manifest().days.insert(entry.key(), entry);
        Ok(())
    }
}

/// Whether a day no longer changes: it ended three hours ago.
fn is_settled(day: NaiveDate, now: DateTime<Utc>) -> bool {
    let end = next_day(day).and_time(chrono::NaiveTime::MIN).and_utc();
    now.signed_duration_since(end) >= SETTLES_AFTER
}

/// Unfinished files that no living run can still be writing. What cannot be removed stays and
/// harms nobody.
fn remove_orphans(folder: &Path, before: DateTime<Utc>) {
    let Ok(entries) = fs::read_dir(folder.join(places::UNFINISHED)) else {
        return;
    };
    for entry in entries.flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let is_old = modified.is_ok_and(|modified| DateTime::<Utc>::from(modified) < before);
        if is_old {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A store that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or its manifest cannot be read or written.
    #[error("{path}: cannot be used as a store; check the path of --store and its permissions")]
    Unusable {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A later version wrote it.
    #[error("{path}: was written by {tool}, which this version cannot read; use that version")]
    Newer {
        /// Which.
        path: String,
        /// What wrote it.
        tool: String,
    },
    /// A catalog cannot be understood.
    #[error("{path}: is not a catalog ({reason}); remove it and run eolcast fetch catalog again")]
    Catalog {
        /// Which.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}
