//! A symbolic link, by a handle. Windows has no special files among the others.

use std::ffi::CStr;
use std::fs::{File, FileTimes};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use windows_sys::Win32::Storage::FileSystem::{FILE_READ_ATTRIBUTES, FILE_WRITE_ATTRIBUTES};

use super::dir::{Dir, type_bits};
use super::errors;
use super::file;
use super::open::open;
use super::status::status;
use crate::sys::types::Status;

/// What a name stands for, opened to change what is known about it.
pub(crate) struct Special {
    file: File,
    kind: u32,
}

impl Special {
    /// What `name` is, or the symbolic link there unless it is followed.
    pub(crate) fn open(dir: &Dir, name: &Path, follow: bool) -> io::Result<Self> {
        let access = FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES;
        let file = open(&dir.path_of(name)?, access, follow)?;
        let kind = type_bits(&status(&file)?);
        Ok(Self { file, kind })
    }

    /// Its type, as in S_IFMT.
    pub(crate) fn kind(&self) -> u32 {
        self.kind
    }

    /// Whether the two have the same type.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind
    }

    /// What it is.
    pub(crate) fn status(&self) -> io::Result<Status> {
        status(&self.file)
    }

    /// There are none to make.
    pub(crate) fn make(&self, _dir: &Dir, _name: &Path, _mode: u32) -> io::Result<()> {
        Err(errors::not_supported())
    }

    pub(crate) fn set_owner(&self, user: Option<u32>, group: Option<u32>) -> io::Result<()> {
        file::set_owner(&self.file, user, group)
    }

    /// Sets its times.
    pub(crate) fn set_times(&self, accessed: SystemTime, modified: SystemTime) -> io::Result<()> {
        self.file.set_times(FileTimes::new().set_accessed(accessed).set_modified(modified))
    }

    /// Sets its attributes.
    pub(crate) fn set_mode(&self, mode: u32) -> io::Result<()> {
        file::set_mode(&self.file, mode)
    }

    /// No ACL is among the attributes.
    pub(crate) fn attribute(&self, _name: &CStr) -> io::Result<Option<Vec<u8>>> {
        Ok(None)
    }

    /// There is none.
    pub(crate) fn remove_attribute(&self, _name: &CStr) -> io::Result<()> {
        Ok(())
    }
}
