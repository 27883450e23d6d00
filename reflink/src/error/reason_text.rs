//! The text and the hint of a [`Reason`].

use std::fmt::{self, Display, Formatter};

use super::operation::Side;
use super::reason::Reason;

impl Reason {
    /// What the user can do about it, if anything, as a sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        use Reason::*;
        let hint = match self {
            DifferentFilesystems { .. } => {
                "blocks are shared within one filesystem; auto copies instead"
            }
            DifferentMounts => "use paths below one mount, or Linux 5.18; auto copies instead",
            LowerLayer => {
                "files that were written through the overlay can be cloned; auto copies instead"
            }
            NoCloneSupport { filesystem } => match filesystem.name() {
                Some("nfs") => "NFS 4.2 can if the server's filesystem can; auto copies instead",
                Some("smb" | "cifs") => {
                    "SMB 3 can if the server and its filesystem can; auto copies instead"
                }
                Some("ocfs2") => {
                    "with refcount trees, a new destination can be cloned to; auto copies instead"
                }
                _ => "auto copies instead; xfs and btrfs can clone",
            },
            XfsWithoutReflink => "mkfs.xfs -m reflink=1 makes one that clones; auto copies instead",
            Misaligned { block_size, .. } => {
                return Some(format!(
                    "use multiples of {block_size} bytes, or auto, which shares the whole blocks and copies the rest"
                ));
            }
            EndsInsideDestination { .. } => {
                "end the range on a block boundary or at the destination's end, or use auto"
            }
            NoCow { .. } => {
                "lsattr shows the C flag; chattr +C (or -C) an empty destination so that both agree, or use auto"
            }
            Realtime { .. } | Dax { .. } | InlineSource | UnknownLength | Unknown => {
                "auto copies instead"
            }
            Filtered => "allow the ioctl FICLONE in the sandbox's profile; auto copies instead",
            NoCloneCall => "Linux 4.5 or newer is needed; auto copies instead",
            ClonesOnlyToNewNames => "copy by path, and not in place, to clone; auto copies instead",
            DifferentVolumes => "blocks are shared within one volume; auto copies instead",
            NoBlockRefcounting => "ReFS and Dev Drives can clone; auto copies instead",
            Integrity => "replace the destination instead of writing into it; auto copies instead",
            Busy => "sync the source and try again, or use auto, which copies",
            Unsynced => "sync the source first, or prefer sharing, which waits for the disk",
            NotSubvolume => "copy the tree instead",
            NoDedupeSupport { filesystem } if filesystem.is_zfs() => {
                "replace one file by a clone of the other"
            }
            NoDedupeSupport { .. } => "dedupe the files on the server",
            NotInUpperLayer => "dedupe the files in the layer's own directory",
            NoExtentMap { .. } => "sharing is not visible on this filesystem",
            SameFile => return None,
            IntoItself => {
                "choose a destination outside the source (links and bind mounts are followed)"
            }
            Overlap => "choose ranges that do not overlap",
            PastEnd { .. } => {
                "shorten the range, or leave its end open to go up to the source's end"
            }
            DestinationTooShort { .. } => "only data that exists in both files can be shared",
            Overflow => return None,
            Directory { .. } => return None,
            NotRegular { .. } => "only regular files can be cloned or copied",
            NotReadable => "open the source for reading",
            NotWritable => "open the destination for writing",
            OpenedForAppend => "open the destination without O_APPEND",
            OpenedDirect { .. } => {
                "open it without O_DIRECT, or clear the flag with fcntl and F_SETFL"
            }
            SwapFile { side: Side::Source } => "swapoff it first; auto copies instead",
            SwapFile { .. } => "swapoff it first",
            Immutable | ImmutableDirectory => "chattr -i removes the flag",
            AppendOnly => "chattr -a removes the flag",
            ReadOnly => {
                "mount -o remount,rw makes a filesystem writable, btrfs property set PATH ro false a subvolume"
            }
            DescriptorLink | MountPoint | NotReplaceable | AppendOnlyDirectory => {
                "a copy in place (--in-place) writes into the existing file"
            }
            DeletedDirectory => return None,
            DanglingLink => "a copy that is not in place replaces the link itself",
            RunningProgram => {
                "a copy that is not in place replaces the file, and the running program keeps the old one"
            }
            SizeLimit { .. } => "ulimit -f shows and raises the limit",
        };
        Some(hint.to_owned())
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        use Reason::*;
        match self {
            DifferentFilesystems { source, destination } if source == destination => {
                write!(f, "the files are on two different {source} filesystems")
            }
            DifferentFilesystems { source, destination } => {
                write!(f, "the source is on {source}, the destination on {destination}")
            }
            DifferentMounts => f.write_str("the files are on two mounts of one filesystem"),
            LowerLayer => {
                f.write_str("the source is in a lower layer of the overlay, on another filesystem")
            }
            NoCloneSupport { filesystem } => match filesystem.name() {
                Some("nfs") => {
                    f.write_str("the NFS server, or this version of NFS, cannot clone files")
                }
                Some("smb" | "cifs") => f.write_str("the SMB server cannot clone files"),
                Some("ocfs2") => f.write_str(
                    "this ocfs2 has no refcount trees, or the files share blocks in two of them",
                ),
                _ => write!(f, "{filesystem} cannot clone files"),
            },
            XfsWithoutReflink => f.write_str("this xfs was made without reflinks"),
            Misaligned { block_size, source_offset, destination_offset, length } => {
                let what = match (source_offset, destination_offset, length) {
                    (true, true, true) => "both offsets and the length are not multiples",
                    (true, true, false) => "both offsets are not multiples",
                    (true, false, true) => "source offset and length are not multiples",
                    (false, true, true) => "destination offset and length are not multiples",
                    (true, false, false) => "the source offset is not a multiple",
                    (false, true, false) => "the destination offset is not a multiple",
                    (false, false, _) => "the length is not a multiple",
                };
                write!(f, "{what} of the block size, {block_size} bytes")
            }
            EndsInsideDestination { block_size } => write!(
                f,
                "the source ends within a block of {block_size} bytes, and the destination is longer"
            ),
            NoCow { side } => {
                write!(f, "the {side} is nodatacow (chattr +C) and the other file is not")
            }
            Realtime { side } => write!(f, "the {side} is on the realtime device of its xfs"),
            Dax { side } => write!(f, "the {side} is a DAX file"),
            Filtered => f.write_str("a sandbox or the system's policy forbids the system call"),
            NoCloneCall => f.write_str("the kernel has no call that clones files"),
            ClonesOnlyToNewNames => {
                f.write_str("the system clones only to new files, and this file exists")
            }
            DifferentVolumes => f.write_str("the files are on two volumes"),
            NoBlockRefcounting => f.write_str("the volume cannot share blocks between files"),
            Integrity => {
                f.write_str("one file has integrity streams and the other does not")
            }
            Busy => f.write_str("the source is not on disk yet"),
            Unsynced => {
                f.write_str("the source is not on disk yet, and speed is preferred to sharing")
            }
            InlineSource => f.write_str("the source's bytes are stored in its inode"),
            UnknownLength => f.write_str("the source's length is known only after reading it"),
            Unknown => f.write_str("the kernel refused these files without a reason"),
            NoDedupeSupport { filesystem } => write!(f, "{filesystem} cannot dedupe files"),
            NotInUpperLayer => f.write_str(
                "one of the files is in a lower layer of the overlay, which dedupes only its upper one",
            ),
            NotSubvolume => f.write_str("the source is not a btrfs subvolume"),
            NoExtentMap { filesystem } => write!(f, "{filesystem} does not list extents"),
            SameFile => f.write_str("source and destination are the same file"),
            IntoItself => f.write_str("the destination is the source, or is inside it"),
            Overlap => f.write_str("the ranges overlap in one file"),
            PastEnd { source_length } => {
                write!(
                    f,
                    "the range goes past the end of the source, which has {source_length} bytes"
                )
            }
            DestinationTooShort { destination_length } => {
                write!(f, "the destination has only {destination_length} bytes")
            }
            Overflow => f.write_str("offset and length add up to more than a file can have"),
            Directory { side } => write!(f, "the {side} is a directory"),
            NotRegular { side } => write!(f, "the {side} is not a regular file"),
            NotReadable => f.write_str("the source is not open for reading"),
            NotWritable => f.write_str("the destination is not open for writing"),
            OpenedForAppend => f.write_str("the destination is open for appending"),
            OpenedDirect { side } => {
                write!(f, "the {side} is open with O_DIRECT, and cannot be reopened without that flag")
            }
            SwapFile { side } => write!(f, "the {side} is an active swap file"),
            Immutable => f.write_str("the destination is immutable (chattr +i)"),
            AppendOnly => f.write_str("the destination is append-only (chattr +a)"),
            ReadOnly => f.write_str("the destination's filesystem or subvolume is read-only"),
            DescriptorLink => {
                f.write_str("the destination is, or leads to, a link to an open descriptor")
            }
            DanglingLink => f.write_str("the destination is a dangling symbolic link"),
            AppendOnlyDirectory => {
                f.write_str("the destination's directory is append-only (chattr +a)")
            }
            ImmutableDirectory => {
                f.write_str("the destination's directory is immutable (chattr +i)")
            }
            DeletedDirectory => f.write_str("the destination's directory has been deleted"),
            MountPoint => f.write_str("something is mounted on the destination"),
            NotReplaceable => {
                f.write_str("the destination can be written to, but not replaced in its directory")
            }
            RunningProgram => f.write_str("the destination is a program that is running"),
            SizeLimit { limit } => {
                write!(f, "this process may write files of at most {limit} bytes (RLIMIT_FSIZE)")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misaligned_range_names_each_number_that_is_off() {
        let reason = Reason::Misaligned {
            block_size: 4096,
            source_offset: true,
            destination_offset: false,
            length: true,
        };
        assert_eq!(
            reason.to_string(),
            "source offset and length are not multiples of the block size, 4096 bytes"
        );
    }
}
