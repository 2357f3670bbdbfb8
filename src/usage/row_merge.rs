//! One sorted list of the rows of all threads. May import `domain` and its siblings.
//!
//! There are far fewer callers than rows: their names are compared once, and rows by numbers. A
//! row's place depends on nothing but its key, and rows that several threads have are one.
//!
//! Sample: two threads with the same role in 400 and 500 hours, 300 of them the same, give the
//! 600 rows of one caller, which share its names.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use hashbrown::HashMap;

use super::row_index::{CallerNames, RowIndex};
use crate::domain::{Source, UsageRow};

/// A row by numbers, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Numbered {
    hour: DateTime<Utc>,
    /// The rank of the caller by what stands before the prompt band.
    head: u32,
    prompt_band: Option<u64>,
    /// And by what stands behind it.
    tail: u32,
    /// Whose row it is, and its number there.
    index: u32,
    number: u32,
}

impl Numbered {
    fn is_same_row(&self, other: &Self) -> bool {
        let key = |of: &Self| (of.hour, of.head, of.prompt_band, of.tail);
        key(self) == key(other)
    }
}

/// The rows of all indexes without counts, sorted, each once; and for each index where its own
/// rows stand among them.
pub(super) fn merge_rows(indexes: Vec<RowIndex>, source: Source) -> (Vec<UsageRow>, Vec<Vec<u32>>) {
    let callers: Vec<CallerNames<'_>> = indexes.iter().flat_map(RowIndex::callers).collect();
    let heads = ranks(&callers, CallerNames::by_head);
    let tails = ranks(&callers, CallerNames::by_tail);
    // Callers of several threads that are the same, by one of them.
    let mut alike = HashMap::new();
    for (caller, ranks) in heads.iter().zip(&tails).enumerate() {
        alike.entry(ranks).or_insert(caller);
    }
    let mut numbered = Vec::with_capacity(indexes.iter().map(RowIndex::len).sum());
    let mut before = 0;
    for (index, rows) in (0..).zip(&indexes) {
        for (number, (caller, hour, prompt_band)) in (0..).zip(rows.keys()) {
            let caller = before + caller as usize;
            numbered.push(Numbered {
                hour,
                head: heads[caller],
                prompt_band,
                tail: tails[caller],
                index,
                number,
            });
        }
        before += rows.callers().len();
    }
    numbered.sort_unstable();
    let same_rows = || numbered.chunk_by(Numbered::is_same_row);
    let mut rows = Vec::with_capacity(same_rows().count());
    let mut places: Vec<Vec<u32>> = indexes.iter().map(|rows| vec![0; rows.len()]).collect();
    for (place, same) in (0..).zip(same_rows()) {
        for one in same {
            places[one.index as usize][one.number as usize] = place;
        }
        if let Some(first) = same.first() {
            let names = callers[alike[&(&first.head, &first.tail)]];
            rows.push(names.row(first.hour, first.prompt_band, source));
        }
    }
    (rows, places)
}

/// The rank of each among all; those that compare equal have the same.
fn ranks<T>(items: &[T], compare: impl Fn(&T, &T) -> Ordering) -> Vec<u32> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_unstable_by(|one, other| compare(&items[*one], &items[*other]));
    let mut ranks = vec![0; items.len()];
    let equal = |one: &usize, other: &usize| compare(&items[*one], &items[*other]).is_eq();
    for (rank, alike) in (0..).zip(order.chunk_by(equal)) {
        for item in alike {
            ranks[*item] = rank;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{ModelNaming, ServiceTier, UsageRecord};

    const MODELS: [&str; 5] = [
        "acme.a-v1:0",
        "us.acme.a-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/acme.a-v1:0",
        "arn:aws:bedrock:us-east-1:1:provisioned-model/x",
        "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
    ];

    /// Each row of an index by itself, as the table would order it.
    fn row(index: &RowIndex, number: usize) -> UsageRow {
        let (caller, hour, prompt_band) = index.keys().nth(number).unwrap();
        let names = index.callers().nth(caller as usize).unwrap();
        names.row(hour, prompt_band, Source::Files)
    }

    proptest! {
        #[test]
        fn rows_are_sorted_and_once_and_every_index_finds_its_own(
            calls in prop::collection::vec(
                (0..3_usize, 0..3_i64, 0..2_usize, 0..MODELS.len(), 0..4_usize, 0..3_u64),
                0..60,
            ),
        ) {
            let naming = Arc::new(ModelNaming::default());
            let new = || RowIndex::new(naming.clone());
            let mut indexes = vec![new(), new(), new()];
            for (thread, hour, account, model, caller, input) in calls {
                let team = [("team", Cow::Borrowed("x"))];
                let record = UsageRecord {
                    timestamp: 1_790_000_000 + hour * 3_600,
                    account_id: ["1", "22"][account],
                    region: ["us-east-1", "eu-west-1"][(hour % 2) as usize],
                    model_id: MODELS[model],
                    principal: [None, Some("a"), Some("b"), Some("a")][caller],
                    metadata: if caller == 3 { &team } else { &[] },
                    service_tier: [ServiceTier::Standard, ServiceTier::Flex][account],
                    input_tokens: (input > 0).then_some(input),
                    ..UsageRecord::default()
                };
                indexes[thread].row(&record);
            }
            let own: Vec<Vec<UsageRow>> = indexes
                .iter()
                .map(|index| (0..index.len()).map(|number| row(index, number)).collect())
                .collect();
            let mut all = own.concat();
            all.sort();
            all.dedup();
            let (rows, places) = merge_rows(indexes, Source::Files);
            prop_assert_eq!(&rows, &all);
            for (own, places) in own.iter().zip(&places) {
                prop_assert_eq!(own.len(), places.len());
                for (row, place) in own.iter().zip(places) {
                    prop_assert_eq!(row, &rows[*place as usize]);
                }
            }
        }
    }
}
