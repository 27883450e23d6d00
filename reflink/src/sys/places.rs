//! Directories in which names behave unusually.

use std::ffi::OsString;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use super::dir::c_name;
use super::{Dir, FileKind, fs_type_of_dir};

/// As many symbolic links are followed by the kernel in one path.
const MOST_LINKS: usize = 40;

impl Dir {
    /// Whether names can be made here, but neither removed nor changed: `chattr +a`.
    pub(crate) fn is_append_only(&self) -> bool {
        let mut status = MaybeUninit::<libc::statx>::uninit();
        // SAFETY: the path is a C string, and statx writes one `statx`, for which there is room. (Old
        // libcs have no function for it.)
        let result = unsafe {
            libc::syscall(libc::SYS_statx, self.raw(), c".".as_ptr(), 0, 0, status.as_mut_ptr())
        };
        // Kernels before 4.11 lack statx, and a filter may refuse it: there the rename shows the flag.
        if result != 0 {
            return false;
        }
        // SAFETY: the call succeeded, so that it has written the whole struct.
        let attributes = unsafe { status.assume_init() }.stx_attributes;
        attributes & libc::STATX_ATTR_APPEND as u64 != 0
    }

    /// Whether `name` is a link of procfs to an open file (`/proc/self/fd/1`), or a symbolic link that
    /// leads to one (`/dev/stdout`). Such a link can lead anywhere, and be replaced nowhere.
    pub(crate) fn leads_to_descriptor(&self, name: &Path) -> bool {
        let mut place: Option<(Dir, PathBuf)> = None;
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

        let is_proc = fs_type_of_dir(self).and_then(crate::FsType::name) == Some("proc");
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

    fn open_below(&self, path: &Path) -> io::Result<Dir> {
        let path = c_name(path.as_os_str().as_bytes())?;
        self.open_at(&path, libc::O_PATH | libc::O_DIRECTORY, 0).map(Dir::Open)
    }
}
