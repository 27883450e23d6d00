//! What a system that lists a directory all at once found there.

use std::ffi::OsString;
use std::io;

use super::types::FileKind;

/// A name, and its type if the system reports it.
pub(super) type Found = (OsString, Option<FileKind>);

/// What reading a directory found.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) entries: Vec<Found>,
    /// Why there can be more.
    pub(super) error: Option<io::Error>,
}
