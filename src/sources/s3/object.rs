//! Reading one object: whole, or as it arrives; again where it was cut off. May import its
//! siblings.
//!
//! The SDK repeats requests, but not a body that breaks off or does not match its checksum:
//! that is done here, up to four times in a row. A body is complete when it is as long as the
//! listing said. Nothing of a body is ever put into words.
//!
//! Sample: an object of 40 MB that breaks off at byte 12,000,000 is asked for again from there
//! on, and must still be the object that was listed.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;

use super::bucket::Listed;
use crate::sources::aws::{Access, AwsFailure, Billable, FailureKind};
use crate::sources::remote::{Remote, RemoteFailure};

const GET: &str = "s3:GetObject";
/// Attempts in a row that bring nothing further.
const ATTEMPTS: u32 = 4;
/// The pause before the second attempt; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Failures in a row that end the fetch, where the next object will hardly do better.
const HOPELESS: u64 = 3;

/// What all objects of a bucket are read through.
#[derive(Debug)]
pub(super) struct Reading {
    access: Access,
    client: aws_sdk_s3::Client,
    bucket: Arc<str>,
    read: AtomicU64,
    failed: AtomicU64,
    failed_in_a_row: AtomicU64,
    given_up: Mutex<Option<AwsFailure>>,
}

impl Reading {
    pub(super) fn new(access: &Access, client: aws_sdk_s3::Client, bucket: Arc<str>) -> Arc<Self> {
        Arc::new(Self {
            access: access.clone(),
            client,
            bucket,
            read: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            failed_in_a_row: AtomicU64::new(0),
            given_up: Mutex::new(None),
        })
    }

    /// How many objects could not be read so far.
    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Why no further object is asked for.
    pub(super) fn given_up(&self) -> Option<AwsFailure> {
        let given_up = self.given_up.lock();
        given_up.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How findings call an object.
    pub(super) fn name(&self, object: &Listed) -> String {
        format!("s3://{}/{}", self.bucket, object.key)
    }

    fn pause(&self, pause: Duration) {
        // The timer must be made inside the runtime.
        self.access.wait(async { tokio::time::sleep(pause).await });
    }

    fn succeeded(&self) {
        self.read.fetch_add(1, Ordering::Relaxed);
        self.failed_in_a_row.store(0, Ordering::Relaxed);
    }

    /// Counts an object that failed for good, and decides whether the others are still tried.
    fn lose(&self, failure: Failure) -> io::Error {
        self.failed.fetch_add(1, Ordering::Relaxed);
        if let Failure::Call(failure) = &failure {
            let in_a_row = self.failed_in_a_row.fetch_add(1, Ordering::Relaxed) + 1;
            let none_read = self.read.load(Ordering::Relaxed) == 0;
            if is_hopeless(failure, in_a_row, none_read) {
                let given_up = self.given_up.lock();
                given_up
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert_with(|| failure.clone());
            }
        }
        RemoteFailure(failure.in_words()).into()
    }

    /// Begins to read an object, from a byte on.
    async fn open(&self, object: &Listed, from: u64) -> Result<ByteStream, AwsFailure> {
        let mut ask = self
            .client
            .get_object()
            .bucket(&*self.bucket)
            .key(&object.key)
            .set_if_match(object.etag.clone());
        if from > 0 {
            ask = ask.range(format!("bytes={from}-"));
        }
        match ask.send().await {
            Ok(answer) => Ok(answer.body),
            Err(error) => Err(AwsFailure::new(GET, &error)),
        }
    }

    /// One attempt to read all of an object.
    async fn whole_once(&self, object: &Listed, bytes: &mut Vec<u8>) -> Result<(), Failure> {
        bytes.clear();
        let expected = usize::try_from(object.bytes).unwrap_or(usize::MAX);
        bytes.reserve(expected.saturating_add(1));
        let mut body = self.open(object, 0).await.map_err(Failure::Call)?;
        let mut broken = false;
        while let Some(chunk) = body.next().await {
            match chunk {
                // What is longer than it was listed is not kept in memory.
                Ok(chunk) if bytes.len() + chunk.len() <= expected => {
                    bytes.extend_from_slice(&chunk);
                    self.access
                        .ledger()
                        .bill(Billable::ObjectBytes, chunk.len() as u64);
                }
                Ok(_) => return Err(Failure::OtherLength),
                Err(_) => {
                    broken = true;
                    break;
                }
            }
        }
        match bytes.len() == expected {
            true if broken => Err(Failure::Checksum),
            true => Ok(()),
            false => Err(Failure::CutOff {
                at: bytes.len() as u64,
                of: object.bytes,
            }),
        }
    }

    fn whole(&self, object: &Listed, bytes: &mut Vec<u8>) -> Result<(), Failure> {
        let mut pause = FIRST_PAUSE;
        let mut attempt = 1;
        loop {
            if let Some(failure) = self.given_up() {
                return Err(Failure::GivenUp(failure));
            }
            let result = self.access.wait(self.whole_once(object, bytes));
            match result {
                Err(failure) if failure.may_pass() && attempt < ATTEMPTS => {}
                result => return result,
            }
            self.pause(pause);
            pause *= 2;
            attempt += 1;
        }
    }
}

/// An object that is fetched when it is read.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) reading: Arc<Reading>,
    pub(super) listed: Listed,
}

impl Remote for Object {
    fn whole(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        match self.reading.whole(&self.listed, bytes) {
            Ok(()) => {
                self.reading.succeeded();
                Ok(())
            }
            Err(failure) => Err(self.reading.lose(failure)),
        }
    }

    fn stream(&self) -> Box<dyn Read + Send> {
        Box::new(Arriving {
            reading: self.reading.clone(),
            listed: self.listed.clone(),
            at: 0,
            body: None,
            chunk: Vec::new(),
            used: 0,
            done: false,
        })
    }
}

/// An object that is read as it arrives.
struct Arriving {
    reading: Arc<Reading>,
    listed: Listed,
    /// How many bytes have arrived.
    at: u64,
    body: Option<ByteStream>,
    chunk: Vec<u8>,
    used: usize,
    done: bool,
}

impl Arriving {
    /// Brings the next piece; `false` at the end.
    fn next(&mut self) -> Result<bool, Failure> {
        let mut pause = FIRST_PAUSE;
        let mut last = None;
        for attempt in 1..=ATTEMPTS {
            if let Some(failure) = self.reading.given_up() {
                return Err(Failure::GivenUp(failure));
            }
            match self.reading.access.clone().wait(self.piece()) {
                Err(failure) if failure.may_pass() && attempt < ATTEMPTS => last = Some(failure),
                result => return result,
            }
            self.body = None;
            self.reading.pause(pause);
            pause *= 2;
        }
        Err(last.unwrap_or(Failure::OtherLength))
    }

    async fn piece(&mut self) -> Result<bool, Failure> {
        let size = self.listed.bytes;
        if self.body.is_none() && self.at < size {
            let opened = self.reading.open(&self.listed, self.at).await;
            self.body = Some(opened.map_err(Failure::Call)?);
        }
        let Some(body) = &mut self.body else {
            return Ok(false);
        };
        match body.next().await {
            Some(Ok(chunk)) => {
                let length = chunk.len() as u64;
                if self.at + length > size {
                    return Err(Failure::OtherLength);
                }
                self.reading
                    .access
                    .ledger()
                    .bill(Billable::ObjectBytes, length);
                self.at += length;
                self.chunk.clear();
                self.chunk.extend_from_slice(&chunk);
                self.used = 0;
                Ok(true)
            }
            Some(Err(_)) if self.at == size => Err(Failure::Damaged),
            None if self.at == size => Ok(false),
            Some(Err(_)) | None => Err(Failure::CutOff {
                at: self.at,
                of: size,
            }),
        }
    }
}

impl Read for Arriving {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.used == self.chunk.len() && !self.done {
            match self.next() {
                Ok(true) => {}
                Ok(false) => {
                    self.done = true;
                    self.reading.succeeded();
                }
                Err(failure) => {
                    self.done = true;
                    return Err(self.reading.lose(failure));
                }
            }
        }
        let count = buffer.len().min(self.chunk.len() - self.used);
        buffer[..count].copy_from_slice(&self.chunk[self.used..self.used + count]);
        self.used += count;
        Ok(count)
    }
}

/// Why an object could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Failure {
    /// S3 refused it.
    Call(AwsFailure),
    /// The connection ended before the object did.
    CutOff { at: u64, of: u64 },
    /// What arrived does not match its checksum.
    Checksum,
    /// The same, after all of it was read.
    Damaged,
    /// It is longer than it was listed.
    OtherLength,
    /// Others failed so that this one was not asked for.
    GivenUp(AwsFailure),
}

impl Failure {
    /// Whether another attempt can do better.
    fn may_pass(&self) -> bool {
        match self {
            Self::Call(failure) => failure.kind == FailureKind::CutOff,
            Self::CutOff { .. } | Self::Checksum => true,
            Self::Damaged | Self::OtherLength | Self::GivenUp(_) => false,
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Call(failure) | Self::GivenUp(failure) => of_call(failure),
            Self::CutOff { at, of } => format!(
                "the object breaks off after {at} of {of} bytes, several times; run the same command again with --resume"
            ),
            Self::Checksum | Self::Damaged => "what arrives does not match the checksum of the object; run the same command again with --resume".to_owned(),
            Self::OtherLength => "the object is longer than it was listed: it was written again meanwhile; run the same command again with --resume".to_owned(),
        }
    }
}

/// A refusal of S3; those that have to do with the object get words of their own.
fn of_call(failure: &AwsFailure) -> String {
    match failure.code.as_deref() {
        Some("InvalidObjectState") => "the object is archived (S3 Glacier or an archive tier) and cannot be read before it is restored; restore it (aws s3api restore-object), then run the same command again with --resume".to_owned(),
        Some("NoSuchKey") => "the object was deleted after it was listed, by a life-cycle rule of the bucket perhaps; run the same command again with --resume".to_owned(),
        Some("PreconditionFailed") => "the object was written again after it was listed; run the same command again with --resume".to_owned(),
        _ => failure.to_string(),
    }
}

/// Whether the next objects will fare no better.
fn is_hopeless(failure: &AwsFailure, in_a_row: u64, none_read: bool) -> bool {
    match failure.kind {
        FailureKind::Expired | FailureKind::NoCredentials | FailureKind::RegionDisabled => true,
        FailureKind::Denied | FailureKind::KeyDenied => none_read && in_a_row >= HOPELESS,
        FailureKind::Throttled
        | FailureKind::TimedOut
        | FailureKind::Network
        | FailureKind::CutOff => in_a_row >= HOPELESS,
        // An archived object is an error of the service, and says nothing of the others.
        FailureKind::Service => {
            failure.code.as_deref() == Some("InternalError") && in_a_row >= HOPELESS
        }
        FailureKind::NotFound | FailureKind::Invalid => false,
    }
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
