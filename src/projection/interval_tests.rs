//! Bounds of parts and sums from errors given by hand.

use super::super::forecast::{Basis, SeriesForecast};
use super::*;

fn spans() -> Vec<Span> {
    vec![Span { from: 0, to: 30 }, Span { from: 90, to: 150 }]
}

/// A series with the same errors from every origin, or as they alternate.
fn series(errors: &[[Option<f64>; 2]]) -> SeriesForecast {
    let rows = errors
        .iter()
        .cycle()
        .take(if errors.is_empty() { 0 } else { 44 });
    SeriesForecast {
        path: Vec::new(),
        errors: rows.map(|row| row.to_vec()).collect(),
        basis: Basis {
            days: 365,
            jumped: None,
            dead: false,
            measured: !errors.is_empty(),
        },
    }
}

fn spread(all: &[SeriesForecast]) -> Spread {
    Spread::new(all.iter().zip(1..), &spans())
}

fn part(series: usize, span: usize, amount: f64) -> Part {
    Part {
        series,
        span,
        amount,
    }
}

fn high_80(spread: &Spread, parts: &[Part]) -> String {
    spread.bounds(parts).unwrap().high_80.factor().to_string()
}

#[test]
fn errors_of_a_tenth_are_a_tenth_by_the_factors_to_either_side() {
    let spread = spread(&[series(&[[Some(0.1), Some(-0.2)]])]);
    let bounds = spread.bounds(&[part(0, 0, 1_000.0)]).unwrap();
    let of = [bounds.low_80, bounds.high_80, bounds.low_95, bounds.high_95];
    // 1 / 1.15, 1 + 1.5 x 0.1, 1 / 1.35, 1 + 3.5 x 0.1
    assert_eq!(
        of.map(|rate| rate.factor().to_string()),
        ["0.8696", "1.1500", "0.7407", "1.3500"]
    );
    assert_eq!(high_80(&spread, &[part(0, 1, 5.0)]), "1.3000");
}

#[test]
fn what_hits_all_stays_and_what_does_not_evens_out() {
    let up_down = series(&[[Some(0.2), None], [Some(-0.2), None]]);
    let down_up = series(&[[Some(-0.2), None], [Some(0.2), None]]);
    let spread = spread(&[up_down.clone(), up_down, down_up]);
    assert_eq!(
        high_80(&spread, &[part(0, 0, 7.0), part(1, 0, 3.0)]),
        "1.3000"
    );
    // Never better than one percent.
    assert_eq!(
        high_80(&spread, &[part(0, 0, 5.0), part(2, 0, 5.0)]),
        "1.0150"
    );
    // 0.2 x (7 - 3) / 10 = 0.08
    assert_eq!(
        high_80(&spread, &[part(0, 0, 7.0), part(2, 0, 3.0)]),
        "1.1200"
    );
}

#[test]
fn beyond_the_known_the_error_grows_with_the_root_of_the_distance() {
    // Middles at 15 and 120 days: root of 8 is 2.8284; 1 + 1.5 x 0.28284
    let spread = spread(&[series(&[[Some(0.1), None]])]);
    assert_eq!(high_80(&spread, &[part(0, 1, 1.0)]), "1.4243");
}

#[test]
fn without_a_past_the_bounds_are_wide_and_the_same_in_every_run() {
    let told = spread(&[series(&[[Some(0.1), Some(0.1)]])]);
    let untold = || spread(&[series(&[])]);
    let of = |spread: &Spread| spread.bounds(&[part(0, 0, 1.0)]).unwrap();
    assert_eq!(of(&untold()), of(&untold()));
    assert!(of(&untold()).high_80.factor() > Decimal::new(15, 1));
    assert!(of(&untold()).low_95.factor() > Decimal::ZERO);
    assert!(of(&told).high_80 < of(&untold()).high_80);
}

#[test]
fn nothing_and_what_lies_beyond_the_spans_has_no_bounds() {
    let spread = spread(&[series(&[[Some(0.1), Some(0.1)]])]);
    assert_eq!(spread.bounds(&[]), None);
    assert_eq!(spread.bounds(&[part(0, 0, 0.0)]), None);
    assert_eq!(spread.bounds(&[part(0, 2, 1.0)]), None);
}
