//! Making equal data shared: FIDEDUPERANGE, which compares before it shares.

use std::fs::File;
use std::io;
use std::ops::Bound;

use crate::diagnose;
use crate::error::{Error, Operation, Result, Side};
use crate::session::Call;
use crate::sys::{self, DedupeAnswer};
use crate::watch::Watch;
use crate::{piece::Piece, transfer};

mod deduped;
mod target;

pub use deduped::Deduped;
use target::Target;

/// The most bytes of one call; a kernel that does less reports it.
const LARGEST_CALL: u64 = 1 << 30;
/// The most bytes of one call if it is watched. Both files are read and compared.
const LARGEST_WATCHED_CALL: u64 = 16 << 20;

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
    // One call has one place in the source: it takes the destinations that have come as far as the
    // slowest.
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

/// One call: `ask` is start and length in the source, for destinations that have all come equally
/// far.
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
    // The call itself fails only because of the source, with the same error for every destination.
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
