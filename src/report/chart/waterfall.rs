//! A waterfall that lies down: one bar a step, from where the one before ended.
//!
//! The name and the amount stand above each bar, so that neither is cut off, however small the
//! bar; a thin line leads from the end of a bar to the next. Imports `domain` only. Sample:
//! `mix  +$36.00` above a bar from 90.00 to 126.00.
#![allow(clippy::float_arithmetic)] // positions of marks on a drawing; no money is made of them

use maud::{Markup, html};

use super::drawing;
use super::scale::{Scale, measure, px};
use crate::domain::{Decimal, Usd};

/// Narrow, as nothing but where a bar begins and ends matters.
const WIDTH: f64 = 400.0;
const ROW: f64 = 34.0;
const BAR: f64 = 10.0;
/// From the top of a row to its bar, below the name.
const NAME: f64 = 17.0;
/// What is too small to be seen is drawn so wide.
const LEAST: f64 = 2.0;
/// Where the amounts end: near the names, and away from most of the bars' ends.
const AMOUNT: f64 = 220.0;

/// A bar from one value to another, and its words.
#[derive(Debug, Clone)]
pub(in crate::report) struct Span {
    pub(in crate::report) name: String,
    pub(in crate::report) amount: String,
    pub(in crate::report) from: Decimal,
    pub(in crate::report) to: Decimal,
    pub(in crate::report) class: &'static str,
    pub(in crate::report) words: String,
}

/// Draws the bars in the order given, from `floor` on, and says so; without one, nothing is on
/// the drawing always.
pub(in crate::report) fn waterfall(label: &str, all: &[Span], floor: Option<Usd>) -> Markup {
    let ends = || {
        all.iter()
            .flat_map(|span| [span.from, span.to])
            .map(measure)
    };
    let low = match floor {
        Some(floor) => measure(floor.amount()),
        None => ends().fold(0.0, f64::min),
    };
    let scale = Scale {
        values: (low, ends().fold(0.0, f64::max)),
        positions: (0.0, WIDTH),
    };
    let tops = || std::iter::successors(Some(0.0), |top| Some(top + ROW));
    let bottom = tops().nth(all.len()).unwrap_or(0.0);
    let nothing = scale.at(0.0);
    let note = floor.map(|floor| format!("All bars begin at {}, not at $0.", floor.in_words()));
    let marks = html! {
        line.lane x1=(px(nothing)) x2=(px(nothing)) y1="0" y2=(px(bottom)) {}
        @for (span, top) in all.iter().zip(tops()).take(all.len().saturating_sub(1)) {
            @let x = scale.at(measure(span.to));
            line.lead x1=(px(x)) x2=(px(x)) y1=(px(top + NAME)) y2=(px(top + ROW + NAME + BAR)) {}
        }
        @for (span, top) in all.iter().zip(tops()) {
            @let (x, width) = placed(&scale, span);
            text x="0" y=(px(top + 12.0)) { (span.name) }
            text.end.strong x=(px(AMOUNT)) y=(px(top + 12.0)) { (span.amount) }
            rect class={"mark " (span.class)} x=(px(x)) y=(px(top + NAME)) height=(px(BAR)) width=(px(width)) {
                title { (span.words) }
            }
        }
        @if let Some(note) = &note { text x="0" y=(px(bottom + 12.0)) { (note) } }
    };
    let height = bottom + if note.is_some() { 17.0 } else { 0.0 };
    drawing(label, (WIDTH, height), &marks)
}

/// Where a bar begins, from the left, and how wide it is.
fn placed(scale: &Scale, span: &Span) -> (f64, f64) {
    let (from, to) = (scale.at(measure(span.from)), scale.at(measure(span.to)));
    let width = (to - from).abs().max(LEAST);
    (from.min(to).min(WIDTH - width), width)
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::decimal;
    use super::*;

    fn span(name: &str, from: &str, to: &str) -> Span {
        Span {
            name: name.to_owned(),
            amount: String::new(),
            from: decimal(from),
            to: decimal(to),
            class: "rise",
            words: format!("from {from} to {to}"),
        }
    }

    /// The bar with these words, as drawn.
    fn bar(svg: &str, words: &str) -> String {
        let before = svg.split(&format!("><title>{words}<")).next().unwrap();
        before.rsplit("<rect ").next().unwrap().to_owned()
    }

    #[test]
    fn a_bar_lies_between_the_costs_before_and_after_its_step() {
        let all = [
            span("2026-09", "0", "100"),
            span("volume", "100", "200"),
            span("mix", "200", "150"),
            span("price", "150", "150"),
            span("2026-10", "0", "150"),
        ];
        let svg = waterfall("why", &all, None).into_string();
        // 200 fills the width of 400: two units a dollar.
        for (words, place) in [
            ("from 0 to 100", r#"x="0" y="17" height="10" width="200""#),
            (
                "from 100 to 200",
                r#"x="200" y="51" height="10" width="200""#,
            ),
            (
                "from 200 to 150",
                r#"x="300" y="85" height="10" width="100""#,
            ),
            (
                "from 150 to 150",
                r#"x="300" y="119" height="10" width="2""#,
            ),
            ("from 0 to 150", r#"x="0" y="153" height="10" width="300""#),
        ] {
            assert!(bar(&svg, words).ends_with(place), "{words}: {svg}");
        }
        // From the end of the first bar to that of the second.
        assert!(svg.contains(r#"<line class="lead" x1="200" x2="200" y1="17" y2="61">"#));
        assert!(svg.contains(r#"viewBox="0 0 400 170""#), "{svg}");
        // A line less than bars: the last one leads nowhere.
        assert_eq!(svg.matches("class=\"lead\"").count(), 4);
    }

    #[test]
    fn bars_that_do_not_begin_at_nothing_say_so() {
        let all = [span("2026-09", "0", "900"), span("mix", "900", "1000")];
        let svg = waterfall("why", &all, Some(Usd::new(decimal("800")))).into_string();
        // Two units a dollar from 800 on.
        assert!(bar(&svg, "from 0 to 900").ends_with(r#"x="0" y="17" height="10" width="200""#));
        assert!(
            bar(&svg, "from 900 to 1000").ends_with(r#"x="200" y="51" height="10" width="200""#)
        );
        assert!(
            svg.contains(">All bars begin at $800.00, not at $0.</text>"),
            "{svg}"
        );
        assert!(svg.contains(r#"viewBox="0 0 400 85""#), "{svg}");
    }

    #[test]
    fn a_sum_below_nothing_is_drawn_on_the_other_side_of_it() {
        let all = [span("gone", "100", "-100"), span("new", "-100", "300")];
        let svg = waterfall("why", &all, None).into_string();
        // One unit a dollar, nothing at 100.
        assert!(svg.contains(r#"<line class="lane" x1="100" x2="100""#));
        assert!(bar(&svg, "from 100 to -100").contains(r#"x="0" y="17" height="10" width="200""#));
        assert!(bar(&svg, "from -100 to 300").contains(r#"x="0" y="51" height="10" width="400""#));
    }
}
