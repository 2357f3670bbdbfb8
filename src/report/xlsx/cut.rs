//! Tables that are too long for a workbook that somebody opens: above [`MOST_ROWS`] rows a sheet
//! shows the rows that matter most (the most money; of `usage`, which has none, the most tokens)
//! in the order of the table, and adds the others up in a few rows at its top.
//!
//! A row that stands for others says so in the column `workload` and for how many in
//! `account_id`; it keeps the month, the phase and the like, so that the sum of each column, of
//! each month and of each scenario is that of the whole table. What is unknown is not added up,
//! and empty where nothing is known; the bounds of volumes are not, as the bound of a sum is no
//! sum of bounds. The whole tables stand in CSV and Parquet.
//!
//! Imports `projection`, `domain` and `diagnostic`. Sample: of 784,000 charges 50,000 are shown,
//! and below the header 190 rows add up 734,000.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use hashbrown::HashMap;

use super::cut_rules::{Rule, SCENARIO, rule};
use crate::diagnostic::Diagnostic;
use crate::domain::{Decimal, MoneyOverflow, Month, Text, Usd, count_in_words};
use crate::projection::{ImpactReport, Scenario};
use crate::report::in_order::in_order;
use crate::report::parts::Parts;
use crate::report::table::{Cell, ColumnKind, ReportError};
use crate::report::tables::TableName;

/// Rows that a sheet shows of a table, at most. Ten tables of so many rows open in seconds;
/// a million rows take minutes, and some programs give up.
pub(super) const MOST_ROWS: usize = 50_000;

/// What a sheet shows of a table that is too long.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// The rows that are shown, in the order of the table.
    pub(super) kept: Vec<usize>,
    /// Rows that each stand for several others, with a cell for each column.
    pub(super) sums: Vec<Vec<Cell>>,
    /// The finding that says so.
    pub(super) finding: Diagnostic,
}

/// The tables of a report that are too long.
#[derive(Debug, Default)]
pub(in crate::report) struct Cuts(BTreeMap<TableName, Cut>);

impl Cuts {
    /// Cuts each long table of a report but its findings, which are not complete yet.
    pub(in crate::report) fn of(report: &ImpactReport) -> Result<Self, ReportError> {
        Self::longer_than(MOST_ROWS, report)
    }

    fn longer_than(most: usize, report: &ImpactReport) -> Result<Self, ReportError> {
        let tables = TableName::ALL
            .into_iter()
            .chain(report.backtest.is_some().then_some(TableName::Backtest));
        let tables: Vec<(TableName, Parts<'_>)> = tables
            .filter(|table| *table != TableName::Findings)
            .map(|table| (table, table.parts(report)))
            .filter(|(_, parts)| parts.rows > most)
            .collect();
        let mut cuts = BTreeMap::new();
        let cut = |at: std::ops::Range<usize>| {
            let tables = tables.get(at).unwrap_or_default().iter();
            let cuts = tables.map(|(table, parts)| Ok((*table, Cut::of(*table, parts, most)?)));
            cuts.collect::<Result<Vec<_>, ReportError>>()
        };
        in_order(tables.len(), 1, cut, |made| {
            cuts.extend(made);
            Ok(())
        })?;
        Ok(Self(cuts))
    }

    pub(super) fn get(&self, table: TableName) -> Option<&Cut> {
        self.0.get(&table)
    }

    /// What the report has to say of the tables that are cut.
    pub(in crate::report) fn findings(&self, report: &ImpactReport) -> Vec<Diagnostic> {
        let mut findings: Vec<Diagnostic> =
            self.0.values().map(|cut| cut.finding.clone()).collect();
        let all = report.findings.len().saturating_add(findings.len());
        if all >= MOST_ROWS {
            // It is itself one of them.
            let table = TableName::Findings;
            let all = all.saturating_add(1);
            findings.push(finding(table, &rule(table), all, MOST_ROWS, None));
        }
        findings
    }
}

impl Cut {
    /// Shows so many rows of a table and adds the others up.
    pub(super) fn of(
        table: TableName,
        parts: &Parts<'_>,
        most: usize,
    ) -> Result<Self, ReportError> {
        let rule = rule(table);
        let kept = kept(&rule, parts, most)?;
        let groups = groups(&rule, parts, &kept)?;
        let weight = weight(&rule, parts, &groups)?;
        let finding = finding(table, &rule, parts.rows, kept.len(), weight);
        let sums = groups
            .into_iter()
            .map(|(key, group)| group.row(table, &rule, parts, key))
            .collect();
        Ok(Self {
            kept,
            sums,
            finding,
        })
    }
}

/// The places of the rows that matter most, in the order of the table; of two that matter alike
/// the first.
fn kept(rule: &Rule, parts: &Parts<'_>, most: usize) -> Result<Vec<usize>, ReportError> {
    if rule.rank.is_empty() {
        return Ok((0..most.min(parts.rows)).collect());
    }
    let mut ranked: Vec<(Option<Decimal>, usize)> = Vec::with_capacity(parts.rows);
    parts.rows_of(0..parts.rows, &places(parts, rule.rank), |cells| {
        let mut known = cells.iter().filter_map(amount);
        let sum = known.try_fold(None, |sum: Option<Decimal>, amount| {
            let sum = sum.unwrap_or_default().checked_add(amount);
            sum.map(Some).ok_or(MoneyOverflow)
        })?;
        ranked.push((sum, ranked.len()));
        Ok(())
    })?;
    if most < ranked.len() {
        ranked.select_nth_unstable_by(most, |a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.truncate(most);
    }
    let mut kept: Vec<usize> = ranked.into_iter().map(|(_, row)| row).collect();
    kept.sort_unstable();
    Ok(kept)
}

fn places(parts: &Parts<'_>, columns: &[&str]) -> Vec<usize> {
    columns
        .iter()
        .filter_map(|name| parts.place(name))
        .collect()
}

fn amount(cell: &Cell) -> Option<Decimal> {
    match cell {
        Cell::Count(count) => Some(Decimal::from(*count)),
        other => other.decimal(),
    }
}

/// Rows that are added up.
#[derive(Default)]
struct Group {
    rows: u64,
    sums: Vec<Option<Decimal>>,
}

/// The rows that are not shown, by their keys and in the order of these.
fn groups(
    rule: &Rule,
    parts: &Parts<'_>,
    kept: &[usize],
) -> Result<Vec<(Vec<Cell>, Group)>, ReportError> {
    let keys = places(parts, rule.keys);
    let columns: Vec<usize> = [&*keys, &places(parts, rule.sums)].concat();
    let mut groups: HashMap<Vec<Cell>, Group> = HashMap::new();
    let mut key = Vec::with_capacity(keys.len());
    let (mut row, mut kept) = (0_usize, kept.iter().copied().peekable());
    parts.rows_of(0..parts.rows, &columns, |cells| {
        let at = row;
        row = row.saturating_add(1);
        if kept.next_if_eq(&at).is_some() {
            return Ok(());
        }
        let (of_key, values) = cells.split_at(keys.len().min(cells.len()));
        key.clear();
        key.extend(of_key.iter().map(key_cell));
        let group = groups.entry_ref(&*key).or_default();
        group.rows = group.rows.saturating_add(1);
        group.sums.resize(values.len(), None);
        for (sum, value) in group.sums.iter_mut().zip(values) {
            if let Some(amount) = amount(value) {
                let added = sum.unwrap_or_default().checked_add(amount);
                *sum = Some(added.ok_or(MoneyOverflow)?);
            }
        }
        Ok(())
    })?;
    let mut groups: Vec<(Vec<Cell>, Group)> = groups.into_iter().collect();
    groups.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(groups)
}

/// Hours are added up to their month.
fn key_cell(cell: &Cell) -> Cell {
    match cell {
        Cell::Timestamp(moment) => {
            let first = Month::of(moment.date_naive()).first_day();
            Cell::Timestamp(first.and_time(NaiveTime::MIN).and_utc())
        }
        other => other.clone(),
    }
}

impl Group {
    /// A row of the table that stands for those of the group.
    fn row(self, table: TableName, rule: &Rule, parts: &Parts<'_>, key: Vec<Cell>) -> Vec<Cell> {
        let mut cells = vec![Cell::Empty; parts.columns.len()];
        let mut put = |column: &str, cell: Cell| {
            if let Some(place) = parts.place(column).and_then(|at| cells.get_mut(at)) {
                *place = cell;
            }
        };
        for (column, cell) in rule.keys.iter().zip(key) {
            put(column, cell);
        }
        for (column, sum) in rule.sums.iter().zip(self.sums) {
            let is_money = parts
                .place(column)
                .and_then(|at| parts.columns.get(at))
                .is_some_and(|column| column.kind == ColumnKind::Money);
            put(
                column,
                match sum {
                    None => Cell::Empty,
                    Some(sum) if is_money => Cell::Money(Usd::new(sum)),
                    Some(sum) => Cell::Decimal(sum),
                },
            );
        }
        let count = rows_in_words(self.rows);
        let name = table.as_str();
        let label = format!("(further rows, added up; each in {name}.csv and {name}.parquet)");
        let label = match rule.label == rule.count {
            true => format!("{count} {label}"),
            false => label,
        };
        put(rule.count, Cell::Text(Text::from(count)));
        put(rule.label, Cell::Text(Text::from(label)));
        cells
    }
}

/// How much the rows are that are added up; of scenarios only if nothing moves.
fn weight(
    rule: &Rule,
    parts: &Parts<'_>,
    groups: &[(Vec<Cell>, Group)],
) -> Result<Option<String>, ReportError> {
    let is_money = rule
        .weight
        .iter()
        .filter_map(|column| parts.columns.get(parts.place(column)?))
        .any(|column| column.kind == ColumnKind::Money);
    let scenario = rule.keys.iter().position(|key| *key == SCENARIO);
    let stays = |key: &[Cell]| {
        let scenario = scenario.and_then(|at| key.get(at)?.text());
        scenario.is_none_or(|scenario| scenario == Scenario::Stay.as_str())
    };
    let mut weight: Option<Decimal> = None;
    for (_, group) in groups.iter().filter(|(key, _)| stays(key)) {
        for (_, sum) in rule
            .sums
            .iter()
            .zip(&group.sums)
            .filter(|(column, _)| rule.weight.contains(column))
        {
            if let Some(sum) = sum {
                let added = weight.unwrap_or_default().checked_add(*sum);
                weight = Some(added.ok_or(MoneyOverflow)?);
            }
        }
    }
    let Some(weight) = weight else {
        return Ok(None);
    };
    let words = match is_money {
        true => Usd::new(weight).in_words(),
        false => format!(
            "{} tokens",
            count_in_words(u64::try_from(weight).unwrap_or(u64::MAX))
        ),
    };
    Ok(Some(match scenario {
        Some(_) => format!("{words} if nothing moves"),
        None => words,
    }))
}

/// `the 50,000 with the most list_cost`.
pub(super) fn shown_in_words(table: TableName, shown: usize) -> String {
    let shown = words(shown);
    match rule(table).rank {
        [] => format!("the first {shown}"),
        [column] => format!("the {shown} with the most {column}"),
        _ if table == TableName::Usage => format!("the {shown} with the most tokens"),
        columns => format!("the {shown} with the most {}", columns.join(" and ")),
    }
}

fn words(rows: usize) -> String {
    count_in_words(u64::try_from(rows).unwrap_or(u64::MAX))
}

fn rows_in_words(rows: u64) -> String {
    match rows {
        1 => "1 row".to_owned(),
        rows => format!("{} rows", count_in_words(rows)),
    }
}

fn finding(
    table: TableName,
    rule: &Rule,
    rows: usize,
    shown: usize,
    weight: Option<String>,
) -> Diagnostic {
    let name = table.as_str();
    let others = rows_in_words(u64::try_from(rows.saturating_sub(shown)).unwrap_or(u64::MAX));
    let others = match weight {
        Some(weight) => format!("{others}, {weight}"),
        None => others,
    };
    let added_up = match rule.sums {
        [] => "counted",
        _ => "added up, so that its sums stay exact",
    };
    let message = format!(
        "of {} rows the workbook shows {}; the others ({others}) are {added_up}; {name}.csv and {name}.parquet hold them all (--format csv,parquet)",
        words(rows),
        shown_in_words(table, shown),
    );
    Diagnostic::info("workbook-rows-added-up", name, message)
}

#[cfg(test)]
#[path = "cut_tests.rs"]
mod tests;
