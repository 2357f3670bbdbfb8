//! CloudWatch metrics of Bedrock: complete totals per model and day, without who caused them.
//! May import `domain`, `diagnostic`, `sources::aws` and its own files.
//!
//! One fetch asks one account (and, if wanted, those that share their metrics with it) in one
//! Region: `ListMetrics` for what there is, then `GetMetricData` in two rounds per stretch of
//! time (`metrics/questions.rs` says which series). AWS types stop in `metrics/cloudwatch.rs`;
//! everything else works on plain values. The days are given away at the end of the fetch, all
//! of a stretch or none, also when a later stretch fails.
//!
//! Tier sets that `ListMetrics` hides (no call at that tier for two weeks) cannot be guessed:
//! their usage stays at `standard`.
//!
//! Sample: October 2026 of 60 models in us-east-1 is 31 days of source `metrics` and 31 of
//! source `mantle`, from two calls of `ListMetrics` and two of `GetMetricData`.

mod answers;
mod cloudwatch;
mod days;
mod findings;
mod listed;
mod measures;
mod questions;
mod rows;
mod series;
mod spans;
mod split;

#[cfg(test)]
mod day_tests;
#[cfg(test)]
mod question_tests;

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};

use self::answers::Gathered;
use self::findings::Place;
use self::listed::Listed;
use self::series::Namespace;
use self::spans::Span;
use super::aws::{Access, AwsFailure, Billable, Estimate, FetchError, PlannedCall};
use crate::diagnostic::Diagnostic;
use crate::domain::{DaySink, FetchedDay, Granularity, ModelNaming, Text};

/// `ListMetrics` names what had data within this time.
const LISTED: Days = Days::new(14);

/// What to ask CloudWatch for in one account and Region.
#[derive(Debug, Clone, Copy)]
pub struct MetricsRequest<'a> {
    /// The days, ascending.
    pub days: &'a [NaiveDate],
    /// Those of them that are asked by the hour.
    pub hourly: &'a BTreeSet<NaiveDate>,
    /// Model ids as CloudWatch may show them, besides those that ListMetrics names: the
    /// catalog's, the tables', those seen in logs.
    pub candidates: &'a BTreeSet<String>,
    /// Whether accounts that share their metrics with this one are asked too.
    pub linked_accounts: bool,
    /// Model names.
    pub naming: &'a ModelNaming,
    /// When the fetch began: CloudWatch keeps 455 days before it, and lists what had data in
    /// the 14 days before it.
    pub now: DateTime<Utc>,
}

impl MetricsRequest<'_> {
    fn granularity(&self, day: NaiveDate) -> Granularity {
        match self.hourly.contains(&day) {
            true => Granularity::Hour,
            false => Granularity::Day,
        }
    }

    fn spans(&self) -> Vec<Span> {
        spans::spans(self.days, self.hourly, spans::first_kept(self.now))
    }
}

/// Usage, calls, errors, images and Legacy calls of one model.
const METRICS_OF_A_MODEL: usize = 10;

/// The calls that [`fetch_metrics`] will make, from what is known without calling: models that
/// `ListMetrics` names come on top, with ten metrics instead of one.
pub fn plan_metrics(request: &MetricsRequest<'_>) -> Vec<PlannedCall> {
    let spans = request.spans();
    if spans.is_empty() {
        return Vec::new();
    }
    let candidates = questions::as_shown(request.candidates).len();
    let series = questions::of_account(&"".into()).count() + candidates;
    let most = cloudwatch::MOST_QUERIES;
    let in_all = |count: usize| u64::try_from(count * spans.len()).unwrap_or(u64::MAX);
    let metrics = Estimate::AtLeast(in_all(series));
    vec![
        PlannedCall {
            operation: "cloudwatch:ListMetrics",
            calls: Estimate::AtLeast(u64::try_from(Namespace::ALL.len()).unwrap_or(u64::MAX)),
            billed: None,
            why: "the models in use, 500 metrics a page, in two namespaces".to_owned(),
        },
        PlannedCall {
            operation: "cloudwatch:GetMetricData",
            calls: Estimate::AtLeast(in_all(series.div_ceil(most))),
            billed: Some((Billable::MetricsRequested, metrics)),
            why: format!(
                "12 totals and 1 metric for each of {candidates} model ids that may be in use{}; a model in use takes up to {METRICS_OF_A_MODEL}, so at most {} without tiers and bedrock-mantle; {most} a call",
                match spans.len() {
                    1 => String::new(),
                    stretches => format!(", in each of {stretches} stretches of days"),
                },
                in_all(series + candidates * (METRICS_OF_A_MODEL - 1)),
            ),
        },
    ]
}

/// Fetches the days into the sink, usage of `AWS/Bedrock` as source `metrics` and of
/// `AWS/BedrockMantle` as source `mantle`. Findings that belong to no single day are returned.
pub fn fetch_metrics(
    access: &Access,
    request: &MetricsRequest<'_>,
    sink: &dyn DaySink,
) -> Result<Vec<Diagnostic>, FetchError> {
    let place = Place {
        account: access.account_id(),
        region: access.region(),
    };
    let mut days = days::past_retention(
        place,
        request.days,
        |day| request.granularity(day),
        spans::first_kept(request.now),
    );
    let mut findings = Vec::new();
    let asked = access.wait(ask(access, request, &mut days, &mut findings));
    days.sort_by(|a, b| {
        let key = |day: &FetchedDay| (day.account_id.clone(), day.source, day.day);
        key(a).cmp(&key(b))
    });
    for day in days {
        sink.take(day)?;
    }
    asked?;
    Ok(findings)
}

/// Asks for one span after the other. What is finished when one fails stays finished.
async fn ask(
    access: &Access,
    request: &MetricsRequest<'_>,
    days: &mut Vec<FetchedDay>,
    findings: &mut Vec<Diagnostic>,
) -> Result<(), AwsFailure> {
    let spans = request.spans();
    if spans.is_empty() {
        return Ok(());
    }
    let client = access.cloudwatch();
    let mut metrics = Vec::new();
    for namespace in Namespace::ALL {
        let linked = request.linked_accounts;
        metrics.extend(cloudwatch::list(access, &client, namespace, linked).await?);
    }
    let listed = Listed::new(access.account_id(), &metrics);
    findings.extend(about_the_list(access, request, &listed));
    let candidates = questions::as_shown(request.candidates);
    let mut messages = BTreeSet::new();
    for span in spans {
        let mut gathered = Gathered::default();
        let first = questions::first_round(&listed, &candidates);
        cloudwatch::gather(access, &client, &span, &first, &mut gathered).await?;
        let second = questions::second_round(&listed, &candidates, &gathered);
        cloudwatch::gather(access, &client, &span, &second, &mut gathered).await?;
        let region = access.region();
        days.extend(days::finished(
            &listed,
            region,
            request.naming,
            &span,
            &gathered,
        ));
        messages.append(&mut gathered.messages);
    }
    let place = place_of(access);
    findings.extend(messages.iter().map(|message| place.message(message)));
    Ok(())
}

/// What the list cannot tell.
fn about_the_list(
    access: &Access,
    request: &MetricsRequest<'_>,
    listed: &Listed,
) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let since = request.now.checked_sub_days(LISTED).unwrap_or(request.now);
    // What a day before that used may be hidden; since then, nothing listed is nothing called.
    let hidden = request.days.iter().any(|day| *day <= since.date_naive());
    if hidden {
        let silent = listed
            .accounts
            .iter()
            .filter(|(_, named)| named.mantle_models.is_empty());
        findings.extend(silent.map(|(account, _)| place(account, access).mantle_silent()));
    }
    if request.linked_accounts && listed.accounts.len() == 1 {
        findings.push(place_of(access).nobody_linked());
    }
    findings
}

fn place_of(access: &Access) -> Place<'_> {
    place(access.account_id(), access)
}

fn place<'a>(account: &'a Text, access: &'a Access) -> Place<'a> {
    Place {
        account,
        region: access.region(),
    }
}
