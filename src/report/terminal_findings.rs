//! What was left out or assumed, a few lines for each kind: the table holds the rest.
//!
//! Imports `domain` and `diagnostic`. Sample:
//! `warning[assumed-price] $11,751.70: claude-opus-4-1 in us-east-1 and 2 more: no Extended ...`.

use super::format::{visible, wrapped};
use crate::diagnostic::{Diagnostic, Severity};
use crate::domain::{MoneyOverflow, Usd, count_in_words};

/// Kinds of findings shown.
const KINDS: usize = 7;
/// Lines that a kind may take.
const LINES: usize = 3;

/// `3 errors, 1 warning`.
pub(super) fn finding_counts(findings: &[Diagnostic]) -> String {
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Info]
        .into_iter()
        .filter_map(|severity| {
            let count = findings.iter().filter(|f| f.severity == severity).count();
            let plural = if count == 1 { "" } else { "s" };
            (count > 0).then(|| format!("{count} {}{plural}", severity.as_str()))
        })
        .collect();
    counts.join(", ")
}

/// Lines for the kinds that matter most; `findings` come the costliest first.
pub(super) fn finding_lines(
    findings: &[Diagnostic],
    width: usize,
) -> Result<Vec<String>, MoneyOverflow> {
    let mut kinds: Vec<(&str, Vec<&Diagnostic>)> = Vec::new();
    // Lost input comes first: it may be without tokens and money, and is never unimportant.
    let (lost, others): (Vec<&Diagnostic>, Vec<&Diagnostic>) = findings
        .iter()
        .partition(|finding| finding.severity == Severity::Error);
    for finding in lost.into_iter().chain(others) {
        match kinds.iter_mut().find(|(code, _)| *code == finding.code) {
            Some((_, of_kind)) => of_kind.push(finding),
            None => kinds.push((&finding.code, vec![finding])),
        }
    }
    let mut lines = Vec::new();
    for (_, of_kind) in kinds.iter().take(KINDS) {
        let text = visible(&kind_text(of_kind)?);
        for (at, line) in wrapped(&text, width.saturating_sub(4), LINES)
            .iter()
            .enumerate()
        {
            let indent = if at == 0 { "  " } else { "    " };
            lines.push(format!("{indent}{line}"));
        }
    }
    if kinds.len() > KINDS {
        let more: Vec<&str> = kinds[KINDS..].iter().map(|(code, _)| *code).collect();
        lines.push(format!("  and {}", more.join(", ")));
    }
    Ok(lines)
}

/// The first finding of a kind in its own words, with the sums of all.
fn kind_text(of_kind: &[&Diagnostic]) -> Result<String, MoneyOverflow> {
    let first = of_kind[0];
    let amounts: Vec<Usd> = of_kind.iter().filter_map(|f| f.cost_affected).collect();
    let tokens: Vec<u64> = of_kind.iter().filter_map(|f| f.tokens_affected).collect();
    let mut sums = Vec::new();
    if !amounts.is_empty() {
        sums.push(Usd::sum(amounts)?.in_words());
    }
    if !tokens.is_empty() {
        let sum = tokens.into_iter().fold(0, u64::saturating_add);
        sums.push(format!("{} tokens", count_in_words(sum)));
    }
    let sums = if sums.is_empty() {
        String::new()
    } else {
        format!(" {}", sums.join(", "))
    };
    let more = match of_kind.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Ok(format!(
        "{}[{}]{sums}: {}{more}: {}",
        first.severity.as_str(),
        first.code,
        first.subject,
        first.message
    ))
}
