//! Parse, read the clock, run, print the error chain, exit status.

use std::process::ExitCode;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use clap::Parser;

use eolcast::cli::Cli;
use eolcast::commands;
use eolcast::report::visible;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let now = DateTime::<Utc>::from(SystemTime::now());
    match commands::run(&cli, now) {
        Ok(outcome) => outcome.into(),
        // A reader that has seen enough (`| head`) is no failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Names in it come from outside; the lines of a message are ours.
            for line in format!("eolcast: {error:#}").lines() {
                eprintln!("{}", visible(line));
            }
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
