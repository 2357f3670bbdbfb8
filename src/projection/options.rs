//! What the user decides about the future: horizon, successors, token ratios, lead times.
//!
//! Everything is keyed by the workload's name as the usage rows carry it; the caller has
//! already resolved patterns. Scenarios and planned events keep theirs, since they select among
//! the series of the history. Imports `domain` only.
//!
//! Sample: `as_of` 2026-11-22 with `horizon` 12 projects 2026-11-22 to 2027-11-30.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::events::Events;
use super::scenario::Wave;
use crate::domain::{ModelId, ModelKind, Month, Rate, Text, Usd};

/// How many tokens the successor needs for one token of today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRatio {
    /// Lower bound.
    pub low: Rate,
    /// What is reckoned with.
    pub likely: Rate,
    /// Upper bound.
    pub high: Rate,
}

impl Default for TokenRatio {
    /// As many tokens as today.
    fn default() -> Self {
        Self {
            low: Rate::ONE,
            likely: Rate::ONE,
            high: Rate::ONE,
        }
    }
}

/// What the settings say of one workload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkloadPlan {
    /// Where it moves, instead of where the life-cycle table points.
    pub successor: Option<ModelId>,
    /// Tokens on the successor per token of today.
    pub token_ratio: TokenRatio,
    /// Days its migration takes, instead of the time for the kind of model.
    pub lead_time_days: Option<u32>,
    /// Who owns it.
    pub owner: Option<Text>,
    /// What its migration costs once besides calls, in US dollars: people's work.
    pub effort: Option<Usd>,
}

impl TokenRatio {
    /// Whether low and high say something else than likely.
    pub(crate) fn has_bounds(&self) -> bool {
        self.low != self.likely || self.high != self.likely
    }
}

/// Days that a migration takes, by kind of model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadTimes {
    /// Text models.
    pub text: u32,
    /// Embedding models: the stored vectors must be made again.
    pub embedding: u32,
    /// Image models.
    pub image: u32,
    /// Video models.
    pub video: u32,
    /// Speech models.
    pub speech: u32,
    /// Rerank models.
    pub rerank: u32,
    /// Customised models of any kind: training has to be repeated.
    pub customised: u32,
}

impl Default for LeadTimes {
    fn default() -> Self {
        Self {
            text: 45,
            embedding: 90,
            image: 60,
            video: 60,
            speech: 60,
            rerank: 45,
            customised: 120,
        }
    }
}

impl LeadTimes {
    /// The days for a model. Only the id can tell that a model is customised: a deployment
    /// that the catalog resolves to its base model counts as that.
    pub fn days(&self, model: &ModelId, kind: ModelKind) -> u32 {
        if model.as_str().contains("custom-model") {
            return self.customised;
        }
        match kind {
            ModelKind::Text => self.text,
            ModelKind::Embedding => self.embedding,
            ModelKind::Image => self.image,
            ModelKind::Video => self.video,
            ModelKind::Speech => self.speech,
            ModelKind::Rerank => self.rerank,
        }
    }
}

/// Everything the projection needs besides usage and prices.
#[derive(Debug, Clone)]
pub struct ProjectionOptions {
    /// The first projected day; history is every day before.
    pub as_of: NaiveDate,
    /// The first day of which no usage is known, at most `as_of`
    /// ([`super::end_of_history`]): the forecast looks back from here.
    pub history_end: NaiveDate,
    /// Whole months projected after the current one.
    pub horizon: u32,
    /// By name of the workload.
    pub workloads: BTreeMap<Text, WorkloadPlan>,
    /// By kind of model.
    pub lead_times: LeadTimes,
    /// Days without use after which an account can lose a Legacy model.
    pub legacy_idle_days: u32,
    /// Scenarios besides the built-in ones.
    pub scenarios: Vec<Wave>,
    /// What is known of the future besides phases and prices.
    pub events: Events,
    /// Tokens behind the stored vectors of a workload, embedded anew on a move.
    pub stored_tokens: BTreeMap<Text, u64>,
    /// Where geo and global calls of a model from a Region may be served in Regions with
    /// earlier dates, in words.
    pub destinations: BTreeMap<(ModelId, Text), Text>,
}

impl ProjectionOptions {
    /// The defaults: 12 months, no plans, the usual lead times, 15 idle days.
    pub fn new(as_of: NaiveDate) -> Self {
        Self {
            as_of,
            history_end: as_of,
            horizon: 12,
            workloads: BTreeMap::new(),
            lead_times: LeadTimes::default(),
            legacy_idle_days: 15,
            scenarios: Vec::new(),
            events: Events::default(),
            stored_tokens: BTreeMap::new(),
            destinations: BTreeMap::new(),
        }
    }

    /// The first day that is not projected any more.
    pub fn end(&self) -> NaiveDate {
        (0..self.horizon)
            .fold(Month::of(self.as_of), |month, _| month.next())
            .end()
    }

    /// The same options with a horizon that reaches `day`, if it does not already.
    pub(crate) fn reaching(&self, day: Option<NaiveDate>) -> Self {
        let mut far = self.clone();
        while day.is_some_and(|day| far.end() < day) && far.horizon < FARTHEST_MONTHS {
            far.horizon += 1;
        }
        far
    }

    /// The first of the last 30 days.
    pub(crate) fn last_30_days(&self) -> NaiveDate {
        days_before(self.as_of, 30)
    }

    /// The exclusive end of the next 30 days: what "per month" means for a successor.
    pub(crate) fn next_30_days(&self) -> NaiveDate {
        self.as_of
            .checked_add_days(Days::new(30))
            .unwrap_or(self.as_of)
    }

    pub(crate) fn plan(&self, workload: &str) -> Option<&WorkloadPlan> {
        self.workloads.get(workload)
    }

    pub(crate) fn token_ratio(&self, workload: &str) -> TokenRatio {
        self.plan(workload)
            .map_or_else(TokenRatio::default, |plan| plan.token_ratio)
    }
}

/// No announcement reaches farther; a slip of the pen in a table may.
const FARTHEST_MONTHS: u32 = 120;

/// A day so many days earlier; the first day of time stays where it is.
pub(crate) fn days_before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}
