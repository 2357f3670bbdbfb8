//! A cell on one model for some days: its expected counts, priced segment by segment.
//!
//! A leg is cut where month, phase or price change; each part is the volume of its days times
//! the price of its first day. At the end of life nothing is served: what is lost stands in
//! the stranded amounts at the normal price. A moved leg carries the bounds of its token ratio
//! beside the likely volume. Imports `pricing` and `domain`.
//!
//! Sample: claude-x from 2027-01-08 on: 24 days of January at 9.90 are $237.60.

use std::sync::Arc;

use chrono::NaiveDate;

use super::amounts::{Amounts, Counted};
use super::history::Quantity;
use super::migration::{target, target_quantity};
use super::options::TokenRatio;
use super::price_path::{PriceBook, PriceKey, Quote, Segment};
use super::volume::{CellPlan, Volume};
use crate::domain::{LifecyclePhase, ModelId, MoneyOverflow, SkuMeter, Text, Usd, next_day};

/// A quantity that a leg expects.
#[derive(Debug, Clone)]
pub(crate) struct Metered {
    quantity: Quantity,
    likely: Volume,
    /// At the low and at the high token ratio, where they differ from the likely one.
    bounds: Option<(Volume, Volume)>,
}

impl Metered {
    fn counted(&self, from: NaiveDate, to: NaiveDate) -> Result<Counted, MoneyOverflow> {
        let likely = self.likely.over(from, to)?;
        let (low, high) = match &self.bounds {
            Some((low, high)) => (low.over(from, to)?, high.over(from, to)?),
            None => (likely, likely),
        };
        Ok(Counted { likely, low, high })
    }
}

/// A cell on one model for some days.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) model_id: ModelId,
    /// `None` for an unresolved profile.
    pub(crate) key: Option<PriceKey>,
    requests: Volume,
    quantities: Vec<Metered>,
    counts_unknown: bool,
    /// Whose volume it is: what its bounds come from.
    pub(crate) volume: usize,
}

/// A segment and what a leg comes to in it.
pub(crate) type Part = (Segment, Amounts);

impl Leg {
    /// The cell as it is.
    pub(crate) fn staying(plan: &CellPlan) -> Self {
        let metered = |(quantity, volume): (&Quantity, &Volume)| Metered {
            quantity: *quantity,
            likely: volume.clone(),
            bounds: None,
        };
        Self {
            model_id: plan.cell.series.model_id.clone(),
            key: PriceKey::of(&plan.cell),
            requests: plan.requests.clone(),
            quantities: plan.quantities.iter().map(metered).collect(),
            counts_unknown: plan.counts_unknown,
            volume: plan.volume,
        }
    }

    /// The cell on its successor: tokens times the ratio, images and requests as they are.
    pub(crate) fn moved(
        plan: &CellPlan,
        book: &PriceBook<'_>,
        to: &ModelId,
        on: NaiveDate,
        ratio: TokenRatio,
    ) -> Result<Self, MoneyOverflow> {
        let key = target(book.pricer(), &plan.cell, to, on);
        let mut quantities = Vec::new();
        for (quantity, volume) in &plan.quantities {
            let (likely, bounds) = match quantity.is_tokens() {
                false => (volume.clone(), None),
                true if ratio.has_bounds() => {
                    let bounds = (volume.scaled(ratio.low)?, volume.scaled(ratio.high)?);
                    (volume.scaled(ratio.likely)?, Some(bounds))
                }
                true => (volume.scaled(ratio.likely)?, None),
            };
            let quantity = key.as_ref().map_or(*quantity, |key| {
                target_quantity(book.pricer(), key, *quantity, on)
            });
            quantities.push(Metered {
                quantity,
                likely,
                bounds,
            });
        }
        Ok(Self {
            model_id: to.clone(),
            key,
            requests: plan.requests.clone(),
            quantities,
            counts_unknown: plan.counts_unknown,
            volume: plan.volume,
        })
    }

    /// Stored texts that the successor embeds anew, all on one day, as input tokens.
    pub(crate) fn embedding_anew(
        plan: &CellPlan,
        book: &PriceBook<'_>,
        to: &ModelId,
        on: NaiveDate,
        stored_tokens: u64,
    ) -> Result<Self, MoneyOverflow> {
        let on_that_day =
            |count: u64| Volume::of_days(on, next_day(on), |_| Ok::<_, MoneyOverflow>(count));
        Ok(Self {
            model_id: to.clone(),
            key: target(book.pricer(), &plan.cell, to, on),
            requests: on_that_day(0)?,
            quantities: vec![Metered {
                quantity: Quantity::Meter(SkuMeter::Input),
                likely: on_that_day(stored_tokens)?,
                bounds: None,
            }],
            counts_unknown: false,
            volume: super::volume::PLANNED,
        })
    }

    /// What the leg comes to in each segment of `[from, to)`.
    pub(crate) fn amounts(
        &self,
        book: &mut PriceBook<'_>,
        region: &Text,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<Part>, MoneyOverflow> {
        let segments = book.segments(&self.model_id, region);
        let quoted = self.quoted(book)?;
        let mut parts = Vec::new();
        for (at, segment) in segments.iter().enumerate() {
            let Some(part) = segment.within(from, to) else {
                continue;
            };
            let quantities = quoted.iter().map(|(metered, quotes)| {
                let quote = quotes.as_ref().and_then(|quotes| quotes.get(at));
                (*metered, quote)
            });
            let amounts = self.part(&part, quantities)?;
            if amounts != Amounts::EMPTY {
                parts.push((part, amounts));
            }
        }
        Ok(parts)
    }

    /// The cost of each day of `[from, to)`; `None` where something has no known cost.
    pub(crate) fn daily_costs(
        &self,
        book: &mut PriceBook<'_>,
        region: &Text,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Option<Vec<Usd>>, MoneyOverflow> {
        let segments = book.segments(&self.model_id, region);
        let quoted = self.quoted(book)?;
        let mut costs = Vec::new();
        for (at, segment) in segments.iter().enumerate() {
            let Some(part) = segment.within(from, to) else {
                continue;
            };
            for day in part.from.iter_days().take_while(|day| *day < part.to) {
                let one = Segment {
                    from: day,
                    to: next_day(day),
                    ..part
                };
                let quantities = quoted.iter().map(|(metered, quotes)| {
                    let quote = quotes.as_ref().and_then(|quotes| quotes.get(at));
                    (*metered, quote)
                });
                let served = self.part(&one, quantities)?.served;
                match served.cost().filter(|_| served.is_complete()) {
                    Some(cost) => costs.push(cost),
                    None => return Ok(None),
                }
            }
        }
        Ok(Some(costs))
    }

    #[allow(
        clippy::type_complexity,
        reason = "a pair that lives for a few lines; a name would hide that it is one"
    )]
    fn quoted(
        &self,
        book: &mut PriceBook<'_>,
    ) -> Result<Vec<(&Metered, Option<Arc<[Quote]>>)>, MoneyOverflow> {
        let quotes = |metered: &Metered, book: &mut PriceBook<'_>| {
            let key = self.key.as_ref();
            key.map(|key| book.quotes(key, metered.quantity))
                .transpose()
        };
        let quantities = self.quantities.iter();
        quantities
            .map(|metered| Ok((metered, quotes(metered, book)?)))
            .collect()
    }

    fn part<'q>(
        &self,
        days: &Segment,
        quantities: impl Iterator<Item = (&'q Metered, Option<&'q Quote>)>,
    ) -> Result<Amounts, MoneyOverflow> {
        let mut amounts = Amounts::EMPTY;
        let requests = self.requests.over(days.from, days.to)?;
        let served = days.phase != LifecyclePhase::EndOfLife;
        let priced = if served {
            amounts.requests = requests;
            &mut amounts.served
        } else {
            amounts.stranded_requests = requests;
            &mut amounts.stranded
        };
        for (metered, quote) in quantities {
            let counted = metered.counted(days.from, days.to)?;
            priced.add_counted(counted, quote)?;
            if served && metered.quantity.is_tokens() {
                let tokens = amounts.tokens.checked_add(counted.likely);
                amounts.tokens = tokens.ok_or(MoneyOverflow)?;
            }
        }
        if self.counts_unknown && requests > 0 {
            priced.add_unknown();
        }
        Ok(amounts)
    }
}
