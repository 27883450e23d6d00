//! Watching long work, and stopping it.

use std::cell::Cell;
use std::ops::ControlFlow;

use crate::error::{Error, Result};
use crate::progress::Progress;

/// Receives progress, and can stop the work.
pub(crate) trait Observer {
    /// Whether anybody uses the numbers.
    fn sees_progress(&self) -> bool;
    /// Whether anybody can stop the work.
    fn can_cancel(&self) -> bool;
    /// `Break` stops the work.
    fn tell(&self, progress: Progress) -> ControlFlow<()>;
}

/// What a copy has done so far. The account outlives the copy, because the error that ends a copy
/// reports it.
#[derive(Debug, Default)]
pub(crate) struct Account {
    progress: Cell<Progress>,
    changed: Cell<bool>,
}

impl Account {
    /// How far the copy came, if it has changed its destination.
    pub(crate) fn changed(&self) -> Option<Progress> {
        self.changed.get().then(|| self.progress.get())
    }

    fn begin(&self, total: u64) {
        self.progress.set(Progress { done: 0, total });
        self.changed.set(false);
    }
}

/// The observer of the work, and the numbers to report.
pub(crate) struct Watch<'w> {
    observer: &'w (dyn Observer + 'w),
    slices: bool,
    account: &'w Account,
    /// What an earlier attempt at the same copy has reported as done.
    shown: u64,
}

impl<'w> Watch<'w> {
    pub(crate) fn new(
        observer: &'w (dyn Observer + 'w),
        slices: bool,
        account: &'w Account,
        total: u64,
    ) -> Self {
        account.begin(total);
        Self { observer, slices, account, shown: 0 }
    }

    /// Reports no less than `shown` as done.
    pub(crate) fn not_below(self, shown: u64) -> Self {
        Self { shown, ..self }
    }

    /// Whether anybody sees progress or can stop the work, so that calls should be short.
    pub(crate) fn is_watched(&self) -> bool {
        self.observer.can_cancel()
    }

    /// Whether a large clone is done in slices.
    pub(crate) fn wants_slices(&self) -> bool {
        self.slices && self.observer.sees_progress()
    }

    /// Notes that the destination now has other bytes or another length, before any byte is counted
    /// as done.
    pub(crate) fn note_change(&self) {
        self.account.changed.set(true);
    }

    /// Counts `bytes` as done and reports them. A call with 0 only asks whether to stop; it means
    /// that nothing has changed.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] if the observer stops the work.
    pub(crate) fn advance(&mut self, bytes: u64) -> Result<()> {
        let mut progress = self.account.progress.get();
        progress.done += bytes;
        // A generated file has more bytes than its length.
        progress.total = progress.total.max(progress.done);
        self.account.progress.set(progress);
        if bytes > 0 {
            self.note_change();
        }
        let done = progress.done.max(self.shown);
        let progress = Progress { done, total: progress.total.max(done) };
        match self.observer.tell(progress) {
            ControlFlow::Break(()) => Err(cancelled(progress)),
            ControlFlow::Continue(()) => Ok(()),
        }
    }
}

/// The error for work that was stopped.
pub(crate) fn cancelled(Progress { done, total }: Progress) -> Error {
    Error::Cancelled { path: None, done, total, changed: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Reports(std::cell::RefCell<Vec<(u64, u64)>>);

    impl Observer for Reports {
        fn sees_progress(&self) -> bool {
            true
        }
        fn can_cancel(&self) -> bool {
            false
        }
        fn tell(&self, Progress { done, total }: Progress) -> ControlFlow<()> {
            self.0.borrow_mut().push((done, total));
            ControlFlow::Continue(())
        }
    }

    #[test]
    fn a_second_attempt_reports_as_much_as_the_first() {
        let reports = Reports(Default::default());
        for shown in [0, 7] {
            let account = Account::default();
            let mut watch = Watch::new(&reports, false, &account, 10).not_below(shown);
            for bytes in [4, 3, 3] {
                watch.advance(bytes).expect("nobody cancels");
            }
        }
        let expected = [(4, 10), (7, 10), (10, 10), (7, 10), (7, 10), (10, 10)];
        assert_eq!(*reports.0.borrow(), expected);
    }
}
