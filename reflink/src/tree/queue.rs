//! Work that one thread hands to another.
//!
//! A thread hands over a directory, or a part of a large one, only while another thread waits for
//! work. So the queue, and the number of open directories in it, is never larger than the number of
//! threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::node::{Node, Pair};
use crate::sys::Entries;

/// A directory to read, or some entries of one.
pub(super) struct Task {
    pub(super) node: Arc<Node>,
    pub(super) pair: Arc<Pair>,
    /// The entries, or `None` for all that reading returns.
    pub(super) entries: Option<Entries>,
}

/// The tasks that no thread has begun.
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    /// How many threads wait without a task: a hint that is read without the lock.
    hungry: AtomicUsize,
}

struct State {
    tasks: Vec<Task>,
    waiting: usize,
    threads: usize,
    is_closed: bool,
}

impl Queue {
    pub(super) fn new(first: Task, threads: usize) -> Self {
        let state = State { tasks: vec![first], waiting: 0, threads, is_closed: false };
        Self { state: Mutex::new(state), changed: Condvar::new(), hungry: AtomicUsize::new(0) }
    }

    /// Whether a thread waits for work.
    pub(super) fn is_hungry(&self) -> bool {
        self.hungry.load(Ordering::Relaxed) > 0
    }

    /// Hands the task to a thread that waits, or returns it if none does.
    pub(super) fn give(&self, task: Task) -> Option<Task> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_closed || state.waiting <= state.tasks.len() {
            return Some(task);
        }
        state.tasks.push(task);
        self.hungry.store(state.waiting - state.tasks.len(), Ordering::Relaxed);
        self.changed.notify_one();
        None
    }

    /// Notes that one thread could not be started.
    pub(super) fn lose_thread(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).threads -= 1;
    }

    /// Waits for a task; `None` if there will be no more.
    pub(super) fn take(&self) -> Option<Task> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting += 1;
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(task) = state.tasks.pop() {
                state.waiting -= 1;
                let hungry = state.waiting.saturating_sub(state.tasks.len());
                self.hungry.store(hungry, Ordering::Relaxed);
                return Some(task);
            }
            if state.waiting == state.threads {
                // No thread is left that could add a task.
                state.is_closed = true;
                self.changed.notify_all();
                return None;
            }
            self.hungry.store(state.waiting, Ordering::Relaxed);
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends the work: no more tasks are started.
    pub(super) fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_closed = true;
        state.tasks.clear();
        self.changed.notify_all();
    }
}
