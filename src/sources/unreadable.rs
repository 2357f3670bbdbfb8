//! Counting what could not be read of a file, and saying so without quoting any of it. May
//! import `diagnostic` and its siblings.
//!
//! Sample: `error[unreadable-record]: logs/a.json.gz: 2 records cannot be read and are left
//! out: line 7 (not valid JSON), line 9 (cut off); repair or remove them, or fetch the file again`.

use super::log_record::RecordProblem;
use crate::diagnostic::Diagnostic;

/// How many lines a finding names.
const NAMED_LINES: usize = 5;

/// What came of a file's records.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Records that were read.
    pub(crate) records: u64,
    unreadable: u64,
    first: Vec<(u64, RecordProblem)>,
    /// Whether something broken looked like a log record at all.
    like_a_log: bool,
}

impl Tally {
    /// Counts a record that starts on `line` and cannot be read.
    pub(crate) fn unreadable(&mut self, line: u64, problem: RecordProblem) {
        self.unreadable += 1;
        if self.first.len() < NAMED_LINES {
            self.first.push((line, problem));
        }
        self.like_a_log |= !matches!(
            problem,
            RecordProblem::NotJson | RecordProblem::NotALogRecord
        );
    }

    pub(crate) fn has_unreadable(&self) -> bool {
        self.unreadable > 0
    }

    /// What there is to say about the file called `name`.
    pub(crate) fn finding(&self, name: &str) -> Option<Diagnostic> {
        if self.unreadable == 0 {
            return (self.records == 0)
                .then(|| Diagnostic::info("no-records", name, "holds no invocation log record"));
        }
        if self.records == 0 && !self.like_a_log {
            let (line, problem) = self.first.first()?;
            return Some(Diagnostic::error(
                "not-a-log",
                name,
                format!(
                    "holds no invocation log record (line {line}: {problem}); give invocation \
                     logs or usage tables only"
                ),
            ));
        }
        let mut named: Vec<String> = self
            .first
            .iter()
            .map(|(line, problem)| format!("line {line} ({problem})"))
            .collect();
        if self.unreadable > NAMED_LINES as u64 {
            named.push("...".to_owned());
        }
        let records = match self.unreadable {
            1 => "1 record cannot be read and is left out".to_owned(),
            count => format!("{count} records cannot be read and are left out"),
        };
        Some(Diagnostic::error(
            "unreadable-record",
            name,
            format!(
                "{records}: {}; repair or remove them, or fetch the file again",
                named.join(", ")
            ),
        ))
    }
}
