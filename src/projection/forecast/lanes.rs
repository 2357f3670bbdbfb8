//! The backtest of many smoothed methods side by side: eight of one pattern and one damping.
//!
//! Each lane reckons what [`Smoothing`] and a judge of its paths would, number by number in the
//! same order, so a choice is the same to the last bit; side by side a processor need not wait
//! for one sum before it begins the next. No state is kept: each origin is judged when the days
//! before it are known. Imports nothing.
//!
//! Sample: 48 methods are six times eight.

use super::smooth::{Pattern, Smoothing, WEEK};

/// Methods side by side.
pub(super) const LANES: usize = 8;

type Lane = [f64; LANES];

/// How origins are judged.
pub(super) struct Judged<'d> {
    pub(super) days: &'d [f64],
    /// Rising, none beyond the days.
    pub(super) origins: &'d [usize],
    /// Days after an origin that count, at most.
    pub(super) most: usize,
    /// Days whose errors are also taken together.
    pub(super) block: usize,
}

/// Methods of one pattern and one damping, and what they know.
struct Lanes {
    pattern: Pattern,
    damping: f64,
    of_level: Lane,
    of_season: Lane,
    of_trend: Lane,
    level: Lane,
    trend: Lane,
    /// By days modulo seven.
    season: [Lane; WEEK],
}

/// The mean error of each method over all origins.
pub(super) fn errors(methods: &[Smoothing; LANES], judged: &Judged<'_>) -> Lane {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: `errors_avx2` is safe but for needing AVX2, which was just detected.
        return unsafe { errors_avx2(methods, judged) };
    }
    errors_portable(methods, judged)
}

/// The same four lanes at a time; no sum is put together in another way, so it comes out alike.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn errors_avx2(methods: &[Smoothing; LANES], judged: &Judged<'_>) -> Lane {
    errors_portable(methods, judged)
}

#[inline(always)]
fn errors_portable(methods: &[Smoothing; LANES], judged: &Judged<'_>) -> Lane {
    let mut lanes = Lanes::start(methods, judged.days);
    let mut sums = [0.0; LANES];
    let mut next = judged.origins.iter().copied().peekable();
    let mut greatest = Smoothing::greatest_at_first(judged.days);
    for day in 0..=judged.days.len() {
        while next.next_if_eq(&day).is_some() {
            let after = judged.days.get(day..).unwrap_or_default();
            let after = after.get(..judged.most).unwrap_or(after);
            let errors = lanes.missed(day, after, judged.block);
            for (sum, error) in sums.iter_mut().zip(errors) {
                *sum += error / after.len().max(1) as f64;
            }
        }
        // Nothing asks for what follows the last origin.
        if next.peek().is_none() {
            break;
        }
        if let Some(value) = judged.days.get(day) {
            greatest = greatest.max(*value);
            match lanes.pattern {
                Pattern::Added => lanes.learn_added(day % WEEK, *value, greatest),
                Pattern::Shared => lanes.learn_shared(day % WEEK, *value, greatest),
            }
        }
    }
    sums.map(|sum| sum / judged.origins.len().max(1) as f64)
}

#[allow(
    clippy::needless_range_loop,
    reason = "a lane is a place in several arrays at once"
)]
impl Lanes {
    fn start(methods: &[Smoothing; LANES], days: &[f64]) -> Self {
        let [first, ..] = methods;
        let state = first.start(days);
        Self {
            pattern: first.pattern,
            damping: first.damping,
            of_level: methods.map(|method| method.level),
            of_season: methods.map(|method| method.season),
            of_trend: methods.map(|method| method.trend),
            level: [state.level; LANES],
            trend: [0.0; LANES],
            season: state.season.map(|of_day| [of_day; LANES]),
        }
    }

    /// Takes a day in.
    #[inline(always)]
    fn learn_added(&mut self, weekday: usize, value: f64, greatest: f64) {
        let seasons = &mut self.season[weekday];
        for at in 0..LANES {
            let slope = self.trend[at] * self.damping;
            let level = (self.level[at] + slope).max(0.0);
            let error = value - level - seasons[at];
            let learned = (level + self.of_level[at] * error).max(0.0);
            self.level[at] = learned.min(greatest);
            self.trend[at] = slope + self.of_trend[at] * error;
            seasons[at] += self.of_season[at] * error;
        }
    }

    /// The same for shares of the level.
    #[inline(always)]
    fn learn_shared(&mut self, weekday: usize, value: f64, greatest: f64) {
        let mut power = [0.0; LANES];
        for of_day in &self.season {
            for at in 0..LANES {
                power[at] += of_day[at] * of_day[at];
            }
        }
        let mut known = [false; LANES];
        for at in 0..LANES {
            let season = self.season[weekday][at];
            let slope = self.trend[at] * self.damping;
            let level = (self.level[at] + slope).max(0.0);
            let power = power[at] / 7.0;
            let error = value - level * season;
            let scaled = error * season / power;
            let of_level = if power > 0.0 { scaled } else { error };
            self.level[at] = (level + self.of_level[at] * of_level).max(0.0);
            self.trend[at] = slope + self.of_trend[at] * of_level;
            let share = (season + self.of_season[at] * error / level).max(0.0);
            known[at] = level > 0.0;
            self.season[weekday][at] = if known[at] { share } else { season };
        }
        let mut sum = [0.0; LANES];
        for of_day in &self.season {
            for at in 0..LANES {
                sum[at] += of_day[at];
            }
        }
        let mut factor = [1.0; LANES];
        for at in 0..LANES {
            let counts = known[at] & (sum[at] > 0.0);
            let (shrunk, grown) = (7.0 / sum[at], self.level[at] * (sum[at] / 7.0));
            factor[at] = if counts { shrunk } else { 1.0 };
            self.level[at] = if counts { grown } else { self.level[at] };
            self.level[at] = self.level[at].min(greatest);
        }
        for of_day in &mut self.season {
            for at in 0..LANES {
                of_day[at] *= factor[at];
            }
        }
    }

    /// What the days after an origin came to beside the forecast.
    #[inline(always)]
    fn missed(&self, origin: usize, after: &[f64], block: usize) -> Lane {
        let added = |level: f64, season: f64| level + season;
        let shared = |level: f64, season: f64| level * season;
        match (self.pattern, self.trend == [0.0; LANES]) {
            (Pattern::Added, true) => missed(origin, after, block, self.alike(added)),
            (Pattern::Shared, true) => missed(origin, after, block, self.alike(shared)),
            (Pattern::Added, false) => missed(origin, after, block, self.moving(added)),
            (Pattern::Shared, false) => missed(origin, after, block, self.moving(shared)),
        }
    }

    /// What is expected by weekday where no lane has a trend: every week is alike.
    #[inline(always)]
    fn alike(&self, of_day: impl Fn(f64, f64) -> f64) -> impl FnMut(usize) -> Lane {
        let mut week = self.season;
        for season in &mut week {
            for at in 0..LANES {
                season[at] = of_day(self.level[at], season[at]).max(0.0);
            }
        }
        move |weekday| week[weekday]
    }

    /// What is expected day after day.
    #[inline(always)]
    fn moving(&self, of_day: impl Fn(f64, f64) -> f64) -> impl FnMut(usize) -> Lane {
        let (mut trend, mut level) = (self.trend, self.level);
        let least = self.level.map(super::smooth::least_level);
        let most = self.level.map(super::smooth::most_level);
        move |weekday| {
            let season = &self.season[weekday];
            let mut expected = [0.0; LANES];
            for at in 0..LANES {
                trend[at] *= self.damping;
                // A trend of nothing leaves the level where it is, within its bounds.
                let next = level[at] + trend[at];
                let next = if next < least[at] { least[at] } else { next };
                level[at] = if next > most[at] { most[at] } else { next };
                expected[at] = of_day(level[at], season[at]).max(0.0);
            }
            expected
        }
    }
}

/// The errors of the days after an origin, and those of blocks of days taken together.
#[allow(
    clippy::needless_range_loop,
    reason = "a lane is a place in several arrays at once"
)]
#[inline(always)]
fn missed(
    origin: usize,
    after: &[f64],
    block: usize,
    mut expected: impl FnMut(usize) -> Lane,
) -> Lane {
    let (mut daily, mut in_all) = ([0.0; LANES], [0.0; LANES]);
    let mut weekday = origin % WEEK;
    for days in after.chunks(block) {
        let mut together = [0.0; LANES];
        for actual in days {
            let expected = expected(weekday);
            for at in 0..LANES {
                let error = actual - expected[at];
                daily[at] += error.abs();
                together[at] += error;
            }
            weekday = if weekday + 1 == WEEK { 0 } else { weekday + 1 };
        }
        for at in 0..LANES {
            in_all[at] += together[at].abs();
        }
    }
    std::array::from_fn(|at| daily[at] + in_all[at])
}
