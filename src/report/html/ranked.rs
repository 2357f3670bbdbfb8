//! The ranked list: who moves first, by when, and what it costs to wait. On a narrow screen
//! each row is a card (the style sheet does that; roles keep it a table).
//!
//! Imports `projection` and `domain`. Sample: `2, critical, fraud-investigation, ends
//! 2027-01-08, begin by 2026-10-25`.

use maud::{Markup, html};

use super::super::format::short_model;
use super::super::terminal_urgency::decisive;
use super::cells::{date, money, name, unknown};
use super::workloads::Workloads;
use crate::projection::{ImpactReport, Urgency, UrgencyRow};

/// Rows of the list; the others are in the table `urgency`.
const ROWS: usize = 100;

pub(super) fn ranked(report: &ImpactReport, workloads: &Workloads<'_>) -> Markup {
    let heads = [
        "#",
        "Urgency",
        "Workload",
        "Model and Region",
        "What decides",
        "Begin by",
        "Cost of 30 days",
        "Premium to end",
        "Move to",
    ];
    html! {
        section id="moves-first" tabindex="-1" aria-labelledby="h-moves-first" {
            h2 id="h-moves-first" { "Moves first" }
            @if report.urgency.is_empty() {
                p { "No model was used in the 30 days before " (report.as_of) ": there is nothing to rank." }
            } @else {
                table.cards role="table" {
                    caption { "Workloads by urgency, the first to move at the top" }
                    thead role="rowgroup" { tr role="row" {
                        @for head in heads { th role="columnheader" scope="col" { (head) } }
                    } }
                    tbody role="rowgroup" {
                        @for row in report.urgency.iter().take(ROWS) { (line(row, workloads, &heads)) }
                    }
                }
                @if report.urgency.len() > ROWS {
                    p { (report.urgency.len() - ROWS) " more are in the table urgency (CSV, Parquet)." }
                }
            }
        }
    }
}

fn line(row: &UrgencyRow, workloads: &Workloads<'_>, heads: &[&str; 9]) -> Markup {
    let workload = match workloads.id_of(&row.workload) {
        Some(id) => html! { a href={"#" (id)} { (name(&row.workload)) } },
        None => name(&row.workload),
    };
    let successor = row.successor.as_ref().map(short_model);
    let model = html! { (name(&short_model(&row.model_id))) " " small { (name(&row.region)) } };
    let premium = html! { (money(row.premium_to_end_of_life)) " " small { (row.price_basis) } };
    let cells = [
        (html! { (row.rank) }, "number"),
        (badge(row.urgency), ""),
        (workload, "wide"),
        (model, "model"),
        (html! { (decisive(row)) }, "keep"),
        (date(row.start_by), ""),
        (money(row.cost_last_30_days), "number"),
        (premium, "number"),
        (successor.map_or_else(unknown, |to| name(&to)), ""),
    ];
    html! {
        tr role="row" {
            @for (at, ((cell, class), head)) in cells.iter().zip(heads).enumerate() {
                @if at == 2 {
                    th role="rowheader" scope="row" class=(class) data-head=(head) { (cell) }
                } @else {
                    td role="cell" class=(class) data-head=(head) { (cell) }
                }
            }
        }
    }
}

/// The level as a word; colour only repeats it.
pub(super) fn badge(urgency: Urgency) -> Markup {
    html! { span class={"badge " (urgency.as_str())} { (urgency.as_str()) } }
}
