//! From flags to priced usage: what `report` and `explain` share.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::NaiveDate;

use super::catalogs;
use super::catalogs::DEFAULT_STORE;
use super::legacy_drift::legacy_drift;
use super::loading::load_tables;
use super::progress::ReadingProgress;
use crate::cli::UsageArgs;
use crate::diagnostic::{Diagnostic, Severity};
use crate::domain::{
    ModelId, ModelNaming, MoneyOverflow, Month, Source, Text, UsageRow, count_in_words,
    give_memory_back,
};
use crate::pricing::{
    Charges, EarlierDestinations, SourceRow, Tables, charge_usage, drift_findings, drifts,
    earlier_destinations,
};
use crate::projection::{WorkloadPlan, end_of_history};
use crate::settings::Settings;
use crate::sources::demo::{DEMO_AS_OF, DEMO_SETTINGS, demo_usage};
use crate::sources::{Found, RecordOptions, STANDARD_INPUT, discover, read_logs};
use crate::usage::{
    Combined, CoverageRow, DaySignalsOf, Rollup, RollupOptions, UsageInput, combine, cover,
    delivery_findings, read_store, read_usage_table,
};

/// Usage, allocated and priced.
pub(super) struct Priced {
    pub(super) tables: Tables,
    pub(super) settings: Settings,
    pub(super) as_of: NaiveDate,
    pub(super) month: Month,
    /// The first day of which no usage is known, at most `as_of`.
    pub(super) history_end: NaiveDate,
    /// Sorted, with workloads, before `as_of` only.
    pub(super) usage: Vec<UsageRow>,
    /// How much of the metrics the logs explain.
    pub(super) coverage: Vec<CoverageRow>,
    /// What the settings say, per workload.
    pub(super) plans: BTreeMap<Text, WorkloadPlan>,
    /// Model and Region whose calls may be served in Regions with earlier dates, in words.
    pub(super) destinations: BTreeMap<(ModelId, Text), Text>,
    pub(super) charges: Charges,
    pub(super) findings: Vec<Diagnostic>,
    /// Whether some input could not be read.
    pub(super) input_lost: bool,
}

/// Reads, allocates and prices. `open` is called after flags, settings and tables have
/// proved good and before the long work, so that a bad output path fails at once.
pub(super) fn load<T>(
    arguments: &UsageArgs,
    today: NaiveDate,
    open: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<(Priced, T)> {
    let mut settings = match (arguments.demo, &arguments.settings) {
        (true, None) => Settings::parse(DEMO_SETTINGS, "demo settings")?,
        (_, file) => Settings::load(file.as_deref())?,
    };
    settings.add_scenarios(&arguments.scenario)?;
    let inputs = find_inputs(arguments);
    let (tables, found) = beside_search(inputs.as_deref().unwrap_or_default(), || {
        load_tables(arguments.pricing.as_deref(), &settings, &arguments.rows)
    });
    let (tables, of_rows) = tables?;
    let as_of = arguments
        .as_of
        .unwrap_or(if arguments.demo { DEMO_AS_OF } else { today });
    let mut naming = tables.naming();
    naming.profiles = settings.profiles.clone();
    let mut findings = settings.resolve_models(&naming);
    findings.extend(of_rows.findings()?);
    let inputs = inputs?;
    let opened = open()?;

    let found = found.unwrap_or_else(|| discover(&inputs));
    let catalogs = match arguments.demo {
        true => Vec::new(),
        false => catalogs::read(&found.stores)?,
    };
    let unresolved = catalogs::add_profiles(&mut naming, &settings, &catalogs);
    let read = if arguments.demo {
        Combined::of(demo_usage(&naming))
    } else {
        let (read, signals) =
            read_usage(found, &inputs, arguments, &settings, &naming, &mut findings)?;
        findings.extend(delivery_findings(&signals, as_of));
        findings.extend(legacy_drift(&signals, &tables, &naming, as_of));
        read
    };
    let mut usage = read.rows;
    let input_lost = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    let history_end = end_of_history(&usage, as_of);
    leave_out_the_future(&mut usage, as_of, &mut findings);
    if usage.is_empty() {
        bail!(no_usage(&inputs, as_of, &findings));
    }
    let covered = cover(usage, &read.chosen);
    findings.extend(covered.findings);
    let mut usage = covered.rows;
    let month = closed_month(&usage, as_of, arguments.month, &mut findings)?;

    let rule_of = settings.allocation.allocate(&mut usage, &naming);
    let plans = rule_of
        .into_iter()
        .filter_map(|(workload, rule)| Some((workload, settings.plans.get(rule)?.clone())))
        .collect();
    // Allocation fills a key column.
    usage.sort();
    give_memory_back();
    let charges = charge_usage(&usage, &tables.pricer(&settings.assumptions))
        .map_err(|overflow| with_greatest_count(&usage, overflow))?;
    give_memory_back();
    findings.extend(charges.findings.iter().cloned());
    let destinations = earlier_destinations(&usage, &tables, as_of);
    findings.extend(destinations.iter().map(EarlierDestinations::finding));
    findings.extend(catalogs::unresolved(&unresolved, &naming, &usage));
    let drifts = drifts(&tables, &naming, &catalogs, as_of);
    findings.extend(drift_findings(&drifts, &usage));
    drop(drifts);
    let priced = Priced {
        tables,
        settings,
        as_of,
        month,
        history_end,
        usage,
        coverage: covered.coverage,
        plans,
        destinations: destinations
            .iter()
            .map(EarlierDestinations::in_words)
            .collect(),
        charges,
        findings,
        input_lost,
    };
    Ok((priced, opened))
}

/// Does other work while folders are searched. Nothing is searched yet where an input may be
/// a stream: one looks at it by waiting for its first bytes.
fn beside_search<T: Send>(
    inputs: &[PathBuf],
    work: impl FnOnce() -> T + Send,
) -> (T, Option<Found>) {
    let is_folder = |input: &PathBuf| input.as_os_str() != "-" && input.is_dir();
    if inputs.is_empty() || !inputs.iter().all(is_folder) {
        return (work(), None);
    }
    std::thread::scope(|scope| {
        let (searching, working) = (scope.spawn(|| discover(inputs)), scope.spawn(work));
        match (working.join(), searching.join()) {
            (Ok(done), Ok(found)) => (done, Some(found)),
            (Err(panic), _) | (_, Err(panic)) => std::panic::resume_unwind(panic),
        }
    })
}

/// An overflow, and the row that most probably led to it: the one with the most tokens.
pub(super) fn with_greatest_count(usage: &[UsageRow], overflow: MoneyOverflow) -> anyhow::Error {
    let error = anyhow::Error::new(overflow);
    // Of equal rows the first.
    let greatest = usage.iter().rev().max_by_key(|row| row.counts.tokens());
    match greatest {
        None => error,
        Some(row) => error.context(format!(
            "the greatest count: {} tokens of workload {}, {} in {}, account {}, on {}",
            count_in_words(row.counts.tokens()),
            row.workload.as_deref().unwrap_or("unallocated"),
            row.model_id,
            row.region,
            row.account_id,
            row.day(),
        )),
    }
}

/// Title, address and day of each source that the tables cite, by its id.
pub(super) fn source_titles(tables: &Tables) -> BTreeMap<Text, String> {
    let title = |source: &SourceRow| {
        format!(
            "{}, {}, retrieved {}",
            source.title, source.url, source.retrieved_on
        )
    };
    tables
        .sources
        .iter()
        .map(|source| (source.id.clone(), title(source)))
        .collect()
}

fn find_inputs(arguments: &UsageArgs) -> anyhow::Result<Vec<PathBuf>> {
    if arguments.demo || !arguments.inputs.is_empty() {
        return Ok(arguments.inputs.clone());
    }
    if Path::new(DEFAULT_STORE).is_dir() {
        return Ok(vec![PathBuf::from(DEFAULT_STORE)]);
    }
    bail!(
        "no input: name invocation logs, usage tables or a folder of them, or try --demo (there is no folder {DEFAULT_STORE} here)"
    )
}

fn read_usage(
    found: Found,
    inputs: &[PathBuf],
    arguments: &UsageArgs,
    settings: &Settings,
    naming: &ModelNaming,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<(Combined, Vec<DaySignalsOf>)> {
    findings.extend(found.findings);
    let mut parts = Vec::new();
    if !found.logs.is_empty() {
        let also = paths_to(inputs, found.logs.iter().map(|log| Path::new(&log.name)));
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let rollup_options = RollupOptions {
            threads,
            ..RollupOptions::default()
        };
        let rollup = Rollup::new(Arc::new(naming.clone()), rollup_options);
        let bar = ReadingProgress::start(
            found.logs.iter().map(|log| log.bytes).sum(),
            arguments.quiet,
        );
        let record_options =
            RecordOptions::new(settings.allocation.metadata_keys().iter().cloned());
        let sinks = (0..threads).map(|_| rollup.sink()).collect();
        let read = read_logs(
            &found.logs,
            &record_options,
            &|bytes| bar.advance(bytes),
            sinks,
        )?;
        findings.extend(read.findings);
        let rolled_up = rollup
            .finish(read.sinks)
            .context("adding up usage (a temporary file)")?;
        findings.extend(rolled_up.findings);
        parts.push(UsageInput {
            name: names_in_short(&also),
            also,
            raw_logs: true,
            rows: rolled_up.rows,
        });
    }
    for table in found.usage_tables {
        let rows = read_usage_table(&table.path, &table.name, naming)?;
        parts.push(UsageInput {
            also: paths_to(inputs, std::iter::once(Path::new(&table.name))),
            name: table.name,
            raw_logs: false,
            rows,
        });
    }
    let mut signals = Vec::new();
    for store in found.stores {
        let name = store.display().to_string();
        let read = read_store(&store, &name, naming)?;
        findings.extend(read.findings);
        signals.extend(read.signals);
        parts.push(UsageInput {
            also: paths_to(inputs, std::iter::once(&*store)),
            ..read.input
        });
    }
    let mut combined = combine(parts, arguments.prefer.as_deref())?;
    findings.append(&mut combined.findings);
    Ok((combined, signals))
}

/// The inputs, as they were typed, that led to any of these files.
fn paths_to<'f>(inputs: &[PathBuf], files: impl Iterator<Item = &'f Path> + Clone) -> Vec<String> {
    let leads = |input: &&PathBuf| match input.as_os_str() == "-" {
        true => files.clone().any(|file| file == Path::new(STANDARD_INPUT)),
        false => files.clone().any(|file| file.starts_with(input)),
    };
    inputs
        .iter()
        .filter(leads)
        .map(|input| input.display().to_string())
        .collect()
}

/// `a, b, c`, or `a, b and 5 more`.
fn names_in_short(names: &[String]) -> String {
    match names {
        [a, b, _, rest @ ..] if !rest.is_empty() => {
            format!("{a}, {b} and {} more", rest.len() + 1)
        }
        _ => names.join(", "),
    }
}

/// History is every day before `as_of`; later usage would be counted beside its projection.
fn leave_out_the_future(
    usage: &mut Vec<UsageRow>,
    as_of: NaiveDate,
    findings: &mut Vec<Diagnostic>,
) {
    let (mut today, mut later) = ((0u64, 0u64), (0u64, 0u64));
    usage.retain(|row| {
        let (rows, tokens) = match row.day().cmp(&as_of) {
            Ordering::Less => return true,
            Ordering::Equal => &mut today,
            Ordering::Greater => &mut later,
        };
        *rows += 1;
        *tokens = tokens.saturating_add(row.counts.tokens());
        false
    });
    let are = |rows: u64| match rows {
        1 => "1 usage row is".to_owned(),
        rows => format!("{rows} usage rows are"),
    };
    // A live log always holds some of the day that has begun: that is no loss.
    if today.0 > 0 {
        let message = format!(
            "{} of {as_of}, the first projected day, and left out: history ends the day before --as-of",
            are(today.0)
        );
        findings.push(Diagnostic::info("usage-on-as-of", "usage", message).with_tokens(today.1));
    }
    if later.0 > 0 {
        let message = format!(
            "{} later than {as_of} and left out: history ends the day before --as-of; give a later --as-of to include them",
            are(later.0)
        );
        findings
            .push(Diagnostic::warning("usage-after-as-of", "usage", message).with_tokens(later.1));
    }
}

fn no_usage(inputs: &[PathBuf], as_of: NaiveDate, findings: &[Diagnostic]) -> String {
    let names = inputs
        .iter()
        .map(|input| input.display().to_string())
        .collect::<Vec<_>>()
        .join(", ");
    let mut message = format!("no usage before {as_of} found in {names}");
    let is_answer =
        |finding: &Diagnostic| finding.severity < Severity::Info || finding.code == "no-records";
    if !findings.iter().any(is_answer) {
        message.push_str("; eolcast reads invocation logs (.json, .jsonl, .ndjson, .log, also .gz) and usage tables (.csv, .parquet)");
    }
    for finding in findings.iter().take(5) {
        message.push_str(&format!("\n  {finding}"));
    }
    message
}

/// The month to close: the one asked for, else the last full month that has data, else (with
/// a finding) the last month that has any.
fn closed_month(
    usage: &[UsageRow],
    as_of: NaiveDate,
    asked: Option<Month>,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<Month> {
    let months: BTreeSet<Month> = usage.iter().map(|row| Month::of(row.day())).collect();
    let is_full = |month: &Month| month.end() <= as_of;
    let month = match asked {
        Some(asked) if months.contains(&asked) => asked,
        Some(asked) => {
            let known = months
                .iter()
                .map(Month::to_string)
                .collect::<Vec<_>>()
                .join(", ");
            bail!("--month {asked}: no usage in that month; there is usage in {known}");
        }
        None => match months
            .iter()
            .rev()
            .find(|month| is_full(month))
            .or(months.last())
        {
            Some(month) => *month,
            None => Month::of(as_of),
        },
    };
    if !is_full(&month) {
        let message = format!(
            "the month is not over on {as_of}: its numbers hold the days before that date only"
        );
        findings.push(Diagnostic::warning(
            "month-incomplete",
            month.to_string(),
            message,
        ));
    }
    if let Some(finding) = days_without_usage(usage, month, as_of) {
        findings.push(finding);
    }
    Ok(month)
}

/// Days of a month on which nobody called anything: often logging was off.
pub(super) fn days_without_usage(
    usage: &[UsageRow],
    month: Month,
    as_of: NaiveDate,
) -> Option<Diagnostic> {
    let with_usage: BTreeSet<NaiveDate> = usage
        .iter()
        .filter(|row| row.source != Source::Mantle)
        .map(UsageRow::day)
        .filter(|day| month.contains(*day))
        .collect();
    let days = month
        .first_day()
        .iter_days()
        .take_while(|day| *day < month.end() && *day < as_of);
    let missing: Vec<String> = days
        .filter(|day| !with_usage.contains(day))
        .map(|day| day.to_string())
        .collect();
    let first = missing.first()?;
    let message = match missing.len() {
        1 => format!("no usage on {first}: was logging off, or the copy incomplete?"),
        count => format!(
            "no usage on {count} days, the first is {first}: was logging off, or the copy incomplete?"
        ),
    };
    Some(Diagnostic::info(
        "days-without-usage",
        month.to_string(),
        message,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_beside_other_work_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.json");
        std::fs::write(&file, "{}").unwrap();
        let folder = dir.path().to_owned();
        let (done, found) = beside_search(std::slice::from_ref(&folder), || 7);
        let names = |found: &Found| -> Vec<String> {
            found.logs.iter().map(|log| log.name.clone()).collect()
        };
        assert_eq!(done, 7);
        assert_eq!(
            names(&found.unwrap()),
            names(&discover(std::slice::from_ref(&folder)))
        );
        for inputs in [
            vec![],
            vec![file],
            vec![PathBuf::from("-")],
            vec![folder, PathBuf::from("-")],
        ] {
            assert!(beside_search(&inputs, || ()).1.is_none(), "{inputs:?}");
        }
    }
}
