//! Where no rule predicts what is cloned (see `Rules::exact`): which results are possible.

use std::ops::Range;

use reflink::{Deduped, Error, Mode, Outcome};
use rustix::io::Errno;

use super::rules::{Answer, Rules};
use super::world::Wrong;

/// Whether the bytes must be there now; an error if the result is impossible.
pub(crate) fn is_done(
    expected: &Answer,
    mode: Mode,
    answer: reflink::Result<Outcome>,
) -> Result<bool, Wrong> {
    match (expected, answer) {
        (Answer::Done { .. } | Answer::NotReflinkable(_), Ok(_)) => Ok(true),
        (Answer::Errno(errno), Err(error)) if error.raw_os_error() == Some(*errno) => Ok(false),
        (_, Err(Error::NotReflinkable { .. })) if mode == Mode::Always => Ok(false),
        (expected, answer) => Err(format!("nothing like {expected:?}: {answer:?}")),
    }
}

/// Checks the result for a range of which the first `equal` bytes are equal, if both files have it.
pub(crate) fn dedupe(
    answer: &reflink::Result<Vec<Deduped>>,
    range: Range<u64>,
    equal: Option<u64>,
) -> Result<(), Wrong> {
    match answer.as_deref() {
        Err(Error::NotReflinkable { .. }) | Ok([Deduped::Failed { bytes: 0, .. }]) => Ok(()),
        Err(error) if equal.is_none() && error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
        Ok([Deduped::Shared { .. }]) if equal == Some(range.end - range.start) => Ok(()),
        Ok([Deduped::Differs { at: Some(at), .. }]) if equal == Some(at - range.start) => Ok(()),
        other => Err(format!("{other:?}; are equal: {equal:?}")),
    }
}

/// Whether holes were made, or blocks reserved: not every server can.
pub(crate) fn is_supported(rules: Rules, answer: rustix::io::Result<()>) -> bool {
    match answer {
        Err(Errno::OPNOTSUPP) if !rules.exact => false,
        answer => {
            answer.unwrap();
            true
        }
    }
}
