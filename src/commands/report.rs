//! `eolcast report`: usage and tables in; terminal summary and files out.

use std::io::Write;

use chrono::NaiveDate;

use super::impact::{Backtest, impact};
use super::{Outcome, pipeline, screen};
use crate::cli::ReportArgs;
use crate::diagnostic::{self, Diagnostic};
use crate::domain::PriceBasis;
use crate::projection::ImpactReport;
use crate::report::{ReportFiles, Screen, TableName, render};

pub(super) fn run(arguments: &ReportArgs, today: NaiveDate) -> anyhow::Result<Outcome> {
    let mut tables = TableName::ALL.to_vec();
    if arguments.backtest {
        tables.push(TableName::Backtest);
    }
    let open = || {
        let files = ReportFiles::open_tables(&arguments.out, &arguments.format, &tables)?;
        Ok(files)
    };
    let (priced, mut files) = pipeline::load(&arguments.usage, today, open)?;
    let input_lost = priced.input_lost;
    let asked = match arguments.backtest {
        true => Backtest::Made,
        false => Backtest::NotAsked,
    };
    let mut report = impact(priced, &arguments.usage, asked)?;
    let found = files.findings(&report)?;
    if !found.is_empty() {
        report.findings.extend(found);
        diagnostic::order(&mut report.findings);
    }
    let written = files.commit(&report)?;
    if !arguments.usage.quiet {
        let screen = Screen {
            width: screen::width(),
            colour: screen::colour(),
            files: &written,
        };
        let mut out = std::io::stdout().lock();
        out.write_all(render(&report, &screen)?.as_bytes())?;
        out.flush()?;
    }
    let (outcome, why) = outcome(arguments, &report, input_lost);
    if let Some(why) = why
        && !arguments.usage.quiet
    {
        eprintln!("eolcast: {why}");
    }
    // The program ends here: to take a big report apart would only take time.
    std::mem::forget(report);
    Ok(outcome)
}

/// The exit status, and why it is not 0.
fn outcome(
    arguments: &ReportArgs,
    report: &ImpactReport,
    input_lost: bool,
) -> (Outcome, Option<String>) {
    if let Some(level) = arguments.fail_on {
        let urgent = report.urgency.iter().filter(|row| row.urgency <= level);
        match urgent.count() {
            0 => {}
            count => {
                let rows = if count == 1 { "row is" } else { "rows are" };
                let why = format!("status 3: {count} {rows} {level} or worse (--fail-on {level})");
                return (Outcome::Urgent, Some(why));
            }
        }
    }
    if input_lost {
        let why = "status 1: some input could not be read; the findings name it".to_owned();
        return (Outcome::Incomplete, Some(why));
    }
    if arguments.strict && leaves_usage_out(report) {
        let why = "status 1: usage was left out or has no price (--strict); the findings name it"
            .to_owned();
        return (Outcome::Incomplete, Some(why));
    }
    (Outcome::Complete, None)
}

/// What `--strict` objects to: usage without a price, without counts, or not taken in.
fn leaves_usage_out(report: &ImpactReport) -> bool {
    const LEFT_OUT: [&str; 2] = ["requests-without-counts", "usage-after-as-of"];
    let is_left_out = |finding: &Diagnostic| LEFT_OUT.contains(&&*finding.code);
    let is_unpriced = |basis: PriceBasis| basis == PriceBasis::Unpriced;
    report
        .charges
        .iter()
        .any(|charge| is_unpriced(charge.price_basis))
        || report.findings.iter().any(is_left_out)
}
