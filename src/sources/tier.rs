//! The service tier that a record or its body names. May import `domain` and `json_walker`.
//!
//! Sample: `{"type":"flex"}` is the tier `flex`; `{"type":"turbo"}` is one that nobody knows.

use super::json_walker::{Stop, Walker};
use crate::domain::ServiceTier;

/// What `serviceTier` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum NamedTier {
    /// Nothing.
    #[default]
    None,
    Known(ServiceTier),
    /// A tier that eolcast does not know.
    Unknown,
}

impl NamedTier {
    /// This one, or the other where this names nothing or only the other is known.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, other) | (Self::Unknown, other @ Self::Known(_)) => other,
            (named, _) => named,
        }
    }
}

impl From<Option<&str>> for NamedTier {
    fn from(name: Option<&str>) -> Self {
        match name {
            None | Some("") => Self::None,
            Some(name) => ServiceTier::parse(name).map_or(Self::Unknown, Self::Known),
        }
    }
}

/// `serviceTier`, a record's or a body's.
pub(crate) fn service_tier(walker: &mut Walker<'_>) -> Result<NamedTier, Stop> {
    let mut tier = NamedTier::None;
    if walker.peek()? != b'{' {
        walker.skip()?;
        return Ok(tier);
    }
    walker.object(|walker, key| {
        match key {
            b"type" => tier = walker.text()?.as_deref().into(),
            _ => walker.skip()?,
        }
        Ok(())
    })?;
    Ok(tier)
}

/// Whether a `performanceConfig` asks for optimised latency.
pub(crate) fn latency_optimized(walker: &mut Walker<'_>) -> Result<bool, Stop> {
    let mut optimized = false;
    if walker.peek()? != b'{' {
        walker.skip()?;
        return Ok(false);
    }
    walker.object(|walker, key| {
        match key {
            b"latency" => optimized = walker.text()?.is_some_and(|text| text == "optimized"),
            _ => walker.skip()?,
        }
        Ok(())
    })?;
    Ok(optimized)
}
