//! The prices behind the numbers: those of the charges beside those of the projection.
//!
//! A charge names its price but not when the row was last checked, so the row is looked up
//! again, on the first day of the charge's month on which it gives that price. Imports
//! `pricing` and `domain`.
//!
//! Sample: claude-x, us-east-1, in-region, standard, 0, legacy, input, 3.30, checked 2026-11-20.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use hashbrown::HashSet;

use super::impact::PriceUsed;
use super::price_path::{PriceKey, price_used};
use crate::domain::MoneyOverflow;
use crate::pricing::{Charge, Price, Pricer};

/// The prices of a projection and of charges together, sorted, each once.
pub fn merge_prices_used(
    projected: &[PriceUsed],
    charges: &[Charge],
    pricer: &Pricer<'_>,
) -> Result<Vec<PriceUsed>, MoneyOverflow> {
    let mut rows: BTreeSet<PriceUsed> = projected.iter().cloned().collect();
    // Whoever pays it: a price of a month is looked up once.
    let mut known = HashSet::with_hasher(foldhash::fast::RandomState::default());
    for charge in charges {
        let place = (
            (&charge.model_id, &charge.region),
            (charge.endpoint_scope, charge.service_tier),
            (charge.prompt_band, charge.phase, charge.sku_meter),
        );
        let price = (
            (charge.list_unit_price, charge.price_basis),
            (charge.price_effective_from, &charge.price_source),
        );
        if known.insert((charge.month, place, price)) {
            rows.extend(price_of(charge, pricer)?);
        }
    }
    Ok(rows.into_iter().collect())
}

fn price_of(charge: &Charge, pricer: &Pricer<'_>) -> Result<Option<PriceUsed>, MoneyOverflow> {
    let (Some(scope), Some(_)) = (charge.endpoint_scope, charge.list_unit_price) else {
        return Ok(None);
    };
    let key = PriceKey {
        model_id: charge.model_id.clone(),
        region: charge.region.clone(),
        scope,
        tier: charge.service_tier,
        prompt_band: charge.prompt_band,
    };
    for day in days_of_change(charge, pricer) {
        if pricer.phase(&charge.model_id, &charge.region, day) != charge.phase {
            continue;
        }
        let price = pricer.price(&key.query(charge.sku_meter, day))?;
        if let Some(price) = price.filter(|price| is_of(charge, price)) {
            return Ok(Some(price_used(
                &key,
                charge.phase,
                charge.sku_meter,
                &price,
            )));
        }
    }
    Ok(None)
}

/// The first day of the month and every day in it on which phase or price may change.
fn days_of_change(charge: &Charge, pricer: &Pricer<'_>) -> BTreeSet<NaiveDate> {
    let (from, to) = (charge.month.first_day(), charge.month.end());
    let mut days = pricer.change_dates(&charge.model_id, &charge.region, from, to);
    days.insert(from);
    days
}

fn is_of(charge: &Charge, price: &Price) -> bool {
    charge.list_unit_price == Some(price.unit_price)
        && charge.price_basis == price.basis
        && charge.price_effective_from == price.effective_from
        && charge.price_source.as_ref() == Some(&price.source)
}

#[cfg(test)]
#[path = "prices_used_tests.rs"]
mod tests;
