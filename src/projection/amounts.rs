//! Sums of a group: tokens, requests, money and what it rests on.
//!
//! A part without a price adds its tokens and makes the group `unpriced`; the money is that of
//! the priced parts, and absent when there is none. Imports `pricing` and `domain`.
//!
//! Sample: 1,200,000 input tokens at 6.60 (normal 3.30): cost 7.92, premium 3.96.

use super::price_path::Quote;
use crate::domain::{MoneyOverflow, PriceBasis, UnitPrice, Usd};

/// Money of the priced parts of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Money {
    pub(crate) cost: Usd,
    pub(crate) low: Usd,
    pub(crate) high: Usd,
    pub(crate) normal: Usd,
}

impl Money {
    pub(crate) fn add(&self, other: &Self) -> Result<Self, MoneyOverflow> {
        Ok(Self {
            cost: self.cost.add(other.cost)?,
            low: self.low.add(other.low)?,
            high: self.high.add(other.high)?,
            normal: self.normal.add(other.normal)?,
        })
    }

    /// What Extended Access adds.
    pub(crate) fn premium(&self) -> Result<Usd, MoneyOverflow> {
        self.cost.subtract(self.normal)
    }
}

/// An expected count, and what it is at the bounds of a token ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) likely: u64,
    pub(crate) low: u64,
    pub(crate) high: u64,
}

impl Counted {
    /// A count without bounds.
    pub(crate) const fn exactly(count: u64) -> Self {
        Self {
            likely: count,
            low: count,
            high: count,
        }
    }
}

/// Money with its grounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Priced {
    /// Of the priced parts; `None` while there is none.
    money: Option<Money>,
    /// The weakest of the parts.
    pub(crate) basis: PriceBasis,
}

impl Priced {
    /// No part yet.
    pub(crate) const EMPTY: Self = Self {
        money: None,
        basis: PriceBasis::Listed,
    };

    /// A part whose cost is unknown.
    pub(crate) fn add_unknown(&mut self) {
        self.basis = self.basis.max(PriceBasis::Unpriced);
    }

    /// A counted quantity at its price, if there is one. A counted zero needs no price.
    pub(crate) fn add(
        &mut self,
        consumed: u64,
        quote: Option<&Quote>,
    ) -> Result<(), MoneyOverflow> {
        self.add_counted(Counted::exactly(consumed), quote)
    }

    /// The same with the bounds of the count.
    pub(crate) fn add_counted(
        &mut self,
        counted: Counted,
        quote: Option<&Quote>,
    ) -> Result<(), MoneyOverflow> {
        if counted == Counted::exactly(0) {
            return Ok(());
        }
        let Some((quote, price)) = quote.and_then(|quote| Some((quote, quote.price.as_ref()?)))
        else {
            self.add_unknown();
            return Ok(());
        };
        quote.mark_used();
        let unit = quote.meter.pricing_unit();
        let quantity = unit.pricing_quantity(counted.likely);
        let cost = price.unit_price.cost_of(quantity)?;
        let at = |other: UnitPrice, count: u64| {
            if other == price.unit_price && count == counted.likely {
                Ok(cost)
            } else {
                other.cost_of(unit.pricing_quantity(count))
            }
        };
        let part = Money {
            cost,
            low: at(price.low, counted.low)?,
            high: at(price.high, counted.high)?,
            normal: at(price.normal, counted.likely)?,
        };
        self.money = Some(self.money.unwrap_or_default().add(&part)?);
        self.basis = self.basis.max(price.basis);
        Ok(())
    }

    /// Adds another group.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), MoneyOverflow> {
        self.money = match (self.money, other.money) {
            (Some(one), Some(two)) => Some(one.add(&two)?),
            (one, two) => one.or(two),
        };
        self.basis = self.basis.max(other.basis);
        Ok(())
    }

    /// The money of the priced parts: nothing at all where every part was a counted zero,
    /// unknown where no part has a price.
    pub(crate) fn known(&self) -> Option<Money> {
        match self.money {
            None if self.basis < PriceBasis::Unpriced => Some(Money::default()),
            money => money,
        }
    }

    /// Whether every part has a known cost.
    pub(crate) fn is_complete(&self) -> bool {
        self.basis < PriceBasis::Unpriced
    }

    /// The cost of the priced parts.
    pub(crate) fn cost(&self) -> Option<Usd> {
        self.known().map(|money| money.cost)
    }
}

/// What a row of the projection adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amounts {
    pub(crate) tokens: u64,
    pub(crate) requests: u64,
    pub(crate) served: Priced,
    pub(crate) stranded_requests: u64,
    pub(crate) stranded: Priced,
}

impl Amounts {
    /// No part yet.
    pub(crate) const EMPTY: Self = Self {
        tokens: 0,
        requests: 0,
        served: Priced::EMPTY,
        stranded_requests: 0,
        stranded: Priced::EMPTY,
    };

    /// Adds another group.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), MoneyOverflow> {
        let sum = |a: u64, b: u64| a.checked_add(b).ok_or(MoneyOverflow);
        self.tokens = sum(self.tokens, other.tokens)?;
        self.requests = sum(self.requests, other.requests)?;
        self.stranded_requests = sum(self.stranded_requests, other.stranded_requests)?;
        self.served.merge(&other.served)?;
        self.stranded.merge(&other.stranded)
    }
}
