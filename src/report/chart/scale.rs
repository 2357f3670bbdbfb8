//! Where a value goes, and the round numbers of an axis.
//!
//! Imports `domain` only. Sample: up to 92,169.68 the axis has 0, 20,000, ... 100,000.
#![allow(clippy::float_arithmetic)] // positions of marks on a drawing; no money is made of them

use rust_decimal::prelude::ToPrimitive;

use crate::domain::Decimal;

/// A value as a position's measure; what no drawing can hold is drawn as nothing.
pub(super) fn measure(value: Decimal) -> f64 {
    value.to_f64().filter(|v| v.is_finite()).unwrap_or(0.0)
}

/// A straight way from values to positions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) values: (f64, f64),
    pub(super) positions: (f64, f64),
}

impl Scale {
    /// The position of a value, inside the drawing whatever the value.
    pub(super) fn at(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        let (from, to) = self.positions;
        let span = high - low;
        let part = if span > 0.0 {
            (value - low) / span
        } else {
            0.0
        };
        from + part.clamp(0.0, 1.0) * (to - from)
    }
}

/// Round numbers from 0 to the first that is not below `most`, three to six of them.
pub(super) fn ticks(most: f64) -> Vec<f64> {
    if most <= 0.0 || !most.is_finite() {
        return vec![0.0, 1.0];
    }
    let magnitude = 10_f64.powf((most / 5.0).log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|round| round * magnitude)
        .find(|step| step * 5.0 >= most)
        .unwrap_or(magnitude * 10.0);
    let mut ticks = vec![0.0];
    let mut count = 0.0;
    while count * step < most {
        count += 1.0;
        ticks.push(count * step);
    }
    ticks
}

/// A round amount on an axis: `$0`, `$2.5k`, `$20k`, `$1.5M`.
pub(super) fn money(amount: f64) -> String {
    let (value, unit) = if amount >= 1e9 {
        (amount / 1e9, "B")
    } else if amount >= 1e6 {
        (amount / 1e6, "M")
    } else if amount >= 1e3 {
        (amount / 1e3, "k")
    } else {
        (amount, "")
    };
    // Nine places hide what binary fractions leave behind, and keep the smallest step.
    let text = format!("{value:.9}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("${text}{unit}")
}

/// A position with one place, as the drawing writes it: `12`, `12.5`, never `-0`.
pub(super) fn px(position: f64) -> String {
    let rounded = (position * 10.0).round() / 10.0;
    if rounded == 0.0 {
        return "0".to_owned();
    }
    format!("{rounded}")
}

/// How many whole times; at least one.
pub(super) fn whole(times: f64) -> usize {
    // Small by its making (a width over a width); the cast saturates anyway.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let count = times as usize;
    count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_goes_where_the_rule_of_three_puts_it() {
        let scale = Scale {
            values: (0.0, 100.0),
            positions: (240.0, 40.0),
        };
        // 25 of 100 is a quarter of the way from 240 up to 40: 240 - 0.25 x 200 = 190.
        assert_eq!(px(scale.at(25.0)), "190");
        assert_eq!(px(scale.at(0.0)), "240");
        assert_eq!(px(scale.at(100.0)), "40");
        // Beyond the ends it stays on the drawing.
        assert_eq!(px(scale.at(-5.0)), "240");
        assert_eq!(px(scale.at(1e30)), "40");
        let flat = Scale {
            values: (3.0, 3.0),
            ..scale
        };
        assert_eq!(px(flat.at(3.0)), "240");
    }

    #[test]
    fn axes_have_round_numbers() {
        // 92,169.68 / 5 = 18,433.94: the next of 1, 2, 2.5, 5 x 10^4 is 20,000.
        assert_eq!(
            ticks(92_169.68),
            [0.0, 20_000.0, 40_000.0, 60_000.0, 80_000.0, 100_000.0]
        );
        // 1.1 / 5 = 0.22: 0.25, five steps of which reach 1.25.
        assert_eq!(ticks(1.1), [0.0, 0.25, 0.5, 0.75, 1.0, 1.25]);
        assert_eq!(ticks(100.0).last(), Some(&100.0));
        assert_eq!(ticks(0.0), [0.0, 1.0]);
        assert_eq!(ticks(f64::NAN.max(-1.0)), [0.0, 1.0]);
    }

    #[test]
    fn amounts_of_an_axis_are_short() {
        for (amount, text) in [
            (0.0, "$0"),
            (0.25, "$0.25"),
            (500.0, "$500"),
            (2_500.0, "$2.5k"),
            (20_000.0, "$20k"),
            (1_500_000.0, "$1.5M"),
            (2e9, "$2B"),
        ] {
            assert_eq!(money(amount), text);
        }
    }

    #[test]
    fn positions_have_one_place() {
        assert_eq!(px(12.04), "12");
        assert_eq!(px(12.45), "12.5");
        assert_eq!(px(-0.01), "0");
    }
}
