//! Sources without an offset (ESPIPE): files that FUSE programs allow to be read only from start to
//! end.

use std::fs::File;
use std::io::{self, Read as _};

use crate::sys;

/// Such a file, reopened, because the position of the given descriptor belongs to the caller.
pub(super) struct Stream {
    file: File,
    /// How many bytes have been read.
    at: u64,
}

impl Stream {
    pub(super) fn of(file: &File) -> io::Result<Self> {
        sys::private_description(file).map(|file| Self { file, at: 0 })
    }

    /// Works like pread: skips the bytes before `offset`, and starts again for bytes that were
    /// already read.
    pub(super) fn read_at(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if offset < self.at {
            *self = Self::of(&self.file)?;
        }
        while self.at < offset {
            let skip = usize::try_from(offset - self.at).unwrap_or(usize::MAX).min(buffer.len());
            if self.read(&mut buffer[..skip])? == 0 {
                return Ok(0);
            }
        }
        self.read(buffer)
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}
