//! The columns of the table `variance`.
//!
//! Imports `projection` and `domain`. Sample: a volume effect of 30 US dollars is
//! `Cell::Money(30)` in the column `volume_effect`.

use super::table::ColumnKind;
use super::tables::{EMPTY, Field, Raw, model, money, text, word};
use crate::domain::Usd;
use crate::projection::{Effects, VarianceRow};

pub(super) const VARIANCE: &[Field<VarianceRow>] = &[
    ("workload", ColumnKind::Text, |r| text(&r.workload)),
    ("model_id", ColumnKind::Text, |r| model(&r.model_id)),
    ("cost_before", ColumnKind::Money, |r| money(r.cost_before)),
    ("cost_after", ColumnKind::Money, |r| money(r.cost_after)),
    ("volume_effect", ColumnKind::Money, |r| {
        effect(r, |e| e.volume)
    }),
    ("mix_effect", ColumnKind::Money, |r| effect(r, |e| e.mix)),
    ("price_effect", ColumnKind::Money, |r| {
        effect(r, |e| e.price)
    }),
    ("extended_access_effect", ColumnKind::Money, |r| {
        effect(r, |e| e.extended_access)
    }),
    ("new_or_gone_effect", ColumnKind::Money, |r| {
        effect(r, |e| e.new_or_gone)
    }),
    ("change", ColumnKind::Text, |r| {
        r.change.map_or(EMPTY, |change| word(change.as_str()))
    }),
];

fn effect(row: &VarianceRow, of: fn(&Effects) -> Usd) -> Raw<'static> {
    money(row.effects.as_ref().map(of))
}
