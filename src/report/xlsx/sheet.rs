//! A neutral table as a sheet, the header row at its top.
//!
//! A table too large for one sheet goes on at `NAME_2`; one of very many cells is streamed to
//! disk, and is a plain filtered range, as the library keeps a list of every cell of a table.
//! What would fill more than two sheets is left out, and its sheet says where it is.
//! Imports `domain` only. Sample: the table `prices_used` is the sheet and the Excel table
//! `prices_used`, with its column names in row 1.

use std::ops::Range;

use rust_xlsxwriter::{
    ConditionalFormatCell, ConditionalFormatCellRule, ExcelDateTime, IgnoreError, Table,
    TableColumn, TableStyle, Workbook, Worksheet, XlsxError, utility,
};

use super::style::{Styles, Tone, cell_text, count, number, serial, tones};
use crate::domain::count_in_words;
use crate::report::format::display_width;
use crate::report::parts::Parts;
use crate::report::table::{self, Cell, ColumnKind, ReportError};

/// Where a sheet ends, and how it is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Rows below the header that a sheet holds.
    pub(super) rows: usize,
    /// Cells from which on a sheet is streamed to disk and is a plain range.
    pub(super) streamed_from: usize,
    /// Rows from which on a table is left out with a note, as no spreadsheet opens it.
    pub(super) most_rows: usize,
}

impl Layout {
    /// Excel's 1,048,576 rows, what stays below about 100 MB of memory, and two full sheets.
    pub(super) const EXCEL: Self = Self {
        rows: 1_048_575,
        streamed_from: 1_000_000,
        most_rows: 2 * 1_048_575,
    };
}

/// Rows looked at for the width of a column.
const MEASURED_ROWS: usize = 200;
const WIDEST: usize = 60;

/// Where a table stands.
pub(super) struct PlacedTable {
    pub(super) name: &'static str,
    pub(super) rows: usize,
    /// The sheets it takes.
    pub(super) sheets: usize,
    /// Whether its rows are too many for the workbook: its sheet says so.
    pub(super) left_out: bool,
    columns: Vec<&'static str>,
    is_table: bool,
}

impl PlacedTable {
    /// How a formula names a column; `None` when it stands on several sheets.
    pub(super) fn column(&self, column: &str) -> Option<String> {
        let at = self.columns.iter().position(|name| *name == column)?;
        if self.sheets > 1 || self.rows == 0 || self.left_out {
            return None;
        }
        if self.is_table {
            return Some(format!("{}[{column}]", self.name));
        }
        let letters = utility::column_number_to_name(u16::try_from(at).ok()?);
        let last = self.rows.checked_add(1)?;
        Some(format!("{}!${letters}$2:${letters}${last}", self.name))
    }
}

/// Writes a table to sheets of its own.
pub(super) fn write(
    workbook: &mut Workbook,
    styles: &Styles,
    layout: Layout,
    parts: &Parts<'_>,
) -> Result<PlacedTable, ReportError> {
    let first = parts.tables().next().transpose()?;
    let (name, columns) = first.map_or(("", Vec::new()), |table| (table.name, table.columns));
    let streams = parts.rows.saturating_mul(columns.len()) >= layout.streamed_from;
    let left_out = parts.rows > layout.most_rows;
    let sheets = match left_out {
        true => 1,
        false => parts.rows.div_ceil(layout.rows).max(1),
    };
    for at in 0..sheets {
        let name = match at {
            0 => name.to_owned(),
            _ => format!("{name}_{}", at + 1),
        };
        let sheet = match streams {
            true => workbook.add_worksheet_with_low_memory()?,
            false => workbook.add_worksheet(),
        };
        sheet.set_name(&name)?;
        if left_out {
            note(sheet, styles, &name, parts.rows)?;
            continue;
        }
        let from = at.saturating_mul(layout.rows);
        let rows = from..from.saturating_add(layout.rows).min(parts.rows);
        part(sheet, styles, parts, rows, (!streams).then_some(&*name))?;
    }
    Ok(PlacedTable {
        name,
        rows: parts.rows,
        sheets,
        left_out,
        columns: columns.iter().map(|column| column.name).collect(),
        is_table: !streams,
    })
}

/// What stands where a table is too long for any workbook.
fn note(sheet: &mut Worksheet, styles: &Styles, name: &str, rows: usize) -> Result<(), XlsxError> {
    let rows = count_in_words(u64::try_from(rows).unwrap_or(u64::MAX));
    let text = format!(
        "{rows} rows are too many for a workbook and are not in it: they are in {name}.csv and {name}.parquet (--format csv,parquet)"
    );
    sheet.write_string_with_format(0, 0, text, &styles.alarm)?;
    Ok(())
}

/// One sheet; with a name it is an Excel table.
fn part(
    sheet: &mut Worksheet,
    styles: &Styles,
    parts: &Parts<'_>,
    rows: Range<usize>,
    name: Option<&str>,
) -> Result<(), ReportError> {
    // A table of Excel has a row even where there is none.
    let last_row = u32::try_from(rows.len().max(1)).unwrap_or(u32::MAX);
    let mut columns = Vec::new();
    let mut row = 0_u32;
    for table in parts.within(rows) {
        let table = table?;
        if columns.is_empty() {
            head(sheet, styles, &table, last_row, name)?;
            columns.clone_from(&table.columns);
        }
        for cells in &table.rows {
            row = row.saturating_add(1);
            for ((at, column), cell) in (0..).zip(&columns).zip(cells) {
                write_cell(sheet, styles, (row, at), column.kind, cell)?;
            }
        }
    }
    for (at, column) in (0..).zip(&columns) {
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
    table: &table::Table,
    last_row: u32,
    name: Option<&str>,
) -> Result<(), XlsxError> {
    let last_column = u16::try_from(table.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    for (at, column) in (0..).zip(&table.columns) {
        let width = width(column, &table.rows, usize::from(at));
        sheet.set_column_width(at, u32::try_from(width).unwrap_or(10))?;
    }
    match name {
        Some(name) => {
            let columns: Vec<TableColumn> = table
                .columns
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
            for (at, column) in (0..).zip(&table.columns) {
                sheet.write_string_with_format(0, at, column.name, &styles.header)?;
            }
            sheet.autofilter(0, 0, last_row, last_column)?;
        }
    }
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    styles: &Styles,
    (row, column): (u32, u16),
    kind: ColumnKind,
    cell: &Cell,
) -> Result<(), XlsxError> {
    let format = styles.of(kind);
    let number = match cell {
        Cell::Empty => return Ok(()),
        Cell::Word(word) => {
            sheet.write_string(row, column, *word)?;
            return Ok(());
        }
        Cell::Text(text) => {
            let text = cell_text(text);
            sheet.write_string_with_format(row, column, &text, styles.of_text(&text))?;
            return Ok(());
        }
        Cell::Timestamp(moment) => {
            let moment = ExcelDateTime::from_timestamp(moment.timestamp())?;
            sheet.write_datetime_with_format(row, column, &moment, format)?;
            return Ok(());
        }
        Cell::Count(value) => Some(count(*value)),
        Cell::Money(_) | Cell::Decimal(_) => cell.decimal().and_then(number),
        Cell::Date(day) => Some(count(serial(*day))),
        Cell::Month(month) => Some(count(serial(month.first_day()))),
    };
    if let Some(number) = number {
        sheet.write_number_with_format(row, column, number, format)?;
    }
    Ok(())
}

fn width(column: &table::Column, rows: &[Vec<Cell>], at: usize) -> usize {
    // Room for the filter's button.
    let header = column.name.len() + 4;
    let cells = match column.kind {
        ColumnKind::Text => rows
            .iter()
            .take(MEASURED_ROWS)
            .filter_map(|row| row.get(at)?.text())
            .map(|text| display_width(&cell_text(text)).saturating_add(2))
            .max()
            .unwrap_or(0),
        ColumnKind::Count | ColumnKind::SignedCount => 14,
        ColumnKind::Money | ColumnKind::Decimal => 16,
        ColumnKind::Share => 8,
        ColumnKind::Date | ColumnKind::Month => 12,
        ColumnKind::Timestamp => 18,
    };
    header.max(cells).min(WIDEST)
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
