//! Columns of stacked parts, one column a month.
//!
//! Imports `domain` only. Sample: `2026-10` with 86,204.48 and above it 5,965.20.
#![allow(clippy::float_arithmetic)] // positions of marks on a drawing; no money is made of them

use maud::{Markup, html};

use super::scale::{Scale, measure, px, ticks, whole};
use super::{Mark, WIDTH, drawing, money_axis};

const HEIGHT: f64 = 310.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 268.0;
/// Room that the name of a column takes.
const NAME: f64 = 60.0;

/// One column, its parts from the bottom up.
#[derive(Debug, Clone)]
pub(in crate::report) struct Column {
    pub(in crate::report) name: String,
    /// What is to be known about it, below its name.
    pub(in crate::report) note: Option<&'static str>,
    pub(in crate::report) parts: Vec<Mark>,
}

/// Draws the columns.
pub(in crate::report) fn columns(label: &str, all: &[Column]) -> Markup {
    let height = |column: &Column| -> f64 {
        let parts = column.parts.iter();
        parts.map(|part| measure(part.value).max(0.0)).sum()
    };
    let most = all.iter().map(height).fold(0.0, f64::max);
    let ticks = ticks(most);
    let scale = Scale {
        values: (0.0, ticks.last().copied().unwrap_or(1.0)),
        positions: (BOTTOM, TOP),
    };
    let count = u32::try_from(all.len()).unwrap_or(u32::MAX).max(1);
    let slot = (WIDTH - LEFT) / f64::from(count);
    let width = (slot * 0.66).min(72.0);
    let middles = || std::iter::successors(Some(LEFT + slot / 2.0), |x| Some(x + slot));
    let every = all.len().div_ceil(whole((WIDTH - LEFT) / NAME)).max(1);
    let marks = html! {
        (money_axis(&ticks, |value| scale.at(value), LEFT))
        @for (column, middle) in all.iter().zip(middles()) {
            @for (part, from, to) in stacked(&column.parts) {
                @let (low, high) = (scale.at(from), scale.at(to));
                rect class={"mark " (part.class)} x=(px(middle - width / 2.0)) width=(px(width))
                    y=(px(high)) height=(px(low - high)) { title { (part.words) } }
            }
        }
        @for (column, middle) in all.iter().zip(middles()).step_by(every) {
            text.middle x=(px(middle)) y=(px(BOTTOM + 20.0)) { (column.name) }
            @if let Some(note) = column.note {
                text.middle x=(px(middle)) y=(px(BOTTOM + 36.0)) { (note) }
            }
        }
    };
    drawing(label, (WIDTH, HEIGHT), &marks)
}

/// Each part with where it begins and ends; what adds nothing is not drawn.
fn stacked(parts: &[Mark]) -> impl Iterator<Item = (&Mark, f64, f64)> {
    let mut top = 0.0;
    parts
        .iter()
        .map(move |part| {
            let from = top;
            top += measure(part.value).max(0.0);
            (part, from, top)
        })
        .filter(|(_, from, to)| to > from)
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::decimal;
    use super::*;

    fn part(value: &str, words: &str) -> Mark {
        Mark {
            value: decimal(value),
            class: "active",
            words: words.to_owned(),
        }
    }

    #[test]
    fn parts_stand_on_each_other() {
        let column = Column {
            name: "2026-10".to_owned(),
            note: None,
            parts: vec![part("60", "first"), part("0", "none"), part("40", "second")],
        };
        let svg = columns("cost", &[column]).into_string();
        // The axis ends at 100: 60 of it is 152.4 of 254, from 268 up to 115.6; the rest to 14.
        assert!(
            svg.contains(r#"y="115.6" height="152.4"><title>first</title>"#),
            "{svg}"
        );
        assert!(
            svg.contains(r#"y="14" height="101.6"><title>second</title>"#),
            "{svg}"
        );
        assert!(!svg.contains("none"), "{svg}");
    }

    #[test]
    fn words_from_outside_are_escaped() {
        let column = Column {
            name: "<b>".to_owned(),
            note: None,
            parts: vec![part("1", "</title><script>alert(1)</script>")],
        };
        let svg = columns("\"><script>", &[column]).into_string();
        assert!(!svg.contains("<script") && !svg.contains("<b>"), "{svg}");
        assert!(svg.contains("&lt;/title&gt;&lt;script&gt;"), "{svg}");
    }
}
