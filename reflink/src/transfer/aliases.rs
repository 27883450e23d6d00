//! One file under two numbers: of a server seen by two mounts, of an overlay and its upper directory,
//! of an SMB client that numbers names.

use std::fs::{File, FileTimes};
use std::io;
use std::time::{Duration, UNIX_EPOCH};

use crate::{FsType, sys};

/// Whether what is written to `dst` is written to `src`, too, though their numbers differ.
pub(super) fn are_one_file(src: &File, dst: &File) -> bool {
    let is_local = |file| sys::fs_type(file).is_some_and(FsType::is_local);
    let can_be_one = sys::HAS_REFLINK && !(is_local(src) && is_local(dst));
    // Who may not set the time cannot know.
    can_be_one && share_their_time(src, dst).unwrap_or(false)
}

/// Whether a modification time that is given to the destination is the source's then.
fn share_their_time(src: &File, dst: &File) -> io::Result<bool> {
    let status = dst.metadata()?;
    // Programs of libfuse 2 do not hear of one time alone.
    let old = FileTimes::new().set_accessed(status.accessed()?).set_modified(status.modified()?);
    let (seconds, _) = sys::modified_now(src)?;
    // Another time, which all filesystems keep: FAT, behind a server, has every second second.
    let mark = (seconds.max(0) & !1) + 10;
    dst.set_times(old.set_modified(UNIX_EPOCH + Duration::from_secs(mark.unsigned_abs())))?;
    let is_shared = sys::modified_now(src)? == (mark, 0);
    // What stands against this stands against the copy, too.
    let _ = dst.set_times(old);
    Ok(is_shared)
}
