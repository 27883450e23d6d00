//! `From<Error> for io::Error`, for callers whose own functions return `io::Result`.

use std::io;

use super::Error;

/// Keeps what callers of `io::Error` look at. Where the kernel gave an errno, the result is that
/// OS error, so that both `kind()` and `raw_os_error()` are the kernel's; where there is none
/// (`Unsupported`, a shrunken source, a cancelled copy) the result wraps the whole [`Error`], which
/// [`io::Error::downcast`] gives back.
///
/// | error | `kind()` | `raw_os_error()` |
/// |---|---|---|
/// | [`Error::Unsupported`] | `Unsupported` | `None` |
/// | [`Error::NotReflinkable`], [`Error::Io`] | the errno's | the errno |
/// | [`Error::SourceShrank`] | `UnexpectedEof` | `None` |
/// | [`Error::WrongLength`] | `InvalidData` | `None` |
/// | [`Error::LeftBehind`] | that of the failed copy | `None` |
/// | [`Error::Cancelled`] | `Other` | `None` |
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::NotReflinkable { error, .. } | Error::Io { error, .. } => return error,
            Error::Unsupported => io::ErrorKind::Unsupported,
            Error::SourceShrank { .. } => io::ErrorKind::UnexpectedEof,
            Error::WrongLength { .. } => io::ErrorKind::InvalidData,
            Error::LeftBehind { ref error, .. } => {
                error.io_error().map_or(io::ErrorKind::Other, io::Error::kind)
            }
            // Not `Interrupted`: that kind asks for another attempt.
            Error::Cancelled { .. } => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
