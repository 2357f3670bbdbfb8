//! `eolcast completions` and `eolcast man`: help in the forms that shells and `man` read,
//! made from the same flags as `--help`.
//!
//! Imports `cli`. Sample: `eolcast man fetch metrics` prints the page `eolcast-fetch-metrics(1)`.

use std::io::Write;

use anyhow::bail;
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::Outcome;
use crate::cli::{Cli, CompletionsArgs, ManArgs};

pub(super) fn completions(arguments: &CompletionsArgs) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "eolcast", &mut script);
    print(&script)
}

pub(super) fn man(arguments: &ManArgs) -> anyhow::Result<Outcome> {
    // Building gives every command its full name and the flags it inherits.
    let mut root = Cli::command();
    root.build();
    let command = find(&root, &arguments.command)?.clone();
    let mut page = Vec::new();
    Man::new(command)
        .source(concat!("eolcast ", env!("CARGO_PKG_VERSION")))
        .render(&mut page)?;
    print(&page)
}

/// The command that these words name.
fn find<'c>(root: &'c Command, words: &[String]) -> anyhow::Result<&'c Command> {
    let mut command = root;
    for word in words {
        let Some(named) = command.find_subcommand(word) else {
            let known: Vec<&str> = command
                .get_subcommands()
                .filter(|command| !command.is_hide_set())
                .map(Command::get_name)
                .collect();
            if known.is_empty() {
                bail!("{} has no commands of its own", command.get_name());
            }
            bail!(
                "there is no command '{word}'; {} has {}",
                command.get_name(),
                known.join(", ")
            );
        };
        command = named;
    }
    Ok(command)
}

/// Whole or, into a closed pipe, an error that `main` knows.
fn print(bytes: &[u8]) -> anyhow::Result<Outcome> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(Outcome::Complete)
}
