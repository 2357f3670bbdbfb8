//! The one integration binary: every further one would link polars again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod canary;
mod check;
mod cli;
mod corpus;
mod correction;
mod explain;
mod exports;
mod fetch_catalog;
mod fetch_faults;
mod fetch_logs;
mod fetch_logs_shapes;
mod fetch_metrics;
mod fetch_resume;
mod fetch_s3;
mod fetch_sources;
mod handworked;
mod handworked_prices;
mod handworked_projection;
mod handworked_records;
mod handworked_scenarios;
mod html;
mod invariance;
mod layout;
mod notice;
mod notice_report;
mod program;
mod same_money;
mod screen;
mod shapes;
mod snapshots;
mod stand_in;
mod store;
mod tables;
mod workbook;
