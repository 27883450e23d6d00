//! Sharing blocks: FSCTL_DUPLICATE_EXTENTS_TO_FILE, which ReFS has. Written from Microsoft's documentation
//! ("Block Cloning" and the pages of the controls), and type-checked: no test has run it on ReFS.

use std::fs::File;
use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _};

use windows_sys::Win32::Foundation::{
    ERROR_BUSY, ERROR_INVALID_FUNCTION, ERROR_NOT_SAME_DEVICE, ERROR_NOT_SUPPORTED,
    INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_APPEND_DATA, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
    GetVolumeInformationByHandleW, ReOpenFile,
};
use windows_sys::Win32::System::Ioctl::{
    DUPLICATE_EXTENTS_DATA, FSCTL_DUPLICATE_EXTENTS_TO_FILE, FSCTL_GET_INTEGRITY_INFORMATION,
    FSCTL_GET_INTEGRITY_INFORMATION_BUFFER, FSCTL_SET_INTEGRITY_INFORMATION,
    FSCTL_SET_INTEGRITY_INFORMATION_BUFFER,
};

use super::control::{self, code};
use super::errors;
use super::holes::make_as_sparse;
use super::status::status;

/// `winnt.h`: a volume that counts how many files use a cluster, so that files can share it.
const FILE_SUPPORTS_BLOCK_REFCOUNTING: u32 = 0x0800_0000;

/// The error for files that no clone is possible between, whatever the range.
pub(crate) fn can_clone(src: &File, dst: &File) -> io::Result<()> {
    let (from, to) = (status(src)?, status(dst)?);
    if from.is_dir() || to.is_dir() {
        return Err(errors::invalid());
    }
    if !counts_references(dst) {
        // What the control returns there.
        return Err(code(ERROR_INVALID_FUNCTION));
    }
    // The first number is that of the volume.
    if from.id.0 != to.id.0 {
        return Err(code(ERROR_NOT_SAME_DEVICE));
    }
    Ok(())
}

/// Whether the file's volume says that it can share clusters.
fn counts_references(file: &File) -> bool {
    let (none, mut flags) = (std::ptr::null_mut(), 0);
    // SAFETY: the handle stays open for the call, which writes the flags. What is null is not asked for.
    let ok = unsafe {
        GetVolumeInformationByHandleW(
            file.as_raw_handle(),
            none,
            0,
            none.cast(),
            none.cast(),
            &raw mut flags,
            none,
            0,
        )
    };
    ok != 0 && flags & FILE_SUPPORTS_BLOCK_REFCOUNTING != 0
}

/// Makes both files ready for [`share`]: the source's bytes are on disk, and an empty destination has its setting
/// of integrity. A sparse source makes the destination sparse, which changes none of its bytes.
///
/// A destination that does not take a setting can still be copied to: ERROR_NOT_SUPPORTED, whatever the reason.
pub(crate) fn make_ready(src: &File, dst: &File) -> io::Result<()> {
    let unsettable = |_| code(ERROR_NOT_SUPPORTED);
    flush(src)?;
    make_as_sparse(src, dst).map_err(unsettable)?;
    let Some((wanted, found)) = integrity(src).zip(integrity(dst)) else { return Ok(()) };
    if wanted.ChecksumAlgorithm == found.ChecksumAlgorithm {
        return Ok(());
    }
    if dst.metadata()?.len() > 0 {
        return Err(errors::invalid());
    }
    let setting = FSCTL_SET_INTEGRITY_INFORMATION_BUFFER {
        ChecksumAlgorithm: wanted.ChecksumAlgorithm,
        Reserved: 0,
        Flags: wanted.Flags,
    };
    control::call(dst, FSCTL_SET_INTEGRITY_INFORMATION, &setting, &mut ()).map_err(unsettable)
}

/// Writes the file to disk: a clone of bytes that are not there yet has zeros.
///
/// That needs the right to write to it. A file that cannot be flushed is refused with ERROR_BUSY: nothing else tells
/// whether it has such bytes.
fn flush(file: &File) -> io::Result<()> {
    if file.sync_all().is_ok() {
        return Ok(());
    }
    let shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    // SAFETY: the handle stays open for the call; the other arguments are plain numbers.
    let again = unsafe { ReOpenFile(file.as_raw_handle(), FILE_APPEND_DATA, shared, 0) };
    if again == INVALID_HANDLE_VALUE {
        return Err(code(ERROR_BUSY));
    }
    // SAFETY: the call has just returned this handle, and nobody else knows of it.
    let again = unsafe { File::from_raw_handle(again) };
    again.sync_all().map_err(|_| code(ERROR_BUSY))
}

/// The file's setting of integrity, if its volume has any.
fn integrity(file: &File) -> Option<FSCTL_GET_INTEGRITY_INFORMATION_BUFFER> {
    let mut found = FSCTL_GET_INTEGRITY_INFORMATION_BUFFER::default();
    control::call(file, FSCTL_GET_INTEGRITY_INFORMATION, &(), &mut found).ok()?;
    Some(found)
}

/// Whether one file has integrity streams and the other does not.
pub(crate) fn differ_in_integrity(src: &File, dst: &File) -> bool {
    let both = integrity(src).zip(integrity(dst));
    both.is_some_and(|(src, dst)| src.ChecksumAlgorithm != dst.ChecksumAlgorithm)
}

/// The cluster size of the file's volume, which offsets and lengths of a clone must be multiples of.
pub(crate) fn own_block_size(file: &File) -> Option<u64> {
    integrity(file).map(|found| found.ClusterSizeInBytes.into()).filter(|size| *size > 0)
}

/// The cluster size or, if it cannot be found out, the one that ReFS has unless it was made with another.
pub(crate) fn block_size(file: &File) -> u64 {
    own_block_size(file).unwrap_or(4 << 10)
}

/// Shares whole clusters. Both offsets and the length are multiples of the cluster size.
pub(crate) fn share(
    src: &File,
    src_offset: u64,
    len: u64,
    dst: &File,
    dst_offset: u64,
) -> io::Result<()> {
    let signed = |number: u64| i64::try_from(number).map_err(|_| errors::invalid());
    let range = DUPLICATE_EXTENTS_DATA {
        FileHandle: src.as_raw_handle(),
        SourceFileOffset: signed(src_offset)?,
        TargetFileOffset: signed(dst_offset)?,
        ByteCount: signed(len)?,
    };
    control::call(dst, FSCTL_DUPLICATE_EXTENTS_TO_FILE, &range, &mut ())
}
