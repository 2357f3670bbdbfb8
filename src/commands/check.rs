//! `eolcast check`: are tables and settings sound?

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use chrono::NaiveDate;

use super::Outcome;
use super::catalogs;
use super::loading::load_tables;
use super::screen;
use crate::cli::CheckArgs;
use crate::diagnostic::{self, Severity};
use crate::pricing::{
    Drift, Tables, UserRows, conflicts, drift_conflicts, drifts, own_dates, validate,
};
use crate::report::{price_list, write_conflicts, write_csv};
use crate::settings::Settings;

pub(super) fn run(arguments: &CheckArgs, today: NaiveDate) -> anyhow::Result<Outcome> {
    let settings = Settings::load(arguments.settings.as_deref())?;
    let (tables, own) = load_tables(arguments.pricing.as_deref(), &settings, &arguments.rows)?;
    let stores: Vec<PathBuf> = arguments.store.iter().cloned().collect();
    if let Some(store) = stores.iter().find(|store| !store.is_dir()) {
        bail!(
            "--store {}: no such folder; eolcast fetch catalog makes one",
            store.display()
        );
    }
    let catalogs = catalogs::read(&stores)?;
    let drifts = drifts(&tables, &tables.naming(), &catalogs, today);
    if arguments.conflicts {
        return print_conflicts(&tables, &drifts, today);
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
    let statements = conflicts(&tables, today).len() + drifts.len();
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

fn print_conflicts(
    tables: &Tables,
    drifts: &[Drift<'_>],
    today: NaiveDate,
) -> anyhow::Result<Outcome> {
    let mut all = conflicts(tables, today);
    all.extend(drift_conflicts(tables, drifts));
    // Of one model, those of the tables stay first.
    all.sort_by(|a, b| a.row.id.cmp(&b.row.id));
    // Written at once: thousands of small writes would each lock and flush a line.
    let mut text = Vec::new();
    write_conflicts(&all, &own_dates(tables), screen::width(), &mut text)?;
    for drift in drifts.iter().filter(|drift| drift.row.is_none()) {
        writeln!(
            text,
            "{}: the Bedrock API in {} says {} ({}), and no row of the tables is about it",
            drift.model,
            drift.regions.join(" "),
            drift.says,
            drift.source,
        )?;
    }
    std::io::stdout().lock().write_all(&text)?;
    Ok(Outcome::Complete)
}
