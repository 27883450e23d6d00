//! `partial` against a model: a vector of bytes.

use std::fs::File;
use std::ops::{Bound, RangeBounds};
use std::os::unix::fs::FileExt as _;

use reflink::{Error, Mode, Options, Outcome, Reason, Result};

use crate::common::*;

/// Two files, and what the destination should hold.
struct Pair {
    dir: tempfile::TempDir,
    src: File,
    dst: File,
    source: Vec<u8>,
    model: Vec<u8>,
}

impl Pair {
    fn new(source: Vec<u8>, destination: Vec<u8>) -> Self {
        let dir = dir();
        let src = file(&dir.path().join("src"), &source);
        let dst = file(&dir.path().join("dst"), &destination);
        Self { dir, src, dst, source, model: destination }
    }

    /// Another destination.
    fn begin_with(&mut self, model: Vec<u8>) {
        self.dst = file(&never_taken(&self.dir, "dst"), &model);
        self.model = model;
    }

    /// Copies a range in each mode; if `Always` refuses, it must not have changed anything.
    #[track_caller]
    fn copies(&mut self, start: u64, end: u64, offset: u64) {
        for mode in ALL_MODES {
            let old = self.model.clone();
            let [from, to, at] = [start, end, offset].map(|n| n as usize);
            if end > start && self.model.len() < at + to - from {
                self.model.resize(at + to - from, 0);
            }
            self.model.splice(at..at + to - from, self.source[from..to].iter().copied());
            let what = format!("{mode:?} {start}..{end} to {offset}");
            match reflink::partial(&self.src, start..end, &self.dst, offset, mode) {
                Ok(done) => assert_accounts(&done, mode, end - start),
                // A server can have changed something before it refused.
                Err(Error::NotReflinkable { .. }) if mode == Mode::Always && on_smb() => {
                    self.begin_with(old);
                    continue;
                }
                Err(Error::NotReflinkable { .. }) if mode == Mode::Always => {
                    assert_same(&content(&self.dst), &old, &what);
                    self.model = old;
                    continue;
                }
                Err(error) => panic!("{what}: {error:?}"),
            }
            assert_same(&content(&self.dst), &self.model, &what);
            // The next mode must not find the work done.
            self.begin_with(bytes(mode as u64 + 50, old.len() as u64));
        }
    }

    #[track_caller]
    fn refuses(&self, range: impl RangeBounds<u64> + Clone, offset: u64) -> Vec<Error> {
        let mut errors = Vec::new();
        for mode in ALL_MODES {
            let done = reflink::partial(&self.src, range.clone(), &self.dst, offset, mode);
            let error = done.expect_err("this range is impossible");
            assert_same(&content(&self.dst), &self.model, "dst after an error");
            if !clones_nothing(mode, &error) {
                assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{error:?}");
                errors.push(error);
            }
        }
        errors
    }
}

#[test]
fn ranges_land_at_their_offset_and_change_nothing_else() {
    let mut pair = Pair::new(bytes(1, MIB + 333), bytes(2, MIB));
    let len = MIB + 333;
    // Aligned.
    pair.copies(0, 4096, 0);
    pair.copies(65_536, 131_072, 262_144);
    // Congruent, with a ragged head and tail; also inside one block, and less than a block.
    pair.copies(100, 200_100, 4196);
    pair.copies(65_535, 131_073, 131_071);
    pair.copies(4097, 4099, 8193);
    pair.copies(4000, 8200, 12_192);
    // Not congruent: nothing can be shared.
    pair.copies(1, 100_000, 0);
    pair.copies(4096, 12_288, 1);
    // Up to the source's odd end: inside the destination, at its end, past it.
    pair.copies(65_536, len, 65_536);
    pair.copies(MIB, len, MIB);
    pair.copies(65_536, len, 524_288);
    // Beyond the destination's end, with a gap that must read as zero.
    pair.copies(0, 8192, 2 * MIB);
    pair.copies(5, 8195, 3 * MIB + 1);
    // All of it.
    pair.copies(0, len, 0);
    pair.copies(0, len, 7);
}

#[test]
fn a_range_never_truncates() {
    let mut pair = Pair::new(bytes(1, 10_000), bytes(2, 300_000));
    pair.copies(0, 10_000, 0);
    pair.copies(0, 10_000, 4096);
    pair.copies(4096, 10_000, 4096);
    pair.copies(0, 10_000, 290_000);
}

#[test]
fn an_empty_range_does_nothing() {
    let mut pair = Pair::new(bytes(1, 10_000), bytes(2, 5000));
    for (at, offset) in [(0, 0), (10_000, 0), (5, 5), (0, 5000), (0, 100_000), (10_000, 1 << 40)] {
        for mode in ALL_MODES {
            let done = reflink::partial(&pair.src, at..at, &pair.dst, offset, mode).unwrap();
            assert_eq!(done, Outcome::default());
            assert_same(&content(&pair.dst), &pair.model, "dst");
        }
    }
    pair.model.clear();
    pair.dst.set_len(0).unwrap();
    pair.copies(3, 3, 0);
}

#[test]
fn holes_in_the_range_wipe_old_bytes() {
    let dir = dir();
    let src = sparse_file(&dir.path().join("src"), 4 * MIB, &[(MIB, 5000), (3 * MIB, 10)]);
    let source = content(&src);
    let dst = dir.path().join("dst");
    for mode in COPYING {
        for (start, end, offset) in [
            (0, 4 * MIB, 0),
            (0, 4 * MIB, 4096),
            (7, 3 * MIB, 100_007),
            (9, 2 * MIB, 8),
            (1, 99, 1),
        ] {
            std::fs::remove_file(&dst).ok();
            let mut model = bytes(2, 5 * MIB);
            let into = file(&dst, &model);
            let done = reflink::partial(&src, start..end, &into, offset, mode).unwrap();
            assert_accounts(&done, mode, end - start);
            let at = offset as usize;
            model[at..at + (end - start) as usize]
                .copy_from_slice(&source[start as usize..end as usize]);
            assert_same(&content(&into), &model, &format!("{mode:?} {start}..{end} to {offset}"));
        }
    }
}

#[test]
fn a_range_past_the_end_is_refused() {
    let pair = Pair::new(bytes(1, 10_000), bytes(2, 20_000));
    let mut errors = pair.refuses(0..10_001, 0);
    errors.extend(pair.refuses(9_999..10_001, 0));
    errors.extend(pair.refuses(10_000..10_001, 0));
    errors.extend(pair.refuses(4096..20_480, 4096));
    errors.extend(pair.refuses(..=10_000, 0));
    for error in errors {
        assert_eq!(error.reason(), Some(&Reason::PastEnd { source_length: 10_000 }), "{error:?}");
        assert!(matches!(error, Error::Io { .. }), "{error:?}");
    }
    // An open end past the end, and ends before starts: errors, too, with any reason.
    pair.refuses(10_001.., 0);
    pair.refuses(u64::MAX.., 0);
    pair.refuses((Bound::Included(500), Bound::Excluded(400)), 0);
    pair.refuses((Bound::Excluded(10_000), Bound::Unbounded), 0);
}

#[test]
fn numbers_that_overflow_are_refused() {
    let pair = Pair::new(bytes(1, 10_000), bytes(2, 20_000));
    let max = i64::MAX as u64;
    for offset in [max - 4095, max, max + 1, u64::MAX - 4096, u64::MAX] {
        for error in pair.refuses(0..8192, offset) {
            assert_eq!(error.reason(), Some(&Reason::Overflow), "{error:?}");
        }
    }
    pair.refuses(0..u64::MAX, 0);
    pair.refuses(0..=u64::MAX, 0);
    pair.refuses(1..max + 1, 0);
    pair.refuses((Bound::Excluded(u64::MAX), Bound::Unbounded), 0);
}

/// If a file may be that long the range is copied, otherwise it is an error.
#[test]
fn an_absurd_offset_is_no_harm() {
    for offset in [1 << 43, 1 << 44, 1 << 50, (1 << 62) + 1, i64::MAX as u64 - 10_000] {
        for mode in ALL_MODES {
            let pair = Pair::new(bytes(1, 10_000), bytes(2, 5000));
            match reflink::partial(&pair.src, 7..9000, &pair.dst, offset, mode) {
                Ok(done) => {
                    assert_accounts(&done, mode, 8993);
                    let mut found = vec![0; 8993];
                    pair.dst.read_exact_at(&mut found, offset).unwrap();
                    assert_same(&found, &pair.source[7..9000], "the range");
                    assert_eq!(pair.dst.metadata().unwrap().len(), offset + 8993);
                }
                Err(error) => {
                    let errno = error.raw_os_error();
                    let mut known =
                        matches!(errno, Some(libc::EINVAL | libc::EFBIG | libc::EOPNOTSUPP));
                    if on_smb() {
                        // The server can have made the file that long before it refused.
                        known |= errno == Some(libc::EIO);
                        let mut start = vec![0; pair.model.len()];
                        pair.dst.read_exact_at(&mut start, 0).unwrap();
                        assert_same(&start, &pair.model, "the start of dst after an error");
                    } else {
                        assert_same(&content(&pair.dst), &pair.model, "dst after an error");
                    }
                    assert!(known, "{offset} {mode:?}: {error:?}");
                }
            }
        }
    }
}

#[test]
fn all_forms_of_a_range_mean_what_they_say() {
    let dir = dir();
    let source = bytes(1, 10_000);
    let src = file(&dir.path().join("src"), &source);
    let copied = |copy: &dyn Fn(&File) -> Result<Outcome>, expected: &[u8]| {
        let dst = file(&never_taken(&dir, "dst"), b"");
        assert_eq!(copy(&dst).unwrap().total(), expected.len() as u64);
        assert_same(&content(&dst), expected, "dst");
    };
    let mode = Mode::Auto;
    copied(&|dst| reflink::partial(&src, .., dst, 0, mode), &source);
    copied(&|dst| reflink::partial(&src, 300.., dst, 0, mode), &source[300..]);
    copied(&|dst| reflink::partial(&src, ..300, dst, 0, mode), &source[..300]);
    copied(&|dst| reflink::partial(&src, 5..300, dst, 0, mode), &source[5..300]);
    copied(&|dst| reflink::partial(&src, 5..=300, dst, 0, mode), &source[5..=300]);
    copied(&|dst| reflink::partial(&src, ..=300, dst, 0, mode), &source[..=300]);
    let bounds = (Bound::Excluded(5), Bound::Excluded(300));
    copied(&|dst| reflink::partial(&src, bounds, dst, 0, mode), &source[6..300]);
    copied(&|dst| Options::new().partial(&src, 10_000.., dst, 0), b"");
}
