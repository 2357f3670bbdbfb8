//! A table that is not made yet: its rows are made one at a time, value by value, as the neutral
//! form of a whole big table is greater than the report it comes from.
//!
//! Imports nothing. Sample: `charges` with 1,200,000 rows is written without a `Vec` of rows;
//! its first column alone is `rows_of(0..1_200_000, &[0], ...)`.

use std::ops::Range;

use super::table::{Cell, Column, ReportError, Table, View};

/// Takes rows, value by value in the order of the columns asked for.
pub(super) trait RowSink {
    /// The next value of the row.
    fn value(&mut self, value: View<'_>) -> Result<(), ReportError>;

    /// The row has no more values.
    fn end_row(&mut self) -> Result<(), ReportError>;
}

/// Hands over some columns of some rows, row by row.
type Visit<'r> = Box<
    dyn Fn(Range<usize>, &[usize], &mut dyn RowSink) -> Result<(), ReportError> + Send + Sync + 'r,
>;

/// Makes cells of each row, in place of those of the row before.
struct Cells<T> {
    row: Vec<Cell>,
    take: T,
}

impl<T: FnMut(&[Cell]) -> Result<(), ReportError>> RowSink for Cells<T> {
    fn value(&mut self, value: View<'_>) -> Result<(), ReportError> {
        self.row.push(value.to_cell());
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), ReportError> {
        (self.take)(&self.row)?;
        self.row.clear();
        Ok(())
    }
}

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
    /// A table of so many rows, by what makes the values of some of them. Places of columns that
    /// are asked for are those of `columns`.
    pub(super) fn new(
        name: &'static str,
        columns: Vec<Column>,
        rows: usize,
        visit: impl Fn(Range<usize>, &[usize], &mut dyn RowSink) -> Result<(), ReportError>
        + Send
        + Sync
        + 'r,
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

    /// Some rows, each with all its values.
    pub(super) fn values(
        &self,
        range: Range<usize>,
        sink: &mut dyn RowSink,
    ) -> Result<(), ReportError> {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        (self.visit)(range, &all, sink)
    }

    /// Some rows, each with all its cells.
    pub(super) fn rows(
        &self,
        range: Range<usize>,
        take: impl FnMut(&[Cell]) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let row = Vec::with_capacity(self.columns.len());
        self.values(range, &mut Cells { row, take })
    }

    /// Some columns of some rows; a place that no column has is left out.
    pub(super) fn rows_of(
        &self,
        range: Range<usize>,
        columns: &[usize],
        take: impl FnMut(&[Cell]) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let row = Vec::with_capacity(columns.len());
        (self.visit)(range, columns, &mut Cells { row, take })
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
