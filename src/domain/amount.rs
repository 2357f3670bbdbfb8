//! A decimal of which some patterns of bits are none, so that an `Option` of it needs no more
//! room: amounts that may be unknown are most of what a big report holds. Imports nothing.
//!
//! Sample: `Option<Amount>` has 16 bytes, `Option<Decimal>` 20.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZero;

use rust_decimal::Decimal;

const SIGN: u32 = 1 << 31;
const SCALE_AT: u32 = 16;
/// Set in every amount; a decimal does not use it.
const MARK: NonZero<u32> = NonZero::<u32>::MIN;

/// A decimal; all it can do is be one.
#[derive(Clone, Copy)]
pub(super) struct Amount {
    /// Sign, scale and mark.
    flags: NonZero<u32>,
    high: u32,
    middle: u32,
    low: u32,
}

impl Amount {
    pub(super) const fn new(decimal: Decimal) -> Self {
        let digits = decimal.mantissa().unsigned_abs();
        let sign = if decimal.is_sign_negative() { SIGN } else { 0 };
        let flags = sign | (decimal.scale() << SCALE_AT) | MARK.get();
        Self {
            flags: match NonZero::new(flags) {
                Some(flags) => flags,
                None => MARK,
            },
            high: (digits >> 64) as u32,
            middle: (digits >> 32) as u32,
            low: digits as u32,
        }
    }

    pub(super) const fn get(self) -> Decimal {
        let flags = self.flags.get();
        let scale = (flags & !SIGN) >> SCALE_AT;
        Decimal::from_parts(self.low, self.middle, self.high, flags & SIGN != 0, scale)
    }
}

impl Default for Amount {
    fn default() -> Self {
        Self::new(Decimal::ZERO)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Amount {}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        self.get().cmp(&other.get())
    }
}

impl Hash for Amount {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.get().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unknown_needs_no_room() {
        assert_eq!(size_of::<Option<Amount>>(), 16);
    }

    proptest! {
        #[test]
        fn a_decimal_comes_back_as_it_was(
            digits in -79_228_162_514_264_337_593_543_950_335_i128..=79_228_162_514_264_337_593_543_950_335,
            scale in 0..=28_u32,
            other in -1_000_i64..1_000,
        ) {
            let decimal = Decimal::from_i128_with_scale(digits, scale);
            let amount = Amount::new(decimal);
            prop_assert_eq!(amount.get().serialize(), decimal.serialize());
            let other = Decimal::new(other, 3);
            prop_assert_eq!(amount.cmp(&Amount::new(other)), decimal.cmp(&other));
        }
    }
}
