//! Files with several names: the first name is copied, and the others become links to the copy.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::SystemTime;

use super::node::Node;
use crate::sys::FileId;

/// A file: its number and, because a later file can get the number of a removed one, its time of birth.
pub(super) type Inode = (FileId, Option<SystemTime>);

/// The files with several names that have not all been met.
#[derive(Debug, Default)]
pub(super) struct Links {
    files: Mutex<HashMap<Inode, File>>,
    changed: Condvar,
}

#[derive(Debug)]
struct File {
    /// `None` while a thread makes the copy.
    first: Option<Place>,
    /// How many names have not been met.
    left: u64,
}

/// Where the copy of a file got its name.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) node: Arc<Node>,
    pub(super) name: PathBuf,
}

/// What to do with one of several names.
pub(super) enum Turn {
    /// It is the first: copy the file, and report the result.
    First,
    /// Link it to this place.
    Link(Place),
}

impl Links {
    /// Decides about one name of a file with `names` names. Waits if another thread is copying the
    /// file; that thread waits for nothing.
    pub(super) fn turn(&self, id: Inode, names: u64) -> Turn {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let Some(file) = files.get_mut(&id) else {
                files.insert(id, File { first: None, left: names - 1 });
                return Turn::First;
            };
            if let Some(place) = &file.first {
                let place = place.clone();
                file.left = file.left.saturating_sub(1);
                if file.left == 0 {
                    files.remove(&id);
                }
                return Turn::Link(place);
            }
            files = self.changed.wait(files).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Notes that the first name has its copy.
    pub(super) fn copied(&self, id: Inode, node: &Arc<Node>, name: &Path) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get_mut(&id) {
            file.first = Some(Place { node: Arc::clone(node), name: name.to_owned() });
        }
        self.changed.notify_all();
    }

    /// Notes that the first name could not be copied, so the next one counts as the first.
    pub(super) fn failed(&self, id: Inode) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        self.changed.notify_all();
    }
}
