//! The entries of a directory where a system lists them all at once, and no position leads back into the list: a
//! directory that is closed meanwhile could not be read on.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;

use super::listed::{Found, Listed};
#[cfg(unix)]
use super::portable::list;
use super::types::FileKind;
#[cfg(windows)]
use super::windows::list;

/// The bytes that an entry counts besides its name, as in `linux_dirent64`.
const HEADER: usize = 8 + 8 + 2 + 1;

/// Reads a directory.
#[derive(Debug, Default)]
pub(crate) struct Listing(Option<(std::vec::IntoIter<Found>, Option<io::Error>)>);

impl Listing {
    /// The next entries of `dir`, until they have `size` bytes; none at its end. An error comes after what was read
    /// before it.
    pub(crate) fn next(&mut self, dir: &File, size: usize) -> io::Result<Entries> {
        let (rest, error) = match &mut self.0 {
            Some(listed) => listed,
            None => {
                let Listed { entries, error } = list(dir, usize::MAX)?;
                self.0.insert((entries.into_iter(), error))
            }
        };
        let (mut entries, mut len) = (Vec::new(), 0);
        while len < size {
            let Some(entry) = rest.next() else { break };
            len += HEADER + entry.0.len();
            entries.push(entry);
        }
        match error.take_if(|_| entries.is_empty()) {
            Some(error) => Err(error),
            None => Ok(Entries::of(entries)),
        }
    }
}

/// Entries of a directory, and how many bytes of them are left.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    entries: std::vec::IntoIter<Found>,
    left: usize,
    last: OsString,
}

/// One entry.
pub(crate) struct Entry<'e> {
    pub(crate) name: &'e OsStr,
    /// `None` if the system or the filesystem does not report types.
    pub(crate) kind: Option<FileKind>,
    /// No position.
    pub(crate) next: i64,
}

impl Entries {
    /// Whether reading can continue at the position of an entry.
    pub(crate) const CONTINUE: bool = false;

    /// The first entries of `dir`, as many as would fit in `size` bytes if they had no names.
    pub(crate) fn read(dir: &File, size: usize) -> io::Result<Self> {
        let Listed { entries, error } = list(dir, size.div_ceil(HEADER))?;
        match error.filter(|_| entries.is_empty()) {
            Some(error) => Err(error),
            None => Ok(Self::of(entries)),
        }
    }

    fn of(entries: Vec<Found>) -> Self {
        let left = entries.iter().map(|(name, _)| HEADER + name.len()).sum();
        Self { entries: entries.into_iter(), left, last: OsString::new() }
    }

    /// The bytes that are still to be read.
    pub(crate) fn len(&self) -> usize {
        self.left
    }

    /// The next entry.
    pub(crate) fn next(&mut self) -> Option<Entry<'_>> {
        let (name, kind) = self.entries.next()?;
        self.left -= HEADER + name.len();
        self.last = name;
        Some(Entry { name: &self.last, kind, next: 0 })
    }
}

/// Each [`Listing`] begins at the start.
pub(crate) fn seek(_dir: &File, _position: i64) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn an_error_comes_after_the_entries_and_once() {
        let dir = tempfile::tempfile().unwrap();
        let found = (0..100).map(|number| (format!("{number:03}").into(), None));
        let found = found.collect::<Vec<Found>>().into_iter();
        let mut listing = Listing(Some((found, Some(io::ErrorKind::InvalidData.into()))));
        let mut names = Vec::new();
        let error = loop {
            match listing.next(&dir, 10 * (HEADER + 3)) {
                Ok(mut entries) => {
                    assert_eq!(entries.len(), 10 * (HEADER + 3));
                    while let Some(entry) = entries.next() {
                        names.push(entry.name.to_owned());
                    }
                }
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(names.len(), 100);
        assert!(names.is_sorted());
        assert_eq!(listing.next(&dir, 100).unwrap().len(), 0);
    }
}
