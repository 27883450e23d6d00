//! A whole file: clone what can be cloned, copy the rest, and set the length.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use super::buffered::Buffered;
use super::bytes::extend_to;
use super::copy::{self, Below};
use super::job::{Ended, Job, NotCloned, Refusal, SMALL, inspect};
use super::{clone, unknown_length};
use crate::choices::{Mode, Prefer};
use crate::error::{Error, FsType, Reason, Result, Side};
use crate::identity;
use crate::known::Known;
use crate::outcome::Outcome;
use crate::piece::{Ends, Piece};
use crate::session::{Call, Settings};
use crate::sys::{self, Status};

/// The largest source that [`Prefer::Speed`] copies. Up to this size a copy takes less than a third
/// of the time of a clone on xfs (`dirty` in the benches); above it a copy only postpones the
/// disk's work.
const LARGEST_UNSYNCED: u64 = 256 << 10;
/// Sources that were changed earlier are on disk: Linux writes back data that is older than 30 s.
const RECENTLY: Duration = Duration::from_secs(60);

/// Filesystems in use today have files of this length; FAT and ext4 without extents have a limit not far above it.
const ALLOWED_EVERYWHERE: u64 = i32::MAX as u64;

/// [`Options::reflink`](crate::Options::reflink).
pub(crate) fn open_files(call: &Call<'_>, src: &File, dst: &File) -> Result<Outcome> {
    let (from, to) = (inspect(src, Side::Source)?, inspect(dst, Side::Destination)?);
    let mut buffered = None;
    let mut job = Job::new(call, Known::on(src, from.mount), Known::on(dst, to.mount), from.len());
    if from.id == to.id {
        return Err(job.impossible(Piece::whole(from.len()), Reason::SameFile));
    }
    job.send_source()?;
    let done = job.whole(&from, to.len(), |job, not_cloned| {
        if let NotCloned::Copied { .. } = not_cloned {
            let at_once = job.copy_at_once(&from, &to);
            if let Ok(Some(copied)) = at_once {
                job.count_offloaded(copied)?;
                return Ok(ControlFlow::Break(()));
            }
            buffered.insert(Buffered::of(job)).stand_in(job);
            job.require_copyable(&from, &to)?;
            at_once?;
            if to.len() > 0 || !is_small_and_dense(&from) {
                // Something is changed before the first byte is copied.
                job.ask_copy_file_range()?;
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if done.is_none() {
        job.finish(from.len())?;
    }
    let outcome = job.complete(call.settings.sync)?;
    Buffered::close(buffered).map(|()| outcome)
}

impl<'j> Job<'j> {
    /// Gives the destination, which has `dst_len` bytes, the bytes and the length of the source,
    /// and returns its status. If not everything can be cloned, `not_cloned` is called first;
    /// `None` if it stops the copy.
    pub(crate) fn whole(
        &mut self,
        src: &Status,
        dst_len: u64,
        not_cloned: impl FnOnce(&mut Self, NotCloned) -> Result<ControlFlow<()>>,
    ) -> Result<Option<Status>> {
        let mut len = src.len();
        let cloned = if self.is_refused() {
            Ok(Some(0))
        } else if would_wait_too_long(self.settings, &self.src, src) {
            self.refusal = Some(Reason::Unsynced);
            Ok(Some(0))
        } else {
            self.clone_whole(len, dst_len)
        };
        let why = match &cloned {
            Ok(Some(at)) => Some(NotCloned::Copied { at: *at, rest: len - at }),
            Err(Error::NotReflinkable { .. }) => Some(NotCloned::Refused),
            Ok(None) | Err(_) => None,
        };
        if let Some(why) = why {
            if not_cloned(self, why)?.is_break() {
                return Ok(None);
            }
        }
        if let Some(at) = cloned? {
            len = self.copy_whole(at, src, dst_len)?;
        }
        self.finish(len).map(Some)
    }

    /// Copies a small file into an empty one with the one call that needs no check before it: the call
    /// checks both files before it changes anything. Returns the bytes copied. `None` if other calls
    /// must copy the file, from its start.
    fn copy_at_once(&self, src: &Status, dst: &Status) -> Result<Option<u64>> {
        let is_asked = self.mode == Mode::Auto
            && self.refusal != Some(Reason::Unsynced)
            && dst.len() == 0
            && src.len() > 0
            && is_small_and_dense(src);
        if !is_asked || !sys::HAS_COPY_FILE_RANGE || !self.copies_through_memory() {
            return Ok(None);
        }
        Ok(copy::at_once(self, src.len())?.then_some(src.len()))
    }

    /// Like [`whole`](Self::whole), if the destination was made as a clone of the source.
    pub(crate) fn of_clone(&mut self, src: &Status) -> Result<Status> {
        let ended = self.count_cloned(src.len());
        self.accept(ended)?;
        self.finish(src.len())
    }

    /// Clones the source's `src_len` bytes over a destination of `dst_len` bytes, if the mode
    /// allows clones. Returns the offset from which the bytes must be copied, if any.
    fn clone_whole(&mut self, src_len: u64, dst_len: u64) -> Result<Option<u64>> {
        if self.mode == Mode::Never {
            return Ok(Some(0));
        }
        self.require_clone_call()?;
        let clone = |job: &mut Self| clone::whole(job, src_len, dst_len);
        let ended = if dst_len > 0 { clone::into_used(self, clone)? } else { clone(self) };
        let is_shrunken_perhaps = match &ended {
            Ended::Done => false,
            Ended::NotPossible { because: Refusal { error, .. }, .. }
            | Ended::Failed(Error::Io { error, .. }) => error.kind() == io::ErrorKind::InvalidInput,
            Ended::Failed(_) => false,
        };
        if is_shrunken_perhaps {
            self.check_source_still_reaches(src_len)?;
        }
        self.accept(ended)
    }

    /// Copies the source's bytes from offset `from` on, and returns the length that reading found.
    ///
    /// A length of 0, or one that turns out too long or too short, is not the real length: procfs,
    /// sysfs and FUSE programs generate files as they are read.
    fn copy_whole(&mut self, from: u64, src: &Status, dst_len: u64) -> Result<u64> {
        let src_len = src.len();
        if dst_len > from {
            if identity::show_one_file(&self.src, &self.dst, &mut self.watch)? {
                return Err(self.refused_by_us(Reason::SameFile));
            }
            self.require_within_limit(src_len)?;
            // The filesystem's own limit shows when the file grows, and must show before it is cut.
            if src_len > dst_len && src_len > ALLOWED_EVERYWHERE {
                self.set_length(src_len)?;
            }
            self.set_length(from)?;
        }
        if src_len == 0 {
            return unknown_length::copy_to_the_end(self, Piece::whole(0));
        }
        // xfs reserves blocks in advance for a file that grows with its data, unless the file is
        // small.
        let below = if is_small_and_dense(src) { Below::End } else { self.grow(from, src_len)? };
        copy::piece(self, Piece::whole(src_len).after(from), Ends::WithSource, below)
    }

    /// Gives a destination of `from` bytes its final length. An empty destination does not need
    /// this: some FUSE programs accept only a stream of bytes, and a sandbox (Landlock) can forbid
    /// ftruncate.
    fn grow(&self, from: u64, len: u64) -> Result<Below> {
        sys::expect_holes(self.src.file, self.dst.file);
        match self.dst.file.set_len(len) {
            Ok(()) => {
                self.watch.note_change();
                return Ok(Below::Holes);
            }
            Err(error) if from == 0 && sys::forbids_setting_lengths(&error) => {}
            Err(error) => return Err(self.cannot_set_length(error)),
        }
        if self.dst.may_be_remote() {
            return Ok(Below::End);
        }
        extend_to(self, len, 0).map(|()| Below::Holes)
    }
}

/// Whether a clone would first write the source to disk, and the options prefer a copy then.
pub(crate) fn would_wait_too_long(settings: Settings, src: &Known<'_>, status: &Status) -> bool {
    let prefers_copy = settings.mode == Mode::Auto && settings.prefer == Prefer::Speed;
    prefers_copy
        && src.filesystem().is_some_and(FsType::flushes_to_clone)
        && (1..=LARGEST_UNSYNCED).contains(&status.len())
        && SystemTime::now().duration_since(status.changed).is_ok_and(|age| age <= RECENTLY)
        && sys::has_delayed_extents(src.file)
}

/// Whether the file is small enough to be written in one step, and has blocks for all of its bytes,
/// so that it cannot have holes.
fn is_small_and_dense(status: &Status) -> bool {
    status.len() <= SMALL && status.allocated.is_some_and(|bytes| bytes >= status.len())
}
