//! The stand-ins on systems other than Linux: nothing is sparse except on Windows, new files have names, and no ACL
//! is an attribute.

use std::ffi::CStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::types::{DedupeAnswer, Facts, MountId, RawExtent};
#[cfg(unix)]
use super::unix::{dir::Dir, errors};
#[cfg(windows)]
use super::windows::{dir::Dir, errors};
use crate::error::FsType;

#[cfg(not(target_os = "freebsd"))]
pub(crate) const HAS_COPY_FILE_RANGE: bool = false;
pub(crate) const HAS_EXTENT_MAP: bool = false;
pub(crate) const HAS_DEDUPE: bool = false;
pub(crate) const KNOWS_FILESYSTEM_TYPES: bool = false;

fn unsupported<T>() -> io::Result<T> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn forget_cached(_file: &File) {}

#[cfg(not(target_os = "freebsd"))]
pub(crate) fn copy_file_range(
    _src: &File,
    _src_offset: u64,
    _dst: &File,
    _dst_offset: u64,
    _len: usize,
) -> io::Result<usize> {
    unsupported()
}

/// A pipe that moves a file's pages, which only Linux has.
pub(crate) struct Pipe;

impl Pipe {
    pub(crate) fn new(_len: i32) -> io::Result<Self> {
        unsupported()
    }

    pub(crate) fn fill(&self, _src: &File, _offset: u64, _len: usize) -> io::Result<usize> {
        unsupported()
    }

    pub(crate) fn drain(&self, _dst: &File, _offset: u64, _len: usize) -> io::Result<usize> {
        unsupported()
    }
}

#[cfg(not(windows))]
pub(crate) const HOLES_MOVE_OFFSET: bool = false;

#[cfg(not(windows))]
pub(crate) fn expect_holes(_src: &File, _dst: &File) {}

#[cfg(not(windows))]
pub(crate) fn next_data(_file: &File, _from: u64) -> io::Result<Option<u64>> {
    unsupported()
}

#[cfg(not(windows))]
pub(crate) fn next_hole(_file: &File, _from: u64) -> io::Result<u64> {
    unsupported()
}

pub(crate) fn private_description(_file: &File) -> io::Result<File> {
    unsupported()
}

pub(crate) fn reopen(_file: &File, _options: &mut OpenOptions) -> io::Result<File> {
    unsupported()
}

#[cfg(not(windows))]
pub(crate) fn punch_hole(_file: &File, _offset: u64, _len: u64) -> io::Result<()> {
    unsupported()
}

pub(crate) fn preallocate(_file: &File, _offset: u64, _len: u64) -> io::Result<()> {
    unsupported()
}

pub(crate) fn create_unnamed(_dir: &Dir, _mode: u32) -> io::Result<File> {
    unsupported()
}

pub(crate) fn lacks_unnamed_files(error: &io::Error) -> bool {
    errors::is_not_supported(error)
}

pub(crate) fn link_unnamed(_file: &File, _dir: &Dir, _to: &Path) -> io::Result<()> {
    unsupported()
}

#[cfg(not(any(target_vendor = "apple", windows)))]
pub(crate) fn rename_no_replace(_dir: &Dir, _from: &Path, _to: &Path) -> io::Result<()> {
    unsupported()
}

impl Dir<'_> {
    /// Not asked: the flag, if there is one, shows in a refusal.
    pub(crate) fn is_append_only(&self) -> bool {
        false
    }

    /// Only procfs has such links.
    pub(crate) fn leads_to_descriptor(&self, _name: &Path) -> bool {
        false
    }
}

/// For the hints of refused names, which only Unix has.
#[cfg(unix)]
impl Dir<'_> {
    /// Not asked.
    pub(crate) fn is_immutable(&self) -> bool {
        false
    }

    /// Not asked: the refusal names it.
    pub(crate) fn is_deleted(&self) -> bool {
        false
    }

    /// As the kernel reports it.
    pub(crate) fn is_mount_point(&self, _name: &Path) -> bool {
        true
    }
}

pub(crate) fn umask() -> Option<u32> {
    None
}

pub(crate) fn map_extents(_file: &File, _start: u64, _sync: bool) -> io::Result<Vec<RawExtent>> {
    unsupported()
}

pub(crate) const DEDUPE_BATCH: usize = 1;

pub(crate) fn dedupe_range(
    _src: &File,
    _src_offset: u64,
    _len: u64,
    _destinations: &[(&File, u64)],
) -> io::Result<Vec<DedupeAnswer>> {
    unsupported()
}

pub(crate) fn fs_type(_file: &File) -> Option<FsType> {
    None
}

pub(crate) fn has_delayed_extents(_file: &File) -> bool {
    false
}

/// Not known here.
pub(crate) fn mount_of(_file: &File) -> Option<MountId> {
    None
}

/// Not known here.
pub(crate) fn mount_of_dir(_dir: &Dir) -> Option<MountId> {
    None
}

pub(crate) fn fs_type_by(_file: &File, _mount: Option<MountId>) -> Option<FsType> {
    None
}

pub(crate) fn fs_type_of_dir(_dir: &Dir) -> Option<FsType> {
    None
}

pub(crate) fn attribute(_file: &File, _name: &CStr) -> io::Result<Option<Vec<u8>>> {
    Ok(None)
}

pub(crate) fn attribute_of_name(
    _dir: &Dir,
    _name: &Path,
    _attribute: &CStr,
) -> io::Result<Option<Vec<u8>>> {
    Ok(None)
}

pub(crate) fn attribute_of_dir(_dir: &Dir, _name: &CStr) -> io::Result<Option<Vec<u8>>> {
    Ok(None)
}

pub(crate) fn lists_attribute(_file: &File, _name: &CStr) -> io::Result<bool> {
    Ok(false)
}

pub(crate) fn remove_attribute(_file: &File, _name: &CStr) -> io::Result<()> {
    Ok(())
}

#[cfg(all(unix, feature = "xattr"))]
pub(crate) fn set_attribute(_file: &File, _name: &CStr, _value: &[u8]) -> io::Result<()> {
    unsupported()
}

pub(crate) fn send_written(_file: &File) -> io::Result<()> {
    Ok(())
}

pub(crate) fn has_all_blocks(_file: &File) -> bool {
    false
}

pub(crate) fn facts_now(_file: &File) -> io::Result<Facts> {
    unsupported()
}

pub(crate) fn on_one_filesystem(_first: &File, _second: &File) -> io::Result<Option<bool>> {
    Ok(None)
}

#[cfg(not(windows))]
pub(crate) fn cannot_change_allocation(error: &io::Error) -> bool {
    errors::is_not_supported(error)
}

pub(crate) fn forbids_setting_lengths(_error: &io::Error) -> bool {
    false
}

pub(crate) fn has_no_offset(_error: &io::Error) -> bool {
    false
}

pub(crate) fn is_about_the_descriptor(_error: &io::Error) -> bool {
    false
}
