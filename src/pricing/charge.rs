//! What usage cost: one charge per meter, each with the price row it used.

use chrono::NaiveDate;

use crate::diagnostic::Diagnostic;
use crate::domain::{
    Decimal, EndpointScope, LifecyclePhase, ModelId, Month, PriceBasis, ServiceTier, SkuMeter,
    Text, TokenCounts, UnitPrice, Usd,
};

/// One line of cost: quantity times price. The field order of the first twelve is the key
/// order of the `charges` table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The calendar month of the usage.
    pub month: Month,
    /// Whose cost it is.
    pub workload: Text,
    /// The account that called.
    pub account_id: Text,
    /// The Region that was called.
    pub region: Text,
    /// The model.
    pub model_id: ModelId,
    /// Empty for an unresolved profile.
    pub endpoint_scope: Option<EndpointScope>,
    /// How it was served.
    pub service_tier: ServiceTier,
    /// The long-context band; empty where it cannot be known (priced as the base band).
    pub prompt_band: Option<u64>,
    /// The phase on the day of the usage.
    pub phase: LifecyclePhase,
    /// What was counted; a cache write of unknown TTL stands under the meter it was priced at.
    pub sku_meter: SkuMeter,
    /// Tokens, images, ...
    pub consumed_quantity: u64,
    /// The same in pricing units, exact.
    pub pricing_quantity: Decimal,
    /// Price per pricing unit; empty when unpriced.
    pub list_unit_price: Option<UnitPrice>,
    /// `pricing_quantity x list_unit_price`; empty when unpriced.
    pub list_cost: Option<Usd>,
    /// The same quantity at the normal price; empty when unpriced.
    pub normal_cost: Option<Usd>,
    /// List cost after the contracted discount; empty when unpriced.
    pub contracted_cost: Option<Usd>,
    /// On what grounds the price stands.
    pub price_basis: PriceBasis,
    /// First day of the price row; empty for a row in force from the start.
    pub price_effective_from: Option<NaiveDate>,
    /// Id of the source of the price row.
    pub price_source: Option<Text>,
}

/// What a group of usage cost: the sum of its charges. A row of the `cost` table; the fields
/// up to `phase` are its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostRow {
    /// The calendar month of the usage.
    pub month: Month,
    /// Whose cost it is.
    pub workload: Text,
    /// The account that called.
    pub account_id: Text,
    /// The Region that was called.
    pub region: Text,
    /// The model.
    pub model_id: ModelId,
    /// Empty for an unresolved profile.
    pub endpoint_scope: Option<EndpointScope>,
    /// How it was served.
    pub service_tier: ServiceTier,
    /// The phase on the days of the usage.
    pub phase: LifecyclePhase,
    /// Requests and tokens.
    pub counts: TokenCounts,
    /// Sum of the list costs of the priced charges; empty when nothing is priced.
    pub list_cost: Option<Usd>,
    /// The same at normal prices, over the priced meters only.
    pub normal_cost: Option<Usd>,
    /// `list_cost - normal_cost`.
    pub extended_access_premium: Option<Usd>,
    /// List cost after the contracted discount.
    pub contracted_cost: Option<Usd>,
    /// The weakest basis of the parts.
    pub price_basis: PriceBasis,
}

/// All that pricing says of a set of usage rows.
#[derive(Debug, Clone, Default)]
pub struct Charges {
    /// Sorted by key.
    pub charges: Vec<Charge>,
    /// Sorted by key; the sums of `charges`.
    pub costs: Vec<CostRow>,
    /// Unpriced usage, assumed prices, usage past the end, unknown TTLs and bands, ...
    pub findings: Vec<Diagnostic>,
}
