//! FOCUS rows worked out by hand, hostile names, and the same money as `charges`.

use super::super::csv::{Decimals, write_csv_parts};
use super::super::sample::{charge, day, decimal as number, empty_report, report, usd};
use super::super::write_csv;
use super::*;
use crate::domain::LifecyclePhase;
use crate::projection::ImpactReport;
use std::collections::BTreeMap;

type Cells = BTreeMap<String, String>;

fn rows(text: &[u8]) -> Vec<Cells> {
    let mut reader = csv::Reader::from_reader(text);
    reader.deserialize().map(Result::unwrap).collect()
}

fn written(report: &ImpactReport) -> Vec<Cells> {
    let mut bytes = Vec::new();
    let path = std::path::Path::new("focus.csv");
    write_csv_parts(&focus_parts(report), Decimals::Pointed, path, &mut bytes).unwrap();
    rows(&bytes)
}

fn with(charges: Vec<Charge>) -> ImpactReport {
    ImpactReport {
        charges,
        ..empty_report()
    }
}

#[test]
fn a_row_worked_out_by_hand() {
    // 1,200,000 tokens / 1,000,000 x 3.30 = 3.96; less 10% = 3.564; 3.564 / 1.2 = 2.97.
    let priced = Charge {
        contracted_cost: usd("3.564"),
        normal_cost: usd("1.98"),
        phase: LifecyclePhase::ExtendedAccess,
        ..charge("checkout", Some("3.96"))
    };
    let rows = written(&with(vec![priced]));
    let expected = [
        ("BilledCost", "0.0"),
        ("BillingAccountId", "arn:aws:iam::111122223333:root"),
        ("BillingAccountName", "AWS account 111122223333"),
        ("BillingCurrency", "USD"),
        ("BillingPeriodEnd", "2026-11-01T00:00:00Z"),
        ("BillingPeriodStart", "2026-10-01T00:00:00Z"),
        ("ChargeCategory", "Usage"),
        ("ChargeClass", ""),
        (
            "ChargeDescription",
            "Estimate, not billed: claude-sonnet-4-5 input, in-region, standard, phase extended-access, price listed",
        ),
        ("ChargePeriodEnd", "2026-11-01T00:00:00Z"),
        ("ChargePeriodStart", "2026-10-01T00:00:00Z"),
        ("ConsumedQuantity", "1200000.0"),
        ("ConsumedUnit", "Tokens"),
        ("ContractedCost", "3.564"),
        ("ContractedUnitPrice", "2.97"),
        ("EffectiveCost", "3.564"),
        ("ListCost", "3.96"),
        ("ListUnitPrice", "3.3"),
        ("PricingQuantity", "1.2"),
        ("PricingUnit", "1000000 Tokens"),
        ("RegionId", "us-east-1"),
        ("ServiceName", "Amazon Bedrock"),
        ("SkuId", "anthropic.claude-sonnet-4-5-20250929-v1:0/input"),
        (
            "SkuPriceId",
            "anthropic.claude-sonnet-4-5-20250929-v1:0/input/us-east-1/in-region/standard/0/extended-access",
        ),
        ("SubAccountId", "111122223333"),
        ("Tags", ""),
        ("x_extended_access_premium", "1.98"),
        ("x_phase", "extended-access"),
        ("x_price_basis", "listed"),
        ("x_workload", "checkout"),
    ];
    for (column, cell) in expected {
        assert_eq!(rows[0][column], cell, "{column}");
    }
}

#[test]
fn the_mandatory_columns_of_version_1_2_are_all_there_and_none_but_one_is_empty() {
    const MANDATORY: [&str; 21] = [
        "BilledCost",
        "BillingAccountId",
        "BillingAccountName",
        "BillingCurrency",
        "BillingPeriodEnd",
        "BillingPeriodStart",
        "ChargeCategory",
        "ChargeClass",
        "ChargeDescription",
        "ChargePeriodEnd",
        "ChargePeriodStart",
        "ContractedCost",
        "EffectiveCost",
        "InvoiceIssuerName",
        "ListCost",
        "PricingQuantity",
        "PricingUnit",
        "ProviderName",
        "PublisherName",
        "ServiceCategory",
        "ServiceName",
    ];
    let rows = written(&report());
    for column in MANDATORY {
        // A charge that corrects nothing has no class.
        assert_eq!(
            rows[0][column].is_empty(),
            column == "ChargeClass",
            "{column}"
        );
    }
}

#[test]
fn the_current_month_is_charged_up_to_as_of() {
    let charge = Charge {
        month: "2026-11".parse().unwrap(),
        ..charge("checkout", Some("3.96"))
    };
    let rows = written(&with(vec![charge.clone()]));
    assert_eq!(rows[0]["ChargePeriodEnd"], "2026-11-22T00:00:00Z");
    assert_eq!(rows[0]["BillingPeriodEnd"], "2026-12-01T00:00:00Z");
    let mut first = with(vec![charge]);
    first.as_of = day("2026-11-01");
    assert_eq!(
        written(&first)[0]["ChargePeriodEnd"],
        "2026-12-01T00:00:00Z"
    );
}

#[test]
fn usage_without_a_price_stays_out() {
    // The charge of `@x` has no price.
    let rows = written(&report());
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["x_workload"], "'-1");
    assert!(written(&empty_report()).is_empty());
}

#[test]
fn names_from_outside_are_guarded_in_csv_and_as_they_are_in_the_table() {
    let names = [
        ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a \"b\", c\nd 🚀", "a \"b\", c\nd 🚀"),
        ("家計簿", "家計簿"),
    ];
    let charges = names.map(|(name, _)| charge(name, Some("3.96")));
    let report = with(charges.to_vec());
    let at = COLUMNS
        .iter()
        .position(|(name, _, _)| *name == "x_workload");
    let table = focus_parts(&report).whole().unwrap();
    for ((name, guarded), (cells, row)) in
        names.iter().zip(written(&report).iter().zip(&table.rows))
    {
        assert_eq!(cells["x_workload"], *guarded);
        assert_eq!(row[at.unwrap()].text(), Some(*name));
    }
}

#[test]
fn the_money_is_that_of_the_charges_to_the_last_digit() {
    let mut report = report();
    report.charges[0].list_cost = usd("0.000000000003");
    report.charges[0].contracted_cost = usd("0.000000000002");
    let mut bytes = Vec::new();
    let table = super::super::TableName::Charges.of(&report).unwrap();
    write_csv(&table, &mut bytes).unwrap();
    let charges = rows(&bytes);
    let focus = written(&report);
    assert_eq!(focus[0]["ListCost"], charges[0]["list_cost"]);
    assert_eq!(focus[0]["EffectiveCost"], "0.000000000002");
}

#[test]
fn a_contracted_unit_price_is_the_shortest_that_makes_the_cost() {
    let price = |cost: &str, quantity: &str| {
        unit_price_of(usd(cost).unwrap(), number(quantity)).map(|price| price.to_string())
    };
    // 7 / 3 x 3 is no 7 at twelve places but for the last: 2.333333333333 x 3 = 6.999999999999.
    assert_eq!(price("3.564", "1.2").as_deref(), Some("2.97"));
    assert_eq!(price("7", "3").as_deref(), Some("2.333333333333"));
    // 0.0000012345 x 0.85 = 0.000001049325 exactly.
    assert_eq!(
        price("0.000001049325", "0.000001").as_deref(),
        Some("1.049325")
    );
    assert_eq!(price("1", "0"), None);
}
