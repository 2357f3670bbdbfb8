//! Whom a fetch asks: accounts x Regions.
//!
//! Sample: two roles and three Regions are six targets; a role that cannot be taken is a
//! finding, and the other account's three targets go on.

use std::collections::BTreeSet;

use anyhow::bail;

use crate::cli::{AccountsFrom, FetchTargetArgs};
use crate::diagnostic::{Diagnostic, Severity};
use crate::domain::Text;
use crate::sources::aws::{Access, Aws, AwsFailure, FailureKind, Session};

/// What stands for the account's id in `--role-arn` with `--accounts-from`.
const ACCOUNT: &str = "{account}";

/// One account in one Region.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) access: Access,
    /// The Region was not asked for by name: that it is off is no failure.
    pub(super) optional: bool,
}

/// Those that can be asked, and findings about those that cannot.
#[derive(Debug)]
pub(super) struct Targets {
    pub(super) targets: Vec<Target>,
    pub(super) findings: Vec<Diagnostic>,
}

/// Signs in everywhere. `offered` are the Regions that `--region all` stands for.
pub(super) fn find(
    aws: &Aws,
    arguments: &FetchTargetArgs,
    offered: &BTreeSet<Text>,
) -> anyhow::Result<Targets> {
    let base = aws.sign_in(arguments.profile.as_deref())?;
    let (sessions, findings) = sessions(&base, arguments)?;
    if sessions.is_empty() {
        bail!(nobody(&findings));
    }
    let mut targets = Vec::new();
    for session in &sessions {
        for (region, optional) in regions(session, arguments, offered)? {
            targets.push(Target {
                access: session.at(&region),
                optional,
            });
        }
    }
    Ok(Targets { targets, findings })
}

/// One session an account, sorted by account.
fn sessions(
    base: &Session,
    arguments: &FetchTargetArgs,
) -> anyhow::Result<(Vec<Session>, Vec<Diagnostic>)> {
    let roles = roles(base, arguments)?;
    if roles.is_empty() {
        return Ok((vec![base.clone()], Vec::new()));
    }
    let mut sessions: Vec<Session> = Vec::new();
    let mut findings = Vec::new();
    for role in roles {
        let session = match role {
            Role::None => Ok(base.clone()),
            Role::Arn(arn) => base.assume(&arn).map_err(|failure| (arn, failure)),
        };
        match session {
            Ok(session) => sessions.push(session),
            Err((arn, failure)) => findings.push(role_finding(&arn, &failure)),
        }
    }
    sessions.sort_by(|a, b| a.account_id().cmp(b.account_id()));
    sessions.dedup_by(|a, b| a.account_id() == b.account_id());
    Ok((sessions, findings))
}

/// How an account is reached.
enum Role {
    /// With the credentials as they are.
    None,
    Arn(String),
}

fn roles(base: &Session, arguments: &FetchTargetArgs) -> anyhow::Result<Vec<Role>> {
    match arguments.accounts_from {
        None => {
            if let Some(arn) = arguments.role_arn.iter().find(|arn| arn.contains(ACCOUNT)) {
                bail!(
                    "--role-arn {arn}: {ACCOUNT} stands for the accounts of --accounts-from organizations; give that too, or the account's id"
                );
            }
            Ok(arguments.role_arn.iter().cloned().map(Role::Arn).collect())
        }
        Some(AccountsFrom::Organizations) => {
            let [template] = arguments.role_arn.as_slice() else {
                bail!("--accounts-from organizations takes one --role-arn, with {ACCOUNT} in it");
            };
            if !template.contains(ACCOUNT) {
                bail!(
                    "--role-arn {template}: with --accounts-from organizations it needs {ACCOUNT} where the account's id belongs, for example arn:aws:iam::{ACCOUNT}:role/eolcast-read"
                );
            }
            let accounts = base.organization_accounts()?;
            let role = |account: Text| match account == *base.account_id() {
                true => Role::None,
                false => Role::Arn(template.replace(ACCOUNT, &account)),
            };
            Ok(accounts.into_iter().map(role).collect())
        }
    }
}

fn role_finding(arn: &str, failure: &AwsFailure) -> Diagnostic {
    let message = format!(
        "the role cannot be taken, so the account is left out: {failure}; check that its trust policy names you"
    );
    Diagnostic::error("account-not-reached", arn, message)
}

/// Regions of one account, and whether each may be missing.
fn regions(
    session: &Session,
    arguments: &FetchTargetArgs,
    offered: &BTreeSet<Text>,
) -> anyhow::Result<Vec<(String, bool)>> {
    let named: BTreeSet<&String> = arguments
        .region
        .iter()
        .filter(|region| *region != "all")
        .collect();
    let all = arguments.region.iter().any(|region| region == "all");
    if !all && named.is_empty() {
        return match session.default_region() {
            Some(region) => Ok(vec![(region.to_owned(), false)]),
            None => bail!(
                "no Region: the profile has none; give --region REGION (repeatable), or --region all"
            ),
        };
    }
    let mut regions: Vec<(String, bool)> = named
        .iter()
        .map(|region| ((*region).clone(), false))
        .collect();
    if all {
        let others = offered
            .iter()
            .filter(|region| partition_of(region) == session.partition())
            .map(|region| region.to_string())
            .filter(|region| !named.contains(region));
        regions.extend(others.map(|region| (region, true)));
    }
    regions.sort();
    Ok(regions)
}

/// Partitions of AWS by the names of their Regions.
fn partition_of(region: &str) -> &'static str {
    if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else if region.starts_with("cn-") {
        "aws-cn"
    } else {
        "aws"
    }
}

fn nobody(findings: &[Diagnostic]) -> String {
    let mut message = "no account could be reached; nothing is written".to_owned();
    for finding in findings {
        message.push_str(&format!("\n  {finding}"));
    }
    message
}

/// What a failure of one target says. An opt-in Region that is off is no loss when nobody
/// asked for it by name.
pub(super) fn finding_of(target: &Target, failure: &AwsFailure) -> Diagnostic {
    let mut finding = failure.finding(&target.access.subject());
    let absent = matches!(
        failure.kind,
        FailureKind::RegionDisabled | FailureKind::Network
    );
    if target.optional && failure.kind == FailureKind::RegionDisabled {
        finding.severity = Severity::Info;
    }
    if target.optional && absent {
        finding.code = "region-not-enabled".into();
    }
    finding
}
