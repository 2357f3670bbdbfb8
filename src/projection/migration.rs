//! Who must move, where to, and when.
//!
//! A model must move when its announcement has a Legacy date or an announced end before the
//! horizon. It moves to the successor that the settings name for the workload (if that is a
//! model of the same kind), else to the one of the life-cycle table, whose own successors are
//! followed past models that must move themselves. Without a successor it stays.
//!
//! On a move the endpoint scope is kept where the successor has a price in it; else the
//! nearest is taken, the one that keeps data closer first: in-region, then geo, then global
//! (from geo: in-region, then global; from global: geo, then in-region). The tier is kept if
//! priced, else standard; provisioned throughput is kept, since it is bought and not called.
//! A long-context band is kept if the successor has the same threshold, else the base band
//! holds; a cache write goes to the nearest time to live that the successor lists.
//! Imports `pricing` and `domain`.
//!
//! Sample: claude-3-5-sonnet, Legacy, moves to claude-sonnet-4-5 on 2026-11-22.

use chrono::NaiveDate;

use super::history::{Cell, Quantity, Series};
use super::impact::Scenario;
use super::options::ProjectionOptions;
use super::price_path::PriceKey;
use crate::domain::{EndOfLife, EndpointScope, ModelId, ServiceTier, SkuMeter};
use crate::pricing::{CACHE_WRITES, LifecycleRow, Pricer, shortest_cache_write};

/// The most successors of successors that are followed; a table has no longer chain.
const CHAIN: usize = 8;

/// The announcement that decides about a model in a Region: the one in force on `as_of` if it
/// ends something before the horizon, else the next that does, else the one in force.
pub(crate) fn deciding<'a>(
    pricer: &Pricer<'a>,
    model: &ModelId,
    region: &str,
    options: &ProjectionOptions,
) -> Option<&'a LifecycleRow> {
    let end = options.end();
    let lifecycle = pricer.lifecycle();
    let in_force = lifecycle.in_force(model, region, options.as_of);
    if in_force.is_some_and(|row| must_move(row, end)) {
        return in_force;
    }
    let next = lifecycle
        .announcements(model, region)
        .into_iter()
        .find(|row| {
            let later = row.legacy_from.is_none_or(|from| from > options.as_of);
            later && must_move(row, end)
        });
    next.or(in_force)
}

/// Whether an announcement takes a model away before the horizon.
pub(crate) fn must_move(row: &LifecycleRow, end: NaiveDate) -> bool {
    let announced = row.end_of_life.and_then(EndOfLife::on);
    [row.legacy_from, announced]
        .into_iter()
        .flatten()
        .any(|date| date < end)
}

/// Where a series moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Successor {
    pub(crate) model_id: ModelId,
    /// Whether it must itself move before the horizon (only a choice of the settings can).
    pub(crate) dying: bool,
}

/// Whether a model must itself move before the horizon.
pub(crate) fn is_dying(
    pricer: &Pricer<'_>,
    model: &ModelId,
    region: &str,
    options: &ProjectionOptions,
) -> bool {
    let row = deciding(pricer, model, region, options);
    row.is_some_and(|row| must_move(row, options.end()))
}

/// The successor of a series, if one is known.
pub(crate) fn successor(
    pricer: &Pricer<'_>,
    series: &Series,
    options: &ProjectionOptions,
) -> Option<Successor> {
    let dies = |model: &ModelId| is_dying(pricer, model, &series.region, options);
    let chosen = options
        .plan(&series.workload)
        .and_then(|plan| plan.successor.as_ref())
        .filter(|model| **model != series.model_id && same_kind(pricer, model, &series.model_id));
    if let Some(model) = chosen {
        return Some(Successor {
            model_id: model.clone(),
            dying: dies(model),
        });
    }
    let mut at = series.model_id.clone();
    for _ in 0..CHAIN {
        at = deciding(pricer, &at, &series.region, options)
            .and_then(|row| row.successor.clone())
            .or_else(|| pricer.lifecycle().model(&at)?.successor.clone())?;
        if at == series.model_id {
            return None;
        }
        if !dies(&at) {
            return Some(Successor {
                model_id: at,
                dying: false,
            });
        }
    }
    None
}

/// Whether two models make the same thing, as far as the tables know: a text successor set
/// for a workload says nothing about its embeddings.
pub(crate) fn same_kind(pricer: &Pricer<'_>, one: &ModelId, other: &ModelId) -> bool {
    let kind = |model| pricer.lifecycle().model(model).map(|row| row.kind);
    match (kind(one), kind(other)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

/// The day on which a built-in scenario moves what the announcement takes away; `None` is never.
///
/// By Extended Access means: before its price can begin. Where none is announced that is the
/// earliest day the policy allows; where the policy allows none, the end. By end of life means
/// the announced end, else its floor.
pub(crate) fn move_date(
    row: &LifecycleRow,
    scenario: &Scenario,
    as_of: NaiveDate,
) -> Option<NaiveDate> {
    let end = row.end_of_life.map(EndOfLife::date);
    let date = match scenario {
        Scenario::Stay | Scenario::Own(_) => return None,
        Scenario::MigrateNow => Some(as_of),
        Scenario::MigrateByExtendedAccess => row
            .extended_access_from
            .or(row.unannounced_extended_access_from())
            .or(end),
        Scenario::MigrateByEndOfLife => end,
    };
    date.map(|date| date.max(as_of))
}

/// What a cell becomes on its successor.
pub(crate) fn target(
    pricer: &Pricer<'_>,
    cell: &Cell,
    successor: &ModelId,
    on: NaiveDate,
) -> Option<PriceKey> {
    let key_of = |scope, tier, prompt_band| PriceKey {
        model_id: successor.clone(),
        region: cell.series.region.clone(),
        scope,
        tier,
        prompt_band,
    };
    let kept = cell.endpoint_scope?;
    let tiers: &[ServiceTier] = match cell.service_tier {
        ServiceTier::Provisioned => return Some(key_of(kept, cell.service_tier, None)),
        ServiceTier::Standard => &[ServiceTier::Standard],
        _ => &[cell.service_tier, ServiceTier::Standard],
    };
    let band = cell.prompt_band.map(|_| 0);
    let priced = scopes_from(kept)
        .into_iter()
        .flat_map(|scope| tiers.iter().map(move |tier| key_of(scope, *tier, band)))
        .find(|key| has_price(pricer, key, on));
    let Some(mut key) = priced else {
        return Some(key_of(kept, cell.service_tier, band));
    };
    let same_band = PriceKey {
        prompt_band: cell.prompt_band,
        ..key.clone()
    };
    if has_price(pricer, &same_band, on) {
        key = same_band;
    }
    Some(key)
}

/// The meter at which the successor counts a quantity.
pub(crate) fn target_quantity(
    pricer: &Pricer<'_>,
    key: &PriceKey,
    quantity: Quantity,
    on: NaiveDate,
) -> Quantity {
    use SkuMeter::{CacheWrite1h, CacheWrite5m, CacheWrite30m};
    let nearest = match quantity {
        Quantity::CacheWriteUnknown => {
            return Quantity::Meter(shortest_cache_write(pricer, &key.query(CacheWrite5m, on)));
        }
        Quantity::Meter(CacheWrite5m) => CACHE_WRITES,
        Quantity::Meter(CacheWrite30m) => [CacheWrite30m, CacheWrite5m, CacheWrite1h],
        Quantity::Meter(CacheWrite1h) => [CacheWrite1h, CacheWrite30m, CacheWrite5m],
        Quantity::Meter(_) => return quantity,
    };
    nearest
        .into_iter()
        .find(|meter| pricer.normal_price(&key.query(*meter, on)).is_some())
        .map_or(quantity, Quantity::Meter)
}

/// The scope that is kept, then the nearest others.
fn scopes_from(scope: EndpointScope) -> [EndpointScope; 3] {
    use EndpointScope::{Geo, Global, InRegion};
    match scope {
        InRegion => [InRegion, Geo, Global],
        Geo => [Geo, InRegion, Global],
        Global => [Global, Geo, InRegion],
    }
}

/// Whether any meter has a normal price.
pub(crate) fn has_price(pricer: &Pricer<'_>, key: &PriceKey, on: NaiveDate) -> bool {
    SkuMeter::ALL
        .into_iter()
        .any(|meter| pricer.normal_price(&key.query(meter, on)).is_some())
}

#[cfg(test)]
#[path = "migration_tests.rs"]
mod tests;
