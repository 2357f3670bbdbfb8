//! From the cells of a month to its rows of `charges` and `cost`.
//!
//! Cells become lines, one for each meter, that hold nothing but numbers in the order of the
//! names behind them: sorted as numbers they are in the order of the table, and lines of one
//! key and price lie side by side. Only then they become rows. The texts of the rows are the
//! month's own: threads that count the same text up and down would wait for each other.
//! Imports `domain` only.
//!
//! Sample: a cell of 1,200,000 input and 300,000 output tokens is two lines, and one group.

use super::charge::{Charge, CostRow};
use super::charge_cells::{MonthUsage, PlaceKey, Table, number};
use super::pricer::{Price, Pricer};
use crate::domain::{
    LifecyclePhase, ModelId, MoneyOverflow, Month, PriceBasis, SkuMeter, Text, TokenCounts,
    UnitPrice,
};

/// The key of a line, by ranks; in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct LineKey {
    workload: u32,
    account: u32,
    place: u32,
    phase: LifecyclePhase,
    meter: SkuMeter,
    /// Number of the price, as charges tell prices apart; 0 is unpriced.
    price: u32,
}

/// The key of a `cost` row, by ranks; in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct GroupKey {
    workload: u32,
    account: u32,
    /// Number of the place whatever its prompt band.
    spot: u32,
    phase: LifecyclePhase,
}

/// The places of a month in the order of the table.
#[derive(Debug)]
struct Places {
    /// Of each steady place its rank.
    ranks: Vec<u32>,
    sorted: Vec<PlaceKey>,
    /// Of each rank the spot.
    spots: Vec<u32>,
    /// Of each spot one place.
    of_spots: Vec<PlaceKey>,
}

impl Places {
    fn of(usage: &MonthUsage<'_>, texts: &[u32], models: &[u32]) -> Result<Self, MoneyOverflow> {
        let spot_of = |key: &PlaceKey| {
            let (region, model) = (texts[key.region as usize], models[key.model as usize]);
            (region, model, key.scope, key.tier)
        };
        let order_of = |key: &PlaceKey| (spot_of(key), key.band);
        let mut sorted: Vec<PlaceKey> = usage.steady.iter().map(|(key, _)| *key).collect();
        sorted.sort_unstable_by_key(order_of);
        sorted.dedup();
        let (mut spots, mut of_spots) = (Vec::with_capacity(sorted.len()), Vec::new());
        for key in &sorted {
            if of_spots.last().map(spot_of) != Some(spot_of(key)) {
                of_spots.push(*key);
            }
            spots.push(number(of_spots.len() - 1)?);
        }
        let rank = |(key, _): &(PlaceKey, _)| {
            number(sorted.partition_point(|other| order_of(other) < order_of(key)))
        };
        let ranks = usage.steady.iter().map(rank).collect::<Result<_, _>>()?;
        Ok(Self {
            ranks,
            sorted,
            spots,
            of_spots,
        })
    }
}

/// What tells prices apart in charges: the bounds of an assumption are no part of one.
type PriceIdentity = (
    Option<chrono::NaiveDate>,
    UnitPrice,
    PriceBasis,
    Text,
    UnitPrice,
);

fn identity(price: &Price) -> PriceIdentity {
    (
        price.effective_from,
        price.unit_price,
        price.basis,
        price.source.clone(),
        price.normal,
    )
}

/// The prices of a month, each once.
#[derive(Debug, Default)]
struct Prices {
    ids: Table<PriceIdentity, u32>,
    prices: Vec<Price>,
    /// Of each steady place and meter the number of its price, once it is known.
    of_meters: Vec<[Option<u32>; SkuMeter::ALL.len()]>,
}

impl Prices {
    fn id(
        &mut self,
        usage: &MonthUsage<'_>,
        steady: u32,
        meter: SkuMeter,
        pricer: &Pricer<'_>,
    ) -> Result<u32, MoneyOverflow> {
        let slot = &mut self.of_meters[steady as usize][meter as usize];
        if let Some(known) = slot {
            return Ok(*known);
        }
        let id = match usage.steady[steady as usize].1.price(meter, pricer)? {
            None => 0,
            Some(price) => {
                let next = number(self.prices.len() + 1)?;
                *self.ids.entry(identity(price)).or_insert_with(|| {
                    // A text of its own, as for the other names.
                    let source = Text::from(&*price.source);
                    self.prices.push(Price {
                        source,
                        ..price.clone()
                    });
                    next
                })
            }
        };
        *slot = Some(id);
        Ok(id)
    }

    /// Of each number its rank; unpriced comes first.
    fn ranks(&self) -> Result<Vec<u32>, MoneyOverflow> {
        let mut order: Vec<usize> = (0..self.prices.len()).collect();
        order.sort_by_cached_key(|at| identity(&self.prices[*at]));
        let mut ranks = vec![0; order.len() + 1];
        for (rank, at) in order.into_iter().enumerate() {
            ranks[at + 1] = number(rank + 1)?;
        }
        Ok(ranks)
    }
}

/// The rows of one month, each table sorted by its key.
pub(super) fn rows_of_month(
    usage: &MonthUsage<'_>,
    pricer: &Pricer<'_>,
) -> Result<(Vec<Charge>, Vec<CostRow>), MoneyOverflow> {
    let (texts, text_ranks) = usage.texts.ranked()?;
    let (models, model_ranks) = usage.models.ranked()?;
    let places = Places::of(usage, &text_ranks, &model_ranks)?;
    let mut prices = Prices {
        of_meters: vec![[None; SkuMeter::ALL.len()]; usage.steady.len()],
        ..Prices::default()
    };
    let mut lines: Vec<(LineKey, u64)> = Vec::with_capacity(usage.cells.len() * 3);
    let mut groups: Vec<(GroupKey, TokenCounts)> = Vec::with_capacity(usage.cells.len());
    for (cell, counts) in &usage.cells {
        let (_, steady) = &usage.steady[cell.steady as usize];
        let place = places.ranks[cell.steady as usize];
        let (workload, account) = (
            text_ranks[cell.workload as usize],
            text_ranks[cell.account as usize],
        );
        let group = GroupKey {
            workload,
            account,
            spot: places.spots[place as usize],
            phase: steady.phase,
        };
        groups.push((group, *counts));
        for (meter, quantity) in steady.metered(counts, pricer) {
            let line = LineKey {
                workload,
                account,
                place,
                phase: steady.phase,
                meter,
                price: prices.id(usage, cell.steady, meter, pricer)?,
            };
            lines.push((line, quantity));
        }
    }
    let ranks = prices.ranks()?;
    lines.sort_unstable_by_key(|(key, _)| LineKey {
        price: ranks[key.price as usize],
        ..*key
    });
    let lines = merged(lines, u64::checked_add)?;
    groups.sort_unstable_by_key(|(key, _)| *key);
    let groups = merged(groups, |sum, counts| sum.add(&counts))?;

    let writer = RowWriter {
        month: usage.month,
        texts: texts.into_iter().map(|text| Text::from(&**text)).collect(),
        models: models
            .into_iter()
            .map(|model| ModelId::new(model.as_str()))
            .collect(),
        text_ranks,
        model_ranks,
        places,
        prices: prices.prices,
    };
    writer.rows(&lines, &groups, pricer)
}

/// Adds up what lies side by side under one key.
fn merged<K: Copy + Eq, V: Copy>(
    sorted: Vec<(K, V)>,
    add: impl Fn(V, V) -> Option<V>,
) -> Result<Vec<(K, V)>, MoneyOverflow> {
    let mut merged: Vec<(K, V)> = Vec::with_capacity(sorted.len());
    for (key, value) in sorted {
        match merged.last_mut() {
            Some((last, sum)) if *last == key => *sum = add(*sum, value).ok_or(MoneyOverflow)?,
            _ => merged.push((key, value)),
        }
    }
    Ok(merged)
}

/// Makes rows of numbers.
struct RowWriter {
    month: Month,
    /// By rank.
    texts: Vec<Text>,
    models: Vec<ModelId>,
    text_ranks: Vec<u32>,
    model_ranks: Vec<u32>,
    places: Places,
    /// By number, less one.
    prices: Vec<Price>,
}

impl RowWriter {
    fn rows(
        &self,
        lines: &[(LineKey, u64)],
        groups: &[(GroupKey, TokenCounts)],
        pricer: &Pricer<'_>,
    ) -> Result<(Vec<Charge>, Vec<CostRow>), MoneyOverflow> {
        let mut costs: Vec<(CostRow, bool)> = groups
            .iter()
            .map(|(key, counts)| (self.cost_row(key, *counts), false))
            .collect();
        let mut charges = Vec::with_capacity(lines.len());
        for (key, quantity) in lines {
            let charge = self.charge(key, *quantity, pricer)?;
            let group = GroupKey {
                workload: key.workload,
                account: key.account,
                spot: self.places.spots[key.place as usize],
                phase: key.phase,
            };
            let at = groups.partition_point(|(other, _)| *other < group);
            if let Some((row, charged)) = costs.get_mut(at) {
                row.add(&charge)?;
                *charged = true;
            }
            charges.push(charge);
        }
        // In order already, but for two prices that differ in the normal price alone.
        charges.sort_by(Charge::by_key);
        let costs = costs.into_iter().map(|(row, charged)| match charged {
            true => row,
            false => row.without_charge(),
        });
        Ok((charges, costs.collect()))
    }

    fn region(&self, place: &PlaceKey) -> Text {
        self.texts[self.text_ranks[place.region as usize] as usize].clone()
    }

    fn model(&self, place: &PlaceKey) -> ModelId {
        self.models[self.model_ranks[place.model as usize] as usize].clone()
    }

    /// A row of `cost`, before its charges are added.
    fn cost_row(&self, key: &GroupKey, counts: TokenCounts) -> CostRow {
        let place = &self.places.of_spots[key.spot as usize];
        CostRow {
            month: self.month,
            workload: self.texts[key.workload as usize].clone(),
            account_id: self.texts[key.account as usize].clone(),
            region: self.region(place),
            model_id: self.model(place),
            endpoint_scope: place.scope,
            service_tier: place.tier,
            phase: key.phase,
            counts,
            list_cost: None,
            normal_cost: None,
            extended_access_premium: None,
            contracted_cost: None,
            price_basis: PriceBasis::Listed,
        }
    }

    /// A row of `charges`: quantity times price.
    fn charge(
        &self,
        key: &LineKey,
        quantity: u64,
        pricer: &Pricer<'_>,
    ) -> Result<Charge, MoneyOverflow> {
        let place = &self.places.sorted[key.place as usize];
        let price = (key.price as usize)
            .checked_sub(1)
            .map(|at| &self.prices[at]);
        let model_id = self.model(place);
        let pricing_quantity = key.meter.pricing_unit().pricing_quantity(quantity);
        let cost_at = |price: Option<UnitPrice>| {
            price
                .map(|price| price.cost_of(pricing_quantity))
                .transpose()
        };
        let list_cost = cost_at(price.map(|price| price.unit_price))?;
        Ok(Charge {
            month: self.month,
            workload: self.texts[key.workload as usize].clone(),
            account_id: self.texts[key.account as usize].clone(),
            region: self.region(place),
            endpoint_scope: place.scope,
            service_tier: place.tier,
            prompt_band: place.band,
            phase: key.phase,
            sku_meter: key.meter,
            consumed_quantity: quantity,
            pricing_quantity,
            list_unit_price: price.map(|price| price.unit_price),
            list_cost,
            normal_cost: cost_at(price.map(|price| price.normal))?,
            contracted_cost: list_cost
                .map(|cost| pricer.contracted(&model_id, cost))
                .transpose()?,
            price_basis: price.map_or(PriceBasis::Unpriced, |price| price.basis),
            price_effective_from: price.and_then(|price| price.effective_from),
            price_source: price.map(|price| price.source.clone()),
            model_id,
        })
    }
}
