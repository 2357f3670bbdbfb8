//! A table that is made and written a part at a time: the neutral form of a whole big one is
//! greater than the report it comes from.
//!
//! Imports nothing. Sample: `charges` with 1,200,000 rows is made 65,536 rows at a time.

use std::ops::Range;

use super::table::{ReportError, Table};

/// Rows that are held as cells at a time.
const ROWS: usize = 1 << 16;

type Make<'r> = Box<dyn Fn(Range<usize>) -> Result<Table, ReportError> + 'r>;

/// A table, not made yet.
pub(super) struct Parts<'r> {
    /// All its rows.
    pub(super) rows: usize,
    make: Make<'r>,
}

impl<'r> Parts<'r> {
    /// A table of so many rows, by what makes a range of them.
    pub(super) fn new(
        rows: usize,
        make: impl Fn(Range<usize>) -> Result<Table, ReportError> + 'r,
    ) -> Self {
        let make = Box::new(make);
        Self { rows, make }
    }

    /// All rows at once.
    pub(super) fn whole(&self) -> Result<Table, ReportError> {
        (self.make)(0..self.rows)
    }

    /// The parts of all rows.
    pub(super) fn tables(&self) -> impl Iterator<Item = Result<Table, ReportError>> + '_ {
        self.within(0..self.rows)
    }

    /// The parts of some rows, at least one: a table without rows has its columns.
    pub(super) fn within(
        &self,
        range: Range<usize>,
    ) -> impl Iterator<Item = Result<Table, ReportError>> + '_ {
        let end = range.end.min(self.rows);
        let starts = (range.start..end.max(range.start.saturating_add(1))).step_by(ROWS);
        starts.map(move |from| (self.make)(from..from.saturating_add(ROWS).min(end).max(from)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_part_and_no_rows_are_one_part() {
        let ranges = |rows: usize, within: Range<usize>| {
            let seen = std::cell::RefCell::new(Vec::new());
            let parts = Parts::new(rows, |range| {
                seen.borrow_mut().push((range.start, range.end));
                Ok(Table {
                    name: "some",
                    columns: Vec::new(),
                    rows: Vec::new(),
                })
            });
            assert!(parts.within(within).all(|table| table.is_ok()));
            drop(parts);
            seen.into_inner()
        };
        assert_eq!(ranges(0, 0..0), [(0, 0)]);
        assert_eq!(ranges(3, 0..3), [(0, 3)]);
        assert_eq!(ranges(ROWS, 0..ROWS), [(0, ROWS)]);
        assert_eq!(ranges(ROWS + 1, 0..ROWS + 1), [(0, ROWS), (ROWS, ROWS + 1)]);
        assert_eq!(ranges(10, 4..9), [(4, 9)]);
    }
}
