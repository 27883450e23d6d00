//! Inode flags: the FS_IOC_GETFLAGS and FS_IOC_FSGETXATTR ioctls.

use super::item::{Group, Struct, bits};

pub(super) const GROUPS: &[Group] = &[
    Group {
        page: "ioctl_iflags(2)",
        numbers: &[
            bits(
                "FS_IOC_GETFLAGS",
                "Gets an inode's flags, the `FS_*_FL` bits.\n\n\
                 `ioctl(fd, FS_IOC_GETFLAGS, &mut flags)`. The number encodes the size of a `long`, \
                 and so differs between 32 and 64 bits, but the kernel writes an `int` everywhere: \
                 pass a pointer to 32 bits.",
            ),
            bits("FS_SECRM_FL", "Erase the blocks when the file is deleted (`s`); nobody does."),
            bits("FS_UNRM_FL", "Keep the file for undeletion (`u`); nobody does."),
            bits("FS_COMPR_FL", "Store the file compressed (`c`)."),
            bits("FS_SYNC_FL", "Write the file synchronously (`S`)."),
            bits("FS_IMMUTABLE_FL", "Nobody can change, rename, link or delete the file (`i`)."),
            bits("FS_APPEND_FL", "The file can only be appended to (`a`)."),
            bits("FS_NODUMP_FL", "dump(8) leaves the file out (`d`)."),
            bits("FS_NOATIME_FL", "Reading does not change the access time (`A`)."),
            bits("FS_DIRTY_FL", "Reserved for compression."),
            bits("FS_COMPRBLK_FL", "Reserved for compression: some clusters are compressed."),
            bits("FS_NOCOMP_FL", "Do not compress the file (`m`)."),
            bits("FS_ENCRYPT_FL", "The filesystem encrypts the file (`E`)."),
            bits("FS_BTREE_FL", "A directory in b-tree format; the same bit as [`FS_INDEX_FL`]."),
            bits("FS_INDEX_FL", "A directory with a hashed index (`I`)."),
            bits("FS_IMAGIC_FL", "An AFS directory."),
            bits("FS_JOURNAL_DATA_FL", "ext3, ext4: the data goes through the journal, too (`j`)."),
            bits("FS_NOTAIL_FL", "Do not pack the file's tail together with others (`t`)."),
            bits("FS_DIRSYNC_FL", "Change the directory synchronously (`D`)."),
            bits("FS_TOPDIR_FL", "The top of a directory hierarchy, for block placement (`T`)."),
            bits("FS_HUGE_FILE_FL", "ext4: the size is counted in blocks, not sectors (`h`)."),
            bits("FS_EXTENT_FL", "ext4: the file is mapped by extents (`e`)."),
            bits("FS_VERITY_FL", "fs-verity protects the file, which is read-only (`V`)."),
            bits("FS_EA_INODE_FL", "ext4: the inode holds a large extended attribute."),
            bits("FS_EOFBLOCKS_FL", "ext4, reserved: blocks past the end of the file."),
            bits(
                "FS_NOCOW_FL",
                "btrfs: overwrite in place (`C`). A file with this flag and one without it cannot \
                 share blocks.",
            ),
            bits("FS_DAX_FL", "Access the file's memory directly, without the page cache (`x`)."),
            bits("FS_INLINE_DATA_FL", "ext4: the data lies inside the inode (`N`)."),
            bits("FS_PROJINHERIT_FL", "New files inherit the directory's project ID (`P`)."),
            bits("FS_CASEFOLD_FL", "Names in the directory ignore case (`F`)."),
            bits("FS_RESERVED_FL", "Reserved for the ext2 library."),
        ],
        structs: &[],
    },
    Group {
        page: "ioctl_xfs_fsgetxattr(2)",
        numbers: &[
            bits(
                "FS_IOC_FSGETXATTR",
                "Gets an inode's extended flags and hints.\n\n\
                 `ioctl(fd, FS_IOC_FSGETXATTR, &mut fsxattr)`.",
            ),
            bits("FS_XFLAG_REALTIME", "The data is on xfs's realtime device."),
            bits("FS_XFLAG_PREALLOC", "The file has preallocated extents."),
            bits("FS_XFLAG_IMMUTABLE", "Nobody can change, rename, link or delete the file."),
            bits("FS_XFLAG_APPEND", "The file can only be appended to."),
            bits("FS_XFLAG_SYNC", "All writes are synchronous."),
            bits("FS_XFLAG_NOATIME", "Reading does not change the access time."),
            bits("FS_XFLAG_NODUMP", "Backups leave the file out."),
            bits("FS_XFLAG_RTINHERIT", "New files get [`FS_XFLAG_REALTIME`] from the directory."),
            bits("FS_XFLAG_PROJINHERIT", "New files inherit the directory's project ID."),
            bits("FS_XFLAG_NOSYMLINKS", "No symbolic links can be made in the directory."),
            bits("FS_XFLAG_EXTSIZE", "[`fsxattr::fsx_extsize`] is set on this file."),
            bits("FS_XFLAG_EXTSZINHERIT", "New files inherit [`fsxattr::fsx_extsize`]."),
            bits("FS_XFLAG_NODEFRAG", "Defragmentation leaves the file alone."),
            bits("FS_XFLAG_FILESTREAM", "The directory uses xfs's filestream allocator."),
            bits("FS_XFLAG_DAX", "Access the file's memory directly, without the page cache."),
            bits("FS_XFLAG_COWEXTSIZE", "[`fsxattr::fsx_cowextsize`] is set on this file."),
            bits(
                "FS_XFLAG_HASATTR",
                "xfs: the inode has room for extended attributes, or has some.",
            ),
        ],
        structs: &[Struct {
            name: "fsxattr",
            doc: "The argument of [`FS_IOC_FSGETXATTR`], which the kernel fills in.\n\n\
                  The two hints are in bytes, whatever the page says.",
            fields: &[
                ("fsx_xflags", "`FS_XFLAG_*` bits."),
                ("fsx_extsize", "Hint: allocate data in pieces of this many bytes; 0 for none."),
                ("fsx_nextents", "How many data extents the file has."),
                ("fsx_projid", "The project ID, for quotas."),
                (
                    "fsx_cowextsize",
                    "Hint: allocate copy-on-write data in pieces of this many bytes; 0 for none.",
                ),
                ("fsx_pad", "Padding, 0."),
            ],
        }],
    },
];
