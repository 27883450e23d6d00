//! The errors that checks of this crate give in the system's stead.

use std::io;

use windows_sys::Win32::Foundation::{ERROR_CANT_RESOLVE_FILENAME, ERROR_INVALID_PARAMETER};

pub(crate) fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

/// ERROR_INVALID_PARAMETER, which is of the kind `InvalidInput`.
pub(crate) fn invalid() -> io::Error {
    io::Error::from_raw_os_error(ERROR_INVALID_PARAMETER as i32)
}

pub(crate) fn is_directory() -> io::Error {
    io::ErrorKind::IsADirectory.into()
}

pub(crate) fn exists() -> io::Error {
    io::ErrorKind::AlreadyExists.into()
}

pub(crate) fn not_supported() -> io::Error {
    io::ErrorKind::Unsupported.into()
}

pub(crate) fn not_permitted() -> io::Error {
    io::ErrorKind::PermissionDenied.into()
}

/// Whether `error` is what this crate reports of a call that the system lacks.
pub(crate) fn is_not_supported(error: &io::Error) -> bool {
    error.raw_os_error().is_none() && error.kind() == io::ErrorKind::Unsupported
}

pub(crate) fn bad_descriptor() -> io::Error {
    io::ErrorKind::PermissionDenied.into()
}

pub(crate) fn too_large() -> io::Error {
    io::ErrorKind::FileTooLarge.into()
}

pub(crate) fn stale() -> io::Error {
    io::ErrorKind::StaleNetworkFileHandle.into()
}

/// ERROR_CANT_RESOLVE_FILENAME: too many links or, here, one that is not followed.
pub(crate) fn loops() -> io::Error {
    io::Error::from_raw_os_error(ERROR_CANT_RESOLVE_FILENAME as i32)
}
