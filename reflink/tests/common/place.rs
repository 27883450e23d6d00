//! Where the tests run: the variables that `cargo xtask test` or `cargo xtask vm` sets.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use rustix::fs::syncfs;
use tempfile::{NamedTempFile, TempDir};

/// The filesystems with a row in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fs {
    Xfs,
    XfsNoReflink,
    Btrfs,
    Ext4,
    Tmpfs,
    Overlay,
    /// NFS 4.2; the server has xfs.
    Nfs42Xfs,
    /// NFS 4.2; the server has btrfs.
    Nfs42Btrfs,
    /// NFS 4.1, which has no clone operation, although the server's xfs could clone.
    Nfs41,
    Ocfs2,
    F2fs,
    /// SMB 3, served by ksmbd from xfs.
    KsmbdXfs,
    /// SMB 3, served by ksmbd from btrfs.
    KsmbdBtrfs,
    /// SMB 3, served by samba from btrfs, with samba's btrfs module.
    SambaBtrfs,
    /// SMB 3, served by samba from xfs, for which samba has no module.
    SambaXfs,
    /// OpenZFS with block cloning.
    Zfs,
}

impl Fs {
    /// Whether it must share blocks.
    pub(crate) fn clones(self) -> bool {
        match self {
            Self::Xfs | Self::Btrfs | Self::Overlay => true,
            Self::Nfs42Xfs | Self::Nfs42Btrfs | Self::Ocfs2 => true,
            Self::KsmbdXfs | Self::KsmbdBtrfs | Self::SambaBtrfs | Self::Zfs => true,
            Self::XfsNoReflink | Self::Ext4 | Self::Tmpfs | Self::Nfs41 | Self::F2fs => false,
            Self::SambaXfs => false,
        }
    }

    /// The name of its type in the library.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Xfs | Self::XfsNoReflink => "xfs",
            Self::Btrfs => "btrfs",
            Self::Ext4 => "ext4",
            Self::Tmpfs => "tmpfs",
            Self::Overlay => "overlayfs",
            Self::Nfs42Xfs | Self::Nfs42Btrfs | Self::Nfs41 => "nfs",
            Self::Ocfs2 => "ocfs2",
            Self::Zfs => "zfs",
            Self::F2fs => "f2fs",
            Self::KsmbdXfs | Self::KsmbdBtrfs | Self::SambaBtrfs | Self::SambaXfs => "smb",
        }
    }

    /// Offsets and lengths of a clone must be multiples of this, in bytes.
    pub(crate) fn block(self) -> u64 {
        match self {
            // A cluster of eight blocks, as `cargo xtask vm` makes it.
            Self::Ocfs2 => 32 << 10,
            // The block of a file that is longer than one; a shorter one has a block of its own.
            Self::Zfs => 128 << 10,
            Self::Xfs => match name().to_str() {
                Some("xfs-1k") => 1 << 10,
                Some("xfs-64k") => 64 << 10,
                _ => 4 << 10,
            },
            _ => 4 << 10,
        }
    }

    /// Whether large copies that share nothing go through a pipe.
    pub(crate) fn has_pipes(self) -> bool {
        matches!(self.type_name(), "xfs" | "btrfs" | "ext4" | "tmpfs" | "f2fs")
    }

    /// Whether lengths and block size alone decide what is cloned. A server has a block size of its own, and ZFS
    /// one for each file. OCFS2 does not clone between two families of clones.
    pub(crate) fn clones_predictably(self) -> bool {
        !matches!(self.type_name(), "nfs" | "smb" | "zfs" | "ocfs2")
    }

    /// Whether it clones but keeps the bytes of a small file in its metadata, so that a clone
    /// copies them.
    pub(crate) fn clones_small_files_by_copying(self) -> bool {
        let is_btrfs =
            matches!(self, Self::Btrfs | Self::Nfs42Btrfs | Self::KsmbdBtrfs | Self::SambaBtrfs);
        is_btrfs || self == Self::Ocfs2
    }
}

/// The name of the place.
fn name() -> PathBuf {
    variable("REFLINK_TEST_FS")
}

/// The filesystem under test, of whatever block size.
pub(crate) fn fs() -> Fs {
    match name().to_str() {
        Some("xfs" | "xfs-1k" | "xfs-64k") => Fs::Xfs,
        Some("xfs-noreflink") => Fs::XfsNoReflink,
        Some("btrfs") => Fs::Btrfs,
        Some("ext4" | "ext4-1k" | "ext4-bigalloc") => Fs::Ext4,
        Some("tmpfs") => Fs::Tmpfs,
        Some("overlay") => Fs::Overlay,
        Some("nfs42-xfs") => Fs::Nfs42Xfs,
        Some("nfs42-btrfs") => Fs::Nfs42Btrfs,
        Some("nfs41-xfs") => Fs::Nfs41,
        Some("smb-ksmbd-xfs") => Fs::KsmbdXfs,
        Some("smb-ksmbd-btrfs") => Fs::KsmbdBtrfs,
        Some("smb-samba-btrfs") => Fs::SambaBtrfs,
        Some("smb-samba-xfs") => Fs::SambaXfs,
        Some("ocfs2") => Fs::Ocfs2,
        Some("f2fs") => Fs::F2fs,
        Some("zfs") => Fs::Zfs,
        other => panic!("no filesystem of the table: {other:?}"),
    }
}

/// Whether the filesystem under test must share blocks; false under a plain `cargo test`.
pub(crate) fn must_clone() -> bool {
    std::env::var_os("REFLINK_TEST_FS").is_some() && fs().clones()
}

/// Whether the filesystem under test, if any, is on an SMB server.
pub(crate) fn on_smb() -> bool {
    std::env::var_os("REFLINK_TEST_FS").is_some() && fs().type_name() == "smb"
}

/// Whether the filesystem under test, if any, is on an NFS server.
pub(crate) fn on_nfs() -> bool {
    std::env::var_os("REFLINK_TEST_FS").is_some() && fs().type_name() == "nfs"
}

/// The kernel's version, in two numbers.
pub(crate) fn kernel() -> (u32, u32) {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

/// A new directory on the filesystem under test or, under a plain `cargo test`, in cargo's target
/// directory.
pub(crate) fn dir() -> TempDir {
    let base = std::env::var_os("REFLINK_TEST_DIR");
    fresh(&base.map_or_else(|| env!("CARGO_TARGET_TMPDIR").into(), PathBuf::from))
}

/// A new directory on a second filesystem, an xfs that clones; on NFS, another export.
pub(crate) fn other_dir() -> TempDir {
    fresh(&variable("REFLINK_TEST_OTHER_DIR"))
}

/// The path of the file on the server of a network filesystem, if there is one: only the server can
/// list the blocks.
pub(crate) fn on_server(path: &Path) -> PathBuf {
    moved(path, "REFLINK_TEST_DIR", "REFLINK_TEST_SERVER_DIR")
}

/// The path of `dir` on the filesystem below, if this one is on top of another.
pub(crate) fn beneath(dir: &Path) -> PathBuf {
    if fs() != Fs::Overlay {
        return on_server(dir);
    }
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let (relative, options) = fields
        .filter(|mount| mount[2] == "overlay")
        .find_map(|mount| Some((dir.strip_prefix(mount[1]).ok()?, mount[3].to_owned())))
        .unwrap();
    let upper = options.split(',').find_map(|option| option.strip_prefix("upperdir=")).unwrap();
    Path::new(upper).join(relative)
}

/// Moves `path` from one variable's directory to the other's, if that variable is set.
fn moved(path: &Path, from: &str, to: &str) -> PathBuf {
    let Some(to) = std::env::var_os(to) else { return path.into() };
    Path::new(&to).join(path.strip_prefix(variable(from)).unwrap())
}

/// A new directory on the filesystem below the overlay.
pub(crate) fn lower_dir() -> TempDir {
    fresh(&variable("REFLINK_TEST_LOWER_DIR"))
}

/// A new directory on the small filesystem, for one test at a time, because tests fill it up.
pub(crate) struct Small {
    dir: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Small {
    pub(crate) fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let _alone = ALONE.lock().unwrap_or_else(|poison| poison.into_inner());
        Self { dir: fresh(&variable("REFLINK_TEST_SMALL_DIR")), _alone }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Its path on the server, if there is one: only the server reports the free room.
    pub(crate) fn on_server(&self) -> PathBuf {
        moved(self.path(), "REFLINK_TEST_SMALL_DIR", "REFLINK_TEST_SMALL_SERVER_DIR")
    }
}

/// A file that takes up room. When it is dropped, its room is free at once: xfs frees that of a
/// removed file in the background, and btrfs with its next commit.
pub(crate) struct Filler(NamedTempFile);

impl Filler {
    /// An empty file in `dir`.
    pub(crate) fn new(dir: &Path) -> Self {
        Self(NamedTempFile::new_in(dir).unwrap())
    }

    pub(crate) fn file(&self) -> &File {
        self.0.as_file()
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        let freed = self.file().set_len(0).and_then(|()| Ok(syncfs(self.file())?));
        if !std::thread::panicking() {
            freed.unwrap();
        }
    }
}

fn variable(name: &str) -> PathBuf {
    match std::env::var_os(name) {
        Some(value) => value.into(),
        None => panic!("{name} is not set: run this by `cargo xtask test`"),
    }
}

fn fresh(base: &Path) -> TempDir {
    tempfile::tempdir_in(base).unwrap_or_else(|error| panic!("{base:?}: {error}"))
}
