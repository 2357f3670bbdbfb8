//! Running the built program in a folder of its own, and making input for it.
//!
//! Every run starts without the caller's colour wishes, with an empty standard input, and in
//! a folder that vanishes. `EOLCAST_BIN` names another build to test (the release, say). Relative paths keep the machine out of messages and snapshots.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use polars::prelude::{ParquetReader, SerReader};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The day that reports of these tests look from.
pub(crate) const AS_OF: &str = "2026-10-15";

/// A folder to run in.
pub(crate) struct Desk(TempDir);

/// What a run left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, with the folders it lies in.
    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with_input(arguments, b"")
    }

    /// Runs `report` as of [`AS_OF`] into the folder `out`.
    pub(crate) fn report(&self, arguments: &[&str]) -> Run {
        self.run(&[&["report", "--as-of", AS_OF, "--out", "out"], arguments].concat())
    }

    /// Runs the program with something on standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        self.finish(self.command(arguments), input)
    }

    /// Waits for a command, with something on its standard input.
    pub(crate) fn finish(&self, mut command: Command, input: &[u8]) -> Run {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that refuses its flags closes the pipe unread.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        Run {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The program, ready to run here.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let built = env!("CARGO_BIN_EXE_eolcast").into();
        let program = std::env::var_os("EOLCAST_BIN").unwrap_or(built);
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .env_remove("RUST_BACKTRACE");
        command
    }

    /// The program with nothing of the caller's environment: no credentials, no settings.
    pub(crate) fn command_alone(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.env_clear().env("HOME", self.0.path());
        command
    }

    /// A report's files: name to bytes.
    pub(crate) fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        fs::read_dir(self.path(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (file_name(&path), fs::read(&path).unwrap()))
            .collect()
    }

    /// The rows of a CSV table: column to cell.
    pub(crate) fn rows(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.path(name)).unwrap();
        reader.deserialize().map(Result::unwrap).collect()
    }

    /// One column of a CSV table.
    pub(crate) fn column(&self, name: &str, column: &str) -> Vec<String> {
        let rows = self.rows(name);
        rows.into_iter().map(|row| row[column].clone()).collect()
    }
}

impl Run {
    /// The run itself, once its status is the one expected.
    #[track_caller]
    pub(crate) fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    /// Asserts that the error says all of this.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.err.contains(part), "'{part}' is not in {self:#?}");
        }
        assert!(!self.err.contains("panicked") && !self.err.contains("backtrace"));
        self
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// All texts of a Parquet file, unpacked: the raw bytes are compressed.
pub(crate) fn parquet_texts(path: &Path) -> Vec<String> {
    let frame = ParquetReader::new(fs::File::open(path).unwrap())
        .finish()
        .unwrap();
    let mut texts = Vec::new();
    for column in frame.columns() {
        if let Ok(cells) = column.str() {
            texts.extend(cells.iter().flatten().map(str::to_owned));
        }
    }
    texts
}

pub(crate) fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(text.as_ref()).unwrap();
    packer.finish().unwrap()
}

/// A Converse record of Claude Sonnet 4.5 by the role `checkout-prod`, on a day of September.
pub(crate) fn record(id: &str, day: u32) -> Value {
    json!({
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": format!("2026-09-{day:02}T10:00:00Z"),
        "accountId": "111122223333",
        "region": "us-east-1",
        "requestId": id,
        "operation": "Converse",
        "modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "identity": {"arn": "arn:aws:sts::111122223333:assumed-role/checkout-prod/session"},
        "input": {"inputContentType": "application/json", "inputTokenCount": 100_000},
        "output": {"outputContentType": "application/json", "outputTokenCount": 20_000},
    })
}

/// Records, one a line.
pub(crate) fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// A usage table with the rows given as `column=value` pairs over a row that is complete.
pub(crate) fn usage_table(rows: &[&[(&str, &str)]]) -> Vec<u8> {
    const ROW: [(&str, &str); 24] = [
        ("hour", "2026-09-20T10:00:00Z"),
        ("granularity", "hour"),
        ("account_id", "111122223333"),
        ("region", "us-east-1"),
        ("model_id", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("endpoint_scope", "geo"),
        ("geo", "us"),
        ("service_tier", "standard"),
        ("prompt_band", "0"),
        ("inference_profile", ""),
        ("principal", "arn:aws:iam::111122223333:role/checkout-prod"),
        ("metadata", ""),
        ("workload", "checkout"),
        ("requests", "10"),
        ("failed_requests", "0"),
        ("requests_without_counts", "0"),
        ("input_tokens", "1000000"),
        ("output_tokens", "200000"),
        ("cache_read_tokens", "0"),
        ("cache_write_5m_tokens", "0"),
        ("cache_write_1h_tokens", "0"),
        ("cache_write_unknown_tokens", "0"),
        ("images", ""),
        ("source", "s3"),
    ];
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(ROW.map(|(name, _)| name)).unwrap();
    for changes in rows {
        let cell = |(name, value)| {
            let change = changes.iter().find(|(column, _)| *column == name);
            change.map_or(value, |(_, value)| *value)
        };
        writer.write_record(ROW.map(cell)).unwrap();
    }
    writer.into_inner().unwrap()
}
