//! From an errno and two files to the cause. Runs only after a refusal.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::error::{Error, Operation, Reason, Side};
use crate::sys::Dir;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod elsewhere;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android", target_os = "freebsd", windows)),
    expect(dead_code, reason = "asked where ranges are cloned")
)]
mod range;
#[cfg(windows)]
mod windows;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
use elsewhere as system;
#[cfg(any(target_os = "linux", target_os = "android"))]
use linux as system;
pub(crate) use range::misaligned;
pub(crate) use system::{
    clone, dedupe, dedupe_source, may_be_filtered, prevents_only_offload, size_limit,
};

/// The error for a failed step of a copy, with the cause if one is found.
pub(crate) fn explain(
    src: &File,
    dst: &File,
    operation: Operation,
    side: Side,
    error: io::Error,
) -> Error {
    let reason = system::any_step(src, dst, &error);
    Error::io_because(operation, side, reason, error)
}

/// Why the file at `path`, which is relative to `dir`, could not be opened or replaced. The file is
/// opened without waiting.
pub(crate) fn path(dir: &Dir, path: &Path, side: Side, error: &io::Error) -> Option<Reason> {
    #[cfg(unix)]
    match error.raw_os_error() {
        // A socket; a FIFO that nobody reads; a device without a driver.
        Some(libc::ENXIO) => return Some(Reason::NotRegular { side }),
        // A directory that was opened for writing.
        Some(libc::EISDIR) => return Some(Reason::Directory { side }),
        Some(libc::ETXTBSY) if side == Side::Destination => return Some(Reason::RunningProgram),
        _ => {}
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if side == Side::Destination && error.raw_os_error() == Some(libc::EPERM) {
        return linux::protected_or_swap(&dir.open_at_once(path, true).ok()?);
    }
    let _ = (dir, path, side, error);
    None
}

/// Why no new file could be made in `dir`, or could replace `name` there.
pub(crate) fn name(dir: &Dir, name: &Path, error: &io::Error) -> Option<Reason> {
    #[cfg(unix)]
    return match error.raw_os_error()? {
        libc::EBUSY => dir.is_mount_point(name).then_some(Reason::MountPoint),
        _ if crate::sys::forbids_renaming(error) && dir.is_writable_file(name) => {
            Some(Reason::NotReplaceable)
        }
        _ => directory(dir, error),
    };
    #[cfg(not(unix))]
    {
        let _ = (dir, name, error);
        None
    }
}

/// Why `operation` failed, if it makes a file at `path`.
pub(crate) fn new_file(operation: Operation, path: &Path, error: &io::Error) -> Option<Reason> {
    #[cfg(unix)]
    if operation == Operation::Create {
        let parent = path.parent()?;
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        return directory(&Dir::Working.holding(parent).ok()?, error);
    }
    let _ = (operation, path, error);
    None
}

/// Why nothing can be made in `dir`.
#[cfg(unix)]
fn directory(dir: &Dir, error: &io::Error) -> Option<Reason> {
    match error.raw_os_error()? {
        // ext4 returns EPERM for a deleted directory.
        libc::ENOENT | libc::EPERM if dir.is_deleted() => Some(Reason::DeletedDirectory),
        libc::EPERM if dir.is_immutable() => Some(Reason::ImmutableDirectory),
        _ => None,
    }
}
