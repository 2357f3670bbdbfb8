//! Numbers, dates and moments as plain text, without a text of their own for each: a big report
//! has tens of millions.
//!
//! Imports `domain` only. Sample: 3.960000 is `3.96`, -0.50 is `-0.5`, a day `2026-10-01`.

use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};

use crate::domain::{Decimal, Month};

/// As many as a number has places at most.
const ZEROS: &str = "0000000000000000000000000000";

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
    // Most amounts end in many zeros.
    while places >= 4 && left.is_multiple_of(10_000) {
        left /= 10_000;
        places -= 4;
    }
    while places > 0 && left.is_multiple_of(10) {
        left /= 10;
        places -= 1;
    }
    if number.is_sign_negative() {
        text.push('-');
    }
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(left);
    if places == 0 {
        text.push_str(digits);
        return;
    }
    match digits.split_at_checked(digits.len().saturating_sub(places)) {
        Some((whole, rest)) if !whole.is_empty() => {
            text.push_str(whole);
            text.push('.');
            text.push_str(rest);
        }
        _ => {
            text.push_str("0.");
            text.push_str(ZEROS.get(..places - digits.len()).unwrap_or_default());
            text.push_str(digits);
        }
    }
}

/// Appends a count: what `to_string()` gives.
pub(super) fn push_count(text: &mut String, count: i64) {
    text.push_str(itoa::Buffer::new().format(count));
}

/// Appends `YYYY-MM-DD`.
pub(super) fn push_date(text: &mut String, day: NaiveDate) {
    push_year_month(text, day);
    push_two(text, '-', day.day());
}

/// Appends `YYYY-MM`.
pub(super) fn push_month(text: &mut String, month: Month) {
    push_year_month(text, month.first_day());
}

/// Appends `YYYY-MM-DDTHH:MM:SSZ`.
pub(super) fn push_timestamp(text: &mut String, moment: DateTime<Utc>) {
    let moment = moment.naive_utc();
    push_date(text, moment.date());
    for (before, number) in [
        ('T', moment.hour()),
        (':', moment.minute()),
        (':', moment.second()),
    ] {
        push_two(text, before, number);
    }
    text.push('Z');
}

fn push_year_month(text: &mut String, day: NaiveDate) {
    match u32::try_from(day.year()) {
        Ok(year @ 0..=9999) => {
            for place in [1000, 100, 10, 1] {
                push_digit(text, year / place);
            }
        }
        // Writing to a String cannot fail.
        _ => drop(write!(text, "{:+05}", day.year())),
    }
    push_two(text, '-', day.month());
}

/// Two digits after a mark.
fn push_two(text: &mut String, before: char, number: u32) {
    text.push(before);
    push_digit(text, number / 10);
    push_digit(text, number);
}

fn push_digit(text: &mut String, number: u32) {
    text.push(char::from(b'0' + (number % 10) as u8));
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
        fn counts_days_and_moments_are_written_as_their_library_writes_them(
            count in any::<i64>(),
            days in -3_000_000_i32..3_000_000,
            second in -9_000_000_000_i64..253_000_000_000,
        ) {
            let mut text = String::new();
            push_count(&mut text, count);
            prop_assert_eq!(&text, &count.to_string());
            let day = NaiveDate::from_epoch_days(days).unwrap();
            text.clear();
            push_date(&mut text, day);
            prop_assert_eq!(&text, &day.to_string());
            let moment = DateTime::from_timestamp(second, 0).unwrap();
            text.clear();
            push_timestamp(&mut text, moment);
            prop_assert_eq!(&text, &moment.format("%Y-%m-%dT%H:%M:%SZ").to_string());
            let month = Month::of(moment.date_naive());
            text.clear();
            push_month(&mut text, month);
            prop_assert_eq!(&text, &month.to_string());
        }

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
