//! How history grows while usage rows are read: by numbers instead of names, as there are
//! hundreds of rows to each name. Imports `domain` only.
//!
//! Sample: 720 hourly rows of one caller look its names up in memory 720 times and read them
//! once.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Cell, DayVolume, History, Seen, Series, UNALLOCATED, Volume};
use crate::domain::{EndpointScope, ServiceTier, TokenCounts, UsageRow, place_in_memory};

type Table<K, V> = hashbrown::HashMap<K, V, foldhash::fast::RandomState>;

/// Something of each day, the days rising.
#[derive(Debug)]
struct Days<T>(Vec<(NaiveDate, T)>);

impl<T: Default> Days<T> {
    /// What is gathered of a day; rows come nearly always in the order of days.
    fn of(&mut self, day: NaiveDate) -> &mut T {
        let at = match self.0.last() {
            Some((last, _)) if *last == day => self.0.len() - 1,
            Some((last, _)) if *last > day => {
                let found = self.0.binary_search_by_key(&day, |(known, _)| *known);
                found.unwrap_or_else(|at| {
                    self.0.insert(at, (day, T::default()));
                    at
                })
            }
            _ => {
                self.0.push((day, T::default()));
                self.0.len() - 1
            }
        };
        &mut self.0[at].1
    }

    fn into_map(self) -> BTreeMap<NaiveDate, T> {
        self.0.into_iter().collect()
    }
}

impl<T> Default for Days<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// A series as its rows are read.
#[derive(Debug)]
struct Gathered {
    series: Series,
    seen: Seen,
    /// Which of the volumes it is part of.
    volume: usize,
}

/// What tells the cells of a series apart.
type OfSeries = (Option<EndpointScope>, ServiceTier, Option<u64>);

/// History as it grows, by numbers instead of names.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    /// Numbers of series by the places of their names in memory: rows share their names, and a
    /// place is compared faster than what stands there.
    by_place: Table<[usize; 4], usize>,
    by_name: Table<Series, usize>,
    series: Vec<Gathered>,
    by_volume: Table<Volume, usize>,
    volumes: Vec<Days<DayVolume>>,
    cells: Table<(usize, OfSeries), Days<TokenCounts>>,
}

impl Gathering {
    /// The number of a row's series, of which the day is noted.
    pub(super) fn series(&mut self, row: &UsageRow, day: NaiveDate) -> usize {
        let places = [
            // No text begins at 0.
            row.workload.as_ref().map_or(0, place_in_memory),
            place_in_memory(&row.account_id),
            place_in_memory(&row.region),
            place_in_memory(row.model_id.as_text()),
        ];
        let number = match self.by_place.get(&places) {
            Some(number) => *number,
            None => {
                let number = self.named(row, day);
                self.by_place.insert(places, number);
                number
            }
        };
        let seen = &mut self.series[number].seen;
        seen.first = seen.first.min(day);
        seen.last = seen.last.max(day);
        number
    }

    /// What a series' volume has of a day.
    pub(super) fn volume(&mut self, series: usize, day: NaiveDate) -> &mut DayVolume {
        self.volumes[self.series[series].volume].of(day)
    }

    /// What the cell of a row, whose series has this number, has of a day.
    pub(super) fn cell(
        &mut self,
        series: usize,
        row: &UsageRow,
        day: NaiveDate,
    ) -> &mut TokenCounts {
        let of_series = (row.endpoint_scope, row.service_tier, row.prompt_band);
        self.cells.entry((series, of_series)).or_default().of(day)
    }

    fn named(&mut self, row: &UsageRow, day: NaiveDate) -> usize {
        let series = Series {
            workload: row.workload.clone().unwrap_or_else(|| UNALLOCATED.into()),
            account_id: row.account_id.clone(),
            region: row.region.clone(),
            model_id: row.model_id.clone(),
        };
        if let Some(number) = self.by_name.get(&series) {
            return *number;
        }
        let volume = *self
            .by_volume
            .entry(Volume::of(&series))
            .or_insert_with(|| {
                self.volumes.push(Days::default());
                self.volumes.len() - 1
            });
        let number = self.series.len();
        self.by_name.insert(series.clone(), number);
        let seen = Seen {
            first: day,
            last: day,
        };
        self.series.push(Gathered {
            series,
            seen,
            volume,
        });
        number
    }

    pub(super) fn into_history(mut self) -> History {
        let named = |number: usize, of_series: OfSeries| Cell {
            series: self.series[number].series.clone(),
            endpoint_scope: of_series.0,
            service_tier: of_series.1,
            prompt_band: of_series.2,
        };
        let cells = self.cells.into_iter();
        let cells =
            cells.map(|((number, of_series), days)| (named(number, of_series), days.into_map()));
        let cells = cells.collect();
        let mut days_of = |number: usize| std::mem::take(&mut self.volumes[number]).into_map();
        let volumes = self.by_volume.into_iter();
        let volumes = volumes.map(|(volume, number)| (volume, days_of(number)));
        History {
            cells,
            // A volume that was last used before forecasts look back has no days.
            volumes: volumes.filter(|(_, days)| !days.is_empty()).collect(),
            seen: self
                .series
                .into_iter()
                .map(|of| (of.series, of.seen))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ModelId, Text};
    use crate::projection::sample::{daily, day, usage};

    fn gathered(rows: &[UsageRow]) -> History {
        History::new(rows, day("2026-11-22")).unwrap()
    }

    #[test]
    fn rows_of_any_order_and_names_at_any_place_are_the_same_history() {
        let search = usage("search", "old", 10, 1_000, 100);
        let mut rows = daily(&search, day("2026-11-22"), 40);
        rows.extend(daily(&usage("mail", "old", 1, 10, 1), day("2026-11-22"), 9));
        let history = gathered(&rows);
        assert_eq!((history.seen.len(), history.volumes.len()), (2, 2));
        let days_of = |history: &History| -> Vec<usize> {
            history.volumes.values().map(BTreeMap::len).collect()
        };
        assert_eq!(days_of(&history), [9, 40]);
        // Every name once more, elsewhere in memory; the last day first, each day in two halves.
        let copied = |row: &UsageRow| UsageRow {
            workload: row.workload.as_deref().map(Text::from),
            account_id: Text::from(&*row.account_id),
            region: Text::from(&*row.region),
            model_id: ModelId::new(row.model_id.as_str()),
            ..row.clone()
        };
        let twice: Vec<UsageRow> = rows.iter().rev().map(copied).chain(rows.clone()).collect();
        let doubled = gathered(&twice);
        assert_eq!(doubled.seen, history.seen);
        assert_eq!(days_of(&doubled), [9, 40]);
        for (cell, days) in &history.cells {
            let of_days = doubled.cells[cell].iter().zip(days);
            for ((one_day, one), (other_day, other)) in of_days {
                assert_eq!((one_day, one.requests), (other_day, 2 * other.requests));
            }
            assert_eq!(doubled.cells[cell].len(), days.len());
        }
    }

    #[test]
    fn a_workload_of_that_name_and_rows_without_one_are_the_same_series() {
        let nobody = usage("unallocated", "old", 1, 10, 1);
        let mut rows = daily(&nobody, day("2026-11-22"), 3);
        rows.push(UsageRow {
            workload: None,
            ..rows[0].clone()
        });
        let history = gathered(&rows);
        assert_eq!((history.seen.len(), history.cells.len()), (1, 1));
        assert_eq!(
            history.volumes.values().map(BTreeMap::len).sum::<usize>(),
            3
        );
    }
}
