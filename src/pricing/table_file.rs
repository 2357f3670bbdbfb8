//! The shape of the TOML files under `pricing/`, as serde sees them, before they become rows.
//!
//! Prices and dates are quoted texts behind newtypes: a `Decimal` field would take a bare float
//! through `f64` without a word, and `0.12345678901234567890` would lose digits. Unknown keys
//! are refused, so that a misspelt `cache_raed` cannot leave a meter unpriced. Imports `domain`
//! only.
//!
//! Sample: `input = "3.30"` is the unit price 3.30; `input = 3.30` is refused with its line.

use std::fmt;

use chrono::NaiveDate;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::conflicts::{SourceKind, StatedStatus};
use crate::domain::{
    Decimal, EndOfLife, EndpointScope, ModelKind, PricingUnit, ServiceTier, Text, UnitPrice,
};

/// `prices/<provider>.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PriceFile {
    #[serde(default)]
    pub(super) price: Vec<Spanned<PriceEntry>>,
    #[serde(default)]
    pub(super) hourly: Vec<Spanned<HourlyEntry>>,
}

/// A file of the user's own: life-cycle rows, prices and sources together.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserFile {
    #[serde(default)]
    pub(super) model: Vec<Spanned<LifecycleEntry>>,
    #[serde(default)]
    pub(super) price: Vec<Spanned<PriceEntry>>,
    #[serde(default)]
    pub(super) source: Vec<Spanned<SourceEntry>>,
}

/// A file as the build script writes it: rows of any kind, each with the byte at which it begins.
#[derive(Debug)]
pub(super) struct CompiledFile {
    pub(super) prices: PriceFile,
    pub(super) lifecycle: LifecycleFile,
    pub(super) sources: SourceFile,
    pub(super) geographies: GeographyFile,
}

impl CompiledFile {
    /// Reads its JSON.
    pub(super) fn read(json: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Rows {
            #[serde(default)]
            price: Vec<(usize, PriceEntry)>,
            #[serde(default)]
            hourly: Vec<(usize, HourlyEntry)>,
            #[serde(default)]
            model: Vec<(usize, LifecycleEntry)>,
            #[serde(default)]
            source: Vec<(usize, SourceEntry)>,
            #[serde(default)]
            geography: Vec<(usize, GeographyEntry)>,
        }
        fn spanned<T>(rows: Vec<(usize, T)>) -> Vec<Spanned<T>> {
            let begins = |(at, row)| Spanned::new(at..at, row);
            rows.into_iter().map(begins).collect()
        }
        let rows: Rows = serde_json::from_str(json)?;
        Ok(Self {
            prices: PriceFile {
                price: spanned(rows.price),
                hourly: spanned(rows.hourly),
            },
            lifecycle: LifecycleFile {
                model: spanned(rows.model),
            },
            sources: SourceFile {
                source: spanned(rows.source),
            },
            geographies: GeographyFile {
                geography: spanned(rows.geography),
            },
        })
    }
}

/// `[[price]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PriceEntry {
    pub(super) model: Word,
    pub(super) scope: ScopeWord,
    pub(super) regions: Regions,
    pub(super) tier: TierWord,
    pub(super) phase: PhaseWord,
    pub(super) prompt_above: Option<u64>,
    pub(super) unit: UnitWord,
    pub(super) effective_from: Option<Day>,
    pub(super) input: Option<Amount>,
    pub(super) output: Option<Amount>,
    pub(super) cache_read: Option<Amount>,
    pub(super) cache_write_5m: Option<Amount>,
    pub(super) cache_write_30m: Option<Amount>,
    pub(super) cache_write_1h: Option<Amount>,
    pub(super) image: Option<Amount>,
    pub(super) query: Option<Amount>,
    pub(super) second: Option<Amount>,
    pub(super) confidence: Confidence,
    pub(super) source: Word,
    #[serde(default)]
    pub(super) also: Vec<Word>,
    pub(super) checked_on: Day,
    pub(super) note: Option<Word>,
}

/// `[[hourly]]`: known, never multiplied with tokens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HourlyEntry {
    pub(super) model: Word,
    pub(super) scope: ScopeWord,
    pub(super) regions: Regions,
    pub(super) tier: TierWord,
    pub(super) commitment: Word,
    pub(super) unit: Word,
    pub(super) input: Option<Amount>,
    pub(super) output: Option<Amount>,
    pub(super) price: Option<Amount>,
    pub(super) effective_from: Option<Day>,
    pub(super) confidence: Confidence,
    pub(super) source: Word,
    #[serde(default)]
    pub(super) also: Vec<Word>,
    pub(super) checked_on: Day,
    pub(super) note: Option<Word>,
}

/// `lifecycle/<provider>.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LifecycleFile {
    #[serde(default)]
    pub(super) model: Vec<Spanned<LifecycleEntry>>,
}

/// `[[model]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LifecycleEntry {
    pub(super) id: Word,
    pub(super) name: Word,
    pub(super) kind: KindWord,
    pub(super) regions: Regions,
    pub(super) launched_on: Option<Day>,
    pub(super) legacy_from: Option<Day>,
    pub(super) extended_access_from: Option<Day>,
    pub(super) end_of_life: Option<End>,
    pub(super) provider_end_of_life: Option<End>,
    pub(super) policy: Option<Policy>,
    #[serde(default)]
    pub(super) successors: Successors,
    pub(super) successor_reason: Option<Word>,
    #[serde(default)]
    pub(super) aliases: Vec<Word>,
    #[serde(default)]
    pub(super) conflicts: Vec<ConflictEntry>,
    pub(super) confidence: Confidence,
    pub(super) source: Word,
    #[serde(default)]
    pub(super) also: Vec<Word>,
    pub(super) checked_on: Day,
    pub(super) note: Option<Word>,
}

/// An entry of `conflicts`: what a source says that is not followed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConflictEntry {
    pub(super) source: Word,
    pub(super) says: Word,
    pub(super) status: Option<StatusWord>,
    pub(super) launched_on: Option<Day>,
    pub(super) legacy_from: Option<Day>,
    pub(super) extended_access_from: Option<Day>,
    pub(super) end_of_life: Option<End>,
    #[serde(default)]
    pub(super) regions: Vec<Word>,
    pub(super) because: Option<Word>,
}

/// `sources.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceFile {
    #[serde(default)]
    pub(super) source: Vec<Spanned<SourceEntry>>,
}

/// `[[source]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceEntry {
    pub(super) id: Word,
    pub(super) kind: Option<WitnessWord>,
    pub(super) title: Word,
    pub(super) url: Word,
    pub(super) retrieved_on: Day,
    pub(super) note: Option<Word>,
}

/// `geographies.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GeographyFile {
    #[serde(default)]
    pub(super) geography: Vec<Spanned<GeographyEntry>>,
}

/// `[[geography]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GeographyEntry {
    pub(super) prefix: Word,
    pub(super) scope: ScopeWord,
    pub(super) regions: Vec<Word>,
    pub(super) confidence: Confidence,
    pub(super) source: Option<Word>,
    #[serde(default)]
    pub(super) also: Vec<Word>,
    pub(super) note: Option<Word>,
}

/// What a text says, read without a copy of it.
struct FromText<T>(fn(&str) -> Result<T, String>);

impl<T> Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        self.0(text).map_err(E::custom)
    }
}

/// A word of a closed list, or a quoted value, read through its text.
macro_rules! from_text {
    ($(#[$doc:meta])* $name:ident($inner:ty), $read:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub(super) struct $name(pub(super) $inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
                text.deserialize_str(FromText($read)).map(Self)
            }
        }
    };
}

from_text!(
    /// Any text.
    Word(Text),
    |text| Ok(Text::from(text))
);

from_text!(
    /// A price: a quoted decimal.
    Amount(UnitPrice),
    |text| {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
        Decimal::from_str_exact(text)
            .ok()
            .filter(|_| plain)
            .map(UnitPrice::new)
            .ok_or_else(|| {
                format!("`{text}` is no price; write a plain decimal in quotes, for example \"3.30\"")
            })
    }
);

from_text!(
    /// A date: quoted, `YYYY-MM-DD`.
    Day(NaiveDate),
    |text| {
        day(text).ok_or_else(|| {
                format!("`{text}` is no date; write it as \"YYYY-MM-DD\", for example \"2026-10-01\"")
            })
    }
);

from_text!(
    /// An endpoint scope.
    ScopeWord(EndpointScope),
    |text| {
        EndpointScope::parse(text).ok_or_else(|| {
            format!("`{text}` is no scope; use one of in-region, geo, global")
        })
    }
);

from_text!(
    /// A service tier.
    TierWord(ServiceTier),
    |text| {
        ServiceTier::ALL
            .into_iter()
            .find(|tier| tier.as_str() == text)
            .ok_or_else(|| {
                let all = ServiceTier::ALL.map(ServiceTier::as_str).join(", ");
                format!("`{text}` is no service tier; use one of {all}")
            })
    }
);

from_text!(
    /// The phase of a price: true for Extended Access.
    PhaseWord(bool),
    |text| match text {
        "normal" => Ok(false),
        "extended-access" => Ok(true),
        _ => Err(format!(
            "`{text}` is no price phase; use normal or extended-access"
        )),
    }
);

from_text!(
    /// A pricing unit.
    UnitWord(PricingUnit),
    |text| {
        [
            PricingUnit::MillionTokens,
            PricingUnit::Image,
            PricingUnit::ThousandQueries,
            PricingUnit::Second,
        ]
        .into_iter()
        .find(|unit| unit.as_str() == text)
        .ok_or_else(|| {
            format!(
                "`{text}` is no pricing unit; use one of 1000000 Tokens, 1 Image, 1000 Queries, 1 Second"
            )
        })
    }
);

from_text!(
    /// What a model makes.
    KindWord(ModelKind),
    |text| {
        ModelKind::parse(text).ok_or_else(|| {
            let all = ModelKind::ALL.map(ModelKind::as_str).join(", ");
            format!("`{text}` is no kind of model; use one of {all}")
        })
    }
);

from_text!(
    /// What a source says without a date.
    StatusWord(StatedStatus),
    |text| match text {
        "active" => Ok(StatedStatus::Active),
        "legacy" => Ok(StatedStatus::Legacy),
        "absent" => Ok(StatedStatus::Absent),
        _ => Err(format!(
            "`{text}` is no status; use one of active, legacy, absent"
        )),
    }
);

from_text!(
    /// What kind of witness a source is.
    WitnessWord(SourceKind),
    |text| {
        SourceKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                let all = SourceKind::ALL.map(SourceKind::as_str).join(", ");
                format!("`{text}` is no kind of source; use one of {all}")
            })
    }
);

/// Regions, at least one.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<Word>")]
pub(super) struct Regions(pub(super) Vec<Word>);

impl TryFrom<Vec<Word>> for Regions {
    type Error = String;

    fn try_from(regions: Vec<Word>) -> Result<Self, Self::Error> {
        if regions.is_empty() {
            return Err("the row names no Region; list them, or write [\"*\"] for all".to_owned());
        }
        Ok(Self(regions))
    }
}

/// Where to move: nowhere or to one model.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "Vec<Word>")]
pub(super) struct Successors(pub(super) Option<Word>);

impl TryFrom<Vec<Word>> for Successors {
    type Error = String;

    fn try_from(mut models: Vec<Word>) -> Result<Self, Self::Error> {
        if models.len() > 1 {
            return Err(format!(
                "{} successors are named; keep the one that eolcast shall reckon with",
                models.len()
            ));
        }
        Ok(Self(models.pop()))
    }
}

/// `{ on = "..." }` or `{ not_before = "..." }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    On(Day),
    NotBefore(Day),
}

impl End {
    /// The same in the words of the domain.
    pub(super) fn end_of_life(&self) -> EndOfLife {
        match self {
            Self::On(day) => EndOfLife::On(day.0),
            Self::NotBefore(day) => EndOfLife::NotBefore(day.0),
        }
    }
}

/// The life-cycle policy that a model falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Policy {
    /// Launched before 2026-09-07.
    #[serde(rename = "pre-2026-09-07")]
    Old,
    /// Launched since.
    #[serde(rename = "2026-09-07")]
    New,
}

/// How sure a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Confidence {
    High,
    Medium,
    Low,
}

/// Four digits, two and two, with dashes between, if there is such a day.
fn day(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    let number = |place: std::ops::Range<usize>| {
        let digits = bytes.get(place)?;
        let plain = digits.iter().all(u8::is_ascii_digit);
        let value = |sum, digit: &u8| sum * 10 + u32::from(*digit - b'0');
        plain.then(|| digits.iter().fold(0, value))
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    NaiveDate::from_ymd_opt(
        number(0..4)?.try_into().ok()?,
        number(5..7)?,
        number(8..10)?,
    )
}
