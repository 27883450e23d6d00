//! An unfinished file, and the ways to give it its name.

use std::cell::OnceCell;
use std::fs::File;
use std::io;

use super::target::{Target, sync};
use super::unfinished::{Make, Unfinished};
use crate::choices::Overwrite;
use crate::error::{Error, FsType, Operation, Result, Side};
use crate::progress::Progress;
use crate::sys::{self, FileId, MountId};

/// How a file is made, the safest way first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Without a name until it is finished. The kernel removes it with its descriptor.
    Unnamed,
    /// Under a temporary name. A kill leaves this file.
    Temporary,
    /// Under its own name, because the caller allows that. A kill leaves half a file.
    Private,
    /// Under its own name, because nothing can be linked or renamed. A kill leaves half a file.
    Direct,
}

/// A new file and its name.
pub(crate) struct Staged<'t> {
    pub(crate) file: File,
    // After `file`, so that it is dropped later: Windows removes no open file.
    pub(crate) name: Unfinished<'t>,
    pub(crate) way: Way,
    /// The mount that it is on, if that was asked.
    pub(crate) mount: OnceCell<Option<MountId>>,
    /// The type of its filesystem, if that was asked.
    filesystem: Option<FsType>,
}

/// When a new file is flushed, besides before it has a name: on some filesystems that flush may do nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flush {
    /// Never again, or not at all.
    No,
    /// Under a temporary name, and only there.
    UnderTemporaryName,
    /// Under its final name too, because the directory keeps every temporary name.
    UnderItsName,
}

/// Whether a finished file got its name.
pub(crate) enum Published {
    Yes,
    /// It must be made again in another way, because it cannot be given its name.
    MakeAgain(Way),
}

impl<'t> Staged<'t> {
    /// Creates the file in `way`, or in the next way that the filesystem supports.
    pub(crate) fn create(
        target: &'t Target<'_>,
        way: Way,
        mode: u32,
        overwrite: Overwrite,
    ) -> Result<Self> {
        let dir = &target.dir;
        if way == Way::Private {
            match Unfinished::private(target.name, dir, Make::Empty { mode }) {
                Ok((file, name)) => return Ok(Self::made(target, file, name, way)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(target.cannot_create(error)),
            }
        }
        if matches!(way, Way::Private | Way::Unnamed) {
            match sys::create_unnamed(dir, mode) {
                // A failed write may show only in close there, and close must come before the name.
                // With the SMB client of Linux 7.2 such a file has no filesystem, and a rename
                // while it is open removes the old file and reports success.
                Ok(file) => {
                    let name = Unfinished::unnamed(dir);
                    let mut staged = Self::made(target, file, name, Way::Unnamed);
                    let mount = staged.mount.get_or_init(|| sys::mount_of(&staged.file));
                    staged.filesystem = sys::fs_type_by(&staged.file, *mount);
                    if !staged.filesystem.is_none_or(FsType::is_network) {
                        return Ok(staged);
                    }
                }
                Err(error) if sys::lacks_unnamed_files(&error) => {}
                Err(error) => return Err(target.cannot_create(error)),
            }
        }
        let named = Self::named(target, way, overwrite, Make::OWNERS)?;
        named.map_err(|error| target.cannot_create(error))
    }

    /// Makes the file a clone of `source`; the inner error is what the system says to that.
    pub(crate) fn clone_of(
        source: &File,
        target: &'t Target<'_>,
        way: Way,
        overwrite: Overwrite,
    ) -> Result<io::Result<Self>> {
        let make = Make::CloneOf(source);
        if way == Way::Private {
            match Unfinished::private(target.name, &target.dir, make) {
                Ok((file, name)) => return Ok(Ok(Self::made(target, file, name, way))),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Ok(Err(error)),
            }
        }
        Self::named(target, way, overwrite, make)
    }

    /// Makes a file that has a name from the start.
    fn named(
        target: &'t Target<'_>,
        way: Way,
        overwrite: Overwrite,
        make: Make<'_>,
    ) -> Result<io::Result<Self>> {
        let dir = &target.dir;
        let replaces = overwrite == Overwrite::Replace && target.exists()?;
        if replaces {
            target.require_replaceable()?;
        }
        // No temporary name can be removed from an append-only directory.
        let is_direct = way == Way::Direct || !replaces && dir.is_append_only();
        let way = if is_direct { Way::Direct } else { Way::Temporary };
        let created = match way {
            Way::Direct => Unfinished::under(target.name, dir, make),
            Way::Private | Way::Unnamed | Way::Temporary => Unfinished::temporary(dir, make),
        };
        Ok(created.map(|(file, name)| Self::made(target, file, name, way)))
    }

    fn made(target: &Target<'_>, file: File, name: Unfinished<'t>, way: Way) -> Self {
        Self { file, name, way, mount: target.mount_of_new(), filesystem: None }
    }

    /// When the file must be flushed if it is to last.
    pub(crate) fn flush(&self, target: &Target<'_>) -> Flush {
        let is_flushed_unnamed = self.filesystem.is_some_and(FsType::flushes_unnamed_files);
        match self.way {
            Way::Unnamed if is_flushed_unnamed => Flush::No,
            Way::Unnamed if target.dir.is_append_only() => Flush::UnderItsName,
            Way::Unnamed => Flush::UnderTemporaryName,
            Way::Temporary | Way::Private | Way::Direct => Flush::No,
        }
    }
}

/// A file that gets a name.
pub(crate) enum Finished<'f> {
    /// A new file. It is closed before an old file goes, because some filesystems report failed
    /// writes there.
    New { file: File, flush: Flush },
    /// A file that already has a name.
    Linked(&'f File),
}

impl Finished<'_> {
    fn file(&self) -> &File {
        match self {
            Self::New { file, .. } => file,
            Self::Linked(file) => file,
        }
    }

    fn flush(&self) -> Flush {
        match self {
            Self::New { flush, .. } => *flush,
            Self::Linked(_) => Flush::No,
        }
    }

    fn close(self) -> Result<()> {
        match self {
            Self::New { file, .. } => sys::close(file).map_err(failed(Operation::Close)),
            Self::Linked(_) => Ok(()),
        }
    }
}

/// Gives the finished file its name, if the name is free or may be replaced.
pub(crate) fn publish(
    finished: Finished<'_>,
    name: &mut Unfinished<'_>,
    way: Way,
    target: &Target<'_>,
    source: FileId,
    overwrite: Overwrite,
) -> Result<Published> {
    match way {
        Way::Unnamed => {
            let flush = finished.flush();
            let is_renamed = flush == Flush::UnderTemporaryName;
            // Usually the name is free. A check first would cost a call, and its result could be
            // outdated.
            if !is_renamed {
                match sys::link_unnamed(finished.file(), &target.dir, target.name) {
                    Ok(()) if flush == Flush::UnderItsName => {
                        sync_named(finished.file())?;
                        return Ok(Published::Yes);
                    }
                    Ok(()) => return Ok(Published::Yes),
                    Err(error)
                        if error.kind() == io::ErrorKind::AlreadyExists
                            && overwrite == Overwrite::Replace => {}
                    Err(error) => return cannot_link(error),
                }
            }
            let found = target.check(source, overwrite)?;
            if !is_renamed || found.is_some() {
                target.require_replaceable()?;
            }
            if let Err(error) = name.link_temporary(finished.file()) {
                return cannot_link(error);
            }
            if is_renamed {
                sync(finished.file())?;
            }
            finished.close()?;
            rename(name, target, overwrite, found.is_none())
        }
        Way::Temporary => {
            // If a failed write shows only in close, the old file must still be there.
            finished.close()?;
            let found = target.check(source, overwrite)?;
            rename(name, target, overwrite, found.is_none())
        }
        Way::Private | Way::Direct => {
            finished.close()?;
            name.keep();
            Ok(Published::Yes)
        }
    }
}

/// Flushes a file that has its name, which the error reports.
fn sync_named(file: &File) -> Result<()> {
    let total = sys::status(file).map_or(0, |status| status.len());
    sync(file).map_err(|error| error.having_changed(Some(Progress { done: total, total })))
}

/// What follows if the kernel did not give an unnamed file a name.
fn cannot_link(error: io::Error) -> Result<Published> {
    // The kernel does not allow unnamed files to be linked, or the directory is gone, as the next
    // attempt will show.
    if error.kind() == io::ErrorKind::NotFound || sys::forbids_renaming(&error) {
        return Ok(Published::MakeAgain(Way::Temporary));
    }
    Err(failed(Operation::Publish)(error))
}

/// Gives a file with a temporary name its final name.
pub(crate) fn rename(
    name: &mut Unfinished<'_>,
    target: &Target<'_>,
    overwrite: Overwrite,
    is_free: bool,
) -> Result<Published> {
    let (dir, to) = (&target.dir, target.name);
    let Some(from) = name.name() else { return Ok(Published::Yes) };
    let renamed = match overwrite {
        Overwrite::Replace => dir.rename(from, to),
        _ => sys::rename_no_replace(dir, from, to),
    };
    let Err(error) = renamed else {
        name.keep();
        return Ok(Published::Yes);
    };
    let may_link = match overwrite {
        Overwrite::Replace if !is_free => return Err(target.cannot_replace(error)),
        Overwrite::Replace if !sys::forbids_renaming(&error) => {
            return Err(failed(Operation::Publish)(error));
        }
        Overwrite::Replace => true,
        _ => sys::lacks_rename_no_replace(&error),
    };
    // A second link replaces nothing either. The first, temporary name is removed as after a
    // failure.
    let result = if may_link { dir.hard_link(from, to) } else { Err(error) };
    match result {
        Ok(()) => Ok(Published::Yes),
        // rclone returns EIO if it does not support links.
        Err(error)
            if sys::forbids_renaming(&error)
                || sys::is_input_output(&error) && sys::is_on_fuse(dir) =>
        {
            Ok(Published::MakeAgain(Way::Direct))
        }
        Err(error) => Err(failed(Operation::Publish)(error)),
    }
}

fn failed(operation: Operation) -> impl FnOnce(io::Error) -> Error {
    Error::on(operation, Side::Destination)
}
