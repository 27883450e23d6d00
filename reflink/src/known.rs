//! An open file and its facts. Each fact is asked for once, and only if it matters.

use std::cell::OnceCell;
use std::fs::File;
use std::io;

use crate::error::FsType;
use crate::sys::{self, Access, MountId};

/// An open file of a copy.
pub(crate) struct Known<'f> {
    pub(crate) file: &'f File,
    mount: OnceCell<Option<MountId>>,
    filesystem: OnceCell<Option<FsType>>,
    access: OnceCell<Access>,
}

impl<'f> Known<'f> {
    pub(crate) fn new(file: &'f File) -> Self {
        let (mount, filesystem, access) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { file, mount, filesystem, access }
    }

    /// A file that was opened on this mount, if the mount was asked for.
    pub(crate) fn on(file: &'f File, mount: impl Into<OnceCell<Option<MountId>>>) -> Self {
        Self { mount: mount.into(), ..Self::new(file) }
    }

    /// The same file through another descriptor.
    pub(crate) fn by(&self, file: &'f File) -> Self {
        let (mount, filesystem) = (self.mount.clone(), self.filesystem.clone());
        Self { mount, filesystem, ..Self::new(file) }
    }

    /// How its descriptor was opened.
    pub(crate) fn access(&self) -> io::Result<Access> {
        if let Some(access) = self.access.get() {
            return Ok(*access);
        }
        let access = sys::access(self.file)?;
        Ok(*self.access.get_or_init(|| access))
    }

    /// The mount on which it was opened, if the mount has a unique number.
    pub(crate) fn mount(&self) -> Option<MountId> {
        *self.mount.get_or_init(|| sys::mount_of(self.file))
    }

    /// The type of its filesystem, or `None` if it cannot be found out: on SMB statfs fails for a
    /// removed file.
    pub(crate) fn filesystem(&self) -> Option<FsType> {
        *self.filesystem.get_or_init(|| sys::fs_type_by(self.file, self.mount()))
    }

    /// Whether the file may belong to a server or another program.
    pub(crate) fn may_be_remote(&self) -> bool {
        sys::KNOWS_FILESYSTEM_TYPES && self.filesystem().is_none_or(FsType::is_network)
    }

    /// Whether the file may be on an SMB server.
    pub(crate) fn may_be_on_smb(&self) -> bool {
        sys::KNOWS_FILESYSTEM_TYPES && self.filesystem().is_none_or(FsType::is_smb)
    }

    /// Whether the file may have more bytes than its stated length. On a local disk the length is
    /// exact.
    pub(crate) fn may_misstate(&self) -> bool {
        sys::KNOWS_FILESYSTEM_TYPES && !self.filesystem().is_some_and(FsType::is_disk)
    }

    /// Whether holes that the file reports must be a mistake of a FUSE program, which may lack
    /// statfs, too. (On other filesystems, blocks that were reserved but never written are holes.)
    pub(crate) fn has_false_holes(&self) -> bool {
        let is_fuse = self.filesystem().is_none_or(|fs_type| fs_type.name() == Some("fuse"));
        is_fuse && sys::has_all_blocks(self.file)
    }

    /// Whether its filesystem shares clusters, and the kernel extends a range to whole clusters.
    pub(crate) fn shares_clusters(&self) -> bool {
        self.filesystem().is_some_and(FsType::shares_clusters)
    }
}
