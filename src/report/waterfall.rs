//! The steps from the cost of the month before to that of the month, for whoever draws them.
//!
//! Exact: each step begins where the one before ended, and the last one ends at the month's
//! cost. Rows of which a cost is not known are in no step; how many, and what is known of them,
//! is said beside. Imports `projection` and `domain`.
//!
//! Sample: $60.00 in September; volume +$30.00 to $90.00, mix +$36.00, price -$6.00, Extended
//! Access +$3.00 to $123.00, new $0.00, gone $0.00; $123.00 in October.

use crate::domain::{Decimal, MoneyOverflow, Month, Usd};
use crate::projection::{Change, ImpactReport, VarianceTotal};

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepKind {
    /// The cost of a month, from nothing.
    Total,
    /// What makes the month dearer; also what changes nothing.
    Rise,
    /// What makes it cheaper.
    Fall,
}

/// From where to where the cost goes, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) kind: StepKind,
    /// The cost before the step; zero for a month.
    pub(super) from: Usd,
    /// The cost after it.
    pub(super) to: Usd,
    /// What the step adds; all of it for a month.
    pub(super) amount: Usd,
}

impl Step {
    fn month(month: Month, cost: Usd) -> Self {
        Self {
            name: month.to_string(),
            kind: StepKind::Total,
            from: Usd::ZERO,
            to: cost,
            amount: cost,
        }
    }

    /// The amount as people read it: a change with its sign.
    pub(super) fn words(&self) -> String {
        match self.kind {
            StepKind::Total => self.amount.in_words(),
            StepKind::Rise | StepKind::Fall => self.amount.change_in_words(),
        }
    }
}

/// All steps, and what is in none of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Waterfall {
    pub(super) steps: Vec<Step>,
    left_out: usize,
    /// What the rows left out cost in the month, as far as it is known.
    left_out_after: Usd,
}

impl Waterfall {
    /// The steps of all workloads; none where no two months can be compared.
    pub(super) fn of(report: &ImpactReport) -> Result<Self, MoneyOverflow> {
        let total = VarianceTotal::of(&report.variance)?;
        let mut waterfall = Self {
            left_out: total.unknown,
            ..Self::default()
        };
        let mut gone = Usd::ZERO;
        for row in &report.variance {
            match (&row.effects, row.change, row.cost_after) {
                (Some(effects), Some(Change::Gone), _) => gone = gone.add(effects.new_or_gone)?,
                (None, _, Some(after)) => {
                    waterfall.left_out_after = waterfall.left_out_after.add(after)?;
                }
                _ => {}
            }
        }
        if total.unknown == report.variance.len() {
            return Ok(waterfall);
        }
        let of = &total.effects;
        let effects = [
            ("volume", of.volume),
            ("mix", of.mix),
            ("price", of.price),
            ("Extended Access", of.extended_access),
            ("new", of.new_or_gone.subtract(gone)?),
            ("gone", gone),
        ];
        let mut from = total.before;
        let before = report.month.previous();
        waterfall.steps.push(Step::month(before, from));
        for (name, amount) in effects {
            let to = from.add(amount)?;
            let kind = match amount < Usd::ZERO {
                true => StepKind::Fall,
                false => StepKind::Rise,
            };
            waterfall.steps.push(Step {
                name: name.to_owned(),
                kind,
                from,
                to,
                amount,
            });
            from = to;
        }
        waterfall.steps.push(Step::month(report.month, total.after));
        Ok(waterfall)
    }

    /// Where bars begin so that the steps can be seen: a round amount below all of them, at
    /// least as far below as they lie apart. None, and the bars begin at nothing, where that is
    /// not above half of the highest, and where all lie within a fiftieth of it: that little
    /// has changed is to be seen, too.
    pub(super) fn floor(&self) -> Option<Usd> {
        let ends = || self.steps.iter().map(|step| step.to.amount());
        let (lowest, highest) = (ends().min()?, ends().max()?);
        let apart = highest.checked_sub(lowest)?;
        if apart < highest.checked_div(Decimal::from(50))? {
            return None;
        }
        let round = magnitude(apart)?;
        let floor = lowest.checked_sub(apart)?.checked_div(round)?.floor();
        let floor = floor.checked_mul(round)?.normalize();
        (floor > highest.checked_div(Decimal::TWO)?).then_some(Usd::new(floor))
    }

    /// Which rows are in no step, and what they cost in the month as far as that is known.
    pub(super) fn left_out(&self, month: Month) -> Option<String> {
        let rows = match self.left_out {
            0 => return None,
            1 => "1 row that has no price in a month".to_owned(),
            rows => format!("{rows} rows that have no price in a month"),
        };
        Some(match self.left_out_after == Usd::ZERO {
            true => rows,
            false => {
                let known = self.left_out_after.in_words();
                format!("{rows}; known of their cost in {month}: {known}")
            }
        })
    }
}

/// The power of ten that is not above the amount, and above its tenth.
fn magnitude(amount: Decimal) -> Option<Decimal> {
    if amount <= Decimal::ZERO {
        return None;
    }
    let mut power = Decimal::ONE;
    while power > amount {
        power = power.checked_div(Decimal::TEN)?;
    }
    while let Some(next) = power.checked_mul(Decimal::TEN).filter(|ten| *ten <= amount) {
        power = next;
    }
    Some(power)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{decimal, report, usd, variance_row};
    use super::*;
    use crate::domain::PriceBasis;
    use crate::projection::{Effects, VarianceRow};

    fn usd_of(text: &str) -> Usd {
        Usd::new(decimal(text))
    }

    fn whole(workload: &str, before: &str, after: &str, change: Change) -> VarianceRow {
        VarianceRow {
            effects: Some(Effects {
                new_or_gone: usd_of(after).subtract(usd_of(before)).unwrap(),
                ..Effects::default()
            }),
            change: Some(change),
            ..variance_row(workload, before, after)
        }
    }

    #[test]
    fn each_step_begins_where_the_one_before_ended() {
        let mut report = report();
        let mut row = variance_row("checkout", "60", "123");
        row.effects = Some(Effects {
            volume: usd_of("30"),
            mix: usd_of("36"),
            price: usd_of("-6"),
            extended_access: usd_of("3"),
            new_or_gone: Usd::ZERO,
        });
        report.variance = vec![
            row,
            whole("search", "0", "12.5", Change::New),
            whole("old", "20.000000000001", "0", Change::Gone),
        ];
        let steps = Waterfall::of(&report).unwrap().steps;
        // 60 + 20.000000000001 = 80.000000000001 before; 123 + 12.5 = 135.5 after.
        let expected = [
            ("2026-09", "0", "80.000000000001"),
            ("volume", "80.000000000001", "110.000000000001"),
            ("mix", "110.000000000001", "146.000000000001"),
            ("price", "146.000000000001", "140.000000000001"),
            ("Extended Access", "140.000000000001", "143.000000000001"),
            ("new", "143.000000000001", "155.500000000001"),
            ("gone", "155.500000000001", "135.5"),
            ("2026-10", "0", "135.5"),
        ];
        let seen: Vec<_> = steps
            .iter()
            .map(|step| (&*step.name, step.from, step.to))
            .collect();
        let expected = expected.map(|(name, from, to)| (name, usd_of(from), usd_of(to)));
        assert_eq!(seen, expected);
        let words: Vec<String> = steps.iter().map(Step::words).collect();
        assert_eq!(
            words,
            [
                "$80.00", "+$30.00", "+$36.00", "-$6.00", "+$3.00", "+$12.50", "-$20.00", "$135.50"
            ]
        );
        assert_eq!(steps[3].kind, StepKind::Fall);
        assert_eq!(steps[6].kind, StepKind::Fall);
    }

    #[test]
    fn bars_begin_at_a_round_amount_where_the_steps_are_small() {
        let floor = |before: &str, after: &str| {
            let mut report = report();
            report.variance = vec![variance_row("checkout", before, after)];
            Waterfall::of(&report).unwrap().floor()
        };
        // 840, volume +48 to 888, mix -12 to 876, Extended Access +24 to 900: they lie 60 apart,
        // 840 - 60 = 780 is round.
        assert_eq!(floor("840", "900"), Some(usd_of("780")));
        // 0.4 apart: 8.3 - 0.4 = 7.9, tenths are round.
        assert_eq!(floor("8.3", "8.7"), Some(usd_of("7.9")));
        // 40 apart: 60 - 40 = 20 is below half of 100. And where nothing moved, nothing is small.
        assert_eq!(floor("60", "100"), None);
        assert_eq!(floor("100", "100"), None);
        // 20 of 1,000 are a fiftieth, 19.9 are not: 980 - 20 = 960.
        assert_eq!(floor("980", "1000"), Some(usd_of("960")));
        assert_eq!(floor("980.1", "1000"), None);
        assert_eq!(Waterfall::default().floor(), None);
        assert_eq!(magnitude(decimal("999.9")), Some(decimal("100")));
        assert_eq!(magnitude(decimal("1000")), Some(decimal("1000")));
        assert_eq!(magnitude(decimal("0.02")), Some(decimal("0.01")));
        assert_eq!(magnitude(decimal("0")), None);
    }

    #[test]
    fn rows_without_a_price_are_in_no_step_and_are_counted() {
        let waterfall = Waterfall::of(&report()).unwrap();
        assert_eq!(waterfall.steps.len(), 8);
        // 7,000 and 0 of the two known rows; the third has no price in October.
        assert_eq!(waterfall.steps[0].amount, usd_of("7000"));
        assert_eq!(waterfall.steps[7].amount, usd_of("10012.505"));
        let month = report().month;
        assert_eq!(
            waterfall.left_out(month).unwrap(),
            "1 row that has no price in a month"
        );
        let mut report = report();
        let unknown = |after| VarianceRow {
            cost_before: None,
            cost_after: usd(after),
            effects: None,
            price_basis: PriceBasis::Unpriced,
            ..variance_row("late", "0", "0")
        };
        report.variance = vec![unknown("7.25"), unknown("0.5")];
        let waterfall = Waterfall::of(&report).unwrap();
        assert!(waterfall.steps.is_empty());
        assert_eq!(
            waterfall.left_out(month).unwrap(),
            "2 rows that have no price in a month; known of their cost in 2026-10: $7.75"
        );
    }
}
