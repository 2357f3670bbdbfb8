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

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

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

/// Rows by Region and day; values are indices of rows.
#[derive(Debug, Clone, Default)]
struct ByRegion {
    exact: HashMap<Text, BTreeMap<NaiveDate, usize>>,
    commercial: BTreeMap<NaiveDate, usize>,
}

/// All prices, immutable.
#[derive(Debug, Clone, Default)]
pub struct PriceTable {
    rows: Vec<PriceRow>,
    index: HashMap<Key, ByRegion>,
    by_model: HashMap<ModelId, Vec<usize>>,
    has_user_rows: bool,
}

impl PriceTable {
    /// Indexes rows. Of two rows with the same key, Region and day the later one wins; the
    /// validator refuses such tables.
    pub fn new(rows: Vec<PriceRow>) -> Self {
        let mut index: HashMap<Key, ByRegion> = HashMap::new();
        let mut by_model: HashMap<ModelId, Vec<usize>> = HashMap::new();
        for (at, row) in rows.iter().enumerate() {
            by_model.entry(row.model.clone()).or_default().push(at);
            for unit in row.units() {
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
        let in_force = |dates: &BTreeMap<NaiveDate, usize>| {
            dates.range(..=query.date).next_back().map(|(_, at)| *at)
        };
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
