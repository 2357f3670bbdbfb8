//! What the words mean: money, tokens, model identity, meters, periods, usage.
//!
//! Nothing here reads a file (but for how much memory the process holds), a clock or the
//! network, and nothing here imports another module of the crate. Every other stage speaks in these types.

mod amount;
mod catalog;
mod catalog_profiles;
mod fetched;
mod lifecycle_phase;
mod memory;
mod metadata;
mod model_id;
pub(crate) mod moment;
mod money;
mod naming;
mod parallel;
mod period;
mod sku;
mod usage_record;
mod usage_row;

pub use catalog::{
    Catalog, CatalogLifecycle, CatalogModel, CatalogProfile, CatalogProvisioned,
    LoggingConfiguration,
};
pub use catalog_profiles::CatalogProfiles;
pub use fetched::{DaySignals, DaySink, FetchedDay};
pub use lifecycle_phase::{EndOfLife, LifecyclePhase, ModelKind};
pub use memory::give_memory_back;
pub use metadata::RequestMetadata;
pub use model_id::{EndpointScope, ModelId, ModelReference, ResolvedModel};
pub use money::{Decimal, MoneyOverflow, PriceBasis, Rate, UnitPrice, Usd, count_in_words};
pub use naming::{InferenceProfile, ModelNaming, prompt_band};
pub use parallel::{cores, in_order, in_parallel, rearrange};
pub use period::{DayRange, Month, days_of_weekday, hour_of, next_day};
pub use sku::{PricingUnit, ServiceTier, SkuMeter};
pub use usage_record::{CacheWrites, MetadataPairs, RecordSink, UsageRecord};
pub use usage_row::{Granularity, Source, TokenCounts, UsageRow, principal_without_session};

/// A shared, immutable text: account ids, Regions, workload names and the like repeat in
/// every row, so rows share one copy.
pub type Text = std::sync::Arc<str>;

/// Where a shared text stands in memory: clones stand in one place, and while they live nothing
/// else does. Equal texts may stand in several.
pub(crate) fn place_in_memory(text: &Text) -> usize {
    std::sync::Arc::as_ptr(text).cast::<u8>().addr()
}
