//! How much of a file is shared: its extents, summed up.

use std::fs::File;

use super::extents::{Extent, ExtentFlags, Extents, extents};
use crate::{Error, FsType, Operation, Result, Side, sys};

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
    /// Bytes in blocks that something else points at too.
    pub shared: u64,
    /// Bytes in blocks of the file's own.
    pub exclusive: u64,
    /// Bytes without blocks, which read as zeros.
    pub holes: u64,
    /// Bytes in blocks that are reserved and were never written; they read as zeros.
    pub unwritten: u64,
    /// Bytes stored among the file's metadata, which nothing shares.
    pub inline: u64,
    /// Bytes that wait in memory and have no place yet.
    pub delayed: u64,
    /// Bytes of which the filesystem does not say whether they are shared. All data on SMB.
    pub unknown: u64,
    /// How many extents the file has.
    pub extents: u64,
}

impl Sharing {
    /// Sums up the extents of `file` as they are now.
    ///
    /// # Errors
    ///
    /// As [`extents`].
    pub fn of(file: &File) -> Result<Self> {
        extents(file)?.totals()
    }

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

    fn count(&mut self, extent: &Extent, bytes: u64, tells_sharing: bool) {
        let has = |flag| extent.flags.contains(flag);
        let class = if has(ExtentFlags::UNWRITTEN) {
            &mut self.unwritten
        } else if has(ExtentFlags::INLINE) {
            &mut self.inline
        } else if has(ExtentFlags::DELAYED) {
            &mut self.delayed
        } else if has(ExtentFlags::UNKNOWN) {
            &mut self.unknown
        } else if has(ExtentFlags::SHARED) {
            &mut self.shared
        } else if tells_sharing {
            &mut self.exclusive
        } else {
            &mut self.unknown
        };
        *class += bytes;
    }
}

impl Extents<'_> {
    /// Sums up the extents that are left.
    ///
    /// Blocks behind the file's end do not count.
    ///
    /// # Errors
    ///
    /// As [`extents`].
    pub fn totals(self) -> Result<Sharing> {
        let file = self.file();
        let status = file.metadata().map_err(Error::on(Operation::Inspect, Side::Source))?;
        let tells_sharing = tells_sharing(file);
        let mut totals = Sharing::default();
        let mut end = 0;
        for extent in self {
            let extent = extent?;
            let start = extent.offset.clamp(end, status.len().max(end));
            totals.holes += start - end;
            end = extent.end().min(status.len()).max(start);
            totals.count(&extent, end - start, tells_sharing);
            totals.extents += 1;
        }
        totals.holes += status.len().saturating_sub(end);
        Ok(totals)
    }
}

/// An SMB server lists extents and never calls one shared.
pub(super) fn tells_sharing(file: &File) -> bool {
    !matches!(sys::fs_type(file).and_then(FsType::name), Some("cifs" | "smb"))
}
