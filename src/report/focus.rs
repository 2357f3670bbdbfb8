//! Charges as a FOCUS Cost and Usage dataset: `focus.csv`, `focus.parquet`.
//!
//! Estimates are never passed off as billed: `BilledCost` is 0, the contracted estimate stands
//! in `EffectiveCost` and `ContractedCost`, the list estimate in `ListCost`, and the description
//! begins with `Estimate`. A charge without a price stays out (the findings name it). What a
//! provider would know and we do not is made from the account's id (payer, names) or null
//! (invoice, tags, resources). A charge covers its month up to `as_of`.
//!
//! Imports `projection`, `pricing` and `domain`. Sample: 1.2 x `1000000 Tokens` at 3.30 is
//! `ListCost` 3.96, `BilledCost` 0.0, 2026-10-01T00:00:00Z to 2026-11-01T00:00:00Z.

use std::ops::Range;
use std::rc::Rc;

use chrono::{NaiveDate, NaiveTime};
use hashbrown::HashMap;
use rust_decimal::RoundingStrategy;
use serde_json::json;

use super::format::{short_model, visible};
use super::parts::{Parts, RowSink};
use super::table::{ColumnKind, ReportError, SCALE, View};
use super::tables::{
    EMPTY, Field, Raw, basis, columns, date, model, money, phase, row_of, scope, text, word,
};
use crate::domain::{
    Decimal, EndpointScope, LifecyclePhase, PriceBasis, ServiceTier, SkuMeter, Text, Usd,
};
use crate::pricing::Charge;
use crate::projection::ImpactReport;

/// A version of FOCUS that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FocusVersion {
    /// 1.2, which AWS exports too.
    #[default]
    V1_2,
}

impl FocusVersion {
    /// All versions.
    pub const ALL: [Self; 1] = [Self::V1_2];

    /// The word after `--focus-version`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
        }
    }

    /// Reads the word after `--focus-version`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|version| version.as_str() == text)
    }
}

/// A priced charge and what follows from it.
struct Row {
    charge: Charge,
    texts: Rc<Texts>,
    list_cost: Usd,
    contracted_cost: Usd,
    contracted_unit_price: Option<Decimal>,
    premium: Option<Usd>,
    end: NaiveDate,
}

/// What a charge is called: the same for many charges, and made once for those of a part.
struct Texts {
    billing_account: Text,
    account_name: Text,
    description: Text,
    sku: Text,
    sku_price: Text,
    price_details: Text,
}

impl Texts {
    fn of(charge: &Charge) -> Self {
        Self {
            billing_account: billing_account(charge).into(),
            account_name: account_name(charge).into(),
            description: description(charge).into(),
            sku: sku(charge).into(),
            sku_price: sku_price(charge).into(),
            price_details: price_details(charge).into(),
        }
    }
}

/// All that these texts depend on.
type Key<'c> = (
    [&'c str; 3],
    Option<EndpointScope>,
    ServiceTier,
    Option<u64>,
    LifecyclePhase,
    SkuMeter,
    PriceBasis,
);

fn key(charge: &Charge) -> Key<'_> {
    (
        [charge.model_id.as_str(), &charge.region, &charge.account_id],
        charge.endpoint_scope,
        charge.service_tier,
        charge.prompt_band,
        charge.phase,
        charge.sku_meter,
        charge.price_basis,
    )
}

/// The dataset of a report: one row a charge, but for those without a price.
pub(super) fn focus_parts(report: &ImpactReport) -> Parts<'_> {
    let visit = |range: Range<usize>, wanted: &[usize], sink: &mut dyn RowSink| {
        let fields: Vec<&Field<Row>> = wanted.iter().filter_map(|at| COLUMNS.get(*at)).collect();
        let mut known: HashMap<Key<'_>, Rc<Texts>> = HashMap::new();
        for charge in report.charges.get(range).unwrap_or_default() {
            let texts = || {
                let texts = known.entry(key(charge));
                Rc::clone(texts.or_insert_with(|| Rc::new(Texts::of(charge))))
            };
            if let Some(row) = row(charge, report.as_of, texts)? {
                row_of("focus", &fields, &row, sink)?;
            }
        }
        Ok(())
    };
    Parts::new("focus", columns(COLUMNS), report.charges.len(), visit)
}

fn row(
    charge: &Charge,
    as_of: NaiveDate,
    texts: impl FnOnce() -> Rc<Texts>,
) -> Result<Option<Row>, ReportError> {
    let Some((list_cost, contracted_cost)) = charge.list_cost.zip(charge.contracted_cost) else {
        return Ok(None);
    };
    let first = charge.month.first_day();
    let contracted_unit_price = match list_cost == contracted_cost {
        true => charge.list_unit_price.map(|price| price.amount()),
        false => unit_price_of(contracted_cost, charge.pricing_quantity),
    };
    let premium = charge.normal_cost.map(|normal| list_cost.subtract(normal));
    Ok(Some(Row {
        charge: charge.clone(),
        texts: texts(),
        list_cost,
        contracted_cost,
        contracted_unit_price,
        premium: premium.transpose()?,
        end: match charge.month.contains(as_of) && as_of > first {
            true => as_of,
            false => charge.month.end(),
        },
    }))
}

/// The unit price that makes this cost: the shortest one whose product with the quantity is
/// the cost to the last place.
fn unit_price_of(cost: Usd, quantity: Decimal) -> Option<Decimal> {
    let quotient = cost.amount().checked_div(quantity)?;
    let rounded = |value: Decimal, places| {
        value.round_dp_with_strategy(places, RoundingStrategy::MidpointNearestEven)
    };
    let makes_it = |price: &Decimal| {
        let product = price.checked_mul(quantity);
        product.is_some_and(|product| rounded(product, SCALE) == cost.amount())
    };
    let shortest = (0..=SCALE)
        .map(|places| rounded(quotient, places))
        .find(makes_it);
    Some(shortest.unwrap_or_else(|| rounded(quotient, SCALE)))
}

fn decimal(value: Decimal) -> Raw<'static> {
    Raw::View(View::Decimal(value))
}

fn moment(day: NaiveDate) -> Raw<'static> {
    Raw::View(View::Timestamp(day.and_time(NaiveTime::MIN).and_utc()))
}

fn nothing(_: &Row) -> Raw<'_> {
    EMPTY
}

const fn consumed_unit(meter: SkuMeter) -> &'static str {
    match meter {
        SkuMeter::Image => "Images",
        SkuMeter::Query => "Queries",
        SkuMeter::Second => "Seconds",
        _ => "Tokens",
    }
}

fn scope_word(charge: &Charge) -> &'static str {
    charge
        .endpoint_scope
        .map_or("unresolved", EndpointScope::as_str)
}

fn description(charge: &Charge) -> String {
    format!(
        "Estimate, not billed: {} {}, {}, {}, phase {}, price {}",
        visible(&short_model(&charge.model_id)),
        charge.sku_meter.as_str(),
        scope_word(charge),
        charge.service_tier.as_str(),
        charge.phase,
        charge.price_basis,
    )
}

/// A fully qualified identifier, as FOCUS asks for: it is a text to every reader of the CSV,
/// where twelve digits become a number.
fn billing_account(charge: &Charge) -> String {
    let partition = match charge.region.split_once('-') {
        Some(("cn", _)) => "aws-cn",
        Some(("us", rest)) if rest.starts_with("gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:iam::{}:root", charge.account_id)
}

fn account_name(charge: &Charge) -> String {
    format!("AWS account {}", charge.account_id)
}

fn sku(charge: &Charge) -> String {
    format!("{}/{}", charge.model_id.as_str(), charge.sku_meter.as_str())
}

/// All that a price depends on, but the day.
fn sku_price(charge: &Charge) -> String {
    format!(
        "{}/{}/{}/{}/{}/{}",
        sku(charge),
        charge.region,
        scope_word(charge),
        charge.service_tier.as_str(),
        charge.prompt_band.unwrap_or(0),
        charge.phase,
    )
}

fn price_details(charge: &Charge) -> String {
    json!({
        "x_EndpointScope": scope_word(charge),
        "x_LifecyclePhase": charge.phase.as_str(),
        "x_PromptBand": charge.prompt_band.unwrap_or(0),
        "x_ServiceTier": charge.service_tier.as_str(),
    })
    .to_string()
}

/// Version 1.2, in the order of the alphabet; columns of ours after them.
const COLUMNS: &[Field<Row>] = &[
    ("BilledCost", ColumnKind::Money, |_| money(Some(Usd::ZERO))),
    ("BillingAccountId", ColumnKind::Text, |r| {
        text(&r.texts.billing_account)
    }),
    ("BillingAccountName", ColumnKind::Text, |r| {
        text(&r.texts.account_name)
    }),
    ("BillingCurrency", ColumnKind::Text, |_| word("USD")),
    ("BillingPeriodEnd", ColumnKind::Timestamp, |r| {
        moment(r.charge.month.end())
    }),
    ("BillingPeriodStart", ColumnKind::Timestamp, |r| {
        moment(r.charge.month.first_day())
    }),
    ("ChargeCategory", ColumnKind::Text, |_| word("Usage")),
    ("ChargeClass", ColumnKind::Text, nothing),
    ("ChargeDescription", ColumnKind::Text, |r| {
        text(&r.texts.description)
    }),
    ("ChargeFrequency", ColumnKind::Text, |_| word("Usage-Based")),
    ("ChargePeriodEnd", ColumnKind::Timestamp, |r| moment(r.end)),
    ("ChargePeriodStart", ColumnKind::Timestamp, |r| {
        moment(r.charge.month.first_day())
    }),
    ("ConsumedQuantity", ColumnKind::Decimal, |r| {
        decimal(Decimal::from(r.charge.consumed_quantity))
    }),
    ("ConsumedUnit", ColumnKind::Text, |r| {
        word(consumed_unit(r.charge.sku_meter))
    }),
    ("ContractedCost", ColumnKind::Money, |r| {
        money(Some(r.contracted_cost))
    }),
    ("ContractedUnitPrice", ColumnKind::Decimal, |r| {
        r.contracted_unit_price.map_or(EMPTY, decimal)
    }),
    ("EffectiveCost", ColumnKind::Money, |r| {
        money(Some(r.contracted_cost))
    }),
    ("InvoiceId", ColumnKind::Text, nothing),
    ("InvoiceIssuerName", ColumnKind::Text, |_| word("AWS")),
    ("ListCost", ColumnKind::Money, |r| money(Some(r.list_cost))),
    ("ListUnitPrice", ColumnKind::Decimal, |r| {
        r.charge
            .list_unit_price
            .map_or(EMPTY, |price| decimal(price.amount()))
    }),
    ("PricingCategory", ColumnKind::Text, |_| word("Standard")),
    ("PricingQuantity", ColumnKind::Decimal, |r| {
        decimal(r.charge.pricing_quantity)
    }),
    ("PricingUnit", ColumnKind::Text, |r| {
        word(r.charge.sku_meter.pricing_unit().as_str())
    }),
    ("ProviderName", ColumnKind::Text, |_| word("AWS")),
    ("PublisherName", ColumnKind::Text, |_| word("AWS")),
    ("RegionId", ColumnKind::Text, |r| text(&r.charge.region)),
    ("RegionName", ColumnKind::Text, |r| text(&r.charge.region)),
    ("ResourceId", ColumnKind::Text, nothing),
    ("ResourceName", ColumnKind::Text, nothing),
    ("ResourceType", ColumnKind::Text, nothing),
    ("ServiceCategory", ColumnKind::Text, |_| {
        word("AI and Machine Learning")
    }),
    ("ServiceName", ColumnKind::Text, |_| word("Amazon Bedrock")),
    ("ServiceSubcategory", ColumnKind::Text, |_| {
        word("Generative AI")
    }),
    ("SkuId", ColumnKind::Text, |r| text(&r.texts.sku)),
    ("SkuMeter", ColumnKind::Text, |r| {
        word(r.charge.sku_meter.as_str())
    }),
    ("SkuPriceDetails", ColumnKind::Text, |r| {
        text(&r.texts.price_details)
    }),
    ("SkuPriceId", ColumnKind::Text, |r| text(&r.texts.sku_price)),
    ("SubAccountId", ColumnKind::Text, |r| {
        text(&r.charge.account_id)
    }),
    ("SubAccountName", ColumnKind::Text, |r| {
        text(&r.texts.account_name)
    }),
    ("Tags", ColumnKind::Text, nothing),
    ("x_endpoint_scope", ColumnKind::Text, |r| {
        scope(r.charge.endpoint_scope)
    }),
    ("x_extended_access_premium", ColumnKind::Money, |r| {
        money(r.premium)
    }),
    ("x_model_id", ColumnKind::Text, |r| {
        model(&r.charge.model_id)
    }),
    ("x_phase", ColumnKind::Text, |r| phase(r.charge.phase)),
    ("x_price_basis", ColumnKind::Text, |r| {
        basis(r.charge.price_basis)
    }),
    ("x_price_effective_from", ColumnKind::Date, |r| {
        date(r.charge.price_effective_from)
    }),
    ("x_service_tier", ColumnKind::Text, |r| {
        word(r.charge.service_tier.as_str())
    }),
    ("x_workload", ColumnKind::Text, |r| text(&r.charge.workload)),
];

#[cfg(test)]
#[path = "focus_tests.rs"]
mod tests;
