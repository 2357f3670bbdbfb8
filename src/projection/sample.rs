//! A small frozen world for the tests of this stage: two models and constant usage.
//!
//! `old` (3.00 / 15.00) is Legacy since 2026-09-01, enters Extended Access on 2026-12-16
//! without a published price, and ends on 2027-02-10; its successor `new` (2.00 / 10.00) is
//! Active. Search sends 1,000 requests, 1,000,000 input and 100,000 output tokens a day.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};

use super::options::{ProjectionOptions, days_before};
use super::{Projected, ProjectionRow, Scenario, project};
use crate::domain::{
    Decimal, EndOfLife, EndpointScope, Granularity, ModelId, ModelKind, PriceBasis,
    RequestMetadata, ServiceTier, SkuMeter, Source, TokenCounts, UnitPrice, UsageRow, Usd,
};
use crate::pricing::{
    LifecycleRow, LifecycleTable, PriceAssumptions, PriceRow, PriceTable, Pricer,
};

pub(super) const REGION: &str = "us-east-1";

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn usd(text: &str) -> Usd {
    Usd::new(Decimal::from_str_exact(text).unwrap())
}

pub(super) fn model(name: &str) -> ModelId {
    ModelId::new(name)
}

pub(super) fn price(name: &str, meters: &[(SkuMeter, &str)]) -> PriceRow {
    PriceRow {
        model: model(name),
        scope: EndpointScope::InRegion,
        regions: vec!["*".into()],
        tier: ServiceTier::Standard,
        extended_access: false,
        prompt_above: 0,
        effective_from: None,
        prices: meters
            .iter()
            .map(|(meter, price)| {
                let price = UnitPrice::new(Decimal::from_str_exact(price).unwrap());
                (*meter, price)
            })
            .collect(),
        source: "price-page".into(),
        checked_on: day("2026-11-20"),
        low_confidence: false,
        note: None,
        user: false,
        place: "prices.toml:1".into(),
    }
}

pub(super) fn active(name: &str) -> LifecycleRow {
    LifecycleRow {
        id: model(name),
        name: name.into(),
        kind: ModelKind::Text,
        regions: vec!["*".into()],
        launched_on: None,
        legacy_from: None,
        extended_access_from: None,
        end_of_life: None,
        provider_end_of_life: None,
        old_policy: true,
        successor: None,
        successor_reason: None,
        aliases: Vec::new(),
        conflicts: Vec::new(),
        source: "lifecycle-page".into(),
        checked_on: day("2026-11-20"),
        low_confidence: false,
        note: None,
        user: false,
        place: "lifecycle.toml:1".into(),
    }
}

pub(super) fn ending(name: &str, legacy: &str, extended: Option<&str>, end: &str) -> LifecycleRow {
    LifecycleRow {
        legacy_from: Some(day(legacy)),
        extended_access_from: extended.map(day),
        end_of_life: Some(EndOfLife::On(day(end))),
        successor: Some(model("new")),
        ..active(name)
    }
}

/// Tables, assumptions, usage and options; every field may be changed by a test.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) prices: Vec<PriceRow>,
    pub(super) lifecycle: Vec<LifecycleRow>,
    pub(super) assumptions: PriceAssumptions,
    pub(super) usage: Vec<UsageRow>,
    pub(super) options: ProjectionOptions,
}

impl World {
    /// The world of the module header, seen on Sunday 2026-11-22, four months ahead.
    pub(super) fn new() -> Self {
        let options = ProjectionOptions {
            horizon: 4,
            ..ProjectionOptions::new(day("2026-11-22"))
        };
        let old = usage("search", "old", 1_000, 1_000_000, 100_000);
        Self {
            prices: vec![
                price(
                    "old",
                    &[(SkuMeter::Input, "3.00"), (SkuMeter::Output, "15.00")],
                ),
                price(
                    "new",
                    &[(SkuMeter::Input, "2.00"), (SkuMeter::Output, "10.00")],
                ),
            ],
            lifecycle: vec![
                ending("old", "2026-09-01", Some("2026-12-16"), "2027-02-10"),
                active("new"),
            ],
            assumptions: PriceAssumptions::default(),
            usage: daily(&old, options.as_of, 40),
            options,
        }
    }

    pub(super) fn project(&self) -> Projected {
        self.with_pricer(|pricer| project(&self.usage, pricer, &self.options).unwrap())
    }

    pub(super) fn with_pricer<T>(&self, ask: impl FnOnce(&Pricer<'_>) -> T) -> T {
        let prices = PriceTable::new(self.prices.clone());
        let lifecycle = LifecycleTable::new(self.lifecycle.clone());
        ask(&Pricer::new(&prices, &lifecycle, &self.assumptions))
    }
}

/// A day of usage of a workload; the date is set by [`daily`].
pub(super) fn usage(
    workload: &str,
    model_name: &str,
    requests: u64,
    input: u64,
    output: u64,
) -> UsageRow {
    UsageRow {
        hour: day("2026-01-01").and_time(NaiveTime::MIN).and_utc(),
        granularity: Granularity::Day,
        account_id: "111122223333".into(),
        region: REGION.into(),
        model_id: model(model_name),
        endpoint_scope: Some(EndpointScope::InRegion),
        geo: None,
        service_tier: ServiceTier::Standard,
        prompt_band: Some(0),
        inference_profile: None,
        principal: None,
        metadata: RequestMetadata::default(),
        workload: Some(workload.into()),
        counts: TokenCounts {
            requests,
            input_tokens: Some(input),
            output_tokens: Some(output),
            ..TokenCounts::default()
        },
        source: Source::Files,
    }
}

pub(super) fn on(row: &UsageRow, date: NaiveDate) -> UsageRow {
    UsageRow {
        hour: date.and_time(NaiveTime::MIN).and_utc(),
        ..row.clone()
    }
}

/// The same usage on each of the `days` days before a day.
pub(super) fn daily(row: &UsageRow, before: NaiveDate, days: u64) -> Vec<UsageRow> {
    (1..=days)
        .map(|ago| on(row, days_before(before, ago)))
        .collect()
}

/// `month phase model: cost` and the other numbers of a scenario's rows, one line each.
pub(super) fn lines(rows: &[ProjectionRow], scenario: &Scenario) -> Vec<String> {
    rows.iter()
        .filter(|row| row.scenario == *scenario)
        .map(|row| {
            let money = |cost: Option<Usd>| cost.map_or("-".to_owned(), |cost| cost.to_string());
            format!(
                "{} {} {}: {} requests, {} tokens, {} ({} to {}), premium {}, stranded {} = {}, {}",
                row.month,
                row.model_id,
                row.phase,
                row.requests,
                row.tokens,
                money(row.cost),
                money(row.cost_assumed_low),
                money(row.cost_assumed_high),
                money(row.extended_access_premium),
                row.stranded_requests,
                money(row.stranded_cost),
                row.price_basis,
            )
        })
        .collect()
}

/// Cost, premium and stranded cost of each scenario.
pub(super) fn totals(rows: &[ProjectionRow]) -> BTreeMap<&str, (Usd, Usd, Usd)> {
    let mut totals: BTreeMap<_, (Usd, Usd, Usd)> = BTreeMap::new();
    for row in rows {
        let sum = totals.entry(row.scenario.as_str()).or_default();
        let add = |to: Usd, part: Option<Usd>| to.add(part.unwrap_or_default()).unwrap();
        *sum = (
            add(sum.0, row.cost),
            add(sum.1, row.extended_access_premium),
            add(sum.2, row.stranded_cost),
        );
    }
    totals
}

/// Codes of findings, in order.
pub(super) fn codes(projected: &Projected) -> Vec<&str> {
    projected.findings.iter().map(|f| &*f.code).collect()
}

/// The weakest basis of some rows.
pub(super) fn basis(rows: &[ProjectionRow]) -> Option<PriceBasis> {
    rows.iter().map(|row| row.price_basis).max()
}
