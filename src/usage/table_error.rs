//! What can be wrong with a usage table. A table with one bad cell is refused whole, with
//! the row, the column and the way out. Imports `domain` only.
//!
//! Sample: `usage.csv:3: requests: '12.5' is not a whole count; write digits only, or leave
//! the cell empty`. Rows are numbered as a spreadsheet does (the header is row 1); in
//! Parquet, which has no header row, from 1.

use std::io;

use chrono::NaiveDate;

use super::UsageColumn;
use crate::domain::{EndpointScope, Granularity};

/// A usage table that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum UsageTableError {
    /// The file cannot be opened or read.
    #[error("{file}: cannot be read")]
    Read {
        /// The table.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("{file}: cannot be written")]
    Write {
        /// The table.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// No header row.
    #[error(
        "{file}: is empty; a usage table begins with a header row: {}",
        header()
    )]
    NoHeader {
        /// The table.
        file: String,
    },
    /// A column that the contract does not have.
    #[error(
        "{file}: unknown column '{column}'; remove it or rename it to one of: {}",
        header()
    )]
    UnknownColumn {
        /// The table.
        file: String,
        /// The name in the header.
        column: String,
    },
    /// A column that stands twice.
    #[error("{file}: column '{column}' stands twice; keep one of them")]
    RepeatedColumn {
        /// The table.
        file: String,
        /// The name in the header.
        column: UsageColumn,
    },
    /// A key column that is not there.
    #[error(
        "{file}: column '{column}' is missing; add it (its cells may be empty only where the value is not known)"
    )]
    MissingColumn {
        /// The table.
        file: String,
        /// The name that is missing.
        column: UsageColumn,
    },
    /// A row with too few or too many cells.
    #[error(
        "{file}:{row}: has {cells} cells where the header has {columns}; quote cells that hold commas"
    )]
    RowWidth {
        /// The table.
        file: String,
        /// The row.
        row: u64,
        /// Cells found.
        cells: usize,
        /// Columns of the header.
        columns: usize,
    },
    /// Bytes that are not text.
    #[error("{file}:{row}: is not UTF-8; save the table as UTF-8")]
    NotUtf8 {
        /// The table.
        file: String,
        /// The row.
        row: u64,
    },
    /// A cell that cannot be understood.
    #[error("{file}:{row}: {column}: {problem}")]
    Cell {
        /// The table.
        file: String,
        /// The row.
        row: u64,
        /// The column.
        column: UsageColumn,
        /// What is wrong with it, and the way out.
        problem: CellProblem,
    },
    /// Two rows for the same usage.
    #[error(
        "{file}:{second}: repeats the key of row {first} (all columns but the counts are equal); add the counts up in one row"
    )]
    DuplicateKey {
        /// The table.
        file: String,
        /// The earlier row.
        first: u64,
        /// The later row.
        second: u64,
    },
    /// A Parquet column of a type that cannot hold such values without loss.
    #[error("{file}: column '{column}' has type {found}; write it as {expected}")]
    ColumnType {
        /// The table.
        file: String,
        /// The column.
        column: UsageColumn,
        /// Its type.
        found: String,
        /// A type that is accepted.
        expected: &'static str,
    },
    /// A Parquet file that is damaged, or in a form that cannot be read.
    #[error(
        "{file}: is not a readable Parquet file ({reason}); write it again, counts as Int64 and texts as String"
    )]
    Parquet {
        /// The table.
        file: String,
        /// What the reader says.
        reason: String,
    },
    /// A count that the contract's Int64 cannot hold.
    #[error(
        "{file}: {column}: {count} is more than 9223372036854775807, the most that a table holds; look for a count that cannot be right"
    )]
    CountTooLarge {
        /// The table.
        file: String,
        /// The column.
        column: UsageColumn,
        /// The count.
        count: u64,
    },
}

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CellProblem {
    /// Nothing where something must stand.
    #[error("is empty; every row needs it")]
    Missing,
    /// Not a moment.
    #[error("'{0}' is not a timestamp; write it as YYYY-MM-DDTHH:MM:SSZ (UTC)")]
    NotATimestamp(String),
    /// A day where an hour must stand.
    #[error(
        "{0} is a date, and the row is one of an hour; write YYYY-MM-DDTHH:MM:SSZ, or set granularity to day"
    )]
    DateForAnHour(NaiveDate),
    /// A moment inside the hour or day.
    #[error("{moment} is not the start of {}; give the start, or add the rows of one {} up", match granularity { Granularity::Hour => "an hour", Granularity::Day => "a day" }, granularity.as_str())]
    NotAStart {
        /// The cell.
        moment: String,
        /// What the row says it stands for.
        granularity: Granularity,
    },
    /// Not a whole number.
    #[error("'{0}' is not a whole count; write digits only, or leave the cell empty")]
    NotACount(String),
    /// Below zero.
    #[error("{0} is negative; a count is 0 or more, and an unknown one is an empty cell")]
    Negative(String),
    /// More than an Int64 holds.
    #[error(
        "{0} is more than 9223372036854775807, the most that a table holds; look for a count that cannot be right"
    )]
    TooLarge(String),
    /// Not one of the words of the contract.
    #[error("'{word}' is not known; write one of: {allowed}")]
    UnknownWord {
        /// The cell.
        word: String,
        /// The words of the contract.
        allowed: String,
    },
    /// Not a JSON object of texts.
    #[error(
        "is not a JSON object of texts ({0}); write it like {{\"team\":\"search\"}}, or leave the cell empty"
    )]
    NotMetadata(String),
    /// The name of the model says another scope than the row.
    #[error(
        "is {written}, but {model} is a name of scope {named}; correct one of them, or leave the cell empty"
    )]
    AnotherScope {
        /// The cell.
        written: EndpointScope,
        /// What the name says.
        named: EndpointScope,
        /// The name.
        model: String,
    },
    /// More failed calls than calls.
    #[error(
        "{failed} failed requests and {without_counts} without counts are more than the row's {requests} requests; requests counts all of them"
    )]
    MoreThanRequests {
        /// All calls.
        requests: u64,
        /// Failed calls.
        failed: u64,
        /// Successful calls of which nothing is known.
        without_counts: u64,
    },
}

fn header() -> String {
    UsageColumn::ALL.map(UsageColumn::as_str).join(", ")
}
