//! Words of the page: amounts, dates, names from outside, and the tables they stand in.
//!
//! Imports `domain`. Sample: an unknown amount is a dash that a screen reader calls `not known`,
//! never `$0.00`.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::format::visible;
use crate::domain::{Month, PriceBasis, Usd};

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// The head of a column.
pub(super) type Head = (&'static str, Align);

/// A name from outside, kept apart from the text around it.
pub(super) fn name(text: &str) -> Markup {
    html! { bdi { (visible(text)) } }
}

/// What is not known; never 0.
pub(super) fn unknown() -> Markup {
    html! { span aria-hidden="true" { "–" } span.unseen { "not known" } }
}

pub(super) fn money(amount: Option<Usd>) -> Markup {
    match amount {
        Some(amount) => html! { (amount.in_words()) },
        None => unknown(),
    }
}

pub(super) fn date(day: Option<NaiveDate>) -> Markup {
    match day {
        Some(day) => html! { time datetime=(day) { (day) } },
        None => unknown(),
    }
}

/// The basis of a sum; a part of it may have no price.
pub(super) fn basis(basis: Option<PriceBasis>) -> &'static str {
    match basis {
        None => "",
        Some(PriceBasis::Unpriced) => "unpriced in part",
        Some(basis) => basis.as_str(),
    }
}

/// `October 2026`.
pub(super) fn month_name(month: Month) -> String {
    month.first_day().format("%B %Y").to_string()
}

/// A table in a region that scrolls by itself, so that the page never does sideways; `foot` is
/// a last row of sums.
pub(super) fn table(
    caption: &str,
    heads: &[Head],
    rows: &[Vec<Markup>],
    foot: Option<&[Markup]>,
) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for (head, align) in heads { th scope="col" class=[right(*align)] { (head) } } } }
                tbody { @for row in rows { tr { (cells(heads, row)) } } }
                @if let Some(foot) = foot { tfoot { tr { (cells(heads, foot)) } } }
            }
        }
    }
}

fn cells(heads: &[Head], row: &[Markup]) -> Markup {
    html! {
        @for (at, (cell, (_, align))) in row.iter().zip(heads).enumerate() {
            @if at == 0 {
                th scope="row" class=[right(*align)] { (cell) }
            } @else {
                td class=[right(*align)] { (cell) }
            }
        }
    }
}

fn right(align: Align) -> Option<&'static str> {
    (align == Align::Right).then_some("number")
}

/// How many rows a table leaves out, and where they are.
pub(super) fn left_out(all: usize, shown: usize, table: &str) -> Markup {
    html! {
        @if all > shown { p { (all - shown) " more are in the table " (table) " (CSV, Parquet)." } }
    }
}

/// A drawing with its caption, its legend, and its numbers to fold out.
pub(super) fn figure(
    label: &str,
    caption: &Markup,
    legend: &[(&'static str, &str)],
    drawing: &Markup,
    numbers: &Markup,
) -> Markup {
    html! {
        figure {
            figcaption { (caption) }
            @if !legend.is_empty() {
                ul.legend aria-hidden="true" {
                    @for (class, words) in legend { li { i class={"swatch " (class)} {} (words) } }
                }
            }
            div.scroll.drawing role="region" tabindex="0" aria-label=(label) { (drawing) }
            details.numbers { summary { "The numbers as a table" } (numbers) }
        }
    }
}
