//! Findings: everything left out, assumed, stale, unresolved, past its end or contradictory.
//!
//! Every stage returns its findings as values; they are gathered, ordered (the costliest
//! first) and printed once. Problems of the run itself are errors, not findings.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt;

use crate::domain::Usd;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Input was lost: the exit status says so.
    Error,
    /// A number is incomplete or rests on an assumption.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// The word in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// A stable word: `unpriced-usage`, `unreadable-record`, ... Owned where it was read back
    /// from a store, which another version may have written.
    pub code: Cow<'static, str>,
    /// What it is about: a file, a model, a workload.
    pub subject: String,
    /// What, where, why, and the way out; lower case, no full stop.
    pub message: String,
    /// Tokens that the finding touches, where that can be known.
    pub tokens_affected: Option<u64>,
    /// Money that the finding touches, where that can be known.
    pub cost_affected: Option<Usd>,
}

impl Diagnostic {
    /// An error: input was lost.
    pub fn error(
        code: impl Into<Cow<'static, str>>,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(Severity::Error, code, subject, message)
    }

    /// A warning: a number is incomplete or assumed.
    pub fn warning(
        code: impl Into<Cow<'static, str>>,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(Severity::Warning, code, subject, message)
    }

    /// Worth knowing.
    pub fn info(
        code: impl Into<Cow<'static, str>>,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(Severity::Info, code, subject, message)
    }

    fn new(
        severity: Severity,
        code: impl Into<Cow<'static, str>>,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            code: code.into(),
            subject: subject.into(),
            message: message.into(),
            tokens_affected: None,
            cost_affected: None,
        }
    }

    /// Records name a service tier that eolcast does not know.
    pub fn unknown_service_tier(subject: impl Into<String>, records: u64, tokens: u64) -> Self {
        let message = match records {
            1 => "1 record names a service tier that is not known; it is kept as standard, so its price may be wrong".to_owned(),
            count => format!("{count} records name service tiers that are not known; they are kept as standard, so their prices may be wrong"),
        };
        Self::warning("unknown-service-tier", subject, message).with_tokens(tokens)
    }

    /// Says how many tokens it touches.
    #[must_use]
    pub fn with_tokens(mut self, tokens: u64) -> Self {
        self.tokens_affected = Some(tokens);
        self
    }

    /// Says how much money it touches.
    #[must_use]
    pub fn with_cost(mut self, cost: Usd) -> Self {
        self.cost_affected = Some(cost);
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}[{}]: {}: {}",
            self.severity.as_str(),
            self.code,
            self.subject,
            self.message
        )
    }
}

/// Orders findings for people: the costliest first, then the most tokens, then by severity;
/// ties by code, subject and message, so that the order never depends on the run. Exact
/// repetitions are dropped.
pub fn order(findings: &mut Vec<Diagnostic>) {
    findings.sort_by(|a, b| {
        let key = |d: &Diagnostic| {
            (
                Reverse(d.cost_affected),
                Reverse(d.tokens_affected),
                d.severity,
            )
        };
        key(a)
            .cmp(&key(b))
            .then_with(|| (&a.code, &a.subject, &a.message).cmp(&(&b.code, &b.subject, &b.message)))
    });
    findings.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Decimal;

    #[test]
    fn the_costliest_finding_comes_first() {
        let mut findings = vec![
            Diagnostic::error("c", "s", "m"),
            Diagnostic::warning("b", "s", "m").with_tokens(10),
            Diagnostic::info("a", "s", "m").with_cost(Usd::new(Decimal::ONE)),
            Diagnostic::error("c", "s", "m"),
        ];
        order(&mut findings);
        assert_eq!(
            findings.iter().map(|d| &*d.code).collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
    }
}
