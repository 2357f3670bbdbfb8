//! Rows of notices as the TOML of a user's own file, added to what the file holds already.
//!
//! A row that the file holds (same model, Region and dates, or same key and prices) is not
//! added again, so a notice may come twice, by mail and by AWS Health. A row that contradicts
//! one of the file is refused: which of the two holds is the user's to say. Imports `domain`.
//!
//! Sample: a notice for us-east-1 and us-west-2 adds a row for us-west-2 alone to a file that
//! holds the same dates for us-east-1.

use std::fmt::Write as _;

use super::{NoticeRows, Refusal};
use crate::domain::{EndOfLife, Text};
use crate::pricing::lifecycle::LifecycleRow;
use crate::pricing::load::{SourceRow, TableError, parse};
use crate::pricing::price_table::PriceRow;
use crate::pricing::rows::{Lines, RowReader};
use crate::pricing::table_file::{LifecycleFile, PriceFile, SourceFile, UserFile};

/// What adding a notice to a file came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addition {
    /// What is to be written behind the text of the file; empty if it holds all rows.
    pub text: String,
    /// How many life-cycle rows that is.
    pub lifecycle: usize,
    /// How many price rows that is.
    pub prices: usize,
}

/// Adds the rows of a notice to a file of the user's own; the inner error is a contradiction.
pub fn add_to_rows(
    name: &str,
    text: &str,
    notice: &NoticeRows,
) -> Result<Result<Addition, Refusal>, TableError> {
    let lines = Lines::new("", name, text);
    let file: UserFile = parse(&lines, text)?;
    let mut held = RowReader::default();
    let prices = PriceFile {
        price: file.price,
        hourly: Vec::new(),
    };
    held.prices(prices, &lines)?;
    held.lifecycle(LifecycleFile { model: file.model }, &lines);
    let sources = SourceFile {
        source: file.source,
    };
    held.sources(sources, &lines);
    Ok(addition(&held, notice))
}

fn addition(held: &RowReader, notice: &NoticeRows) -> Result<Addition, Refusal> {
    let mut rows = String::new();
    let mut added = Addition::default();
    for row in &notice.lifecycle {
        let regions = new_regions(&row.regions, &held.lifecycle, |other| {
            let same_model = other.id == row.id && other.legacy_from == row.legacy_from;
            let same =
                other.extended_access_from == row.extended_access_from && end(other) == end(row);
            same_model.then_some((&other.regions, same, &other.place))
        })?;
        if !regions.is_empty() {
            added.lifecycle += 1;
            write_lifecycle(&mut rows, row, &regions);
        }
    }
    for row in &notice.prices {
        let regions = new_regions(&row.regions, &held.prices, |other| {
            let key = |row: &PriceRow| {
                let phase = (row.extended_access, row.prompt_above, row.effective_from);
                (row.model.clone(), row.scope, row.tier, phase)
            };
            let same_key = key(other) == key(row);
            same_key.then_some((&other.regions, other.prices == row.prices, &other.place))
        })?;
        if !regions.is_empty() {
            added.prices += 1;
            write_price(&mut rows, row, &regions);
        }
    }
    if added.lifecycle + added.prices > 0 {
        let cited = held
            .sources
            .iter()
            .any(|source| source.id == notice.source.id);
        if !cited {
            write_source(&mut added.text, &notice.source);
        }
        added.text.push_str(&rows);
    }
    Ok(added)
}

fn end(row: &LifecycleRow) -> Option<EndOfLife> {
    row.end_of_life
}

/// The Regions of a row that no row of the file covers; a row that covers one and says
/// something else is a contradiction.
fn new_regions<'r, R>(
    regions: &[Text],
    held: &'r [R],
    compare: impl Fn(&'r R) -> Option<(&'r Vec<Text>, bool, &'r Text)>,
) -> Result<Vec<Text>, Refusal> {
    let mut left = regions.to_vec();
    for (theirs, same, place) in held.iter().filter_map(compare) {
        let shared = left.iter().find(|region| theirs.contains(region));
        if let (Some(region), false) = (shared, same) {
            return Err(Refusal::new(
                0,
                format!("{place} says something else for {region}"),
                "if the new notice replaces it, remove that row and give the notice again",
            ));
        }
        left.retain(|region| !theirs.contains(region));
    }
    Ok(left)
}

fn write_source(out: &mut String, source: &SourceRow) {
    out.push_str("\n[[source]]\n");
    line(out, "id", &quoted(&source.id));
    line(out, "title", &quoted(&source.title));
    line(out, "url", &quoted(&source.url));
    line(out, "kind", &quoted(source.kind.as_str()));
    line(
        out,
        "retrieved_on",
        &quoted(&source.retrieved_on.to_string()),
    );
}

fn write_lifecycle(out: &mut String, row: &LifecycleRow, regions: &[Text]) {
    out.push_str("\n[[model]]\n");
    line(out, "id", &quoted(row.id.as_str()));
    line(out, "name", &quoted(&row.name));
    line(out, "kind", &quoted(row.kind.as_str()));
    line(out, "regions", &list(regions));
    for (key, day) in [
        ("launched_on", row.launched_on),
        ("legacy_from", row.legacy_from),
        ("extended_access_from", row.extended_access_from),
    ] {
        if let Some(day) = day {
            line(out, key, &quoted(&day.to_string()));
        }
    }
    for (key, end) in [
        ("end_of_life", row.end_of_life),
        ("provider_end_of_life", row.provider_end_of_life),
    ] {
        match end {
            Some(EndOfLife::On(day)) => line(out, key, &format!("{{ on = \"{day}\" }}")),
            Some(EndOfLife::NotBefore(day)) => {
                line(out, key, &format!("{{ not_before = \"{day}\" }}"));
            }
            None => {}
        }
    }
    let policy = if row.old_policy {
        "pre-2026-09-07"
    } else {
        "2026-09-07"
    };
    line(out, "policy", &quoted(policy));
    if let Some(successor) = &row.successor {
        line(out, "successors", &list(&[successor.text()]));
    }
    if let Some(reason) = &row.successor_reason {
        line(out, "successor_reason", &quoted(reason));
    }
    cited(
        out,
        &row.source,
        &row.checked_on.to_string(),
        row.note.as_ref(),
    );
}

fn write_price(out: &mut String, row: &PriceRow, regions: &[Text]) {
    out.push_str("\n[[price]]\n");
    line(out, "model", &quoted(row.model.as_str()));
    line(out, "scope", &quoted(row.scope.as_str()));
    line(out, "regions", &list(regions));
    line(out, "tier", &quoted(row.tier.as_str()));
    let phase = if row.extended_access {
        "extended-access"
    } else {
        "normal"
    };
    line(out, "phase", &quoted(phase));
    line(out, "unit", &quoted("1000000 Tokens"));
    if let Some(day) = row.effective_from {
        line(out, "effective_from", &quoted(&day.to_string()));
    }
    for (meter, price) in &row.prices {
        line(out, meter.as_str(), &quoted(&price.to_string()));
    }
    cited(
        out,
        &row.source,
        &row.checked_on.to_string(),
        row.note.as_ref(),
    );
}

fn cited(out: &mut String, source: &str, checked_on: &str, note: Option<&Text>) {
    line(out, "confidence", &quoted("high"));
    line(out, "source", &quoted(source));
    line(out, "checked_on", &quoted(checked_on));
    if let Some(note) = note {
        line(out, "note", &quoted(note));
    }
}

fn line(out: &mut String, key: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{key:<20} = {value}");
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(words: &[Text]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("[{}]", words.join(", "))
}
