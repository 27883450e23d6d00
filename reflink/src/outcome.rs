//! What a copy did.

use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use crate::display::Quoted;
use crate::error::Reason;

/// How the bytes of a copy got into the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// FICLONE or FICLONERANGE: the files share blocks.
    Clone,
    /// The kernel copied the bytes with copy_file_range. It may have shared blocks instead, and
    /// does not report which.
    CopyFileRange,
    /// The bytes went through this process by read and write, or through a pipe by splice, and nothing is shared.
    ReadWrite,
    /// linkat: the destination is another name of the source's file.
    HardLink,
    /// More than one of the other methods. [`Outcome`] counts the bytes of each.
    Mixed,
    /// There was no data to move: an empty file, an empty range, or nothing but a hole.
    Nothing,
}

impl Display for Method {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clone => "clone",
            Self::CopyFileRange => "copy_file_range",
            Self::ReadWrite => "read/write",
            Self::HardLink => "hard link",
            Self::Mixed => "mixed",
            Self::Nothing => "nothing",
        })
    }
}

/// What a copy did, in bytes. Only bytes that a system call reported as done are counted.
///
/// # Examples
///
/// ```no_run
/// let done = reflink::auto("disk.img", "copy.img")?;
/// match done.fallback {
///     None => println!("{} bytes cloned", done.cloned),
///     Some(reason) => println!("copied by {}, because {reason}", done.method()),
/// }
/// # Ok::<(), reflink::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Bytes that clone calls transferred, including holes. Their blocks are now shared with the
    /// source; for a remote file this relies on the server's result. The exception is a small file
    /// that btrfs or OCFS2 keeps in its metadata: the call copies its bytes and shares nothing.
    pub cloned: u64,
    /// Bytes transferred by copy_file_range, which may have shared or copied them.
    pub offloaded: u64,
    /// Bytes copied through this process or a pipe of it: nothing of them is shared.
    pub copied: u64,
    /// Bytes of holes that were reproduced as holes while the rest was copied.
    pub holes: u64,
    /// The length of the file, if the destination is a hard link to the source: see
    /// [`HardLinks`](crate::HardLinks).
    pub hard_linked: Option<u64>,
    /// Why something was copied instead of cloned. `None` if nothing was copied, and under
    /// [`Mode::Never`](crate::Mode::Never), which never tries a clone.
    pub fallback: Option<Reason>,
    /// Metadata that the destination should have got if possible, and did not get.
    pub not_kept: Vec<NotKept>,
    /// The paths of temporary files that could not be removed. Empty unless the directory does not
    /// allow names to be removed. Callers should report them.
    pub left_behind: Vec<PathBuf>,
}

impl Outcome {
    /// All bytes of the copy: the length of the file or of the range.
    #[must_use]
    pub fn total(&self) -> u64 {
        let linked = self.hard_linked.unwrap_or(0);
        self.cloned + self.offloaded + self.copied + self.holes + linked
    }

    /// The method of the copy.
    #[must_use]
    pub fn method(&self) -> Method {
        match (self.cloned > 0, self.offloaded > 0, self.copied > 0) {
            _ if self.hard_linked.is_some() => Method::HardLink,
            (false, false, false) => Method::Nothing,
            (true, false, false) => Method::Clone,
            (false, true, false) => Method::CopyFileRange,
            (false, false, true) => Method::ReadWrite,
            _ => Method::Mixed,
        }
    }
}

/// Metadata of the source that the destination did not get.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotKept {
    /// Which metadata.
    pub attribute: Attribute,
    /// The errno of the failed system call, if there was one.
    pub errno: Option<i32>,
}

/// A piece of metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attribute {
    /// The permission bits.
    Permissions,
    /// The permission bits of the group. Either the source of the bits may have an ACL that could
    /// not be read, and with one the bits would be the rights of others; or the new file inherited
    /// an ACL that could not be removed, and it would have given others these rights.
    GroupPermissions,
    /// The set-user-id or set-group-id bit, because the owner was not kept.
    SetId,
    /// Owner and group.
    Owner,
    /// Access and modification time.
    Times,
    /// The extended attribute with this name, or all of them (`None`) if they could not be read.
    Xattr(Option<OsString>),
}

impl Display for Attribute {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permissions => f.write_str("permissions"),
            Self::GroupPermissions => f.write_str("permissions of the group"),
            Self::SetId => f.write_str("set-id bits"),
            Self::Owner => f.write_str("owner"),
            Self::Times => f.write_str("times"),
            Self::Xattr(None) => f.write_str("extended attributes"),
            Self::Xattr(Some(name)) => {
                write!(f, "extended attribute {}", Quoted(Path::new(name)))
            }
        }
    }
}
