//! Which methods forecast a series: those that would have done best on its own past.
//!
//! Every method forecasts from the same origins, a week apart, and is judged by what happened:
//! by the mean error of a day plus the mean error of four weeks taken together, over up to 13
//! weeks. The best few are averaged together with the weekday mean; the best must beat the
//! seasonal naive forecast, or that one is taken. Imports nothing.
//!
//! Sample: a year of steady weeks: 40 origins, the mean of the four best and, twice, the weekday mean.

use super::lanes::{self, Judged, LANES};
use super::smooth::{Method, Pattern, Smoothing, State, WEEK};

/// Days of history before the first origin: four weeks to begin with, four to learn.
pub(crate) const LEARN: usize = 56;
/// Days that an origin is judged by, at most.
const JUDGED: usize = 91;
/// Days that must follow an origin.
const LEAST_JUDGED: usize = 28;
/// How many methods are averaged.
const AVERAGED: usize = 4;
/// The weight of the weekday mean in the average, in methods: what does well by chance on a
/// short past does not fool it.
const ANCHORED: usize = 2;
/// Sparse use: this many days without use for each with use.
const SPARSE_DAYS: f64 = 0.5;

/// The methods that forecast a series, and how they did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chosen {
    pub(crate) methods: Vec<Method>,
    /// Error over that of the seasonal naive forecast; below 1 is better. `None` without a
    /// backtest.
    pub(crate) against_naive: Option<f64>,
}

/// The candidates without smoothing, the plainest first: a tie goes to it.
fn plain(days: &[f64]) -> Vec<Method> {
    let mut methods = vec![Method::WeekdayMean];
    let used = days.iter().filter(|value| **value > 0.0).count() as f64;
    if used < SPARSE_DAYS * days.len() as f64 {
        methods.push(Method::Intermittent);
    }
    methods
}

/// The smoothed candidates, which come after those; each eight share pattern and damping.
fn smoothed() -> impl Iterator<Item = [Smoothing; LANES]> {
    const TRENDS: [(f64, f64); 3] = [(0.0, 0.0), (0.1, 0.97), (0.05, 0.99)];
    const WEIGHTS: [(f64, f64); LANES] = [
        (0.03, 0.03),
        (0.03, 0.12),
        (0.08, 0.03),
        (0.08, 0.12),
        (0.2, 0.03),
        (0.2, 0.12),
        (0.4, 0.03),
        (0.4, 0.12),
    ];
    let patterns = [Pattern::Added, Pattern::Shared].into_iter();
    let kinds = patterns.flat_map(|pattern| TRENDS.map(|trend| (pattern, trend)));
    kinds.map(|(pattern, (trend, damping))| {
        WEIGHTS.map(|(level, season)| Smoothing {
            pattern,
            level,
            season,
            trend: trend * level,
            damping,
        })
    })
}

/// The origins of a backtest, rising: whole weeks before the end.
pub(crate) fn origins(length: usize, least_after: usize) -> Vec<usize> {
    let mut origins: Vec<usize> = (1..)
        .map(|weeks| weeks * WEEK)
        .skip_while(|back| *back < least_after)
        .map_while(|back| length.checked_sub(back))
        .take_while(|origin| *origin >= LEARN)
        .collect();
    origins.reverse();
    origins
}

/// Chooses for a history.
pub(crate) fn choose(days: &[f64]) -> Chosen {
    let origins = origins(days.len(), LEAST_JUDGED);
    if origins.is_empty() {
        return Chosen {
            methods: vec![Method::WeekdayMean],
            against_naive: None,
        };
    }
    let mut judge = Judge::new(days, &origins);
    let naive = judge.error(&Method::SeasonalNaive.states(days, &origins));
    let mut judged: Vec<(f64, Method)> = plain(days)
        .into_iter()
        .map(|method| (judge.error(&method.states(days, &origins)), method))
        .collect();
    let aside = Judged {
        days,
        origins: &origins,
        most: JUDGED,
        block: LEAST_JUDGED,
    };
    for methods in smoothed() {
        let errors = lanes::errors(&methods, &aside);
        judged.extend(errors.into_iter().zip(methods.map(Method::Smoothed)));
    }
    // A stable sort: equal errors leave the plainest first.
    judged.sort_by(|one, other| one.0.total_cmp(&other.0));
    judged.truncate(AVERAGED);
    let best = judged.first().map_or(f64::INFINITY, |(error, _)| *error);
    if best >= naive && naive > 0.0 {
        return Chosen {
            methods: vec![Method::SeasonalNaive],
            against_naive: Some(1.0),
        };
    }
    let anchor = std::iter::repeat_n(Method::WeekdayMean, ANCHORED);
    let best_few = judged.into_iter().map(|(_, method)| method);
    Chosen {
        methods: best_few.chain(anchor).collect(),
        against_naive: Some(if naive > 0.0 { best / naive } else { 1.0 }),
    }
}

/// Compares forecasts with what happened.
struct Judge<'d> {
    days: &'d [f64],
    origins: &'d [usize],
    path: Vec<f64>,
}

impl<'d> Judge<'d> {
    fn new(days: &'d [f64], origins: &'d [usize]) -> Self {
        Self {
            days,
            origins,
            path: vec![0.0; JUDGED],
        }
    }

    /// The mean error of a method over all origins.
    fn error(&mut self, states: &[State]) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for (origin, state) in self.origins.iter().zip(states) {
            let after = self.days.get(*origin..).unwrap_or_default();
            let length = after.len().min(JUDGED);
            let path = &mut self.path[..length];
            state.fill(*origin, path);
            let (mut daily, mut in_all, mut block) = (0.0, 0.0, 0.0);
            for (ahead, (expected, actual)) in path.iter().zip(after).enumerate() {
                let error = actual - expected;
                daily += error.abs();
                block += error;
                if (ahead + 1) % LEAST_JUDGED == 0 {
                    in_all += block.abs();
                    block = 0.0;
                }
            }
            in_all += block.abs();
            sum += (daily + in_all) / length.max(1) as f64;
            count += 1.0;
        }
        if count > 0.0 { sum / count } else { 0.0 }
    }
}

/// The average of several methods, from every origin (rising), so many days long.
pub(crate) fn paths(methods: &[Method], days: &[f64], asked: &[(usize, usize)]) -> Vec<Vec<f64>> {
    let origins: Vec<usize> = asked.iter().map(|(origin, _)| *origin).collect();
    let mut paths: Vec<Vec<f64>> = asked.iter().map(|(_, length)| vec![0.0; *length]).collect();
    // One that stands there twice runs once.
    for alike in methods.chunk_by(|one, next| one == next) {
        let Some(method) = alike.first() else {
            continue;
        };
        let states = method.states(days, &origins);
        for _ in alike {
            for ((path, state), origin) in paths.iter_mut().zip(&states).zip(&origins) {
                state.add(*origin, path);
            }
        }
    }
    // Divided once: the mean of equal numbers is that number.
    let count = methods.len().max(1) as f64;
    for value in paths.iter_mut().flatten() {
        *value /= count;
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn side_by_side_or_one_by_one_the_errors_are_the_same(
            days in prop::collection::vec(
                prop_oneof![3 => Just(0.0), 2 => (1..1_000_000_u32).prop_map(f64::from)],
                85..400,
            ),
        ) {
            let origins = origins(days.len(), LEAST_JUDGED);
            let mut judge = Judge::new(&days, &origins);
            let aside = Judged { days: &days, origins: &origins, most: JUDGED, block: LEAST_JUDGED };
            for methods in smoothed() {
                let errors = lanes::errors(&methods, &aside);
                for (error, method) in errors.into_iter().zip(methods) {
                    let states = Method::Smoothed(method).states(&days, &origins);
                    prop_assert_eq!(error.to_bits(), judge.error(&states).to_bits());
                }
            }
        }
    }
}
