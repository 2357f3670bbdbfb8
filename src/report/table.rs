//! The neutral table: typed columns and cells, before any format.
//!
//! A cell says what a value is, never how it looks; formats look at the kind of the column.
//! Imports `domain` only. Sample: the column `list_cost` of kind `Money` holds
//! `Cell::Money(3.96)`, or `Cell::Empty` where no price is known.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::{Decimal, Month, Text, Usd};

/// Places of money and shares in every table: what Parquet's `Decimal(38,12)` holds.
pub(crate) const SCALE: u32 = 12;

/// Digits of the same, places included.
pub(crate) const PRECISION: u32 = 38;

/// The amount in units of 10^-12; `None` when it has more places or too many digits.
/// (`Decimal::rescale` stops silently where its 96 bits end.)
pub(crate) fn mantissa(amount: Decimal) -> Option<i128> {
    const MOST: i128 = 10_i128.pow(PRECISION);
    let amount = match amount.scale() {
        // Zeros at the end are divided off only where they are too many.
        ..=SCALE => amount,
        _ => amount.normalize(),
    };
    let zeros = SCALE.checked_sub(amount.scale())?;
    let mantissa = amount.mantissa().checked_mul(10_i128.checked_pow(zeros)?)?;
    (-MOST < mantissa && mantissa < MOST).then_some(mantissa)
}

/// Whether [`mantissa`] gives one.
pub(super) fn fits(amount: Decimal) -> bool {
    // So many digits have room for all places; more are rare.
    const SURE: u128 = 10_u128.pow(PRECISION - SCALE);
    let is_short = amount.scale() <= SCALE && amount.mantissa().unsigned_abs() < SURE;
    is_short || mantissa(amount).is_some()
}

/// A table of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The file's name without ending.
    pub name: &'static str,
    /// The header, in order.
    pub columns: Vec<Column>,
    /// One cell per column.
    pub rows: Vec<Vec<Cell>>,
}

/// A column's name and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The name in the header row.
    pub name: &'static str,
    /// What its cells are.
    pub kind: ColumnKind,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Words and names; from outside, so every format has to make them harmless.
    Text,
    /// How many; never negative.
    Count,
    /// A difference in days; may be negative.
    SignedCount,
    /// US dollars.
    Money,
    /// An exact number that is no money: a quantity, a price per unit.
    Decimal,
    /// A part of a whole, 0 to 1.
    Share,
    /// A UTC day.
    Date,
    /// A calendar month.
    Month,
    /// A UTC moment.
    Timestamp,
}

/// One value; values of one column are ordered as people order them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// Not known, or does not apply; never 0.
    Empty,
    /// A word of the contract.
    Word(&'static str),
    /// A text, possibly from outside.
    Text(Text),
    /// A count or a signed count.
    Count(i64),
    /// US dollars, exact.
    Money(Usd),
    /// A quantity, a unit price or a share, exact.
    Decimal(Decimal),
    /// A day.
    Date(NaiveDate),
    /// A month.
    Month(Month),
    /// A moment.
    Timestamp(DateTime<Utc>),
}

impl Cell {
    /// The text of a text cell.
    pub fn text(&self) -> Option<&str> {
        self.view().text()
    }

    /// The exact number of a money or decimal cell.
    pub fn decimal(&self) -> Option<Decimal> {
        self.view().decimal()
    }

    /// The cell, looked at.
    pub(super) fn view(&self) -> View<'_> {
        match self {
            Self::Empty => View::Empty,
            Self::Word(word) => View::Word(word),
            Self::Text(text) => View::Shared(text),
            Self::Count(count) => View::Count(*count),
            Self::Money(amount) => View::Money(*amount),
            Self::Decimal(value) => View::Decimal(*value),
            Self::Date(day) => View::Date(*day),
            Self::Month(month) => View::Month(*month),
            Self::Timestamp(moment) => View::Timestamp(*moment),
        }
    }
}

/// A value where it was made: what a [`Cell`] would hold of it, not copied.
#[derive(Debug, Clone, Copy)]
pub(super) enum View<'v> {
    Empty,
    Word(&'static str),
    /// A text that many rows share.
    Shared(&'v Text),
    /// Any other text.
    Text(&'v str),
    Count(i64),
    Money(Usd),
    Decimal(Decimal),
    Date(NaiveDate),
    Month(Month),
    Timestamp(DateTime<Utc>),
}

impl<'v> View<'v> {
    /// The text of a text value.
    pub(super) fn text(self) -> Option<&'v str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Shared(text) => Some(text),
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The exact number of a money or decimal value.
    pub(super) fn decimal(self) -> Option<Decimal> {
        match self {
            Self::Money(amount) => Some(amount.amount()),
            Self::Decimal(value) => Some(value),
            _ => None,
        }
    }

    /// A cell of its own.
    pub(super) fn to_cell(self) -> Cell {
        match self {
            Self::Empty => Cell::Empty,
            Self::Word(word) => Cell::Word(word),
            Self::Shared(text) => Cell::Text(text.clone()),
            Self::Text(text) => Cell::Text(text.into()),
            Self::Count(count) => Cell::Count(count),
            Self::Money(amount) => Cell::Money(amount),
            Self::Decimal(value) => Cell::Decimal(value),
            Self::Date(day) => Cell::Date(day),
            Self::Month(month) => Cell::Month(month),
            Self::Timestamp(moment) => Cell::Timestamp(moment),
        }
    }
}

/// A report that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A count that the contract's Int64 cannot hold.
    #[error(
        "{table}: {column}: {count} is more than 9223372036854775807, the most that a table holds; look for a count that cannot be right"
    )]
    CountTooLarge {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The count.
        count: u64,
    },
    /// An amount that the contract's Decimal(38,12) cannot hold.
    #[error(
        "{table}: {column}: {amount} does not fit 38 digits with 12 places; look for a price or a rate with more places than its unit allows"
    )]
    AmountDoesNotFit {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The amount.
        amount: Decimal,
    },
    /// A folder or file that cannot be created.
    #[error("{}: cannot be created; choose another folder with --out", path.display())]
    Create {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that cannot be written or put in its place.
    #[error("{}: cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A table that polars refuses.
    #[error("{table}: cannot be made into Parquet: {reason}")]
    Parquet {
        /// The table.
        table: &'static str,
        /// What polars says.
        reason: String,
    },
    /// A workbook that cannot be made.
    #[error("eolcast.xlsx: cannot be made: {reason}")]
    Workbook {
        /// What the library says.
        reason: String,
    },
    /// A thread that makes the files ended before its work was done.
    #[error("a writing thread ended abnormally; this is a defect of eolcast")]
    Thread,
    /// Sums of the first screen that do not fit.
    #[error(transparent)]
    Sum(#[from] crate::domain::MoneyOverflow),
}

impl ReportError {
    /// A file that cannot be written.
    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write {
            path: path.to_owned(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_fits_has_a_mantissa(
            mantissa_of in prop_oneof![any::<i64>().prop_map(i128::from), -(1_i128 << 95)..(1_i128 << 95)],
            zeros in 0_u32..16,
            scale in 0_u32..=28,
        ) {
            let number = mantissa_of / 10_i128.pow(zeros) * 10_i128.pow(zeros);
            let amount = Decimal::from_i128_with_scale(number, scale);
            prop_assert_eq!(fits(amount), mantissa(amount).is_some());
        }
    }
}
