//! A Linux that clones as macOS does, so that what follows from that can be tested: only to a new name, and
//! with what the source has besides its bytes. Built with `--cfg reflink_as="new-names"`.

use std::ffi::CStr;
use std::fs::{File, FileTimes};
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::Path;

use super::attributes::attribute;
use super::clone;
use crate::sys::unix::check::check;
use crate::sys::unix::dir::Dir;
use crate::sys::unix::errors;

/// Whether there is a call that makes a new file which is a clone.
pub(crate) const CLONES_TO_NEW_NAMES: bool = true;

pub(crate) const LARGEST_CLONE: u64 = u64::MAX;

pub(crate) fn clone_file(_src: &File, _dst: &File) -> io::Result<()> {
    Err(errors::not_supported())
}

pub(crate) fn clone_range(
    _src: &File,
    _src_offset: u64,
    _len: u64,
    _dst: &File,
    _dst_offset: u64,
) -> io::Result<()> {
    Err(errors::not_supported())
}

/// Makes the file `name`, which must not exist, a clone of `src`: with its times and attributes, but
/// with mode 0600.
pub(crate) fn clone_to_name(src: &File, dir: &Dir, name: &Path) -> io::Result<File> {
    let new = dir.create_new(name, 0o600)?;
    match clone::clone_file(src, &new).and_then(|()| bring_along(src, &new)) {
        Ok(()) => Ok(new),
        Err(error) => {
            // FUSE only hides a file that is open.
            drop(new);
            dir.remove(name)?;
            Err(error)
        }
    }
}

fn bring_along(src: &File, new: &File) -> io::Result<()> {
    for name in users_attributes(src)? {
        let Some(value) = attribute(src, &name)? else { continue };
        let (fd, len) = (new.as_raw_fd(), value.len());
        // SAFETY: the name is NUL-terminated, and the value has the length that is passed.
        check(unsafe { libc::fsetxattr(fd, name.as_ptr(), value.as_ptr().cast(), len, 0) })?;
    }
    let source = src.metadata()?;
    new.set_times(
        FileTimes::new().set_accessed(source.accessed()?).set_modified(source.modified()?),
    )
}

/// Removes the attributes that a clone has brought along.
pub(crate) fn remove_attributes(file: &File) -> io::Result<()> {
    for name in users_attributes(file)? {
        // SAFETY: the name is NUL-terminated, and the descriptor stays open for the call.
        check(unsafe { libc::fremovexattr(file.as_raw_fd(), name.as_ptr()) })?;
    }
    Ok(())
}

/// The names of the attributes that are not the system's.
fn users_attributes(file: &File) -> io::Result<Vec<std::ffi::CString>> {
    let mut names = vec![0_u8; 64 << 10];
    let fd = file.as_raw_fd();
    // SAFETY: the buffer has the length that is passed and is writable for the call.
    let len = unsafe { libc::flistxattr(fd, names.as_mut_ptr().cast(), names.len()) };
    let Ok(len) = usize::try_from(len) else {
        let error = io::Error::last_os_error();
        return if errors::is_not_supported(&error) { Ok(Vec::new()) } else { Err(error) };
    };
    let names = names[..len].split_inclusive(|byte| *byte == 0);
    let names = names.filter_map(|name| CStr::from_bytes_with_nul(name).ok());
    Ok(names.filter(|name| name.to_bytes().starts_with(b"user.")).map(CStr::to_owned).collect())
}
