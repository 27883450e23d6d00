//! The plan of a tree copy.

use std::fmt::{self, Debug, Formatter};
use std::fs::File;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::thread::available_parallelism;

use super::choices::{Entry, Existing, Follow, OnError, Visit};
use super::flush::is_on_btrfs;
use super::progress::Progress;
use crate::options::Options;

type Each<'a> = dyn Fn(Entry<'_>) -> Visit + Send + Sync + 'a;
type OnProgress<'a> = dyn FnMut(Progress) -> ControlFlow<()> + Send + 'a;

/// The choices of the caller.
#[derive(Clone)]
pub(super) struct Plan<'a> {
    pub(super) files: Options<'a>,
    pub(super) threads: usize,
    pub(super) existing: Existing,
    pub(super) errors: OnError,
    pub(super) follow: Follow,
    pub(super) one_filesystem: bool,
    pub(super) keep_hard_links: bool,
    pub(super) sync: bool,
    pub(super) each: Option<Arc<Each<'a>>>,
    pub(super) on_progress: Option<Arc<Mutex<OnProgress<'a>>>>,
    pub(super) cancel: Option<&'a AtomicBool>,
}

impl Plan<'_> {
    /// The number of threads that the caller wants.
    pub(super) fn thread_count(&self, destination: &File) -> usize {
        match self.threads {
            0 => {
                // While one thread waits for a lock or the disk, another works. On btrfs all wait for the same
                // lock.
                let spare = usize::from(!is_on_btrfs(destination));
                let processors = available_parallelism().map_or(1, NonZero::get);
                (processors + spare).min(8)
            }
            threads => threads,
        }
    }
}

impl Debug for Plan<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("files", &self.files)
            .field("threads", &self.threads)
            .field("existing", &self.existing)
            .field("errors", &self.errors)
            .field("follow", &self.follow)
            .field("one_filesystem", &self.one_filesystem)
            .field("keep_hard_links", &self.keep_hard_links)
            .field("sync", &self.sync)
            .finish_non_exhaustive()
    }
}
