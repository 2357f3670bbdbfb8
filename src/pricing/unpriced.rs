//! Findings about usage without a price: what is missing, and the way to get it.
//!
//! Imports `domain` and `diagnostic` only. Sample: `unpriced-usage: anthropic.claude-x: no price
//! for 1,204,331 tokens (output, in-region, us-east-1, standard) on 2026-04-02; its first row
//! starts 2026-05-01; ...`.

use std::collections::{BTreeMap, BTreeSet};

use super::charge_cells::PlaceUsage;
use super::price_table::PriceRow;
use super::pricer::Pricer;
use super::steady_place::Place;
use super::tally::{Tally, merge};
use crate::diagnostic::Diagnostic;
use crate::domain::{
    EndpointScope, ModelId, ModelReference, MoneyOverflow, ServiceTier, SkuMeter, Text,
    count_in_words,
};

/// What one `unpriced-usage` finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Missing {
    model: ModelId,
    region: Text,
    scope: Option<EndpointScope>,
    tier: ServiceTier,
    band: u64,
}

/// Gathers usage without a price.
#[derive(Debug, Default)]
pub(super) struct Unpriced {
    missing: BTreeMap<Missing, (Tally, BTreeSet<SkuMeter>)>,
    unresolved: BTreeMap<ModelId, (Tally, u64)>,
    by_the_hour: BTreeMap<(ModelId, Text), Tally>,
}

impl Unpriced {
    /// Takes the usage of a place; `unpriced` are the meters without a price.
    pub(super) fn take(
        &mut self,
        usage: &PlaceUsage<'_, '_>,
        unpriced: &[(SkuMeter, u64)],
        pricer: &Pricer<'_>,
    ) {
        let place = &usage.at.place;
        if place.tier != ServiceTier::Provisioned && is_unresolved(place, pricer) {
            let (tally, requests) = self.unresolved.entry(place.model.clone()).or_default();
            tally.see(usage.day);
            *requests = requests.saturating_add(usage.counts.requests);
            for (meter, quantity) in unpriced {
                tally.count(*meter, *quantity, usage.day);
            }
            return;
        }
        for (meter, quantity) in unpriced {
            if place.tier == ServiceTier::Provisioned {
                let subject = (place.model.clone(), place.region.clone());
                let tally = self.by_the_hour.entry(subject).or_default();
                tally.count(*meter, *quantity, usage.day);
                continue;
            }
            let missing = Missing {
                model: place.model.clone(),
                region: place.region.clone(),
                scope: place.scope,
                tier: place.tier,
                band: place.band.unwrap_or(0),
            };
            let (tally, meters) = self.missing.entry(missing).or_default();
            tally.count(*meter, *quantity, usage.day);
            meters.insert(*meter);
        }
    }

    /// Adds what was gathered elsewhere.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), MoneyOverflow> {
        merge(&mut self.missing, other.missing, |sum, more| {
            sum.1.extend(more.1);
            sum.0.merge(&more.0)
        })?;
        merge(&mut self.unresolved, other.unresolved, |sum, more| {
            sum.1 = sum.1.saturating_add(more.1);
            sum.0.merge(&more.0)
        })?;
        merge(&mut self.by_the_hour, other.by_the_hour, |sum, more| {
            sum.merge(&more)
        })
    }

    /// Puts it into words.
    pub(super) fn findings(self, pricer: &Pricer<'_>, findings: &mut Vec<Diagnostic>) {
        for (missing, (tally, meters)) in &self.missing {
            findings.push(unpriced_usage(missing, tally, meters, pricer));
        }
        for (model, (tally, requests)) in &self.unresolved {
            let usage = format!(
                "{} in {} requests {}",
                tally.quantity(),
                count_in_words(*requests),
                tally.period(),
            );
            let message = if is_known(model, pricer) {
                format!(
                    "{usage} came without an endpoint scope, so nobody knows which price holds; they are shown without one; write in-region, geo or global into endpoint_scope"
                )
            } else {
                format!(
                    "is no model that the tables know; its {usage} are shown without a price; {}",
                    way_to_resolve(model),
                )
            };
            findings.push(
                Diagnostic::warning("unresolved-model", model.as_str(), message)
                    .with_tokens(tally.tokens),
            );
        }
        for ((model, region), tally) in &self.by_the_hour {
            let message = format!(
                "provisioned throughput is billed by the hour, not per token; {} {} are shown without a price; take its cost from the bill",
                tally.quantity(),
                tally.period(),
            );
            findings.push(
                Diagnostic::info(
                    "provisioned-throughput",
                    format!("{model} in {region}"),
                    message,
                )
                .with_tokens(tally.tokens),
            );
        }
    }
}

/// Whether nobody knows which model it is: no scope (an unmapped profile), or an id that no
/// table holds.
fn is_unresolved(place: &Place<'_>, pricer: &Pricer<'_>) -> bool {
    !is_known(place.model, pricer) || place.scope.is_none()
}

/// Whether a table holds the id.
fn is_known(model: &ModelId, pricer: &Pricer<'_>) -> bool {
    pricer.lifecycle().model(model).is_some() || pricer.prices().rows_of(model).next().is_some()
}

/// How to make a name known, by the kind of name it is.
fn way_to_resolve(model: &ModelId) -> String {
    match ModelReference::parse(model.as_str()) {
        ModelReference::ApplicationProfile(id)
        | ModelReference::Provisioned(id)
        | ModelReference::CustomDeployment(id) => format!(
            "say in eolcast.toml what it stands for: [inference_profile.\"{id}\"] model = \"us.anthropic...\""
        ),
        ModelReference::Whole(_) => {
            "imported and custom models have no price per token; take their cost from the bill"
                .to_owned()
        }
        ModelReference::Model(_) => {
            "add the model under pricing/prices and pricing/lifecycle, or as an alias of one that is there"
                .to_owned()
        }
    }
}

fn unpriced_usage(
    missing: &Missing,
    tally: &Tally,
    meters: &BTreeSet<SkuMeter>,
    pricer: &Pricer<'_>,
) -> Diagnostic {
    let meters_text = join(meters.iter().map(|meter| meter.as_str()));
    let scope = missing.scope.map_or("no scope", EndpointScope::as_str);
    let band = match missing.band {
        0 => String::new(),
        band => format!(", prompts above {}", count_in_words(band)),
    };
    let message = format!(
        "no price for {} ({meters_text}; {scope}, {}, {}{band}) {}; {}; add a row under pricing/prices or expect the totals to leave them out",
        tally.quantity(),
        missing.region,
        missing.tier,
        tally.period(),
        what_is_there(missing, tally, meters, pricer),
    );
    Diagnostic::warning("unpriced-usage", missing.model.as_str(), message).with_tokens(tally.tokens)
}

/// What the tables do hold, from near to far: it shows at a glance whether a date, a meter, a
/// Region or the whole model is missing.
fn what_is_there(
    missing: &Missing,
    tally: &Tally,
    meters: &BTreeSet<SkuMeter>,
    pricer: &Pricer<'_>,
) -> String {
    let rows: Vec<&PriceRow> = pricer.prices().rows_of(&missing.model).collect();
    let same_service: Vec<&PriceRow> = rows
        .iter()
        .copied()
        .filter(|row| Some(row.scope) == missing.scope && row.tier == missing.tier)
        .collect();
    let here: Vec<&PriceRow> = same_service
        .iter()
        .copied()
        .filter(|row| row.covers(&missing.region) && row.prompt_above == missing.band)
        .collect();
    let holds_all = |row: &&&PriceRow| meters.iter().all(|m| row.prices.contains_key(m));
    let later = here
        .iter()
        .filter(holds_all)
        .filter_map(|row| row.effective_from)
        .filter(|from| tally.last_day().is_some_and(|last| *from > last))
        .min();
    if let Some(first) = later {
        format!("its first row starts {first}")
    } else if !here.is_empty() {
        "its row in force leaves these meters out".to_owned()
    } else if !same_service.is_empty() {
        let regions = same_service.iter().flat_map(|row| row.regions.iter());
        let regions: BTreeSet<&str> = regions.map(|region| &**region).collect();
        format!(
            "its {} {} rows hold for {}",
            missing.scope.map_or("", EndpointScope::as_str),
            missing.tier,
            join(regions.into_iter())
        )
    } else if rows.is_empty() {
        "the tables hold no price of this model".to_owned()
    } else {
        let served = rows.iter().map(|row| format!("{} {}", row.scope, row.tier));
        let served: BTreeSet<String> = served.collect();
        format!(
            "the tables price it as {}",
            join(served.iter().map(String::as_str))
        )
    }
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
