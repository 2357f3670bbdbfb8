//! A log bucket: where it is, and which objects lie in it. May import `domain` and its siblings.
//!
//! Keys are `[prefix/]AWSLogs/ACCOUNT/BedrockModelInvocationLogs/REGION/YYYY/MM/DD/HH/NAME.json.gz`
//! by the UTC hour of delivery. They are listed with the delimiter `/`, so that the sidecars of
//! large bodies (`.../HH/data/...`) are one common prefix and never come into sight.
//!
//! Sample: the day 2026-10-01 lists the hours 09 and 17; the hour 09 lists two objects.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::object::Reading;
use crate::sources::aws::{Access, AwsFailure};

/// Listings that are asked for at a time.
const LISTINGS: usize = 8;
/// What S3 says of a bucket that is asked for in the wrong Region; the SDK does not follow.
const ELSEWHERE: [&str; 3] = [
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
];
const LIST: &str = "s3:ListObjectsV2";

/// The logs of one account and Region in a bucket.
#[derive(Debug)]
pub(super) struct Bucket<'a> {
    access: &'a Access,
    client: aws_sdk_s3::Client,
    name: Arc<str>,
    /// Everything before the year, with a slash at its end.
    base: String,
}

/// One object as it was listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) bytes: u64,
    pub(super) etag: Option<String>,
}

/// What lies under a prefix.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) folders: Vec<String>,
    pub(super) objects: Vec<Listed>,
}

impl Folder {
    fn is_empty(&self) -> bool {
        self.folders.is_empty() && self.objects.is_empty()
    }
}

/// The objects of one hour.
#[derive(Debug, Default)]
pub(super) struct Hour {
    /// The logs, sorted by key.
    pub(super) logs: Vec<Listed>,
    /// How many other objects there are; sidecars and permission checks are not counted.
    pub(super) others: u64,
}

impl Hour {
    fn of(folder: Folder) -> Self {
        let mut hour = Self::default();
        for object in folder.objects {
            let name = object.key.rsplit('/').next().unwrap_or_default();
            if name.ends_with(".json.gz") || name.ends_with(".json") {
                hour.logs.push(object);
            } else if !name.is_empty() && !name.contains("permission-check") {
                hour.others += 1;
            }
        }
        hour.logs.sort_unstable();
        hour
    }

    /// Takes the objects of another hour too.
    fn add(&mut self, other: Self) {
        self.logs.extend(other.logs);
        self.others += other.others;
    }
}

impl<'a> Bucket<'a> {
    /// Makes no call yet. `prefix` is what stands before `AWSLogs/`.
    pub(super) fn new(access: &'a Access, name: &str, prefix: &str) -> Self {
        let base = base_of(prefix, access.account_id(), access.region());
        Self {
            access,
            client: access.s3(None),
            name: name.into(),
            base,
        }
    }

    /// `s3://bucket/prefix`, up to the Region.
    pub(super) fn location(&self) -> String {
        format!("s3://{}/{}", self.name, self.base.trim_end_matches('/'))
    }

    /// What its objects are read through.
    pub(super) fn reading(&self) -> Arc<Reading> {
        Reading::new(self.access, self.client.clone(), self.name.clone())
    }

    /// Whether anything at all lies under the prefix. Goes to the Region of the bucket first,
    /// if it is not the one that is asked.
    pub(super) fn connect(&mut self) -> Result<bool, AwsFailure> {
        let first = self.access.wait(self.page(&self.base, None, 1));
        let failure = match first {
            Ok((page, _)) => return Ok(!page.is_empty()),
            Err(failure) => failure,
        };
        if !failure.code.as_deref().is_some_and(is_elsewhere) {
            return Err(failure);
        }
        let region = self.access.wait(self.region());
        let region = region.filter(|region| **region != **self.access.region());
        let Some(region) = region else {
            let message = format!(
                "the bucket {} lies in another Region, and S3 does not say in which",
                self.name
            );
            return Err(AwsFailure { message, ..failure });
        };
        self.client = self.access.s3(Some(&region));
        let (page, _) = self.access.wait(self.page(&self.base, None, 1))?;
        Ok(!page.is_empty())
    }

    /// The Region that S3 names in the header of its answer, be it a refusal.
    async fn region(&self) -> Option<String> {
        match self.client.head_bucket().bucket(&*self.name).send().await {
            Ok(answer) => answer.bucket_region().map(str::to_owned),
            Err(error) => {
                let headers = error.raw_response()?.headers();
                headers.get("x-amz-bucket-region").map(str::to_owned)
            }
        }
    }

    /// The hours of a day that hold something: one call, unless other things lie there.
    pub(super) fn hours(&self, day: NaiveDate) -> Result<Vec<u32>, AwsFailure> {
        let folder = self
            .access
            .wait(self.folder(&day_prefix(&self.base, day)))?;
        let hour = |folder: &String| {
            let name = folder.trim_end_matches('/').rsplit('/').next()?;
            name.parse()
                .ok()
                .filter(|hour| *hour < 24 && name.len() == 2)
        };
        let mut hours: Vec<u32> = folder.folders.iter().filter_map(hour).collect();
        hours.sort_unstable();
        Ok(hours)
    }

    /// The objects of these hours of a day, in their order.
    pub(super) fn objects(&self, day: NaiveDate, hours: &[u32]) -> Result<Hour, AwsFailure> {
        let day = day_prefix(&self.base, day);
        let prefixes: Vec<String> = hours
            .iter()
            .map(|hour| format!("{day}{hour:02}/"))
            .collect();
        self.access.wait(async {
            let listings = prefixes.iter().map(|prefix| self.folder(prefix));
            let folders: Vec<Folder> = stream::iter(listings)
                .buffered(LISTINGS)
                .try_collect()
                .await?;
            let mut all = Hour::default();
            for folder in folders {
                all.add(Hour::of(folder));
            }
            Ok(all)
        })
    }

    /// Everything under a prefix, page after page.
    async fn folder(&self, prefix: &str) -> Result<Folder, AwsFailure> {
        let mut all = Folder::default();
        let mut token = None;
        loop {
            let (page, next) = self.page(prefix, token, 1000).await?;
            all.folders.extend(page.folders);
            all.objects.extend(page.objects);
            token = next;
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    async fn page(
        &self,
        prefix: &str,
        token: Option<String>,
        most: i32,
    ) -> Result<(Folder, Option<String>), AwsFailure> {
        let ask = || {
            self.client
                .list_objects_v2()
                .bucket(&*self.name)
                .prefix(prefix)
                .delimiter("/")
                .max_keys(most)
                .set_continuation_token(token.clone())
                .send()
        };
        let page = self.access.call(LIST, ask).await?;
        let folders = page.common_prefixes().iter();
        let objects = page.contents().iter().filter_map(|object| {
            Some(Listed {
                key: object.key()?.to_owned(),
                bytes: object
                    .size()
                    .and_then(|size| size.try_into().ok())
                    .unwrap_or(0),
                etag: object.e_tag().map(str::to_owned),
            })
        });
        let folder = Folder {
            folders: folders
                .filter_map(|folder| folder.prefix())
                .map(str::to_owned)
                .collect(),
            objects: objects.collect(),
        };
        let more = page.is_truncated().unwrap_or(false);
        let next = page.next_continuation_token().filter(|_| more);
        Ok((folder, next.map(str::to_owned)))
    }
}

fn is_elsewhere(code: &str) -> bool {
    ELSEWHERE.contains(&code) || code == "301"
}

fn base_of(prefix: &str, account_id: &str, region: &str) -> String {
    let prefix = prefix.trim_matches('/');
    let slash = if prefix.is_empty() { "" } else { "/" };
    format!("{prefix}{slash}AWSLogs/{account_id}/BedrockModelInvocationLogs/{region}/")
}

fn day_prefix(base: &str, day: NaiveDate) -> String {
    format!(
        "{base}{:04}/{:02}/{:02}/",
        day.year(),
        day.month(),
        day.day()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(key: &str) -> Listed {
        Listed {
            key: key.to_owned(),
            bytes: 1,
            etag: None,
        }
    }

    #[test]
    fn keys_are_built_as_bedrock_builds_them() {
        let base = base_of("logs/eu/", "111122223333", "eu-west-1");
        let day = day_prefix(&base, "2026-10-02".parse().unwrap());
        assert_eq!(
            day,
            "logs/eu/AWSLogs/111122223333/BedrockModelInvocationLogs/eu-west-1/2026/10/02/"
        );
        assert!(base_of("", "1", "r").starts_with("AWSLogs/1/"));
    }

    #[test]
    fn only_logs_are_read_and_what_is_neither_log_nor_known_is_counted() {
        let hour = Hour::of(Folder {
            folders: vec!["09/data/".to_owned()],
            objects: vec![
                listed("09/b.json.gz"),
                listed("09/a.json"),
                listed("09/amazon-bedrock-logs-permission-check"),
                listed("09/notes.txt"),
                listed("09/"),
            ],
        });
        let keys: Vec<&str> = hour.logs.iter().map(|log| log.key.as_str()).collect();
        assert_eq!((keys, hour.others), (vec!["09/a.json", "09/b.json.gz"], 1));
    }
}
