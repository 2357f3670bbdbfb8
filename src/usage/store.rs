//! The store: days of usage and catalogs as they were fetched, in a folder.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::{Catalog, DaySink, FetchedDay, Source};

/// Which days a fetch asks for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Days that are missing, were not read whole, or were not over when they were fetched.
    Unsettled,
    /// Days that are missing or were not read whole (`--resume`).
    Missing,
    /// Every day (`--refetch`).
    All,
}

/// A store that a run writes to.
#[derive(Debug)]
pub struct Store {}

impl Store {
    /// Opens the folder, or makes it. `now` is when the run began.
    pub fn open(_folder: &Path, _now: DateTime<Utc>) -> Result<Self, StoreError> {
        todo!()
    }

    /// The days that have to be fetched.
    pub fn wanted(
        &self,
        _source: Source,
        _account_id: &str,
        _region: &str,
        _days: &[NaiveDate],
        _again: Again,
    ) -> Vec<NaiveDate> {
        todo!()
    }

    /// Keeps a catalog; it replaces the one of the same account and Region.
    pub fn keep_catalog(&self, _catalog: &Catalog) -> io::Result<()> {
        todo!()
    }

    /// The catalogs, sorted by account and Region.
    pub fn catalogs(&self) -> Result<Vec<Catalog>, StoreError> {
        todo!()
    }

    /// Model ids and profiles that any stored day of an account names (of all accounts for
    /// `None`), as they were seen.
    pub fn names_seen(&self, _account_id: Option<&str>) -> Result<BTreeSet<String>, StoreError> {
        todo!()
    }
}

impl DaySink for Store {
    fn take(&self, _day: FetchedDay) -> io::Result<()> {
        todo!()
    }
}

/// A store that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or its manifest cannot be read or written.
    #[error(
        "{path}: cannot be used as a store ({source}); check the path of --store and its permissions"
    )]
    Unusable {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
}
