//! A whole number shared out to parts by weight, so that the parts add up to it.
//!
//! The largest remainder gets what is left over. What a part got too little (or too much) is
//! carried to the next day, so that a part of a tenth of a request gets one in ten days.
//! Imports nothing.
//!
//! Sample: 10 by weights 1, 1, 1 is 4, 3, 3, and on the next day 3, 4, 3.

/// Shares `total` out, into `given`. `carries` holds what each part is owed; a part without
/// weight gets nothing and keeps its claim.
///
/// `order` is room that is used again.
pub(super) fn share_out(
    total: u64,
    weights: &[u64],
    carries: &mut [f64],
    given: &mut [u64],
    order: &mut Vec<usize>,
) {
    if let ([weight], [part]) = (weights, &mut *given) {
        // Nobody to share with, and nothing owed.
        *part = if *weight > 0 { total } else { 0 };
        return;
    }
    let whole: u128 = weights.iter().copied().map(u128::from).sum();
    if whole == 0 {
        given.fill(0);
        return;
    }
    let mut left = i128::from(total);
    for ((part, weight), carry) in given.iter_mut().zip(weights).zip(carries.iter_mut()) {
        if *weight == 0 {
            *part = 0;
            continue;
        }
        let (floor, rest) = share_of(total, *weight, whole);
        *carry += rest;
        // Who is owed a whole one gets it, who has had one too many gives it back.
        *part = match *carry {
            owed if owed >= 1.0 => floor + 1,
            owed if owed <= -1.0 => floor.saturating_sub(1),
            _ => floor,
        };
        *carry -= *part as f64 - floor as f64;
        left -= i128::from(*part);
    }
    if left == 0 {
        return;
    }
    order.clear();
    let has_weight = |part: &usize| weights.get(*part).is_some_and(|weight| *weight > 0);
    order.extend((0..weights.len()).filter(has_weight));
    let owed = |part: &usize| carries.get(*part).copied().unwrap_or_default();
    match left {
        0.. => order.sort_by(|one, other| owed(other).total_cmp(&owed(one))),
        _ => order.sort_by(|one, other| owed(one).total_cmp(&owed(other))),
    }
    for part in order.iter().copied().cycle() {
        if left == 0 {
            break;
        }
        let (Some(count), Some(carry)) = (given.get_mut(part), carries.get_mut(part)) else {
            break;
        };
        if left > 0 {
            *count += 1;
            *carry -= 1.0;
            left -= 1;
        } else if *count > 0 {
            *count -= 1;
            *carry += 1.0;
            left += 1;
        }
    }
}

/// The whole number in `total * weight / whole`, and the rest as a share of one.
fn share_of(total: u64, weight: u64, whole: u128) -> (u64, f64) {
    // Narrow numbers divide many times faster, and nearly all are.
    if let (Some(exact), Ok(whole)) = (total.checked_mul(weight), u64::try_from(whole)) {
        return (exact / whole, (exact % whole) as f64 / whole as f64);
    }
    let exact = u128::from(total) * u128::from(weight);
    let floor = u64::try_from(exact / whole).unwrap_or(u64::MAX);
    (floor, (exact % whole) as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    fn share_out(total: u64, weights: &[u64], carries: &mut [f64]) -> Vec<u64> {
        let mut given = vec![0; weights.len()];
        super::share_out(total, weights, carries, &mut given, &mut Vec::new());
        given
    }

    #[test]
    fn the_largest_remainder_gets_the_rest_and_the_others_their_turn() {
        let mut carries = [0.0; 3];
        assert_eq!(share_out(10, &[1, 1, 1], &mut carries), [4, 3, 3]);
        assert_eq!(share_out(10, &[1, 1, 1], &mut carries), [3, 4, 3]);
        assert_eq!(share_out(10, &[1, 1, 1], &mut carries), [3, 3, 4]);
        // 7 x 5 / 7 = 5 and 7 x 2 / 7 = 2: nothing is left over
        assert_eq!(share_out(7, &[5, 2, 0], &mut [0.0; 3]), [5, 2, 0]);
    }

    #[test]
    fn a_part_of_a_tenth_gets_one_in_ten_days() {
        let mut carries = [0.0; 2];
        let small: u64 = (0..10)
            .map(|_| share_out(1, &[9, 1], &mut carries)[1])
            .sum();
        assert_eq!(small, 1);
    }

    #[test]
    fn nothing_is_shared_out_without_weights() {
        assert_eq!(share_out(5, &[0, 0], &mut [0.0; 2]), [0, 0]);
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole_on_every_day(
            totals in prop::collection::vec(0..u64::from(u32::MAX), 1..20),
            weights in prop::collection::vec(0..1_000_000_u64, 1..9),
        ) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let mut carries = vec![0.0; weights.len()];
            for total in totals {
                let parts = share_out(total, &weights, &mut carries);
                prop_assert_eq!(parts.iter().sum::<u64>(), total);
                prop_assert!(carries.iter().all(|carry| carry.abs() < 2.0));
            }
        }
    }
}
