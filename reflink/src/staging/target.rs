//! The destination's name, and the file that already has it.

use std::cell::OnceCell;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::choices::Overwrite;
use crate::diagnose;
use crate::error::{Error, Operation, Reason, Result, Side};
use crate::open::At;
use crate::progress::Progress;
use crate::session::Settings;
use crate::sys::{self, Dir, FileId, FileKind, MountId, NameStatus};

/// The bits of a mode that are the type: S_IFMT.
const TYPE: u32 = 0o170_000;

/// A place for a file: a directory and a name in it.
///
/// The path is followed once. Anyone who later replaces a part of it with a link does not move the
/// place.
pub(crate) struct Target<'p> {
    /// As the caller gave it, for reports.
    path: &'p Path,
    pub(crate) dir: Dir<'p>,
    pub(crate) name: &'p Path,
    /// The mount of `dir`, if it is known. A new file is on it, too.
    mount: Option<MountId>,
}

impl<'p> Target<'p> {
    pub(crate) fn open(At { dir, path, mount }: At<'p>) -> Result<Self> {
        let (parent, name) = split(dir, path)?;
        let dir = dir.holding(parent).map_err(Error::on(Operation::Create, Side::Destination))?;
        Ok(Self { path, dir, name, mount })
    }

    /// The mount of a new file in the directory, if it is known.
    pub(crate) fn mount_of_new(&self) -> OnceCell<Option<MountId>> {
        self.mount.map_or_else(OnceCell::new, |mount| OnceCell::from(Some(mount)))
    }

    /// The mount of the directory, if it has a number.
    pub(crate) fn mount(&self) -> Option<MountId> {
        self.mount.or_else(|| sys::mount_of_dir(&self.dir))
    }

    /// The existing file at the name, if it may be overwritten.
    ///
    /// # Errors
    ///
    /// EEXIST under [`Overwrite::Never`] (and under `InPlace`, which came here because there was no
    /// file); EISDIR; EINVAL for the source itself and for a file that is not regular.
    pub(crate) fn check(&self, source: FileId, overwrite: Overwrite) -> Result<Option<NameStatus>> {
        let inspect = |follow| {
            self.dir
                .inspect(self.name, follow)
                .map_err(Error::on(Operation::Inspect, Side::Destination))
        };
        let Some(found) = inspect(false)? else { return Ok(None) };
        if overwrite == Overwrite::InPlace && found.kind == FileKind::Symlink {
            return Err(refused(Reason::DanglingLink, sys::errors::not_found()));
        }
        if overwrite != Overwrite::Replace {
            return Err(Error::io(Operation::Create, Side::Destination, sys::errors::exists()));
        }
        match found.kind {
            FileKind::Directory => Err(is_directory()),
            FileKind::Special => Err(not_regular()),
            FileKind::Regular if found.id == source => Err(same_file()),
            FileKind::Regular => Ok(Some(found)),
            FileKind::Symlink => match inspect(true) {
                Ok(Some(file)) if file.id == source => Err(same_file()),
                // /dev/stdout: anyone who names it means the file behind it.
                Ok(Some(file)) if file.kind == FileKind::Special => Err(not_regular()),
                _ if self.dir.leads_to_descriptor(self.name) => Err(descriptor_link()),
                // A link that leads nowhere, or elsewhere, is replaced like any other name.
                _ => Ok(Some(found)),
            },
        }
    }

    /// As [`check`](Self::check), for a symbolic link or a special file of the type `kind` (S_IFMT). It has
    /// no bytes that could be meant for a device or a descriptor: a link replaces a link wherever that leads,
    /// and a special file one of its own type. `behind` is the file that the source leads to, if the source is
    /// a link: the link does not replace that file, whose bytes nothing else may have.
    pub(crate) fn check_node(
        &self,
        kind: u32,
        source: FileId,
        behind: impl Fn() -> Option<FileId>,
        overwrite: Overwrite,
    ) -> Result<Option<NameStatus>> {
        let found = self.dir.inspect(self.name, false);
        let found = found.map_err(Error::on(Operation::Inspect, Side::Destination))?;
        let Some(found) = found else { return Ok(None) };
        let is_alike = found.mode & TYPE == kind;
        match overwrite {
            Overwrite::Never => {}
            _ if found.kind == FileKind::Directory => return Err(is_directory()),
            _ if found.id == source => return Err(same_file()),
            // Nothing that has bytes gives them up for what has none.
            Overwrite::InPlace if !is_alike => {}
            _ if is_alike => return Ok(Some(found)),
            _ if found.kind == FileKind::Special => return Err(not_regular()),
            _ if self.dir.leads_to_descriptor(self.name) => return Err(descriptor_link()),
            _ if found.kind == FileKind::Regular && behind() == Some(found.id) => {
                return Err(same_file());
            }
            _ => return Ok(Some(found)),
        }
        Err(Error::io(Operation::Create, Side::Destination, sys::errors::exists()))
    }

    /// Whether the name is taken.
    pub(crate) fn exists(&self) -> Result<bool> {
        let found = self.dir.inspect(self.name, false);
        found.map(|found| found.is_some()).map_err(Error::on(Operation::Inspect, Side::Destination))
    }

    /// Fails before a file gets a temporary name in the directory, if that name could be neither
    /// renamed to the target nor removed.
    pub(crate) fn require_replaceable(&self) -> Result<()> {
        if self.dir.is_append_only() {
            let error = sys::errors::not_permitted();
            return Err(refused(Reason::AppendOnlyDirectory, error));
        }
        // Renaming a file to its own name changes nothing, but sandboxes (Landlock) still check it.
        match self.dir.rename(self.name, self.name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.cannot_replace(error))
            }
            _ => Ok(()),
        }
    }

    /// The error for a new file that could not be made in the directory.
    pub(crate) fn cannot_create(&self, error: io::Error) -> Error {
        if self.dir.leads_to_descriptor(self.name) {
            return descriptor_link();
        }
        self.explain(Operation::Create, error)
    }

    /// The error for a rename that the kernel refused.
    pub(crate) fn cannot_replace(&self, error: io::Error) -> Error {
        self.explain(Operation::Replace, error)
    }

    fn explain(&self, operation: Operation, error: io::Error) -> Error {
        let side = Side::Destination;
        let reason = diagnose::path(&self.dir, self.name, side, &error)
            .or_else(|| diagnose::name(&self.dir, self.name, &error));
        Error::explained(operation, side, reason, error)
    }

    /// The path of another name in the directory.
    pub(crate) fn beside(&self, name: &Path) -> PathBuf {
        self.path.with_file_name(name)
    }

    /// The directory, open for flushing, on systems that can flush directories, and unless the caller does that.
    pub(crate) fn open_to_sync(&self, settings: Settings) -> Result<Option<File>> {
        if settings.flushes_directories {
            return Ok(None);
        }
        self.dir.open_to_sync().map_err(Error::on(Operation::SyncDirectory, Side::Destination))
    }
}

/// Flushes the directory of a file of `total` bytes that has its name, which the error reports.
pub(crate) fn sync_name(directory: &File, total: u64) -> Result<()> {
    let all = Progress { done: total, total };
    let synced =
        directory.sync_all().map_err(Error::on(Operation::SyncDirectory, Side::Destination));
    synced.map_err(|error| error.having_changed(Some(all)))
}

/// Flushes a file to stable storage.
pub(crate) fn sync(file: &File) -> Result<()> {
    file.sync_all().map_err(Error::on(Operation::Sync, Side::Destination))
}

/// The directory and the name in it.
fn split<'p>(dir: &Dir, path: &'p Path) -> Result<(&'p Path, &'p Path)> {
    let name = path.file_name().filter(|name| names_a_file(path, name));
    let (Some(parent), Some(name)) = (path.parent(), name) else {
        // The path ends with a slash or a dot, which only a directory may have.
        return Err(match dir.inspect(path, true) {
            Ok(Some(_)) => is_directory(),
            Ok(None) => Error::io(Operation::Create, Side::Destination, sys::errors::not_found()),
            Err(error) => Error::io(Operation::Create, Side::Destination, error),
        });
    };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    Ok((parent, Path::new(name)))
}

/// `Path::file_name` ignores a slash or `/.` at the end, which the kernel allows only for a
/// directory.
fn names_a_file(path: &Path, name: &std::ffi::OsStr) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(name.as_encoded_bytes())
}

pub(crate) fn same_file() -> Error {
    let (side, reason) = (Side::Destination, Some(Reason::SameFile));
    Error::explained(Operation::Copy, side, reason, sys::errors::invalid())
}

fn not_regular() -> Error {
    refused(Reason::NotRegular { side: Side::Destination }, sys::errors::invalid())
}

fn descriptor_link() -> Error {
    refused(Reason::DescriptorLink, sys::errors::invalid())
}

fn is_directory() -> Error {
    refused(Reason::Directory { side: Side::Destination }, sys::errors::is_directory())
}

/// The error for a destination that must not be replaced.
fn refused(reason: Reason, error: io::Error) -> Error {
    Error::explained(Operation::Replace, Side::Destination, Some(reason), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(path: &str) -> Option<(&str, &str)> {
        let (dir, name) = split(&Dir::Working, Path::new(path)).ok()?;
        Some((dir.to_str()?, name.to_str()?))
    }

    #[test]
    fn a_path_is_a_directory_and_a_name() {
        assert_eq!(pair("a"), Some((".", "a")));
        assert_eq!(pair("/a"), Some(("/", "a")));
        assert_eq!(pair("d/e/a"), Some(("d/e", "a")));
        assert_eq!(pair("../a"), Some(("..", "a")));
        assert_eq!(pair("d//a"), Some(("d", "a")));
        assert_eq!(pair("-a"), Some((".", "-a")));
    }

    #[test]
    fn a_name_that_can_only_be_a_directory_is_refused_for_a_file() {
        for path in ["src/", "src/.", "..", ".", "/", "src/..", "src//"] {
            let error = split(&Dir::Working, Path::new(path)).err();
            assert!(
                matches!(&error, Some(e) if e.reason() == Some(&Reason::Directory { side: Side::Destination })),
                "{path}: {error:?}"
            );
        }
        let kind = |path| {
            let error = split(&Dir::Working, Path::new(path)).err()?;
            error.io_error().map(io::Error::kind)
        };
        assert_eq!(kind(""), Some(io::ErrorKind::NotFound));
        assert_eq!(kind("absent/"), Some(io::ErrorKind::NotFound));
        assert_eq!(kind("Cargo.toml/"), Some(io::ErrorKind::NotADirectory));
    }
}
