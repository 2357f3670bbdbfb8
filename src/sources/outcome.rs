//! What came of reading one file or object, in words. May import `diagnostic` and its siblings.
//!
//! Sample: `error[truncated-gzip]: logs/a.json.gz: the gzip file is cut off; ...`.

use std::io;

use super::remote::RemoteFailure;
use super::unreadable::Tally;
use crate::diagnostic::Diagnostic;

/// What came of one file.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) tally: Tally,
    pub(super) failure: Option<io::Error>,
    pub(super) packed: bool,
    pub(super) trailing_bytes: bool,
}

impl Outcome {
    pub(super) fn add_findings(&self, name: &str, findings: &mut Vec<Diagnostic>) {
        if let Some(error) = &self.failure {
            let finding = match error.kind() {
                _ if RemoteFailure::inside(error).is_some() => {
                    Diagnostic::error("unreadable-object", name, error.to_string())
                }
                io::ErrorKind::UnexpectedEof if self.packed => Diagnostic::error(
                    "truncated-gzip",
                    name,
                    "the gzip file is cut off; what came before the cut is counted; copy the file again",
                ),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if self.packed => {
                    Diagnostic::error(
                        "corrupt-gzip",
                        name,
                        "the gzip file is damaged; what came before the damage is counted; copy the file again",
                    )
                }
                // The system's own words: they never quote a file's content.
                _ => Diagnostic::error(
                    "unreadable-file",
                    name,
                    format!(
                        "cannot be read to its end ({error}); check the file and its permissions"
                    ),
                ),
            };
            findings.push(finding);
        }
        if self.trailing_bytes {
            findings.push(Diagnostic::warning(
                "trailing-bytes",
                name,
                "something that is not gzip stands behind the gzip data and is left out; copy the file again if records are missing",
            ));
        }
        if self.failure.is_none() || self.tally.records > 0 || self.tally.has_unreadable() {
            findings.extend(self.tally.finding(name));
        }
    }
}
