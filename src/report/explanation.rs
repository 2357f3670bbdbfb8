//! The arithmetic behind a number: every charge as quantity x price, with its row's source.
//!
//! Amounts stand in full, never rounded: what is printed can be checked with a pocket
//! calculator. Imports `projection`, `pricing` and `domain`.
//!
//! Sample: `input  1,200,000 / 1,000,000 x 3.3 = 3.96  listed, aws-pricing-page-2026-07-24`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::format::visible;
use crate::domain::{
    EndpointScope, LifecyclePhase, ModelId, MoneyOverflow, PricingUnit, SkuMeter, Text, Usd,
    count_in_words,
};
use crate::pricing::Charge;
use crate::projection::{ImpactReport, ProjectionRow, Scenario, UrgencyRow};

/// Why an explanation could not be printed.
#[derive(Debug, thiserror::Error)]
pub enum ExplanationError {
    /// The output is closed or full.
    #[error("cannot print")]
    Print(#[from] io::Error),
    /// A sum does not fit.
    #[error(transparent)]
    Overflow(#[from] MoneyOverflow),
}

/// Which rows are explained: those of a workload, or of a model.
pub trait Subject {
    /// Whether a row of this workload and model belongs to it.
    fn holds(&self, workload: &str, model: &ModelId) -> bool;
}

/// Prints the charges of the closed month, what is expected, and the urgency of a subject.
/// `sources` gives the title and address of each source id.
pub fn write_explanation(
    report: &ImpactReport,
    sources: &BTreeMap<Text, String>,
    subject: &dyn Subject,
    out: &mut dyn Write,
) -> Result<(), ExplanationError> {
    let mut charges: Vec<&Charge> = report
        .charges
        .iter()
        .filter(|charge| {
            charge.month == report.month && subject.holds(&charge.workload, &charge.model_id)
        })
        .collect();
    if charges.is_empty() {
        return write_absent(report, subject, out);
    }
    charges.sort_by(|a, b| reading_order(a).cmp(&reading_order(b)));
    writeln!(
        out,
        "charges of {} (quantity / unit x price = list cost, US dollars)",
        report.month
    )?;
    let mut cited: BTreeSet<&Text> = BTreeSet::new();
    for group in charges.chunk_by(|a, b| heading(a) == heading(b)) {
        writeln!(out, "\n{}", heading(group[0]))?;
        for charge in group {
            writeln!(out, "  {}", charge_line(charge))?;
            cited.extend(&charge.price_source);
        }
        let priced = group.iter().filter_map(|charge| charge.list_cost);
        writeln!(out, "  {:<16} {}", "sum", Usd::sum(priced)?)?;
    }
    let list_cost = Usd::sum(charges.iter().filter_map(|charge| charge.list_cost))?;
    let normal_cost = Usd::sum(charges.iter().filter_map(|charge| charge.normal_cost))?;
    let contracted_cost = Usd::sum(charges.iter().filter_map(|charge| charge.contracted_cost))?;
    writeln!(
        out,
        "\ntotal of {}: list {list_cost} = normal {normal_cost} + Extended Access {}",
        report.month,
        list_cost.subtract(normal_cost)?
    )?;
    if contracted_cost != list_cost {
        writeln!(out, "after the contracted discount: {contracted_cost}")?;
    }
    let unpriced = charges
        .iter()
        .filter(|charge| charge.list_cost.is_none())
        .count();
    if unpriced > 0 {
        writeln!(
            out,
            "{unpriced} charges have no price and are not part of the total"
        )?;
    }
    write_expected(report, subject, out)?;
    write_urgency(report, subject, out)?;
    if !cited.is_empty() {
        writeln!(out, "\nsources")?;
    }
    for source in cited {
        writeln!(
            out,
            "  {source}: {}",
            sources.get(source).map_or("not listed", String::as_str)
        )?;
    }
    Ok(())
}

/// A subject that the closed month does not hold: where it is, and what is expected of it.
fn write_absent(
    report: &ImpactReport,
    subject: &dyn Subject,
    out: &mut dyn Write,
) -> Result<(), ExplanationError> {
    let months: BTreeSet<String> = report
        .charges
        .iter()
        .filter(|charge| subject.holds(&charge.workload, &charge.model_id))
        .map(|charge| charge.month.to_string())
        .collect();
    match months.is_empty() {
        true => writeln!(
            out,
            "no tokens to price in {} or any other month",
            report.month
        )?,
        false => writeln!(
            out,
            "no usage in {}; there is usage in {} (--month)",
            report.month,
            Vec::from_iter(months).join(", ")
        )?,
    }
    write_expected(report, subject, out)?;
    write_urgency(report, subject, out)
}

/// The order in which a person works it out: place by place, in the course of a model's life,
/// input before output before caches. (Tables are sorted by the words instead.)
fn reading_order(charge: &Charge) -> impl Ord {
    (
        (
            &charge.workload,
            &charge.model_id,
            &charge.region,
            &charge.account_id,
        ),
        (
            charge.endpoint_scope,
            charge.service_tier,
            charge.prompt_band,
        ),
        LifecyclePhase::LIFE
            .iter()
            .position(|phase| *phase == charge.phase),
        SkuMeter::ALL
            .iter()
            .position(|meter| *meter == charge.sku_meter),
        charge.price_effective_from,
    )
}

fn heading(charge: &Charge) -> String {
    let band = match charge.prompt_band {
        Some(0) => String::new(),
        Some(bound) => format!(", prompts above {} tokens", count_in_words(bound)),
        None => ", prompt size not known (base band)".to_owned(),
    };
    format!(
        "{}: {} in {}, {}, {}{band}, phase {}, account {}",
        visible(&charge.workload),
        visible(charge.model_id.as_str()),
        charge.region,
        charge
            .endpoint_scope
            .map_or("scope not known", EndpointScope::as_str),
        charge.service_tier,
        charge.phase,
        charge.account_id,
    )
}

fn charge_line(charge: &Charge) -> String {
    let meter = charge.sku_meter.as_str();
    let quantity = count_in_words(charge.consumed_quantity);
    let (Some(price), Some(cost)) = (charge.list_unit_price, charge.list_cost) else {
        return format!("{meter:<16} {quantity} x no known price: not part of any total");
    };
    let unit = match charge.sku_meter.pricing_unit() {
        PricingUnit::MillionTokens => " / 1,000,000",
        PricingUnit::ThousandQueries => " / 1,000",
        PricingUnit::Image | PricingUnit::Second => "",
    };
    let from = charge
        .price_effective_from
        .map_or("undated".to_owned(), |date| format!("from {date}"));
    let source = charge.price_source.as_deref().unwrap_or("no source");
    let normal = match charge.normal_cost {
        Some(normal) if normal != cost => format!(" (at the normal price {normal})"),
        _ => String::new(),
    };
    format!(
        "{meter:<16} {quantity}{unit} x {price} = {cost}{normal}   {}, {from}, {source}",
        charge.price_basis
    )
}

fn write_expected(
    report: &ImpactReport,
    subject: &dyn Subject,
    out: &mut dyn Write,
) -> Result<(), ExplanationError> {
    let rows: Vec<&ProjectionRow> = report
        .projection
        .iter()
        .filter(|row| row.scenario == Scenario::Stay && subject.holds(&row.workload, &row.model_id))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\nexpected from {} on, if nothing moves (sums over accounts and Regions)",
        report.as_of
    )?;
    let mut months = BTreeMap::new();
    for row in rows {
        months
            .entry((row.month, &row.workload, &row.model_id, row.phase))
            .or_insert_with(Vec::new)
            .push(row);
    }
    for ((month, workload, model, phase), rows) in months {
        let sum = |money: fn(&ProjectionRow) -> Option<Usd>| {
            Usd::sum(rows.iter().filter_map(|row| money(row)))
        };
        let tokens: u64 = rows
            .iter()
            .map(|row| row.tokens)
            .fold(0, u64::saturating_add);
        write!(
            out,
            "  {month}  {}  {}  {phase}: {} tokens, cost {}, of it Extended Access {}",
            visible(workload),
            visible(model.as_str()),
            count_in_words(tokens),
            sum(|row| row.cost)?,
            sum(|row| row.extended_access_premium)?,
        )?;
        let (low, high) = (
            sum(|row| row.cost_assumed_low)?,
            sum(|row| row.cost_assumed_high)?,
        );
        if low != high {
            write!(out, " (assumed price: {low} to {high})")?;
        }
        let stranded = sum(|row| row.stranded_cost)?;
        if stranded != Usd::ZERO {
            write!(out, ", no longer served: usage worth {stranded}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_urgency(
    report: &ImpactReport,
    subject: &dyn Subject,
    out: &mut dyn Write,
) -> Result<(), ExplanationError> {
    let rows: Vec<&UrgencyRow> = report
        .urgency
        .iter()
        .filter(|row| subject.holds(&row.workload, &row.model_id))
        .collect();
    if !rows.is_empty() {
        writeln!(out, "\nurgency")?;
    }
    for row in rows {
        writeln!(
            out,
            "  {}. {}: {}, {} in {}, account {}: {}",
            row.rank,
            row.urgency,
            visible(&row.workload),
            visible(row.model_id.as_str()),
            row.region,
            row.account_id,
            visible(&row.reason),
        )?;
    }
    Ok(())
}
