//! Why the kernel refused: one variant per cause, with a text and a hint.

pub use super::fs_type::FsType;
use super::operation::Side;

/// Why a clone was refused: the cause behind the kernel's errno.
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
    /// The files are on one filesystem, but under two mounts of it. Linux clones between mounts
    /// since 5.18 (EXDEV).
    DifferentMounts,
    /// The source is in a lower layer of its overlay, and that layer is not on the filesystem of
    /// the upper layer, which has all written files (EXDEV).
    LowerLayer,
    /// The filesystem or its server cannot clone (EOPNOTSUPP).
    NoCloneSupport {
        /// The filesystem.
        filesystem: FsType,
    },
    /// An xfs that was made without reflinks (EOPNOTSUPP).
    XfsWithoutReflink,
    /// The range does not start and end on block boundaries (EINVAL).
    #[non_exhaustive]
    Misaligned {
        /// The block size (OCFS2: the cluster size): offsets and length must be multiples of it. A
        /// network filesystem does not report its server's block size, so there it is 4096, which
        /// most servers have.
        block_size: u64,
        /// Whether the offset in the source is not a multiple.
        source_offset: bool,
        /// Whether the offset in the destination is not a multiple.
        destination_offset: bool,
        /// Whether the length is not a multiple, and the range ends before the source does.
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
        /// The file on the realtime device.
        side: Side,
    },
    /// The file is a DAX file: it is accessed directly, without the page cache (EINVAL).
    Dax {
        /// The DAX file.
        side: Side,
    },
    /// The directory to snapshot is not a btrfs subvolume.
    NotSubvolume,
    /// A filter forbids the system call: a container's seccomp profile or Android's policy (EPERM,
    /// EACCES, ENOSYS).
    Filtered,
    /// The kernel is older than 4.5 and does not have the call (ENOTTY).
    NoCloneCall,
    /// The system can make a new file that is a clone, as macOS does, but cannot clone into an existing
    /// file (EOPNOTSUPP): an open one, a range of it, or one that is overwritten in place.
    ClonesOnlyToNewNames,
    /// The files are on two volumes of Windows (ERROR_NOT_SAME_DEVICE).
    DifferentVolumes,
    /// The volume cannot share blocks between files: it is neither ReFS nor a Dev Drive (Windows,
    /// ERROR_INVALID_FUNCTION).
    NoBlockRefcounting,
    /// One file has integrity streams and the other does not (ReFS, ERROR_INVALID_PARAMETER). An empty
    /// destination gets the source's setting, and one that has bytes cannot.
    Integrity,
    /// The source is being written to disk, and the filesystem cannot clone it now (EAGAIN; ZFS). On Windows:
    /// this process cannot flush the source, for which it needs the right to append to it.
    Busy,
    /// The source has bytes that are not on disk yet, and [`Prefer::Speed`](crate::Prefer::Speed) does not
    /// wait for them (no error).
    Unsynced,
    /// The source's bytes are stored in its inode, which cannot be shared (ERANGE; OCFS2, if the
    /// destination is longer).
    InlineSource,
    /// The source has bytes but a length of 0: only reading finds out how many bytes it has
    /// (EINVAL; procfs, FUSE).
    UnknownLength,
    /// The kernel or a server refused the files or the range, and no known cause applies (EINVAL;
    /// from a server also EACCES and EPERM).
    Unknown,

    /// The filesystem may clone, but cannot compare and share (EOPNOTSUPP).
    NoDedupeSupport {
        /// The filesystem.
        filesystem: FsType,
    },
    /// One of the files is in a lower layer of its overlay, and overlayfs dedupes only files in the
    /// upper layer (EPERM).
    NotInUpperLayer,
    /// The filesystem does not report where the blocks of its files are (EOPNOTSUPP).
    NoExtentMap {
        /// The filesystem.
        filesystem: FsType,
    },
    /// Both are the same file (EINVAL).
    SameFile,
    /// The destination of a directory is that directory, or is inside it, by whatever path it is named
    /// (EINVAL).
    IntoItself,
    /// The two ranges of one file overlap (EINVAL).
    Overlap,
    /// The range does not lie within the source (EINVAL).
    PastEnd {
        /// The source's length in bytes.
        source_length: u64,
    },
    /// The range does not lie within the destination (EINVAL).
    DestinationTooShort {
        /// The destination's length in bytes.
        destination_length: u64,
    },
    /// Offset plus length is more than a file can have (EINVAL).
    Overflow,
    /// The file is a directory (EISDIR).
    Directory {
        /// The file.
        side: Side,
    },
    /// The file is a FIFO, a socket or a device (EINVAL, EXDEV, ENXIO).
    NotRegular {
        /// The file.
        side: Side,
    },
    /// The source was not opened for reading (EBADF).
    NotReadable,
    /// The destination was not opened for writing (EBADF).
    NotWritable,
    /// The destination was opened with O_APPEND, which overrides the offsets of a copy (EBADF).
    OpenedForAppend,
    /// The file was opened with O_DIRECT, its bytes must be read or written, and it cannot be
    /// reopened without that flag: /proc is missing, or somebody has a lock on the file (EINVAL).
    OpenedDirect {
        /// The file.
        side: Side,
    },
    /// The file is an active swap file, which can be read but not cloned or written to (ETXTBSY).
    SwapFile {
        /// The file.
        side: Side,
    },
    /// The destination is immutable: `chattr +i` (EPERM).
    Immutable,
    /// The destination is append-only: `chattr +a` (EPERM).
    AppendOnly,
    /// The filesystem or the btrfs subvolume is read-only (EROFS).
    ReadOnly,
    /// The destination is a procfs link to an open descriptor, such as `/dev/stdout`, or leads to
    /// one. Replacing the link would not reach the file behind it (EINVAL).
    DescriptorLink,
    /// The destination is a dangling symbolic link, and a copy in place does not create its target
    /// (ENOENT).
    DanglingLink,
    /// The destination's directory is append-only (`chattr +a`): names can be added, but neither
    /// replaced nor removed (EPERM).
    AppendOnlyDirectory,
    /// The destination's directory is immutable (`chattr +i`): no name can be added (EPERM).
    ImmutableDirectory,
    /// The destination's directory has been deleted, and only open descriptors still refer to it
    /// (ENOENT, EPERM).
    DeletedDirectory,
    /// Something is mounted on the destination (EBUSY).
    MountPoint,
    /// The destination can be written to, but its directory does not allow it to be replaced
    /// (EACCES, EPERM).
    NotReplaceable,
    /// The destination is a program that is running (ETXTBSY).
    RunningProgram,
    /// The destination would grow beyond the limit of the process: RLIMIT_FSIZE (EINVAL, EFBIG).
    SizeLimit {
        /// The limit in bytes.
        limit: u64,
    },
}

impl Reason {
    /// Whether every clone between the same two mounts is refused for this reason.
    pub(crate) fn holds_for_mounts(&self) -> bool {
        match self {
            Self::NoCloneSupport { .. } | Self::XfsWithoutReflink => true,
            // An overlay has files of several filesystems.
            Self::DifferentFilesystems { source, destination } => {
                [source, destination].iter().all(|fs_type| fs_type.name() != Some("overlayfs"))
            }
            Self::DifferentMounts | Self::Filtered | Self::NoCloneCall => true,
            Self::DifferentVolumes | Self::NoBlockRefcounting => true,
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
            ClonesOnlyToNewNames | DifferentVolumes | NoBlockRefcounting | Integrity => true,
            Filtered | NoCloneCall | Busy | Unsynced | InlineSource | UnknownLength | Unknown => {
                true
            }
            NoDedupeSupport { .. } | NotInUpperLayer | NotSubvolume => true,
            NoExtentMap { .. } => false,
            SameFile | IntoItself | Overlap | PastEnd { .. } => false,
            DestinationTooShort { .. } | Overflow => false,
            Directory { .. } | NotRegular { .. } => false,
            NotReadable | NotWritable | OpenedForAppend | OpenedDirect { .. } => false,
            DescriptorLink | DanglingLink | AppendOnlyDirectory => false,
            ImmutableDirectory | DeletedDirectory => false,
            MountPoint | NotReplaceable | RunningProgram => false,
            // A swap file can be read, but not written to.
            SwapFile { side } => *side == Side::Source,
            Immutable | AppendOnly | ReadOnly | SizeLimit { .. } => false,
        }
    }
}
