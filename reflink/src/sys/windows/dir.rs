//! A directory by its path: the standard library has no descriptors for directories here.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::marker::PhantomData;
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::file::{file_id, mode_of};
use crate::sys::types::{FileKind, MayWait, NameStatus};

/// A directory: its path, or the working directory. Names are relative to it.
#[derive(Debug)]
pub(crate) struct Dir<'d>(Option<PathBuf>, PhantomData<&'d ()>);

impl Dir<'_> {
    /// The process's working directory.
    #[allow(non_upper_case_globals)] // a variant elsewhere
    pub(crate) const Working: Self = Self(None, PhantomData);

    pub(super) fn path_of(&self, name: &Path) -> PathBuf {
        self.0.as_ref().map_or_else(|| name.to_owned(), |dir| dir.join(name))
    }

    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if fs::metadata(path)?.is_dir() {
            Ok(Self(Some(path.to_owned()), PhantomData))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// The directory at `path`, which is relative to this one.
    pub(crate) fn holding(&self, path: &Path) -> io::Result<Self> {
        Self::open(&self.path_of(path))
    }

    /// What `name` is; `None` where there is nothing by that name.
    pub(crate) fn inspect(&self, name: &Path, follow: bool) -> io::Result<Option<NameStatus>> {
        let path = self.path_of(name);
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
            FileKind::Regular => file_id(&self.open_at_once(name, follow)?)?,
            FileKind::Directory | FileKind::Symlink | FileKind::Special => (0, 0),
        };
        Ok(Some(NameStatus { kind, id, mode: mode_of(&status) }))
    }

    /// Opens the file at `path` for reading.
    pub(crate) fn open_for_reading(&self, path: &Path, _may_wait: MayWait<'_>) -> io::Result<File> {
        // FILE_FLAG_BACKUP_SEMANTICS opens directories too, so that they can be told apart.
        OpenOptions::new().read(true).custom_flags(0x0200_0000).open(self.path_of(path))
    }

    /// As [`open_for_reading`](Self::open_for_reading): there are no leases.
    pub(crate) fn open_at_once(&self, path: &Path, _follow: bool) -> io::Result<File> {
        self.open_for_reading(path, &mut || std::ops::ControlFlow::Break(()))
    }

    /// Opens the existing file at `path` for writing, and leaves its bytes alone.
    pub(crate) fn open_for_writing(&self, path: &Path, _may_wait: MayWait<'_>) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).open(self.path_of(path))
    }

    /// Creates `name`, which must not exist.
    pub(crate) fn create_new(&self, name: &Path, _mode: u32) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.path_of(name))
    }

    /// Gives the file `from` the further name `to`, which must not exist.
    pub(crate) fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(self.path_of(from), self.path_of(to))
    }

    /// Gives the file `from` the name `to`, in the place of whatever file has it.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(self.path_of(from), self.path_of(to))
    }

    /// Removes the file `name`.
    pub(crate) fn remove(&self, name: &Path) -> io::Result<()> {
        fs::remove_file(self.path_of(name))
    }

    /// Windows flushes names with the file.
    pub(crate) fn open_to_sync(&self) -> io::Result<Option<File>> {
        Ok(None)
    }
}
