//! Rates, percentages, dollars and dates as the settings write them: quoted. A bare float would have lost digits
//! before anybody could object. Imports `domain`. Sample: `"0.10"`.

use std::fmt;

use chrono::NaiveDate;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use crate::domain::{Decimal, Rate, Usd};

/// A quoted decimal above zero.
#[derive(Debug, Clone, Copy)]
pub(super) struct QuotedRate(pub(super) Rate);

impl QuotedRate {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text.parse::<Rate>() {
            Ok(rate) if rate.factor() > Decimal::ZERO => Ok(Self(rate)),
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
        let range = Decimal::ZERO..=Decimal::ONE;
        match text.parse::<Rate>() {
            Ok(rate) if range.contains(&rate.factor()) => Ok(Self(rate)),
            _ => Err(format!(
                "'{text}' is not a share; write a quoted decimal from 0 to 1, for example \"0.10\""
            )),
        }
    }
}

/// A quoted decimal above -100: percent more, or less.
#[derive(Debug, Clone, Copy)]
pub(super) struct Percent(Decimal);

impl Percent {
    fn parse(text: &str) -> Result<Self, String> {
        match Decimal::from_str_exact(text) {
            Ok(percent) if percent > -Decimal::ONE_HUNDRED && percent <= MOST_PERCENT => {
                Ok(Self(percent))
            }
            _ => Err(format!(
                "'{text}' is no percentage; write a quoted decimal above -100, for example \"3.5\""
            )),
        }
    }

    /// 40 percent as 0.4.
    pub(super) fn share(self) -> Rate {
        Rate::new(self.0 / Decimal::ONE_HUNDRED)
    }

    /// 3 percent more as 1.03.
    pub(super) fn factor(self) -> Rate {
        Rate::new(Decimal::ONE + self.0 / Decimal::ONE_HUNDRED)
    }
}

/// More is a slip of the pen.
const MOST_PERCENT: Decimal = Decimal::from_parts(100_000, 0, 0, false, 0);

/// A quoted amount of US dollars, zero or more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dollars(pub(super) Usd);

impl Dollars {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match Decimal::from_str_exact(text) {
            Ok(dollars) if dollars >= Decimal::ZERO && dollars.scale() <= 12 => {
                Ok(Self(Usd::new(dollars)))
            }
            _ => Err(format!(
                "'{text}' is no amount; write US dollars as a quoted decimal, for example \"20000\""
            )),
        }
    }
}

/// A quoted date.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day(pub(super) NaiveDate);

impl Day {
    /// As strict as the contract writes it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        text.parse()
            .ok()
            .filter(|day: &NaiveDate| day.to_string() == text)
            .map(Self)
            .ok_or_else(|| {
                format!(
                    "'{text}' is not a date; write it as YYYY-MM-DD, for example \"2026-12-15\""
                )
            })
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Quoted(Self::parse))
    }
}

impl<'de> Deserialize<'de> for Dollars {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Quoted(Self::parse))
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(QuotedDay)
    }
}

/// Takes text only, and says how to a bare date.
struct QuotedDay;

impl Visitor<'_> for QuotedDay {
    type Value = Day;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date in quotes, for example \"2026-12-15\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Day, E> {
        Day::parse(text).map_err(E::custom)
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
