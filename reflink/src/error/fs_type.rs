//! Names for filesystem types.

use std::fmt::{self, Debug, Display, Formatter};

/// The type of a filesystem: the number that statfs(2) returns, displayed by its name.
///
/// Every FUSE filesystem is "fuse", and ext2, ext3 and ext4 share one number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FsType(u64);

impl FsType {
    /// The filesystem type with this `f_type` of statfs(2).
    #[must_use]
    pub const fn from_magic(magic: u64) -> Self {
        // f_type is signed and 32 bits wide on some architectures: only those bits are the number.
        Self(magic & 0xffff_ffff)
    }

    /// The number itself: `f_type` of statfs(2).
    #[must_use]
    pub const fn magic(self) -> u64 {
        self.0
    }

    /// The name that mount(8) uses, if this crate has one for the number.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0x5846_5342 => "xfs",
            0x9123_683e => "btrfs",
            0xef53 => "ext4",
            0x0102_1994 => "tmpfs",
            0x794c_7630 => "overlayfs",
            0x2fc1_2fc1 => "zfs",
            0xca45_1a4e => "bcachefs",
            0x7461_636f => "ocfs2",
            0xf2f5_2010 => "f2fs",
            0x6969 => "nfs",
            0xff53_4d42 => "cifs",
            0xfe53_4d42 => "smb",
            0x517b => "smbfs",
            0x6573_5546 => "fuse",
            0x4d44 => "vfat",
            0x2011_bab0 => "exfat",
            0x7366_746e => "ntfs3",
            0x5346_544e => "ntfs",
            0x0102_1997 => "9p",
            0x00c3_6400 => "ceph",
            0x0116_1970 => "gfs2",
            0x3434 => "nilfs2",
            0x9660 => "iso9660",
            0x7371_7368 => "squashfs",
            0xe0f5_e1e2 => "erofs",
            0x9fa0 => "proc",
            0x6265_6572 => "sysfs",
            0x6462_6720 => "debugfs",
            0x7472_6163 => "tracefs",
            0x0027_e0eb => "cgroup",
            0x6367_7270 => "cgroup2",
            0x6265_6570 => "configfs",
            0x7363_6673 => "securityfs",
            0xde5e_81e4 => "efivarfs",
            0x8584_58f6 => "ramfs",
            0x958_458f6 => "hugetlbfs",
            0x6a65_6a63 => "virtiofs",
            0x786f_4256 => "vboxsf",
            0x5346_414f => "afs",
            0x6163_6673 => "acfs",
            0x0bd0_0bd0 => "lustre",
            0x4750_4653 => "gpfs",
            0xf15f => "ecryptfs",
            _ => return None,
        })
    }

    /// Whether the files belong to a server or another program, so that their blocks are unknown
    /// here.
    pub(crate) fn is_network(self) -> bool {
        let network = ["nfs", "9p", "ceph", "fuse", "afs", "virtiofs"];
        self.is_smb() || self.name().is_some_and(|name| network.contains(&name))
    }

    /// Whether its files are in no other filesystem: not on a server, in a FUSE program, or in the
    /// layers of an overlay.
    pub(crate) fn is_local(self) -> bool {
        self.generates_files() || self.is_disk()
    }

    /// Whether its files are stored in blocks or memory of this machine, so that their length can
    /// be trusted.
    pub(crate) fn is_disk(self) -> bool {
        let disks = [
            "xfs", "btrfs", "ext4", "tmpfs", "zfs", "bcachefs", "ocfs2", "f2fs", "vfat", "exfat",
            "ntfs3", "gfs2", "nilfs2", "ramfs",
        ];
        self.name().is_some_and(|name| disks.contains(&name))
    }

    /// Whether the kernel copies its files through the memory of this machine, as any program does: no
    /// server, program or lower filesystem has a shorter way.
    pub(crate) fn copies_through_memory(self) -> bool {
        let plain =
            ["xfs", "btrfs", "ext4", "tmpfs", "f2fs", "vfat", "exfat", "ntfs3", "nilfs2", "ramfs"];
        self.name().is_some_and(|name| plain.contains(&name))
    }

    /// Whether new bytes are written faster if they have blocks already. ext4 otherwise reserves space for each page
    /// (ext2 and ext3 have the same number, and refuse).
    pub(crate) fn writes_faster_preallocated(self) -> bool {
        self.name() == Some("ext4")
    }

    /// Whether two inode numbers within one filesystem always mean two files. An SMB client may
    /// number names instead of files, and a FUSE program may return any number.
    pub(crate) fn numbers_files(self) -> bool {
        self.is_local() || matches!(self.name(), Some("overlayfs" | "nfs"))
    }

    /// Whether it shares clusters of several blocks, and extends a range of blocks to whole
    /// clusters: the bytes around the range would be overwritten.
    pub(crate) fn shares_clusters(self) -> bool {
        self.name() == Some("ocfs2")
    }

    /// Whether it is ZFS: each file has a block size of its own and is cloned in such blocks, only what is on
    /// the disk is cloned, and nothing is deduped by request.
    pub(crate) fn is_zfs(self) -> bool {
        self.name() == Some("zfs")
    }

    /// Whether a clone first writes the source to disk (for an overlay: whether its layers may do
    /// so).
    pub(crate) fn flushes_to_clone(self) -> bool {
        matches!(self.name(), Some("xfs" | "btrfs" | "ocfs2" | "bcachefs" | "overlayfs"))
    }

    /// Whether fsync of a file without a name makes the file last, so that it need not be repeated when the
    /// file has one. btrfs writes nothing about such a file to its log (*measured*: after a power cut the file
    /// is empty), and an overlay may be on btrfs.
    pub(crate) fn flushes_unnamed_files(self) -> bool {
        matches!(self.name(), Some("xfs" | "ext4" | "tmpfs" | "ramfs"))
    }

    /// Whether it is SMB, which has several names.
    pub(crate) fn is_smb(self) -> bool {
        matches!(self.name(), Some("smb" | "cifs" | "smbfs"))
    }

    /// Whether files are generated as they are read, so that their length means nothing.
    pub(crate) fn generates_files(self) -> bool {
        let generating = [
            "proc",
            "sysfs",
            "debugfs",
            "tracefs",
            "cgroup",
            "cgroup2",
            "configfs",
            "securityfs",
            "efivarfs",
        ];
        self.name().is_some_and(|name| generating.contains(&name))
    }
}

impl Display for FsType {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            // SMB does not always report a number.
            None if self.0 == 0 => f.write_str("an unknown filesystem"),
            None => write!(f, "filesystem type {:#x}", self.0),
        }
    }
}

/// `FsType(xfs)`, or `FsType(0x1234)` if the number has no name here.
impl Debug for FsType {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "FsType({name})"),
            None => write!(f, "FsType({:#x})", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_name_or_else_the_number() {
        assert_eq!(format!("{:?}", FsType::from_magic(0x5846_5342)), "FsType(xfs)");
        assert_eq!(format!("{:?}", FsType::from_magic(0x1234)), "FsType(0x1234)");
    }
}
