//! Offsets as the kernel takes them.

use std::io;

/// EINVAL for one that no file has.
pub(super) fn signed(offset: u64) -> io::Result<i64> {
    i64::try_from(offset).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}
