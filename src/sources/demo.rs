//! The data set of `--demo`: **invented data, no real company**.
//!
//! It shows what an outdoor shop with three accounts in three Regions might send to Bedrock
//! from 2026-04-01 to 2026-11-21. Account ids, roles, teams, profile ids and every count are
//! made up; only the model names are real. The rows carry [`Source::Demo`] and no workload:
//! the allocation rules of [`DEMO_SETTINGS`], the price tables, the projection and the report
//! treat them like any other input.
//!
//! The streams stand in `demo/streams.rs`; here they are expanded to one row a day, in
//! integers only: base requests x day of the week x growth x ramp x noise. The noise is a hash
//! of workload and day, so two streams of one workload (the halves of a migration) move
//! together, and a new stream changes no other.
//!
//! Imports `domain` only. Sample: `support-chat` on Sunday 2026-11-01 is one row of Claude
//! Sonnet 4.5 through `global.` in us-east-1 and one through `eu.` in eu-central-1.

mod streams;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};

use crate::domain::{Granularity, ModelNaming, RequestMetadata, Source, Text, TokenCounts};
use crate::domain::{ServiceTier, UsageRow};

/// The settings of the demo, an `eolcast.toml`: allocation rules, owners, lead times,
/// successors, and the one application inference profile that is known.
pub const DEMO_SETTINGS: &str = include_str!("demo/eolcast.toml");

/// The day that the demo looks from: the day after its last row.
pub const DEMO_AS_OF: NaiveDate = date(2026, 11, 22);

/// The first day with rows.
const FIRST_DAY: NaiveDate = date(2026, 4, 1);

/// Calls of one caller to one model, as the logs of a company would show them.
struct Stream {
    /// What the rules of the settings make of it, but for `unallocated`; seeds the noise.
    workload: &'static str,
    account: &'static str,
    region: &'static str,
    /// As the caller writes it.
    model: &'static str,
    /// The assumed role; absent where the record names nobody.
    role: Option<&'static str>,
    /// Request metadata `team`.
    team: Option<&'static str>,
    tier: ServiceTier,
    prompt_band: Option<u64>,
    /// First and last day, counted from the first day of the history.
    days: (u64, u64),
    /// Requests on a normal weekday of the first month.
    requests: u64,
    /// Percent of the normal weekday, Monday first.
    week: [u64; 7],
    /// Growth in thousandths of the first month, for each 30 days.
    growth: u64,
    /// Thousandths of the requests from a day on, in a straight line between two days.
    ramp: &'static [(u64, u64)],
    /// Failed calls, in thousandths.
    failed: u64,
    /// Calls that succeed without any count, in thousandths of the calls that succeed.
    without_counts: u64,
    tokens: TokensPerRequest,
}

/// Tokens of a usual request; a meter of 0 is never seen.
struct TokensPerRequest {
    input: u64,
    output: u64,
    cache_read: u64,
    cache_write_5m: u64,
    cache_write_1h: u64,
    cache_write_unknown: u64,
}

/// Makes the rows of the demo, sorted by key. `naming` resolves the names that the callers
/// use, and should know the inference profile of [`DEMO_SETTINGS`].
pub fn demo_usage(naming: &ModelNaming) -> Vec<UsageRow> {
    let mut rows: Vec<UsageRow> = streams::STREAMS
        .iter()
        .flat_map(|stream| rows_of(stream, naming))
        .collect();
    rows.sort_unstable();
    rows
}

/// The rows of one stream: one for every day with a request.
fn rows_of(stream: &Stream, naming: &ModelNaming) -> Vec<UsageRow> {
    let model = naming.resolve(stream.model);
    let account_id = Text::from(stream.account);
    let region = Text::from(stream.region);
    let principal = stream.role.map(|role| {
        Text::from(format!(
            "arn:aws:sts::{}:assumed-role/{role}",
            stream.account
        ))
    });
    let team = stream.team.map(|team| ("team".into(), team.into()));
    let metadata = RequestMetadata::new(team);
    let (first, last) = stream.days;
    (first..=last)
        .filter_map(|day| Some((start_of(day)?, counts_of(stream, day)?)))
        .map(|(hour, counts)| UsageRow {
            hour,
            granularity: Granularity::Day,
            account_id: account_id.clone(),
            region: region.clone(),
            model_id: model.model_id.clone(),
            endpoint_scope: model.scope,
            geo: model.geo.clone(),
            service_tier: stream.tier,
            prompt_band: stream.prompt_band,
            inference_profile: model.inference_profile.clone(),
            principal: principal.clone(),
            metadata: metadata.clone(),
            workload: None,
            counts,
            source: Source::Demo,
        })
        .collect()
}

/// What a stream counts on a day; `None` on a day without a request.
fn counts_of(stream: &Stream, day: u64) -> Option<TokenCounts> {
    let weekday = date_of(day)?.weekday().num_days_from_monday();
    let percent = stream.week.get(usize::try_from(weekday).ok()?)?;
    let growth = 1000 + stream.growth * day / 30;
    let swing = between(noise(stream.workload, day, 0), 960, 1040);
    // The greatest base times 142 x 2,000 x 1,000 x 1,040 stays below 2^64.
    let requests = stream.requests * percent * growth * ramp_on(stream.ramp, day) * swing
        / (100 * 1000 * 1000 * 1000);
    if requests == 0 {
        return None;
    }
    let failed_requests = requests * stream.failed / 1000;
    let requests_without_counts = (requests - failed_requests) * stream.without_counts / 1000;
    let counted = requests - failed_requests - requests_without_counts;
    let size = between(noise(stream.workload, day, 1), 980, 1020);
    let tokens = |per_request: u64| {
        (per_request > 0 && counted > 0).then(|| counted * per_request * size / 1000)
    };
    Some(TokenCounts {
        requests,
        failed_requests,
        requests_without_counts,
        input_tokens: tokens(stream.tokens.input),
        output_tokens: tokens(stream.tokens.output),
        cache_read_tokens: tokens(stream.tokens.cache_read),
        cache_write_5m_tokens: tokens(stream.tokens.cache_write_5m),
        cache_write_1h_tokens: tokens(stream.tokens.cache_write_1h),
        cache_write_unknown_tokens: tokens(stream.tokens.cache_write_unknown),
        images: None,
    })
}

/// The ramp's height on a day, in thousandths; no ramp is 1000.
fn ramp_on(ramp: &[(u64, u64)], day: u64) -> u64 {
    let next = ramp.partition_point(|(from, _)| *from <= day);
    let before = next.checked_sub(1).and_then(|at| ramp.get(at));
    match (before, ramp.get(next)) {
        (None, None) => 1000,
        (Some((_, height)), None) | (None, Some((_, height))) => *height,
        (Some((from, low)), Some((to, high))) => {
            (low * (to - day) + high * (day - from)) / (to - from)
        }
    }
}

/// A number that looks random and is the same on every machine: FNV-1a of the workload, then
/// the finaliser of SplitMix64 over it and the day.
fn noise(workload: &str, day: u64, kind: u64) -> u64 {
    let seed = workload
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    let mut mixed = seed.wrapping_add((2 * day + kind + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Folds a number into `low..=high`.
const fn between(number: u64, low: u64, high: u64) -> u64 {
    low + number % (high - low + 1)
}

fn date_of(day: u64) -> Option<NaiveDate> {
    FIRST_DAY.checked_add_days(Days::new(day))
}

fn start_of(day: u64) -> Option<DateTime<Utc>> {
    Some(date_of(day)?.and_time(NaiveTime::MIN).and_utc())
}

/// A date that is known to exist.
const fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => NaiveDate::MIN,
    }
}
