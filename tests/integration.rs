//! The one integration binary: every further one would link polars again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod handworked;
mod handworked_prices;
mod handworked_projection;
mod handworked_records;
mod layout;
