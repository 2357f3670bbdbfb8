//! Paths without links, by which a file that is reached twice is known. Imports nothing of ours.
//!
//! Sample: through a link `in/b -> a`, `in/b/x.json` is `in/a/x.json`.

use std::path::{Path, PathBuf};

use walkdir::DirEntry;

/// The path of a file without links. What has none (it just vanished) shows when it is read.
pub(super) fn real_path(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The real paths of the folders down to where a walk stands: the system is asked for the first
/// one, and for links, not for each file.
#[derive(Debug, Default)]
pub(super) struct RealPaths(Vec<PathBuf>);

impl RealPaths {
    /// Takes a folder that the walk comes to, before what is in it.
    pub(super) fn enter(&mut self, folder: &DirEntry) {
        self.0.truncate(folder.depth());
        let real = self.of(folder);
        self.0.push(real);
    }

    /// The real path of the folder in which an entry lies.
    pub(super) fn folder_of(&self, entry: &DirEntry) -> Option<&PathBuf> {
        entry.depth().checked_sub(1).and_then(|it| self.0.get(it))
    }

    /// The real path of what lies in the latest folder of its depth.
    pub(super) fn of(&self, entry: &DirEntry) -> PathBuf {
        match self.folder_of(entry) {
            Some(parent) if !entry.path_is_symlink() => parent.join(entry.file_name()),
            _ => real_path(entry.path()),
        }
    }
}
