//! Signing in: profiles, roles, accounts of an organisation.
//!
//! Sample: the profile `finops` signs in to the account 111122223333; the role
//! `arn:aws:iam::444455556666:role/eolcast-read`, taken from there, to another.

use std::fmt;

use aws_config::BehaviorVersion;
use aws_config::SdkConfig;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::app_name::AppName;
use aws_types::region::Region;

use super::{Access, Aws, AwsFailure};
use crate::domain::Text;

/// Attempts of a call that is throttled or meets server errors, unless the environment or the
/// profile says otherwise: several accounts share one quota, and a fetch can wait.
const ATTEMPTS: u32 = 8;
/// Where global services are asked when no Region is known.
const ANY_REGION: &str = "us-east-1";

/// One account, signed in.
#[derive(Clone)]
pub struct Session {
    aws: Aws,
    config: SdkConfig,
    account_id: Text,
    partition: String,
}

impl fmt::Debug for Session {
    /// Without the configuration, which holds credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("account_id", &self.account_id)
            .finish_non_exhaustive()
    }
}

impl Aws {
    /// Signs in with the usual chain (environment, profile, SSO, container, instance), or with
    /// the profile of this name.
    pub fn sign_in(&self, profile: Option<&str>) -> Result<Session, AwsFailure> {
        self.runtime.block_on(async {
            let timeouts = TimeoutConfig::builder()
                .operation_attempt_timeout(self.options.timeout)
                .build();
            let mut loader =
                aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
            // What AWS sees in its own logs.
            if let Ok(name) = AppName::new("eolcast") {
                loader = loader.app_name(name);
            }
            if let Some(profile) = profile {
                // Keys in the environment would win over the profile that was asked for.
                let named = ProfileFileCredentialsProvider::builder().profile_name(profile);
                loader = loader
                    .profile_name(profile)
                    .credentials_provider(named.build());
            }
            let mut config = loader.load().await;
            let default = config.retry_config().map(RetryConfig::max_attempts);
            // The SDK's default is 3; another number was asked for by somebody.
            if default.is_none_or(|attempts| attempts == 3)
                && std::env::var_os("AWS_MAX_ATTEMPTS").is_none()
            {
                let patient = RetryConfig::standard().with_max_attempts(ATTEMPTS);
                config = config.into_builder().retry_config(patient).build();
            }
            self.session(config).await
        })
    }

    /// Asks who the credentials of a configuration are.
    async fn session(&self, config: SdkConfig) -> Result<Session, AwsFailure> {
        let asked = match config.region() {
            Some(_) => config.clone(),
            None => at_region(&config, ANY_REGION),
        };
        let client = aws_sdk_sts::config::Builder::from(&asked)
            .interceptor(self.ledger.interceptor())
            .build();
        let client = aws_sdk_sts::Client::from_conf(client);
        let access = self.access(asked, "".into(), "".into());
        let identity = access
            .call("sts:GetCallerIdentity", || {
                client.get_caller_identity().send()
            })
            .await?;
        let partition = identity
            .arn()
            .and_then(|arn| arn.split(':').nth(1))
            .unwrap_or("aws");
        Ok(Session {
            aws: self.clone(),
            config,
            account_id: identity.account().unwrap_or_default().into(),
            partition: partition.to_owned(),
        })
    }

    fn access(&self, config: SdkConfig, account_id: Text, region: Text) -> Access {
        Access {
            aws: self.clone(),
            config,
            account_id,
            region,
        }
    }
}

impl Session {
    /// The account.
    pub fn account_id(&self) -> &Text {
        &self.account_id
    }

    /// The Region of the profile or the environment, if there is one.
    pub fn default_region(&self) -> Option<&str> {
        self.config.region().map(Region::as_ref)
    }

    /// `aws`, `aws-us-gov` or `aws-cn`.
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// Takes a role; the account is the role's.
    pub fn assume(&self, role_arn: &str) -> Result<Self, AwsFailure> {
        self.aws.runtime.block_on(async {
            let region = self.default_region().unwrap_or(ANY_REGION).to_owned();
            let provider = AssumeRoleProvider::builder(role_arn)
                .session_name("eolcast")
                .configure(&self.config)
                .region(Region::new(region))
                .build()
                .await;
            let config = self
                .config
                .clone()
                .into_builder()
                .credentials_provider(SharedCredentialsProvider::new(provider))
                // Cached credentials of the caller must not answer for the role.
                .identity_cache(aws_config::identity::IdentityCache::lazy().build())
                .build();
            self.aws.session(config).await
        })
    }

    /// Ids of the active accounts of the organisation, sorted.
    pub fn organization_accounts(&self) -> Result<Vec<Text>, AwsFailure> {
        let config = match self.config.region() {
            Some(_) => self.config.clone(),
            None => at_region(&self.config, ANY_REGION),
        };
        let client = aws_sdk_organizations::config::Builder::from(&config)
            .interceptor(self.aws.ledger.interceptor())
            .build();
        let client = aws_sdk_organizations::Client::from_conf(client);
        let access = self.aws.access(config, self.account_id.clone(), "".into());
        access.wait(async {
            let mut accounts: Vec<Text> = Vec::new();
            let mut token: Option<String> = None;
            loop {
                let page = access
                    .call("organizations:ListAccounts", || {
                        client.list_accounts().set_next_token(token.clone()).send()
                    })
                    .await?;
                // `state` is newer than `status`; older answers have the latter only.
                let active = page.accounts().iter().filter(|account| {
                    let state = account.state().map(|state| state.as_str());
                    #[allow(deprecated, reason = "some answers have no state yet")]
                    let status = account.status().map(|status| status.as_str());
                    state.or(status).is_none_or(|word| word == "ACTIVE")
                });
                accounts.extend(active.filter_map(|account| account.id()).map(Text::from));
                token = page.next_token().map(str::to_owned);
                if token.is_none() {
                    accounts.sort();
                    accounts.dedup();
                    return Ok(accounts);
                }
            }
        })
    }

    /// This account in a Region.
    pub fn at(&self, region: &str) -> Access {
        self.aws.access(
            at_region(&self.config, region),
            self.account_id.clone(),
            region.into(),
        )
    }
}

fn at_region(config: &SdkConfig, region: &str) -> SdkConfig {
    let region = Region::new(region.to_owned());
    config.clone().into_builder().region(region).build()
}
