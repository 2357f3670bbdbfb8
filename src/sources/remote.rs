//! A log that lies elsewhere and is fetched by the thread that reads it. Imports nothing of the
//! crate.
//!
//! Sample: an S3 object of 500 KB is fetched whole into the thread's buffer; one of 2 GB is
//! read as it arrives.

use std::fmt;
use std::io::{self, Read};

/// Something that can be fetched, again if need be.
pub(crate) trait Remote: Send + Sync {
    /// Fetches all of it into `bytes`, which is emptied first. Nothing of it has been read
    /// when this fails.
    fn whole(&self, bytes: &mut Vec<u8>) -> io::Result<()>;

    /// Begins to read it as it arrives.
    fn stream(&self) -> Box<dyn Read + Send>;
}

/// Why something could not be fetched, in words for people; travels inside an [`io::Error`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteFailure(pub(crate) String);

impl RemoteFailure {
    /// The failure inside an error, if there is one.
    pub(crate) fn inside(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl fmt::Display for RemoteFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RemoteFailure {}

impl From<RemoteFailure> for io::Error {
    fn from(failure: RemoteFailure) -> Self {
        Self::other(failure)
    }
}
