//! Shares of whole counts, and that parts make the whole.

use proptest::prelude::*;

use super::super::forecast;
use super::super::history::History;
use super::super::sample::*;
use super::*;
use crate::domain::Decimal;

/// The plan of search on `old`: 1,000,000 input tokens a day.
fn plan() -> CellPlan {
    let world = World::new();
    let history = History::new(&world.usage, world.options.as_of).unwrap();
    CellPlan::of(
        forecast::forecast(&history, &world.options)
            .unwrap()
            .cells
            .remove(0),
    )
}

#[test]
fn a_share_is_rounded_half_up_and_never_more_than_all() {
    assert_eq!(Share::of(1, 2).of_count(3), Some(2));
    assert_eq!(Share::of(1, 3).of_count(1), Some(0));
    assert_eq!(Share::of(5, 3).of_count(7), Some(7));
    assert_eq!(Share::of(1, 0).of_count(7), Some(7));
    assert_eq!(Share::NONE.of_count(u64::MAX), Some(0));
    assert_eq!(Share::ALL.of_count(u64::MAX), Some(u64::MAX));
}

#[test]
fn days_outside_are_empty_and_sums_are_differences() {
    let from = day("2026-12-01");
    let volume = Volume::of_days(from, day("2026-12-04"), |date| Ok(days_in(from, date) + 1));
    let volume = volume.unwrap();
    let over = |from: &str, to: &str| volume.over(day(from), day(to)).unwrap();
    // 1 + 2 + 3
    assert_eq!(over("2026-11-01", "2027-01-01"), 6);
    assert_eq!(over("2026-12-02", "2026-12-03"), 2);
    assert_eq!(over("2026-12-04", "2026-12-31"), 0);
    let doubled = volume.scaled(Rate::new(Decimal::TWO)).unwrap();
    assert_eq!(doubled.over(from, day("2026-12-31")).unwrap(), 12);
}

proptest! {
    #[test]
    fn the_parts_of_a_split_are_the_whole(part in 0..50_u128, whole in 1..50_u128) {
        let plan = plan();
        let (from, to) = (day("2026-12-01"), day("2026-12-09"));
        let (moved, rest) = plan.split(from, to, |_| Share::of(part, whole)).unwrap();
        for (quantity, volume) in &plan.quantities {
            let both = moved.quantities[quantity].over(from, to).unwrap()
                + rest.quantities[quantity].over(from, to).unwrap();
            prop_assert_eq!(both, volume.over(from, to).unwrap());
        }
    }
}
