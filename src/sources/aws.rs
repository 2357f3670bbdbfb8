//! One way to AWS: sign in, take a role, go to a Region, make a call. AWS types stop at this
//! room: what leaves it are domain values, failures in words, and the ledger of calls. May
//! import `domain`, `diagnostic` and its siblings.
//!
//! Callers are synchronous; the one runtime lives in [`Aws`], and [`Access::wait`] runs a
//! source's asynchronous part on it. Retries of throttling, server errors and resets are the
//! SDK's; answers that are cut off are asked for again here, since the SDK does not.
//!
//! Sample: `aws.sign_in(None)?.at("us-east-1")` is an [`Access`] to one account and Region.

mod failure;
mod interrupt;
mod ledger;
mod plan;
mod session;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::runtime::Runtime;

pub use failure::{AwsFailure, FailureKind};
pub(crate) use interrupt::{Interrupted, Interruption};
pub use ledger::{Billable, CallCount, CallLedger};
pub use plan::{Estimate, PlannedCall, price_of, price_of_calls, price_of_ledger};
pub use session::Session;

use crate::domain::Text;

/// How often an answer that was cut off is asked for, in all.
const ASK_AGAIN: u32 = 4;
/// The pause before the first repetition; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Why the fetch of one account and Region ended early. Days that were taken stay taken.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A call failed for good.
    #[error(transparent)]
    Aws(#[from] AwsFailure),
    /// A day could not be stored, or a temporary file written.
    #[error("the store cannot be written; free disk space or check the folder's permissions")]
    Store(#[from] std::io::Error),
    /// Ctrl-C: running queries were stopped, days that were complete are kept.
    #[error(
        "interrupted; complete days are kept, running queries are stopped; run the same command \
         again with --resume"
    )]
    Interrupted,
}

/// What holds for all calls.
#[derive(Debug, Clone, Copy)]
pub struct AwsOptions {
    /// How long one attempt of a call may take.
    pub timeout: Duration,
}

impl Default for AwsOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
        }
    }
}

/// The runtime, the ledger and the options that all sessions of a run share.
#[derive(Debug, Clone)]
pub struct Aws {
    runtime: Arc<Runtime>,
    ledger: CallLedger,
    options: AwsOptions,
}

impl Aws {
    /// Starts the runtime; makes no call.
    pub fn start(options: AwsOptions) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        Ok(Self {
            runtime: Arc::new(runtime),
            ledger: CallLedger::default(),
            options,
        })
    }

    /// What was called so far.
    pub fn ledger(&self) -> &CallLedger {
        &self.ledger
    }
}

/// One account in one Region, signed in.
#[derive(Debug, Clone)]
pub struct Access {
    aws: Aws,
    config: SdkConfig,
    account_id: Text,
    region: Text,
}

impl Access {
    /// The account that is asked.
    pub fn account_id(&self) -> &Text {
        &self.account_id
    }

    /// The Region that is asked.
    pub fn region(&self) -> &Text {
        &self.region
    }

    /// Where findings say that something happened: `account 111122223333, us-east-1`.
    pub fn subject(&self) -> String {
        format!("account {}, {}", self.account_id, self.region)
    }

    /// Runs the asynchronous part of a source to its end. Not to be called from inside one.
    pub(crate) fn wait<F: Future>(&self, work: F) -> F::Output {
        self.aws.runtime.block_on(work)
    }

    /// The ledger, to note what a call is billed by.
    pub(crate) fn ledger(&self) -> &CallLedger {
        &self.aws.ledger
    }

    /// Makes a call, and makes it again when its answer is cut off. `operation` is
    /// `service:Operation` as IAM writes it, for messages.
    pub(crate) async fn call<T, E, R, F, Fut>(
        &self,
        operation: &'static str,
        mut attempt: F,
    ) -> Result<T, AwsFailure>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, R>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ASK_AGAIN {
            match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    let failure = AwsFailure::new(operation, &error);
                    if failure.kind != FailureKind::CutOff {
                        return Err(failure);
                    }
                }
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        attempt()
            .await
            .map_err(|error| AwsFailure::new(operation, &error))
    }

    pub(crate) fn bedrock(&self) -> aws_sdk_bedrock::Client {
        let config = aws_sdk_bedrock::config::Builder::from(&self.config)
            .interceptor(self.aws.ledger.interceptor());
        aws_sdk_bedrock::Client::from_conf(config.build())
    }

    pub(crate) fn cloudwatch(&self) -> aws_sdk_cloudwatch::Client {
        let config = aws_sdk_cloudwatch::config::Builder::from(&self.config)
            .interceptor(self.aws.ledger.interceptor());
        aws_sdk_cloudwatch::Client::from_conf(config.build())
    }

    pub(crate) fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        let config = aws_sdk_cloudwatchlogs::config::Builder::from(&self.config)
            .interceptor(self.aws.ledger.interceptor());
        aws_sdk_cloudwatchlogs::Client::from_conf(config.build())
    }

    /// S3 in the Region of the access, or in that of a bucket which lies elsewhere.
    pub(crate) fn s3(&self, region: Option<&str>) -> aws_sdk_s3::Client {
        let mut config = aws_sdk_s3::config::Builder::from(&self.config)
            .interceptor(self.aws.ledger.interceptor());
        if let Some(region) = region {
            config = config.region(aws_sdk_s3::config::Region::new(region.to_owned()));
        }
        aws_sdk_s3::Client::from_conf(config.build())
    }
}
