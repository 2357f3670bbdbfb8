//! Charts: values in, one inline SVG out. No script and no style of its own: classes that the
//! page's style sheet colours, so that dark, light and print are one drawing.
//!
//! Each mark carries its exact words in a `<title>`, which a pointer shows. The drawing itself
//! has one label; who cannot see it reads the table beneath. The only arithmetic is where a mark
//! goes, in `f64`: no number that is shown comes from here, but for the round ones on an axis.
//!
//! Imports `domain` only. Sample: a column of 86,204.48 with 5,965.20 on top of it and the hover
//! text `2026-10, Extended Access adds: $5,965.20`.
#![allow(clippy::float_arithmetic)] // positions of marks on a drawing; no money is made of them

mod bars;
mod columns;
mod lanes;
mod lines;
mod scale;
mod waterfall;

use maud::{Markup, html};

use crate::domain::Decimal;

pub(super) use bars::{Bar, bars};
pub(super) use columns::{Column, columns};
pub(super) use lanes::{Event, Lane, lanes};
pub(super) use lines::{Band, Line, lines};
pub(super) use waterfall::{Span, waterfall};

/// Width of a drawing in its own units; the page scales it.
const WIDTH: f64 = 720.0;

/// A value and the words that a pointer shows.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub(super) value: Decimal,
    pub(super) class: &'static str,
    pub(super) words: String,
}

/// The drawing around its marks. A narrow one fits a phone without scrolling.
fn drawing(label: &str, (width, height): (f64, f64), marks: &Markup) -> Markup {
    html! {
        svg.narrow[width < WIDTH] viewBox={"0 0 " (scale::px(width)) " " (scale::px(height))} role="img" aria-label=(label) {
            (marks)
        }
    }
}

/// Horizontal lines with their amounts at the left.
fn money_axis(ticks: &[f64], at: impl Fn(f64) -> f64, left: f64) -> Markup {
    html! {
        @for tick in ticks {
            @let y = at(*tick);
            line.grid x1=(scale::px(left)) x2=(scale::px(WIDTH)) y1=(scale::px(y)) y2=(scale::px(y)) {}
            text.end x=(scale::px(left - 8.0)) y=(scale::px(y + 4.0)) { (scale::money(*tick)) }
        }
    }
}
