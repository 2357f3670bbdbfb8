//! `eolcast fetch`: usage and catalogs from AWS to the store.

use chrono::{DateTime, Utc};

use super::Outcome;
use crate::cli::FetchArgs;

pub(super) fn run(_arguments: &FetchArgs, _now: DateTime<Utc>) -> anyhow::Result<Outcome> {
    todo!()
}
