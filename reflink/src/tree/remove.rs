//! Removing an unfinished tree of any depth, with few descriptors, including read-only directories.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::node::OWNER_ONLY;
use crate::sys::{self, Dir, Entries, FileId, FileKind, Special};

const BUFFER: usize = 8 << 10;

/// Removes the directory `name`, which is open as `dir`, and everything below it.
pub(super) fn tree(parent: &Dir<'_>, name: &Path, mut dir: File) -> io::Result<()> {
    let mut way: Vec<(FileId, PathBuf)> = Vec::new();
    sys::set_mode(&dir, OWNER_ONLY)?;
    loop {
        if let Some(below) = empty(&dir)? {
            let opened = open(&dir, &below)?;
            way.push((sys::status(&dir)?.id, below));
            dir = opened;
            continue;
        }
        let Some((id, name)) = way.pop() else { break };
        let above = sys::open_parent(&dir)?;
        if sys::status(&above)?.id != id {
            return Err(sys::stale());
        }
        // The directory is closed before it is removed, because Windows keeps the name of an open one.
        dir = above;
        sys::remove_name(&Dir::of(&dir), &name, true)?;
    }
    drop(dir);
    sys::remove_name(parent, name, true)
}

/// Opens the directory `name`, and gives its owner the right to remove its entries.
fn open(dir: &File, name: &Path) -> io::Result<File> {
    let dir = Dir::of(dir);
    let opened = match sys::open_directory(&dir, name, false) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(&dir, name)?;
            sys::open_directory(&dir, name, false)
        }
        result => result,
    }?;
    sys::set_mode(&opened, OWNER_ONLY)?;
    Ok(opened)
}

/// Gives the owner all rights in the directory `name`, but not in what a link of that name leads to.
fn open_up(dir: &Dir<'_>, name: &Path) -> io::Result<()> {
    let named = Special::open(dir, name, false)?;
    if named.status()?.kind() != FileKind::Directory {
        return Err(sys::stale());
    }
    match named.set_mode(OWNER_ONLY) {
        // Without /proc. A link would be followed, but nobody else can put one there: the unfinished tree is in a
        // directory that is its owner's alone.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            sys::set_mode_behind(dir, name, OWNER_ONLY)
        }
        result => result,
    }
}

/// Removes everything except directories that are not empty, and stops at the first of those.
fn empty(dir: &File) -> io::Result<Option<PathBuf>> {
    let names = Dir::of(dir);
    loop {
        // From the start, because the earlier entries are gone.
        sys::seek(dir, 0)?;
        let mut entries = Entries::read(dir, BUFFER)?;
        let mut is_empty = true;
        while let Some(entry) = entries.next() {
            is_empty = false;
            let name = Path::new(entry.name);
            let is_directory = match entry.kind {
                Some(kind) => kind == FileKind::Directory,
                None => {
                    names.inspect(name, false)?.is_some_and(|it| it.kind == FileKind::Directory)
                }
            };
            match sys::remove_name(&names, name, is_directory) {
                Err(_) if is_directory => return Ok(Some(name.to_owned())),
                result => result?,
            }
        }
        if is_empty {
            return Ok(None);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    #[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    fn what_a_link_leads_to_keeps_its_mode() {
        let scratch = tempfile::tempdir().unwrap();
        let mode = |name| fs::metadata(scratch.path().join(name)).unwrap().permissions().mode();
        for name in ["outside", "inside"] {
            fs::create_dir(scratch.path().join(name)).unwrap();
            let locked = fs::Permissions::from_mode(0o040);
            fs::set_permissions(scratch.path().join(name), locked).unwrap();
        }
        symlink("outside", scratch.path().join("link")).unwrap();
        let dir = Dir::open(scratch.path()).unwrap();
        let refused = open_up(&dir, Path::new("link")).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::ESTALE));
        assert_eq!(mode("outside") & 0o777, 0o040);
        open_up(&dir, Path::new("inside")).unwrap();
        assert_eq!(mode("inside") & 0o777, OWNER_ONLY);
    }
}
