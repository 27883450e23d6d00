//! The name of an unfinished file, removed unless the copy succeeds.

use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use crate::sys::{self, Dir, FileId};

/// How many random names are tried before EEXIST becomes an error.
const ATTEMPTS: usize = 64;

/// The mode of a file that others can find before it has its final permissions.
const OWNER_ONLY: u32 = 0o600;

/// How a file is made that has a name from the start.
#[derive(Clone, Copy)]
pub(crate) enum Make<'s> {
    /// Without bytes.
    Empty { mode: u32 },
    /// As a clone of this file, with mode 0600 and everything else that it has.
    CloneOf(&'s File),
}

impl Make<'_> {
    /// Nobody else can read it.
    pub(crate) const OWNERS: Self = Self::Empty { mode: OWNER_ONLY };

    fn under(self, name: &Path, dir: &Dir) -> io::Result<File> {
        match self {
            Self::Empty { mode } => dir.create_new(name, mode),
            Self::CloneOf(src) => sys::clone_to_name(src, dir, name),
        }
    }
}

/// A name in a directory, if the file has one so far, that must not outlive a failed copy.
pub(crate) struct Unfinished<'t> {
    dir: &'t Dir<'t>,
    name: Option<PathBuf>,
    owner: Owner,
}

/// Who can have the name by the time that it is removed.
enum Owner {
    /// Nobody but this copy.
    Us,
    /// Anyone: only this file loses the name. None does if the file could not be inspected.
    Anyone(io::Result<FileId>),
}

impl<'t> Unfinished<'t> {
    /// For a file that has no name yet.
    pub(crate) fn unnamed(dir: &'t Dir<'t>) -> Self {
        Self { dir, name: None, owner: Owner::Us }
    }

    /// Makes a file under a temporary name.
    pub(crate) fn temporary(dir: &'t Dir<'t>, make: Make<'_>) -> io::Result<(File, Self)> {
        let (file, name) = with_temporary_name(|name| make.under(name, dir))?;
        Ok((file, Self { dir, name: Some(name), owner: Owner::Us }))
    }

    /// Creates a file under its final name.
    pub(crate) fn under(name: &Path, dir: &'t Dir<'t>, make: Make<'_>) -> io::Result<(File, Self)> {
        let file = make.under(name, dir)?;
        let owner = Owner::Anyone(sys::status(&file).map(|status| status.id));
        Ok((file, Self { dir, name: Some(name.to_owned()), owner }))
    }

    /// Like [`under`](Self::under), in a directory that nobody else uses.
    pub(crate) fn private(
        name: &Path,
        dir: &'t Dir<'t>,
        make: Make<'_>,
    ) -> io::Result<(File, Self)> {
        let file = make.under(name, dir)?;
        Ok((file, Self { dir, name: Some(name.to_owned()), owner: Owner::Us }))
    }

    /// Makes what is no regular file under a temporary name.
    pub(crate) fn temporary_node(
        dir: &'t Dir<'t>,
        make: impl FnMut(&Path) -> io::Result<()>,
    ) -> io::Result<Self> {
        let ((), name) = with_temporary_name(make)?;
        Ok(Self { dir, name: Some(name), owner: Owner::Us })
    }

    /// Makes what is no regular file under its final name.
    pub(crate) fn node_under(
        name: &Path,
        dir: &'t Dir<'t>,
        mut make: impl FnMut(&Path) -> io::Result<()>,
    ) -> io::Result<Self> {
        make(name)?;
        Ok(Self { dir, name: Some(name.to_owned()), owner: Owner::Us })
    }

    /// Gives an unnamed file a temporary name.
    pub(crate) fn link_temporary(&mut self, file: &File) -> io::Result<()> {
        let ((), name) = with_temporary_name(|name| sys::link_unnamed(file, self.dir, name))?;
        self.name = Some(name);
        Ok(())
    }

    /// The directory, if the file has a name in it.
    pub(crate) fn named_in(&self) -> Option<&'t Dir<'t>> {
        self.name.as_ref().map(|_| self.dir)
    }

    pub(crate) fn name(&self) -> Option<&Path> {
        self.name.as_deref()
    }

    /// Keeps the name: the file is finished.
    pub(crate) fn keep(&mut self) {
        self.name = None;
    }

    /// Removes the name, if there is one and it still belongs to the file.
    pub(crate) fn remove(&mut self) -> Result<(), Stays> {
        let Some(name) = self.name.take() else { return Ok(()) };
        let owner = std::mem::replace(&mut self.owner, Owner::Us);
        if let Owner::Anyone(id) = owner {
            let found = id.and_then(|id| Ok((id, self.dir.inspect(&name, false)?)));
            match found {
                Ok((id, Some(found))) if found.id == id => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(Stays { name, error }),
            }
        }
        match self.dir.remove(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Stays { name, error }),
            _ => Ok(()),
        }
    }
}

/// A name that could not be removed, and why.
pub(crate) struct Stays {
    pub(crate) name: PathBuf,
    pub(crate) error: io::Error,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        // Only a panic gets here with a name, and it is reported.
        let _ = self.remove();
    }
}

/// A file for a trial, which nobody else can find: without a name or, if the filesystem has no
/// unnamed files, with a name that is removed at once.
pub(crate) fn scratch_file(dir: &Dir) -> io::Result<File> {
    match sys::create_unnamed(dir, 0o600) {
        Err(error) if sys::lacks_unnamed_files(&error) => {
            let (file, mut name) = Unfinished::temporary(dir, Make::OWNERS)?;
            name.remove().map_err(|stays| stays.error)?;
            Ok(file)
        }
        result => result,
    }
}

/// A clone of `src` to try something with, as [`scratch_file`].
pub(crate) fn scratch_clone(src: &File, dir: &Dir) -> io::Result<File> {
    let (file, mut name) = Unfinished::temporary(dir, Make::CloneOf(src))?;
    name.remove().map_err(|stays| stays.error)?;
    Ok(file)
}

/// Calls `make` with names that are hard to guess, until one is free.
pub(crate) fn with_temporary_name<T>(
    mut make: impl FnMut(&Path) -> io::Result<T>,
) -> io::Result<(T, PathBuf)> {
    for _ in 1..ATTEMPTS {
        let name = temporary_name();
        match make(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => return result.map(|made| (made, name)),
        }
    }
    let name = temporary_name();
    make(&name).map(|made| (made, name))
}

fn temporary_name() -> PathBuf {
    // The standard library's only source of random numbers: the seed of its hash maps.
    let random = RandomState::new().build_hasher().finish();
    format!(".reflink-{random:016x}.tmp").into()
}
