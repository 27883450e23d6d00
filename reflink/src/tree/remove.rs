//! Removing an unfinished tree of any depth, with few descriptors, including read-only directories.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use super::node::OWNER_ONLY;
use crate::sys::{self, Dir, Entries, FileId, FileKind};

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
        sys::remove_name(&Dir::Borrowed(above.as_fd()), &name, true)?;
        dir = above;
    }
    drop(dir);
    sys::remove_name(parent, name, true)
}

/// Opens the directory `name`, and gives its owner the right to remove its entries.
fn open(dir: &File, name: &Path) -> io::Result<File> {
    let dir = Dir::Borrowed(dir.as_fd());
    let opened = match sys::open_directory(&dir, name, false) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            sys::set_mode_of_name(&dir, name, OWNER_ONLY)?;
            sys::open_directory(&dir, name, false)
        }
        result => result,
    }?;
    sys::set_mode(&opened, OWNER_ONLY)?;
    Ok(opened)
}

/// Removes everything except directories that are not empty, and stops at the first of those.
fn empty(dir: &File) -> io::Result<Option<PathBuf>> {
    let names = Dir::Borrowed(dir.as_fd());
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
