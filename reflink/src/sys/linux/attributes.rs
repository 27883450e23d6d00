//! Single extended attributes: what the rights of a file need, whether or not the crate keeps all of them.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::sys::unix::check::{c_name, check};
use crate::sys::unix::dir::Dir;

/// The kernel's limit for a value, and for a list of names: XATTR_SIZE_MAX, XATTR_LIST_MAX.
const MOST: usize = 64 << 10;

/// The file's attribute `name`; `None` if it has none.
pub(crate) fn attribute(file: &File, name: &CStr) -> io::Result<Option<Vec<u8>>> {
    let fd = file.as_raw_fd();
    read(|buffer| {
        // SAFETY: the name is NUL-terminated, the buffer has the length that is passed and is writable
        // for the call, and the descriptor stays open.
        unsafe { libc::fgetxattr(fd, name.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) }
    })
}

/// As [`attribute`], of the file `name` in `dir`; a symbolic link is not followed. Needs /proc.
pub(crate) fn attribute_of_name(
    dir: &Dir,
    name: &Path,
    attribute: &CStr,
) -> io::Result<Option<Vec<u8>>> {
    attribute_of_path(&dir.path().join(name), attribute)
}

/// As [`attribute`], of the file at `path`; a symbolic link is not followed.
fn attribute_of_path(path: &Path, name: &CStr) -> io::Result<Option<Vec<u8>>> {
    let path = c_name(path.as_os_str().as_bytes())?;
    read(|buffer| {
        let (value, len) = (buffer.as_mut_ptr().cast(), buffer.len());
        // SAFETY: path and name are NUL-terminated, and the buffer has the length that is passed and is
        // writable for the call.
        unsafe { libc::lgetxattr(path.as_ptr(), name.as_ptr(), value, len) }
    })
}

/// As [`attribute`], of a directory. Needs /proc: a descriptor that only names it is not enough.
pub(crate) fn attribute_of_dir(dir: &Dir, name: &CStr) -> io::Result<Option<Vec<u8>>> {
    // What is there is a symbolic link, unless something in it is named.
    attribute_of_path(&dir.path().join("."), name)
}

/// Whether the file's list of attributes has `name`.
pub(crate) fn lists_attribute(file: &File, name: &CStr) -> io::Result<bool> {
    let mut names = vec![0_u8; MOST];
    let fd = file.as_raw_fd();
    // SAFETY: the buffer has the length that is passed and is writable for the call, and the descriptor
    // stays open.
    let size = unsafe { libc::flistxattr(fd, names.as_mut_ptr().cast(), names.len()) };
    let size = usize::try_from(size).map_err(|_| io::Error::last_os_error())?;
    names.truncate(size);
    Ok(names.split(|byte| *byte == 0).any(|listed| listed == name.to_bytes()))
}

/// Gives an open directory the attribute `name`.
#[cfg(feature = "xattr")]
pub(crate) fn set_attribute(file: &File, name: &CStr, value: &[u8]) -> io::Result<()> {
    let (fd, len) = (file.as_raw_fd(), value.len());
    // SAFETY: the name is NUL-terminated, and the value has the length that is passed.
    check(unsafe { libc::fsetxattr(fd, name.as_ptr(), value.as_ptr().cast(), len, 0) })
}

/// Removes the attribute `name`, if the file has it.
pub(crate) fn remove_attribute(file: &File, name: &CStr) -> io::Result<()> {
    // SAFETY: the name is NUL-terminated, and the descriptor stays open for the call.
    match check(unsafe { libc::fremovexattr(file.as_raw_fd(), name.as_ptr()) }) {
        Err(error) if error.raw_os_error() == Some(libc::ENODATA) => Ok(()),
        result => result,
    }
}

/// Most files have no such attribute, which the first call reports; only after that there is a buffer.
pub(super) fn read(get: impl Fn(&mut [u8]) -> isize) -> io::Result<Option<Vec<u8>>> {
    let size = |result| usize::try_from(result).map_err(|_| io::Error::last_os_error());
    let value = size(get(&mut [])).and_then(|_| {
        let mut value = vec![0; MOST];
        let size = size(get(&mut value))?;
        value.truncate(size);
        Ok(value)
    });
    match value {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.raw_os_error() == Some(libc::ENODATA) => Ok(None),
        Err(error) => Err(error),
    }
}
