//! The time of a log record, in whole seconds since 1970-01-01 00:00 UTC. Imports nothing.
//!
//! Records write `2026-10-01T12:30:00Z`; fractions, an offset, a blank for the `T` and a
//! missing zone (UTC, as SIEM copies write it) are read too. Fractions are cut off.
//!
//! Sample: `2025-05-15 14:17:22.000000000` is 1747318642.

/// The hour of the latest time: records come hour by hour, so most of a time is known.
#[derive(Debug, Default)]
pub(crate) struct Hour {
    /// `2026-10-01T12:` and where that hour begins.
    known: Option<([u8; 14], i64)>,
}

impl Hour {
    /// Reads a time as [`unix_seconds`] does.
    #[inline]
    pub(crate) fn unix_seconds(&mut self, text: &str) -> Option<i64> {
        let Some((hour, [m1, m2, b':', s1, s2, b'Z'])) = text.as_bytes().split_first_chunk() else {
            return unix_seconds(text);
        };
        let (minute, second) = (two_digits(*m1, *m2), two_digits(*s1, *s2));
        let within = i64::from(minute) * 60 + i64::from(second);
        match self.known {
            Some((known, begins)) if known == *hour && minute < 60 && second < 60 => {
                Some(begins + within)
            }
            _ => {
                let time = unix_seconds(text)?;
                self.known = Some((*hour, time - within));
                Some(time)
            }
        }
    }
}

/// The number that two digits write; 60 and more where one is none.
fn two_digits(tens: u8, ones: u8) -> u8 {
    let digit = |byte: u8| byte.wrapping_sub(b'0');
    match (digit(tens), digit(ones)) {
        (tens @ 0..=9, ones @ 0..=9) => tens * 10 + ones,
        _ => u8::MAX,
    }
}

/// Reads a time; `None` when it is none.
pub(crate) fn unix_seconds(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let (head, rest) = bytes.split_at_checked(19)?;
    let separators = head[4] == b'-'
        && head[7] == b'-'
        && matches!(head[10], b'T' | b't' | b' ')
        && head[13] == b':'
        && head[16] == b':';
    if !separators {
        return None;
    }
    let year = number(&head[0..4])?;
    let (month, day) = (number(&head[5..7])?, number(&head[8..10])?);
    let (hour, minute, second) = (
        number(&head[11..13])?,
        number(&head[14..16])?,
        number(&head[17..19])?,
    );
    if hour > 23 || minute > 59 || second > 59 || day < 1 || day > days_in(year, month)? {
        return None;
    }
    let offset = zone_offset(after_fraction(rest)?)?;
    Some(days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + i64::from(digit - b'0'))
    })
}

fn days_in(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        1..=12 => Some(31),
        _ => None,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin on
/// 1 March so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn after_fraction(rest: &[u8]) -> Option<&[u8]> {
    let Some((b'.' | b',', fraction)) = rest.split_first() else {
        return Some(rest);
    };
    let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    (digits > 0).then(|| &fraction[digits..])
}

/// Seconds east of UTC.
fn zone_offset(zone: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match zone {
        [] | b"Z" | b"z" | b" UTC" => return Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            (*sign, number(&[*h1, *h2])?, number(&[*m1, *m2])?)
        }
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3_600 + minutes * 60;
    Some(if sign == b'-' { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{NaiveDate, NaiveTime};

    #[test]
    fn every_way_to_write_a_time_is_read() {
        // 2026-10-01 is 20,727 days after 1970-01-01: 20727 x 86400 + 12 x 3600 + 1800.
        let noon = 20_727 * 86_400 + 45_000;
        for text in [
            "2026-10-01T12:30:00Z",
            "2026-10-01T12:30:00.999Z",
            "2026-10-01 12:30:00.000000000",
            "2026-10-01 12:30:00",
            "2026-10-01T14:30:00+02:00",
            "2026-10-01T11:30:00.5-0100",
        ] {
            assert_eq!(unix_seconds(text), Some(noon), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026-10-01",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-10-01T24:00:00Z",
            "2026-10-01T12:30:00Zzz",
            "2026-10-01T12:30:00.Z",
            "1790000000000000000000",
            "2026-10-0\u{661}T12:30:00Z",
        ] {
            assert_eq!(unix_seconds(text), None, "{text}");
        }
    }

    #[test]
    fn days_agree_with_the_calendar_of_chrono() {
        let first = NaiveDate::from_ymd_opt(1600, 1, 1).unwrap();
        for step in 0..5_000u64 {
            let day = first + chrono::Days::new(step * 53);
            let text = format!("{}T00:00:00Z", day.format("%Y-%m-%d"));
            let expected = day.and_time(NaiveTime::MIN).and_utc().timestamp();
            assert_eq!(unix_seconds(&text), Some(expected), "{text}");
        }
    }
}
