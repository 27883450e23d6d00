//! Ranges that a server may refuse, partly or after it has changed something.

use reflink::{Error, Mode, Reason};

use crate::common::*;

/// First and last byte of the source, and the destination offset; the destination has 2 MiB.
const RANGES: [(u64, u64, u64); 7] = [
    (0, 65_536, 65_536),
    (1, 65_537, 1),
    (1, 65_537, 4097),
    (4096, 300_000, 8192),
    (5, 400_000, 1_900_000),
    (1_000_000, MIB + 77, 0),
    (0, MIB + 77, 2 * MIB),
];

/// `old` with a range of `new` over it.
fn with_range(old: &[u8], new: &[u8], (start, end, to): (u64, u64, u64)) -> Vec<u8> {
    let range = &new[start as usize..end as usize];
    let mut bytes = old.to_vec();
    bytes.resize(bytes.len().max(to as usize + range.len()), 0);
    bytes[to as usize..][..range.len()].copy_from_slice(range);
    bytes
}

#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn auto_writes_the_right_bytes_and_no_others() {
    let (old, new) = (bytes(2, 2 * MIB), bytes(1, MIB + 77));
    for mode in COPYING {
        for range in RANGES {
            let (start, end, to) = range;
            let dir = dir();
            let src = file(&dir.path().join("src"), &new);
            let dst = file(&dir.path().join("dst"), &old);
            let done = reflink::partial(&src, start..end, &dst, to, mode).unwrap();
            assert_accounts(&done, mode, end - start);
            let expected = with_range(&old, &new, range);
            assert_same(&content(&dst), &expected, &format!("{mode:?} {start}..{end} to {to}"));
            assert_same(&content(&src), &new, "src");
        }
    }
}

/// How `Always` must end. ksmbd makes a copy if the offsets are odd.
#[derive(Debug, PartialEq, Eq)]
enum Must {
    Clone,
    Copy,
    BeMisaligned,
    BeUnsupported,
}

fn must(range: (u64, u64, u64), source_length: u64) -> Must {
    let (start, end, to) = range;
    let is_off = |number: u64| number % 4096 != 0;
    let ends_well = !is_off(end) || end == source_length && to + end - start >= 2 * MIB;
    let is_aligned = !is_off(start) && !is_off(to) && ends_well;
    match fs() {
        Fs::Nfs41 | Fs::SambaXfs => Must::BeUnsupported,
        _ if is_aligned => Must::Clone,
        Fs::KsmbdXfs | Fs::KsmbdBtrfs if is_off(start) || is_off(to) => Must::Copy,
        _ => Must::BeMisaligned,
    }
}

#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn always_is_exact_or_says_why_not() {
    needs!(RangeClones);
    let (old, new) = (bytes(2, 2 * MIB), bytes(1, MIB + 77));
    let mut wrong = Vec::new();
    for range in RANGES {
        let (start, end, to) = range;
        let dir = dir();
        let [src_path, dst_path] = ["src", "dst"].map(|name| dir.path().join(name));
        let (src, dst) = (file(&src_path, &new), file(&dst_path, &old));
        let result = reflink::partial(&src, start..end, &dst, to, Mode::Always);
        let what = format!("{start}..{end} to {to}: {result:?}");
        let found = content(&dst);
        let mut expected = old.clone();
        let found_end = match &result {
            Ok(done) => {
                assert_eq!(done.cloned, end - start, "{what}");
                expected = with_range(&old, &new, range);
                let [from, to_extents] = extents_of([&src_path, &dst_path]);
                let len = (end - start) / 4096 * 4096;
                if shares((&from, start), (&to_extents, to), len) {
                    Must::Clone
                } else {
                    Must::Copy
                }
            }
            // The value for most servers, because the client's own numbers are transfer sizes.
            Err(Error::NotReflinkable {
                reason:
                    Reason::Misaligned { block_size: 4096, .. }
                    | Reason::EndsInsideDestination { block_size: 4096, .. },
                ..
            }) => Must::BeMisaligned,
            Err(Error::NotReflinkable { reason: Reason::NoCloneSupport { .. }, .. }) => {
                Must::BeUnsupported
            }
            Err(error) => panic!("{what}: {error:?}"),
        };
        // An SMB server can have changed something before it refused.
        if result.is_ok() || !on_smb() {
            assert_same(&found, &expected, &what);
        }
        let must = must(range, MIB + 77);
        if found_end != must {
            wrong.push(format!("{found_end:?} instead of {must:?}: {what}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn data_beyond_the_source_is_not_requested() {
    let dir = dir();
    let src = file(&dir.path().join("src"), &bytes(1, MIB + 77));
    let dst = file(&dir.path().join("dst"), &bytes(2, 2 * MIB));
    for range in [0..2 * MIB, 2 * MIB..3 * MIB] {
        let past = || reflink::partial(&src, range.clone(), &dst, 0, Mode::Always);
        let error = fails(dir.path(), past);
        let reason = Reason::PastEnd { source_length: MIB + 77 };
        // If the filesystem has no clones at all, the kernel's own errno comes first.
        assert!(
            error.reason() == Some(&reason) || clones_nothing(Mode::Always, &error),
            "{error:?}"
        );
    }
}
