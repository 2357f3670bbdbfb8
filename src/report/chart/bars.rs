//! Horizontal bars, one a name, with the name above the bar so that a long one fits.
//!
//! Imports `domain` only. Sample: `support-chat  $98,638.26` above its bar.
#![allow(clippy::float_arithmetic)] // positions of marks on a drawing; no money is made of them

use maud::{Markup, html};

use super::scale::{Scale, measure, px};
use super::{Mark, drawing};

/// Narrow, as nothing but its length matters.
const WIDTH: f64 = 400.0;
const ROW: f64 = 34.0;

/// A name, its value in words, and the bar.
#[derive(Debug, Clone)]
pub(in crate::report) struct Bar {
    pub(in crate::report) name: String,
    pub(in crate::report) amount: String,
    pub(in crate::report) mark: Mark,
}

/// Draws the bars in the order given; the longest fills the width.
pub(in crate::report) fn bars(label: &str, all: &[Bar]) -> Markup {
    let most = all
        .iter()
        .map(|bar| measure(bar.mark.value))
        .fold(0.0, f64::max);
    let scale = Scale {
        values: (0.0, most),
        positions: (0.0, WIDTH),
    };
    let tops = std::iter::successors(Some(0.0), |top| Some(top + ROW));
    let height = tops.clone().nth(all.len()).unwrap_or(0.0);
    let marks = html! {
        @for (bar, top) in all.iter().zip(tops) {
            text x="0" y=(px(top + 12.0)) { (bar.name) }
            text.end.strong x=(px(WIDTH)) y=(px(top + 12.0)) { (bar.amount) }
            rect.track x="0" width=(px(WIDTH)) y=(px(top + 17.0)) height="10" {}
            rect class={"mark " (bar.mark.class)} x="0" y=(px(top + 17.0)) height="10"
                width=(px(scale.at(measure(bar.mark.value)))) { title { (bar.mark.words) } }
        }
    };
    drawing(label, (WIDTH, height), &marks)
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::decimal;
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_share_of_the_longest() {
        let bar = |name: &str, value: &str| Bar {
            name: name.to_owned(),
            amount: format!("${value}"),
            mark: Mark {
                value: decimal(value),
                class: "premium",
                words: format!("{name}: ${value}"),
            },
        };
        let svg = bars("premium", &[bar("a", "400"), bar("b", "100")]).into_string();
        // 100 of 400 is a quarter of the width.
        assert!(
            svg.contains(r#"width="400"><title>a: $400</title>"#),
            "{svg}"
        );
        assert!(
            svg.contains(r#"width="100"><title>b: $100</title>"#),
            "{svg}"
        );
        assert!(svg.contains(r#"viewBox="0 0 400 68""#), "{svg}");
    }
}
