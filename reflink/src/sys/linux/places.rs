//! Directories in which names behave unusually.

use std::ffi::{CStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use super::mounts::fs_type_of_dir;
use super::statx::statx;
use crate::sys::types::FileKind;
use crate::sys::unix::check::c_name;
use crate::sys::unix::dir::Dir;

/// As many symbolic links are followed by the kernel in one path.
const MOST_LINKS: usize = 40;

impl Dir<'_> {
    /// Whether names can be made here, but neither removed nor changed: `chattr +a`. Kernels before
    /// 4.11 lack statx, and a filter may refuse it: there the rename shows the flag.
    pub(crate) fn is_append_only(&self) -> bool {
        self.has_attribute(libc::STATX_ATTR_APPEND)
    }

    /// Whether no name can be made, removed or changed here: `chattr +i`.
    pub(crate) fn is_immutable(&self) -> bool {
        self.has_attribute(libc::STATX_ATTR_IMMUTABLE)
    }

    /// Whether it has been deleted while it was held open. A program or a server may leave out the number of
    /// links.
    pub(crate) fn is_deleted(&self) -> bool {
        let is_network = fs_type_of_dir(self).is_none_or(crate::error::FsType::is_network);
        !is_network && self.statx(c".").is_some_and(|status| status.stx_nlink == 0)
    }

    /// Whether something is mounted on `name`, as far as the kernel reports it (5.8).
    pub(crate) fn is_mount_point(&self, name: &Path) -> bool {
        const MOUNT_ROOT: u64 = libc::STATX_ATTR_MOUNT_ROOT as u64;

        let Ok(name) = c_name(name.as_os_str().as_bytes()) else { return false };
        self.statx(&name).is_some_and(|status| {
            status.stx_attributes_mask & MOUNT_ROOT == 0 || status.stx_attributes & MOUNT_ROOT != 0
        })
    }

    fn has_attribute(&self, attribute: libc::c_int) -> bool {
        self.statx(c".").is_some_and(|status| status.stx_attributes & attribute as u64 != 0)
    }

    fn statx(&self, name: &CStr) -> Option<libc::statx> {
        statx(self.raw(), name, libc::AT_SYMLINK_NOFOLLOW, libc::STATX_NLINK).ok()
    }

    /// Whether `name` is a link of procfs to an open file (`/proc/self/fd/1`), or a symbolic link that
    /// leads to one (`/dev/stdout`). Such a link can lead anywhere, and be replaced nowhere.
    pub(crate) fn leads_to_descriptor(&self, name: &Path) -> bool {
        let mut place: Option<(Dir<'_>, PathBuf)> = None;
        for _ in 0..MOST_LINKS {
            let (dir, name) =
                place.as_ref().map_or((self, name), |(dir, name)| (dir, name.as_path()));
            if !matches!(dir.inspect(name, false), Ok(Some(found)) if found.kind == FileKind::Symlink)
            {
                return false;
            }
            if dir.is_of_a_process() {
                return true;
            }
            let Ok(target) = dir.read_link(name) else { return false };
            let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
                return false;
            };
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            let Ok(parent) = dir.open_below(parent) else { return false };
            place = Some((parent, name.into()));
        }
        false
    }

    /// Whether it is a directory of procfs other than its root, whose links are ordinary ones.
    fn is_of_a_process(&self) -> bool {
        const ROOT: u64 = 1;

        let is_proc = fs_type_of_dir(self).and_then(crate::error::FsType::name) == Some("proc");
        is_proc && !matches!(self.inspect(Path::new("."), false), Ok(Some(dir)) if dir.id.1 == ROOT)
    }

    fn read_link(&self, name: &Path) -> io::Result<PathBuf> {
        let name = c_name(name.as_os_str().as_bytes())?;
        let mut target = vec![0; libc::PATH_MAX as usize];
        // SAFETY: the name is NUL-terminated, and the buffer has the room that is given.
        let len = unsafe {
            libc::readlinkat(self.raw(), name.as_ptr(), target.as_mut_ptr().cast(), target.len())
        };
        target.truncate(usize::try_from(len).map_err(|_| io::Error::last_os_error())?);
        Ok(OsString::from_vec(target).into())
    }
}
