//! What standard output can show: how wide it is, and whether it takes colour.
//!
//! A pipe or a file gets 100 columns and no colour, so that the text in it is the same for
//! everybody. Sample: on a terminal of 200 columns the summary is 160 columns wide.

use std::io::IsTerminal;

use terminal_size::{Width, terminal_size_of};

use crate::report::Colour;

/// In a pipe, and on a terminal that does not say.
const WIDTH: usize = 100;

/// Names need the least; beyond the most, eyes lose the row.
const NARROWEST: usize = 80;
const WIDEST: usize = 160;

/// The columns to fill.
pub(super) fn width() -> usize {
    let out = std::io::stdout();
    // A terminal of no columns is one that does not know.
    match terminal_size_of(&out).filter(|_| out.is_terminal()) {
        Some((Width(columns), _)) if columns > 0 => usize::from(columns).clamp(NARROWEST, WIDEST),
        _ => WIDTH,
    }
}

/// Colour only on a terminal, and not against `NO_COLOR` (any value but the empty one).
pub(super) fn colour() -> Colour {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if std::io::stdout().is_terminal() && !refused {
        Colour::Ansi
    } else {
        Colour::Plain
    }
}
