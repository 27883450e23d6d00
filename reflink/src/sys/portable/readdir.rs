//! The entries of a directory, all at once: readdir(3). The position of a stream means nothing to another one.

use std::ffi::{CStr, OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{FromRawFd as _, IntoRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
use libc::{dirent, readdir};
#[cfg(any(target_os = "linux", target_os = "android"))]
use libc::{dirent64 as dirent, readdir64 as readdir};

use crate::sys::listed::Listed;
use crate::sys::types::FileKind;

/// The first entries of `dir`, `most` of them, `.` and `..` left out; or those before an error.
pub(in crate::sys) fn list(dir: &File, most: usize) -> io::Result<Listed> {
    let stream = Stream::open(dir)?;
    let mut listed = Listed::default();
    while listed.entries.len() < most {
        match stream.next() {
            Ok(Some(entry)) => listed.entries.push(entry),
            Ok(None) => break,
            Err(error) => return Ok(Listed { error: Some(error), ..listed }),
        }
    }
    Ok(listed)
}

struct Stream(*mut libc::DIR);

impl Stream {
    fn open(dir: &File) -> io::Result<Self> {
        let fd = dir.try_clone()?.into_raw_fd();
        // SAFETY: the descriptor is open, and nobody else owns it.
        let stream = unsafe { libc::fdopendir(fd) };
        if stream.is_null() {
            let error = io::Error::last_os_error();
            // SAFETY: the call has failed, so that it has not taken over the descriptor.
            drop(unsafe { OwnedFd::from_raw_fd(fd) });
            return Err(error);
        }
        // SAFETY: the stream is open. It shares its position with `dir`, which has been read before.
        unsafe { libc::rewinddir(stream) };
        Ok(Self(stream))
    }

    /// The next entry that is neither `.` nor `..`.
    fn next(&self) -> io::Result<Option<(OsString, Option<FileKind>)>> {
        loop {
            set_error();
            // SAFETY: the stream is open, and only this thread has it.
            let entry = unsafe { readdir(self.0) };
            if entry.is_null() {
                // The end is no error, and leaves errno alone.
                let error = io::Error::last_os_error();
                let is_end = error.raw_os_error() == Some(libc::EBADF);
                return if is_end { Ok(None) } else { Err(error) };
            }
            // SAFETY: the entry is valid until the next call, and its name, which can be longer than the declared
            // array, is NUL-terminated.
            let name = unsafe { CStr::from_ptr((&raw const (*entry).d_name).cast()) };
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let name = OsStr::from_bytes(name.to_bytes()).to_owned();
            return Ok(Some((name, kind_of(entry))));
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: the stream is open, and nothing uses it after this. Nothing was written that could fail.
        unsafe { libc::closedir(self.0) };
    }
}

/// The type in the entry.
fn kind_of(entry: *const dirent) -> Option<FileKind> {
    #[cfg(any(target_os = "solaris", target_os = "illumos"))]
    {
        let _ = entry;
        None
    }
    #[cfg(not(any(target_os = "solaris", target_os = "illumos")))]
    // SAFETY: `readdir` has just returned the entry, and it is valid until the next call.
    match unsafe { (*entry).d_type } {
        libc::DT_REG => Some(FileKind::Regular),
        libc::DT_DIR => Some(FileKind::Directory),
        libc::DT_LNK => Some(FileKind::Symlink),
        libc::DT_UNKNOWN => None,
        _ => Some(FileKind::Special),
    }
}

/// Sets errno, which alone distinguishes an error of `readdir` from the end, to one that an open stream never has:
/// EBADF. Its address has a name of its own on each system.
fn set_error() {
    // SAFETY: no descriptor has the number -1.
    unsafe { libc::close(-1) };
}
