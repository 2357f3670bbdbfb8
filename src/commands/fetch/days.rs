//! Which days a fetch is about.

use anyhow::bail;
use chrono::{DateTime, NaiveDate, Utc};

use crate::cli::FetchPeriodArgs;
use crate::domain::{DayRange, Month, next_day};
use crate::usage::Again;

/// The days that were asked for: at most up to today, the day that has begun.
pub(super) fn asked(arguments: &FetchPeriodArgs, now: DateTime<Utc>) -> anyhow::Result<DayRange> {
    let today = now.date_naive();
    let asked = match (arguments.month, arguments.from, arguments.to) {
        (Some(month), ..) => range_of(month),
        (None, Some(from), Some(to)) if from < to => DayRange { from, to },
        (None, Some(from), Some(to)) => {
            bail!(
                "--from {from} --to {to}: no day lies between them; --to is the day after the last"
            )
        }
        _ => range_of(Month::of(today).previous()),
    };
    if asked.from > today {
        bail!(
            "{} is in the future: there is nothing to fetch yet",
            asked.from
        );
    }
    Ok(DayRange {
        to: asked.to.min(next_day(today)),
        ..asked
    })
}

/// Which of them again.
pub(super) fn again(arguments: &FetchPeriodArgs) -> Again {
    match (arguments.refetch, arguments.resume) {
        (true, _) => Again::All,
        (_, true) => Again::Missing,
        _ => Again::Unsettled,
    }
}

fn range_of(month: Month) -> DayRange {
    DayRange {
        from: month.first_day(),
        to: month.end(),
    }
}

/// The period in words: `2026-10-01 to 2026-10-31 (31 days)`.
pub(super) fn in_words(days: &[NaiveDate]) -> String {
    match days {
        [] => "no days".to_owned(),
        [day] => day.to_string(),
        [first, .., last] => format!("{first} to {last} ({} days)", days.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn arguments() -> FetchPeriodArgs {
        FetchPeriodArgs {
            month: None,
            from: None,
            to: None,
            resume: false,
            refetch: false,
        }
    }

    fn range(from: &str, to: &str) -> DayRange {
        DayRange {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        }
    }

    #[test]
    fn without_flags_it_is_the_last_full_month() {
        let days = asked(&arguments(), at("2026-11-02T09:00:00Z")).unwrap();
        assert_eq!(days, range("2026-10-01", "2026-11-01"));
        let days = asked(&arguments(), at("2026-01-01T00:00:00Z")).unwrap();
        assert_eq!(days, range("2025-12-01", "2026-01-01"));
    }

    #[test]
    fn the_current_month_ends_with_today() {
        let mut this_month = arguments();
        this_month.month = Some("2026-11".parse().unwrap());
        let days = asked(&this_month, at("2026-11-22T09:00:00Z")).unwrap();
        assert_eq!(days, range("2026-11-01", "2026-11-23"));
    }

    #[test]
    fn an_empty_period_and_a_future_one_are_refused() {
        let mut period = arguments();
        period.from = "2026-10-02".parse().ok();
        period.to = "2026-10-02".parse().ok();
        assert!(asked(&period, at("2026-11-22T09:00:00Z")).is_err());
        period.from = "2026-11-23".parse().ok();
        period.to = "2026-11-24".parse().ok();
        assert!(asked(&period, at("2026-11-22T23:59:59Z")).is_err());
        assert!(asked(&period, at("2026-11-23T00:00:00Z")).is_ok());
    }
}
