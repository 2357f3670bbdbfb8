//! Counts as they stand in JSON text. Imports nothing.
//!
//! Sample: `12`, `"12"` and `12.0` are all the count 12; `-1` is no plausible count.

/// A count as it stands in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Count {
    /// No such key, `null`, or an empty text.
    #[default]
    Absent,
    /// A plausible count.
    Known(u64),
    /// Negative, a fraction, too large for one call, or no number at all.
    Implausible,
}

impl Count {
    /// The count, where it is plausible.
    pub(crate) fn known(self) -> Option<u64> {
        match self {
            Self::Known(count) => Some(count),
            Self::Absent | Self::Implausible => None,
        }
    }

    /// A number written in another way than as a plain integer: `12.0`, `1e3`, `-0`, `"12"`.
    pub(crate) fn of_text(text: &str) -> Self {
        if let Ok(value) = text.parse::<u64>() {
            return plausible(value);
        }
        match text.parse::<f64>() {
            Ok(value) if value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value) => {
                // Whole and in range, so the conversion is exact.
                plausible(value as u64)
            }
            _ => Count::Implausible,
        }
    }
}

/// No single call comes near this many tokens; what is above is damage.
fn plausible(value: u64) -> Count {
    if value <= u64::from(u32::MAX) {
        Count::Known(value)
    } else {
        Count::Implausible
    }
}

/// The whole number that a text begins with and how many digits it has, if they are at most
/// seven and nothing of a fraction or exponent follows them.
#[inline(always)]
pub(crate) fn short_number(text: &[u8]) -> Option<(u64, usize)> {
    let bytes = text.first_chunk::<8>()?;
    let word = u64::from_le_bytes(*bytes);
    // '0'..'9' are 0x30..0x39: their high half is 3, also with 6 added.
    const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    const THREES: u64 = 0x3030_3030_3030_3030;
    let with_six = word.wrapping_add(0x0606_0606_0606_0606);
    let others = ((word & HIGH) ^ THREES) | ((with_six & HIGH) ^ THREES);
    let digits = others.trailing_zeros() as usize / 8;
    let is_more = digits > 7 || matches!(bytes[digits], b'.' | b'e' | b'E');
    // A zero in front of others ends the number.
    if digits == 0 || is_more || (bytes[0] == b'0' && digits > 1) {
        return None;
    }
    // Zeros in front make it eight digits, which are added up in pairs.
    let eight = (word & 0x0F0F_0F0F_0F0F_0F0F) << (64 - 8 * digits);
    let pairs = (eight * 10 + (eight >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    Some(((fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF, digits))
}
