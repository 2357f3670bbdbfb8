//! Where the line ends in which a record stands. Imports nothing of the crate.
//!
//! A line may hold any number of records, and its end may be far: it is looked for once.
//!
//! Sample: in `{}{}\n{}` the first two records end before byte 4, which is found once.

use memchr::memchr;

/// What is known about the ends of lines in a text that is read from its start on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    /// So many bytes at the end of the text were not searched yet.
    unsearched: usize,
}

impl Line {
    /// Nothing of the text was searched.
    pub(crate) fn of(text: &[u8]) -> Self {
        Self {
            unsearched: text.len(),
        }
    }

    /// The position of the line end in what is left of the text, or of the text's own end.
    pub(crate) fn end(&mut self, rest: &[u8]) -> usize {
        self.found(rest).unwrap_or(rest.len())
    }

    /// The position of the line end in what is left of the text, if there is one.
    pub(crate) fn found(&mut self, rest: &[u8]) -> Option<usize> {
        let searched = rest.len().saturating_sub(self.unsearched);
        let end = memchr(b'\n', &rest[searched..]).map(|found| searched + found);
        self.unsearched = rest.len() - end.unwrap_or(rest.len());
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_from_every_place_in_the_line() {
        let text = b"ab\ncd\nef";
        let mut line = Line::of(text);
        let ends: Vec<_> = (0..text.len()).map(|at| line.found(&text[at..])).collect();
        let expected = [2, 1, 0, 2, 1, 0].map(Some);
        assert_eq!(ends, [&expected[..], &[None, None]].concat());
        assert_eq!(Line::of(text).end(&text[6..]), 2);
    }
}
