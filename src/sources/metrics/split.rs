//! Splitting a total by a finer set of dimensions (tiers, projects), which CloudWatch counts
//! apart: the parts are taken out of the total, never added to it. May import `domain` only.
//!
//! Sample: a model has 1,000 input tokens, its `flex` part 400: 400 at `flex`, 600 remain.

use std::collections::BTreeMap;

use crate::domain::TokenCounts;

/// Parts and what they leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split<K> {
    pub(super) parts: Vec<(K, TokenCounts)>,
    pub(super) rest: TokenCounts,
}

/// Splits a total; `None` if a sum of the parts is more than the total, which makes the parts
/// useless. A part that has no count of its own leaves that count in the rest.
pub(super) fn split<K: Ord>(
    total: &TokenCounts,
    parts: BTreeMap<K, TokenCounts>,
) -> Option<Split<K>> {
    let mut sum = TokenCounts::default();
    for part in parts.values() {
        sum = sum.add(part)?;
    }
    let left = |total: Option<u64>, part: Option<u64>| match (total, part) {
        (total, None) => Some(total),
        (None, Some(_)) => None,
        (Some(total), Some(part)) => total.checked_sub(part).map(Some),
    };
    let mut rest = TokenCounts {
        requests: total.requests.checked_sub(sum.requests)?,
        failed_requests: total.failed_requests.checked_sub(sum.failed_requests)?,
        requests_without_counts: 0,
        input_tokens: left(total.input_tokens, sum.input_tokens)?,
        output_tokens: left(total.output_tokens, sum.output_tokens)?,
        cache_read_tokens: left(total.cache_read_tokens, sum.cache_read_tokens)?,
        cache_write_5m_tokens: left(total.cache_write_5m_tokens, sum.cache_write_5m_tokens)?,
        cache_write_1h_tokens: left(total.cache_write_1h_tokens, sum.cache_write_1h_tokens)?,
        cache_write_unknown_tokens: left(
            total.cache_write_unknown_tokens,
            sum.cache_write_unknown_tokens,
        )?,
        images: left(total.images, sum.images)?,
    };
    let mut parts: Vec<(K, TokenCounts)> = parts.into_iter().collect();
    settle_failures(&mut parts, &mut rest);
    if total.input_tokens.is_none() && total.output_tokens.is_none() {
        let all = parts.iter_mut().map(|(_, part)| part).chain([&mut rest]);
        for counts in all {
            counts.requests_without_counts = counts.requests - counts.failed_requests;
        }
    }
    Some(Split { parts, rest })
}

/// Whether anything was counted.
pub(super) fn is_anything(counts: &TokenCounts) -> bool {
    counts.requests > 0 || counts.tokens() > 0 || counts.images.unwrap_or(0) > 0
}

/// Errors may be published for the total only. Where that leaves more failures than calls,
/// they are those of the parts, in their order.
fn settle_failures<K>(parts: &mut [(K, TokenCounts)], rest: &mut TokenCounts) {
    let mut over = rest.failed_requests.saturating_sub(rest.requests);
    rest.failed_requests -= over;
    for (_, part) in parts {
        let room = part.requests.saturating_sub(part.failed_requests).min(over);
        part.failed_requests += room;
        over -= room;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(requests: u64, failed: u64, input: Option<u64>, output: Option<u64>) -> TokenCounts {
        TokenCounts {
            requests,
            failed_requests: failed,
            input_tokens: input,
            output_tokens: output,
            ..TokenCounts::default()
        }
    }

    #[test]
    fn parts_are_taken_out_of_the_total() {
        let total = counts(10, 1, Some(1_000), Some(500));
        let parts = [
            ("flex", counts(4, 0, Some(400), Some(100))),
            ("priority", counts(1, 1, None, None)),
        ];
        let split = split(&total, parts.into()).unwrap();
        // 10 - 4 - 1 = 5; 1,000 - 400 = 600; 500 - 100 = 400
        assert_eq!(split.rest, counts(5, 0, Some(600), Some(400)));
        assert_eq!(split.parts.len(), 2);
    }

    #[test]
    fn parts_that_take_everything_leave_nothing() {
        let total = counts(4, 0, Some(400), None);
        let split = split(&total, [("flex", total)].into()).unwrap();
        assert!(!is_anything(&split.rest));
        assert_eq!(split.rest.input_tokens, Some(0));
    }

    #[test]
    fn parts_above_the_total_are_no_split() {
        let total = counts(4, 0, Some(400), None);
        let above = counts(4, 0, Some(401), None);
        assert_eq!(split(&total, [("flex", above)].into()), None);
        let unknown = counts(4, 0, None, Some(1));
        assert_eq!(split(&total, [("flex", unknown)].into()), None);
    }

    #[test]
    fn failures_that_only_the_total_knows_stay_within_the_calls() {
        // All 10 calls were flex, 3 failed; errors have no tier: nothing is left to fail.
        let total = counts(10, 3, Some(10), Some(10));
        let split = split(&total, [("flex", counts(10, 0, Some(10), Some(10)))].into()).unwrap();
        assert_eq!((split.rest.requests, split.rest.failed_requests), (0, 0));
        assert_eq!(split.parts[0].1.failed_requests, 3);
    }

    #[test]
    fn calls_without_any_token_count_are_said_to_be_so() {
        let total = counts(10, 2, None, None);
        let split = split(&total, [("flex", counts(4, 1, None, None))].into()).unwrap();
        // flex: 4 - 1 = 3; the rest: 6 calls, 1 failed: 5
        assert_eq!(split.parts[0].1.requests_without_counts, 3);
        assert_eq!(split.rest.requests_without_counts, 5);
        let input_only = counts(10, 2, Some(0), None);
        let split = super::split(&input_only, BTreeMap::<&str, TokenCounts>::new()).unwrap();
        assert_eq!(split.rest.requests_without_counts, 0);
    }
}
