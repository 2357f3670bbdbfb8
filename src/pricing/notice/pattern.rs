//! Regular expressions by name. One that begins with `(?i)` is asked of the text in lower case:
//! the crate is built without Unicode case folding, and notices are written in ASCII letters.
//! Imports nothing.
//!
//! Sample: `(?i)end of life` is found in `End of Life: ...`.

use std::ops::Range;

use regex::Regex;

/// A pattern, compiled once.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Option<Regex>,
    any_case: bool,
}

/// Where a pattern and some of its named groups stand.
pub(super) type Groups<const N: usize> = (Range<usize>, [Option<Range<usize>>; N]);

/// Names a pattern.
macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: std::sync::LazyLock<super::pattern::Pattern> =
            std::sync::LazyLock::new(|| super::pattern::Pattern::new($text));
    };
}
pub(super) use pattern;

/// Whether a pattern is found.
pub(super) fn found(pattern: &Pattern, text: &str) -> bool {
    let is_match = |text: &str| {
        pattern
            .regex
            .as_ref()
            .is_some_and(|regex| regex.is_match(text))
    };
    is_match(&pattern.text(text))
}

impl Pattern {
    /// Compiles; a test asks every pattern for something that it must find.
    pub(super) fn new(text: &str) -> Self {
        let folded = text.strip_prefix("(?i)");
        let regex = Regex::new(folded.unwrap_or(text));
        debug_assert!(regex.is_ok(), "{text}");
        Self {
            regex: regex.ok(),
            any_case: folded.is_some(),
        }
    }

    /// Lower case keeps every byte in its place.
    fn text(&self, text: &str) -> String {
        if self.any_case {
            text.to_ascii_lowercase()
        } else {
            text.to_owned()
        }
    }

    /// Where it is found.
    pub(super) fn spans(&self, text: &str) -> Vec<Range<usize>> {
        let text = self.text(text);
        let regex = self.regex.as_ref();
        let spans = regex.map(|regex| regex.find_iter(&text).map(|found| found.range()).collect());
        spans.unwrap_or_default()
    }

    /// Where it is found, each with the spans of some named groups.
    pub(super) fn groups<const N: usize>(&self, text: &str, names: [&str; N]) -> Vec<Groups<N>> {
        let text = self.text(text);
        let Some(regex) = &self.regex else {
            return Vec::new();
        };
        let group = |captures: regex::Captures<'_>| {
            let whole = captures.get(0)?.range();
            let named = names.map(|name| captures.name(name).map(|group| group.range()));
            Some((whole, named))
        };
        regex.captures_iter(&text).filter_map(group).collect()
    }

    /// The text with a space in place of every find.
    pub(super) fn cut(&self, text: &str) -> String {
        let mut left = String::new();
        let mut start = 0;
        for span in self.spans(text) {
            left.push_str(text.get(start..span.start).unwrap_or(""));
            left.push(' ');
            start = span.end;
        }
        left + text.get(start..).unwrap_or("")
    }
}
