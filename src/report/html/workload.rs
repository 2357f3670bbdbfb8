//! The section of one workload: the reason in words, the dates, what a move saves, and the
//! arithmetic of the closed month, quantity times price.
//!
//! Imports `projection`, `pricing` and `domain`. Sample: `input 1.2 x 3.30 per 1000000 Tokens =
//! 3.96`.

use maud::{Markup, html};

use super::super::best_moves::BestMove;
use super::super::format::{short_model, visible};
use super::super::summary::add;
use super::cells::{Align, basis, date, left_out, money, name, table, unknown};
use super::ranked::badge;
use super::workloads::Workload;
use crate::domain::{EndOfLife, EndpointScope, MoneyOverflow, count_in_words};
use crate::pricing::Charge;
use crate::projection::{ImpactReport, UrgencyRow};

/// Rows shown; the others are in the tables `urgency`, `scenarios` and `charges`.
const REASONS: usize = 20;
const MOVES: usize = 60;
const CHARGES: usize = 100;

pub(super) fn section(of: &Workload<'_>, report: &ImpactReport) -> Result<Markup, MoneyOverflow> {
    let urgency = of.urgency.first().map(|row| row.urgency);
    let owner = of.urgency.iter().find_map(|row| row.owner.as_ref());
    Ok(html! {
        details.workload {
            summary {
                h3 { (name(of.name)) }
                @if let Some(urgency) = urgency { " " (badge(urgency)) }
                span.sums { (report.month) ": " (money(of.cost)) "; premium to come: " (money(of.premium)) " " (basis(of.basis)) }
            }
            div id=(of.id) tabindex="-1" {
                @if let Some(owner) = owner { p { "Owner: " (name(owner)) } }
                @for row in of.urgency.iter().take(REASONS) { (reason(row)) }
                (left_out(of.urgency.len(), REASONS, "urgency"))
                (moves(of))
                (arithmetic(of, report)?)
            }
        }
    })
}

fn reason(row: &UrgencyRow) -> Markup {
    let end = match row.end_of_life {
        Some(EndOfLife::On(day)) => date(Some(day)),
        Some(EndOfLife::NotBefore(day)) => html! { "not before " (date(Some(day))) },
        None => unknown(),
    };
    let facts = [
        ("Phase", html! { (row.phase) }),
        ("Legacy from", date(row.legacy_from)),
        ("Extended Access from", date(row.extended_access_from)),
        ("End of life", end),
        ("Lead time", html! { (row.lead_time_days) " days" }),
        ("Begin by", date(row.start_by)),
        ("Last used", date(Some(row.last_used))),
        ("Cost of the last 30 days", money(row.cost_last_30_days)),
        ("Premium to end of life", money(row.premium_to_end_of_life)),
        ("Premium per day", money(row.premium_per_day)),
        (
            "Move to",
            row.successor
                .as_ref()
                .map_or_else(unknown, |to| name(to.as_str())),
        ),
        ("30 days there", money(row.successor_cost_per_month)),
        ("Price basis", html! { (row.price_basis) }),
    ];
    html! {
        div.row {
            h4 {
                "Rank " (row.rank) ": " (name(row.model_id.as_str())) " in " (name(&row.region))
                ", account " (name(&row.account_id)) " " (badge(row.urgency))
            }
            p { (visible(&row.reason)) }
            dl { @for (term, fact) in facts { div { dt { (term) } dd { (fact) } } } }
        }
    }
}

fn moves(of: &Workload<'_>) -> Markup {
    let heads = [
        ("Scenario", Align::Left),
        ("From", Align::Left),
        ("Region", Align::Left),
        ("To", Align::Left),
        ("On", Align::Left),
        ("Saves to end of life", Align::Right),
        ("Premium avoided", Align::Right),
        ("Costs once", Align::Right),
        ("A day of delay costs", Align::Right),
        ("Pays until", Align::Left),
    ];
    let rows: Vec<Vec<Markup>> = of
        .scenarios
        .iter()
        .take(MOVES)
        .map(|row| {
            let to = row.successor.as_ref().map(short_model);
            vec![
                name(row.scenario.as_str()),
                name(&short_model(&row.model_id)),
                name(&row.region),
                to.map_or_else(unknown, |to| name(&to)),
                date(row.migrate_on),
                money(row.saving_to_end_of_life),
                money(row.premium_avoided),
                money(row.one_off_cost),
                money(row.cost_of_delay_per_day),
                date(row.pays_until),
            ]
        })
        .collect();
    html! {
        @if !rows.is_empty() {
            h4 { "What a move saves" }
            @if let Some(best) = &of.best { (best_words(best)) }
            (table("Scenarios against staying, US dollars", &heads, &rows, None))
            (left_out(of.scenarios.len(), MOVES, "scenarios"))
        }
    }
}

/// The best scenario over all rows of the workload.
fn best_words(best: &BestMove) -> Markup {
    html! {
        p {
            "Best: " (name(best.scenario.as_str())) " saves " strong { (best.saving.in_words()) }
            " to end of life, costs " (best.one_off.in_words()) " once and avoids "
            (best.premium_avoided.in_words()) " of premium"
            @if let Some(day) = best.pays_until { "; pays if begun by " (date(Some(day))) }
            @if let Some(delay) = best.delay_per_day { "; a day of delay costs " (delay.in_words()) }
            "."
        }
    }
}

fn arithmetic(of: &Workload<'_>, report: &ImpactReport) -> Result<Markup, MoneyOverflow> {
    if of.charges.is_empty() {
        return Ok(html! { p { "No usage in " (report.month) "." } });
    }
    let mut total = None;
    for charge in &of.charges {
        add(&mut total, charge.list_cost)?;
    }
    let heads = [
        ("Model", Align::Left),
        ("Region, scope, tier", Align::Left),
        ("Phase", Align::Left),
        ("Meter", Align::Left),
        ("Consumed", Align::Right),
        ("Quantity", Align::Right),
        ("Unit", Align::Left),
        ("× unit price", Align::Right),
        ("= list cost", Align::Right),
        ("Basis", Align::Left),
        ("Price from", Align::Left),
        ("Source", Align::Left),
    ];
    let rows: Vec<Vec<Markup>> = of.charges.iter().take(CHARGES).map(|c| line(c)).collect();
    let exact = total.map_or_else(unknown, |sum| html! { (sum.to_string()) });
    let mut foot = vec![html! { "Sum, exact" }];
    foot.extend((0..7).map(|_| html! {}));
    foot.push(exact);
    foot.extend((0..3).map(|_| html! {}));
    let caption = format!("Arithmetic of {}, US dollars, not rounded", report.month);
    let left = of.charges.len().saturating_sub(CHARGES);
    Ok(html! {
        h4 { "Arithmetic of " (report.month) }
        (table(&caption, &heads, &rows, Some(&foot)))
        @if left > 0 { p { "The sum holds " (left) " more charges, which are in the table charges." } }
    })
}

fn line(charge: &Charge) -> Vec<Markup> {
    let scope = charge
        .endpoint_scope
        .map_or("scope not known", EndpointScope::as_str);
    let band = match charge.prompt_band {
        Some(0) => String::new(),
        Some(bound) => format!(", prompts above {} tokens", count_in_words(bound)),
        None => ", prompt size not known".to_owned(),
    };
    let price = charge
        .list_unit_price
        .map(|price| price.amount().normalize());
    vec![
        name(&short_model(&charge.model_id)),
        html! { (name(&charge.region)) ", " (scope) ", " (charge.service_tier) (band) },
        html! { (charge.phase) },
        html! { (charge.sku_meter.as_str()) },
        html! { (count_in_words(charge.consumed_quantity)) },
        html! { (charge.pricing_quantity.normalize()) },
        html! { (charge.sku_meter.pricing_unit().as_str()) },
        price.map_or_else(unknown, |price| html! { (price) }),
        charge
            .list_cost
            .map_or_else(unknown, |cost| html! { (cost.to_string()) }),
        html! { (charge.price_basis) },
        charge
            .price_effective_from
            .map_or_else(|| html! { "undated" }, |day| date(Some(day))),
        charge
            .price_source
            .as_ref()
            .map_or_else(unknown, |source| name(source)),
    ]
}
