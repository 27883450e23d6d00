//! What each operation must return: the rules of reflink/docs/CONTRACT.md, written independently of
//! the library.

use reflink::{Error, Mode, Reason};

use crate::common::MIB;

/// The slice of a watched clone.
const SLICE: u64 = 256 * MIB;

/// Whether nothing is cloned into a file that is there already.
const ONLY_NEW_NAMES: bool = cfg!(reflink_as = "new-names");

/// The longest clone of one call.
fn slice(watched: bool) -> u64 {
    match watched {
        true => SLICE,
        false if cfg!(reflink_as = "ranges") => 2 << 30,
        false => u64::MAX,
    }
}

/// The abilities of the filesystem.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) clones: bool,
    pub(crate) block: u64,
    /// Files up to this length can be inline: their bytes are metadata, which cannot be shared.
    pub(crate) inline: u64,
    /// Whether these rules predict each clone. A server decides by its own rules, and some filesystems by
    /// what a file had before: there `Always` can be refused, and `Auto` can share less.
    pub(crate) exact: bool,
    /// Whether a refused `Always` changes nothing of an open file.
    pub(crate) keeps_refused: bool,
}

/// A range of one file, and its place in another.
pub(crate) struct Ranges {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) at: u64,
    pub(crate) src_len: u64,
    pub(crate) dst_len: u64,
    pub(crate) same_file: bool,
}

#[derive(Debug)]
pub(crate) enum Answer {
    /// Success, with this number of bytes cloned.
    Done {
        cloned: u64,
    },
    /// An error that is not about cloning.
    Errno(i32),
    NotReflinkable(Because),
}

#[derive(Debug)]
pub(crate) enum Because {
    Filesystem,
    NewNames,
    Misaligned,
    EndsInside,
}

impl Because {
    pub(crate) fn fits(&self, reason: &Reason) -> bool {
        match self {
            Self::Filesystem => {
                matches!(reason, Reason::NoCloneSupport { .. } | Reason::XfsWithoutReflink)
            }
            Self::NewNames => matches!(reason, Reason::ClonesOnlyToNewNames),
            Self::Misaligned => matches!(reason, Reason::Misaligned { .. }),
            Self::EndsInside => matches!(reason, Reason::EndsInsideDestination { .. }),
        }
    }
}

impl Rules {
    /// `is_there`: the destination is a file that is there already, and stays.
    pub(crate) fn whole(self, mode: Mode, len: u64, same_file: bool, is_there: bool) -> Answer {
        match mode {
            _ if ONLY_NEW_NAMES && same_file => Answer::Errno(libc::EINVAL),
            Mode::Always if ONLY_NEW_NAMES && is_there => Answer::NotReflinkable(Because::NewNames),
            Mode::Auto if ONLY_NEW_NAMES && is_there => Answer::Done { cloned: 0 },
            Mode::Always if !self.clones => Answer::NotReflinkable(Because::Filesystem),
            _ if same_file => Answer::Errno(libc::EINVAL),
            Mode::Never => Answer::Done { cloned: 0 },
            Mode::Always | Mode::Auto => Answer::Done { cloned: if self.clones { len } else { 0 } },
            mode => panic!("{mode:?} has no rule"),
        }
    }

    /// `watched` clones of large ranges are done in slices.
    pub(crate) fn part(self, mode: Mode, ranges: &Ranges, watched: bool) -> Answer {
        let &Ranges { start, end, at, src_len, dst_len, same_file } = ranges;
        if start == end {
            return Answer::Done { cloned: 0 };
        }
        if mode == Mode::Always && !self.clones && !ONLY_NEW_NAMES {
            return Answer::NotReflinkable(Because::Filesystem);
        }
        if start > end || end > src_len {
            return Answer::Errno(libc::EINVAL);
        }
        let len = end - start;
        if same_file && start < at + len && at < end {
            return Answer::Errno(libc::EINVAL);
        }
        let is_off = |number: u64| number % self.block != 0;
        let ends_both = end == src_len && at + len >= dst_len;
        match mode {
            Mode::Never => Answer::Done { cloned: 0 },
            Mode::Always if ONLY_NEW_NAMES => Answer::NotReflinkable(Because::NewNames),
            Mode::Auto if ONLY_NEW_NAMES => Answer::Done { cloned: 0 },
            Mode::Always if is_off(start) || is_off(at) => {
                Answer::NotReflinkable(Because::Misaligned)
            }
            Mode::Always if is_off(len) && end < src_len => {
                Answer::NotReflinkable(Because::Misaligned)
            }
            Mode::Always if is_off(len) && !ends_both => {
                Answer::NotReflinkable(Because::EndsInside)
            }
            Mode::Always => Answer::Done { cloned: len },
            Mode::Auto if !self.clones || is_off(start.abs_diff(at)) => Answer::Done { cloned: 0 },
            Mode::Auto => {
                // From the first block boundary to the last one, or to the end of both files; a
                // file that grows slice by slice has no fixed end.
                let first = start.next_multiple_of(self.block);
                let to_the_end = ends_both && !(same_file && len > slice(watched));
                let last = if to_the_end { end } else { end - end % self.block };
                Answer::Done { cloned: last.saturating_sub(first) }
            }
            mode => panic!("{mode:?} has no rule"),
        }
    }

    /// How many bytes of these ranges can be shared if they are equal; `None` if they cannot even
    /// be compared.
    pub(crate) fn dedupes(self, ranges: &Ranges) -> Option<u64> {
        let &Ranges { start, end, at, src_len, dst_len, same_file } = ranges;
        let len = end - start;
        let ends_both = end == src_len && at + len == dst_len;
        let shared = if ends_both { len } else { len - len % self.block };
        let overlaps = same_file && start < at + shared && at < start + shared;
        let aligned = start % self.block == 0 && at % self.block == 0;
        (self.clones && aligned && !overlaps && at + len <= dst_len).then_some(shared)
    }

    /// Whether the error explains why the filesystem does not clone.
    pub(crate) fn explains(self, error: &Error) -> bool {
        match error {
            Error::NotReflinkable { reason, .. } if self.clones => Because::Misaligned.fits(reason),
            Error::NotReflinkable { reason, .. } => Because::Filesystem.fits(reason),
            error => self.clones && error.raw_os_error() == Some(libc::EINVAL),
        }
    }
}
