//! Where the blocks of files are: FS_IOC_FIEMAP.

use std::fs::File;
use std::io;

use reflink_sys as kernel;

use super::ioctl::Ioctl;
use crate::sys::types::RawExtent;

/// Extents that one call asks for: 14 KiB of memory.
const BATCH: usize = 256;

#[repr(C)]
struct Map {
    head: kernel::fiemap,
    extents: [kernel::fiemap_extent; BATCH],
}

// SAFETY: FS_IOC_FIEMAP reads and writes one `fiemap` and, behind it, as many extents as `fm_extent_count`
// says there is room for: `map_extents` says what `Map` has.
const FIEMAP: Ioctl<Map> = unsafe { Ioctl::new(kernel::FS_IOC_FIEMAP) };

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
    FIEMAP.call(file, &mut map)?;
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
