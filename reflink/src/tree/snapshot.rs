//! Snapshots of btrfs subvolumes, which take the same time for any tree.

use std::path::Path;

use crate::error::{Error, FsType, Operation, Reason, Result, Side};
use crate::sys::{self, Dir};

/// Makes a snapshot of the btrfs subvolume `src`, named `dst`: a writable copy of the whole
/// subvolume, made in one step, whatever its size.
///
/// Nothing else in this crate makes snapshots, because a snapshot is not a copy of the tree. `dst`
/// becomes a subvolume (`btrfs subvolume delete` removes it, and rmdir(2) only as root or with the
/// mount option `user_subvol_rm_allowed`), and a subvolume below `src` is an empty directory in it.
/// Owners, modes, times and all other metadata are those of the source.
///
/// # Errors
///
/// [`Error::NotReflinkable`] with [`Reason::NotSubvolume`] if `src` is a directory but not a
/// subvolume (EINVAL, ENOTTY), or with [`Reason::DifferentFilesystems`] if `dst` is on another
/// filesystem (EXDEV, ENOTTY). [`Error::Io`]: EEXIST if `dst` exists; ENOTDIR if `src` is not a
/// directory; EPERM if the caller neither owns `src` nor is privileged; EROFS; ENOSPC.
///
/// # Platform notes
///
/// Linux: BTRFS_IOC_SNAP_CREATE, which writes the data of `src` to disk first.
///
/// # Examples
///
/// ```no_run
/// match reflink::tree::snapshot("project", "project-before") {
///     Err(reflink::Error::NotReflinkable { reason, .. }) => println!("no snapshot: {reason}"),
///     result => result?,
/// }
/// # Ok::<(), reflink::Error>(())
/// ```
#[doc(alias = "BTRFS_IOC_SNAP_CREATE")]
#[doc(alias = "BTRFS_IOC_SNAP_CREATE_V2")]
#[doc(alias = "btrfs subvolume snapshot")]
pub fn snapshot(src: impl AsRef<Path>, dst: impl AsRef<Path>) -> Result<()> {
    let (src, dst) = (src.as_ref(), dst.as_ref());
    between(src, dst).map_err(|error| error.with_paths(src, dst))
}

fn between(src: &Path, dst: &Path) -> Result<()> {
    let create = || Error::on(Operation::Create, Side::Destination);
    let source = sys::open_directory(&Dir::Working, src, true)
        .map_err(Error::on(Operation::Open, Side::Source))?;
    let name = dst.file_name().ok_or_else(sys::errors::invalid).map_err(create())?;
    let parent = dst.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    let dir = sys::open_directory(&Dir::Working, parent, true).map_err(create())?;
    sys::snapshot(&source, &dir, name).map_err(|error| {
        let reason = match error.raw_os_error() {
            // ENOTTY: the destination is not on btrfs. EINVAL: the source is a directory of a
            // btrfs.
            Some(libc::ENOTTY | libc::EINVAL | libc::EXDEV) if !sys::is_subvolume(&source) => {
                Some(Reason::NotSubvolume)
            }
            Some(libc::ENOTTY | libc::EXDEV) => {
                let fs_type = |dir| sys::fs_type(dir).unwrap_or(FsType::from_magic(0));
                let (source, destination) = (fs_type(&source), fs_type(&dir));
                Some(Reason::DifferentFilesystems { source, destination })
            }
            _ => None,
        };
        Error::explained(Operation::Snapshot, Side::Destination, reason, error)
    })
}
