//! Prices ahead: for what shares a price, the days cut where month, phase or price change.
//!
//! Prices are asked once per segment, not per day and not per workload: the book keeps every
//! answer, and remembers which of them were used. Of several agreed price changes the latest
//! that has begun holds. Imports `pricing` and `domain`.
//!
//! Sample: the segment [2027-01-08, 2027-02-01), phase `extended-access`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::NaiveDate;

use super::events::PriceChange;
use super::history::{Cell, Quantity};
use super::impact::PriceUsed;
use crate::domain::{
    EndpointScope, LifecyclePhase, ModelId, MoneyOverflow, Month, PriceBasis, ServiceTier,
    SkuMeter, Text, UnitPrice,
};
use crate::pricing::{Price, PriceQuery, Pricer, shortest_cache_write};

type Table<K, V> = hashbrown::HashMap<K, V, foldhash::fast::RandomState>;

/// What shares its prices.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PriceKey {
    pub(crate) model_id: ModelId,
    pub(crate) region: Text,
    pub(crate) scope: EndpointScope,
    pub(crate) tier: ServiceTier,
    pub(crate) prompt_band: Option<u64>,
}

impl PriceKey {
    /// The key of a cell; none for an unresolved profile, which nothing prices.
    pub(crate) fn of(cell: &Cell) -> Option<Self> {
        Some(Self {
            model_id: cell.series.model_id.clone(),
            region: cell.series.region.clone(),
            scope: cell.endpoint_scope?,
            tier: cell.service_tier,
            prompt_band: cell.prompt_band,
        })
    }

    pub(crate) fn query(&self, meter: SkuMeter, date: NaiveDate) -> PriceQuery<'_> {
        PriceQuery {
            model: &self.model_id,
            scope: self.scope,
            region: &self.region,
            tier: self.tier,
            prompt_band: self.prompt_band,
            meter,
            date,
        }
    }
}

/// Days of one month, in one phase, at one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) phase: LifecyclePhase,
}

impl Segment {
    /// The month it lies in.
    pub(crate) fn month(&self) -> Month {
        Month::of(self.from)
    }

    /// The part of it inside `[from, to)`.
    pub(crate) fn within(&self, from: NaiveDate, to: NaiveDate) -> Option<Self> {
        let part = Self {
            from: self.from.max(from),
            to: self.to.min(to),
            ..*self
        };
        (part.from < part.to).then_some(part)
    }
}

/// What a quantity costs in one segment.
#[derive(Debug)]
pub(crate) struct Quote {
    /// The meter it is priced at.
    pub(crate) meter: SkuMeter,
    /// The price of the days; at the end of life the normal price, for what is stranded.
    pub(crate) price: Option<Price>,
    used: AtomicBool,
}

impl Quote {
    /// Remembers that a number rests on this price.
    pub(crate) fn mark_used(&self) {
        self.used.store(true, Ordering::Relaxed);
    }
}

/// Whether usage past the end of life is worth what it cost (it happened), or what it would
/// cost at the normal price (it can no longer be served).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PastEnd {
    Happened,
    Stranded,
}

/// All prices of a span of days, each asked once.
#[derive(Debug)]
pub(crate) struct PriceBook<'a> {
    pricer: Pricer<'a>,
    from: NaiveDate,
    to: NaiveDate,
    past_end: PastEnd,
    changes: &'a [PriceChange],
    segments: Table<ModelId, Table<Text, Arc<[Segment]>>>,
    quotes: Table<Quantity, Table<PriceKey, Arc<[Quote]>>>,
}

impl<'a> PriceBook<'a> {
    /// An empty book for `[from, to)`.
    pub(crate) fn new(
        pricer: &Pricer<'a>,
        from: NaiveDate,
        to: NaiveDate,
        past_end: PastEnd,
    ) -> Self {
        Self {
            pricer: *pricer,
            from,
            to,
            past_end,
            changes: &[],
            segments: Table::default(),
            quotes: Table::default(),
        }
    }

    /// The book with prices that are agreed for the future.
    pub(crate) fn with_changes(self, changes: &'a [PriceChange]) -> Self {
        Self { changes, ..self }
    }

    /// The tables behind it.
    pub(crate) fn pricer(&self) -> &Pricer<'a> {
        &self.pricer
    }

    /// The segments of a model in a Region over the whole span.
    pub(crate) fn segments(&mut self, model: &ModelId, region: &Text) -> Arc<[Segment]> {
        if let Some(known) = self.known_segments(model, region) {
            return known.clone();
        }
        let segments: Arc<[Segment]> = self.cut(model, region).into();
        let of_model = self.segments.entry(model.clone()).or_default();
        of_model.insert(region.clone(), segments.clone());
        segments
    }

    fn known_segments(&self, model: &ModelId, region: &Text) -> Option<&Arc<[Segment]>> {
        self.segments.get(model)?.get(region)
    }

    /// The quotes of a quantity, one per segment of [`Self::segments`].
    pub(crate) fn quotes(
        &mut self,
        key: &PriceKey,
        quantity: Quantity,
    ) -> Result<Arc<[Quote]>, MoneyOverflow> {
        if let Some(known) = self.quotes.get(&quantity).and_then(|of| of.get(key)) {
            return Ok(known.clone());
        }
        let segments = self.segments(&key.model_id, &key.region);
        let quotes: Arc<[Quote]> = segments
            .iter()
            .map(|segment| self.quote(key, quantity, segment))
            .collect::<Result<_, _>>()?;
        self.quotes
            .entry(quantity)
            .or_default()
            .insert(key.clone(), quotes.clone());
        Ok(quotes)
    }

    /// Every price that was used, as rows.
    pub(crate) fn prices_used(&self) -> BTreeSet<PriceUsed> {
        let mut rows = BTreeSet::new();
        for (key, quotes) in self.quotes.values().flatten() {
            let segments = self.known_segments(&key.model_id, &key.region);
            for (segment, quote) in segments.iter().flat_map(|s| s.iter()).zip(quotes.iter()) {
                if let (true, Some(price)) = (quote.used.load(Ordering::Relaxed), &quote.price) {
                    rows.insert(price_used(key, segment.phase, quote.meter, price));
                }
            }
        }
        rows
    }

    fn cut(&self, model: &ModelId, region: &str) -> Vec<Segment> {
        let mut starts = self.pricer.change_dates(model, region, self.from, self.to);
        starts.insert(self.from);
        let agreed = self.changes.iter().filter(|change| change.holds(model));
        let inside = |date: &NaiveDate| self.from < *date && *date < self.to;
        starts.extend(agreed.map(|change| change.from).filter(inside));
        let mut month = Month::of(self.from).end();
        while month < self.to {
            starts.insert(month);
            month = Month::of(month).end();
        }
        let ends: Vec<NaiveDate> = starts.iter().skip(1).copied().chain([self.to]).collect();
        let segments = starts.into_iter().zip(ends).map(|(from, to)| Segment {
            from,
            to,
            phase: self.pricer.phase(model, region, from),
        });
        segments.collect()
    }

    fn quote(
        &self,
        key: &PriceKey,
        quantity: Quantity,
        segment: &Segment,
    ) -> Result<Quote, MoneyOverflow> {
        let meter = match quantity {
            Quantity::Meter(meter) => meter,
            Quantity::CacheWriteUnknown => shortest_cache_write(
                &self.pricer,
                &key.query(SkuMeter::CacheWrite5m, segment.from),
            ),
        };
        let query = key.query(meter, segment.from);
        let stranded =
            segment.phase == LifecyclePhase::EndOfLife && self.past_end == PastEnd::Stranded;
        let price = if stranded {
            self.pricer.normal_price(&query)
        } else {
            self.pricer.price(&query)?
        };
        let agreed = self
            .changes
            .iter()
            .filter(|change| change.holds(&key.model_id) && change.from <= segment.from);
        let price = match (price, agreed.max_by_key(|change| change.from)) {
            (Some(price), Some(change)) => Some(change.apply(price, meter)?),
            (price, _) => price,
        };
        Ok(Quote {
            meter,
            price,
            used: AtomicBool::new(false),
        })
    }
}

impl PriceChange {
    fn holds(&self, model: &ModelId) -> bool {
        let mut models = self.models.iter();
        self.models.is_empty() || models.any(|pattern| pattern.matches(model.as_str()))
    }

    /// What is left of a price: the user's own. An assumed price stays an assumption.
    fn apply(&self, price: Price, meter: SkuMeter) -> Result<Price, MoneyOverflow> {
        let zeros = meter.pricing_unit().zeros();
        let left = |price: UnitPrice| self.remainder.apply_to_price(price, zeros);
        Ok(Price {
            unit_price: left(price.unit_price)?,
            normal: left(price.normal)?,
            low: left(price.low)?,
            high: left(price.high)?,
            basis: price.basis.max(PriceBasis::User),
            ..price
        })
    }
}

/// A price as a row of `prices_used`.
pub(crate) fn price_used(
    key: &PriceKey,
    phase: LifecyclePhase,
    meter: SkuMeter,
    price: &Price,
) -> PriceUsed {
    PriceUsed {
        model_id: key.model_id.clone(),
        region: key.region.clone(),
        endpoint_scope: key.scope,
        service_tier: key.tier,
        prompt_band: key.prompt_band.unwrap_or(0),
        phase,
        sku_meter: meter,
        list_unit_price: price.unit_price,
        effective_from: price.effective_from,
        source: price.source.clone(),
        checked_on: price.checked_on,
        price_basis: price.basis,
    }
}
