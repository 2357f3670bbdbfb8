//! The report as one workbook, `eolcast.xlsx`: a cover, charts, one sheet per table.
//!
//! Each table is a real Excel table whose header row is the column names, at row 1 of a sheet of
//! its name. A cell is an IEEE double by format: money is written as the double nearest to the
//! exact amount and rounded by its number format only; CSV and Parquet hold the exact amounts.
//! Text is always a string cell, never a formula or a link. Large tables are streamed to disk.
//! Of a table of more than 50,000 rows the sheet shows those with the most money, and adds the
//! others up in a few rows ([`cut`]): the sum of a column is that of the whole table.
//!
//! Imports `projection` and `domain`. Sample: the sheet `cost` holds 3.96 in the column
//! `list_cost`, shown as `$3.96`; the cover adds the column up with a formula.

mod chart_data;
mod charts;
mod cover;
mod cut;
mod cut_rules;
mod sheet;
mod style;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::Path;

use chrono::Datelike;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use self::cut::{Cut, shown_in_words};
use self::sheet::{Layout, PlacedTable, Rows};
use self::style::Styles;
use super::summary::Summary;
use super::table::ReportError;
use super::tables::TableName;
use crate::projection::ImpactReport;

pub(super) use self::cut::Cuts;

/// The sheet that a reader sees first.
const COVER: &str = "cover";
/// The sheet with the charts.
const CHARTS: &str = "charts";
/// The sheet with the sums behind the charts.
const CHART_DATA: &str = "chart_data";

/// A workbook that is being filled, one table at a time.
pub(super) struct XlsxReport {
    workbook: Workbook,
    styles: Styles,
    layout: Layout,
    placed: Vec<PlacedTable>,
}

impl XlsxReport {
    /// A workbook whose first sheets wait for [`Self::finish`].
    pub(super) fn new() -> Result<Self, ReportError> {
        Self::with_layout(Layout::EXCEL)
    }

    fn with_layout(layout: Layout) -> Result<Self, ReportError> {
        let mut workbook = Workbook::new();
        for name in [COVER, CHARTS] {
            workbook.add_worksheet().set_name(name).map_err(refused)?;
        }
        Ok(Self {
            workbook,
            styles: Styles::new(),
            layout,
            placed: Vec::new(),
        })
    }

    /// Adds the sheet of a table, cut as known or, where it is too long, as found now.
    pub(super) fn add(
        &mut self,
        table: TableName,
        report: &ImpactReport,
        cuts: &Cuts,
    ) -> Result<(), ReportError> {
        let parts = &table.parts(report);
        let most = self.layout.most_rows;
        let found = match cuts.get(table) {
            None if parts.rows > most => Some(Cut::of(table, parts, most)?),
            _ => None,
        };
        let cut = cuts.get(table).or(found.as_ref());
        let said = cut.map(|cut| {
            let (name, shown) = (table.as_str(), shown_in_words(table, cut.kept.len()));
            format!("{shown} are shown, the others added up; all in {name}.csv, {name}.parquet")
        });
        let rows = Rows { parts, cut };
        let placed = sheet::write(&mut self.workbook, &self.styles, self.layout, &rows, said)?;
        self.placed.push(placed);
        Ok(())
    }

    /// Fills the cover and the charts, and writes the file.
    pub(super) fn finish(
        mut self,
        report: &ImpactReport,
        path: &Path,
        output: impl Write + Send,
    ) -> Result<(), ReportError> {
        let summary = Summary::of(report)?;
        let blocks = chart_data::blocks(report)?;
        self.fill(report, &summary, &blocks)
            .and_then(|()| self.workbook.save_to_writer(output))
            .map_err(|error| match error {
                XlsxError::IoError(source) => ReportError::Write {
                    path: path.to_owned(),
                    source,
                },
                other => refused(other),
            })
    }

    fn fill(
        &mut self,
        report: &ImpactReport,
        summary: &Summary,
        blocks: &chart_data::Blocks,
    ) -> Result<(), XlsxError> {
        let data = self.workbook.add_worksheet().set_name(CHART_DATA)?;
        charts::write_data(data, &self.styles, blocks)?;
        let charts = self.workbook.worksheet_from_name(CHARTS)?;
        charts::write(charts, &self.styles, blocks)?;
        let cover = self.workbook.worksheet_from_name(COVER)?;
        cover::write(cover, &self.styles, &self.placed, report, summary)?;
        // The library would write the time of day; the same input gives the same bytes.
        let day = report.as_of;
        let created = ExcelDateTime::from_ymd(
            u16::try_from(day.year()).unwrap_or(1900),
            u8::try_from(day.month()).unwrap_or(1),
            u8::try_from(day.day()).unwrap_or(1),
        )?;
        if self.placed.iter().any(|table| table.cut.is_some()) {
            // What Excel uses; the level beyond takes longer than it saves.
            self.workbook.set_zip_compression_level(3);
        }
        let properties = DocProperties::new()
            .set_title(format!("Amazon Bedrock life-cycle costs, {}", report.month))
            .set_creation_datetime(&created);
        self.workbook.set_properties(&properties);
        Ok(())
    }
}

fn refused(error: XlsxError) -> ReportError {
    ReportError::Workbook {
        reason: error.to_string(),
    }
}

impl From<XlsxError> for ReportError {
    fn from(error: XlsxError) -> Self {
        refused(error)
    }
}
