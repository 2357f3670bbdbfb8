//! Prices, life cycle and charges: usage in, exact cost out.
//!
//! The tables under `pricing/` are loaded once into an immutable [`Tables`]; a [`Pricer`]
//! answers what a meter costs on a day, in which phase, and on what grounds; the charge stage
//! turns usage rows into [`Charge`]s. Imports `domain` and `diagnostic` only.
//!
//! Sample: 1,200,000 input tokens of Claude Sonnet 4.5, in-region, on 2026-10-01 are one
//! charge of 1.2 x 3.30 = 3.96 US dollars, basis `listed`.

mod cache_write;
mod charge;
mod charge_cells;
mod charge_findings;
mod charge_lines;
mod conflicts;
mod destinations;
mod drift;
mod embedded;
#[cfg(test)]
mod frozen;
mod hash;
mod lifecycle;
mod load;
mod notice;
mod price_table;
mod pricer;
mod rows;
mod steady_place;
mod table_file;
mod tally;
mod unpriced;
mod user_rows;
mod validate;

pub use cache_write::{CACHE_WRITES, shortest_cache_write};
pub use charge::{Charge, Charges, CostRow, charge_usage};
pub use conflicts::{
    Conflict, OwnDate, SourceKind, StatedStatus, Statement, conflicts, dates_in_words, own_dates,
};
pub use destinations::{EarlierDestinations, earlier_destinations};
pub use drift::{Drift, drift_conflicts, drift_findings, drifts};
pub use lifecycle::{LifecycleRow, LifecycleTable};
pub use load::{Citation, GeographyRow, HourlyPrice, SourceRow, TableError, Tables};
pub use notice::{Addition, NoticeOptions, NoticeRows, Refusal, add_to_rows, read_notices};
pub use price_table::{PriceQuery, PriceRow, PriceTable};
pub use pricer::{Multiplier, Price, PriceAssumptions, Pricer};
pub use user_rows::{UserFile, UserRows, validate_user_rows};
pub use validate::validate;
