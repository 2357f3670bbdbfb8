//! From the lines of a notice to its sentences and list items, each with its line.
//!
//! Notices wrap lines in the middle of a sentence, set lists with and without bullets, repeat
//! words and put footnote marks and addresses anywhere: all of that is put right here, so that
//! one piece of the result says one thing. Imports nothing.
//!
//! Sample: `- Legacy state [2] begins the the\n  following day` is the piece
//! `Legacy state begins the following day`.

use super::pattern::{found, pattern};

/// A sentence or list item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its first line, from 1.
    pub(super) line: usize,
    /// Its words on one line.
    pub(super) text: String,
    /// Which paragraph it belongs to.
    pub(super) paragraph: usize,
}

pattern!(NOISE, r"https?://\S+|\[\d{1,2}\]|<[^>\s]+@[^>\s]+>");
pattern!(ACCOUNT, r"\b\d{12}\b");
pattern!(SENTENCE_END, r#"[^\s(][^\s(][.!?]["')]*\s+"#);
pattern!(DATED_ITEM, r"^[A-Z][a-z]+ \d{1,2}, \d{4}\s*(:|-|–|—)");
pattern!(DATE_ALONE, r"^[A-Z][a-z]+ \d{1,2}, \d{4}\s*\.?$");
pattern!(ENDS_WITH_VALUE, r"(\d{4}|[Tt]okens?)\)?[:.;]?$");
pattern!(
    ANCHOR,
    r"(?i)^(legacy|extended access|public extended|model sunset|end[- ]of[- ]life|eol\b|input|output|cache|updated pricing|applicable regions|important dates|the model|this model)"
);

/// The sentences and items of a text, in order.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut items: Vec<Piece> = Vec::new();
    let mut open = false;
    let mut paragraph = 0;
    let mut header = false;
    for (at, raw) in text.lines().enumerate() {
        let line = clean(raw);
        let (bullet, line) = unbulleted(&line);
        if line.is_empty() {
            // A line of noise alone (an address) ends nothing.
            if raw.trim().is_empty() {
                open = false;
                header = false;
                paragraph += 1;
            }
            continue;
        }
        let folded = header && raw.starts_with([' ', '\t']);
        let last = items.last().map_or("", |item| &*item.text);
        let goes_on = open && !bullet && (folded || (!header && !begins_anew(last, line)));
        match items.last_mut() {
            Some(item) if goes_on => {
                item.text.push(' ');
                item.text.push_str(line);
            }
            _ => items.push(Piece {
                line: at + 1,
                text: line.to_owned(),
                paragraph,
            }),
        }
        if !folded {
            header = is_header(line) && (paragraph == 0 || header);
        }
        open = true;
    }
    items.into_iter().flat_map(sentences).collect()
}

/// Without addresses and footnote marks, in plain spaces.
fn clean(line: &str) -> String {
    let line = line.replace(['\u{a0}', '\u{202f}', '\t'], " ");
    let line = NOISE.cut(&line);
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace(" .", ".").replace(" ,", ",")
}

fn unbulleted(line: &str) -> (bool, &str) {
    for bullet in ["- ", "• ", "* ", "– ", "· ", "> "] {
        if let Some(rest) = line.strip_prefix(bullet) {
            return (true, rest.trim_start());
        }
    }
    match line {
        "-" | "•" | "*" => (true, ""),
        line => (false, line.strip_prefix('•').unwrap_or(line)),
    }
}

/// `Subject: ...` and the like, at the head of a mail.
fn is_header(line: &str) -> bool {
    let name = line.split_once(':').map_or("", |(name, _)| name);
    ["subject", "date", "from", "to", "sent", "cc", "reply-to"]
        .contains(&name.to_ascii_lowercase().as_str())
}

/// Whether a line that follows another in its paragraph says something of its own.
fn begins_anew(last: &str, line: &str) -> bool {
    if last.ends_with(':') {
        return !found(&DATE_ALONE, line);
    }
    found(&DATED_ITEM, line)
        || (found(&ENDS_WITH_VALUE, last) && found(&ANCHOR, line))
        || line.starts_with('[')
        || last.ends_with(']')
        || is_header(line)
        || is_region_like(line)
        || is_region_like(last)
}

/// One word like `US-EAST-1`, with or without a comma.
fn is_region_like(line: &str) -> bool {
    let word = line.trim_end_matches(',');
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    !word.contains(' ') && word.matches('-').count() >= 2 && has_digit && !word.contains('.')
}

fn sentences(item: Piece) -> Vec<Piece> {
    let text = undoubled(&item.text);
    let mut parts = Vec::new();
    let mut start = 0;
    for stop in SENTENCE_END.spans(&text) {
        let next = text.get(stop.end..).and_then(|rest| rest.chars().next());
        let begins = next.is_some_and(|c| c.is_uppercase() || c.is_ascii_digit() || c == '[');
        if begins && let Some(part) = text.get(start..stop.end) {
            parts.push(part.trim().to_owned());
            start = stop.end;
        }
    }
    parts.extend(text.get(start..).map(|rest| rest.trim().to_owned()));
    let piece = |text: String| Piece { text, ..item };
    parts
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(piece)
        .collect()
}

/// A word said twice in a row is said once.
fn undoubled(text: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in text.split(' ') {
        let again = words
            .last()
            .is_some_and(|last| last.eq_ignore_ascii_case(word));
        if !again || !word.chars().all(char::is_alphabetic) {
            words.push(word);
        }
    }
    words.join(" ")
}

/// The text of a piece, short enough for one line of a message, without account numbers.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 90;
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let flat = ACCOUNT.cut(&flat).replace("Account:  ", "Account: ...");
    let flat: String = flat.chars().filter(|c| !c.is_control()).collect();
    match flat.char_indices().nth(MOST) {
        Some((cut, _)) => format!("{}...", flat.get(..cut).unwrap_or(&flat).trim_end()),
        None => flat,
    }
}
