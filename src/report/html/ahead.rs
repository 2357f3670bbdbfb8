//! What lies ahead: scenarios, the projection, the premium by workload.
//!
//! Imports `projection` and `domain`. Sample: 2027-01, staying costs $130,817.61, of it
//! Extended Access $50,400.16.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::best_moves::scenario_sums;
use super::super::chart::{Band, Bar, Line, Mark, bars, lines};
use super::super::format::{truncated, visible};
use super::super::summary::{Summary, add, volume_bounds};
use super::cells::{Align, basis, figure, left_out, money, name, table};
use super::counted::counted_months;
use super::workloads::Workloads;
use crate::domain::{MoneyOverflow, Month, Usd, count_in_words};
use crate::projection::{ImpactReport, Scenario};

/// Bars that fit a look.
const MOST: usize = 12;

/// Rows of the table beneath.
const ROWS: usize = 300;

/// The scenarios beside each other.
pub(super) fn moves(report: &ImpactReport) -> Result<Markup, MoneyOverflow> {
    let sums = scenario_sums(&report.scenarios)?;
    let rows: Vec<Vec<Markup>> = sums
        .iter()
        .map(|(scenario, sum)| {
            vec![
                name(scenario),
                money(sum.saving),
                money(sum.premium_avoided),
                money(sum.one_off),
                html! { (count_in_words(sum.requests_kept)) },
                html! { @if sum.in_part { "known in part" } },
            ]
        })
        .collect();
    let heads = [
        ("Scenario", Align::Left),
        ("Saves to end of life", Align::Right),
        ("Premium avoided", Align::Right),
        ("Costs once", Align::Right),
        ("Calls kept", Align::Right),
        ("", Align::Left),
    ];
    Ok(html! {
        @if !rows.is_empty() {
            section aria-labelledby="h-saves" {
                h2 id="h-saves" { "What a move saves" }
                (table("Each scenario against staying, US dollars", &heads, &rows, None))
            }
        }
    })
}

/// One month of the drawing. The current month is what was counted and what is expected.
#[derive(Debug, Clone, Default)]
struct Ahead {
    counted: Option<Usd>,
    stay: Option<Usd>,
    premium: Option<Usd>,
    /// At the bounds of assumed prices.
    assumed: Option<(Usd, Usd)>,
    /// The volume's bounds, 80%.
    volume: Option<(Usd, Usd)>,
    migrate_now: Option<Usd>,
    stranded: u64,
    basis: &'static str,
}

impl Ahead {
    /// An amount to come, on top of what is counted.
    fn whole(&self, amount: Option<Usd>) -> Result<Option<Usd>, MoneyOverflow> {
        let Some(amount) = amount else {
            return Ok(None);
        };
        amount.add(self.counted.unwrap_or_default()).map(Some)
    }

    /// Two bounds, on top of what is counted; none where they are one.
    fn band(&self, bounds: Option<(Usd, Usd)>) -> Result<Option<(Usd, Usd)>, MoneyOverflow> {
        let (low, high) = (bounds.map(|(low, _)| low), bounds.map(|(_, high)| high));
        let bounds = self.whole(low)?.zip(self.whole(high)?);
        Ok(bounds.filter(|(low, high)| low != high))
    }
}

fn months_ahead(
    report: &ImpactReport,
    summary: &Summary,
) -> Result<BTreeMap<Month, Ahead>, MoneyOverflow> {
    let mut months: BTreeMap<Month, Ahead> = BTreeMap::new();
    for (month, counted) in counted_months(report)? {
        months.entry(month).or_default().counted = counted.list;
    }
    for outlook in &summary.months {
        let month = months.entry(outlook.month).or_default();
        month.stay = outlook.stay;
        month.premium = outlook.stay_premium;
        month.migrate_now = outlook.migrate_now;
        month.stranded = outlook.stranded_requests;
        month.basis = basis(outlook.stay_basis);
    }
    let mut bounds: BTreeMap<Month, (Option<Usd>, Option<Usd>)> = BTreeMap::new();
    for row in &report.projection {
        if row.scenario == Scenario::Stay && row.cost.is_some() {
            let (low, high) = bounds.entry(row.month).or_default();
            add(low, row.cost_assumed_low.or(row.cost))?;
            add(high, row.cost_assumed_high.or(row.cost))?;
        }
    }
    for (month, (low, high)) in bounds {
        months.entry(month).or_default().assumed = low.zip(high);
    }
    for (month, total) in volume_bounds(report) {
        let bounds = (total.cost_low_80, total.cost_high_80);
        months.entry(month).or_default().volume = Some(bounds);
    }
    Ok(months)
}

pub(super) fn projection(
    report: &ImpactReport,
    summary: &Summary,
) -> Result<Markup, MoneyOverflow> {
    if summary.months.is_empty() {
        return Ok(html! {
            section id="outlook" aria-labelledby="h-outlook" {
                h2 id="h-outlook" { "Outlook" }
                p { "Nothing is projected." }
            }
        });
    }
    let months = months_ahead(report, summary)?;
    let current = Month::of(report.as_of);
    let names: Vec<String> = months.keys().map(Month::to_string).collect();
    let mut counted = Vec::new();
    let mut stay = Vec::new();
    let mut moved = Vec::new();
    let mut assumed = Vec::new();
    let mut volume = Vec::new();
    for (month, ahead) in &months {
        let mark = |words: &str, amount: Option<Usd>| {
            amount.map(|amount| Mark {
                value: amount.amount(),
                class: "",
                words: format!("{month}, {words}: {}", amount.in_words()),
            })
        };
        let with = match *month == current && ahead.counted.is_some() {
            true => " with the days so far",
            false => "",
        };
        let past = ahead.counted.filter(|_| ahead.stay.is_none());
        counted.push(mark("counted", past));
        let (by_volume, by_price) = (ahead.band(ahead.volume)?, ahead.band(ahead.assumed)?);
        let staying = mark(&format!("staying{with}"), ahead.whole(ahead.stay)?);
        stay.push(staying.map(|mut mark| {
            if let Some((low, high)) = by_volume {
                let bounds = format!("; 80% {} to {}", low.in_words(), high.in_words());
                mark.words.push_str(&bounds);
            }
            mark
        }));
        let now = ahead.whole(ahead.migrate_now)?;
        moved.push(mark(&format!("moving now{with}"), now));
        let amounts = |(low, high): (Usd, Usd)| (low.amount(), high.amount());
        volume.push(by_volume.map(amounts));
        assumed.push(by_price.map(amounts));
    }
    let drawn = [
        Line {
            class: "counted",
            points: counted,
        },
        Line {
            class: "stay",
            points: stay,
        },
        Line {
            class: "migrate-now",
            points: moved,
        },
    ];
    let mut legend = vec![
        ("counted", "Counted"),
        ("stay", "If nothing moves"),
        ("migrate-now", "If all that must move, moves now"),
    ];
    let mut bands = Vec::new();
    for (class, words, bounds) in [
        ("volume", "Staying, 80% of volumes", volume),
        (
            "assumed",
            "Staying, at the bounds of assumed prices",
            assumed,
        ),
    ] {
        if bounds.iter().any(Option::is_some) {
            bands.push(Band { class, bounds });
            legend.push((class, words));
        }
    }
    let drawing = lines(
        "Cost by month, counted and expected, lines",
        &names,
        &bands,
        &drawn,
    );
    let caption = html! {
        "Cost by month: counted, and expected from " (report.as_of) " on. "
        "After a model's end staying costs less only because its calls can no longer be made."
        @if let (Some(cost), Some(low), Some(high)) = (summary.stay.expected, summary.stay.low, summary.stay.high) {
            @if low != high {
                " All of it comes to " (cost.in_words()) " at assumed prices, " (low.in_words())
                " to " (high.in_words()) " at their bounds."
            }
        }
    };
    Ok(html! {
        section id="outlook" aria-labelledby="h-outlook" {
            h2 id="h-outlook" { "Outlook" }
            (figure("Chart: cost by month, counted and expected", &caption, &legend, &drawing, &numbers(report, &months)))
        }
    })
}

fn numbers(report: &ImpactReport, months: &BTreeMap<Month, Ahead>) -> Markup {
    let heads = [
        ("Month", Align::Left),
        ("Counted", Align::Right),
        ("Staying, to come", Align::Right),
        ("of it Extended Access", Align::Right),
        ("Low, 80% of volumes", Align::Right),
        ("High, 80% of volumes", Align::Right),
        ("Low, assumed prices", Align::Right),
        ("High, assumed prices", Align::Right),
        ("Moving now, to come", Align::Right),
        ("Calls that cannot be served", Align::Right),
        ("Weakest price basis", Align::Left),
    ];
    let current = Month::of(report.as_of);
    let blank = |markup: Markup, shown: bool| {
        if shown {
            markup
        } else {
            html! {}
        }
    };
    let rows: Vec<Vec<Markup>> = months
        .iter()
        .map(|(month, of)| {
            let ahead = *month >= current;
            let stranded = html! { (count_in_words(of.stranded)) };
            vec![
                html! { (month) },
                blank(money(of.counted), *month <= current),
                blank(money(of.stay), ahead),
                blank(money(of.premium), ahead),
                blank(money(of.volume.map(|(low, _)| low)), ahead),
                blank(money(of.volume.map(|(_, high)| high)), ahead),
                blank(money(of.assumed.map(|(low, _)| low)), ahead),
                blank(money(of.assumed.map(|(_, high)| high)), ahead),
                blank(money(of.migrate_now), ahead),
                blank(stranded, ahead),
                html! { (of.basis) },
            ]
        })
        .collect();
    table("Cost by month, US dollars", &heads, &rows, None)
}

pub(super) fn premium_by_workload(workloads: &Workloads<'_>) -> Markup {
    let mut with: Vec<_> = workloads.with_premium().collect();
    with.sort_by(|(one, a), (other, b)| b.cmp(a).then(one.name.cmp(other.name)));
    let drawn: Vec<Bar> = with
        .iter()
        .take(MOST)
        .map(|(of, premium)| Bar {
            name: truncated(&visible(of.name), 44),
            amount: premium.in_words(),
            mark: Mark {
                value: premium.amount(),
                class: "premium",
                words: format!("{}: {} to come", visible(of.name), premium.in_words()),
            },
        })
        .collect();
    let rows: Vec<Vec<Markup>> = with
        .iter()
        .take(ROWS)
        .map(|(of, premium)| {
            vec![
                name(of.name),
                money(Some(*premium)),
                html! { (basis(of.basis)) },
                money(of.best.as_ref().map(|best| best.premium_avoided)),
            ]
        })
        .collect();
    let heads = [
        ("Workload", Align::Left),
        ("Premium to end of life", Align::Right),
        ("Weakest price basis", Align::Left),
        ("Avoided by the best move", Align::Right),
    ];
    let caption = html! {
        "What Extended Access adds to each workload until its models end, if nothing moves."
        @if with.len() > MOST { " Drawn are the first " (MOST) " of " (with.len()) "." }
    };
    html! {
        section id="premium" aria-labelledby="h-premium" {
            h2 id="h-premium" { "Premium by workload" }
            @if with.is_empty() {
                p { "No workload has an Extended Access premium to come." }
            } @else {
                (figure("Chart: premium to come by workload", &caption, &[], &bars("Premium to come by workload, bars", &drawn),
                    &html! { (table("Premium by workload, US dollars", &heads, &rows, None)) (left_out(with.len(), ROWS, "urgency")) }))
            }
        }
    }
}
