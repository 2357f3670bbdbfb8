//! Lines over months, with bands behind them.
//!
//! A month without a value is a gap, not a zero. Imports `domain` only. Sample: `stay` from
//! 2026-11 to 2027-11 with its 80% band.
#![allow(clippy::float_arithmetic)] // positions of marks on a drawing; no money is made of them

use std::fmt::Write;

use maud::{Markup, html};

use super::scale::{Scale, measure, px, ticks, whole};
use super::{Mark, WIDTH, drawing, money_axis};
use crate::domain::Decimal;

const HEIGHT: f64 = 320.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 704.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 284.0;
/// Room that the name of a month takes.
const NAME: f64 = 60.0;

/// One value a month, or a gap.
#[derive(Debug, Clone)]
pub(in crate::report) struct Line {
    pub(in crate::report) class: &'static str,
    pub(in crate::report) points: Vec<Option<Mark>>,
}

/// A low and a high value a month, or a gap.
#[derive(Debug, Clone)]
pub(in crate::report) struct Band {
    pub(in crate::report) class: &'static str,
    pub(in crate::report) bounds: Vec<Option<(Decimal, Decimal)>>,
}

/// Draws bands, then lines, over the months.
pub(in crate::report) fn lines(
    label: &str,
    months: &[String],
    bands: &[Band],
    all: &[Line],
) -> Markup {
    let points = all.iter().flat_map(|line| line.points.iter().flatten());
    let values = points.map(|mark| measure(mark.value));
    let highs = bands.iter().flat_map(|band| band.bounds.iter().flatten());
    let most = values
        .chain(highs.map(|(_, high)| measure(*high)))
        .fold(0.0, f64::max);
    let ticks = ticks(most);
    let y = Scale {
        values: (0.0, ticks.last().copied().unwrap_or(1.0)),
        positions: (BOTTOM, TOP),
    };
    let steps = u32::try_from(months.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let step = (RIGHT - LEFT - 32.0) / f64::from(steps.max(1));
    let xs: Vec<f64> = std::iter::successors(Some(LEFT + 24.0), |x| Some(x + step))
        .take(months.len())
        .collect();
    let every = months.len().div_ceil(whole((RIGHT - LEFT) / NAME)).max(1);
    let marks = html! {
        (money_axis(&ticks, |value| y.at(value), LEFT))
        @for band in bands {
            @for shape in shapes(&band.bounds, &xs, &y) {
                path class={"band " (band.class)} d=(shape) {}
            }
        }
        @for line in all {
            path class={"line " (line.class)} d=(stroke(&line.points, &xs, &y)) {}
            @for (mark, x) in line.points.iter().zip(&xs) {
                @if let Some(mark) = mark {
                    circle class={"mark " (line.class)} r="4.5" cx=(px(*x)) cy=(px(y.at(measure(mark.value)))) {
                        title { (mark.words) }
                    }
                }
            }
        }
        @for (name, x) in months.iter().zip(&xs).step_by(every) {
            text.middle x=(px(*x)) y=(px(BOTTOM + 22.0)) { (name) }
        }
    };
    drawing(label, (WIDTH, HEIGHT), &marks)
}

fn stroke(points: &[Option<Mark>], xs: &[f64], y: &Scale) -> String {
    let mut path = String::new();
    let mut pen = "M";
    for (point, x) in points.iter().zip(xs) {
        match point {
            None => pen = "M",
            Some(mark) => {
                // Writing to a string cannot fail.
                let _ = write!(path, "{pen}{} {}", px(*x), px(y.at(measure(mark.value))));
                pen = "L";
            }
        }
    }
    path
}

/// One closed shape per unbroken run of months.
fn shapes(bounds: &[Option<(Decimal, Decimal)>], xs: &[f64], y: &Scale) -> Vec<String> {
    let at: Vec<Option<(f64, f64, f64)>> = bounds
        .iter()
        .zip(xs)
        .map(|(bound, x)| bound.map(|(low, high)| (*x, y.at(measure(low)), y.at(measure(high)))))
        .collect();
    at.split(Option::is_none)
        .map(|run| run.iter().flatten().copied().collect::<Vec<_>>())
        .filter(|run| !run.is_empty())
        .map(|run| {
            let upper = run.iter().map(|(x, _, high)| (*x, *high));
            let lower = run.iter().rev().map(|(x, low, _)| (*x, *low));
            let corners: Vec<String> = upper
                .chain(lower)
                .map(|(x, y)| format!("{} {}", px(x), px(y)))
                .collect();
            format!("M{}Z", corners.join("L"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::decimal;
    use super::*;

    fn mark(value: &str) -> Option<Mark> {
        Some(Mark {
            value: decimal(value),
            class: "",
            words: format!("is {value}"),
        })
    }

    #[test]
    fn a_month_without_a_value_is_a_gap() {
        let months = ["a", "b", "c"].map(str::to_owned);
        let line = Line {
            class: "stay",
            points: vec![mark("0"), None, mark("100")],
        };
        let svg = lines("l", &months, &[], &[line]).into_string();
        // First month at 64 + 24, last at 704 - 8; 0 is at 284 and 100, the axis' end, at 14.
        assert!(svg.contains(r#"d="M88 284M696 14""#), "{svg}");
        assert!(svg.contains("<title>is 100</title>"), "{svg}");
    }

    #[test]
    fn a_band_goes_along_its_highs_and_back_along_its_lows() {
        let months = ["a", "b"].map(str::to_owned);
        let bound = |low: &str, high: &str| Some((decimal(low), decimal(high)));
        let band = Band {
            class: "b80",
            bounds: vec![bound("0", "50"), bound("50", "100")],
        };
        let svg = lines("l", &months, &[band], &[]).into_string();
        // 50 is half way between 284 and 14: 149.
        assert!(
            svg.contains(r#"d="M88 149L696 14L696 149L88 284Z""#),
            "{svg}"
        );
    }
}
