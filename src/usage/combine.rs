//! Putting inputs together without counting anything twice.
//!
//! Raw logs that are given twice are de-duplicated by request id while they are read. Usage
//! tables have no request ids, so the same account, Region and day from two sources is
//! refused unless the user says which one wins. Metrics and one kind of logs are no two counts
//! of the same: they are compared (see `coverage`). A table that was split into several files is
//! one table: rows of the same source may lie side by side, as long as no key repeats.
//! Imports `domain` and `diagnostic` only.

mod repetitions;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Component, Path};

use chrono::NaiveDate;
use foldhash::fast::RandomState;
use hashbrown::HashSet;

use self::repetitions::{drop_repetitions, sorted};
use super::coverage::{NOT_IN_LOGS, Place, is_left_over, is_logs};
use crate::diagnostic::Diagnostic;
use crate::domain::{Granularity, Source, Text, UsageRow, place_in_memory};

/// Usage from one place.
#[derive(Debug, Clone)]
pub struct UsageInput {
    /// The path as given, or a word such as `invocation logs`.
    pub name: String,
    /// Further names that `--prefer` may call it by: the paths that led to it.
    pub also: Vec<String>,
    /// Whether the rows were added up from raw log records just now.
    pub raw_logs: bool,
    /// Sorted or not.
    pub rows: Vec<UsageRow>,
}

impl UsageInput {
    fn is_called(&self, given: &str) -> bool {
        let mut names = std::iter::once(&self.name).chain(&self.also);
        names.any(|name| same_path(name, given))
    }
}

/// Usage that would count twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CombineError {
    /// One account, Region and day from several sources.
    #[error(
        "account {account_id}, {region}, {day} comes from {sources}{more}; name the one to keep with --prefer SOURCE (or --prefer INPUT)"
    )]
    TwoSources {
        /// The account.
        account_id: Text,
        /// The Region.
        region: Text,
        /// The first such day.
        day: NaiveDate,
        /// Which sources, with the inputs they came in.
        sources: String,
        /// How many further such days there are, in words; empty for none.
        more: String,
    },
    /// One input holds one account, Region and day twice, by the hour and by the day.
    #[error(
        "{input} holds account {account_id}, {region}, {day} as {sources}; that usage would count twice, so take one of the two out of it"
    )]
    TwiceInOneInput {
        /// The input.
        input: String,
        /// The account.
        account_id: Text,
        /// The Region.
        region: Text,
        /// The first such day.
        day: NaiveDate,
        /// Which sources.
        sources: String,
    },
    /// `--prefer` leaves more than one source for an account, Region and day.
    #[error(
        "account {account_id}, {region}, {day} comes from {sources}, and --prefer {given} names more than one of them; name the input to keep with --prefer INPUT"
    )]
    PreferredTwice {
        /// The account.
        account_id: Text,
        /// The Region.
        region: Text,
        /// The first such day.
        day: NaiveDate,
        /// Which sources, with the inputs they came in.
        sources: String,
        /// What was given.
        given: String,
    },
    /// One row in two inputs, with different counts.
    #[error(
        "the same usage row (account {account_id}, {region}, {hour}, {model}) stands in {first} and in {second} with different counts; name the one to keep with --prefer INPUT"
    )]
    TwoCounts {
        /// The account.
        account_id: Text,
        /// The Region.
        region: Text,
        /// The hour or day.
        hour: String,
        /// The model.
        model: String,
        /// One input.
        first: String,
        /// The other.
        second: String,
    },
    /// `--prefer` names nothing that is there.
    #[error(
        "--prefer {given}: no such source or input; sources are {}, inputs are {inputs}",
        source_words()
    )]
    NothingPreferred {
        /// What was given.
        given: String,
        /// The names of the inputs.
        inputs: String,
    },
}

fn source_words() -> String {
    Source::ALL.map(Source::as_str).join(", ")
}

/// What makes rows of one account, Region and day exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Stream {
    source: Source,
    granularity: Granularity,
    raw_logs: bool,
    /// What an earlier comparison of metrics with logs left.
    left_over: bool,
}

impl Stream {
    /// Whether these may stand for one account, Region and day together: one stream, or the
    /// metrics (or what a comparison left of them) beside one kind of logs. What was left is
    /// left by logs of a table; raw logs would count twice beside it.
    fn fit_together<'s>(streams: impl Iterator<Item = &'s Self>) -> bool {
        let streams: Vec<&Self> = streams.collect();
        match streams[..] {
            [] | [_] => true,
            [a, b] => [(a, b), (b, a)].iter().any(|(metrics, logs)| {
                metrics.source == Source::Metrics
                    && is_logs(logs.source)
                    && !(metrics.left_over && logs.raw_logs)
            }),
            _ => false,
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.raw_logs {
            true => f.write_str("raw logs"),
            false if self.left_over => write!(f, "the workload '{NOT_IN_LOGS}'"),
            false => write!(f, "source {} by {}", self.source, self.granularity.as_str()),
        }
    }
}

type Cell = (Text, Text, NaiveDate);

/// What `--prefer` names.
#[derive(Debug, Clone, Copy)]
enum Preference<'a> {
    Nothing,
    Source(Source),
    Input(&'a str),
}

impl<'a> Preference<'a> {
    /// A source wins over an input of the same name, if any row comes from it.
    fn find(given: Option<&'a str>, inputs: &[UsageInput]) -> Result<Self, Box<CombineError>> {
        let Some(given) = given else {
            return Ok(Self::Nothing);
        };
        let source = Source::parse(given);
        let is_there = |source: Source| {
            inputs
                .iter()
                .any(|input| input.rows.iter().any(|row| row.source == source))
        };
        match source {
            Some(source) if is_there(source) => Ok(Self::Source(source)),
            _ if inputs.iter().any(|input| input.is_called(given)) => Ok(Self::Input(given)),
            _ => {
                let inputs = inputs
                    .iter()
                    .map(|input| input.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ");
                Err(Box::new(CombineError::NothingPreferred {
                    given: given.to_owned(),
                    inputs,
                }))
            }
        }
    }

    fn wins(self, input: &UsageInput, row: &UsageRow) -> bool {
        match self {
            Self::Nothing => false,
            Self::Source(source) => row.source == source,
            Self::Input(name) => input.is_called(name),
        }
    }
}

/// Inputs put together.
#[derive(Debug)]
pub struct Combined {
    /// Sorted.
    pub rows: Vec<UsageRow>,
    /// Accounts and Regions in which `--prefer` left rows out.
    pub chosen: BTreeSet<Place>,
    /// What was left out or stood twice.
    pub findings: Vec<Diagnostic>,
}

impl Combined {
    /// Usage of one place, sorted, that needs no combining.
    pub fn of(rows: Vec<UsageRow>) -> Self {
        Self {
            rows,
            chosen: BTreeSet::new(),
            findings: Vec::new(),
        }
    }
}

/// Puts inputs together; the result is the same whatever the order of inputs.
pub fn combine(
    mut inputs: Vec<UsageInput>,
    prefer: Option<&str>,
) -> Result<Combined, Box<CombineError>> {
    let preference = Preference::find(prefer, &inputs)?;
    let mut streams: BTreeMap<Cell, BTreeMap<Stream, BTreeSet<&str>>> = BTreeMap::new();
    let mut preferred: BTreeMap<Cell, BTreeSet<Stream>> = BTreeMap::new();
    for input in &inputs {
        // Rows share their names: which were seen is told by where these stand in memory.
        let mut seen = HashSet::with_hasher(RandomState::default());
        for row in input.rows.iter().filter(|row| row.source != Source::Mantle) {
            let names = [&row.account_id, &row.region].map(place_in_memory);
            let stream_of = (row.source, row.granularity, is_left_over(row));
            if !seen.insert((names, row.day(), stream_of)) {
                continue;
            }
            streams
                .entry(cell(row))
                .or_default()
                .entry(stream(input, row))
                .or_default()
                .insert(&input.name);
            if preference.wins(input, row) {
                let winners = preferred.entry(cell(row)).or_default();
                winners.insert(stream(input, row));
            }
        }
    }
    refuse_two_sources(&streams, &preferred, prefer.unwrap_or_default())?;
    // Where something is preferred that is not all there is, the rest is left out.
    let contested: BTreeSet<Cell> = preferred
        .into_iter()
        .filter(|(cell, winners)| {
            let all = streams.get(cell);
            all.is_some_and(|all| all.len() > winners.len())
        })
        .map(|(cell, _)| cell)
        .collect();
    if let ([only], true) = (&mut inputs[..], contested.is_empty()) {
        let rows = std::mem::take(&mut only.rows);
        return Ok(Combined::of(sorted(rows)));
    }
    let mut findings = Vec::new();
    let total = inputs.iter().map(|input| input.rows.len()).sum();
    let mut rows: Vec<(UsageRow, usize, bool)> = Vec::with_capacity(total);
    let (mut dropped, mut dropped_tokens) = (0u64, 0u64);
    let mut input_names = Vec::new();
    let mut chosen = BTreeSet::new();
    for (at, mut input) in inputs.into_iter().enumerate() {
        for row in std::mem::take(&mut input.rows) {
            let wins = preference.wins(&input, &row);
            if !wins && row.source != Source::Mantle && contested.contains(&cell(&row)) {
                dropped += 1;
                dropped_tokens = dropped_tokens.saturating_add(row.counts.tokens());
                chosen.insert((row.account_id, row.region));
            } else {
                rows.push((row, at, wins));
            }
        }
        input_names.push(input.name);
    }
    if dropped > 0 {
        let message = format!(
            "{dropped} usage rows were left out because --prefer {} wins for their account, Region and day",
            prefer.unwrap_or_default()
        );
        findings
            .push(Diagnostic::info("not-preferred", "usage", message).with_tokens(dropped_tokens));
    }
    let rows = drop_repetitions(rows, &input_names, &mut findings)?;
    Ok(Combined {
        rows,
        chosen,
        findings,
    })
}

/// `./logs/` is `logs`.
fn same_path(a: &str, b: &str) -> bool {
    let steps = |path| {
        let steps = Path::new(path).components();
        steps.filter(|step| *step != Component::CurDir)
    };
    steps(a).eq(steps(b))
}

fn cell(row: &UsageRow) -> Cell {
    (row.account_id.clone(), row.region.clone(), row.day())
}

fn stream(input: &UsageInput, row: &UsageRow) -> Stream {
    Stream {
        source: row.source,
        granularity: row.granularity,
        raw_logs: input.raw_logs,
        left_over: is_left_over(row),
    }
}

/// Every account, Region and day needs one source, or one that is preferred.
fn refuse_two_sources(
    streams: &BTreeMap<Cell, BTreeMap<Stream, BTreeSet<&str>>>,
    preferred: &BTreeMap<Cell, BTreeSet<Stream>>,
    given: &str,
) -> Result<(), Box<CombineError>> {
    let is_refused = |cell: &Cell, all: &BTreeMap<Stream, BTreeSet<&str>>| match preferred.get(cell)
    {
        Some(winners) => !Stream::fit_together(winners.iter()),
        None => !Stream::fit_together(all.keys()),
    };
    let mut refused = streams
        .iter()
        .filter(|(cell, of_cell)| is_refused(cell, of_cell));
    let Some((first, of_cell)) = refused.next() else {
        return Ok(());
    };
    let (account_id, region, day) = first.clone();
    let one_source = of_cell
        .keys()
        .map(|stream| stream.source)
        .collect::<BTreeSet<_>>()
        .len()
        == 1;
    let holders: BTreeSet<&str> = of_cell.values().flatten().copied().collect();
    if let (true, Some(input), 1) = (one_source, holders.first(), holders.len()) {
        let streams: Vec<String> = of_cell.keys().map(Stream::to_string).collect();
        return Err(Box::new(CombineError::TwiceInOneInput {
            input: (*input).to_owned(),
            account_id,
            region,
            day,
            sources: streams.join(" and as "),
        }));
    }
    let sources = of_cell
        .iter()
        .map(|(stream, inputs)| {
            format!(
                "{stream} ({})",
                inputs.iter().copied().collect::<Vec<_>>().join(", ")
            )
        })
        .collect::<Vec<_>>()
        .join(" and from ");
    if preferred.contains_key(first) {
        return Err(Box::new(CombineError::PreferredTwice {
            account_id,
            region,
            day,
            sources,
            given: given.to_owned(),
        }));
    }
    let more = match refused.count() {
        0 => String::new(),
        1 => ", and so does 1 further day".to_owned(),
        further => format!(", and so do {further} further days"),
    };
    Err(Box::new(CombineError::TwoSources {
        account_id,
        region,
        day,
        sources,
        more,
    }))
}
