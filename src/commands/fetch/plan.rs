//! `--plan`: the calls that a fetch will make, how many, and what they will cost.

use std::io::Write;

use rust_decimal::Decimal;

use crate::diagnostic::Diagnostic;
use crate::domain::Usd;
use crate::report::{Align, Colour, Grid, visible};
use crate::sources::aws::CallLedger;
use crate::sources::aws::{Billable, Estimate, PlannedCall, price_of_ledger};

/// The same on a screen and in a pipe.
const WIDTH: usize = 100;

/// The plan of one account and Region.
#[derive(Debug)]
pub(super) struct TargetPlan {
    /// `account 111122223333, us-east-1`.
    pub(super) subject: String,
    /// `31 of 31 days to fetch`.
    pub(super) days: String,
    /// The calls, or why they cannot be planned.
    pub(super) calls: Result<Vec<PlannedCall>, Diagnostic>,
}

/// Prints plans and their sum.
pub(super) fn print(
    title: &str,
    plans: &[TargetPlan],
    findings: &[Diagnostic],
    ledger: &CallLedger,
) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "plan: {title}")?;
    let mut sum = Usd::ZERO;
    let mut open = false;
    for plan in plans {
        writeln!(out, "\n{}: {}", plan.subject, plan.days)?;
        match &plan.calls {
            Err(finding) => {
                open = true;
                writeln!(out, "  {finding}")?;
            }
            Ok(calls) if calls.is_empty() => writeln!(out, "  no calls")?,
            Ok(calls) => {
                for line in lines(calls) {
                    writeln!(out, "{}", visible(&line))?;
                }
                for call in calls {
                    let unsure = |estimate: Estimate| !matches!(estimate, Estimate::Exactly(_));
                    open |= call.billed.map_or(unsure(call.calls), |(_, of)| unsure(of))
                        && call.price() != Some(Usd::ZERO);
                    sum = sum.add(call.price().unwrap_or(Usd::ZERO))?;
                }
            }
        }
    }
    for finding in findings {
        writeln!(out, "\n{finding}")?;
    }
    let more = if open {
        ", without what is not known yet"
    } else {
        ""
    };
    writeln!(
        out,
        "\nexpected price: {}{more} (list prices of us-east-1; an estimate)",
        in_words(sum)
    )?;
    let asked: u64 = ledger.calls().iter().map(|call| call.attempts).sum();
    writeln!(
        out,
        "calls made for this plan: {asked}, estimated price {}",
        in_words(price_of_ledger(ledger))
    )?;
    Ok(())
}

/// One line a call, and under it what it is for: reasons are too long for a column.
fn lines(calls: &[PlannedCall]) -> Vec<String> {
    let mut grid = Grid::new([
        ("call", Align::Left),
        ("calls", Align::Right),
        ("billed by", Align::Right),
        ("price", Align::Right),
    ]);
    for call in calls {
        let billed = call
            .billed
            .map_or_else(String::new, |(what, estimate)| units(what, estimate));
        grid.row([
            call.operation.to_owned(),
            call.calls.to_string(),
            billed,
            call.price()
                .map_or_else(|| "not known yet".to_owned(), in_words),
        ]);
    }
    let mut lines = Vec::new();
    for (at, line) in grid.lines(WIDTH, 2, Colour::Plain).iter().enumerate() {
        lines.push(line.trim_end().to_owned());
        if let Some(call) = at.checked_sub(1).and_then(|at| calls.get(at)) {
            lines.push(format!("      {}", call.why));
        }
    }
    lines
}

fn units(what: Billable, estimate: Estimate) -> String {
    match what {
        Billable::MetricsRequested => format!("{estimate} metrics"),
        Billable::BytesScanned | Billable::ObjectBytes => match estimate {
            Estimate::Exactly(bytes) => in_bytes(bytes),
            Estimate::AtLeast(bytes) => format!("at least {}", in_bytes(bytes)),
            Estimate::AtMost(bytes) => format!("at most {}", in_bytes(bytes)),
            Estimate::Unknown => "not known yet".to_owned(),
        },
    }
}

/// Bytes in units of 1,000, as AWS bills them, rounded down: `37.5 GB`.
pub(super) fn in_bytes(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        1_000_000_000..1_000_000_000_000 => (1_000_000_000, "GB"),
        _ => (1_000_000_000_000, "TB"),
    };
    format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
}

/// Small prices matter here: below a dollar two digits that count, `$0.0061`.
pub(super) fn in_words(price: Usd) -> String {
    if price == Usd::ZERO {
        return "$0".to_owned();
    }
    match price.amount().round_sf(2) {
        Some(short) if price.amount() < Decimal::ONE => format!("${}", short.normalize()),
        _ => price.in_words(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_in_units_of_a_thousand() {
        assert_eq!(in_bytes(999), "999 B");
        assert_eq!(in_bytes(1_000), "1.0 kB");
        assert_eq!(in_bytes(37_549_999_999), "37.5 GB");
        assert_eq!(in_bytes(2_000_000_000_000), "2.0 TB");
    }

    #[test]
    fn small_prices_keep_two_digits() {
        let words = |text: &str| in_words(Usd::new(text.parse().unwrap()));
        assert_eq!(words("0.00606"), "$0.0061");
        assert_eq!(words("0.0000481234"), "$0.000048");
        assert_eq!(words("0"), "$0");
        assert_eq!(words("1.005"), "$1.00");
    }
}
