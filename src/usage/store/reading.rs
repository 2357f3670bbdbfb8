//! Reading a store for a report: what the manifest vouches for, and nothing else.
//!
//! A file that is missing or is not the one that the manifest means is an error finding and
//! its day is left out; the rest is read. Imports `domain` and `diagnostic` only. Sample: a
//! store of 31 days of metrics gives one [`UsageInput`] with the rows of all.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use chrono::NaiveDate;

use super::keep::hash_of;
use super::manifest::{Entry, Manifest};
use super::{StoreError, places};
use crate::diagnostic::Diagnostic;
use crate::domain::{Catalog, DaySignals, ModelNaming, Source, UsageRow};
use crate::usage::{UsageInput, read_usage_parquet};

/// What a store holds.
#[derive(Debug)]
pub struct StoreRead {
    /// The usage of all days.
    pub input: UsageInput,
    /// What AWS counted beside usage, sorted by source, account, Region and day.
    pub signals: Vec<DaySignalsOf>,
    /// What is damaged, not whole or not settled, and what the fetch found.
    pub findings: Vec<Diagnostic>,
}

/// Counts beside usage, of one source on one day in one account and Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySignalsOf {
    /// Where they were read.
    pub source: Source,
    /// The account.
    pub account_id: String,
    /// The Region.
    pub region: String,
    /// The day, UTC.
    pub day: NaiveDate,
    /// What was counted.
    pub signals: DaySignals,
}

/// Reads the store in a folder; `name` is how findings call it. Waits for a run that is just
/// putting a day in its place.
pub fn read_store(
    folder: &Path,
    name: &str,
    naming: &ModelNaming,
) -> Result<StoreRead, StoreError> {
    let _lock = shared_lock(folder);
    let manifest = Manifest::read(folder).map_err(|source| StoreError::Unusable {
        path: name.to_owned(),
        source,
    })?;
    let mut read = StoreRead {
        input: UsageInput {
            name: name.to_owned(),
            also: Vec::new(),
            raw_logs: false,
            rows: Vec::new(),
        },
        signals: Vec::new(),
        findings: of_manifest(name, &manifest),
    };
    read.findings.extend(strangers(folder, name));
    let mut groups: BTreeMap<(Source, &str, &str), Group> = BTreeMap::new();
    for entry in manifest.days.values() {
        let group = groups
            .entry((entry.source, &entry.account_id, &entry.region))
            .or_default();
        group.note(entry);
        match rows_of(folder, entry, naming) {
            Ok(rows) => read.input.rows.extend(rows),
            Err(problem) => read.findings.push(damaged_day(name, entry, &problem)),
        }
        let kept = entry.findings.iter().map(|finding| finding.restore());
        read.findings.extend(kept);
        if entry.signals != DaySignals::default() {
            read.signals.push(DaySignalsOf {
                source: entry.source,
                account_id: entry.account_id.clone(),
                region: entry.region.clone(),
                day: entry.day,
                signals: entry.signals.clone(),
            });
        }
    }
    for ((source, account_id, region), group) in groups {
        let subject = format!("{source} of account {account_id}, {region}");
        read.findings.extend(group.findings(&subject));
    }
    Ok(read)
}

/// A store on a disk that cannot be written is read without a lock.
fn shared_lock(folder: &Path) -> Option<File> {
    let file = File::open(folder.join(places::LOCK)).ok()?;
    file.lock_shared().ok()?;
    Some(file)
}

/// The rows of a day, if its file is the one that the manifest means.
fn rows_of(folder: &Path, entry: &Entry, naming: &ModelNaming) -> Result<Vec<UsageRow>, String> {
    let (Some(file), Some(hash)) = (&entry.file, &entry.sha256) else {
        return Ok(Vec::new());
    };
    let bytes = fs::read(folder.join(file)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{file} is missing"),
        _ => format!("{file} cannot be read ({error})"),
    })?;
    if hash_of(&bytes) != *hash {
        return Err(format!("{file} is not the file that was fetched"));
    }
    read_usage_parquet(file, bytes, naming).map_err(|error| error.to_string())
}

fn damaged_day(name: &str, entry: &Entry, problem: &str) -> Diagnostic {
    let (day, source) = (entry.day, entry.source);
    let message = format!(
        "{source} of account {}, {}, {day} is left out: {problem}; fetch the day again",
        entry.account_id, entry.region
    );
    Diagnostic::error("store-day-damaged", name, message)
}

/// What is wrong with the manifest itself.
fn of_manifest(name: &str, manifest: &Manifest) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    if let Some(first) = manifest.damaged.first() {
        let message = format!(
            "{} lines of {} cannot be read, the first is line {first}; run the fetch again: days that are missing now are fetched",
            manifest.damaged.len(),
            places::MANIFEST,
        );
        findings.push(Diagnostic::error("store-manifest-damaged", name, message));
    }
    if let Some(tool) = &manifest.newer {
        let message =
            format!("holds days that {tool} wrote and this version cannot read; use that version");
        findings.push(Diagnostic::error("store-is-newer", name, message));
    }
    findings
}

/// Files that somebody else put into the folder: a store is not searched for them.
fn strangers(folder: &Path, name: &str) -> Option<Diagnostic> {
    let own = [
        places::MANIFEST,
        places::LOCK,
        places::UNFINISHED,
        places::CATALOG,
    ];
    let is_own = |file: &str| own.contains(&file) || Source::parse(file).is_some();
    let mut others: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|file| !is_own(file))
        .collect();
    others.sort();
    let first = others.first()?;
    let message = format!(
        "skipped {} of its files and folders, for example {first}: in a store only what was fetched is read; name them as further input",
        others.len(),
    );
    Some(Diagnostic::info("skipped-file", name, message))
}

/// Days of one source, account and Region about which there is something to say.
#[derive(Debug, Default)]
struct Group {
    not_whole: Vec<NaiveDate>,
    not_settled: Vec<NaiveDate>,
}

impl Group {
    fn note(&mut self, entry: &Entry) {
        if !entry.whole {
            self.not_whole.push(entry.day);
        } else if !entry.settled {
            self.not_settled.push(entry.day);
        }
    }

    fn findings(&self, subject: &str) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        if let Some(days) = in_words(&self.not_whole) {
            let message = format!(
                "{days} not read whole, so usage is missing; run the fetch again with --resume"
            );
            findings.push(Diagnostic::warning("day-not-whole", subject, message));
        }
        if let Some(days) = in_words(&self.not_settled) {
            let message = format!(
                "{days} fetched less than 3 hours after the end of the day, so late usage can be missing; run the fetch again"
            );
            findings.push(Diagnostic::info("day-not-settled", subject, message));
        }
        findings
    }
}

/// `2026-10-01 was`, or `3 days, the first is 2026-10-01, were`.
fn in_words(days: &[NaiveDate]) -> Option<String> {
    match days {
        [] => None,
        [day] => Some(format!("{day} was")),
        [first, ..] => Some(format!("{} days, the first is {first}, were", days.len())),
    }
}

/// The catalogs of the store in a folder, sorted by account and Region.
pub fn read_catalogs(folder: &Path) -> Result<Vec<Catalog>, StoreError> {
    let root = folder.join(places::CATALOG);
    let mut catalogs = Vec::new();
    for account in entries(&root)? {
        for path in entries(&account)? {
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            let path_text = || path.display().to_string();
            let bytes = fs::read(&path).map_err(|source| StoreError::Unusable {
                path: path_text(),
                source,
            })?;
            let catalog = serde_json::from_slice::<Catalog>(&bytes);
            catalogs.push(catalog.map_err(|error| StoreError::Catalog {
                path: path_text(),
                reason: error.to_string(),
            })?);
        }
    }
    catalogs.sort_by(|a, b| (&a.account_id, &a.region).cmp(&(&b.account_id, &b.region)));
    Ok(catalogs)
}

/// What lies in a folder; nothing if there is none.
fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, StoreError> {
    let unusable = |source| StoreError::Unusable {
        path: folder.display().to_string(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(unusable(error)),
    };
    entries
        .map(|entry| entry.map(|entry| entry.path()).map_err(unusable))
        .collect()
}
