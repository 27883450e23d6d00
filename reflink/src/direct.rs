//! Descriptors opened with O_DIRECT, which read and write only whole blocks from aligned memory. A
//! copy uses other descriptors of the same files. (A clone works with O_DIRECT.)

use std::fs::{File, OpenOptions};

use crate::error::{Error, Operation, Reason, Side};
use crate::known::Known;
use crate::sys;

/// What a descriptor is needed for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Reading,
    Writing,
}

/// The file cannot be reopened.
pub(crate) struct Stuck;

/// If the file was opened with O_DIRECT, a descriptor without that flag and with the same access
/// mode.
pub(crate) fn buffered(known: &Known<'_>, need: Need) -> Result<Option<File>, Stuck> {
    let reads = need == Need::Reading;
    match known.access() {
        Ok(access) if access.direct && if reads { access.reads } else { access.writes } => {}
        // A descriptor with another fault fails where it is used.
        _ => return Ok(None),
    }
    let reopened = sys::reopen(known.file, OpenOptions::new().read(reads).write(!reads));
    reopened.map(Some).map_err(|_| Stuck)
}

/// The error for a file that could not be reopened.
pub(crate) fn refusal(operation: Operation, side: Side) -> Error {
    let reason = Some(Reason::OpenedDirect { side });
    Error::explained(operation, side, reason, sys::errors::invalid())
}
