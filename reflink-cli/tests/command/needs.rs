//! What tests need of the filesystem under test, as in the library's tests: a test whose place lacks it
//! is left out, and says so.

use std::io::Write as _;

use crate::scratch::variable;

/// Leaves the test out if its place lacks one of these [needs](Need).
macro_rules! needs {
    ($($need:ident),+) => {
        // The name of a function in the test begins with the test's.
        fn here() {}
        if $crate::needs::left_out(here, &[$($crate::needs::Need::$need),+]) {
            return;
        }
    };
}
pub(crate) use needs;

#[derive(Clone, Copy)]
pub(crate) enum Need {
    /// Files that share blocks.
    Clones,
    /// Data that is compared and then shared.
    Dedupe,
    /// Holes that can be made.
    Holes,
    /// An owner and a mode of each file's own.
    OwnersAndModes,
    /// An error for a range that cannot be cloned.
    RefusedRanges,
    /// ENOSPC when there is no room for a new file.
    NoSpaceError,
    Subvolumes,
    PosixAcls,
    /// FIFOs, devices and symbolic links.
    FilesOfAllTypes,
    /// Another file in the place of one that is open.
    ReplacedOpenFiles,
}

/// How the names of places begin that do not clone.
const DO_NOT_CLONE: [&str; 6] =
    ["xfs-noreflink", "ext4", "tmpfs", "f2fs", "nfs41", "smb-samba-xfs"];

impl Need {
    /// Why it is lacking at the place of this name.
    fn lack(self, place: &str) -> Option<&'static str> {
        let is_remote = place.starts_with("nfs") || place.starts_with("smb");
        let clones = !DO_NOT_CLONE.iter().any(|name| place.starts_with(name));
        Some(match self {
            Self::Clones if !clones => "this filesystem does not clone",
            Self::Dedupe if !clones || is_remote || place == "zfs" => {
                "this filesystem does not dedupe"
            }
            Self::Holes if place.starts_with("nfs41") => {
                "NFS before 4.2 neither shows nor makes holes, and reserves no blocks"
            }
            Self::OwnersAndModes if place.starts_with("smb") => {
                "the mount decides owner and mode of all files on SMB"
            }
            Self::RefusedRanges if place.starts_with("smb-ksmbd") => {
                "ksmbd copies a range that its filesystem refuses to clone, and does not report it"
            }
            Self::NoSpaceError if place.starts_with("smb-ksmbd") => {
                "ksmbd answers EIO when there is no room for a new file"
            }
            Self::PosixAcls if place.starts_with("nfs") => "NFSv4 has no POSIX ACLs",
            Self::FilesOfAllTypes if place.starts_with("smb") => {
                "SMB has no devices, FIFOs and symbolic links"
            }
            Self::ReplacedOpenFiles if place.starts_with("smb-samba") => {
                "samba replaces no file that is open"
            }
            Self::Subvolumes if !place.starts_with("btrfs") => "only btrfs has subvolumes",
            _ => return None,
        })
    }
}

/// Whether the filesystem under test has this.
pub(crate) fn has(need: Need) -> bool {
    let place = variable("REFLINK_TEST_FS");
    need.lack(&place.to_string_lossy()).is_none()
}

/// Whether the place lacks one of these. If so, a line is printed for the harness, past the capture of
/// the test's output. Under a plain `cargo test` the place is not known, and nothing is left out.
pub(crate) fn left_out<F: Fn()>(_here: F, needs: &[Need]) -> bool {
    let Ok(place) = std::env::var("REFLINK_TEST_FS") else { return false };
    let Some(why) = needs.iter().find_map(|need| need.lack(&place)) else { return false };
    // "suite::module::test::here" without the first and the last part.
    let test = std::any::type_name::<F>();
    let test = test.strip_suffix("::here").unwrap_or(test);
    let (_, test) = test.split_once("::").unwrap_or_default();
    // With one thread the test's name is on the line already.
    let line = format!("\nleft out: {test}: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    true
}
