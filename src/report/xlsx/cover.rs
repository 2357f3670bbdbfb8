//! The cover: the month, the headline numbers, what is assumed, what was left out, how fresh
//! the tables are, and where everything stands.
//!
//! Totals are formulas over the columns of the tables, so that a reader sees what they add up;
//! the exact sum of [`Summary`] stands beside each formula as its last result. What is not
//! known is an empty cell. Imports `projection`, `diagnostic` and `domain`. Sample: the list
//! cost of the month is `=SUMIFS(cost[list_cost],cost[month],$B$3)`.

use rust_xlsxwriter::{Formula, Url, Worksheet, XlsxError};

use super::cut::MOST_ROWS;
use super::sheet::PlacedTable;
use super::style::{Styles, cell_text, count, number, serial, tones};
use super::{CHART_DATA, CHARTS};
use crate::diagnostic::{Diagnostic, Severity};
use crate::domain::{Month, PriceBasis, Usd, count_in_words};
use crate::projection::{ImpactReport, Urgency};
use crate::report::format::display_width;
use crate::report::short_model;
use crate::report::summary::{MonthCost, PremiumOutlook, Summary};

/// Findings shown of each kind, and rows of the ranking; the others stand in their sheets.
const SHOWN: usize = 10;
/// The column of long texts.
const WORDS: u16 = 5;
/// Points of a line, and lines of the tallest row.
const LINE_HEIGHT: u32 = 15;
const MOST_LINES: u32 = 20;
/// The cell that holds the closed month.
const MONTH: &str = "$B$3";

/// Fills the cover.
pub(super) fn write(
    sheet: &mut Worksheet,
    styles: &Styles,
    placed: &[PlacedTable],
    report: &ImpactReport,
    summary: &Summary,
) -> Result<(), XlsxError> {
    for (column, width) in [(0, 50), (1, 28), (2, 16), (3, 16), (4, 18), (WORDS, 110)] {
        sheet.set_column_width(column, width)?;
    }
    sheet.set_screen_gridlines(false);
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    let mut cover = Cover {
        sheet,
        styles,
        placed,
        row: 0,
        tallest: (0, 0),
    };
    cover.head(report)?;
    cover.month(report, &summary.closed)?;
    cover.premium(report, summary)?;
    cover.ranking(report)?;
    cover.findings("WHAT IS ASSUMED", report, is_assumption)?;
    cover.findings(
        "WHAT WAS LEFT OUT, AND WHAT TO LOOK AT",
        report,
        |finding| finding.severity != Severity::Info && !is_assumption(finding),
    )?;
    cover.freshness(report)?;
    cover.contents()
}

fn is_assumption(finding: &Diagnostic) -> bool {
    finding.severity != Severity::Info
        && (finding.code.contains("assumed") || finding.code == "extended-access-not-announced")
}

struct Cover<'a> {
    sheet: &'a mut Worksheet,
    styles: &'a Styles,
    placed: &'a [PlacedTable],
    row: u32,
    /// The row written last and the lines that it needs.
    tallest: (u32, u32),
}

impl Cover<'_> {
    fn text(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        let text = cell_text(text);
        // Wrapped text needs its height said: not every program works it out.
        let room = match column {
            0 => 52,
            WORDS => 110,
            _ => usize::MAX,
        };
        let lines = text
            .lines()
            .map(|line| display_width(line).div_ceil(room).max(1));
        let lines = u32::try_from(lines.sum::<usize>())
            .unwrap_or(u32::MAX)
            .min(MOST_LINES);
        if lines > self.tallest.1 || self.tallest.0 != self.row {
            self.tallest = (self.row, lines);
            if lines > 1 {
                let height = lines.saturating_mul(LINE_HEIGHT);
                self.sheet.set_row_height(self.row, height)?;
            }
        }
        let runs = text.starts_with(['=', '+', '-', '@', '\'']);
        let format = match column {
            _ if runs => &self.styles.guarded,
            0 => &self.styles.label,
            WORDS => &self.styles.wrapped,
            _ => &self.styles.indented,
        };
        self.sheet
            .write_string_with_format(self.row, column, &text, format)?;
        Ok(())
    }

    fn note(&mut self, text: &str) -> Result<(), XlsxError> {
        self.sheet
            .write_string_with_format(self.row, 0, text, &self.styles.note)?;
        self.row += 1;
        Ok(())
    }

    fn heading(&mut self, titles: &[&str]) -> Result<(), XlsxError> {
        self.row += 1;
        for column in 0..6 {
            let title = titles.get(usize::from(column)).copied().unwrap_or("");
            let format = &self.styles.heading;
            self.sheet
                .write_string_with_format(self.row, column, title, format)?;
        }
        self.row += 1;
        Ok(())
    }

    /// An amount, as a formula where the tables can be added up.
    fn money(
        &mut self,
        column: u16,
        amount: Option<Usd>,
        formula: Option<String>,
    ) -> Result<(), XlsxError> {
        let Some(amount) = amount else { return Ok(()) };
        let format = &self.styles.total;
        if let Some(formula) = formula {
            let formula = Formula::new(formula).set_result(amount.to_string());
            self.sheet
                .write_formula_with_format(self.row, column, formula, format)?;
        } else if let Some(value) = number(amount.amount()) {
            self.sheet
                .write_number_with_format(self.row, column, value, format)?;
        }
        Ok(())
    }

    fn date(&mut self, column: u16, day: chrono::NaiveDate) -> Result<(), XlsxError> {
        let format = &self.styles.date;
        self.sheet
            .write_number_with_format(self.row, column, count(serial(day)), format)?;
        Ok(())
    }

    /// A column of a table, for a formula.
    fn column(&self, table: &str, column: &str) -> Option<String> {
        self.placed.iter().find(|t| t.name == table)?.column(column)
    }

    /// The sum of a column of `cost` over the closed month.
    fn sum_of_month(&self, column: &str) -> Option<String> {
        let sum = self.column("cost", column)?;
        let month = self.column("cost", "month")?;
        Some(format!("=SUMIFS({sum},{month},{MONTH})"))
    }

    /// The sum of a column of `projection` if nothing moves.
    fn sum_of_staying(&self, column: &str) -> Option<String> {
        let sum = self.column("projection", column)?;
        let scenario = self.column("projection", "scenario")?;
        Some(format!("=SUMIFS({sum},{scenario},\"stay\")"))
    }

    fn head(&mut self, report: &ImpactReport) -> Result<(), XlsxError> {
        let title = "Amazon Bedrock: what the life cycle of the models costs";
        self.sheet
            .write_string_with_format(0, 0, title, &self.styles.title)?;
        if report.demo {
            let demo = "INVENTED DATA (--demo): this company does not exist";
            self.sheet
                .write_string_with_format(1, 0, demo, &self.styles.alarm)?;
        }
        self.row = 2;
        self.text(0, "closed month")?;
        let first = count(serial(report.month.first_day()));
        self.sheet
            .write_number_with_format(self.row, 1, first, &self.styles.month)?;
        self.row += 1;
        self.text(0, "as of (the first projected day)")?;
        self.date(1, report.as_of)?;
        self.row += 1;
        self.text(0, "projected")?;
        self.text(1, &format!("{} whole months ahead", report.horizon))?;
        self.row += 1;
        self.note("US dollars. Unknown is empty, never 0. Cells are doubles; CSV and Parquet hold the exact amounts.")?;
        if self.placed.iter().any(|table| table.cut.is_some()) {
            self.note(&format!(
                "Of a table of more than {} rows the sheet shows those with the most money (of usage: tokens) and adds the others up in its first rows, so that sums stay exact: see SHEETS.",
                count_in_words(u64::try_from(MOST_ROWS).unwrap_or(u64::MAX)),
            ))?;
        }
        Ok(())
    }

    fn month(&mut self, report: &ImpactReport, cost: &MonthCost) -> Result<(), XlsxError> {
        let title = format!("COST OF {}", report.month);
        self.heading(&[&title, "US dollars", "price basis"])?;
        if cost.rows == 0 {
            self.text(0, "no usage in this month")?;
            self.row += 1;
        } else {
            for (label, column, amount, basis) in [
                ("list cost", "list_cost", cost.list_cost, cost.price_basis),
                (
                    "of it at normal prices",
                    "normal_cost",
                    cost.normal_cost,
                    None,
                ),
                (
                    "of it Extended Access premium",
                    "extended_access_premium",
                    cost.premium,
                    cost.premium_basis,
                ),
                (
                    "contracted cost",
                    "contracted_cost",
                    cost.contracted_cost,
                    None,
                ),
            ] {
                self.text(0, label)?;
                let formula = self.sum_of_month(column);
                self.money(1, amount, formula)?;
                self.basis(2, basis)?;
                self.row += 1;
            }
        }
        if cost.unpriced_tokens > 0 {
            let tokens = count_in_words(cost.unpriced_tokens);
            let text = format!("left out of these sums: {tokens} tokens without a price");
            self.sheet
                .write_string_with_format(self.row, 0, text, &self.styles.alarm)?;
            self.row += 1;
        }
        Ok(())
    }

    fn basis(&mut self, column: u16, basis: Option<PriceBasis>) -> Result<(), XlsxError> {
        let Some(basis) = basis else { return Ok(()) };
        self.toned(column, "price_basis", basis.as_str())
    }

    /// A word in its colour.
    fn toned(&mut self, column: u16, kind: &str, word: &str) -> Result<(), XlsxError> {
        let tone = tones(kind).iter().find(|(known, _)| *known == word);
        match tone {
            None => self.text(column, word),
            Some((_, tone)) => {
                self.sheet.write_string_with_format(
                    self.row,
                    column,
                    word,
                    &tone.format().set_indent(1),
                )?;
                Ok(())
            }
        }
    }

    fn premium(&mut self, report: &ImpactReport, summary: &Summary) -> Result<(), XlsxError> {
        let titles = ["IF NOTHING MOVES", "expected", "low", "high", "price basis"];
        self.heading(&titles)?;
        let current = Month::of(report.as_of);
        if let Some(cost) = &summary.so_far {
            self.text(0, &format!("Extended Access premium, {current} so far"))?;
            self.money(1, cost.premium, None)?;
            self.basis(4, cost.premium_basis)?;
            self.row += 1;
        }
        let premium = self.sum_of_staying("extended_access_premium");
        let cost = self.sum_of_staying("cost");
        let rest = format!("Extended Access premium, {current} from {}", report.as_of);
        let end = "Extended Access premium, to end of life or horizon";
        self.outlook(&rest, &summary.rest_of_month, None)?;
        self.outlook(end, &summary.to_end_of_life, premium)?;
        self.outlook("whole cost, to end of life or horizon", &summary.stay, cost)?;
        self.note("low and high: the bounds of assumed prices at the expected volume")
    }

    fn outlook(
        &mut self,
        label: &str,
        outlook: &PremiumOutlook,
        formula: Option<String>,
    ) -> Result<(), XlsxError> {
        self.text(0, label)?;
        self.money(1, outlook.expected, formula)?;
        self.money(2, outlook.low, None)?;
        self.money(3, outlook.high, None)?;
        self.basis(4, outlook.price_basis)?;
        self.row += 1;
        Ok(())
    }

    fn ranking(&mut self, report: &ImpactReport) -> Result<(), XlsxError> {
        self.heading(&[
            "WHO MUST MOVE FIRST",
            "urgency",
            "ends",
            "premium to end",
            "owner",
            "why",
        ])?;
        let urgent = report
            .urgency
            .iter()
            .filter(|row| row.urgency < Urgency::Low);
        for row in urgent.clone().take(SHOWN) {
            let model = short_model(&row.model_id);
            self.text(0, &format!("{} on {model}, {}", row.workload, row.region))?;
            self.toned(1, "urgency", row.urgency.as_str())?;
            if let Some(end) = row.end_of_life {
                self.date(2, end.date())?;
            }
            self.money(3, row.premium_to_end_of_life, None)?;
            if let Some(owner) = &row.owner {
                self.text(4, owner)?;
            }
            self.text(5, &row.reason)?;
            self.row += 1;
        }
        match urgent.count() {
            0 => self.note("nothing has to move"),
            more if more > SHOWN => self.note(&format!(
                "{} more, and all dates and costs, in the sheet urgency",
                more - SHOWN
            )),
            _ => self.note("all dates and costs in the sheet urgency"),
        }
    }

    fn findings(
        &mut self,
        title: &str,
        report: &ImpactReport,
        belongs: impl Fn(&Diagnostic) -> bool,
    ) -> Result<(), XlsxError> {
        self.heading(&[
            title,
            "finding",
            "tokens affected",
            "cost affected",
            "severity",
            "what",
        ])?;
        let found: Vec<&Diagnostic> = report.findings.iter().filter(|f| belongs(f)).collect();
        for finding in found.iter().take(SHOWN) {
            self.text(0, &finding.subject)?;
            self.text(1, &finding.code)?;
            if let Some(tokens) = finding.tokens_affected {
                self.text(2, &count_in_words(tokens))?;
            }
            self.money(3, finding.cost_affected, None)?;
            self.toned(4, "severity", finding.severity.as_str())?;
            self.text(5, &finding.message)?;
            self.row += 1;
        }
        match found.len() {
            0 => self.note("nothing"),
            all if all > SHOWN => self.note(&format!("{} more in the sheet findings", all - SHOWN)),
            _ => Ok(()),
        }
    }

    fn freshness(&mut self, report: &ImpactReport) -> Result<(), XlsxError> {
        self.heading(&["HOW FRESH THE TABLES ARE"])?;
        if let Some((oldest, newest)) = report.prices_checked {
            for (label, day) in [
                ("oldest check of a price in use", oldest),
                ("newest check of a price in use", newest),
            ] {
                self.text(0, label)?;
                self.date(1, day)?;
                let days = report.as_of.signed_duration_since(day).num_days();
                self.text(2, &format!("{days} days before"))?;
                self.row += 1;
            }
        } else {
            self.text(0, "no price in use")?;
            self.row += 1;
        }
        self.text(0, "hash of the price and life-cycle tables")?;
        let hash: String = report.tables_hash.chars().take(16).collect();
        self.text(1, &hash)?;
        self.row += 1;
        Ok(())
    }

    fn contents(&mut self) -> Result<(), XlsxError> {
        self.heading(&["SHEETS", "rows"])?;
        let placed = self.placed;
        let tables = placed.iter().map(|table| {
            let rows = i64::try_from(table.rows).unwrap_or(i64::MAX);
            (table.name, Some((rows, &table.cut)))
        });
        let others = [(CHARTS, None), (CHART_DATA, None)];
        for (name, table) in others.into_iter().chain(tables) {
            let link = Url::new(format!("internal:'{name}'!A1")).set_text(name);
            self.sheet.write_url(self.row, 0, link)?;
            if let Some((rows, cut)) = table {
                self.sheet.write_number(self.row, 1, count(rows))?;
                if let Some(cut) = cut {
                    self.text(2, cut)?;
                }
            }
            self.row += 1;
        }
        Ok(())
    }
}
