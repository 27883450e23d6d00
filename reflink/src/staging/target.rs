//! The destination's name, and what stands there already.

use std::cell::OnceCell;
use std::io;
use std::path::{Path, PathBuf};

use crate::sys::{self, Dir, FileId, FileKind, NameStatus};
use crate::{Error, Operation, Overwrite, Reason, Result, Side, diagnose};

/// A place for a file: a directory and a name in it.
pub(super) struct Target<'p> {
    /// As the caller gave it.
    pub(super) path: &'p Path,
    pub(super) parent: PathBuf,
    pub(super) name: PathBuf,
    dir: OnceCell<Dir>,
}

impl<'p> Target<'p> {
    pub(super) fn new(path: &'p Path) -> Result<Self> {
        let name = path.file_name().filter(|name| names_a_file(path, name));
        let (Some(parent), Some(name)) = (path.parent(), name) else {
            return Err(if path.as_os_str().is_empty() {
                Error::io(Operation::Create, Side::Destination, sys::errors::not_found())
            } else {
                is_directory()
            });
        };
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        let (parent, name) = (parent.to_owned(), PathBuf::from(name));
        Ok(Self { path, parent, name, dir: OnceCell::new() })
    }

    /// The directory, opened when it is needed first and the same one from then on.
    pub(super) fn dir(&self) -> Result<&Dir> {
        if self.dir.get().is_none() {
            let dir =
                Dir::open(&self.parent).map_err(Error::on(Operation::Create, Side::Destination))?;
            // Nobody else has filled the cell meanwhile: it is not shared.
            let _ = self.dir.set(dir);
        }
        self.dir.get().ok_or_else(is_directory)
    }

    /// What stands at the name, if it is something that may be overwritten.
    ///
    /// # Errors
    ///
    /// EEXIST under [`Overwrite::Never`] (and under `InPlace`, which came here because there was no
    /// file); EISDIR; EINVAL for the source itself and for what is not a regular file.
    pub(super) fn check(&self, source: FileId, overwrite: Overwrite) -> Result<Option<NameStatus>> {
        let dir = self.dir()?;
        let inspect = |follow| {
            dir.inspect(&self.name, follow)
                .map_err(Error::on(Operation::Inspect, Side::Destination))
        };
        let Some(found) = inspect(false)? else { return Ok(None) };
        if overwrite != Overwrite::Replace {
            return Err(Error::io(Operation::Create, Side::Destination, sys::errors::exists()));
        }
        match found.kind {
            FileKind::Directory => Err(is_directory()),
            FileKind::Special => Err(Error::explained(
                Operation::Replace,
                Side::Destination,
                Some(Reason::NotRegular { side: Side::Destination }),
                sys::errors::invalid(),
            )),
            FileKind::Regular if found.id == source => Err(same_file()),
            // A link that leads nowhere, or not to the source, is replaced like any name.
            FileKind::Symlink if matches!(inspect(true), Ok(Some(file)) if file.id == source) => {
                Err(same_file())
            }
            FileKind::Regular | FileKind::Symlink => Ok(Some(found)),
        }
    }

    /// The error for a rename that the kernel refused.
    pub(super) fn cannot_replace(&self, error: io::Error) -> Error {
        let why = diagnose::protected(self.path, &error);
        Error::explained(Operation::Replace, Side::Destination, why, error)
    }

    pub(super) fn sync(&self) -> Result<()> {
        self.dir()?.sync().map_err(Error::on(Operation::Sync, Side::Destination))
    }
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

    fn split(path: &str) -> Option<(String, String)> {
        let target = Target::new(Path::new(path)).ok()?;
        Some((target.parent.to_str()?.to_owned(), target.name.to_str()?.to_owned()))
    }

    #[test]
    fn a_path_is_a_directory_and_a_name() {
        let pair = |dir: &str, name: &str| Some((dir.to_owned(), name.to_owned()));
        assert_eq!(split("a"), pair(".", "a"));
        assert_eq!(split("/a"), pair("/", "a"));
        assert_eq!(split("d/e/a"), pair("d/e", "a"));
        assert_eq!(split("../a"), pair("..", "a"));
        assert_eq!(split("d//a"), pair("d", "a"));
        assert_eq!(split("-a"), pair(".", "-a"));
    }

    #[test]
    fn what_can_only_be_a_directory_is_no_file_name() {
        for path in ["a/", "a/.", "..", ".", "/", "a/..", "a//"] {
            let error = Target::new(Path::new(path)).err();
            assert!(
                matches!(&error, Some(e) if e.reason() == Some(&Reason::Directory { side: Side::Destination })),
                "{path}: {error:?}"
            );
        }
        let error = Target::new(Path::new(""))
            .err()
            .and_then(|error| error.io_error().map(io::Error::kind));
        assert_eq!(error, Some(io::ErrorKind::NotFound));
    }
}
