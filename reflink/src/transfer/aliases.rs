//! One file under two numbers: of a server seen by two mounts, of an overlay and its upper directory,
//! of an SMB client that numbers names.

use std::fs::{File, FileTimes};
use std::time::{Duration, UNIX_EPOCH};

use super::errno;
use crate::{Error, FsType, Operation, Result, Side, sys};

/// Whether what is written to `dst` is written to `src`, too, though their numbers differ.
pub(super) fn are_one_file(src: &File, dst: &File) -> Result<bool> {
    if !can_be_one(src, dst)? {
        return Ok(false);
    }
    match share_their_time(src, dst) {
        // Who may not set the time cannot know.
        Err(Error::Io { error, .. }) if errno::keeps_times_to_itself(&error) => Ok(false),
        result => result,
    }
}

/// Whether two numbers can be one file.
fn can_be_one(src: &File, dst: &File) -> Result<bool> {
    let both_are = |kind: fn(FsType) -> bool| {
        [src, dst].iter().all(|file| sys::fs_type(file).is_some_and(kind))
    };
    if !sys::HAS_REFLINK || both_are(FsType::is_local) {
        return Ok(false);
    }
    if !both_are(FsType::numbers_files) {
        return Ok(true);
    }
    let is_one_filesystem = sys::on_one_filesystem(src, dst);
    Ok(is_one_filesystem.map_err(Error::on(Operation::Copy, Side::Destination))? != Some(true))
}

/// Whether an access time that is given to the destination is the source's then. Of all that could be
/// changed it is what the fewest look at. An SMB server that is given a modification time does not
/// change it any more when the file is written.
fn share_their_time(src: &File, dst: &File) -> Result<bool> {
    let times_of = |file, side| sys::times_now(file).map_err(Error::on(Operation::Inspect, side));
    let [accessed, modified] = times_of(dst, Side::Destination)?;
    let [src_accessed, src_modified] = times_of(src, Side::Source)?;
    // Another time, which all keep as it is: FAT has every second second, and Linux's client of SMB no
    // access time before the modification time.
    let newest = src_accessed.max(src_modified).duration_since(UNIX_EPOCH).unwrap_or_default();
    let later = Duration::from_secs((newest.as_secs() & !1) + 10);
    // A time so far off that there is none behind it is no file's that somebody uses.
    let Some(mark) = UNIX_EPOCH.checked_add(later) else { return Ok(false) };
    let mut times = FileTimes::new();
    if sys::fs_type(dst).and_then(FsType::name) == Some("fuse") {
        // Programs of libfuse 2 do not hear of one time alone.
        times = times.set_modified(modified);
    }
    let set = |accessed| {
        let result = dst.set_times(times.set_accessed(accessed));
        result.map_err(Error::on(Operation::SetTimes, Side::Destination))
    };
    set(mark)?;
    let marked = times_of(src, Side::Source);
    set(accessed)?;
    Ok(marked?[0] == mark)
}
