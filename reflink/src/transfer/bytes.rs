//! Single reads and writes at an offset.

use std::io;

use super::job::Job;
use super::stream::Stream;
use crate::error::{Operation, Result, Side};
use crate::{diagnose, sys};

/// The most bytes of one read or write.
pub(super) const BUFFER: u64 = 256 << 10;

/// One pread, which returns 0 only at the end of the source.
pub(super) fn read(job: &Job<'_>, buffer: &mut [u8], offset: u64) -> Result<usize> {
    loop {
        match read_once(job, buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => {
                return result.map_err(|error| {
                    diagnose::explain(
                        job.src.file,
                        job.dst.file,
                        Operation::Read,
                        Side::Source,
                        error,
                    )
                });
            }
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
pub(super) fn write_all(job: &Job<'_>, mut bytes: &[u8], mut offset: u64) -> Result<()> {
    while !bytes.is_empty() {
        let error = match sys::write_at(job.dst.file, bytes, offset) {
            Ok(0) => io::ErrorKind::WriteZero.into(),
            Ok(written) => {
                bytes = &bytes[written..];
                offset += written as u64;
                job.watch.note_change();
                continue;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => error,
        };
        return Err(diagnose::explain(
            job.src.file,
            job.dst.file,
            Operation::Write,
            Side::Destination,
            error,
        ));
    }
    Ok(())
}
