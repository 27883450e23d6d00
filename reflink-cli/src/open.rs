//! Opening files: without waiting for anybody, without asking what they are. The kernel refuses
//! what is no file, now or when something is to be done with it.

use std::fs::{File, OpenOptions};
use std::path::Path;

use reflink::{Error, Operation, Result, Side};

/// Opens a file to read.
pub(crate) fn for_reading(path: &Path, side: Side) -> Result<File> {
    options()
        .read(true)
        .open(path)
        .map_err(|error| Error::on_path(Operation::Open, side, path, error))
}

/// For an open that does not wait for the other end of a FIFO and takes no terminal.
#[cfg(unix)]
pub(crate) fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    options
}

#[cfg(not(unix))]
pub(crate) fn options() -> OpenOptions {
    OpenOptions::new()
}
