//! The sums behind the charts, each over rows of the report's tables.
//!
//! Imports `projection` and `domain`. Sample: the row `2026-10` of the first chart holds the
//! normal cost of each phase, and what Extended Access adds to them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::{LifecyclePhase, MoneyOverflow, Month, Text, Usd};
use crate::projection::{ImpactReport, Scenario, Urgency, UrgencyRow};
use crate::report::summary::{add, volume_bounds};
use crate::report::waterfall::{Step, StepKind, Waterfall};
use crate::report::{short_model, visible};

/// Workloads and models shown in a chart.
const SHOWN: usize = 15;

/// The phases as a model goes through them, from the bottom of a bar up.
const PHASES: [LifecyclePhase; 5] = [
    LifecyclePhase::Active,
    LifecyclePhase::Legacy,
    LifecyclePhase::ExtendedAccess,
    LifecyclePhase::EndOfLife,
    LifecyclePhase::Unknown,
];

/// What a cell of a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Money(Option<Usd>),
    Days(i64),
}

/// The rows of a chart: a label, and a value per series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) series: Vec<&'static str>,
    pub(super) rows: Vec<(String, Vec<Value>)>,
}

/// The blocks of all charts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blocks {
    pub(super) phases: Block,
    pub(super) variance: Block,
    /// Where the axis of the variance begins, if not at nothing.
    pub(super) variance_floor: Option<Usd>,
    pub(super) variance_title: String,
    pub(super) projection: Block,
    pub(super) premium: Block,
    pub(super) timeline: Block,
}

/// Adds everything up.
pub(super) fn blocks(report: &ImpactReport) -> Result<Blocks, MoneyOverflow> {
    let fall = Waterfall::of(report)?;
    Ok(Blocks {
        phases: phases(report)?,
        variance: variance(&fall)?,
        variance_floor: fall.floor(),
        variance_title: variance_title(report, &fall),
        projection: projection(report)?,
        premium: premium(report)?,
        timeline: timeline(report),
    })
}

/// Past months and then the projected ones, told apart by their labels.
#[derive(Default)]
struct PhaseMonth {
    normal: BTreeMap<LifecyclePhase, Option<Usd>>,
    premium: Option<Usd>,
}

fn phases(report: &ImpactReport) -> Result<Block, MoneyOverflow> {
    let current = Month::of(report.as_of);
    let mut months: BTreeMap<(Month, bool), PhaseMonth> = BTreeMap::new();
    for row in &report.costs {
        let month = months.entry((row.month, false)).or_default();
        add(month.normal.entry(row.phase).or_default(), row.normal_cost)?;
        add(&mut month.premium, row.extended_access_premium)?;
    }
    for row in &report.projection {
        if row.scenario != Scenario::Stay {
            continue;
        }
        let month = months.entry((row.month, true)).or_default();
        let normal = match (row.cost, row.extended_access_premium) {
            (Some(cost), Some(premium)) => Some(cost.subtract(premium)?),
            (cost, _) => cost,
        };
        add(month.normal.entry(row.phase).or_default(), normal)?;
        add(&mut month.premium, row.extended_access_premium)?;
    }
    // A phase without cost in any month needs no colour.
    let costs = |phase: &LifecyclePhase| {
        let amounts = months.values().filter_map(|month| month.normal.get(phase));
        let mut known = amounts.copied().flatten();
        known.any(|amount| amount != Usd::ZERO)
    };
    let shown: Vec<LifecyclePhase> = PHASES.into_iter().filter(costs).collect();
    let mut series: Vec<&'static str> = shown.iter().map(|phase| phase.as_str()).collect();
    series.push("Extended Access premium");
    let mut block = Block {
        series,
        rows: Vec::new(),
    };
    for ((month, projected), sums) in &months {
        let label = match (*month == current, projected) {
            (true, true) => format!("{month} rest"),
            (true, false) => format!("{month} so far"),
            (false, true) => format!("{month} projected"),
            (false, false) => month.to_string(),
        };
        let normal = |phase| Value::Money(sums.normal.get(phase).copied().flatten());
        let mut values: Vec<Value> = shown.iter().map(normal).collect();
        values.push(Value::Money(sums.premium));
        block.rows.push((label, values));
    }
    Ok(block)
}

fn variance_title(report: &ImpactReport, fall: &Waterfall) -> String {
    let floor = fall
        .floor()
        .map(|floor| format!("the axis begins at {}", floor.in_words()));
    let left_out = fall
        .left_out(report.month)
        .map(|rows| format!("left out: {rows}"));
    let notes: Vec<String> = floor.into_iter().chain(left_out).collect();
    let (before, month) = (report.month.previous(), report.month);
    let title = format!("What changed from {before} to {month}, list cost of all workloads");
    match notes.is_empty() {
        true => title,
        false => format!("{title} ({})", notes.join("; ")),
    }
}

/// Columns that stand on a base without colour. What a step does above zero and what it does
/// below are two columns, as a chart stacks them apart; the second pair is there only where a
/// sum falls below zero. `amount` is in no column: its rows between the months add up.
fn variance(fall: &Waterfall) -> Result<Block, MoneyOverflow> {
    let below = fall.steps.iter().any(|step| step.to < Usd::ZERO);
    let mut block = Block {
        series: vec![
            "amount",
            "base",
            "cost of the month",
            "costs more",
            "costs less",
        ],
        rows: Vec::new(),
    };
    if below {
        block
            .series
            .extend(["costs more, below zero", "costs less, below zero"]);
    }
    for step in &fall.steps {
        let (base, up, down) = standing(step)?;
        let shown = |kind: StepKind, amount: Usd| (step.kind == kind).then_some(amount);
        let mut values = vec![
            Some(step.amount),
            Some(base),
            shown(StepKind::Total, step.amount),
            shown(StepKind::Rise, up),
            shown(StepKind::Fall, up),
        ];
        if below {
            values.extend([shown(StepKind::Rise, down), shown(StepKind::Fall, down)]);
        }
        // The name and the amount are two lines below the axis.
        let label = format!("{}\n{}", step.name, step.words());
        block
            .rows
            .push((label, values.into_iter().map(Value::Money).collect()));
    }
    Ok(block)
}

/// What a step stands on, its height above zero, and its depth below, which is not above zero.
fn standing(step: &Step) -> Result<(Usd, Usd, Usd), MoneyOverflow> {
    let (low, high) = (step.from.min(step.to), step.from.max(step.to));
    let above = |amount: Usd| amount.max(Usd::ZERO);
    let below = |amount: Usd| amount.min(Usd::ZERO);
    Ok((
        above(low).add(below(high))?,
        above(high).subtract(above(low))?,
        below(low).subtract(below(high))?,
    ))
}

#[derive(Default)]
struct Outlook {
    stay: Option<Usd>,
    low: Option<Usd>,
    high: Option<Usd>,
    migrate_now: Option<Usd>,
}

/// The band is that of the volumes where a forecast gives one for the sum, and else that of
/// assumed prices at the expected volume, which can be added up over rows.
fn projection(report: &ImpactReport) -> Result<Block, MoneyOverflow> {
    let mut months: BTreeMap<Month, Outlook> = BTreeMap::new();
    for row in &report.projection {
        let month = months.entry(row.month).or_default();
        match row.scenario {
            Scenario::Stay => {
                add(&mut month.stay, row.cost)?;
                if row.cost.is_some() {
                    add(&mut month.low, row.cost_assumed_low.or(row.cost))?;
                    add(&mut month.high, row.cost_assumed_high.or(row.cost))?;
                }
            }
            Scenario::MigrateNow => add(&mut month.migrate_now, row.cost)?,
            _ => {}
        }
    }
    let volumes = volume_bounds(report);
    let mut block = Block {
        series: vec![
            "low, if nothing moves",
            match volumes.is_empty() {
                true => "low to high, by assumed prices",
                false => "80% of volumes, if nothing moves",
            },
            "if nothing moves",
            "at the low assumed price",
            "at the high assumed price",
            "if everything moves now",
        ],
        rows: Vec::new(),
    };
    for (month, sums) in months {
        let band = match volumes.is_empty() {
            true => sums.low.zip(sums.high),
            false => volumes
                .get(&month)
                .map(|total| (total.cost_low_80, total.cost_high_80)),
        };
        let width = match band {
            Some((low, high)) => Some(high.subtract(low)?),
            None => None,
        };
        let low = band.map(|(low, _)| low);
        let values = [low, width, sums.stay, sums.low, sums.high, sums.migrate_now];
        let values = values.map(Value::Money).to_vec();
        block.rows.push((month.to_string(), values));
    }
    Ok(block)
}

fn premium(report: &ImpactReport) -> Result<Block, MoneyOverflow> {
    let mut workloads: BTreeMap<&Text, Option<Usd>> = BTreeMap::new();
    for row in &report.projection {
        if row.scenario == Scenario::Stay {
            let sum = workloads.entry(&row.workload).or_default();
            add(sum, row.extended_access_premium)?;
        }
    }
    let mut ranked: Vec<(&Text, Usd)> = workloads
        .into_iter()
        .filter_map(|(workload, sum)| Some((workload, sum.filter(|sum| *sum > Usd::ZERO)?)))
        .collect();
    ranked.sort_by_key(|(workload, sum)| (Reverse(*sum), *workload));
    let (top, others) = ranked.split_at(ranked.len().min(SHOWN));
    let mut block = Block {
        series: vec!["Extended Access premium"],
        rows: top
            .iter()
            .map(|(workload, sum)| (visible(workload), vec![Value::Money(Some(*sum))]))
            .collect(),
    };
    if !others.is_empty() {
        let rest = Usd::sum(others.iter().map(|(_, sum)| *sum))?;
        let label = format!("{} others", others.len());
        block.rows.push((label, vec![Value::Money(Some(rest))]));
    }
    Ok(block)
}

/// The phases ahead of each model and Region that must move, the first end first.
fn timeline(report: &ImpactReport) -> Block {
    let mut seen = BTreeSet::new();
    let mut rows: Vec<(NaiveDate, &UrgencyRow)> = report
        .urgency
        .iter()
        .filter(|row| row.urgency < Urgency::None)
        .filter_map(|row| Some((row.end_of_life?.date(), row)))
        .filter(|(end, _)| *end > report.as_of)
        .filter(|(_, row)| seen.insert((&row.model_id, &row.region)))
        .collect();
    rows.sort_by_key(|(end, row)| (*end, &row.model_id, &row.region));
    let days = |from: NaiveDate, to: NaiveDate| to.signed_duration_since(from).num_days().max(0);
    let mut block = Block {
        series: vec!["active", "legacy", "extended-access"],
        rows: Vec::new(),
    };
    for (end, row) in rows.into_iter().take(SHOWN) {
        // Each phase begins where the one before ends, and none before `as_of`.
        let within = |day: Option<NaiveDate>| day.unwrap_or(end).clamp(report.as_of, end);
        let extended = within(row.extended_access_from);
        let legacy = within(row.legacy_from).min(extended);
        let kind = match row.end_of_life.map(|end| end.kind()) {
            Some("not-before") => "not before",
            _ => "ends",
        };
        let model = visible(&short_model(&row.model_id));
        block.rows.push((
            format!("{model}, {}: {kind} {end}", visible(&row.region)),
            vec![
                Value::Days(days(report.as_of, legacy)),
                Value::Days(days(legacy, extended)),
                Value::Days(days(extended, end)),
            ],
        ));
    }
    block
}
