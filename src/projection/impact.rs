//! The report as a plain value: every table's rows, before anybody formats them.

use std::fmt;

use chrono::NaiveDate;

use super::backtest::BacktestRow;
use crate::diagnostic::Diagnostic;
use crate::domain::{
    EndOfLife, EndpointScope, LifecyclePhase, ModelId, Month, PriceBasis, ServiceTier, SkuMeter,
    Text, UnitPrice, UsageRow, Usd,
};
use crate::pricing::{Charge, CostRow};
use crate::usage::CoverageRow;

/// A way the future may go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scenario {
    /// Nothing moves; from end of life on nothing can be served.
    Stay,
    /// Everything that must move, moves on `as_of`.
    MigrateNow,
    /// ... on the day Extended Access begins (`as_of` once it has begun).
    MigrateByExtendedAccess,
    /// ... on the day the model ends (`as_of` once it has ended).
    MigrateByEndOfLife,
    /// One of the user's own, by its name.
    Own(Text),
}

impl Scenario {
    /// All built-in scenarios, in order of name in the tables.
    pub const ALL: [Self; 4] = [
        Self::MigrateByEndOfLife,
        Self::MigrateByExtendedAccess,
        Self::MigrateNow,
        Self::Stay,
    ];

    /// The word in tables.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stay => "stay",
            Self::MigrateNow => "migrate-now",
            Self::MigrateByExtendedAccess => "migrate-by-extended-access",
            Self::MigrateByEndOfLife => "migrate-by-end-of-life",
            Self::Own(name) => name,
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A row of the `projection` table; the fields up to `phase` are its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionRow {
    /// The calendar month.
    pub month: Month,
    /// The way it goes.
    pub scenario: Scenario,
    /// Whose cost it is.
    pub workload: Text,
    /// The account that calls.
    pub account_id: Text,
    /// The Region that is called.
    pub region: Text,
    /// The model; the successor's id for a migrated part.
    pub model_id: ModelId,
    /// Empty for an unresolved profile.
    pub endpoint_scope: Option<EndpointScope>,
    /// A phase that changes inside a month makes two rows.
    pub phase: LifecyclePhase,
    /// Expected tokens of all meters.
    pub tokens: u64,
    /// Expected requests.
    pub requests: u64,
    /// Expected cost; empty when nothing is priced.
    pub cost: Option<Usd>,
    /// Bounds of the volume, 80%: of this row alone. The bounds of a sum of rows are not the
    /// sums of theirs ([`ProjectionTotal`]).
    pub cost_low_80: Option<Usd>,
    /// Upper bound, 80%.
    pub cost_high_80: Option<Usd>,
    /// Bounds of the volume, 95%.
    pub cost_low_95: Option<Usd>,
    /// Upper bound, 95%.
    pub cost_high_95: Option<Usd>,
    /// Expected volume at the low bound of an assumed price, and of the token ratio where the
    /// part has moved.
    pub cost_assumed_low: Option<Usd>,
    /// The same at the high bounds.
    pub cost_assumed_high: Option<Usd>,
    /// Cost above the normal price.
    pub extended_access_premium: Option<Usd>,
    /// Requests that can no longer be served.
    pub stranded_requests: u64,
    /// What those requests cost at the normal price; never part of `cost`.
    pub stranded_cost: Option<Usd>,
    /// The weakest basis of the parts.
    pub price_basis: PriceBasis,
}

/// A row of the `scenarios` table; the fields up to `model_id` are its key.
///
/// Compared are the days on which `stay` is still served, from `as_of` to the announced end or
/// the horizon. What is paid once is in `one_off_cost` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioRow {
    /// The way it goes.
    pub scenario: Scenario,
    /// Whose cost it is.
    pub workload: Text,
    /// The account that calls.
    pub account_id: Text,
    /// The Region that is called.
    pub region: Text,
    /// The model in use today.
    pub model_id: ModelId,
    /// Where it moves; empty where it stays.
    pub successor: Option<ModelId>,
    /// When it moves (a ramp begins); empty where it stays.
    pub migrate_on: Option<NaiveDate>,
    /// Cost of the days compared; empty when nothing is priced.
    pub cost_to_end_of_life: Option<Usd>,
    /// What `stay` costs more; negative where the move costs more, empty where one of the two
    /// is not known in full.
    pub saving_to_end_of_life: Option<Usd>,
    /// Extended Access premium of `stay` less that of the scenario, its double running too.
    pub premium_avoided: Option<Usd>,
    /// Requests that `stay` cannot serve any more up to the horizon, and the scenario can.
    pub stranded_requests_avoided: u64,
    /// Re-embedding, double running and effort; empty where one of them is not known.
    pub one_off_cost: Option<Usd>,
    /// The saving per day over the first 30 days from `migrate_on`.
    pub cost_of_delay_per_day: Option<Usd>,
    /// The last day on which a move still saves more than it costs once.
    pub pays_until: Option<NaiveDate>,
}

/// A sum of projection rows, with bounds of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionTotal {
    /// The way it goes.
    pub scenario: Scenario,
    /// Whose cost; empty for that of all workloads.
    pub workload: Option<Text>,
    /// Which month; empty for all months of the horizon.
    pub month: Option<Month>,
    /// Sum of the priced rows.
    pub cost: Usd,
    /// Bounds of the volume, 80%.
    pub cost_low_80: Usd,
    /// Upper bound, 80%.
    pub cost_high_80: Usd,
    /// Bounds of the volume, 95%.
    pub cost_low_95: Usd,
    /// Upper bound, 95%.
    pub cost_high_95: Usd,
}

/// How soon a workload must move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// The model is past its end and still called.
    Expired,
    /// Too late for the lead time, or the end is within 30 days.
    Critical,
    /// In Extended Access, or it begins within the lead time.
    High,
    /// Legacy.
    Medium,
    /// Active, with a floor that is past or inside the horizon.
    Low,
    /// Nothing in sight.
    None,
}

impl Urgency {
    /// All levels, the most urgent first.
    pub const ALL: [Self; 6] = [
        Self::Expired,
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::None,
    ];

    /// The word in tables and after `--fail-on`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::None => "none",
        }
    }

    /// Reads the word after `--fail-on`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

impl fmt::Display for Urgency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A row of the `urgency` table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrgencyRow {
    /// 1 for the row that must move first.
    pub rank: u64,
    /// The level.
    pub urgency: Urgency,
    /// Whose usage it is.
    pub workload: Text,
    /// The account that calls.
    pub account_id: Text,
    /// The Region that is called.
    pub region: Text,
    /// The model to move away from.
    pub model_id: ModelId,
    /// Its phase on `as_of`.
    pub phase: LifecyclePhase,
    /// When Legacy began or begins.
    pub legacy_from: Option<NaiveDate>,
    /// When Extended Access began or begins, if announced.
    pub extended_access_from: Option<NaiveDate>,
    /// The end, or a floor.
    pub end_of_life: Option<EndOfLife>,
    /// From `as_of`; negative once begun.
    pub days_to_extended_access: Option<i64>,
    /// From `as_of`; negative once past.
    pub days_to_end_of_life: Option<i64>,
    /// Days a migration takes.
    pub lead_time_days: u32,
    /// `end_of_life - lead_time_days`; only for an announced end.
    pub start_by: Option<NaiveDate>,
    /// `start_by - as_of`.
    pub slack_days: Option<i64>,
    /// The last day with use.
    pub last_used: NaiveDate,
    /// List cost of the 30 days before `as_of`; empty when nothing is priced.
    pub cost_last_30_days: Option<Usd>,
    /// What Extended Access adds from `as_of` to the end (or the horizon).
    pub premium_to_end_of_life: Option<Usd>,
    /// What Extended Access adds per day, on average over its days.
    pub premium_per_day: Option<Usd>,
    /// The weakest basis of the money in this row.
    pub price_basis: PriceBasis,
    /// Where to move, if a model is known that is not itself dying.
    pub successor: Option<ModelId>,
    /// Expected cost of 30 days on the successor.
    pub successor_cost_per_month: Option<Usd>,
    /// Share (0 to 1) of the workload's tokens of the last 30 days already on the successor.
    pub migrated_share: Option<crate::domain::Decimal>,
    /// Who owns the workload, from the settings.
    pub owner: Option<Text>,
    /// Why, in words.
    pub reason: String,
}

/// What happens on a date.
///
/// Declared in the order of the words, which is how tables are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimelineEvent {
    /// The model ends.
    EndOfLife,
    /// Extended Access begins.
    ExtendedAccess,
    /// Legacy begins.
    Legacy,
    /// The last day to begin a migration that takes its lead time.
    StartBy,
}

impl TimelineEvent {
    /// The word in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::ExtendedAccess => "extended-access",
            Self::EndOfLife => "end-of-life",
            Self::StartBy => "start-by",
        }
    }
}

/// A row of the `timeline` table; the fields up to `region` are its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineRow {
    /// The day.
    pub date: NaiveDate,
    /// What happens.
    pub event: TimelineEvent,
    /// To which model.
    pub model_id: ModelId,
    /// In which Region.
    pub region: Text,
    /// The workloads it touches, sorted.
    pub workloads: Vec<Text>,
    /// List cost of the last 30 days of that usage; empty when nothing is priced.
    pub cost_per_month_affected: Option<Usd>,
    /// Id of the source of the date.
    pub source: Text,
}

/// A row of the `prices_used` table: a price that some charge or projection used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceUsed {
    /// The model.
    pub model_id: ModelId,
    /// The Region it was looked up for.
    pub region: Text,
    /// The scope.
    pub endpoint_scope: EndpointScope,
    /// The tier.
    pub service_tier: ServiceTier,
    /// Lower bound of the long-context band, 0 for the base band.
    pub prompt_band: u64,
    /// The phase whose price it is.
    pub phase: LifecyclePhase,
    /// The meter.
    pub sku_meter: SkuMeter,
    /// Price per pricing unit.
    pub list_unit_price: UnitPrice,
    /// First day of the row; empty for a row in force from the start.
    pub effective_from: Option<NaiveDate>,
    /// Id of the source.
    pub source: Text,
    /// When somebody last checked the row.
    pub checked_on: NaiveDate,
    /// On what grounds it stands.
    pub price_basis: PriceBasis,
}

/// Everything a report says, as rows. Sorted by the key columns of each table.
#[derive(Debug, Clone)]
pub struct ImpactReport {
    /// The first projected day; history is every day before.
    pub as_of: NaiveDate,
    /// The month that is closed.
    pub month: Month,
    /// Whole months projected after the current one.
    pub horizon: u32,
    /// SHA-256 (hex) of the price and lifecycle tables.
    pub tables_hash: String,
    /// The oldest and the newest day on which a price row in use was checked.
    pub prices_checked: Option<(NaiveDate, NaiveDate)>,
    /// Whether this is the invented data of `--demo`.
    pub demo: bool,
    /// The usage that was priced.
    pub usage: Vec<UsageRow>,
    /// How much of what CloudWatch counted the logs explain.
    pub coverage: Vec<CoverageRow>,
    /// Costs, by month and group.
    pub costs: Vec<CostRow>,
    /// What the costs are sums of.
    pub charges: Vec<Charge>,
    /// The future, by scenario.
    pub projection: Vec<ProjectionRow>,
    /// What each scenario saves and costs once.
    pub scenarios: Vec<ScenarioRow>,
    /// What the projection comes to: by workload and month, each and all.
    pub totals: Vec<ProjectionTotal>,
    /// How good the forecasts of the last months would have been, where that was asked.
    pub backtest: Option<Vec<BacktestRow>>,
    /// Who must move first.
    pub urgency: Vec<UrgencyRow>,
    /// What happens when.
    pub timeline: Vec<TimelineRow>,
    /// The prices behind it.
    pub prices_used: Vec<PriceUsed>,
    /// Everything left out, assumed or contradictory, the costliest first.
    pub findings: Vec<Diagnostic>,
}
