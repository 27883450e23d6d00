//! Single reads and writes at an offset.

use std::fs::File;
use std::io;

use super::job::Job;
use super::stream::Stream;
use crate::error::{Error, Operation, Result, Side};
use crate::{diagnose, sys};

/// The most bytes of one read or write.
pub(super) const BUFFER: u64 = 256 << 10;

/// One pread, which returns 0 only at the end of the source.
pub(super) fn read(job: &Job<'_>, buffer: &mut [u8], offset: u64) -> Result<usize> {
    uninterrupted(|| read_once(job, buffer, offset)).map_err(|error| cannot_read(job, error))
}

pub(super) fn cannot_read(job: &Job<'_>, error: io::Error) -> Error {
    diagnose::explain(job.src.file, job.dst.file, Operation::Read, Side::Source, error)
}

/// Repeats a call after EINTR.
pub(super) fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn read_once(job: &Job<'_>, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut stream = job.stream.borrow_mut();
    if let Some(stream) = stream.as_mut() {
        return stream.read_at(buffer, offset);
    }
    match sys::read_at(job.src.file, buffer, offset) {
        Err(error) if sys::has_no_offset(&error) => match Stream::of(job.src.file) {
            Ok(opened) => stream.insert(opened).read_at(buffer, offset),
            Err(_) => Err(error),
        },
        result => result,
    }
}

/// Whether the source has a byte at `offset`. Some files can be read only in words of several bytes
/// (/proc/kpagecount), and not byte by byte.
pub(super) fn has_byte_at(job: &Job<'_>, offset: u64) -> Result<bool> {
    read(job, &mut [0; 4096], offset).map(|read| read > 0)
}

/// Makes a destination of `dst_len` bytes at least `len` bytes long. Unlike ftruncate, a write of
/// the last byte never cuts off what another process appends meanwhile.
pub(super) fn extend_to(job: &Job<'_>, len: u64, dst_len: u64) -> Result<()> {
    if len > dst_len { write_all(job, &[0], len - 1) } else { Ok(()) }
}

/// Repeats pwrite until all bytes are written.
pub(super) fn write_all(job: &Job<'_>, bytes: &[u8], offset: u64) -> Result<()> {
    write_to(job.dst.file, bytes, offset, || job.watch.note_change())
        .map_err(|error| cannot_write(job, error))
}

pub(super) fn cannot_write(job: &Job<'_>, error: io::Error) -> Error {
    diagnose::explain(job.src.file, job.dst.file, Operation::Write, Side::Destination, error)
}

/// Like [`write_all`], without a job. Calls `note_change` after each pwrite that changed something.
pub(super) fn write_to(
    file: &File,
    mut bytes: &[u8],
    mut offset: u64,
    note_change: impl Fn(),
) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = uninterrupted(|| sys::write_at(file, bytes, offset))?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
        offset += written as u64;
        note_change();
    }
    Ok(())
}
