//! The native charts, on a sheet of their own, and the sheet with the sums behind them.
//!
//! Sample: on `chart_data` the block of the first chart begins in column A with the months;
//! the column to the right of each block is empty.

use rust_xlsxwriter::{
    Chart, ChartAxisLabelPosition, ChartFont, ChartFormat, ChartLegendPosition, ChartLine,
    ChartLineDashType, ChartSolidFill, ChartType, Color, Worksheet, XlsxError,
};

use super::CHART_DATA;
use super::chart_data::{Block, Blocks, Value};
use super::style::{Styles, cell_text, count, number};
use crate::domain::Usd;

const WIDTH: u32 = 1_100;
/// Rows of the sheet per chart, and their height in pixels.
const ROWS: u32 = 23;
const HEIGHT: u32 = 440;
/// Columns of the sheet under a chart, at 64 pixels.
const COLUMNS: u16 = 17;

const PREMIUM: Color = Color::RGB(0xC0_39_2B);
const COUNTED: Color = Color::RGB(0x3B_46_53);
const CHEAPER: Color = Color::RGB(0x27_AE_60);

impl Blocks {
    /// In the order of the charts, each with the column at which it begins.
    fn placed(&self) -> Vec<(u16, &Block)> {
        let mut column: u16 = 0;
        [
            &self.phases,
            &self.variance,
            &self.projection,
            &self.premium,
            &self.timeline,
        ]
        .into_iter()
        .map(|block| {
            let first = column;
            let width = u16::try_from(block.series.len()).unwrap_or(u16::MAX);
            column = first.saturating_add(width).saturating_add(2);
            (first, block)
        })
        .collect()
    }
}

/// Writes the sums.
pub(super) fn write_data(
    sheet: &mut Worksheet,
    styles: &Styles,
    blocks: &Blocks,
) -> Result<(), XlsxError> {
    sheet.set_freeze_panes(1, 0)?;
    let names = ["month", "step", "month_ahead", "workload", "model"];
    for ((first, block), name) in blocks.placed().into_iter().zip(names) {
        sheet.write_string_with_format(0, first, name, &styles.header)?;
        sheet.set_column_width(first, 30)?;
        for (column, series) in (first + 1..).zip(&block.series) {
            sheet.write_string_with_format(0, column, *series, &styles.header)?;
            sheet.set_column_width(column, 18)?;
        }
        for (row, (label, values)) in (1..).zip(&block.rows) {
            let label = cell_text(label);
            sheet.write_string_with_format(row, first, &label, styles.of_text(&label))?;
            for (column, value) in (first + 1..).zip(values) {
                match value {
                    Value::Money(amount) => {
                        let amount = amount.and_then(|amount| number(amount.amount()));
                        if let Some(amount) = amount {
                            sheet.write_number_with_format(row, column, amount, &styles.money)?;
                        }
                    }
                    Value::Days(days) => {
                        sheet.write_number(row, column, count(*days))?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Draws the block that begins at a column.
type Maker<'a> = &'a dyn Fn(u16, &Block) -> Chart;

/// Puts the charts on their sheet.
pub(super) fn write(
    sheet: &mut Worksheet,
    styles: &Styles,
    blocks: &Blocks,
) -> Result<(), XlsxError> {
    sheet.set_screen_gridlines(false);
    sheet.set_print_fit_to_pages(1, 0).set_landscape();
    sheet.set_page_breaks(&[ROWS * 2, ROWS * 4])?;
    let placed = blocks.placed();
    let variance = |first: u16, block: &Block| variance_chart(first, block, blocks.variance_floor);
    let makers: [Maker<'_>; 5] = [
        &phase_chart,
        &variance,
        &projection_chart,
        &premium_chart,
        &timeline_chart,
    ];
    let titles = [
        "Cost by month and phase, the Extended Access premium set apart (projected: if nothing moves)",
        &blocks.variance_title,
        "Projected cost with its bounds (it falls where calls can no longer be made)",
        "Extended Access premium by workload, to end of life or horizon, if nothing moves",
        "Days that are left of each model, by phase, from the day of the report to its end",
    ];
    let mut row = 0;
    for (((first, block), make), title) in placed.into_iter().zip(makers).zip(titles) {
        if block.rows.is_empty() {
            let text = format!("{title}: nothing to show");
            sheet.write_string_with_format(row, 0, text, &styles.note)?;
            row += 2;
            continue;
        }
        let mut chart = make(first, block);
        chart.title().set_name(title);
        chart.title().set_font(ChartFont::new().set_size(12));
        chart.set_width(WIDTH).set_height(HEIGHT);
        chart.set_alt_text(format!(
            "{title}; the numbers are in the sheet {CHART_DATA}"
        ));
        // Away from the edge of the page.
        sheet.insert_chart_with_offset(row, 0, &chart, 4, 8)?;
        row += ROWS;
    }
    sheet.set_print_area(0, 0, row, COLUMNS)?;
    Ok(())
}

/// A series of a block, drawn in one colour.
fn series(chart: &mut Chart, first: u16, block: &Block, at: u16, format: &mut ChartFormat) {
    let last = u32::try_from(block.rows.len()).unwrap_or(u32::MAX);
    let column = first.saturating_add(at).saturating_add(1);
    chart
        .add_series()
        .set_name((CHART_DATA, 0, column))
        .set_categories((CHART_DATA, 1, first, last, first))
        .set_values((CHART_DATA, 1, column, last, column))
        .set_format(format)
        .set_gap(60);
}

fn filled(color: Color) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(color));
    format
}

fn line(color: Color) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_line(ChartLine::new().set_color(color).set_width(2.25));
    format
}

fn phase_colour(name: &str) -> Color {
    match name {
        "active" => Color::RGB(0x4E_79_A7),
        "legacy" => Color::RGB(0xE0_A9_3B),
        "extended-access" => Color::RGB(0xE6_7E_22),
        "end-of-life" => Color::RGB(0x7F_7F_7F),
        "unknown" => Color::RGB(0xBA_B0_AC),
        _ => PREMIUM,
    }
}

/// Pale lines behind, the legend below; for a chart whose values go up.
fn upright(chart: &mut Chart) {
    chart.y_axis().set_num_format("$#,##0");
    chart.y_axis().set_major_gridlines_line(&pale());
    chart.legend().set_position(ChartLegendPosition::Bottom);
}

/// The same for bars, whose values go right; the first row is the highest bar.
fn lying(chart: &mut Chart) {
    chart.y_axis().set_reverse();
    chart.x_axis().set_major_gridlines(true);
    chart.x_axis().set_major_gridlines_line(&pale());
    chart.y_axis().set_major_gridlines(false);
    chart.legend().set_position(ChartLegendPosition::Bottom);
}

fn pale() -> ChartLine {
    let mut line = ChartLine::new();
    line.set_color(Color::RGB(0xD9_D9_D9));
    line
}

/// A chart whose series are phases on top of one another.
fn phases(kind: ChartType, first: u16, block: &Block) -> Chart {
    let mut chart = Chart::new(kind);
    for (at, name) in (0..).zip(&block.series) {
        let mut format = filled(phase_colour(name));
        series(&mut chart, first, block, at, &mut format);
    }
    chart
}

fn phase_chart(first: u16, block: &Block) -> Chart {
    let mut chart = phases(ChartType::ColumnStacked, first, block);
    upright(&mut chart);
    chart
}

fn variance_chart(first: u16, block: &Block, floor: Option<Usd>) -> Chart {
    let mut chart = Chart::new(ChartType::ColumnStacked);
    let mut hidden = ChartFormat::new();
    hidden.set_no_fill().set_no_line();
    series(&mut chart, first, block, 1, &mut hidden);
    let colours = [COUNTED, PREMIUM, CHEAPER, PREMIUM, CHEAPER];
    for ((at, _), colour) in (0..).zip(&block.series).skip(2).zip(colours) {
        series(&mut chart, first, block, at, &mut filled(colour));
    }
    upright(&mut chart);
    // Names stay below where a sum falls below zero.
    chart
        .x_axis()
        .set_label_position(ChartAxisLabelPosition::Low);
    if let Some(floor) = floor {
        if floor.amount().scale() > 0 {
            chart.y_axis().set_num_format("$#,##0.00");
        }
        if let Some(floor) = number(floor.amount()) {
            chart.y_axis().set_min(floor);
        }
    }
    // The base, and the colours that are there twice.
    let unnamed: Vec<usize> = (0..block.series.len().saturating_sub(1))
        .filter(|entry| [0, 4, 5].contains(entry))
        .collect();
    chart.legend().delete_entries(&unnamed);
    chart
}

fn projection_chart(first: u16, block: &Block) -> Chart {
    let mut chart = Chart::new(ChartType::AreaStacked);
    let mut hidden = ChartFormat::new();
    hidden.set_no_fill().set_no_line();
    series(&mut chart, first, block, 0, &mut hidden);
    let mut band = ChartFormat::new();
    band.set_solid_fill(ChartSolidFill::new().set_color(Color::RGB(0xF5_CB_A7)));
    series(&mut chart, first, block, 1, &mut band);
    let mut lines = Chart::new(ChartType::Line);
    series(&mut lines, first, block, 2, &mut line(PREMIUM));
    for (at, colour) in [(3, 0x27_AE_60), (4, 0x7D_3C_98)] {
        let mut line = ChartLine::new();
        let dashes = ChartLineDashType::Dash;
        line.set_color(Color::RGB(colour)).set_dash_type(dashes);
        let mut dashed = ChartFormat::new();
        dashed.set_line(&line);
        series(&mut lines, first, block, at, &mut dashed);
    }
    series(
        &mut lines,
        first,
        block,
        5,
        &mut line(phase_colour("active")),
    );
    chart.combine(&lines);
    upright(&mut chart);
    chart.legend().delete_entries(&[0]);
    chart
}

fn premium_chart(first: u16, block: &Block) -> Chart {
    let mut chart = Chart::new(ChartType::Bar);
    series(&mut chart, first, block, 0, &mut filled(PREMIUM));
    lying(&mut chart);
    chart.x_axis().set_num_format("$#,##0");
    chart.legend().set_hidden();
    chart
}

fn timeline_chart(first: u16, block: &Block) -> Chart {
    let mut chart = phases(ChartType::BarStacked, first, block);
    lying(&mut chart);
    chart.x_axis().set_num_format("0");
    chart
}
