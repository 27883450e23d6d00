//! Unusual sources: everything that can be read from them is copied.

use crate::made_up::{DIRECT_IO, MadeUp, NONSEEKABLE, Oddity, Seek, Whence};

fn bytes() -> Vec<u8> {
    (0..300_001_u32).map(|n| (n % 251) as u8).collect()
}

const COPIES: [&[&str]; 3] = [&["copy"], &["copy", "--reflink=never"], &["copy", "--in-place"]];

/// Copies all of the file in every way, to no file and onto a longer one, and a range up to its
/// end.
fn is_copied_whole(oddity: Oddity) {
    let made_up = MadeUp::new(oddity);
    let scratch = &made_up.scratch;
    for args in COPIES {
        for old in [None, Some(vec![b'o'; 400_000])] {
            let _ = std::fs::remove_file(scratch.path("dst"));
            old.iter().for_each(|old| scratch.write("dst", old));
            scratch.succeeds([args, &["mnt/file", "dst"]].concat());
            assert!(scratch.read("dst") == bytes(), "{args:?} {}", old.is_some());
        }
    }
    for mode in ["--reflink=auto", "--reflink=never"] {
        std::fs::remove_file(scratch.path("dst")).unwrap();
        scratch.reflink(["range", mode, "mnt/file", "dst"]).success().stdout("300001\n");
        assert!(scratch.read("dst") == bytes(), "{mode}");
    }
}

#[test]
#[ignore = "needs root and FUSE; run cargo xtask test"]
fn a_file_without_an_offset_is_read_from_start_to_end() {
    for stated in [0, 300_001, 400_000] {
        let open_flags = DIRECT_IO | NONSEEKABLE;
        is_copied_whole(Oddity { bytes: bytes(), stated, open_flags, ..Oddity::default() });
    }
    let open_flags = DIRECT_IO | NONSEEKABLE;
    let oddity = Oddity { bytes: bytes(), stated: 300_001, open_flags, ..Oddity::default() };
    let made_up = MadeUp::new(oddity);
    let args = ["range", "--src-offset=1000", "--length=200000", "mnt/file", "dst"];
    made_up.scratch.reflink(args).success().stdout("200000\n");
    assert!(made_up.scratch.read("dst") == bytes()[1000..201_000]);
}

#[test]
#[ignore = "needs root and FUSE; run cargo xtask test"]
fn a_length_that_is_too_short_is_not_the_length() {
    for stated in [1, 4096, 300_000] {
        let oddity = Oddity { bytes: bytes(), stated, open_flags: DIRECT_IO, ..Oddity::default() };
        is_copied_whole(oddity);
    }
}

/// As /proc/kpagecount.
#[test]
#[ignore = "needs root and FUSE; run cargo xtask test"]
fn a_file_that_is_read_in_whole_pieces_only_is_copied() {
    let oddity = Oddity { bytes: bytes(), open_flags: DIRECT_IO, granule: 8, ..Oddity::default() };
    is_copied_whole(oddity);
}

#[test]
#[ignore = "needs root and FUSE; run cargo xtask test"]
fn a_filesystem_that_is_wrong_about_holes_is_read() {
    let seeks: [Seek; 5] = [
        |_, _| Err(libc::EIO),
        |whence, offset| if whence == Whence::Data { Ok(offset) } else { Err(libc::ENXIO) },
        |_, _| Ok(0),
        |_, _| Err(libc::ENXIO),
        |_, _| Ok(1 << 40),
    ];
    for seek in seeks {
        let seek = Some(seek);
        is_copied_whole(Oddity { bytes: bytes(), stated: 300_001, seek, ..Oddity::default() });
    }
}
