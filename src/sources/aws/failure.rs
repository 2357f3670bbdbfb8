//! What went wrong with a call, in words for people.
//!
//! Only the error code and message of AWS, and the names of network problems, are ever shown:
//! the body of an answer can hold prompts, so nothing here formats a response.
//!
//! Sample: `cloudwatch:GetMetricData: access denied (AccessDeniedException: ...); add the
//! permission (see eolcast fetch --print-policy)`.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::diagnostic::Diagnostic;

/// What kind of failure it is, which decides what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// No credentials were found, or they could not be read.
    NoCredentials,
    /// The credentials are no longer valid.
    Expired,
    /// The credentials are not known to this Region: often an opt-in Region that is off.
    RegionDisabled,
    /// A permission is missing.
    Denied,
    /// The key that encrypts the data may not be used.
    KeyDenied,
    /// Still throttled after all repetitions.
    Throttled,
    /// The thing that was named does not exist.
    NotFound,
    /// AWS refuses the request as it is.
    Invalid,
    /// AWS answers with an error of its own.
    Service,
    /// An answer came that is cut off or no answer of this service.
    CutOff,
    /// No answer in time.
    TimedOut,
    /// No connection.
    Network,
}

/// A call that failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsFailure {
    /// `service:Operation`, as IAM writes it.
    pub operation: String,
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// AWS's error code, if there is one.
    pub code: Option<String>,
    /// AWS's message, or the network's.
    pub message: String,
}

impl AwsFailure {
    /// Puts an error of the SDK into words.
    pub(crate) fn new<E, R>(operation: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug,
    {
        let code = error.code().map(str::to_owned);
        let (kind, message) = match error {
            SdkError::ServiceError(_) => {
                let message = error.message().unwrap_or_default().to_owned();
                (of_code(code.as_deref(), &message), message)
            }
            SdkError::TimeoutError(_) => (FailureKind::TimedOut, String::new()),
            SdkError::DispatchFailure(failure) => {
                let message = failure
                    .as_connector_error()
                    .map_or_else(String::new, |error| chain(error));
                // A credentials provider fails as a dispatch does.
                let kind = if failure.is_timeout() {
                    FailureKind::TimedOut
                } else if failure.is_user() || message.contains("credential") {
                    FailureKind::NoCredentials
                } else {
                    FailureKind::Network
                };
                let message = match kind {
                    FailureKind::NoCredentials => why_no_credentials(&message),
                    _ => message,
                };
                (kind, message)
            }
            SdkError::ConstructionFailure(_) => {
                let message = error.source().map_or_else(String::new, chain);
                (FailureKind::Invalid, message)
            }
            _ => (FailureKind::CutOff, String::new()),
        };
        Self {
            operation: operation.to_owned(),
            kind,
            code,
            message,
        }
    }

    /// The failure as a finding: input was lost. `subject` names account and Region.
    pub fn finding(&self, subject: &str) -> Diagnostic {
        Diagnostic::error("aws-call-failed", subject, self.to_string())
    }
}

impl fmt::Display for AwsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = self.operation.split(':').next().unwrap_or_default();
        let (what, advice) = match self.kind {
            FailureKind::NoCredentials => (
                "no usable credentials",
                "sign in (aws sso login, aws configure) or name a profile with --profile",
            ),
            FailureKind::Expired => (
                "the credentials have expired",
                "sign in again (aws sso login --profile NAME) and run the same command with --resume",
            ),
            FailureKind::RegionDisabled => (
                "the Region does not know these credentials",
                "enable the Region for the account, or leave it out of --region",
            ),
            FailureKind::Denied => (
                "access denied",
                "add the permission (eolcast fetch --print-policy prints the least that is needed)",
            ),
            FailureKind::KeyDenied => (
                "the KMS key that encrypts the data may not be used",
                "add kms:Decrypt on that key to the role, and the role to the key's policy",
            ),
            FailureKind::Throttled => (
                "AWS still throttles after several attempts",
                "run the same command again later with --resume",
            ),
            FailureKind::NotFound => ("not found", "check the name and the Region"),
            FailureKind::Invalid => ("AWS refuses the request", "check the flags"),
            FailureKind::Service => (
                "AWS answered with an error of its own, several times",
                "run the same command again later with --resume",
            ),
            FailureKind::CutOff => (
                "the answer is cut off or is no answer of this service, several times",
                "check proxies between here and AWS, and run the same command again with --resume",
            ),
            FailureKind::TimedOut => (
                "no answer in time, several times",
                "check the network, or give --timeout SECONDS, and run again with --resume",
            ),
            FailureKind::Network => (
                "no connection",
                "check the network, the proxy settings and the Region's name",
            ),
        };
        write!(f, "{}: {what}", self.operation)?;
        match (&self.code, self.message.as_str()) {
            (Some(code), "") => write!(f, " ({code})")?,
            (Some(code), message) => write!(f, " ({code}: {message})")?,
            (None, "") => {}
            (None, message) => write!(f, " ({message})")?,
        }
        if self.kind == FailureKind::NotFound && service == "s3" {
            return f.write_str("; check --bucket and --prefix");
        }
        write!(f, "; {advice}")
    }
}

impl Error for AwsFailure {}

/// What an error code means. Codes of several services; unknown ones are errors of the service.
fn of_code(code: Option<&str>, message: &str) -> FailureKind {
    let Some(code) = code else {
        // An answer that is no answer of this service: a proxy's page, say.
        return FailureKind::CutOff;
    };
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired" => {
            FailureKind::Expired
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "AuthFailure"
        | "OptInRequired"
        | "InvalidAccessKeyId"
        | "NotSignedUp" => FailureKind::RegionDisabled,
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "Forbidden" => {
            if message.contains("kms:") || message.to_ascii_lowercase().contains("kms key") {
                FailureKind::KeyDenied
            } else {
                FailureKind::Denied
            }
        }
        code if code.starts_with("KMS") || code.starts_with("Kms") => FailureKind::KeyDenied,
        "NoSuchBucket"
        | "NoSuchKey"
        | "NotFound"
        | "ResourceNotFoundException"
        | "ResourceNotFound" => FailureKind::NotFound,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "LimitExceededException"
        | "SlowDown" => FailureKind::Throttled,
        "ValidationError"
        | "ValidationException"
        | "InvalidParameterException"
        | "InvalidParameterValue"
        | "InvalidParameterCombination"
        | "MalformedQueryException"
        | "InvalidArgument"
        | "PermanentRedirect"
        | "AuthorizationHeaderMalformed" => FailureKind::Invalid,
        _ => FailureKind::Service,
    }
}

/// What a credentials provider says, in one line. That the whole chain has none needs no list of
/// its links.
fn why_no_credentials(message: &str) -> String {
    if message.contains("no credentials found in chain") {
        return String::new();
    }
    let lines: Vec<&str> = message.lines().map(str::trim).collect();
    lines.join("; ")
}

/// An error and its causes, each once, in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if words.last() != Some(&text) {
            words.push(text);
        }
        next = error.source();
    }
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::operation::get_object::GetObjectError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    type Failed = SdkError<GetObjectError, &'static str>;

    fn refused(code: &str, message: &str) -> AwsFailure {
        let metadata = ErrorMetadata::builder().code(code).message(message).build();
        let error = Failed::service_error(GetObjectError::generic(metadata), "a secret prompt");
        AwsFailure::new("s3:GetObject", &error)
    }

    #[test]
    fn codes_become_advice() {
        for (code, message, kind) in [
            ("ExpiredToken", "", FailureKind::Expired),
            ("ExpiredTokenException", "", FailureKind::Expired),
            (
                "AccessDenied",
                "no identity-based policy",
                FailureKind::Denied,
            ),
            (
                "AccessDenied",
                "not authorized to perform: kms:Decrypt",
                FailureKind::KeyDenied,
            ),
            ("KMS.DisabledException", "", FailureKind::KeyDenied),
            (
                "UnrecognizedClientException",
                "",
                FailureKind::RegionDisabled,
            ),
            ("SlowDown", "", FailureKind::Throttled),
            ("NoSuchBucket", "", FailureKind::NotFound),
            ("InternalFailure", "", FailureKind::Service),
        ] {
            assert_eq!(refused(code, message).kind, kind, "{code} {message}");
        }
    }

    #[test]
    fn a_failure_says_what_where_why_and_the_way_out() {
        let text = refused("AccessDenied", "no identity-based policy allows it").to_string();
        assert_eq!(
            text,
            "s3:GetObject: access denied (AccessDenied: no identity-based policy allows it); add the permission (eolcast fetch --print-policy prints the least that is needed)"
        );
    }

    #[test]
    fn the_body_of_an_answer_is_never_shown() {
        let cut_off =
            Failed::response_error("unexpected end of a secret prompt", "a secret prompt");
        let failures = [
            AwsFailure::new("logs:FilterLogEvents", &cut_off),
            refused("InternalFailure", "try again"),
        ];
        for failure in failures {
            assert!(
                !format!("{failure} {failure:?}").contains("secret"),
                "{failure:?}"
            );
        }
        assert_eq!(
            AwsFailure::new("logs:FilterLogEvents", &cut_off).kind,
            FailureKind::CutOff
        );
    }

    #[test]
    fn a_network_problem_names_itself() {
        let refused = ConnectorError::io("connection refused".into());
        let failure = AwsFailure::new("s3:GetObject", &Failed::dispatch_failure(refused));
        assert_eq!(failure.kind, FailureKind::Network);
        assert!(
            failure.to_string().contains("connection refused"),
            "{failure}"
        );
        let late = AwsFailure::new("s3:GetObject", &Failed::timeout_error("late"));
        assert_eq!(late.kind, FailureKind::TimedOut);
    }
}
