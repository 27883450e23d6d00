//! Ranges, and files that have bytes already. The unit of a clone is the block size of the source, which
//! each file has for itself.

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;

use reflink::{Error, Mode};

use crate::common::*;
use crate::pool::*;

fn block(file: &File) -> u64 {
    file.metadata().unwrap().blksize()
}

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn whole_records_of_a_range_are_cloned_and_the_rest_is_copied() {
    for size in [4 * KIB, 128 * KIB] {
        let dataset = Dataset::new(&pool(), &[&format!("recordsize={size}"), "compression=off"]);
        let from = file(&dataset.file("src"), &bytes(1, 2 * MIB));
        let to = file(&dataset.file("dst"), &bytes(2, 2 * MIB));
        assert_eq!(block(&from), size);
        for (start, end, at, whole) in [
            (MIB, 2 * MIB, 0, MIB),
            (size, 3 * size, 4 * size, 2 * size),
            (size - 7, 3 * size + 9, 5 * size - 7, 2 * size),
            (size / 2, size, 6 * size, 0),
        ] {
            to_disk(&pool());
            let mut expected = content(&to);
            let len = (end - start) as usize;
            expected[at as usize..][..len]
                .copy_from_slice(&content(&from)[start as usize..][..len]);
            let done = reflink::partial(&from, start..end, &to, at, Mode::Auto).unwrap();
            assert_accounts(&done, Mode::Auto, end - start);
            assert_eq!(done.cloned, whole, "{size}: {start}..{end} to {at}: {done:?}");
            assert_same(&content(&to), &expected, "dst");
        }
    }
}

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn a_range_off_the_records_is_refused_and_the_size_is_reported() {
    let dataset = Dataset::new(&pool(), &["recordsize=128K"]);
    let from = file(&dataset.file("src"), &bytes(1, 2 * MIB));
    let to = file(&dataset.file("dst"), &bytes(2, 2 * MIB));
    to_disk(&pool());
    let clone = || reflink::partial(&from, 4096..MIB, &to, 4096, Mode::Always);
    let error = fails(dataset.path(), clone);
    assert!(error.to_string().contains("cannot clone"), "{error}");
    assert!(error.hint().unwrap().contains("131072"), "{error:?}");
}

/// A file of one block has blocks of its own length, and a file that is longer keeps its block size.
#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn over_files_of_any_length_a_clone_is_exact_or_changes_nothing() {
    let dataset = Dataset::new(&pool(), &[]);
    let lengths = [0, 1, 512, 4096, 100_000, 128 * KIB, 128 * KIB + 1, MIB, 2 * MIB + 7];
    let (mut cloned, mut refused) = (0, 0);
    for from in lengths {
        for to in lengths {
            for mode in [Mode::Always, Mode::Auto] {
                let [src, dst] = ["src", "dst"].map(|name| dataset.file(name));
                let source = file(&src, &bytes(1, from));
                let target = file(&dst, &bytes(2, to));
                to_disk(&pool());
                match reflink::reflink(&source, &target, mode) {
                    Ok(done) => {
                        cloned += u32::from(mode == Mode::Always);
                        assert_accounts(&done, mode, from);
                        assert_same(&content(&target), &bytes(1, from), &format!("{from} {to}"));
                    }
                    Err(Error::NotReflinkable { .. }) if mode == Mode::Always => {
                        refused += 1;
                        assert_same(&content(&target), &bytes(2, to), &format!("{from} {to}"));
                    }
                    Err(error) => panic!("{from} over {to}: {error:?}"),
                }
                drop((source, target));
                for path in [src, dst] {
                    std::fs::remove_file(path).unwrap();
                }
            }
        }
    }
    println!("{cloned} clones, {refused} refusals");
    assert!(cloned >= 40, "{cloned} clones, {refused} refusals");
}

/// ZFS would hang: it locks the range that it reads, and then all of a file whose block can grow.
#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn a_range_within_one_file_is_copied() {
    let dataset = Dataset::new(&pool(), &[]);
    let both = file(&dataset.file("both"), &bytes(1, 4096));
    to_disk(&pool());
    let error = reflink::partial(&both, .., &both, 4096, Mode::Always).unwrap_err();
    assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
    assert_same(&content(&both), &bytes(1, 4096), "after a refusal");
    let done = reflink::partial(&both, .., &both, 4096, Mode::Auto).unwrap();
    assert_eq!(done.copied, 4096, "{done:?}");
    assert_same(&content(&both), &bytes(1, 4096).repeat(2), "both");
}

/// The block size of a file stays when the dataset gets another.
#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn a_file_with_other_records_than_its_dataset_is_cloned_to_a_new_name() {
    let dataset = Dataset::new(&pool(), &["recordsize=128K"]);
    let src = dataset.file("src");
    file(&src, &bytes(1, 2 * MIB));
    dataset.set("recordsize=16K");
    to_disk(&pool());
    let dst = dataset.file("dst");
    assert_eq!(copy(Mode::Always, &src, &dst).cloned, 2 * MIB);
    assert_same_files(&dst, &src);

    // Over a file with small records, nothing is shared.
    let small = dataset.file("small");
    file(&small, &bytes(2, 2 * MIB));
    to_disk(&pool());
    let [from, to] =
        [&src, &small].map(|path| File::options().read(true).write(true).open(path).unwrap());
    let error = reflink::reflink(&from, &to, Mode::Always).unwrap_err();
    assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
    assert_same(&content(&to), &bytes(2, 2 * MIB), "small");
    let done = reflink::reflink(&from, &to, Mode::Auto).unwrap();
    assert_accounts(&done, Mode::Auto, 2 * MIB);
    assert_same_files(&small, &src);
}
