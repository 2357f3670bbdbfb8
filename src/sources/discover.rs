//! Finding the input: files, folders and standard input, told apart by what they hold. May
//! import `diagnostic` only.
//!
//! A file named on the command line is always read. In a folder (walked in the order of its
//! names, links followed) the endings `.json`, `.jsonl`, `.ndjson` and `.log`, each also with
//! `.gz`, are logs; `.parquet` and `.csv` are usage tables if they hold one; the rest is
//! skipped with a finding. Sidecars of large bodies (`.../data/<request>_input.json.gz`) and
//! permission checks are no logs, and a report that lies below its own input is no input. A
//! folder that a fetch filled is a store: it is named, and not searched. A file that is
//! reached twice is read once.
//!
//! A usage table is a CSV text whose header names `hour`, `account_id`, `region` and
//! `model_id`, or a Parquet file whose footer names the column `requests_without_counts`,
//! which no other table has. A `.csv` that is named on the command line and does not look like
//! JSON is meant to be one: the reader of usage tables then says what it lacks.
//!
//! Sample: `AWSLogs/` gives its objects as logs, `usage.parquet` beside it is a usage table.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

use memchr::memmem;
use tempfile::{NamedTempFile, TempPath};
use walkdir::{DirEntry, WalkDir};
use xxhash_rust::xxh3::xxh3_128;

use super::real_paths::{RealPaths, real_path};
use super::remote::Remote;
use crate::diagnostic::Diagnostic;

/// How findings call standard input.
pub const STANDARD_INPUT: &str = "standard input";
const PARQUET_MAGIC: &[u8] = b"PAR1";
/// The manifest of a store.
const MANIFEST: &str = "manifest.jsonl";
/// What it begins with.
const STORE_MARK: &[u8] = b"{\"tool\":\"eolcast ";
const LOG_ENDINGS: [&str; 4] = ["json", "jsonl", "ndjson", "log"];
/// More than the names of all columns of a usage table.
const HEADER_BYTES: u64 = 4096;
/// Footers of usage tables are far smaller.
const LONGEST_FOOTER: u64 = 16 << 20;

/// One log to read.
#[derive(Debug)]
pub struct LogInput {
    /// How findings call it.
    pub name: String,
    /// Its size as it lies on disk; 0 where that is not known.
    pub bytes: u64,
    pub(crate) content: Content,
}

impl LogInput {
    /// A log in a file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let bytes = path.metadata().map_or(0, |metadata| metadata.len());
        // There may be very many files, and nearly every path is its own name.
        let (name, content) = match path.into_os_string().into_string() {
            Ok(name) => (name, Content::NamedFile),
            Err(path) => {
                let path = PathBuf::from(path).into_boxed_path();
                (path.display().to_string(), Content::File(path))
            }
        };
        Self {
            name,
            bytes,
            content,
        }
    }

    /// A log that the reading thread fetches; `bytes` long.
    pub(crate) fn remote(name: impl Into<String>, bytes: u64, remote: Box<dyn Remote>) -> Self {
        Self {
            name: name.into(),
            bytes,
            content: Content::Remote(remote),
        }
    }

    /// A log that arrives as a stream; it can be read once.
    pub fn stream(name: impl Into<String>, stream: Box<dyn Read + Send>) -> Self {
        Self {
            name: name.into(),
            bytes: 0,
            content: Content::Stream(Mutex::new(Some(stream))),
        }
    }
}

/// One usage table to read.
#[derive(Debug)]
pub struct TableInput {
    /// How findings and errors call it.
    pub name: String,
    /// Where its bytes lie.
    pub path: PathBuf,
    /// Removes the copy of a table that came through standard input.
    _copy: Option<TempPath>,
}

impl TableInput {
    fn file(path: &Path) -> Self {
        Self {
            name: path.display().to_string(),
            path: path.to_owned(),
            _copy: None,
        }
    }
}

pub(crate) enum Content {
    /// A file whose path is the name of the input.
    NamedFile,
    /// A file whose path is no text.
    File(Box<Path>),
    Stream(Mutex<Option<Box<dyn Read + Send>>>),
    Remote(Box<dyn Remote>),
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NamedFile => f.write_str("NamedFile"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Stream(_) => f.write_str("Stream"),
            Self::Remote(_) => f.write_str("Remote"),
        }
    }
}

/// What the inputs are.
#[derive(Debug, Default)]
pub struct Found {
    /// Invocation logs.
    pub logs: Vec<LogInput>,
    /// Usage tables, CSV or Parquet.
    pub usage_tables: Vec<TableInput>,
    /// Folders that a fetch filled. They are read by their manifest, not searched.
    pub stores: Vec<PathBuf>,
    /// What is missing or was skipped.
    pub findings: Vec<Diagnostic>,
}

/// Looks at each input in the order given; `-` is standard input.
pub fn discover(inputs: &[PathBuf]) -> Found {
    let mut search = Search::default();
    for input in inputs {
        if input.as_os_str() == "-" {
            search.standard_input();
        } else {
            search.path(input);
        }
    }
    search.found
}

#[derive(Debug, Default)]
struct Search {
    found: Found,
    /// Files that were reached: 128 bits of their real paths, as the paths of very many files
    /// would fill memory.
    seen: HashSet<u128>,
    standard_input: bool,
}

/// What a file holds, as far as its first bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Log,
    UsageTable,
    OtherParquet,
}

impl Search {
    fn standard_input(&mut self) {
        if !std::mem::replace(&mut self.standard_input, true) {
            self.stream(STANDARD_INPUT, io::stdin());
        }
    }

    /// Looks at the beginning of a stream: a usage table is copied to a file, as it is read
    /// whole and Parquet from its end; a log is read as it comes.
    fn stream(&mut self, name: &str, mut stream: impl Read + Send + 'static) {
        let mut head = Vec::new();
        let looked = stream.by_ref().take(HEADER_BYTES).read_to_end(&mut head);
        let is_table = head.starts_with(PARQUET_MAGIC) || has_usage_header(without_mark(&head));
        let whole = io::Cursor::new(head).chain(stream);
        match looked {
            Err(error) => self.unreadable(Path::new(name), &error),
            Ok(_) if is_table => match copy_to_file(whole) {
                Ok(copy) => self.found.usage_tables.push(TableInput {
                    name: name.to_owned(),
                    path: copy.to_path_buf(),
                    _copy: Some(copy),
                }),
                Err(error) => self.unreadable(Path::new(name), &error),
            },
            Ok(_) => self
                .found
                .logs
                .push(LogInput::stream(name, Box::new(whole))),
        }
    }

    /// Whether nothing at this real path was reached before.
    fn is_new(&mut self, real: &Path) -> bool {
        self.seen
            .insert(xxh3_128(real.as_os_str().as_encoded_bytes()))
    }

    fn path(&mut self, path: &Path) {
        let metadata = match path.metadata() {
            Ok(metadata) => metadata,
            Err(error) => return self.unreadable(path, &error),
        };
        if metadata.is_dir() {
            return self.folder(path);
        }
        if !self.is_new(&real_path(path)) {
            return;
        }
        if !metadata.is_file() {
            // A pipe: what is read to look at it is gone.
            match File::open(path) {
                Ok(pipe) => self.stream(&path.display().to_string(), pipe),
                Err(error) => self.unreadable(path, &error),
            }
            return;
        }
        match kind_of(path) {
            Ok(Kind::Log) if is_meant_as_table(path) => {
                self.found.usage_tables.push(TableInput::file(path));
            }
            Ok(Kind::Log) => self.found.logs.push(LogInput::file(path)),
            Ok(Kind::UsageTable) => self.found.usage_tables.push(TableInput::file(path)),
            Ok(Kind::OtherParquet) => self.found.findings.push(Diagnostic::error(
                "not-a-usage-table",
                path.display().to_string(),
                "is a Parquet file without the columns of a usage table; give invocation logs or usage tables only",
            )),
            Err(error) => self.unreadable(path, &error),
        }
    }

    fn folder(&mut self, root: &Path) {
        let mut skipped: BTreeMap<Skipped, (u64, String)> = BTreeMap::new();
        // A manifest comes first, so that no folder has to be asked for one.
        let walk = WalkDir::new(root)
            .follow_links(true)
            .sort_by(|one, other| in_folder(one).cmp(&in_folder(other)));
        let mut walk = walk.into_iter();
        let mut real = RealPaths::default();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                // A link back to a folder above: its files are found there.
                Err(error) if error.loop_ancestor().is_some() => continue,
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_owned();
                    let error = error
                        .into_io_error()
                        .unwrap_or_else(|| io::ErrorKind::Other.into());
                    self.unreadable(&path, &error);
                    continue;
                }
            };
            if entry.file_type().is_dir() {
                real.enter(&entry);
            }
            if !entry.file_type().is_file() {
                continue;
            }
            if entry.file_name() == MANIFEST
                && let (Some(folder), Some(real)) = (entry.path().parent(), real.folder_of(&entry))
                && is_store(entry.path())
            {
                walk.skip_current_dir();
                if self.is_new(real) {
                    self.found.stores.push(folder.to_owned());
                }
                continue;
            }
            let within = entry.path().strip_prefix(root).unwrap_or(entry.path());
            let is_new = |search: &mut Self| search.is_new(&real.of(&entry));
            if let Some(reason) = self.file_in_folder(entry.path(), within, is_new) {
                let (count, _) = skipped
                    .entry(reason)
                    .or_insert_with(|| (0, within.display().to_string()));
                *count += 1;
            }
        }
        for (reason, (count, example)) in skipped {
            let files = if count == 1 { "file" } else { "files" };
            self.found.findings.push(Diagnostic::info(
                reason.code(),
                root.display().to_string(),
                format!(
                    "skipped {count} {files}, for example {example}: {}",
                    reason.why()
                ),
            ));
        }
    }

    /// Takes a file of a folder, or says why not.
    fn file_in_folder(
        &mut self,
        path: &Path,
        within: &Path,
        is_new: impl Fn(&mut Self) -> bool,
    ) -> Option<Skipped> {
        let name = within.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_ascii_lowercase();
        if is_sidecar(within, &name) || name.contains("permission-check") {
            return Some(Skipped::NoLogObject);
        }
        let stem = name.strip_suffix(".gz").unwrap_or(&name);
        let ending = stem.rsplit_once('.').map_or("", |(_, ending)| ending);
        let table = matches!(ending, "csv" | "parquet") && stem == name;
        if !table && !LOG_ENDINGS.contains(&ending) {
            return Some(Skipped::OtherEnding);
        }
        if !is_new(self) {
            return None;
        }
        if !table {
            self.found.logs.push(LogInput::file(path));
            return None;
        }
        match kind_of(path) {
            Ok(Kind::UsageTable) if is_of_a_report(path, within) => {
                return Some(Skipped::OfAReport);
            }
            Ok(Kind::UsageTable) => self.found.usage_tables.push(TableInput::file(path)),
            Ok(Kind::Log | Kind::OtherParquet) => return Some(Skipped::OtherTable),
            Err(error) => self.unreadable(path, &error),
        }
        None
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        let message = match error.kind() {
            io::ErrorKind::NotFound => "does not exist; check the path".to_owned(),
            _ => format!("cannot be read ({error}); check the path and its permissions"),
        };
        self.found.findings.push(Diagnostic::error(
            "unreadable-file",
            path.display().to_string(),
            message,
        ));
    }
}

/// Why a file of a folder was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Skipped {
    NoLogObject,
    OtherEnding,
    OtherTable,
    OfAReport,
}

impl Skipped {
    fn code(self) -> &'static str {
        match self {
            Self::NoLogObject => "skipped-sidecar",
            Self::OtherEnding | Self::OtherTable | Self::OfAReport => "skipped-file",
        }
    }

    fn why(self) -> &'static str {
        match self {
            Self::NoLogObject => {
                "bodies stored beside the logs and permission checks hold no usage"
            }
            Self::OtherEnding => {
                "in a folder only .json, .jsonl, .ndjson, .log (each also .gz), .csv and .parquet are read; name a file itself to read it whatever its ending"
            }
            Self::OtherTable => "the table is not a usage table",
            Self::OfAReport => {
                "the usage of an earlier report, made from other input; name the file itself to read it"
            }
        }
    }
}

/// `.../data/REQUESTID_input.json.gz`: a body too large for its record. A folder that somebody
/// merely called `data` is none.
fn is_sidecar(within: &Path, name: &str) -> bool {
    let mut folders = within.parent().into_iter().flat_map(Path::components);
    let in_data = folders.any(|folder| folder == Component::Normal("data".as_ref()));
    in_data && (name.contains("_input") || name.contains("_output"))
}

/// A report written below its own input (`eolcast report .` leaves one) would count that input
/// again. A report's folder that is named itself is read.
fn is_of_a_report(path: &Path, within: &Path) -> bool {
    let charges = ["charges.csv", "charges.parquet"];
    within.components().count() > 1
        && charges
            .iter()
            .any(|name| path.with_file_name(name).exists())
}

/// What a folder's entries are sorted by.
fn in_folder(entry: &DirEntry) -> (bool, &OsStr) {
    (entry.file_name() != MANIFEST, entry.file_name())
}

/// Whether a fetch filled the folder of this manifest: it begins as all of them do, or is still
/// empty beside its lock.
fn is_store(manifest: &Path) -> bool {
    let mut head = Vec::new();
    let begun = File::open(manifest)
        .and_then(|file| file.take(STORE_MARK.len() as u64).read_to_end(&mut head));
    let cut_off = || STORE_MARK.starts_with(&head) && manifest.with_extension("lock").exists();
    begun.is_ok() && (head == STORE_MARK || cut_off())
}

fn kind_of(path: &Path) -> io::Result<Kind> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    file.by_ref().take(HEADER_BYTES).read_to_end(&mut head)?;
    if head.starts_with(PARQUET_MAGIC) {
        return Ok(if names_usage_columns(&mut file)? {
            Kind::UsageTable
        } else {
            Kind::OtherParquet
        });
    }
    if has_usage_header(without_mark(&head)) {
        return Ok(Kind::UsageTable);
    }
    Ok(Kind::Log)
}

/// A text without its byte order mark.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text)
}

fn copy_to_file(mut stream: impl Read) -> io::Result<TempPath> {
    let mut copy = NamedTempFile::new()?;
    io::copy(&mut stream, &mut copy)?;
    Ok(copy.into_temp_path())
}

/// Whether the first line names the columns without which no usage table is one.
fn has_usage_header(text: &[u8]) -> bool {
    let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next();
    let names: Vec<&[u8]> = line
        .unwrap_or_default()
        .split(|byte| *byte == b',')
        .map(|name| name.strip_prefix(b"\"").unwrap_or(name))
        .map(|name| name.strip_suffix(b"\"").unwrap_or(name))
        .collect();
    let needed: [&[u8]; 4] = [b"hour", b"account_id", b"region", b"model_id"];
    needed.iter().all(|name| names.contains(name))
}

/// Whether a file that somebody named is meant as a table: a `.csv` that is no JSON.
fn is_meant_as_table(path: &Path) -> bool {
    let is_csv = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let mut head = [0; 1];
    let first = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    is_csv && (first.is_err() || !matches!(head[0], b'{' | b'[' | b'\x1f'))
}

/// Whether a Parquet file's footer names a column that only usage tables have.
fn names_usage_columns(file: &mut File) -> io::Result<bool> {
    let length = file.seek(SeekFrom::End(0))?;
    if length < 12 {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(length - 8))?;
    let mut size = [0; 4];
    file.read_exact(&mut size)?;
    let size = u64::from(u32::from_le_bytes(size)).min(length - 12);
    if size > LONGEST_FOOTER {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(length - 8 - size))?;
    let mut footer = Vec::new();
    file.take(size).read_to_end(&mut footer)?;
    Ok(memmem::find(&footer, b"requests_without_counts").is_some())
}
