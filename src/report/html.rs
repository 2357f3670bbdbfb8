//! The page: one self-contained file that loads nothing and runs nothing.
//!
//! No script at all; the one style sheet is allowed by its hash, everything else is forbidden by
//! the Content-Security-Policy in the page. All markup comes from a template engine that escapes
//! every value; text from outside also passes `visible` first, so that it cannot hide or turn
//! around what follows. Numbers are those of [`Summary`] and of the tables, rounded once.
//!
//! Imports `projection`, `pricing`, `domain` and `diagnostic`. Sample: `eolcast.html` of the demo
//! begins with `Bedrock cost $92,169.68 in October 2026`.

mod ahead;
mod cells;
mod changed;
mod counted;
mod dates;
mod foot;
mod headline;
#[cfg(test)]
mod html_tests;
mod policy;
mod ranked;
mod workload;
mod workloads;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::policy::content_security_policy;
use self::workloads::Workloads;
use super::summary::Summary;
use crate::domain::MoneyOverflow;
use crate::projection::ImpactReport;

/// The style sheet, as it stands in the page.
const STYLE: &str = include_str!("html/style.css");

/// The whole page of a report.
pub fn html_page(report: &ImpactReport) -> Result<String, MoneyOverflow> {
    let summary = Summary::of(report)?;
    let workloads = Workloads::of(report)?;
    let main = html! {
        (headline::headline(report, &summary, &workloads)?)
        (ranked::ranked(report, &workloads))
        (ahead::moves(report)?)
        (counted::cost_by_month(report)?)
        (changed::changed(report)?)
        (ahead::projection(report, &summary)?)
        (changed::bounds(&summary))
        (ahead::premium_by_workload(&workloads))
        (dates::timeline(report))
        (workloads.sections(report)?)
        (foot::findings(report))
    };
    let title = format!("eolcast: {} as of {}", report.month, report.as_of);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(content_security_policy(STYLE));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#moves-first" { "Skip to the ranked list" }
                (banner(report))
                main id="main" { (main) }
                (foot::foot(report))
            }
        }
    };
    Ok(page.into_string())
}

fn banner(report: &ImpactReport) -> Markup {
    html! {
        header {
            p.brand { "eolcast" span { "Bedrock cost and model end of life" } }
            nav aria-label="Sections" {
                @for (id, name) in [
                    ("moves-first", "Moves first"), ("cost", "Cost"), ("changed", "Change"),
                    ("outlook", "Outlook"), ("premium", "Premium"), ("dates", "Dates"),
                    ("workloads", "Workloads"), ("findings", "Findings"),
                ] {
                    @if id != "changed" || !report.variance.is_empty() {
                        a href={"#" (id)} { (name) }
                    }
                }
            }
        }
        @if report.demo {
            p.demo role="note" { "Invented data (--demo): this company does not exist." }
        }
    }
}
