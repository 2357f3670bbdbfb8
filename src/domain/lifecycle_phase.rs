//! The phases of a model's life on Bedrock.
//!
//! `active` -> `legacy` -> `extended-access` -> `end-of-life`, per model and Region. AWS's API
//! knows only ACTIVE and LEGACY; Extended Access is the dearer part of Legacy
//! (AWS page "model-lifecycle-legacy").

use std::fmt;

use chrono::NaiveDate;

/// Where a model stands in a Region on a day.
///
/// Declared in the order of the words, which is how tables are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LifecyclePhase {
    /// In full service.
    Active,
    /// Calls fail on this day or soon after.
    EndOfLife,
    /// Still served, at a price the provider may set higher.
    ExtendedAccess,
    /// Announced for retirement, still at the normal price.
    Legacy,
    /// No lifecycle row covers the Region; priced as normal, with a finding.
    Unknown,
}

impl LifecyclePhase {
    /// The phases in the course of a life, `Unknown` last.
    pub const LIFE: [Self; 5] = [
        Self::Active,
        Self::Legacy,
        Self::ExtendedAccess,
        Self::EndOfLife,
        Self::Unknown,
    ];

    /// The word in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Legacy => "legacy",
            Self::ExtendedAccess => "extended-access",
            Self::EndOfLife => "end-of-life",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for LifecyclePhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When a model ends: a date, or only a floor. Never a bare date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndOfLife {
    /// Calls fail from this day on, or soon after.
    On(NaiveDate),
    /// The earliest day the policy allows; the model may live on.
    NotBefore(NaiveDate),
}

impl EndOfLife {
    /// The date, whatever it means.
    pub const fn date(self) -> NaiveDate {
        match self {
            Self::On(date) | Self::NotBefore(date) => date,
        }
    }

    /// The announced end, if it is more than a floor.
    pub const fn on(self) -> Option<NaiveDate> {
        match self {
            Self::On(date) => Some(date),
            Self::NotBefore(_) => None,
        }
    }

    /// `on` or `not-before`: the column `end_of_life_kind`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::On(_) => "on",
            Self::NotBefore(_) => "not-before",
        }
    }
}

/// What a model makes; decides the lead time of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ModelKind {
    /// Text in, text out (with or without images in).
    #[default]
    Text,
    /// Vectors: a successor means making the stored vectors again.
    Embedding,
    /// Images.
    Image,
    /// Video.
    Video,
    /// Speech.
    Speech,
    /// Ranking of passages.
    Rerank,
}

impl ModelKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Text,
        Self::Embedding,
        Self::Image,
        Self::Video,
        Self::Speech,
        Self::Rerank,
    ];

    /// The word in tables and settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Embedding => "embedding",
            Self::Image => "image",
            Self::Video => "video",
            Self::Speech => "speech",
            Self::Rerank => "rerank",
        }
    }

    /// Reads the word of a lifecycle row or of the settings.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
