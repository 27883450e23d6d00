//! The entries of a directory, a buffer at a time: getdents64(2).

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;

use crate::sys::types::FileKind;

/// The bytes of a `linux_dirent64` before its name: inode, position, length and type.
const HEADER: usize = 8 + 8 + 2 + 1;

/// Entries that one call returned, and how far they have been read.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    buffer: Vec<u8>,
    at: usize,
}

/// One entry.
pub(crate) struct Entry<'e> {
    pub(crate) name: &'e OsStr,
    /// `None` if the filesystem does not report types.
    pub(crate) kind: Option<FileKind>,
    /// The position of the next entry, for [`seek`].
    pub(crate) next: i64,
}

/// Reads a directory. The kernel remembers how far.
#[derive(Debug, Default)]
pub(crate) struct Listing(());

impl Listing {
    /// The next entries of `dir`, as many as fit in `size` bytes; none at its end.
    pub(crate) fn next(&mut self, dir: &File, size: usize) -> io::Result<Entries> {
        Entries::read(dir, size)
    }
}

impl Entries {
    /// Whether reading can continue at the position of an entry.
    pub(crate) const CONTINUE: bool = true;

    /// The next entries of `dir`, as many as fit in `size` bytes.
    pub(crate) fn read(dir: &File, size: usize) -> io::Result<Self> {
        let mut buffer = vec![0_u8; size];
        // SAFETY: the buffer has the length that is passed and is writable for the call, and the descriptor
        // stays open.
        let read = unsafe {
            libc::syscall(libc::SYS_getdents64, dir.as_raw_fd(), buffer.as_mut_ptr(), buffer.len())
        };
        let read = usize::try_from(read).map_err(|_| io::Error::last_os_error())?;
        buffer.truncate(read);
        Ok(Self { buffer, at: 0 })
    }

    /// The bytes that are still to be read.
    pub(crate) fn len(&self) -> usize {
        self.buffer.len() - self.at
    }

    /// The next entry, `.` and `..` left out.
    pub(crate) fn next(&mut self) -> Option<Entry<'_>> {
        loop {
            let at = self.at;
            let entry = self.buffer.get(at..)?;
            let next = i64::from_ne_bytes(*entry.get(8..)?.first_chunk()?);
            let len = usize::from(u16::from_ne_bytes(*entry.get(16..)?.first_chunk()?));
            let (kind, name) = (*entry.get(18)?, entry.get(HEADER..len)?);
            let end = name.iter().position(|byte| *byte == 0)?;
            self.at += len;
            if matches!(&name[..end], b"." | b"..") {
                continue;
            }
            let name = self.buffer.get(at + HEADER..at + HEADER + end)?;
            return Some(Entry { name: OsStr::from_bytes(name), kind: kind_of_entry(kind), next });
        }
    }
}

fn kind_of_entry(kind: u8) -> Option<FileKind> {
    match kind {
        libc::DT_REG => Some(FileKind::Regular),
        libc::DT_DIR => Some(FileKind::Directory),
        libc::DT_LNK => Some(FileKind::Symlink),
        libc::DT_UNKNOWN => None,
        _ => Some(FileKind::Special),
    }
}

/// Has the next [`Entries::read`] begin at a position that an entry named.
pub(crate) fn seek(dir: &File, position: i64) -> io::Result<()> {
    // SAFETY: lseek takes plain numbers, and the descriptor stays open for the call.
    match unsafe { libc::lseek64(dir.as_raw_fd(), position, libc::SEEK_SET) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
