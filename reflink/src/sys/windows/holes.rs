//! Holes of sparse files: FSCTL_QUERY_ALLOCATED_RANGES, FSCTL_SET_SPARSE, FSCTL_SET_ZERO_DATA. Type-checked: Wine 8
//! has no sparse files.

use std::fs::File;
use std::io;
use std::os::windows::fs::MetadataExt as _;

use windows_sys::Win32::Foundation::{
    ERROR_INVALID_FUNCTION, ERROR_MORE_DATA, ERROR_NOT_SUPPORTED,
};
use windows_sys::Win32::Storage::FileSystem::FILE_ATTRIBUTE_SPARSE_FILE;
use windows_sys::Win32::System::Ioctl::{
    FILE_ALLOCATED_RANGE_BUFFER, FILE_ZERO_DATA_INFORMATION, FSCTL_QUERY_ALLOCATED_RANGES,
    FSCTL_SET_SPARSE, FSCTL_SET_ZERO_DATA,
};

use super::{control, errors};

/// Whether finding holes moves the offset of the file.
pub(crate) const HOLES_MOVE_OFFSET: bool = false;

/// Whether the file can have holes.
pub(super) fn is_sparse(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.file_attributes() & FILE_ATTRIBUTE_SPARSE_FILE != 0)
}

/// Makes `dst` sparse if `src` is.
pub(super) fn make_as_sparse(src: &File, dst: &File) -> io::Result<()> {
    if is_sparse(src)? && !is_sparse(dst)? {
        control::call(dst, FSCTL_SET_SPARSE, &(), &mut ())?;
    }
    Ok(())
}

/// Makes `dst`, which is about to get its length, ready for the holes of `src`.
pub(crate) fn expect_holes(src: &File, dst: &File) {
    // On a volume without sparse files what is not written reads as zeros all the same.
    let _ = make_as_sparse(src, dst);
}

/// The first stretch of data that ends after `from`.
fn data(file: &File, from: u64) -> io::Result<Option<(u64, u64)>> {
    if !is_sparse(file)? {
        return Err(errors::not_supported());
    }
    let start = i64::try_from(from).map_err(|_| errors::invalid())?;
    let asked = FILE_ALLOCATED_RANGE_BUFFER { FileOffset: start, Length: i64::MAX - start };
    let mut found = FILE_ALLOCATED_RANGE_BUFFER::default();
    match control::call(file, FSCTL_QUERY_ALLOCATED_RANGES, &asked, &mut found) {
        // There are more than the one that fits.
        Err(error) if error.raw_os_error() != Some(ERROR_MORE_DATA as i32) => return Err(error),
        _ => {}
    }
    let (offset, len) = (found.FileOffset.unsigned_abs(), found.Length.unsigned_abs());
    Ok((len > 0).then_some((offset.max(from), offset + len)))
}

/// The first offset at or after `from` that holds data; `None` where only a hole follows.
pub(crate) fn next_data(file: &File, from: u64) -> io::Result<Option<u64>> {
    Ok(data(file, from)?.map(|(start, _)| start))
}

/// The first offset after `from`, which holds data, that can lie in a hole.
pub(crate) fn next_hole(file: &File, from: u64) -> io::Result<u64> {
    Ok(data(file, from)?.filter(|(start, _)| *start == from).map_or(from, |(_, end)| end))
}

/// Turns `len` bytes at `offset` into a hole, or into zeros if the file is not sparse; the file keeps its length.
pub(crate) fn punch_hole(file: &File, offset: u64, len: u64) -> io::Result<()> {
    let signed = |number: u64| i64::try_from(number).map_err(|_| errors::invalid());
    let range = FILE_ZERO_DATA_INFORMATION {
        FileOffset: signed(offset)?,
        BeyondFinalZero: signed(offset.saturating_add(len))?,
    };
    control::call(file, FSCTL_SET_ZERO_DATA, &range, &mut ())
}

/// Making a hole, or filling one with blocks: whether that is not possible here.
pub(crate) fn cannot_change_allocation(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(|code| code as u32);
    matches!(code, Some(ERROR_INVALID_FUNCTION | ERROR_NOT_SUPPORTED))
}
