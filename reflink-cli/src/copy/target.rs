//! Which operand is the destination, and what each source is called there.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf, is_separator};

use reflink::display::Quoted;
use reflink::{Error, Operation, Side};

use crate::failure::Failure;

/// The operands, told apart.
pub(super) struct Operands<'a> {
    pub(super) sources: &'a [OsString],
    pub(super) destination: &'a Path,
    expect: Expect,
}

/// What the destination has to be.
enum Expect {
    File,
    Directory,
    Either,
}

impl<'a> Operands<'a> {
    /// An error is what is wrong with the number of operands.
    pub(super) fn of(
        operands: &'a [OsString],
        target_directory: Option<&'a OsStr>,
        no_target_directory: bool,
    ) -> Result<Self, &'static str> {
        if let Some(directory) = target_directory {
            return Ok(Self {
                sources: operands,
                destination: Path::new(directory),
                expect: Expect::Directory,
            });
        }
        let (sources, destination, expect) = match operands {
            [] | [_] => return Err("missing DEST"),
            [_, _, _, ..] if no_target_directory => return Err("-T takes exactly one SOURCE"),
            [source @ .., destination] if no_target_directory => {
                (source, destination, Expect::File)
            }
            [source @ .., destination] if source.len() == 1 => {
                (source, destination, Expect::Either)
            }
            [sources @ .., destination] => (sources, destination, Expect::Directory),
        };
        Ok(Self { sources, destination: Path::new(destination), expect })
    }

    /// Looks at the destination, where it matters whether it is a directory.
    pub(super) fn target(&self) -> Result<Target<'a>, Failure> {
        let destination = self.destination;
        match self.expect {
            Expect::File => Ok(Target::File(destination)),
            // What is wrong with it, if anything, the copy will say.
            Expect::Either if !destination.is_dir() => Ok(Target::File(destination)),
            Expect::Either => Ok(Target::Directory(destination)),
            Expect::Directory => match require_directory(destination) {
                Ok(()) => Ok(Target::Directory(destination)),
                Err(error) => {
                    let what = format!("cannot copy into {}", Quoted(destination));
                    Err(Failure::io(what, &error))
                }
            },
        }
    }
}

fn require_directory(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_dir() {
        return Ok(());
    }
    // The kernel's own word for what it is instead.
    fs::metadata(path.join(".")).map(drop)
}

/// Where the copies go.
pub(super) enum Target<'a> {
    /// To this path.
    File(&'a Path),
    /// Into this directory, under their own names.
    Directory(&'a Path),
}

impl Target<'_> {
    /// The path of the copy of `source`.
    pub(super) fn for_source(&self, source: &Path) -> PathBuf {
        match self {
            Self::File(path) => path.to_path_buf(),
            // With a slash, which means the directory itself, whatever leads there.
            Self::Directory(directory) if is_nameless(source) => directory.join(""),
            Self::Directory(directory) => directory.join(source.file_name().unwrap_or_default()),
        }
    }
}

/// Whether the source is a directory that brings no name along: `.`, `..`, `/`, `dir/.`. Its contents go into
/// the target.
pub(super) fn is_nameless(source: &Path) -> bool {
    // Paths leave out a `.` at the end.
    let source_bytes = source.as_os_str().as_encoded_bytes();
    let mut parts = source_bytes.split(|byte| is_separator(char::from(*byte)));
    let last = parts.rfind(|part| !part.is_empty());
    source.has_root() && last.is_none() || matches!(last, Some(b"." | b".."))
}

/// The hint for a destination in a directory that does not exist.
pub(super) fn missing_directory(error: &Error, destination: &Path) -> Option<String> {
    let Error::Io { operation: Operation::Create, side: Side::Destination, .. } = error else {
        return None;
    };
    let directory = destination.parent().filter(|parent| !parent.as_os_str().is_empty())?;
    let is_missing = |error: io::Error| error.kind() == io::ErrorKind::NotFound;
    directory
        .symlink_metadata()
        .is_err_and(is_missing)
        .then(|| format!("there is no directory {}; mkdir -p makes it", Quoted(directory)))
}

/// The hint for a directory that cannot be opened for the flush of a name in it.
pub(super) fn unreadable_directory(error: &Error) -> Option<&'static str> {
    let is_flush = matches!(error, Error::Io { operation: Operation::SyncDirectory, .. });
    (is_flush && error.kind() == io::ErrorKind::PermissionDenied)
        .then_some("--sync flushes the directory, too, which takes permission to read it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_ends_in_a_dot_has_no_name() {
        for (source, name) in [
            ("a", Some("a")),
            ("a/b//", Some("b")),
            (".a", Some(".a")),
            ("a.", Some("a.")),
            (".", None),
            ("a/.", None),
            ("a/./", None),
            ("..", None),
            ("a/..", None),
            ("/", None),
            ("", Some("")),
        ] {
            let expected = Path::new("d").join(name.unwrap_or_default());
            let found = Target::Directory(Path::new("d")).for_source(Path::new(source));
            assert_eq!(found.as_os_str(), expected.as_os_str(), "{source}");
            assert_eq!(is_nameless(Path::new(source)), name.is_none(), "{source}");
        }
    }
}
