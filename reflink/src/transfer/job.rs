//! One copy between two open files, and its progress.

use std::cell::RefCell;
use std::fs::File;
use std::io;

use super::stream::Stream;
use crate::choices::Mode;
use crate::diagnose;
use crate::error::{Error, FsType, Operation, Reason, Result, Side};
use crate::known::Known;
use crate::outcome::Outcome;
use crate::refusals::Refusals;
use crate::session::{Call, Settings};
use crate::sys::{self, Status};
use crate::watch::Watch;

/// The largest file that counts as small.
pub(super) const SMALL: u64 = 64 << 10;

/// How a method ended.
pub(super) enum Ended<Because> {
    /// The whole piece is done.
    Done,
    /// The method is not possible here; the first `after` bytes are done.
    NotPossible { after: u64, because: Because },
    /// No method should go on.
    Failed(Error),
}

/// A refused clone.
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) error: io::Error,
}

/// One copy between two open files.
pub(crate) struct Job<'j> {
    pub(super) src: Known<'j>,
    pub(super) dst: Known<'j>,
    pub(super) mode: Mode,
    /// A file that was opened with O_DIRECT and cannot be read or written without it.
    pub(super) only_clones: Option<Side>,
    /// Whether the source's offset may be moved: nobody else has this descriptor.
    pub(super) owns_source: bool,
    /// Reads a source that has no offset.
    pub(super) stream: RefCell<Option<Stream>>,
    pub(super) watch: Watch<'j>,
    refusals: &'j Refusals,
    pub(super) settings: Settings,
    /// The error of a clone to a new name, after which the destination was made without bytes.
    pub(super) to_new_name: Option<io::Error>,
    /// Why some bytes are not cloned. It goes into the outcome if something is copied.
    pub(super) refusal: Option<Reason>,
    /// What is done so far.
    pub(crate) outcome: Outcome,
}

/// Why a file must be copied: [`Job::whole`] reports it before it starts to copy.
#[derive(Clone, Copy)]
pub(crate) enum NotCloned {
    /// The `rest` bytes from `at` on are not cloned.
    Copied { at: u64, rest: u64 },
    /// [`Mode::Always`] allows no copy.
    Refused,
}

impl NotCloned {
    /// Whether nothing is cloned.
    pub(crate) fn is_all(self) -> bool {
        matches!(self, Self::Copied { at: 0, .. } | Self::Refused)
    }

    /// Whether the copy takes so long that anything that would make it useless should be checked
    /// first.
    pub(crate) fn is_worth_a_check(self) -> bool {
        match self {
            Self::Copied { rest, .. } => rest > SMALL,
            Self::Refused => true,
        }
    }
}

impl<'j> Job<'j> {
    /// `total` is the number of bytes to do.
    pub(crate) fn new(call: &'j Call<'_>, src: Known<'j>, dst: Known<'j>, total: u64) -> Self {
        Self {
            src,
            dst,
            mode: call.settings.mode,
            only_clones: None,
            owns_source: false,
            stream: RefCell::new(None),
            watch: call.watch(total),
            refusals: call.refusals,
            settings: call.settings,
            to_new_name: None,
            refusal: None,
            outcome: Outcome::default(),
        }
    }

    /// For files that this crate has opened.
    pub(crate) fn owning_files(self) -> Self {
        Self { owns_source: true, ..self }
    }

    /// Reports no less than `shown` bytes as done.
    pub(crate) fn not_below(self, shown: u64) -> Self {
        Self { watch: self.watch.not_below(shown), ..self }
    }

    /// After a clone to a new name was refused.
    pub(crate) fn after_refusal(self, to_new_name: Option<io::Error>) -> Self {
        Self { to_new_name, ..self }
    }

    pub(crate) fn destination(&self) -> &'j File {
        self.dst.file
    }

    /// Whether a clone or copy_file_range could wait without end, and could not be killed: within one file, ZFS
    /// 2.3 locks the range that it reads and then, if the file has a block that can grow, all of the file.
    pub(super) fn would_hang(&self) -> bool {
        let id = |file| sys::status(file).map(|status| status.id).ok();
        self.dst.filesystem().is_some_and(FsType::is_zfs) && id(self.src.file) == id(self.dst.file)
    }

    /// Sends bytes that wait in this machine's memory. A server clones and copies only what it has,
    /// and a FUSE program reports holes for bytes that it has not received yet.
    pub(crate) fn send_source(&self) -> Result<()> {
        if !self.src.may_be_remote() {
            return Ok(());
        }
        match sys::send_written(self.src.file) {
            // Not a file with bytes: the clone or the copy returns the error for it.
            Err(error) if sys::is_about_the_descriptor(&error) => Ok(()),
            result => result.map_err(|error| {
                diagnose::explain(
                    self.src.file,
                    self.dst.file,
                    Operation::Sync,
                    Side::Source,
                    error,
                )
            }),
        }
    }

    /// Makes the destination as long as the source, and returns its status.
    pub(super) fn finish(&self, src_len: u64) -> Result<Status> {
        let result = inspect(self.dst.file, Side::Destination)?;
        if result.len() > src_len {
            // The destination was longer, or the source grew before it was cloned.
            self.set_length(src_len)?;
            return inspect(self.dst.file, Side::Destination);
        }
        if result.len() < src_len {
            self.check_source_still_reaches(src_len)?;
            // Settings in procfs and sysfs, also through FUSE, accept bytes without growing. Each
            // write was accepted.
            let by_writing = self.outcome.cloned + self.outcome.offloaded == 0;
            let takes_settings = |fs_type: FsType| {
                fs_type.generates_files() || fs_type.is_network() && result.len() == 0
            };
            if by_writing && self.dst.filesystem().is_some_and(takes_settings) {
                return Ok(result);
            }
            let (expected, found) = (src_len, result.len());
            return Err(Error::WrongLength { path: None, expected, found, changed: None });
        }
        Ok(result)
    }

    /// Flushes the destination if `sync` is set.
    pub(super) fn complete(self, sync: bool) -> Result<Outcome> {
        if sync {
            self.dst.file.sync_all().map_err(Error::on(Operation::Sync, Side::Destination))?;
        }
        Ok(self.outcome)
    }

    /// Whether the kernel copies between these files through the memory of this machine.
    pub(super) fn copies_through_memory(&self) -> bool {
        [&self.src, &self.dst]
            .iter()
            .all(|file| file.filesystem().is_some_and(FsType::copies_through_memory))
    }

    /// [`Mode::Always`] needs a clone call.
    pub(super) fn require_clone_call(&self) -> Result<()> {
        if self.mode == Mode::Always && !sys::CAN_CLONE {
            return Err(Error::Unsupported);
        }
        Ok(())
    }

    /// Whether a clone between the mounts of these files was refused before, so that another try is
    /// pointless. [`Mode::Always`] tries anyway, for the kernel's own error.
    pub(super) fn is_refused(&mut self) -> bool {
        if self.mode == Mode::Auto {
            self.refusal = self.refusals.find(&self.src, || self.dst.mount());
        }
        self.refusal.is_some()
    }

    /// Applies the mode to the end of a clone, and returns the offset at which copying continues,
    /// if it does.
    pub(super) fn accept(&mut self, ended: Ended<Refusal>) -> Result<Option<u64>> {
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
                self.refusals.note(&self.src, &self.dst, because.reason);
                self.refusal = Some(because.reason);
                Ok(Some(after))
            }
        }
    }

    pub(super) fn set_length(&self, len: u64) -> Result<()> {
        self.dst.file.set_len(len).map_err(|error| self.cannot_set_length(error))?;
        self.watch.note_change();
        Ok(())
    }

    pub(super) fn cannot_set_length(&self, error: io::Error) -> Error {
        let (operation, side) = (Operation::SetLength, Side::Destination);
        diagnose::explain(self.src.file, self.dst.file, operation, side, error)
    }

    /// An error (EFBIG) if this process may not write up to `dst_end`: the kernel's own comes when the
    /// destination has lost bytes already.
    pub(super) fn require_within_limit(&self, dst_end: u64) -> Result<()> {
        let (operation, side) = (Operation::Copy, Side::Destination);
        diagnose::size_limit(dst_end).map_or(Ok(()), |reason| {
            Err(Error::io_because(operation, side, Some(reason), sys::errors::too_large()))
        })
    }

    /// Undoes the growth that an SMB server gives a file before it refuses. Other filesystems have
    /// no such growth, and there the call would change nothing except the times.
    pub(super) fn restore_length(&self, len: u64) -> Result<()> {
        if inspect(self.dst.file, Side::Destination)?.len() == len {
            return Ok(());
        }
        self.set_length(len)
    }

    pub(super) fn check_source_still_reaches(&self, end: u64) -> Result<()> {
        let found = inspect(self.src.file, Side::Source)?.len();
        if found < end { Err(shrank(end, found)) } else { Ok(()) }
    }

    pub(super) fn count_cloned(&mut self, bytes: u64) -> Ended<Refusal> {
        self.outcome.cloned += bytes;
        match self.watch.advance(bytes) {
            Ok(()) => Ended::Done,
            Err(error) => Ended::Failed(error),
        }
    }

    pub(super) fn count_offloaded(&mut self, bytes: u64) -> Result<()> {
        self.outcome.offloaded += bytes;
        self.outcome.fallback = self.refusal;
        self.watch.advance(bytes)
    }

    pub(super) fn count_copied(&mut self, bytes: u64) -> Result<()> {
        self.outcome.copied += bytes;
        self.outcome.fallback = self.refusal;
        self.watch.advance(bytes)
    }

    pub(super) fn count_hole(&mut self, bytes: u64) -> Result<()> {
        self.outcome.holes += bytes;
        self.watch.advance(bytes)
    }
}

pub(super) fn shrank(expected: u64, found: u64) -> Error {
    Error::SourceShrank { path: None, expected, found, changed: None }
}

pub(super) fn inspect(file: &File, side: Side) -> Result<Status> {
    sys::status(file).map_err(Error::on(Operation::Inspect, side))
}
