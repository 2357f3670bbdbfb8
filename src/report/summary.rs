//! The sums of the first screen, each over rows of the report's tables.
//!
//! Nothing is priced or projected here: a reader can add the same columns up. Unknown parts
//! stay out of a sum, and the weakest price basis of its rows goes with it.
//!
//! Imports `projection`, `pricing` and `domain`. Sample: the list costs 10,000.005 and
//! 2,345.67 of October make 12,345.675.

use std::collections::BTreeMap;

use crate::domain::{LifecyclePhase, MoneyOverflow, Month, PriceBasis, Usd};
use crate::pricing::CostRow;
use crate::projection::{ImpactReport, ProjectionRow, ProjectionTotal, Scenario};
use crate::usage::Tokens;

/// The sums behind the first screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The closed month.
    pub closed: MonthCost,
    /// Tokens of the closed month that CloudWatch counted, compared with logs.
    pub coverage: Tokens,
    /// The current month up to `as_of`, when it is another one and has data.
    pub so_far: Option<MonthCost>,
    /// The rest of the current month, if nothing moves.
    pub rest_of_month: PremiumOutlook,
    /// From `as_of` to end of life or the horizon, if nothing moves.
    pub to_end_of_life: PremiumOutlook,
    /// All of it if nothing moves, at the bounds of assumed prices.
    pub stay: PremiumOutlook,
    /// Month by month, staying against moving now.
    pub months: Vec<MonthOutlook>,
    /// The first whole month ahead and the whole horizon if nothing moves, with bounds.
    pub bounds: Vec<ProjectionTotal>,
}

/// What a month cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MonthCost {
    /// Rows of the `cost` table.
    pub rows: usize,
    /// Sum of list costs; empty when nothing is priced.
    pub list_cost: Option<Usd>,
    /// The same at normal prices.
    pub normal_cost: Option<Usd>,
    /// The difference.
    pub premium: Option<Usd>,
    /// After the contracted discount.
    pub contracted_cost: Option<Usd>,
    /// Tokens that have no price and are in none of these sums.
    pub unpriced_tokens: u64,
    /// The weakest basis of the rows that are priced, at least in part.
    pub price_basis: Option<PriceBasis>,
    /// The weakest basis of the rows with a premium.
    pub premium_basis: Option<PriceBasis>,
}

/// What Extended Access is expected to add, or staying to cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PremiumOutlook {
    /// At the likely price; empty when nothing is projected.
    pub expected: Option<Usd>,
    /// At the low bound of assumed prices.
    pub low: Option<Usd>,
    /// At the high bound of assumed prices.
    pub high: Option<Usd>,
    /// The weakest basis of the rows with a premium.
    pub price_basis: Option<PriceBasis>,
}

/// One projected month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthOutlook {
    /// The month; the first holds the days that remain of it.
    pub month: Month,
    /// Cost if nothing moves.
    pub stay: Option<Usd>,
    /// What Extended Access adds to it.
    pub stay_premium: Option<Usd>,
    /// The weakest basis of the staying rows.
    pub stay_basis: Option<PriceBasis>,
    /// Requests that can no longer be served if nothing moves.
    pub stranded_requests: u64,
    /// Cost if everything that must move, moves on `as_of`.
    pub migrate_now: Option<Usd>,
}

impl Summary {
    /// Adds the report up.
    pub fn of(report: &ImpactReport) -> Result<Self, MoneyOverflow> {
        let current = Month::of(report.as_of);
        let so_far = match current == report.month {
            true => None,
            false => Some(month_cost(report, current)?).filter(|cost| cost.rows > 0),
        };
        let staying = |row: &&ProjectionRow| row.scenario == Scenario::Stay;
        let stay = || report.projection.iter().filter(staying);
        Ok(Self {
            closed: month_cost(report, report.month)?,
            coverage: coverage(report, report.month),
            so_far,
            rest_of_month: premium(stay().filter(|row| row.month == current))?,
            to_end_of_life: premium(stay())?,
            stay: whole(stay())?,
            months: months(&report.projection)?,
            bounds: bounds(report),
        })
    }
}

/// Adds a known amount to a sum that may still be unknown.
pub(super) fn add(sum: &mut Option<Usd>, amount: Option<Usd>) -> Result<(), MoneyOverflow> {
    if let Some(amount) = amount {
        *sum = Some(sum.unwrap_or(Usd::ZERO).add(amount)?);
    }
    Ok(())
}

fn month_cost(report: &ImpactReport, month: Month) -> Result<MonthCost, MoneyOverflow> {
    let mut cost = MonthCost::default();
    for row in report.costs.iter().filter(|row| row.month == month) {
        cost.rows += 1;
        add(&mut cost.list_cost, row.list_cost)?;
        add(&mut cost.normal_cost, row.normal_cost)?;
        add(&mut cost.premium, row.extended_access_premium)?;
        add(&mut cost.contracted_cost, row.contracted_cost)?;
        if row.list_cost.is_some() {
            cost.price_basis = cost.price_basis.max(Some(row.price_basis));
        }
        if has_premium(row) {
            cost.premium_basis = cost.premium_basis.max(Some(row.price_basis));
        }
    }
    cost.unpriced_tokens = report
        .charges
        .iter()
        .filter(|charge| charge.month == month && charge.list_cost.is_none())
        .filter(|charge| charge.sku_meter.is_tokens())
        .fold(0, |sum, charge| {
            charge.consumed_quantity.saturating_add(sum)
        });
    Ok(cost)
}

fn has_premium(row: &CostRow) -> bool {
    row.phase == LifecyclePhase::ExtendedAccess
        || row
            .extended_access_premium
            .is_some_and(|amount| amount != Usd::ZERO)
}

/// Sums premiums. The bounds of a row's premium are the bounds of its cost less its normal
/// cost, which is its cost less its premium.
fn premium<'r>(
    rows: impl Iterator<Item = &'r ProjectionRow>,
) -> Result<PremiumOutlook, MoneyOverflow> {
    let mut outlook = PremiumOutlook::default();
    for row in rows {
        let Some(cost) = row.cost else { continue };
        let expected = row.extended_access_premium.unwrap_or(Usd::ZERO);
        let normal = cost.subtract(expected)?;
        // In service at the normal price only a token ratio can have bounds.
        let priced_late = !matches!(row.phase, LifecyclePhase::Active | LifecyclePhase::Unknown);
        let bound = |bound: Option<Usd>| bound.filter(|_| priced_late).unwrap_or(cost);
        let low = bound(row.cost_assumed_low).subtract(normal)?;
        let high = bound(row.cost_assumed_high).subtract(normal)?;
        add(&mut outlook.expected, Some(expected))?;
        add(&mut outlook.low, Some(low))?;
        add(&mut outlook.high, Some(high))?;
        if row.phase == LifecyclePhase::ExtendedAccess || expected != Usd::ZERO {
            outlook.price_basis = outlook.price_basis.max(Some(row.price_basis));
        }
    }
    Ok(outlook)
}

/// Sums whole costs, with the bounds of assumed prices.
fn whole<'r>(
    rows: impl Iterator<Item = &'r ProjectionRow>,
) -> Result<PremiumOutlook, MoneyOverflow> {
    let mut outlook = PremiumOutlook::default();
    for row in rows.filter(|row| row.cost.is_some()) {
        add(&mut outlook.expected, row.cost)?;
        add(&mut outlook.low, row.cost_assumed_low.or(row.cost))?;
        add(&mut outlook.high, row.cost_assumed_high.or(row.cost))?;
        outlook.price_basis = outlook.price_basis.max(Some(row.price_basis));
    }
    Ok(outlook)
}

/// The totals of staying that the first screen shows.
fn bounds(report: &ImpactReport) -> Vec<ProjectionTotal> {
    let next = Month::of(report.as_of).next();
    let staying =
        |total: &&ProjectionTotal| total.scenario == Scenario::Stay && total.workload.is_none();
    let stay = || report.totals.iter().filter(staying);
    let next = stay().find(|total| total.month == Some(next));
    let all = stay().find(|total| total.month.is_none());
    next.into_iter().chain(all).cloned().collect()
}

/// The bounds of each month's volumes if nothing moves, of all workloads together; none where
/// no forecast gives them.
pub(super) fn volume_bounds(report: &ImpactReport) -> BTreeMap<Month, &ProjectionTotal> {
    let staying =
        |total: &&ProjectionTotal| total.scenario == Scenario::Stay && total.workload.is_none();
    let stay = report.totals.iter().filter(staying);
    stay.filter_map(|total| Some((total.month?, total)))
        .collect()
}

fn months(rows: &[ProjectionRow]) -> Result<Vec<MonthOutlook>, MoneyOverflow> {
    let mut months: BTreeMap<Month, MonthOutlook> = BTreeMap::new();
    for row in rows {
        let month = months.entry(row.month).or_insert(MonthOutlook {
            month: row.month,
            stay: None,
            stay_premium: None,
            stay_basis: None,
            stranded_requests: 0,
            migrate_now: None,
        });
        match row.scenario {
            Scenario::Stay => {
                add(&mut month.stay, row.cost)?;
                add(&mut month.stay_premium, row.extended_access_premium)?;
                month.stay_basis = month.stay_basis.max(Some(row.price_basis));
                month.stranded_requests = month
                    .stranded_requests
                    .saturating_add(row.stranded_requests);
            }
            Scenario::MigrateNow => add(&mut month.migrate_now, row.cost)?,
            Scenario::MigrateByExtendedAccess | Scenario::MigrateByEndOfLife | Scenario::Own(_) => {
            }
        }
    }
    Ok(months.into_values().collect())
}

/// The month's tokens of metrics and logs.
fn coverage(report: &ImpactReport, month: Month) -> Tokens {
    let mut sum = Tokens::default();
    for row in report.coverage.iter().filter(|row| month.contains(row.day)) {
        sum.add(&row.tokens);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::sample::{empty_report, month, report, usd};
    use super::*;

    #[test]
    fn the_closed_month_is_the_sum_of_its_rows() {
        let summary = Summary::of(&report()).unwrap();
        // 10,000.005 + 2,345.67; the premium is that of the first row alone.
        assert_eq!(summary.closed.list_cost, usd("12345.675"));
        assert_eq!(summary.closed.premium, usd("5000.0025"));
        assert_eq!(summary.closed.normal_cost, usd("7345.6725"));
        assert_eq!(summary.closed.price_basis, Some(PriceBasis::Assumed));
        // The charge of `@x` has no price.
        assert_eq!(summary.closed.unpriced_tokens, 1_200_000);
        assert_eq!(summary.so_far.unwrap().premium, usd("350"));
    }

    #[test]
    fn the_premium_to_end_of_life_has_the_bounds_of_the_assumed_price() {
        let summary = Summary::of(&report()).unwrap();
        // Stay: 3000 with 1500 of premium, 1600 with 800; low bounds 1500 and 800 are the
        // normal costs, so the low premium is 0.
        assert_eq!(summary.to_end_of_life.expected, usd("2300"));
        assert_eq!(summary.to_end_of_life.low, usd("0"));
        assert_eq!(summary.to_end_of_life.high, usd("2300"));
        assert_eq!(summary.rest_of_month.expected, usd("1500"));
        let december = &summary.months[1];
        assert_eq!(december.month, month("2026-12"));
        assert_eq!(
            (december.stay, december.migrate_now),
            (usd("1600"), usd("6000.125"))
        );
        assert_eq!(december.stranded_requests, 12_500);
    }

    #[test]
    fn nothing_known_is_not_zero() {
        let summary = Summary::of(&empty_report()).unwrap();
        assert_eq!(summary.closed, MonthCost::default());
        assert_eq!(summary.to_end_of_life.expected, None);
        assert!(summary.so_far.is_none() && summary.months.is_empty());
    }
}
