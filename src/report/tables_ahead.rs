//! The columns of the tables about the future: projection, scenarios, urgency and timeline.
//!
//! Imports `projection` and `domain`. Sample: a saving of 625.35 US dollars is
//! `Cell::Money(625.35)` in the column `saving_to_end_of_life` of the table `scenarios`.

use super::table::{ColumnKind, View};
use super::tables::{
    EMPTY, Field, Raw, basis, date, model, money, month, optional_text, phase, scenario, scope,
    signed, text, word,
};
use crate::domain::EndOfLife;
use crate::projection::{ProjectionRow, ScenarioRow, TimelineRow, UrgencyRow};

pub(super) const PROJECTION: &[Field<ProjectionRow>] = &[
    ("month", ColumnKind::Month, |r| month(r.month)),
    ("scenario", ColumnKind::Text, |r| scenario(&r.scenario)),
    ("workload", ColumnKind::Text, |r| text(&r.workload)),
    ("account_id", ColumnKind::Text, |r| text(&r.account_id)),
    ("region", ColumnKind::Text, |r| text(&r.region)),
    ("model_id", ColumnKind::Text, |r| model(&r.model_id)),
    ("endpoint_scope", ColumnKind::Text, |r| {
        scope(r.endpoint_scope)
    }),
    ("phase", ColumnKind::Text, |r| phase(r.phase)),
    ("tokens", ColumnKind::Count, |r| Raw::Count(r.tokens)),
    ("requests", ColumnKind::Count, |r| Raw::Count(r.requests)),
    ("cost", ColumnKind::Money, |r| money(r.cost)),
    ("cost_low_80", ColumnKind::Money, |r| money(r.cost_low_80)),
    ("cost_high_80", ColumnKind::Money, |r| money(r.cost_high_80)),
    ("cost_low_95", ColumnKind::Money, |r| money(r.cost_low_95)),
    ("cost_high_95", ColumnKind::Money, |r| money(r.cost_high_95)),
    ("cost_assumed_low", ColumnKind::Money, |r| {
        money(r.cost_assumed_low)
    }),
    ("cost_assumed_high", ColumnKind::Money, |r| {
        money(r.cost_assumed_high)
    }),
    ("extended_access_premium", ColumnKind::Money, |r| {
        money(r.extended_access_premium)
    }),
    ("stranded_requests", ColumnKind::Count, |r| {
        Raw::Count(r.stranded_requests)
    }),
    ("stranded_cost", ColumnKind::Money, |r| {
        money(r.stranded_cost)
    }),
    ("price_basis", ColumnKind::Text, |r| basis(r.price_basis)),
];

pub(super) const SCENARIOS: &[Field<ScenarioRow>] = &[
    ("scenario", ColumnKind::Text, |r| scenario(&r.scenario)),
    ("workload", ColumnKind::Text, |r| text(&r.workload)),
    ("account_id", ColumnKind::Text, |r| text(&r.account_id)),
    ("region", ColumnKind::Text, |r| text(&r.region)),
    ("model_id", ColumnKind::Text, |r| model(&r.model_id)),
    ("successor", ColumnKind::Text, |r| {
        r.successor.as_ref().map_or(EMPTY, model)
    }),
    ("migrate_on", ColumnKind::Date, |r| date(r.migrate_on)),
    ("cost_to_end_of_life", ColumnKind::Money, |r| {
        money(r.cost_to_end_of_life)
    }),
    ("saving_to_end_of_life", ColumnKind::Money, |r| {
        money(r.saving_to_end_of_life)
    }),
    ("premium_avoided", ColumnKind::Money, |r| {
        money(r.premium_avoided)
    }),
    ("stranded_requests_avoided", ColumnKind::Count, |r| {
        Raw::Count(r.stranded_requests_avoided)
    }),
    ("one_off_cost", ColumnKind::Money, |r| money(r.one_off_cost)),
    ("cost_of_delay_per_day", ColumnKind::Money, |r| {
        money(r.cost_of_delay_per_day)
    }),
    ("pays_until", ColumnKind::Date, |r| date(r.pays_until)),
];

pub(super) const URGENCY: &[Field<UrgencyRow>] = &[
    ("rank", ColumnKind::Count, |r| Raw::Count(r.rank)),
    ("urgency", ColumnKind::Text, |r| word(r.urgency.as_str())),
    ("workload", ColumnKind::Text, |r| text(&r.workload)),
    ("account_id", ColumnKind::Text, |r| text(&r.account_id)),
    ("region", ColumnKind::Text, |r| text(&r.region)),
    ("model_id", ColumnKind::Text, |r| model(&r.model_id)),
    ("phase", ColumnKind::Text, |r| phase(r.phase)),
    ("legacy_from", ColumnKind::Date, |r| date(r.legacy_from)),
    ("extended_access_from", ColumnKind::Date, |r| {
        date(r.extended_access_from)
    }),
    ("end_of_life", ColumnKind::Date, |r| {
        date(r.end_of_life.map(EndOfLife::date))
    }),
    ("end_of_life_kind", ColumnKind::Text, |r| {
        r.end_of_life.map_or(EMPTY, |end| word(end.kind()))
    }),
    ("days_to_extended_access", ColumnKind::SignedCount, |r| {
        signed(r.days_to_extended_access)
    }),
    ("days_to_end_of_life", ColumnKind::SignedCount, |r| {
        signed(r.days_to_end_of_life)
    }),
    ("lead_time_days", ColumnKind::Count, |r| {
        Raw::Count(r.lead_time_days.into())
    }),
    ("start_by", ColumnKind::Date, |r| date(r.start_by)),
    ("slack_days", ColumnKind::SignedCount, |r| {
        signed(r.slack_days)
    }),
    ("last_used", ColumnKind::Date, |r| date(Some(r.last_used))),
    ("cost_last_30_days", ColumnKind::Money, |r| {
        money(r.cost_last_30_days)
    }),
    ("premium_to_end_of_life", ColumnKind::Money, |r| {
        money(r.premium_to_end_of_life)
    }),
    ("premium_per_day", ColumnKind::Money, |r| {
        money(r.premium_per_day)
    }),
    ("price_basis", ColumnKind::Text, |r| basis(r.price_basis)),
    ("successor", ColumnKind::Text, |r| {
        r.successor.as_ref().map_or(EMPTY, model)
    }),
    ("successor_cost_per_month", ColumnKind::Money, |r| {
        money(r.successor_cost_per_month)
    }),
    ("migrated_share", ColumnKind::Share, |r| {
        r.migrated_share.map_or(EMPTY, Raw::Share)
    }),
    ("owner", ColumnKind::Text, |r| {
        optional_text(r.owner.as_ref())
    }),
    ("reason", ColumnKind::Text, |r| {
        Raw::View(View::Text(&r.reason))
    }),
];

pub(super) const TIMELINE: &[Field<TimelineRow>] = &[
    ("date", ColumnKind::Date, |r| date(Some(r.date))),
    ("event", ColumnKind::Text, |r| word(r.event.as_str())),
    ("model_id", ColumnKind::Text, |r| model(&r.model_id)),
    ("region", ColumnKind::Text, |r| text(&r.region)),
    ("workload_count", ColumnKind::Count, |r| {
        Raw::Count(u64::try_from(r.workloads.len()).unwrap_or(u64::MAX))
    }),
    ("workloads", ColumnKind::Text, |r| {
        Raw::Made(r.workloads.join("; "))
    }),
    ("cost_per_month_affected", ColumnKind::Money, |r| {
        money(r.cost_per_month_affected)
    }),
    ("source", ColumnKind::Text, |r| text(&r.source)),
];
