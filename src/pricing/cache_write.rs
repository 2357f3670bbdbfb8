//! At which meter a cache write is priced whose time to live nobody recorded.
//!
//! The split by time to live exists only in bodies of log records. Such a write is priced at
//! the shortest time that the model lists: five minutes for most, thirty for OpenAI and Kimi.
//! Charges and the projection share this rule. Imports `domain` only.
//!
//! Sample: for Claude Sonnet 4.5 an unknown write stands under `cache_write_5m`.

use super::price_table::PriceQuery;
use super::pricer::Pricer;
use crate::domain::SkuMeter;

/// The meters of cache writes, the shortest time to live first.
pub const CACHE_WRITES: [SkuMeter; 3] = [
    SkuMeter::CacheWrite5m,
    SkuMeter::CacheWrite30m,
    SkuMeter::CacheWrite1h,
];

/// The meter of the shortest cache write that has a normal price for the query (whose own
/// meter is not looked at); five minutes where none has.
pub fn shortest_cache_write(pricer: &Pricer<'_>, query: &PriceQuery<'_>) -> SkuMeter {
    CACHE_WRITES
        .into_iter()
        .find(|meter| {
            let query = PriceQuery {
                meter: *meter,
                ..*query
            };
            pricer.normal_price(&query).is_some()
        })
        .unwrap_or(SkuMeter::CacheWrite5m)
}
