//! What Linux knows about a file and its filesystem: questions asked after a refusal.

use std::fs::{self, File};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;

use reflink_sys as kernel;

use super::ioctl::Ioctl;
use super::mounts::fs_type;
use super::statfs::statfs;
use super::statx::statx;
use crate::error::FsType;
use crate::sys::types::{Facts, Time};
use crate::sys::unix::check::check;

/// The block size, which is what offsets and lengths of a clone from this file must be multiples of;
/// where it cannot be known, that of most servers: the clone itself tells.
pub(crate) fn block_size(file: &File) -> u64 {
    const USUAL: u64 = 4 << 10;

    let filesystem = fs_type(file);
    let size = if filesystem.is_some_and(FsType::is_zfs) {
        file.metadata().ok().map(|status| status.blksize()).filter(|size| *size > 0)
    } else {
        block_size_on(filesystem, file)
    };
    size.unwrap_or(USUAL)
}

/// The block size, where it is the filesystem's own and not a guess. NFS and SMB do not know the
/// server's, and report some transfer size. On ZFS each file has a block size of its own.
pub(crate) fn own_block_size(file: &File) -> Option<u64> {
    block_size_on(fs_type(file), file)
}

fn block_size_on(filesystem: Option<FsType>, file: &File) -> Option<u64> {
    /// No filesystem with blocks of one size has larger ones and clones.
    const LARGEST: u64 = 64 << 10;

    let filesystem = filesystem?;
    if filesystem.is_network() || filesystem.is_zfs() {
        return None;
    }
    if filesystem.shares_clusters() {
        // Here it is the cluster, and FIGETBSZ the smaller block.
        return Some(file.metadata().ok()?.blksize());
    }
    // SAFETY: FIGETBSZ writes one int.
    const FIGETBSZ: Ioctl<libc::c_int> = unsafe { Ioctl::new(kernel::FIGETBSZ) };

    let mut size = 0;
    let asked = FIGETBSZ.call(file, &mut size);
    let size = match u64::try_from(size) {
        Ok(size) if asked.is_ok() && size > 0 => size,
        // overlayfs refuses FIGETBSZ, and its statfs is the upper filesystem's.
        _ => statfs(file.as_raw_fd())?.block_size,
    };
    (1..=LARGEST).contains(&size).then_some(size)
}

/// Whether both files are on one filesystem. `None` where that cannot be found out.
pub(crate) fn on_one_filesystem(first: &File, second: &File) -> io::Result<Option<bool>> {
    if first.metadata()?.dev() == second.metadata()?.dev() {
        return Ok(Some(true));
    }
    // The subvolumes of one btrfs have numbers of their own. The list of mounts has the whole's.
    let whole = |file| mounted_device(file).ok().flatten();
    Ok(whole(first).zip(whole(second)).map(|(first, second)| first == second))
}

/// Whether the files were opened by two mounts.
pub(crate) fn are_by_two_mounts(first: &File, second: &File) -> bool {
    let mount = |file| mount_id(file).ok().flatten();
    mount(first).zip(mount(second)).is_some_and(|(first, second)| first != second)
}

/// The number of the mount that the file was opened by.
fn mount_id(file: &File) -> io::Result<Option<String>> {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd()))?;
    let id = info.lines().find_map(|line| line.strip_prefix("mnt_id:"));
    Ok(id.map(|id| id.trim().to_owned()))
}

/// The device number of the mounted filesystem, `major:minor`.
fn mounted_device(file: &File) -> io::Result<Option<String>> {
    let Some(id) = mount_id(file)? else { return Ok(None) };
    // Names in it can be anything but UTF-8.
    let mounts = fs::read("/proc/self/mountinfo")?;
    let mounts = String::from_utf8_lossy(&mounts);
    let device = mounts.lines().find_map(|line| {
        let mut fields = line.split(' ');
        (fields.next()? == id).then(|| fields.nth(1).map(str::to_owned))?
    });
    Ok(device)
}

/// Whether the file reports as many blocks as its length takes, so that it has no holes.
pub(crate) fn has_all_blocks(file: &File) -> bool {
    file.metadata().is_ok_and(|status| status.blocks().saturating_mul(512) >= status.len())
}

/// Length and times, as the file's server, if it has one, reports them now.
pub(crate) fn facts_now(file: &File) -> io::Result<Facts> {
    let flags = libc::AT_EMPTY_PATH | libc::AT_STATX_FORCE_SYNC;
    let mask = libc::STATX_BASIC_STATS | libc::STATX_BTIME;
    let status = match statx(file.as_raw_fd(), c"", flags, mask) {
        // A kernel before 4.11 has no statx, and a seccomp filter may refuse it.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => {
            return facts_of_fstat(file);
        }
        status => status?,
    };
    let time = |time: libc::statx_timestamp| Time {
        seconds: time.tv_sec,
        nanoseconds: time.tv_nsec.into(),
    };
    Ok(Facts {
        len: status.stx_size,
        modified: time(status.stx_mtime),
        changed: time(status.stx_ctime),
        born: (status.stx_mask & libc::STATX_BTIME != 0).then(|| time(status.stx_btime)),
    })
}

fn facts_of_fstat(file: &File) -> io::Result<Facts> {
    let status = file.metadata()?;
    Ok(Facts {
        len: status.len(),
        modified: Time { seconds: status.mtime(), nanoseconds: status.mtime_nsec() },
        changed: Time { seconds: status.ctime(), nanoseconds: status.ctime_nsec() },
        born: None,
    })
}

/// Whether this process is the file's owner, or root.
pub(crate) fn is_ours(file: &File) -> bool {
    // SAFETY: geteuid takes nothing and cannot fail.
    let user = unsafe { libc::geteuid() };
    user == 0 || file.metadata().is_ok_and(|status| status.uid() == user)
}

/// The `chattr` flags: FS_IOC_GETFLAGS. `None` where the filesystem has none.
pub(crate) fn inode_flags(file: &File) -> Option<u32> {
    // SAFETY: FS_IOC_GETFLAGS writes one int, whatever the `long` in its number says.
    const GETFLAGS: Ioctl<libc::c_int> = unsafe { Ioctl::new(kernel::FS_IOC_GETFLAGS) };

    let mut flags = 0;
    GETFLAGS.call(file, &mut flags).ok()?;
    Some(flags as u32)
}

/// The extended flags: `fsx_xflags` of FS_IOC_FSGETXATTR. `None` where the filesystem has none.
pub(crate) fn extended_flags(file: &File) -> Option<u32> {
    // SAFETY: FS_IOC_FSGETXATTR writes one `fsxattr`.
    const GETXATTR: Ioctl<kernel::fsxattr> = unsafe { Ioctl::new(kernel::FS_IOC_FSGETXATTR) };

    let mut attributes = kernel::fsxattr::default();
    GETXATTR.call(file, &mut attributes).ok()?;
    Some(attributes.fsx_xflags)
}

/// The length in bytes that this process may give a file: RLIMIT_FSIZE. `None` without a limit.
pub(crate) fn file_size_limit() -> Option<u64> {
    let mut limit = MaybeUninit::<libc::rlimit64>::uninit();
    // SAFETY: getrlimit64 writes one `rlimit64`, for which there is room.
    check(unsafe { libc::getrlimit64(libc::RLIMIT_FSIZE, limit.as_mut_ptr()) }).ok()?;
    // SAFETY: the call succeeded, so that it has written the whole struct.
    let limit = unsafe { limit.assume_init() }.rlim_cur;
    (limit != libc::RLIM64_INFINITY).then_some(limit)
}
