//! What Linux knows about a file and its filesystem: questions asked after a refusal.

use std::ffi::CStr;
use std::fs::{self, File};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, RawFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use reflink_sys as kernel;

use super::dir::check;
use super::{Dir, Facts, Time, mounts};
use crate::error::FsType;

/// The block size, which is what offsets and lengths of a clone must be multiples of; where it cannot
/// be known, that of most servers: the clone itself tells.
pub(crate) fn block_size(file: &File) -> u64 {
    const USUAL: u64 = 4 << 10;

    own_block_size(file).unwrap_or(USUAL)
}

/// The block size, where it is the filesystem's own and not a guess. NFS and SMB do not know the
/// server's, and report some transfer size.
pub(crate) fn own_block_size(file: &File) -> Option<u64> {
    /// No filesystem that clones has larger blocks.
    const LARGEST: u64 = 64 << 10;

    let filesystem = fs_type(file)?;
    if filesystem.is_network() {
        return None;
    }
    if filesystem.shares_clusters() {
        // Here it is the cluster, and FIGETBSZ the smaller block.
        return Some(file.metadata().ok()?.blksize());
    }
    let mut size: libc::c_int = 0;
    // SAFETY: FIGETBSZ writes one int, which lives and is writable for the call.
    let result =
        unsafe { libc::ioctl(file.as_raw_fd(), kernel::FIGETBSZ as libc::Ioctl, &raw mut size) };
    let size = match u64::try_from(size) {
        Ok(size) if result == 0 && size > 0 => size,
        // overlayfs refuses FIGETBSZ, and its statfs is the upper filesystem's.
        _ => statfs(file.as_raw_fd())?.block_size,
    };
    (1..=LARGEST).contains(&size).then_some(size)
}

/// The type of the directory's filesystem.
pub(crate) fn fs_type_of_dir(dir: &Dir) -> Option<FsType> {
    match dir {
        // It has no descriptor that could be asked.
        Dir::Working => fs_type_of_dir(&Dir::open(Path::new(".")).ok()?),
        Dir::Open(_) | Dir::Borrowed(_) => mounts::fs_type(dir.raw()),
    }
}

/// The type of the file's filesystem.
pub(crate) fn fs_type(file: &File) -> Option<FsType> {
    mounts::fs_type(file.as_raw_fd())
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

pub(super) struct Statfs {
    pub(super) fs_type: FsType,
    block_size: u64,
}

#[allow(clippy::unnecessary_cast)] // the types of both fields differ by architecture
pub(super) fn statfs(fd: RawFd) -> Option<Statfs> {
    let mut facts = MaybeUninit::<libc::statfs64>::uninit();
    // SAFETY: fstatfs64 writes one `statfs64`, for which there is room.
    check(unsafe { libc::fstatfs64(fd, facts.as_mut_ptr()) }).ok()?;
    // SAFETY: the call succeeded, so that it has written the whole struct.
    let facts = unsafe { facts.assume_init() };
    Some(Statfs {
        fs_type: FsType::from_magic(facts.f_type as u64),
        block_size: facts.f_bsize as u64,
    })
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

/// The system call itself, as old libcs have no function for it.
pub(super) fn statx(dir: RawFd, name: &CStr, flags: i32, mask: u32) -> io::Result<libc::statx> {
    let mut status = MaybeUninit::<libc::statx>::uninit();
    // SAFETY: the name is a C string, and statx writes one `statx`, for which there is room.
    let result = unsafe {
        libc::syscall(libc::SYS_statx, dir, name.as_ptr(), flags, mask, status.as_mut_ptr())
    };
    check(if result == 0 { 0 } else { -1 })?;
    // SAFETY: the call succeeded, so that it has written the whole struct.
    Ok(unsafe { status.assume_init() })
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
    let mut flags: libc::c_int = 0;
    // SAFETY: FS_IOC_GETFLAGS writes one int, whatever the `long` in its number says.
    check(unsafe {
        libc::ioctl(file.as_raw_fd(), kernel::FS_IOC_GETFLAGS as libc::Ioctl, &raw mut flags)
    })
    .ok()?;
    Some(flags as u32)
}

/// The extended flags: `fsx_xflags` of FS_IOC_FSGETXATTR. `None` where the filesystem has none.
pub(crate) fn extended_flags(file: &File) -> Option<u32> {
    let mut attributes = MaybeUninit::<kernel::fsxattr>::zeroed();
    // SAFETY: FS_IOC_FSGETXATTR writes one `fsxattr`, for which there is room.
    check(unsafe {
        libc::ioctl(
            file.as_raw_fd(),
            kernel::FS_IOC_FSGETXATTR as libc::Ioctl,
            attributes.as_mut_ptr(),
        )
    })
    .ok()?;
    // SAFETY: the struct is made of integers only, and was zeroed before the call wrote it.
    Some(unsafe { attributes.assume_init() }.fsx_xflags)
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
