//! Finished days: rows, signals and findings of each account, namespace and day of a span. May
//! import `domain`, `diagnostic` and its siblings.
//!
//! Sample: 2026-10-03 of the account 111122223333 in us-east-1: 60 rows, 2 delivery failures,
//! whole.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::answers::{Gathered, Status};
use super::findings::Place;
use super::listed::Listed;
use super::measures::Measured;
use super::rows::DayRows;
use super::series::{Level, Metric, Namespace};
use super::spans::{Span, period};
use crate::diagnostic::Diagnostic;
use crate::domain::{DaySignals, FetchedDay, Granularity, ModelNaming, Source, Text};

/// All days of a span, of every account that is listed and of both namespaces.
pub(super) fn finished(
    listed: &Listed,
    region: &Text,
    naming: &ModelNaming,
    span: &Span,
    gathered: &Gathered,
) -> Vec<FetchedDay> {
    let mut days = Vec::new();
    for account in listed.accounts.keys() {
        let place = Place { account, region };
        for namespace in Namespace::ALL {
            let measured = Measured::new(gathered, account, namespace, span);
            let finished = span
                .days
                .iter()
                .map(|day| one_day(place, namespace, naming, span, *day, &measured));
            days.extend(finished);
        }
    }
    days
}

/// Days that CloudWatch no longer has: not zero usage, but not known.
pub(super) fn past_retention(
    place: Place<'_>,
    days: &[NaiveDate],
    granularity: impl Fn(NaiveDate) -> Granularity,
    first_kept: NaiveDate,
) -> Vec<FetchedDay> {
    let lost = days.iter().copied().filter(|day| *day < first_kept);
    let both = lost.flat_map(|day| Namespace::ALL.map(|namespace| (day, namespace)));
    both.map(|(day, namespace)| FetchedDay {
        findings: vec![place.past_retention(first_kept)],
        whole: false,
        ..empty_day(place, namespace, granularity(day), day)
    })
    .collect()
}

fn empty_day(
    place: Place<'_>,
    namespace: Namespace,
    granularity: Granularity,
    day: NaiveDate,
) -> FetchedDay {
    FetchedDay {
        source: match namespace {
            Namespace::Runtime => Source::Metrics,
            Namespace::Mantle => Source::Mantle,
        },
        account_id: place.account.clone(),
        region: place.region.clone(),
        day,
        rows: Vec::new(),
        signals: DaySignals::default(),
        query: namespace.query_words(period(granularity)),
        findings: Vec::new(),
        whole: true,
    }
}

fn one_day(
    place: Place<'_>,
    namespace: Namespace,
    naming: &ModelNaming,
    span: &Span,
    day: NaiveDate,
    measured: &Measured,
) -> FetchedDay {
    let rows = DayRows::new(place, naming, span.granularity, day);
    let rows = match namespace {
        Namespace::Runtime => rows.runtime(measured),
        Namespace::Mantle => rows.mantle(measured),
    };
    let mut findings = lost(place, namespace, day, measured);
    let whole = findings.is_empty() && rows.whole;
    findings.extend(rows.findings);
    if whole {
        findings.extend(unattributed(place, namespace, day, measured));
    }
    FetchedDay {
        rows: rows.rows,
        signals: match namespace {
            Namespace::Runtime => signals(day, measured),
            Namespace::Mantle => DaySignals::default(),
        },
        findings,
        whole,
        ..empty_day(place, namespace, span.granularity, day)
    }
}

/// What could not be read of a day. A series that failed may lack points of any day.
fn lost(
    place: Place<'_>,
    namespace: Namespace,
    day: NaiveDate,
    measured: &Measured,
) -> Vec<Diagnostic> {
    // Internal errors and partial answers end alike: one finding.
    let mut unread: BTreeMap<Status, std::collections::BTreeSet<String>> = BTreeMap::new();
    for (status, series) in &measured.unread {
        let status = match status {
            Status::Forbidden => Status::Forbidden,
            _ => Status::InternalError,
        };
        unread
            .entry(status)
            .or_default()
            .extend(series.iter().cloned());
    }
    let unread = unread
        .iter()
        .map(|(status, series)| place.unread(namespace, *status, series));
    let odd = measured.odd.iter().filter(|odd| odd.day == day);
    unread.chain(odd.map(|odd| place.odd(odd))).collect()
}

fn signals(day: NaiveDate, measured: &Measured) -> DaySignals {
    let mut signals = DaySignals::default();
    for (_, period) in measured.of_day(day) {
        for (level, measures) in period {
            let legacy = measures.get(Metric::LegacyModelInvocations).unwrap_or(0);
            if let (Level::Model(model), 1..) = (level, legacy) {
                let sum = signals.legacy_invocations.entry(model.to_string());
                let sum = sum.or_default();
                *sum = sum.saturating_add(legacy);
            }
        }
    }
    let of = |metrics: [Metric; 3]| -> BTreeMap<String, u64> {
        let counted = metrics.into_iter().filter_map(|metric| {
            let count = measured.of_day_at(day, &Level::All, metric)?;
            Some((metric.as_str().to_owned(), count))
        });
        counted.collect()
    };
    signals.deliveries = of(Metric::DELIVERIES);
    signals.delivery_failures = of(Metric::DELIVERY_FAILURES);
    signals
}

/// Compares all models together with those that have a name. The set without dimensions is
/// counted apart: it is a check, never usage.
fn unattributed(
    place: Place<'_>,
    namespace: Namespace,
    day: NaiveDate,
    measured: &Measured,
) -> Option<Diagnostic> {
    let [requests, input, output] = match namespace {
        Namespace::Runtime => [
            Metric::Invocations,
            Metric::InputTokenCount,
            Metric::OutputTokenCount,
        ],
        Namespace::Mantle => Metric::OF_ALL_MANTLE,
    };
    let missing = |metric| {
        let all = measured
            .of_day_at(day, &Level::All, metric)
            .unwrap_or_default();
        all.saturating_sub(of_models(measured, day, metric))
    };
    let (requests, input, output) = (missing(requests), missing(input), missing(output));
    let tokens = input.saturating_add(output);
    (requests > 0 || tokens > 0).then(|| place.unattributed(namespace, day, requests, tokens))
}

fn of_models(measured: &Measured, day: NaiveDate, metric: Metric) -> u64 {
    let levels = measured
        .of_day(day)
        .flat_map(|(_, period)| period.iter())
        .filter(|(level, _)| matches!(level, Level::Model(_)));
    let counts = levels.filter_map(|(_, measures)| measures.get(metric));
    counts.fold(0, u64::saturating_add)
}
