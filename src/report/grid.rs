//! Columns of text that fit a width exactly.
//!
//! Every cell is made visible first; when a row would be too wide, the flexible columns are
//! cut, the widest first. Colour is added after the widths are known, and only when told.
//!
//! Imports this room only. Sample: two columns of widths 3 and 5 with a gap of two make
//! lines of at most 10 characters.

use anstyle::Style;

use super::format::{display_width, truncated, visible};

/// Whether the screen may use colour; never the only carrier of meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Plain text: a pipe, a file, `NO_COLOR`.
    #[default]
    Plain,
    /// ANSI escape codes.
    Ansi,
}

impl Colour {
    /// The text in a style, if colour is wanted.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        match self {
            Self::Ansi if !text.is_empty() => {
                format!("{}{text}{}", style.render(), style.render_reset())
            }
            _ => text.to_owned(),
        }
    }
}

/// On which side a column is filled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Names.
    Left,
    /// Names that may be cut.
    Flexible,
    /// Numbers.
    Right,
}

const GAP: usize = 2;
/// What is left of a flexible column at least.
const LEAST: usize = 6;

/// Rows under a header.
pub(crate) struct Grid {
    aligns: Vec<Align>,
    rows: Vec<Vec<(String, Style)>>,
}

impl Grid {
    /// Starts with the header row.
    pub(crate) fn new<const N: usize>(header: [(&str, Align); N]) -> Self {
        let titles = header
            .iter()
            .map(|(title, _)| ((*title).to_owned(), Style::new().dimmed()));
        Self {
            aligns: header.iter().map(|(_, align)| *align).collect(),
            rows: vec![titles.collect()],
        }
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.styled(cells.map(|text| (text, Style::new())));
    }

    /// Adds a row with styles.
    pub(crate) fn styled<const N: usize>(&mut self, cells: [(String, Style); N]) {
        let shown = cells.map(|(text, style)| (visible(&text), style));
        self.rows.push(shown.into());
    }

    /// The lines, the header first, each at most `width` columns wide.
    pub(crate) fn lines(&self, width: usize, indent: usize, colour: Colour) -> Vec<String> {
        let widths = self.widths(width.saturating_sub(indent));
        self.rows
            .iter()
            .map(|row| {
                let mut line = " ".repeat(indent);
                let mut used = indent;
                for (at, (text, style)) in row.iter().enumerate() {
                    let room = widths[at].min(width.saturating_sub(used));
                    let text = truncated(text, room);
                    let fill = " ".repeat(room.saturating_sub(display_width(&text)));
                    let painted = colour.paint(*style, &text);
                    match self.aligns[at] {
                        Align::Right => line.extend([fill.as_str(), &painted]),
                        _ => line.extend([painted.as_str(), &fill]),
                    }
                    used += room + GAP;
                    line.push_str(&" ".repeat(GAP));
                }
                line.trim_end().to_owned()
            })
            .collect()
    }

    fn widths(&self, room: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = (0..self.aligns.len())
            .map(|at| {
                let cells = self.rows.iter().map(|row| display_width(&row[at].0));
                cells.max().unwrap_or(0)
            })
            .collect();
        let gaps = GAP * self.aligns.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > room {
            let widest = (0..widths.len())
                .filter(|at| self.aligns[*at] == Align::Flexible && widths[*at] > LEAST)
                .max_by_key(|at| widths[*at]);
            match widest {
                Some(at) => widths[at] -= 1,
                // Nothing to give: the line is cut at its end.
                None => break,
            }
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new([("name", Align::Flexible), ("cost", Align::Right)]);
        grid.row(["家計簿サービスの要約".to_owned(), "$1.00".to_owned()]);
        grid.row(["a\nb".to_owned(), "$1,000.00".to_owned()]);
        grid
    }

    #[test]
    fn flexible_columns_give_way_and_wide_characters_count_twice() {
        let lines = grid().lines(24, 2, Colour::Plain);
        assert_eq!(
            lines,
            [
                "  name              cost",
                "  家計簿サー…      $1.00",
                "  a\\nb         $1,000.00"
            ]
        );
        assert!(lines.iter().all(|line| display_width(line) == 24));
        for width in 0..40 {
            for line in grid().lines(width, 2, Colour::Plain) {
                assert!(display_width(&line) <= width.max(2), "{width}: {line}");
            }
        }
    }

    #[test]
    fn colour_adds_codes_and_no_columns() {
        let mut grid = Grid::new([("a", Align::Left), ("b", Align::Left)]);
        let red = Style::new().bold();
        grid.styled([("x".to_owned(), red), ("y".to_owned(), Style::new())]);
        assert_eq!(grid.lines(10, 0, Colour::Ansi)[1], "\u{1b}[1mx\u{1b}[0m  y");
        assert_eq!(grid.lines(10, 0, Colour::Plain)[1], "x  y");
    }
}
