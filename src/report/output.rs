//! Report files that appear whole or not at all.
//!
//! The folder and a temporary file per target are created before the long work starts, so
//! that a bad path fails at once. Until [`ReportFiles::commit`] has written every file,
//! those of a previous run stay as they are; then each is replaced by a rename. Dropped
//! earlier, nothing is left: neither temporary files nor folders that were made.
//!
//! Imports `projection`. Sample: `ReportFiles::open("eolcast-report", &[Format::Csv])` makes
//! room for `eolcast-report/cost.csv` and its eight siblings.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::table::{ReportError, Table};
use super::{TableName, html_page, write_csv, write_parquet};
use crate::projection::ImpactReport;

/// A format of the report files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For spreadsheets and people.
    Csv,
    /// For programs: typed columns.
    Parquet,
    /// For people: one page.
    Html,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Parquet, Self::Html];

    /// The word after `--format`, and the ending of the files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Html => "html",
        }
    }

    /// Reads the word after `--format`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }

    /// What its files are named after and hold: each a table, or one all of the report.
    fn contents(self) -> Vec<Content> {
        match self {
            Self::Csv => TableName::ALL
                .map(|t| Content::Table(t, Encoding::Csv))
                .to_vec(),
            Self::Parquet => TableName::ALL
                .map(|t| Content::Table(t, Encoding::Parquet))
                .to_vec(),
            Self::Html => vec![Content::Page],
        }
    }
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Csv,
    Parquet,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Table(TableName, Encoding),
    Page,
}

impl Content {
    fn table(self) -> Option<(TableName, Encoding)> {
        match self {
            Self::Table(table, encoding) => Some((table, encoding)),
            Self::Page => None,
        }
    }

    fn file_name(self) -> String {
        match self {
            Self::Table(table, Encoding::Csv) => format!("{}.csv", table.as_str()),
            Self::Table(table, Encoding::Parquet) => format!("{}.parquet", table.as_str()),
            Self::Page => "eolcast.html".to_owned(),
        }
    }
}

/// The targets of one report, open and empty until they are committed.
#[derive(Debug)]
pub struct ReportFiles {
    targets: Vec<Target>,
    /// Folders that were made for this report, the innermost first.
    made: Vec<PathBuf>,
}

#[derive(Debug)]
struct Target {
    content: Content,
    path: PathBuf,
    file: NamedTempFile,
}

impl ReportFiles {
    /// Creates the folder, and beside each target the temporary file that will replace it.
    pub fn open(dir: &Path, formats: &[Format]) -> Result<Self, ReportError> {
        let mut files = Self {
            targets: Vec::new(),
            made: dir
                .ancestors()
                .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
                .map(Path::to_owned)
                .collect(),
        };
        fs::create_dir_all(dir).map_err(|source| ReportError::Create {
            path: dir.to_owned(),
            source,
        })?;
        let mut formats = formats.to_vec();
        formats.sort_unstable();
        formats.dedup();
        for content in formats.into_iter().flat_map(Format::contents) {
            files.targets.push(Target::open(dir, content)?);
        }
        // Both formats of a table stand together, in the order of the tables.
        files.targets.sort_by_key(|target| {
            let table = target.content.table().map(|(table, _)| table);
            (table.is_none(), table)
        });
        Ok(files)
    }

    /// Writes all files, then puts them in their places. Returns their paths.
    ///
    /// Should a rename itself fail (someone made a folder of that name meanwhile), every file
    /// is still whole: a new one or the old one.
    pub fn commit(mut self, report: &ImpactReport) -> Result<Vec<PathBuf>, ReportError> {
        for table in TableName::ALL {
            // One table at a time: the neutral form of a big one is big.
            let mut neutral = None;
            for target in &mut self.targets {
                let Some((_, encoding)) = target.content.table().filter(|(of, _)| *of == table)
                else {
                    continue;
                };
                let neutral = match &neutral {
                    Some(made) => made,
                    None => neutral.insert(table.of(report)?),
                };
                target.write_table(neutral, encoding)?;
            }
        }
        let is_page = |target: &&mut Target| target.content == Content::Page;
        for target in self.targets.iter_mut().filter(is_page) {
            target.write(html_page(report)?.as_bytes())?;
        }
        self.made.clear();
        std::mem::take(&mut self.targets)
            .into_iter()
            .map(Target::put_in_place)
            .collect()
    }
}

impl Drop for ReportFiles {
    fn drop(&mut self) {
        // Temporary files first; a folder is removed only while it is empty.
        self.targets.clear();
        for folder in &self.made {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

impl Target {
    fn open(dir: &Path, content: Content) -> Result<Self, ReportError> {
        let path = dir.join(content.file_name());
        let failed = |source| ReportError::Create {
            path: path.clone(),
            source,
        };
        // A rename onto a folder would fail only after the work is done.
        if path.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        let file = temporary(dir).map_err(failed)?;
        Ok(Self {
            content,
            path,
            file,
        })
    }

    fn write_table(&mut self, table: &Table, encoding: Encoding) -> Result<(), ReportError> {
        let failed = |source| ReportError::Write {
            path: self.path.clone(),
            source,
        };
        let mut output = BufWriter::new(self.file.as_file_mut());
        match encoding {
            Encoding::Csv => write_csv(table, &mut output).map_err(failed)?,
            Encoding::Parquet => write_parquet(table, &mut output)?,
        }
        output.flush().map_err(failed)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ReportError> {
        let written = self.file.as_file_mut().write_all(bytes);
        written.map_err(|source| ReportError::Write {
            path: self.path.clone(),
            source,
        })
    }

    fn put_in_place(self) -> Result<PathBuf, ReportError> {
        match self.file.persist(&self.path) {
            Ok(_) => Ok(self.path),
            Err(failed) => Err(ReportError::Write {
                path: self.path,
                source: failed.error,
            }),
        }
    }
}

fn temporary(dir: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".eolcast-");
    // Temporary files are private by default; a report is as readable as the umask allows.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(dir)
}
