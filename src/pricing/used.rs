//! The prices behind a report: every price that some charge or projection used, once.
//!
//! Imports `domain` only. Sample: Claude Sonnet 4.5, eu-central-1, in-region, standard, base
//! band, `active`, input, 3.30, from the pricing page, checked on 2026-07-24, listed.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::charge::Charge;
use super::price_table::PriceQuery;
use super::pricer::{Price, Pricer};
use crate::domain::{
    EndpointScope, LifecyclePhase, ModelId, PriceBasis, ServiceTier, SkuMeter, Text, UnitPrice,
};

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

/// Collects prices as they are used; the same price used twice is one row.
#[derive(Debug, Clone, Default)]
pub struct PricesSeen(BTreeSet<PriceUsed>);

impl PricesSeen {
    /// Notes a price that a lookup gave.
    pub fn add(
        &mut self,
        query: &PriceQuery<'_>,
        region: &Text,
        phase: LifecyclePhase,
        price: &Price,
    ) {
        self.0.insert(PriceUsed {
            model_id: query.model.clone(),
            region: region.clone(),
            endpoint_scope: query.scope,
            service_tier: query.tier,
            prompt_band: query.prompt_band.unwrap_or(0),
            phase,
            sku_meter: query.meter,
            list_unit_price: price.unit_price,
            effective_from: price.effective_from,
            source: price.source.clone(),
            checked_on: price.checked_on,
            price_basis: price.basis,
        });
    }

    /// Notes the price of a charge; an unpriced one used none.
    pub fn add_charge(&mut self, charge: &Charge, pricer: &Pricer<'_>) {
        let (Some(scope), Some(price), Some(source)) = (
            charge.endpoint_scope,
            charge.list_unit_price,
            charge.price_source.as_ref(),
        ) else {
            return;
        };
        let prompt_band = charge.prompt_band.unwrap_or(0);
        // A charge does not say when its row was checked: the row is found by what the charge
        // does say. An exact Region beats `*` here as in the lookup.
        let row = pricer
            .prices()
            .rows_of(&charge.model_id)
            .filter(|row| {
                row.scope == scope
                    && row.tier == charge.service_tier
                    && row.prompt_above == prompt_band
                    && row.effective_from == charge.price_effective_from
                    && row.source == *source
                    && row.prices.contains_key(&charge.sku_meter)
                    && row.covers(&charge.region)
            })
            .max_by_key(|row| {
                let same_price = row.prices.get(&charge.sku_meter) == Some(&price);
                (same_price, row.regions.contains(&charge.region))
            });
        let Some(row) = row else { return };
        self.0.insert(PriceUsed {
            model_id: charge.model_id.clone(),
            region: charge.region.clone(),
            endpoint_scope: scope,
            service_tier: charge.service_tier,
            prompt_band,
            phase: charge.phase,
            sku_meter: charge.sku_meter,
            list_unit_price: price,
            effective_from: charge.price_effective_from,
            source: source.clone(),
            checked_on: row.checked_on,
            price_basis: charge.price_basis,
        });
    }

    /// The rows, sorted by key.
    pub fn into_rows(self) -> Vec<PriceUsed> {
        self.0.into_iter().collect()
    }
}
