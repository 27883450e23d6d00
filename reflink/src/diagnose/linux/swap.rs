//! Active swap files, which can be read but not written to.

use std::fs::{self, File};

use super::causes::id;
use crate::error::{Reason, Side};

/// The kernel lists active swap files by path. If both files are swap files, the destination is
/// reported, because it cannot be written to.
pub(super) fn swap_file(src: &File, dst: &File) -> Option<Reason> {
    let swaps = fs::read("/proc/swaps").ok()?;
    let swaps = String::from_utf8_lossy(&swaps);
    let active: Vec<_> = swaps
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .filter_map(|path| fs::metadata(unescaped(path)).ok())
        .map(|status| id(&status))
        .collect();
    let is_active = |file: &File| file.metadata().is_ok_and(|status| active.contains(&id(&status)));
    [(dst, Side::Destination), (src, Side::Source)]
        .into_iter()
        .find_map(|(file, side)| is_active(file).then_some(Reason::SwapFile { side }))
}

/// A path as /proc/swaps has it.
fn unescaped(path: &str) -> String {
    let path = path.replace(r"\040", " ").replace(r"\011", "\t").replace(r"\012", "\n");
    path.replace(r"\134", r"\")
}
