//! Putting a day or a catalog into the store so that it is there whole or not at all.
//!
//! Imports `domain` and `diagnostic` only. Sample: a day without usage is a line of the
//! manifest and no file.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::manifest::{Entry, KeptFinding, Manifest, VERSION, append};
use super::places;
use crate::domain::{Catalog, EndpointScope, FetchedDay, Granularity, UsageRow};
use crate::usage::write_usage_parquet;

/// What every line of a manifest begins with.
const TOOL: &str = concat!("eolcast ", env!("CARGO_PKG_VERSION"));

/// Waits until no other run changes the store; the lock ends when the file is dropped.
pub(super) fn lock(folder: &Path) -> io::Result<File> {
    let file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join(places::LOCK))?;
    file.lock()?;
    Ok(file)
}

/// Writes the day and gives the line that the manifest now holds for it.
pub(super) fn keep_day(
    folder: &Path,
    day: &FetchedDay,
    settled: bool,
    now: DateTime<Utc>,
) -> io::Result<Entry> {
    places::check_names(&day.account_id, &day.region)?;
    let granularity = granularity_of(day)?;
    let place = places::day_file(day.source, &day.account_id, &day.region, day.day);
    let written = match day.rows.is_empty() {
        true => None,
        false => Some(write_rows(folder, &place, &day.rows)?),
    };
    let entry = Entry {
        tool: TOOL.to_owned(),
        version: VERSION,
        source: day.source,
        account_id: day.account_id.to_string(),
        region: day.region.to_string(),
        day: day.day,
        file: written.is_some().then(|| place.clone()),
        rows: u64::try_from(day.rows.len()).unwrap_or(u64::MAX),
        sha256: written.as_ref().map(|(_, hash)| hash.clone()),
        granularity,
        whole: day.whole,
        settled,
        fetched_at: now,
        query: day.query.clone(),
        signals: day.signals.clone(),
        findings: day.findings.iter().map(KeptFinding::new).collect(),
        names: day.rows.iter().flat_map(names_of).collect(),
    };
    let target = folder.join(&place);
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    let _lock = lock(folder)?;
    if !entry.whole
        && let Some(better) = whole_and_settled(folder, &entry)?
    {
        return Ok(better);
    }
    match written {
        Some((file, _)) => {
            file.persist(&target).map_err(|failed| failed.error)?;
            append(folder, &entry)?;
        }
        None => {
            append(folder, &entry)?;
            // The line no longer names it: left behind it would be waste, not usage.
            let _ = fs::remove_file(&target);
        }
    }
    Ok(entry)
}

/// What another run or an earlier one has of the day, if nothing is missing there.
fn whole_and_settled(folder: &Path, entry: &Entry) -> io::Result<Option<Entry>> {
    let before = Manifest::read(folder)?.days.remove(&entry.key());
    let is_better =
        |before: &Entry| before.whole && before.settled && file_is_sound(folder, before);
    Ok(before.filter(is_better))
}

/// All rows of a day are of one granularity, and of that day.
fn granularity_of(day: &FetchedDay) -> io::Result<Option<Granularity>> {
    let first = day.rows.first().map(|row| row.granularity);
    let belongs = |row: &UsageRow| {
        row.source == day.source
            && row.account_id == day.account_id
            && row.region == day.region
            && row.day() == day.day
            && Some(row.granularity) == first
    };
    if day.rows.iter().all(belongs) {
        return Ok(first);
    }
    let message = format!(
        "usage of {} of account {}, {}, {} holds rows of another source, account, Region, day or granularity; this is a defect of eolcast",
        day.source, day.account_id, day.region, day.day
    );
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

/// The rows in an unfinished file, on the disk, and the file's hash.
fn write_rows(
    folder: &Path,
    place: &str,
    rows: &[UsageRow],
) -> io::Result<(NamedTempFile, String)> {
    let mut file = unfinished(folder)?;
    let hash = {
        let mut hashing = Hashing {
            output: BufWriter::new(file.as_file_mut()),
            hash: Sha256::new(),
        };
        write_usage_parquet(place, rows, &mut hashing).map_err(io::Error::other)?;
        hashing.output.flush()?;
        hex(hashing.hash)
    };
    file.as_file().sync_all()?;
    Ok((file, hash))
}

/// A file that has no place yet.
pub(super) fn unfinished(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // Temporary files are private by default; a store is as readable as the umask allows.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder.join(places::UNFINISHED))
}

struct Hashing<W> {
    output: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.output.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

fn hex(hash: Sha256) -> String {
    let digits = hash.finalize();
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of bytes, as manifests write it.
pub(super) fn hash_of(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hex(hash)
}

/// Whether the file of a day is there and is the one that the manifest means.
pub(super) fn file_is_sound(folder: &Path, entry: &Entry) -> bool {
    let (Some(file), Some(hash)) = (&entry.file, &entry.sha256) else {
        return true;
    };
    fs::read(folder.join(file)).is_ok_and(|bytes| hash_of(&bytes) == *hash)
}

/// A model as CloudWatch shows it, and the bare id of a profile.
fn names_of(row: &UsageRow) -> BTreeSet<String> {
    let model = row.model_id.as_str();
    let model = match (row.endpoint_scope, &row.geo) {
        (Some(EndpointScope::Geo), Some(geo)) => format!("{geo}.{model}"),
        (Some(EndpointScope::Global), _) => format!("global.{model}"),
        _ => model.to_owned(),
    };
    let bare = |profile: &str| profile.rsplit('/').next().unwrap_or(profile).to_owned();
    let profile = row.inference_profile.as_deref().map(bare);
    std::iter::once(model).chain(profile).collect()
}

/// Writes a catalog over the one of the same account and Region.
pub(super) fn keep_catalog(folder: &Path, catalog: &Catalog) -> io::Result<()> {
    places::check_names(&catalog.account_id, &catalog.region)?;
    let parent = folder.join(places::CATALOG).join(&catalog.account_id);
    fs::create_dir_all(&parent)?;
    let mut file = unfinished(folder)?;
    let mut text = serde_json::to_vec_pretty(catalog)?;
    text.push(b'\n');
    file.write_all(&text)?;
    file.as_file().sync_all()?;
    let _lock = lock(folder)?;
    file.persist(parent.join(format!("{}.json", catalog.region)))
        .map_err(|failed| failed.error)?;
    Ok(())
}
