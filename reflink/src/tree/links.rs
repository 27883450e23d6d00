//! Files with several names: the first name is copied, and the others become links to the copy.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::SystemTime;

use super::node::Node;
use crate::sys::FileId;

/// A file: its number and, because a later file can get the number of a removed one, its time of birth, if the
/// filesystem has told it.
pub(super) type Inode = (FileId, Option<SystemTime>);

/// The files with several names that have not all been met.
#[derive(Debug, Default)]
pub(super) struct Links {
    files: Mutex<HashMap<FileId, File>>,
    changed: Condvar,
}

#[derive(Debug)]
struct File {
    born: Option<SystemTime>,
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
    pub(super) fn turn(&self, (id, born): Inode, names: u64) -> Turn {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let Some(file) = files.get_mut(&id).filter(|file| file.can_be(born)) else {
                // In the place of a removed file that had the number before.
                files.insert(id, File { born, first: None, left: names - 1 });
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
    pub(super) fn copied(&self, (id, born): Inode, node: &Arc<Node>, name: &Path) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get_mut(&id).filter(|file| file.born == born) {
            file.first = Some(Place { node: Arc::clone(node), name: name.to_owned() });
        }
        self.changed.notify_all();
    }

    /// Notes that the first name could not be copied, so the next one counts as the first.
    pub(super) fn failed(&self, (id, born): Inode) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.get(&id).is_some_and(|file| file.born == born) {
            files.remove(&id);
        }
        self.changed.notify_all();
    }
}

impl File {
    /// Whether it can be the file of that number that was born then. A time that only one of two looks has, because
    /// a server or an old kernel left it out, tells no files apart.
    fn can_be(&self, born: Option<SystemTime>) -> bool {
        self.born.zip(born).is_none_or(|(one, other)| one == other)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Whether each of these looks at files of one number is the first at its file.
    #[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    fn firsts<const N: usize>(looks: [Option<u64>; N]) -> [bool; N] {
        let (links, scratch) = (Links::default(), tempfile::tempfile().unwrap());
        let status = crate::sys::status(&scratch).unwrap();
        let node = Node::new(None, Path::new(""), status.clone(), (status.clone(), false));
        looks.map(|born| {
            let born = born.map(|second| SystemTime::UNIX_EPOCH + Duration::from_secs(second));
            let inode = (status.id, born);
            let is_first = matches!(links.turn(inode, 9), Turn::First);
            if is_first {
                links.copied(inode, &node, Path::new("name"));
            }
            is_first
        })
    }

    #[test]
    fn files_of_one_number_are_told_apart_by_their_birth() {
        assert_eq!(firsts([Some(1), Some(1), Some(2), Some(2)]), [true, false, true, false]);
    }

    #[test]
    fn a_look_without_a_birth_is_at_the_same_file() {
        assert_eq!(firsts([Some(1), None, Some(1)]), [true, false, false]);
        assert_eq!(firsts([None, Some(1), None]), [true, false, false]);
    }
}
