//! A directory by its path: the standard library has no descriptors for directories here.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{FileKind, NameStatus, file_id, open_for_reading};

/// A directory. Names are relative to it.
#[derive(Debug)]
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if fs::metadata(path)?.is_dir() {
            Ok(Self(path.to_owned()))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// As [`open`](Self::open).
    pub(crate) fn holding(path: &Path) -> io::Result<Self> {
        Self::open(path)
    }

    /// What `name` is; `None` where there is nothing by that name.
    pub(crate) fn inspect(&self, name: &Path, follow: bool) -> io::Result<Option<NameStatus>> {
        let path = self.0.join(name);
        let found = if follow { fs::metadata(&path) } else { fs::symlink_metadata(&path) };
        let status = match found {
            Ok(status) => status,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let kind = if status.is_dir() {
            FileKind::Directory
        } else if status.is_symlink() {
            FileKind::Symlink
        } else {
            FileKind::Regular
        };
        let id = match kind {
            FileKind::Regular => {
                file_id(&open_for_reading(&path, &mut || ControlFlow::Break(()))?, &status)?
            }
            FileKind::Directory | FileKind::Symlink | FileKind::Special => (0, 0),
        };
        Ok(Some(NameStatus { kind, id, mode: 0 }))
    }

    /// Creates `name`, which must not exist.
    pub(crate) fn create_new(&self, name: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))
    }

    /// Opens the existing file `name` for reading.
    pub(crate) fn open_at_once(&self, name: &Path) -> io::Result<File> {
        super::open_at_once(&self.0.join(name))
    }

    /// Gives the file `from` the further name `to`, which must not exist.
    pub(crate) fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(self.0.join(from), self.0.join(to))
    }

    /// Gives the file `from` the name `to`, in the place of whatever file has it.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    /// Removes the file `name`.
    pub(crate) fn remove(&self, name: &Path) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    /// Windows flushes names with the file.
    pub(crate) fn open_to_sync(&self) -> io::Result<Option<File>> {
        Ok(None)
    }
}
