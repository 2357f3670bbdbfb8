//! From what a notice says to rows of the tables.
//!
//! A fact that the notice leaves out is taken from the tables' row in force for the model and
//! Region, and the note says so; Regions whose rows differ become rows of their own. The price
//! of a notice says nothing of endpoint scopes: it stands for every scope in which the tables
//! price the model on demand, and for in-region at least. Imports `domain` only.
//!
//! Sample: a notice of Command R+ for us-east-1 and us-west-2 is one life-cycle row with both.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::dates::Dates;
use super::envelope::Letter;
use super::prices::PriceBlock;
use super::{Knowledge, NoticeRows, Refusal};
use crate::domain::{EndOfLife, EndpointScope, LifecyclePhase, ModelId, Text};
use crate::pricing::SourceKind;
use crate::pricing::lifecycle::LifecycleRow;
use crate::pricing::load::SourceRow;
use crate::pricing::price_table::{PriceRow, is_commercial};

pub(super) fn rows(
    letter: &Letter,
    models: &[ModelId],
    dates: &Dates,
    blocks: &[PriceBlock],
    regions: &[String],
    known: &Knowledge<'_>,
    today: NaiveDate,
) -> Result<NoticeRows, Refusal> {
    let days = [
        dates.legacy_from,
        dates.extended_access_from,
        dates.end_of_life,
    ];
    let first = days.into_iter().flatten().map(|(day, _)| day).min();
    let checked_on = letter.sent_on.map_or(today, |sent| sent.min(today));
    let name = models.first().map_or("", |model| model.as_str());
    let source = SourceRow {
        id: format!(
            "notice-{}-{name}",
            letter.sent_on.or(first).unwrap_or(today)
        )
        .into(),
        title: format!("AWS life-cycle notice: {}", names(models, known)).into(),
        url: "notice".into(),
        kind: SourceKind::Notice,
        retrieved_on: checked_on,
        note: None,
        place: Text::from(""),
    };
    let mut lifecycle = Vec::new();
    let mut prices = Vec::new();
    for model in models {
        let drafted = lifecycle_rows(model, dates, regions, known, &source)?;
        for block in blocks {
            prices.extend(price_rows(model, block, dates, regions, known, &source)?);
        }
        lifecycle.extend(drafted);
    }
    Ok(NoticeRows {
        source,
        lifecycle,
        prices,
    })
}

fn names(models: &[ModelId], known: &Knowledge<'_>) -> String {
    let name = |model: &ModelId| {
        let row = known.tables.lifecycle.model(model);
        row.map_or_else(|| model.to_string(), |row| row.name.to_string())
    };
    models.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// One row per set of Regions for which the tables say the same of the rest.
fn lifecycle_rows(
    model: &ModelId,
    dates: &Dates,
    regions: &[String],
    known: &Knowledge<'_>,
    source: &SourceRow,
) -> Result<Vec<LifecycleRow>, Refusal> {
    let mut groups: BTreeMap<String, (Option<&LifecycleRow>, Vec<Text>)> = BTreeMap::new();
    for region in regions {
        let row = row_of(model, region, dates, known);
        let same = row.map_or_else(String::new, |row| {
            format!(
                "{:?} {:?} {:?}",
                row.legacy_from, row.launched_on, row.successor
            )
        });
        let group = groups.entry(same).or_insert((row, Vec::new()));
        group.1.push(Text::from(&**region));
    }
    let mut rows = Vec::new();
    for (row, regions) in groups.into_values() {
        rows.push(lifecycle_row(model, dates, row, regions, known, source)?);
    }
    Ok(rows)
}

/// The tables' announcement that a notice is about: with the same end, else the latest.
fn row_of<'t>(
    model: &ModelId,
    region: &str,
    dates: &Dates,
    known: &Knowledge<'t>,
) -> Option<&'t LifecycleRow> {
    let announcements = known.tables.lifecycle.announcements(model, region);
    let end = dates.end_of_life.map(|(day, _)| day);
    let same_end =
        |row: &&LifecycleRow| end.is_some() && row.end_of_life.and_then(EndOfLife::on) == end;
    let same = announcements.iter().copied().find(same_end);
    same.or(announcements.last().copied())
}

fn lifecycle_row(
    model: &ModelId,
    dates: &Dates,
    row: Option<&LifecycleRow>,
    regions: Vec<Text>,
    known: &Knowledge<'_>,
    source: &SourceRow,
) -> Result<LifecycleRow, Refusal> {
    let extended_access_from = dates.extended_access_from.map(|(day, _)| day);
    let end = dates.end_of_life.map(|(day, _)| day);
    let next = extended_access_from.or(end);
    let mut note = None;
    let legacy_from = match dates.legacy_from {
        Some((day, _)) => Some(day),
        None => {
            let of_tables = row.and_then(|row| Some((row.legacy_from?, row)));
            let fits = of_tables.filter(|(day, _)| next.is_none_or(|next| *day < next));
            note = fits.map(|(_, row)| format!("legacy_from is that of {}", row.source));
            fits.map(|(day, _)| day)
        }
    };
    if let (Some((day, line)), None) = (dates.extended_access_from, legacy_from) {
        return Err(Refusal::new(
            line,
            format!(
                "Extended Access begins on {day}, and neither the notice nor the tables say when Legacy began for {model} in {}",
                regions.join(", ")
            ),
            "add a line `Legacy state begins: Month D, YYYY` from the model's page",
        ));
    }
    let any = row.or(known.tables.lifecycle.model(model));
    let kind = any.map(|row| row.kind).or(known.kind).unwrap_or_default();
    let launched_on = row.and_then(|row| row.launched_on);
    let start = legacy_from.or(next);
    let moves = row.or(any.filter(|any| moves_alike(any, known)));
    let successor = moves
        .and_then(|row| row.successor.clone())
        .filter(|successor| {
            start.is_some_and(|day| {
                regions
                    .iter()
                    .all(|region| stays(successor, region, day, known))
            })
        });
    Ok(LifecycleRow {
        id: model.clone(),
        name: any.map_or_else(|| model.text(), |row| row.name.clone()),
        kind,
        regions,
        launched_on: launched_on.filter(|day| start.is_none_or(|start| *day <= start)),
        legacy_from,
        extended_access_from,
        end_of_life: end.map(EndOfLife::On).or_else(|| {
            row.and_then(|row| row.end_of_life)
                .filter(|end| end.on().is_none())
        }),
        provider_end_of_life: row.and_then(|row| row.provider_end_of_life),
        old_policy: any.is_none_or(|row| row.old_policy),
        successor_reason: moves
            .and_then(|row| row.successor_reason.clone())
            .filter(|_| successor.is_some()),
        successor,
        aliases: Vec::new(),
        conflicts: Vec::new(),
        source: source.id.clone(),
        checked_on: source.retrieved_on,
        low_confidence: false,
        note: note.map(Text::from),
        user: true,
        place: Text::from(""),
    })
}

/// Whether all rows of a model name the same successor, whatever the Region.
fn moves_alike(row: &LifecycleRow, known: &Knowledge<'_>) -> bool {
    let rows = known.tables.lifecycle.rows().iter();
    rows.filter(|other| other.id == row.id)
        .all(|other| other.successor == row.successor)
}

/// Whether a successor is active on the day the move begins.
fn stays(successor: &ModelId, region: &str, day: NaiveDate, known: &Knowledge<'_>) -> bool {
    let rows = &known.tables.lifecycle;
    match rows.in_force(successor, region, day) {
        Some(row) => row.phase(day) == LifecyclePhase::Active,
        None => rows
            .rows()
            .iter()
            .any(|row| row.id == *successor && row.phase(day) == LifecyclePhase::Active),
    }
}

fn price_rows(
    model: &ModelId,
    block: &PriceBlock,
    dates: &Dates,
    regions: &[String],
    known: &Knowledge<'_>,
    source: &SourceRow,
) -> Result<Vec<PriceRow>, Refusal> {
    let effective_from = match *dates.prices_from {
        [(day, _)] => day,
        [] => {
            return Err(Refusal::new(
                block.line,
                "prices without the day on which they take effect",
                "write `(Effective Month D, YYYY)` into the line above them",
            ));
        }
        [(first, _), .., (day, line)] if first != day => {
            return Err(Refusal::new(
                line,
                format!("two days on which prices take effect: {first} and {day}"),
                "keep one block of prices in a notice",
            ));
        }
        [(day, _), ..] => day,
    };
    let extended = dates.extended_access_from.map(|(day, _)| day);
    let regions: Vec<Text> = regions.iter().map(|region| Text::from(&**region)).collect();
    let row = |scope: EndpointScope| PriceRow {
        model: model.clone(),
        scope,
        regions: regions.clone(),
        tier: block.tier,
        extended_access: extended.is_some_and(|from| from <= effective_from),
        prompt_above: 0,
        effective_from: Some(effective_from),
        prices: block.meters.clone(),
        source: source.id.clone(),
        checked_on: source.retrieved_on,
        low_confidence: false,
        note: Some("per 1,000 tokens in the notice, which names no endpoint scope".into()),
        user: true,
        place: Text::from(""),
    };
    let scopes = [
        EndpointScope::InRegion,
        EndpointScope::Geo,
        EndpointScope::Global,
    ];
    let is_priced = |scope: &EndpointScope| {
        *scope == EndpointScope::InRegion
            || known.tables.prices.rows_of(model).any(|row| {
                let here = |region: &Text| match &**region {
                    "*" => row.regions.iter().any(|region| is_commercial(region)),
                    region => row.covers(region),
                };
                row.scope == *scope && !row.extended_access && regions.iter().any(here)
            })
    };
    Ok(scopes.into_iter().filter(is_priced).map(row).collect())
}
