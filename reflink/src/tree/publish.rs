//! Names for entries that one call makes: symbolic links, special files, hard links.

use std::io;
use std::path::Path;

use super::job::Job;
use crate::choices::Overwrite;
use crate::staging::with_temporary_name;
use crate::sys::{self, Dir};

/// Gives the file `from` the additional name `to`, and replaces an existing file if allowed.
pub(super) fn link(
    job: &Job<'_, '_>,
    from_dir: &Dir<'_>,
    from: &Path,
    to_dir: &Dir<'_>,
    to: &Path,
) -> io::Result<()> {
    publish(job, to_dir, to, |name| sys::link_name(from_dir, from, to_dir, name))
}

/// Makes the name with `make`, or a temporary name that then replaces the existing one.
pub(super) fn publish(
    job: &Job<'_, '_>,
    dir: &Dir<'_>,
    name: &Path,
    mut make: impl FnMut(&Path) -> io::Result<()>,
) -> io::Result<()> {
    match make(name) {
        Err(error)
            if error.kind() == io::ErrorKind::AlreadyExists
                && job.merges()
                && job.settings.overwrite != Overwrite::Never => {}
        result => return result,
    }
    let ((), temporary) = with_temporary_name(&mut make)?;
    let renamed = dir.rename(&temporary, name);
    // A rename onto another name of the same file does nothing, and leaves both names.
    match dir.remove(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => renamed.and(Err(error)),
        _ => renamed,
    }
}
