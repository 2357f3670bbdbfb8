//! The findings of the metrics source, in words. May import `domain`, `diagnostic` and its
//! siblings.
//!
//! Sample: `metrics-unattributed`: 12,000 tokens that belong to no model id that is known here.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::answers::Status;
use super::measures::OddValue;
use super::series::Namespace;
use crate::diagnostic::Diagnostic;
use crate::domain::{Text, TokenCounts, count_in_words};

/// Where a finding is about: an account in a Region.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) account: &'a Text,
    pub(super) region: &'a Text,
}

impl Place<'_> {
    fn subject(self) -> String {
        format!("account {}, {}", self.account, self.region)
    }

    fn model(self, model: &str) -> String {
        format!("{model} in {}", self.subject())
    }

    /// Series that were not answered in full.
    pub(super) fn unread(
        self,
        namespace: Namespace,
        status: Status,
        series: &BTreeSet<String>,
    ) -> Diagnostic {
        let named: Vec<&str> = series.iter().take(3).map(String::as_str).collect();
        let more = match series.len().saturating_sub(3) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let series = format!("{} ({}{more})", namespace.as_str(), named.join(", "));
        match status {
            Status::Forbidden => Diagnostic::error(
                "metrics-forbidden",
                self.subject(),
                format!(
                    "CloudWatch may not show {series} of account {}; allow cloudwatch:GetMetricData, and for a linked account share its metrics with the account that is signed in",
                    self.account
                ),
            ),
            Status::Complete | Status::Partial | Status::InternalError => Diagnostic::error(
                "metrics-not-read",
                self.subject(),
                format!(
                    "CloudWatch answered {series} with an error of its own or in part only, several times; run the same command again with --resume"
                ),
            ),
        }
    }

    /// A sum that is no count.
    pub(super) fn odd(self, odd: &OddValue) -> Diagnostic {
        let message = format!(
            "CloudWatch gives {} for {} on {}, which is no count; it is left out",
            odd.value,
            odd.series.words(),
            odd.day
        );
        Diagnostic::error("metrics-value", self.subject(), message)
    }

    /// Usage that no model explains.
    pub(super) fn unattributed(
        self,
        namespace: Namespace,
        day: NaiveDate,
        requests: u64,
        tokens: u64,
    ) -> Diagnostic {
        let message = format!(
            "on {day} all models of {} together have {} requests and {} tokens more than the models that could be named; CloudWatch hides models that were silent for two weeks: run eolcast fetch catalog or fetch logs, which name them, then this again with --refetch",
            namespace.as_str(),
            count_in_words(requests),
            count_in_words(tokens)
        );
        Diagnostic::warning("metrics-unattributed", self.subject(), message).with_tokens(tokens)
    }

    /// Parts of a total that are more than the total.
    pub(super) fn parts_above_total(
        self,
        model: &str,
        day: NaiveDate,
        what: &str,
        total: &TokenCounts,
    ) -> Diagnostic {
        let message =
            format!("on {day} CloudWatch counts more by {what} than in all; the split is left out");
        Diagnostic::warning("metrics-split-ignored", self.model(model), message)
            .with_tokens(total.tokens())
    }

    /// A tier that eolcast does not know.
    pub(super) fn unknown_tier(
        self,
        model: &str,
        day: NaiveDate,
        tier: &str,
        counts: &TokenCounts,
    ) -> Diagnostic {
        let message = format!(
            "on {day} the service tier '{tier}' is not known; its usage is kept as standard, so its price may be wrong"
        );
        Diagnostic::warning("metrics-unknown-tier", self.model(model), message)
            .with_tokens(counts.tokens())
    }

    /// Counts that do not fit.
    pub(super) fn too_much(self, day: NaiveDate) -> Diagnostic {
        let message = format!("on {day} counts add up to more than can be held; they are left out");
        Diagnostic::error("metrics-value", self.subject(), message)
    }

    /// Days that CloudWatch no longer has.
    pub(super) fn past_retention(self, first_kept: NaiveDate) -> Diagnostic {
        let message = format!(
            "CloudWatch keeps metrics for 455 days: what was used before {first_kept} is not known from here; use invocation logs or bills for those days"
        );
        Diagnostic::error("metrics-retention", self.subject(), message)
    }

    /// No usage of the mantle endpoint is listed, for days that a list does not cover.
    pub(super) fn mantle_silent(self) -> Diagnostic {
        let message = "CloudWatch lists no usage of the bedrock-mantle endpoint, but it lists only what had data in the past two weeks: models called there earlier and not since cannot be named";
        Diagnostic::info("mantle-not-listed", self.subject(), message)
    }

    /// No account shares metrics.
    pub(super) fn nobody_linked(self) -> Diagnostic {
        let message = "--linked-accounts: no account shares Bedrock metrics of the past two weeks with this one";
        Diagnostic::info("no-linked-accounts", self.subject(), message)
    }

    /// What CloudWatch says besides.
    pub(super) fn message(self, text: &str) -> Diagnostic {
        let message = format!("CloudWatch says: {text}");
        Diagnostic::warning("metrics-message", self.subject(), message)
    }
}
