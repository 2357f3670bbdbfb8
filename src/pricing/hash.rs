//! The hash that says by which tables a report was made. Imports nothing of ours: the build
//! script takes this file too, for the tables that the binary carries.
//!
//! Sample: no files at all have the SHA-256 of nothing, `e3b0c442...`.

use sha2::{Digest, Sha256};

/// SHA-256 (hex) over name, length and bytes of every file, in the order given: no two trees can
/// be told to be the same by moving text from one file to the next.
pub(super) fn hash<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> String {
    let mut digest = Sha256::new();
    for (name, text) in files {
        digest.update(name.as_bytes());
        digest.update([0]);
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    }
    let bytes = digest.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
