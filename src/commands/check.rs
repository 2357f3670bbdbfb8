//! `eolcast check`: are tables and settings sound?

use std::io::Write;

use chrono::NaiveDate;

use super::Outcome;
use super::loading::load_tables;
use crate::cli::CheckArgs;
use crate::diagnostic::{self, Severity};
use crate::pricing::{Tables, UserRows, conflicts, own_dates, validate};
use crate::report::{price_list, write_conflicts, write_csv};
use crate::settings::Settings;

pub(super) fn run(arguments: &CheckArgs, today: NaiveDate) -> anyhow::Result<Outcome> {
    let settings = Settings::load(arguments.settings.as_deref())?;
    let (tables, own) = load_tables(arguments.pricing.as_deref(), &settings, &arguments.rows)?;
    if arguments.conflicts {
        return print_conflicts(&tables, today);
    }
    if arguments.prices_csv {
        write_csv(&price_list(&tables)?, std::io::stdout().lock())?;
        return Ok(Outcome::Complete);
    }
    let mut findings = validate(&tables, Some(today));
    findings.extend(own.taken.iter().map(UserRows::finding));
    diagnostic::order(&mut findings);
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    let statements = conflicts(&tables, today).len();
    if statements > 0 {
        writeln!(
            out,
            "sources disagree {statements} times; see eolcast check --conflicts"
        )?;
    }
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let errors = count(Severity::Error);
    writeln!(
        out,
        "{} price rows, {} life-cycle rows, {} sources; settings: {}; {errors} errors, {} warnings (tables {})",
        tables.prices.rows().len(),
        tables.lifecycle.rows().len(),
        tables.sources.len(),
        settings.file.as_deref().unwrap_or("none"),
        count(Severity::Warning),
        tables.hash.get(..12).unwrap_or(&tables.hash),
    )?;
    Ok(if errors == 0 {
        Outcome::Complete
    } else {
        Outcome::Incomplete
    })
}

/// The width of what `--conflicts` prints, whatever the screen: the same text for everybody.
const WIDTH: usize = 100;

fn print_conflicts(tables: &Tables, today: NaiveDate) -> anyhow::Result<Outcome> {
    // Written at once: thousands of small writes would each lock and flush a line.
    let mut text = Vec::new();
    write_conflicts(
        &conflicts(tables, today),
        &own_dates(tables),
        WIDTH,
        &mut text,
    )?;
    std::io::stdout().lock().write_all(&text)?;
    Ok(Outcome::Complete)
}
