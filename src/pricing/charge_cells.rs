//! Adding the usage of a month up before it is priced: millions of rows come down to a few
//! cells of integers.
//!
//! Names get small ids, so that the hash tables hold numbers and no texts. A cell is what one
//! caller used of a [`SteadyPlace`], whose prices all hold for all its days, so tokens are added
//! up first and priced once. Beside that the usage of each place is added up by day, whoever
//! called: what findings look at. Imports `domain` only.
//!
//! Sample: 720 hourly rows of one workload and model are one cell in November, or two if its
//! price changes on the 15th.

use std::hash::Hash;

use chrono::NaiveDate;
use hashbrown::HashMap;

use super::charge_findings::Gathered;
use super::pricer::Pricer;
use super::steady_place::{Place, SteadyPlace};
use crate::domain::{
    EndpointScope, ModelId, MoneyOverflow, Month, ServiceTier, Text, TokenCounts, UsageRow,
};

pub(super) type Table<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// Small ids for names, in order of appearance.
#[derive(Debug)]
pub(super) struct Names<'a, T> {
    ids: Table<&'a T, u32>,
    names: Vec<&'a T>,
}

impl<T> Default for Names<'_, T> {
    fn default() -> Self {
        Self {
            ids: Table::default(),
            names: Vec::new(),
        }
    }
}

impl<'a, T: Hash + Ord> Names<'a, T> {
    fn id(&mut self, name: &'a T) -> Result<u32, MoneyOverflow> {
        if let Some(id) = self.ids.get(name) {
            return Ok(*id);
        }
        let id = number(self.names.len())?;
        self.ids.insert(name, id);
        self.names.push(name);
        Ok(id)
    }

    /// All names, sorted, and the place of each id among them.
    pub(super) fn ranked(&self) -> Result<(Vec<&'a T>, Vec<u32>), MoneyOverflow> {
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_unstable_by_key(|id| self.names[*id]);
        let mut ranks = vec![0; order.len()];
        for (rank, id) in order.iter().enumerate() {
            ranks[*id] = number(rank)?;
        }
        Ok((order.into_iter().map(|id| self.names[id]).collect(), ranks))
    }
}

/// A place in a list as a small number; more do not fit in memory.
pub(super) fn number(at: usize) -> Result<u32, MoneyOverflow> {
    u32::try_from(at).map_err(|_| MoneyOverflow)
}

/// A place by the ids of its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PlaceKey {
    pub(super) region: u32,
    pub(super) model: u32,
    pub(super) scope: Option<EndpointScope>,
    pub(super) tier: ServiceTier,
    pub(super) band: Option<u64>,
}

/// What one caller used of a steady place in the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    pub(super) workload: u32,
    pub(super) account: u32,
    pub(super) steady: u32,
}

/// A place on the day that is being read.
#[derive(Debug)]
struct OfDay {
    /// Every day on which phase or price may change, rising.
    changes: Vec<NaiveDate>,
    /// The steady place of the day, and the first day that it does not hold for.
    steady: u32,
    until: NaiveDate,
    /// The last day with usage, and all usage of that day.
    day: NaiveDate,
    counts: TokenCounts,
}

/// All usage of one place and day, whoever called.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlaceUsage<'u, 'a> {
    pub(super) at: &'u SteadyPlace<'a>,
    pub(super) day: NaiveDate,
    pub(super) counts: TokenCounts,
}

/// The usage of one month.
#[derive(Debug)]
pub(super) struct MonthUsage<'a> {
    pub(super) month: Month,
    pub(super) texts: Names<'a, Text>,
    pub(super) models: Names<'a, ModelId>,
    places: Table<PlaceKey, u32>,
    of_day: Vec<OfDay>,
    /// By the numbers that cells use.
    pub(super) steady: Vec<(PlaceKey, SteadyPlace<'a>)>,
    pub(super) cells: Table<Cell, TokenCounts>,
    /// What has to be said about it.
    pub(super) gathered: Gathered,
}

impl<'a> MonthUsage<'a> {
    /// Adds the rows of a month up, which come in the order of days.
    pub(super) fn collect(
        month: Month,
        rows: &'a [UsageRow],
        unallocated: &'a Text,
        pricer: &Pricer<'a>,
    ) -> Result<Self, MoneyOverflow> {
        let mut usage = Self {
            month,
            texts: Names::default(),
            models: Names::default(),
            places: Table::default(),
            of_day: Vec::new(),
            steady: Vec::new(),
            cells: Table::default(),
            gathered: Gathered::default(),
        };
        let mut used = Vec::new();
        for rows in rows.chunk_by(|one, next| one.day() == next.day()) {
            let Some(day) = rows.first().map(UsageRow::day) else {
                continue;
            };
            for row in rows {
                let place = usage.place(row, day, &mut used, pricer)?;
                let of_day = &mut usage.of_day[place];
                of_day.counts = of_day.counts.add(&row.counts).ok_or(MoneyOverflow)?;
                let cell = Cell {
                    workload: usage
                        .texts
                        .id(row.workload.as_ref().unwrap_or(unallocated))?,
                    account: usage.texts.id(&row.account_id)?,
                    steady: of_day.steady,
                };
                let sum = usage.cells.entry(cell).or_default();
                *sum = sum.add(&row.counts).ok_or(MoneyOverflow)?;
            }
            for place in used.drain(..) {
                let of_day = &usage.of_day[place];
                let place = PlaceUsage {
                    at: &usage.steady[of_day.steady as usize].1,
                    day,
                    counts: of_day.counts,
                };
                usage.gathered.take(&place, pricer)?;
            }
        }
        Ok(usage)
    }

    /// The number of a row's place, made ready for the day; noted if it is new on that day.
    fn place(
        &mut self,
        row: &'a UsageRow,
        day: NaiveDate,
        used: &mut Vec<usize>,
        pricer: &Pricer<'a>,
    ) -> Result<usize, MoneyOverflow> {
        let key = PlaceKey {
            region: self.texts.id(&row.region)?,
            model: self.models.id(&row.model_id)?,
            scope: row.endpoint_scope,
            tier: row.service_tier,
            band: row.prompt_band,
        };
        let known = self.places.get(&key).map(|place| *place as usize);
        let place = match known {
            Some(place) => place,
            None => {
                let place = self.of_day.len();
                self.places.insert(key, number(place)?);
                let (first, last) = (NaiveDate::MIN, NaiveDate::MAX);
                let changes = pricer.change_dates(&row.model_id, &row.region, first, last);
                self.of_day.push(OfDay {
                    changes: changes.into_iter().collect(),
                    steady: 0,
                    until: NaiveDate::MIN,
                    day: NaiveDate::MAX,
                    counts: TokenCounts::default(),
                });
                place
            }
        };
        let of_day = &mut self.of_day[place];
        if of_day.day == day && known.is_some() {
            return Ok(place);
        }
        of_day.day = day;
        of_day.counts = TokenCounts::default();
        used.push(place);
        if known.is_none() || of_day.until <= day {
            let passed = of_day.changes.partition_point(|change| *change <= day);
            of_day.until = of_day
                .changes
                .get(passed)
                .copied()
                .unwrap_or(NaiveDate::MAX);
            of_day.steady = number(self.steady.len())?;
            let place = Place {
                region: &row.region,
                model: &row.model_id,
                scope: key.scope,
                tier: key.tier,
                band: key.band,
            };
            self.steady
                .push((key, SteadyPlace::new(place, day, pricer)));
        }
        Ok(place)
    }
}
