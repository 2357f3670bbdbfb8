//! From what was counted of a day to usage rows. May import `domain`, `diagnostic` and its
//! siblings.
//!
//! The totals are those of the set `{ModelId}` (`{Model}` of the mantle endpoint). The tier set
//! splits a model's total, the rest is `standard`; the project set splits a mantle model's, the
//! rest has no project. Images come from `{ModelId}`, and only where it has none from the sum
//! over sizes. The long-context band cannot be known from sums and stays empty.
//!
//! Sample: 1,000 input tokens of a model, 400 of them served at `flex`: a row of 400 at `flex`
//! and one of 600 at `standard`.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::findings::Place;
use super::measures::{Measured, Period};
use super::series::{Level, Metric};
use super::split::{is_anything, split};
use crate::diagnostic::Diagnostic;
use crate::domain::{
    EndpointScope, Granularity, ModelNaming, RequestMetadata, ResolvedModel, ServiceTier, Source,
    Text, TokenCounts, UsageRow,
};

/// What all rows of a day share, and what becomes of it.
pub(super) struct DayRows<'a> {
    place: Place<'a>,
    naming: &'a ModelNaming,
    granularity: Granularity,
    day: NaiveDate,
    /// Rows without counts, and their counts: names that are one model are one row.
    sums: BTreeMap<UsageRow, TokenCounts>,
    findings: Vec<Diagnostic>,
    whole: bool,
}

/// The rows of a day.
pub(super) struct Rows {
    pub(super) rows: Vec<UsageRow>,
    pub(super) findings: Vec<Diagnostic>,
    /// False if counts had to be left out.
    pub(super) whole: bool,
}

impl<'a> DayRows<'a> {
    pub(super) fn new(
        place: Place<'a>,
        naming: &'a ModelNaming,
        granularity: Granularity,
        day: NaiveDate,
    ) -> Self {
        Self {
            place,
            naming,
            granularity,
            day,
            sums: BTreeMap::new(),
            findings: Vec::new(),
            whole: true,
        }
    }

    /// Usage of `AWS/Bedrock`.
    pub(super) fn runtime(mut self, measured: &Measured) -> Rows {
        for (moment, period) in measured.of_day(self.day) {
            for model in models(period) {
                self.runtime_model(moment, model, period);
            }
        }
        self.finish()
    }

    /// Usage of `AWS/BedrockMantle`.
    pub(super) fn mantle(mut self, measured: &Measured) -> Rows {
        for (moment, period) in measured.of_day(self.day) {
            for model in models(period) {
                self.mantle_model(moment, model, period);
            }
        }
        self.finish()
    }

    fn runtime_model(&mut self, moment: DateTime<Utc>, model: &Text, period: &Period) {
        let of_model = period.get(&Level::Model(model.clone()));
        let mut total = of_model.map_or_else(TokenCounts::default, |found| found.runtime());
        if total.images.is_none() {
            total.images = images_by_size(model, period);
        }
        let resolved = self.naming.resolve(model);
        let tiers = match resolved.provisioned {
            true => BTreeMap::new(),
            false => self.tiers(model, period),
        };
        let rest_tier = match resolved.provisioned {
            true => ServiceTier::Provisioned,
            false => ServiceTier::Standard,
        };
        let row = |tier| self.row(moment, &resolved, tier, Source::Metrics);
        let (rest_row, tier_rows): (UsageRow, BTreeMap<ServiceTier, UsageRow>) = (
            row(rest_tier),
            tiers.keys().map(|tier| (*tier, row(*tier))).collect(),
        );
        self.add_split(model, "service tier", &total, tiers, rest_row, |tier| {
            tier_rows.get(tier).cloned()
        });
    }

    /// What was served at other tiers than standard; tiers nobody knows are said to be standard.
    fn tiers(&mut self, model: &Text, period: &Period) -> BTreeMap<ServiceTier, TokenCounts> {
        let mut tiers: BTreeMap<ServiceTier, TokenCounts> = BTreeMap::new();
        for (level, measures) in period {
            let Level::Tier {
                model: of, served, ..
            } = level
            else {
                continue;
            };
            if of != model {
                continue;
            }
            let counts = measures.runtime();
            match ServiceTier::parse(served) {
                Some(ServiceTier::Standard) => {}
                Some(tier) => {
                    let sum = tiers.entry(tier).or_default();
                    // Each count is below 2^53, so a few of them always fit.
                    *sum = sum.add(&counts).unwrap_or(*sum);
                }
                None => {
                    let finding = self.place.unknown_tier(model, self.day, served, &counts);
                    self.findings.push(finding);
                }
            }
        }
        tiers
    }

    fn mantle_model(&mut self, moment: DateTime<Utc>, model: &Text, period: &Period) {
        let total = period
            .get(&Level::Model(model.clone()))
            .map_or_else(TokenCounts::default, |found| {
                found.mantle(Metric::TotalInputTokens, Metric::TotalOutputTokens)
            });
        let projects: BTreeMap<Text, TokenCounts> = period
            .iter()
            .filter_map(|(level, measures)| match level {
                Level::Project { project, model: of } if of == model => Some((
                    project.clone(),
                    measures.mantle(Metric::InputTokens, Metric::OutputTokens),
                )),
                _ => None,
            })
            .collect();
        // The endpoint serves in its own Region only.
        let resolved = ResolvedModel {
            scope: Some(EndpointScope::InRegion),
            geo: None,
            ..self.naming.resolve(model)
        };
        let row = self.row(moment, &resolved, ServiceTier::Standard, Source::Mantle);
        let of_project = row.clone();
        self.add_split(model, "project", &total, projects, row, |project| {
            Some(UsageRow {
                metadata: RequestMetadata::new([("project".into(), project.clone())]),
                ..of_project.clone()
            })
        });
    }

    /// Adds a total by its parts, or whole if the parts are more than it.
    fn add_split<K: Ord>(
        &mut self,
        model: &str,
        what: &str,
        total: &TokenCounts,
        parts: BTreeMap<K, TokenCounts>,
        rest_row: UsageRow,
        part_row: impl Fn(&K) -> Option<UsageRow>,
    ) {
        let by_parts = split(total, parts).or_else(|| {
            let finding = self.place.parts_above_total(model, self.day, what, total);
            self.findings.push(finding);
            split(total, BTreeMap::new())
        });
        let Some(by_parts) = by_parts else {
            return;
        };
        for (key, counts) in &by_parts.parts {
            if let Some(row) = part_row(key) {
                self.add(row, counts);
            }
        }
        self.add(rest_row, &by_parts.rest);
    }

    fn add(&mut self, row: UsageRow, counts: &TokenCounts) {
        if !is_anything(counts) {
            return;
        }
        let sum = self.sums.entry(row).or_default();
        match sum.add(counts) {
            Some(more) => *sum = more,
            None => {
                self.whole = false;
                self.findings.push(self.place.too_much(self.day));
            }
        }
    }

    fn row(
        &self,
        moment: DateTime<Utc>,
        resolved: &ResolvedModel,
        service_tier: ServiceTier,
        source: Source,
    ) -> UsageRow {
        UsageRow {
            hour: moment,
            granularity: self.granularity,
            account_id: self.place.account.clone(),
            region: self.place.region.clone(),
            model_id: resolved.model_id.clone(),
            endpoint_scope: resolved.scope,
            geo: resolved.geo.clone(),
            service_tier,
            prompt_band: None,
            inference_profile: resolved.inference_profile.clone(),
            principal: None,
            metadata: RequestMetadata::default(),
            workload: None,
            counts: TokenCounts::default(),
            source,
        }
    }

    fn finish(self) -> Rows {
        let rows = self
            .sums
            .into_iter()
            .map(|(row, counts)| UsageRow { counts, ..row });
        Rows {
            rows: rows.collect(),
            findings: self.findings,
            whole: self.whole,
        }
    }
}

/// The models of a period, each once.
fn models(period: &Period) -> std::collections::BTreeSet<&Text> {
    period.keys().filter_map(Level::model).collect()
}

/// The sum over the image set, which is asked for only where `{ModelId}` has no images.
fn images_by_size(model: &Text, period: &Period) -> Option<u64> {
    let counts = period.iter().filter_map(|(level, measures)| match level {
        Level::Image { model: of, .. } if of == model => measures.get(Metric::OutputImageCount),
        _ => None,
    });
    counts.reduce(u64::saturating_add)
}
