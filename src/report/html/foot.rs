//! What was left out or assumed, and how fresh the tables are.
//!
//! Imports `projection`, `domain` and `diagnostic`. Sample: `warning, unpriced-usage, newco.x`.

use maud::{Markup, html};

use super::super::format::visible;
use super::cells::{Align, date, money, name, table, unknown};
use crate::domain::count_in_words;
use crate::projection::ImpactReport;

/// Findings shown; the others are in the table `findings`.
const FINDINGS: usize = 300;

pub(super) fn findings(report: &ImpactReport) -> Markup {
    let rows: Vec<Vec<Markup>> = report
        .findings
        .iter()
        .take(FINDINGS)
        .map(|finding| {
            let tokens = finding.tokens_affected.map(count_in_words);
            vec![
                html! { span class={"badge " (finding.severity.as_str())} { (finding.severity.as_str()) } },
                html! { code { (visible(&finding.code)) } },
                name(&finding.subject),
                html! { (visible(&finding.message)) },
                money(finding.cost_affected),
                tokens.map_or_else(unknown, |tokens| html! { (tokens) }),
            ]
        })
        .collect();
    let heads = [
        ("Severity", Align::Left),
        ("Code", Align::Left),
        ("About", Align::Left),
        ("What", Align::Left),
        ("Cost affected", Align::Right),
        ("Tokens affected", Align::Right),
    ];
    let more = report.findings.len().saturating_sub(FINDINGS);
    html! {
        section id="findings" aria-labelledby="h-findings" {
            h2 id="h-findings" { "Left out, assumed or contradictory" }
            @if rows.is_empty() {
                p { "Nothing was left out and nothing assumed." }
            } @else {
                div.findings { (table("Findings, the costliest first", &heads, &rows, None)) }
                @if more > 0 { p { (more) " more are in the table findings (CSV, Parquet)." } }
            }
        }
    }
}

pub(super) fn foot(report: &ImpactReport) -> Markup {
    html! {
        footer {
            @if let Some((oldest, newest)) = report.prices_checked {
                p {
                    "Prices checked " (date(Some(oldest))) " to " (date(Some(newest))) "; the oldest "
                    (report.as_of.signed_duration_since(oldest).num_days()) " days before " (report.as_of) "."
                }
            } @else {
                p { "No price was used." }
            }
            @if !report.tables_hash.is_empty() { p { "Price and life-cycle tables: " code { (report.tables_hash) } } }
            p { "Phases are taken to begin at 00:00 UTC of their date: AWS names no hour. Amounts are rounded for display; the tables hold them exactly." }
        }
    }
}
