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
use super::xlsx::XlsxReport;
use super::{TableName, write_csv, write_parquet};
use crate::projection::ImpactReport;

/// A format of the report files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For spreadsheets and people.
    Csv,
    /// For programs: typed columns.
    Parquet,
    /// One workbook of all tables, with a cover and charts.
    Xlsx,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Parquet, Self::Xlsx];

    /// The word after `--format`, and the ending of the files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Xlsx => "xlsx",
        }
    }

    /// Reads the word after `--format`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }

    /// Whether one file holds the whole report, rather than one table.
    const fn is_whole(self) -> bool {
        matches!(self, Self::Xlsx)
    }
}

/// The targets of one report, open and empty until they are committed.
#[derive(Debug)]
pub struct ReportFiles {
    tables: Vec<TableName>,
    targets: Vec<Target>,
    /// Files of the whole report.
    whole: Vec<Target>,
    /// Folders that were made for this report, the innermost first.
    made: Vec<PathBuf>,
}

#[derive(Debug)]
struct Target {
    /// Empty for a file of the whole report.
    table: Option<TableName>,
    format: Format,
    path: PathBuf,
    file: NamedTempFile,
}

impl ReportFiles {
    /// Creates the folder, and beside each target the temporary file that will replace it.
    pub fn open(dir: &Path, formats: &[Format]) -> Result<Self, ReportError> {
        Self::open_tables(dir, formats, &TableName::ALL)
    }

    /// The same for some of the tables.
    pub fn open_tables(
        dir: &Path,
        formats: &[Format],
        tables: &[TableName],
    ) -> Result<Self, ReportError> {
        let mut files = Self {
            tables: tables.to_vec(),
            targets: Vec::new(),
            whole: Vec::new(),
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
        for table in tables {
            for format in formats.iter().filter(|format| !format.is_whole()) {
                let target = Target::open(dir, Some(*table), *format)?;
                files.targets.push(target);
            }
        }
        for format in formats.into_iter().filter(|format| format.is_whole()) {
            files.whole.push(Target::open(dir, None, format)?);
        }
        Ok(files)
    }

    /// Writes all files, then puts them in their places. Returns their paths.
    ///
    /// Should a rename itself fail (someone made a folder of that name meanwhile), every file
    /// is still whole: a new one or the old one.
    pub fn commit(mut self, report: &ImpactReport) -> Result<Vec<PathBuf>, ReportError> {
        let is_workbook = |target: &&mut Target| target.format == Format::Xlsx;
        let target = self.whole.iter_mut().find(is_workbook);
        let mut workbook = match target {
            Some(target) => Some((XlsxReport::new()?, target)),
            None => None,
        };
        for table in std::mem::take(&mut self.tables) {
            // One table at a time: the neutral form of a big one is big.
            let mut neutral = None;
            for target in self.targets.iter_mut().filter(|t| t.table == Some(table)) {
                let neutral = match &neutral {
                    Some(made) => made,
                    None => neutral.insert(table.of(report)?),
                };
                target.write_table(neutral)?;
            }
            if let Some((workbook, _)) = &mut workbook {
                match &neutral {
                    Some(made) => workbook.add(made)?,
                    None => workbook.add(&table.of(report)?)?,
                }
            }
        }
        if let Some((workbook, target)) = workbook {
            target.write(|path, output| workbook.finish(report, path, output))?;
        }
        self.made.clear();
        std::mem::take(&mut self.targets)
            .into_iter()
            .chain(std::mem::take(&mut self.whole))
            .map(Target::put_in_place)
            .collect()
    }
}

impl Drop for ReportFiles {
    fn drop(&mut self) {
        // Temporary files first; a folder is removed only while it is empty.
        self.targets.clear();
        self.whole.clear();
        for folder in &self.made {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

impl Target {
    fn open(dir: &Path, table: Option<TableName>, format: Format) -> Result<Self, ReportError> {
        let name = table.map_or("eolcast", TableName::as_str);
        let path = dir.join(format!("{name}.{}", format.as_str()));
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
            table,
            format,
            path,
            file,
        })
    }

    fn write_table(&mut self, table: &Table) -> Result<(), ReportError> {
        let format = self.format;
        self.write(|path, output| match format {
            Format::Csv => write_csv(table, output).map_err(|source| ReportError::Write {
                path: path.to_owned(),
                source,
            }),
            Format::Parquet => write_parquet(table, output),
            // A file of the whole report is written once all tables are known.
            Format::Xlsx => Ok(()),
        })
    }

    fn write(
        &mut self,
        content: impl FnOnce(&Path, &mut BufWriter<&mut fs::File>) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let mut output = BufWriter::new(self.file.as_file_mut());
        content(&self.path, &mut output)?;
        output.flush().map_err(|source| ReportError::Write {
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
