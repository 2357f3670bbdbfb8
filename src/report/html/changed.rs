//! Why the month cost more or less than the one before, and how far a volume may be off.
//!
//! Imports `projection` and `domain`. Sample: checkout on claude-opus-4-1, from $60.00 to
//! $123.00: mix +$36.00, volume +$30.00.

use maud::{Markup, html};

use super::super::format::short_model;
use super::super::summary::Summary;
use super::super::terminal_variance::{movers, note, reasons};
use super::cells::{Align, money, name, table};
use crate::domain::{MoneyOverflow, Usd};
use crate::projection::{ImpactReport, VarianceTotal};

/// All workloads, and those that moved most.
pub(super) fn changed(report: &ImpactReport) -> Result<Markup, MoneyOverflow> {
    if report.variance.is_empty() {
        return Ok(html! {});
    }
    let total = VarianceTotal::of(&report.variance)?;
    let whole = total.after.subtract(total.before)?;
    let mut rows = vec![vec![
        html! { "all workloads" },
        html! {},
        money(Some(total.before)),
        money(Some(total.after)),
        html! { (whole.change_in_words()) },
        html! { (reasons(&total.effects)) },
    ]];
    for (row, difference) in movers(&report.variance) {
        let why = match row.change {
            Some(_) => note(row),
            None => reasons(&row.effects.unwrap_or_default()),
        };
        rows.push(vec![
            name(&row.workload),
            name(&short_model(&row.model_id)),
            money(Some(row.cost_before.unwrap_or_default())),
            money(Some(row.cost_after.unwrap_or_default())),
            html! { (difference.change_in_words()) },
            html! { (why) },
        ]);
    }
    let heads = [
        ("Workload", Align::Left),
        ("Model", Align::Left),
        ("Before", Align::Right),
        ("After", Align::Right),
        ("Difference", Align::Right),
        ("Why", Align::Left),
    ];
    let before = report.month.previous();
    Ok(html! {
        section aria-labelledby="h-changed" {
            h2 id="h-changed" { "What changed since " (before) }
            (table("List cost of the month against the month before; the effects add up to the difference", &heads, &rows, None))
            @match total.unknown {
                0 => {},
                1 => { p { "Left out: 1 row that has no price in a month." } },
                rows => { p { "Left out: " (rows) " rows that have no price in a month." } },
            }
        }
    })
}

/// What staying may come to by its volume, in whole dollars; prices are taken as shown.
pub(super) fn bounds(summary: &Summary) -> Markup {
    let dollars = |amount: Usd| {
        let words = amount.in_words();
        let whole = words.split_once('.').map(|(whole, _)| whole.to_owned());
        whole.unwrap_or(words)
    };
    let between = |low, high| format!("{} to {}", dollars(low), dollars(high));
    html! {
        @for total in &summary.bounds {
            p {
                @match (total.month, summary.months.last()) {
                    (Some(month), _) => { "Staying in " (month) },
                    (None, Some(last)) => { "Staying to " (last.month) },
                    (None, None) => { "Staying" },
                }
                ", by volume: 80% " (between(total.cost_low_80, total.cost_high_80))
                "; 95% " (between(total.cost_low_95, total.cost_high_95)) "."
            }
        }
    }
}
