//! What only Linux has.

mod attributes;
mod cache;
mod clone;
mod dedupe;
#[cfg(not(reflink_as = "new-names"))]
mod entries;
mod facts;
mod fiemap;
mod holes;
mod ioctl;
pub(super) mod lease;
mod mounts;
mod names;
#[cfg(reflink_as = "new-names")]
mod new_name;
mod offload;
mod offset;
mod pipe;
mod places;
#[cfg(reflink_as = "ranges")]
pub(super) mod refs;
mod reopen;
#[cfg(not(reflink_as = "new-names"))]
mod special;
mod statfs;
mod status;
mod statx;
mod subvolume;
#[cfg(not(reflink_as = "new-names"))]
mod sync;

pub(crate) use attributes::*;
pub(crate) use cache::*;
#[cfg(not(any(reflink_as = "new-names", reflink_as = "ranges")))]
pub(crate) use clone::*;
pub(crate) use dedupe::*;
#[cfg(not(reflink_as = "new-names"))]
pub(crate) use entries::*;
pub(crate) use facts::*;
pub(crate) use fiemap::*;
pub(crate) use holes::*;
pub(crate) use mounts::{fs_type, fs_type_by, fs_type_of_dir, mount_of, mount_of_dir};
pub(crate) use names::*;
#[cfg(reflink_as = "new-names")]
pub(crate) use new_name::*;
pub(crate) use offload::copy_file_range;
pub(crate) use pipe::Pipe;
pub(crate) use reopen::*;
#[cfg(not(reflink_as = "new-names"))]
pub(crate) use special::Special;
pub(crate) use status::{status, status_of_name};
pub(crate) use subvolume::*;
#[cfg(not(reflink_as = "new-names"))]
pub(crate) use sync::*;

/// Whether there is a call that clones into an open file.
pub(crate) const CLONES_INTO_FILES: bool = cfg!(not(reflink_as = "new-names"));
/// Whether there is a call that copies within the kernel.
pub(crate) const HAS_COPY_FILE_RANGE: bool = true;
/// Whether there is a call that lists extents.
pub(crate) const HAS_EXTENT_MAP: bool = true;
/// Whether there is a call that shares equal blocks.
pub(crate) const HAS_DEDUPE: bool = true;
/// Whether a file's filesystem has a type that is known.
pub(crate) const KNOWS_FILESYSTEM_TYPES: bool = true;
