//! Whether files can be cloned in a place, found out by a trial.

pub(super) mod answer;

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use super::extents::{Extents, extents_after_sync};
use super::totals::tells_sharing;
use crate::compare::read_full;
use crate::error::{Error, FsType, Operation, Reason, Result, Side};
use crate::known::Known;
use crate::piece::Piece;
use crate::sys::{self, Dir};
use crate::{diagnose, staging};
use answer::{Evidence, Inconclusive, Probe, Support};

/// Finds out whether files in the directory `path` can be cloned there, or whether the file `path`
/// can be cloned to a new file beside it.
///
/// This function makes a trial: it writes an unnamed file of one block, clones it to a second one,
/// and examines both. Nothing of them outlives the call, even if the process is killed. (Without
/// O_TMPFILE the files have names until just after they are made, and the NFS client can keep one
/// as `.nfs…` for a few moments more.)
/// An empty file would prove nothing: xfs and btrfs clone it even if they cannot clone blocks. If
/// `path` is a regular file, its first block of data is cloned, too, because the file may be in a
/// lower layer of an overlay, nodatacow, or an active swap file. (Not on SMB, because some of its
/// clients clone only whole files.)
///
/// # Errors
///
/// [`Error::Io`] if `path` does not exist or cannot be reached (ENOENT, EACCES, ENOTDIR). If
/// nothing can be written there, that is not an error but [`Support::Unknown`].
///
/// # Platform notes
///
/// Only Linux lists extents, so that an accepted clone is [`Inconclusive::SharingHidden`] on other
/// systems. Where no call clones files (illumos, Solaris), the result is always
/// [`Reason::NoCloneCall`].
///
/// # Examples
///
/// ```
/// use reflink::Support;
///
/// # let dir = tempfile::tempdir().unwrap();
/// match reflink::probe(dir.path())?.support {
///     Support::Yes => println!("files can be cloned here"),
///     Support::No(reason) => println!("no clones here: {reason}"),
///     _ => println!("nobody knows"),
/// }
/// # Ok::<(), reflink::Error>(())
/// ```
#[doc(alias = "FICLONE")]
pub fn probe(path: impl AsRef<Path>) -> Result<Probe> {
    probe_between(path.as_ref(), path.as_ref())
}

/// Finds out whether files in the directory `src`, or the file `src`, can be cloned to new files in
/// the directory `dst`, or beside the file `dst`.
///
/// # Errors
///
/// As [`probe`].
pub fn probe_between(src: impl AsRef<Path>, dst: impl AsRef<Path>) -> Result<Probe> {
    let (src, dst) = (src.as_ref(), dst.as_ref());
    let between = || {
        let (from, to) = (directory(src, Side::Source)?, directory(dst, Side::Destination)?);
        let found = trial(&from, &to);
        let is_accepted =
            matches!(found.evidence, Evidence::SharedExtents | Evidence::CloneAccepted);
        Ok(if is_accepted { trial_of_file(found, src, &to) } else { found })
    };
    between().map_err(|error: Error| error.with_paths(src, dst))
}

/// The directory at `path`, or the directory of the file at `path`: the file's own directory, not
/// that of a symbolic link to it.
fn directory(path: &Path, side: Side) -> Result<Dir<'_>> {
    let open = || match Dir::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            let file = path.canonicalize()?;
            Dir::open(file.parent().ok_or(error)?)
        }
        dir => dir,
    };
    open().map_err(Error::on(Operation::Open, side))
}

fn trial(from: &Dir, to: &Dir) -> Probe {
    let answer = |support, evidence| Probe {
        support,
        evidence,
        filesystem: sys::fs_type_of_dir(to),
        block_size: None,
    };
    let not_tried = |error: io::Error| {
        let errno = error.raw_os_error();
        answer(Support::Unknown(Inconclusive::NotTried { errno }), Evidence::NotTried)
    };
    if !sys::CAN_CLONE {
        return answer(Support::No(Reason::NoCloneCall), Evidence::NotTried);
    }
    let make = staging::scratch_file;
    let files = make(from).and_then(|src| make(to).map(|dst| (src, dst)));
    let (src, dst) = match files {
        Ok(files) => files,
        Err(error) => return not_tried(error),
    };
    // On SMB statfs fails for a removed file.
    let filesystem = sys::fs_type_of_dir(to);
    let block_size = sys::own_block_size(&dst);
    let answer = |support, evidence| Probe { support, evidence, filesystem, block_size };

    let failed = |error: io::Error| {
        let errno = error.raw_os_error();
        answer(Support::Unknown(Inconclusive::Failed { errno }), Evidence::CloneFailed)
    };

    let len = sys::block_size(&src).max(sys::block_size(&dst)).max(4096);
    // Not zeros, because some filesystems turn a block of zeros into a hole.
    let block = vec![0x5a; usize::try_from(len).unwrap_or(4096)];
    if let Err(error) = write_all(&src, &block) {
        return not_tried(error);
    }
    let whole = Piece::whole(len);
    let cloned = if sys::CLONES_INTO_FILES {
        settled(&src, || sys::clone_file(&src, &dst)).map(|()| None)
    } else {
        settled(&src, || staging::scratch_clone(&src, to)).map(Some)
    };
    let dst = match cloned {
        Ok(new) => new.unwrap_or(dst),
        Err(error) => {
            let (support, evidence) = refusal(&src, whole, &dst, filesystem, error);
            return answer(support, evidence);
        }
    };
    match has_bytes(&dst, &block) {
        Ok(true) => {}
        Ok(false) => {
            let support = Support::Unknown(Inconclusive::Failed { errno: None });
            return answer(support, Evidence::CloneDiffers);
        }
        Err(error) => return failed(error),
    }
    if tells_sharing(&dst) && is_seen_to_be_shared(&src, &dst) {
        answer(Support::Yes, Evidence::SharedExtents)
    } else {
        answer(Support::Unknown(Inconclusive::SharingHidden), Evidence::CloneAccepted)
    }
}

/// The result for the file at `path` itself, in a place where files can be cloned.
fn trial_of_file(found: Probe, path: &Path, to: &Dir) -> Probe {
    // For a FIFO or a device the result is that of its directory, and an empty file can always be
    // cloned.
    if !std::fs::metadata(path).is_ok_and(|status| status.is_file() && status.len() > 0) {
        return found;
    }
    let src = Dir::Working.open_for_reading(path, &mut || ControlFlow::Continue(()));
    let files = src.and_then(|src| Ok((src, staging::scratch_file(to)?)));
    let (src, dst) = match files {
        Ok(files) => files,
        Err(error) => {
            let errno = error.raw_os_error();
            let support = Support::Unknown(Inconclusive::NotTried { errno });
            return Probe { support, evidence: Evidence::NotTried, ..found };
        }
    };
    if sys::may_be_on_smb(&dst) {
        return found;
    }
    let block = first_block(&src);
    // As a copy would: OCFS2 clones bytes that are in an inode only with the whole file.
    let is_whole = src.metadata().is_ok_and(|status| block == Piece::whole(status.len()));
    let clone = || {
        if !sys::CLONES_INTO_FILES {
            staging::scratch_clone(&src, to).map(drop)
        } else if is_whole {
            sys::clone_file(&src, &dst)
        } else {
            sys::clone_range(&src, block.src, block.len, &dst, block.dst)
        }
    };
    match settled(&src, clone) {
        Ok(()) => found,
        Err(error) => {
            let (support, evidence) = refusal(&src, block, &dst, found.filesystem, error);
            Probe { support, evidence, ..found }
        }
    }
}

/// The first block of the file that has data, for a clone to the start of another file.
fn first_block(file: &File) -> Piece {
    let block = sys::block_size(file).max(4096);
    let data = sys::next_data(file, 0).ok().flatten().unwrap_or(0);
    let start = data - data % block;
    let len = file.metadata().map_or(0, |status| status.len());
    Piece { src: start, dst: 0, len: len.saturating_sub(start).min(block) }
}

/// Clones, and tries again after the source is on disk: ZFS refuses before that, with one errno or
/// another.
fn settled<T>(src: &File, clone: impl Fn() -> io::Result<T>) -> io::Result<T> {
    match clone().map_err(|error| (error.kind(), error)) {
        Err((io::ErrorKind::WouldBlock | io::ErrorKind::InvalidInput, _)) => {
            // ZFS writes a file to its disk if data is searched for in it.
            let _ = sys::next_data(src, 0);
            src.sync_data().and_then(|()| clone())
        }
        result => result.map_err(|(_, error)| error),
    }
}

/// What a refused clone of a block means for the place.
fn refusal(
    src: &File,
    piece: Piece,
    dst: &File,
    filesystem: Option<FsType>,
    error: io::Error,
) -> (Support, Evidence) {
    let reason = diagnose::clone(&Known::new(src), &Known::new(dst), piece, &error);
    let reason = match reason.filter(|reason| reason.prevents_only_cloning()) {
        Some(Reason::Busy) | None => {
            let errno = error.raw_os_error();
            return (Support::Unknown(Inconclusive::Failed { errno }), Evidence::CloneFailed);
        }
        Some(Reason::NoCloneSupport { filesystem: told }) => {
            Reason::NoCloneSupport { filesystem: filesystem.unwrap_or(told) }
        }
        Some(reason) => reason,
    };
    (Support::No(reason), Evidence::CloneRefused)
}

fn write_all(file: &File, mut bytes: &[u8]) -> io::Result<()> {
    let mut offset = 0;
    while !bytes.is_empty() {
        match sys::write_at(file, bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = &bytes[written..];
                offset += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn has_bytes(file: &File, expected: &[u8]) -> io::Result<bool> {
    let mut bytes = vec![0; expected.len() + 1];
    let read = read_full(file, &mut bytes, 0)?;
    Ok(bytes[..read] == *expected)
}

/// Whether both files have their extents at the same places, all flagged as shared.
fn is_seen_to_be_shared(src: &File, dst: &File) -> bool {
    let places = |file| {
        let places = |extents: Extents<'_>| {
            extents
                .map(|extent| extent.map(|e| e.physical.filter(|_| e.is_shared())))
                .collect::<Result<Option<Vec<_>>>>()
        };
        extents_after_sync(file).and_then(places).ok().flatten().filter(|all| !all.is_empty())
    };
    places(src).is_some_and(|src| Some(src) == places(dst))
}
