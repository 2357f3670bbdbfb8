//! Work shared out to as many threads as there are cores; what comes of it is in the order of
//! the items, whatever the number of threads. Imports nothing.
//!
//! Sample: twelve months priced by two threads come back from January to December.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is made of each item and its number, in order. A thread takes `at_a_time` items, then
/// the next that nobody has taken.
pub fn in_parallel<I: Sync, T: Send>(
    items: &[I],
    at_a_time: usize,
    make: impl Fn(usize, &I) -> T + Sync,
) -> Vec<T> {
    by_workers(
        items,
        at_a_time,
        || (),
        |(), number, item| make(number, item),
    )
    .0
}

/// The same by workers that each keep something (a cache, say) from item to item; what they
/// kept comes back too, in no particular order.
pub fn by_workers<I: Sync, W: Send, T: Send>(
    items: &[I],
    at_a_time: usize,
    begin: impl Fn() -> W + Sync,
    make: impl Fn(&mut W, usize, &I) -> T + Sync,
) -> (Vec<T>, Vec<W>) {
    let at_a_time = at_a_time.max(1);
    let shares = items.len().div_ceil(at_a_time);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut worker = begin();
        let mut made = Vec::new();
        loop {
            let share = next.fetch_add(1, Ordering::Relaxed);
            let from = share.saturating_mul(at_a_time);
            let Some(left) = items.get(from..).filter(|left| !left.is_empty()) else {
                return (made, worker);
            };
            let numbered = (from..).zip(left).take(at_a_time);
            let of_share: Vec<T> = numbered
                .map(|(number, item)| make(&mut worker, number, item))
                .collect();
            made.push((share, of_share));
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(shares);
    if threads <= 1 {
        let (made, worker) = work();
        let made = made.into_iter().flat_map(|(_, of_share)| of_share);
        return (made.collect(), vec![worker]);
    }
    let mut made = Vec::with_capacity(shares);
    let mut workers = Vec::with_capacity(threads);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in running {
            match thread.join() {
                Ok((of_thread, worker)) => {
                    made.extend(of_thread);
                    workers.push(worker);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    made.sort_unstable_by_key(|(share, _)| *share);
    let mut all = Vec::with_capacity(items.len());
    all.extend(made.into_iter().flat_map(|(_, of_share)| of_share));
    (all, workers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_in_the_order_of_the_items() {
        for (count, at_a_time) in [(0, 1), (1, 1), (7, 0), (100, 1), (1_000, 7)] {
            let items: Vec<usize> = (0..count).collect();
            let made = in_parallel(&items, at_a_time, |number, item| (number, item * 2));
            let expected: Vec<_> = items.iter().map(|item| (*item, item * 2)).collect();
            assert_eq!(made, expected);
        }
    }

    #[test]
    fn workers_keep_what_they_have_seen() {
        let items = [1_u64; 100];
        let (made, workers) = by_workers(&items, 3, || 0_u64, |sum, _, item| *sum += item);
        assert_eq!(made.len(), 100);
        assert_eq!(workers.iter().sum::<u64>(), 100);
    }
}
