//! Where things lie in a store. Account and Region come from outside, so only names that
//! cannot leave their folder make a place.
//!
//! Imports `domain` only. Sample: metrics of 2026-10-01 lie in
//! `metrics/111122223333/us-east-1/2026-10-01.parquet`.

use std::io;
use std::path::{Component, Path};

use chrono::NaiveDate;

use crate::domain::Source;

/// The list of days, in the store's folder.
pub(super) const MANIFEST: &str = "manifest.jsonl";
/// What a run locks while it changes the store.
pub(super) const LOCK: &str = "manifest.lock";
/// Files that are being written.
pub(super) const UNFINISHED: &str = "unfinished";
/// Catalogs.
pub(super) const CATALOG: &str = "catalog";

/// More than any account id or Region has.
const LONGEST_NAME: usize = 64;

/// Whether an account or Region may name a folder on every system.
pub(super) fn is_safe(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with(['-', '_'])
}

/// Refuses what is not safe.
pub(super) fn check_names(account_id: &str, region: &str) -> io::Result<()> {
    for name in [account_id, region] {
        if !is_safe(name) {
            let message = format!(
                "'{}' cannot name a folder of the store: an account id or Region has letters, digits and '-' only",
                name.escape_debug()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
    }
    Ok(())
}

/// The file of a day, from the store's folder on, with `/` on every system.
pub(super) fn day_file(source: Source, account_id: &str, region: &str, day: NaiveDate) -> String {
    format!("{source}/{account_id}/{region}/{day}.parquet")
}

/// Whether a path of a manifest stays below the store's folder.
pub(super) fn is_below(file: &str) -> bool {
    let mut steps = Path::new(file).components();
    !file.is_empty() && steps.all(|step| matches!(step, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_their_folder_are_refused() {
        for name in ["111122223333", "us-gov-west-1", "eusc-de-east-1"] {
            assert!(is_safe(name), "{name}");
        }
        let long = "x".repeat(65);
        for name in ["", ".", "..", "a/b", "a\\b", "-x", "é", "a b", "C:", &long] {
            assert!(!is_safe(name), "{name}");
        }
        assert!(check_names("111122223333", "../..").is_err());
    }

    #[test]
    fn a_path_of_a_manifest_stays_in_the_store() {
        assert!(is_below("metrics/1/us-east-1/2026-10-01.parquet"));
        for file in ["", "/etc/passwd", "../x", "metrics/../../x"] {
            assert!(!is_below(file), "{file}");
        }
    }
}
