//! The columns of the table `coverage`. Imports `usage`. Sample: 934 of 1,000 tokens have the
//! `explained_share` 0.934.

use super::{EMPTY, Field, Raw, date, model, text};
use crate::report::table::ColumnKind;
use crate::usage::CoverageRow;

pub(super) const COVERAGE: &[Field<CoverageRow>] = &[
    ("day", ColumnKind::Date, |r| date(Some(r.day))),
    ("account_id", ColumnKind::Text, |r| text(&r.account_id)),
    ("region", ColumnKind::Text, |r| text(&r.region)),
    ("model_id", ColumnKind::Text, |r| model(&r.model_id)),
    ("metrics_tokens", ColumnKind::Count, |r| {
        Raw::Count(r.tokens.metrics)
    }),
    ("log_tokens", ColumnKind::Count, |r| {
        Raw::Count(r.tokens.logs)
    }),
    ("explained_tokens", ColumnKind::Count, |r| {
        Raw::Count(r.tokens.explained)
    }),
    ("unexplained_tokens", ColumnKind::Count, |r| {
        Raw::Count(r.tokens.unexplained())
    }),
    ("explained_share", ColumnKind::Share, |r| {
        r.tokens.explained_share().map_or(EMPTY, Raw::Share)
    }),
];
