//! The errors that checks of this crate give in the kernel's stead.

use std::io;

/// ENOENT.
pub(crate) fn not_found() -> io::Error {
    io::Error::from_raw_os_error(libc::ENOENT)
}

/// EINVAL.
pub(crate) fn invalid() -> io::Error {
    io::Error::from_raw_os_error(libc::EINVAL)
}

/// EISDIR.
pub(crate) fn is_directory() -> io::Error {
    io::Error::from_raw_os_error(libc::EISDIR)
}

/// EEXIST.
pub(crate) fn exists() -> io::Error {
    io::Error::from_raw_os_error(libc::EEXIST)
}

/// EOPNOTSUPP.
pub(crate) fn not_supported() -> io::Error {
    io::Error::from_raw_os_error(libc::EOPNOTSUPP)
}

/// EPERM.
pub(crate) fn not_permitted() -> io::Error {
    io::Error::from_raw_os_error(libc::EPERM)
}

/// Whether `error` is EOPNOTSUPP or, where that is another number, ENOTSUP; or what this crate
/// reports of a call that the system lacks. The error's kind does not answer this: with Rust 1.85
/// it is `Unsupported` for ENOSYS alone.
pub(crate) fn is_not_supported(error: &io::Error) -> bool {
    match error.raw_os_error() {
        Some(errno) => errno == libc::EOPNOTSUPP || errno == libc::ENOTSUP,
        None => error.kind() == io::ErrorKind::Unsupported,
    }
}

/// EBADF.
pub(crate) fn bad_descriptor() -> io::Error {
    io::Error::from_raw_os_error(libc::EBADF)
}

/// EFBIG.
pub(crate) fn too_large() -> io::Error {
    io::Error::from_raw_os_error(libc::EFBIG)
}
