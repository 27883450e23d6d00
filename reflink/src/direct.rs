//! Descriptors opened with O_DIRECT, which read and write only whole blocks, from aligned memory: a copy
//! goes by others of the same files. (A clone does not mind.)

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

/// The file cannot be opened once more.
pub(crate) struct Stuck;

/// The file without O_DIRECT, if it was opened with that, for what it is open for.
pub(crate) fn buffered(known: &Known<'_>, need: Need) -> Result<Option<File>, Stuck> {
    let reads = need == Need::Reading;
    match known.access() {
        Ok(access) if access.direct && if reads { access.reads } else { access.writes } => {}
        // What is wrong with others shows itself.
        _ => return Ok(None),
    }
    let reopened = sys::reopen(known.file, OpenOptions::new().read(reads).write(!reads));
    reopened.map(Some).map_err(|_| Stuck)
}

/// The error for a file that could not be opened once more.
pub(crate) fn refusal(operation: Operation, side: Side) -> Error {
    let reason = Some(Reason::OpenedDirect { side });
    Error::explained(operation, side, reason, sys::errors::invalid())
}
