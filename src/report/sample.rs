//! A small report for tests, with hostile names in it.

use chrono::NaiveDate;

use crate::diagnostic::Diagnostic;
use crate::domain::{
    Decimal, EndOfLife, EndpointScope, Granularity, LifecyclePhase, ModelId, Month, PriceBasis,
    RequestMetadata, ServiceTier, SkuMeter, Source, TokenCounts, UnitPrice, UsageRow, Usd,
};
use crate::pricing::{Charge, CostRow};
use crate::projection::{
    Change, Effects, ImpactReport, PriceUsed, ProjectionRow, ProjectionTotal, Scenario,
    ScenarioRow, TimelineEvent, TimelineRow, Urgency, UrgencyRow, VarianceRow,
};

pub(super) const SONNET: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";
pub(super) const OPUS: &str = "anthropic.claude-opus-4-1-20250805-v1:0";

pub(super) fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

pub(super) fn usd(text: &str) -> Option<Usd> {
    Some(Usd::new(decimal(text)))
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn month(text: &str) -> Month {
    text.parse().unwrap()
}

pub(super) fn usage_row(workload: &str) -> UsageRow {
    UsageRow {
        hour: "2026-10-01T13:00:00Z".parse().unwrap(),
        granularity: Granularity::Hour,
        account_id: "111122223333".into(),
        region: "us-east-1".into(),
        model_id: ModelId::new(SONNET),
        endpoint_scope: Some(EndpointScope::Geo),
        geo: Some("us".into()),
        service_tier: ServiceTier::Standard,
        prompt_band: Some(0),
        inference_profile: None,
        principal: Some("arn:aws:sts::111122223333:assumed-role/checkout".into()),
        metadata: RequestMetadata::new([("team".into(), "pay".into())]),
        workload: Some(workload.into()),
        counts: TokenCounts {
            requests: 3,
            failed_requests: 1,
            input_tokens: Some(1_200_000),
            output_tokens: Some(0),
            ..TokenCounts::default()
        },
        source: Source::Files,
    }
}

pub(super) fn charge(workload: &str, cost: Option<&str>) -> Charge {
    let usd = cost.map(|text| Usd::new(decimal(text)));
    Charge {
        month: month("2026-10"),
        workload: workload.into(),
        account_id: "111122223333".into(),
        region: "us-east-1".into(),
        model_id: ModelId::new(SONNET),
        endpoint_scope: Some(EndpointScope::InRegion),
        service_tier: ServiceTier::Standard,
        prompt_band: Some(0),
        phase: LifecyclePhase::Active,
        sku_meter: SkuMeter::Input,
        consumed_quantity: 1_200_000,
        pricing_quantity: decimal("1.200000"),
        list_unit_price: cost.map(|_| UnitPrice::new(decimal("3.30"))),
        list_cost: usd,
        normal_cost: usd,
        contracted_cost: usd,
        price_basis: if cost.is_some() {
            PriceBasis::Listed
        } else {
            PriceBasis::Unpriced
        },
        price_effective_from: cost.map(|_| day("2025-09-29")),
        price_source: cost.map(|_| "aws-pricing-2026-07-24".into()),
    }
}

pub(super) fn cost_row(month_text: &str, workload: &str, list: &str, premium: &str) -> CostRow {
    let premium = decimal(premium);
    CostRow {
        month: month(month_text),
        workload: workload.into(),
        account_id: "111122223333".into(),
        region: "us-east-1".into(),
        model_id: ModelId::new(OPUS),
        endpoint_scope: Some(EndpointScope::Geo),
        service_tier: ServiceTier::Standard,
        phase: LifecyclePhase::ExtendedAccess,
        counts: usage_row(workload).counts,
        list_cost: usd(list),
        normal_cost: Some(Usd::new(decimal(list) - premium)),
        extended_access_premium: Some(Usd::new(premium)),
        contracted_cost: usd(list),
        price_basis: PriceBasis::Assumed,
    }
}

pub(super) fn projection_row(month_text: &str, scenario: Scenario, cost: &str) -> ProjectionRow {
    let stays = scenario == Scenario::Stay;
    let cost = decimal(cost);
    let premium = if stays {
        cost / Decimal::TWO
    } else {
        Decimal::ZERO
    };
    let money = |amount: Decimal| Some(Usd::new(amount));
    ProjectionRow {
        month: month(month_text),
        scenario,
        workload: "checkout".into(),
        account_id: "111122223333".into(),
        region: "us-east-1".into(),
        model_id: ModelId::new(if stays { OPUS } else { SONNET }),
        endpoint_scope: Some(EndpointScope::Geo),
        phase: if stays {
            LifecyclePhase::ExtendedAccess
        } else {
            LifecyclePhase::Active
        },
        tokens: 1_000_000,
        requests: 500,
        cost: money(cost),
        cost_low_80: None,
        cost_high_80: None,
        cost_low_95: None,
        cost_high_95: None,
        cost_assumed_low: money(cost - premium),
        cost_assumed_high: money(cost),
        extended_access_premium: money(premium),
        stranded_requests: 0,
        stranded_cost: None,
        price_basis: if stays {
            PriceBasis::Assumed
        } else {
            PriceBasis::Listed
        },
    }
}

pub(super) fn urgency_row(rank: u64, urgency: Urgency, workload: &str) -> UrgencyRow {
    UrgencyRow {
        rank,
        urgency,
        workload: workload.into(),
        account_id: "111122223333".into(),
        region: "us-east-1".into(),
        model_id: ModelId::new(OPUS),
        phase: LifecyclePhase::ExtendedAccess,
        legacy_from: Some(day("2026-06-05")),
        extended_access_from: Some(day("2026-09-05")),
        end_of_life: Some(EndOfLife::On(day("2026-12-05"))),
        days_to_extended_access: Some(-78),
        days_to_end_of_life: Some(13),
        lead_time_days: 45,
        start_by: Some(day("2026-10-21")),
        slack_days: Some(-32),
        last_used: day("2026-11-21"),
        cost_last_30_days: usd("12345.675"),
        premium_to_end_of_life: usd("2674.89625"),
        premium_per_day: usd("205.761250000000"),
        price_basis: PriceBasis::Assumed,
        successor: Some(ModelId::new("anthropic.claude-opus-5")),
        successor_cost_per_month: usd("6172.8375"),
        migrated_share: Some(Decimal::ONE / Decimal::from(3)),
        owner: Some("payments".into()),
        reason: "ends 2026-12-05, and a move takes 45 days".to_owned(),
    }
}

pub(super) fn scenario_row(scenario: Scenario, saving: &str, once: &str) -> ScenarioRow {
    ScenarioRow {
        scenario,
        workload: "=checkout".into(),
        account_id: "111122223333".into(),
        region: "us-east-1".into(),
        model_id: ModelId::new(OPUS),
        successor: Some(ModelId::new(SONNET)),
        migrate_on: Some(day("2026-11-22")),
        cost_to_end_of_life: usd("2000.125"),
        saving_to_end_of_life: usd(saving),
        premium_avoided: usd("750"),
        stranded_requests_avoided: 12_500,
        one_off_cost: usd(once),
        cost_of_delay_per_day: usd("50.5"),
        pays_until: Some(day("2026-11-30")),
    }
}

pub(super) fn variance_row(workload: &str, before: &str, after: &str) -> VarianceRow {
    let (was, is) = (decimal(before), decimal(after));
    let fifth = (is - was) / Decimal::from(5);
    VarianceRow {
        workload: workload.into(),
        model_id: ModelId::new(OPUS),
        cost_before: usd(before),
        cost_after: usd(after),
        effects: Some(Effects {
            volume: Usd::new(fifth * Decimal::from(4)),
            mix: Usd::new(-fifth),
            price: Usd::ZERO,
            extended_access: Usd::new(fifth * Decimal::TWO),
            new_or_gone: Usd::ZERO,
        }),
        change: None,
        price_basis: PriceBasis::Assumed,
    }
}

fn variance() -> Vec<VarianceRow> {
    vec![
        variance_row("=HYPERLINK(\"http://x\")", "7000", "10000.005"),
        VarianceRow {
            cost_before: usd("0"),
            effects: Some(Effects {
                new_or_gone: Usd::new(decimal("12.5")),
                ..Effects::default()
            }),
            change: Some(Change::New),
            ..variance_row("search", "0", "12.5")
        },
        VarianceRow {
            cost_after: None,
            effects: None,
            price_basis: PriceBasis::Unpriced,
            ..variance_row("unpriced", "4", "4")
        },
    ]
}

/// What staying costs in a month, with its 80% bounds.
pub(super) fn total(month_text: &str, low: &str, cost: &str, high: &str) -> ProjectionTotal {
    let amount = |text: &str| Usd::new(decimal(text));
    ProjectionTotal {
        scenario: Scenario::Stay,
        workload: None,
        month: Some(month(month_text)),
        cost: amount(cost),
        cost_low_80: amount(low),
        cost_high_80: amount(high),
        cost_low_95: Usd::ZERO,
        cost_high_95: amount("999999"),
    }
}

pub(super) fn report() -> ImpactReport {
    let hostile = "=HYPERLINK(\"http://x\")";
    ImpactReport {
        as_of: day("2026-11-22"),
        month: month("2026-10"),
        horizon: 12,
        tables_hash: "3f2a9c1be07d4455aa".to_owned(),
        prices_checked: Some((day("2026-07-24"), day("2026-11-20"))),
        demo: true,
        coverage: Vec::new(),
        usage: vec![usage_row(hostile), usage_row("家計簿, \"beta\"\n🚀")],
        costs: vec![
            cost_row("2026-10", hostile, "10000.005", "5000.0025"),
            cost_row("2026-10", "search", "2345.67", "0"),
            cost_row("2026-11", "search", "700", "350"),
        ],
        charges: vec![charge("-1", Some("3.96")), charge("@x", None)],
        totals: Vec::new(),
        backtest: None,
        projection: vec![
            projection_row("2026-11", Scenario::MigrateNow, "1500"),
            projection_row("2026-11", Scenario::Stay, "3000"),
            projection_row("2026-12", Scenario::MigrateNow, "6000.125"),
            ProjectionRow {
                stranded_requests: 12_500,
                stranded_cost: usd("5000"),
                ..projection_row("2026-12", Scenario::Stay, "1600")
            },
        ],
        scenarios: vec![
            scenario_row(Scenario::MigrateNow, "1500", "1200.5"),
            scenario_row(Scenario::Own("two-waves".into()), "1100", "0"),
            ScenarioRow {
                successor: None,
                migrate_on: None,
                saving_to_end_of_life: usd("0"),
                cost_of_delay_per_day: None,
                pays_until: None,
                ..scenario_row(Scenario::Stay, "0", "0")
            },
        ],
        urgency: vec![
            urgency_row(1, Urgency::Critical, hostile),
            UrgencyRow {
                phase: LifecyclePhase::Active,
                model_id: ModelId::new(SONNET),
                end_of_life: Some(EndOfLife::NotBefore(day("2026-12-29"))),
                start_by: None,
                slack_days: None,
                premium_to_end_of_life: None,
                successor: None,
                migrated_share: None,
                owner: None,
                ..urgency_row(2, Urgency::Low, "家計簿サービスの要約とメールの下書き")
            },
        ],
        timeline: vec![TimelineRow {
            date: day("2026-12-05"),
            event: TimelineEvent::EndOfLife,
            model_id: ModelId::new(OPUS),
            region: "us-east-1".into(),
            workloads: vec![hostile.into(), "search".into()],
            cost_per_month_affected: usd("12345.675"),
            source: "aws-lifecycle".into(),
        }],
        variance: variance(),
        prices_used: vec![PriceUsed {
            model_id: ModelId::new(SONNET),
            region: "us-east-1".into(),
            endpoint_scope: EndpointScope::InRegion,
            service_tier: ServiceTier::Standard,
            prompt_band: 0,
            phase: LifecyclePhase::Active,
            sku_meter: SkuMeter::Input,
            list_unit_price: UnitPrice::new(decimal("3.30")),
            effective_from: None,
            source: "aws-pricing-2026-07-24".into(),
            checked_on: day("2026-07-24"),
            price_basis: PriceBasis::Listed,
        }],
        findings: vec![
            Diagnostic::warning(
                "assumed-price",
                OPUS,
                "no public Extended Access price; normal price x 2.0 assumed, set your own in \
                 eolcast.toml",
            )
            .with_cost(Usd::new(decimal("2674.9"))),
            Diagnostic::warning("unpriced-usage", "newco.x", "no price row; add one")
                .with_tokens(1_204_331),
            Diagnostic::info("skipped-file", "notes\u{1b}[31m.txt", "is no log file"),
        ],
    }
}

pub(super) fn empty_report() -> ImpactReport {
    ImpactReport {
        tables_hash: String::new(),
        prices_checked: None,
        demo: false,
        coverage: Vec::new(),
        usage: Vec::new(),
        costs: Vec::new(),
        charges: Vec::new(),
        totals: Vec::new(),
        backtest: None,
        projection: Vec::new(),
        scenarios: Vec::new(),
        urgency: Vec::new(),
        timeline: Vec::new(),
        variance: Vec::new(),
        prices_used: Vec::new(),
        findings: Vec::new(),
        ..report()
    }
}
