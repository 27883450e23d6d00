//! `From<Error> for io::Error`, for callers whose own functions return `io::Result`.

use std::io;

use super::Error;

/// Keeps the kind, which is [`Error::kind`]. If the kernel returned an errno, the result is that OS
/// error. Otherwise the result wraps the whole [`Error`], which [`io::Error::downcast`] gives back.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotReflinkable { error, .. } | Error::Io { error, .. } => error,
            error => Self::new(error.kind(), error),
        }
    }
}
