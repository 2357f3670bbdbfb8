//! What the flags and `eolcast.toml` mean, validated once.
//!
//! The file's shape is part of the contract; unknown keys are refused with file and line.
//! Rates are quoted decimals (`likely = "2.0"`): a bare float would have lost digits before
//! anybody could object.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::domain::{InferenceProfile, ModelId, ModelKind, Rate, Text};
use crate::pricing::{Multiplier, PriceAssumptions};
use crate::projection::{Events, LeadTimes, TokenRatio, Wave, WorkloadPlan};
use crate::usage::{AllocationRule, AllocationRules, Pattern};

mod models;
mod plans;
mod rates;
mod scenario_flag;

use plans::{
    EmbeddingEntry, GrowthEntry, LaunchEntry, MigrationEntry, PriceChangeEntry, ScenarioEntry,
};
use rates::{Dollars, Fraction, QuotedRate};

/// The file that is read when no `--settings` is given.
pub const DEFAULT_FILE: &str = "eolcast.toml";

/// A settings file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It cannot be read.
    #[error("{}: cannot be read; check the path after --settings", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no settings file.
    #[error("{file}:{line}: {message}")]
    Invalid {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and the way out.
        message: String,
    },
    /// A scenario of the command line is none.
    #[error("--scenario \"{text}\": {message}")]
    Flag {
        /// As it was typed.
        text: String,
        /// What is wrong, and the way out.
        message: String,
    },
}

/// Everything that the settings file decides.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where they come from, for messages; empty without a file.
    pub file: Option<String>,
    /// Usage to workloads.
    pub allocation: AllocationRules,
    /// Per rule, in the order of the rules: owner, lead time, successor, token ratio.
    pub plans: Vec<WorkloadPlan>,
    /// Extended Access multipliers and discounts.
    pub assumptions: PriceAssumptions,
    /// Days a migration takes, by kind of model.
    pub lead_times: LeadTimes,
    /// Days without use after which access to a Legacy model can be lost.
    pub legacy_idle_days: u32,
    /// Application inference profiles and the like, by bare id.
    pub profiles: BTreeMap<Text, InferenceProfile>,
    /// Files of price and life-cycle rows of the user's own.
    pub rows: Vec<PathBuf>,
    /// Scenarios besides the built-in ones, wave by wave.
    pub scenarios: Vec<Wave>,
    /// What is planned.
    pub events: Events,
    /// Tokens behind the stored vectors, by workload.
    pub stored_tokens: BTreeMap<Text, u64>,
}

impl Settings {
    /// Reads `--settings FILE`, or `eolcast.toml` if it is there, or nothing.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let path = match file {
            Some(path) => path,
            None if Path::new(DEFAULT_FILE).is_file() => Path::new(DEFAULT_FILE),
            None => return Self::parse("", ""),
        };
        let text = std::fs::read_to_string(path).map_err(|source| SettingsError::Unreadable {
            file: path.to_owned(),
            source,
        })?;
        let mut settings = Self::parse(&text, &path.display().to_string())?;
        settings.file = Some(path.display().to_string());
        Ok(settings)
    }

    /// Reads settings from text; `name` is for messages.
    pub fn parse(text: &str, name: &str) -> Result<Self, SettingsError> {
        let file: SettingsFile = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            SettingsError::Invalid {
                file: name.to_owned(),
                line: line_of(text, at),
                message: error.message().trim().replace('\n', "; "),
            }
        })?;
        let invalid = |at: usize, message: String| SettingsError::Invalid {
            file: name.to_owned(),
            line: line_of(text, at),
            message,
        };
        let metadata_keys = file.metadata.keys.unwrap_or_else(default_metadata_keys);
        let mut rules = Vec::new();
        let mut plans = Vec::new();
        for workload in file.workload {
            let at = workload.span().start;
            let (rule, plan) = workload
                .into_inner()
                .split(&metadata_keys)
                .map_err(|message| invalid(at, message))?;
            models::check_spoken_once(&rules, &plans, &rule, &plan)
                .map_err(|message| invalid(at, message))?;
            rules.push(rule);
            plans.push(plan);
        }
        let mut lead_times = LeadTimes::default();
        for (kind, days) in file.lead_time_days {
            let at = days.span().start;
            let of_kind = match (ModelKind::parse(&kind), kind.as_str()) {
                (Some(ModelKind::Text), _) => &mut lead_times.text,
                (Some(ModelKind::Embedding), _) => &mut lead_times.embedding,
                (Some(ModelKind::Image), _) => &mut lead_times.image,
                (Some(ModelKind::Video), _) => &mut lead_times.video,
                (Some(ModelKind::Speech), _) => &mut lead_times.speech,
                (Some(ModelKind::Rerank), _) => &mut lead_times.rerank,
                (None, "customised") => &mut lead_times.customised,
                (None, _) => {
                    let message = format!(
                        "lead_time_days.{kind}: no such kind of model; use text, embedding, image, video, speech, rerank or customised"
                    );
                    return Err(invalid(at, message));
                }
            };
            *of_kind = days.into_inner();
        }
        Ok(Self {
            file: None,
            allocation: AllocationRules::new(rules, metadata_keys),
            plans,
            assumptions: PriceAssumptions {
                multiplier: file
                    .extended_access
                    .multiplier
                    .0
                    .over(Multiplier::default()),
                model_multiplier: by_model(file.extended_access.model, |rates| {
                    let of_all = file.extended_access.multiplier.0;
                    rates.0.over(of_all.over(Multiplier::default()))
                }),
                discount: file.discount.all.map(|fraction| fraction.0),
                model_discount: by_model(file.discount.model, |discount| discount.rate.0),
            },
            lead_times,
            legacy_idle_days: file.idle.legacy_days,
            profiles: file
                .inference_profile
                .into_iter()
                .map(|(id, profile)| (bare_id(&id), profile.into()))
                .collect(),
            rows: file
                .tables
                .rows
                .iter()
                .map(|row| Path::new(name).with_file_name("").join(row))
                .collect(),
            scenarios: each(file.scenario, ScenarioEntry::wave, invalid)?,
            events: Events {
                growths: each(file.growth, GrowthEntry::growth, invalid)?,
                launches: each(file.launch, LaunchEntry::launch, invalid)?,
                moves: each(file.migration, MigrationEntry::planned_move, invalid)?,
                price_changes: each(file.price_change, PriceChangeEntry::price_change, invalid)?,
            },
            stored_tokens: file
                .embedding
                .stored_tokens
                .into_iter()
                .map(|(workload, tokens)| (workload.into(), tokens))
                .collect(),
        })
    }
}

/// Reads the entries of a repeated table; what is wrong is said with the line of its entry.
fn each<E, T>(
    entries: Vec<toml::Spanned<E>>,
    read: fn(E) -> Result<T, String>,
    invalid: impl Fn(usize, String) -> SettingsError,
) -> Result<Vec<T>, SettingsError> {
    let read = |entry: toml::Spanned<E>| {
        let at = entry.span().start;
        read(entry.into_inner()).map_err(|message| invalid(at, message))
    };
    entries.into_iter().map(read).collect()
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()
        .iter()
        .take(at)
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

fn by_model<T, U>(models: BTreeMap<String, T>, value: impl Fn(T) -> U) -> BTreeMap<ModelId, U> {
    models
        .into_iter()
        .map(|(id, of_model)| (ModelId::new(id), value(of_model)))
        .collect()
}

/// The id behind an ARN, so that both forms of a profile name the same one.
fn bare_id(id: &str) -> Text {
    id.rsplit('/').next().unwrap_or(id).into()
}

fn default_metadata_keys() -> Vec<String> {
    [
        "workload",
        "app",
        "application",
        "project",
        "team",
        "service",
    ]
    .map(str::to_owned)
    .into()
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SettingsFile {
    workload: Vec<toml::Spanned<WorkloadEntry>>,
    extended_access: ExtendedAccessEntry,
    discount: DiscountEntry,
    lead_time_days: BTreeMap<String, toml::Spanned<u32>>,
    metadata: MetadataEntry,
    idle: IdleEntry,
    tables: TablesEntry,
    scenario: Vec<toml::Spanned<ScenarioEntry>>,
    growth: Vec<toml::Spanned<GrowthEntry>>,
    launch: Vec<toml::Spanned<LaunchEntry>>,
    migration: Vec<toml::Spanned<MigrationEntry>>,
    price_change: Vec<toml::Spanned<PriceChangeEntry>>,
    embedding: EmbeddingEntry,
    inference_profile: BTreeMap<String, ProfileEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkloadEntry {
    name: String,
    principal: Option<String>,
    account: Option<String>,
    region: Option<String>,
    inference_profile: Option<String>,
    model: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    #[serde(default)]
    tag: BTreeMap<String, String>,
    owner: Option<String>,
    lead_time_days: Option<u32>,
    successor: Option<String>,
    #[serde(default)]
    token_ratio: Rates,
    effort: Option<Dollars>,
}

impl WorkloadEntry {
    fn split(self, metadata_keys: &[String]) -> Result<(AllocationRule, WorkloadPlan), String> {
        if let Some(key) = self
            .metadata
            .keys()
            .find(|key| !metadata_keys.contains(*key))
        {
            return Err(format!(
                "workload '{}' matches metadata.{key}, which is not kept; add it to [metadata] keys",
                self.name
            ));
        }
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            return Err("a workload without a name; write name = \"...\"".to_owned());
        }
        let pattern = |text: Option<String>| text.map(|text| Pattern::new(&text));
        let patterns = |texts: BTreeMap<String, String>| {
            texts
                .into_iter()
                .map(|(key, text)| (key, Pattern::new(&text)))
                .collect::<BTreeMap<_, _>>()
        };
        let rule = AllocationRule {
            name,
            principal: pattern(self.principal),
            account: pattern(self.account),
            region: pattern(self.region),
            inference_profile: pattern(self.inference_profile),
            model: pattern(self.model),
            metadata: patterns(self.metadata),
            tags: patterns(self.tag),
        };
        rule.check_captures()?;
        let plan = WorkloadPlan {
            owner: self.owner.map(Into::into),
            lead_time_days: self.lead_time_days,
            successor: self.successor.map(ModelId::new),
            token_ratio: self.token_ratio.token_ratio(),
            effort: self.effort.map(|dollars| dollars.0),
        };
        Ok((rule, plan))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ExtendedAccessEntry {
    multiplier: Multipliers,
    model: BTreeMap<String, Multipliers>,
}

/// Low, likely and high, each optional, as they stand in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenRates {
    low: Option<QuotedRate>,
    likely: Option<QuotedRate>,
    high: Option<QuotedRate>,
}

/// Low, likely and high in this order, each optional.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(try_from = "WrittenRates")]
struct Rates {
    low: Option<QuotedRate>,
    likely: Option<QuotedRate>,
    high: Option<QuotedRate>,
}

impl TryFrom<WrittenRates> for Rates {
    type Error = String;

    fn try_from(WrittenRates { low, likely, high }: WrittenRates) -> Result<Self, String> {
        let given = [low, likely, high].into_iter().flatten();
        if given.map(|rate| rate.0).is_sorted() {
            Ok(Self { low, likely, high })
        } else {
            Err("low, likely and high are out of order; write low <= likely <= high".to_owned())
        }
    }
}

/// Rates of 1 or more: Extended Access is never cheaper than the normal price.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(try_from = "Rates")]
struct Multipliers(Rates);

impl TryFrom<Rates> for Multipliers {
    type Error = String;

    fn try_from(rates: Rates) -> Result<Self, String> {
        let given = [rates.low, rates.likely, rates.high].into_iter().flatten();
        match given.map(|rate| rate.0).find(|rate| *rate < Rate::ONE) {
            None => Ok(Self(rates)),
            Some(rate) => Err(format!(
                "'{rate}' would make Extended Access cheaper than the normal price; write a factor of 1 or more (what you pay less goes under [discount])"
            )),
        }
    }
}

impl Rates {
    /// As a token ratio: one that is not given is the likely one, that is 1 if not given.
    fn token_ratio(self) -> TokenRatio {
        let likely = self.likely_or(Rate::ONE);
        TokenRatio {
            low: self.low.map_or(likely, |rate| rate.0),
            likely,
            high: self.high.map_or(likely, |rate| rate.0),
        }
    }

    /// The likely rate where given, else another one, moved inside the bounds that are given.
    fn likely_or(self, otherwise: Rate) -> Rate {
        let above_low = self.low.map_or(otherwise, |low| otherwise.max(low.0));
        let inside = self.high.map_or(above_low, |high| above_low.min(high.0));
        self.likely.map_or(inside, |rate| rate.0)
    }

    /// These rates where given, else the others; a likely value outside the bounds of the
    /// others moves the bound, and a bound beyond their likely value moves that.
    fn over(self, otherwise: Multiplier) -> Multiplier {
        let likely = self.likely_or(otherwise.likely);
        Multiplier {
            low: self.low.map_or(otherwise.low.min(likely), |rate| rate.0),
            likely,
            high: self.high.map_or(otherwise.high.max(likely), |rate| rate.0),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DiscountEntry {
    all: Option<Fraction>,
    model: BTreeMap<String, ModelDiscount>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelDiscount {
    rate: Fraction,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MetadataEntry {
    keys: Option<Vec<String>>,
}

/// `[tables]`; paths are relative to the settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TablesEntry {
    rows: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct IdleEntry {
    legacy_days: u32,
}

impl Default for IdleEntry {
    /// 15 days: what AWS's documents of 2026 say; error texts have said 15 and 30.
    fn default() -> Self {
        Self { legacy_days: 15 }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileEntry {
    name: Option<String>,
    model: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

impl From<ProfileEntry> for InferenceProfile {
    fn from(entry: ProfileEntry) -> Self {
        Self {
            name: entry.name.map(Into::into),
            model: entry.model.into(),
            tags: entry
                .tags
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests;
