//! The stand-ins on systems that clone to no new name.

use std::fs::File;
use std::io;
use std::path::Path;

#[cfg(unix)]
use super::unix::dir::Dir;
#[cfg(windows)]
use super::windows::dir::Dir;

pub(crate) const CLONES_TO_NEW_NAMES: bool = false;

pub(crate) fn clone_to_name(_src: &File, _dir: &Dir, _name: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn remove_attributes(_file: &File) -> io::Result<()> {
    Ok(())
}
