//! What a finding adds up while it is gathered, and how its numbers read in a sentence.
//!
//! Imports `domain` and `diagnostic` only. Sample: 1,204,331 tokens from 2026-04-02 to 2026-04-30, $12.34.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::NaiveDate;

use crate::diagnostic::Diagnostic;
use crate::domain::{MoneyOverflow, SkuMeter, Usd, count_in_words};

/// Tokens, images, money and days of the usage that a finding is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) tokens: u64,
    pub(super) images: u64,
    /// Of the priced part; none where nothing is priced.
    pub(super) cost: Option<Usd>,
    /// The bounds of an assumed price.
    pub(super) low: Usd,
    pub(super) high: Usd,
    days: Option<(NaiveDate, NaiveDate)>,
}

impl Tally {
    /// Adds a quantity of a meter on a day.
    pub(super) fn count(&mut self, meter: SkuMeter, quantity: u64, day: NaiveDate) {
        // A saturated count is still "very many": sentences need no error.
        if meter.is_tokens() {
            self.tokens = self.tokens.saturating_add(quantity);
        } else {
            self.images = self.images.saturating_add(quantity);
        }
        self.see(day);
    }

    /// Notes a day with usage.
    pub(super) fn see(&mut self, day: NaiveDate) {
        self.days = Some(match self.days {
            Some((first, last)) => (first.min(day), last.max(day)),
            None => (day, day),
        });
    }

    /// Adds money.
    pub(super) fn pay(&mut self, cost: Usd) -> Result<(), MoneyOverflow> {
        self.cost = Some(match self.cost {
            Some(sum) => sum.add(cost)?,
            None => cost,
        });
        Ok(())
    }

    /// Adds another tally.
    pub(super) fn merge(&mut self, other: &Self) -> Result<(), MoneyOverflow> {
        self.tokens = self.tokens.saturating_add(other.tokens);
        self.images = self.images.saturating_add(other.images);
        self.low = self.low.add(other.low)?;
        self.high = self.high.add(other.high)?;
        for day in other.days.into_iter().flat_map(<[NaiveDate; 2]>::from) {
            self.see(day);
        }
        other.cost.map_or(Ok(()), |cost| self.pay(cost))
    }

    /// `$12.34`, or that it has no price.
    pub(super) fn price(&self) -> String {
        self.cost.map_or("without a price".to_owned(), dollars)
    }

    /// The finding, with the tokens and the money it touches.
    pub(super) fn touches(&self, mut finding: Diagnostic) -> Diagnostic {
        finding.tokens_affected = (self.tokens > 0).then_some(self.tokens);
        finding.cost_affected = self.cost;
        finding
    }

    /// The last day with usage.
    pub(super) fn last_day(&self) -> Option<NaiveDate> {
        self.days.map(|(_, last)| last)
    }

    /// `on 2026-04-02`, `from 2026-04-02 to 2026-04-30`.
    pub(super) fn period(&self) -> String {
        match self.days {
            Some((first, last)) if first == last => format!("on {first}"),
            Some((first, last)) => format!("from {first} to {last}"),
            None => "on no day".to_owned(),
        }
    }

    /// `1,204,331 tokens`, `12 images`, or both.
    pub(super) fn quantity(&self) -> String {
        let tokens = format!("{} tokens", count_in_words(self.tokens));
        let images = format!("{} images", count_in_words(self.images));
        match (self.tokens, self.images) {
            (_, 0) => tokens,
            (0, _) => images,
            _ => format!("{tokens} and {images}"),
        }
    }
}

/// Adds what was gathered by key elsewhere.
pub(super) fn merge<K: Ord, V>(
    sums: &mut BTreeMap<K, V>,
    more: BTreeMap<K, V>,
    add: impl Fn(&mut V, V) -> Result<(), MoneyOverflow>,
) -> Result<(), MoneyOverflow> {
    for (key, value) in more {
        match sums.entry(key) {
            Entry::Occupied(mut sum) => add(sum.get_mut(), value)?,
            Entry::Vacant(place) => {
                place.insert(value);
            }
        }
    }
    Ok(())
}

/// Money in a sentence: to the cent, because the exact amount stands in the tables.
pub(super) fn dollars(cost: Usd) -> String {
    let words = cost.in_words();
    match cost.amount().is_zero() {
        false if words == "$0.00" => "less than $0.01".to_owned(),
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Decimal;

    #[test]
    fn money_reads_well() {
        let amount = |text: &str| Usd::new(Decimal::from_str_exact(text).unwrap());
        assert_eq!(dollars(amount("12")), "$12.00");
        assert_eq!(dollars(amount("0.004")), "less than $0.01");
        assert_eq!(dollars(Usd::ZERO), "$0.00");
    }
}
