//! The flags that prevent two files from sharing blocks.

use std::fs::File;

use crate::error::{Reason, Side};
use crate::sys;

/// Flags that prevent two files of one filesystem from sharing blocks.
pub(super) fn keep_apart(src: &File, dst: &File) -> Option<Reason> {
    let flags = |file| Flags {
        inode: sys::inode_flags(file).unwrap_or(0),
        extended: sys::extended_flags(file).unwrap_or(0),
    };
    apart(flags(src), flags(dst))
}

/// The flags of a file from `chattr` and from xfs.
#[derive(Clone, Copy, Default)]
struct Flags {
    inode: u32,
    extended: u32,
}

fn apart(src: Flags, dst: Flags) -> Option<Reason> {
    let sides = [(Side::Source, src), (Side::Destination, dst)];
    let of_one_side = |flag: fn(Flags) -> bool| {
        sides.into_iter().find(|(_, flags)| flag(*flags)).map(|(side, _)| side)
    };
    let is_nocow = |flags: Flags| flags.inode & reflink_sys::FS_NOCOW_FL != 0;
    if is_nocow(src) != is_nocow(dst) {
        return of_one_side(is_nocow).map(|side| Reason::NoCow { side });
    }
    of_one_side(|flags| flags.extended & reflink_sys::FS_XFLAG_REALTIME != 0)
        .map(|side| Reason::Realtime { side })
        .or_else(|| {
            of_one_side(|flags| flags.extended & reflink_sys::FS_XFLAG_DAX != 0)
                .map(|side| Reason::Dax { side })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_need_rare_hardware_mean_what_they_say() {
        let none = Flags::default();
        let realtime = Flags { extended: reflink_sys::FS_XFLAG_REALTIME, ..none };
        let dax = Flags { extended: reflink_sys::FS_XFLAG_DAX, ..none };
        let nocow = Flags { inode: reflink_sys::FS_NOCOW_FL, ..none };
        let (source, destination) = (Side::Source, Side::Destination);
        for (src, dst, reason) in [
            (none, none, None),
            (realtime, realtime, Some(Reason::Realtime { side: source })),
            (none, realtime, Some(Reason::Realtime { side: destination })),
            (dax, none, Some(Reason::Dax { side: source })),
            (none, dax, Some(Reason::Dax { side: destination })),
            (nocow, none, Some(Reason::NoCow { side: source })),
            (none, nocow, Some(Reason::NoCow { side: destination })),
            (nocow, nocow, None),
        ] {
            assert_eq!(apart(src, dst), reason);
        }
    }
}
