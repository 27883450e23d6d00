//! The extents of a file, one by one: FIEMAP.

use std::fs::File;
use std::io;
use std::iter::FusedIterator;

use super::extent::{Extent, ExtentFlags};
use super::totals::{Sharing, Tally};
use crate::error::{Error, FsType, Operation, Reason, Result, Side};
use crate::regular;
use crate::sys;

/// The extents of a file, in order. Everything between them is a hole.
///
/// Listing takes a constant 14 KiB of memory for any number of extents. If the file changes
/// meanwhile, the list can mix old and new extents.
#[derive(Debug)]
pub struct Extents<'f> {
    file: &'f File,
    sync: bool,
    batch: std::vec::IntoIter<Extent>,
    /// Where the next batch starts; `None` after the last.
    next: Option<u64>,
    tally: Tally,
}

/// Lists the extents of `file` as they are now. Data that is not written back yet has no place.
///
/// # Errors
///
/// [`Error::Io`] with EOPNOTSUPP and [`Reason::NoExtentMap`] if the filesystem does not list
/// extents (tmpfs, NFS); EISDIR and EINVAL for a file that is not regular; EBADF for a file opened
/// with O_PATH; EIO. [`Error::Unsupported`] on systems other than Linux.
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

/// Like [`extents`], after writing back the file's data, so that every extent has a place.
///
/// # Errors
///
/// As [`extents`], and ENOSPC, EDQUOT and EIO from the write-back.
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
        // xfs would report its own FIFOs as corrupt, and ext4 would list the blocks of a directory.
        regular::require(&status, Operation::MapExtents, Side::Source)?;
        let mut extents = Self {
            file,
            sync,
            batch: Vec::new().into_iter(),
            next: Some(0),
            tally: Tally::new(file, status.len()),
        };
        // Fetch the first batch now, so that this function fails if the filesystem lists no
        // extents.
        extents.fetch()?;
        Ok(extents)
    }

    /// Sums up all extents of the file, including those that the iterator has already returned.
    ///
    /// Blocks after the end of the file do not count.
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
            // A last extent that leads backwards would never end the loop.
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
