//! Windows: what the codes of FSCTL_DUPLICATE_EXTENTS_TO_FILE mean. [MS-FSCC], "FSCTL_DUPLICATE_EXTENTS_TO_FILE_EX
//! Reply", lists them as codes of the kernel.

use std::io;

use windows_sys::Win32::Foundation::{
    ERROR_BLOCK_TOO_MANY_REFERENCES, ERROR_BUSY, ERROR_INVALID_FUNCTION, ERROR_INVALID_PARAMETER,
    ERROR_NOT_SAME_DEVICE, ERROR_NOT_SUPPORTED,
};

use super::range::{misaligned, wrong_kind, wrong_range};
use crate::error::Reason;
use crate::known::Known;
use crate::piece::Piece;
use crate::sys;

pub(crate) fn clone(
    src: &Known<'_>,
    dst: &Known<'_>,
    piece: Piece,
    error: &io::Error,
) -> Option<Reason> {
    let (src, dst) = (src.file, dst.file);
    match error.raw_os_error()? as u32 {
        // NTFS, FAT, a server.
        ERROR_INVALID_FUNCTION => Some(Reason::NoBlockRefcounting),
        ERROR_NOT_SAME_DEVICE => Some(Reason::DifferentVolumes),
        // This process cannot flush the source.
        ERROR_BUSY => Some(Reason::Busy),
        // A cluster has as many users as it can have.
        ERROR_BLOCK_TOO_MANY_REFERENCES => Some(Reason::Unknown),
        ERROR_INVALID_PARAMETER | ERROR_NOT_SUPPORTED => {
            let known = wrong_kind(src, dst)
                .or_else(|| wrong_range(src, dst, piece))
                .or_else(|| misaligned(src, dst, piece));
            let differ = sys::differ_in_integrity(src, dst);
            Some(known.unwrap_or(if differ { Reason::Integrity } else { Reason::Unknown }))
        }
        _ => None,
    }
}
