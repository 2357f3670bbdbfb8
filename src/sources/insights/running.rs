//! Queries that run: started, waited for, paged, and stopped when nobody waits any more. May
//! import `aws` and its siblings.
//!
//! StartQuery is not idempotent: when its answer is lost, the SDK starts another, and the first
//! runs to its end unseen. What a query scanned is noted as it ends, also when it fails.
//!
//! Sample: `ask(text, window)` starts a query, polls after 0.25 s, 0.5 s, ... 5 s, and gives rows.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::operation::get_query_results::GetQueryResultsOutput;
use aws_sdk_cloudwatchlogs::types::{QueryStatistics, QueryStatus, ResultField};

use super::super::aws::{Access, AwsFailure, Billable, FailureKind, Interrupted, Interruption};
use super::windows::{Asked, GivenUp, Window};

const FIRST_POLL: Duration = Duration::from_millis(250);
const SLOWEST_POLL: Duration = Duration::from_secs(5);
/// AWS ends queries after 60 minutes; a little more, for the queue.
const LONGEST_WAIT: Duration = Duration::from_secs(65 * 60);
/// When too many queries run already: pauses of 1, 2, 4, ... 30 seconds, some five minutes.
const MOST_STARTS: u32 = 14;
const SLOWEST_START: Duration = Duration::from_secs(30);
/// How long stopping one query may take.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// A row of an answer.
pub(super) type AnswerRow = Vec<ResultField>;

/// Why nothing can be said about a window.
#[derive(Debug)]
pub(super) enum AskError {
    Aws(AwsFailure),
    Interrupted,
}

impl From<AwsFailure> for AskError {
    fn from(failure: AwsFailure) -> Self {
        Self::Aws(failure)
    }
}

impl From<Interrupted> for AskError {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

/// Starts queries over one group and knows which of them run.
#[derive(Debug)]
pub(super) struct Queries<'a> {
    access: &'a Access,
    client: Client,
    group: &'a str,
    interruption: &'a Interruption,
    running: Mutex<BTreeSet<String>>,
}

impl<'a> Queries<'a> {
    pub(super) fn new(access: &'a Access, group: &'a str, interruption: &'a Interruption) -> Self {
        Self {
            access,
            client: access.logs(),
            group,
            interruption,
            running: Mutex::default(),
        }
    }

    /// Asks one window.
    pub(super) async fn ask(
        &self,
        text: &str,
        window: Window,
    ) -> Result<Asked<AnswerRow>, AskError> {
        let id = self.start(text, window).await?;
        self.running().insert(id.clone());
        let mut scanned = 0;
        let answer = self.answer(&id, &mut scanned).await;
        let ended = matches!(&answer, Ok(Asked::Rows(_)))
            || matches!(&answer, Ok(Asked::GivenUp(why)) if *why != GivenUp::Lost);
        if !ended {
            scanned = self.stop(&id).await.unwrap_or(0).max(scanned);
        }
        self.running().remove(&id);
        self.access.ledger().bill(Billable::BytesScanned, scanned);
        answer
    }

    /// Stops what still runs.
    pub(super) async fn stop_all(&self) {
        let left: Vec<String> = std::mem::take(&mut *self.running()).into_iter().collect();
        let stops = left.iter().map(|id| self.stop(id));
        let scanned = futures_util::future::join_all(stops).await;
        for scanned in scanned.into_iter().flatten() {
            self.access.ledger().bill(Billable::BytesScanned, scanned);
        }
    }

    async fn start(&self, text: &str, window: Window) -> Result<String, AskError> {
        let mut pause = Duration::from_secs(1);
        let mut starts = 0;
        loop {
            self.interruption.check()?;
            starts += 1;
            let started = self
                .access
                .call("logs:StartQuery", || {
                    self.client
                        .start_query()
                        .log_group_name(self.group)
                        .start_time(window.from)
                        .end_time(window.to)
                        .query_string(text)
                        .send()
                })
                .await;
            match started {
                Ok(started) => return Ok(started.query_id().unwrap_or_default().to_owned()),
                Err(failure) if runs_too_much(&failure) && starts < MOST_STARTS => {
                    self.interruption.pause(pause).await?;
                    pause = (pause * 2).min(SLOWEST_START);
                }
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// Waits for a query and collects its pages; `scanned` holds what it scanned so far.
    async fn answer(&self, id: &str, scanned: &mut u64) -> Result<Asked<AnswerRow>, AskError> {
        let (mut pause, mut waited) = (FIRST_POLL, Duration::ZERO);
        let first = loop {
            self.interruption.pause(pause).await?;
            waited = waited.saturating_add(pause);
            pause = (pause * 2).min(SLOWEST_POLL);
            let page = self.page(id, None).await?;
            *scanned = bytes_scanned(page.statistics()).max(*scanned);
            match page.status() {
                Some(QueryStatus::Complete) => break page,
                Some(QueryStatus::Failed) => return Ok(Asked::GivenUp(GivenUp::Failed)),
                Some(QueryStatus::Timeout) => return Ok(Asked::GivenUp(GivenUp::TimedOut)),
                Some(QueryStatus::Cancelled) => return Ok(Asked::GivenUp(GivenUp::Cancelled)),
                // Scheduled, Running, Unknown, and what AWS may add: not at an end yet.
                _ if waited < LONGEST_WAIT => {}
                _ => return Ok(Asked::GivenUp(GivenUp::Lost)),
            }
        };
        let mut token = first.next_token;
        let mut rows = first.results.unwrap_or_default();
        while let Some(next) = token {
            self.interruption.check()?;
            let page = self.page(id, Some(&next)).await?;
            rows.extend(page.results.unwrap_or_default());
            token = page.next_token.filter(|token| *token != next);
        }
        Ok(Asked::Rows(rows))
    }

    async fn page(
        &self,
        id: &str,
        token: Option<&str>,
    ) -> Result<GetQueryResultsOutput, AwsFailure> {
        self.access
            .call("logs:GetQueryResults", || {
                self.client
                    .get_query_results()
                    .query_id(id)
                    .set_next_token(token.map(str::to_owned))
                    .send()
            })
            .await
    }

    /// Stops a query, as far as that works; what it scanned, if AWS says it.
    async fn stop(&self, id: &str) -> Option<u64> {
        let stopping = async {
            // A query that has ended by itself is refused: that is as good.
            let _ = self.client.stop_query().query_id(id).send().await;
            let page = self.page(id, None).await.ok()?;
            Some(bytes_scanned(page.statistics()))
        };
        tokio::time::timeout(STOP_WITHIN, stopping)
            .await
            .ok()
            .flatten()
    }

    fn running(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether StartQuery was refused because too many queries run in the account.
fn runs_too_much(failure: &AwsFailure) -> bool {
    failure.kind == FailureKind::Throttled
        && failure.code.as_deref() == Some("LimitExceededException")
}

/// Bytes of the statistics, which are no whole numbers by type.
fn bytes_scanned(statistics: Option<&QueryStatistics>) -> u64 {
    let bytes = statistics.map_or(0.0, QueryStatistics::bytes_scanned);
    // A conversion stops at 0 and at the greatest number, and takes NaN for 0.
    bytes.ceil() as u64
}
