//! One thread: reads directories from the top down, and hands parts of the tree to threads that
//! wait.
//!
//! A thread keeps the directories above the current one in a list, so a deep tree needs no deep
//! stack. Only the last directories of the list are open. For the others the list has the read
//! position, and the thread returns to them through `..`, checked by device and inode.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::node::{Node, Pair};
use super::outcome::Outcome;
use super::queue::{Queue, Task};
use super::worker::Worker;
use super::{directories, entry};
use crate::error::{Error, Operation, Result, Side};
use crate::sys::{self, Entries, FileKind, Listing};

/// How many bytes of entries are read at once.
const BUFFER: usize = 32 << 10;
/// The least bytes of entries that are worth another thread.
const WORTH_A_THREAD: usize = 4 << 10;

/// A directory above the current one, or the current one.
struct Frame {
    node: Arc<Node>,
    /// `None` if it is closed for now.
    pair: Option<Arc<Pair>>,
    entries: Entries,
    listing: Listing,
    /// Where to continue reading; `None` if `entries` are the last.
    position: Option<i64>,
}

impl Frame {
    fn new(task: Task) -> Self {
        let Task { node, pair, entries } = task;
        let position = if entries.is_some() { None } else { Some(0) };
        let (entries, listing) = (entries.unwrap_or_default(), Listing::default());
        Self { node, pair: Some(pair), entries, listing, position }
    }
}

/// If a callback panics, the other threads must not wait for this one.
struct CloseOnPanic<'q>(&'q Queue);

impl Drop for CloseOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

impl Worker<'_, '_> {
    /// Works until nothing is left to do.
    pub(super) fn run(mut self) -> Outcome {
        let _closes = CloseOnPanic(&self.job.queue);
        while let Some(task) = self.job.queue.take() {
            self.copy_directory(task);
        }
        self.outcome
    }

    fn copy_directory(&mut self, task: Task) {
        let mut way = vec![Frame::new(task)];
        while let Some(frame) = way.last_mut() {
            if self.job.is_stopped() {
                return;
            }
            let Some(pair) = frame.pair.clone() else { return };
            let node = Arc::clone(&frame.node);
            match self.next(frame, &pair) {
                Ok(Some((name, kind))) => {
                    let Some(task) = self.copy_entry(&node, &pair, &name, kind) else { continue };
                    let task = if self.job.queue.is_hungry() {
                        self.job.queue.give(task)
                    } else {
                        Some(task)
                    };
                    if let Some(task) = task {
                        way.push(Frame::new(task));
                        self.close_above(&mut way);
                    }
                    continue;
                }
                Ok(None) => {}
                Err(error) => {
                    let error = Error::io(Operation::Read, Side::Source, error);
                    self.job.fail(&node, Path::new(""), error, &mut self.outcome);
                }
            }
            way.pop();
            if let Some(above) = way.last_mut() {
                if let Err(error) = self.reopen(above, &pair) {
                    return self.job.lose(&above.node, error);
                }
            }
            directories::end_part(self, node, pair);
        }
    }

    /// The next entry of the directory.
    fn next(
        &self,
        frame: &mut Frame,
        pair: &Arc<Pair>,
    ) -> std::io::Result<Option<(PathBuf, Option<FileKind>)>> {
        loop {
            if let Some(entry) = frame.entries.next() {
                if let Some(position) = &mut frame.position {
                    *position = entry.next;
                }
                return Ok(Some((entry.name.into(), entry.kind)));
            }
            if frame.position.is_none() {
                return Ok(None);
            }
            let entries = frame.listing.next(&pair.source.file, BUFFER)?;
            if entries.len() == 0 {
                return Ok(None);
            }
            frame.entries = self.share(frame, pair, entries);
        }
    }

    /// Hands the entries to a thread that waits if they are worth it, or else returns them.
    fn share(&self, frame: &Frame, pair: &Arc<Pair>, entries: Entries) -> Entries {
        if entries.len() < WORTH_A_THREAD || !self.job.queue.is_hungry() {
            return entries;
        }
        frame.node.begin_part();
        let (node, pair) = (Arc::clone(&frame.node), Arc::clone(pair));
        let task = Task { node: Arc::clone(&node), pair, entries: Some(entries) };
        let Some(task) = self.job.queue.give(task) else { return Entries::default() };
        node.end_part();
        task.entries.unwrap_or_default()
    }

    /// Copies an entry. A directory is only made; its contents are the caller's next task.
    fn copy_entry(
        &mut self,
        node: &Arc<Node>,
        pair: &Arc<Pair>,
        name: &Path,
        kind: Option<FileKind>,
    ) -> Option<Task> {
        match entry::copy(self, node, pair, name, kind) {
            Ok(task) => task,
            Err(error) => {
                self.job.fail(node, name, error, &mut self.outcome);
                None
            }
        }
    }

    /// Closes the directory that is too far up to stay open. The first directory stays open,
    /// because it may have entries that cannot be read again.
    fn close_above(&self, way: &mut [Frame]) {
        let Some(index) = way.len().checked_sub(self.job.kept_open + 1) else { return };
        if index > 0 {
            if let Some(frame) = way.get_mut(index) {
                frame.pair = None;
                // They are read again from the position.
                if Entries::CONTINUE && frame.position.is_some() {
                    frame.entries = Entries::default();
                }
            }
        }
    }

    /// Opens the directory again, from a directory in it.
    fn reopen(&self, frame: &mut Frame, below: &Pair) -> Result<()> {
        if frame.pair.is_some() {
            return Ok(());
        }
        let pair = directories::open_parent(self.job, &frame.node, below)?;
        if let Some(position) = frame.position {
            sys::seek(&pair.source.file, position)
                .map_err(Error::on(Operation::Read, Side::Source))?;
        }
        frame.pair = Some(Arc::new(pair));
        Ok(())
    }
}
