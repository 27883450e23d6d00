//! Whether a file is regular: only regular files are cloned or copied.

use std::io;

use crate::error::{Error, Operation, Reason, Result, Side};
use crate::sys::{self, Status};

/// The error for a file that is not regular, and what it is instead.
pub(crate) fn refusal(status: &Status, side: Side) -> Option<(Reason, io::Error)> {
    if status.is_dir() {
        Some((Reason::Directory { side }, sys::errors::is_directory()))
    } else if status.is_file() {
        None
    } else {
        Some((Reason::NotRegular { side }, sys::errors::invalid()))
    }
}

/// Fails with EISDIR for a directory, and with EINVAL for a FIFO, a socket or a device.
pub(crate) fn require(status: &Status, operation: Operation, side: Side) -> Result<()> {
    match refusal(status, side) {
        None => Ok(()),
        Some((reason, error)) => Err(Error::explained(operation, side, Some(reason), error)),
    }
}
