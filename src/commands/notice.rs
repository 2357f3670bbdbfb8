//! `eolcast notice`: AWS life-cycle notices to rows of the user's own.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, bail};
use chrono::NaiveDate;

use super::Outcome;
use super::loading::load_tables;
use crate::cli::NoticeArgs;
use crate::diagnostic::Severity;
use crate::pricing::{
    NoticeOptions, NoticeRows, Tables, UserFile, add_to_rows, read_notices, validate_user_rows,
};
use crate::report::visible;
use crate::settings::Settings;

/// What the first line of a new file says.
const HEADING: &str = "# Rows of your own, from AWS notices. Name this file in `eolcast report --rows FILE` or in\n# the settings, [tables] rows = [\"FILE\"].\n";

pub(super) fn run(arguments: &NoticeArgs, today: NaiveDate) -> anyhow::Result<Outcome> {
    let (tables, _) = load_tables(arguments.pricing.as_deref(), &Settings::default(), &[])?;
    let options = NoticeOptions {
        regions: arguments.region.clone(),
        kind: arguments.kind,
        today,
    };
    let mut rows = RowsFile::open(arguments.write.as_deref())?;
    let mut refused = Vec::new();
    for file in &arguments.files {
        let name = match file.as_os_str() == "-" {
            true => "standard input".to_owned(),
            false => file.display().to_string(),
        };
        let text = match read(file) {
            Ok(text) => text,
            Err(error) => {
                refused.push(format!("{name}: cannot be read ({error}); give it the text of a notice, or an AWS Health event as JSON"));
                continue;
            }
        };
        for notice in read_notices(&text, &tables, &options) {
            let added = match notice {
                Ok(notice) => rows.add(&notice, &tables)?,
                Err(refusal) => Err(refusal.to_string()),
            };
            if let Err(problem) = added {
                refused.push(format!("{name}:{problem}"));
            }
        }
    }
    for problem in &refused {
        eprintln!("eolcast: {}", visible(problem));
    }
    if rows.understood == 0 {
        bail!("no notice was understood; nothing is written");
    }
    rows.finish()?;
    Ok(if refused.is_empty() {
        Outcome::Complete
    } else {
        eprintln!("eolcast: status 1: some notices were refused; the others are written");
        Outcome::Incomplete
    })
}

fn read(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
}

/// The file that rows go to, or nothing but its text.
struct RowsFile<'a> {
    path: Option<&'a Path>,
    name: String,
    text: String,
    /// Whether the text differs from the file.
    changed: bool,
    understood: usize,
    lifecycle: usize,
    prices: usize,
}

impl<'a> RowsFile<'a> {
    fn open(path: Option<&'a Path>) -> anyhow::Result<Self> {
        let name = path.map_or("the rows".to_owned(), |path| path.display().to_string());
        let text = match path {
            Some(path) if path.exists() => std::fs::read_to_string(path)
                .with_context(|| format!("{name}: cannot be read; check the path after --write"))?,
            Some(_) => HEADING.to_owned(),
            None => String::new(),
        };
        Ok(Self {
            path,
            name,
            text,
            changed: false,
            understood: 0,
            lifecycle: 0,
            prices: 0,
        })
    }

    /// Takes the rows of a notice in, unless they contradict the file or the rules of the
    /// tables; the inner error stands behind the name of the notice and a colon.
    fn add(&mut self, notice: &NoticeRows, tables: &Tables) -> anyhow::Result<Result<(), String>> {
        let addition = match add_to_rows(&self.name, &self.text, notice)? {
            Ok(addition) => addition,
            Err(refusal) => return Ok(Err(format!(" {}; {}", refusal.problem, refusal.way_out))),
        };
        let separator = match self.text.is_empty() || self.text.ends_with('\n') {
            true => "",
            false => "\n",
        };
        let text = format!("{}{separator}{}", self.text, addition.text);
        if let Some(problem) = self.problem(&text, tables)? {
            return Ok(Err(format!(" its rows cannot be used: {problem}")));
        }
        self.changed |= !addition.text.is_empty();
        self.text = text;
        self.understood += 1;
        self.lifecycle += addition.lifecycle;
        self.prices += addition.prices;
        Ok(Ok(()))
    }

    /// The first error that a report would stop at.
    fn problem(&self, text: &str, tables: &Tables) -> anyhow::Result<Option<String>> {
        let file = UserFile {
            name: self.name.clone(),
            text: text.to_owned(),
        };
        let (tables, taken) = tables.clone().with_user_rows(&[file])?;
        let errors = validate_user_rows(&tables, &taken);
        let error = errors
            .into_iter()
            .find(|finding| finding.severity == Severity::Error);
        Ok(error.map(|error| error.to_string()))
    }

    /// Writes the file whole or not at all, or prints the rows.
    fn finish(self) -> anyhow::Result<()> {
        let Some(path) = self.path else {
            let mut out = std::io::stdout().lock();
            out.write_all(self.text.trim_start().as_bytes())?;
            out.flush()?;
            return Ok(());
        };
        if self.changed {
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            let context = || {
                format!(
                    "{}: cannot be written; check the path after --write",
                    self.name
                )
            };
            let mut builder = tempfile::Builder::new();
            // As readable as any file of the user's; a temporary one is for its owner alone.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            let mut file = builder.tempfile_in(folder).with_context(context)?;
            file.write_all(self.text.as_bytes()).with_context(context)?;
            file.persist(path).with_context(context)?;
        }
        let rows = |count: usize, what: &str| match count {
            1 => format!("1 {what} row"),
            _ => format!("{count} {what} rows"),
        };
        eprintln!(
            "eolcast: {}: added {} and {}",
            visible(&self.name),
            rows(self.lifecycle, "life-cycle"),
            rows(self.prices, "price"),
        );
        Ok(())
    }
}
