//! Disagreements of the sources on a screen: per model and Region set what is followed, who
//! says otherwise, why it is not followed, and what it would change.
//!
//! Imports `pricing` and `domain` only. Sample:
//!
//! ```text
//! anthropic.claude-3-opus-20240229-v1:0 (pricing/lifecycle/anthropic.toml:310)
//!   Regions   all
//!   followed  docs row docs-lifecycle-2025-11-13: Legacy 2025-07-15, end of life 2026-01-15
//!   against   notice notice-model-history: final notice: ends on 2026-01-30
//!   why       ...
//!   changes   end of life 2026-01-30 instead of 2026-01-15: 15 days later
//! ```

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::format::{visible, wrapped};
use crate::domain::{EndOfLife, Text};
use crate::pricing::{Conflict, LifecycleRow, OwnDate, dates_in_words};

/// Where the words after a label begin.
const INDENT: usize = 12;
/// More lines than any statement needs.
const MOST_LINES: usize = 60;

/// Writes all disagreements, then the provider's own dates, at most `width` columns wide.
pub fn write_conflicts(
    conflicts: &[Conflict<'_>],
    own: &[OwnDate<'_>],
    width: usize,
    mut out: impl Write,
) -> io::Result<()> {
    let mut before: Option<(&LifecycleRow, &[Text])> = None;
    for conflict in conflicts {
        let subject = (conflict.row, &conflict.regions[..]);
        if before != Some(subject) {
            if before.is_some() {
                writeln!(out)?;
            }
            head(conflict, width, &mut out)?;
            before = Some(subject);
        }
        let says = format!(
            "{} {}: {}",
            conflict.against.in_words(),
            conflict.source,
            conflict.says
        );
        labelled("against", &says, width, &mut out)?;
        labelled("why", &conflict.why, width, &mut out)?;
        for change in &conflict.changes {
            labelled("changes", change, width, &mut out)?;
        }
    }
    own_dates(own, width, &mut out)?;
    let models: BTreeSet<_> = conflicts.iter().map(|c| &c.row.id).collect();
    writeln!(
        out,
        "not followed: {} on {}; the provider's own: {}",
        counted(conflicts.len(), "statement"),
        counted(models.len(), "model"),
        counted(own.len(), "date"),
    )
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

fn head(conflict: &Conflict<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    let row = conflict.row;
    writeln!(out, "{}", visible(row.id.as_str()))?;
    labelled("Regions", &regions(&conflict.regions), width, out)?;
    let followed = format!(
        "{} {}: {} ({})",
        conflict.followed.in_words(),
        row.source,
        dates_in_words(row),
        row.place
    );
    labelled("followed", &followed, width, out)
}

fn regions(regions: &[Text]) -> String {
    if regions.iter().any(|region| &**region == "*") {
        return "all commercial Regions".to_owned();
    }
    regions.join(" ")
}

/// For a list that only has to be told apart from its neighbours.
fn region_count(all: &[Text]) -> String {
    match all.len() {
        0..=4 => regions(all),
        count => format!("{count} Regions"),
    }
}

fn counted_days(days: i64) -> String {
    usize::try_from(days).map_or_else(|_| format!("{days} days"), |days| counted(days, "day"))
}

fn own_dates(own: &[OwnDate<'_>], width: usize, out: &mut impl Write) -> io::Result<()> {
    if own.is_empty() {
        return Ok(());
    }
    let about = "The provider's own dates: they end the model on the provider's platform and nothing on Bedrock, so they are no conflict.";
    writeln!(out)?;
    for line in wrapped(about, width, MOST_LINES) {
        writeln!(out, "{line}")?;
    }
    for date in own {
        let end = |end: EndOfLife| match end {
            EndOfLife::On(day) => day.to_string(),
            EndOfLife::NotBefore(day) => format!("not before {day}"),
        };
        let bedrock = date.row.end_of_life.map_or("none".to_owned(), end);
        let apart = match date.days {
            Some(days) if days < 0 => format!(", {} before", counted_days(-days)),
            Some(days) => format!(", {} after", counted_days(days)),
            None => String::new(),
        };
        let says = format!(
            "the provider's own end {}{apart} Bedrock's {bedrock} ({})",
            end(date.own),
            region_count(&date.row.regions),
        );
        writeln!(out, "{}", visible(date.model.as_str()))?;
        labelled("", &says, width, out)?;
    }
    writeln!(out)
}

fn labelled(label: &str, text: &str, width: usize, out: &mut impl Write) -> io::Result<()> {
    let lines = wrapped(&visible(text), width.saturating_sub(INDENT), MOST_LINES);
    for (at, line) in lines.iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        writeln!(out, "  {label:<10}{line}")?;
    }
    Ok(())
}
