//! Invocation logs in CloudWatch Logs, read event by event with FilterLogEvents. May import
//! `aws`, `records`, `insights` (the group and its days), `domain` and `diagnostic`.
//!
//! No filter pattern is sent: what cannot be read must be seen and said. Pages are worked
//! through one by one and dropped; nothing of a body stays. A day is read with an hour more at
//! its end, since records arrive late; a record belongs to the day of its own `timestamp`.
//! Empty pages with a token are normal, and reading goes on. A token that AWS no longer takes
//! makes the range begin again where reading stood.
//!
//! Sample: a day of 2.5 MB is 3 or 4 pages of at most 1 MB.

use std::collections::BTreeSet;
use std::io;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use chrono::NaiveDate;
use futures_util::StreamExt;

use super::aws::{Access, AwsFailure, FailureKind, FetchError};
use super::insights::{
    HeldDay, LATE, LogGroup, LogsRequest, day_subject, hits_every_day, keep_own, lost_day,
    seconds_of,
};
use super::record_keys::RecordMemory;
use super::records::read_message;
use super::unreadable::Tally;
use super::{AddUp, RecordOptions};
use crate::diagnostic::Diagnostic;
use crate::domain::{DaySignals, DaySink, FetchedDay, RecordSink, Source, UsageRecord};

/// Days at a time: Regions allow 5 to 25 calls a second.
const AT_A_TIME: usize = 3;
/// How often a range begins again because of its token, in a row without a new event.
const MOST_RESTARTS: u32 = 5;

/// Reads the days into the sink.
pub(super) fn read_days<A: AddUp>(
    access: &Access,
    request: &LogsRequest<'_>,
    group: &LogGroup,
    held: &[HeldDay],
    add_up: &A,
    sink: &dyn DaySink,
) -> Result<Vec<Diagnostic>, FetchError> {
    let client = access.logs();
    let mut findings = Vec::new();
    access.wait(async {
        let days = futures_util::stream::iter(held.iter().map(|held| {
            let reader = DayReader {
                access,
                client: &client,
                group,
                options: request.records,
            };
            async move { (*held, reader.read(held.day, add_up.start()).await) }
        }));
        let mut days = Box::pin(days.buffer_unordered(AT_A_TIME));
        while let Some((held, read)) = days.next().await {
            let subject = day_subject(access, group, held.day);
            match read {
                Ok((records, tally)) => {
                    let day = added_up(access, request, group, held, &subject);
                    sink.take(day(add_up, records, &tally)?)?;
                }
                Err(FetchError::Aws(failure)) if !hits_every_day(&failure) => {
                    findings.push(lost_day(&subject, &failure));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    })?;
    Ok(findings)
}

/// Makes a day of what its sink took.
fn added_up<'a, A: AddUp>(
    access: &'a Access,
    request: &'a LogsRequest<'_>,
    group: &'a LogGroup,
    held: HeldDay,
    subject: &'a str,
) -> impl FnOnce(&A, A::Sink, &Tally) -> io::Result<FetchedDay> + 'a {
    move |add_up, records, tally| {
        let (mut rows, mut findings) = add_up.finish(vec![records])?;
        for row in &mut rows {
            row.source = Source::Logs;
        }
        for finding in &mut findings {
            subject.clone_into(&mut finding.subject);
        }
        findings.extend(keep_own(access, &mut rows, subject));
        // A day without calls is no finding.
        if tally.has_unreadable() {
            findings.extend(tally.finding(subject));
        }
        Ok(FetchedDay {
            source: Source::Logs,
            account_id: access.account_id().clone(),
            region: access.region().clone(),
            day: held.day,
            rows,
            signals: DaySignals::default(),
            query: format!(
                "events v1 of {} by hour, keys {}",
                group.name,
                request.records.metadata_keys().join(",")
            ),
            findings,
            whole: held.whole,
        })
    }
}

struct DayReader<'a> {
    access: &'a Access,
    client: &'a Client,
    group: &'a LogGroup,
    options: &'a RecordOptions,
}

impl DayReader<'_> {
    /// Reads a day's events into its sink.
    async fn read<S: RecordSink>(&self, day: NaiveDate, sink: S) -> Result<(S, Tally), FetchError> {
        let (from, to) = seconds_of(day);
        let mut events = Events {
            memory: RecordMemory::new(),
            options: self.options,
            sink: OfDay { sink, from, to },
            tally: Tally::default(),
            late: Tally::default(),
            number: 0,
            seen_until: from.saturating_mul(1_000),
            seen_then: BTreeSet::new(),
        };
        // The end is inclusive.
        let end = (to + LATE).saturating_mul(1_000) - 1;
        let mut begin = events.seen_until;
        let mut token: Option<String> = None;
        let mut restarts = 0;
        loop {
            let page = self
                .access
                .call("logs:FilterLogEvents", || {
                    self.client
                        .filter_log_events()
                        .log_group_name(&self.group.name)
                        .start_time(begin)
                        .end_time(end)
                        .set_next_token(token.clone())
                        .send()
                })
                .await;
            let page = match page {
                Ok(page) => page,
                Err(failure) if token.is_some() && is_of_token(&failure) => {
                    restarts += 1;
                    if restarts > MOST_RESTARTS {
                        return Err(failure.into());
                    }
                    (begin, token) = (events.seen_until, None);
                    continue;
                }
                Err(failure) => return Err(failure.into()),
            };
            if events.take(page.events())? {
                restarts = 0;
            }
            let next = page.next_token().map(str::to_owned);
            // The same token again would give the same page for ever.
            if next.is_none() || next == token {
                return Ok((events.sink.sink, events.tally));
            }
            token = next;
        }
    }
}

/// Whether AWS refuses a request because of its token, which lasts 24 hours.
fn is_of_token(failure: &AwsFailure) -> bool {
    failure.kind == FailureKind::Invalid && failure.message.to_ascii_lowercase().contains("token")
}

/// Takes the events of a day, page by page.
struct Events<'a, S> {
    options: &'a RecordOptions,
    memory: RecordMemory,
    sink: OfDay<S>,
    tally: Tally,
    /// Of the hour after the day; its unreadable events are the next day's.
    late: Tally,
    number: u64,
    /// The time of the latest event, in milliseconds, and the ids of all events then: where
    /// reading begins again, and what it must not take twice. Events come in their order.
    seen_until: i64,
    seen_then: BTreeSet<String>,
}

impl<S: RecordSink> Events<'_, S> {
    /// Takes a page; whether it brought anything new.
    fn take(&mut self, events: &[FilteredLogEvent]) -> io::Result<bool> {
        let mut new = false;
        for event in events {
            let at = event.timestamp().unwrap_or(self.seen_until);
            if at > self.seen_until {
                self.seen_until = at;
                self.seen_then.clear();
            }
            if at == self.seen_until
                && let Some(id) = event.event_id()
                && !self.seen_then.insert(id.to_owned())
            {
                continue;
            }
            new = true;
            self.number += 1;
            let is_late = at >= self.sink.to.saturating_mul(1_000);
            let tally = if is_late {
                &mut self.late
            } else {
                &mut self.tally
            };
            let message = event.message().unwrap_or_default();
            let (sink, memory) = (&mut self.sink, &mut self.memory);
            read_message(message, self.number, self.options, memory, sink, tally)?;
        }
        Ok(new)
    }
}

/// Passes on the records of one day.
struct OfDay<S> {
    sink: S,
    from: i64,
    to: i64,
}

impl<S: RecordSink> RecordSink for OfDay<S> {
    fn take(&mut self, record: &UsageRecord<'_>) -> io::Result<()> {
        match (self.from..self.to).contains(&record.timestamp) {
            true => self.sink.take(record),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Collects request ids.
    #[derive(Default)]
    struct Ids(Vec<String>);

    impl RecordSink for Ids {
        fn take(&mut self, record: &UsageRecord<'_>) -> io::Result<()> {
            self.0.push(record.request_id.unwrap_or("-").to_owned());
            Ok(())
        }
    }

    fn event(id: &str, at: i64, message: &str) -> FilteredLogEvent {
        FilteredLogEvent::builder()
            .event_id(id)
            .timestamp(at)
            .message(message)
            .build()
    }

    fn record(id: &str, time: &str) -> String {
        format!(
            r#"{{"timestamp":"{time}","accountId":"111122223333","region":"us-east-1","requestId":"{id}","modelId":"m"}}"#
        )
    }

    #[test]
    fn records_belong_to_their_own_day_and_events_count_once() {
        let options = RecordOptions::default();
        let (from, to) = seconds_of("2026-10-03".parse().unwrap());
        let mut events = Events {
            memory: RecordMemory::new(),
            options: &options,
            sink: OfDay {
                sink: Ids::default(),
                from,
                to,
            },
            tally: Tally::default(),
            late: Tally::default(),
            number: 0,
            seen_until: from * 1_000,
            seen_then: BTreeSet::new(),
        };
        let start = from * 1_000;
        let page = [
            event(
                "1",
                start,
                "Permissions are correctly set for Amazon Bedrock logs.",
            ),
            event("2", start, &record("yesterday", "2026-10-02T23:59:59Z")),
            event("3", start + 5, &record("a", "2026-10-03T00:00:00Z")),
            event("4", start + 5, "{\"canary"),
        ];
        assert!(events.take(&page).unwrap());
        // Begun again at the last time: what was seen is passed over, what is new is not.
        let again = [
            page[2].clone(),
            page[3].clone(),
            event("5", start + 5, &record("b", "2026-10-03T00:00:00Z")),
            event(
                "6",
                to * 1_000 + 60_000,
                &record("c", "2026-10-03T23:59:59Z"),
            ),
            event(
                "7",
                to * 1_000 + 60_000,
                &record("d", "2026-10-04T00:00:00Z"),
            ),
            event("8", to * 1_000 + 60_001, "of the next day"),
        ];
        assert!(events.take(&again).unwrap());
        assert!(!events.take(&again[5..]).unwrap());
        assert_eq!(events.sink.sink.0, ["a", "b", "c"]);
        let finding = events.tally.finding("2026-10-03").unwrap();
        assert!(finding.message.starts_with("1 record cannot be read"));
        assert!(!finding.message.contains("canary"));
    }
}
