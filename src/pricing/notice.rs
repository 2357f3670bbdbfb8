//! AWS life-cycle notices to rows: the text of an e-mail or of AWS Health, in; life-cycle and
//! price rows, out.
//!
//! What a notice says is taken word for word or not at all: a date without a label, an unknown
//! Region, two dates for one thing, a price in a form that is not known, a notice without a
//! model or a date are each refused, with the line, its words and the way out. What a notice
//! leaves out (when Legacy began, what the model makes, where to move) comes from the tables'
//! row of the same model and Region. Imports `domain` and `diagnostic` only.
//!
//! Sample: `will stay in the Legacy state until January 28, 2026, when the model will enter the
//! Extended Access state` is `extended_access_from = "2026-01-28"`.

mod dates;
mod envelope;
mod lines;
mod models;
mod pattern;
mod prices;
mod regions;
mod rows;
mod rows_file;

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;

pub use rows_file::{Addition, add_to_rows};

use super::lifecycle::LifecycleRow;
use super::load::{SourceRow, Tables};
use super::price_table::PriceRow;
use crate::domain::{ModelKind, ModelNaming};
use envelope::Letter;

/// What the reader of a notice may fall back on.
#[derive(Debug, Clone)]
pub struct NoticeOptions {
    /// Regions for a notice that names none and came with none.
    pub regions: Vec<String>,
    /// What a model makes that no table knows.
    pub kind: Option<ModelKind>,
    /// The day the rows are checked on, where the notice does not say when it was sent.
    pub today: NaiveDate,
}

/// The rows of one notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRows {
    /// The notice itself.
    pub source: SourceRow,
    /// One row per model and set of Regions.
    pub lifecycle: Vec<LifecycleRow>,
    /// One row per model, scope and tier.
    pub prices: Vec<PriceRow>,
}

/// Why a notice was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which event of the file, from 1; none for an e-mail.
    pub event: Option<usize>,
    /// The line of the text, from 1; 0 for all of it.
    pub line: usize,
    /// What is wrong, with the words of the notice.
    pub problem: String,
    /// What to do.
    pub way_out: String,
}

impl Refusal {
    fn new(line: usize, problem: impl Into<String>, way_out: &str) -> Self {
        Self {
            event: None,
            line,
            problem: problem.into(),
            way_out: way_out.to_owned(),
        }
    }

    fn quoting(line: usize, problem: &str, quote: &str, way_out: &str) -> Self {
        let quote = lines::shortened(quote);
        Self::new(line, format!("{problem}: \"{quote}\""), way_out)
    }
}

impl fmt::Display for Refusal {
    /// `2, line 5: problem; way out` of an event, `5: problem; way out` of an e-mail, to stand
    /// after the name of the file and a colon.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.event, self.line) {
            (Some(event), 0) => write!(f, " event {event}: ")?,
            (Some(event), line) => write!(f, " event {event}, line {line}: ")?,
            (None, 0) => write!(f, " ")?,
            (None, line) => write!(f, "{line}: ")?,
        }
        write!(f, "{}; {}", self.problem, self.way_out)
    }
}

/// The tables as the parts of the reader ask them.
#[derive(Debug)]
struct Knowledge<'a> {
    tables: &'a Tables,
    naming: ModelNaming,
    regions: BTreeSet<String>,
    kind: Option<ModelKind>,
}

impl<'a> Knowledge<'a> {
    fn new(tables: &'a Tables, options: &NoticeOptions) -> Self {
        let dated = tables.lifecycle.rows().iter().map(|row| &row.regions);
        let priced = tables.prices.rows().iter().map(|row| &row.regions);
        let grouped = tables.geographies.iter().map(|row| &row.regions);
        Self {
            tables,
            naming: tables.naming(),
            regions: dated
                .chain(priced)
                .chain(grouped)
                .flatten()
                .map(|region| region.to_string())
                .filter(|region| region != "*")
                .collect(),
            kind: options.kind,
        }
    }
}

/// Reads the notices of a file, each for itself.
pub fn read_notices(
    text: &str,
    tables: &Tables,
    options: &NoticeOptions,
) -> Vec<Result<NoticeRows, Refusal>> {
    let known = Knowledge::new(tables, options);
    let read = |letter: Letter| {
        let event = letter.event;
        read_letter(&letter, &known, options).map_err(|refusal| Refusal { event, ..refusal })
    };
    let letters = envelope::letters(text);
    letters
        .into_iter()
        .map(|letter| letter.and_then(read))
        .collect()
}

fn read_letter(
    letter: &Letter,
    known: &Knowledge<'_>,
    options: &NoticeOptions,
) -> Result<NoticeRows, Refusal> {
    let pieces = lines::pieces(&letter.text);
    let models = models::read(&pieces, &letter.entities, known)?;
    let dates = dates::read(&pieces)?;
    if dates.legacy_from.is_none()
        && dates.extended_access_from.is_none()
        && dates.end_of_life.is_none()
    {
        let first = pieces.first();
        return Err(Refusal::quoting(
            first.map_or(1, |piece| piece.line),
            "no date of Legacy, Extended Access or the end of life is given; the text begins",
            first.map_or("", |piece| &piece.text),
            "give it the whole notice, with its important dates",
        ));
    }
    let blocks = prices::read(&pieces)?;
    let mut regions = regions::read(&pieces, &known.regions)?;
    if regions.is_empty() {
        regions.extend(letter.region.clone());
    }
    if regions.is_empty() {
        regions.extend(
            options
                .regions
                .iter()
                .map(|region| region.to_ascii_lowercase()),
        );
    }
    if let Some(region) = regions
        .iter()
        .find(|region| **region != "*" && !known.regions.contains(*region))
    {
        return Err(Refusal::new(
            0,
            format!("'{region}' is no Region that the tables know"),
            "write its code, for example us-east-1",
        ));
    }
    if regions.is_empty() {
        return Err(Refusal::new(
            1,
            "the notice names no Region",
            "say with --region which Region of the account it was sent for",
        ));
    }
    rows::rows(
        letter,
        &models,
        &dates,
        &blocks,
        &regions,
        known,
        options.today,
    )
}

#[cfg(test)]
mod tests;
