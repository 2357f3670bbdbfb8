//! From the entries of the TOML files to the rows of the tables, each with its file and line.
//!
//! Imports `domain` only. Sample: the entry that begins on line 42 of `prices/anthropic.toml`
//! becomes a `PriceRow` with the place `pricing/prices/anthropic.toml:42`.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::conflicts::{SourceKind, Statement};
use super::lifecycle::LifecycleRow;
use super::load::{Citation, GeographyRow, HourlyPrice, SourceRow, TableError};
use super::price_table::PriceRow;
use super::table_file::{
    Amount, Confidence, ConflictEntry, GeographyFile, LifecycleFile, Policy, PriceEntry, PriceFile,
    SourceFile, Word,
};
use crate::domain::{ModelId, SkuMeter, Text, UnitPrice};

/// Where the lines of a file begin, to tell people a line and not a byte.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    root: &'a str,
    name: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(root: &'a str, name: &'a str, text: &str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        let starts = std::iter::once(0).chain(ends.map(|end| end + 1)).collect();
        Self { root, name, starts }
    }

    /// File and line of a byte.
    pub(super) fn place(&self, at: usize) -> String {
        let line = self.starts.partition_point(|start| *start <= at);
        match self.root {
            "" => format!("{}:{line}", self.name),
            root => format!("{root}/{}:{line}", self.name),
        }
    }
}

/// Collects the rows of all files.
#[derive(Debug, Default)]
pub(super) struct RowReader {
    /// Whether the files are the user's own.
    pub(super) user: bool,
    pub(super) prices: Vec<PriceRow>,
    pub(super) hourly: Vec<HourlyPrice>,
    pub(super) lifecycle: Vec<LifecycleRow>,
    pub(super) sources: Vec<SourceRow>,
    pub(super) geographies: Vec<GeographyRow>,
    pub(super) citations: Vec<Citation>,
}

impl RowReader {
    /// The rows of all files, in their order.
    pub(super) fn of_all(of_files: Vec<Self>) -> Self {
        let mut all = Self::default();
        all.prices
            .reserve_exact(of_files.iter().map(|of| of.prices.len()).sum());
        all.citations
            .reserve_exact(of_files.iter().map(|of| of.citations.len()).sum());
        for mut next in of_files {
            all.prices.append(&mut next.prices);
            all.hourly.append(&mut next.hourly);
            all.lifecycle.append(&mut next.lifecycle);
            all.sources.append(&mut next.sources);
            all.geographies.append(&mut next.geographies);
            all.citations.append(&mut next.citations);
        }
        all
    }

    pub(super) fn prices(&mut self, file: PriceFile, lines: &Lines<'_>) -> Result<(), TableError> {
        for entry in file.price {
            let place = lines.place(entry.span().start);
            let entry = entry.into_inner();
            let prices = meters(&entry, &place)?;
            let place = self.cite(place, &entry.source, &entry.also);
            self.prices.push(PriceRow {
                model: ModelId::new(entry.model.0),
                scope: entry.scope.0,
                regions: texts(entry.regions.0),
                tier: entry.tier.0,
                extended_access: entry.phase.0,
                prompt_above: entry.prompt_above.unwrap_or(0),
                effective_from: entry.effective_from.map(|day| day.0),
                prices,
                source: entry.source.0,
                checked_on: entry.checked_on.0,
                low_confidence: entry.confidence == Confidence::Low,
                note: entry.note.map(|word| word.0),
                user: self.user,
                place,
            });
        }
        for entry in file.hourly {
            let place = lines.place(entry.span().start);
            let entry = entry.into_inner();
            let place = self.cite(place, &entry.source, &entry.also);
            let amount = |amount: Option<Amount>| amount.map(|amount| amount.0);
            self.hourly.push(HourlyPrice {
                model: ModelId::new(entry.model.0),
                scope: entry.scope.0,
                regions: texts(entry.regions.0),
                tier: entry.tier.0,
                commitment: entry.commitment.0,
                unit: entry.unit.0,
                input: amount(entry.input),
                output: amount(entry.output),
                price: amount(entry.price),
                effective_from: entry.effective_from.map(|day| day.0),
                source: entry.source.0,
                checked_on: entry.checked_on.0,
                low_confidence: entry.confidence == Confidence::Low,
                note: entry.note.map(|word| word.0),
                place,
            });
        }
        Ok(())
    }

    pub(super) fn lifecycle(&mut self, file: LifecycleFile, lines: &Lines<'_>) {
        for entry in file.model {
            let place = lines.place(entry.span().start);
            let entry = entry.into_inner();
            let also: Vec<Word> = entry
                .also
                .into_iter()
                .chain(entry.conflicts.iter().map(|said| said.source.clone()))
                .collect();
            let place = self.cite(place, &entry.source, &also);
            let launched_on = entry.launched_on.map(|day| day.0);
            self.lifecycle.push(LifecycleRow {
                id: ModelId::new(entry.id.0),
                name: entry.name.0,
                kind: entry.kind.0,
                regions: texts(entry.regions.0),
                launched_on,
                legacy_from: entry.legacy_from.map(|day| day.0),
                extended_access_from: entry.extended_access_from.map(|day| day.0),
                end_of_life: entry.end_of_life.map(|end| end.end_of_life()),
                provider_end_of_life: entry.provider_end_of_life.map(|end| end.end_of_life()),
                old_policy: match entry.policy {
                    Some(policy) => policy == Policy::Old,
                    None => launched_before_new_policy(launched_on),
                },
                successor: entry.successors.0.map(|word| ModelId::new(word.0)),
                successor_reason: entry.successor_reason.map(|word| word.0),
                aliases: texts(entry.aliases),
                conflicts: entry.conflicts.into_iter().map(statement).collect(),
                source: entry.source.0,
                checked_on: entry.checked_on.0,
                low_confidence: entry.confidence == Confidence::Low,
                note: entry.note.map(|word| word.0),
                user: self.user,
                place,
            });
        }
    }

    pub(super) fn sources(&mut self, file: SourceFile, lines: &Lines<'_>) {
        for entry in file.source {
            let place = Text::from(lines.place(entry.span().start));
            let entry = entry.into_inner();
            self.sources.push(SourceRow {
                id: entry.id.0,
                kind: entry.kind.map_or(SourceKind::ThirdParty, |kind| kind.0),
                title: entry.title.0,
                url: entry.url.0,
                retrieved_on: entry.retrieved_on.0,
                note: entry.note.map(|word| word.0),
                place,
            });
        }
    }

    pub(super) fn geographies(&mut self, file: GeographyFile, lines: &Lines<'_>) {
        for entry in file.geography {
            let place = lines.place(entry.span().start);
            let entry = entry.into_inner();
            let place = match &entry.source {
                Some(source) => self.cite(place, source, &entry.also),
                None => place.into(),
            };
            self.geographies.push(GeographyRow {
                prefix: entry.prefix.0,
                scope: entry.scope.0,
                regions: texts(entry.regions),
                low_confidence: entry.confidence == Confidence::Low,
                source: entry.source.map(|word| word.0),
                note: entry.note.map(|word| word.0),
                place,
            });
        }
    }

    /// Notes which sources a row cites.
    fn cite(&mut self, place: String, source: &Word, also: &[Word]) -> Text {
        let place = Text::from(place);
        let cited = std::iter::once(source).chain(also);
        self.citations.extend(cited.map(|source| Citation {
            source: source.0.clone(),
            place: place.clone(),
        }));
        place
    }
}

fn statement(entry: ConflictEntry) -> Statement {
    Statement {
        source: entry.source.0,
        says: entry.says.0,
        status: entry.status.map(|status| status.0),
        launched_on: entry.launched_on.map(|day| day.0),
        legacy_from: entry.legacy_from.map(|day| day.0),
        extended_access_from: entry.extended_access_from.map(|day| day.0),
        end_of_life: entry.end_of_life.map(|end| end.end_of_life()),
        regions: texts(entry.regions),
        because: entry.because.map(|word| word.0),
    }
}

/// Without a stated policy the launch date decides; without that, the model is an old one
/// (every model launched since 2026-09-07 has its date on its card).
pub(super) fn launched_before_new_policy(launched_on: Option<NaiveDate>) -> bool {
    NaiveDate::from_ymd_opt(2026, 9, 7)
        .is_none_or(|since| launched_on.is_none_or(|launched| launched < since))
}

/// The meters of a row; they must all be counted in its unit.
fn meters(entry: &PriceEntry, place: &str) -> Result<BTreeMap<SkuMeter, UnitPrice>, TableError> {
    let all = [
        (SkuMeter::Input, &entry.input),
        (SkuMeter::Output, &entry.output),
        (SkuMeter::CacheRead, &entry.cache_read),
        (SkuMeter::CacheWrite5m, &entry.cache_write_5m),
        (SkuMeter::CacheWrite30m, &entry.cache_write_30m),
        (SkuMeter::CacheWrite1h, &entry.cache_write_1h),
        (SkuMeter::Image, &entry.image),
        (SkuMeter::Query, &entry.query),
        (SkuMeter::Second, &entry.second),
    ];
    let prices: BTreeMap<SkuMeter, UnitPrice> = all
        .into_iter()
        .filter_map(|(meter, amount)| Some((meter, amount.as_ref()?.0)))
        .collect();
    let stray = prices
        .keys()
        .find(|meter| meter.pricing_unit() != entry.unit.0);
    let (problem, remedy) = match stray {
        Some(meter) => (
            format!("meter {meter} is not counted in {}", entry.unit.0),
            format!(
                "give it a row of its own with the unit {}",
                meter.pricing_unit()
            ),
        ),
        None if prices.is_empty() => (
            "the row prices no meter".to_owned(),
            "add one (input, output, image, ...) or remove the row".to_owned(),
        ),
        None => return Ok(prices),
    };
    Err(TableError::Malformed {
        place: place.to_owned(),
        problem,
        remedy,
    })
}

fn texts(words: Vec<Word>) -> Vec<Text> {
    words.into_iter().map(|word| word.0).collect()
}
