//! Reading the rows of a usage table, whatever file it came in.
//!
//! Strict: a cell that cannot be understood refuses the whole table, because half a table is
//! a wrong total. What the contract leaves open is settled here:
//!
//! - Columns may stand in any order. Count columns may be left out (unknown); an empty
//!   `requests`, `failed_requests` or `requests_without_counts` is 0, as these have no unknown.
//! - `model_id` may be any form in which a model is named (`us.anthropic...`, an ARN, a
//!   profile): a name that is not an id of the tables is resolved again, and gives scope, geo
//!   prefix, profile and `provisioned` tier where the row leaves them open. An id of the
//!   tables stands as it is: its empty `endpoint_scope` means a profile nobody could resolve.
//! - The same key twice in one table is refused, names resolved: one of the rows is a mistake.
//!
//! Imports `domain` only. Sample: a CSV of a header and
//! `2026-10-01,day,111122223333,us-east-1,us.amazon.nova-lite-v1:0,,,standard,0,,,,checkout,...`
//! gives one row, scope `geo`, geo `us`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};
use foldhash::fast::RandomState;

use super::table_column::{UsageCell, UsageColumnKind};
use super::{CellProblem, UsageColumn, UsageTableError, read_usage_csv, read_usage_parquet};
use crate::domain::{
    EndpointScope, Granularity, ModelId, ModelNaming, RequestMetadata, ResolvedModel, ServiceTier,
    Source, Text, TokenCounts, UsageRow,
};

/// Reads a usage table, called `name` in messages; Parquet and CSV are told apart by content. Rows come sorted by key.
pub fn read_usage_table(
    path: &Path,
    name: &str,
    naming: &ModelNaming,
) -> Result<Vec<UsageRow>, UsageTableError> {
    let failed = |source| UsageTableError::Read {
        file: name.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut magic = Vec::with_capacity(4);
    file.by_ref()
        .take(4)
        .read_to_end(&mut magic)
        .map_err(failed)?;
    file.rewind().map_err(failed)?;
    if magic == b"PAR1" {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        read_usage_parquet(name, bytes, naming)
    } else {
        read_usage_csv(name, file, naming)
    }
}

/// Which cell of a row belongs to which column.
#[derive(Debug)]
pub(super) struct Header {
    /// Per column of the contract, the index in the table.
    places: [Option<usize>; UsageColumn::ALL.len()],
}

impl Header {
    /// Matches the names of a table with the contract.
    pub(super) fn new<'n>(
        file: &str,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<Self, UsageTableError> {
        let mut places = [None; UsageColumn::ALL.len()];
        for (at, name) in names.enumerate() {
            let Some(column) = UsageColumn::parse(name) else {
                return Err(UsageTableError::UnknownColumn {
                    file: file.to_owned(),
                    column: name.escape_debug().to_string(),
                });
            };
            if places[column as usize].replace(at).is_some() {
                return Err(UsageTableError::RepeatedColumn {
                    file: file.to_owned(),
                    column,
                });
            }
        }
        let missing = UsageColumn::ALL.into_iter().find(|column| {
            column.kind() != UsageColumnKind::Count && places[*column as usize].is_none()
        });
        match missing {
            Some(column) => Err(UsageTableError::MissingColumn {
                file: file.to_owned(),
                column,
            }),
            None => Ok(Self { places }),
        }
    }

    /// Where a column stands in the table, if it is there.
    pub(super) fn place(&self, column: UsageColumn) -> Option<usize> {
        self.places[column as usize]
    }
}

/// Builds rows from cells; texts that repeat are kept once.
pub(super) struct RowReader<'a> {
    file: &'a str,
    naming: &'a ModelNaming,
    texts: HashSet<Text, RandomState>,
    models: HashMap<Text, Option<ResolvedModel>, RandomState>,
    metadata: HashMap<String, RequestMetadata, RandomState>,
    rows: Vec<UsageRow>,
    /// Where each row stands in the file.
    numbers: Vec<u64>,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(file: &'a str, naming: &'a ModelNaming) -> Self {
        Self {
            file,
            naming,
            texts: HashSet::default(),
            models: HashMap::default(),
            metadata: HashMap::default(),
            rows: Vec::new(),
            numbers: Vec::new(),
        }
    }

    /// Makes room for so many rows more, if there is any: a damaged file may claim too many.
    pub(super) fn reserve(&mut self, rows: usize) {
        let _ = self.rows.try_reserve_exact(rows);
        let _ = self.numbers.try_reserve_exact(rows);
    }

    /// Takes one row; `cell` gives what stands in a column.
    pub(super) fn take<'c>(
        &mut self,
        number: u64,
        cell: impl Fn(UsageColumn) -> Result<UsageCell<'c>, CellProblem>,
    ) -> Result<(), UsageTableError> {
        let row = self
            .row(|column| cell(column).map_err(|problem| (column, problem)))
            .map_err(|(column, problem)| UsageTableError::Cell {
                file: self.file.to_owned(),
                row: number,
                column,
                problem,
            })?;
        self.rows.push(row);
        self.numbers.push(number);
        Ok(())
    }

    /// All rows, sorted by key, no key twice.
    pub(super) fn finish(self) -> Result<Vec<UsageRow>, UsageTableError> {
        // Most tables are in order, and rows are the greatest thing in memory: no second copy.
        if self.rows.is_sorted_by(|one, next| key(one) < key(next)) {
            return Ok(self.rows);
        }
        let mut rows: Vec<_> = self.rows.into_iter().zip(self.numbers).collect();
        rows.sort_unstable_by(|(a, number_a), (b, number_b)| {
            key(a).cmp(&key(b)).then(number_a.cmp(number_b))
        });
        let repeated = rows
            .windows(2)
            .filter(|pair| key(&pair[0].0) == key(&pair[1].0))
            .map(|pair| (pair[1].1, pair[0].1))
            .min();
        if let Some((second, first)) = repeated {
            return Err(UsageTableError::DuplicateKey {
                file: self.file.to_owned(),
                first,
                second,
            });
        }
        Ok(rows.into_iter().map(|(row, _)| row).collect())
    }

    fn row<'c>(
        &mut self,
        cell: impl Fn(UsageColumn) -> Result<UsageCell<'c>, (UsageColumn, CellProblem)>,
    ) -> Result<UsageRow, (UsageColumn, CellProblem)> {
        let text = |column| cell(column).map(text_of);
        let word = |column| required(column, text(column)?);
        let count = |column| count_of(cell(column)?).map_err(|problem| (column, problem));

        let granularity = word(UsageColumn::Granularity)?;
        let granularity = Granularity::parse(&granularity)
            .ok_or_else(|| unknown(UsageColumn::Granularity, &granularity, ["hour", "day"]))?;
        let hour = moment_of(cell(UsageColumn::Hour)?, granularity)
            .map_err(|problem| (UsageColumn::Hour, problem))?;
        let scope = match text(UsageColumn::EndpointScope)? {
            None => None,
            Some(word) => Some(EndpointScope::parse(&word).ok_or_else(|| {
                let allowed = ["in-region", "geo", "global"];
                unknown(UsageColumn::EndpointScope, &word, allowed)
            })?),
        };
        let tier = word(UsageColumn::ServiceTier)?;
        let tier = ServiceTier::parse(&tier).ok_or_else(|| {
            let allowed = ServiceTier::ALL.map(ServiceTier::as_str);
            unknown(UsageColumn::ServiceTier, &tier, allowed)
        })?;
        let source = word(UsageColumn::Source)?;
        let source = Source::parse(&source).ok_or_else(|| {
            unknown(
                UsageColumn::Source,
                &source,
                Source::ALL.map(Source::as_str),
            )
        })?;
        let metadata = match text(UsageColumn::Metadata)? {
            None => RequestMetadata::default(),
            Some(json) => self.metadata(&json)?,
        };
        let counts = TokenCounts {
            requests: count(UsageColumn::Requests)?.unwrap_or(0),
            failed_requests: count(UsageColumn::FailedRequests)?.unwrap_or(0),
            requests_without_counts: count(UsageColumn::RequestsWithoutCounts)?.unwrap_or(0),
            input_tokens: count(UsageColumn::InputTokens)?,
            output_tokens: count(UsageColumn::OutputTokens)?,
            cache_read_tokens: count(UsageColumn::CacheReadTokens)?,
            cache_write_5m_tokens: count(UsageColumn::CacheWrite5mTokens)?,
            cache_write_1h_tokens: count(UsageColumn::CacheWrite1hTokens)?,
            cache_write_unknown_tokens: count(UsageColumn::CacheWriteUnknownTokens)?,
            images: count(UsageColumn::Images)?,
        };
        check_requests(&counts)?;
        let row = UsageRow {
            hour,
            granularity,
            account_id: self.shared(&word(UsageColumn::AccountId)?),
            region: self.shared(&word(UsageColumn::Region)?.to_ascii_lowercase()),
            model_id: ModelId::new(self.shared(&word(UsageColumn::ModelId)?)),
            endpoint_scope: scope,
            geo: text(UsageColumn::Geo)?.map(|geo| self.shared(&geo)),
            service_tier: tier,
            prompt_band: count(UsageColumn::PromptBand)?,
            inference_profile: text(UsageColumn::InferenceProfile)?.map(|name| self.shared(&name)),
            principal: text(UsageColumn::Principal)?.map(|arn| self.shared(&arn)),
            metadata,
            workload: text(UsageColumn::Workload)?.map(|name| self.shared(&name)),
            counts,
            source,
        };
        self.resolve(row)
    }

    /// Fills in what the name of the model says, unless it is an id of the tables.
    fn resolve(&mut self, row: UsageRow) -> Result<UsageRow, (UsageColumn, CellProblem)> {
        let naming = self.naming;
        let resolved = self
            .models
            .entry(row.model_id.text())
            .or_insert_with_key(|name| {
                (!naming.models.contains(name)).then(|| naming.resolve(name))
            });
        let Some(resolved) = resolved else {
            return Ok(row);
        };
        if let (Some(written), Some(named)) = (row.endpoint_scope, resolved.scope)
            // A bare name says nothing against the column; a `us.` or `global.` does.
            && named != EndpointScope::InRegion
            && written != named
        {
            let problem = CellProblem::AnotherScope {
                written,
                named,
                model: row.model_id.to_string(),
            };
            return Err((UsageColumn::EndpointScope, problem));
        }
        let scope = row.endpoint_scope.or(resolved.scope);
        let geo = match scope {
            Some(EndpointScope::Geo) => row.geo.or_else(|| resolved.geo.clone()),
            _ => row.geo,
        };
        let tier = match resolved.provisioned {
            true => ServiceTier::Provisioned,
            false => row.service_tier,
        };
        Ok(UsageRow {
            model_id: resolved.model_id.clone(),
            endpoint_scope: scope,
            geo,
            service_tier: tier,
            inference_profile: row
                .inference_profile
                .or_else(|| resolved.inference_profile.clone()),
            ..row
        })
    }

    fn shared(&mut self, text: &str) -> Text {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new = Text::from(text);
        self.texts.insert(new.clone());
        new
    }

    fn metadata(&mut self, json: &str) -> Result<RequestMetadata, (UsageColumn, CellProblem)> {
        if let Some(known) = self.metadata.get(json) {
            return Ok(known.clone());
        }
        let new = RequestMetadata::from_json(json).map_err(|error| {
            let problem = CellProblem::NotMetadata(error.to_string());
            (UsageColumn::Metadata, problem)
        })?;
        self.metadata.insert(json.to_owned(), new.clone());
        Ok(new)
    }
}

/// Everything that tells rows apart: all columns but the counts.
fn key(row: &UsageRow) -> impl Ord + '_ {
    (
        (row.hour, row.granularity, &row.account_id, &row.region),
        (
            &row.model_id,
            row.endpoint_scope,
            &row.geo,
            row.service_tier,
        ),
        (row.prompt_band, &row.inference_profile, &row.principal),
        (&row.metadata, &row.workload, row.source),
    )
}

fn text_of(cell: UsageCell<'_>) -> Option<Cow<'_, str>> {
    let text = match cell {
        UsageCell::Empty => return None,
        UsageCell::Word(word) => Cow::Borrowed(word),
        UsageCell::Shared(text) => Cow::Borrowed(&**text),
        UsageCell::Text(text) => text,
        UsageCell::Count(count) => Cow::Owned(count.to_string()),
        UsageCell::Moment(moment) => Cow::Owned(moment.to_rfc3339()),
        UsageCell::Day(day) => Cow::Owned(day.to_string()),
    };
    (!text.is_empty()).then_some(text)
}

fn required<T>(column: UsageColumn, text: Option<T>) -> Result<T, (UsageColumn, CellProblem)> {
    text.ok_or((column, CellProblem::Missing))
}

fn unknown<const N: usize>(
    column: UsageColumn,
    word: &str,
    allowed: [&str; N],
) -> (UsageColumn, CellProblem) {
    let problem = CellProblem::UnknownWord {
        word: word.escape_debug().to_string(),
        allowed: allowed.join(", "),
    };
    (column, problem)
}

fn count_of(cell: UsageCell<'_>) -> Result<Option<u64>, CellProblem> {
    let count = match cell {
        UsageCell::Count(count) => count,
        other => match text_of(other) {
            None => return Ok(None),
            Some(text) => count_of_text(&text)?,
        },
    };
    if i64::try_from(count).is_err() {
        return Err(CellProblem::TooLarge(count.to_string()));
    }
    Ok(Some(count))
}

/// Digits only: `1,204`, `1e6`, ` 7` and `+7` are more likely mistakes than counts.
fn count_of_text(text: &str) -> Result<u64, CellProblem> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(text) {
        return text
            .parse()
            .map_err(|_| CellProblem::TooLarge(text.to_owned()));
    }
    match text.strip_prefix('-') {
        Some(rest) if digits(rest) => Err(CellProblem::Negative(text.to_owned())),
        _ => Err(CellProblem::NotACount(text.escape_debug().to_string())),
    }
}

fn moment_of(cell: UsageCell<'_>, granularity: Granularity) -> Result<DateTime<Utc>, CellProblem> {
    let moment = match cell {
        UsageCell::Moment(moment) => moment,
        UsageCell::Day(day) => start_of(day, granularity)?,
        other => {
            let text = text_of(other).ok_or(CellProblem::Missing)?;
            moment_of_text(&text, granularity)?
        }
    };
    let time = moment.time();
    let is_start = match granularity {
        Granularity::Hour => time.minute() == 0 && time.second() == 0 && time.nanosecond() == 0,
        Granularity::Day => time == NaiveTime::MIN,
    };
    if is_start {
        Ok(moment)
    } else {
        Err(CellProblem::NotAStart {
            moment: moment.naive_utc().to_string(),
            granularity,
        })
    }
}

/// `YYYY-MM-DDTHH:MM:SSZ`, or `YYYY-MM-DD` for a day; no other form, and no other zone.
fn moment_of_text(text: &str, granularity: Granularity) -> Result<DateTime<Utc>, CellProblem> {
    let wrong = || CellProblem::NotATimestamp(text.escape_debug().to_string());
    let has_shape = |shape: &str| {
        let same = |(byte, pattern): (u8, u8)| match pattern {
            b'0' => byte.is_ascii_digit(),
            _ => byte == pattern,
        };
        text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(same)
    };
    if has_shape("0000-00-00") {
        start_of(text.parse().map_err(|_| wrong())?, granularity)
    } else if has_shape("0000-00-00T00:00:00Z") {
        let day: NaiveDate = text[..10].parse().map_err(|_| wrong())?;
        let time: NaiveTime = text[11..19].parse().map_err(|_| wrong())?;
        Ok(day.and_time(time).and_utc())
    } else {
        Err(wrong())
    }
}

fn start_of(day: NaiveDate, granularity: Granularity) -> Result<DateTime<Utc>, CellProblem> {
    match granularity {
        Granularity::Day => Ok(day.and_time(NaiveTime::MIN).and_utc()),
        Granularity::Hour => Err(CellProblem::DateForAnHour(day)),
    }
}

fn check_requests(counts: &TokenCounts) -> Result<(), (UsageColumn, CellProblem)> {
    let explained = counts
        .failed_requests
        .checked_add(counts.requests_without_counts);
    if explained.is_some_and(|explained| explained <= counts.requests) {
        return Ok(());
    }
    let column = if counts.failed_requests > counts.requests {
        UsageColumn::FailedRequests
    } else {
        UsageColumn::RequestsWithoutCounts
    };
    let problem = CellProblem::MoreThanRequests {
        requests: counts.requests,
        failed: counts.failed_requests,
        without_counts: counts.requests_without_counts,
    };
    Err((column, problem))
}
