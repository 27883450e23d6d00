//! Evidence of sharing that does not come from the library: `filefrag`, and writes to either side.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;

use super::place::on_server;
use super::{assert_same, content, tool};

/// A run of blocks as `filefrag -v` prints it, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) logical: u64,
    pub(crate) physical: u64,
    pub(crate) length: u64,
    pub(crate) shared: bool,
}

/// The extents with data of a file that is first written to disk. Reserved blocks that were not
/// written need not be shared: xfs makes a hole of them.
pub(crate) fn extents(path: &Path) -> Vec<Extent> {
    let [extents] = extents_of([path]);
    extents
}

/// The [`extents`] of several files, with one `filefrag`, because it starts slowly on an emulated
/// machine.
pub(crate) fn extents_of<const N: usize>(paths: [&Path; N]) -> [Vec<Extent>; N] {
    // The server cannot write bytes to disk that the client has not sent yet.
    let paths = paths.map(|path| {
        File::open(path).unwrap().sync_all().unwrap();
        on_server(path)
    });
    let text = tool(Command::new("filefrag").args(["-s", "-v", "-b1"]).args(paths));
    let files = text.split("File size of ").skip(1);
    let whole = files.filter(|file| file.contains(" found"));
    let extents: Vec<_> = whole.map(|file| file.lines().filter_map(extent).collect()).collect();
    extents.try_into().unwrap_or_else(|_| panic!("{text}"))
}

/// `   0:        0..   65535:  12345..  77880:  65536:    flags`, all in bytes.
fn extent(line: &str) -> Option<Extent> {
    let fields: Vec<&str> = line.split(':').map(str::trim).collect();
    let [number, logical, physical, length, .., flags] = fields[..] else { return None };
    number.parse::<u64>().ok()?;
    if flags.split(',').any(|flag| flag == "unwritten") {
        return None;
    }
    let start = |range: &str| range.split("..").next()?.trim().parse().ok();
    Some(Extent {
        logical: start(logical)?,
        physical: start(physical)?,
        length: length.parse().ok()?,
        shared: flags.split(',').any(|flag| flag == "shared"),
    })
}

/// Where byte `at` of the file is on the disk, and whether that block is shared.
fn place(extents: &[Extent], at: u64) -> Option<(u64, bool)> {
    let extent = extents.iter().find(|e| (e.logical..e.logical + e.length).contains(&at))?;
    Some((extent.physical + at - extent.logical, extent.shared))
}

/// Whether each block of `dst` from `dst_offset` on, for `length` bytes, is the same block on the
/// disk as that of `src` at `src_offset`. Holes in both files count as shared.
pub(crate) fn shares(
    (src, src_offset): (&[Extent], u64),
    (dst, dst_offset): (&[Extent], u64),
    length: u64,
) -> bool {
    const BLOCK: u64 = 4096;
    (0..length).step_by(BLOCK as usize).all(|at| {
        match (place(src, src_offset + at), place(dst, dst_offset + at)) {
            (Some((from, true)), Some((to, true))) => from == to,
            (None, None) => true,
            _ => false,
        }
    })
}

/// Whether `dst` shares all its blocks with `src`.
pub(crate) fn shares_everything(src: &Path, dst: &Path) -> bool {
    let length = std::fs::metadata(src).unwrap().len();
    let [src, dst] = extents_of([src, dst]);
    !src.is_empty() && shares((&src, 0), (&dst, 0), length)
}

/// Writes to either file and checks that the other one does not change.
#[track_caller]
pub(crate) fn assert_independent(src: &Path, dst: &Path) {
    for (written, other) in [(src, dst), (dst, src)] {
        let [written, other] =
            [written, other].map(|path| File::options().read(true).write(true).open(path).unwrap());
        let before = content(&other);
        let middle = before.len() as u64 / 2;
        written.write_all_at(b"overwritten", middle).unwrap();
        written.sync_all().unwrap();
        assert_same(&content(&other), &before, "the file that was not written");
    }
}
