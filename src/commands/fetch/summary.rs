//! What a fetch says at its end: days and tokens by account and Region, calls, price, findings.

use std::io::Write;

use super::plan::{in_bytes, in_words};
use super::work::{TargetDone, WorkDone};
use crate::diagnostic::{Diagnostic, Severity};
use crate::domain::{Catalog, LoggingConfiguration, count_in_words};
use crate::report::{Align, Colour, Grid, visible};
use crate::sources::aws::{Billable, CallLedger, price_of_ledger};

/// Destinations of logs are long names.
const WIDTH: usize = 140;

/// Prints the end of a fetch of usage.
pub(super) fn print(title: &str, done: &WorkDone, ledger: &CallLedger) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{title}\n")?;
    let shown: Vec<&TargetDone> = done
        .targets
        .iter()
        .filter(|target| !target.absent)
        .collect();
    let mut grid = Grid::new([
        ("account", Align::Left),
        ("Region", Align::Left),
        ("days fetched", Align::Right),
        ("rows", Align::Right),
        ("requests", Align::Right),
        ("tokens", Align::Right),
        ("", Align::Flexible),
    ]);
    for target in shown {
        let state = match (target.failed, target.wanted) {
            (true, _) => "not all could be read",
            (false, 0) => "complete in the store",
            _ => "",
        };
        grid.row([
            target.account_id.to_string(),
            target.region.to_string(),
            count_in_words(target.stored.days),
            count_in_words(target.stored.rows),
            count_in_words(target.stored.requests),
            count_in_words(target.stored.tokens),
            state.to_owned(),
        ]);
    }
    for line in grid.lines(WIDTH, 2, Colour::Plain) {
        writeln!(out, "{}", line.trim_end())?;
    }
    let absent = done.targets.iter().filter(|target| target.absent).count();
    if absent > 0 {
        writeln!(
            out,
            "  {absent} further Regions are not enabled for their account"
        )?;
    }
    calls(&mut out, ledger)?;
    findings(&mut out, &done.findings)?;
    Ok(())
}

/// What was called, scanned and (estimated) paid.
pub(super) fn calls(out: &mut impl Write, ledger: &CallLedger) -> anyhow::Result<()> {
    writeln!(out, "\ncalls made")?;
    let mut grid = Grid::new([
        ("call", Align::Left),
        ("attempts", Align::Right),
        ("billed by", Align::Flexible),
    ]);
    for call in ledger.calls() {
        let billed = match call.operation.as_str() {
            "GetMetricData" => {
                let metrics = ledger.billed(Billable::MetricsRequested);
                format!("{} metrics requested", count_in_words(metrics))
            }
            "StartQuery" => format!(
                "{} scanned",
                in_bytes(ledger.billed(Billable::BytesScanned))
            ),
            "GetObject" => format!("{} read", in_bytes(ledger.billed(Billable::ObjectBytes))),
            _ => String::new(),
        };
        grid.row([call.operation(), count_in_words(call.attempts), billed]);
    }
    for line in grid.lines(WIDTH, 2, Colour::Plain) {
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(
        out,
        "  estimated price {} (list prices of us-east-1, free tiers not counted)",
        in_words(price_of_ledger(ledger))
    )?;
    Ok(())
}

/// Findings, losses first.
pub(super) fn findings(out: &mut impl Write, findings: &[Diagnostic]) -> anyhow::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nfindings")?;
    let mut sorted: Vec<&Diagnostic> = findings.iter().collect();
    let key = |finding: &&Diagnostic| (finding.severity, finding.subject.clone());
    sorted.sort_by_key(key);
    for finding in sorted {
        writeln!(out, "  {}", visible(&finding.to_string()))?;
    }
    Ok(())
}

/// Whether something was lost.
pub(super) fn is_incomplete(findings: &[Diagnostic]) -> bool {
    findings
        .iter()
        .any(|finding| finding.severity == Severity::Error)
}

/// Prints the end of a fetch of catalogs.
pub(super) fn print_catalogs(
    title: &str,
    catalogs: &[Catalog],
    done: &WorkDone,
    ledger: &CallLedger,
) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{title}\n")?;
    let mut grid = Grid::new([
        ("account", Align::Left),
        ("Region", Align::Left),
        ("models", Align::Right),
        ("of them Legacy", Align::Right),
        ("profiles", Align::Right),
        ("own profiles", Align::Right),
        ("provisioned", Align::Right),
        ("logs go to", Align::Flexible),
    ]);
    for catalog in catalogs {
        let legacy = catalog.models.iter().filter(|model| {
            let lifecycle = model.lifecycle.as_ref();
            lifecycle.is_some_and(|lifecycle| lifecycle.status == "LEGACY")
        });
        let own = catalog
            .profiles
            .iter()
            .filter(|profile| profile.application);
        grid.row([
            catalog.account_id.clone(),
            catalog.region.clone(),
            catalog.models.len().to_string(),
            legacy.count().to_string(),
            catalog.profiles.len().to_string(),
            own.count().to_string(),
            catalog.provisioned.len().to_string(),
            destinations(catalog.logging.as_ref()),
        ]);
    }
    for line in grid.lines(WIDTH, 2, Colour::Plain) {
        writeln!(out, "{}", line.trim_end())?;
    }
    calls(&mut out, ledger)?;
    findings(&mut out, &done.findings)
}

fn destinations(logging: Option<&LoggingConfiguration>) -> String {
    let group = logging.and_then(|logging| logging.log_group.clone());
    let bucket = logging.and_then(|logging| logging.bucket.as_ref());
    let bucket = bucket.map(|bucket| format!("s3://{bucket}"));
    let places: Vec<String> = group.into_iter().chain(bucket).collect();
    match places.is_empty() {
        true => "nowhere: logging is off".to_owned(),
        false => places.join(", "),
    }
}
