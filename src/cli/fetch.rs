//! What can be typed after `eolcast fetch`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use super::date;
use crate::domain::Month;

/// `eolcast fetch`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct FetchArgs {
    /// Print the least IAM policy that is needed (JSON), and do nothing else
    ///
    /// Before a source, all sources together: eolcast fetch --print-policy. After one, that
    /// source alone: eolcast fetch metrics --print-policy.
    #[arg(long, global = true)]
    pub print_policy: bool,

    /// What to fetch.
    #[command(subcommand)]
    pub source: Option<FetchSource>,
}

/// What can be fetched.
#[derive(Debug, Subcommand)]
pub enum FetchSource {
    /// CloudWatch metrics: complete totals per model, without who caused them
    ///
    /// Example: eolcast fetch metrics --month 2026-10 --region us-east-1 --region eu-west-1
    Metrics(FetchMetricsArgs),
    /// Invocation logs in CloudWatch Logs: usage by role, model and hour, added up by Logs Insights
    ///
    /// Example: eolcast fetch logs --month 2026-10 --plan
    Logs(FetchLogsArgs),
    /// Invocation logs in S3: the same records, read here
    ///
    /// Example: eolcast fetch s3 --month 2026-10
    S3(FetchS3Args),
    /// Models with their life-cycle dates, inference profiles with tags, provisioned throughput
    ///
    /// Example: eolcast fetch catalog --region all
    Catalog(FetchCatalogArgs),
}

/// Where to ask, and where the answers go.
#[derive(Debug, Args)]
pub struct FetchTargetArgs {
    /// The store: a folder that `eolcast report` reads by itself
    #[arg(long, value_name = "DIR", default_value = "eolcast-store")]
    pub store: PathBuf,

    /// A Region (repeatable), or `all` that offer Bedrock [default: that of the profile]
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,

    /// The profile of the AWS configuration to sign in with
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// A role to take, once for each account (repeatable)
    ///
    /// With --accounts-from, one role with {account} in it:
    /// arn:aws:iam::{account}:role/eolcast-read
    #[arg(long, value_name = "ARN")]
    pub role_arn: Vec<String>,

    /// Every active account of the organization, with the role of --role-arn
    #[arg(long, value_name = "WHERE", requires = "role_arn")]
    pub accounts_from: Option<AccountsFrom>,

    /// Print the calls, their number and the expected price; make none that is billed
    #[arg(long)]
    pub plan: bool,

    /// How long one attempt of a call may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,

    /// Settings: the request-metadata keys to keep, inference profiles [default: eolcast.toml, if present]
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,

    /// A folder of price and life-cycle tables that replaces the embedded ones
    #[arg(long, value_name = "DIR")]
    pub pricing: Option<PathBuf>,

    /// Print no progress and no summary
    #[arg(long, short)]
    pub quiet: bool,
}

/// Which days, and which of them again.
#[derive(Debug, Args)]
pub struct FetchPeriodArgs {
    /// The month to fetch [default: the last full month]
    #[arg(long, value_name = "YYYY-MM", conflicts_with_all = ["from", "to"])]
    pub month: Option<Month>,

    /// The first day to fetch, UTC
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date, requires = "to")]
    pub from: Option<NaiveDate>,

    /// The day after the last to fetch, UTC
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date, requires = "from")]
    pub to: Option<NaiveDate>,

    /// Fetch only what an earlier run did not reach or could not read
    ///
    /// Without it, days that were not over when they were fetched are fetched again too.
    #[arg(long, conflicts_with = "refetch")]
    pub resume: bool,

    /// Fetch every day again, complete or not
    #[arg(long)]
    pub refetch: bool,
}

/// Where accounts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AccountsFrom {
    /// AWS Organizations; asked from the management account or a delegated one.
    Organizations,
}

/// `eolcast fetch metrics`.
#[derive(Debug, Args)]
pub struct FetchMetricsArgs {
    /// Where.
    #[command(flatten)]
    pub target: FetchTargetArgs,

    /// When.
    #[command(flatten)]
    pub period: FetchPeriodArgs,

    /// Hours instead of days
    #[arg(long)]
    pub hourly: bool,

    /// Also the accounts that share their metrics with this one (CloudWatch cross-account observability)
    #[arg(long)]
    pub linked_accounts: bool,
}

/// `eolcast fetch logs`.
#[derive(Debug, Args)]
pub struct FetchLogsArgs {
    /// Where.
    #[command(flatten)]
    pub target: FetchTargetArgs,

    /// When.
    #[command(flatten)]
    pub period: FetchPeriodArgs,

    /// The log group [default: that of the account's logging configuration]
    #[arg(long, value_name = "NAME")]
    pub log_group: Option<String>,

    /// Read every event instead of asking Logs Insights: for small groups, or logs without bodies
    ///
    /// Transfers the bodies, prompts included; nothing of them is kept.
    #[arg(long)]
    pub raw: bool,

    /// Rows of an Insights answer from which on its range is asked again in halves: for tests.
    #[arg(long, hide = true, value_name = "ROWS", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub row_limit: u32,
}

/// `eolcast fetch s3`.
#[derive(Debug, Args)]
pub struct FetchS3Args {
    /// Where.
    #[command(flatten)]
    pub target: FetchTargetArgs,

    /// When.
    #[command(flatten)]
    pub period: FetchPeriodArgs,

    /// The bucket [default: that of the account's logging configuration]
    #[arg(long, value_name = "NAME")]
    pub bucket: Option<String>,

    /// What stands before AWSLogs/ in the bucket [default: that of the logging configuration]
    #[arg(long, value_name = "PREFIX", requires = "bucket")]
    pub prefix: Option<String>,
}

/// `eolcast fetch catalog`.
#[derive(Debug, Args)]
pub struct FetchCatalogArgs {
    /// Where.
    #[command(flatten)]
    pub target: FetchTargetArgs,
}
