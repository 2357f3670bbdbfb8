//! Why a record of an invocation log could not be read, in words. Imports nothing.
//!
//! Sample: `{"modelId":"m"` is `cut off`.

use std::fmt;

/// Why a record could not be read. Never holds anything of the record itself: prompts are
/// secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordProblem {
    /// The text is not JSON.
    NotJson,
    /// The text ends inside the record.
    CutOff,
    /// JSON, but no invocation log record.
    NotALogRecord,
    /// An invocation log record without this field.
    Missing(&'static str),
    /// The time cannot be read.
    Timestamp,
    /// This count is negative, a fraction, too large for one call, or no number.
    Count(&'static str),
    /// Longer than 32 MB.
    TooLong,
}

impl fmt::Display for RecordProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("not valid JSON"),
            Self::CutOff => f.write_str("cut off"),
            Self::NotALogRecord => f.write_str("not an invocation log record"),
            Self::Missing(field) => write!(f, "no {field}"),
            Self::Timestamp => f.write_str("timestamp is not a time"),
            Self::Count(field) => write!(f, "{field} is not a plausible count"),
            Self::TooLong => f.write_str("longer than 32 MB"),
        }
    }
}
