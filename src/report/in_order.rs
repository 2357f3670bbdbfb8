//! Long work cut into parts that several threads make, handed over in their order: what is
//! written does not depend on how many threads there are.
//!
//! Imports `domain`. Sample: the rows 0 to 99,999 of a table as 13 pieces of text, two of them
//! made at a time.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::table::ReportError;
use crate::domain::{self, cores};

/// Makes `0..rows` in parts of so many rows, and hands each over in turn.
///
/// The first error, in the order of the parts, is that of the run and ends it. Work that ends
/// abnormally is an error, not a panic.
pub(super) fn in_order<T: Send>(
    rows: usize,
    size: usize,
    make: impl Fn(Range<usize>) -> Result<T, ReportError> + Sync,
    mut take: impl FnMut(T) -> Result<(), ReportError> + Send,
) -> Result<(), ReportError> {
    let size = size.max(1);
    let parts: Vec<Range<usize>> = (0..rows)
        .step_by(size)
        .map(|first| first..first.saturating_add(size).min(rows))
        .collect();
    let failed = AtomicBool::new(false);
    let make = |(): &mut (), _, part: &Range<usize>| {
        let made = || catch_unwind(AssertUnwindSafe(|| make(part.clone())));
        // Nobody takes what comes after a failure.
        (!failed.load(Ordering::Relaxed)).then(|| made().unwrap_or(Err(ReportError::Thread)))
    };
    let mut taken = Ok(());
    domain::in_order(
        &parts,
        || (),
        make,
        |made| {
            if let (true, Some(made)) = (taken.is_ok(), made) {
                taken = made.and_then(&mut take);
                failed.store(taken.is_err(), Ordering::Relaxed);
            }
        },
    );
    taken
}

/// Does each piece of work on one of several threads, in no order. All are waited for; the first
/// error is that of the run, and a thread that ends abnormally is one too.
pub(super) fn side_by_side<T: Send>(
    work: impl Iterator<Item = T> + Send,
    each: impl Fn(T) -> Result<(), ReportError> + Sync,
) -> Result<(), ReportError> {
    let waiting = Mutex::new(work);
    let run = || -> Result<(), ReportError> {
        loop {
            let next = waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next();
            match next {
                Some(work) => each(work)?,
                None => return Ok(()),
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores()).map(|_| scope.spawn(run)).collect();
        let mut done = Ok(());
        for worker in workers {
            done = done.and(worker.join().unwrap_or(Err(ReportError::Thread)));
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_in_their_order_and_hold_every_row_once() {
        for (rows, size) in [(0, 3), (1, 3), (3, 3), (10, 3), (1_000, 7)] {
            let mut seen = Vec::new();
            in_order(rows, size, Ok, |part| {
                assert!(part.len() <= size);
                seen.extend(part);
                Ok(())
            })
            .unwrap();
            assert_eq!(seen, (0..rows).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_of_either_side_ends_the_work() {
        let failed = || ReportError::Workbook {
            reason: "x".to_owned(),
        };
        let mut taken = 0;
        let making = in_order(
            100,
            1,
            |part| match part.start {
                5 => Err(failed()),
                _ => Ok(()),
            },
            |()| {
                taken += 1;
                Ok(())
            },
        );
        assert_eq!(making.unwrap_err().to_string(), failed().to_string());
        assert_eq!(taken, 5);
        let taking = in_order(100, 1, Ok, |_| Err(failed()));
        assert_eq!(taking.unwrap_err().to_string(), failed().to_string());
    }

    #[test]
    fn a_thread_that_ends_abnormally_is_an_error_in_words() {
        let ends = |part: Range<usize>| match part.start {
            5 => panic!("on purpose"),
            _ => Ok(()),
        };
        let error = in_order(100, 1, ends, |()| Ok(())).unwrap_err();
        assert!(error.to_string().contains("ended abnormally"), "{error}");
    }

    #[test]
    fn work_side_by_side_ends_abnormally_in_words_too() {
        let each = |number: usize| match number {
            3 => panic!("on purpose"),
            _ => Ok(()),
        };
        let error = side_by_side(0..10, each).unwrap_err();
        assert!(error.to_string().contains("ended abnormally"), "{error}");
        side_by_side(0..3, each).unwrap();
    }
}
