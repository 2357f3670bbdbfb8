//! Work shared out to as many threads as there are cores; what comes of it is in the order of
//! the items, whatever the number of threads. Imports nothing.
//!
//! Sample: twelve months priced by two threads come back from January to December.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// What is made of each item and its number, in order. A thread takes `at_a_time` items, then
/// the next that nobody has taken.
pub fn in_parallel<I: Sync, T: Send>(
    items: &[I],
    at_a_time: usize,
    make: impl Fn(usize, &I) -> T + Sync,
) -> Vec<T> {
    let shares: Vec<&[I]> = items.chunks(at_a_time.max(1)).collect();
    let mut all = Vec::with_capacity(items.len());
    let of_share = |(): &mut (), share: usize, items: &&[I]| -> Vec<T> {
        let numbered = (share * at_a_time.max(1)..).zip(*items);
        numbered.map(|(number, item)| make(number, item)).collect()
    };
    in_order(&shares, || (), of_share, |made| all.extend(made));
    all
}

/// Gives what is made of each item to `take`, in the order of the items and as soon as it is
/// its turn: what waits is little, so great results need room once. The workers each keep
/// something (a cache, say) from item to item; what they kept comes back in no particular order.
pub fn in_order<I: Sync, W: Send, T: Send>(
    items: &[I],
    begin: impl Fn() -> W + Sync,
    make: impl Fn(&mut W, usize, &I) -> T + Sync,
    take: impl FnMut(T) + Send,
) -> Vec<W> {
    let next = AtomicUsize::new(0);
    let line = Mutex::new((0, BTreeMap::new(), take));
    let work = || {
        let mut worker = begin();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else {
                return worker;
            };
            let made = make(&mut worker, number, item);
            let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
            let (turn, waiting, take) = &mut *line;
            waiting.insert(number, made);
            while let Some(made) = waiting.remove(turn) {
                take(made);
                *turn += 1;
            }
        }
    };
    let threads = cores().min(items.len());
    if threads <= 1 {
        return vec![work()];
    }
    // The thread that shares the work out does none: Linux puts a new thread beside a busy one
    // more often than on an idle core, and takes milliseconds to move it.
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let workers = running.into_iter().map(|thread| match thread.join() {
            Ok(worker) => worker,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        workers.collect()
    })
}

/// How many threads can work at a time. It is asked of the system once: the answer is in
/// several files.
pub fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, NonZero::get))
}

/// Puts items in the order that says which of them stands at each place, without room for a
/// second copy.
pub fn rearrange<T>(items: &mut [T], mut order: Vec<usize>) {
    for start in 0..order.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut order[at], at);
            if from == start || from == at {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
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
        let mut taken = Vec::new();
        let count = |sum: &mut u64, number: usize, item: &u64| {
            *sum += item;
            number
        };
        let workers = in_order(&items, || 0_u64, count, |number| taken.push(number));
        assert_eq!(taken, (0..100).collect::<Vec<_>>());
        assert_eq!(workers.iter().sum::<u64>(), 100);
    }

    #[test]
    fn items_stand_where_the_order_says() {
        for order in [
            vec![],
            vec![0],
            vec![2, 0, 1],
            vec![1, 0, 2, 4, 3],
            vec![3, 2, 1, 0],
        ] {
            let mut items: Vec<usize> = (0..order.len()).collect();
            rearrange(&mut items, order.clone());
            assert_eq!(items, order);
        }
    }
}
