//! Rules of single price rows, and of rows that repeat each other. Imports `domain` and
//! `diagnostic` only.
//!
//! Sample: `input 0.0000001 has more than 6 places ...; no published price is that fine, look for a unit that is off`.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::Diagnostic;
use crate::domain::{Decimal, ModelId};
use crate::pricing::load::Tables;
use crate::pricing::price_table::PriceRow;

/// Scale of money in every table: a price may have as many places as its unit leaves.
const PLACES: u32 = 12;

pub(super) fn check(tables: &Tables, findings: &mut Vec<Diagnostic>) {
    for row in tables.prices.rows() {
        amounts(row, findings);
    }
    for row in &tables.hourly {
        let amounts = [row.input, row.output, row.price];
        for amount in amounts.into_iter().flatten() {
            if amount.amount() <= Decimal::ZERO {
                findings.push(not_positive(
                    &row.place,
                    "the hourly price",
                    amount.amount(),
                ));
            }
        }
    }
    duplicates(tables, findings);
    without_lifecycle(tables, findings);
}

fn amounts(row: &PriceRow, findings: &mut Vec<Diagnostic>) {
    for (meter, price) in &row.prices {
        let amount = price.amount();
        if amount <= Decimal::ZERO {
            findings.push(not_positive(&row.place, meter.as_str(), amount));
        }
        let most = PLACES.saturating_sub(meter.pricing_unit().zeros());
        if amount.normalize().scale() > most {
            let message = format!(
                "{meter} {price} has more than {most} places, so its costs would not be exact; no published price is that fine, look for a unit that is off"
            );
            findings.push(Diagnostic::error("price-too-fine", &*row.place, message));
        }
    }
}

fn not_positive(place: &str, what: &str, amount: Decimal) -> Diagnostic {
    let message = format!(
        "{what} {amount} is not above 0; write the published price, or leave the meter out if none is known"
    );
    Diagnostic::error("price-not-positive", place, message)
}

/// Two rows for one key, Region and day: the lookup could take either.
fn duplicates(tables: &Tables, findings: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<_, &PriceRow> = HashMap::new();
    for row in tables.prices.rows() {
        let units = row.units();
        let spots = row
            .regions
            .iter()
            .flat_map(|region| units.iter().map(move |unit| (region, *unit)));
        for (region, unit) in spots {
            let key = (
                (
                    row.user,
                    &row.model,
                    row.scope,
                    row.tier,
                    row.extended_access,
                ),
                (row.prompt_above, row.effective_from, region, unit),
            );
            let Some(first) = seen.insert(key, row) else {
                continue;
            };
            let from = row.effective_from.map_or_else(
                || "the start".to_owned(),
                |from| format!("effective_from {from}"),
            );
            let message = format!(
                "{from} repeats {} for {}, {}, {}, {region}; give one of them its own effective_from or take the Region out of one",
                first.place, row.model, row.scope, row.tier,
            );
            findings.push(Diagnostic::error("duplicate-price", &*row.place, message));
            break;
        }
    }
}

/// A price of a model that nobody knows dates of: its phases would all be unknown.
fn without_lifecycle(tables: &Tables, findings: &mut Vec<Diagnostic>) {
    let mut told: HashSet<&ModelId> = HashSet::new();
    let priced = tables
        .prices
        .rows()
        .iter()
        .map(|row| (&row.model, &row.place));
    let hourly = tables.hourly.iter().map(|row| (&row.model, &row.place));
    for (model, place) in priced.chain(hourly) {
        if tables.lifecycle.model(model).is_none() && told.insert(model) {
            let message = format!(
                "{model} has a price and no life-cycle row; add one under lifecycle/, or correct the id"
            );
            findings.push(Diagnostic::error(
                "price-without-lifecycle",
                &**place,
                message,
            ));
        }
    }
}
