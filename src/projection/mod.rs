//! What comes next: expected usage priced day by day through the phases, and urgency.
//!
//! The result is a plain value, [`ImpactReport`]; `report` turns it into tables once and
//! computes nothing. Imports `usage`, `pricing`, `domain` and `diagnostic`.

mod impact;
mod plan;

pub use impact::{
    ImpactReport, PriceUsed, ProjectionRow, Scenario, TimelineEvent, TimelineRow, Urgency,
    UrgencyRow,
};
pub use plan::{TokenRatio, WorkloadPlan};
