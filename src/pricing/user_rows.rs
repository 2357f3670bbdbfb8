//! Rows of the user's own: prices and life-cycle dates that beat those of the tables.
//!
//! One file holds `[[model]]`, `[[price]]` and `[[source]]` in the same words as `pricing/`;
//! `eolcast notice --write` makes such files. A price row replaces the row of its key (model,
//! scope, Region, tier, phase, band, unit) from its `effective_from` on, as a whole: a meter that
//! it leaves out is unpriced, and does not fall back to the row behind it. A life-cycle row
//! replaces all announcements of its model in its Regions. The rows are part of the hash of the
//! tables. Imports `domain` and `diagnostic` only.
//!
//! Sample: `my-rows.toml` with one `[[price]]` for Command R+ in us-east-1 makes its charges
//! there `user` instead of `assumed`.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::lifecycle::LifecycleTable;
use super::load::{TableError, Tables, parse};
use super::price_table::PriceTable;
use super::rows::{Lines, RowReader};
use super::table_file::{self, LifecycleFile, PriceFile, SourceFile};
use super::validate::validate;
use crate::diagnostic::Diagnostic;

/// A file of the user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFile {
    /// Its name, for messages.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What was taken from a file of the user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRows {
    /// The file.
    pub file: String,
    /// How many price rows.
    pub prices: usize,
    /// How many life-cycle rows.
    pub lifecycle: usize,
}

impl UserRows {
    /// The finding that names the file in a report.
    pub fn finding(&self) -> Diagnostic {
        let count = |count: usize, what: &str| match count {
            1 => format!("1 {what} row"),
            _ => format!("{count} {what} rows"),
        };
        let message = format!(
            "{} and {} of your own stand before those of the tables",
            count(self.prices, "price"),
            count(self.lifecycle, "life-cycle"),
        );
        Diagnostic::info("user-rows", &*self.file, message)
    }
}

impl Tables {
    /// These tables with the user's rows before their own.
    pub fn with_user_rows(self, files: &[UserFile]) -> Result<(Self, Vec<UserRows>), TableError> {
        if files.is_empty() {
            return Ok((self, Vec::new()));
        }
        let mut taken = Vec::new();
        let mut rows = RowReader {
            user: true,
            prices: self.prices.into_rows(),
            hourly: self.hourly,
            lifecycle: self.lifecycle.into_rows(),
            sources: self.sources,
            geographies: self.geographies,
            citations: self.citations,
        };
        for file in files {
            let lines = Lines::new("", &file.name, &file.text);
            let read: table_file::UserFile = parse(&lines, &file.text)?;
            taken.push(UserRows {
                file: file.name.clone(),
                prices: read.price.len(),
                lifecycle: read.model.len(),
            });
            let prices = PriceFile {
                price: read.price,
                hourly: Vec::new(),
            };
            rows.prices(prices, &lines)?;
            rows.lifecycle(LifecycleFile { model: read.model }, &lines);
            let sources = SourceFile {
                source: read.source,
            };
            rows.sources(sources, &lines);
        }
        let tables = Self {
            prices: PriceTable::new(rows.prices),
            lifecycle: LifecycleTable::new(rows.lifecycle),
            sources: rows.sources,
            geographies: rows.geographies,
            hourly: rows.hourly,
            citations: rows.citations,
            hash: hash(&self.hash, files),
        };
        Ok((tables, taken))
    }
}

/// What is wrong with the user's rows; the tables behind them are `check`'s business.
pub fn validate_user_rows(tables: &Tables, taken: &[UserRows]) -> Vec<Diagnostic> {
    let files: BTreeSet<&str> = taken.iter().map(|rows| &*rows.file).collect();
    let mut findings = match files.is_empty() {
        true => Vec::new(),
        false => validate(tables, None),
    };
    findings.retain(|finding| {
        let file = finding.subject.rsplit_once(':').map(|(file, _)| file);
        file.is_some_and(|file| files.contains(file))
    });
    findings
}

/// The hash of the tables and of the bytes before them; where the files lie and in which
/// order they were named makes no difference to a price.
fn hash(of_tables: &str, files: &[UserFile]) -> String {
    let mut texts: Vec<&str> = files.iter().map(|file| &*file.text).collect();
    texts.sort_unstable();
    let mut digest = Sha256::new();
    digest.update(of_tables.as_bytes());
    for text in texts {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    }
    let bytes = digest.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
