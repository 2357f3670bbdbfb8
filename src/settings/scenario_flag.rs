//! `--scenario` on the command line: one wave as `key=value` pairs.
//!
//! The keys are those of `[[scenario]]`, with `-` or `_`; a key that takes a list may come
//! more than once. The token ratio is one rate or `low/likely/high`. A scenario of the command
//! line replaces those of its name in the file. Imports `projection`.
//!
//! Sample: `name=two-waves,migrate-on=2026-12-15,ramp-weeks=4,workloads=checkout-*`.

use super::plans::ScenarioEntry;
use super::rates::{Day, Dollars, QuotedRate};
use super::{Rates, Settings, SettingsError, WrittenRates};
use crate::projection::Wave;

impl Settings {
    /// Takes the scenarios of the command line, before those of the file.
    pub fn add_scenarios(&mut self, typed: &[String]) -> Result<(), SettingsError> {
        let mut waves = Vec::new();
        for text in typed {
            let wave = parse(text).map_err(|message| SettingsError::Flag {
                text: text.clone(),
                message,
            })?;
            waves.push(wave);
        }
        self.scenarios
            .retain(|wave| waves.iter().all(|typed| typed.name != wave.name));
        waves.append(&mut self.scenarios);
        self.scenarios = waves;
        Ok(())
    }
}

fn parse(text: &str) -> Result<Wave, String> {
    let mut entry = ScenarioEntry::default();
    for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (key, value) = pair
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
            .ok_or_else(|| format!("'{pair}' is no key=value"))?;
        match key.replace('-', "_").as_str() {
            "name" => entry.name = value.to_owned(),
            "migrate_on" => entry.migrate_on = Some(Day::parse(value)?),
            "ramp_weeks" => entry.ramp_weeks = weeks(value)?,
            "double_running_weeks" => entry.double_running_weeks = weeks(value)?,
            "workloads" | "workload" => entry.workloads.push(value.to_owned()),
            "models" | "model" => entry.models.push(value.to_owned()),
            "regions" | "region" => entry.regions.push(value.to_owned()),
            "successor" => entry.successor = Some(value.to_owned()),
            "token_ratio" => entry.token_ratio = Some(ratio(value)?),
            "effort" => entry.effort = Some(Dollars::parse(value)?),
            _ => {
                return Err(format!(
                    "no key '{key}'; the keys are name, migrate-on, ramp-weeks, double-running-weeks, workloads, models, regions, successor, token-ratio, effort"
                ));
            }
        }
    }
    entry.wave()
}

fn weeks(text: &str) -> Result<u32, String> {
    let number = text.parse();
    number.map_err(|_| format!("'{text}' is no number of weeks"))
}

fn ratio(text: &str) -> Result<Rates, String> {
    let rates: Vec<QuotedRate> = text
        .split('/')
        .map(QuotedRate::parse)
        .collect::<Result<_, _>>()?;
    let (low, likely, high) = match rates.as_slice() {
        [likely] => (None, Some(*likely), None),
        [low, likely, high] => (Some(*low), Some(*likely), Some(*high)),
        _ => return Err(format!("'{text}' is neither a ratio nor low/likely/high")),
    };
    Rates::try_from(WrittenRates { low, likely, high })
}
