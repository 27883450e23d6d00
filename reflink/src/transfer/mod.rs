//! From two open files to one that has the other's bytes: clone, else copy_file_range, else read and
//! write, each from where the one before came to.

use std::cell::RefCell;
use std::fs::{File, Metadata};
use std::io;

mod buffered;
mod clone;
mod copy;
mod errno;
mod range;
mod refusals;
mod segments;
mod stream;
mod unknown_length;

pub(crate) use range::{open_range, resolve_source_range};

use crate::choices::Mode;
use crate::error::{Error, FsType, Operation, Reason, Result, Side};
use crate::outcome::Outcome;
use crate::piece::Piece;
use crate::progress::Watch;
use crate::session::{Call, Settings};
use crate::{diagnose, identity, sys};
use buffered::Buffered;
use copy::Below;
use range::Ends;
use stream::Stream;

/// How a method ended.
enum Ended<Because> {
    /// The whole piece is done.
    Done,
    /// The method is not possible here; the first `after` bytes are done.
    NotPossible { after: u64, because: Because },
    /// No method should go on.
    Failed(Error),
}

/// A refused clone.
struct Refusal {
    reason: Reason,
    error: io::Error,
}

/// One copy between two open files.
pub(crate) struct Job<'j> {
    src: &'j File,
    dst: &'j File,
    mode: Mode,
    /// A file that was opened with O_DIRECT, and that cannot be read or written without it.
    only_clones: Option<Side>,
    /// Whether the source's offset may be moved: nobody else has this descriptor.
    owns_source: bool,
    /// What the source is read by if it has no offset.
    stream: RefCell<Option<Stream>>,
    watch: Watch<'j>,
    /// Why what is not cloned is not cloned; it becomes the outcome's when something is copied.
    refusal: Option<Reason>,
    /// What is done so far.
    pub(crate) outcome: Outcome,
}

/// [`Options::reflink`].
pub(crate) fn open_files(call: &Call<'_>, src: &File, dst: &File) -> Result<Outcome> {
    let (from, to) = (inspect(src, Side::Source)?, inspect(dst, Side::Destination)?);
    let Settings { mode, sync, .. } = call.settings;
    let mut buffered = None;
    let mut job = Job::new(src, dst, mode, false, call.watch(from.len()));
    if identity::have_one_number((src, &from), (dst, &to))? {
        return Err(job.impossible(Piece::whole(from.len()), Reason::SameFile));
    }
    job.send_source()?;
    let from_len = from.len();
    let len = match job.clone_whole(from_len, to.len())? {
        Some(at) => {
            buffered.insert(Buffered::of(&job)).stand_in(&mut job);
            job.copy_whole(at, from_len, to.len())?
        }
        None => from_len,
    };
    job.finish(len)?;
    let outcome = job.complete(sync)?;
    Buffered::close(buffered).map(|()| outcome)
}

impl<'j> Job<'j> {
    pub(crate) fn new(
        src: &'j File,
        dst: &'j File,
        mode: Mode,
        owns_source: bool,
        watch: Watch<'j>,
    ) -> Self {
        let (refusal, only_clones, outcome) = (None, None, Outcome::default());
        let stream = RefCell::new(None);
        Self { src, dst, mode, only_clones, owns_source, stream, watch, refusal, outcome }
    }

    pub(crate) fn destination(&self) -> &'j File {
        self.dst
    }

    /// Clones the source's `src_len` bytes over a destination of `dst_len` bytes, if the mode asks
    /// for clones. Returns the offset from which on the bytes have to be copied, if any have to.
    pub(crate) fn clone_whole(&mut self, src_len: u64, dst_len: u64) -> Result<Option<u64>> {
        if self.mode == Mode::Never {
            return Ok(Some(0));
        }
        self.require_clone_call()?;
        let clone = |job: &mut Self| clone::whole(job, src_len, dst_len);
        let ended = if dst_len > 0 { clone::into_used(self, clone)? } else { clone(self) };
        let is_shrunken_perhaps = match &ended {
            Ended::Done => false,
            Ended::NotPossible { .. } => true,
            Ended::Failed(Error::Io { error, .. }) => error.kind() == io::ErrorKind::InvalidInput,
            Ended::Failed(_) => false,
        };
        if is_shrunken_perhaps {
            self.check_source_still_reaches(src_len)?;
        }
        self.accept(ended)
    }

    /// A server clones and copies what it has, and a FUSE program shows holes where it has nothing yet:
    /// bytes that wait in this machine's memory are sent first.
    pub(crate) fn send_source(&self) -> Result<()> {
        if !sys::may_be_remote(self.src) {
            return Ok(());
        }
        match sys::send_written(self.src) {
            // No file with bytes: the clone or the copy says what it is.
            Err(error) if errno::is_about_the_descriptor(&error) => Ok(()),
            result => result.map_err(|error| {
                diagnose::explain(self.src, self.dst, Operation::Sync, Side::Source, error)
            }),
        }
    }

    /// Copies the source's bytes from offset `from` on, and returns the length that reading found.
    /// The destination gets its final length first and then the data: a file that grows with the
    /// data is given blocks in advance by xfs.
    ///
    /// A length of 0, or one that turns out too long or too short, is not the length: procfs, sysfs and
    /// FUSE programs make files up as they are read.
    pub(crate) fn copy_whole(&mut self, from: u64, src_len: u64, dst_len: u64) -> Result<u64> {
        self.require_copyable()?;
        if dst_len > from {
            if identity::show_one_file(self.src, self.dst, &mut self.watch)? {
                return Err(self.refused_by_us(Reason::SameFile));
            }
            self.set_length(from)?;
        }
        if src_len == 0 {
            return unknown_length::copy_to_the_end(self, Piece::whole(0));
        }
        let below = self.grow(from, src_len)?;
        copy::piece(self, Piece::whole(src_len).after(from), Ends::WithSource, below)
    }

    /// Gives a destination of `from` bytes its final length. An empty one does not need that: some
    /// FUSE programs take nothing but a stream of bytes, and a sandbox (Landlock) can forbid
    /// ftruncate.
    fn grow(&self, from: u64, len: u64) -> Result<Below> {
        match self.dst.set_len(len) {
            Ok(()) => {
                self.watch.note_change();
                return Ok(Below::Holes);
            }
            Err(error) if from == 0 && errno::forbids_setting_lengths(&error) => {}
            Err(error) => return Err(self.cannot_set_length(error)),
        }
        if sys::may_be_remote(self.dst) {
            return Ok(Below::End);
        }
        copy::extend_to(self, len, 0).map(|()| Below::Holes)
    }

    /// Sees to it that the destination has the source's length, and returns what it is now.
    pub(crate) fn finish(&self, src_len: u64) -> Result<Metadata> {
        let result = inspect(self.dst, Side::Destination)?;
        if result.len() > src_len {
            // It was longer, or the source grew before it was cloned.
            self.set_length(src_len)?;
            return inspect(self.dst, Side::Destination);
        }
        if result.len() < src_len {
            self.check_source_still_reaches(src_len)?;
            // Settings in procfs and sysfs, also behind FUSE, take bytes without getting longer. Each
            // write was accepted.
            let by_writing = self.outcome.cloned + self.outcome.offloaded == 0;
            let takes_settings = |fs_type: FsType| {
                fs_type.generates_files() || fs_type.is_network() && result.len() == 0
            };
            if by_writing && sys::fs_type(self.dst).is_some_and(takes_settings) {
                return Ok(result);
            }
            let (expected, found) = (src_len, result.len());
            return Err(Error::WrongLength { path: None, expected, found, changed: None });
        }
        Ok(result)
    }

    /// Flushes what was done, if `sync` asks for it.
    fn complete(self, sync: bool) -> Result<Outcome> {
        if sync {
            self.dst.sync_all().map_err(Error::on(Operation::Sync, Side::Destination))?;
        }
        Ok(self.outcome)
    }

    /// [`Mode::Always`] cannot be served without a clone call.
    fn require_clone_call(&self) -> Result<()> {
        if self.mode == Mode::Always && !sys::HAS_REFLINK {
            return Err(Error::Unsupported);
        }
        Ok(())
    }

    /// What the mode makes of a clone's end: where to go on copying, if that is left to do.
    fn accept(&mut self, ended: Ended<Refusal>) -> Result<Option<u64>> {
        match ended {
            Ended::Done => Ok(None),
            Ended::Failed(error) => Err(error),
            Ended::NotPossible { because: Refusal { reason, error }, .. }
                if self.mode == Mode::Always =>
            {
                let side = Side::Destination;
                Err(Error::not_reflinkable(Operation::Clone, side, reason, error))
            }
            Ended::NotPossible { after, because } => {
                self.refusal = Some(because.reason);
                Ok(Some(after))
            }
        }
    }

    fn set_length(&self, len: u64) -> Result<()> {
        self.dst.set_len(len).map_err(|error| self.cannot_set_length(error))?;
        self.watch.note_change();
        Ok(())
    }

    fn cannot_set_length(&self, error: io::Error) -> Error {
        let (operation, side) = (Operation::SetLength, Side::Destination);
        diagnose::explain(self.src, self.dst, operation, side, error)
    }

    /// Takes back the growth that an SMB server gives a file before it refuses. Elsewhere there is
    /// none, and a call that changes nothing else would still change the times.
    fn restore_length(&self, len: u64) -> Result<()> {
        if inspect(self.dst, Side::Destination)?.len() == len {
            return Ok(());
        }
        self.set_length(len)
    }

    fn check_source_still_reaches(&self, end: u64) -> Result<()> {
        let found = inspect(self.src, Side::Source)?.len();
        if found < end { Err(shrank(end, found)) } else { Ok(()) }
    }

    fn count_cloned(&mut self, bytes: u64) -> Ended<Refusal> {
        self.outcome.cloned += bytes;
        match self.watch.advance(bytes) {
            Ok(()) => Ended::Done,
            Err(error) => Ended::Failed(error),
        }
    }

    fn count_offloaded(&mut self, bytes: u64) -> Result<()> {
        self.outcome.offloaded += bytes;
        self.outcome.fallback = self.refusal;
        self.watch.advance(bytes)
    }

    fn count_copied(&mut self, bytes: u64) -> Result<()> {
        self.outcome.copied += bytes;
        self.outcome.fallback = self.refusal;
        self.watch.advance(bytes)
    }

    fn count_hole(&mut self, bytes: u64) -> Result<()> {
        self.outcome.holes += bytes;
        self.watch.advance(bytes)
    }
}

fn shrank(expected: u64, found: u64) -> Error {
    Error::SourceShrank { path: None, expected, found, changed: None }
}

fn inspect(file: &File, side: Side) -> Result<Metadata> {
    file.metadata().map_err(Error::on(Operation::Inspect, side))
}
