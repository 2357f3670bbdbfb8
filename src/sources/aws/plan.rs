//! What calls will be made, and what calls cost.
//!
//! Prices are the public list prices of us-east-1; other Regions differ by little, free tiers
//! and contracts are not known here. So every price made of them is an estimate and is called
//! one. Sources: CloudWatch <https://aws.amazon.com/cloudwatch/pricing/> (`GetMetricData` 0.01
//! USD per 1,000 metrics requested, outside the free tier; other reads 0.01 USD per 1,000
//! requests beyond the first million a month; Logs Insights 0.005 USD per GB scanned), S3
//! <https://aws.amazon.com/s3/pricing/> (`LIST` 0.005 USD and `GET` 0.0004 USD per 1,000,
//! standard storage). The figures for Insights and S3 were checked in 2026 on third-party pages
//! that quote those.
//!
//! Sample: 606 metrics requested are 0.00606 USD.

use std::fmt;

use rust_decimal::Decimal;

use super::ledger::{Billable, CallLedger};
use crate::domain::Usd;

/// How many calls, or how much of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimate {
    /// Known.
    Exactly(u64),
    /// At least so many; what is found decides.
    AtLeast(u64),
    /// Not more than so many.
    AtMost(u64),
    /// Not known before the calls are made.
    Unknown,
}

impl Estimate {
    /// The number, where there is one.
    pub fn number(self) -> Option<u64> {
        match self {
            Self::Exactly(number) | Self::AtLeast(number) | Self::AtMost(number) => Some(number),
            Self::Unknown => None,
        }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(number) => write!(f, "{number}"),
            Self::AtLeast(number) => write!(f, "at least {number}"),
            Self::AtMost(number) => write!(f, "at most {number}"),
            Self::Unknown => f.write_str("not known yet"),
        }
    }
}

/// Calls of one operation that a fetch will make in one account and Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCall {
    /// `service:Operation`, as IAM writes it.
    pub operation: &'static str,
    /// How many calls.
    pub calls: Estimate,
    /// What they are billed by, if not by their number.
    pub billed: Option<(Billable, Estimate)>,
    /// What they are for, and what the estimate rests on; lower case, no full stop.
    pub why: String,
}

impl PlannedCall {
    /// What they will cost; `None` where that cannot be known.
    pub fn price(&self) -> Option<Usd> {
        match self.billed {
            Some((billable, estimate)) => Some(price_of(billable, estimate.number()?)),
            None if price_of_calls(self.operation, 1) == Usd::ZERO => Some(Usd::ZERO),
            None => Some(price_of_calls(self.operation, self.calls.number()?)),
        }
    }
}

/// The estimated price of billed units.
pub fn price_of(billable: Billable, units: u64) -> Usd {
    match billable {
        // 0.01 per 1,000
        Billable::MetricsRequested => usd(units, 1, 5),
        // 0.005 per 1,000,000,000 bytes
        Billable::BytesScanned => usd(units, 5, 12),
        // Inside the Region nothing; what leaves it depends on where eolcast runs.
        Billable::ObjectBytes => usd(0, 0, 0),
    }
}

/// The estimated price of so many calls of an operation; 0 for those that are not billed or are
/// billed by something else.
pub fn price_of_calls(operation: &str, calls: u64) -> Usd {
    match operation {
        // 0.005 per 1,000
        "s3:ListBucket" | "s3:ListObjectsV2" => usd(calls, 5, 6),
        // 0.0004 per 1,000
        "s3:GetObject" => usd(calls, 4, 7),
        // 0.01 per 1,000, the first million of a month free: an upper bound
        "cloudwatch:ListMetrics" | "cloudwatch:GetMetricStatistics" => usd(calls, 1, 5),
        _ => usd(0, 0, 0),
    }
}

/// What a run has cost so far, as far as the ledger knows.
pub fn price_of_ledger(ledger: &CallLedger) -> Usd {
    let by_calls = ledger
        .calls()
        .into_iter()
        .map(|call| price_of_calls(&call.operation(), call.attempts));
    let by_units = [Billable::MetricsRequested, Billable::BytesScanned]
        .map(|billable| price_of(billable, ledger.billed(billable)));
    by_calls
        .chain(by_units)
        .fold(Usd::ZERO, |sum, price| sum.add(price).unwrap_or(sum))
}

/// `units` x `per_unit` x 10^-`scale`, exact.
fn usd(units: u64, per_unit: i128, scale: u32) -> Usd {
    Usd::new(Decimal::from_i128_with_scale(
        i128::from(units) * per_unit,
        scale,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_worked_by_hand() {
        // 606 / 1,000 x 0.01 = 0.00606
        assert_eq!(
            price_of(Billable::MetricsRequested, 606).to_string(),
            "0.00606"
        );
        // 37,500,000,000 bytes / 10^9 x 0.005 = 0.1875
        assert_eq!(
            price_of(Billable::BytesScanned, 37_500_000_000).to_string(),
            "0.1875"
        );
        // 744 / 1,000 x 0.005 = 0.00372
        assert_eq!(
            price_of_calls("s3:ListObjectsV2", 744).to_string(),
            "0.00372"
        );
        // 4,000 / 1,000 x 0.0004 = 0.0016
        assert_eq!(price_of_calls("s3:GetObject", 4_000).to_string(), "0.0016");
    }
}
