//! Why a row is as urgent as it is, in words that a workload's owner understands unasked.
//!
//! The first sentence names the date that decides and what it costs; the second where to
//! move, how far the move has come, and on how many days the forecast rests. A third warns of
//! access that can lapse; others name stored vectors, destination Regions with earlier dates,
//! and the money that ranks the row within its level, in its parts. Imports `domain` only.
//!
//! Sample: "Extended Access begins on 2027-01-08, in 47 days, and adds about $1,320.00 a day,
//! $118,800.00 until the end (at an assumed price, none is published); the model ends on
//! 2027-04-08, in 137 days; a move takes 45 days, so start by 2027-02-22. Move to
//! claude-sonnet-5 (about $900.00 for 30 days; 35% moved so far, up from 10% in the 30 days
//! before); forecast from 28 days of use."

use chrono::NaiveDate;

use super::impact::{Urgency, UrgencyRow};
use crate::domain::{
    Decimal, EndOfLife, LifecyclePhase, ModelId, MoneyOverflow, PriceBasis, Text, Usd,
    count_in_words,
};

/// A last use so close to the idle limit is warned of.
const IDLE_WARNING_DAYS: i64 = 5;

/// What the words need besides the row.
#[derive(Debug, Clone)]
pub(crate) struct Circumstances {
    pub(crate) horizon_end: NaiveDate,
    pub(crate) history_days: u64,
    pub(crate) premium_basis: PriceBasis,
    pub(crate) share_before: Option<Decimal>,
    pub(crate) successor_cost_range: Option<(Usd, Usd)>,
    /// A successor of the settings that must itself move.
    pub(crate) dying_successor: Option<ModelId>,
    pub(crate) unannounced_extended_access: Option<NaiveDate>,
    pub(crate) legacy_idle_days: u32,
    /// Whether the source of the dates is marked as unsure.
    pub(crate) unsure_dates: bool,
    /// Where history ends; what comes after is not known.
    pub(crate) history_end: NaiveDate,
    /// Whether vectors are stored that only this model makes.
    pub(crate) is_embedding: bool,
    pub(crate) stored: Option<Stored>,
    /// Where calls may be served in Regions with earlier dates.
    pub(crate) destinations: Option<Text>,
    pub(crate) at_stake: AtStake,
}

/// Stored vectors that a move makes anew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    pub(crate) tokens: u64,
    /// On the successor, once.
    pub(crate) cost: Option<Usd>,
}

/// The money that ranks a row within its level, in its parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AtStake {
    /// Of Extended Access, until the end.
    pub(crate) premium: Usd,
    /// The normal cost of the last 30 days, where an end is announced.
    pub(crate) stranded_month: Usd,
}

impl AtStake {
    pub(crate) fn sum(&self) -> Result<Usd, MoneyOverflow> {
        self.premium.add(self.stranded_month)
    }
}

/// The reason, two sentences and what else there is to say.
pub(crate) fn reason(row: &UrgencyRow, around: &Circumstances) -> String {
    let mut sentences = vec![deciding(row, around), way_out(row, around)];
    if around.unsure_dates && row.end_of_life.is_some() {
        sentences.push("These dates rest on a source marked as unsure: confirm them".to_owned());
    }
    sentences.extend(vectors(row, around));
    if let Some(words) = &around.destinations {
        sentences.push(words.to_string());
    }
    sentences.extend(idle(row, around.history_end, around.legacy_idle_days));
    sentences.extend(stake(around.at_stake));
    sentences.join(". ") + "."
}

/// Vectors of one model mean nothing to another: all that is stored must be embedded again.
fn vectors(row: &UrgencyRow, around: &Circumstances) -> Option<String> {
    if !around.is_embedding || row.urgency > Urgency::Medium {
        return None;
    }
    let Some(stored) = around.stored else {
        return Some(
            "Its stored vectors must be made again; how many tokens that takes is not in the settings".to_owned(),
        );
    };
    let cost = stored.cost.map_or(String::new(), |cost| {
        format!(", about {} once", cost.in_words())
    });
    let tokens = count_in_words(stored.tokens);
    Some(format!(
        "Its stored vectors must be made again: {tokens} tokens{cost}"
    ))
}

/// What ranks the row within its level.
fn stake(at_stake: AtStake) -> Option<String> {
    let sum = at_stake.sum().ok()?;
    let (premium, month) = (at_stake.premium, at_stake.stranded_month);
    let parts = match (premium == Usd::ZERO, month == Usd::ZERO) {
        (true, true) => return None,
        (false, true) => "premium".to_owned(),
        (true, false) => "a month of use that has nowhere to go after the end".to_owned(),
        (false, false) => format!(
            "{} of premium and {} for a month of use that has nowhere to go after the end",
            premium.in_words(),
            month.in_words()
        ),
    };
    Some(format!("At stake: {}, {parts}", sum.in_words()))
}

fn deciding(row: &UrgencyRow, around: &Circumstances) -> String {
    match row.urgency {
        Urgency::Expired => expired(row),
        Urgency::Critical => {
            let money = premium(row, around)
                .map_or(String::new(), |money| format!("; Extended Access {money}"));
            format!("{}{money}", capital(&end(row)))
        }
        Urgency::High => {
            let money = premium(row, around).map_or(String::new(), |money| {
                format!(", {} {money}", joining(row.phase))
            });
            format!("{}{money}; {}", extended_access(row), end(row))
        }
        Urgency::Medium | Urgency::Low | Urgency::None => quiet(row, around),
    }
}

fn expired(row: &UrgencyRow) -> String {
    let end = row.end_of_life.map(EndOfLife::date);
    let ended = end.map(text).unwrap_or_default();
    let cost = row.cost_last_30_days.map_or_else(
        || "use of unknown cost".to_owned(),
        |cost| format!("{} of use", cost.in_words()),
    );
    let last = text(row.last_used);
    let calls = if end.is_some_and(|end| row.last_used < end) {
        format!(" and was last called on {last}: calls that go on")
    } else {
        format!(" and is still called (last on {last}): calls")
    };
    format!(
        "The model ended on {ended}{calls} can fail any day, and {cost} in the last 30 days has nowhere to go"
    )
}

/// When it ends, and when to start.
fn end(row: &UrgencyRow) -> String {
    let Some(end) = row.end_of_life else {
        return "no end is known".to_owned();
    };
    let start = match (row.start_by, row.slack_days) {
        (Some(start), Some(slack)) if slack < 0 => format!(
            "; a move takes {}, so it should have started on {}, {} ago",
            days(i64::from(row.lead_time_days)),
            text(start),
            days(-slack)
        ),
        (Some(start), _) => format!(
            "; a move takes {}, so start by {}",
            days(i64::from(row.lead_time_days)),
            text(start)
        ),
        _ => String::new(),
    };
    let when = distance(row.days_to_end_of_life);
    match end {
        EndOfLife::On(date) => format!("the model ends on {}{when}{start}", text(date)),
        EndOfLife::NotBefore(date) if row.days_to_end_of_life < Some(0) => format!(
            "no end is announced, but it was only promised until {}",
            text(date)
        ),
        EndOfLife::NotBefore(date) => {
            format!("no end is announced, it may come from {}{when}", text(date))
        }
    }
}

fn extended_access(row: &UrgencyRow) -> String {
    let Some(from) = row.extended_access_from else {
        return "Extended Access".to_owned();
    };
    if row.phase == LifecyclePhase::ExtendedAccess {
        format!("In Extended Access since {}", text(from))
    } else {
        let when = distance(row.days_to_extended_access);
        format!("Extended Access begins on {}{when}", text(from))
    }
}

fn joining(phase: LifecyclePhase) -> &'static str {
    match phase {
        LifecyclePhase::ExtendedAccess => "which",
        _ => "and",
    }
}

/// What Extended Access adds, and on what grounds; none where no day of it is in sight.
fn premium(row: &UrgencyRow, around: &Circumstances) -> Option<String> {
    row.extended_access_from
        .filter(|from| *from < around.horizon_end)?;
    let grounds = match around.premium_basis {
        PriceBasis::Listed => "at the listed price",
        PriceBasis::User => "at your own price",
        PriceBasis::Assumed => "at an assumed price, none is published",
        PriceBasis::Unpriced => "some of it has no known price",
    };
    let (Some(total), Some(per_day)) = (row.premium_to_end_of_life, row.premium_per_day) else {
        return Some("adds an amount that is not known, for want of a price".to_owned());
    };
    if total == Usd::ZERO {
        return Some("is expected to add nothing".to_owned());
    }
    let until = match row.end_of_life.and_then(EndOfLife::on) {
        Some(end) if end <= around.horizon_end => "until the end".to_owned(),
        _ => format!("until {}", text(around.horizon_end)),
    };
    Some(format!(
        "adds about {} a day, {} {until} ({grounds})",
        per_day.in_words(),
        total.in_words()
    ))
}

fn quiet(row: &UrgencyRow, around: &Circumstances) -> String {
    let begins = match (row.phase, row.legacy_from) {
        (LifecyclePhase::Legacy | LifecyclePhase::ExtendedAccess, Some(from)) => {
            format!("Legacy since {}: ", text(from))
        }
        (_, Some(from)) => format!("Active, Legacy from {}: ", text(from)),
        (LifecyclePhase::Unknown, None) => {
            return format!("Nothing is known of its life cycle in {}", row.region);
        }
        (_, None) => "Active: ".to_owned(),
    };
    let money = premium(row, around).map_or(String::new(), |money| {
        format!(
            "; {}, {} {money}",
            lower(&extended_access(row)),
            joining(row.phase)
        )
    });
    let risk = around
        .unannounced_extended_access
        .map_or(String::new(), |from| {
            format!(
                "; Extended Access is not announced, but the policy allows a dearer price from {}",
                text(from)
            )
        });
    format!("{begins}{}{money}{risk}", end(row))
}

/// Where to move, how far it has come, and what the numbers rest on.
fn way_out(row: &UrgencyRow, around: &Circumstances) -> String {
    let basis = format!("forecast from {} of use", days(signed(around.history_days)));
    let Some(successor) = &row.successor else {
        let why = match &around.dying_successor {
            Some(model) => format!("{model}, set as successor, must itself move"),
            None => "no successor is known".to_owned(),
        };
        let ask = if row.urgency <= Urgency::Medium {
            ": name one in the settings"
        } else {
            ""
        };
        return format!("{}{ask}; {basis}", capital(&why));
    };
    let mut facts = Vec::new();
    if let Some(cost) = row.successor_cost_per_month {
        let range = around
            .successor_cost_range
            .map_or(String::new(), |(low, high)| {
                format!(", {} to {}", low.in_words(), high.in_words())
            });
        facts.push(format!("about {}{range} for 30 days", cost.in_words()));
    } else {
        facts.push("its price is not known".to_owned());
    }
    if let Some(share) = row.migrated_share {
        facts.push(progress(share, around.share_before));
    }
    let verb = if row.urgency <= Urgency::Medium {
        "Move to"
    } else {
        "Successor:"
    };
    format!("{verb} {successor} ({}); {basis}", facts.join("; "))
}

fn progress(share: Decimal, before: Option<Decimal>) -> String {
    if share.is_zero() && before.is_none_or(|before| before.is_zero()) {
        return "nothing moved yet".to_owned();
    }
    let trend = before.map_or(String::new(), |before| {
        let word = match share.cmp(&before) {
            std::cmp::Ordering::Greater => "up from",
            std::cmp::Ordering::Less => "down from",
            std::cmp::Ordering::Equal => "unchanged from",
        };
        format!(", {word} {} in the 30 days before", percent(before))
    });
    format!("{} moved so far{trend}", percent(share))
}

/// The warning that an account idle in Legacy can lose access.
pub(crate) fn idle(row: &UrgencyRow, history_end: NaiveDate, limit: u32) -> Option<String> {
    let unused = history_end.signed_duration_since(row.last_used).num_days();
    let limit = i64::from(limit);
    let legacy = matches!(
        row.phase,
        LifecyclePhase::Legacy | LifecyclePhase::ExtendedAccess
    );
    (legacy && unused >= limit - IDLE_WARNING_DAYS && unused > 1).then(|| {
        format!(
            "Last used on {}, {} ago: an account that leaves a Legacy model idle for {} can lose access",
            text(row.last_used),
            days(unused),
            days(limit)
        )
    })
}

fn distance(to: Option<i64>) -> String {
    match to {
        None | Some(0) => String::new(),
        Some(to) if to < 0 => format!(", {} ago", days(-to)),
        Some(to) => format!(", in {}", days(to)),
    }
}

/// `1 day`, `12 days`.
pub(crate) fn days(count: i64) -> String {
    if count == 1 {
        "1 day".to_owned()
    } else {
        format!("{count} days")
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A share as whole percent; anything but none or all stays visible as such.
fn percent(share: Decimal) -> String {
    let whole = (share.saturating_mul(Decimal::ONE_HUNDRED)).round();
    if whole.is_zero() && !share.is_zero() {
        "less than 1%".to_owned()
    } else {
        format!("{}%", whole.normalize())
    }
}

fn text(date: NaiveDate) -> String {
    date.to_string()
}

fn capital(sentence: &str) -> String {
    // Model ids keep their case: a sentence that starts with one stays as it is.
    match sentence.split_once(' ') {
        Some(("the", rest)) => format!("The {rest}"),
        Some(("no", rest)) => format!("No {rest}"),
        _ => sentence.to_owned(),
    }
}

fn lower(sentence: &str) -> String {
    sentence
        .strip_prefix("In ")
        .map_or_else(|| sentence.to_owned(), |rest| format!("in {rest}"))
}
