//! The dates: lanes by model and Region, and all of them as a table.
//!
//! Imports `projection` and `domain`. Sample: 2027-01-08, the model ends: fraud-investigation.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::chart::{Event, Lane, lanes};
use super::super::format::{short_model, truncated, visible};
use super::cells::{Align, date, figure, left_out, money, name, table, unknown};
use crate::projection::{ImpactReport, TimelineEvent};

/// Lanes that fit a look.
const MOST: usize = 12;

/// Rows of the table beneath.
const ROWS: usize = 300;

const EVENTS: [(TimelineEvent, &str); 4] = [
    (TimelineEvent::Legacy, "Legacy begins"),
    (TimelineEvent::StartBy, "Last day to begin a move"),
    (TimelineEvent::ExtendedAccess, "Extended Access begins"),
    (TimelineEvent::EndOfLife, "The model ends"),
];

fn event_words(event: TimelineEvent) -> &'static str {
    let found = EVENTS.iter().find(|(known, _)| *known == event);
    found.map_or("", |(_, words)| words)
}

pub(super) fn timeline(report: &ImpactReport) -> Markup {
    let mut order: Vec<Lane> = Vec::new();
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in &report.timeline {
        let key = (row.model_id.as_str(), &*row.region);
        let at = *places.entry(key).or_insert_with(|| {
            let lane = format!("{}, {}", short_model(&row.model_id), row.region);
            order.push(Lane {
                name: truncated(&visible(&lane), 90),
                events: Vec::new(),
            });
            order.len() - 1
        });
        let words = format!(
            "{} {}: {}",
            row.date,
            event_words(row.event),
            row.workloads.join("; ")
        );
        if let Some(lane) = order.get_mut(at) {
            lane.events.push(Event {
                date: row.date,
                class: row.event.as_str(),
                words: visible(&words),
            });
        }
    }
    let all = order.len();
    order.truncate(MOST);
    let rows: Vec<Vec<Markup>> = report
        .timeline
        .iter()
        .take(ROWS)
        .map(|row| {
            vec![
                date(Some(row.date)),
                html! { (event_words(row.event)) },
                name(row.model_id.as_str()),
                name(&row.region),
                html! { @for (at, of) in row.workloads.iter().enumerate() { @if at > 0 { "; " } (name(of)) }
                @if row.workloads.is_empty() { (unknown()) } },
                money(row.cost_per_month_affected),
                name(&row.source),
            ]
        })
        .collect();
    let heads = [
        ("Date", Align::Left),
        ("What happens", Align::Left),
        ("Model", Align::Left),
        ("Region", Align::Left),
        ("Workloads", Align::Left),
        ("30-day cost behind it", Align::Right),
        ("Source", Align::Left),
    ];
    let used = |event| report.timeline.iter().any(|row| row.event == event);
    let legend: Vec<(&'static str, &str)> = EVENTS
        .into_iter()
        .filter(|(event, _)| used(*event))
        .map(|(event, words)| (event.as_str(), words))
        .collect();
    let caption = html! {
        "When what happens to the models in use; the line across is " (report.as_of) "."
        @if all > MOST { " Drawn are the first " (MOST) " of " (all) " models and Regions." }
    };
    html! {
        section id="dates" aria-labelledby="h-dates" {
            h2 id="h-dates" { "Dates" }
            @if report.timeline.is_empty() {
                p { "No date is known for the models in use." }
            } @else {
                (figure("Chart: dates by model and Region", &caption, &legend, &lanes("Dates by model and Region", report.as_of, &order),
                    &html! { (table("Dates", &heads, &rows, None)) (left_out(report.timeline.len(), ROWS, "timeline")) }))
            }
        }
    }
}
