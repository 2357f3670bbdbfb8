//! The one integration binary: every further one would link polars again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod canary;
mod check;
mod cli;
mod corpus;
mod correction;
mod explain;
mod handworked;
mod handworked_prices;
mod handworked_projection;
mod handworked_records;
mod handworked_scenarios;
mod invariance;
mod layout;
mod notice;
mod notice_report;
mod program;
mod shapes;
mod snapshots;
mod tables;
