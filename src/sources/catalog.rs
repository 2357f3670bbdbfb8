//! The Bedrock API of one account and Region.

use chrono::{DateTime, Utc};

use super::aws::{Access, AwsFailure, PlannedCall};
use crate::diagnostic::Diagnostic;
use crate::domain::{Catalog, LoggingConfiguration};

/// The calls that [`fetch_catalog`] will make.
pub fn plan_catalog() -> Vec<PlannedCall> {
    todo!()
}

/// Asks for everything that a [`Catalog`] holds. Parts that may not be read (tags, say) are
/// findings; the models are not optional.
pub fn fetch_catalog(
    _access: &Access,
    _now: DateTime<Utc>,
) -> Result<(Catalog, Vec<Diagnostic>), AwsFailure> {
    todo!()
}

/// Asks where invocation logs go; `None` when logging is off.
pub(crate) async fn logging_configuration(
    access: &Access,
) -> Result<Option<LoggingConfiguration>, AwsFailure> {
    let client = access.bedrock();
    let answer = access
        .call("bedrock:GetModelInvocationLoggingConfiguration", || {
            client.get_model_invocation_logging_configuration().send()
        })
        .await?;
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
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
