//! `reflink extents`: where the blocks of files are, and which of them are shared.

use std::ffi::OsString;
use std::path::Path;

use clap::ValueHint;

use crate::exit::Exit;
use crate::output;

mod between;
mod failed;
mod list;

use list::Lister;

/// Lists the extents of files: where their blocks are, and which of them are shared
///
/// "Shared" are blocks that something else points at too: another file, a snapshot, another place
/// in the same file. "Inline" is a small file that btrfs keeps among its metadata: a clone of it is a
/// copy, and nothing is shared. Data that waits in memory to be written has no place yet; --sync writes it
/// first. Some filesystems (tmpfs, NFS) do not report where the blocks are.
#[derive(clap::Args)]
#[command(after_help = HELP_END, args_override_self = true)]
pub(crate) struct Args {
    /// The files
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    files: Vec<OsString>,

    /// List the ranges of two FILEs that are in the same blocks; both are written back first
    #[arg(long)]
    between: bool,

    /// Write the data back first, so that all of it has a place
    #[arg(long)]
    sync: bool,

    /// Print a JSON object on a line for each FILE, instead of the table
    ///
    /// Its members are path, length, extents [{offset, length, physical, flags}] and totals
    /// {shared, exclusive, holes, unwritten, inline, delayed, unknown, extents}; all numbers are
    /// bytes, except the number of extents, and physical is null if the extent has no place. With
    /// --between there is one object: first, second, shared, unknown and ranges [{first, second,
    /// length}]. For a file that failed they are path and error {message, errno, reason, hint}. A
    /// name that is not UTF-8 is approximated, and path_bytes, first_bytes or second_bytes holds
    /// its bytes as numbers.
    #[arg(long)]
    json: bool,
}

const HELP_END: &str = "\
Examples:
  reflink extents --sync disk.img               where its blocks are, and how much is shared
  reflink extents --between disk.img snap.img   what has not changed since the snapshot

Exit status:
  0  done
  1  error
  2  wrong usage
  5  some of several FILEs could be listed and some not";

pub(crate) fn run(args: &Args) -> Exit {
    let files = args.files.iter().map(Path::new);
    if !args.between {
        let mut lister = Lister { sync: args.sync, json: args.json, tables: 0 };
        return Exit::of_all(files.map(|file| lister.run(file)));
    }
    match files.collect::<Vec<_>>()[..] {
        [first, second] => between::run(first, second, args.json),
        _ => output::wrong_count::<Args>("extents", "--between takes exactly two FILEs"),
    }
}
