//! The dated price lookup.
//!
//! A price is keyed by model, scope, tier, long-context band, phase and the unit of the meter
//! (a model can have a price per token in one row and a price per image in another, dated
//! apart); below the key come Regions, and below those dates. The answer is the latest row on or before the day
//! whose Region set holds the Region; a row for the exact Region beats one for `*`, and `*`
//! means the commercial Regions only. No row: no answer. Never another Region's, scope's,
//! tier's or model's price.
//!
//! Rows of the user's own (`user`) stand before all others of the same key, from their
//! `effective_from` on: a whole row replaces a whole row, so a meter that the user's row leaves
//! out is unpriced and does not fall back to the row behind it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use hashbrown::HashMap;

use crate::domain::{EndpointScope, ModelId, PricingUnit, ServiceTier, SkuMeter, Text, UnitPrice};

/// A row of `pricing/prices/*.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRow {
    /// The model, without prefix or suffix.
    pub model: ModelId,
    /// Where calls are served.
    pub scope: EndpointScope,
    /// Regions, or `*`.
    pub regions: Vec<Text>,
    /// How calls are served.
    pub tier: ServiceTier,
    /// Whether this is the price in Extended Access.
    pub extended_access: bool,
    /// Lower bound (exclusive) of the prompt size, 0 for the base band.
    pub prompt_above: u64,
    /// First day; `None` for a row in force from the start.
    pub effective_from: Option<NaiveDate>,
    /// Price per meter, each in the meter's pricing unit.
    pub prices: BTreeMap<SkuMeter, UnitPrice>,
    /// Id in `sources.toml`.
    pub source: Text,
    /// When somebody last checked it.
    pub checked_on: NaiveDate,
    /// Whether the fact is marked as unsure.
    pub low_confidence: bool,
    /// Why the row exists, when it is not obvious.
    pub note: Option<Text>,
    /// Whether the user gave it: it then stands before every row of the tables for its key.
    pub user: bool,
    /// File and line, for messages.
    pub place: Text,
}

impl PriceRow {
    /// The units of its meters, each once.
    pub(crate) fn units(&self) -> BTreeSet<PricingUnit> {
        self.prices
            .keys()
            .map(|meter| meter.pricing_unit())
            .collect()
    }

    /// Whether the row holds for a Region: by name, or as one of `*`.
    pub(crate) fn covers(&self, region: &str) -> bool {
        let names = |name: &str| self.regions.iter().any(|r| &**r == name);
        names(region) || (is_commercial(region) && names("*"))
    }
}

/// What a price is asked for.
#[derive(Debug, Clone, Copy)]
pub struct PriceQuery<'a> {
    /// The model.
    pub model: &'a ModelId,
    /// The scope.
    pub scope: EndpointScope,
    /// The Region that was called.
    pub region: &'a str,
    /// The tier.
    pub tier: ServiceTier,
    /// The long-context band; `None` is priced as the base band.
    pub prompt_band: Option<u64>,
    /// The meter.
    pub meter: SkuMeter,
    /// The day of the usage.
    pub date: NaiveDate,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    user: bool,
    model: ModelId,
    scope: EndpointScope,
    tier: ServiceTier,
    extended_access: bool,
    prompt_above: u64,
    unit: PricingUnit,
}

type Table<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// Rows by Region and day; values are indices of rows.
#[derive(Debug, Clone, Default)]
struct ByRegion {
    exact: Table<Text, Dates>,
    commercial: Dates,
}

/// Rows by their first days, rising; there are few.
#[derive(Debug, Clone, Default)]
struct Dates(Vec<(NaiveDate, usize)>);

impl Dates {
    /// Takes a row in place of one of the same day.
    fn insert(&mut self, from: NaiveDate, at: usize) {
        match self.0.binary_search_by_key(&from, |(from, _)| *from) {
            Ok(place) => self.0[place] = (from, at),
            Err(place) => self.0.insert(place, (from, at)),
        }
    }

    /// The latest row on or before a day.
    fn in_force(&self, day: NaiveDate) -> Option<usize> {
        let begun = self.0.partition_point(|(from, _)| *from <= day);
        let latest = begun.checked_sub(1)?;
        self.0.get(latest).map(|(_, at)| *at)
    }
}

/// All prices, immutable.
#[derive(Debug, Clone, Default)]
pub struct PriceTable {
    rows: Vec<PriceRow>,
    index: Table<Key, ByRegion>,
    by_model: Table<ModelId, Vec<usize>>,
    has_user_rows: bool,
}

impl PriceTable {
    /// Indexes rows. Of two rows with the same key, Region and day the later one wins; the
    /// validator refuses such tables.
    pub fn new(rows: Vec<PriceRow>) -> Self {
        let mut index: Table<Key, ByRegion> = Table::default();
        let mut by_model: Table<ModelId, Vec<usize>> = Table::default();
        for (at, row) in rows.iter().enumerate() {
            by_model.entry(row.model.clone()).or_default().push(at);
            let mut before = None;
            for unit in row.prices.keys().map(|meter| meter.pricing_unit()) {
                if before.replace(unit) == Some(unit) {
                    continue;
                }
                let key = Key {
                    user: row.user,
                    model: row.model.clone(),
                    scope: row.scope,
                    tier: row.tier,
                    extended_access: row.extended_access,
                    prompt_above: row.prompt_above,
                    unit,
                };
                let regions = index.entry(key).or_default();
                let from = row.effective_from.unwrap_or(NaiveDate::MIN);
                for region in &row.regions {
                    let dates = match &**region {
                        "*" => &mut regions.commercial,
                        _ => regions.exact.entry(region.clone()).or_default(),
                    };
                    dates.insert(from, at);
                }
            }
        }
        Self {
            has_user_rows: rows.iter().any(|row| row.user),
            rows,
            index,
            by_model,
        }
    }

    /// All rows, in file order.
    pub fn rows(&self) -> &[PriceRow] {
        &self.rows
    }

    /// The rows of one model, in file order.
    pub fn rows_of<'a>(&'a self, model: &ModelId) -> impl Iterator<Item = &'a PriceRow> + use<'a> {
        let of_model = self.by_model.get(model).map_or(&[][..], Vec::as_slice);
        of_model.iter().filter_map(|at| self.rows.get(*at))
    }

    /// All rows, taken apart.
    pub(crate) fn into_rows(self) -> Vec<PriceRow> {
        self.rows
    }

    /// The row in force, whether or not it holds the meter that was asked for.
    pub fn row(&self, query: &PriceQuery<'_>, extended_access: bool) -> Option<&PriceRow> {
        let own = self
            .has_user_rows
            .then(|| self.row_among(true, query, extended_access));
        own.flatten()
            .or_else(|| self.row_among(false, query, extended_access))
    }

    fn row_among(
        &self,
        user: bool,
        query: &PriceQuery<'_>,
        extended_access: bool,
    ) -> Option<&PriceRow> {
        let key = Key {
            user,
            model: query.model.clone(),
            scope: query.scope,
            tier: query.tier,
            extended_access,
            prompt_above: query.prompt_band.unwrap_or(0),
            unit: query.meter.pricing_unit(),
        };
        let regions = self.index.get(&key)?;
        let in_force = |dates: &Dates| dates.in_force(query.date);
        let exact = regions.exact.get(query.region).and_then(in_force);
        let at = exact.or_else(|| {
            is_commercial(query.region)
                .then(|| in_force(&regions.commercial))
                .flatten()
        })?;
        self.rows.get(at)
    }

    /// The days on which some price of the model begins.
    pub fn effective_dates<'a>(
        &'a self,
        model: &'a ModelId,
    ) -> impl Iterator<Item = NaiveDate> + 'a {
        self.rows_of(model).filter_map(|row| row.effective_from)
    }
}

/// Whether `*` covers a Region: GovCloud, China, the European Sovereign Cloud and the
/// isolated partitions need rows of their own.
pub(crate) fn is_commercial(region: &str) -> bool {
    !["us-gov-", "cn-", "us-iso", "eu-iso", "eusc-"]
        .iter()
        .any(|prefix| region.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_row_of_a_day_is_the_one_in_force() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 10, day).unwrap();
        let mut dates = Dates::default();
        for (from, at) in [(5, 0), (1, 1), (9, 2), (5, 3)] {
            dates.insert(day(from), at);
        }
        let in_force = [(1, 1), (4, 1), (5, 3), (8, 3), (9, 2), (30, 2)];
        for (on, at) in in_force {
            assert_eq!(dates.in_force(day(on)), Some(at));
        }
        assert_eq!(dates.in_force(day(1).pred_opt().unwrap()), None);
    }
}
