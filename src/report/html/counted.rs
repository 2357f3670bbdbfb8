//! Cost by month and phase, what Extended Access adds set apart.
//!
//! Imports `projection`, `pricing` and `domain`. Sample: 2026-10, Extended Access adds $5,965.20.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::chart::{Column, Mark, columns};
use super::super::summary::add;
use super::cells::{Align, Head, basis, figure, money, table};
use crate::domain::{LifecyclePhase, MoneyOverflow, Month, PriceBasis, Usd};
use crate::projection::ImpactReport;

/// Sums of one month.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    /// Normal cost, by phase.
    normal: BTreeMap<LifecyclePhase, Usd>,
    premium: Option<Usd>,
    pub(super) list: Option<Usd>,
    basis: Option<PriceBasis>,
}

/// The months with data, in order.
pub(super) fn counted_months(
    report: &ImpactReport,
) -> Result<BTreeMap<Month, Counted>, MoneyOverflow> {
    let mut months: BTreeMap<Month, Counted> = BTreeMap::new();
    for row in &report.costs {
        let month = months.entry(row.month).or_default();
        add(&mut month.list, row.list_cost)?;
        add(&mut month.premium, row.extended_access_premium)?;
        if let Some(normal) = row.normal_cost {
            let sum = month.normal.entry(row.phase).or_default();
            *sum = sum.add(normal)?;
        }
        month.basis = month.basis.max(Some(row.price_basis));
    }
    Ok(months)
}

pub(super) fn cost_by_month(report: &ImpactReport) -> Result<Markup, MoneyOverflow> {
    let months = counted_months(report)?;
    let used = |phase: &LifecyclePhase| {
        let sums = months.values().filter_map(|month| month.normal.get(phase));
        sums.into_iter().any(|sum| *sum != Usd::ZERO)
    };
    let phases: Vec<LifecyclePhase> = LifecyclePhase::LIFE.into_iter().filter(used).collect();
    let columns_drawn: Vec<Column> = months
        .iter()
        .map(|(month, sums)| Column {
            name: month.to_string(),
            note: is_running(*month, report).then_some("so far"),
            parts: parts(*month, sums, &phases),
        })
        .collect();
    let legend: Vec<(&'static str, &str)> = phases
        .iter()
        .map(|phase| (phase.as_str(), head(*phase)))
        .chain([("premium", "What Extended Access adds")])
        .collect();
    let caption = html! {
        "What each month cost at normal prices, by the phase the models were in, and what "
        "Extended Access added on top."
        @if months.contains_key(&Month::of(report.as_of)) && Month::of(report.as_of) != report.month {
            " The last column holds the days before " (report.as_of) " only."
        }
    };
    Ok(html! {
        section id="cost" aria-labelledby="h-cost" {
            h2 id="h-cost" { "Cost by month and phase" }
            @if months.is_empty() {
                p { "No usage." }
            } @else {
                (figure("Chart: cost by month and phase", &caption, &legend, &columns("Cost by month and phase, stacked columns", &columns_drawn),
                    &numbers(report, &months, &phases)))
            }
        }
    })
}

/// Whether only its first days are counted yet.
fn is_running(month: Month, report: &ImpactReport) -> bool {
    month == Month::of(report.as_of) && month != report.month
}

fn name(month: Month, report: &ImpactReport) -> String {
    match is_running(month, report) {
        true => format!("{month} so far"),
        false => month.to_string(),
    }
}

fn head(phase: LifecyclePhase) -> &'static str {
    match phase {
        LifecyclePhase::Active => "Active",
        LifecyclePhase::Legacy => "Legacy",
        LifecyclePhase::ExtendedAccess => "Extended Access at normal price",
        LifecyclePhase::EndOfLife => "After end of life",
        LifecyclePhase::Unknown => "Phase not known",
    }
}

fn parts(month: Month, sums: &Counted, phases: &[LifecyclePhase]) -> Vec<Mark> {
    let mark = |class, words: &str, amount: Usd| Mark {
        value: amount.amount(),
        class,
        words: format!("{month}, {words}: {}", amount.in_words()),
    };
    let normal = phases.iter().filter_map(|phase| {
        let amount = sums.normal.get(phase)?;
        Some(mark(phase.as_str(), head(*phase), *amount))
    });
    let premium = sums
        .premium
        .map(|amount| mark("premium", "Extended Access adds", amount));
    normal.chain(premium).collect()
}

fn numbers(
    report: &ImpactReport,
    months: &BTreeMap<Month, Counted>,
    phases: &[LifecyclePhase],
) -> Markup {
    let mut heads: Vec<Head> = vec![("Month", Align::Left)];
    heads.extend(phases.iter().map(|phase| (head(*phase), Align::Right)));
    heads.extend([
        ("Extended Access adds", Align::Right),
        ("List cost", Align::Right),
        ("Weakest price basis", Align::Left),
    ]);
    let rows: Vec<Vec<Markup>> = months
        .iter()
        .map(|(month, sums)| {
            let mut row = vec![html! { (name(*month, report)) }];
            // A phase that no row of the month was in costs nothing, which is known.
            let normal = |phase| {
                sums.normal
                    .get(phase)
                    .copied()
                    .or(sums.list.map(|_| Usd::ZERO))
            };
            row.extend(phases.iter().map(|phase| money(normal(phase))));
            row.extend([
                money(sums.premium),
                money(sums.list),
                html! { (basis(sums.basis)) },
            ]);
            row
        })
        .collect();
    table("Cost by month and phase, US dollars", &heads, &rows, None)
}
