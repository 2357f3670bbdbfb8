//! `eolcast check`: are tables and settings sound?

use std::io::Write;

use chrono::NaiveDate;

use super::loading::load_tables;
use super::{Outcome, pipeline};
use crate::cli::CheckArgs;
use crate::diagnostic::{self, Severity};
use crate::pricing::{UserRows, validate};
use crate::settings::Settings;

pub(super) fn run(arguments: &CheckArgs, today: NaiveDate) -> anyhow::Result<Outcome> {
    let settings = Settings::load(arguments.settings.as_deref())?;
    let (tables, own) = load_tables(arguments.pricing.as_deref(), &settings, &arguments.rows)?;
    let mut findings = validate(&tables, Some(today));
    findings.extend(pipeline::settings_findings(&settings));
    findings.extend(own.taken.iter().map(UserRows::finding));
    diagnostic::order(&mut findings);
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{finding}")?;
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
