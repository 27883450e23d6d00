//! What tests need of the place where they run. A test whose place lacks it is left out, and says so:
//! a test that did nothing must not look like one that passed.

use std::io::Write as _;

use super::place::{Fs, fs, kernel};

/// Leaves the test out if its place lacks one of these [needs](Need).
macro_rules! needs {
    ($($need:ident),+) => {
        // The name of a function in the test begins with the test's.
        fn here() {}
        if $crate::common::left_out(here, &[$($crate::common::Need::$need),+]) {
            return;
        }
    };
}
pub(crate) use needs;

/// What one place has and another lacks.
#[derive(Clone, Copy)]
pub(crate) enum Need {
    /// Files that share blocks.
    Clones,
    /// None of that.
    NoClones,
    /// Clones of a range, for a filesystem that clones.
    RangeClones,
    /// Numbers that tell one mount from another.
    MountNumbers,
    /// Clones and dedupe from one mount of a filesystem to another.
    SharingAcrossMounts,
    /// A clone from one family of clones onto a file of another.
    ClonesAcrossFamilies,
    /// Blocks of 4 KiB, which numbers in the test are for.
    BlocksOf4Kib,
    /// Dedupe that shares the last block of a file, too.
    SharedLastBlocks,
    /// Dedupe of files of less than a block.
    DedupedSmallFiles,

    /// A list of a file's extents.
    Extents,
    /// None of that.
    NoExtents,
    /// Addresses that stay with what is left of a compressed extent.
    StableCompressedExtents,
    /// Large copies that get their blocks in advance.
    Preallocation,
    /// Data that is written back at once if its file replaces another.
    WrittenWhenReplaced,
    /// Data that gets its blocks when it is written back.
    DelayedAllocation,
    /// Holes that can be made.
    Holes,
    /// Holes that can be made and seen.
    VisibleHoles,
    /// Holes of small files, too.
    VisibleHolesInSmallFiles,
    /// Blocks that are reserved, and look like holes.
    UnwrittenExtents,
    /// Blocks that are reserved behind the end of a file.
    BlocksBehindTheEnd,
    /// Files on a disk of this machine, or in its memory: large copies go through a pipe.
    Pipes,
    /// A copy that takes as much room as its bytes.
    CopiesThatTakeRoom,

    PosixAcls,
    Xattrs,
    /// Attributes of a few KiB, and none of 60,000 bytes.
    SmallXattrs,
    /// Attributes for root alone.
    TrustedXattrs,
    /// An owner and a mode of each file's own.
    OwnersAndModes,
    /// Capabilities that a process can give up.
    Capabilities,
    /// Times to the nanosecond.
    ExactTimes,
    /// Times of a new file that are those of its making.
    NewTimes,
    /// Times that are those of the filesystem below, or on the server, at any moment.
    TimesFromBelow,
    /// Times that another mount has at once.
    TimesOfAnotherMount,
    /// A count of links that is right at any moment.
    LinkCounts,

    /// FIFOs, devices and symbolic links.
    FilesOfAllTypes,
    /// Names of any bytes.
    AnyName,
    /// Paths as long as the kernel's limit.
    LongPaths,
    /// An open file that loses its name when another takes it.
    NamelessFiles,
    /// Another file in the place of one that is open.
    ReplacedOpenFiles,
    /// An open file opened once more, by another name.
    OpenedByTwoNames,

    Overlay,
    /// A filesystem that can hold the upper layer of an overlay.
    UpperLayers,
    /// Flags that forbid to write a file that is open already.
    FlagsOfOpenFiles,
    Subvolumes,
    /// Files without copy on write.
    NoDataCow,
    /// None of these.
    NoNoDataCow,
    SwapFiles,

    /// A second mount that has this directory of the server.
    SecondMount,
    /// A server that can forget an open file.
    ForgottenFiles,
    /// Writes that end with an error when the server is gone.
    WritesWithoutServer,
    /// A client that ends a call soon after the network is gone.
    ImpatientClients,
    /// A client that repeats calls when the server is back.
    ClientsThatGoOn,
    /// None of that.
    NoClientsThatGoOn,

    /// A library that clones into files that are there already.
    ClonesIntoFiles,
    /// A library that makes the calls of Linux, and not those of another system.
    OwnCalls,
    /// A processor that is not emulated, as `REFLINK_TEST_EMULATED` tells.
    Speed,
}

impl Need {
    /// Why it is lacking at this place.
    fn lack(self, at: Fs) -> Option<&'static str> {
        let (is_nfs, is_smb) = (at.type_name() == "nfs", at.type_name() == "smb");
        let is_ksmbd = matches!(at, Fs::KsmbdXfs | Fs::KsmbdBtrfs);
        let is_samba = is_smb && !is_ksmbd;
        let hides_holes = is_samba || is_ksmbd && kernel() >= (7, 2);
        let is_emulated = std::env::var_os("REFLINK_TEST_EMULATED").is_some();
        Some(match self {
            Self::Clones if !at.clones() => "this filesystem does not clone",
            Self::NoClones if at.clones() => "this filesystem clones",
            Self::RangeClones if at == Fs::SambaBtrfs && kernel() < (6, 1) => {
                "the SMB client of Linux 5.10 refuses to clone ranges"
            }
            Self::MountNumbers if kernel() < (6, 8) => {
                "before Linux 6.8 the device decides, and a bind mount has that of its filesystem"
            }
            Self::SharingAcrossMounts if kernel() < (5, 18) => {
                "Linux before 5.18 does not share blocks between two mounts"
            }
            Self::ClonesAcrossFamilies if at == Fs::Ocfs2 => {
                "ocfs2 counts what a family of clones shares in one place, and has none for two families"
            }
            Self::BlocksOf4Kib if at.block() != 4096 => {
                "the numbers in the test are for blocks of 4 KiB"
            }
            Self::SharedLastBlocks if at == Fs::Ocfs2 => {
                "ocfs2 compares the last cluster of a file, if it is not whole, but does not share it"
            }
            Self::DedupedSmallFiles if at == Fs::Ocfs2 => "ocfs2 keeps a small file in its inode",

            Self::Extents if at == Fs::Tmpfs => "tmpfs does not list extents",
            Self::NoExtents if at != Fs::Tmpfs => "this filesystem lists extents",
            Self::StableCompressedExtents if kernel() < (5, 18) => {
                "the btrfs of Linux 5.10 reports other addresses for the rest of a compressed extent"
            }
            Self::Pipes if !at.has_pipes() => "the filesystem may share what is copied",
            Self::Preallocation if at != Fs::Ext4 => "only ext4 is faster with blocks in advance",
            Self::WrittenWhenReplaced if !matches!(at, Fs::Ext4 | Fs::Btrfs) => {
                "only ext4 and btrfs write data because it replaces a file"
            }
            Self::DelayedAllocation if at == Fs::Ocfs2 => "ocfs2 gives data its blocks at once",
            Self::Holes
            | Self::VisibleHoles
            | Self::VisibleHolesInSmallFiles
            | Self::UnwrittenExtents
            | Self::BlocksBehindTheEnd
                if at == Fs::Nfs41 =>
            {
                "NFS before 4.2 neither shows nor makes holes, and reserves no blocks"
            }
            Self::VisibleHoles | Self::VisibleHolesInSmallFiles if hides_holes => {
                "the SMB client does not show the holes of a file on this server"
            }
            Self::VisibleHolesInSmallFiles if at == Fs::F2fs => {
                "f2fs keeps a small file in its inode, with its holes"
            }
            Self::UnwrittenExtents if at == Fs::F2fs => {
                "f2fs reports reserved blocks behind data as data"
            }
            Self::UnwrittenExtents | Self::BlocksBehindTheEnd if is_smb => {
                "SMB does not report the blocks of a file"
            }
            Self::BlocksBehindTheEnd if is_nfs => {
                "NFS does not reserve blocks behind the end of a file"
            }
            Self::CopiesThatTakeRoom if at == Fs::SambaXfs => {
                "samba answers copy_file_range by its own, which shares blocks on xfs"
            }

            Self::PosixAcls if is_nfs => "NFSv4 has no POSIX ACLs",
            Self::PosixAcls if is_smb => "the SMB client has no POSIX ACLs",
            Self::Xattrs if at == Fs::Nfs41 => "NFS before 4.2 has no extended attributes",
            Self::TrustedXattrs if is_nfs => "NFS has no attributes of root's own",
            Self::OwnersAndModes if is_smb => {
                "the mount decides owner and mode of all files on SMB"
            }
            Self::Capabilities if is_nfs => {
                "an NFS server asks for the user, and not for the client's capabilities"
            }
            Self::ExactTimes if is_smb => "an SMB server rounds times",
            Self::NewTimes if is_samba => "samba may change times after the last write",
            Self::TimesFromBelow if is_samba => {
                "the SMB client answers with times that it remembers, which are not those of the \
                 server's disk"
            }
            Self::TimesOfAnotherMount if is_samba && kernel() == (6, 1) => {
                "the SMB client of Linux 6.1 answers with a time that it remembers"
            }
            Self::LinkCounts if is_smb => "the SMB client is late to count links",

            Self::FilesOfAllTypes if is_smb => "SMB has no devices, FIFOs and symbolic links",
            Self::AnyName if is_smb => "an SMB server has rules of its own for names",
            Self::LongPaths if is_smb => {
                "the SMB client waits without end for a path of that length"
            }
            Self::NamelessFiles if is_nfs => {
                "the NFS client gives a replaced file that is open another name"
            }
            Self::ReplacedOpenFiles if is_samba => "samba replaces no file that is open",
            Self::OpenedByTwoNames if is_samba => {
                "the SMB client does not open an open file by its other name"
            }

            Self::Overlay if at != Fs::Overlay => "this filesystem is not an overlay",
            Self::UpperLayers if at == Fs::Ocfs2 => {
                "ocfs2 cannot hold the upper layer of an overlay"
            }
            Self::FlagsOfOpenFiles if at == Fs::Overlay => {
                "the kernel looks at the flags of the overlay's inode and not of the one below"
            }
            Self::SmallXattrs if at != Fs::Ext4 && at != Fs::Btrfs => {
                "attributes of 60,000 bytes may fit"
            }
            Self::Subvolumes if at != Fs::Btrfs => "only btrfs has subvolumes",
            Self::NoDataCow if at != Fs::Btrfs => "only btrfs has nodatacow",
            Self::NoNoDataCow if at == Fs::Btrfs => "btrfs has nodatacow",
            Self::SwapFiles if matches!(at, Fs::Tmpfs | Fs::Overlay) => {
                "this filesystem cannot hold swap"
            }

            Self::SecondMount if is_nfs => "the second NFS mount is of another directory",
            Self::ForgottenFiles if is_smb => "an SMB server knows a file as long as it is open",
            Self::WritesWithoutServer if is_smb => {
                "the SMB client blocks a program that writes until the server is back"
            }
            Self::ImpatientClients if is_smb => {
                "the SMB client waits for minutes before it takes a silent server for lost"
            }
            Self::ClientsThatGoOn if is_smb => {
                "the SMB client may end calls with an error when the connection is lost"
            }
            Self::NoClientsThatGoOn if is_nfs => "the NFS client repeats calls",

            Self::ClonesIntoFiles if cfg!(reflink_as = "new-names") => {
                "this build clones to new names alone"
            }
            Self::OwnCalls if cfg!(reflink_as = "new-names") => {
                "this build makes the calls of a system that clones to new names alone"
            }
            Self::Speed if is_emulated => "on an emulated processor it takes more than ten minutes",
            _ => return None,
        })
    }
}

/// Whether the place lacks one of these. If so, a line is printed for the harness, past the capture of
/// the test's output. Under a plain `cargo test` the place is not known, and nothing is left out.
pub(crate) fn left_out<F: Fn()>(_here: F, needs: &[Need]) -> bool {
    if std::env::var_os("REFLINK_TEST_FS").is_none() {
        return false;
    }
    let Some(why) = needs.iter().find_map(|need| need.lack(fs())) else { return false };
    // "suite::module::test::here" without the first and the last part.
    let test = std::any::type_name::<F>();
    let test = test.strip_suffix("::here").unwrap_or(test);
    let (_, test) = test.split_once("::").unwrap_or_default();
    // With one thread the test's name is on the line already.
    let line = format!("\nleft out: {test}: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    true
}
