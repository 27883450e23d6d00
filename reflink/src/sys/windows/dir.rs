//! A directory, by its path or by a handle: there is no call that opens a name in an open directory. A path that a
//! handle has is asked of Windows for each call, so that a directory can have been moved meanwhile; but between that
//! answer and the call another one can come to be at that path.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::os::windows::io::{AsHandle as _, AsRawHandle as _, BorrowedHandle};
use std::path::{Path, PathBuf};

use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_READONLY, FILE_FLAG_BACKUP_SEMANTICS, FILE_GENERIC_READ, FILE_READ_ATTRIBUTES,
    FILE_WRITE_ATTRIBUTES,
};

use super::file::{mode_of, set_mode};
use super::open::{open, open_no_link, path_of_handle};
use super::status::status;
use crate::sys::types::{FileKind, MayWait, NameStatus, Status};

/// `sys/stat.h`: the types in a mode, S_IFREG, S_IFDIR and S_IFLNK, by which other systems tell files apart.
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;
const LINK: u32 = 0o120_000;

/// A directory. Names are relative to it.
#[derive(Debug)]
pub(crate) enum Dir<'d> {
    /// By its path.
    At(PathBuf),
    /// Held open by the caller.
    Borrowed(BorrowedHandle<'d>),
    /// The process's working directory.
    Working,
}

impl<'d> Dir<'d> {
    /// An open directory.
    pub(crate) fn of(dir: &'d File) -> Self {
        Self::Borrowed(dir.as_handle())
    }

    pub(super) fn path_of(&self, name: &Path) -> io::Result<PathBuf> {
        Ok(match self {
            Self::At(dir) => dir.join(name),
            Self::Borrowed(dir) => path_of_handle(dir.as_raw_handle())?.join(name),
            Self::Working => name.to_owned(),
        })
    }

    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::Working.holding(path)
    }

    /// The directory at `path`, which is relative to this one.
    pub(crate) fn holding(&self, path: &Path) -> io::Result<Self> {
        let path = self.path_of(path)?;
        if fs::metadata(&path)?.is_dir() {
            Ok(Self::At(path))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// As [`holding`](Self::holding).
    pub(crate) fn open_below(&self, path: &Path) -> io::Result<Self> {
        self.holding(path)
    }

    /// What `name` is; `None` where there is nothing by that name.
    pub(crate) fn inspect(&self, name: &Path, follow: bool) -> io::Result<Option<NameStatus>> {
        let found = match open(&self.path_of(name)?, FILE_READ_ATTRIBUTES, follow) {
            Ok(file) => status(&file)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let kind = found.kind();
        Ok(Some(NameStatus { kind, id: found.id, mode: found.mode | type_bits(&found) }))
    }

    /// Opens the file at `path` for reading.
    pub(crate) fn open_for_reading(&self, path: &Path, _may_wait: MayWait<'_>) -> io::Result<File> {
        // The flag opens directories, too, so that they can be told apart.
        let flags = FILE_FLAG_BACKUP_SEMANTICS;
        OpenOptions::new().read(true).custom_flags(flags).open(self.path_of(path)?)
    }

    /// As [`open_for_reading`](Self::open_for_reading), but follows a link only if `follow` is set. There are no
    /// leases.
    pub(crate) fn open_at_once(&self, path: &Path, follow: bool) -> io::Result<File> {
        open_no_link(&self.path_of(path)?, FILE_GENERIC_READ, follow)
    }

    /// Opens the existing file at `path` for writing, and leaves its bytes alone.
    pub(crate) fn open_for_writing(&self, path: &Path, _may_wait: MayWait<'_>) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).open(self.path_of(path)?)
    }

    /// Creates `name`, which must not exist.
    pub(crate) fn create_new(&self, name: &Path, _mode: u32) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.path_of(name)?)
    }

    /// Gives the file `from` the further name `to`, which must not exist.
    pub(crate) fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(self.path_of(from)?, self.path_of(to)?)
    }

    /// Gives the file `from` the name `to`, in the place of whatever file has it.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(self.path_of(from)?, self.path_of(to)?)
    }

    /// Removes the file or link `name`.
    pub(crate) fn remove(&self, name: &Path) -> io::Result<()> {
        let path = self.path_of(name)?;
        let is_link_to_directory =
            fs::symlink_metadata(&path).is_ok_and(|found| found.file_type().is_symlink_dir());
        let remove = |path: &Path| match is_link_to_directory {
            true => fs::remove_dir(path),
            false => fs::remove_file(path),
        };
        remove_read_only(&path, remove)
    }

    /// Windows flushes names with the file.
    pub(crate) fn open_to_sync(&self) -> io::Result<Option<File>> {
        Ok(None)
    }
}

/// Removes what may be read-only, which Windows does not remove.
pub(super) fn remove_read_only(
    path: &Path,
    remove: impl Fn(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let error = match remove(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => error,
        result => return result,
    };
    let writable =
        open(path, FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, false).and_then(|file| {
            let mode = mode_of(&file.metadata()?);
            set_mode(&file, mode & !FILE_ATTRIBUTE_READONLY)?;
            Ok((file, mode))
        });
    let Ok((file, mode)) = writable else { return Err(error) };
    let removed = remove(path);
    // The file may have another name, or not be removed. If it is gone, nobody sees whether this fails.
    let _ = set_mode(&file, mode);
    removed
}

/// The type, as in the mode of other systems.
pub(super) fn type_bits(found: &Status) -> u32 {
    match found.kind() {
        FileKind::Directory => DIRECTORY,
        FileKind::Symlink => LINK,
        FileKind::Regular | FileKind::Special => REGULAR,
    }
}
