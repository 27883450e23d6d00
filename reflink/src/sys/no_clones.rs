//! The stand-ins on systems that clone into no file that exists.

use std::fs::File;
use std::io;

pub(crate) const CLONES_INTO_FILES: bool = false;
pub(crate) const LARGEST_CLONE: u64 = u64::MAX;

pub(crate) fn clone_file(_src: &File, _dst: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn clone_range(
    _src: &File,
    _src_offset: u64,
    _len: u64,
    _dst: &File,
    _dst_offset: u64,
) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn block_size(_file: &File) -> u64 {
    0
}

pub(crate) fn own_block_size(_file: &File) -> Option<u64> {
    None
}
