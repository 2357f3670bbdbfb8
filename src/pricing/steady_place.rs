//! A place over days on which neither its phase nor any of its prices changes: each answer of
//! the tables is asked for once, whatever the number of rows, callers and days.
//!
//! Imports `domain` only. Sample: Claude Sonnet 4.5, in-region, in us-east-1, from its first day
//! of Legacy to the day before Extended Access.

use std::cell::OnceCell;

use chrono::NaiveDate;

use super::cache_write::shortest_cache_write;
use super::lifecycle::LifecycleRow;
use super::price_table::{PriceQuery, PriceRow};
use super::pricer::{Price, Pricer};
use crate::domain::{
    EndpointScope, LifecyclePhase, ModelId, MoneyOverflow, ServiceTier, SkuMeter, Text, TokenCounts,
};

/// Where usage happened and how it was served.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) region: &'a Text,
    pub(super) model: &'a ModelId,
    pub(super) scope: Option<EndpointScope>,
    pub(super) tier: ServiceTier,
    pub(super) band: Option<u64>,
}

impl<'a> Place<'a> {
    /// The price question for a meter; none for an unresolved profile, whose scope nobody knows.
    pub(super) fn query(&self, meter: SkuMeter, date: NaiveDate) -> Option<PriceQuery<'a>> {
        Some(PriceQuery {
            model: self.model,
            scope: self.scope?,
            region: self.region,
            tier: self.tier,
            prompt_band: self.band,
            meter,
            date,
        })
    }
}

type Asked<T> = [OnceCell<T>; SkuMeter::ALL.len()];

/// A place, and what the tables say of it on these days.
#[derive(Debug)]
pub(super) struct SteadyPlace<'a> {
    pub(super) place: Place<'a>,
    pub(super) phase: LifecyclePhase,
    pub(super) in_force: Option<&'a LifecycleRow>,
    /// One of the days: they are all alike.
    day: NaiveDate,
    // By the number of the meter's variant.
    prices: Asked<Result<Option<Price>, MoneyOverflow>>,
    rows: Asked<Option<&'a PriceRow>>,
    unknown_ttl: OnceCell<SkuMeter>,
}

impl<'a> SteadyPlace<'a> {
    pub(super) fn new(place: Place<'a>, day: NaiveDate, pricer: &Pricer<'a>) -> Self {
        Self {
            place,
            phase: pricer.phase(place.model, place.region, day),
            in_force: pricer.lifecycle().in_force(place.model, place.region, day),
            day,
            prices: Asked::default(),
            rows: Asked::default(),
            unknown_ttl: OnceCell::new(),
        }
    }

    /// What a meter costs.
    pub(super) fn price(
        &self,
        meter: SkuMeter,
        pricer: &Pricer<'_>,
    ) -> Result<Option<&Price>, MoneyOverflow> {
        let ask = || match self.place.query(meter, self.day) {
            Some(query) => pricer.price(&query),
            None => Ok(None),
        };
        let asked = self.prices[meter as usize].get_or_init(ask);
        asked.as_ref().map(Option::as_ref).map_err(|error| *error)
    }

    /// The row that the price stands on.
    pub(super) fn price_row(&self, meter: SkuMeter, pricer: &Pricer<'a>) -> Option<&'a PriceRow> {
        *self.rows[meter as usize].get_or_init(|| {
            let query = self.place.query(meter, self.day)?;
            pricer.price_row(&query)
        })
    }

    /// Where a cache write of unknown TTL is charged.
    pub(super) fn unknown_ttl(&self, pricer: &Pricer<'_>) -> SkuMeter {
        *self.unknown_ttl.get_or_init(|| {
            let query = self.place.query(SkuMeter::CacheWrite5m, self.day);
            query.map_or(SkuMeter::CacheWrite5m, |query| {
                shortest_cache_write(pricer, &query)
            })
        })
    }

    /// What is charged of some counts: meter, and a quantity that is never zero. A cache write
    /// of unknown TTL can stand beside a known one under the same meter.
    pub(super) fn metered(
        &self,
        counts: &TokenCounts,
        pricer: &Pricer<'_>,
    ) -> impl Iterator<Item = (SkuMeter, u64)> + use<> {
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
        .chain(unknown.map(|quantity| (self.unknown_ttl(pricer), Some(quantity))))
        .filter_map(|(meter, quantity)| Some((meter, quantity?)))
        .filter(|(_, quantity)| *quantity > 0)
    }
}
