//! A neutral table as a sheet, the header row at its top.
//!
//! A table of very many cells is streamed to disk, and is a plain filtered range, as the library
//! keeps a list of every cell of a table. Of a table that is too long ([`Cut`]) some rows are
//! shown, below rows that add the others up; it is streamed too.
//! Imports `domain` only. Sample: the table `prices_used` is the sheet and the Excel table
//! `prices_used`, with its column names in row 1.

use rust_xlsxwriter::{
    ConditionalFormatCell, ConditionalFormatCellRule, ExcelDateTime, IgnoreError, Table,
    TableColumn, TableStyle, Workbook, Worksheet, XlsxError, utility,
};

use super::cut::Cut;
use super::style::{Styles, Tone, cell_text, count, number, serial, tones};
use crate::report::format::display_width;
use crate::report::parts::Parts;
use crate::report::table::{self, Cell, ColumnKind, ReportError};

/// How sheets are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Rows that are shown of a table.
    pub(super) most_rows: usize,
    /// Cells from which on a sheet is streamed to disk and is a plain range: what stays below
    /// about 100 MB of memory.
    pub(super) streamed_from: usize,
}

impl Layout {
    pub(super) const EXCEL: Self = Self {
        most_rows: super::cut::MOST_ROWS,
        streamed_from: 1_000_000,
    };
}

/// Rows looked at for the width of a column.
const MEASURED_ROWS: usize = 200;
const WIDEST: usize = 60;
/// Rows that stand for others, of those that a sheet shows first.
const SUMS_IN_SIGHT: usize = 5;

/// Where a table stands.
pub(super) struct PlacedTable {
    pub(super) name: &'static str,
    /// Rows of the table.
    pub(super) rows: usize,
    /// How a table that is too long is shown.
    pub(super) cut: Option<String>,
    /// Rows of the sheet below its header.
    shown: usize,
    columns: Vec<&'static str>,
    is_table: bool,
}

impl PlacedTable {
    /// How a formula names a column.
    pub(super) fn column(&self, column: &str) -> Option<String> {
        let at = self.columns.iter().position(|name| *name == column)?;
        if self.shown == 0 {
            return None;
        }
        if self.is_table {
            return Some(format!("{}[{column}]", self.name));
        }
        let letters = utility::column_number_to_name(u16::try_from(at).ok()?);
        let last = self.shown.checked_add(1)?;
        Some(format!("{}!${letters}$2:${letters}${last}", self.name))
    }
}

/// Rows of a table as its sheet shows them.
pub(super) struct Rows<'r> {
    pub(super) parts: &'r Parts<'r>,
    pub(super) cut: Option<&'r Cut>,
}

impl Rows<'_> {
    fn count(&self) -> usize {
        match self.cut {
            Some(cut) => cut.sums.len().saturating_add(cut.kept.len()),
            None => self.parts.rows,
        }
    }

    /// The rows, at most so many, in their order; with each whether it stands for others.
    fn each(
        &self,
        most: usize,
        mut take: impl FnMut(&[Cell], bool) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let Some(cut) = self.cut else {
            let rows = 0..self.parts.rows.min(most);
            return self.parts.rows(rows, |cells| take(cells, false));
        };
        for cells in cut.sums.iter().take(most) {
            take(cells, true)?;
        }
        let left = most.saturating_sub(cut.sums.len()).min(cut.kept.len());
        let kept = cut.kept.get(..left).unwrap_or_default();
        for run in kept.chunk_by(|a, b| a.checked_add(1) == Some(*b)) {
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                let rows = *first..last.saturating_add(1);
                self.parts.rows(rows, |cells| take(cells, false))?;
            }
        }
        Ok(())
    }
}

/// Writes a table to a sheet of its own.
pub(super) fn write(
    workbook: &mut Workbook,
    styles: &Styles,
    layout: Layout,
    rows: &Rows<'_>,
    cut: Option<String>,
) -> Result<PlacedTable, ReportError> {
    let Parts { name, columns, .. } = rows.parts;
    let shown = rows.count();
    let streams = cut.is_some() || shown.saturating_mul(columns.len()) >= layout.streamed_from;
    let sheet = match streams {
        true => workbook.add_worksheet_with_low_memory()?,
        false => workbook.add_worksheet(),
    };
    sheet.set_name(*name)?;
    part(sheet, styles, rows, (!streams).then_some(*name))?;
    Ok(PlacedTable {
        name,
        rows: rows.parts.rows,
        cut,
        shown,
        columns: columns.iter().map(|column| column.name).collect(),
        is_table: !streams,
    })
}

/// One sheet; with a name it is an Excel table, without it is streamed.
fn part(
    sheet: &mut Worksheet,
    styles: &Styles,
    rows: &Rows<'_>,
    name: Option<&str>,
) -> Result<(), ReportError> {
    let columns = &rows.parts.columns;
    // A table of Excel has a row even where there is none.
    let last_row = u32::try_from(rows.count().max(1)).unwrap_or(u32::MAX);
    head(sheet, styles, rows, last_row, name)?;
    let mut row = 0_u32;
    rows.each(usize::MAX, |cells, stands_for_others| {
        row = row.saturating_add(1);
        for ((at, column), cell) in (0..).zip(columns).zip(cells) {
            match (name, cell) {
                (None, Cell::Text(text)) if stands_for_others => {
                    sheet.write_string_with_format(row, at, &**text, &styles.note)?;
                }
                (None, cell) => write_plain(sheet, styles, (row, at), cell)?,
                (Some(_), cell) => write_cell(sheet, styles, (row, at), column.kind, cell)?,
            }
        }
        Ok(())
    })?;
    for (at, column) in (0..).zip(columns) {
        colours(sheet, column.name, at, last_row)?;
    }
    let last_column = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.ignore_error_range(1, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
    Ok(())
}

/// Widths and header; a streamed sheet cannot go back to them.
fn head(
    sheet: &mut Worksheet,
    styles: &Styles,
    rows: &Rows<'_>,
    last_row: u32,
    name: Option<&str>,
) -> Result<(), ReportError> {
    let columns = &rows.parts.columns;
    let last_column = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.set_freeze_panes(1, 0)?;
    if let Some(cut) = rows.cut {
        // It opens where the rows of the table begin, the last that stand for others above them.
        let first = cut.sums.len().saturating_sub(SUMS_IN_SIGHT - 1).max(1);
        sheet.set_freeze_panes_top_cell(u32::try_from(first).unwrap_or(1), 0)?;
    }
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    let mut widths: Vec<usize> = columns.iter().map(least_width).collect();
    rows.each(MEASURED_ROWS, |cells, _| {
        for (width, cell) in widths.iter_mut().zip(cells) {
            if let Some(text) = cell.text() {
                *width = display_width(&cell_text(text))
                    .saturating_add(2)
                    .max(*width);
            }
        }
        Ok(())
    })?;
    for ((at, column), width) in (0..).zip(columns).zip(widths) {
        let width = u32::try_from(width.min(WIDEST)).unwrap_or(10);
        sheet.set_column_width(at, width)?;
        // Cells of a streamed sheet have the format of their column: to look one up for each
        // takes longer than to write it.
        if name.is_none() {
            sheet.set_column_format(at, styles.of(column.kind))?;
        }
    }
    match name {
        Some(name) => {
            let columns: Vec<TableColumn> = columns
                .iter()
                .map(|column| {
                    // Not every program draws the styles of tables.
                    let header = TableColumn::new().set_header(column.name);
                    header.set_header_format(&styles.header)
                })
                .collect();
            let made = Table::new()
                .set_name(name)
                .set_columns(&columns)
                .set_style(TableStyle::Medium2);
            sheet.add_table(0, 0, last_row, last_column, &made)?;
        }
        None => {
            for (at, column) in (0..).zip(columns) {
                sheet.write_string_with_format(0, at, column.name, &styles.header)?;
            }
            sheet.autofilter(0, 0, last_row, last_column)?;
        }
    }
    Ok(())
}

/// A cell with its format.
fn write_cell(
    sheet: &mut Worksheet,
    styles: &Styles,
    (row, column): (u32, u16),
    kind: ColumnKind,
    cell: &Cell,
) -> Result<(), XlsxError> {
    let format = styles.of(kind);
    match cell {
        Cell::Word(word) => {
            sheet.write_string(row, column, *word)?;
        }
        Cell::Text(text) => {
            let text = cell_text(text);
            sheet.write_string_with_format(row, column, &text, styles.of_text(&text))?;
        }
        Cell::Timestamp(moment) => {
            let moment = ExcelDateTime::from_timestamp(moment.timestamp())?;
            sheet.write_datetime_with_format(row, column, &moment, format)?;
        }
        cell => {
            if let Some(number) = number_of(cell) {
                sheet.write_number_with_format(row, column, number, format)?;
            }
        }
    }
    Ok(())
}

/// A cell in the format of its column, but for text that a spreadsheet would run.
fn write_plain(
    sheet: &mut Worksheet,
    styles: &Styles,
    (row, column): (u32, u16),
    cell: &Cell,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Word(word) => {
            sheet.write_string(row, column, *word)?;
        }
        Cell::Text(text) => {
            let text = cell_text(text);
            match Styles::is_guarded(&text) {
                true => sheet.write_string_with_format(row, column, text, &styles.guarded)?,
                false => sheet.write_string(row, column, text)?,
            };
        }
        Cell::Timestamp(moment) => {
            let moment = ExcelDateTime::from_timestamp(moment.timestamp())?;
            sheet.write_datetime(row, column, &moment)?;
        }
        cell => {
            if let Some(number) = number_of(cell) {
                sheet.write_number(row, column, number)?;
            }
        }
    }
    Ok(())
}

fn number_of(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Empty | Cell::Word(_) | Cell::Text(_) | Cell::Timestamp(_) => None,
        Cell::Count(value) => Some(count(*value)),
        Cell::Money(_) | Cell::Decimal(_) => cell.decimal().and_then(number),
        Cell::Date(day) => Some(count(serial(*day))),
        Cell::Month(month) => Some(count(serial(month.first_day()))),
    }
}

/// The width of a column, whatever its texts are.
fn least_width(column: &table::Column) -> usize {
    // Room for the filter's button.
    let header = column.name.len() + 4;
    let cells = match column.kind {
        ColumnKind::Text => 0,
        ColumnKind::Count | ColumnKind::SignedCount => 14,
        ColumnKind::Money | ColumnKind::Decimal => 16,
        ColumnKind::Share => 8,
        ColumnKind::Date | ColumnKind::Month => 12,
        ColumnKind::Timestamp => 18,
    };
    header.max(cells)
}

/// Colours repeat what the words say.
fn colours(sheet: &mut Worksheet, column: &str, at: u16, last_row: u32) -> Result<(), XlsxError> {
    for (word, tone) in tones(column) {
        let rule = ConditionalFormatCell::new()
            .set_rule(ConditionalFormatCellRule::EqualTo((*word).to_owned()))
            .set_format(tone.format());
        sheet.add_conditional_format(1, at, last_row, at, &rule)?;
    }
    if column == "slack_days" {
        let rule = ConditionalFormatCell::new()
            .set_rule(ConditionalFormatCellRule::LessThan(0))
            .set_format(Tone::Hot.format());
        sheet.add_conditional_format(1, at, last_row, at, &rule)?;
    }
    Ok(())
}
