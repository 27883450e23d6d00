//! Watching long work, and stopping it.

use std::ops::ControlFlow;

use crate::{Error, Result};

/// How far a copy is, as told to the callback of [`Options::on_progress`](crate::Options::on_progress).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes done. It never decreases during one copy.
    pub done: u64,
    /// Bytes there are to do: the length of the file or of the range, holes included. As much as is
    /// done, where that is not known (files of procfs).
    pub total: u64,
}

pub(crate) type Callback<'a> = Box<dyn FnMut(Progress) -> ControlFlow<()> + Send + 'a>;

/// The callback, if there is one, and the numbers that it is told.
pub(crate) struct Watch<'w> {
    callback: Option<&'w mut (dyn FnMut(Progress) -> ControlFlow<()> + Send)>,
    slices: bool,
    progress: Progress,
    /// What an earlier attempt at the same copy has reported as done.
    shown: u64,
}

impl<'w> Watch<'w> {
    pub(crate) fn new<'a: 'w>(
        callback: Option<&'w mut Callback<'a>>,
        slices: bool,
        total: u64,
    ) -> Self {
        let callback = callback.map(|boxed| &mut **boxed as &mut (dyn FnMut(_) -> _ + Send));
        Self { callback, slices, progress: Progress { done: 0, total }, shown: 0 }
    }

    /// Reports no less than `shown` as done.
    pub(crate) fn not_below(self, shown: u64) -> Self {
        Self { shown, ..self }
    }

    /// Whether somebody looks, so that calls should be short.
    pub(crate) fn is_watched(&self) -> bool {
        self.callback.is_some()
    }

    /// Whether a large clone is to be done in slices.
    pub(crate) fn wants_slices(&self) -> bool {
        self.is_watched() && self.slices
    }

    /// Counts `bytes` as done and tells the callback.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] when the callback asks to stop.
    pub(crate) fn advance(&mut self, bytes: u64) -> Result<()> {
        let Self { callback, progress, shown, .. } = self;
        progress.done += bytes;
        // A file that is made up as it is read has more than its length says.
        progress.total = progress.total.max(progress.done);
        let done = progress.done.max(*shown);
        let total = progress.total.max(done);
        match callback.as_mut().map(|call| call(Progress { done, total })) {
            Some(ControlFlow::Break(())) => {
                Err(Error::Cancelled { done: progress.done, total: progress.total })
            }
            Some(ControlFlow::Continue(())) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_attempt_reports_no_less_than_the_first() {
        let mut reports = Vec::new();
        let mut callback: Callback<'_> = Box::new(|progress| {
            reports.push((progress.done, progress.total));
            ControlFlow::Continue(())
        });
        for shown in [0, 7] {
            let mut watch = Watch::new(Some(&mut callback), false, 10).not_below(shown);
            for bytes in [4, 3, 3] {
                watch.advance(bytes).expect("nobody cancels");
            }
        }
        drop(callback);
        assert_eq!(reports, [(4, 10), (7, 10), (10, 10), (7, 10), (7, 10), (10, 10)]);
    }
}
