//! Adding usage up before it is priced: millions of rows come down to a few cells of integers.
//!
//! Names are interned to small ids, so that the hash tables hold numbers and no texts. First
//! the rows of a day fall into day cells; then each day cell is split by meter, its price looked
//! up once per place, day and meter, and its tokens added to the charge cell of the month. Only
//! one day is held at a time, as rows come in the order of days; in another order the sums are
//! the same. Imports `domain` only.
//!
//! Sample: 24 hourly rows of one workload and model are one day cell and, with input and output,
//! two charge cells.

use std::hash::Hash;

use chrono::NaiveDate;
use hashbrown::HashMap;

use super::cache_write::shortest_cache_write;
use super::charge::{Charge, CostRow};
use super::price_table::PriceQuery;
use super::pricer::{Price, Pricer};
use crate::domain::{
    EndpointScope, LifecyclePhase, ModelId, MoneyOverflow, Month, PriceBasis, ServiceTier,
    SkuMeter, Text, TokenCounts, UnitPrice, UsageRow,
};

type Table<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// Small ids for texts, in order of appearance.
#[derive(Debug)]
struct Names<'a, T> {
    ids: Table<&'a T, u32>,
    names: Vec<&'a T>,
}

impl<T> Default for Names<'_, T> {
    fn default() -> Self {
        Self {
            ids: Table::default(),
            names: Vec::new(),
        }
    }
}

impl<'a, T: Hash + Eq> Names<'a, T> {
    fn id(&mut self, name: &'a T) -> Result<u32, MoneyOverflow> {
        if let Some(id) = self.ids.get(name) {
            return Ok(*id);
        }
        let id = u32::try_from(self.names.len()).map_err(|_| MoneyOverflow)?;
        self.ids.insert(name, id);
        self.names.push(name);
        Ok(id)
    }

    fn name(&self, id: u32) -> &'a T {
        self.names[id as usize]
    }
}

/// Where usage happened and how it was served, on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct PlaceDay {
    region: u32,
    model: u32,
    scope: Option<EndpointScope>,
    tier: ServiceTier,
    band: Option<u64>,
    day: NaiveDate,
}

/// Usage of one workload and account at one place and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct DayCell {
    workload: u32,
    account: u32,
    place: PlaceDay,
}

/// The key of a `cost` row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CostCell {
    month: Month,
    workload: u32,
    account: u32,
    region: u32,
    model: u32,
    scope: Option<EndpointScope>,
    tier: ServiceTier,
    phase: LifecyclePhase,
}

/// The key of a `charges` row and the price it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ChargeCell {
    pub(super) group: CostCell,
    band: Option<u64>,
    meter: SkuMeter,
    /// Index of the price; none is unpriced.
    price: Option<usize>,
}

/// All usage of one place and day, whoever called: what findings look at.
#[derive(Debug, Clone)]
pub(super) struct PlaceUsage<'a> {
    pub(super) region: &'a Text,
    pub(super) model: &'a ModelId,
    pub(super) scope: Option<EndpointScope>,
    pub(super) tier: ServiceTier,
    pub(super) band: Option<u64>,
    pub(super) day: NaiveDate,
    pub(super) counts: TokenCounts,
}

impl<'a> PlaceUsage<'a> {
    /// The price question for a meter; none for an unresolved profile, whose scope nobody knows.
    pub(super) fn query(&self, meter: SkuMeter) -> Option<PriceQuery<'a>> {
        Some(PriceQuery {
            model: self.model,
            scope: self.scope?,
            region: self.region,
            tier: self.tier,
            prompt_band: self.band,
            meter,
            date: self.day,
        })
    }

    /// Where a cache write of unknown TTL is charged.
    pub(super) fn unknown_ttl(&self, pricer: &Pricer<'_>) -> SkuMeter {
        let query = self.query(SkuMeter::CacheWrite5m);
        query.map_or(SkuMeter::CacheWrite5m, |query| {
            shortest_cache_write(pricer, &query)
        })
    }
}

/// Usage by month, split by meter and price.
#[derive(Debug, Default)]
pub(super) struct UsageCells<'a> {
    texts: Names<'a, Text>,
    models: Names<'a, ModelId>,
    places: Table<PlaceDay, AtPlace>,
    known_prices: KnownPrices,
    pub(super) groups: Table<CostCell, TokenCounts>,
    pub(super) quantities: Table<ChargeCell, u64>,
}

/// What is known of a place on a day: its prices, and all its usage.
#[derive(Debug)]
struct AtPlace {
    prices: PlacePrices,
    counts: TokenCounts,
}

impl<'a> UsageCells<'a> {
    /// Adds rows up by day (hours and principals no longer matter), and each day by meter and
    /// price.
    pub(super) fn collect(
        rows: &'a [UsageRow],
        unallocated: &'a Text,
        pricer: &Pricer<'_>,
    ) -> Result<Self, MoneyOverflow> {
        let mut cells = Self::default();
        let mut days: Table<DayCell, TokenCounts> = Table::default();
        for of_day in rows.chunk_by(|one, next| one.day() == next.day()) {
            for row in of_day {
                let cell = DayCell {
                    workload: cells
                        .texts
                        .id(row.workload.as_ref().unwrap_or(unallocated))?,
                    account: cells.texts.id(&row.account_id)?,
                    place: PlaceDay {
                        region: cells.texts.id(&row.region)?,
                        model: cells.models.id(&row.model_id)?,
                        scope: row.endpoint_scope,
                        tier: row.service_tier,
                        band: row.prompt_band,
                        day: row.day(),
                    },
                };
                add_counts(&mut days, cell, &row.counts)?;
            }
            for (cell, counts) in days.drain() {
                cells.add(&cell, &counts, pricer)?;
            }
        }
        Ok(cells)
    }

    /// Splits a day cell by meter and price.
    fn add(
        &mut self,
        cell: &DayCell,
        counts: &TokenCounts,
        pricer: &Pricer<'_>,
    ) -> Result<(), MoneyOverflow> {
        let place = usage_at(&self.texts, &self.models, &cell.place, *counts);
        let at_place = self.places.entry(cell.place).or_insert_with(|| AtPlace {
            prices: PlacePrices::new(&place, pricer),
            counts: TokenCounts::default(),
        });
        at_place.counts = at_place.counts.add(counts).ok_or(MoneyOverflow)?;
        let group = CostCell {
            month: Month::of(cell.place.day),
            workload: cell.workload,
            account: cell.account,
            region: cell.place.region,
            model: cell.place.model,
            scope: cell.place.scope,
            tier: cell.place.tier,
            phase: at_place.prices.phase,
        };
        add_counts(&mut self.groups, group, counts)?;
        for (meter, quantity) in metered(counts, || place.unknown_ttl(pricer)) {
            let known = &mut self.known_prices;
            let price = at_place.prices.get(meter, &place, pricer, known)?;
            let cell = ChargeCell {
                group,
                band: cell.place.band,
                meter,
                price,
            };
            let sum = self.quantities.entry(cell).or_insert(0);
            *sum = sum.checked_add(quantity).ok_or(MoneyOverflow)?;
        }
        Ok(())
    }

    /// A price of a charge cell.
    pub(super) fn price(&self, cell: &ChargeCell) -> Option<&Price> {
        self.known_prices.prices.get(cell.price?)
    }

    /// All usage by place and day, whoever called.
    pub(super) fn places(&self) -> Vec<PlaceUsage<'a>> {
        let places = self.places.iter();
        places
            .map(|(place, at)| usage_at(&self.texts, &self.models, place, at.counts))
            .collect()
    }

    /// A row of `cost`, before its charges are added.
    pub(super) fn cost_row(&self, cell: &CostCell, counts: TokenCounts) -> CostRow {
        CostRow {
            month: cell.month,
            workload: self.texts.name(cell.workload).clone(),
            account_id: self.texts.name(cell.account).clone(),
            region: self.texts.name(cell.region).clone(),
            model_id: self.models.name(cell.model).clone(),
            endpoint_scope: cell.scope,
            service_tier: cell.tier,
            phase: cell.phase,
            counts,
            list_cost: None,
            normal_cost: None,
            extended_access_premium: None,
            contracted_cost: None,
            price_basis: PriceBasis::Listed,
        }
    }

    /// A row of `charges`: quantity times price.
    pub(super) fn charge(
        &self,
        cell: &ChargeCell,
        quantity: u64,
        price: Option<&Price>,
        pricer: &Pricer<'_>,
    ) -> Result<Charge, MoneyOverflow> {
        let group = &cell.group;
        let model_id = self.models.name(group.model).clone();
        let pricing_quantity = cell.meter.pricing_unit().pricing_quantity(quantity);
        let cost_at = |price: Option<UnitPrice>| {
            price
                .map(|price| price.cost_of(pricing_quantity))
                .transpose()
        };
        let list_cost = cost_at(price.map(|price| price.unit_price))?;
        Ok(Charge {
            month: group.month,
            workload: self.texts.name(group.workload).clone(),
            account_id: self.texts.name(group.account).clone(),
            region: self.texts.name(group.region).clone(),
            endpoint_scope: group.scope,
            service_tier: group.tier,
            prompt_band: cell.band,
            phase: group.phase,
            sku_meter: cell.meter,
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

fn usage_at<'a>(
    texts: &Names<'a, Text>,
    models: &Names<'a, ModelId>,
    place: &PlaceDay,
    counts: TokenCounts,
) -> PlaceUsage<'a> {
    PlaceUsage {
        region: texts.name(place.region),
        model: models.name(place.model),
        scope: place.scope,
        tier: place.tier,
        band: place.band,
        day: place.day,
        counts,
    }
}

/// What is charged of some counts: meter, and a quantity that is never zero. A cache write of
/// unknown TTL stands under `unknown_ttl`, which is asked for only if there is one; it can
/// stand there beside a known one.
pub(super) fn metered(
    counts: &TokenCounts,
    unknown_ttl: impl FnOnce() -> SkuMeter,
) -> impl Iterator<Item = (SkuMeter, u64)> {
    let unknown = counts
        .cache_write_unknown_tokens
        .filter(|quantity| *quantity > 0);
    [
        (SkuMeter::Input, counts.input_tokens),
        (SkuMeter::Output, counts.output_tokens),
        (SkuMeter::CacheRead, counts.cache_read_tokens),
        (SkuMeter::CacheWrite5m, counts.cache_write_5m_tokens),
        (SkuMeter::CacheWrite1h, counts.cache_write_1h_tokens),
        (SkuMeter::Image, counts.images),
    ]
    .into_iter()
    .chain(unknown.map(|quantity| (unknown_ttl(), Some(quantity))))
    .filter_map(|(meter, quantity)| Some((meter, quantity?)))
    .filter(|(_, quantity)| *quantity > 0)
}

/// Prices as charges tell them apart: the bounds of an assumption are no part of a charge.
#[derive(Debug, Default)]
struct KnownPrices {
    ids: Table<(UnitPrice, UnitPrice, PriceBasis, Option<NaiveDate>, Text), usize>,
    prices: Vec<Price>,
}

impl KnownPrices {
    fn id(&mut self, price: Price) -> usize {
        let key = (
            price.unit_price,
            price.normal,
            price.basis,
            price.effective_from,
            price.source.clone(),
        );
        *self.ids.entry(key).or_insert_with(|| {
            self.prices.push(price);
            self.prices.len() - 1
        })
    }
}

/// Phase and prices of a place on a day, each looked up when first asked for.
#[derive(Debug)]
struct PlacePrices {
    phase: LifecyclePhase,
    by_meter: [Option<Option<usize>>; SkuMeter::ALL.len()],
}

impl PlacePrices {
    fn new(place: &PlaceUsage<'_>, pricer: &Pricer<'_>) -> Self {
        Self {
            phase: pricer.phase(place.model, place.region, place.day),
            by_meter: [None; SkuMeter::ALL.len()],
        }
    }

    fn get(
        &mut self,
        meter: SkuMeter,
        place: &PlaceUsage<'_>,
        pricer: &Pricer<'_>,
        known: &mut KnownPrices,
    ) -> Result<Option<usize>, MoneyOverflow> {
        // The order of `SkuMeter::ALL` is the order of the variants.
        let slot = &mut self.by_meter[meter as usize];
        if let Some(found) = slot {
            return Ok(*found);
        }
        let price = match place.query(meter) {
            Some(query) => pricer.price(&query)?,
            None => None,
        };
        let found = price.map(|price| known.id(price));
        *slot = Some(found);
        Ok(found)
    }
}

fn add_counts<K: Hash + Eq>(
    table: &mut Table<K, TokenCounts>,
    key: K,
    counts: &TokenCounts,
) -> Result<(), MoneyOverflow> {
    let sum = table.entry(key).or_default();
    *sum = sum.add(counts).ok_or(MoneyOverflow)?;
    Ok(())
}
