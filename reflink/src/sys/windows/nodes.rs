//! What trees need: making, reading and removing directories and links.

use std::fs::{self, File};
use std::io;
use std::os::windows::fs::{symlink_dir, symlink_file};
use std::os::windows::io::AsRawHandle as _;
use std::path::{Path, PathBuf};

use windows_sys::Win32::Foundation::{
    ERROR_CRC, ERROR_DISK_FULL, ERROR_DISK_QUOTA_EXCEEDED, ERROR_HANDLE_DISK_FULL, ERROR_IO_DEVICE,
    ERROR_TOO_MANY_OPEN_FILES, ERROR_WRITE_PROTECT,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_DIRECTORY, FILE_GENERIC_READ, FILE_READ_ATTRIBUTES, FILE_WRITE_ATTRIBUTES,
};

use super::dir::{Dir, remove_read_only};
use super::errors;
use super::open::{open, open_no_link, path_of_handle, reparse_tag};
use super::status::status;
use crate::sys::listed::Listed;
use crate::sys::types::{FileId, FileKind, MayWait, Status};

/// `winnt.h`: IO_REPARSE_TAG_SYMLINK.
const SYMLINK: u32 = 0xA000_000C;

/// Whether one call flushes a whole volume. The one that does needs an administrator.
pub(crate) const FLUSHES_FILESYSTEMS: bool = false;

/// Windows flushes names with the files.
pub(crate) fn sync_filesystem(_dir: &File) -> io::Result<()> {
    Ok(())
}

/// The first entries of `dir`, `most` of them, or those before an error.
pub(in crate::sys) fn list(dir: &File, most: usize) -> io::Result<Listed> {
    let mut listed = Listed::default();
    for entry in fs::read_dir(path_of_handle(dir.as_raw_handle())?)?.take(most) {
        match entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))) {
            Ok((name, kind)) => {
                // A junction counts as a link, too.
                let kind = match () {
                    () if kind.is_symlink() => FileKind::Symlink,
                    () if kind.is_dir() => FileKind::Directory,
                    () => FileKind::Regular,
                };
                listed.entries.push((name, Some(kind)));
            }
            Err(error) => return Ok(Listed { error: Some(error), ..listed }),
        }
    }
    Ok(listed)
}

/// What `name` is.
pub(crate) fn status_of_name(dir: &Dir, name: &Path) -> io::Result<Status> {
    status(&open(&dir.path_of(name)?, FILE_READ_ATTRIBUTES, false)?)
}

/// Opens the file `name` for reading. There are no leases.
pub(crate) fn open_file(
    dir: &Dir,
    name: &Path,
    follow: bool,
    _may_wait: MayWait<'_>,
) -> io::Result<File> {
    dir.open_at_once(name, follow)
}

/// Opens the directory `name` for reading and, if that is allowed, for changes of its attributes and times.
pub(crate) fn open_directory(dir: &Dir, name: &Path, follow: bool) -> io::Result<File> {
    let path = dir.path_of(name)?;
    let opened = open_no_link(&path, FILE_GENERIC_READ | FILE_WRITE_ATTRIBUTES, follow);
    let opened = match opened {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_no_link(&path, FILE_GENERIC_READ, follow)
        }
        opened => opened,
    }?;
    if status(&opened)?.is_dir() { Ok(opened) } else { Err(io::ErrorKind::NotADirectory.into()) }
}

/// As [`open_directory`], also of one that may not be read.
pub(crate) fn find_directory(dir: &Dir, name: &Path) -> io::Result<File> {
    open(&dir.path_of(name)?, FILE_READ_ATTRIBUTES, false)
}

/// Opens the directory that has `dir` in it; that of a root is the root.
pub(crate) fn open_parent(dir: &File) -> io::Result<File> {
    let path = path_of_handle(dir.as_raw_handle())?;
    open_directory(&Dir::Working, path.parent().unwrap_or(&path), false)
}

/// As [`open_parent`], also of a directory that may not be read.
pub(crate) fn find_parent(dir: &File) -> io::Result<File> {
    let path = path_of_handle(dir.as_raw_handle())?;
    open(path.parent().unwrap_or(&path), FILE_READ_ATTRIBUTES, false)
}

pub(crate) fn make_directory(dir: &Dir, name: &Path, _mode: u32) -> io::Result<()> {
    fs::create_dir(dir.path_of(name)?)
}

/// What a symbolic link holds, and whether it is one to a directory, which Windows wants to know when it is made.
#[derive(Debug, Default)]
pub(crate) struct LinkTarget {
    path: PathBuf,
    is_directory: bool,
}

pub(crate) fn make_symlink(dir: &Dir, name: &Path, target: &LinkTarget) -> io::Result<()> {
    let path = dir.path_of(name)?;
    match target.is_directory {
        true => symlink_dir(&target.path, path),
        false => symlink_file(&target.path, path),
    }
}

/// What the symbolic link `name` holds.
///
/// # Errors
///
/// A junction is not supported: a symbolic link in its place could be another directory.
pub(crate) fn read_symlink(dir: &Dir, name: &Path) -> io::Result<LinkTarget> {
    use std::os::windows::fs::MetadataExt as _;

    let path = dir.path_of(name)?;
    let link = open(&path, FILE_READ_ATTRIBUTES, false)?;
    if reparse_tag(&link)? != SYMLINK {
        return Err(errors::not_supported());
    }
    let is_directory = link.metadata()?.file_attributes() & FILE_ATTRIBUTE_DIRECTORY != 0;
    Ok(LinkTarget { path: fs::read_link(path)?, is_directory })
}

/// Removes the name of a directory, or of another file.
pub(crate) fn remove_name(dir: &Dir, name: &Path, is_directory: bool) -> io::Result<()> {
    match is_directory {
        true => remove_read_only(&dir.path_of(name)?, |path| fs::remove_dir(path)),
        false => dir.remove(name),
    }
}

/// Gives the file `from` the further name `to`; a symbolic link gets it itself.
pub(crate) fn link_name(from_dir: &Dir, from: &Path, to_dir: &Dir, to: &Path) -> io::Result<()> {
    fs::hard_link(from_dir.path_of(from)?, to_dir.path_of(to)?)
}

/// Windows has no such limit: enough for every thread.
pub(crate) fn descriptor_limit() -> u64 {
    1 << 20
}

/// Whether the error is of the whole volume or of the process, so that the next file would meet it, too.
pub(crate) fn concerns_all_files(code: i32) -> bool {
    const CODES: [u32; 7] = [
        ERROR_DISK_FULL,
        ERROR_HANDLE_DISK_FULL,
        ERROR_DISK_QUOTA_EXCEEDED,
        ERROR_WRITE_PROTECT,
        ERROR_TOO_MANY_OPEN_FILES,
        ERROR_IO_DEVICE,
        ERROR_CRC,
    ];
    CODES.contains(&(code as u32))
}

/// The error for an open file that is no longer the one at its path.
pub(crate) fn stale() -> io::Error {
    errors::stale()
}

/// ERROR_CANT_RESOLVE_FILENAME.
pub(crate) fn loops() -> io::Error {
    errors::loops()
}

/// The volume of a [`FileId`].
pub(crate) fn device_of(id: FileId) -> u64 {
    id.0
}
