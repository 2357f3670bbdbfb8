//! What can be typed: flags and values, no logic.

mod fetch;

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub use fetch::{
    AccountsFrom, FetchArgs, FetchCatalogArgs, FetchLogsArgs, FetchMetricsArgs, FetchPeriodArgs,
    FetchS3Args, FetchSource, FetchTargetArgs,
};

use crate::domain::{ModelKind, Month};
use crate::projection::Urgency;
use crate::report::{FocusVersion, Format};

/// What the life cycle of your Amazon Bedrock models will cost, and which workload must move first.
#[derive(Debug, Parser)]
#[command(
    name = "eolcast",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Price, project and rank usage: a summary here, tables in files
    ///
    /// Example: eolcast report bedrock-logs/ --month 2026-10
    Report(ReportArgs),
    /// Print every charge behind a number as quantity x price, with the row's source and date
    ///
    /// Example: eolcast explain checkout bedrock-logs/ --month 2026-10
    Explain(ExplainArgs),
    /// Fetch usage and the model catalog from AWS into a store that `report` reads
    ///
    /// Read-only. Says with --plan what it will call and what that costs; a day that is
    /// complete in the store is never fetched again.
    ///
    /// Example: eolcast fetch metrics --month 2026-10 --region all --plan
    Fetch(FetchArgs),
    /// Validate the price and life-cycle tables and the settings
    ///
    /// Example: eolcast check --pricing my-pricing/
    Check(CheckArgs),
    /// Turn AWS life-cycle notices into rows of your own, that a report takes with --rows
    ///
    /// A notice is the text of the e-mail, or the AWS Health event as JSON. What is not
    /// understood is quoted and refused, never guessed.
    ///
    /// Example: eolcast notice notice.txt --write my-rows.toml
    Notice(NoticeArgs),
    /// Print the completions of a shell, to be put where it looks for them
    ///
    /// Example: eolcast completions bash > ~/.local/share/bash-completion/completions/eolcast
    Completions(CompletionsArgs),
    /// Print the man page, of eolcast or of one of its commands
    ///
    /// Example: eolcast man report | man -l -
    Man(ManArgs),
}

/// `eolcast completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// `eolcast man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// A command, `fetch metrics` for example [default: the page of eolcast itself]
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// Where usage comes from and how it is read.
#[derive(Debug, Args)]
pub struct UsageArgs {
    /// Invocation logs, usage tables, or folders of them; `-` is standard input
    ///
    /// Logs: .json .jsonl .ndjson .log, plain or .gz, as S3 or CloudWatch Logs hold them.
    /// Usage tables: .csv or .parquet. Told apart by content. Without INPUT: the folder
    /// eolcast-store, if there is one.
    #[arg(value_name = "INPUT", conflicts_with = "demo")]
    pub inputs: Vec<PathBuf>,

    /// Use the embedded, invented data set (as of 2026-11-22)
    #[arg(long)]
    pub demo: bool,

    /// The month to close [default: the last full month before --as-of that has data]
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<Month>,

    /// The first projected day; history is every day before it [default: today, UTC]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub as_of: Option<NaiveDate>,

    /// Whole months to project after the current one
    #[arg(long, value_name = "MONTHS", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub horizon: u32,

    /// Settings: workloads, assumptions, discounts [default: eolcast.toml, if present]
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,

    /// A folder of price and life-cycle tables that replaces the embedded ones
    #[arg(long, value_name = "DIR")]
    pub pricing: Option<PathBuf>,

    /// A file of price and life-cycle rows of your own, before those of the tables (repeatable)
    ///
    /// `eolcast notice --write FILE` makes one from an AWS notice. Also [tables] rows = ["FILE"]
    /// in the settings.
    #[arg(long, value_name = "FILE")]
    pub rows: Vec<PathBuf>,

    /// A scenario of your own, as key=value,... (repeatable)
    ///
    /// Keys as in [[scenario]] of the settings: name, migrate-on, ramp-weeks,
    /// double-running-weeks, workloads, models, regions, successor, token-ratio, effort.
    /// Example: --scenario "name=two-waves,migrate-on=2026-12-15,ramp-weeks=4,workloads=shop-*"
    #[arg(long, value_name = "KEY=VALUE,...")]
    pub scenario: Vec<String>,

    /// Which source or input wins where two hold the same account, Region and day
    #[arg(long, value_name = "SOURCE|INPUT")]
    pub prefer: Option<String>,

    /// Print no progress and no summary
    #[arg(long, short)]
    pub quiet: bool,
}

/// `eolcast report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Input.
    #[command(flatten)]
    pub usage: UsageArgs,

    /// Where the files go
    #[arg(long, value_name = "DIR", default_value = "eolcast-report")]
    pub out: PathBuf,

    /// Which files to write: csv, parquet, xlsx, html, json, focus, ics
    ///
    /// csv, parquet: a file for every table. xlsx: eolcast.xlsx, a workbook with charts. html:
    /// eolcast.html, one page. json: eolcast.json, the whole report. focus: focus.csv and
    /// focus.parquet, the charges as FOCUS Cost and Usage (estimates, never billed). ics:
    /// eolcast.ics, the dates for a calendar.
    #[arg(long, value_name = "FORMAT,...", value_delimiter = ',', default_value = "csv,parquet", value_parser = format)]
    pub format: Vec<Format>,

    /// The version of FOCUS that --format focus writes
    #[arg(long, value_name = "VERSION", default_value = "1.2", value_parser = focus_version)]
    pub focus_version: FocusVersion,

    /// Also show how good the forecasts of the last months would have been on this usage
    #[arg(long)]
    pub backtest: bool,

    /// Exit with status 1 when usage was left out or has no price
    #[arg(long)]
    pub strict: bool,

    /// Exit with status 3 when a workload is at least this urgent
    ///
    /// Levels: expired, critical, high, medium, low
    #[arg(long, value_name = "LEVEL", value_parser = urgency)]
    pub fail_on: Option<Urgency>,
}

/// `eolcast explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A workload or a model, as the report names them; `*` stands for any text
    #[arg(value_name = "WORKLOAD|MODEL")]
    pub subject: String,

    /// Input.
    #[command(flatten)]
    pub usage: UsageArgs,
}

/// `eolcast check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// A folder of price and life-cycle tables instead of the embedded ones
    #[arg(long, value_name = "DIR")]
    pub pricing: Option<PathBuf>,

    /// A file of price and life-cycle rows of your own, before those of the tables (repeatable)
    ///
    /// `eolcast notice --write FILE` makes one from an AWS notice. Also [tables] rows = ["FILE"]
    /// in the settings.
    #[arg(long, value_name = "FILE")]
    pub rows: Vec<PathBuf>,

    /// Settings to validate [default: eolcast.toml, if present]
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,

    /// A store with a catalog (fetch catalog), as one more source of dates [default: eolcast-store, if present]
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,

    /// List where the sources disagree, which one is followed, why, and what that changes
    #[arg(long, conflicts_with = "prices_csv")]
    pub conflicts: bool,

    /// Print every price row as CSV, one line per Region and meter
    #[arg(long)]
    pub prices_csv: bool,
}

/// `eolcast notice`.
#[derive(Debug, Args)]
pub struct NoticeArgs {
    /// Notices: e-mail text, or AWS Health JSON (EventBridge events, DescribeEventDetails); `-`
    /// is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Where the rows go: appended to FILE, without repeating any [default: they are printed]
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,

    /// The Region of a notice that names none (repeatable)
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,

    /// What a model makes that no table knows: text, embedding, image, video, speech, rerank
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Option<ModelKind>,

    /// A folder of price and life-cycle tables instead of the embedded ones
    #[arg(long, value_name = "DIR")]
    pub pricing: Option<PathBuf>,
}

fn kind(word: &str) -> Result<ModelKind, String> {
    ModelKind::parse(word).ok_or_else(|| {
        let known = ModelKind::ALL.map(ModelKind::as_str).join(", ");
        format!("the kinds are {known}")
    })
}

/// As strict as the contract writes it: `2026-9-1` is more likely a slip than a date.
fn date(text: &str) -> Result<NaiveDate, String> {
    text.parse()
        .ok()
        .filter(|day: &NaiveDate| day.to_string() == text)
        .ok_or_else(|| {
            format!("'{text}' is not a date; write it as YYYY-MM-DD, for example 2026-11-02")
        })
}

fn format(word: &str) -> Result<Format, String> {
    Format::parse(word).ok_or_else(|| {
        let known = Format::ALL.map(Format::as_str).join(", ");
        format!("this version writes {known}")
    })
}

fn focus_version(word: &str) -> Result<FocusVersion, String> {
    FocusVersion::parse(word).ok_or_else(|| {
        let known = FocusVersion::ALL.map(FocusVersion::as_str).join(", ");
        format!("this version writes FOCUS {known}")
    })
}

fn urgency(word: &str) -> Result<Urgency, String> {
    Urgency::parse(word)
        .filter(|level| *level != Urgency::None)
        .ok_or_else(|| "the levels are expired, critical, high, medium, low".to_owned())
}
