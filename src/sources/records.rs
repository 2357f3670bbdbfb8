//! Finding the records in a text that arrives piece by piece. May import `domain` and its
//! siblings.
//!
//! Read are: one record a line; records back to back; pretty-printed records; a JSON array of
//! records; lines with something in front of the record (`2026-10-01T00:00:00.000Z {...}` of a
//! CloudWatch export); and the answer of `filter-log-events` or `get-log-events`
//! (`{"events": [{"message": "{...}"}]}`), whose messages are read one by one. The line that
//! Bedrock writes when logging is switched on is skipped.
//!
//! A record is first looked for in its own line, so that a line that is cut off cannot
//! swallow the next; a line may hold any number of records. After a record whose end cannot be found, reading goes on at the next
//! line that begins a record.
//!
//! Sample: `{...}\n{...}\n` are two records; fed as `{...}\n{.` the first is taken, and the
//! caller brings `{.` again with what follows it.

use std::io;

use memchr::{memchr, memchr_iter, memmem};

use super::json_walker::{Stop, Walker};
use super::log_record::{LONGEST_RECORD, LogRecord, RecordOptions, RecordProblem};
use super::record_keys::RecordMemory;
use super::unreadable::Tally;
use crate::domain::RecordSink;

/// Written once to each destination when invocation logging is switched on.
const PERMISSION_LINE: &[u8] = b"Permissions are correctly set for Amazon Bedrock logs";
/// How far into a line its record may begin.
const LONGEST_PREFIX: usize = 512;
/// What is looked at to tell whether a line begins a record.
const LINE_HEAD: usize = 64;
/// So many bytes may be looked through in vain for the ends of records that have none; damage
/// beyond that is not worth the time.
const MOST_IN_VAIN: u64 = 64 * LONGEST_RECORD as u64;

/// Whether more can follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Supply {
    /// More can be brought.
    More,
    /// There is more, but no room for it: what does not end here is too long.
    Full,
    /// This is the end.
    Last,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    BetweenRecords,
    /// In the `events` array of an answer of CloudWatch Logs.
    Events,
    /// In that answer, after its events.
    AfterEvents,
}

/// Where the reading of one text stands.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    options: &'a RecordOptions,
    memory: &'a mut RecordMemory,
    place: Place,
    started: bool,
    line: u64,
    /// Blanks since the line began; `None` once something else came.
    indent: Option<usize>,
    /// The line had something in front of its record: what follows the record is no record.
    prefixed: bool,
    /// A record was lost: skip to the next line that begins one, at this indent.
    lost: Option<usize>,
    /// So many bytes at the end of what was brought were not searched for a line end yet: a
    /// line of many records is searched once.
    unsearched: usize,
    /// What was looked through in vain for the end of a record.
    in_vain: u64,
}

impl<'a> Records<'a> {
    pub(crate) fn new(options: &'a RecordOptions, memory: &'a mut RecordMemory) -> Self {
        Self {
            options,
            memory,
            place: Place::BetweenRecords,
            started: false,
            line: 1,
            indent: Some(0),
            prefixed: false,
            lost: None,
            unsearched: 0,
            in_vain: 0,
        }
    }

    /// Reads what is complete in `data`; how many bytes of it are done with. The rest must be
    /// brought again, with more after it.
    pub(crate) fn feed(
        &mut self,
        data: &[u8],
        supply: Supply,
        sink: &mut impl RecordSink,
        tally: &mut Tally,
    ) -> io::Result<usize> {
        let mut at = 0;
        self.unsearched = data.len();
        if !self.started {
            if data.len() < 3 && supply == Supply::More {
                return Ok(0);
            }
            self.started = true;
            if data.starts_with(b"\xEF\xBB\xBF") {
                at = 3;
            }
        }
        while at < data.len() {
            // Only what begins at the start of a full buffer has no room.
            let supply = if at > 0 && supply == Supply::Full {
                Supply::More
            } else {
                supply
            };
            if let Some(indent) = self.lost {
                at += self.skip_to_record(&data[at..], indent, supply);
                if self.lost.is_some() {
                    break;
                }
                continue;
            }
            match data[at] {
                b'\n' => {
                    self.new_line();
                    at += 1;
                }
                b' ' | b'\t' | b'\r' => {
                    self.indent = self.indent.map(|blanks| blanks + 1);
                    at += 1;
                }
                byte => match self.step(byte, &data[at..], supply, sink, tally)? {
                    Some(used) => {
                        self.indent = None;
                        at += used;
                    }
                    None if self.lost.is_some() => {}
                    None => break,
                },
            }
        }
        Ok(at)
    }

    /// Reads what begins here: how many bytes it took, or `None` when it is not complete (or
    /// lost).
    fn step(
        &mut self,
        byte: u8,
        data: &[u8],
        supply: Supply,
        sink: &mut impl RecordSink,
        tally: &mut Tally,
    ) -> io::Result<Option<usize>> {
        match (self.place, byte) {
            (Place::BetweenRecords, b'{') => self.record(data, supply, sink, tally),
            (Place::BetweenRecords, b'[' | b']' | b',') | (Place::Events, b',') => Ok(Some(1)),
            (Place::BetweenRecords, _) => Ok(self.other_line(data, supply, tally)),
            (Place::Events, b'{') => self.event(data, supply, sink, tally),
            (Place::Events, b']') => {
                self.place = Place::AfterEvents;
                Ok(Some(1))
            }
            (Place::Events, _) => {
                self.place = Place::BetweenRecords;
                Ok(self.lose(RecordProblem::NotJson, tally))
            }
            (Place::AfterEvents, _) => {
                let mut walker = Walker::new(data);
                let rest = walker.object_rest(|walker, _| walker.skip());
                if rest == Err(Stop::CutOff) && supply == Supply::More {
                    return Ok(None);
                }
                self.place = Place::BetweenRecords;
                Ok(match rest {
                    Ok(()) => self.passed(data, walker.position()),
                    Err(Stop::CutOff) => self.lose(RecordProblem::CutOff, tally),
                    Err(Stop::Invalid) => self.lose(RecordProblem::NotJson, tally),
                })
            }
        }
    }

    fn record(
        &mut self,
        data: &[u8],
        supply: Supply,
        sink: &mut impl RecordSink,
        tally: &mut Tally,
    ) -> io::Result<Option<usize>> {
        let mut record = LogRecord::default();
        if let Some(end) = record.read_known(data, self.options, self.memory) {
            take(&record, self.line, self.memory, sink, tally)?;
            return Ok(Some(end));
        }
        match events_head(data) {
            Ok(Some(length)) => {
                self.place = Place::Events;
                return Ok(self.passed(data, length));
            }
            Err(Stop::CutOff) if supply == Supply::More => return Ok(None),
            _ => {}
        }
        let searched = data.len().saturating_sub(self.unsearched);
        let line_end = memchr(b'\n', &data[searched..]).map(|found| searched + found);
        self.unsearched = data.len() - line_end.unwrap_or(data.len());
        let line = &data[..line_end.unwrap_or(data.len()).min(LONGEST_RECORD)];
        match record.read_any(line, self.options, self.memory) {
            Ok(end) => {
                take(&record, self.line, self.memory, sink, tally)?;
                Ok(Some(end))
            }
            Err(RecordProblem::CutOff) => match line_end {
                _ if line.len() == LONGEST_RECORD => Ok(self.lose(RecordProblem::TooLong, tally)),
                None if supply == Supply::More => Ok(None),
                None if supply == Supply::Full => Ok(self.lose(RecordProblem::TooLong, tally)),
                None => Ok(self.lose(RecordProblem::CutOff, tally)),
                Some(end) => self.spanning_record(data, end, supply, sink, tally),
            },
            Err(problem) => Ok(self.lose(problem, tally)),
        }
    }

    /// A record that does not end in its line: pretty-printed, or cut off.
    fn spanning_record(
        &mut self,
        data: &[u8],
        line_end: usize,
        supply: Supply,
        sink: &mut impl RecordSink,
        tally: &mut Tally,
    ) -> io::Result<Option<usize>> {
        let next = data.get(line_end + 1..).unwrap_or_default();
        let indent = self.indent.unwrap_or(0);
        if next.len() < LINE_HEAD.max(indent.saturating_add(2)) && supply == Supply::More {
            return Ok(None);
        }
        let in_vain = self.in_vain > MOST_IN_VAIN;
        if next.is_empty() || in_vain || begins_record(next, indent, b"{\"") {
            return Ok(self.lose(RecordProblem::CutOff, tally));
        }
        let within = &data[..data.len().min(LONGEST_RECORD)];
        let mut record = LogRecord::default();
        match record.read_any(within, self.options, self.memory) {
            Ok(end) => {
                take(&record, self.line, self.memory, sink, tally)?;
                Ok(self.passed(data, end))
            }
            Err(RecordProblem::CutOff) => {
                let too_long = within.len() < data.len() || supply == Supply::Full;
                if supply == Supply::More && !too_long {
                    return Ok(None);
                }
                self.in_vain += within.len() as u64;
                Ok(self.lose(
                    match too_long {
                        true => RecordProblem::TooLong,
                        false => RecordProblem::CutOff,
                    },
                    tally,
                ))
            }
            Err(problem) => Ok(self.lose(problem, tally)),
        }
    }

    /// One log event; its message is a record, written as a JSON string.
    fn event(
        &mut self,
        data: &[u8],
        supply: Supply,
        sink: &mut impl RecordSink,
        tally: &mut Tally,
    ) -> io::Result<Option<usize>> {
        let mut walker = Walker::new(data);
        let mut message = None;
        let event = walker.object(|walker, key| {
            match key {
                b"message" => message = walker.text()?,
                _ => walker.skip()?,
            }
            Ok(())
        });
        match event {
            Ok(()) => {}
            Err(Stop::CutOff) if supply == Supply::More => return Ok(None),
            Err(Stop::CutOff) if supply == Supply::Full => {
                return Ok(self.lose(RecordProblem::TooLong, tally));
            }
            Err(Stop::CutOff) => return Ok(self.lose(RecordProblem::CutOff, tally)),
            Err(Stop::Invalid) => return Ok(self.lose(RecordProblem::NotJson, tally)),
        }
        match message.as_deref() {
            None => tally.unreadable(self.line, RecordProblem::NotALogRecord),
            Some(text) => read_message(text, self.line, self.options, self.memory, sink, tally)?,
        }
        Ok(self.passed(data, walker.position()))
    }

    /// A line that does not begin with a record: something in front of one, the permission
    /// line, or nothing we know.
    fn other_line(&mut self, data: &[u8], supply: Supply, tally: &mut Tally) -> Option<usize> {
        let line_end = match memchr(b'\n', data) {
            Some(end) => end,
            None if supply == Supply::More => return None,
            None if supply == Supply::Full => return self.lose(RecordProblem::TooLong, tally),
            None => data.len(),
        };
        let line = &data[..line_end];
        if self.prefixed {
            return Some(line_end);
        }
        if let Some(prefix) = prefix_length(line) {
            self.prefixed = true;
            return Some(prefix);
        }
        if memmem::find(&line[..line.len().min(LONGEST_PREFIX)], PERMISSION_LINE).is_none() {
            tally.unreadable(self.line, RecordProblem::NotJson);
        }
        Some(line_end)
    }

    /// Counts the lines of what was just read.
    fn passed(&mut self, data: &[u8], end: usize) -> Option<usize> {
        self.line += memchr_iter(b'\n', &data[..end]).count() as u64;
        Some(end)
    }

    fn lose(&mut self, problem: RecordProblem, tally: &mut Tally) -> Option<usize> {
        tally.unreadable(self.line, problem);
        self.lost = Some(self.indent.unwrap_or(0));
        None
    }

    /// Skips to the next line that begins a record; how many bytes are done with.
    fn skip_to_record(&mut self, data: &[u8], indent: usize, supply: Supply) -> usize {
        let mut at = 0;
        while let Some(line_end) = memchr(b'\n', &data[at..]) {
            let next = &data[at + line_end + 1..];
            // With no room for more, what is there decides: reading must get on.
            if next.len() < LINE_HEAD.max(indent + 1) && supply == Supply::More {
                return at + line_end;
            }
            at += line_end + 1;
            self.new_line();
            if begins_record(next, indent, b"{") {
                self.lost = None;
                return at;
            }
        }
        data.len()
    }

    fn new_line(&mut self) {
        self.line += 1;
        self.indent = Some(0);
        self.prefixed = false;
    }
}

/// Reads the message of one log event, the `number`th of what is read. The permission line is
/// skipped.
pub(crate) fn read_message(
    message: &str,
    number: u64,
    options: &RecordOptions,
    memory: &mut RecordMemory,
    sink: &mut impl RecordSink,
    tally: &mut Tally,
) -> io::Result<()> {
    let text = message.trim().as_bytes();
    if memmem::find(text, PERMISSION_LINE).is_some() && text[0] != b'{' {
        return Ok(());
    }
    let mut record = LogRecord::default();
    match record.read(text, options, memory) {
        Ok(_) => take(&record, number, memory, sink, tally),
        Err(problem) => {
            tally.unreadable(number, problem);
            Ok(())
        }
    }
}

fn take(
    record: &LogRecord<'_>,
    line: u64,
    memory: &mut RecordMemory,
    sink: &mut impl RecordSink,
    tally: &mut Tally,
) -> io::Result<()> {
    match record.usage_in(&mut memory.hour) {
        Ok(usage) => {
            tally.records += 1;
            sink.take(&usage)
        }
        Err(problem) => {
            tally.unreadable(line, problem);
            Ok(())
        }
    }
}

/// Whether a line begins a record: `opening` at this indent, or the time of a CloudWatch
/// export in front of one.
fn begins_record(line: &[u8], indent: usize, opening: &[u8]) -> bool {
    let blanks = line
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    if blanks == indent && line[blanks..].starts_with(opening) {
        return true;
    }
    let is_time = line.len() > 10
        && line[..4].iter().all(u8::is_ascii_digit)
        && (line[4], line[7], line[10]) == (b'-', b'-', b'T');
    is_time && memmem::find(&line[..line.len().min(LINE_HEAD)], b" {").is_some()
}

/// How much stands in front of a line's record: blank-separated words without quotes or
/// brackets (times, stream names), so that the end of a broken record is not taken for one.
fn prefix_length(line: &[u8]) -> Option<usize> {
    let head = &line[..line.len().min(LONGEST_PREFIX)];
    let start = head
        .iter()
        .position(|byte| matches!(byte, b'{' | b'}' | b'"'))?;
    let separated = start > 0 && matches!(head[start - 1], b' ' | b'\t');
    (head[start] == b'{' && separated).then_some(start)
}

/// The length of `{"events": [`, if the text begins with it.
fn events_head(data: &[u8]) -> Result<Option<usize>, Stop> {
    const KEY: &[u8] = b"\"events\"";
    let blanks = |from: usize| {
        let rest = data.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|b| b.is_ascii_whitespace()).count()
    };
    let key = blanks(1);
    let rest = data.get(key..).unwrap_or_default();
    if !rest.starts_with(KEY) {
        return if KEY.starts_with(rest) {
            Err(Stop::CutOff)
        } else {
            Ok(None)
        };
    }
    let colon = blanks(key + KEY.len());
    let bracket = blanks(colon + 1);
    match (data.get(colon), data.get(bracket)) {
        (Some(b':'), Some(b'[')) => Ok(Some(bracket + 1)),
        (Some(b':') | None, None) => Err(Stop::CutOff),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::UsageRecord;

    struct Nothing;

    impl RecordSink for Nothing {
        fn take(&mut self, _: &UsageRecord<'_>) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn ends_that_are_not_there_are_not_looked_for_without_limit() {
        let options = RecordOptions::default();
        let mut memory = RecordMemory::new();
        let mut records = Records::new(&options, &mut memory);
        let mut tally = Tally::default();
        let text = b"{\"a\":[\nx\n".repeat(100);
        let mut feed = |records: &mut Records<'_>| {
            let used = records.feed(&text, Supply::Last, &mut Nothing, &mut tally);
            assert_eq!(used.unwrap(), text.len());
            records.in_vain
        };
        // A hundred times the rest of the text: 900 + 891 + ... + 9 bytes.
        assert_eq!(feed(&mut records), 45_450);
        records.new_line();
        records.lost = None;
        records.in_vain = MOST_IN_VAIN + 1;
        assert_eq!(feed(&mut records), MOST_IN_VAIN + 1);
    }
}
