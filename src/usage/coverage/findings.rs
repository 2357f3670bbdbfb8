//! What there is to say about coverage, per account and Region.
//!
//! Imports `domain` and `diagnostic` only. Sample: `info[log-coverage]: account 111122223333,
//! us-east-1: the logs explain 99.1% of the tokens that CloudWatch counted`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Place, Tokens, place};
use crate::diagnostic::Diagnostic;
use crate::domain::{Decimal, ModelId, Source, UsageRow, count_in_words};
use crate::usage::DaySignalsOf;

/// Below this share of tokens, in 1/10,000, coverage is a warning.
const ENOUGH: i64 = 9_500;

/// The comparisons of one account and Region.
#[derive(Debug, Default)]
pub(super) struct Sums {
    tokens: Tokens,
    without_logs: BTreeSet<NaiveDate>,
    tokens_without_logs: u64,
    /// The first day and model of which the logs have more.
    exceeded: Option<(NaiveDate, ModelId)>,
}

impl Sums {
    pub(super) fn note(
        &mut self,
        day: NaiveDate,
        without_logs: bool,
        model_id: &ModelId,
        tokens: &Tokens,
    ) {
        self.tokens.add(tokens);
        if tokens.exceeding > 0 && self.exceeded.is_none() {
            self.exceeded = Some((day, model_id.clone()));
        }
        if without_logs && tokens.metrics > 0 {
            self.without_logs.insert(day);
            self.tokens_without_logs = self.tokens_without_logs.saturating_add(tokens.metrics);
        }
    }

    pub(super) fn findings(&self, account_id: &str, region: &str) -> Vec<Diagnostic> {
        let subject = format!("account {account_id}, {region}");
        let mut findings = Vec::new();
        findings.extend(self.share(&subject));
        if let Some((day, model_id)) = &self.exceeded {
            let tokens = self.tokens.exceeding;
            let message = format!(
                "the logs hold {} tokens more than CloudWatch counted, first of {model_id} on {day}; they are kept: were the metrics fetched before the day was over, or logs of another account read?",
                count_in_words(tokens)
            );
            let finding = Diagnostic::warning("logs-exceed-metrics", &subject, message);
            findings.push(finding.with_tokens(tokens));
        }
        if let (Some(first), Some(last)) = (self.without_logs.first(), self.without_logs.last()) {
            let days = match self.without_logs.len() {
                1 => format!("{first} has usage"),
                count => format!("{count} days from {first} to {last} have usage"),
            };
            let message = format!(
                "{days} and no log: it is the workload '{}'; was logging off, or were these logs not given?",
                super::NOT_IN_LOGS
            );
            let finding = Diagnostic::warning("days-without-logs", &subject, message);
            findings.push(finding.with_tokens(self.tokens_without_logs));
        }
        findings
    }

    fn share(&self, subject: &str) -> Option<Diagnostic> {
        let share = self.tokens.explained_share()?;
        let message = format!(
            "the logs explain {}% of the {} tokens that CloudWatch counted; the rest is the workload '{}'",
            percent(share),
            count_in_words(self.tokens.metrics),
            super::NOT_IN_LOGS
        );
        let finding = match share < Decimal::new(ENOUGH, 4) {
            true => Diagnostic::warning("log-coverage", subject, message),
            false => Diagnostic::info("log-coverage", subject, message),
        };
        Some(finding.with_tokens(self.tokens.unexplained()))
    }
}

/// `93.4` of 0.934.
fn percent(share: Decimal) -> Decimal {
    let percent = share.checked_mul(Decimal::ONE_HUNDRED);
    percent.unwrap_or(share).normalize()
}

/// Usage of the mantle endpoint, which no invocation log tells about.
pub(super) fn of_mantle(rows: &[UsageRow]) -> Vec<Diagnostic> {
    let mut tokens: BTreeMap<Place, u64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.source == Source::Mantle) {
        let sum = tokens.entry(place(row)).or_default();
        *sum = sum.saturating_add(row.counts.tokens());
    }
    tokens
        .into_iter()
        .map(|((account_id, region), tokens)| {
            let message = "usage on the bedrock-mantle endpoint has no invocation logs, so nobody can be named for it by logs";
            Diagnostic::info("mantle-has-no-logs", format!("account {account_id}, {region}"), message)
                .with_tokens(tokens)
        })
        .collect()
}

/// Log records that Bedrock itself could not deliver, of days before `to`.
pub fn delivery_findings(signals: &[DaySignalsOf], to: NaiveDate) -> Vec<Diagnostic> {
    let mut failures: BTreeMap<(&str, &str), BTreeMap<&str, u64>> = BTreeMap::new();
    for day in signals.iter().filter(|day| day.day < to) {
        let failed = day.signals.delivery_failures.iter();
        for (metric, count) in failed.filter(|(_, count)| **count > 0) {
            let of_place = failures.entry((&day.account_id, &day.region)).or_default();
            let sum = of_place.entry(metric).or_default();
            *sum = sum.saturating_add(*count);
        }
    }
    failures
        .into_iter()
        .map(|((account_id, region), failed)| {
            let counts: Vec<String> = failed
                .iter()
                .map(|(metric, count)| format!("{metric} {}", count_in_words(*count)))
                .collect();
            let message = format!(
                "Bedrock could not deliver log records ({}), so the logs lack calls; check the permissions of the log group and bucket",
                counts.join(", ")
            );
            Diagnostic::warning("log-delivery-failures", format!("account {account_id}, {region}"), message)
        })
        .collect()
}
