//! The course of one cell in a scenario: on which model it is on which days, priced.
//!
//! Until a move begins the cell is on today's model. While a ramp runs, each day's count is
//! split in whole numbers, so that nothing is lost and nothing is counted twice. What runs
//! double, and stored texts that are embedded anew, are extra: they are in the projection, and
//! one-off costs of the move. Nothing runs double after the old model's end. Parts that move
//! in every scenario come first and are the same in all. Imports `pricing` and `domain`.
//!
//! Sample: moved on 2026-12-15 at once with one week of double running: old to 2026-12-14, new
//! from 2026-12-15, and old once more, extra, to 2026-12-21.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::events::{Planned, PlannedPart};
use super::history::{Cell, Series};
use super::legs::{Leg, Part};
use super::options::ProjectionOptions;
use super::price_path::PriceBook;
use super::scenario::{Move, Outlook};
use super::volume::{CellPlan, days_after};
use crate::domain::{EndpointScope, ModelId, ModelKind, MoneyOverflow, Text};
use crate::pricing::Pricer;

/// Some days of a cell on one model.
#[derive(Debug, Clone)]
pub(crate) struct Stretch {
    pub(crate) model_id: ModelId,
    pub(crate) endpoint_scope: Option<EndpointScope>,
    /// Whether it is paid only because of the move.
    pub(crate) extra: bool,
    /// Whether it moves in every scenario.
    pub(crate) planned: bool,
    /// Whose volume it is: what its bounds come from.
    pub(crate) volume: usize,
    pub(crate) parts: Vec<Part>,
}

impl Stretch {
    fn of(leg: &Leg, parts: Vec<Part>) -> Self {
        Self {
            model_id: leg.model_id.clone(),
            endpoint_scope: leg.key.as_ref().map(|key| key.scope),
            extra: false,
            planned: false,
            volume: leg.volume,
            parts,
        }
    }
}

/// The days that are projected, and those that scenarios are compared over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) as_of: NaiveDate,
    /// `stay` is served up to here: its announced end, or the horizon.
    pub(crate) served_to: NaiveDate,
    pub(crate) end: NaiveDate,
}

impl Span {
    pub(crate) fn of(outlook: Option<&Outlook<'_>>, options: &ProjectionOptions) -> Self {
        let end = options.end();
        let announced = outlook.and_then(Outlook::end);
        Self {
            as_of: options.as_of,
            served_to: announced.map_or(end, |day| day.clamp(options.as_of, end)),
            end,
        }
    }
}

/// A cell that stays, priced once for all scenarios.
#[derive(Debug)]
pub(crate) struct CellCourse<'c> {
    plan: &'c CellPlan,
    pub(crate) staying: Leg,
    whole: Vec<Part>,
    planned: Vec<Stretch>,
    span: Span,
    /// Tokens behind its stored vectors.
    stored_tokens: Option<u64>,
}

impl<'c> CellCourse<'c> {
    pub(crate) fn of(
        planned: &'c Planned,
        span: Span,
        stored_tokens: Option<u64>,
        book: &mut PriceBook<'_>,
    ) -> Result<Self, MoneyOverflow> {
        let plan = &planned.plan;
        let staying = Leg::staying(plan);
        let region = &plan.cell.series.region;
        let whole = staying.amounts(book, region, span.as_of, span.end)?;
        let moved = planned.moved.iter();
        Ok(Self {
            planned: moved
                .map(|part| planned_stretch(part, span, book))
                .collect::<Result<_, _>>()?,
            plan,
            staying,
            whole,
            span,
            stored_tokens,
        })
    }

    fn region(&self) -> &Text {
        &self.plan.cell.series.region
    }

    /// What the cell comes to if it moves so, or stays.
    pub(crate) fn moving(
        &self,
        moving: Option<&Move>,
        book: &mut PriceBook<'_>,
    ) -> Result<Vec<Stretch>, MoneyOverflow> {
        let mut stretches = self.planned.clone();
        let Some(moving) = moving else {
            stretches.push(Stretch::of(&self.staying, self.whole.clone()));
            return Ok(stretches);
        };
        let before = match cut_at(&self.whole, moving.on) {
            Some(parts) => parts.to_vec(),
            None => {
                let (from, to) = (self.span.as_of, moving.on);
                self.staying.amounts(book, self.region(), from, to)?
            }
        };
        stretches.push(Stretch::of(&self.staying, before));
        let all_from = match moving.ramp_days {
            0 => moving.on,
            _ => days_after(moving.complete_on(), 1),
        };
        if moving.ramp_days > 0 {
            let (part, rest) = self
                .plan
                .split(moving.on, all_from, |day| moving.share(day))?;
            stretches.push(self.stretch(Leg::staying(&rest), moving.on, all_from, book)?);
            stretches.push(self.moved(&part, moving, (moving.on, all_from), book)?);
        }
        stretches.push(self.moved(self.plan, moving, (all_from, self.span.end), book)?);
        stretches.extend(self.doubled(moving, book)?);
        stretches.extend(self.embedded_anew(moving, book)?);
        Ok(stretches)
    }

    /// The leg of the cell wholly on a successor.
    pub(crate) fn wholly_moved(
        &self,
        moving: &Move,
        book: &PriceBook<'_>,
    ) -> Result<Leg, MoneyOverflow> {
        Leg::moved(self.plan, book, &moving.to, moving.on, moving.ratio)
    }

    fn moved(
        &self,
        plan: &CellPlan,
        moving: &Move,
        (from, to): (NaiveDate, NaiveDate),
        book: &mut PriceBook<'_>,
    ) -> Result<Stretch, MoneyOverflow> {
        let leg = Leg::moved(plan, book, &moving.to, moving.on, moving.ratio)?;
        let mut stretch = Stretch::of(&leg, Vec::new());
        // Cut where the comparison ends, and 30 days after the move, which it averages over.
        let mut cuts = vec![
            from,
            to.min(self.span.end),
            self.span.served_to,
            days_after(moving.on, DELAY_DAYS),
        ];
        cuts.retain(|cut| (from..=to.min(self.span.end)).contains(cut));
        cuts.sort_unstable();
        for (from, to) in cuts.iter().zip(cuts.iter().skip(1)) {
            let parts = leg.amounts(book, self.region(), *from, *to)?;
            stretch.parts.extend(parts);
        }
        Ok(stretch)
    }

    fn stretch(
        &self,
        leg: Leg,
        from: NaiveDate,
        to: NaiveDate,
        book: &mut PriceBook<'_>,
    ) -> Result<Stretch, MoneyOverflow> {
        let parts = leg.amounts(book, self.region(), from, to.min(self.span.end))?;
        Ok(Stretch::of(&leg, parts))
    }

    /// What runs on the old model beside the new one.
    fn doubled(
        &self,
        moving: &Move,
        book: &mut PriceBook<'_>,
    ) -> Result<Option<Stretch>, MoneyOverflow> {
        if moving.double_days == 0 {
            return Ok(None);
        }
        let to = moving.single_from().min(self.span.served_to);
        let twice = self.plan.mapped(moving.on, to, |day, count| {
            let moved = moving.share(day).of_count(count)?;
            moved.checked_sub(moving.left(day).of_count(count)?)
        })?;
        let stretch = self.stretch(Leg::staying(&twice), moving.on, to, book)?;
        Ok(Some(Stretch {
            extra: true,
            ..stretch
        }))
    }

    fn embedded_anew(
        &self,
        moving: &Move,
        book: &mut PriceBook<'_>,
    ) -> Result<Option<Stretch>, MoneyOverflow> {
        let Some(tokens) = self.stored_tokens else {
            return Ok(None);
        };
        let leg = Leg::embedding_anew(self.plan, book, &moving.to, moving.on, tokens)?;
        let stretch = self.stretch(leg, moving.on, days_after(moving.on, 1), book)?;
        Ok(Some(Stretch {
            extra: true,
            ..stretch
        }))
    }
}

/// Days from a move that the cost of delay is averaged over.
pub(crate) const DELAY_DAYS: u64 = 30;

fn planned_stretch(
    part: &PlannedPart,
    span: Span,
    book: &mut PriceBook<'_>,
) -> Result<Stretch, MoneyOverflow> {
    let leg = Leg::moved(&part.plan, book, &part.to, part.on, part.ratio)?;
    let region = &part.plan.cell.series.region;
    let mut parts = leg.amounts(book, region, span.as_of, span.served_to)?;
    parts.extend(leg.amounts(book, region, span.served_to, span.end)?);
    Ok(Stretch {
        planned: true,
        ..Stretch::of(&leg, parts)
    })
}

/// The parts before a day, unless one of them goes on past it. Moves are mostly on days that
/// cut the parts anyway.
fn cut_at(parts: &[Part], day: NaiveDate) -> Option<&[Part]> {
    let before = parts.partition_point(|(days, _)| days.from < day);
    let (until, _) = parts.split_at(before);
    let ends = until.last().map(|(days, _)| days.to);
    ends.is_none_or(|to| to <= day).then_some(until)
}

/// Which cell carries the stored vectors of a workload: of its embedding models those that
/// must move first, of those the one with the most tokens expected in the next 30 days.
pub(crate) fn stored_vectors(
    plans: &[Planned],
    outlooks: &BTreeMap<Series, Outlook<'_>>,
    pricer: &Pricer<'_>,
    options: &ProjectionOptions,
) -> Result<BTreeMap<Cell, u64>, MoneyOverflow> {
    let mut carriers: BTreeMap<&Text, ((bool, u64), &Cell)> = BTreeMap::new();
    for planned in plans {
        let cell = &planned.plan.cell;
        let kind = pricer.lifecycle().model(&cell.series.model_id);
        let is_embedding = kind.is_some_and(|row| row.kind == ModelKind::Embedding);
        let workload = &cell.series.workload;
        if !is_embedding || !options.stored_tokens.contains_key(workload) {
            continue;
        }
        let (from, to) = (options.as_of, options.next_30_days());
        let mut tokens = 0_u64;
        for (quantity, volume) in &planned.plan.quantities {
            if quantity.is_tokens() {
                tokens = tokens.saturating_add(volume.over(from, to)?);
            }
        }
        let outlook = outlooks.get(&cell.series);
        let weight = (outlook.is_some_and(|outlook| outlook.must_move), tokens);
        let best = carriers.entry(workload).or_insert((weight, cell));
        if weight > best.0 {
            *best = (weight, cell);
        }
    }
    let stored = carriers.into_iter().filter_map(|(workload, (_, cell))| {
        Some((cell.clone(), *options.stored_tokens.get(workload)?))
    });
    Ok(stored.collect())
}
