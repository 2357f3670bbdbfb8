//! Why the closed month cost more or less than the one before, per workload and model.
//!
//! Compared are list costs: what every priced charge has, whatever is negotiated. Last month's
//! cost becomes this month's in four steps, and each effect is the difference of two
//! neighbours, so that they add up to the whole difference to the last digit, whatever a step
//! had to round:
//!
//! 1. `normal_before`: last month at its normal prices.
//! 2. `scaled`: the same usage, scaled to this month's total of tokens (images by themselves):
//!    the step from 1 is the **volume** at last month's average price.
//! 3. `repriced`: what this month used (by account, Region, scope, tier, prompt band and meter)
//!    at last month's normal prices, or at its own where last month had none: the step from 2
//!    is the **mix**.
//! 4. `normal_after`: this month at its normal prices: the step from 3 is the **price**.
//!
//! Beside these the change of the **Extended Access** premium (its volume too). A pair that is
//! used in one of the months only is **new or gone**: its whole cost is that effect. Months
//! are taken as they are: 31 days cost more than 30, and that is volume. Usage without a price
//! is in no number here, and its tokens are in no volume; where nothing of a month is priced,
//! its cost and all effects are empty. Without any usage in the month before there are no rows.
//!
//! Imports `pricing` and `domain`. Sample: 10 M input tokens at 3.00 and 2 M output tokens at
//! 15.00 cost 60.00. A month later 12 M and 6 M, output at 14.00, and 1 M of the input at 6.00
//! in Extended Access, cost 36 + 84 + 3 = 123.00. Volume: 60 x 18 / 12 - 60 = +30. Mix:
//! 12 x 3 + 6 x 15 - 90 = +36. Price: 120 - 126 = -6. Extended Access: +3. Together +63.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    EndpointScope, ModelId, MoneyOverflow, Month, PriceBasis, PricingUnit, ServiceTier, SkuMeter,
    Text, Usd,
};
use crate::pricing::{Charge, CostRow};

/// A row of the `variance` table; `workload` and `model_id` are its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VarianceRow {
    /// Whose cost it is.
    pub workload: Text,
    /// The model.
    pub model_id: ModelId,
    /// List cost of the month before; zero without usage, empty when nothing is priced.
    pub cost_before: Option<Usd>,
    /// List cost of the closed month.
    pub cost_after: Option<Usd>,
    /// Why they differ; empty where one of them is not known.
    pub effects: Option<Effects>,
    /// Whether only one of the months has usage.
    pub change: Option<Change>,
    /// The weakest basis of both months; `unpriced` where some usage is in neither cost.
    pub price_basis: PriceBasis,
}

/// What makes the difference, exact: the effects add up to `cost_after - cost_before`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effects {
    /// More or fewer tokens, at last month's average price.
    pub volume: Usd,
    /// Other meters, Regions, scopes, tiers, at last month's prices.
    pub mix: Usd,
    /// Other normal list prices.
    pub price: Usd,
    /// More or less premium.
    pub extended_access: Usd,
    /// The whole cost of what is used in one month only.
    pub new_or_gone: Usd,
}

/// Usage in one of the months only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// In the closed month.
    New,
    /// In the month before.
    Gone,
}

/// The rows that are known in both months, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VarianceTotal {
    /// List cost of the month before.
    pub before: Usd,
    /// List cost of the closed month.
    pub after: Usd,
    /// What makes the difference.
    pub effects: Effects,
    /// Rows of which a cost is not known; they are in none of these sums.
    pub unknown: usize,
}

impl Change {
    /// The word in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
        }
    }
}

impl VarianceRow {
    /// `cost_after - cost_before`, where both are known.
    pub fn difference(&self) -> Option<Usd> {
        self.cost_after?.subtract(self.cost_before?).ok()
    }
}

impl Effects {
    /// The effects in the order of the table, with the names people read.
    pub const fn named(&self) -> [(&'static str, Usd); 5] {
        [
            ("volume", self.volume),
            ("mix", self.mix),
            ("price", self.price),
            ("Extended Access", self.extended_access),
            ("new or gone", self.new_or_gone),
        ]
    }

    /// All effects together.
    pub fn sum(&self) -> Result<Usd, MoneyOverflow> {
        Usd::sum(self.named().map(|(_, effect)| effect))
    }

    fn add(&self, other: &Self) -> Result<Self, MoneyOverflow> {
        Ok(Self {
            volume: self.volume.add(other.volume)?,
            mix: self.mix.add(other.mix)?,
            price: self.price.add(other.price)?,
            extended_access: self.extended_access.add(other.extended_access)?,
            new_or_gone: self.new_or_gone.add(other.new_or_gone)?,
        })
    }
}

impl VarianceTotal {
    /// Adds rows up.
    pub fn of(rows: &[VarianceRow]) -> Result<Self, MoneyOverflow> {
        let mut total = Self::default();
        for row in rows {
            match (row.cost_before, row.cost_after, &row.effects) {
                (Some(before), Some(after), Some(effects)) => {
                    total.before = total.before.add(before)?;
                    total.after = total.after.add(after)?;
                    total.effects = total.effects.add(effects)?;
                }
                _ => total.unknown += 1,
            }
        }
        Ok(total)
    }
}

/// Compares a month with the one before, sorted by workload and model.
pub fn variance(
    costs: &[CostRow],
    charges: &[Charge],
    month: Month,
) -> Result<Vec<VarianceRow>, MoneyOverflow> {
    let before = usages(costs, charges, month.previous())?;
    if before.is_empty() {
        return Ok(Vec::new());
    }
    let after = usages(costs, charges, month)?;
    let pairs: BTreeSet<Pair<'_>> = before.keys().chain(after.keys()).copied().collect();
    let nothing = Usage::default();
    let of = |(workload, model): Pair<'_>| {
        let before = before.get(&(workload, model)).unwrap_or(&nothing);
        let after = after.get(&(workload, model)).unwrap_or(&nothing);
        Ok(VarianceRow {
            workload: workload.clone(),
            model_id: model.clone(),
            cost_before: before.cost(),
            cost_after: after.cost(),
            effects: effects(before, after)?,
            change: change(before, after),
            price_basis: before.basis().max(after.basis()),
        })
    };
    pairs.into_iter().map(of).collect()
}

/// Whose usage of which model.
type Pair<'r> = (&'r Text, &'r ModelId);

/// Where and how something was used, whatever the phase: what the mix is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Part<'r> {
    account: &'r Text,
    region: &'r Text,
    scope: Option<EndpointScope>,
    tier: ServiceTier,
    band: Option<u64>,
    meter: SkuMeter,
}

/// A quantity and what it cost at its normal price.
#[derive(Debug, Clone, Copy, Default)]
struct Quantity {
    consumed: u64,
    normal: Usd,
}

/// What a pair used in a month.
#[derive(Debug, Default)]
struct Usage<'r> {
    parts: BTreeMap<Part<'r>, Quantity>,
    list: Usd,
    /// The weakest basis; none where nothing was used (failed calls only).
    basis: Option<PriceBasis>,
}

impl Usage<'_> {
    /// The priced part; zero for no usage (failed calls are none), empty for nothing priced.
    fn cost(&self) -> Option<Usd> {
        let known = !self.parts.is_empty() || self.basis != Some(PriceBasis::Unpriced);
        known.then_some(self.list)
    }

    fn basis(&self) -> PriceBasis {
        self.basis.unwrap_or(PriceBasis::Listed)
    }

    /// The parts by unit: tokens are added up with tokens only.
    fn by_unit(&self) -> Result<BTreeMap<PricingUnit, Quantity>, MoneyOverflow> {
        let mut units: BTreeMap<PricingUnit, Quantity> = BTreeMap::new();
        for (part, quantity) in &self.parts {
            let unit = units.entry(part.meter.pricing_unit()).or_default();
            unit.add(quantity)?;
        }
        Ok(units)
    }

    fn normal(&self) -> Result<Usd, MoneyOverflow> {
        Usd::sum(self.parts.values().map(|quantity| quantity.normal))
    }
}

impl Quantity {
    fn add(&mut self, other: &Self) -> Result<(), MoneyOverflow> {
        let consumed = self.consumed.checked_add(other.consumed);
        self.consumed = consumed.ok_or(MoneyOverflow)?;
        self.normal = self.normal.add(other.normal)?;
        Ok(())
    }
}

fn usages<'r>(
    costs: &'r [CostRow],
    charges: &'r [Charge],
    month: Month,
) -> Result<BTreeMap<Pair<'r>, Usage<'r>>, MoneyOverflow> {
    let mut usages: BTreeMap<Pair<'_>, Usage<'_>> = BTreeMap::new();
    for row in costs.iter().filter(|row| row.month == month) {
        let usage = usages.entry((&row.workload, &row.model_id)).or_default();
        // Calls that nobody counted make no charge, and have no price all the same.
        if row.price_basis == PriceBasis::Unpriced {
            usage.basis = Some(PriceBasis::Unpriced);
        }
    }
    for charge in charges.iter().filter(|charge| charge.month == month) {
        let usage = usages
            .entry((&charge.workload, &charge.model_id))
            .or_default();
        usage.basis = usage.basis.max(Some(charge.price_basis));
        let (Some(list), Some(normal)) = (charge.list_cost, charge.normal_cost) else {
            continue;
        };
        usage.list = usage.list.add(list)?;
        let part = Part {
            account: &charge.account_id,
            region: &charge.region,
            scope: charge.endpoint_scope,
            tier: charge.service_tier,
            band: charge.prompt_band,
            meter: charge.sku_meter,
        };
        usage.parts.entry(part).or_default().add(&Quantity {
            consumed: charge.consumed_quantity,
            normal,
        })?;
    }
    Ok(usages)
}

fn change(before: &Usage<'_>, after: &Usage<'_>) -> Option<Change> {
    match (before.basis, after.basis) {
        (None, Some(_)) => Some(Change::New),
        (Some(_), None) => Some(Change::Gone),
        _ => None,
    }
}

fn effects(before: &Usage<'_>, after: &Usage<'_>) -> Result<Option<Effects>, MoneyOverflow> {
    let (Some(cost_before), Some(cost_after)) = (before.cost(), after.cost()) else {
        return Ok(None);
    };
    if change(before, after).is_some() {
        return Ok(Some(Effects {
            new_or_gone: cost_after.subtract(cost_before)?,
            ..Effects::default()
        }));
    }
    let (normal_before, normal_after) = (before.normal()?, after.normal()?);
    let scaled = scaled(before, after)?;
    let repriced = repriced(before, after)?;
    let premium_before = cost_before.subtract(normal_before)?;
    let premium_after = cost_after.subtract(normal_after)?;
    Ok(Some(Effects {
        volume: scaled.subtract(normal_before)?,
        mix: repriced.subtract(scaled)?,
        price: normal_after.subtract(repriced)?,
        extended_access: premium_after.subtract(premium_before)?,
        new_or_gone: Usd::ZERO,
    }))
}

/// Last month's usage, scaled to this month's total of each unit.
fn scaled(before: &Usage<'_>, after: &Usage<'_>) -> Result<Usd, MoneyOverflow> {
    let totals = after.by_unit()?;
    let mut sum = Usd::ZERO;
    for (unit, was) in before.by_unit()? {
        let now = totals.get(&unit).map_or(0, |total| total.consumed);
        sum = sum.add(was.normal.rescaled(was.consumed, now)?)?;
    }
    Ok(sum)
}

/// This month's usage at last month's normal prices, or its own where last month had none.
fn repriced(before: &Usage<'_>, after: &Usage<'_>) -> Result<Usd, MoneyOverflow> {
    let mut sum = Usd::ZERO;
    for (part, now) in &after.parts {
        let cost = match before.parts.get(part) {
            Some(was) => was.normal.rescaled(was.consumed, now.consumed)?,
            None => now.normal,
        };
        sum = sum.add(cost)?;
    }
    Ok(sum)
}

#[cfg(test)]
#[path = "variance_tests.rs"]
mod tests;
