//! The methods that a series may be forecast by, each run once over the whole history.
//!
//! A method is a level, a weekly pattern and perhaps a damped trend. One pass over the days
//! gives its state at every origin that is asked for, so that a backtest on thirty origins
//! costs no more than one forecast. Days are counted from the first of the history; weekdays
//! are days modulo seven. Imports nothing.
//!
//! Sample: four equal weeks of 5 x 100 and 2 x 20 give 100 on every working day to come, by
//! every method.

/// The days of a pattern.
pub(crate) const WEEK: usize = 7;

/// The weeks that a weekday mean looks back.
const MEAN_WEEKS: usize = 4;

/// A trend may at most multiply or divide the level by this, however long the horizon: no
/// history of a year can vouch for more.
const TREND_CAP: f64 = 3.0;

/// The least that a trend makes of a level.
pub(super) fn least_level(level: f64) -> f64 {
    level / TREND_CAP
}

/// The most.
pub(super) fn most_level(level: f64) -> f64 {
    level * TREND_CAP
}

/// How a weekday changes the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// The same number of tokens more or less, whatever the level.
    Added,
    /// The same share of the level.
    Shared,
}

/// How fast a smoothed method forgets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Smoothing {
    pub(crate) pattern: Pattern,
    /// Weight of the newest day in the level.
    pub(crate) level: f64,
    /// Weight of the newest day in its weekday.
    pub(crate) season: f64,
    /// Weight of the newest day in the trend; 0 is no trend.
    pub(crate) trend: f64,
    /// What is left of the trend after a day.
    pub(crate) damping: f64,
}

/// A way to forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Method {
    /// The last week again: the floor that every other must beat.
    SeasonalNaive,
    /// The mean per weekday of the last four weeks.
    WeekdayMean,
    /// Exponential smoothing.
    Smoothed(Smoothing),
    /// Sparse use: chance of a day with use times its size, each smoothed (Teunter, Syntetos
    /// and Babai).
    Intermittent,
}

/// What a method knows on an origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct State {
    pattern: Pattern,
    pub(super) level: f64,
    trend: f64,
    damping: f64,
    /// By days modulo seven.
    pub(super) season: [f64; WEEK],
}

impl State {
    /// The expected count of each day in `[origin, origin + days.len())`.
    pub(crate) fn fill(&self, origin: usize, days: &mut [f64]) {
        self.each(origin, days, |day, expected| *day = expected);
    }

    /// The same, added to what is there.
    pub(crate) fn add(&self, origin: usize, days: &mut [f64]) {
        self.each(origin, days, |day, expected| *day += expected);
    }

    fn each(&self, origin: usize, days: &mut [f64], put: impl Fn(&mut f64, f64)) {
        let (mut trend, mut level) = (self.trend, self.level);
        let (least, most) = (least_level(level), most_level(level));
        if trend == 0.0 {
            // Every week is alike; eight of them at a time.
            let mut weeks = self.season.map(|season| self.expected(level, season));
            weeks.rotate_left(origin % WEEK);
            let weeks = [weeks; 8];
            for days in days.chunks_mut(8 * WEEK) {
                for (day, expected) in days.iter_mut().zip(weeks.as_flattened()) {
                    put(day, *expected);
                }
            }
            return;
        }
        let mut weekday = origin % WEEK;
        for day in days {
            trend *= self.damping;
            if trend != 0.0 {
                level = (level + trend).clamp(least, most);
            }
            put(day, self.expected(level, self.season[weekday]));
            weekday = if weekday + 1 == WEEK { 0 } else { weekday + 1 };
        }
    }

    fn expected(&self, level: f64, season: f64) -> f64 {
        let expected = match self.pattern {
            Pattern::Added => level + season,
            Pattern::Shared => level * season,
        };
        expected.max(0.0)
    }

    fn flat(season: [f64; WEEK]) -> Self {
        Self {
            pattern: Pattern::Added,
            level: 0.0,
            trend: 0.0,
            damping: 0.0,
            season,
        }
    }
}

impl Method {
    /// The state on each origin (in rising order, none beyond the history), from the days
    /// before it.
    pub(crate) fn states(self, days: &[f64], origins: &[usize]) -> Vec<State> {
        match self {
            Self::SeasonalNaive => by_weekday(days, origins, 1),
            Self::WeekdayMean => by_weekday(days, origins, MEAN_WEEKS),
            Self::Smoothed(smoothing) => smoothing.states(days, origins),
            Self::Intermittent => intermittent(days, origins),
        }
    }
}

/// The mean per weekday of the weeks before each origin.
fn by_weekday(days: &[f64], origins: &[usize], weeks: usize) -> Vec<State> {
    let at = |origin: &usize| State::flat(weekday_means(days, *origin, weeks));
    origins.iter().map(at).collect()
}

/// The mean per weekday of up to so many weeks before `end`; a weekday that no day was of
/// gets the mean of all days.
fn weekday_means(days: &[f64], end: usize, weeks: usize) -> [f64; WEEK] {
    let from = end.saturating_sub(weeks * WEEK);
    let (mut sums, mut counts) = ([0.0; WEEK], [0.0; WEEK]);
    for (day, value) in days.iter().enumerate().take(end).skip(from) {
        sums[day % WEEK] += value;
        counts[day % WEEK] += 1.0;
    }
    let mean = mean(days.get(from..end).unwrap_or_default());
    let mut means = [mean; WEEK];
    for ((of_day, sum), count) in means.iter_mut().zip(sums).zip(counts) {
        if count > 0.0 {
            *of_day = sum / count;
        }
    }
    means
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.iter().sum::<f64>() / values.len() as f64
}

impl Smoothing {
    /// What the days before the first know.
    pub(super) fn start(&self, days: &[f64]) -> State {
        let means = weekday_means(days, days.len().min(MEAN_WEEKS * WEEK), MEAN_WEEKS);
        let level = mean(&means);
        let season = match self.pattern {
            Pattern::Added => means.map(|mean| mean - level),
            Pattern::Shared if level > 0.0 => means.map(|mean| mean / level),
            Pattern::Shared => [1.0; WEEK],
        };
        State {
            pattern: self.pattern,
            level,
            trend: 0.0,
            damping: self.damping,
            season,
        }
    }

    /// The greatest of the days that the start rests on.
    pub(super) fn greatest_at_first(days: &[f64]) -> f64 {
        let first = days.iter().take(MEAN_WEEKS * WEEK);
        first.copied().fold(0.0, f64::max)
    }

    fn states(&self, days: &[f64], origins: &[usize]) -> Vec<State> {
        let mut state = self.start(days);
        let mut states = Vec::with_capacity(origins.len());
        let mut next = origins.iter().copied().peekable();
        let mut greatest = Self::greatest_at_first(days);
        for day in 0..=days.len() {
            while next.next_if_eq(&day).is_some() {
                states.push(state);
            }
            if let Some(value) = days.get(day) {
                self.learn(&mut state, day % WEEK, *value);
                // Against a level of next to nothing a day of sparse use is any share of it, and
                // the level follows the share: it is never above the greatest day.
                greatest = greatest.max(*value);
                state.level = state.level.min(greatest);
            }
        }
        states
    }

    /// Takes a day in.
    fn learn(&self, state: &mut State, weekday: usize, value: f64) {
        let season = state.season[weekday];
        let slope = state.trend * self.damping;
        let level = (state.level + slope).max(0.0);
        match self.pattern {
            Pattern::Added => {
                let error = value - level - season;
                state.level = (level + self.level * error).max(0.0);
                state.trend = slope + self.trend * error;
                state.season[weekday] += self.season * error;
            }
            Pattern::Shared => {
                // A weekday with little use says little about the level: least squares.
                let power = state.season.iter().map(|share| share * share).sum::<f64>() / 7.0;
                let error = value - level * season;
                let of_level = if power > 0.0 {
                    error * season / power
                } else {
                    error
                };
                state.level = (level + self.level * of_level).max(0.0);
                state.trend = slope + self.trend * of_level;
                if level > 0.0 {
                    let share = (season + self.season * error / level).max(0.0);
                    state.season[weekday] = share;
                    let sum: f64 = state.season.iter().sum();
                    if sum > 0.0 {
                        for share in &mut state.season {
                            *share *= 7.0 / sum;
                        }
                        state.level *= sum / 7.0;
                    }
                }
            }
        }
    }
}

/// Smoothing of chance and size of a day with use.
const SPARSE: f64 = 0.08;

fn intermittent(days: &[f64], origins: &[usize]) -> Vec<State> {
    let first: Vec<f64> = days.iter().copied().take(8 * WEEK).collect();
    let used: Vec<f64> = first.iter().copied().filter(|value| *value > 0.0).collect();
    let mut chance = used.len() as f64 / first.len().max(1) as f64;
    let mut size = mean(&used);
    let mut states = Vec::with_capacity(origins.len());
    let mut next = origins.iter().copied().peekable();
    for day in 0..=days.len() {
        while next.next_if_eq(&day).is_some() {
            states.push(State::flat([chance * size; WEEK]));
        }
        match days.get(day) {
            Some(value) if *value > 0.0 => {
                chance += SPARSE * (1.0 - chance);
                size += 2.0 * SPARSE * (value - size);
            }
            Some(_) => chance -= SPARSE * chance,
            None => {}
        }
    }
    states
}
