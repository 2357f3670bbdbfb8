//! Invocation logs in CloudWatch Logs, added up by Logs Insights, or read event by event
//! (`log_events`). May import `aws`, `catalog`, `domain`, `diagnostic` and its parts.
//!
//! One query for each UTC day, some at a time. A call belongs to the day and hour of its
//! record's own `timestamp`, as in files; a day's query looks at events up to an hour after its
//! end, since records arrive late (that hour is scanned, and paid, twice).
//!
//! Logs Insights cannot remove duplicates: a record that was delivered twice counts twice. Nor
//! can it tell damaged counts from good ones, or show what it cannot read. `--raw` does all of
//! these, and transfers the bodies for it.
//!
//! Sample: 31 days of a group are 31 StartQuery, and one GetQueryResults or more for each.

mod answer;
mod group;
mod query;
mod running;
mod windows;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use futures_util::StreamExt;

use self::answer::{Fields, Sums};
pub(super) use self::group::{HeldDay, LogGroup};
use self::query::{LONGEST_QUERY, QueryShape, can_be_named};
use self::running::{AnswerRow, AskError, Queries};
use self::windows::{Read, Window};
use super::aws::{
    Access, AwsFailure, Billable, Estimate, FailureKind, FetchError, Interruption, PlannedCall,
};
use super::{AddUp, RecordOptions, log_events};
use crate::diagnostic::Diagnostic;
use crate::domain::{DaySignals, DaySink, FetchedDay, ModelNaming, Source, UsageRow, next_day};

/// The most rows that an answer of Logs Insights can hold.
pub const MOST_ROWS: u32 = 100_000;
/// Queries at a time: an account has 100, which others want too.
const AT_A_TIME: usize = 5;
/// Records may be delivered so much later than their call: seconds.
pub(super) const LATE: i64 = 3_600;
/// How many other accounts and Regions a finding names.
const NAMED_PLACES: usize = 3;
/// How long calls under way may take to end after Ctrl-C.
const GRACE: Duration = Duration::from_secs(5);

/// How the events of a group are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogReading {
    /// Logs Insights adds up on the side of AWS.
    Insights,
    /// Every event is transferred.
    Events,
}

/// What to ask CloudWatch Logs for in one account and Region.
#[derive(Debug, Clone, Copy)]
pub struct LogsRequest<'a> {
    /// The days, ascending.
    pub days: &'a [NaiveDate],
    /// The group, when it was named; else that of the logging configuration.
    pub log_group: Option<&'a str>,
    /// How.
    pub reading: LogReading,
    /// The request-metadata keys to keep.
    pub records: &'a RecordOptions,
    /// Model names and long-context bands.
    pub naming: &'a ModelNaming,
    /// When the run began, for retention.
    pub now: DateTime<Utc>,
    /// Rows of an answer from which on a range is cut in halves: [`MOST_ROWS`], less in tests.
    pub row_limit: u32,
}

/// The calls that [`fetch_logs`] will make. Asks the logging configuration and the group's
/// size, which is not billed. Without a group there is nothing to call.
pub fn plan_logs(
    access: &Access,
    request: &LogsRequest<'_>,
) -> Result<Vec<PlannedCall>, AwsFailure> {
    let Ok(group) = access.wait(group::find(access, request))? else {
        return Ok(Vec::new());
    };
    let (held, _) = group.held(request.days, request.now, &access.subject());
    let days = held.len() as u64;
    if days == 0 {
        return Ok(Vec::new());
    }
    let stored = group.stored_bytes;
    let call = |operation, calls, billed, why: &str| PlannedCall {
        operation,
        calls,
        billed,
        why: format!("{why} of the log group '{}'", group.name),
    };
    Ok(match request.reading {
        LogReading::Insights => vec![
            call(
                "logs:StartQuery",
                Estimate::AtLeast(days),
                Some((Billable::BytesScanned, Estimate::AtMost(stored))),
                "one query for each day, more where a day has very many rows; the bytes are all \
                 that is stored",
            ),
            call(
                "logs:GetQueryResults",
                Estimate::AtLeast(days),
                None,
                "asking for the answers",
            ),
        ],
        LogReading::Events => vec![call(
            "logs:FilterLogEvents",
            Estimate::AtLeast(days),
            None,
            &format!(
                "pages of at most 1 MB or 10,000 events; {stored} bytes are stored in all, over \
                 all days,"
            ),
        )],
    })
}

/// Fetches the days into the sink as source `logs`; `add_up` is used for events only. Findings
/// that belong to no single day are returned, and a day that cannot be read is one; an account
/// and Region without logging to CloudWatch Logs is one, too.
pub fn fetch_logs<A: AddUp>(
    access: &Access,
    request: &LogsRequest<'_>,
    add_up: &A,
    sink: &dyn DaySink,
) -> Result<Vec<Diagnostic>, FetchError> {
    let group = match access.wait(group::find(access, request))? {
        Ok(group) => group,
        Err(finding) => return Ok(vec![finding]),
    };
    let (held, mut findings) = group.held(request.days, request.now, &access.subject());
    match request.reading {
        LogReading::Events => {
            let read = log_events::read_days(access, request, &group, &held, add_up, sink);
            findings.extend(read?);
        }
        LogReading::Insights => {
            findings.extend(query_days(access, request, &group, &held, sink)?);
        }
    }
    // Days end in any order.
    findings.sort_by(|one, other| one.subject.cmp(&other.subject));
    Ok(findings)
}

/// Whether a failure would meet every other day as well.
pub(super) fn hits_every_day(failure: &AwsFailure) -> bool {
    match failure.kind {
        FailureKind::Throttled
        | FailureKind::Service
        | FailureKind::CutOff
        | FailureKind::TimedOut => false,
        // AWS refuses a range that the group no longer holds: another may be held.
        FailureKind::Invalid => !["retention", "creation time"]
            .iter()
            .any(|word| failure.message.contains(word)),
        _ => true,
    }
}

/// Where findings of a day say that something happened.
pub(super) fn day_subject(access: &Access, group: &LogGroup, day: NaiveDate) -> String {
    format!("{}, log group {}, {day}", access.subject(), group.name)
}

/// A day that could not be read at all.
pub(super) fn lost_day(subject: &str, why: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        "day-not-read",
        subject,
        format!("the day cannot be read and is not stored: {why}; run again with --resume"),
    )
}

/// Takes out what other accounts or Regions have called, and says so: a group can hold copies of
/// theirs, and the store keeps each account's usage under its own name.
pub(super) fn keep_own(
    access: &Access,
    rows: &mut Vec<UsageRow>,
    subject: &str,
) -> Option<Diagnostic> {
    let (mut calls, mut tokens) = (0u64, 0u64);
    let mut places = BTreeSet::new();
    rows.retain(|row| {
        let own = row.account_id == *access.account_id() && row.region == *access.region();
        if !own {
            calls = calls.saturating_add(row.counts.requests);
            tokens = tokens.saturating_add(row.counts.tokens());
            places.insert(format!("{} {}", row.account_id, row.region));
        }
        own
    });
    let named: Vec<String> = places.into_iter().take(NAMED_PLACES).collect();
    (calls > 0).then(|| {
        let calls = match calls {
            1 => "1 call of other accounts or Regions".to_owned(),
            calls => format!("{calls} calls of other accounts or Regions"),
        };
        let message = format!(
            "{calls} ({}) stand in this group and are left out; fetch what they used from their \
             own account and Region",
            named.join(", ")
        );
        Diagnostic::warning("foreign-records", subject, message).with_tokens(tokens)
    })
}

/// 00:00 UTC of a day and of the next, in seconds since 1970.
pub(super) fn seconds_of(day: NaiveDate) -> (i64, i64) {
    let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp();
    (start(day), start(next_day(day)))
}

fn query_days(
    access: &Access,
    request: &LogsRequest<'_>,
    group: &LogGroup,
    held: &[HeldDay],
    sink: &dyn DaySink,
) -> Result<Vec<Diagnostic>, FetchError> {
    let (shape, mut findings) = shape(access, request)?;
    let interruption = Interruption::listen()?;
    interruption.check().map_err(|_| FetchError::Interrupted)?;
    let queries = Queries::new(access, &group.name, &interruption);
    let result = access.wait(async {
        let days = futures_util::stream::iter(held.iter().map(|held| {
            let (queries, shape) = (&queries, &shape);
            async move {
                let subject = day_subject(access, group, held.day);
                let read = query_day(queries, shape, request.naming, *held, &subject).await;
                (subject, read)
            }
        }));
        let mut days = Box::pin(days.buffer_unordered(AT_A_TIME));
        let mut result = Ok(());
        loop {
            match interruption.or_after(GRACE, days.next()).await {
                Ok(None) => break,
                Ok(Some((_, Ok(Ok(read))))) => {
                    if let Err(error) = sink.take(fetched(access, group, &shape, read)) {
                        result = Err(error.into());
                        break;
                    }
                }
                Ok(Some((_, Ok(Err(lost))))) => findings.push(lost),
                Ok(Some((subject, Err(AskError::Aws(failure))))) => {
                    if hits_every_day(&failure) {
                        result = Err(failure.into());
                        break;
                    }
                    findings.push(lost_day(&subject, &failure));
                }
                // The other days hear of it as well, and stop their queries.
                Ok(Some((_, Err(AskError::Interrupted)))) => result = Err(FetchError::Interrupted),
                Err(_) => {
                    result = Err(FetchError::Interrupted);
                    break;
                }
            }
        }
        drop(days);
        queries.stop_all().await;
        result
    });
    result.map(|()| findings)
}

/// What of the query is the same for all days.
fn shape(
    access: &Access,
    request: &LogsRequest<'_>,
) -> Result<(QueryShape, Vec<Diagnostic>), AwsFailure> {
    let (keys, left_out): (Vec<String>, Vec<String>) = request
        .records
        .metadata_keys()
        .iter()
        .cloned()
        .partition(|key| can_be_named(key));
    let findings = left_out
        .iter()
        .map(|key| {
            Diagnostic::warning(
                "metadata-key-left-out",
                access.subject(),
                format!(
                    "Logs Insights cannot name the request-metadata key '{}'; read the logs with \
                     --raw to keep it",
                    key.escape_debug()
                ),
            )
        })
        .collect();
    let thresholds = request.naming.prompt_bands.values().flatten().copied();
    let shape = QueryShape::new(keys, thresholds, request.row_limit);
    let length = shape.text("2026-10-03", i64::MAX).chars().count();
    if length > LONGEST_QUERY {
        return Err(AwsFailure {
            operation: "logs:StartQuery".to_owned(),
            kind: FailureKind::Invalid,
            code: None,
            message: format!(
                "the query would be {length} characters long, {LONGEST_QUERY} are allowed; name \
                 fewer request-metadata keys in the settings, or read the logs with --raw"
            ),
        });
    }
    Ok((shape, findings))
}

/// A day that was read.
struct DayRead {
    held: HeldDay,
    sums: Sums,
    cut: u64,
    subject: String,
}

/// Asks for one day. The inner error is the finding of a day that AWS gave up.
async fn query_day(
    queries: &Queries<'_>,
    shape: &QueryShape,
    naming: &ModelNaming,
    held: HeldDay,
    subject: &str,
) -> Result<Result<DayRead, Diagnostic>, AskError> {
    let day = held.day.to_string();
    let (from, to) = seconds_of(held.day);
    let window = Window {
        from,
        to: to + LATE,
    };
    let mut sums = Sums::default();
    let day = day.as_str();
    let ask =
        |window: Window| async move { queries.ask(&shape.text(day, window.to), window).await };
    let add = |row: AnswerRow| sums.add(&fields(&row), shape, naming);
    let cut = match windows::read(window, shape.row_limit, ask, add).await? {
        Read::GivenUp(why) => return Ok(Err(lost_day(subject, &why))),
        Read::Whole => 0,
        Read::Cut(seconds) => seconds,
    };
    Ok(Ok(DayRead {
        held,
        sums,
        cut,
        subject: subject.to_owned(),
    }))
}

fn fields(row: &AnswerRow) -> Fields<'_> {
    row.iter()
        .filter_map(|field| Some((field.field()?, field.value()?)))
        .collect()
}

fn fetched(access: &Access, group: &LogGroup, shape: &QueryShape, read: DayRead) -> FetchedDay {
    let (mut rows, mut findings, readable) = read.sums.finish(&read.subject);
    findings.extend(keep_own(access, &mut rows, &read.subject));
    if read.cut > 0 {
        findings.push(Diagnostic::error(
            "log-rows-cut",
            &read.subject,
            format!(
                "{} seconds have {} rows or more, of which Logs Insights gives no more; keep fewer \
                 request-metadata keys, or read the day with --raw",
                read.cut, shape.row_limit
            ),
        ));
    }
    FetchedDay {
        source: Source::Logs,
        account_id: access.account_id().clone(),
        region: access.region().clone(),
        day: read.held.day,
        rows,
        signals: DaySignals::default(),
        query: words(group, shape),
        whole: read.held.whole && readable && read.cut == 0,
        findings,
    }
}

/// What was asked, in short.
fn words(group: &LogGroup, shape: &QueryShape) -> String {
    let bands: Vec<String> = shape.thresholds.iter().map(u64::to_string).collect();
    format!(
        "Logs Insights v1 of {} by hour, keys {}, bands {}",
        group.name,
        shape.keys.join(","),
        bands.join(",")
    )
}
