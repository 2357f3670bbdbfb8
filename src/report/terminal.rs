//! The first screen: what the month cost, what Extended Access adds, who must move first.
//!
//! Fits the width that it is given. Words carry the meaning, colour only repeats it. All
//! numbers are sums of [`Summary`] or cells of a row; money is rounded for display.
//!
//! Imports `projection`, `usage`, `domain` and `diagnostic`. Sample: the first line of the demo is
//! `eolcast: 2026-10 as of 2026-11-22`.

use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use rust_decimal::RoundingStrategy;

use super::backtest::backtest_grid;
use super::format::{truncated, visible};
use super::grid::{Align, Colour, Grid};
use super::summary::{MonthCost, PremiumOutlook, Summary};
use super::terminal_ahead::{calendar_lines, move_lines, scenario_grid, shown};
use super::terminal_findings::{finding_counts, finding_lines};
use super::terminal_urgency::urgency_lines;
use crate::diagnostic::Diagnostic;
use crate::domain::{Decimal, MoneyOverflow, PriceBasis, Usd, count_in_words};
use crate::projection::{ImpactReport, ProjectionTotal};
use crate::usage::{NOT_IN_LOGS, Tokens};

/// What the screen can show.
#[derive(Debug, Clone, Copy)]
pub struct Screen<'a> {
    /// Columns.
    pub width: usize,
    /// Whether colour is wanted.
    pub colour: Colour,
    /// The files that were written.
    pub files: &'a [PathBuf],
}

impl Default for Screen<'_> {
    fn default() -> Self {
        Self {
            width: 100,
            colour: Colour::Plain,
            files: &[],
        }
    }
}

/// Months shown; the others are in the table.
const MONTHS: usize = 6;

/// The first screen, ending in a line break.
pub fn render(report: &ImpactReport, screen: &Screen<'_>) -> Result<String, MoneyOverflow> {
    let summary = Summary::of(report)?;
    let mut page = Page {
        screen,
        lines: Vec::new(),
    };
    page.head(report);
    page.month(report, &summary.closed);
    page.coverage(&summary.coverage);
    page.premium(report, &summary);
    page.outlook(report, &summary);
    page.moves(report)?;
    page.backtest(report);
    page.urgency(report);
    page.calendar(report)?;
    page.findings(&report.findings)?;
    page.foot(report);
    Ok(page.lines.join("\n") + "\n")
}

struct Page<'a> {
    screen: &'a Screen<'a>,
    lines: Vec<String>,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.styled(Style::new(), text);
    }

    fn styled(&mut self, style: Style, text: &str) {
        let text = truncated(&visible(text), self.screen.width);
        self.lines.push(self.screen.colour.paint(style, &text));
    }

    fn heading(&mut self, text: &str) {
        self.lines.push(String::new());
        self.styled(Style::new().bold(), text);
    }

    fn grid(&mut self, grid: &Grid) {
        let lines = grid.lines(self.screen.width, 2, self.screen.colour);
        self.lines.extend(lines);
    }

    /// Where the whole table stands, if it was written.
    fn hint(&self, table: &str) -> String {
        let ending = ["csv", "parquet"].into_iter().find(|ending| {
            let name = format!("{table}.{ending}");
            self.screen.files.iter().any(|path| path.ends_with(&name))
        });
        ending.map_or_else(String::new, |ending| format!("; all in {table}.{ending}"))
    }

    fn head(&mut self, report: &ImpactReport) {
        let line = format!("eolcast: {} as of {}", report.month, report.as_of);
        self.styled(Style::new().bold(), &line);
        if report.demo {
            let warning = AnsiColor::Yellow.on_default().bold();
            self.styled(
                warning,
                "INVENTED DATA (--demo): this company does not exist",
            );
        }
    }

    fn month(&mut self, report: &ImpactReport, cost: &MonthCost) {
        self.heading(&format!("COST OF {}", report.month));
        if cost.rows == 0 {
            self.line("  no usage in this month");
        } else {
            self.costs(cost);
        }
        if cost.unpriced_tokens > 0 {
            self.line(&format!(
                "  left out of these sums: {} tokens without a price",
                count_in_words(cost.unpriced_tokens)
            ));
        }
    }

    /// How much of the month's tokens a log can name somebody for.
    fn coverage(&mut self, tokens: &Tokens) {
        let Some(share) = tokens.explained_share() else {
            return;
        };
        let percent = share
            .checked_mul(Decimal::ONE_HUNDRED)
            .unwrap_or(share)
            .round_dp_with_strategy(1, RoundingStrategy::ToZero);
        self.line(&format!(
            "  attributed by logs: {percent}% of tokens; the rest is the workload '{NOT_IN_LOGS}'{}",
            self.hint("coverage")
        ));
    }

    fn costs(&mut self, cost: &MonthCost) {
        let mut grid = Grid::new([
            ("", Align::Left),
            ("US dollars", Align::Right),
            ("price basis", Align::Left),
        ]);
        let mut row = |name: &str, amount: Option<Usd>, basis: String| {
            grid.row([name.to_owned(), money(amount), basis]);
        };
        row("list cost", cost.list_cost, word_of_sum(cost.price_basis));
        row("  at normal prices", cost.normal_cost, String::new());
        row(
            "  Extended Access adds",
            cost.premium,
            word(cost.premium_basis),
        );
        if cost.contracted_cost != cost.list_cost {
            row("contracted cost", cost.contracted_cost, String::new());
        }
        self.grid(&grid);
    }

    fn premium(&mut self, report: &ImpactReport, summary: &Summary) {
        if summary.to_end_of_life.expected.is_none() && summary.so_far.is_none() {
            return;
        }
        self.heading("WHAT EXTENDED ACCESS ADDS IF NOTHING MOVES");
        let mut grid = Grid::new([
            ("", Align::Left),
            ("expected", Align::Right),
            ("low", Align::Right),
            ("high", Align::Right),
            ("price basis", Align::Left),
        ]);
        let current = crate::domain::Month::of(report.as_of);
        if let Some(cost) = &summary.so_far {
            grid.row([
                format!("{current} so far"),
                money(cost.premium),
                String::new(),
                String::new(),
                word(cost.premium_basis),
            ]);
        }
        let mut row = |name: String, outlook: &PremiumOutlook| {
            grid.row([
                name,
                money(outlook.expected),
                money(outlook.low),
                money(outlook.high),
                word(outlook.price_basis),
            ]);
        };
        row(
            format!("{current} from {}", report.as_of),
            &summary.rest_of_month,
        );
        if let Some(last) = summary.months.last() {
            let name = format!("until end of life, at most to {}", last.month);
            row(name, &summary.to_end_of_life);
        }
        self.grid(&grid);
    }

    fn outlook(&mut self, report: &ImpactReport, summary: &Summary) {
        if summary.months.is_empty() {
            return;
        }
        let hint = if summary.months.len() > MONTHS {
            self.hint("projection")
        } else {
            String::new()
        };
        self.heading(&format!(
            "NEXT MONTHS ({} from {}{hint})",
            crate::domain::Month::of(report.as_of),
            report.as_of
        ));
        let mut grid = Grid::new([
            ("month", Align::Left),
            ("stay", Align::Right),
            ("of it Extended Access", Align::Right),
            ("cannot be served", Align::Right),
            ("migrate now", Align::Right),
            ("price basis", Align::Left),
        ]);
        for month in summary.months.iter().take(MONTHS) {
            let stranded = match month.stranded_requests {
                0 => String::new(),
                requests => format!("{} requests", count_in_words(requests)),
            };
            grid.row([
                month.month.to_string(),
                money(month.stay),
                money(month.stay_premium),
                stranded,
                money(month.migrate_now),
                word_of_sum(month.stay_basis),
            ]);
        }
        self.grid(&grid);
        self.assumption(summary);
        for total in &summary.bounds {
            self.bounds(total, summary);
        }
    }

    /// How much of the whole is assumption.
    fn assumption(&mut self, summary: &Summary) {
        let stay = &summary.stay;
        let (Some(cost), Some(low), Some(high)) = (stay.expected, stay.low, stay.high) else {
            return;
        };
        let Some(last) = summary.months.last().filter(|_| low != high) else {
            return;
        };
        self.line(&format!(
            "  to {} staying costs {} at assumed prices, {} to {} at their bounds",
            last.month,
            cost.in_words(),
            low.in_words(),
            high.in_words()
        ));
    }

    fn moves(&mut self, report: &ImpactReport) -> Result<(), MoneyOverflow> {
        if let Some((lines, workloads)) = move_lines(&report.scenarios)? {
            let hint = self.hint("scenarios");
            let heading = match workloads {
                0 => "WHAT A MOVE SAVES".to_owned(),
                _ => format!(
                    "WHAT A MOVE SAVES (best scenario of {} of {workloads} workloads{hint})",
                    shown(workloads)
                ),
            };
            self.heading(&heading);
            self.grid(&scenario_grid(&report.scenarios)?);
            for line in lines {
                self.line(&line);
            }
        }
        Ok(())
    }

    fn calendar(&mut self, report: &ImpactReport) -> Result<(), MoneyOverflow> {
        let (width, colour) = (self.screen.width, self.screen.colour);
        let (lines, shown, all) = calendar_lines(report, width, colour)?;
        if all > 0 {
            let hint = self.hint("timeline");
            self.heading(&format!("CALENDAR ({shown} of {all} dates to come{hint})"));
            self.lines.extend(lines);
        }
        Ok(())
    }

    /// What a sum may come to by its volume; prices are taken as they are shown.
    fn bounds(&mut self, total: &ProjectionTotal, summary: &Summary) {
        let name = match (total.month, summary.months.last()) {
            (Some(month), _) => format!("staying in {month}"),
            (None, Some(last)) => format!("staying to {}", last.month),
            (None, None) => "staying".to_owned(),
        };
        let dollars = |amount: Usd| {
            let words = amount.in_words();
            words
                .split_once('.')
                .map_or(words.clone(), |(whole, _)| whole.to_owned())
        };
        let between = |low, high| format!("{} to {}", dollars(low), dollars(high));
        self.line(&format!(
            "  {name}, by volume: 80% {}; 95% {}",
            between(total.cost_low_80, total.cost_high_80),
            between(total.cost_low_95, total.cost_high_95),
        ));
    }

    fn backtest(&mut self, report: &ImpactReport) {
        let Some(rows) = &report.backtest else { return };
        let Some(first) = rows.iter().map(|row| row.first_origin).min() else {
            self.heading("BACKTEST");
            self.line("  too little history: a backtest needs 86 days of one workload");
            return;
        };
        let hint = self.hint("backtest");
        self.heading(&format!("BACKTEST (forecasts made from {first} on{hint})"));
        self.grid(&backtest_grid(rows));
    }

    fn urgency(&mut self, report: &ImpactReport) {
        if report.urgency.is_empty() {
            return;
        }
        let (lines, shown) = urgency_lines(&report.urgency, self.screen.width, self.screen.colour);
        let count = report.urgency.len();
        let hint = self.hint("urgency");
        self.heading(&format!("MOVE FIRST ({shown} of {count}{hint})"));
        self.lines.extend(lines);
    }

    fn findings(&mut self, findings: &[Diagnostic]) -> Result<(), MoneyOverflow> {
        if findings.is_empty() {
            return Ok(());
        }
        let counts = finding_counts(findings);
        let hint = self.hint("findings");
        self.heading(&format!("LEFT OUT OR ASSUMED ({counts}{hint})"));
        for line in finding_lines(findings, self.screen.width)? {
            self.line(&line);
        }
        Ok(())
    }

    fn foot(&mut self, report: &ImpactReport) {
        self.lines.push(String::new());
        let hash: String = report.tables_hash.chars().take(12).collect();
        let checked = match report.prices_checked {
            None => "no price was used".to_owned(),
            Some((oldest, newest)) => {
                let age = report.as_of.signed_duration_since(oldest).num_days();
                format!("prices checked {oldest} to {newest} (oldest {age} days before as_of)")
            }
        };
        let tables = match hash.is_empty() {
            true => checked,
            false => format!("tables {hash}; {checked}"),
        };
        self.line(&tables);
        self.line("phases are taken to begin at 00:00 UTC of their date: AWS names no hour");
        if let Some(folder) = self.screen.files.first().and_then(|path| path.parent()) {
            let count = self.screen.files.len();
            self.line(&format!("{count} files written to {}", folder.display()));
        }
    }
}

/// An amount, or a dash for what is not known.
pub(super) fn money(amount: Option<Usd>) -> String {
    amount.map_or_else(|| "-".to_owned(), Usd::in_words)
}

/// The weakest basis of a sum over many models, of which few may rest on it.
fn word_of_sum(basis: Option<PriceBasis>) -> String {
    match basis {
        Some(PriceBasis::Assumed) => "assumed in part".to_owned(),
        _ => word(basis),
    }
}

/// The weakest basis of a sum. A sum of which something has no price is incomplete.
fn word(basis: Option<PriceBasis>) -> String {
    match basis {
        None => String::new(),
        Some(PriceBasis::Unpriced) => "unpriced in part".to_owned(),
        Some(basis) => basis.as_str().to_owned(),
    }
}
