//! Prices the wrong way round, and prices far from their neighbours.
//!
//! Two rows are compared where both are in force: for every Region and every day on which one
//! of them begins. Imports `domain` and `diagnostic` only.
//!
//! Sample: `batch input 3.30 is above the standard 1.65 of pricing/prices/x.toml:7 in us-east-1`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use super::unless_explained;
use crate::diagnostic::Diagnostic;
use crate::domain::{Decimal, EndpointScope, ModelId, ServiceTier, SkuMeter, Text, UnitPrice};
use crate::pricing::load::Tables;
use crate::pricing::price_table::{PriceQuery, PriceRow, PriceTable};

/// Which side of a comparison must not be greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    AtMost,
    AtLeast,
}

/// A row against the row it is measured by.
#[derive(Debug, Clone, Copy)]
struct Comparison {
    code: &'static str,
    rule: Rule,
    scope: EndpointScope,
    tier: ServiceTier,
    extended_access: bool,
    /// What the two sides are called.
    names: (&'static str, &'static str),
}

/// What a comparison needs of one model, gathered once.
#[derive(Debug, Default)]
struct Neighbours<'a> {
    dates: BTreeSet<NaiveDate>,
    exact_regions: BTreeSet<&'a Text>,
}

pub(super) fn check(tables: &Tables, findings: &mut Vec<Diagnostic>) {
    let mut models: HashMap<&ModelId, Neighbours<'_>> = HashMap::new();
    for row in tables.prices.rows() {
        let model = models.entry(&row.model).or_default();
        model.dates.extend(row.effective_from);
        model
            .exact_regions
            .extend(row.regions.iter().filter(|region| &***region != "*"));
    }
    for row in tables.prices.rows() {
        within_a_row(row, findings);
        let Some(neighbours) = models.get(&row.model) else {
            continue;
        };
        for comparison in comparisons(row) {
            compare(row, comparison, neighbours, &tables.prices, findings);
        }
    }
    outliers(tables, findings);
}

fn within_a_row(row: &PriceRow, findings: &mut Vec<Diagnostic>) {
    for (code, lower, upper) in [
        (
            "cache-read-above-input",
            SkuMeter::CacheRead,
            SkuMeter::Input,
        ),
        (
            "cache-write-5m-above-1h",
            SkuMeter::CacheWrite5m,
            SkuMeter::CacheWrite1h,
        ),
    ] {
        let (Some(low), Some(high)) = (row.prices.get(&lower), row.prices.get(&upper)) else {
            continue;
        };
        if low > high {
            let message = format!(
                "{lower} {low} is above {upper} {high}; correct the row, or say in a note why it is so"
            );
            findings.push(unless_explained(
                row.note.as_ref(),
                code,
                &row.place,
                message,
            ));
        }
    }
}

fn comparisons(row: &PriceRow) -> impl Iterator<Item = Comparison> {
    let like = Comparison {
        code: "",
        rule: Rule::AtLeast,
        scope: row.scope,
        tier: row.tier,
        extended_access: row.extended_access,
        names: ("", ""),
    };
    let batch = (row.tier == ServiceTier::Batch).then_some(Comparison {
        code: "batch-above-standard",
        rule: Rule::AtMost,
        tier: ServiceTier::Standard,
        names: ("batch", "standard"),
        ..like
    });
    let geo = (row.scope == EndpointScope::Geo).then_some(Comparison {
        code: "geo-below-global",
        scope: EndpointScope::Global,
        names: ("geo", "global"),
        ..like
    });
    let extended = row.extended_access.then_some(Comparison {
        code: "extended-access-below-normal",
        extended_access: false,
        names: ("extended-access", "normal"),
        ..like
    });
    [batch, geo, extended].into_iter().flatten()
}

fn compare(
    row: &PriceRow,
    comparison: Comparison,
    neighbours: &Neighbours<'_>,
    prices: &PriceTable,
    findings: &mut Vec<Diagnostic>,
) {
    let Some(meter) = row.prices.keys().next().copied() else {
        return;
    };
    let start = row.effective_from.unwrap_or(NaiveDate::MIN);
    let covers_all = row.regions.iter().any(|region| &**region == "*");
    let elsewhere = neighbours
        .exact_regions
        .iter()
        .copied()
        .filter(|region| covers_all && row.covers(region));
    let later = neighbours.dates.iter().copied().filter(|day| *day > start);
    let days: Vec<NaiveDate> = std::iter::once(start).chain(later).collect();
    let mut told = BTreeSet::new();
    for region in row.regions.iter().chain(elsewhere) {
        for day in &days {
            let own = PriceQuery {
                model: &row.model,
                scope: row.scope,
                region,
                tier: row.tier,
                prompt_band: Some(row.prompt_above),
                meter,
                date: *day,
            };
            let in_force = prices.row(&own, row.extended_access);
            if !in_force.is_some_and(|found| std::ptr::eq(found, row)) {
                continue;
            }
            let measured_by = PriceQuery {
                scope: comparison.scope,
                tier: comparison.tier,
                ..own
            };
            let Some(other) = prices.row(&measured_by, comparison.extended_access) else {
                continue;
            };
            // A price of the user's own says nothing about those of the tables.
            if other.user && !row.user {
                continue;
            }
            for (meter, price) in &row.prices {
                let Some(limit) = other.prices.get(meter) else {
                    continue;
                };
                let broken = match comparison.rule {
                    Rule::AtMost => price > limit,
                    Rule::AtLeast => price < limit,
                };
                if broken && told.insert(*meter) {
                    findings.push(wrong_way_round(
                        row, other, comparison, *meter, *price, *limit, region,
                    ));
                }
            }
        }
    }
}

fn wrong_way_round(
    row: &PriceRow,
    other: &PriceRow,
    comparison: Comparison,
    meter: SkuMeter,
    price: UnitPrice,
    limit: UnitPrice,
    region: &str,
) -> Diagnostic {
    let side = match comparison.rule {
        Rule::AtMost => "above",
        Rule::AtLeast => "below",
    };
    let (name, other_name) = comparison.names;
    let region = if region == "*" { "all Regions" } else { region };
    let message = format!(
        "{name} {meter} {price} is {side} the {other_name} {limit} of {} in {region}; correct the row that is wrong, or say in a note why it is so",
        other.place,
    );
    unless_explained(row.note.as_ref(), comparison.code, &row.place, message)
}

/// Tenfold differences between the Regions of one model and meter. Some are real, many are a
/// decimal point that slipped: always a warning.
fn outliers(tables: &Tables, findings: &mut Vec<Diagnostic>) {
    type Extremes<'a> = ((UnitPrice, &'a PriceRow), (UnitPrice, &'a PriceRow));
    let mut groups: BTreeMap<_, Extremes<'_>> = BTreeMap::new();
    for row in tables.prices.rows() {
        for (meter, price) in &row.prices {
            let key = (
                (&row.model, row.scope, row.tier),
                (row.extended_access, row.prompt_above, *meter),
            );
            let here = (*price, row);
            let extremes = groups.entry(key).or_insert((here, here));
            if *price < extremes.0.0 {
                extremes.0 = here;
            }
            if *price > extremes.1.0 {
                extremes.1 = here;
            }
        }
    }
    for ((_, (_, _, meter)), ((low, cheapest), (high, dearest))) in groups {
        let tenfold = low
            .amount()
            .checked_mul(Decimal::TEN)
            .is_some_and(|ten_times| high.amount() >= ten_times);
        if low.amount() > Decimal::ZERO && tenfold {
            let message = format!(
                "{meter} {high} for {} is at least ten times the {low} for {} ({}); look for a slipped decimal point in either",
                dearest.regions.join(", "),
                cheapest.regions.join(", "),
                cheapest.place,
            );
            findings.push(Diagnostic::warning(
                "price-outlier",
                &*dearest.place,
                message,
            ));
        }
    }
}
