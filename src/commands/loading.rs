//! The tables of a run: the embedded ones or a folder, and before them the user's own rows.
//!
//! Imports everything a command may. Sample: `--rows my-rows.toml` gives the embedded tables
//! with the rows of that file before them, and the finding `info[user-rows]: my-rows.toml`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::diagnostic::{Diagnostic, Severity};
use crate::pricing::{Tables, UserFile, UserRows, validate_user_rows};
use crate::settings::Settings;

/// What the user's own rows are and what there is to say of them.
#[derive(Debug, Default)]
pub(super) struct OwnRows {
    pub(super) taken: Vec<UserRows>,
    problems: Vec<Diagnostic>,
}

impl OwnRows {
    /// Names the files; a row that is wrong would give wrong numbers, so it ends the run.
    pub(super) fn findings(&self) -> anyhow::Result<Vec<Diagnostic>> {
        let is_error = |finding: &&Diagnostic| finding.severity == Severity::Error;
        let errors: Vec<String> = self
            .problems
            .iter()
            .filter(is_error)
            .map(|finding| format!("\n  {finding}"))
            .collect();
        if !errors.is_empty() {
            bail!("rows of your own cannot be used:{}", errors.concat());
        }
        let named = self.taken.iter().map(UserRows::finding);
        Ok(named.chain(self.problems.iter().cloned()).collect())
    }
}

/// The tables in a folder of the user's, or the embedded ones, with the rows of the settings
/// and of `--rows` before them.
pub(super) fn load_tables(
    folder: Option<&Path>,
    settings: &Settings,
    rows: &[PathBuf],
) -> anyhow::Result<(Tables, OwnRows)> {
    let tables = match folder {
        Some(folder) => Tables::from_dir(folder)?,
        None => Tables::embedded()?,
    };
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    let own = settings.file.as_deref().unwrap_or("the settings");
    let named = settings.rows.iter().map(|path| (path, own));
    for (path, by) in named.chain(rows.iter().map(|path| (path, "--rows"))) {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{name}: cannot be read; check the path in {by}"))?;
        // Named twice, in the settings and by flag, it is still one file.
        if seen.insert(std::fs::canonicalize(path).unwrap_or_else(|_| path.clone())) {
            files.push(UserFile { name, text });
        }
    }
    let (tables, taken) = tables.with_user_rows(&files)?;
    let problems = validate_user_rows(&tables, &taken);
    Ok((tables, OwnRows { taken, problems }))
}
