//! `eolcast fetch`: usage and catalogs from AWS to the store. Wiring only: what is asked and
//! how answers are read is in `sources`, what is kept is in `usage`.
//!
//! Sample: `eolcast fetch metrics --month 2026-10 --region all` signs in once, asks each Region
//! for the days that the store lacks, and says what that took.

mod days;
mod plan;
mod policy;
mod progress;
mod sources;
mod summary;
mod targets;
mod work;

use std::io::Write;

use anyhow::bail;
use chrono::{DateTime, SubsecRound, Utc};

use super::Outcome;
use crate::cli::{FetchArgs, FetchSource};

pub(super) fn run(arguments: &FetchArgs, now: DateTime<Utc>) -> anyhow::Result<Outcome> {
    // Seconds are enough for manifests and catalogs.
    let now = now.trunc_subsecs(0);
    if arguments.print_policy {
        let policy = policy::least_policy(arguments.source.as_ref());
        let mut out = std::io::stdout().lock();
        writeln!(out, "{policy}")?;
        return Ok(Outcome::Complete);
    }
    match &arguments.source {
        Some(FetchSource::Metrics(metrics)) => sources::metrics(metrics, now),
        Some(FetchSource::Logs(logs)) => sources::logs(logs, now),
        Some(FetchSource::S3(s3)) => sources::s3(s3, now),
        Some(FetchSource::Catalog(catalog)) => sources::catalog(catalog, now),
        None => bail!("fetch what? name a source: metrics, logs, s3 or catalog"),
    }
}
