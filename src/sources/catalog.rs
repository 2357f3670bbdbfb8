//! The Bedrock API of one account and Region. May import `domain`, `diagnostic` and its
//! siblings.
//!
//! All of its calls are free. The words of the API are kept as they are, also those that this
//! version does not know. Order is by id or ARN, so that the same answers make the same bytes.
//!
//! Sample: two pages of system profiles, one of application profiles and the tags of each of
//! these make the `profiles` of a [`Catalog`].

mod models;
mod profiles;
mod provisioned;

use aws_smithy_types::DateTime as AwsTime;
use chrono::{DateTime, Utc};

use super::aws::{Access, AwsFailure, Estimate, FailureKind, PlannedCall};
use crate::diagnostic::Diagnostic;
use crate::domain::{Catalog, LoggingConfiguration};

/// The calls that [`fetch_catalog`] will make; none is billed.
pub fn plan_catalog() -> Vec<PlannedCall> {
    let call = |operation, calls, why: &str| PlannedCall {
        operation,
        calls,
        billed: None,
        why: why.to_owned(),
    };
    vec![
        call(
            models::OPERATION,
            Estimate::Exactly(1),
            "models and their life-cycle dates",
        ),
        call(
            profiles::OPERATION,
            Estimate::AtLeast(2),
            "system and application profiles, 1,000 a call",
        ),
        call(
            profiles::TAGS,
            Estimate::Unknown,
            "one for each application profile",
        ),
        call(
            provisioned::OPERATION,
            Estimate::AtLeast(1),
            "provisioned throughput, 1,000 a call",
        ),
        call(LOGGING, Estimate::Exactly(1), "where invocation logs go"),
    ]
}

/// Asks for everything that a [`Catalog`] holds. Parts that may not be read (tags, say) are
/// findings; the models are not optional.
pub fn fetch_catalog(
    access: &Access,
    now: DateTime<Utc>,
) -> Result<(Catalog, Vec<Diagnostic>), AwsFailure> {
    access.wait(async {
        let models = models::models(access).await?;
        let mut missing = Missing {
            subject: access.subject(),
            findings: Vec::new(),
        };
        let profiles = profiles::profiles(access, &mut missing).await?;
        let provisioned = provisioned::provisioned(access).await;
        let provisioned = missing.or_default("provisioned throughput", provisioned)?;
        let logging = logging_configuration(access).await;
        let logging = missing.or_default("the logging configuration", logging)?;
        let catalog = Catalog {
            account_id: access.account_id().to_string(),
            region: access.region().to_string(),
            fetched_at: now,
            models,
            profiles,
            provisioned,
            logging,
        };
        Ok((catalog, missing.findings))
    })
}

/// Parts of the catalog that may not be read.
struct Missing {
    subject: String,
    findings: Vec<Diagnostic>,
}

impl Missing {
    /// A part that is denied is a finding and empty; any other failure ends the fetch, since the
    /// next run can do better.
    fn or_default<T: Default>(
        &mut self,
        part: &str,
        result: Result<T, AwsFailure>,
    ) -> Result<T, AwsFailure> {
        match result {
            Err(failure) if is_denied(&failure) => {
                self.add(part, &failure);
                Ok(T::default())
            }
            result => result,
        }
    }

    fn add(&mut self, part: &str, failure: &AwsFailure) {
        let message = format!("the catalog is without {part}: {failure}");
        let finding = Diagnostic::warning("catalog-incomplete", self.subject.clone(), message);
        self.findings.push(finding);
    }
}

fn is_denied(failure: &AwsFailure) -> bool {
    matches!(failure.kind, FailureKind::Denied | FailureKind::KeyDenied)
}

/// A moment of the API; `None` for one that no calendar holds.
fn moment(time: &AwsTime) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.secs(), time.subsec_nanos())
}

/// A text, if there is one.
fn text(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

const LOGGING: &str = "bedrock:GetModelInvocationLoggingConfiguration";

/// Asks where invocation logs go; `None` when logging is off.
pub(crate) async fn logging_configuration(
    access: &Access,
) -> Result<Option<LoggingConfiguration>, AwsFailure> {
    let client = access.bedrock();
    let answer = access
        .call(LOGGING, || {
            client.get_model_invocation_logging_configuration().send()
        })
        .await?;
    Ok(answer.logging_config().map(|config| {
        let s3 = config.s3_config();
        let prefix = s3.and_then(|s3| s3.key_prefix());
        LoggingConfiguration {
            log_group: config
                .cloud_watch_config()
                .and_then(|logs| text(logs.log_group_name())),
            bucket: s3.and_then(|s3| text(s3.bucket_name())),
            key_prefix: prefix.and_then(|prefix| text(prefix.trim_end_matches('/'))),
            text_bodies: config.text_data_delivery_enabled(),
        }
    }))
}
