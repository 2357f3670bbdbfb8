//! Asking all targets, several at a time; one that fails does not stop the others.

use std::io;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::progress::FetchProgress;
use super::targets::{Target, finding_of};
use crate::diagnostic::{self, Diagnostic, Severity};
use crate::domain::{DaySink, FetchedDay, Source, Text};
use crate::sources::aws::{FailureKind, FetchError};

/// Targets that are asked at a time. AWS's quotas are per account and Region, so targets do not
/// throttle each other.
const AT_A_TIME: usize = 8;

/// What came of one target.
#[derive(Debug)]
pub(super) struct TargetDone {
    pub(super) account_id: Text,
    pub(super) region: Text,
    /// Days that had to be fetched.
    pub(super) wanted: usize,
    /// What was stored.
    pub(super) stored: Stored,
    /// Whether the target failed before its end, or some of it could not be read.
    pub(super) failed: bool,
    /// An opt-in Region that is off, and that nobody asked for by name.
    pub(super) absent: bool,
}

/// What was stored of one target.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Stored {
    /// Days that were stored, whole or not.
    pub(super) taken: u64,
    /// Days that were read whole.
    pub(super) days: u64,
    pub(super) rows: u64,
    pub(super) requests: u64,
    pub(super) tokens: u64,
}

/// What came of all of them.
#[derive(Debug, Default)]
pub(super) struct WorkDone {
    /// In the order of the targets.
    pub(super) targets: Vec<TargetDone>,
    pub(super) findings: Vec<Diagnostic>,
}

/// Runs `work` for each target, with what stores days and the number of days it wants. An error
/// is one of the store: nothing else can go on then.
pub(super) fn ask_all<F>(
    targets: &[Target],
    store: &dyn DaySink,
    progress: &FetchProgress,
    work: F,
) -> Result<WorkDone, FetchError>
where
    F: Fn(&Target, &dyn DaySink) -> (usize, Result<Vec<Diagnostic>, FetchError>) + Sync,
{
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let results = Mutex::new(Vec::with_capacity(targets.len()));
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME.min(targets.len()) {
            scope.spawn(|| {
                while !stopped.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(target) = targets.get(at) else {
                        return;
                    };
                    let counting = Counting::new(store, progress);
                    let (wanted, result) = work(target, &counting);
                    if matches!(result, Err(FetchError::Store(_))) {
                        stopped.store(true, Ordering::Relaxed);
                    }
                    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                    results.push((at, wanted, counting.stored(), counting.findings(), result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, ..)| *at);
    let mut done = WorkDone::default();
    for (at, wanted, stored, of_days, result) in results {
        let is_loss = |finding: &Diagnostic| finding.severity == Severity::Error;
        let days_lost = of_days.iter().any(is_loss);
        done.findings.extend(of_days);
        let target = &targets[at];
        let mut outcome = TargetDone {
            account_id: target.access.account_id().clone(),
            region: target.access.region().clone(),
            wanted,
            stored,
            failed: days_lost,
            absent: false,
        };
        match result {
            Ok(findings) => {
                outcome.failed |= findings.iter().any(is_loss);
                done.findings.extend(findings);
            }
            Err(FetchError::Aws(failure)) => {
                outcome.absent = target.optional && failure.kind == FailureKind::RegionDisabled;
                outcome.failed = !outcome.absent;
                done.findings.push(finding_of(target, &failure));
            }
            Err(error) => return Err(error),
        }
        done.targets.push(outcome);
    }
    Ok(done)
}

/// Stores days and counts them.
struct Counting<'a> {
    store: &'a dyn DaySink,
    progress: &'a FetchProgress,
    stored: Mutex<Stored>,
    /// What days were stored with: a day that was not read whole says so here.
    findings: Mutex<Vec<Diagnostic>>,
}

impl<'a> Counting<'a> {
    fn new(store: &'a dyn DaySink, progress: &'a FetchProgress) -> Self {
        Self {
            store,
            progress,
            stored: Mutex::default(),
            findings: Mutex::default(),
        }
    }

    /// The findings of the days, what many days say alike once.
    fn findings(&self) -> Vec<Diagnostic> {
        let findings = self.findings.lock();
        let mut findings = findings.unwrap_or_else(PoisonError::into_inner).clone();
        diagnostic::order(&mut findings);
        findings
    }

    fn stored(&self) -> Stored {
        *self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DaySink for Counting<'_> {
    fn take(&self, day: FetchedDay) -> io::Result<()> {
        let rows = day.rows.len() as u64;
        let requests: u64 = day.rows.iter().map(|row| row.counts.requests).sum();
        let tokens: u64 = day.rows.iter().map(|row| row.counts.tokens()).sum();
        let findings = day.findings.clone();
        // Usage of bedrock-mantle comes beside the same days of metrics.
        let days = u64::from(day.whole && day.source != Source::Mantle);
        self.store.take(day)?;
        let mut all = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(findings);
        drop(all);
        self.progress.advance(usize::try_from(days).unwrap_or(0));
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.taken += 1;
        stored.days += days;
        stored.rows += rows;
        stored.requests += requests;
        stored.tokens += tokens;
        Ok(())
    }
}
