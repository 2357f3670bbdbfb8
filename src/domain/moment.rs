//! Moments in JSON, as tables write them: `2026-10-01T00:00:00Z`, with milliseconds where there
//! are any.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serializer, de};

fn text(moment: &DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn parse<E: de::Error>(text: &str) -> Result<DateTime<Utc>, E> {
    let moment = DateTime::parse_from_rfc3339(text)
        .map_err(|_| E::custom(format!("'{text}' is no time such as 2026-10-01T00:00:00Z")))?;
    Ok(moment.to_utc())
}

/// Writes a moment.
pub(crate) fn serialize<S: Serializer>(
    moment: &DateTime<Utc>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(moment))
}

/// Reads a moment.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<DateTime<Utc>, D::Error> {
    parse(&String::deserialize(deserializer)?)
}

/// The same for moments that may be unknown.
pub(crate) mod optional {
    use super::{DateTime, Deserialize, Deserializer, Serializer, Utc, parse, text};

    /// Writes a moment or `null`.
    pub(crate) fn serialize<S: Serializer>(
        moment: &Option<DateTime<Utc>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match moment {
            Some(moment) => serializer.serialize_some(&text(moment)),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a moment or `null`.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.as_deref().map(parse).transpose()
    }
}
