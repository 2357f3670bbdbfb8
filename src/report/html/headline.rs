//! What a person who looks for twenty seconds takes away: the cost of the month, the premium to
//! come, what moves first, and how much of it is assumed or left out.
//!
//! Imports `projection`, `domain` and `diagnostic`. Sample: `If nothing moves, Extended Access
//! adds $196,518.02 by November 2027`.

use maud::{Markup, html};
use rust_decimal::RoundingStrategy;

use super::super::summary::{Summary, add};
use super::super::terminal_urgency::decisive;
use super::cells::{basis, date, money, month_name, name};
use super::workloads::Workloads;
use crate::diagnostic::Severity;
use crate::domain::{Decimal, MoneyOverflow, PriceBasis, Usd, count_in_words};
use crate::projection::{ImpactReport, Urgency};

/// Workloads named at the top.
const FIRST: usize = 3;

pub(super) fn headline(
    report: &ImpactReport,
    summary: &Summary,
    workloads: &Workloads<'_>,
) -> Result<Markup, MoneyOverflow> {
    let month = month_name(report.month);
    let closed = &summary.closed;
    let ahead = &summary.to_end_of_life;
    let until = summary.months.last().map(|last| month_name(last.month));
    Ok(html! {
        section.headline aria-labelledby="headline" {
            h1 id="headline" {
                @match closed.list_cost {
                    Some(cost) => { "Bedrock cost " strong { (cost.in_words()) } " in " (month) }
                    None => { "No priced usage in " (month) }
                }
                @if let (Some(premium), Some(until)) = (ahead.expected, &until) {
                    ". If nothing moves, Extended Access adds " strong { (premium.in_words()) }
                    " by " (until) "."
                }
            }
            p.sub { "As of " (date(Some(report.as_of))) ". US dollars at list price unless said otherwise." }
            div.tiles {
                section.tile aria-labelledby="tile-cost" {
                    h2 id="tile-cost" { "Cost of " (month) }
                    p.big { (money(closed.list_cost)) }
                    p { "at normal prices " (money(closed.normal_cost)) }
                    p { "Extended Access adds " strong { (money(closed.premium)) } " " (tag(closed.premium_basis)) }
                    @if closed.contracted_cost != closed.list_cost {
                        p { "after your discount: " strong { (money(closed.contracted_cost)) } }
                    }
                    @if let Some(so_far) = &summary.so_far {
                        p { "since then, before " (report.as_of) ": " (money(so_far.list_cost)) ", of it Extended Access " (money(so_far.premium)) }
                    }
                }
                section.tile.tile-premium aria-labelledby="tile-premium" {
                    h2 id="tile-premium" { "Premium to come if nothing moves" }
                    p.big { (money(ahead.expected)) }
                    @if let (Some(low), Some(high)) = (ahead.low, ahead.high) {
                        @if low != high {
                            p { "between " (low.in_words()) " and " (high.in_words()) " at the bounds of assumed prices" }
                        }
                    }
                    p { @if let Some(until) = &until { "up to " (until) " " } (tag(ahead.price_basis)) }
                }
                (first(report, workloads))
                (assumed(report, summary)?)
            }
        }
    })
}

fn tag(price_basis: Option<PriceBasis>) -> Markup {
    let words = basis(price_basis);
    html! { @if !words.is_empty() { span.basis { (words) } } }
}

/// The first workloads of the ranked list: by when, and what moving saves.
fn first(report: &ImpactReport, workloads: &Workloads<'_>) -> Markup {
    let ranked = || {
        let urgent = workloads.all.iter().filter(|of| {
            let most = of.urgency.first();
            most.is_some_and(|row| row.urgency < Urgency::Low)
        });
        urgent.take(FIRST)
    };
    html! {
        section.tile.tile-first aria-labelledby="tile-first" {
            h2 id="tile-first" { "Moves first" }
            @if ranked().next().is_none() { p { "Nothing has to move soon." } }
            ol {
                @for of in ranked() {
                    li {
                        a href={"#" (of.id)} { (name(of.name)) } ": "
                        @if let Some(row) = of.urgency.first() {
                            span.keep { (decisive(row)) }
                            @if let Some(day) = row.start_by {
                                ", "
                                @if day < report.as_of { strong { "late: should have begun " (date(Some(day))) } }
                                @else { "begin by " strong { (date(Some(day))) } }
                            }
                        }
                        @if let Some(best) = &of.best {
                            "; saves " strong { (best.saving.in_words()) }
                            @if best.one_off != Usd::ZERO { " for " (best.one_off.in_words()) " once" }
                        } @else {
                            "; no saving in money, but its calls end"
                        }
                    }
                }
            }
        }
    }
}

/// How much rests on an assumption, and how much is in no sum.
fn assumed(report: &ImpactReport, summary: &Summary) -> Result<Markup, MoneyOverflow> {
    let mut assumed = None;
    let in_month = report.charges.iter().filter(|c| c.month == report.month);
    for charge in in_month.clone() {
        if charge.price_basis == PriceBasis::Assumed {
            add(&mut assumed, charge.list_cost)?;
        }
    }
    let tokens = in_month
        .filter(|charge| charge.sku_meter.is_tokens())
        .fold(0_u64, |sum, c| sum.saturating_add(c.consumed_quantity));
    let unpriced = summary.closed.unpriced_tokens;
    let cost = summary.closed.list_cost.unwrap_or_default().amount();
    let assumed = assumed.unwrap_or_default();
    let count = |severity| {
        let found = report.findings.iter();
        found.filter(|finding| finding.severity == severity).count()
    };
    Ok(html! {
        section.tile aria-labelledby="tile-assumed" {
            h2 id="tile-assumed" { "Assumed or left out" }
            p.big { (percent(assumed.amount(), cost).unwrap_or_else(|| "0%".to_owned())) }
            p { "of the month's cost, " (assumed.in_words()) ", rests on assumed prices" }
            p {
                strong { (percent(unpriced.into(), tokens.into()).unwrap_or_else(|| "0%".to_owned())) }
                " of its tokens, " (count_in_words(unpriced)) ", have no price and are in no sum"
            }
            p {
                a href="#findings" {
                    (count(Severity::Error)) " errors, " (count(Severity::Warning)) " warnings, "
                    (count(Severity::Info)) " notes"
                }
            }
        }
    })
}

/// A part in percent with one place; a little is never shown as nothing, nor nearly all as all.
fn percent(part: Decimal, whole: Decimal) -> Option<String> {
    let exact = part.checked_div(whole)?.checked_mul(Decimal::ONE_HUNDRED)?;
    let shown = exact.round_dp_with_strategy(1, RoundingStrategy::MidpointNearestEven);
    Some(if shown.is_zero() && !exact.is_zero() {
        "<0.1%".to_owned()
    } else if shown == Decimal::ONE_HUNDRED && exact != shown {
        ">99.9%".to_owned()
    } else {
        format!("{}%", shown.normalize())
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::decimal;
    use super::*;

    #[test]
    fn shares_never_hide_a_rest() {
        let share = |part, whole| percent(decimal(part), decimal(whole));
        // 11,930.40 of 92,169.68 is 12.944%.
        assert_eq!(share("11930.40", "92169.68").as_deref(), Some("12.9%"));
        assert_eq!(share("1", "1000000").as_deref(), Some("<0.1%"));
        assert_eq!(share("999999", "1000000").as_deref(), Some(">99.9%"));
        assert_eq!(share("0", "5").as_deref(), Some("0%"));
        assert_eq!(share("5", "5").as_deref(), Some("100%"));
        assert_eq!(share("5", "0"), None);
    }
}
