//! What a meter costs on a day, in which phase, and on what grounds.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::lifecycle::{LifecycleRow, LifecycleTable};
use super::price_table::{PriceQuery, PriceRow, PriceTable};
use crate::domain::{
    LifecyclePhase, ModelId, MoneyOverflow, PriceBasis, Rate, ServiceTier, Text, UnitPrice, Usd,
};

/// Multipliers of the normal price, for Extended Access without a public price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Multiplier {
    /// Lower bound.
    pub low: Rate,
    /// What is reckoned with.
    pub likely: Rate,
    /// Upper bound.
    pub high: Rate,
}

impl Default for Multiplier {
    /// Low 1.0 (the price stays), likely and high 2.0 (every published case).
    fn default() -> Self {
        Self {
            low: Rate::ONE,
            likely: Rate::TWO,
            high: Rate::TWO,
        }
    }
}

/// What the user assumes or has negotiated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceAssumptions {
    /// For all models.
    pub multiplier: Multiplier,
    /// Per model.
    pub model_multiplier: BTreeMap<ModelId, Multiplier>,
    /// Contracted price = list price x (1 - discount); `None` is no discount.
    pub discount: Option<Rate>,
    /// Per model, instead of `discount`.
    pub model_discount: BTreeMap<ModelId, Rate>,
}

/// A price and its grounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// What is reckoned with.
    pub unit_price: UnitPrice,
    /// The same usage at the normal price.
    pub normal: UnitPrice,
    /// Lower bound; equals `unit_price` unless something is assumed.
    pub low: UnitPrice,
    /// Upper bound.
    pub high: UnitPrice,
    /// On what grounds.
    pub basis: PriceBasis,
    /// First day of the row.
    pub effective_from: Option<NaiveDate>,
    /// Id of the source.
    pub source: Text,
    /// When the row was last checked.
    pub checked_on: NaiveDate,
    /// Whether the fact is marked as unsure.
    pub low_confidence: bool,
}

/// Answers price questions from the tables and the assumptions.
#[derive(Debug, Clone, Copy)]
pub struct Pricer<'a> {
    prices: &'a PriceTable,
    lifecycle: &'a LifecycleTable,
    assumptions: &'a PriceAssumptions,
}

impl<'a> Pricer<'a> {
    /// Puts the tables and the assumptions together.
    pub fn new(
        prices: &'a PriceTable,
        lifecycle: &'a LifecycleTable,
        assumptions: &'a PriceAssumptions,
    ) -> Self {
        Self {
            prices,
            lifecycle,
            assumptions,
        }
    }

    /// The life-cycle table.
    pub fn lifecycle(&self) -> &'a LifecycleTable {
        self.lifecycle
    }

    /// The phase of a model in a Region on a day.
    pub fn phase(&self, model: &ModelId, region: &str, day: NaiveDate) -> LifecyclePhase {
        self.lifecycle.phase(model, region, day)
    }

    /// The price on the day of the query, in the phase of that day; `None` is unpriced.
    ///
    /// After the end of life the price of the last phase holds: the usage happened.
    pub fn price(&self, query: &PriceQuery<'_>) -> Result<Option<Price>, MoneyOverflow> {
        let normal = self.normal_row(query);
        let announcement = self.announcement(query);
        if announcement.is_some_and(|row| charges_extended_access(row, query.date)) {
            return self.extended_access_price(query, normal);
        }
        let Some((row, unit_price)) =
            normal.and_then(|row| Some((row, *row.prices.get(&query.meter)?)))
        else {
            return Ok(None);
        };
        let mut price = priced(row, unit_price, unit_price);
        let unannounced = announcement.and_then(LifecycleRow::unannounced_extended_access_from);
        if unannounced.is_some_and(|from| from <= query.date) {
            price.high = self.times(query, self.multiplier(query.model).high, unit_price)?;
        }
        Ok(Some(price))
    }

    /// The row that [`Self::price`] stands on: for what a price does not carry (note, place).
    pub fn price_row(&self, query: &PriceQuery<'_>) -> Option<&'a PriceRow> {
        let normal = self.normal_row(query);
        let extended_access = self
            .announcement(query)
            .is_some_and(|row| charges_extended_access(row, query.date));
        if extended_access && query.tier != ServiceTier::Provisioned {
            self.prices.row(query, true).or(normal)
        } else {
            normal
        }
    }

    /// The price table.
    pub fn prices(&self) -> &'a PriceTable {
        self.prices
    }

    /// The normal price on a day, whatever the phase: what stranded usage is worth.
    pub fn normal_price(&self, query: &PriceQuery<'_>) -> Option<Price> {
        let row = self.normal_row(query)?;
        row.prices
            .get(&query.meter)
            .map(|price| priced(row, *price, *price))
    }

    /// Every day after `from` and before `to` on which phase or price may change for a model
    /// in a Region.
    pub fn change_dates(
        &self,
        model: &ModelId,
        region: &str,
        from: NaiveDate,
        to: NaiveDate,
    ) -> BTreeSet<NaiveDate> {
        let mut dates = self.lifecycle.change_dates(model, region);
        dates.extend(self.prices.effective_dates(model));
        dates.retain(|date| from < *date && *date < to);
        dates
    }

    /// A list cost after the contracted discount.
    pub fn contracted(&self, model: &ModelId, list_cost: Usd) -> Result<Usd, MoneyOverflow> {
        let discount = self
            .assumptions
            .model_discount
            .get(model)
            .copied()
            .or(self.assumptions.discount);
        match discount.and_then(Rate::complement) {
            Some(remainder) => remainder.apply(list_cost),
            None => Ok(list_cost),
        }
    }

    /// A published row of the phase, else the normal price times the assumed multiplier. A
    /// meter that a published row leaves out is unpriced, not doubled.
    fn extended_access_price(
        &self,
        query: &PriceQuery<'_>,
        normal: Option<&PriceRow>,
    ) -> Result<Option<Price>, MoneyOverflow> {
        let normal_price = normal.and_then(|row| row.prices.get(&query.meter).copied());
        if query.tier == ServiceTier::Provisioned {
            return Ok(None);
        }
        if let Some(row) = self.prices.row(query, true) {
            let published = row.prices.get(&query.meter);
            return Ok(published.map(|price| priced(row, *price, normal_price.unwrap_or(*price))));
        }
        let (Some(row), Some(normal_price)) = (normal, normal_price) else {
            return Ok(None);
        };
        let multiplier = self.multiplier(query.model);
        Ok(Some(Price {
            unit_price: self.times(query, multiplier.likely, normal_price)?,
            low: self.times(query, multiplier.low, normal_price)?,
            high: self.times(query, multiplier.high, normal_price)?,
            basis: PriceBasis::Assumed,
            ..priced(row, normal_price, normal_price)
        }))
    }

    /// The row of the normal phase; provisioned throughput is billed by the hour and has none.
    fn normal_row(&self, query: &PriceQuery<'_>) -> Option<&'a PriceRow> {
        (query.tier != ServiceTier::Provisioned)
            .then(|| self.prices.row(query, false))
            .flatten()
    }

    fn announcement(&self, query: &PriceQuery<'_>) -> Option<&'a LifecycleRow> {
        self.lifecycle
            .in_force(query.model, query.region, query.date)
    }

    /// What Extended Access without a public price is reckoned with.
    pub fn multiplier(&self, model: &ModelId) -> Multiplier {
        self.assumptions
            .model_multiplier
            .get(model)
            .copied()
            .unwrap_or(self.assumptions.multiplier)
    }

    fn times(
        &self,
        query: &PriceQuery<'_>,
        rate: Rate,
        price: UnitPrice,
    ) -> Result<UnitPrice, MoneyOverflow> {
        rate.apply_to_price(price, query.meter.pricing_unit().zeros())
    }
}

/// Whether calls are charged at the Extended Access price on a day: in that phase, and past
/// the end of a model that had one.
fn charges_extended_access(row: &LifecycleRow, day: NaiveDate) -> bool {
    let begun = row.extended_access_from.is_some_and(|from| from <= day);
    begun
        && matches!(
            row.phase(day),
            LifecyclePhase::ExtendedAccess | LifecyclePhase::EndOfLife
        )
}

fn priced(row: &PriceRow, unit_price: UnitPrice, normal: UnitPrice) -> Price {
    Price {
        unit_price,
        normal,
        low: unit_price,
        high: unit_price,
        basis: if row.user {
            PriceBasis::User
        } else {
            PriceBasis::Listed
        },
        effective_from: row.effective_from,
        source: row.source.clone(),
        checked_on: row.checked_on,
        low_confidence: row.low_confidence,
    }
}
