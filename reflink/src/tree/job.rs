//! What the threads of one tree copy share.

use std::cell::Cell;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::choices::{Existing, OnError};
use super::flush::Flush;
use super::links::Links;
use super::node::{Node, Pair};
use super::outcome::{Failure, Outcome};
use super::plan::Plan;
use super::progress::Progress;
use super::queue::{Queue, Task};
use crate::error::{Error, Operation, Side};
use crate::progress;
use crate::session::Settings;
use crate::sys;
use crate::watch::{self, Observer};

/// One tree copy.
pub(super) struct Job<'j, 'o> {
    pub(super) plan: &'j Plan<'o>,
    /// How files are copied here.
    pub(super) settings: Settings,
    pub(super) root: Arc<Node>,
    /// Open during the whole copy.
    pub(super) root_pair: Arc<Pair>,
    /// The roots as the caller named them, for messages.
    pub(super) names: (&'j Path, &'j Path),
    pub(super) queue: Queue,
    pub(super) links: Links,
    pub(super) flush: Flush,
    /// How many directories each thread keeps open on its way down.
    pub(super) kept_open: usize,
    pub(super) is_stopped: AtomicBool,
    pub(super) error: Mutex<Option<Error>>,
    pub(super) entries: AtomicU64,
    pub(super) bytes: AtomicU64,
}

impl<'j, 'o> Job<'j, 'o> {
    /// A copy that begins in the root.
    pub(super) fn new(
        plan: &'j Plan<'o>,
        settings: Settings,
        names: (&'j Path, &'j Path),
        (root, root_pair): (Arc<Node>, Arc<Pair>),
        (threads, kept_open): (usize, usize),
    ) -> Self {
        let first = Task { node: Arc::clone(&root), pair: Arc::clone(&root_pair), entries: None };
        Self {
            plan,
            settings,
            root,
            root_pair,
            names,
            queue: Queue::new(first, threads),
            links: Links::default(),
            flush: Flush::default(),
            kept_open,
            is_stopped: AtomicBool::new(false),
            error: Mutex::new(None),
            entries: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }
}

impl Job<'_, '_> {
    /// Whether the work should stop: after an error, or because the caller cancelled.
    pub(super) fn is_stopped(&self) -> bool {
        if self.is_stopped.load(Ordering::Relaxed) {
            return true;
        }
        let flags = [self.plan.cancel, self.plan.files.session.cancel];
        let is_cancelled = flags.into_iter().flatten().any(|flag| flag.load(Ordering::Relaxed));
        if is_cancelled {
            self.cancel();
        }
        is_cancelled
    }

    fn cancel(&self) {
        let bytes = self.bytes.load(Ordering::Relaxed);
        let error = watch::cancelled(progress::Progress { done: bytes, total: bytes });
        self.stop(error.with_paths(self.names.0, self.names.1));
    }

    /// Stops all threads. The caller gets the first error.
    pub(super) fn stop(&self, error: Error) {
        let mut first = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        // A thread that is stopped in the middle of a file reports that, too.
        if !self.is_stopped.swap(true, Ordering::Relaxed) {
            *first = Some(error);
        }
        drop(first);
        self.queue.close();
    }

    /// Stops because a directory cannot be found again, so that its parents could not be completed.
    pub(super) fn lose(&self, node: &Arc<Node>, error: Error) {
        self.stop(self.located(node, Path::new(""), error).1);
    }

    /// The path of an entry, from the root, and the error with the paths as the caller named the roots.
    fn located(&self, node: &Arc<Node>, name: &Path, error: Error) -> (PathBuf, Error) {
        let path = node.path_of(name);
        let below = |root: &Path| {
            if path.as_os_str().is_empty() { root.to_owned() } else { root.join(&path) }
        };
        let mut error = error.with_paths(&below(self.names.0), &below(self.names.1));
        if let Error::LeftBehind { path: left, .. } = &mut error {
            *left = self.beside(node, left);
        }
        (path, error)
    }

    /// Records an error of `name` in `node`, or stops because of it.
    pub(super) fn fail(&self, node: &Arc<Node>, name: &Path, error: Error, outcome: &mut Outcome) {
        let (path, error) = self.located(node, name, error);
        let cause = match &error {
            Error::LeftBehind { error, .. } => error,
            error => error,
        };
        // A failing disk of the source has other files that can be read.
        let is_unreadable = matches!(
            cause,
            Error::Io { side: Side::Source, error, .. } if sys::is_input_output(error)
        );
        // ext4 and btrfs report an attribute that is too large as a full disk. If the disk is full, the next file
        // will show that.
        let is_attribute = matches!(cause, Error::Io { operation: Operation::SetXattrs, .. })
            && cause.kind() == io::ErrorKind::StorageFull;
        let is_fatal = error.raw_os_error().is_some_and(sys::concerns_all_files)
            && !is_unreadable
            && !is_attribute
            // A caller who insists on clones does not want only some of them.
            || matches!(cause, Error::Cancelled { .. } | Error::NotReflinkable { .. });
        if is_fatal || self.plan.errors == OnError::Stop {
            self.stop(error);
        } else {
            outcome.failed.push(Failure { path, error });
        }
    }

    /// Counts an entry, and reports progress.
    pub(super) fn count_entry(&self, bytes: u64) {
        self.entries.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if self.tell().is_break() {
            self.cancel();
        }
    }

    fn tell(&self) -> ControlFlow<()> {
        let Some(callback) = &self.plan.on_progress else { return ControlFlow::Continue(()) };
        // Read under the lock, too, so that the numbers never decrease.
        let mut callback = callback.lock().unwrap_or_else(PoisonError::into_inner);
        let (entries, bytes) = (&self.entries, &self.bytes);
        callback(Progress {
            entries: entries.load(Ordering::Relaxed),
            bytes: bytes.load(Ordering::Relaxed),
        })
    }

    /// Whether the destination may have files that this copy has not made.
    pub(super) fn merges(&self) -> bool {
        self.plan.existing == Existing::Merge && self.root.existed
    }

    /// The path of a temporary name in the copy of `node`, as the caller named the root.
    pub(super) fn beside(&self, node: &Arc<Node>, name: &Path) -> PathBuf {
        self.names.1.join(node.path_of(name))
    }

    /// The path of an entry, from the root.
    pub(super) fn path(node: &Arc<Node>, name: &Path) -> impl Fn() -> PathBuf {
        move || node.path_of(name)
    }
}

/// Observes the copy of one file in one thread.
pub(super) struct FileObserver<'j, 'o> {
    pub(super) job: &'j Job<'j, 'o>,
    /// How many bytes of the file the job has counted.
    pub(super) counted: Cell<u64>,
}

impl FileObserver<'_, '_> {
    /// Counts `done` bytes of the file, including those already counted.
    fn count(&self, done: u64) {
        let more = done.saturating_sub(self.counted.get());
        self.counted.set(self.counted.get().max(done));
        self.job.bytes.fetch_add(more, Ordering::Relaxed);
    }

    /// Ends the count of a file that had `total` bytes.
    pub(super) fn finish(&self, total: u64) {
        let left = total.saturating_sub(self.counted.replace(0));
        self.job.count_entry(left);
    }

    /// Ends the count of a file that could not be copied.
    pub(super) fn give_up(&self) {
        self.counted.set(0);
    }
}

impl Observer for FileObserver<'_, '_> {
    fn sees_progress(&self) -> bool {
        self.job.plan.on_progress.is_some()
    }

    fn can_cancel(&self) -> bool {
        true
    }

    fn tell(&self, progress: progress::Progress) -> ControlFlow<()> {
        if self.job.is_stopped() {
            return ControlFlow::Break(());
        }
        // Without a callback, too: the error of a copy that is cancelled has the bytes.
        self.count(progress.done);
        self.job.tell()
    }
}
