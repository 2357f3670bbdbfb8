//! The edge to CloudWatch: `ListMetrics` and `GetMetricData`, from SDK answers to plain values.
//! AWS types of the metrics source stop here. May import `domain` and its siblings.
//!
//! Nothing passes a unit: AWS has written two for the same metrics, and a wrong one finds no
//! data. `RecentlyActive` is not used either: it would hide all but the last three hours.
//!
//! Sample: 712 series of a month by the day are two calls of `GetMetricData`, billed as 712
//! metrics requested.

use std::time::Duration;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{
    Dimension, MessageData, Metric as MetricName, MetricDataQuery, MetricDataResult, MetricStat,
    ScanBy, StatusCode,
};
use aws_smithy_types::DateTime;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::answers::{Answer, Gathered, Page, Part, Status};
use super::listed::ListedMetric;
use super::series::{Namespace, Series};
use super::spans::Span;
use crate::domain::Text;
use crate::sources::aws::{Access, AwsFailure, Billable, FailureKind};

/// Queries of a call.
pub(super) const MOST_QUERIES: usize = 500;
/// Calls at once in one account and Region.
const AT_ONCE: usize = 4;
/// How often a series is asked for that AWS answers with an error of its own, in all.
const ASK_AGAIN: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LIST: &str = "cloudwatch:ListMetrics";
const GET: &str = "cloudwatch:GetMetricData";

/// All metrics of a namespace that had data in the past two weeks.
pub(super) async fn list(
    access: &Access,
    client: &Client,
    namespace: Namespace,
    linked_accounts: bool,
) -> Result<Vec<ListedMetric>, AwsFailure> {
    let mut listed = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = access
            .call(LIST, || {
                client
                    .list_metrics()
                    .namespace(namespace.as_str())
                    .set_include_linked_accounts(linked_accounts.then_some(true))
                    .set_next_token(token.clone())
                    .send()
            })
            .await?;
        let owners = page.owning_accounts();
        if linked_accounts && owners.len() != page.metrics().len() {
            return Err(cut_off(LIST, "metrics and owning accounts do not match"));
        }
        for (index, metric) in page.metrics().iter().enumerate() {
            let owner = owners.get(index).filter(|_| linked_accounts);
            listed.push(ListedMetric {
                account: owner.map_or_else(
                    || access.account_id().clone(),
                    |owner| Text::from(owner.as_str()),
                ),
                namespace,
                name: metric.metric_name().unwrap_or_default().to_owned(),
                dimensions: pairs(metric.dimensions()),
            });
        }
        let next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(listed);
        }
        if next == token {
            return Err(cut_off(LIST, "a page names itself as the next"));
        }
        token = next;
    }
}

/// Asks for series of a span in calls of 500; those that AWS answers with an error of its own,
/// or not in full, again a few times.
pub(super) async fn gather(
    access: &Access,
    client: &Client,
    span: &Span,
    series: &[Series],
    gathered: &mut Gathered,
) -> Result<(), AwsFailure> {
    let mut pending = series.to_vec();
    let mut pause = FIRST_PAUSE;
    for attempt in 1..=ASK_AGAIN {
        let calls: Vec<&[Series]> = pending.chunks(MOST_QUERIES).collect();
        let answers: Vec<(Vec<Answer>, Vec<String>)> = stream::iter(calls)
            .map(|call| ask(access, client, span, call))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let (answers, messages): (Vec<_>, Vec<_>) = answers.into_iter().unzip();
        gathered.messages.extend(messages.into_iter().flatten());
        let answers = answers.into_iter().flatten();
        gathered
            .answers
            .extend(pending.iter().cloned().zip(answers));
        pending = gathered.unfinished(&pending);
        if pending.is_empty() || attempt == ASK_AGAIN {
            break;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    Ok(())
}

/// One call with all its pages.
async fn ask(
    access: &Access,
    client: &Client,
    span: &Span,
    series: &[Series],
) -> Result<(Vec<Answer>, Vec<String>), AwsFailure> {
    let queries: Vec<MetricDataQuery> = series
        .iter()
        .enumerate()
        .map(|(index, series)| query(access, span, index, series))
        .collect();
    let (from, to) = span.range.moments();
    let mut answers = vec![Answer::default(); series.len()];
    let mut messages = Vec::new();
    let mut token: Option<String> = None;
    // Billed by metrics requested. AWS does not say whether a further page of the same request
    // is billed again, so each call counts once, with its first page.
    access.ledger().bill(
        Billable::MetricsRequested,
        u64::try_from(series.len()).unwrap_or(u64::MAX),
    );
    loop {
        let answer = access
            .call(GET, || {
                client
                    .get_metric_data()
                    .set_metric_data_queries(Some(queries.clone()))
                    .start_time(DateTime::from_secs(from.timestamp()))
                    .end_time(DateTime::from_secs(to.timestamp()))
                    .scan_by(ScanBy::TimestampAscending)
                    .set_next_token(token.clone())
                    .send()
            })
            .await?;
        let page = Page {
            parts: answer
                .metric_data_results()
                .iter()
                .filter_map(part)
                .collect(),
            messages: texts(answer.messages())
                .chain(
                    answer
                        .metric_data_results()
                        .iter()
                        .flat_map(|result| texts(result.messages())),
                )
                .collect(),
            next_token: answer.next_token().map(str::to_owned),
        };
        for part in page.parts {
            if let Some(answer) = answers.get_mut(part.query) {
                answer.take(part);
            }
        }
        messages.extend(page.messages);
        // A page that names itself as the next would go on for ever; what is partial stays so.
        if page.next_token.is_none() || page.next_token == token {
            return Ok((answers, messages));
        }
        token = page.next_token;
    }
}

fn query(access: &Access, span: &Span, index: usize, series: &Series) -> MetricDataQuery {
    let dimensions = series.level.dimensions(series.namespace);
    let dimensions = dimensions
        .into_iter()
        .map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let metric = MetricName::builder()
        .namespace(series.namespace.as_str())
        .metric_name(series.metric.as_str())
        .set_dimensions(Some(dimensions.collect()))
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(span.period())
        .stat("Sum")
        .build();
    // The own account needs no name; naming it asks for permissions of a monitoring account.
    let other = (series.account != *access.account_id()).then(|| series.account.to_string());
    MetricDataQuery::builder()
        .id(format!("q{index}"))
        .metric_stat(stat)
        .set_account_id(other)
        .build()
}

fn part(result: &MetricDataResult) -> Option<Part> {
    let query = result.id()?.strip_prefix('q')?.parse().ok()?;
    let status = match result.status_code() {
        Some(StatusCode::Complete) => Status::Complete,
        Some(StatusCode::PartialData) => Status::Partial,
        Some(StatusCode::Forbidden) => Status::Forbidden,
        _ => Status::InternalError,
    };
    let moments = result.timestamps().iter().map(DateTime::secs);
    // Points without their value, or the other way round: the answer is damaged.
    let status = if result.timestamps().len() == result.values().len() {
        status
    } else {
        Status::InternalError
    };
    Some(Part {
        query,
        points: moments.zip(result.values().iter().copied()).collect(),
        status,
    })
}

fn texts(messages: &[MessageData]) -> impl Iterator<Item = String> {
    messages.iter().map(|message| {
        let code = message.code().unwrap_or("message");
        format!("{code}: {}", message.value().unwrap_or_default())
    })
}

fn pairs(dimensions: &[Dimension]) -> Vec<(String, String)> {
    let pair = |dimension: &Dimension| {
        (
            dimension.name().unwrap_or_default().to_owned(),
            dimension.value().unwrap_or_default().to_owned(),
        )
    };
    dimensions.iter().map(pair).collect()
}

fn cut_off(operation: &str, message: &str) -> AwsFailure {
    AwsFailure {
        operation: operation.to_owned(),
        kind: FailureKind::CutOff,
        code: None,
        message: message.to_owned(),
    }
}
