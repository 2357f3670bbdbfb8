//! Dates on lanes, one lane a model and Region, with `as_of` as a line across.
//!
//! Each kind of date has a shape of its own, so that colour is never needed. Imports `domain`
//! only. Sample: on the lane `claude-opus-4-1, us-east-1` a square at 2027-01-08.
#![allow(clippy::float_arithmetic)] // positions of marks on a drawing; no money is made of them

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};

use super::scale::{Scale, px};
use super::{WIDTH, drawing};
use crate::domain::Month;

const ROW: f64 = 62.0;
const TOP: f64 = 30.0;
const EDGE: f64 = 14.0;
const MONTH_NAME: f64 = 60.0;

/// A date, the shape's class and its words.
#[derive(Debug, Clone)]
pub(in crate::report) struct Event {
    pub(in crate::report) date: NaiveDate,
    pub(in crate::report) class: &'static str,
    pub(in crate::report) words: String,
}

/// A name and its dates.
#[derive(Debug, Clone)]
pub(in crate::report) struct Lane {
    pub(in crate::report) name: String,
    pub(in crate::report) events: Vec<Event>,
}

/// Draws the lanes in the order given.
pub(in crate::report) fn lanes(label: &str, as_of: NaiveDate, all: &[Lane]) -> Markup {
    let dates = || {
        let events = all.iter().flat_map(|lane| &lane.events);
        events.map(|event| event.date).chain([as_of])
    };
    let first = Month::of(dates().min().unwrap_or(as_of));
    let last = Month::of(dates().max().unwrap_or(as_of)).next();
    let scale = Scale {
        values: (number(first.first_day()), number(last.first_day())),
        positions: (EDGE, WIDTH - EDGE),
    };
    let tops = std::iter::successors(Some(TOP), |top| Some(top + ROW));
    let bottom = tops.clone().nth(all.len()).unwrap_or(TOP);
    let today = scale.at(number(as_of));
    let marks = html! {
        @for (name, x) in months(first, last, &scale) {
            line.grid x1=(px(x)) x2=(px(x)) y1=(px(TOP)) y2=(px(bottom)) {}
            text x=(px(x + 3.0)) y="14" { (name) }
        }
        line.today x1=(px(today)) x2=(px(today)) y1=(px(TOP - 8.0)) y2=(px(bottom)) {
            title { "as of " (as_of) }
        }
        @for (lane, top) in all.iter().zip(tops) {
            text x=(px(EDGE)) y=(px(top + 15.0)) { (lane.name) }
            line.lane x1=(px(EDGE)) x2=(px(WIDTH - EDGE)) y1=(px(top + 31.0)) y2=(px(top + 31.0)) {}
            @for event in &lane.events {
                path class={"mark " (event.class)} d=(shape(event.class, scale.at(number(event.date)), top + 31.0)) {
                    title { (event.words) }
                }
            }
        }
    };
    drawing(label, (WIDTH, bottom + 4.0), &marks)
}

fn number(day: NaiveDate) -> f64 {
    f64::from(day.num_days_from_ce())
}

/// The first days of months, as many as have room for their names.
fn months(first: Month, last: Month, scale: &Scale) -> Vec<(String, f64)> {
    let mut shown: Vec<(String, f64)> = Vec::new();
    let mut month = first;
    while month < last {
        let x = scale.at(number(month.first_day()));
        if shown
            .last()
            .is_none_or(|(_, before)| x - before >= MONTH_NAME)
        {
            shown.push((month.to_string(), x));
        }
        let next = month.next();
        if next == month {
            break;
        }
        month = next;
    }
    shown
}

/// A square ends, a triangle adds to the price, a small bar is Legacy; a diamond asks to begin
/// and hangs below the lane, since it often falls on the day of another.
fn shape(class: &str, x: f64, y: f64) -> String {
    let corners: &[(f64, f64)] = match class {
        "end-of-life" => &[(-7.0, -7.0), (7.0, -7.0), (7.0, 7.0), (-7.0, 7.0)],
        "extended-access" => &[(0.0, -9.0), (8.0, 7.0), (-8.0, 7.0)],
        "start-by" => &[(0.0, 10.0), (7.5, 17.5), (0.0, 25.0), (-7.5, 17.5)],
        _ => &[(-3.0, -9.0), (3.0, -9.0), (3.0, 9.0), (-3.0, 9.0)],
    };
    let corners: Vec<String> = corners
        .iter()
        .map(|(right, down)| format!("{} {}", px(x + right), px(y + down)))
        .collect();
    format!("M{}Z", corners.join("L"))
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::day;
    use super::*;

    #[test]
    fn a_date_stands_at_its_part_of_the_time_shown() {
        let lane = Lane {
            name: "m, us-east-1".to_owned(),
            events: vec![Event {
                date: day("2026-11-16"),
                class: "end-of-life",
                words: "ends".to_owned(),
            }],
        };
        let svg = lanes("dates", day("2026-11-01"), &[lane]).into_string();
        // November alone, 30 days over 692: the 16th is half way, 14 + 346 = 360; 7 to each side.
        assert!(
            svg.contains(r#"d="M353 54L367 54L367 68L353 68Z""#),
            "{svg}"
        );
        assert!(svg.contains(">2026-11</text>") && !svg.contains(">2026-12</text>"));
    }
}
