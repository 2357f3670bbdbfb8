//! What the owner of a workload has decided.

use crate::domain::{ModelId, Rate, Text};

/// Tokens on the successor per token today.
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
    /// Who owns it.
    pub owner: Option<Text>,
    /// Days a migration takes, instead of the days of the kind of model.
    pub lead_time_days: Option<u32>,
    /// Where it moves, instead of the tables' successor.
    pub successor: Option<ModelId>,
    /// Tokens on the successor per token today.
    pub token_ratio: TokenRatio,
}
