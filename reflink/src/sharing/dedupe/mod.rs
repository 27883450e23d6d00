//! Making equal data shared: FIDEDUPERANGE, which compares before it shares.

use std::fs::File;
use std::io;
use std::ops::{Bound, RangeBounds};

use crate::diagnose;
use crate::error::{Error, Operation, Result, Side};
use crate::options::Options;
use crate::progress::Watch;
use crate::session::Call;
use crate::sys::{self, DedupeAnswer};
use crate::{piece::Piece, transfer};

mod target;

use target::Target;

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
        /// Bytes that are shared now, holes included. Less than the range's length if its end is neither
        /// on a block boundary nor the end of both files (on OCFS2, also if it is): such an end is compared
        /// but cannot be shared. Nor can the bytes of a small file that btrfs or OCFS2 keeps among its
        /// metadata.
        bytes: u64,
    },
    /// The bytes are not equal.
    #[non_exhaustive]
    Differs {
        /// Bytes that are shared now, all of them before the difference.
        bytes: u64,
        /// Where in the source the first different byte is. `None` where none was found: somebody
        /// writes to one of the files, or the destination is not open for reading.
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
    /// Bytes that are shared now: the range's first ones, except what is kept among the metadata.
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
/// For all destinations: [`Error::Io`] with EINVAL where the range does not lie within the source or
/// the source is not open for reading or no regular file, EISDIR; [`Error::NotReflinkable`] where
/// the source's filesystem has no such operation (EOPNOTSUPP), before Linux 4.5 (ENOTTY) and where a
/// sandbox forbids it (EPERM); [`Error::Unsupported`] on other systems.
///
/// For one of them, in [`Deduped::Failed`]: [`Error::NotReflinkable`] where the filesystem or these
/// files cannot share, or the offsets are not on block boundaries; EPERM where it is neither open
/// for writing nor a file that the caller owns or may write; EINVAL where it is too short, and then
/// nothing is shared; EROFS, ETXTBSY, ENOSPC, EIO.
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
#[doc(alias = "FIDEDUPERANGE")]
#[doc(alias = "ioctl_fideduperange")]
pub fn dedupe<'d>(
    src: &File,
    range: impl RangeBounds<u64>,
    destinations: impl IntoIterator<Item = (&'d File, u64)>,
) -> Result<Vec<Deduped>> {
    Options::new().dedupe(src, range, destinations)
}

/// [`Options::dedupe`].
pub(crate) fn run(
    call: &Call<'_>,
    src: &File,
    range: (Bound<u64>, Bound<u64>),
    destinations: Vec<(&File, u64)>,
) -> Result<Vec<Deduped>> {
    if !sys::HAS_DEDUPE {
        return Err(Error::Unsupported);
    }
    let (range, src_len) = transfer::resolve_source_range(src, range)?;
    let mut targets: Vec<_> = destinations
        .into_iter()
        .map(|(file, offset)| Target::new(src, file, Piece { dst: offset, ..range }, src_len))
        .collect();
    let mut watch = call.watch(range.len.saturating_mul(targets.len() as u64));
    for _ in targets.iter().filter(|target| target.is_refused()) {
        watch.advance(range.len)?;
    }
    let largest = if watch.is_watched() { LARGEST_WATCHED_CALL } else { LARGEST_CALL };
    // One call has one place in the source: it takes the destinations that have come that far.
    while let Some(ask) = targets.iter().filter_map(|target| target.wants(largest)).min() {
        let mut batch: Vec<_> = targets
            .iter_mut()
            .filter(|target| target.wants(largest) == Some(ask))
            .take(sys::DEDUPE_BATCH)
            .collect();
        step(src, ask, &mut batch, &mut watch)?;
    }
    Ok(targets.into_iter().filter_map(Target::into_end).collect())
}

/// One call: `ask`, start and length in the source, for destinations that have all come equally far.
fn step(
    src: &File,
    ask: (u64, u64),
    batch: &mut [&mut Target<'_>],
    watch: &mut Watch<'_>,
) -> Result<()> {
    let (start, len) = ask;
    let places: Vec<_> = batch.iter().map(|target| (target.file, target.rest.dst)).collect();
    let answers = loop {
        match sys::dedupe_range(src, start, len, &places) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => break result,
        }
    };
    // The call itself fails only over the source, the same for every destination.
    let answers = answers.map_err(|error| {
        let reason = diagnose::dedupe_source(src, start.saturating_add(len), &error);
        Error::explained(Operation::Dedupe, Side::Source, reason, error)
    })?;
    for (target, answer) in batch.iter_mut().zip(answers) {
        let done = match answer {
            DedupeAnswer::Shared(bytes) => target.advance(src, bytes.min(len)),
            DedupeAnswer::Differs => target.differs(src),
            DedupeAnswer::Failed(error) => target.fails(src, error),
        };
        watch.advance(done)?;
    }
    Ok(())
}
