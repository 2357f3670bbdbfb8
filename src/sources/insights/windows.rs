//! One day's time range, and how it is cut in halves when an answer does not hold all of it.
//! May import its siblings; knows nothing of AWS.
//!
//! An answer with as many rows as the limit allows may have lost some: the range is asked again
//! in halves, down to one second. A query that AWS gives up is tried once more, in halves too.
//! Halves add up, since every event lies in exactly one of them.
//!
//! Sample: 86,400 seconds with too many rows are asked as two times 43,200.

use std::fmt;
use std::future::Future;

/// Seconds since 1970, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Window {
    /// The two halves; none of a second.
    fn halves(self) -> Option<[Self; 2]> {
        let middle = self.from + (self.to - self.from) / 2;
        (middle > self.from).then_some([
            Self { to: middle, ..self },
            Self {
                from: middle,
                ..self
            },
        ])
    }
}

/// How a query ended that AWS did not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GivenUp {
    Failed,
    TimedOut,
    Cancelled,
    /// It never ended.
    Lost,
}

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failed => "AWS says that the query failed",
            Self::TimedOut => "the query ran into AWS's time limit",
            Self::Cancelled => "somebody cancelled the query",
            Self::Lost => "the query did not end within an hour",
        })
    }
}

/// What a query gave.
#[derive(Debug)]
pub(super) enum Asked<R> {
    /// Its rows.
    Rows(Vec<R>),
    /// Nothing.
    GivenUp(GivenUp),
}

/// How reading a range went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// All of it was added.
    Whole,
    /// So many seconds had more rows than an answer can hold; the rest was added.
    Cut(u64),
    /// A query was given up, twice.
    GivenUp(GivenUp),
}

/// Reads a range, cutting it as needed. `row_limit` is that of the query.
pub(super) async fn read<R, E, Ask, Answer>(
    window: Window,
    row_limit: u32,
    mut ask: Ask,
    mut add: impl FnMut(R),
) -> Result<Read, E>
where
    Ask: FnMut(Window) -> Answer,
    Answer: Future<Output = Result<Asked<R>, E>>,
{
    let mut cut = 0;
    let mut waiting = vec![(window, Attempt::First)];
    while let Some((window, attempt)) = waiting.pop() {
        let (halves, attempt) = match (ask(window).await?, attempt) {
            (Asked::Rows(rows), attempt) => {
                let full = rows.len() as u64 >= u64::from(row_limit);
                match window.halves().filter(|_| full) {
                    Some(halves) => (halves, attempt),
                    None => {
                        cut += u64::from(full);
                        rows.into_iter().for_each(&mut add);
                        continue;
                    }
                }
            }
            (Asked::GivenUp(why), Attempt::Second) => return Ok(Read::GivenUp(why)),
            (Asked::GivenUp(_), Attempt::First) => match window.halves() {
                Some(halves) => (halves, Attempt::Second),
                None => {
                    waiting.push((window, Attempt::Second));
                    continue;
                }
            },
        };
        waiting.extend(halves.into_iter().rev().map(|half| (half, attempt)));
    }
    Ok(match cut {
        0 => Read::Whole,
        seconds => Read::Cut(seconds),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    First,
    Second,
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const DAY: Window = Window { from: 0, to: 8 };

    /// Reads `DAY` over events at these seconds, each a row of its own; what was asked, what
    /// was added, how it went.
    fn run(
        events: &[i64],
        row_limit: usize,
        fail: impl Fn(Window) -> bool,
    ) -> (Vec<(i64, i64)>, Vec<i64>, Read) {
        let asked = RefCell::new(Vec::new());
        let mut added = Vec::new();
        let ask = |window: Window| {
            asked.borrow_mut().push((window.from, window.to));
            let rows: Vec<i64> = events
                .iter()
                .copied()
                .filter(|at| (window.from..window.to).contains(at))
                .take(row_limit)
                .collect();
            let answer = match fail(window) {
                true => Asked::GivenUp(GivenUp::Failed),
                false => Asked::Rows(rows),
            };
            async { Ok::<_, ()>(answer) }
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let limit = u32::try_from(row_limit).unwrap();
        let read = runtime.block_on(read(DAY, limit, ask, |row| added.push(row)));
        added.sort_unstable();
        (asked.into_inner(), added, read.unwrap())
    }

    #[test]
    fn below_the_limit_one_query_is_enough_and_at_it_halves_are_asked() {
        let (asked, added, read) = run(&[0, 7], 3, |_| false);
        assert_eq!((asked.len(), added, read), (1, vec![0, 7], Read::Whole));
        let (asked, added, read) = run(&[0, 1, 7], 3, |_| false);
        assert_eq!(asked, [(0, 8), (0, 4), (4, 8)]);
        assert_eq!((added, read), (vec![0, 1, 7], Read::Whole));
    }

    #[test]
    fn a_second_with_too_many_rows_is_cut() {
        let (asked, added, read) = run(&[5, 5, 5], 2, |_| false);
        assert_eq!(asked.last(), Some(&(6, 8)));
        assert!(asked.contains(&(5, 6)));
        assert_eq!((added, read), (vec![5, 5], Read::Cut(1)));
    }

    #[test]
    fn a_query_that_failed_is_asked_again_in_halves_and_not_a_third_time() {
        let (asked, added, read) = run(&[1, 6], 9, |window| window == DAY);
        assert_eq!(asked, [(0, 8), (0, 4), (4, 8)]);
        assert_eq!((added, read), (vec![1, 6], Read::Whole));
        let (asked, _, read) = run(&[1, 6], 9, |_| true);
        assert_eq!(asked, [(0, 8), (0, 4)]);
        assert_eq!(read, Read::GivenUp(GivenUp::Failed));
    }
}
