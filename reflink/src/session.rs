//! What all copies of one [`Options`](crate::Options) share, and what each call has for itself.

use std::fmt::{self, Debug, Formatter};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::choices::{HardLinks, Mode, Overwrite, Permissions, Prefer, Preserve};
use crate::error::Result;
use crate::progress::Progress;
use crate::refusals::Refusals;
use crate::watch::{Account, Observer, Watch, cancelled};

/// The choices.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    pub(crate) prefer: Prefer,
    pub(crate) overwrite: Overwrite,
    pub(crate) hard_links: HardLinks,
    pub(crate) permissions: Permissions,
    /// Whether bits that cannot be set fail the copy.
    pub(crate) permissions_required: bool,
    pub(crate) preserve: Preserve,
    pub(crate) preserve_if_possible: Preserve,
    pub(crate) sync: bool,
    /// Whether the caller flushes the directories of new files, when all files are in them.
    pub(crate) flushes_directories: bool,
    /// Whether a new file is made under its own name at once.
    pub(crate) is_not_atomic: bool,
    pub(crate) clone_at_once: bool,
    /// Whether the directories of new files have no default ACL that these could inherit.
    pub(crate) inherits_no_acl: bool,
}

/// Shared by any number of copies, in any number of threads.
#[derive(Clone, Default)]
pub(crate) struct Session<'a> {
    pub(crate) settings: Settings,
    pub(crate) cancel: Option<&'a AtomicBool>,
    pub(crate) on_progress: Option<Arc<Mutex<Callback<'a>>>>,
    refusals: Arc<Refusals>,
}

pub(crate) type Callback<'a> = dyn FnMut(Progress) -> ControlFlow<()> + Send + 'a;

impl<'a> Session<'a> {
    /// The same session with another observer.
    pub(crate) fn observed_by<'b>(self, on_progress: Arc<Mutex<Callback<'b>>>) -> Session<'b>
    where
        'a: 'b,
    {
        let Self { settings, cancel, refusals, .. } = self;
        Session { settings, cancel, on_progress: Some(on_progress), refusals }
    }

    /// Begins a copy.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`](crate::Error::Cancelled) if the copies are cancelled already.
    pub(crate) fn call(&self) -> Result<Call<'_>> {
        if self.is_cancelled() {
            return Err(cancelled(Progress::default()));
        }
        let (settings, refusals) = (self.settings, &*self.refusals);
        Ok(Call { settings, observer: self, refusals, account: Account::default() })
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

impl Observer for Session<'_> {
    fn sees_progress(&self) -> bool {
        self.on_progress.is_some()
    }

    fn can_cancel(&self) -> bool {
        self.cancel.is_some() || self.on_progress.is_some()
    }

    fn tell(&self, progress: Progress) -> ControlFlow<()> {
        if self.is_cancelled() {
            return ControlFlow::Break(());
        }
        let Some(callback) = &self.on_progress else { return ControlFlow::Continue(()) };
        // A callback that panicked in another thread is still called.
        callback.lock().unwrap_or_else(PoisonError::into_inner)(progress)
    }
}

impl Debug for Session<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("settings", &self.settings)
            .field("cancel", &self.cancel)
            .field("on_progress", &self.on_progress.is_some())
            .finish()
    }
}

/// One call of a method of [`Options`](crate::Options).
pub(crate) struct Call<'s> {
    pub(crate) settings: Settings,
    pub(crate) observer: &'s (dyn Observer + 's),
    pub(crate) refusals: &'s Refusals,
    pub(crate) account: Account,
}

impl Call<'_> {
    /// Begins to count `total` bytes.
    pub(crate) fn watch(&self, total: u64) -> Watch<'_> {
        Watch::new(self.observer, !self.settings.clone_at_once, &self.account, total)
    }
}
