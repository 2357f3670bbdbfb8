//! The manifest of a store: one JSON object a line, appended; the last line of a day wins.
//!
//! A run that is cut off while it appends leaves a torn last line. It is no line: readers pass
//! over it, and the next append takes it away first. A torn line can stand nowhere else, so a
//! line in the middle that cannot be read is damage and is said.
//!
//! Every line begins with the tool, which is how a folder is known as a store. Imports
//! `domain` and `diagnostic`. Sample:
//! `{"tool":"eolcast 0.1.0","version":1,"source":"metrics","account_id":"111122223333",...}`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{keep, places};
use crate::diagnostic::{Diagnostic, Severity};
use crate::domain::{DaySignals, Decimal, Granularity, Source, Usd, moment};

/// What this version writes and understands.
pub(super) const VERSION: u32 = 1;

/// A day as it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Program and version that wrote it.
    pub(super) tool: String,
    pub(super) version: u32,
    #[serde(with = "source_word")]
    pub(super) source: Source,
    pub(super) account_id: String,
    pub(super) region: String,
    #[serde(with = "day_text")]
    pub(super) day: NaiveDate,
    /// From the store's folder on; none for a day without usage.
    pub(super) file: Option<String>,
    pub(super) rows: u64,
    /// Of the file, in hexadecimal digits.
    pub(super) sha256: Option<String>,
    /// None for a day without usage.
    #[serde(with = "granularity_word")]
    pub(super) granularity: Option<Granularity>,
    pub(super) whole: bool,
    /// Whether the day was over, and late records had arrived, when it was fetched.
    pub(super) settled: bool,
    #[serde(with = "moment")]
    pub(super) fetched_at: DateTime<Utc>,
    pub(super) query: String,
    #[serde(default)]
    pub(super) signals: DaySignals,
    #[serde(default)]
    pub(super) findings: Vec<KeptFinding>,
    /// Models and profiles of the rows, as CloudWatch would show them.
    #[serde(default)]
    pub(super) names: BTreeSet<String>,
}

/// What a line is about.
pub(super) type DayKey = (Source, String, String, NaiveDate);

impl Entry {
    pub(super) fn key(&self) -> DayKey {
        let (account_id, region) = (self.account_id.clone(), self.region.clone());
        (self.source, account_id, region, self.day)
    }

    /// Whether the line can be followed safely.
    fn is_sound(&self) -> bool {
        let names = places::is_safe(&self.account_id) && places::is_safe(&self.region);
        let file = match (&self.file, &self.sha256) {
            (Some(file), Some(_)) => places::is_below(file),
            (None, None) => self.rows == 0,
            _ => false,
        };
        names && file
    }
}

/// A finding of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptFinding {
    severity: String,
    code: String,
    subject: String,
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cost: Option<String>,
}

impl KeptFinding {
    pub(super) fn new(finding: &Diagnostic) -> Self {
        Self {
            severity: finding.severity.as_str().to_owned(),
            code: finding.code.to_string(),
            subject: finding.subject.clone(),
            message: finding.message.clone(),
            tokens: finding.tokens_affected,
            cost: finding.cost_affected.map(|cost| cost.to_string()),
        }
    }

    /// The finding again. A word that this version does not know is taken for a warning.
    pub(super) fn restore(&self) -> Diagnostic {
        let severity = [Severity::Error, Severity::Warning, Severity::Info]
            .into_iter()
            .find(|severity| severity.as_str() == self.severity)
            .unwrap_or(Severity::Warning);
        let cost = self.cost.as_deref().map(str::parse::<Decimal>);
        Diagnostic {
            severity,
            code: self.code.clone().into(),
            subject: self.subject.clone(),
            message: self.message.clone(),
            tokens_affected: self.tokens,
            cost_affected: cost.and_then(Result::ok).map(Usd::new),
        }
    }
}

/// What a manifest says.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// The last line of each day.
    pub(super) days: BTreeMap<DayKey, Entry>,
    /// Lines that cannot be read, by number.
    pub(super) damaged: Vec<usize>,
    /// The first line that a later version wrote.
    pub(super) newer: Option<String>,
}

/// Of a line only what tells whether the rest can be understood.
#[derive(Deserialize)]
struct Head {
    tool: String,
    version: u32,
}

impl Manifest {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut manifest = Self::default();
        let torn_from = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let mut at = 0;
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let is_last = at == torn_from;
            at += line.len() + 1;
            if line.is_empty() {
                continue;
            }
            match serde_json::from_slice::<Head>(line) {
                Ok(head) if head.version > VERSION => {
                    manifest.newer.get_or_insert(head.tool);
                }
                _ => match serde_json::from_slice::<Entry>(line) {
                    Ok(entry) if entry.is_sound() => {
                        manifest.days.insert(entry.key(), entry);
                    }
                    _ if is_last => {}
                    _ => manifest.damaged.push(number),
                },
            }
        }
        manifest
    }

    /// Reads the manifest of a store; a missing one is empty.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        match std::fs::read(folder.join(places::MANIFEST)) {
            Ok(bytes) => Ok(Self::parse(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }
}

/// Takes damaged lines out, so that one bad sector is not reported for ever: their days count
/// as missing. The caller holds the lock.
pub(super) fn mend(folder: &Path) -> io::Result<()> {
    let place = folder.join(places::MANIFEST);
    let bytes = std::fs::read(&place)?;
    let damaged = Manifest::parse(&bytes).damaged;
    if damaged.is_empty() {
        return Ok(());
    }
    let mut mended = Vec::with_capacity(bytes.len());
    for (number, line) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        if !damaged.contains(&number) {
            mended.extend_from_slice(line);
        }
    }
    let mut file = keep::unfinished(folder)?;
    file.write_all(&mended)?;
    file.as_file().sync_all()?;
    file.persist(place).map_err(|failed| failed.error)?;
    Ok(())
}

/// Appends a line and waits until it is on the disk. The caller holds the lock.
pub(super) fn append(folder: &Path, entry: &Entry) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join(places::MANIFEST))?;
    end_last_line(&mut file)?;
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}

/// Leaves the file at its end, on a new line: a last line that is whole gets its line break, a
/// torn one is taken away.
fn end_last_line(file: &mut File) -> io::Result<()> {
    const STEP: u64 = 1 << 16;
    let length = file.seek(SeekFrom::End(0))?;
    let mut tail = Vec::new();
    let mut start = length;
    // Backwards to the last line break; most often it is the last byte.
    let break_at = loop {
        if let Some(at) = tail.iter().rposition(|byte| *byte == b'\n') {
            break Some(at);
        }
        if start == 0 {
            break None;
        }
        let size = if tail.is_empty() { 1 } else { STEP.min(start) };
        start -= size;
        file.seek(SeekFrom::Start(start))?;
        let mut before = Vec::new();
        Read::by_ref(file).take(size).read_to_end(&mut before)?;
        before.append(&mut tail);
        tail = before;
    };
    let line_at = break_at.map_or(0, |at| at + 1);
    let line = tail.get(line_at..).unwrap_or_default();
    if line.is_empty() {
        file.seek(SeekFrom::End(0))?;
    } else if serde_json::from_slice::<Head>(line).is_ok() {
        file.seek(SeekFrom::End(0))?;
        file.write_all(b"\n")?;
    } else {
        let end = start + u64::try_from(line_at).unwrap_or(0);
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
    }
    Ok(())
}

/// Sources by their word.
mod source_word {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::domain::Source;

    pub(super) fn serialize<S: Serializer>(source: &Source, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(source.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Source, D::Error> {
        let word = String::deserialize(from)?;
        Source::parse(&word).ok_or_else(|| D::Error::custom("no such source"))
    }
}

/// Granularities by their word, or `null`.
mod granularity_word {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::domain::Granularity;

    pub(super) fn serialize<S: Serializer>(
        granularity: &Option<Granularity>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        granularity.map(Granularity::as_str).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Granularity>, D::Error> {
        let word = Option::<String>::deserialize(from)?;
        let parse = |word: &str| {
            Granularity::parse(word).ok_or_else(|| D::Error::custom("no such granularity"))
        };
        word.as_deref().map(parse).transpose()
    }
}

/// Days as `YYYY-MM-DD`.
mod day_text {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(day: &NaiveDate, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&day.to_string())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
