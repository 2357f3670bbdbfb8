//! Who must move first: a row per workload, account, model and Region used in the last 30 days.
//!
//! The level comes from dates alone; only an announced end makes `expired`, `critical` or
//! `high`. Within a level the money at stake decides: the Extended Access premium until the
//! end, plus (where an end is announced) the normal cost of the last 30 days, which is what a
//! month of calls that can no longer be served is worth. Imports `pricing` and `domain`.
//!
//! Sample: rank 1, critical, search, claude-x in us-east-1: start by 2026-11-10, slack -12.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::amounts::Priced;
use super::events::Planned;
use super::forecast::Window;
use super::history::{Cell, History, Seen, Series};
use super::impact::{PriceUsed, ProjectionRow, Scenario, Urgency, UrgencyRow};
use super::legs::Leg;
use super::options::{ProjectionOptions, days_before};
use super::past::{Volumes, cost_of};
use super::price_path::PriceBook;
use super::reason::{AtStake, Circumstances, Stored, reason};
use super::scenario::Outlook;
use crate::domain::{
    Decimal, EndOfLife, EndpointScope, LifecyclePhase, ModelId, ModelKind, MoneyOverflow,
    PriceBasis, Text, Usd, in_order,
};
use crate::pricing::LifecycleRow;

/// An end that comes within so many days is critical whatever the lead time.
const CRITICAL_DAYS: i64 = 30;

/// The dates that decide the level.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dates {
    pub(crate) as_of: NaiveDate,
    pub(crate) horizon_end: NaiveDate,
    pub(crate) phase: LifecyclePhase,
    pub(crate) legacy_from: Option<NaiveDate>,
    pub(crate) extended_access_from: Option<NaiveDate>,
    pub(crate) end_of_life: Option<EndOfLife>,
    pub(crate) lead_time_days: u32,
}

impl Dates {
    fn days_to(&self, date: NaiveDate) -> i64 {
        date.signed_duration_since(self.as_of).num_days()
    }

    /// The last day to begin, for an announced end.
    pub(crate) fn start_by(&self) -> Option<NaiveDate> {
        let end = self.end_of_life.and_then(EndOfLife::on)?;
        end.checked_sub_days(Days::new(u64::from(self.lead_time_days)))
    }

    /// The first level that applies.
    pub(crate) fn level(&self) -> Urgency {
        let announced = self.end_of_life.and_then(EndOfLife::on);
        announced
            .and_then(|end| self.announced_level(end))
            .unwrap_or_else(|| self.quiet_level())
    }

    fn announced_level(&self, end: NaiveDate) -> Option<Urgency> {
        let to_end = self.days_to(end);
        let slack = to_end - i64::from(self.lead_time_days);
        let in_time = |from| self.days_to(from) <= i64::from(self.lead_time_days);
        if to_end <= 0 {
            Some(Urgency::Expired)
        } else if slack < 0 || to_end <= CRITICAL_DAYS {
            Some(Urgency::Critical)
        } else if self.phase == LifecyclePhase::ExtendedAccess
            || self.extended_access_from.is_some_and(in_time)
        {
            Some(Urgency::High)
        } else {
            None
        }
    }

    /// Legacy is medium; an end, a floor or a Legacy date before the horizon is low.
    fn quiet_level(&self) -> Urgency {
        if matches!(
            self.phase,
            LifecyclePhase::Legacy | LifecyclePhase::ExtendedAccess
        ) {
            return Urgency::Medium;
        }
        let end = self.end_of_life.map(EndOfLife::date);
        let in_sight = |date: NaiveDate| date < self.horizon_end;
        if [end, self.legacy_from].into_iter().flatten().any(in_sight) {
            Urgency::Low
        } else {
            Urgency::None
        }
    }
}

/// What `stay` adds up to for a series.
#[derive(Debug, Clone, Copy)]
struct StaySum {
    premium: Option<Usd>,
    basis: PriceBasis,
}

/// What the urgency stage works with.
pub(crate) struct Ground<'g, 'p> {
    pub(crate) history: &'g History,
    pub(crate) plans: &'g [Planned],
    pub(crate) stored_vectors: &'g BTreeMap<Cell, u64>,
    pub(crate) outlooks: &'g BTreeMap<Series, Outlook<'p>>,
    /// Reaches every announced end, whatever the horizon.
    pub(crate) projection: &'g [ProjectionRow],
    pub(crate) projection_end: NaiveDate,
    pub(crate) past: &'g BTreeMap<Series, Priced>,
    pub(crate) volumes: &'g RecentVolumes,
    pub(crate) options: &'g ProjectionOptions,
}

/// The volumes of the last 30 days, and of the 30 before those.
pub(crate) struct RecentVolumes {
    now: Volumes,
    before: Volumes,
}

impl RecentVolumes {
    pub(crate) fn of(
        history: &History,
        options: &ProjectionOptions,
    ) -> Result<Self, MoneyOverflow> {
        let from = options.last_30_days();
        Ok(Self {
            now: Volumes::of(history, from, options.as_of)?,
            before: Volumes::of(history, days_before(from, 30), from)?,
        })
    }
}

/// The money of the last 30 days of every series with use in them.
pub(crate) fn past_costs(
    history: &History,
    book: &mut PriceBook<'_>,
    options: &ProjectionOptions,
) -> Result<BTreeMap<Series, Priced>, MoneyOverflow> {
    let from = options.last_30_days();
    history
        .used_since(from)
        .map(|(series, _)| {
            let cost = cost_of(history, series, book, from, options.as_of)?;
            Ok((series.clone(), cost))
        })
        .collect()
}

/// The lead time of a series: the workload's own, else that of the kind of model.
pub(crate) fn lead_time(series: &Series, kind: ModelKind, options: &ProjectionOptions) -> u32 {
    options
        .plan(&series.workload)
        .and_then(|plan| plan.lead_time_days)
        .unwrap_or_else(|| options.lead_times.days(&series.model_id, kind))
}

/// Series that a thread takes at a time.
const AT_A_TIME: usize = 64;

/// The rows of the `urgency` table, ranked, and the prices that a number in them rests on.
pub(crate) fn urgency_rows<'b>(
    ground: &Ground<'_, '_>,
    book: impl Fn() -> PriceBook<'b> + Sync,
) -> Result<(Vec<UrgencyRow>, BTreeSet<PriceUsed>), MoneyOverflow> {
    let options = ground.options;
    let from = options.last_30_days();
    let stay = stay_sums(ground.projection)?;
    let mut cells: Table<&Series, Vec<&Planned>> = Table::default();
    for planned in ground.plans {
        let of_series = cells.entry(&planned.plan.cell.series).or_default();
        of_series.push(planned);
    }
    let used: Vec<(&Series, Seen)> = ground.history.used_since(from).collect();
    let used: Vec<&[(&Series, Seen)]> = used.chunks(AT_A_TIME).collect();
    let of_series = |book: &mut PriceBook<'_>, (series, seen): (&Series, Seen)| {
        let shares = |successor: Option<&ModelId>| {
            let share = |volumes: &Volumes| {
                volumes.migrated_share(&series.workload, &series.model_id, successor?)
            };
            (share(&ground.volumes.now), share(&ground.volumes.before))
        };
        let plans = cells.get(series).map_or(&[][..], Vec::as_slice);
        let stay = stay.get(&key_of(series)).copied();
        row(ground, book, (series, seen), plans, stay, shares)
    };
    let of_share = |book: &mut PriceBook<'_>, _, share: &&[(&Series, Seen)]| {
        let rows = share.iter().map(|one| of_series(book, *one));
        rows.collect::<Result<Vec<_>, _>>()
    };
    let (mut rows, mut overflow) = (Vec::new(), Ok(()));
    let books = in_order(&used, book, of_share, |made| match made {
        Ok(made) => rows.extend(made),
        Err(error) => overflow = Err(error),
    });
    overflow?;
    rows.sort_by(|(a, stake_a), (b, stake_b)| {
        let key = |row: &UrgencyRow, stake: Usd| (row.urgency, Reverse(stake));
        key(a, *stake_a)
            .cmp(&key(b, *stake_b))
            .then_with(|| names(a).cmp(&names(b)))
    });
    let ranked = rows
        .into_iter()
        .zip(1_u64..)
        .map(|((row, _), rank)| UrgencyRow { rank, ..row });
    let prices_used = books.iter().flat_map(PriceBook::prices_used).collect();
    Ok((ranked.collect(), prices_used))
}

/// One row, its rank still open, and the money at stake.
fn row(
    ground: &Ground<'_, '_>,
    book: &mut PriceBook<'_>,
    (series, seen): (&Series, Seen),
    plans: &[&Planned],
    stay: Option<StaySum>,
    shares: impl Fn(Option<&ModelId>) -> (Option<Decimal>, Option<Decimal>),
) -> Result<(UrgencyRow, Usd), MoneyOverflow> {
    let options = ground.options;
    let outlook = ground.outlooks.get(series);
    let announcement = outlook.and_then(|outlook| outlook.announcement);
    let known_successor = outlook.and_then(|outlook| outlook.successor.clone());
    // What a model makes does not depend on the Region: any row of it tells.
    let any_row = announcement.or_else(|| book.pricer().lifecycle().model(&series.model_id));
    let kind = any_row.map(|row| row.kind).unwrap_or_default();
    let dates = Dates {
        as_of: options.as_of,
        horizon_end: options.end(),
        phase: book
            .pricer()
            .phase(&series.model_id, &series.region, options.as_of),
        legacy_from: announcement.and_then(|row| row.legacy_from),
        extended_access_from: announcement.and_then(|row| row.extended_access_from),
        end_of_life: announcement.and_then(|row| row.end_of_life),
        lead_time_days: lead_time(series, kind, options),
    };
    let past = ground.past.get(series).copied().unwrap_or(Priced::EMPTY);
    let stay = stay.unwrap_or(StaySum {
        premium: Some(Usd::ZERO),
        basis: PriceBasis::Listed,
    });
    let premium_days = extended_access_days(series, book, (options.as_of, ground.projection_end));
    let successor = known_successor
        .as_ref()
        .filter(|successor| !successor.dying)
        .map(|successor| successor.model_id.clone());
    let (next_month, range) = match &successor {
        Some(to) => next_month_on(to, series, plans, book, options)?,
        None => (Priced::EMPTY, None),
    };
    let (migrated_share, share_before) = shares(successor.as_ref());
    let row = UrgencyRow {
        rank: 0,
        urgency: dates.level(),
        workload: series.workload.clone(),
        account_id: series.account_id.clone(),
        region: series.region.clone(),
        model_id: series.model_id.clone(),
        phase: dates.phase,
        legacy_from: dates.legacy_from,
        extended_access_from: dates.extended_access_from,
        end_of_life: dates.end_of_life,
        days_to_extended_access: dates.extended_access_from.map(|date| dates.days_to(date)),
        days_to_end_of_life: dates.end_of_life.map(|end| dates.days_to(end.date())),
        lead_time_days: dates.lead_time_days,
        start_by: dates.start_by(),
        slack_days: dates.start_by().map(|date| dates.days_to(date)),
        last_used: seen.last,
        cost_last_30_days: past.cost(),
        premium_to_end_of_life: stay.premium,
        premium_per_day: stay.premium.and_then(|premium| premium.per(premium_days)),
        price_basis: past.basis.max(stay.basis).max(next_month.basis),
        successor_cost_per_month: successor.as_ref().and_then(|_| next_month.cost()),
        successor,
        migrated_share,
        owner: owner(series, options),
        reason: String::new(),
    };
    let window = Window::of(seen, options.history_end);
    let at_stake = money_at_stake(&row, &past);
    let words = reason(
        &row,
        &Circumstances {
            horizon_end: ground.projection_end,
            history_days: window.days(),
            premium_basis: stay.basis,
            share_before,
            successor_cost_range: range,
            dying_successor: known_successor.filter(|s| s.dying).map(|s| s.model_id),
            unannounced_extended_access: announcement
                .and_then(LifecycleRow::unannounced_extended_access_from),
            legacy_idle_days: options.legacy_idle_days,
            unsure_dates: announcement.is_some_and(|row| row.low_confidence),
            history_end: options.history_end,
            is_embedding: kind == ModelKind::Embedding,
            stored: stored(row.successor.as_ref(), plans, ground, book)?,
            destinations: destinations(series, plans, options),
            at_stake,
        },
    );
    let stake = at_stake.sum()?;
    Ok((
        UrgencyRow {
            reason: words,
            ..row
        },
        stake,
    ))
}

/// The expected cost of 30 days on the successor, and its range where the token ratio has one.
fn next_month_on(
    successor: &ModelId,
    series: &Series,
    plans: &[&Planned],
    book: &mut PriceBook<'_>,
    options: &ProjectionOptions,
) -> Result<(Priced, Option<(Usd, Usd)>), MoneyOverflow> {
    let (from, to) = (options.as_of, options.next_30_days());
    let ratio = options.token_ratio(&series.workload);
    let mut sum = Priced::EMPTY;
    for planned in plans {
        let leg = Leg::moved(&planned.plan, book, successor, from, ratio)?;
        for (_, amounts) in leg.amounts(book, &series.region, from, to)? {
            sum.merge(&amounts.served)?;
        }
    }
    let range = sum.known().map(|money| (money.low, money.high));
    Ok((sum, range.filter(|(low, high)| low != high)))
}

/// The stored vectors that a move makes anew, and what that costs on the successor.
fn stored(
    successor: Option<&ModelId>,
    plans: &[&Planned],
    ground: &Ground<'_, '_>,
    book: &mut PriceBook<'_>,
) -> Result<Option<Stored>, MoneyOverflow> {
    let carries = |planned: &&&Planned| ground.stored_vectors.contains_key(&planned.plan.cell);
    let Some(planned) = plans.iter().find(carries) else {
        return Ok(None);
    };
    let cell = &planned.plan.cell;
    let Some(tokens) = ground.stored_vectors.get(cell).copied() else {
        return Ok(None);
    };
    let Some(to) = successor else {
        return Ok(Some(Stored { tokens, cost: None }));
    };
    let (from, until) = (ground.options.as_of, ground.options.next_30_days());
    let leg = Leg::embedding_anew(&planned.plan, book, to, from, tokens)?;
    let mut sum = Priced::EMPTY;
    for (_, amounts) in leg.amounts(book, &cell.series.region, from, until)? {
        sum.merge(&amounts.served)?;
    }
    let cost = sum.cost().filter(|_| sum.is_complete());
    Ok(Some(Stored { tokens, cost }))
}

/// Where calls through a profile may be served in Regions with earlier dates.
fn destinations(series: &Series, plans: &[&Planned], options: &ProjectionOptions) -> Option<Text> {
    let mut scopes = plans.iter().map(|planned| planned.plan.cell.endpoint_scope);
    if !scopes.any(|scope| matches!(scope, Some(EndpointScope::Geo | EndpointScope::Global))) {
        return None;
    }
    let key = (series.model_id.clone(), series.region.clone());
    options.destinations.get(&key).cloned()
}

fn owner(series: &Series, options: &ProjectionOptions) -> Option<Text> {
    options.plan(&series.workload)?.owner.clone()
}

/// The premium until the end, and a month of what can no longer be served then.
fn money_at_stake(row: &UrgencyRow, past: &Priced) -> AtStake {
    let ends = row.end_of_life.and_then(EndOfLife::on).is_some();
    let normal = past.known().map_or(Usd::ZERO, |money| money.normal);
    AtStake {
        premium: row.premium_to_end_of_life.unwrap_or(Usd::ZERO),
        stranded_month: if ends { normal } else { Usd::ZERO },
    }
}

/// How many projected days lie in Extended Access.
fn extended_access_days(
    series: &Series,
    book: &mut PriceBook<'_>,
    (as_of, end): (NaiveDate, NaiveDate),
) -> u64 {
    let segments = book.segments(&series.model_id, &series.region);
    let days = segments
        .iter()
        .filter(|segment| segment.phase == LifecyclePhase::ExtendedAccess)
        .filter_map(|segment| segment.within(as_of, end))
        .map(|part| part.to.signed_duration_since(part.from).num_days());
    u64::try_from(days.sum::<i64>()).unwrap_or(0)
}

type Table<K, V> = hashbrown::HashMap<K, V, foldhash::fast::RandomState>;

/// A series by its names.
type Key<'r> = (&'r Text, &'r Text, &'r Text, &'r ModelId);

fn key_of(series: &Series) -> Key<'_> {
    (
        &series.workload,
        &series.account_id,
        &series.region,
        &series.model_id,
    )
}

fn stay_sums(rows: &[ProjectionRow]) -> Result<Table<Key<'_>, StaySum>, MoneyOverflow> {
    let mut sums: Table<Key<'_>, StaySum> = Table::default();
    for row in rows.iter().filter(|row| row.scenario == Scenario::Stay) {
        let key = (&row.workload, &row.account_id, &row.region, &row.model_id);
        let sum = sums.entry(key).or_insert(StaySum {
            premium: None,
            basis: PriceBasis::Listed,
        });
        sum.basis = sum.basis.max(row.price_basis);
        sum.premium = match (sum.premium, row.extended_access_premium) {
            (Some(one), Some(other)) => Some(one.add(other)?),
            (one, other) => one.or(other),
        };
    }
    Ok(sums)
}

fn names(row: &UrgencyRow) -> impl Ord + '_ {
    (&row.workload, &row.account_id, &row.region, &row.model_id)
}

#[cfg(test)]
#[path = "urgency_tests.rs"]
mod tests;
