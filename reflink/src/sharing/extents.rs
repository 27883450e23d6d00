//! The extents of a file, one by one: FIEMAP.

use std::fs::File;
use std::io;
use std::iter::FusedIterator;

use super::extent::{Extent, ExtentFlags};
use super::totals::{Sharing, Tally};
use crate::error::{Error, FsType, Operation, Reason, Result, Side};
use crate::regular;
use crate::sys;

/// The extents of a file, in its order. Holes are where there are none.
///
/// Any number of them in a constant 14 KiB of memory; a file that changes meanwhile can show parts of
/// before and after.
#[derive(Debug)]
pub struct Extents<'f> {
    file: &'f File,
    sync: bool,
    batch: std::vec::IntoIter<Extent>,
    /// Where the next batch starts; `None` after the last.
    next: Option<u64>,
    tally: Tally,
}

/// Lists the extents of `file` as they are now. Data that was not written back yet has no place.
///
/// # Errors
///
/// [`Error::Io`] with EOPNOTSUPP and [`Reason::NoExtentMap`] where the filesystem does not tell
/// (tmpfs, NFS); EISDIR and EINVAL for what is not a regular file; EBADF for a file opened with
/// O_PATH; EIO. [`Error::Unsupported`] on other systems than Linux.
///
/// # Platform notes
///
/// Linux: FS_IOC_FIEMAP, Documentation/filesystems/fiemap.rst.
///
/// # Examples
///
/// ```no_run
/// let file = std::fs::File::open("disk.img")?;
/// for extent in reflink::extents(&file)? {
///     let extent = extent?;
///     println!("{:>12} {:>10} {}", extent.offset, extent.len, extent.is_shared());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "FIEMAP")]
#[doc(alias = "FS_IOC_FIEMAP")]
#[doc(alias = "filefrag")]
pub fn extents(file: &File) -> Result<Extents<'_>> {
    Extents::start(file, false)
}

/// As [`extents`], after the file's data is written back, so that every extent has its place.
///
/// # Errors
///
/// As [`extents`], and ENOSPC, EDQUOT and EIO of the write-back.
#[doc(alias = "FIEMAP")]
#[doc(alias = "FIEMAP_FLAG_SYNC")]
pub fn extents_after_sync(file: &File) -> Result<Extents<'_>> {
    Extents::start(file, true)
}

impl Sharing {
    /// Sums up the extents of `file` as they are now.
    ///
    /// # Errors
    ///
    /// As [`extents`].
    #[doc(alias = "FIEMAP")]
    pub fn of(file: &File) -> Result<Self> {
        extents(file)?.totals()
    }
}

impl<'f> Extents<'f> {
    fn start(file: &'f File, sync: bool) -> Result<Self> {
        let status = sys::status(file).map_err(Error::on(Operation::Inspect, Side::Source))?;
        // xfs would call its own FIFOs corrupt, and ext4 list the blocks of a directory.
        regular::require(&status, Operation::MapExtents, Side::Source)?;
        let mut extents = Self {
            file,
            sync,
            batch: Vec::new().into_iter(),
            next: Some(0),
            tally: Tally::new(file, status.len()),
        };
        // The first batch now, so that a filesystem that does not tell is an error of this function.
        extents.fetch()?;
        Ok(extents)
    }

    /// Sums up all extents of the file, those that were handed out already included.
    ///
    /// Blocks behind the file's end do not count.
    ///
    /// # Errors
    ///
    /// As [`extents`].
    pub fn totals(mut self) -> Result<Sharing> {
        self.by_ref().try_for_each(|extent| extent.map(drop))?;
        Ok(self.tally.finish())
    }

    fn fetch(&mut self) -> Result<()> {
        let Some(start) = self.next.take() else { return Ok(()) };
        let batch: Vec<_> = sys::map_extents(self.file, start, self.sync)
            .map_err(|error| cannot_map(self.file, error))?
            .iter()
            .map(Extent::from)
            .collect();
        if let Some(last) = batch.last() {
            // A last extent that leads back would lead round for ever.
            let goes_on = !last.flags.contains(ExtentFlags::LAST) && last.end() > start;
            self.next = goes_on.then_some(last.end());
        }
        self.batch = batch.into_iter();
        Ok(())
    }
}

impl Iterator for Extents<'_> {
    type Item = Result<Extent>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.batch.as_slice().is_empty() {
            if let Err(error) = self.fetch() {
                return Some(Err(error));
            }
        }
        let extent = self.batch.next()?;
        self.tally.count(&extent);
        Some(Ok(extent))
    }
}

impl FusedIterator for Extents<'_> {}

fn cannot_map(file: &File, error: io::Error) -> Error {
    if !sys::HAS_EXTENT_MAP {
        return Error::Unsupported;
    }
    let reason = sys::errors::is_not_supported(&error).then(|| {
        let filesystem = sys::fs_type(file).unwrap_or(FsType::from_magic(0));
        Reason::NoExtentMap { filesystem }
    });
    Error::explained(Operation::MapExtents, Side::Source, reason, error)
}
