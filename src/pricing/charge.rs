//! What usage cost: one charge per meter, each with the price row it used.
//!
//! Tokens are added up as integers per charge cell (the key of the `charges` table and the price
//! row), and the price is applied once: so the order and the splitting of the input cannot
//! matter, and a price that changes inside a month makes two charges of one key. Choices where
//! the contract is silent:
//!
//! * A count of zero makes no charge row; its requests are in `costs` all the same.
//! * A group of usage without any charge costs nothing if all was counted (failed calls, counted
//!   zeros); with calls whose counts nobody knows its cost is empty and its basis `unpriced`.
//! * A cache write of unknown TTL stands under the meter that [`super::shortest_cache_write`]
//!   names, merged with what is known to belong there.
//! * Usage without a workload belongs to `unallocated`.
//!
//! Imports `domain` and `diagnostic` only. Sample: 1,200,000 input tokens at 3.30 are one charge
//! of 3.96.

use std::cmp::Ordering;

use chrono::NaiveDate;

use super::charge_cells::MonthUsage;
use super::charge_findings::Gathered;
use super::charge_lines::rows_of_month;
use super::pricer::Pricer;
use crate::diagnostic::{self, Diagnostic};
use crate::domain::{
    Decimal, EndpointScope, LifecyclePhase, ModelId, MoneyOverflow, Month, PriceBasis, ServiceTier,
    SkuMeter, Text, TokenCounts, UnitPrice, UsageRow, Usd, in_order,
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

/// Prices usage: every row on its own day, in the phase of that day. Each month for itself, as
/// no key reaches beyond, by as many threads as there are cores.
pub fn charge_usage(rows: &[UsageRow], pricer: &Pricer<'_>) -> Result<Charges, MoneyOverflow> {
    if !rows.is_sorted_by_key(UsageRow::day) {
        let mut sorted = rows.to_vec();
        sorted.sort_by_key(UsageRow::day);
        return charge_usage(&sorted, pricer);
    }
    let unallocated = Text::from("unallocated");
    let month = |row: &UsageRow| Month::of(row.day());
    let months: Vec<&[UsageRow]> = rows
        .chunk_by(|one, next| month(one) == month(next))
        .collect();
    let of_month = |(): &mut (), _, rows: &&[UsageRow]| {
        let Some(month) = rows.first().map(month) else {
            return Ok(None);
        };
        let usage = MonthUsage::collect(month, rows, &unallocated, pricer)?;
        let (charges, costs) = rows_of_month(&usage, pricer)?;
        Ok(Some((charges, costs, usage.gathered)))
    };
    let mut gathered = Gathered::default();
    let mut all = Charges::default();
    let mut overflow = Ok(());
    in_order(
        &months,
        || (),
        of_month,
        |priced| {
            let added = priced.and_then(|priced| {
                if let Some((charges, costs, of_month)) = priced {
                    all.charges.extend(charges);
                    all.costs.extend(costs);
                    gathered.merge(of_month)?;
                }
                Ok(())
            });
            overflow = overflow.and(added);
        },
    );
    overflow?;
    all.charges.shrink_to_fit();
    all.costs.shrink_to_fit();
    all.findings = gathered.into_findings(pricer);
    diagnostic::order(&mut all.findings);
    Ok(all)
}

impl Charge {
    /// Key order; two prices of one key by the day of the row, then by all that tells them apart.
    pub(super) fn by_key(&self, other: &Self) -> Ordering {
        let place = |charge: &Self| {
            (
                charge.endpoint_scope,
                charge.service_tier,
                charge.prompt_band,
                charge.phase,
                charge.sku_meter,
                charge.price_effective_from,
                charge.list_unit_price,
                charge.price_basis,
            )
        };
        self.month
            .cmp(&other.month)
            .then_with(|| self.workload.cmp(&other.workload))
            .then_with(|| self.account_id.cmp(&other.account_id))
            .then_with(|| self.region.cmp(&other.region))
            .then_with(|| self.model_id.cmp(&other.model_id))
            .then_with(|| place(self).cmp(&place(other)))
            .then_with(|| self.price_source.cmp(&other.price_source))
            .then_with(|| self.normal_cost.cmp(&other.normal_cost))
            .then_with(|| self.consumed_quantity.cmp(&other.consumed_quantity))
    }
}

impl CostRow {
    /// A group of which no count is above zero: it cost nothing, or nobody knows what.
    pub(super) fn without_charge(self) -> Self {
        if self.counts.requests_without_counts > 0 {
            return Self {
                price_basis: PriceBasis::Unpriced,
                ..self
            };
        }
        let nothing = Some(Usd::ZERO);
        Self {
            list_cost: nothing,
            normal_cost: nothing,
            extended_access_premium: nothing,
            contracted_cost: nothing,
            ..self
        }
    }

    /// Takes a charge into the sums; an unpriced one only weakens the basis.
    pub(super) fn add(&mut self, charge: &Charge) -> Result<(), MoneyOverflow> {
        self.price_basis = self.price_basis.max(charge.price_basis);
        self.list_cost = sum(self.list_cost, charge.list_cost)?;
        self.normal_cost = sum(self.normal_cost, charge.normal_cost)?;
        self.contracted_cost = sum(self.contracted_cost, charge.contracted_cost)?;
        if let (Some(list), Some(normal)) = (self.list_cost, self.normal_cost) {
            self.extended_access_premium = Some(list.subtract(normal)?);
        }
        Ok(())
    }
}

/// Adds what is known: unknown plus known is known.
fn sum(a: Option<Usd>, b: Option<Usd>) -> Result<Option<Usd>, MoneyOverflow> {
    match (a, b) {
        (Some(a), Some(b)) => a.add(b).map(Some),
        (one, None) | (None, one) => Ok(one),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
