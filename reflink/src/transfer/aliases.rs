//! One file under two numbers: of a server seen by two mounts, of an overlay and its upper directory,
//! of an SMB client that numbers names.

use std::fs::{File, FileTimes};
use std::time::{Duration, SystemTime};

use super::errno;
use crate::{Error, FsType, Operation, Result, Side, sys};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether what is written to `dst` is written to `src`, too, though their numbers differ.
pub(super) fn are_one_file(src: &File, dst: &File) -> Result<bool> {
    if !can_be_one(src, dst)? {
        return Ok(false);
    }
    share_their_time(src, dst)
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
    let Some([accessed, modified]) = if_told(times_of(dst, Side::Destination))? else {
        return Ok(false);
    };
    let Some(of_source) = if_told(times_of(src, Side::Source))? else { return Ok(false) };
    // One in the future, which no reader replaces by the time of now (relatime), and so far off that a
    // day is enough to know it by: FAT has no more of an access time.
    let newest = of_source.into_iter().fold(SystemTime::now(), SystemTime::max);
    let Some(mark) = newest.checked_add(2 * DAY) else { return Ok(false) };
    let mut times = FileTimes::new();
    if sys::fs_type(dst).and_then(FsType::name) == Some("fuse") {
        // Programs of libfuse 2 do not hear of one time alone.
        times = times.set_modified(modified);
    }
    let set = |accessed| {
        let result = dst.set_times(times.set_accessed(accessed));
        result.map_err(Error::on(Operation::SetTimes, Side::Destination))
    };
    // Who may not set the time cannot know.
    if if_told(set(mark))?.is_none() {
        return Ok(false);
    }
    let marked = times_of(src, Side::Source);
    let restored = set(accessed);
    let [marked, _] = marked?;
    if marked.checked_add(DAY).is_some_and(|marked| marked >= mark) {
        return Ok(true);
    }
    restored.map(|()| false)
}

/// `None` where the refusal is only about times, so that a copy can go on.
fn if_told<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(Error::Io { error, .. }) if errno::keeps_times_to_itself(&error) => Ok(None),
        result => result.map(Some),
    }
}
