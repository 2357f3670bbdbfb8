//! Loading the tables under `pricing/`: files in, one immutable [`Tables`] out.
//!
//! The files are embedded in the binary, so that it stands alone; a folder of the same shape
//! replaces them. What cannot be read at all (bad TOML, an unknown key, a price that is a bare
//! number) is a [`TableError`] with file and line; what can be read but is wrong is found by
//! [`super::validate`]. Imports `domain` only.
//!
//! Sample: `pricing/prices/anthropic.toml:42: unknown field `inptu`, expected one of ...; correct the key or remove it`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use chrono::NaiveDate;
use serde::de::DeserializeOwned;

use super::conflicts::SourceKind;
use super::embedded;
use super::hash::hash;
use super::lifecycle::LifecycleTable;
use super::price_table::PriceTable;
use super::pricer::{PriceAssumptions, Pricer};
use super::rows::{Lines, RowReader};
use super::table_file::CompiledFile;
use crate::domain::{
    EndpointScope, ModelId, ModelNaming, ServiceTier, Text, UnitPrice, in_parallel,
};

/// Why tables could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A file or folder cannot be read.
    #[error(
        "{path}: cannot be read ({cause}); give --pricing a folder with sources.toml, geographies.toml, prices/ and lifecycle/"
    )]
    Unreadable {
        /// The file or folder.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
    /// A file is not what the tables are made of.
    #[error("{place}: {problem}; {remedy}")]
    Malformed {
        /// File and line.
        place: String,
        /// What is wrong.
        problem: String,
        /// The way out.
        remedy: String,
    },
}

/// A page or announcement that rows cite: a row of `pricing/sources.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    /// What rows call it.
    pub id: Text,
    /// What kind of witness it is, in questions of the life cycle.
    pub kind: SourceKind,
    /// What it calls itself.
    pub title: Text,
    /// Where it was found.
    pub url: Text,
    /// When it was read.
    pub retrieved_on: NaiveDate,
    /// What a reader of it should know.
    pub note: Option<Text>,
    /// File and line, for messages.
    pub place: Text,
}

/// A prefix of inference profiles: a row of `pricing/geographies.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeographyRow {
    /// `us`, `eu`, `global`, ...
    pub prefix: Text,
    /// The scope that calls through it have.
    pub scope: EndpointScope,
    /// The Regions that may serve such a call.
    pub regions: Vec<Text>,
    /// Whether the fact is marked as unsure.
    pub low_confidence: bool,
    /// Id in `sources.toml`.
    pub source: Option<Text>,
    /// Why the row exists, when it is not obvious.
    pub note: Option<Text>,
    /// File and line, for messages.
    pub place: Text,
}

/// A price by the hour (provisioned throughput, reserved tokens a minute): known, and never
/// multiplied with tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourlyPrice {
    /// The model, without prefix or suffix.
    pub model: ModelId,
    /// Where calls are served.
    pub scope: EndpointScope,
    /// Regions, or `*`.
    pub regions: Vec<Text>,
    /// `provisioned` or `reserved`.
    pub tier: ServiceTier,
    /// `1-month`, `6-month`, `no-commitment`, ...
    pub commitment: Text,
    /// `1 Model Unit Hour`, `1000 TPM Hour`.
    pub unit: Text,
    /// Per unit of input throughput.
    pub input: Option<UnitPrice>,
    /// Per unit of output throughput.
    pub output: Option<UnitPrice>,
    /// Per unit, where input and output are not told apart.
    pub price: Option<UnitPrice>,
    /// First day; `None` for a row in force from the start.
    pub effective_from: Option<NaiveDate>,
    /// Id in `sources.toml`.
    pub source: Text,
    /// When somebody last checked it.
    pub checked_on: NaiveDate,
    /// Whether the fact is marked as unsure.
    pub low_confidence: bool,
    /// Why the row exists, when it is not obvious.
    pub note: Option<Text>,
    /// File and line, for messages.
    pub place: Text,
}

/// A row citing a source, beside the main one too (`also`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// Id in `sources.toml`.
    pub source: Text,
    /// File and line of the row.
    pub place: Text,
}

/// All tables, immutable.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Prices per token, image, query and second.
    pub prices: PriceTable,
    /// Dates.
    pub lifecycle: LifecycleTable,
    /// What rows cite.
    pub sources: Vec<SourceRow>,
    /// What prefixes mean.
    pub geographies: Vec<GeographyRow>,
    /// Prices by the hour.
    pub hourly: Vec<HourlyPrice>,
    /// Every citation of every row.
    pub citations: Vec<Citation>,
    /// SHA-256 (hex) over the names and bytes of all files, sorted by name.
    pub hash: String,
}

/// One file: its name below the root (with `/`), and its text.
#[derive(Debug, Clone)]
pub(crate) struct TableFile {
    pub(crate) name: String,
    pub(crate) text: Cow<'static, str>,
}

impl Tables {
    /// Every Region that a price, a date or a geography names: those that offer Bedrock, as far
    /// as the tables know.
    pub fn regions(&self) -> BTreeSet<Text> {
        let priced = self.prices.rows().iter().flat_map(|row| &row.regions);
        let dated = self.lifecycle.rows().iter().flat_map(|row| &row.regions);
        let grouped = self.geographies.iter().flat_map(|row| &row.regions);
        priced
            .chain(dated)
            .chain(grouped)
            .filter(|region| !region.contains('*'))
            .cloned()
            .collect()
    }

    /// The tables that the binary carries.
    pub fn embedded() -> Result<Self, TableError> {
        let files = embedded::FILES.iter().map(|(name, text, _)| TableFile {
            name: (*name).to_owned(),
            text: Cow::Borrowed(*text),
        });
        let compiled = |name: &str| {
            let file = embedded::FILES.iter().find(|file| file.0 == name);
            file.map(|(_, _, rows)| *rows)
        };
        Self::of_files(
            "pricing",
            &files.collect::<Vec<_>>(),
            compiled,
            embedded::HASH.to_owned(),
        )
    }

    /// Tables of the same shape in a folder.
    pub fn from_dir(folder: &Path) -> Result<Self, TableError> {
        Self::from_files(&folder.display().to_string(), read_folder(folder)?)
    }

    /// Parses files; `root` stands before their names in messages.
    pub(crate) fn from_files(root: &str, mut files: Vec<TableFile>) -> Result<Self, TableError> {
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let hashed = hash(files.iter().map(|file| (&*file.name, &*file.text)));
        Self::of_files(root, &files, |_| None, hashed)
    }

    /// The tables of sorted files, of which the build script has read some, by name.
    fn of_files(
        root: &str,
        files: &[TableFile],
        compiled: impl Fn(&str) -> Option<&'static str> + Sync,
        hash: String,
    ) -> Result<Self, TableError> {
        // Most of what a start takes.
        let of_files = in_parallel(files, 1, |_, file| {
            rows_of(root, file, compiled(&file.name))
        });
        let of_files = of_files.into_iter().collect::<Result<Vec<_>, _>>()?;
        let rows = RowReader::of_all(of_files);
        Ok(Self {
            prices: PriceTable::new(rows.prices),
            lifecycle: LifecycleTable::new(rows.lifecycle),
            sources: rows.sources,
            geographies: rows.geographies,
            hourly: rows.hourly,
            citations: rows.citations,
            hash,
        })
    }

    /// Prices and phases under what the user assumes.
    pub fn pricer<'a>(&'a self, assumptions: &'a PriceAssumptions) -> Pricer<'a> {
        Pricer::new(&self.prices, &self.lifecycle, assumptions)
    }

    /// What the tables know of names; profiles come from settings and catalog.
    pub fn naming(&self) -> ModelNaming {
        let priced = self.prices.rows().iter().map(|row| &row.model);
        let by_the_hour = self.hourly.iter().map(|row| &row.model);
        let dated = self.lifecycle.rows().iter().map(|row| &row.id);
        let models: BTreeSet<Text> = priced
            .chain(by_the_hour)
            .chain(dated)
            .map(ModelId::text)
            .collect();
        let mut aliases = BTreeMap::new();
        for row in self.lifecycle.rows() {
            for alias in &row.aliases {
                aliases.insert(alias.clone(), row.id.text());
            }
        }
        let names = models.iter().chain(aliases.keys());
        let providers = names
            .filter_map(|id| id.split_once('.'))
            .map(|(provider, _)| Text::from(provider))
            .collect();
        let mut bands: BTreeMap<Text, BTreeSet<u64>> = BTreeMap::new();
        for row in self.prices.rows().iter().filter(|row| row.prompt_above > 0) {
            let of_model = bands.entry(row.model.text()).or_default();
            of_model.insert(row.prompt_above);
        }
        ModelNaming {
            providers,
            models,
            aliases,
            profiles: BTreeMap::new(),
            prompt_bands: bands
                .into_iter()
                .map(|(model, bounds)| (model, bounds.into_iter().collect()))
                .collect(),
        }
    }
}

/// The rows of one file.
fn rows_of(root: &str, file: &TableFile, compiled: Option<&str>) -> Result<RowReader, TableError> {
    let lines = Lines::new(root, &file.name, &file.text);
    let mut rows = RowReader::default();
    // Whatever is wrong with it is said of the TOML.
    if let Some(Ok(compiled)) = compiled.map(CompiledFile::read) {
        rows.prices(compiled.prices, &lines)?;
        rows.lifecycle(compiled.lifecycle, &lines);
        rows.sources(compiled.sources, &lines);
        rows.geographies(compiled.geographies, &lines);
        return Ok(rows);
    }
    match file.name.split_once('/') {
        Some(("prices", _)) => rows.prices(parse(&lines, &file.text)?, &lines)?,
        Some(("lifecycle", _)) => rows.lifecycle(parse(&lines, &file.text)?, &lines),
        _ if file.name == "sources.toml" => rows.sources(parse(&lines, &file.text)?, &lines),
        _ => rows.geographies(parse(&lines, &file.text)?, &lines),
    }
    Ok(rows)
}

/// Reads one file, or says where it breaks and what to do.
pub(super) fn parse<T: DeserializeOwned>(lines: &Lines<'_>, text: &str) -> Result<T, TableError> {
    toml::from_str(text).map_err(|error| {
        let message = error.message().trim().replace('\n', ", ");
        let (problem, remedy) = match message.split_once("; ") {
            // Our own words already hold the way out.
            Some((problem, remedy)) => (problem.to_owned(), remedy.to_owned()),
            None => {
                let remedy = remedy_for(&message).to_owned();
                (message, remedy)
            }
        };
        TableError::Malformed {
            place: lines.place(error.span().map_or(0, |span| span.start)),
            problem,
            remedy,
        }
    })
}

fn remedy_for(message: &str) -> &'static str {
    if message.starts_with("unknown field") {
        "correct the key or remove it"
    } else if message.starts_with("missing field") {
        "add it to the row"
    } else if message.starts_with("invalid type") && message.contains("string") {
        "put the value in quotes, so that no digit is lost"
    } else {
        "compare the row with its neighbours"
    }
}

/// The two single files and the two folders of a tree.
fn read_folder(folder: &Path) -> Result<Vec<TableFile>, TableError> {
    let mut files = Vec::new();
    for name in ["geographies.toml", "sources.toml"] {
        files.push(read_file(folder, name.to_owned())?);
    }
    for below in ["lifecycle", "prices"] {
        let path = folder.join(below);
        let entries = fs::read_dir(&path).map_err(|cause| unreadable(&path, cause))?;
        for entry in entries {
            let entry = entry.map_err(|cause| unreadable(&path, cause))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".toml") {
                files.push(read_file(folder, format!("{below}/{name}"))?);
            }
        }
    }
    Ok(files)
}

fn read_file(folder: &Path, name: String) -> Result<TableFile, TableError> {
    let path = folder.join(&name);
    let text = fs::read_to_string(&path).map_err(|cause| unreadable(&path, cause))?;
    Ok(TableFile {
        name,
        text: Cow::Owned(text),
    })
}

fn unreadable(path: &Path, cause: io::Error) -> TableError {
    TableError::Unreadable {
        path: path.display().to_string(),
        cause,
    }
}

#[cfg(test)]
mod tests;
