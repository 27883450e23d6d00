//! Why the kernel refused: one variant a cause, with a text that says it and a hint that helps.

pub use super::fs_type::FsType;
use super::operation::Side;

/// Why a clone was refused, found out after the kernel's errno, which alone does not say.
///
/// Displays as a clause without a full stop ("the files are on different filesystems (xfs, ext4)").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The files are on different filesystems (EXDEV).
    DifferentFilesystems {
        /// The source's filesystem.
        source: FsType,
        /// The destination's filesystem.
        destination: FsType,
    },
    /// The files are on one filesystem, but reached by two mounts of it, between which Linux clones
    /// since 5.18 (EXDEV).
    DifferentMounts,
    /// The source is in a lower layer of its overlay, and that layer is on another filesystem than the upper
    /// one, which has all that is written to (EXDEV).
    LowerLayer,
    /// The filesystem, or its server, clones nothing (EOPNOTSUPP).
    NoCloneSupport {
        /// The filesystem.
        filesystem: FsType,
    },
    /// An xfs that was made without reflinks (EOPNOTSUPP).
    XfsWithoutReflink,
    /// The range does not start and end on block boundaries (EINVAL).
    #[non_exhaustive]
    Misaligned {
        /// The block size (OCFS2: the cluster size): offsets and length must be multiples of so many
        /// bytes. A network filesystem does not tell its server's, so there it is 4096, which most
        /// servers have.
        block_size: u64,
        /// The offset in the source is not.
        source_offset: bool,
        /// The offset in the destination is not.
        destination_offset: bool,
        /// The length is not, and the range ends before the source does.
        length: bool,
    },
    /// The source ends within a block, and that block lies inside the longer destination (EINVAL).
    EndsInsideDestination {
        /// The block size in bytes.
        block_size: u64,
    },
    /// One file is nodatacow (`chattr +C`) on btrfs and the other is not (EINVAL).
    NoCow {
        /// The file that is nodatacow.
        side: Side,
    },
    /// The file lives on the realtime device of an xfs (EINVAL).
    Realtime {
        /// The file that does.
        side: Side,
    },
    /// The file is accessed directly, without the page cache: DAX (EINVAL).
    Dax {
        /// The file that is.
        side: Side,
    },
    /// A snapshot of a directory that is not a btrfs subvolume.
    NotSubvolume,
    /// A filter refuses the system call: a container's seccomp profile, or Android's policy
    /// (EPERM, EACCES, ENOSYS).
    Filtered,
    /// The kernel, older than 4.5, does not know the call (ENOTTY).
    NoCloneCall,
    /// The source is busy being written to disk, and the filesystem cannot clone it now (EAGAIN; ZFS).
    Busy,
    /// The source has bytes that are not on disk yet, and [`Prefer::Speed`](crate::Prefer::Speed) does not
    /// wait for them (no error).
    Unsynced,
    /// The source's bytes are stored in its inode, which cannot be shared (ERANGE; OCFS2, where the
    /// destination is longer).
    InlineSource,
    /// The source has bytes and a length of 0: how many bytes it has is known only after reading them
    /// (EINVAL; procfs, FUSE).
    UnknownLength,
    /// The kernel, or a server, refused the files or the range, and none of the known causes applies
    /// (EINVAL; EACCES and EPERM of a server).
    Unknown,

    /// The filesystem may clone, but cannot compare and share (EOPNOTSUPP).
    NoDedupeSupport {
        /// The filesystem.
        filesystem: FsType,
    },
    /// One of the files is in a lower layer of its overlay, and overlayfs dedupes only what is in the upper
    /// one (EPERM).
    NotInUpperLayer,
    /// The filesystem does not tell where its files' blocks are (EOPNOTSUPP).
    NoExtentMap {
        /// The filesystem.
        filesystem: FsType,
    },
    /// Both are the same file (EINVAL).
    SameFile,
    /// The two ranges of one file overlap (EINVAL).
    Overlap,
    /// The range does not lie within the source (EINVAL).
    PastEnd {
        /// The source's length in bytes.
        source_length: u64,
    },
    /// The range to be compared does not lie within the destination (EINVAL).
    DestinationTooShort {
        /// The destination's length in bytes.
        destination_length: u64,
    },
    /// Offset plus length is more than a file can have (EINVAL).
    Overflow,
    /// It is a directory (EISDIR).
    Directory {
        /// The file that is.
        side: Side,
    },
    /// It is a FIFO, a socket or a device (EINVAL, EXDEV, ENXIO).
    NotRegular {
        /// The file that is.
        side: Side,
    },
    /// It was not opened for reading (EBADF).
    NotReadable,
    /// It was not opened for writing (EBADF).
    NotWritable,
    /// It was opened with O_APPEND, which overrules the offsets of a copy (EBADF).
    OpenedForAppend,
    /// It was opened with O_DIRECT, its bytes have to be read or written, and it cannot be opened once more
    /// without that flag: /proc is missing, or somebody has a lock on it (EINVAL).
    OpenedDirect {
        /// The file that was.
        side: Side,
    },
    /// It is an active swap file, which may be read but not cloned or written to (ETXTBSY).
    SwapFile {
        /// The file that is.
        side: Side,
    },
    /// It is immutable: `chattr +i` (EPERM).
    Immutable,
    /// It is append-only: `chattr +a` (EPERM).
    AppendOnly,
    /// The filesystem or the btrfs subvolume is read-only (EROFS).
    ReadOnly,
    /// It is a link of procfs to an open descriptor, such as `/dev/stdout`, or leads to one: replacing
    /// the link would not reach what is behind it (EINVAL).
    DescriptorLink,
    /// It is a symbolic link to nothing, which a copy in place does not create (ENOENT).
    DanglingLink,
    /// Names can be made in its directory, but neither replaced nor removed: `chattr +a` (EPERM).
    AppendOnlyDirectory,
    /// No name can be made in its directory: `chattr +i` (EPERM).
    ImmutableDirectory,
    /// Its directory has been deleted, and only a process still has it open (ENOENT, EPERM).
    DeletedDirectory,
    /// Something is mounted on it (EBUSY).
    MountPoint,
    /// It could be written to, but its directory does not let it be replaced (EACCES, EPERM).
    NotReplaceable,
    /// It is a program that is being run (ETXTBSY).
    RunningProgram,
    /// The file would grow beyond the process's limit: RLIMIT_FSIZE (EINVAL, EFBIG).
    SizeLimit {
        /// The limit in bytes.
        limit: u64,
    },
}

impl Reason {
    /// Whether a clone is refused for this reason between any two files of the same two mounts.
    pub(crate) fn holds_for_mounts(&self) -> bool {
        match self {
            Self::NoCloneSupport { .. } | Self::XfsWithoutReflink => true,
            // An overlay has files of several filesystems.
            Self::DifferentFilesystems { source, destination } => {
                [source, destination].iter().all(|fs_type| fs_type.name() != Some("overlayfs"))
            }
            Self::DifferentMounts | Self::Filtered | Self::NoCloneCall => true,
            _ => false,
        }
    }

    /// Whether a plain copy of the same bytes would work.
    pub(crate) fn prevents_only_cloning(&self) -> bool {
        use Reason::*;
        match self {
            DifferentFilesystems { .. } | DifferentMounts | LowerLayer => true,
            NoCloneSupport { .. } | XfsWithoutReflink => true,
            Misaligned { .. } | EndsInsideDestination { .. } => true,
            NoCow { .. } | Realtime { .. } | Dax { .. } => true,
            Filtered | NoCloneCall | Busy | Unsynced | InlineSource | UnknownLength | Unknown => {
                true
            }
            NoDedupeSupport { .. } | NotInUpperLayer | NotSubvolume => true,
            NoExtentMap { .. } => false,
            SameFile | Overlap | PastEnd { .. } | DestinationTooShort { .. } | Overflow => false,
            Directory { .. } | NotRegular { .. } => false,
            NotReadable | NotWritable | OpenedForAppend | OpenedDirect { .. } => false,
            DescriptorLink | DanglingLink | AppendOnlyDirectory => false,
            ImmutableDirectory | DeletedDirectory => false,
            MountPoint | NotReplaceable | RunningProgram => false,
            // It can be read, and not be written to.
            SwapFile { side } => *side == Side::Source,
            Immutable | AppendOnly | ReadOnly | SizeLimit { .. } => false,
        }
    }
}
