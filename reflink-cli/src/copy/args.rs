//! The arguments of `reflink copy`.

use std::ffi::OsString;

use clap::ValueHint;

use super::preserve::Keep;
use super::walk::Walk;
use crate::mode::Reflink;
use crate::progress::When;

/// Copies files and directories, sharing blocks where that is possible
///
/// DEST appears whole or not at all: an error, a signal or a full disk leaves what was there.
/// An existing DEST is replaced in one step (--in-place writes into it instead); a directory as
/// DEST means DEST/SOURCE's name. A directory is copied into an existing one of that name (-T: into
/// DEST itself); what fails in it is reported, and the rest copied. A full or failing disk stops it,
/// as does a file that cannot be cloned under --reflink=always.
#[derive(clap::Args)]
#[command(
    after_help = HELP_END,
    args_override_self = true,
    override_usage = "reflink copy [OPTIONS] SOURCE DEST\n       \
                      reflink copy [OPTIONS] SOURCE... DIRECTORY\n       \
                      reflink copy [OPTIONS] -t DIRECTORY SOURCE..."
)]
pub(crate) struct Args {
    /// What to copy, and where to
    #[arg(value_name = "SOURCE... DEST", required = true, value_hint = ValueHint::AnyPath)]
    pub(super) operands: Vec<OsString>,

    #[command(flatten)]
    pub(super) reflink: Reflink,

    #[command(flatten)]
    pub(super) walk: Walk,

    #[command(flatten)]
    pub(super) keep: Keep,

    /// Fail with "File exists" where DEST exists, and change nothing; in a directory that exists, for
    /// each file that does
    #[arg(short, long, overrides_with = "force", conflicts_with = "in_place")]
    pub(super) no_clobber: bool,

    /// Undo an earlier -n; the last one wins
    ///
    /// Nothing else: replacing a read-only file needs no force, only permission to write in its
    /// directory.
    #[arg(short, long, overrides_with = "no_clobber")]
    pub(super) force: bool,

    /// Write into an existing DEST: it keeps its inode, owner and hard links, and a symbolic link
    /// is followed
    ///
    /// After an error or a signal it can be incomplete, and the message says so.
    #[arg(long)]
    pub(super) in_place: bool,

    /// Make hard links instead of copies: the two names are one file from then on, with one content
    /// and one owner, mode and time
    ///
    /// Never of a symbolic link, nor under --reflink=never, nor where --in-place writes into a file.
    #[arg(long, value_name = "WHEN", value_enum, default_value = "never")]
    pub(super) hard_links: Links,

    /// What counts more if a clone of a just-written SOURCE must wait for the disk
    #[arg(long, value_name = "WHAT", value_enum, default_value = "sharing")]
    pub(super) prefer: Preferred,

    /// Make a btrfs snapshot of the subvolume SOURCE instead of a copy: in one step, however large
    /// it is, or fail and say why
    ///
    /// Subvolumes below SOURCE are empty directories in the snapshot.
    #[arg(
        long,
        conflicts_with_all = [
            "recursive", "archive", "links", "no_dereference", "dereference", "operands_alone",
            "one_file_system", "threads", "when", "usual", "list", "in_place", "hard_links", "prefer"
        ]
    )]
    pub(super) snapshot: bool,

    /// Copy all SOURCEs into DIRECTORY
    #[arg(short, long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub(super) target_directory: Option<OsString>,

    /// DEST is the copy itself, even where it is a directory
    #[arg(short = 'T', long, conflicts_with = "target_directory")]
    pub(super) no_target_directory: bool,

    /// Flush the copy and its directory to the disk before success is reported
    #[arg(long)]
    pub(super) sync: bool,

    /// Show progress for what takes longer than half a second
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub(super) progress: When,

    /// Print a line for each SOURCE: what was done, in bytes and by which method
    ///
    /// Of a directory also its entries by type, how much was copied, the time, and why files were
    /// not cloned; not each entry.
    #[arg(short, long)]
    pub(super) verbose: bool,

    /// Print a JSON object on a line for each file, instead of what -v prints
    ///
    /// Its members are source, destination, method (clone, copy_file_range, read/write, hard link, mixed,
    /// nothing), bytes {cloned, offloaded, copied, holes, hard_linked, total}, fallback (why something was
    /// copied, or null), not_kept [{attribute, errno, message}] and, only if temporary files could
    /// not be removed, left_behind [path]; for a file that failed source, destination and error {message,
    /// errno, reason, hint}; error has incomplete {done, total} if DEST was changed (--in-place) and
    /// lacks bytes. A name that is not UTF-8 is approximated, and source_bytes or destination_bytes
    /// holds its bytes as numbers.
    ///
    /// A directory has an object for each entry that failed, as a file has, and one for all: source,
    /// destination, entries {files, directories, symlinks, specials, hard_links, total}, bytes, fallbacks
    /// [{reason, files}], not_kept [{path, attribute, errno, message}] with paths below SOURCE, of which
    /// the first thousand are listed, not_kept_unlisted (how many more), failed (how many entries),
    /// seconds and left_behind. A snapshot has source, destination and method (snapshot).
    #[arg(long)]
    pub(super) json: bool,
}

const HELP_END: &str = "\
Examples:
  reflink copy disk.img snapshot.img            clone where possible, else copy
  reflink copy --reflink disk.img snapshot.img  clone, or fail and say why
  reflink copy -p --sync db.sqlite /srv/backup  keep mode, owner and times; flush
  reflink copy -v -t /srv/backup -- *.img       several files, any names
  reflink copy -a project project-clone         a directory with everything in it
  reflink copy -a --reflink project clone       the same, cloned as a whole or not at all
  reflink copy -rv -j4 src/. dest/              what is in src, into an existing dest
  reflink copy --snapshot /srv/home before      a snapshot of a btrfs subvolume

Exit status:
  0  done
  1  error
  2  wrong usage
  3  a file cannot be cloned (only with --reflink=always), or SOURCE has no snapshots (--snapshot)
  5  some of several files failed; if all did, the status that they share, else 1";

/// `--hard-links=WHEN`.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum Links {
    /// No hard links
    Never,
    /// If a file cannot be cloned; if it cannot be linked either, it is copied
    BeforeCopy,
    /// Before anything else
    First,
}

/// `--prefer=WHAT`.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum Preferred {
    /// Wait, and share
    Sharing,
    /// Copy a SOURCE of at most 256 KiB that is not on disk yet
    Speed,
}
