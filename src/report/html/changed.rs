//! Why the month cost more or less than the one before, and how far a volume may be off.
//!
//! Imports `projection` and `domain`. Sample: checkout on claude-opus-4-1, from $60.00 to
//! $123.00: mix +$36.00, volume +$30.00.

use maud::{Markup, html};

use super::super::chart::{Span, waterfall};
use super::super::format::short_model;
use super::super::summary::Summary;
use super::super::terminal_variance::{movers, note, reasons};
use super::super::waterfall::{StepKind, Waterfall};
use super::cells::{Align, figure, money, name, table};
use crate::domain::{MoneyOverflow, Usd};
use crate::projection::{ImpactReport, VarianceTotal};

/// How the cost went from month to month, all workloads, and those that moved most.
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
    let fall = Waterfall::of(report)?;
    Ok(html! {
        section id="changed" aria-labelledby="h-changed" {
            h2 id="h-changed" { "What changed since " (before) }
            @if fall.steps.is_empty() {
                p { "No workload has a price in both months." }
            } @else {
                (drawn(report, &fall))
                (table("List cost of the month against the month before; the effects add up to the difference", &heads, &rows, None))
            }
            @if let Some(rows) = fall.left_out(report.month) { p { "Left out: " (rows) "." } }
        }
    })
}

/// The waterfall of all workloads, with its numbers.
fn drawn(report: &ImpactReport, fall: &Waterfall) -> Markup {
    let spans: Vec<Span> = fall
        .steps
        .iter()
        .map(|step| {
            let (words, to) = (step.words(), step.to.in_words());
            Span {
                name: step.name.clone(),
                from: step.from.amount(),
                to: step.to.amount(),
                class: match step.kind {
                    StepKind::Total => "total",
                    StepKind::Rise if step.amount == Usd::ZERO => "unmoved",
                    StepKind::Rise => "rise",
                    StepKind::Fall => "fall",
                },
                words: match step.kind {
                    StepKind::Total => format!("{}: {words}", step.name),
                    StepKind::Rise | StepKind::Fall => format!("{}: {words}, to {to}", step.name),
                },
                amount: words,
            }
        })
        .collect();
    let rows: Vec<Vec<Markup>> = fall
        .steps
        .iter()
        .map(|step| {
            let change = match step.kind {
                StepKind::Total => html! {},
                StepKind::Rise | StepKind::Fall => html! { (step.words()) },
            };
            vec![html! { (step.name) }, change, money(Some(step.to))]
        })
        .collect();
    let heads = [
        ("Step", Align::Left),
        ("Change", Align::Right),
        ("Cost so far", Align::Right),
    ];
    let legend = [
        ("total", "List cost of a month"),
        ("rise", "Costs more"),
        ("fall", "Costs less"),
    ];
    let (before, month) = (report.month.previous(), report.month);
    let caption = html! {
        "From the cost of " (before) " to that of " (month) ": more or fewer tokens (volume), other "
        "meters, Regions and tiers (mix), other normal prices (price), the change of the Extended "
        "Access premium, and what is used in one of the months only (new, gone)."
    };
    figure(
        "Chart: from the cost of the month before to that of the month",
        &caption,
        &legend,
        &waterfall(
            "Why the cost changed, bars from step to step",
            &spans,
            fall.floor(),
        ),
        &table("Why the cost changed, US dollars", &heads, &rows, None),
    )
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
