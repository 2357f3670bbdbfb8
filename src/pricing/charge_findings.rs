//! What has to be said about priced usage: everything assumed, unsure, past its end or unknown,
//! one finding per subject with the tokens and the money it touches.
//!
//! Works on usage added up by place and day, so that its cost does not grow with the rows.
//! Imports `domain` and `diagnostic` only.
//!
//! Sample: `assumed-price: anthropic.claude-opus-4-1-... in us-east-1: no public Extended Access
//! price; ...`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::charge_cells::PlaceUsage;
use super::pricer::{Price, Pricer};
use super::steady_place::Place;
use super::tally::{Tally, dollars, merge};
use super::unpriced::Unpriced;
use crate::diagnostic::Diagnostic;
use crate::domain::{
    EndOfLife, LifecyclePhase, ModelId, MoneyOverflow, PriceBasis, SkuMeter, Text, TokenCounts,
    UnitPrice, Usd, count_in_words,
};

/// A model in a Region.
type Spot = (ModelId, Text);

/// Usage whose exact price is unknown, with what it costs at most beyond what is reckoned.
#[derive(Debug, Default)]
struct AtMost {
    tally: Tally,
    meters: BTreeSet<SkuMeter>,
}

/// A row that is marked as unsure, and the usage that rests on it.
#[derive(Debug)]
struct Unsure {
    model: ModelId,
    what: String,
    source: Text,
    note: Option<Text>,
    tally: Tally,
}

/// What is gathered from the usage of places, day by day.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    unpriced: Unpriced,
    assumed: BTreeMap<Spot, Tally>,
    /// By the end as well: a model announced twice can be past two of them.
    past_end: BTreeMap<(Spot, NaiveDate), Tally>,
    without_lifecycle: BTreeMap<Spot, Tally>,
    without_counts: BTreeMap<Spot, (Tally, u64, u64)>,
    unknown_ttl: BTreeMap<ModelId, AtMost>,
    unknown_band: BTreeMap<ModelId, AtMost>,
    unsure_prices: BTreeMap<Text, Unsure>,
    unsure_dates: BTreeMap<Text, Unsure>,
}

impl Gathered {
    /// Takes all usage of a place on one day.
    pub(super) fn take<'a>(
        &mut self,
        usage: &PlaceUsage<'_, 'a>,
        pricer: &Pricer<'a>,
    ) -> Result<(), MoneyOverflow> {
        let (at, place) = (usage.at, &usage.at.place);
        let spot = || (place.model.clone(), place.region.clone());
        let priced = at
            .metered(&usage.counts, pricer)
            .map(|(meter, quantity)| Ok((meter, quantity, at.price(meter, pricer)?)))
            .collect::<Result<Vec<_>, MoneyOverflow>>()?;
        let unpriced: Vec<(SkuMeter, u64)> = priced
            .iter()
            .filter(|(_, _, price)| price.is_none())
            .map(|(meter, quantity, _)| (*meter, *quantity))
            .collect();
        self.unpriced.take(usage, &unpriced, pricer);

        let mut all = Tally::default();
        all.see(usage.day);
        for (meter, quantity, price) in &priced {
            all.count(*meter, *quantity, usage.day);
            if let Some(price) = price {
                let cost = cost(price.unit_price, *meter, *quantity)?;
                all.pay(cost)?;
                self.take_price(usage, (*meter, *quantity), price, cost, pricer)?;
            }
        }
        match at.in_force {
            None if pricer.lifecycle().model(place.model).is_some()
                || pricer.prices().rows_of(place.model).next().is_some() =>
            {
                self.without_lifecycle
                    .entry(spot())
                    .or_default()
                    .merge(&all)?;
            }
            None => {}
            Some(row) => {
                let end = row.end_of_life.and_then(EndOfLife::on);
                if let (LifecyclePhase::EndOfLife, Some(end)) = (at.phase, end) {
                    self.past_end
                        .entry((spot(), end))
                        .or_default()
                        .merge(&all)?;
                }
                let dated = row.legacy_from.is_some() || end.is_some();
                if row.low_confidence && dated {
                    let unsure = self.unsure_dates.entry(row.place.clone());
                    let unsure = unsure.or_insert_with(|| Unsure {
                        model: row.id.clone(),
                        what: format!("the life-cycle dates for {}", row.regions.join(", ")),
                        source: row.source.clone(),
                        note: row.note.clone(),
                        tally: Tally::default(),
                    });
                    unsure.tally.merge(&all)?;
                }
            }
        }
        let counts = &usage.counts;
        if counts.requests_without_counts > 0 && !counted_as_images(counts) {
            let (tally, without, served) = self.without_counts.entry(spot()).or_default();
            tally.see(usage.day);
            *without = without.saturating_add(counts.requests_without_counts);
            let successful = counts.requests.saturating_sub(counts.failed_requests);
            *served = served.saturating_add(successful);
        }
        self.take_unknown_ttl(usage, pricer)?;
        self.take_unknown_band(usage, &priced, pricer)
    }

    /// What the grounds of a price call for.
    fn take_price<'a>(
        &mut self,
        usage: &PlaceUsage<'_, 'a>,
        (meter, quantity): (SkuMeter, u64),
        price: &Price,
        list_cost: Usd,
        pricer: &Pricer<'a>,
    ) -> Result<(), MoneyOverflow> {
        if price.basis == PriceBasis::Assumed {
            let place = &usage.at.place;
            let spot = (place.model.clone(), place.region.clone());
            let tally = self.assumed.entry(spot).or_default();
            tally.count(meter, quantity, usage.day);
            tally.pay(list_cost)?;
            tally.low = tally.low.add(cost(price.low, meter, quantity)?)?;
            tally.high = tally.high.add(cost(price.high, meter, quantity)?)?;
        }
        let row = usage.at.price_row(meter, pricer);
        if let Some(row) = row.filter(|row| row.low_confidence) {
            let unsure = self.unsure_prices.entry(row.place.clone());
            let unsure = unsure.or_insert_with(|| Unsure {
                model: row.model.clone(),
                what: format!(
                    "the {} {} price for {}",
                    row.scope,
                    row.tier,
                    row.regions.join(", ")
                ),
                source: row.source.clone(),
                note: row.note.clone(),
                tally: Tally::default(),
            });
            unsure.tally.count(meter, quantity, usage.day);
            unsure.tally.pay(list_cost)?;
        }
        Ok(())
    }

    /// A write of unknown TTL costs at most its 1h price. A model with one cache-write price
    /// leaves no doubt, and no finding.
    fn take_unknown_ttl(
        &mut self,
        usage: &PlaceUsage<'_, '_>,
        pricer: &Pricer<'_>,
    ) -> Result<(), MoneyOverflow> {
        let quantity = usage.counts.cache_write_unknown_tokens.unwrap_or(0);
        if quantity == 0 {
            return Ok(());
        }
        let at = usage.at;
        let meter = at.unknown_ttl(pricer);
        let price = at.price(meter, pricer)?;
        let longest = at.price(SkuMeter::CacheWrite1h, pricer)?;
        if let (Some(price), Some(longest)) = (price, longest)
            && longest.unit_price > price.unit_price
        {
            let at_most = self.unknown_ttl.entry(at.place.model.clone()).or_default();
            at_most.meters.insert(meter);
            at_most.tally.count(meter, quantity, usage.day);
            let reckoned = cost(price.unit_price, meter, quantity)?;
            let more = cost(longest.unit_price, meter, quantity)?.subtract(reckoned)?;
            at_most.tally.pay(more)?;
        }
        Ok(())
    }

    /// Usage of unknown prompt size costs at most what its dearest long-context band asks.
    fn take_unknown_band(
        &mut self,
        usage: &PlaceUsage<'_, '_>,
        priced: &[(SkuMeter, u64, Option<&Price>)],
        pricer: &Pricer<'_>,
    ) -> Result<(), MoneyOverflow> {
        let place = &usage.at.place;
        if place.band.is_some() {
            return Ok(());
        }
        let mut bands: Vec<u64> = pricer
            .prices()
            .rows_of(place.model)
            .map(|row| row.prompt_above)
            .filter(|bound| *bound > 0)
            .collect();
        bands.sort_unstable();
        bands.dedup();
        let mut most = Usd::ZERO;
        for bound in bands {
            let in_band = Place {
                band: Some(bound),
                ..*place
            };
            let mut more = Usd::ZERO;
            for (meter, quantity, base) in priced {
                let query = in_band.query(*meter, usage.day);
                let long = query.map(|query| pricer.price(&query)).transpose()?;
                let (Some(base), Some(long)) = (base, long.flatten()) else {
                    continue;
                };
                if long.unit_price > base.unit_price {
                    more = more
                        .add(cost(long.unit_price, *meter, *quantity)?)?
                        .subtract(cost(base.unit_price, *meter, *quantity)?)?;
                }
            }
            most = most.max(more);
        }
        if most > Usd::ZERO {
            let at_most = self.unknown_band.entry(place.model.clone()).or_default();
            for (meter, quantity, _) in priced {
                at_most.tally.count(*meter, *quantity, usage.day);
            }
            at_most.tally.pay(most)?;
        }
        Ok(())
    }

    /// Adds what was gathered elsewhere.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), MoneyOverflow> {
        let tally = |sum: &mut Tally, more: Tally| sum.merge(&more);
        let at_most = |sum: &mut AtMost, more: AtMost| {
            sum.meters.extend(more.meters);
            sum.tally.merge(&more.tally)
        };
        let unsure = |sum: &mut Unsure, more: Unsure| sum.tally.merge(&more.tally);
        self.unpriced.merge(other.unpriced)?;
        merge(&mut self.assumed, other.assumed, tally)?;
        merge(&mut self.past_end, other.past_end, tally)?;
        merge(&mut self.without_lifecycle, other.without_lifecycle, tally)?;
        merge(
            &mut self.without_counts,
            other.without_counts,
            |sum, more| {
                sum.1 = sum.1.saturating_add(more.1);
                sum.2 = sum.2.saturating_add(more.2);
                sum.0.merge(&more.0)
            },
        )?;
        merge(&mut self.unknown_ttl, other.unknown_ttl, at_most)?;
        merge(&mut self.unknown_band, other.unknown_band, at_most)?;
        merge(&mut self.unsure_prices, other.unsure_prices, unsure)?;
        merge(&mut self.unsure_dates, other.unsure_dates, unsure)
    }

    /// All findings about usage, in no particular order.
    pub(super) fn into_findings(self, pricer: &Pricer<'_>) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        self.unpriced.findings(pricer, &mut findings);
        for ((model, region), tally) in &self.assumed {
            let message = format!(
                "no Extended Access price is public; {} {} are priced at {} times the normal price: {}, somewhere between {} and {}; set extended_access.model.\"{model}\".likely in eolcast.toml once you know it",
                tally.quantity(),
                tally.period(),
                pricer.multiplier(model).likely,
                tally.price(),
                dollars(tally.low),
                dollars(tally.high),
            );
            let finding =
                Diagnostic::warning("assumed-price", format!("{model} in {region}"), message);
            findings.push(tally.touches(finding));
        }
        for (((model, region), end), tally) in &self.past_end {
            let worth = match tally.cost {
                Some(_) => format!("{}, at the price of its last phase", tally.price()),
                None => tally.price(),
            };
            let message = format!(
                "was used after its end of life of {end}: {} {}, {}; AWS ends models on that day or soon after, so move these calls now",
                tally.quantity(),
                tally.period(),
                worth,
            );
            let finding = Diagnostic::warning("past-eol", format!("{model} in {region}"), message);
            findings.push(tally.touches(finding));
        }
        for ((model, region), tally) in &self.without_lifecycle {
            let message = format!(
                "no life-cycle row covers this Region, so no date is known; {} {} are priced as normal; add a row under pricing/lifecycle",
                tally.quantity(),
                tally.period(),
            );
            let finding =
                Diagnostic::warning("unknown-lifecycle", format!("{model} in {region}"), message);
            findings.push(tally.touches(finding));
        }
        for ((model, region), (tally, without, served)) in &self.without_counts {
            let message = format!(
                "{} of {} successful requests {} carry no token counts (a blocked call or a body that was not logged); what they cost is not in the totals; turn on the logging of bodies, or compare with the metrics",
                count_in_words(*without),
                count_in_words(*served),
                tally.period(),
            );
            findings.push(Diagnostic::warning(
                "requests-without-counts",
                format!("{model} in {region}"),
                message,
            ));
        }
        for (model, at_most) in &self.unknown_ttl {
            let meters: Vec<&str> = at_most.meters.iter().map(|meter| meter.as_str()).collect();
            let message = format!(
                "{} {} were written to the cache for a time that nobody recorded and are priced as {}; at the 1-hour price they cost at most {} more; log request bodies to tell them apart",
                at_most.tally.quantity(),
                at_most.tally.period(),
                meters.join(" or "),
                at_most.tally.price(),
            );
            let finding = Diagnostic::warning("unknown-cache-ttl", model.as_str(), message);
            findings.push(at_most.tally.touches(finding));
        }
        for (model, at_most) in &self.unknown_band {
            let message = format!(
                "{} {} come from prompts of unknown size and are priced as short ones; at the long-context price they cost at most {} more; read invocation logs to tell them apart",
                at_most.tally.quantity(),
                at_most.tally.period(),
                at_most.tally.price(),
            );
            let finding = Diagnostic::warning("unknown-prompt-band", model.as_str(), message);
            findings.push(at_most.tally.touches(finding));
        }
        findings.extend(self.unsure_prices.iter().map(low_confidence));
        findings.extend(self.unsure_dates.iter().map(low_confidence));
        findings
    }
}

/// Whether images account for every request without tokens: an image model counts no tokens,
/// and its images have their price.
fn counted_as_images(counts: &TokenCounts) -> bool {
    let no_tokens = counts.input_tokens.is_none() && counts.output_tokens.is_none();
    no_tokens && counts.images.unwrap_or(0) >= counts.requests_without_counts
}

fn low_confidence((place, unsure): (&Text, &Unsure)) -> Diagnostic {
    let note = unsure.note.as_deref().unwrap_or("no reason is given");
    let message = format!(
        "low confidence in {} ({}): {note}; {} {}, {}, depend on it; check it and correct {place}",
        unsure.what,
        unsure.source,
        unsure.tally.quantity(),
        unsure.tally.period(),
        unsure.tally.price(),
    );
    let finding = Diagnostic::info("low-confidence", unsure.model.as_str(), message);
    unsure.tally.touches(finding)
}

fn cost(price: UnitPrice, meter: SkuMeter, quantity: u64) -> Result<Usd, MoneyOverflow> {
    price.cost_of(meter.pricing_unit().pricing_quantity(quantity))
}

#[cfg(test)]
mod tests;
