//! A rename that replaces nothing: MoveFileExW.

use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::path::{self, Path};

use windows_sys::Win32::Storage::FileSystem::MoveFileExW;

use super::dir::Dir;
use super::errors;

/// The longest path that the call takes (`MAX_PATH`, with its NUL), once it is absolute.
const LONGEST: usize = 260;
/// `\\?\`, with which a path has any length.
const VERBATIM: [u16; 4] = [b'\\' as u16, b'\\' as u16, b'?' as u16, b'\\' as u16];

/// Gives the file `from` the name `to`; fails with ERROR_ALREADY_EXISTS if that is taken. Longer paths than the call
/// takes are not supported: a hard link serves.
pub(crate) fn rename_no_replace(dir: &Dir, from: &Path, to: &Path) -> io::Result<()> {
    let wide = |name| -> io::Result<Vec<u16>> {
        let path = path::absolute(dir.path_of(name)?)?;
        Ok(path.as_os_str().encode_wide().chain(std::iter::once(0)).collect())
    };
    let (from, to) = (wide(from)?, wide(to)?);
    let is_short = |path: &[u16]| path.len() <= LONGEST || path.starts_with(&VERBATIM);
    if !is_short(&from) || !is_short(&to) {
        return Err(errors::not_supported());
    }
    // SAFETY: both paths are NUL-terminated and live for the call. Without flags it replaces nothing.
    let ok = unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), 0) };
    if ok == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
