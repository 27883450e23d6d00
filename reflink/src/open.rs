//! Opening files without waiting forever, or without the caller's consent.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use crate::diagnose;
use crate::error::{Error, Operation, Result, Side};
use crate::progress::Progress;
use crate::session::Call;
use crate::sys::{self, Dir, MountId};
use crate::watch::cancelled;

/// A path, and the directory that it is relative to.
#[derive(Clone, Copy)]
pub(crate) struct At<'p> {
    pub(crate) dir: &'p Dir<'p>,
    pub(crate) path: &'p Path,
    /// The mount that `dir` is on, if it is known and the path is a name in `dir`.
    pub(crate) mount: Option<MountId>,
}

const WORKING: &Dir<'_> = &Dir::Working;

impl<'p> At<'p> {
    /// A path relative to the working directory, as other calls take it.
    pub(crate) fn path(path: &'p Path) -> Self {
        Self::below(WORKING, path)
    }

    /// A path relative to an open directory.
    pub(crate) fn below(dir: &'p Dir<'p>, path: &'p Path) -> Self {
        Self { dir, path, mount: None }
    }
}

/// [`Dir::open_for_reading`], [`Dir::open_for_writing`].
type Open = for<'d> fn(&'d Dir<'d>, &Path, sys::MayWait<'_>) -> io::Result<File>;

impl Call<'_> {
    pub(crate) fn open_for_reading(&self, at: At<'_>, side: Side) -> Result<File> {
        self.open(at, side, |dir, path, may_wait| dir.open_for_reading(path, may_wait))
    }

    pub(crate) fn open_for_writing(&self, at: At<'_>) -> Result<File> {
        self.open(at, Side::Destination, |dir, path, may_wait| dir.open_for_writing(path, may_wait))
    }

    fn open(&self, at: At<'_>, side: Side, open: Open) -> Result<File> {
        let mut is_stopped = false;
        let At { dir, path, .. } = at;
        let opened = open(dir, path, &mut || {
            let go_on = self.observer.tell(Progress::default());
            is_stopped = go_on == ControlFlow::Break(());
            go_on
        });
        opened.map_err(|error| {
            if is_stopped {
                cancelled(Progress::default()).with_paths(path, path)
            } else {
                let reason = diagnose::path(dir, path, side, &error);
                Error::explained(Operation::Open, side, reason, error).with_paths(path, path)
            }
        })
    }
}
