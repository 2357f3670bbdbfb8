//! Scenarios and planned events as the settings write them.
//!
//! Rates, percentages and dollars are quoted decimals, dates quoted `YYYY-MM-DD`. What is
//! wrong is said with the line of its entry; whether a model is known and whether a plan fits
//! any usage is asked later. Imports `domain`, `projection` and `usage`.
//!
//! Sample: `[[growth]]`, `workload = "search"`, `percent_per_month = "3"`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use super::Rates;
use super::rates::{Day, Dollars, Fraction, Percent};
use crate::domain::{Decimal, EndpointScope, ModelId, Rate, SkuMeter, Text};
use crate::projection::{
    Growth, Launch, Launched, LaunchedCounts, Period, PlannedMove, PriceChange, Scenario,
    Selection, Wave,
};
use crate::usage::Pattern;

/// The longest ramp and double running: ten years.
const MOST_WEEKS: u32 = 520;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioEntry {
    pub(super) name: String,
    pub(super) migrate_on: Option<Day>,
    #[serde(default)]
    pub(super) ramp_weeks: u32,
    #[serde(default)]
    pub(super) double_running_weeks: u32,
    #[serde(default)]
    pub(super) workloads: Vec<String>,
    #[serde(default)]
    pub(super) models: Vec<String>,
    #[serde(default)]
    pub(super) regions: Vec<String>,
    pub(super) successor: Option<String>,
    pub(super) token_ratio: Option<Rates>,
    pub(super) effort: Option<Dollars>,
}

impl ScenarioEntry {
    pub(super) fn wave(self) -> Result<Wave, String> {
        let name = self.name.trim();
        if name.is_empty() {
            return Err("a scenario without a name; write name = \"...\"".to_owned());
        }
        if Scenario::ALL
            .iter()
            .any(|built_in| built_in.as_str() == name)
        {
            return Err(format!(
                "the scenario '{name}' is built in; give yours another name"
            ));
        }
        check_weeks("ramp_weeks", self.ramp_weeks)?;
        check_weeks("double_running_weeks", self.double_running_weeks)?;
        Ok(Wave {
            name: name.into(),
            migrate_on: self.migrate_on.map(|day| day.0),
            ramp_weeks: self.ramp_weeks,
            double_running_weeks: self.double_running_weeks,
            selection: Selection {
                workloads: patterns(&self.workloads),
                models: patterns(&self.models),
                regions: patterns(&self.regions),
            },
            successor: self.successor.map(ModelId::new),
            token_ratio: self.token_ratio.map(Rates::token_ratio),
            effort: self.effort.map(|dollars| dollars.0),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrowthEntry {
    workload: Option<String>,
    model: Option<String>,
    region: Option<String>,
    percent_per_month: Option<Percent>,
    percent_per_year: Option<Percent>,
    from: Option<Day>,
    to: Option<Day>,
}

impl GrowthEntry {
    pub(super) fn growth(self) -> Result<Growth, String> {
        let (percent, period) = match (self.percent_per_month, self.percent_per_year) {
            (Some(percent), None) => (percent, Period::Month),
            (None, Some(percent)) => (percent, Period::Year),
            _ => {
                return Err(
                    "[[growth]] needs either percent_per_month or percent_per_year".to_owned(),
                );
            }
        };
        check_order("[[growth]]", self.from, self.to)?;
        Ok(Growth {
            selection: selection(self.workload, self.model, self.region),
            factor: percent.factor(),
            period,
            from: self.from.map(|day| day.0),
            to: self.to.map(|day| day.0),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LaunchEntry {
    workload: String,
    account: Option<String>,
    region: Option<String>,
    model: Option<String>,
    from: Day,
    to: Option<Day>,
    #[serde(default)]
    ramp_weeks: u32,
    percent: Option<Percent>,
    requests_per_day: Option<u64>,
    input_tokens_per_day: Option<u64>,
    output_tokens_per_day: Option<u64>,
    cache_read_tokens_per_day: Option<u64>,
    cache_write_5m_tokens_per_day: Option<u64>,
    cache_write_1h_tokens_per_day: Option<u64>,
}

impl LaunchEntry {
    pub(super) fn launch(self) -> Result<Launch, String> {
        check_order("[[launch]]", Some(self.from), self.to)?;
        check_weeks("ramp_weeks", self.ramp_weeks)?;
        let (from, to, ramp_weeks) = (self.from.0, self.to.map(|day| day.0), self.ramp_weeks);
        Ok(Launch {
            what: self.what()?,
            from,
            to,
            ramp_weeks,
        })
    }

    fn what(self) -> Result<Launched, String> {
        let tokens = self.tokens();
        let counted = !tokens.is_empty() || self.requests_per_day.is_some();
        match (self.percent, counted) {
            (Some(percent), false) => {
                let share = percent.share();
                if share.factor() < Decimal::ZERO {
                    return Err("[[launch]] percent is what is added; write a shrinking use as [[growth]]".to_owned());
                }
                let selection = selection(Some(self.workload), self.model, self.region);
                Ok(Launched::Share(selection, share))
            }
            (None, true) => {
                let needs = |what: &str| {
                    format!("[[launch]] of so many a day needs {what}, which decides its price")
                };
                if self.workload.contains('*') {
                    return Err("[[launch]] of so many a day needs the name of one workload, without *".to_owned());
                }
                Ok(Launched::Counts(Box::new(LaunchedCounts {
                    workload: self.workload.into(),
                    account_id: self.account.map(Text::from),
                    region: self.region.ok_or_else(|| needs("region"))?.into(),
                    model_id: ModelId::new(self.model.ok_or_else(|| needs("model"))?),
                    endpoint_scope: EndpointScope::InRegion,
                    requests: self.requests_per_day.unwrap_or(0),
                    tokens,
                })))
            }
            _ => Err("[[launch]] needs either percent (of what the workload does) or counts: requests_per_day, input_tokens_per_day, output_tokens_per_day".to_owned()),
        }
    }

    fn tokens(&self) -> BTreeMap<SkuMeter, u64> {
        let given = [
            (SkuMeter::Input, self.input_tokens_per_day),
            (SkuMeter::Output, self.output_tokens_per_day),
            (SkuMeter::CacheRead, self.cache_read_tokens_per_day),
            (SkuMeter::CacheWrite5m, self.cache_write_5m_tokens_per_day),
            (SkuMeter::CacheWrite1h, self.cache_write_1h_tokens_per_day),
        ];
        given
            .into_iter()
            .filter_map(|(meter, count)| Some((meter, count?)))
            .collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MigrationEntry {
    workload: Option<String>,
    model: Option<String>,
    region: Option<String>,
    successor: String,
    from: Day,
    percent_per_month: Percent,
    token_ratio: Option<Rates>,
}

impl MigrationEntry {
    pub(super) fn planned_move(self) -> Result<PlannedMove, String> {
        let share = self.percent_per_month.share();
        if share.factor() <= Decimal::ZERO || share.factor() > Decimal::ONE_HUNDRED {
            return Err(
                "[[migration]] percent_per_month is the share that moves each month: above 0; \"100\" moves all within a month".to_owned(),
            );
        }
        Ok(PlannedMove {
            selection: selection(self.workload, self.model, self.region),
            successor: ModelId::new(self.successor),
            from: self.from.0,
            share_per_month: share,
            token_ratio: self.token_ratio.map(Rates::token_ratio),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PriceChangeEntry {
    model: Option<String>,
    from: Day,
    discount: Fraction,
}

impl PriceChangeEntry {
    pub(super) fn price_change(self) -> Result<PriceChange, String> {
        let remainder = self.discount.0.complement();
        Ok(PriceChange {
            models: patterns(self.model.as_slice()),
            from: self.from.0,
            remainder: remainder.unwrap_or(Rate::ONE),
        })
    }
}

/// `[embedding]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EmbeddingEntry {
    pub(super) stored_tokens: BTreeMap<String, u64>,
}

fn patterns(texts: &[String]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::new(text)).collect()
}

fn selection(workload: Option<String>, model: Option<String>, region: Option<String>) -> Selection {
    Selection {
        workloads: patterns(workload.as_slice()),
        models: patterns(model.as_slice()),
        regions: patterns(region.as_slice()),
    }
}

fn check_weeks(key: &str, weeks: u32) -> Result<(), String> {
    match weeks {
        0..=MOST_WEEKS => Ok(()),
        _ => Err(format!(
            "{key} = {weeks} is more than ten years; write weeks"
        )),
    }
}

fn check_order(table: &str, from: Option<Day>, to: Option<Day>) -> Result<(), String> {
    let day = |day: Option<Day>| day.map(|Day(day): Day| -> NaiveDate { day });
    match (day(from), day(to)) {
        (Some(from), Some(to)) if to <= from => Err(format!(
            "{table} ends on {to}, which is not after {from}, its first day"
        )),
        _ => Ok(()),
    }
}
