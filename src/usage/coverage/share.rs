//! Sharing a whole count out so that the parts are whole and add up to it.
//!
//! Imports nothing. Sample: 10 over the weights 1, 1, 1 gives 4, 3, 3.

use std::cmp::Reverse;

/// Shares `total` out in proportion to the weights, by largest remainder; equal remainders go
/// to the earlier part. Without any weight all goes to the first part.
///
/// No part is greater than its weight as long as `total` is at most their sum: a part is
/// rounded up only where its quota is no whole number, and so still below the weight.
pub(super) fn share_out(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if sum == 0 {
        let mut parts = vec![0; weights.len()];
        if let Some(first) = parts.first_mut() {
            *first = total;
        }
        return parts;
    }
    let mut remainders = Vec::with_capacity(weights.len());
    let mut parts = Vec::with_capacity(weights.len());
    let mut left = total;
    for (at, weight) in weights.iter().enumerate() {
        // Two u64 multiplied fit u128, and the quota is at most `total`.
        let product = u128::from(total) * u128::from(*weight);
        let part = u64::try_from(product / sum).unwrap_or(u64::MAX);
        left -= part;
        parts.push(part);
        remainders.push((Reverse(product % sum), at));
    }
    remainders.sort_unstable();
    // Fewer are left than there are parts with a remainder.
    for (_, at) in remainders {
        if left == 0 {
            break;
        }
        parts[at] += 1;
        left -= 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_largest_remainders_get_what_is_left() {
        // 10 x 5/9 = 5.56, 10 x 3/9 = 3.33, 10 x 1/9 = 1.11: 5 + 3 + 1 = 9, one left for the first.
        assert_eq!(share_out(10, &[5, 3, 1]), [6, 3, 1]);
        assert_eq!(share_out(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(share_out(7, &[0, 2]), [0, 7]);
        assert_eq!(share_out(7, &[0, 0]), [7, 0]);
        assert_eq!(share_out(u64::MAX, &[u64::MAX, 0]), [u64::MAX, 0]);
        assert!(share_out(0, &[]).is_empty());
    }

    proptest! {
        #[test]
        fn parts_add_up_and_stay_below_their_weights(
            weights in prop::collection::vec(0..1_000u64, 1..8),
            of_thousand in 0..=1_000u64,
        ) {
            let total = weights.iter().sum::<u64>() * of_thousand / 1_000;
            let parts = share_out(total, &weights);
            prop_assert_eq!(parts.iter().sum::<u64>(), total);
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!(part <= weight);
            }
        }
    }
}
