//! The report as one workbook, `eolcast.xlsx`: a cover, charts, one sheet per table.
//!
//! Each table is a real Excel table whose header row is the column names, at row 1 of a sheet of
//! its name. A cell is an IEEE double by format: money is written as the double nearest to the
//! exact amount and rounded by its number format only; CSV and Parquet hold the exact amounts.
//! Text is always a string cell, never a formula or a link. Large tables are streamed to disk.
//!
//! Imports `projection` and `domain`. Sample: the sheet `cost` holds 3.96 in the column
//! `list_cost`, shown as `$3.96`; the cover adds the column up with a formula.

mod chart_data;
mod charts;
mod cover;
mod sheet;
mod style;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::Path;

use chrono::Datelike;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use self::sheet::{Layout, PlacedTable};
use self::style::Styles;
use super::parts::Parts;
use super::summary::Summary;
use super::table::ReportError;
use crate::projection::ImpactReport;

/// The sheet that a reader sees first.
const COVER: &str = "cover";
/// The sheet with the charts.
const CHARTS: &str = "charts";
/// The sheet with the sums behind the charts.
const CHART_DATA: &str = "chart_data";

/// A workbook that is being filled, one table at a time: the neutral form of a big one is big.
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

    /// Adds the sheet of a table; several, when one cannot hold its rows.
    pub(super) fn add(&mut self, parts: &Parts<'_>) -> Result<(), ReportError> {
        let placed = sheet::write(&mut self.workbook, &self.styles, self.layout, parts)?;
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
