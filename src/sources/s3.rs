//! Invocation logs in S3: the records themselves, read in parallel. May import `domain`,
//! `diagnostic` and its siblings.
//!
//! Objects lie under the UTC hour of their delivery, so the last calls of a day can lie in the
//! first hour of the next: a day is read from its 24 hours and from that one, and takes the
//! records whose own timestamp it is. Every object is read once in a run; records that are
//! still later are left out and counted. A day is the same whether it is fetched by itself or
//! among others.
//!
//! Bodies pass through here: nothing of them is kept, and no failure quotes one.
//!
//! Sample: 2026-10-01 is listed with 26 calls at most, and its objects are read 16 at a time.

mod bucket;
mod object;
mod router;

use chrono::NaiveDate;

use self::bucket::{Bucket, Hour};
use self::object::{Object, Reading};
use self::router::{Router, Strays};
use super::aws::{Access, AwsFailure, Estimate, FetchError, PlannedCall};
use super::catalog::logging_configuration;
use super::{LogInput, RecordOptions, SourceError, read_logs};
use crate::diagnostic::Diagnostic;
use crate::domain::{
    DayRange, DaySignals, DaySink, FetchedDay, RecordSink, Source, UsageRow, next_day,
};

/// What to read from S3 for one account and Region.
#[derive(Debug, Clone, Copy)]
pub struct S3Request<'a> {
    /// The days, ascending.
    pub days: &'a [NaiveDate],
    /// Bucket and prefix, when they were named; else those of the logging configuration.
    pub location: Option<(&'a str, &'a str)>,
    /// The request-metadata keys to keep.
    pub records: &'a RecordOptions,
    /// How many objects are read at a time.
    pub readers: usize,
}

/// Adds records up; `usage::Rollup` is the one that the program uses (this room may not know
/// it).
pub trait AddUp: Sync {
    /// What one reading thread fills.
    type Sink: RecordSink;
    /// Starts one.
    fn start(&self) -> Self::Sink;
    /// Puts them together: sorted rows, and what there is to say.
    fn finish(&self, sinks: Vec<Self::Sink>) -> std::io::Result<(Vec<UsageRow>, Vec<Diagnostic>)>;
}

/// The calls that [`fetch_s3`] will make. Asks the logging configuration, which is not billed.
/// None where logging to S3 is off.
pub fn plan_s3(access: &Access, request: &S3Request<'_>) -> Result<Vec<PlannedCall>, AwsFailure> {
    let Some(bucket) = find_bucket(access, request)? else {
        return Ok(Vec::new());
    };
    Ok(planned(request.days, &bucket.location()))
}

fn planned(days: &[NaiveDate], location: &str) -> Vec<PlannedCall> {
    if days.is_empty() {
        return Vec::new();
    }
    let runs = DayRange::of_days(days.iter().copied()).len() as u64;
    let days = days.len() as u64;
    let call = |operation, calls, why: String| PlannedCall {
        operation,
        calls,
        billed: None,
        why,
    };
    vec![
        call(
            "s3:ListObjectsV2",
            Estimate::Exactly(days + 1),
            format!("the hours of each day under {location}, and whether anything lies there"),
        ),
        call(
            "s3:ListObjectsV2",
            Estimate::AtMost(days * 24 + runs),
            "the objects of each hour that exists, and of one further hour; more only where an hour holds over 1,000 objects".to_owned(),
        ),
        call(
            "s3:GetObject",
            Estimate::Unknown,
            "one for each log object, once; sidecars of large bodies are never read".to_owned(),
        ),
    ]
}

/// Fetches the days into the sink as source `s3`. Findings that belong to no single day are
/// returned; an account and Region without logging to S3 is one.
pub fn fetch_s3<A: AddUp>(
    access: &Access,
    request: &S3Request<'_>,
    add_up: &A,
    sink: &dyn DaySink,
) -> Result<Vec<Diagnostic>, FetchError> {
    let Some(mut bucket) = find_bucket(access, request)? else {
        let message = "invocation logging to S3 is off, so there is nothing to read; nothing is taken as zero; name the bucket with --bucket if logs lie elsewhere, or use fetch metrics or fetch logs";
        return Ok(vec![Diagnostic::warning(
            "no-log-bucket",
            access.subject(),
            message,
        )]);
    };
    if request.days.is_empty() {
        return Ok(Vec::new());
    }
    if !bucket.connect()? {
        let message = format!(
            "there is nothing at all under {}; nothing is taken as zero; check --bucket and --prefix, or nothing was called since logging was switched on",
            bucket.location()
        );
        return Ok(vec![Diagnostic::warning(
            "no-log-objects",
            access.subject(),
            message,
        )]);
    }
    let fetch = Fetch {
        access,
        request,
        add_up,
        sink,
        reading: bucket.reading(),
        bucket,
    };
    for range in DayRange::of_days(request.days.iter().copied()) {
        fetch.range(range)?;
    }
    Ok(Vec::new())
}

/// Where the logs lie: as named, else as configured; `None` when logging to S3 is off.
fn find_bucket<'a>(
    access: &'a Access,
    request: &S3Request<'_>,
) -> Result<Option<Bucket<'a>>, AwsFailure> {
    if let Some((name, prefix)) = request.location {
        return Ok(Some(Bucket::new(access, name, prefix)));
    }
    let configured = access.wait(logging_configuration(access))?;
    Ok(configured.and_then(|logging| {
        let prefix = logging.key_prefix.unwrap_or_default();
        Some(Bucket::new(access, &logging.bucket?, &prefix))
    }))
}

/// A fetch of one account and Region.
struct Fetch<'a, A> {
    access: &'a Access,
    request: &'a S3Request<'a>,
    add_up: &'a A,
    sink: &'a dyn DaySink,
    bucket: Bucket<'a>,
    reading: std::sync::Arc<Reading>,
}

/// A day of which something has been read.
struct Begun<S> {
    day: NaiveDate,
    sinks: Vec<S>,
    findings: Vec<Diagnostic>,
    strays: Strays,
    /// Objects of its hours that are no logs.
    others: u64,
    whole: bool,
}

impl<S> Begun<S> {
    fn add(&mut self, group: &Group<S>) {
        self.findings.extend(group.findings.iter().cloned());
        self.whole &= group.whole;
    }

    /// For objects of its own hours.
    fn add_own(&mut self, group: &Group<S>) {
        self.add(group);
        self.strays.add(group.strays);
        self.others += group.others;
    }
}

/// What came of a group of objects.
struct Group<S> {
    routers: Vec<Router<S>>,
    findings: Vec<Diagnostic>,
    strays: Strays,
    others: u64,
    whole: bool,
}

impl<A: AddUp> Fetch<'_, A> {
    /// Days one after the other; the first hour of each is read with the day before.
    fn range(&self, range: DayRange) -> Result<(), FetchError> {
        let mut begun = None;
        for day in range.days() {
            let hours = self.bucket.hours(day)?;
            let mut today = match begun.take() {
                Some(begun) => begun,
                None => self.first_hour(None, day, &hours, true)?.1,
            };
            self.other_hours(&mut today, &hours)?;
            let tomorrow = next_day(day);
            let wanted = range.contains(tomorrow) && tomorrow != day;
            let (today, next) = self.first_hour(Some(today), tomorrow, &[0], wanted)?;
            begun = wanted.then_some(next);
            if let Some(today) = today {
                self.finish(today)?;
            }
        }
        Ok(())
    }

    fn begin(&self, day: NaiveDate) -> Begun<A::Sink> {
        Begun {
            day,
            sinks: (0..self.readers()).map(|_| self.add_up.start()).collect(),
            findings: Vec::new(),
            strays: Strays::default(),
            others: 0,
            whole: true,
        }
    }

    fn readers(&self) -> usize {
        self.request.readers.max(1)
    }

    /// Reads the first hour of `day`, for it (if it is wanted) and for the day before (if that
    /// is being read).
    #[allow(
        clippy::type_complexity,
        reason = "two days, of which one may be missing"
    )]
    fn first_hour(
        &self,
        before: Option<Begun<A::Sink>>,
        day: NaiveDate,
        hours: &[u32],
        wanted: bool,
    ) -> Result<(Option<Begun<A::Sink>>, Begun<A::Sink>), FetchError> {
        let mut own = self.begin(day);
        let mut before = before;
        let listed = match hours.contains(&0) {
            true => self.bucket.objects(day, &[0])?,
            false => Hour::default(),
        };
        let mut of_before = before
            .as_mut()
            .map(|before| std::mem::take(&mut before.sinks));
        let own_sinks = std::mem::take(&mut own.sinks);
        let routers = own_sinks
            .into_iter()
            .map(|sink| {
                let before = of_before.as_mut().and_then(Vec::pop);
                Router::first_hour(day, before, wanted.then_some(sink))
            })
            .collect();
        let mut group = self.read(listed, routers)?;
        own.add_own(&group);
        if let Some(before) = &mut before {
            before.add(&group);
        }
        for router in group.routers.drain(..) {
            own.sinks.extend(router.own);
            if let Some(before) = &mut before {
                before.sinks.extend(router.before);
            }
        }
        Ok((before, own))
    }

    fn other_hours(&self, today: &mut Begun<A::Sink>, hours: &[u32]) -> Result<(), FetchError> {
        let hours: Vec<u32> = hours.iter().copied().filter(|hour| *hour > 0).collect();
        let listed = self.bucket.objects(today.day, &hours)?;
        let sinks = std::mem::take(&mut today.sinks).into_iter();
        let routers = sinks
            .map(|sink| Router::other_hours(today.day, sink))
            .collect();
        let mut group = self.read(listed, routers)?;
        today.add_own(&group);
        let sinks = group.routers.drain(..).filter_map(|router| router.own);
        today.sinks.extend(sinks);
        Ok(())
    }

    fn read(
        &self,
        listed: Hour,
        routers: Vec<Router<A::Sink>>,
    ) -> Result<Group<A::Sink>, FetchError> {
        let failed_before = self.reading.failed();
        let logs: Vec<LogInput> = listed
            .logs
            .into_iter()
            .map(|listed| {
                let reading = self.reading.clone();
                let (name, bytes) = (reading.name(&listed), listed.bytes);
                LogInput::remote(name, bytes, Box::new(Object { reading, listed }))
            })
            .collect();
        let read = read_logs(&logs, self.request.records, &|_| {}, routers).map_err(of_read)?;
        if let Some(failure) = self.reading.given_up() {
            return Err(failure.into());
        }
        let is_lost = |finding: &Diagnostic| finding.code == "unreadable-file";
        let is_whole = !read.findings.iter().any(is_lost);
        let mut strays = Strays::default();
        for router in &read.sinks {
            strays.add(router.strays);
        }
        Ok(Group {
            routers: read.sinks,
            findings: read.findings,
            strays,
            others: listed.others,
            whole: self.reading.failed() == failed_before && is_whole,
        })
    }

    fn finish(&self, day: Begun<A::Sink>) -> Result<(), FetchError> {
        let (rows, of_rows) = self.add_up.finish(day.sinks)?;
        let mut findings = day.findings;
        findings.extend(of_rows);
        findings.extend(self.late(day.day, day.strays));
        findings.extend(self.skipped(day.day, day.others));
        self.sink.take(FetchedDay {
            source: Source::S3,
            account_id: self.access.account_id().clone(),
            region: self.access.region().clone(),
            day: day.day,
            rows,
            signals: DaySignals::default(),
            query: self.query(),
            findings,
            whole: day.whole,
        })?;
        Ok(())
    }

    fn query(&self) -> String {
        let keys = self.request.records.metadata_keys();
        format!("{} metadata {}", self.bucket.location(), keys.join(","))
    }

    fn late(&self, day: NaiveDate, strays: Strays) -> Option<Diagnostic> {
        let records = match strays.records {
            0 => return None,
            1 => "1 record of another day lies".to_owned(),
            records => format!("{records} records of other days lie"),
        };
        let message = format!(
            "{records} among the objects of {day}, delivered more than an hour after the end of their day, and left out; compare the days before with fetch metrics"
        );
        let finding = Diagnostic::warning("late-records", self.bucket.location(), message);
        Some(finding.with_tokens(strays.tokens))
    }

    fn skipped(&self, day: NaiveDate, others: u64) -> Option<Diagnostic> {
        let objects = match others {
            0 => return None,
            1 => "1 object is no log (.json.gz, .json) and is".to_owned(),
            others => format!("{others} objects are no logs (.json.gz, .json) and are"),
        };
        let message = format!("{objects} skipped among those of {day}");
        Some(Diagnostic::info(
            "skipped-objects",
            self.bucket.location(),
            message,
        ))
    }
}

/// Only a temporary file can end a read.
fn of_read(error: SourceError) -> FetchError {
    match error {
        SourceError::Sink(error) => FetchError::Store(error),
        SourceError::Thread => FetchError::Store(std::io::Error::other(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_counts_days_hours_and_one_hour_more_for_each_run_of_days() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let days = [day("2026-10-01"), day("2026-10-02"), day("2026-10-09")];
        let calls: Vec<Estimate> = planned(&days, "s3://b/p").iter().map(|c| c.calls).collect();
        // 3 days + 1 for the prefix; 3 x 24 hours + 1 for each of two runs
        let expected = [
            Estimate::Exactly(4),
            Estimate::AtMost(74),
            Estimate::Unknown,
        ];
        assert_eq!(calls, expected);
        assert!(planned(&[], "s3://b/p").is_empty());
    }
}
