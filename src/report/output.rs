//! Report files that appear whole or not at all.
//!
//! The folder and a temporary file per target are created before the long work starts, so
//! that a bad path fails at once. Until [`ReportFiles::commit`] has written every file,
//! those of a previous run stay as they are; then each is replaced by a rename. Dropped
//! earlier, nothing is left: neither temporary files nor folders that were made.
//!
//! Imports `projection`, `usage` and `diagnostic`. Sample: `ReportFiles::open("eolcast-report", &[Format::Csv])` makes
//! room for `eolcast-report/cost.csv` and its siblings, `&[Format::Json]` for
//! `eolcast-report/eolcast.json`.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::csv::{Decimals, write_csv_parts};
use super::focus::focus_parts;
use super::in_order::side_by_side;
use super::parquet::write_parquet_parts;
use super::table::ReportError;
use super::xlsx::{Cuts, XlsxReport};
use super::{TableName, calendar, html_page, json};
use crate::diagnostic::Diagnostic;
use crate::domain::UsageRow;
use crate::projection::ImpactReport;
use crate::usage::{UsageTableError, write_usage_parquet};

/// A format of the report files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For spreadsheets and people.
    Csv,
    /// For programs: typed columns.
    Parquet,
    /// One workbook of all tables, with a cover and charts.
    Xlsx,
    /// For people: one page.
    Html,
    /// The whole report as one value.
    Json,
    /// The charges as FOCUS Cost and Usage, in CSV and Parquet.
    Focus,
    /// The dates, for calendars.
    Ics,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 7] = [
        Self::Csv,
        Self::Parquet,
        Self::Xlsx,
        Self::Html,
        Self::Json,
        Self::Focus,
        Self::Ics,
    ];

    /// The word after `--format`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
            Self::Json => "json",
            Self::Focus => "focus",
            Self::Ics => "ics",
        }
    }

    /// Reads the word after `--format`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }

    /// The files of this format, in the order in which they are written.
    fn files(self, tables: &[TableName]) -> Vec<(String, Content)> {
        let table = |write: TableWriter, ending: &str| -> Vec<(String, Content)> {
            let file = |table: &TableName| {
                let name = format!("{}.{ending}", table.as_str());
                (name, Content::Table(*table, write))
            };
            tables.iter().map(file).collect()
        };
        let whole =
            |name: &str, write: ReportWriter| vec![(name.to_owned(), Content::Whole(write))];
        match self {
            Self::Csv => table(csv_table, "csv"),
            Self::Parquet => table(parquet_table, "parquet"),
            Self::Xlsx => vec![("eolcast.xlsx".to_owned(), Content::Workbook)],
            Self::Html => whole("eolcast.html", page),
            Self::Json => whole("eolcast.json", json::write_json),
            Self::Focus => [
                whole("focus.csv", focus_csv),
                whole("focus.parquet", focus_parquet),
            ]
            .concat(),
            Self::Ics => whole("eolcast.ics", calendar::write_calendar),
        }
    }
}

/// What a target holds, and who writes it.
#[derive(Debug, Clone, Copy)]
enum Content {
    Table(TableName, TableWriter),
    Workbook,
    Whole(ReportWriter),
}

type Output<'o> = dyn Write + Send + 'o;
type TableWriter = fn(TableName, &ImpactReport, &Path, &mut Output<'_>) -> Result<(), ReportError>;
type ReportWriter = fn(&ImpactReport, &Path, &mut Output<'_>) -> Result<(), ReportError>;

/// The usage goes into its columns straight from its rows.
fn parquet_usage(
    rows: &[UsageRow],
    path: &Path,
    output: &mut Output<'_>,
) -> Result<(), ReportError> {
    let table = TableName::Usage.as_str();
    write_usage_parquet(table, rows, output).map_err(|error| match error {
        UsageTableError::CountTooLarge { column, count, .. } => ReportError::CountTooLarge {
            table,
            column: column.as_str(),
            count,
        },
        other => ReportError::write(path, io::Error::other(other)),
    })
}

fn workbook(
    report: &ImpactReport,
    cuts: &Cuts,
    path: &Path,
    output: &mut Output<'_>,
) -> Result<(), ReportError> {
    let mut workbook = XlsxReport::new()?;
    let tested = report.backtest.is_some().then_some(TableName::Backtest);
    for table in TableName::ALL.into_iter().chain(tested) {
        workbook.add(table, report, cuts)?;
    }
    workbook.finish(report, path, output)
}

fn page(report: &ImpactReport, path: &Path, output: &mut Output<'_>) -> Result<(), ReportError> {
    let page = html_page(report)?;
    output
        .write_all(page.as_bytes())
        .map_err(|source| ReportError::write(path, source))
}

fn csv_table(
    table: TableName,
    report: &ImpactReport,
    path: &Path,
    output: &mut Output<'_>,
) -> Result<(), ReportError> {
    write_csv_parts(&table.parts(report), Decimals::Plain, path, output)
}

fn parquet_table(
    table: TableName,
    report: &ImpactReport,
    path: &Path,
    output: &mut Output<'_>,
) -> Result<(), ReportError> {
    match table {
        TableName::Usage => parquet_usage(&report.usage, path, output),
        table => write_parquet_parts(&table.parts(report), &facts(report), output),
    }
}

/// What each Parquet file says besides its cells: of which report it is.
fn facts(report: &ImpactReport) -> [(&'static str, String); 5] {
    [
        ("eolcast.month", report.month.to_string()),
        ("eolcast.as_of", report.as_of.to_string()),
        ("eolcast.horizon", report.horizon.to_string()),
        ("eolcast.tables_hash", report.tables_hash.clone()),
        ("eolcast.demo", report.demo.to_string()),
    ]
}

fn focus_csv(
    report: &ImpactReport,
    path: &Path,
    output: &mut (dyn Write + Send + '_),
) -> Result<(), ReportError> {
    write_csv_parts(&focus_parts(report), Decimals::Pointed, path, output)
}

fn focus_parquet(
    report: &ImpactReport,
    _: &Path,
    output: &mut (dyn Write + Send + '_),
) -> Result<(), ReportError> {
    write_parquet_parts(&focus_parts(report), &facts(report), output)
}

/// The targets of one report, open and empty until they are committed.
#[derive(Debug)]
pub struct ReportFiles {
    targets: Vec<Target>,
    /// Folders that were made for this report, the innermost first.
    made: Vec<PathBuf>,
    /// The tables that the workbook does not show whole.
    cuts: Cuts,
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
        Self::open_tables(dir, formats, &TableName::ALL)
    }

    /// The same for some of the tables.
    pub fn open_tables(
        dir: &Path,
        formats: &[Format],
        tables: &[TableName],
    ) -> Result<Self, ReportError> {
        let mut files = Self {
            targets: Vec::new(),
            made: dir
                .ancestors()
                .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
                .map(Path::to_owned)
                .collect(),
            cuts: Cuts::default(),
        };
        fs::create_dir_all(dir).map_err(|source| ReportError::Create {
            path: dir.to_owned(),
            source,
        })?;
        let mut formats = formats.to_vec();
        formats.sort_unstable();
        formats.dedup();
        let of_format = |format: Format| format.files(tables);
        for (name, content) in formats.into_iter().flat_map(of_format) {
            files.targets.push(Target::open(dir, &name, content)?);
        }
        // Named table by table, then what holds all of them.
        files.targets.sort_by_key(|target| match target.content {
            Content::Table(table, _) => (0, Some(table)),
            Content::Workbook => (1, None),
            Content::Whole(_) => (2, None),
        });
        Ok(files)
    }

    /// What a report has to say of how it is written: tables that the workbook, where one is
    /// asked for, does not show whole.
    pub fn findings(&mut self, report: &ImpactReport) -> Result<Vec<Diagnostic>, ReportError> {
        let is_workbook = |target: &Target| matches!(target.content, Content::Workbook);
        if self.targets.iter().any(is_workbook) {
            self.cuts = Cuts::of(report)?;
        }
        Ok(self.cuts.findings(report))
    }

    /// Writes all files, then puts them in their places. Returns their paths.
    ///
    /// Should a rename itself fail (someone made a folder of that name meanwhile), every file
    /// is still whole: a new one or the old one.
    pub fn commit(mut self, report: &ImpactReport) -> Result<Vec<PathBuf>, ReportError> {
        // The workbook takes longest: what holds all tables begins first.
        let is_table = |target: &Target| matches!(target.content, Content::Table(..));
        let tables = self.targets.partition_point(is_table);
        let (tables, whole) = self.targets.split_at_mut(tables);
        let cuts = &self.cuts;
        side_by_side(whole.iter_mut().chain(tables), |target| {
            target.fill(report, cuts)
        })?;
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
    fn open(dir: &Path, name: &str, content: Content) -> Result<Self, ReportError> {
        let path = dir.join(name);
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

    fn fill(&mut self, report: &ImpactReport, cuts: &Cuts) -> Result<(), ReportError> {
        match self.content {
            Content::Table(table, write) => {
                self.write(|path, output| write(table, report, path, output))
            }
            Content::Workbook => self.write(|path, output| workbook(report, cuts, path, output)),
            Content::Whole(write) => self.write(|path, output| write(report, path, output)),
        }
    }

    fn write(
        &mut self,
        write: impl FnOnce(&Path, &mut Output<'_>) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let mut output = BufWriter::new(self.file.as_file_mut());
        write(&self.path, &mut output)?;
        output
            .flush()
            .map_err(|source| ReportError::write(&self.path, source))
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
