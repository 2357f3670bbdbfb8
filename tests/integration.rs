//! The one integration binary: every further one would link polars again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod canary;
mod cli;
mod corpus;
mod explain;
mod invariance;
mod layout;
mod program;
mod shapes;
mod snapshots;
mod tables;
