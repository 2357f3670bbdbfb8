//! One file a command: wiring only. What a command prints goes through `report`.

mod catalogs;
mod check;
mod explain;
mod fetch;
mod help;
mod impact;
mod legacy_drift;
mod loading;
mod notice;
mod pipeline;
mod progress;
mod report;
mod screen;

use std::process::ExitCode;

use chrono::{DateTime, Utc};

use crate::cli::{Cli, Command};

/// How a run ended, as the contract of exit statuses has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Written, and all input was read.
    Complete,
    /// Written, but some input could not be read (or `--strict` objects).
    Incomplete,
    /// `--fail-on` is met.
    Urgent,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete => Self::SUCCESS,
            Outcome::Incomplete => Self::from(1),
            Outcome::Urgent => Self::from(3),
        }
    }
}

/// Runs a command. `now` is the clock's only reading; an error means status 2.
pub fn run(cli: &Cli, now: DateTime<Utc>) -> anyhow::Result<Outcome> {
    let today = now.date_naive();
    match &cli.command {
        Command::Report(arguments) => report::run(arguments, today),
        Command::Explain(arguments) => explain::run(arguments, today),
        Command::Fetch(arguments) => fetch::run(arguments, now),
        Command::Check(arguments) => check::run(arguments, today),
        Command::Notice(arguments) => notice::run(arguments, today),
        Command::Completions(arguments) => help::completions(arguments),
        Command::Man(arguments) => help::man(arguments),
    }
}
