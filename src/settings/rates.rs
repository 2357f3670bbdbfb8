//! Rates as the settings write them: quoted decimals. A bare float would have lost digits
//! before anybody could object. Imports `domain`. Sample: `"0.10"`.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use crate::domain::Rate;

/// A quoted decimal above zero.
#[derive(Debug, Clone, Copy)]
pub(super) struct QuotedRate(pub(super) Rate);

impl QuotedRate {
    fn parse(text: &str) -> Result<Self, String> {
        match text.parse::<Rate>() {
            Ok(rate) if rate.factor() > crate::domain::Decimal::ZERO => Ok(Self(rate)),
            _ => Err(format!(
                "'{text}' is not a factor; write a quoted decimal above 0, for example \"2.0\""
            )),
        }
    }
}

/// A quoted decimal from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fraction(pub(super) Rate);

impl Fraction {
    fn parse(text: &str) -> Result<Self, String> {
        let range = crate::domain::Decimal::ZERO..=crate::domain::Decimal::ONE;
        match text.parse::<Rate>() {
            Ok(rate) if range.contains(&rate.factor()) => Ok(Self(rate)),
            _ => Err(format!(
                "'{text}' is not a share; write a quoted decimal from 0 to 1, for example \"0.10\""
            )),
        }
    }
}

impl<'de> Deserialize<'de> for QuotedRate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Quoted(Self::parse))
    }
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Quoted(Self::parse))
    }
}

/// Takes text only, and says so to a bare number.
struct Quoted<T>(fn(&str) -> Result<T, String>);

impl<T> Visitor<'_> for Quoted<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal in quotes, for example \"0.10\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}
