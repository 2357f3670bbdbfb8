//! The Regions of a notice, in all spellings: upper case one a line, lower case in a sentence,
//! "in all AWS Regions", or none. Imports nothing.
//!
//! Sample: `Applicable Regions:`, `US-EAST-1`, `US-WEST-2` on three lines are us-east-1 and
//! us-west-2.

use std::collections::BTreeSet;

use super::Refusal;
use super::lines::Piece;
use super::pattern::{found, pattern};

pattern!(
    CODE,
    r"(?i)\b[a-z]{2,4}(?:-gov|-iso[a-z]?)?-[a-z]+-\d{1,2}\b"
);
pattern!(
    ALL,
    r"(?i)\ball (the )?((aws|commercial|bedrock|available|supported) )*regions\b"
);
pattern!(BLOCK, r"(?i)^(applicable|affected|impacted) regions?\s*:");
pattern!(
    ELSEWHERE,
    r"(?i)\b(except|excluding|other than|remains? (active|available)|continues? to be (active|available)|not affected)\b"
);

/// The Regions, `*` for all; empty where the notice names none.
pub(super) fn read(pieces: &[Piece], known: &BTreeSet<String>) -> Result<Vec<String>, Refusal> {
    let mut listed = BTreeSet::new();
    let mut told = BTreeSet::new();
    let mut all = None;
    let mut block = None;
    let mut heading = None;
    for piece in pieces {
        let (in_list, words) = match (found(&BLOCK, &piece.text), block) {
            (true, _) => {
                block = Some(piece.paragraph);
                heading = heading.or(Some(piece));
                let rest = piece.text.split_once(':').map_or("", |(_, rest)| rest);
                (true, rest.trim())
            }
            // The list may stand below a blank line, but not go on after one.
            (false, Some(paragraph)) => {
                let near = piece.paragraph == paragraph
                    || (listed.is_empty() && piece.paragraph == paragraph + 1);
                let still = near && is_list_line(&piece.text);
                if !still {
                    block = None;
                }
                (still, &*piece.text)
            }
            (false, None) => (false, &*piece.text),
        };
        if in_list && piece.paragraph != block.unwrap_or(piece.paragraph) {
            block = Some(piece.paragraph);
        }
        if found(&ALL, words) {
            all = all.or(Some(piece));
        }
        let mut rest = words.to_owned();
        for code in codes(words) {
            rest = rest.replacen(code, "", 1);
            let region = code.to_ascii_lowercase();
            if !known.contains(&region) {
                return Err(unknown(piece, code));
            }
            if found(&ELSEWHERE, words) {
                return Err(Refusal::quoting(
                    piece.line,
                    "a Region is named as an exception",
                    &piece.text,
                    "take the sentence out and list the Regions that are meant below `Applicable Regions:`",
                ));
            }
            if in_list {
                listed.insert(region);
            } else {
                told.insert(region);
            }
        }
        let left: Vec<&str> = rest
            .split([',', ';'])
            .map(|part| part.trim_matches(|c: char| !c.is_alphanumeric()))
            .filter(|part| !part.is_empty() && *part != "and")
            .collect();
        if in_list
            && !found(&ALL, words)
            && let Some(word) = left.first()
        {
            return Err(unknown(piece, word));
        }
    }
    if let (Some(piece), true, None) = (heading, listed.is_empty(), all) {
        return Err(Refusal::quoting(
            piece.line,
            "no Region stands below",
            &piece.text,
            "list their codes there, for example us-east-1",
        ));
    }
    match (all, listed.is_empty()) {
        (_, false) => Ok(listed.into_iter().collect()),
        (Some(piece), true) if !told.is_empty() => Err(Refusal::quoting(
            piece.line,
            "all Regions are named, and some of them by themselves",
            &piece.text,
            "list the Regions that are meant below `Applicable Regions:`",
        )),
        (Some(_), true) => Ok(vec!["*".to_owned()]),
        (None, true) => Ok(told.into_iter().collect()),
    }
}

fn codes(words: &str) -> Vec<&str> {
    let spans = CODE.spans(words).into_iter();
    spans.filter_map(|span| words.get(span)).collect()
}

/// A line of a list of Regions: no sentence, no label, no date.
fn is_list_line(text: &str) -> bool {
    let words = text.split_whitespace().count();
    let named = !codes(text).is_empty() || found(&ALL, text);
    !text.ends_with('.') && !text.contains(':') && (named || words <= 4)
}

fn unknown(piece: &Piece, word: &str) -> Refusal {
    Refusal::quoting(
        piece.line,
        &format!("'{word}' is no Region that the tables know"),
        &piece.text,
        "write its code, for example us-east-1",
    )
}
