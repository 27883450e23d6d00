//! How much of a file is shared: the sum of its extents.

use std::fs::File;

use super::extent::{Extent, ExtentFlags};
use crate::sys;

/// How the bytes of a file are stored. The fields add up to its length.
///
/// # Examples
///
/// ```no_run
/// let file = std::fs::File::open("disk.img")?;
/// let sharing = reflink::Sharing::of(&file)?;
/// println!("{} of {} bytes of data are shared", sharing.shared, sharing.data());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sharing {
    /// Bytes in blocks that are also used elsewhere.
    pub shared: u64,
    /// Bytes in blocks that only this file uses.
    pub exclusive: u64,
    /// Bytes without blocks, which read as zeros.
    pub holes: u64,
    /// Bytes in blocks that are reserved but were never written; they read as zeros.
    pub unwritten: u64,
    /// Bytes stored in the file's metadata, which are never shared.
    pub inline: u64,
    /// Bytes that wait in memory and have no place yet.
    pub delayed: u64,
    /// Bytes that may or may not be shared, because the filesystem does not report it. All data on
    /// SMB.
    pub unknown: u64,
    /// How many extents the file has.
    pub extents: u64,
}

impl Sharing {
    /// Bytes of data: everything but holes and unwritten blocks.
    #[must_use]
    pub fn data(&self) -> u64 {
        self.shared + self.exclusive + self.inline + self.delayed + self.unknown
    }

    /// The file's length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.data() + self.holes + self.unwritten
    }
}

/// A sum of extents that is not complete.
#[derive(Debug)]
pub(super) struct Tally {
    totals: Sharing,
    /// The file's length when counting started.
    len: u64,
    /// Where the last extent ended.
    end: u64,
    tells_sharing: bool,
}

impl Tally {
    pub(super) fn new(file: &File, len: u64) -> Self {
        Self { totals: Sharing::default(), len, end: 0, tells_sharing: tells_sharing(file) }
    }

    /// Adds the next extent, up to the file's end.
    pub(super) fn count(&mut self, extent: &Extent) {
        let start = extent.offset.clamp(self.end, self.len.max(self.end));
        let end = extent.end().min(self.len).max(start);
        self.totals.holes += start - self.end;
        *self.class_of(extent.flags) += end - start;
        self.totals.extents += 1;
        self.end = end;
    }

    fn class_of(&mut self, flags: ExtentFlags) -> &mut u64 {
        let totals = &mut self.totals;
        if flags.contains(ExtentFlags::UNWRITTEN) {
            &mut totals.unwritten
        } else if flags.contains(ExtentFlags::INLINE) {
            &mut totals.inline
        } else if flags.contains(ExtentFlags::DELAYED) {
            &mut totals.delayed
        } else if flags.contains(ExtentFlags::UNKNOWN) {
            &mut totals.unknown
        } else if flags.contains(ExtentFlags::SHARED) {
            &mut totals.shared
        } else if self.tells_sharing {
            &mut totals.exclusive
        } else {
            &mut totals.unknown
        }
    }

    /// The sum; everything after the last extent is a hole.
    pub(super) fn finish(mut self) -> Sharing {
        self.totals.holes += self.len.saturating_sub(self.end);
        self.totals
    }
}

/// An SMB server lists extents but never reports a shared one.
pub(super) fn tells_sharing(file: &File) -> bool {
    !sys::may_be_on_smb(file)
}
