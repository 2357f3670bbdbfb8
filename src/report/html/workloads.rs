//! Every workload of the report once, the most urgent first, with all its rows.
//!
//! Imports `projection`, `pricing` and `domain`. Sample: `support-chat` with two rows of
//! urgency, its best move and the charges of the closed month.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::best_moves::{BestMove, best_moves};
use super::super::summary::add;
use super::workload::section;
use crate::domain::{MoneyOverflow, PriceBasis, Text, Usd};
use crate::pricing::Charge;
use crate::projection::{ImpactReport, ScenarioRow, UrgencyRow};

/// Workloads with a section of their own; the others are in the tables.
const SECTIONS: usize = 200;

/// The rows of one workload.
#[derive(Debug)]
pub(super) struct Workload<'r> {
    /// The place in the page.
    pub(super) id: String,
    pub(super) name: &'r Text,
    /// In order of rank.
    pub(super) urgency: Vec<&'r UrgencyRow>,
    pub(super) scenarios: Vec<&'r ScenarioRow>,
    /// Of the closed month.
    pub(super) charges: Vec<&'r Charge>,
    /// List cost of the closed month.
    pub(super) cost: Option<Usd>,
    pub(super) premium: Option<Usd>,
    pub(super) basis: Option<PriceBasis>,
    pub(super) best: Option<BestMove>,
}

/// All workloads.
#[derive(Debug)]
pub(super) struct Workloads<'r> {
    pub(super) all: Vec<Workload<'r>>,
    places: BTreeMap<&'r Text, usize>,
}

impl<'r> Workloads<'r> {
    pub(super) fn of(report: &'r ImpactReport) -> Result<Self, MoneyOverflow> {
        let mut found = Self {
            all: Vec::new(),
            places: BTreeMap::new(),
        };
        // Rows of urgency come in order of rank: so do the workloads.
        for row in &report.urgency {
            let of = found.entry(&row.workload);
            add(&mut of.premium, row.premium_to_end_of_life)?;
            of.basis = of.basis.max(Some(row.price_basis));
            of.urgency.push(row);
        }
        for row in report.costs.iter().filter(|row| row.month == report.month) {
            let of = found.entry(&row.workload);
            add(&mut of.cost, row.list_cost)?;
        }
        let in_month = report.charges.iter().filter(|c| c.month == report.month);
        for charge in in_month {
            found.entry(&charge.workload).charges.push(charge);
        }
        for row in report
            .scenarios
            .iter()
            .filter(|row| row.migrate_on.is_some())
        {
            found.entry(&row.workload).scenarios.push(row);
        }
        for best in best_moves(&report.scenarios)? {
            if let Some(at) = found.places.get(&best.workload)
                && let Some(of) = found.all.get_mut(*at)
            {
                of.best = Some(best);
            }
        }
        Ok(found)
    }

    fn entry(&mut self, name: &'r Text) -> &mut Workload<'r> {
        let at = *self.places.entry(name).or_insert(self.all.len());
        if at == self.all.len() {
            self.all.push(Workload {
                id: format!("w{}", at + 1),
                name,
                urgency: Vec::new(),
                scenarios: Vec::new(),
                charges: Vec::new(),
                cost: None,
                premium: None,
                basis: None,
                best: None,
            });
        }
        &mut self.all[at]
    }

    /// Where its section is, if it has one.
    pub(super) fn id_of(&self, name: &Text) -> Option<&str> {
        let at = self.places.get(name).filter(|at| **at < SECTIONS)?;
        self.all.get(*at).map(|of| of.id.as_str())
    }

    /// Those with an Extended Access premium to come.
    pub(super) fn with_premium(&self) -> impl Iterator<Item = (&Workload<'r>, Usd)> {
        let known = self.all.iter().filter_map(|of| Some((of, of.premium?)));
        known.filter(|(_, premium)| *premium != Usd::ZERO)
    }

    pub(super) fn sections(&self, report: &ImpactReport) -> Result<Markup, MoneyOverflow> {
        let mut sections = Vec::new();
        for of in self.all.iter().take(SECTIONS) {
            sections.push(section(of, report)?);
        }
        Ok(html! {
            section id="workloads" aria-labelledby="h-workloads" {
                h2 id="h-workloads" { "Workloads" }
                p { "Why each stands where it stands, and the arithmetic of " (report.month) "." }
                @for section in &sections { (section) }
                @if self.all.len() > SECTIONS {
                    p { (self.all.len() - SECTIONS) " more workloads are in the tables (CSV, Parquet)." }
                }
            }
        })
    }
}
