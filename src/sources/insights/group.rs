//! The log group: which one, whether it can be asked, which days it still holds. May import
//! `aws`, `catalog` and `domain`.
//!
//! Days that a group no longer holds, or that were over before it was made, are unknown and
//! not zero: nothing is given for them.
//!
//! Sample: retention of 7 days, asked at 2026-10-10T12:00: events before 2026-10-03T12:00 are
//! gone, so 2026-10-03 is read but not whole, and 2026-10-04 is the first whole day.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use super::super::aws::{Access, AwsFailure, FailureKind};
use super::super::catalog::logging_configuration;
use super::{LogReading, LogsRequest};
use crate::diagnostic::Diagnostic;
use crate::domain::next_day;

/// A log group, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogGroup {
    pub(crate) name: String,
    /// Whether its class has no Logs Insights.
    delivery: bool,
    retention_days: Option<u64>,
    created: Option<DateTime<Utc>>,
    pub(crate) stored_bytes: u64,
}

/// A day that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeldDay {
    pub(crate) day: NaiveDate,
    /// Whether none of it is gone.
    pub(crate) whole: bool,
}

/// Finds the group that was named, or that of the logging configuration. No group is a
/// finding; one that does not exist is a failure.
pub(crate) async fn find(
    access: &Access,
    request: &LogsRequest<'_>,
) -> Result<Result<LogGroup, Diagnostic>, AwsFailure> {
    let configured;
    let name = match request.log_group {
        Some(name) => bare_name(name),
        None => {
            configured = logging_configuration(access).await?.unwrap_or_default();
            match &configured.log_group {
                Some(name) => bare_name(name),
                None => return Ok(Err(no_group(access, configured.bucket.is_some()))),
            }
        }
    };
    let group = described(access, name).await?.ok_or_else(|| AwsFailure {
        operation: "logs:DescribeLogGroups".to_owned(),
        kind: FailureKind::NotFound,
        code: None,
        message: format!("there is no log group '{name}' in {}", access.subject()),
    })?;
    if group.delivery && request.reading == LogReading::Insights {
        return Err(AwsFailure {
            operation: "logs:StartQuery".to_owned(),
            kind: FailureKind::Invalid,
            code: None,
            message: format!(
                "the log group '{name}' has the class DELIVERY, which Logs Insights cannot \
                 query; read it with --raw, or the copy in S3 with eolcast fetch s3"
            ),
        });
    }
    Ok(Ok(group))
}

fn no_group(access: &Access, in_s3: bool) -> Diagnostic {
    let way_out = match in_s3 {
        true => "they go to S3: eolcast fetch s3 reads them",
        false => "switch them on to see who calls what, or name another group with --log-group",
    };
    Diagnostic::warning(
        "no-log-group",
        access.subject(),
        format!(
            "invocation logs do not go to CloudWatch Logs here, so its days are unknown, not \
             zero; {way_out}"
        ),
    )
}

/// The name in an ARN of a group (`arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*`), or the name.
fn bare_name(name: &str) -> &str {
    match name.split_once(":log-group:") {
        Some((arn, name)) if arn.starts_with("arn:") => name.strip_suffix(":*").unwrap_or(name),
        _ => name,
    }
}

async fn described(access: &Access, name: &str) -> Result<Option<LogGroup>, AwsFailure> {
    let client = access.logs();
    let mut token: Option<String> = None;
    loop {
        let page = access
            .call("logs:DescribeLogGroups", || {
                client
                    .describe_log_groups()
                    .log_group_name_prefix(name)
                    .set_next_token(token.clone())
                    .send()
            })
            .await?;
        let found = page
            .log_groups()
            .iter()
            .find(|group| group.log_group_name() == Some(name));
        if let Some(group) = found {
            let class = group.log_group_class().map(|class| class.as_str());
            let number = |number: i64| u64::try_from(number).ok();
            return Ok(Some(LogGroup {
                name: name.to_owned(),
                delivery: class == Some("DELIVERY"),
                retention_days: group
                    .retention_in_days()
                    .and_then(|days| number(days.into())),
                created: group
                    .creation_time()
                    .and_then(DateTime::from_timestamp_millis),
                stored_bytes: group.stored_bytes().and_then(number).unwrap_or(0),
            }));
        }
        let next = page.next_token().map(str::to_owned);
        if next.is_none() || next == token {
            return Ok(None);
        }
        token = next;
    }
}

impl LogGroup {
    /// The days that the group holds at least a part of, and what there is to say about those
    /// it does not hold.
    pub(crate) fn held(
        &self,
        days: &[NaiveDate],
        now: DateTime<Utc>,
        subject: &str,
    ) -> (Vec<HeldDay>, Vec<Diagnostic>) {
        let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let gone_before = self
            .retention_days
            .and_then(|days| now.checked_sub_days(Days::new(days)));
        let (mut held, mut findings) = (Vec::new(), Vec::new());
        let (mut gone, mut too_early) = (0, 0);
        for &day in days {
            let end = start(next_day(day));
            let whole = gone_before.is_none_or(|moment| start(day) >= moment);
            gone += usize::from(!whole);
            if gone_before.is_some_and(|moment| end <= moment) {
                continue;
            }
            if self.created.is_some_and(|created| end <= created) {
                too_early += 1;
                continue;
            }
            held.push(HeldDay { day, whole });
        }
        if let (Some(moment), Some(kept), true) = (gone_before, self.retention_days, gone > 0) {
            let first = match start(moment.date_naive()) == moment {
                true => moment.date_naive(),
                false => next_day(moment.date_naive()),
            };
            findings.push(Diagnostic::warning(
                "log-retention",
                subject,
                format!(
                    "the log group '{}' keeps {kept} days, so {gone} of the days asked for are gone \
                     or incomplete; the first day that is still whole is {first}; raise the \
                     retention, and fetch more often than that",
                    self.name
                ),
            ));
        }
        if let (Some(created), true) = (self.created, too_early > 0) {
            findings.push(Diagnostic::info(
                "log-group-younger",
                subject,
                format!(
                    "the log group '{}' was made on {}; {too_early} of the days asked for were \
                     over by then and are unknown",
                    self.name,
                    created.date_naive()
                ),
            ));
        }
        (held, findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(retention_days: Option<u64>, created: Option<&str>) -> LogGroup {
        LogGroup {
            name: "bedrock".to_owned(),
            delivery: false,
            retention_days,
            created: created.map(|created| created.parse().unwrap()),
            stored_bytes: 0,
        }
    }

    fn days(from: u32, to: u32) -> Vec<NaiveDate> {
        (from..=to)
            .map(|day| NaiveDate::from_ymd_opt(2026, 10, day).unwrap())
            .collect()
    }

    fn held(group: &LogGroup, now: &str) -> (Vec<(String, bool)>, Vec<Diagnostic>) {
        let (held, findings) = group.held(&days(1, 4), now.parse().unwrap(), "here");
        let held = held.iter().map(|held| (held.day.to_string(), held.whole));
        (held.collect(), findings)
    }

    #[test]
    fn days_beyond_the_retention_are_left_out_and_a_part_of_a_day_is_not_whole() {
        let (kept, findings) = held(&group(Some(7), None), "2026-10-09T12:00:00Z");
        assert_eq!(
            kept,
            [
                ("2026-10-02".into(), false),
                ("2026-10-03".into(), true),
                ("2026-10-04".into(), true)
            ]
        );
        assert_eq!(findings[0].code, "log-retention");
        assert!(
            findings[0]
                .message
                .contains("2 of the days asked for are gone or incomplete; the first day that is still whole is 2026-10-03"),
            "{}",
            findings[0].message
        );
        // At midnight exactly the day of the limit is still whole.
        let (kept, findings) = held(&group(Some(7), None), "2026-10-09T00:00:00Z");
        assert_eq!(kept.first(), Some(&("2026-10-02".into(), true)));
        assert!(findings[0].message.contains("whole is 2026-10-02"));
        assert_eq!(held(&group(Some(30), None), "2026-10-09T00:00:00Z").1, []);
    }

    #[test]
    fn days_before_the_group_was_made_are_unknown() {
        let (kept, findings) = held(
            &group(None, Some("2026-10-03T05:00:00Z")),
            "2026-10-09T00:00:00Z",
        );
        assert_eq!(kept.first(), Some(&("2026-10-03".into(), true)));
        assert_eq!(
            (findings.len(), &*findings[0].code),
            (1, "log-group-younger")
        );
        assert!(findings[0].message.contains("2 of the days"));
    }

    #[test]
    fn an_arn_gives_the_name_of_its_group() {
        for name in [
            "arn:aws:logs:us-east-1:111122223333:log-group:/bedrock/calls:*",
            "arn:aws:logs:us-east-1:111122223333:log-group:/bedrock/calls",
            "/bedrock/calls",
        ] {
            assert_eq!(bare_name(name), "/bedrock/calls");
        }
    }
}
