//! Geo calls whose destination Regions end a model sooner than the Region that is called.
//!
//! The phase of the calling Region counts; where an announced date of a destination comes
//! first, part of the calls can feel it first, so it is said. Which Regions a prefix may lead
//! to is a row of `geographies.toml`; `*` (global calls) names no Region and stands for the
//! Regions that the model's own rows name. Only recent usage is looked at.
//! Imports `domain` and `diagnostic`.
//!
//! Sample: `us.` calls in us-east-1 (end 2027-04-08) can be served in us-west-2 (2027-01-08).

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::lifecycle::LifecycleRow;
use super::load::Tables;
use super::price_table::is_commercial;
use crate::diagnostic::Diagnostic;
use crate::domain::{EndOfLife, EndpointScope, ModelId, Text, UsageRow};

/// Usage older than this says nothing of calls to come.
const RECENT_DAYS: u64 = 30;

/// Model, calling Region, prefix.
type Route<'a> = (&'a ModelId, &'a Text, &'a str);

/// A model in a Region whose calls may be served where earlier dates hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierDestinations {
    model_id: ModelId,
    region: Text,
    prefix: Text,
    /// The first of them with its date, and how many more there are.
    named: String,
    tokens: u64,
}

impl EarlierDestinations {
    /// As a finding.
    pub fn finding(&self) -> Diagnostic {
        let Self {
            model_id,
            region,
            prefix,
            named,
            ..
        } = self;
        let message = format!(
            "{prefix}. calls may be served in Regions with earlier dates: {named}; the dates of {region} are reckoned with"
        );
        let subject = format!("{model_id} in {region}");
        Diagnostic::info("destination-dates", subject, message).with_tokens(self.tokens)
    }

    /// As a sentence of a reason, by model and Region that is called.
    pub fn in_words(&self) -> ((ModelId, Text), Text) {
        let Self { prefix, named, .. } = self;
        let words =
            format!("Calls through {prefix}. may be served where earlier dates hold: {named}");
        ((self.model_id.clone(), self.region.clone()), words.into())
    }
}

/// Destinations with earlier dates, for the geo and global usage of the days before `as_of`.
pub fn earlier_destinations(
    usage: &[UsageRow],
    tables: &Tables,
    as_of: NaiveDate,
) -> Vec<EarlierDestinations> {
    let from = as_of.checked_sub_days(Days::new(RECENT_DAYS));
    let mut routes: BTreeMap<Route<'_>, u64> = BTreeMap::new();
    for row in usage.iter().filter(|row| Some(row.day()) >= from) {
        let prefix = match (row.endpoint_scope, &row.geo) {
            (Some(EndpointScope::Geo), Some(geo)) => &**geo,
            (Some(EndpointScope::Global), _) => "global",
            _ => continue,
        };
        let tokens = routes
            .entry((&row.model_id, &row.region, prefix))
            .or_default();
        *tokens = tokens.saturating_add(row.counts.tokens());
    }
    routes
        .into_iter()
        .filter_map(|(route, tokens)| earlier(route, tokens, tables, as_of))
        .collect()
}

fn earlier(
    route: Route<'_>,
    tokens: u64,
    tables: &Tables,
    as_of: NaiveDate,
) -> Option<EarlierDestinations> {
    let (model, region, prefix) = route;
    let here = tables.lifecycle.in_force(model, region, as_of);
    let earlier: Vec<String> = destinations(route, tables)
        .into_iter()
        .filter(|destination| *destination != region)
        .filter_map(|destination| {
            let there = tables.lifecycle.in_force(model, destination, as_of)?;
            Some(format!("{destination} ({})", first_earlier(here, there)?))
        })
        .collect();
    let (first, more) = (earlier.first()?, earlier.len() - 1);
    let others = match more {
        0 => String::new(),
        _ => format!(" and {more} more"),
    };
    Some(EarlierDestinations {
        model_id: model.clone(),
        region: region.clone(),
        prefix: prefix.into(),
        named: format!("{first}{others}"),
        tokens,
    })
}

fn destinations<'a>((model, _, prefix): Route<'_>, tables: &'a Tables) -> Vec<&'a Text> {
    let geographies = tables
        .geographies
        .iter()
        .filter(|row| *row.prefix == *prefix);
    let listed: Vec<&Text> = geographies.flat_map(|row| &row.regions).collect();
    if !listed.iter().any(|region| ***region == *"*") {
        return listed;
    }
    let of_model = tables
        .lifecycle
        .rows()
        .iter()
        .filter(|row| row.id == *model);
    let mut named: Vec<&Text> = of_model
        .flat_map(|row| &row.regions)
        .filter(|region| ***region != *"*" && is_commercial(region))
        .collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// The first announced date of a destination that comes before the caller's own.
fn first_earlier(here: Option<&LifecycleRow>, there: &LifecycleRow) -> Option<String> {
    type DateOf = fn(&LifecycleRow) -> Option<NaiveDate>;
    let dates: [(&str, DateOf); 2] = [
        ("Extended Access", |row| row.extended_access_from),
        ("end of life", |row| row.end_of_life.and_then(EndOfLife::on)),
    ];
    dates.into_iter().find_map(|(what, date_of)| {
        let date = date_of(there)?;
        let own = here.and_then(date_of);
        own.is_none_or(|own| date < own)
            .then(|| format!("{what} {date}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TokenCounts;
    use crate::pricing::frozen::{self, tokens};

    const HAIKU_3_5: &str = "anthropic.claude-3-5-haiku-20241022-v1:0";

    fn found(model: &str, region: &str, geo: Option<&str>, counts: TokenCounts) -> Vec<String> {
        let row = UsageRow {
            endpoint_scope: Some(geo.map_or(EndpointScope::Global, |_| EndpointScope::Geo)),
            geo: geo.map(Text::from),
            ..frozen::usage(model, region, "2026-05-01", counts)
        };
        let as_of = "2026-05-02".parse().unwrap();
        let found = earlier_destinations(&[row], &Tables::embedded().unwrap(), as_of);
        found.iter().map(|found| found.finding().message).collect()
    }

    #[test]
    fn a_destination_that_ends_sooner_is_named_and_equal_dates_are_not() {
        let sonnet = "anthropic.claude-3-5-sonnet-20240620-v1:0";
        // eu-central-2 ends on 2026-06-01, eu-central-1 ended on 2026-03-01.
        let said = found(sonnet, "eu-central-2", Some("eu"), tokens(7, 3));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("eu. calls may be served in Regions with earlier dates: eu-central-1 (end of life 2026-03-01)"), "{said:?}");
        assert!(found(HAIKU_3_5, "us-east-1", Some("us"), tokens(7, 3)).is_empty());
        assert_eq!(found(sonnet, "eu-central-2", None, tokens(7, 3)).len(), 1);
    }
}
