//! Where a new tree is built: a directory beside its final name, with a temporary name until it is
//! complete.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::choices::Existing;
use super::node::OWNER_ONLY;
use super::remove;
use crate::diagnose;
use crate::error::{Error, Operation, Reason, Result, Side};
use crate::open::At;
use crate::staging::{sync_name, with_temporary_name};
use crate::sys::{self, Dir, FileId};

/// The destination's directory and its name there.
pub(super) struct Target<'p> {
    path: &'p Path,
    dir: Dir<'p>,
    name: &'p OsStr,
}

/// The directory that the tree is built in.
pub(super) struct Staged {
    pub(super) dir: File,
    /// Its temporary name; `None` if it is the destination, which existed.
    name: Option<PathBuf>,
    /// The directory that it is in, to be flushed when the tree has its name.
    to_sync: Option<File>,
}

impl<'p> Target<'p> {
    pub(super) fn open(At { dir, path, .. }: At<'p>, existing: Existing) -> Result<Self> {
        let create = || Error::on(Operation::Create, Side::Destination);
        if existing == Existing::Merge && is_directory_itself(path) {
            match dir.holding(path) {
                Ok(dir) => return Ok(Self { path, dir, name: OsStr::new(".") }),
                // A new directory may be named with a slash.
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound && path.file_name().is_some() => {}
                Err(error) => return Err(create()(error)),
            }
        }
        let Some(name) = path.file_name() else {
            // "..", "/" or an empty path: a new directory cannot have such a name.
            return Err(create()(sys::errors::invalid()));
        };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let dir = dir.holding(parent.unwrap_or(Path::new("."))).map_err(create())?;
        Ok(Self { path, dir, name })
    }

    fn name(&self) -> &'p Path {
        Path::new(self.name)
    }

    /// The destination, if it is an existing directory to copy into.
    ///
    /// # Errors
    ///
    /// EEXIST if it exists and must be new; ENOTDIR or ELOOP if it is not a directory.
    pub(super) fn existing(&self, existing: Existing) -> Result<Option<File>> {
        if self.found()?.is_none() {
            return Ok(None);
        }
        let create = Error::on(Operation::Create, Side::Destination);
        match existing {
            Existing::Fail => Err(create(sys::errors::exists())),
            Existing::Merge => {
                sys::open_directory(&self.dir, self.name(), false).map(Some).map_err(create)
            }
        }
    }

    /// Which file has the destination's name, if one has.
    pub(super) fn found(&self) -> Result<Option<FileId>> {
        let found = self.dir.inspect(self.name(), false);
        found
            .map(|found| found.map(|found| found.id))
            .map_err(Error::on(Operation::Inspect, Side::Destination))
    }

    /// Fails if the destination is, or would be, the source or something below it.
    pub(super) fn require_outside(&self, source: FileId, existing: Option<&File>) -> Result<()> {
        let failed = || Error::on(Operation::Inspect, Side::Destination);
        let mut dir = match existing {
            Some(dir) => dir.try_clone(),
            None => sys::find_directory(&self.dir, Path::new(".")),
        }
        .map_err(failed())?;
        let mut id = sys::status(&dir).map_err(failed())?.id;
        loop {
            if id == source {
                return Err(into_itself());
            }
            // A parent directory that nobody may read can still be passed through.
            let Ok(above) = sys::find_parent(&dir) else { return Ok(()) };
            let found = sys::status(&above).map_err(failed())?.id;
            if found == id {
                return Ok(());
            }
            (dir, id) = (above, found);
        }
    }

    /// Makes the temporary directory.
    pub(super) fn stage(&self, sync: bool) -> Result<Staged> {
        let create = || Error::on(Operation::Create, Side::Destination);
        if self.dir.is_append_only() {
            // The temporary name could be neither renamed nor removed.
            let (side, reason) = (Side::Destination, Some(Reason::AppendOnlyDirectory));
            let error = sys::errors::not_permitted();
            return Err(Error::explained(Operation::Create, side, reason, error));
        }
        // Opened before the long copy, and not after it.
        let flush = Error::on(Operation::SyncDirectory, Side::Destination);
        let to_sync = if sync { self.dir.open_to_sync().map_err(flush)? } else { None };
        let made = with_temporary_name(|name| sys::make_directory(&self.dir, name, OWNER_ONLY));
        let ((), name) = made.map_err(|error| cannot_make(&self.dir, self.name(), error))?;
        match sys::open_directory(&self.dir, &name, false).map_err(create()) {
            Ok(dir) => Ok(Staged { dir, name: Some(name), to_sync }),
            Err(error) => {
                let removed = sys::remove_name(&self.dir, &name, true);
                Err(self.left_behind(name, removed, error))
            }
        }
    }

    /// Uses an existing directory.
    pub(super) fn merge(dir: File) -> Staged {
        Staged { dir, name: None, to_sync: None }
    }

    /// Gives the complete tree its name.
    ///
    /// # Errors
    ///
    /// EEXIST if something has that name by now.
    pub(super) fn publish(&self, staged: &mut Staged, sync: bool) -> Result<()> {
        let publish = || Error::on(Operation::Publish, Side::Destination);
        if sync {
            let flush = Error::on(Operation::Sync, Side::Destination);
            sys::sync_filesystem(&staged.dir).map_err(flush)?;
        }
        let Some(name) = &staged.name else { return Ok(()) };
        match sys::rename_no_replace(&self.dir, name, self.name()) {
            Err(error) if sys::lacks_rename_no_replace(&error) => {
                self.rename(name).map_err(publish())?;
            }
            result => result.map_err(publish())?,
        }
        staged.name = None;
        staged.to_sync.as_ref().map_or(Ok(()), |parent| sync_name(parent, 0))
    }

    /// Without RENAME_NOREPLACE, this can replace an empty directory that appears in between, and
    /// nothing else.
    fn rename(&self, name: &Path) -> io::Result<()> {
        if self.dir.inspect(self.name(), false)?.is_some() {
            return Err(sys::errors::exists());
        }
        self.dir.rename(name, self.name())
    }

    /// Removes the tree if it is unfinished, and adds what could not be removed to the error.
    pub(super) fn discard(&self, staged: Staged, error: Error) -> Error {
        let Staged { dir, name: Some(name), .. } = staged else { return error };
        let removed = remove::tree(&self.dir, &name, dir);
        self.left_behind(name, removed, error)
    }

    /// The error, which reports the temporary directory, too, if that could not be removed.
    fn left_behind(&self, name: PathBuf, removed: io::Result<()>, error: Error) -> Error {
        match removed {
            Ok(()) => error,
            Err(removal) => {
                let path = self.path.with_file_name(name);
                Error::LeftBehind { error: Box::new(error), path, removal }
            }
        }
    }
}

/// The error for a directory that could not be made.
pub(super) fn cannot_make(dir: &Dir<'_>, name: &Path, error: io::Error) -> Error {
    let reason = diagnose::name(dir, name, &error);
    Error::explained(Operation::Create, Side::Destination, reason, error)
}

/// Whether the last part of the path can only be a directory, whatever link leads there: `dir/`, `dir/.`, `..`.
fn is_directory_itself(path: &Path) -> bool {
    let path = path.as_os_str().as_encoded_bytes();
    let last = path.rsplit(|byte| std::path::is_separator(char::from(*byte))).next();
    !path.is_empty() && matches!(last, Some(b"" | b"." | b".."))
}

/// The error for a destination inside the source, or equal to it.
pub(super) fn into_itself() -> Error {
    let (side, reason) = (Side::Destination, Some(Reason::IntoItself));
    Error::explained(Operation::Create, side, reason, sys::errors::invalid())
}
