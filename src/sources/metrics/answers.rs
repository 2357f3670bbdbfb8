//! What CloudWatch answered, page by page, as plain values: points, how far an answer can be
//! relied on, and counts out of floating-point sums. May import its siblings only.
//!
//! The status of a series over all pages of a call: forbidden once is forbidden; an internal
//! error once makes the series be asked for again from the start, also when a later page says
//! complete (what that page leaves out nobody could tell); else the last page decides.
//!
//! Sample: page one `PartialData` with 300 points, page two `Complete` with 72: 372 points,
//! complete.

use std::collections::{BTreeMap, BTreeSet};

use super::series::Series;

/// 2^53: from here on floating-point numbers skip whole numbers.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// `StatusCode` of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    /// All points are there.
    Complete,
    /// Some are missing.
    Partial,
    /// AWS failed; so does a status that nobody described.
    InternalError,
    /// The account may not be read.
    Forbidden,
}

/// What one page says of one query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// The query's place in its call.
    pub(super) query: usize,
    /// Seconds since 1970 and value.
    pub(super) points: Vec<(i64, f64)>,
    pub(super) status: Status,
}

/// One page of an answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Page {
    pub(super) parts: Vec<Part>,
    pub(super) messages: Vec<String>,
    pub(super) next_token: Option<String>,
}

/// What is known of one series.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Answer {
    /// By seconds since 1970.
    pub(super) points: BTreeMap<i64, f64>,
    /// `None` while no page named it.
    status: Option<Status>,
}

impl Answer {
    /// How far it can be relied on; a series that no page named failed.
    pub(super) fn status(&self) -> Status {
        self.status.unwrap_or(Status::InternalError)
    }

    /// Adds what a further page of the same call says.
    pub(super) fn take(&mut self, part: Part) {
        self.points.extend(part.points);
        self.status = match (self.status, part.status) {
            (Some(before @ (Status::InternalError | Status::Forbidden)), now) => {
                Some(before.max(now))
            }
            (_, now) => Some(now),
        };
    }
}

/// The answers of a span.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Gathered {
    pub(super) answers: BTreeMap<Series, Answer>,
    pub(super) messages: BTreeSet<String>,
}

impl Gathered {
    /// Whether a series has any point.
    pub(super) fn has_data(&self, series: &Series) -> bool {
        let answer = self.answers.get(series);
        answer.is_some_and(|answer| !answer.points.is_empty())
    }

    /// Those of the series that are worth asking for again.
    pub(super) fn unfinished(&self, series: &[Series]) -> Vec<Series> {
        let again = |series: &&Series| {
            let answer = self.answers.get(*series);
            let status = answer.map_or(Status::InternalError, Answer::status);
            matches!(status, Status::Partial | Status::InternalError)
        };
        series.iter().filter(again).cloned().collect()
    }
}

/// A sum as a count: `None` for what is no whole number from 0 up to below 2^53, which no sum
/// of counts can be.
pub(super) fn whole_count(value: f64) -> Option<u64> {
    let whole = (0.0..EXACT_BELOW).contains(&value) && value.trunc() == value;
    // Exact, as just seen.
    whole.then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(status: Status, points: &[(i64, f64)]) -> Part {
        Part {
            query: 0,
            points: points.to_vec(),
            status,
        }
    }

    fn status_of(parts: &[Status]) -> Status {
        let mut answer = Answer::default();
        for status in parts {
            answer.take(part(*status, &[]));
        }
        answer.status()
    }

    #[test]
    fn pages_are_put_together() {
        let mut answer = Answer::default();
        answer.take(part(Status::Partial, &[(0, 1.0), (3600, 2.0)]));
        answer.take(part(Status::Complete, &[(7200, 4.0)]));
        assert_eq!(answer.status(), Status::Complete);
        assert_eq!(answer.points.len(), 3);
        // A point that comes again is the same point.
        answer.take(part(Status::Complete, &[(7200, 4.0)]));
        assert_eq!(answer.points.len(), 3);
    }

    #[test]
    fn an_error_on_any_page_is_not_healed_by_a_later_page() {
        use Status::{Complete, Forbidden, InternalError, Partial};
        assert_eq!(status_of(&[]), InternalError);
        assert_eq!(status_of(&[Partial, Complete]), Complete);
        assert_eq!(status_of(&[Complete, Partial]), Partial);
        assert_eq!(status_of(&[InternalError, Complete]), InternalError);
        assert_eq!(status_of(&[Partial, InternalError]), InternalError);
        assert_eq!(status_of(&[Forbidden, Complete]), Forbidden);
        assert_eq!(status_of(&[InternalError, Forbidden]), Forbidden);
    }

    #[test]
    fn sums_become_counts_only_when_they_are_counts() {
        assert_eq!(whole_count(0.0), Some(0));
        assert_eq!(whole_count(1_204_331.0), Some(1_204_331));
        assert_eq!(
            whole_count(9_007_199_254_740_991.0),
            Some(9_007_199_254_740_991)
        );
        for wrong in [
            9_007_199_254_740_992.0,
            -1.0,
            0.5,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ] {
            assert_eq!(whole_count(wrong), None, "{wrong}");
        }
    }
}
