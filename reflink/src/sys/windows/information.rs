//! What Windows reports of an open file: GetFileInformationByHandleEx.

use std::fs::File;
use std::io;
use std::os::windows::io::AsRawHandle as _;

use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_TAG_INFO, FILE_ID_INFO, FILE_INFO_BY_HANDLE_CLASS, FILE_STANDARD_INFO,
    FileAttributeTagInfo, FileIdInfo, FileStandardInfo, GetFileInformationByHandleEx,
};

/// A struct that the call writes.
///
/// # Safety
///
/// `CLASS` must be the class for which the call writes this struct, and nothing after it.
pub(super) unsafe trait Information: Default {
    const CLASS: FILE_INFO_BY_HANDLE_CLASS;
}

// SAFETY: the struct of FileIdInfo, by the call's documentation.
unsafe impl Information for FILE_ID_INFO {
    const CLASS: FILE_INFO_BY_HANDLE_CLASS = FileIdInfo;
}
// SAFETY: the struct of FileAttributeTagInfo, by the call's documentation.
unsafe impl Information for FILE_ATTRIBUTE_TAG_INFO {
    const CLASS: FILE_INFO_BY_HANDLE_CLASS = FileAttributeTagInfo;
}
// SAFETY: the struct of FileStandardInfo, by the call's documentation.
unsafe impl Information for FILE_STANDARD_INFO {
    const CLASS: FILE_INFO_BY_HANDLE_CLASS = FileStandardInfo;
}

pub(super) fn information<T: Information>(file: &File) -> io::Result<T> {
    let mut found = T::default();
    // SAFETY: the handle stays open for the call, which writes the one struct of the class, of the size that is
    // passed.
    let ok = unsafe {
        GetFileInformationByHandleEx(
            file.as_raw_handle(),
            T::CLASS,
            (&raw mut found).cast(),
            size_of::<T>() as u32,
        )
    };
    if ok == 0 { Err(io::Error::last_os_error()) } else { Ok(found) }
}
