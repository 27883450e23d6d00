//! The destination's name, and what stands there already.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::sys::{self, Dir, FileId, FileKind, NameStatus};
use crate::{Error, Operation, Overwrite, Reason, Result, Side};

/// A place for a file: a directory and a name in it.
///
/// The path is followed once. Whoever swaps a part of it later for a link does not move the place.
pub(super) struct Target<'p> {
    /// As the caller gave it: to find out more by, never to act on.
    pub(super) path: &'p Path,
    pub(super) dir: Dir,
    pub(super) name: &'p Path,
}

impl<'p> Target<'p> {
    pub(super) fn open(path: &'p Path) -> Result<Self> {
        let (parent, name) = split(path)?;
        let dir = Dir::holding(parent).map_err(Error::on(Operation::Create, Side::Destination))?;
        Ok(Self { path, dir, name })
    }

    /// What stands at the name, if it is something that may be overwritten.
    ///
    /// # Errors
    ///
    /// EEXIST under [`Overwrite::Never`] (and under `InPlace`, which came here because there was no
    /// file); EISDIR; EINVAL for the source itself and for what is not a regular file.
    pub(super) fn check(&self, source: FileId, overwrite: Overwrite) -> Result<Option<NameStatus>> {
        let inspect = |follow| {
            self.dir
                .inspect(self.name, follow)
                .map_err(Error::on(Operation::Inspect, Side::Destination))
        };
        let Some(found) = inspect(false)? else { return Ok(None) };
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
                // /dev/stdout: whoever names it means what is behind it.
                Ok(Some(file)) if file.kind == FileKind::Special => Err(not_regular()),
                // A link that leads nowhere, or elsewhere, is replaced like any name.
                _ => Ok(Some(found)),
            },
        }
    }

    /// The error for a rename that the kernel refused.
    pub(super) fn cannot_replace(&self, error: io::Error) -> Error {
        Error::on_path(Operation::Replace, Side::Destination, self.path, error)
    }

    /// The directory, open for flushing, where that is a thing.
    pub(super) fn open_to_sync(&self) -> Result<Option<File>> {
        self.dir.open_to_sync().map_err(Error::on(Operation::Sync, Side::Destination))
    }
}

/// The directory and the name in it.
fn split(path: &Path) -> Result<(&Path, &Path)> {
    let name = path.file_name().filter(|name| names_a_file(path, name));
    let (Some(parent), Some(name)) = (path.parent(), name) else {
        return Err(if path.as_os_str().is_empty() {
            Error::io(Operation::Create, Side::Destination, sys::errors::not_found())
        } else {
            is_directory()
        });
    };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    Ok((parent, Path::new(name)))
}

/// `Path::file_name` looks through a slash or `/.` at the end, which the kernel takes for a directory.
fn names_a_file(path: &Path, name: &std::ffi::OsStr) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(name.as_encoded_bytes())
}

pub(super) fn same_file() -> Error {
    Error::explained(
        Operation::Copy,
        Side::Destination,
        Some(Reason::SameFile),
        sys::errors::invalid(),
    )
}

fn not_regular() -> Error {
    Error::explained(
        Operation::Replace,
        Side::Destination,
        Some(Reason::NotRegular { side: Side::Destination }),
        sys::errors::invalid(),
    )
}

fn is_directory() -> Error {
    Error::explained(
        Operation::Replace,
        Side::Destination,
        Some(Reason::Directory { side: Side::Destination }),
        sys::errors::is_directory(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(path: &str) -> Option<(&str, &str)> {
        let (dir, name) = split(Path::new(path)).ok()?;
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
    fn what_can_only_be_a_directory_is_no_file_name() {
        for path in ["a/", "a/.", "..", ".", "/", "a/..", "a//"] {
            let error = split(Path::new(path)).err();
            assert!(
                matches!(&error, Some(e) if e.reason() == Some(&Reason::Directory { side: Side::Destination })),
                "{path}: {error:?}"
            );
        }
        let error =
            split(Path::new("")).err().and_then(|error| error.io_error().map(io::Error::kind));
        assert_eq!(error, Some(io::ErrorKind::NotFound));
    }
}
