//! What each `fetch` command asks its source for, and what it needs for that.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::plan::{self, TargetPlan};
use super::progress::FetchProgress;
use super::targets::{self, Target, Targets};
use super::work::{WorkDone, ask_all};
use super::{days, summary};
use crate::cli::{
    FetchCatalogArgs, FetchLogsArgs, FetchMetricsArgs, FetchPeriodArgs, FetchS3Args,
    FetchTargetArgs,
};
use crate::commands::Outcome;
use crate::commands::loading::load_tables;
use crate::diagnostic::Diagnostic;
use crate::domain::{Catalog, DaySink, ModelNaming, Source, UsageRow};
use crate::settings::Settings;
use crate::sources::aws::{Access, Aws, AwsFailure, AwsOptions, FetchError, PlannedCall};
use crate::sources::{
    AddUp, LogReading, LogsRequest, MetricsRequest, RecordOptions, S3Request, fetch_catalog,
    fetch_logs, fetch_metrics, fetch_s3, plan_catalog, plan_logs, plan_metrics, plan_s3,
};
use crate::usage::{Again, Rollup, RollupOptions, RollupSink, Store};

/// Objects that are read at a time: enough to hide the network's latency.
const S3_READERS: usize = 16;

/// What all sources need.
struct Fetch<'a> {
    arguments: &'a FetchTargetArgs,
    settings: Settings,
    naming: ModelNaming,
    aws: Aws,
    targets: Targets,
    store: Store,
    now: DateTime<Utc>,
    /// Whether days that are stored as days are asked again by the hour.
    hours_for_days: bool,
}

impl<'a> Fetch<'a> {
    /// Reads settings and tables, opens the store, then signs in: what is wrong here costs no
    /// call.
    fn start(arguments: &'a FetchTargetArgs, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let settings = Settings::load(arguments.settings.as_deref())?;
        let (tables, _) = load_tables(arguments.pricing.as_deref(), &settings, &[])?;
        let mut naming = tables.naming();
        naming.profiles = settings.profiles.clone();
        let store = Store::open(&arguments.store, now)?;
        let aws = Aws::start(AwsOptions {
            timeout: Duration::from_secs(arguments.timeout),
        })?;
        let targets = targets::find(&aws, arguments, &tables.regions())?;
        Ok(Self {
            arguments,
            settings,
            naming,
            aws,
            targets,
            store,
            now,
            hours_for_days: false,
        })
    }

    fn records(&self) -> RecordOptions {
        RecordOptions::new(self.settings.allocation.metadata_keys().iter().cloned())
    }

    /// The catalog of an account and Region, from the store.
    fn catalog(&self, access: &Access) -> anyhow::Result<Option<Catalog>> {
        let is_of = |catalog: &Catalog| {
            catalog.account_id == **access.account_id() && catalog.region == **access.region()
        };
        Ok(self.store.catalogs()?.into_iter().find(is_of))
    }

    /// Plans or fetches usage, and says what came of it.
    fn usage(
        &self,
        source: Source,
        period: &FetchPeriodArgs,
        plan: impl Fn(&Target, &[NaiveDate]) -> Result<Vec<PlannedCall>, AwsFailure>,
        fetch: impl Fn(&Target, &[NaiveDate], &dyn DaySink) -> Result<Vec<Diagnostic>, FetchError>
        + Sync,
    ) -> anyhow::Result<Outcome> {
        let asked: Vec<NaiveDate> = days::asked(period, self.now)?.days().collect();
        let again = days::again(period);
        let wanted = |target: &Target| self.wanted(source, target, &asked, again);
        let title = format!(
            "fetch {source}, {}, into {}",
            days::in_words(&asked),
            self.arguments.store.display()
        );
        if self.arguments.plan {
            let plan_of = |target: &Target| {
                let days = wanted(target);
                let calls = match days.is_empty() {
                    true => Ok(Vec::new()),
                    false => {
                        plan(target, &days).map_err(|failure| targets::finding_of(target, &failure))
                    }
                };
                TargetPlan {
                    subject: target.access.subject(),
                    days: format!("{} of {} days to fetch", days.len(), asked.len()),
                    calls,
                }
            };
            let plans: Vec<TargetPlan> = self.targets.targets.iter().map(plan_of).collect();
            plan::print(&title, &plans, &self.targets.findings, self.aws.ledger())?;
            return Ok(outcome(&self.targets.findings));
        }
        let progress = FetchProgress::start(
            self.targets
                .targets
                .iter()
                .map(|target| wanted(target).len())
                .sum(),
            self.arguments.quiet,
        );
        let mut done = ask_all(
            &self.targets.targets,
            &self.store,
            &progress,
            |target, sink| {
                let days = wanted(target);
                match days.is_empty() {
                    true => (0, Ok(Vec::new())),
                    false => (days.len(), fetch(target, &days, sink)),
                }
            },
        )?;
        drop(progress);
        self.end(&title, &mut done)
    }

    fn wanted(
        &self,
        source: Source,
        target: &Target,
        asked: &[NaiveDate],
        again: Again,
    ) -> Vec<NaiveDate> {
        let (account, region) = (target.access.account_id(), target.access.region());
        let mut days = self.store.wanted(source, account, region, asked, again);
        if self.hours_for_days {
            let is_day = |day: &&NaiveDate| {
                let query = self.store.query_of(source, account, region, **day);
                query.is_some_and(|query| query.ends_with(" 86400"))
            };
            days.extend(asked.iter().filter(is_day));
            days.sort_unstable();
            days.dedup();
        }
        days
    }

    /// Prints the end; all targets failed is a failure of the whole.
    fn end(&self, title: &str, done: &mut WorkDone) -> anyhow::Result<Outcome> {
        done.findings.extend(self.targets.findings.iter().cloned());
        let reached = |done: &WorkDone| {
            done.targets
                .iter()
                .any(|target| !target.failed && !target.absent || target.stored.taken > 0)
        };
        if !reached(done) {
            let mut message = "nothing could be fetched; the store is as it was".to_owned();
            for finding in done.findings.iter().take(10) {
                message.push_str(&format!("\n  {finding}"));
            }
            anyhow::bail!(message);
        }
        if !self.arguments.quiet {
            summary::print(title, done, self.aws.ledger())?;
        }
        Ok(outcome(&done.findings))
    }
}

fn outcome(findings: &[Diagnostic]) -> Outcome {
    if summary::is_incomplete(findings) {
        Outcome::Incomplete
    } else {
        Outcome::Complete
    }
}

pub(super) fn metrics(arguments: &FetchMetricsArgs, now: DateTime<Utc>) -> anyhow::Result<Outcome> {
    days::asked(&arguments.period, now)?;
    let mut fetch = Fetch::start(&arguments.target, now)?;
    fetch.hours_for_days = arguments.hourly;
    let seen = fetch.store.names_seen(None)?;
    let request = |days: &[NaiveDate], catalog: Option<&Catalog>| {
        let mut candidates = seen.clone();
        candidates.extend(catalog.map(catalog_names).unwrap_or_default());
        let hourly: BTreeSet<NaiveDate> = match arguments.hourly {
            true => days.iter().copied().collect(),
            false => catalog.map(days_with_a_change_inside).unwrap_or_default(),
        };
        (candidates, hourly)
    };
    let plan = |target: &Target, days: &[NaiveDate]| {
        // Asking the Bedrock API is not billed, and what it names decides the number of metrics.
        let stored = fetch.catalog(&target.access).ok().flatten();
        let mut calls = match stored {
            Some(_) => Vec::new(),
            None => plan_catalog(),
        };
        let catalog = stored.or_else(|| Some(fetch_catalog(&target.access, fetch.now).ok()?.0));
        let (candidates, hourly) = request(days, catalog.as_ref());
        calls.extend(plan_metrics(&MetricsRequest {
            days,
            hourly: &hourly,
            candidates: &candidates,
            linked_accounts: arguments.linked_accounts,
            naming: &fetch.naming,
            now: fetch.now,
        }));
        Ok(calls)
    };
    let ask = |target: &Target, days: &[NaiveDate], sink: &dyn DaySink| {
        let access = &target.access;
        let mut findings = Vec::new();
        let catalog = match fetch.catalog(access).ok().flatten() {
            Some(catalog) => Some(catalog),
            // Without it, models that were silent for two weeks would be missed.
            None => match fetch_catalog(access, fetch.now) {
                Ok((catalog, of_catalog)) => {
                    fetch.store.keep_catalog(&catalog)?;
                    findings.extend(of_catalog);
                    Some(catalog)
                }
                Err(failure) => {
                    findings.push(without_catalog(access, &failure));
                    None
                }
            },
        };
        let (candidates, hourly) = request(days, catalog.as_ref());
        let request = MetricsRequest {
            days,
            hourly: &hourly,
            candidates: &candidates,
            linked_accounts: arguments.linked_accounts,
            naming: &fetch.naming,
            now: fetch.now,
        };
        findings.extend(fetch_metrics(access, &request, sink)?);
        Ok(findings)
    };
    fetch.usage(Source::Metrics, &arguments.period, plan, ask)
}

/// Names under which CloudWatch may show the models of a catalog.
fn catalog_names(catalog: &Catalog) -> BTreeSet<String> {
    let models = catalog.models.iter().map(|model| model.model_id.clone());
    let profiles = catalog.profiles.iter().map(|profile| profile.id.clone());
    let provisioned = catalog.provisioned.iter().map(|own| own.arn.clone());
    models.chain(profiles).chain(provisioned).collect()
}

/// Days on which the phase of a model changes at another time than midnight.
fn days_with_a_change_inside(catalog: &Catalog) -> BTreeSet<NaiveDate> {
    let lifecycles = catalog
        .models
        .iter()
        .filter_map(|model| model.lifecycle.as_ref());
    lifecycles
        .flat_map(|lifecycle| {
            [
                lifecycle.legacy_from,
                lifecycle.extended_access_from,
                lifecycle.end_of_life,
            ]
        })
        .flatten()
        .filter(|moment| moment.time() != NaiveTime::MIN)
        .map(|moment| moment.date_naive())
        .collect()
}

fn without_catalog(access: &Access, failure: &AwsFailure) -> Diagnostic {
    let message = format!(
        "the model catalog cannot be read, so models that were not called for two weeks may be missed: {failure}"
    );
    Diagnostic::warning("catalog-not-read", access.subject(), message)
}

pub(super) fn logs(arguments: &FetchLogsArgs, now: DateTime<Utc>) -> anyhow::Result<Outcome> {
    days::asked(&arguments.period, now)?;
    let fetch = Fetch::start(&arguments.target, now)?;
    let records = fetch.records();
    let any_days = LogsRequest {
        days: &[],
        log_group: arguments.log_group.as_deref(),
        reading: match arguments.raw {
            true => LogReading::Events,
            false => LogReading::Insights,
        },
        records: &records,
        naming: &fetch.naming,
        now,
        row_limit: arguments.row_limit,
    };
    let add_up = RecordsToRows::new(&fetch.naming, Source::Logs);
    let plan = |target: &Target, days: &[NaiveDate]| {
        plan_logs(&target.access, &LogsRequest { days, ..any_days })
    };
    let ask = |target: &Target, days: &[NaiveDate], sink: &dyn DaySink| {
        fetch_logs(
            &target.access,
            &LogsRequest { days, ..any_days },
            &add_up,
            sink,
        )
    };
    fetch.usage(Source::Logs, &arguments.period, plan, ask)
}

pub(super) fn s3(arguments: &FetchS3Args, now: DateTime<Utc>) -> anyhow::Result<Outcome> {
    days::asked(&arguments.period, now)?;
    let fetch = Fetch::start(&arguments.target, now)?;
    let records = fetch.records();
    let prefix = arguments.prefix.as_deref().unwrap_or_default();
    let any_days = S3Request {
        days: &[],
        location: arguments.bucket.as_deref().map(|bucket| (bucket, prefix)),
        records: &records,
        readers: S3_READERS,
    };
    let add_up = RecordsToRows::new(&fetch.naming, Source::S3);
    let plan = |target: &Target, days: &[NaiveDate]| {
        plan_s3(&target.access, &S3Request { days, ..any_days })
    };
    let ask = |target: &Target, days: &[NaiveDate], sink: &dyn DaySink| {
        fetch_s3(
            &target.access,
            &S3Request { days, ..any_days },
            &add_up,
            sink,
        )
    };
    fetch.usage(Source::S3, &arguments.period, plan, ask)
}

/// Adds records up with the rollup that reports use.
struct RecordsToRows(Rollup);

impl RecordsToRows {
    fn new(naming: &ModelNaming, source: Source) -> Self {
        let options = RollupOptions {
            threads: S3_READERS,
            source,
            ..RollupOptions::default()
        };
        Self(Rollup::new(Arc::new(naming.clone()), options))
    }
}

impl AddUp for RecordsToRows {
    type Sink = RollupSink;

    fn start(&self) -> RollupSink {
        self.0.sink()
    }

    fn finish(&self, sinks: Vec<RollupSink>) -> std::io::Result<(Vec<UsageRow>, Vec<Diagnostic>)> {
        let rolled_up = self.0.finish(sinks)?;
        Ok((rolled_up.rows, rolled_up.findings))
    }
}

pub(super) fn catalog(arguments: &FetchCatalogArgs, now: DateTime<Utc>) -> anyhow::Result<Outcome> {
    let fetch = Fetch::start(&arguments.target, now)?;
    let title = format!("fetch catalog, into {}", arguments.target.store.display());
    if arguments.target.plan {
        let plan_of = |target: &Target| TargetPlan {
            subject: target.access.subject(),
            days: "the catalog of today".to_owned(),
            calls: Ok(plan_catalog()),
        };
        let plans: Vec<TargetPlan> = fetch.targets.targets.iter().map(plan_of).collect();
        plan::print(&title, &plans, &fetch.targets.findings, fetch.aws.ledger())?;
        return Ok(outcome(&fetch.targets.findings));
    }
    let progress = FetchProgress::start(fetch.targets.targets.len(), arguments.target.quiet);
    let kept = std::sync::Mutex::new(Vec::new());
    let mut done = ask_all(
        &fetch.targets.targets,
        &fetch.store,
        &progress,
        |target, _| {
            let ask = || -> Result<Vec<Diagnostic>, FetchError> {
                let (catalog, findings) = fetch_catalog(&target.access, now)?;
                fetch.store.keep_catalog(&catalog)?;
                progress.advance(1);
                let mut kept = kept
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                kept.push(catalog);
                Ok(findings)
            };
            (1, ask())
        },
    )?;
    drop(progress);
    let mut kept = kept
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    kept.sort_by(|a, b| (&a.account_id, &a.region).cmp(&(&b.account_id, &b.region)));
    fetch.end_of_catalog(&title, &mut done, &kept)
}

impl Fetch<'_> {
    fn end_of_catalog(
        &self,
        title: &str,
        done: &mut WorkDone,
        kept: &[Catalog],
    ) -> anyhow::Result<Outcome> {
        done.findings.extend(self.targets.findings.iter().cloned());
        if kept.is_empty() {
            let mut message = "no catalog could be fetched; the store is as it was".to_owned();
            for finding in done.findings.iter().take(10) {
                message.push_str(&format!("\n  {finding}"));
            }
            anyhow::bail!(message);
        }
        if !self.arguments.quiet {
            summary::print_catalogs(title, kept, done, self.aws.ledger())?;
        }
        Ok(outcome(&done.findings))
    }
}
