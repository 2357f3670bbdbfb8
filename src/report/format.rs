//! How names look to a person (numbers: `in_words` of `domain`).
//!
//! Text from outside is made visible: a control
//! character, a line break or an invisible mark that turns text around is shown by its code,
//! so that no name can move the cursor or forge a line. Widths are those of the terminal
//! (a Japanese character takes two columns).
//!
//! Imports `domain` only. Sample: 12345.675 is `$12,345.68`; a line break in a name is
//! shown as the two characters `\n`.

use comfy_table::Table;

use crate::domain::ModelId;

/// A model's id without what rarely tells models apart: provider, release date, `-v1:0`.
/// `anthropic.claude-3-5-sonnet-20241022-v2:0` is `claude-3-5-sonnet-v2`.
pub fn short_model(model: &ModelId) -> String {
    let id = model.as_str();
    if id.contains('/') {
        return id.to_owned();
    }
    // `deepseek.v3.2` without its provider would be no name.
    let is_version = |name: &str| {
        let mut chars = name.chars();
        chars.next() == Some('v') && chars.next().is_some_and(|c| c.is_ascii_digit())
    };
    let name = match id.split_once('.') {
        Some((_, name)) if !is_version(name) => name,
        _ => id,
    };
    let name = name.strip_suffix("-v1:0").unwrap_or(name);
    let name = name.strip_suffix(":0").unwrap_or(name);
    let is_date = |part: &&str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = name.split('-').filter(|part| !is_date(part)).collect();
    parts.join("-")
}

/// Text from outside, every character visible, on one line.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Marks that hide, break or turn around what follows. Joiners stay: emoji need them.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Columns that a visible text takes on a terminal.
pub(crate) fn display_width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let mut table = Table::new();
    table.add_row([text]);
    let widths = table.column_max_content_widths();
    widths.first().copied().map_or(0, usize::from)
}

/// The text itself, or as much of it as fits with `…` at its end.
pub(crate) fn truncated(text: &str, width: usize) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(1) else {
        return String::new();
    };
    let mut kept = String::new();
    for c in text.chars() {
        let before = kept.len();
        kept.push(c);
        if display_width(&kept) > room {
            kept.truncate(before);
            break;
        }
    }
    kept.push('…');
    kept
}

/// Breaks a visible text into at most `most` lines of a width, at spaces where it can.
pub(crate) fn wrapped(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut words = text.split(' ').peekable();
    while words.peek().is_some() {
        if lines.len() + 1 >= most {
            let rest: Vec<&str> = words.collect();
            lines.push(truncated(&rest.join(" "), width));
            break;
        }
        let mut line = String::new();
        while let Some(word) = words.peek() {
            let space = if line.is_empty() { "" } else { " " };
            let longer = format!("{line}{space}{word}");
            if display_width(&longer) > width && !line.is_empty() {
                break;
            }
            line = longer;
            words.next();
        }
        lines.push(truncated(&line, width));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_shortened_and_still_told_apart() {
        for (id, short) in [
            (
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
                "claude-sonnet-4-5",
            ),
            (
                "anthropic.claude-3-5-sonnet-20240620-v1:0",
                "claude-3-5-sonnet",
            ),
            (
                "anthropic.claude-3-5-sonnet-20241022-v2:0",
                "claude-3-5-sonnet-v2",
            ),
            ("amazon.titan-embed-text-v1", "titan-embed-text-v1"),
            ("deepseek.v3.2", "deepseek.v3.2"),
            ("abcd1234efgh", "abcd1234efgh"),
        ] {
            assert_eq!(short_model(&ModelId::new(id)), short);
        }
        let arn = "arn:aws:bedrock:us-east-1:111122223333:imported-model/a.b-v1:0";
        assert_eq!(short_model(&ModelId::new(arn)), arn);
    }

    #[test]
    fn no_name_moves_the_cursor_or_turns_text_around() {
        assert_eq!(visible("a\n\t\u{1b}[31m"), "a\\n\\t\\u{1b}[31m");
        assert_eq!(visible("\u{202e}gpj.exe\u{9b}"), "\\u{202e}gpj.exe\\u{9b}");
        assert_eq!(visible("家計簿 🚀 \"x\""), "家計簿 🚀 \"x\"");
    }

    #[test]
    fn widths_are_those_of_the_terminal() {
        assert_eq!(display_width("家計簿"), 6);
        assert_eq!(display_width(""), 0);
        assert_eq!(truncated("家計簿", 6), "家計簿");
        assert_eq!(truncated("家計簿", 5), "家計…");
        assert_eq!(truncated("家計簿", 4), "家…");
        assert_eq!(truncated("checkout", 5), "chec…");
        assert_eq!(truncated("checkout", 0), "");
        assert_eq!(wrapped("one two three", 7, 3), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 7, 1), ["one tw…"]);
    }
}
