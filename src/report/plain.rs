//! Exact numbers as plain text, without a text of their own for each: a big report has tens of
//! millions.
//!
//! Imports `domain` only. Sample: 3.960000 is `3.96`, and -0.50 is `-0.5`.

use std::fmt::Write;

use crate::domain::Decimal;

/// Digits of the greatest `u64`, and the zeros and point that 28 places put before them.
const ROOM: usize = 32;

/// Appends a number without zeros at its end: what `normalize().to_string()` gives.
pub(super) fn push_decimal(text: &mut String, number: Decimal) {
    let scale = number.scale() as usize;
    let Ok(mut left) = u64::try_from(number.mantissa().unsigned_abs()) else {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}", number.normalize());
        return;
    };
    if left == 0 {
        text.push('0');
        return;
    }
    let mut places = scale;
    while places > 0 && left.is_multiple_of(10) {
        left /= 10;
        places -= 1;
    }
    let mut digits = [b'0'; ROOM];
    let mut first = ROOM;
    let mut written = 0;
    while left > 0 || written <= places {
        if written == places && places > 0 {
            first -= 1;
            digits[first] = b'.';
        }
        first -= 1;
        digits[first] = b'0' + (left % 10) as u8;
        left /= 10;
        written += 1;
    }
    if number.is_sign_negative() {
        text.push('-');
    }
    text.extend(digits[first..].iter().copied().map(char::from));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(number: Decimal) -> String {
        let mut text = String::new();
        push_decimal(&mut text, number);
        text
    }

    #[test]
    fn zeros_at_the_end_go_and_others_stay() {
        for (mantissa, scale, text) in [
            (3_960_000, 6, "3.96"),
            (-50, 2, "-0.5"),
            (0, 12, "0"),
            (1, 28, "0.0000000000000000000000000001"),
            (100, 0, "100"),
            (1200, 2, "12"),
            (u64::MAX as i128, 28, "0.0000000018446744073709551615"),
        ] {
            assert_eq!(plain(Decimal::from_i128_with_scale(mantissa, scale)), text);
        }
    }

    proptest! {
        #[test]
        fn a_number_is_written_as_its_library_writes_it(
            mantissa in prop_oneof![any::<i64>().prop_map(i128::from), -(1_i128 << 95)..(1_i128 << 95)],
            zeros in 0_u32..6,
            scale in 0_u32..=28,
        ) {
            let mantissa = mantissa / 10_i128.pow(zeros) * 10_i128.pow(zeros);
            let number = Decimal::from_i128_with_scale(mantissa, scale);
            prop_assert_eq!(plain(number), number.normalize().to_string());
        }
    }
}
