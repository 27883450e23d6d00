//! Comparing two files by reading them.

use std::fs::File;
use std::io;

use crate::direct::{self, Need, Stuck};
use crate::error::{Error, Operation, Result, Side};
use crate::known::Known;
use crate::piece::Piece;
use crate::sys;

/// The offset in the source of the first byte that differs.
pub(crate) fn first_difference(src: &File, dst: &File, piece: Piece) -> Result<Option<u64>> {
    const BUFFER: usize = 64 << 10;
    let buffered = |file, side| {
        let file = direct::buffered(&Known::new(file), Need::Reading);
        file.map_err(|Stuck| direct::refusal(Operation::Read, side))
    };
    let (own_src, own_dst) = (buffered(src, Side::Source)?, buffered(dst, Side::Destination)?);
    let (src, dst) = (own_src.as_ref().unwrap_or(src), own_dst.as_ref().unwrap_or(dst));
    let (mut ours, mut theirs) = (vec![0; BUFFER], vec![0; BUFFER]);
    let mut rest = piece;
    while rest.len > 0 {
        let ask = usize::try_from(rest.len).unwrap_or(BUFFER).min(BUFFER);
        let read = |file, buffer, offset, side| {
            read_full(file, buffer, offset).map_err(Error::on(Operation::Read, side))
        };
        let our_bytes = read(src, &mut ours[..ask], rest.src, Side::Source)?;
        let their_bytes = read(dst, &mut theirs[..ask], rest.dst, Side::Destination)?;
        if our_bytes == ask && ours[..our_bytes] == theirs[..their_bytes] {
            rest = rest.after(ask as u64);
            continue;
        }
        let common = our_bytes.min(their_bytes);
        let equal =
            ours[..common].iter().zip(&theirs[..common]).take_while(|(a, b)| a == b).count();
        // A file that ends here differs from one that continues.
        return Ok(Some(rest.src + equal as u64));
    }
    Ok(None)
}

/// Fills the buffer, or as much of it as the file has, and returns the number of bytes read.
pub(crate) fn read_full(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match sys::read_at(file, &mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
