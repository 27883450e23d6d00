//! A file that is being made: without a name where the filesystem can, else under a temporary one.

use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use super::target::Target;
use crate::sys::{self, Dir, FileId};
use crate::{Error, FsType, Operation, Overwrite, Result, Side};

/// A name is drawn so many times before a directory full of our names is an error.
const ATTEMPTS: usize = 64;

/// A new file, which vanishes unless it is published. Without a name the kernel removes it with its
/// descriptor, also when the process is killed.
pub(super) struct Staged<'t> {
    file: File,
    // After `file`, so that it is dropped later: Windows removes no open file.
    temporary: Option<TemporaryName<'t>>,
}

/// Whether the file has its name now.
pub(super) enum Published {
    Yes,
    /// The kernel lets nobody name an unnamed file here.
    CannotBeNamed,
}

impl<'t> Staged<'t> {
    /// A file without a name, or one with a temporary name where the filesystem has no others.
    pub(super) fn unnamed(target: &'t Target<'_>, mode: u32) -> Result<Self> {
        match sys::create_unnamed(&target.dir, mode) {
            // There a failed write can show only in close, which must come before the name. With the
            // SMB client of Linux 7.2 such a file has no filesystem, and a rename while it is open
            // removes the old file and reports success.
            Ok(file) if sys::fs_type(&file).is_none_or(FsType::is_network) => {
                drop(file);
                Self::named(target, mode)
            }
            Ok(file) => Ok(Self { file, temporary: None }),
            Err(error) if sys::lacks_unnamed_files(&error) => Self::named(target, mode),
            Err(error) => Err(Error::io(Operation::Create, Side::Destination, error)),
        }
    }

    /// A file under a temporary name, which only its owner can read, whatever `_mode` it gets later.
    pub(super) fn named(target: &'t Target<'_>, _mode: u32) -> Result<Self> {
        let dir = &target.dir;
        let (file, name) =
            with_temporary_name(|name| dir.create_new(name)).map_err(failed(Operation::Create))?;
        Ok(Self { file, temporary: Some(TemporaryName { dir, name: Some(name) }) })
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The directory that it has a temporary name in, if it has one.
    pub(super) fn named_in(&self) -> Option<&Dir> {
        self.temporary.as_ref().map(|temporary| temporary.dir)
    }

    /// Gives the file its name, if that is free or may be taken.
    pub(super) fn publish(
        self,
        target: &Target<'_>,
        source: FileId,
        overwrite: Overwrite,
    ) -> Result<Published> {
        let Some(temporary) = self.temporary else {
            return publish_unnamed(self.file, target, source, overwrite);
        };
        // Where a failed write shows only in close, the old file must still stand.
        sys::close(self.file).map_err(failed(Operation::Close))?;
        target.check(source, overwrite)?;
        temporary.become_name(target, overwrite)?;
        Ok(Published::Yes)
    }
}

fn publish_unnamed(
    file: File,
    target: &Target<'_>,
    source: FileId,
    overwrite: Overwrite,
) -> Result<Published> {
    // Most often the name is free. Asking first would cost a call, and the answer could be outdated.
    let error = match sys::link_unnamed(&file, &target.dir, target.name) {
        Ok(()) => return Ok(Published::Yes),
        Err(error) => error,
    };
    match error.kind() {
        io::ErrorKind::AlreadyExists if overwrite == Overwrite::Replace => {}
        // The kernel means that unnamed files stay so; or the directory is gone, as the next attempt
        // will say.
        io::ErrorKind::NotFound => return Ok(Published::CannotBeNamed),
        _ => return Err(Error::io(Operation::Publish, Side::Destination, error)),
    }
    let dir = &target.dir;
    target.check(source, overwrite)?;
    let ((), name) = with_temporary_name(|name| sys::link_unnamed(&file, dir, name))
        .map_err(failed(Operation::Publish))?;
    let temporary = TemporaryName { dir, name: Some(name) };
    sys::close(file).map_err(failed(Operation::Close))?;
    temporary.become_name(target, overwrite)?;
    Ok(Published::Yes)
}

/// A file to try something with, which nobody else can find: without a name or, where the filesystem
/// has no such files, with one that is removed at once.
pub(crate) fn scratch_file(dir: &Dir) -> io::Result<File> {
    match sys::create_unnamed(dir, 0o600) {
        Err(error) if sys::lacks_unnamed_files(&error) => {
            let (file, name) = with_temporary_name(|name| dir.create_new(name))?;
            dir.remove(&name)?;
            Ok(file)
        }
        result => result,
    }
}

/// The temporary name of a file, removed when dropped.
struct TemporaryName<'t> {
    dir: &'t Dir,
    /// `None` once the file has its own name.
    name: Option<PathBuf>,
}

impl TemporaryName<'_> {
    fn become_name(mut self, target: &Target<'_>, overwrite: Overwrite) -> Result<()> {
        let Some(from) = &self.name else { return Ok(()) };
        let to = target.name;
        if overwrite == Overwrite::Replace {
            self.dir.rename(from, to).map_err(|error| target.cannot_replace(error))?;
            self.name = None;
            return Ok(());
        }
        match sys::rename_no_replace(self.dir, from, to) {
            Ok(()) => self.name = None,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(Error::io(Operation::Publish, Side::Destination, error));
            }
            // The filesystem has no such rename. A second link replaces nothing either; the first,
            // temporary one goes with `self`.
            Err(_) => self.dir.hard_link(from, to).map_err(failed(Operation::Publish))?,
        }
        Ok(())
    }
}

impl Drop for TemporaryName<'_> {
    fn drop(&mut self) {
        if let Some(name) = self.name.take() {
            // Nothing to do about a failure here: the error that led here is on its way or, after a
            // second link, the file has its name.
            let _ = self.dir.remove(&name);
        }
    }
}

/// Calls `make` with names that are hard to guess, until one is free.
fn with_temporary_name<T>(
    mut make: impl FnMut(&Path) -> io::Result<T>,
) -> io::Result<(T, PathBuf)> {
    for _ in 1..ATTEMPTS {
        let name = temporary_name();
        match make(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => return result.map(|made| (made, name)),
        }
    }
    let name = temporary_name();
    make(&name).map(|made| (made, name))
}

fn temporary_name() -> PathBuf {
    // The standard library's only source of random numbers: the seed of its hash maps.
    let random = RandomState::new().build_hasher().finish();
    format!(".reflink-{random:016x}.tmp").into()
}

fn failed(operation: Operation) -> impl FnOnce(io::Error) -> Error {
    Error::on(operation, Side::Destination)
}
