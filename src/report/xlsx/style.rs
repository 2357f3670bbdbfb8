//! How cells look, and how values become what a cell can hold.
//!
//! Imports `domain` only. Sample: the text `=1+1` is a string with the quote prefix, so that
//! it stays one when somebody edits the cell.

use chrono::NaiveDate;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use crate::domain::Decimal;
use crate::report::table::ColumnKind;

/// Characters that a cell holds at most, in UTF-16 units.
const LONGEST_TEXT: usize = 32_767;

/// The formats of the workbook.
pub(super) struct Styles {
    pub(super) text: Format,
    /// Text that a spreadsheet would run if it were typed.
    pub(super) guarded: Format,
    count: Format,
    pub(super) money: Format,
    decimal: Format,
    share: Format,
    pub(super) date: Format,
    pub(super) month: Format,
    timestamp: Format,
    pub(super) header: Format,
    pub(super) title: Format,
    pub(super) heading: Format,
    pub(super) label: Format,
    pub(super) indented: Format,
    pub(super) note: Format,
    pub(super) alarm: Format,
    pub(super) wrapped: Format,
    pub(super) total: Format,
}

impl Styles {
    pub(super) fn new() -> Self {
        // Beside text of several lines, everything begins in the first.
        let number = |format: &str| {
            let format = Format::new().set_num_format(format);
            format.set_align(FormatAlign::Top)
        };
        let dark = Color::RGB(0x1F_3A_5F);
        let money = "$#,##0.00;-$#,##0.00";
        Self {
            text: Format::new().set_align(FormatAlign::Top),
            guarded: Format::new().set_quote_prefix().set_align(FormatAlign::Top),
            count: number("#,##0"),
            money: number(money),
            decimal: number("#,##0.00########"),
            share: number("0.0%"),
            date: number("yyyy-mm-dd").set_align(FormatAlign::Left),
            month: number("yyyy-mm").set_align(FormatAlign::Left),
            timestamp: number("yyyy-mm-dd hh:mm").set_align(FormatAlign::Left),
            header: Format::new()
                .set_bold()
                .set_font_color(Color::White)
                .set_background_color(dark),
            title: Format::new()
                .set_bold()
                .set_font_size(18)
                .set_font_color(dark),
            heading: Format::new()
                .set_bold()
                .set_font_size(12)
                .set_font_color(dark)
                .set_border_bottom(FormatBorder::Thin),
            indented: Format::new().set_indent(1).set_align(FormatAlign::Top),
            label: Format::new()
                .set_indent(1)
                .set_text_wrap()
                .set_align(FormatAlign::Top),
            note: Format::new()
                .set_italic()
                .set_font_color(Color::RGB(0x59_59_59)),
            alarm: Format::new()
                .set_bold()
                .set_font_color(Color::RGB(0x9C_00_06)),
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            total: number(money).set_bold(),
        }
    }

    /// The format of a column.
    pub(super) fn of(&self, kind: ColumnKind) -> &Format {
        match kind {
            ColumnKind::Text => &self.text,
            ColumnKind::Count | ColumnKind::SignedCount => &self.count,
            ColumnKind::Money => &self.money,
            ColumnKind::Decimal => &self.decimal,
            ColumnKind::Share => &self.share,
            ColumnKind::Date => &self.date,
            ColumnKind::Month => &self.month,
            ColumnKind::Timestamp => &self.timestamp,
        }
    }

    /// The format of a text cell.
    pub(super) fn of_text(&self, text: &str) -> &Format {
        match Self::is_guarded(text) {
            true => &self.guarded,
            false => &self.text,
        }
    }

    /// Whether a spreadsheet would run a text if it were typed.
    pub(super) fn is_guarded(text: &str) -> bool {
        text.starts_with(['=', '+', '-', '@', '\''])
    }
}

/// The double nearest to an exact amount.
#[allow(
    clippy::float_arithmetic,
    reason = "one division of exact doubles, which gives the nearest double as reading digits does"
)]
pub(super) fn number(amount: Decimal) -> Option<f64> {
    // A whole number and a power of ten that doubles hold exactly: their quotient is the nearest.
    const POWERS: [f64; 13] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
    ];
    let exact = i64::try_from(amount.mantissa())
        .ok()
        .filter(|mantissa| mantissa.unsigned_abs() < 1 << 53);
    let power = usize::try_from(amount.scale())
        .ok()
        .and_then(|scale| POWERS.get(scale));
    if let (Some(mantissa), Some(power)) = (exact.filter(|mantissa| *mantissa != 0), power) {
        return Some(count(mantissa) / power);
    }
    amount.normalize().to_string().parse().ok()
}

/// A count as a cell holds it; beyond 2^53 only the leading digits are kept.
#[allow(clippy::cast_precision_loss, reason = "a cell is a double by format")]
pub(super) fn count(count: i64) -> f64 {
    count as f64
}

/// A day as spreadsheets count it: days from 1899-12-30.
pub(super) fn serial(day: NaiveDate) -> i64 {
    /// 1970-01-01 in days from 1899-12-30.
    const EPOCH: i64 = 25_569;
    EPOCH.saturating_add(day.to_epoch_days().into())
}

/// Text as a cell shows it: lines stay lines, other control characters and the marks that
/// hide or turn text around are shown by their code, and what does not fit ends in `…`.
pub(super) fn cell_text(text: &str) -> String {
    if text.len() <= LONGEST_TEXT && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let lines: Vec<String> = text.split('\n').map(crate::report::visible).collect();
    let text = lines
        .join("\n")
        .replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    if text.encode_utf16().count() <= LONGEST_TEXT {
        return text;
    }
    let mut room = LONGEST_TEXT - 1;
    let mut cut: String = text
        .chars()
        .take_while(|c| match room.checked_sub(c.len_utf16()) {
            Some(left) => {
                room = left;
                true
            }
            None => false,
        })
        .collect();
    cut.push('…');
    cut
}

/// How bad a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Alarm,
    Hot,
    Warm,
    Mild,
    Good,
}

impl Tone {
    /// The colours of a cell that says the word.
    pub(super) fn format(self) -> Format {
        let (background, text) = match self {
            Self::Alarm => (0xC0_00_00, 0xFF_FF_FF),
            Self::Hot => (0xFF_C7_CE, 0x9C_00_06),
            Self::Warm => (0xFF_D9_B3, 0x7F_3F_00),
            Self::Mild => (0xFF_F2_CC, 0x7F_60_00),
            Self::Good => (0xE2_EF_DA, 0x37_56_23),
        };
        Format::new()
            .set_align(FormatAlign::Top)
            .set_background_color(Color::RGB(background))
            .set_font_color(Color::RGB(text))
    }
}

/// The words of a column that are coloured.
pub(super) fn tones(column: &str) -> &'static [(&'static str, Tone)] {
    match column {
        "urgency" => &[
            ("expired", Tone::Alarm),
            ("critical", Tone::Hot),
            ("high", Tone::Warm),
            ("medium", Tone::Mild),
            ("low", Tone::Good),
        ],
        "phase" | "event" => &[
            ("end-of-life", Tone::Hot),
            ("extended-access", Tone::Warm),
            ("legacy", Tone::Mild),
            ("start-by", Tone::Good),
        ],
        "severity" => &[("error", Tone::Hot), ("warning", Tone::Mild)],
        "price_basis" => &[("unpriced", Tone::Hot), ("assumed", Tone::Mild)],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_is_the_double_that_its_digits_read_as(
            mantissa in -(1_i64 << 60)..(1_i64 << 60),
            shift in 0_u32..60,
            scale in 0_u32..=28,
        ) {
            let amount = Decimal::new(mantissa >> shift, scale);
            let read: f64 = amount.normalize().to_string().parse().unwrap();
            prop_assert_eq!(number(amount).unwrap().to_bits(), read.to_bits());
        }
    }
}
