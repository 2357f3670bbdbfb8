//! A table that is not made yet: its rows are made one at a time, in cells that are used again,
//! as the neutral form of a whole big table is greater than the report it comes from.
//!
//! Imports nothing. Sample: `charges` with 1,200,000 rows is written without a `Vec` of rows;
//! its first column alone is `rows_of(0..1_200_000, &[0], ...)`.

use std::ops::Range;

use super::table::{Cell, Column, ReportError, Table};

/// Takes the cells of a row.
pub(super) type Take<'t> = &'t mut dyn FnMut(&[Cell]) -> Result<(), ReportError>;

/// Hands over some columns of some rows, row by row.
type Visit<'r> =
    Box<dyn Fn(Range<usize>, &[usize], Take<'_>) -> Result<(), ReportError> + Send + Sync + 'r>;

/// A table, not made yet.
pub(super) struct Parts<'r> {
    /// The file's name without ending.
    pub(super) name: &'static str,
    /// The header, in order.
    pub(super) columns: Vec<Column>,
    /// What its rows are made from; a dataset may leave some out.
    pub(super) rows: usize,
    visit: Visit<'r>,
}

impl<'r> Parts<'r> {
    /// A table of so many rows, by what makes the cells of some of them. Places of columns that
    /// are asked for are those of `columns`.
    pub(super) fn new(
        name: &'static str,
        columns: Vec<Column>,
        rows: usize,
        visit: impl Fn(Range<usize>, &[usize], Take<'_>) -> Result<(), ReportError> + Send + Sync + 'r,
    ) -> Self {
        Self {
            name,
            columns,
            rows,
            visit: Box::new(visit),
        }
    }

    /// The place of a column.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.name == column)
    }

    /// Some rows, each with all its cells.
    pub(super) fn rows(
        &self,
        range: Range<usize>,
        mut take: impl FnMut(&[Cell]) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        (self.visit)(range, &all, &mut take)
    }

    /// Some columns of some rows; a place that no column has is left out.
    pub(super) fn rows_of(
        &self,
        range: Range<usize>,
        columns: &[usize],
        mut take: impl FnMut(&[Cell]) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        (self.visit)(range, columns, &mut take)
    }

    /// All rows at once.
    pub(super) fn whole(&self) -> Result<Table, ReportError> {
        let mut rows = Vec::with_capacity(self.rows);
        self.rows(0..self.rows, |cells| {
            rows.push(cells.to_vec());
            Ok(())
        })?;
        Ok(Table {
            name: self.name,
            columns: self.columns.clone(),
            rows,
        })
    }
}
