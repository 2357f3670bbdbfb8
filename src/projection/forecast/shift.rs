//! The last lasting jump of a series: a launch, or a migration that has come to its end.
//!
//! Weeks are counted back from the end of the history. A jump lies between two weeks when
//! every one of the weeks after it is above (or below) every one of the weeks before it, and
//! their means differ by half. What came before such a jump says nothing of the level any
//! more. Imports nothing.
//!
//! Sample: ten weeks of 700 and four of 2,100: the last four weeks count.

use super::smooth::{WEEK, mean};

/// The weeks compared on each side, at most.
const SIDE: usize = 6;
/// The weeks after a jump until it is believed: two are a holiday.
const LEAST_AFTER: usize = 3;
/// The weeks before it.
const LEAST_BEFORE: usize = 4;
/// The ratio of the means.
const JUMP: f64 = 1.5;

/// The first day after the last jump, or 0.
pub(crate) fn last_shift(days: &[f64]) -> usize {
    let odd_days = days.len() % WEEK;
    let weeks: Vec<f64> = days
        .get(odd_days..)
        .unwrap_or_default()
        .chunks_exact(WEEK)
        .map(|week| week.iter().sum())
        .collect();
    let newest = weeks.len().saturating_sub(LEAST_AFTER);
    (LEAST_BEFORE..=newest)
        .rev()
        .find(|week| is_jump(&weeks, *week))
        .map_or(0, |week| odd_days + week * WEEK)
}

fn is_jump(weeks: &[f64], at: usize) -> bool {
    let (earlier, later) = weeks.split_at(at);
    let before = earlier.get(at.saturating_sub(SIDE)..).unwrap_or_default();
    let after = later.get(..later.len().min(SIDE)).unwrap_or_default();
    let (low, high) = match mean(before) < mean(after) {
        true => (before, after),
        false => (after, before),
    };
    let most = low.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = high.iter().copied().fold(f64::INFINITY, f64::min);
    most < least && mean(high) >= JUMP * mean(low)
}
