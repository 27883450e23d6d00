//! Making equal data shared: FIDEDUPERANGE, which compares before it shares.

use std::fs::File;
use std::io;
use std::ops::{Bound, RangeBounds};

use crate::progress::Watch;
use crate::sys::{self, DedupeAnswer};
use crate::transfer::{self, Piece};
use crate::{Error, Operation, Options, Result, Side, diagnose};

/// One call is asked for so many bytes at most; a kernel that does less says so.
const LARGEST_CALL: u64 = 1 << 30;
/// The same while somebody watches. Both sides are read and compared.
const LARGEST_WATCHED_CALL: u64 = 16 << 20;

/// What became of one destination of [`dedupe`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Deduped {
    /// The bytes are equal.
    #[non_exhaustive]
    Shared {
        /// Bytes that are shared now. Less than the range's length where its end is not on a block
        /// boundary and not the end of both files: such an end cannot be shared.
        bytes: u64,
    },
    /// The bytes are not equal.
    #[non_exhaustive]
    Differs {
        /// Bytes that are shared now, all of them before the difference.
        bytes: u64,
        /// Where in the source the first different byte is. `None` where there was none any more
        /// when it was looked for: somebody writes to one of the files.
        at: Option<u64>,
    },
    /// The destination could not be compared or shared.
    #[non_exhaustive]
    Failed {
        /// Bytes that are shared now.
        bytes: u64,
        /// Why it went no further.
        error: Error,
    },
}

impl Deduped {
    /// Bytes that are shared now: the range's first ones.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Shared { bytes } | Self::Differs { bytes, .. } | Self::Failed { bytes, .. } => {
                *bytes
            }
        }
    }
}

/// Compares the bytes `range` of `src` with those at the offset of each destination, and makes the
/// destination share the source's blocks where all are equal.
///
/// Comparing and sharing are one step for the kernel: nobody can change a file in between, and no
/// file's contents, length or times change. The range can have any length and there can be any
/// number of destinations. Sharing goes in steps (of 16 MiB to 1 GiB by kernel), so that what comes
/// before a difference can be shared.
///
/// One answer a destination, in their order.
///
/// # Errors
///
/// For all destinations: [`Error::Io`] with EINVAL where the range does not lie within the source,
/// EBADF where it is not open for reading, EISDIR, EINVAL where it is not a regular file;
/// [`Error::NotReflinkable`] with [`Reason::NoCloneCall`](crate::Reason::NoCloneCall) before Linux 4.5 and
/// [`Error::Unsupported`] on other systems.
///
/// For one of them, in [`Deduped::Failed`]: [`Error::NotReflinkable`] where the filesystem or these
/// files cannot share, or the offsets are not on block boundaries; EPERM where it is neither open
/// for writing nor the caller's own; EINVAL where it is too short; ETXTBSY, ENOSPC, EIO.
///
/// # Platform notes
///
/// Linux: ioctl_fideduperange(2).
///
/// # Examples
///
/// ```no_run
/// # use std::fs::File;
/// use reflink::Deduped;
///
/// let (a, b) = (File::open("a.img")?, File::options().read(true).write(true).open("b.img")?);
/// for end in reflink::dedupe(&a, .., [(&b, 0)])? {
///     match end {
///         Deduped::Shared { bytes, .. } => println!("{bytes} bytes are shared now"),
///         Deduped::Differs { at, .. } => println!("not the same, from byte {at:?} on"),
///         Deduped::Failed { error, .. } => return Err(error.into()),
///         _ => {}
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn dedupe<'d>(
    src: &File,
    range: impl RangeBounds<u64>,
    destinations: impl IntoIterator<Item = (&'d File, u64)>,
) -> Result<Vec<Deduped>> {
    Options::new().dedupe(src, range, destinations)
}

/// A destination on its way through the range.
struct Target<'d> {
    file: &'d File,
    offset: u64,
    done: u64,
    end: Option<Deduped>,
}

/// [`Options::dedupe`].
pub(crate) fn run(
    options: &mut Options<'_>,
    src: &File,
    range: (Bound<u64>, Bound<u64>),
    destinations: Vec<(&File, u64)>,
) -> Result<Vec<Deduped>> {
    if !sys::HAS_REFLINK {
        return Err(Error::Unsupported);
    }
    let (start, len) = transfer::resolve_source_range(src, range)?;
    let mut targets: Vec<_> = destinations
        .into_iter()
        .map(|(file, offset)| Target { file, offset, done: 0, end: None })
        .collect();
    let mut watch = options.watch(len.saturating_mul(targets.len() as u64));
    let largest = if watch.is_watched() { LARGEST_WATCHED_CALL } else { LARGEST_CALL };
    while let Some(done) = least_done(&mut targets, len) {
        let ask = (len - done).min(largest);
        // One call has one place in the source: it takes the destinations that have come that far.
        let mut batch: Vec<_> = targets
            .iter_mut()
            .filter(|target| target.end.is_none() && target.done == done)
            .take(sys::DEDUPE_BATCH)
            .collect();
        step(src, start, len, ask, &mut batch, &mut watch)?;
    }
    Ok(targets.into_iter().filter_map(|target| target.end).collect())
}

/// How far the slowest unfinished destination is; ends those that are through.
fn least_done(targets: &mut [Target<'_>], len: u64) -> Option<u64> {
    for target in targets.iter_mut().filter(|target| target.done >= len) {
        target.end.get_or_insert(Deduped::Shared { bytes: target.done });
    }
    targets.iter().filter(|target| target.end.is_none()).map(|target| target.done).min()
}

/// One call, for destinations that have all come equally far.
fn step(
    src: &File,
    start: u64,
    len: u64,
    ask: u64,
    batch: &mut [&mut Target<'_>],
    watch: &mut Watch<'_>,
) -> Result<()> {
    let Some(done) = batch.first().map(|target| target.done) else { return Ok(()) };
    let places: Vec<_> =
        batch.iter().map(|target| (target.file, target.offset.saturating_add(done))).collect();
    let answers = loop {
        match sys::dedupe_range(src, start + done, ask, &places) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => break result,
        }
    };
    // The call itself fails only over the source, the same for every destination.
    let answers = answers.map_err(|error| {
        let reason = diagnose::clone(src, src, Piece { src: start, dst: start, len }, &error);
        Error::explained(Operation::Dedupe, Side::Source, reason, error)
    })?;
    for (target, answer) in batch.iter_mut().zip(answers) {
        let rest =
            Piece { src: start + done, dst: target.offset.saturating_add(done), len: len - done };
        match answer {
            DedupeAnswer::Shared(bytes) if bytes > 0 => {
                target.done += bytes.min(rest.len);
                watch.advance(bytes.min(rest.len))?;
            }
            // Less than a block is left, which the kernel neither shares nor compares.
            DedupeAnswer::Shared(_) => {
                target.end = Some(match first_difference(src, target.file, rest) {
                    Ok(None) => Deduped::Shared { bytes: done },
                    Ok(at) => Deduped::Differs { bytes: done, at },
                    Err(error) => Deduped::Failed { bytes: done, error },
                });
            }
            DedupeAnswer::Differs => {
                target.end = Some(match first_difference(src, target.file, rest) {
                    Ok(at) => Deduped::Differs { bytes: done, at },
                    Err(error) => Deduped::Failed { bytes: done, error },
                });
            }
            DedupeAnswer::Failed(error) => {
                let error = explain(src, target.file, rest, error);
                target.end = Some(Deduped::Failed { bytes: done, error });
            }
        }
    }
    Ok(())
}

fn explain(src: &File, dst: &File, piece: Piece, error: io::Error) -> Error {
    let reason = diagnose::dedupe(src, dst, piece, &error);
    Error::explained(Operation::Dedupe, Side::Destination, reason, error)
}

/// The offset in the source of the first byte that is not the same.
fn first_difference(src: &File, dst: &File, piece: Piece) -> Result<Option<u64>> {
    const BUFFER: usize = 64 << 10;
    let (mut ours, mut theirs) = (vec![0; BUFFER], vec![0; BUFFER]);
    let mut rest = piece;
    while rest.len > 0 {
        let ask = usize::try_from(rest.len).unwrap_or(BUFFER).min(BUFFER);
        let our_bytes = read_full(src, &mut ours[..ask], rest.src, Side::Source)?;
        let their_bytes = read_full(dst, &mut theirs[..ask], rest.dst, Side::Destination)?;
        let common = our_bytes.min(their_bytes);
        let equal =
            ours[..common].iter().zip(&theirs[..common]).take_while(|(a, b)| a == b).count();
        // A file that ends here differs from one that goes on.
        if equal < ask {
            return Ok(Some(rest.src + equal as u64));
        }
        rest = rest.after(ask as u64);
    }
    Ok(None)
}

fn read_full(file: &File, buffer: &mut [u8], offset: u64, side: Side) -> Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match sys::read_at(file, &mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::io(Operation::Read, side, error)),
        }
    }
    Ok(filled)
}
