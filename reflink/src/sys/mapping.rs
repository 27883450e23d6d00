//! Where the blocks of files are, and making equal ones shared: FS_IOC_FIEMAP and FIDEDUPERANGE.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

use reflink_sys as kernel;

use super::dir::check;
use super::{DedupeAnswer, RawExtent};

/// Extents that one call asks for: 14 KiB of memory.
const BATCH: usize = 256;

#[repr(C)]
struct Map {
    head: kernel::fiemap,
    extents: [kernel::fiemap_extent; BATCH],
}

/// The next extents that end after `start`; an empty list after the last one.
pub(crate) fn map_extents(file: &File, start: u64, sync: bool) -> io::Result<Vec<RawExtent>> {
    let mut map = Map {
        head: kernel::fiemap {
            fm_start: start,
            fm_length: kernel::FIEMAP_MAX_OFFSET - start,
            fm_flags: if sync { kernel::FIEMAP_FLAG_SYNC } else { 0 },
            fm_extent_count: BATCH as u32,
            ..Default::default()
        },
        extents: [kernel::fiemap_extent::default(); BATCH],
    };
    // SAFETY: FS_IOC_FIEMAP reads and writes one `fiemap` and, behind it, as many extents as
    // `fm_extent_count` says there is room for; `Map` has that room and lives for the call.
    check(unsafe {
        libc::ioctl(file.as_raw_fd(), kernel::FS_IOC_FIEMAP as libc::Ioctl, &raw mut map)
    })?;
    let mapped = (map.head.fm_mapped_extents as usize).min(BATCH);
    let raw = |extent: &kernel::fiemap_extent| RawExtent {
        offset: extent.fe_logical,
        physical: extent.fe_physical,
        len: extent.fe_length,
        flags: extent.fe_flags,
    };
    Ok(map.extents[..mapped].iter().map(raw).collect())
}

/// Whether the file has bytes that have no place on the disk yet, among its first extents.
pub(crate) fn has_delayed_extents(file: &File) -> bool {
    map_extents(file, 0, false).is_ok_and(|extents| {
        extents.iter().any(|extent| extent.flags & kernel::FIEMAP_EXTENT_DELALLOC != 0)
    })
}

/// Destinations that one call takes: with its head they must fit into a page of 4 KiB.
pub(crate) const DEDUPE_BATCH: usize =
    (4096 - size_of::<kernel::file_dedupe_range>()) / size_of::<kernel::file_dedupe_range_info>();

#[repr(C)]
struct Dedupe {
    head: kernel::file_dedupe_range,
    targets: [kernel::file_dedupe_range_info; DEDUPE_BATCH],
}

/// Compares `len` bytes of `src` with each destination, at most [`DEDUPE_BATCH`], and shares what is
/// equal. One answer a destination.
pub(crate) fn dedupe_range(
    src: &File,
    src_offset: u64,
    len: u64,
    destinations: &[(&File, u64)],
) -> io::Result<Vec<DedupeAnswer>> {
    let destinations = &destinations[..destinations.len().min(DEDUPE_BATCH)];
    let mut argument = Dedupe {
        head: kernel::file_dedupe_range {
            src_offset,
            src_length: len,
            dest_count: destinations.len() as u16,
            ..Default::default()
        },
        targets: [kernel::file_dedupe_range_info::default(); DEDUPE_BATCH],
    };
    for (target, (file, offset)) in argument.targets.iter_mut().zip(destinations) {
        target.dest_fd = file.as_raw_fd().into();
        target.dest_offset = *offset;
    }
    // SAFETY: FIDEDUPERANGE reads and writes one `file_dedupe_range` and, behind it, as many infos
    // as `dest_count` says; `Dedupe` has room for them and lives for the call. All descriptors stay
    // open, as the files are borrowed.
    check(unsafe {
        libc::ioctl(src.as_raw_fd(), kernel::FIDEDUPERANGE as libc::Ioctl, &raw mut argument)
    })?;
    let answer = |target: &kernel::file_dedupe_range_info| match target.status {
        kernel::FILE_DEDUPE_RANGE_SAME => DedupeAnswer::Shared(target.bytes_deduped),
        kernel::FILE_DEDUPE_RANGE_DIFFERS => DedupeAnswer::Differs,
        status => DedupeAnswer::Failed(io::Error::from_raw_os_error(status.wrapping_neg())),
    };
    Ok(argument.targets[..destinations.len()].iter().map(answer).collect())
}
