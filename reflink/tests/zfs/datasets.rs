//! From one dataset or pool to another. FICLONE refuses that (EXDEV), and copy_file_range shares blocks
//! within a pool.

use std::path::Path;

use reflink::{Method, Mode, Reason, Support};

use crate::common::*;
use crate::pool::*;

const LEN: u64 = 3 * MIB + 5;

/// Copies from one dataset to another; returns how many bytes of the pool are shared afterwards.
fn across(from: &Dataset, to: &Dataset) -> u64 {
    let (src, dst) = (from.file("src"), to.file("dst"));
    file(&src, &bytes(1, LEN));
    let before = shared(&pool());
    let error = fails(to.path(), || reflink::always(&src, &dst));
    let reason = error.reason().unwrap();
    assert!(matches!(reason, Reason::DifferentFilesystems { .. }), "{error:?}");
    assert_eq!(between(from.path(), to.path()), Support::No(*reason));

    let done = copy(Mode::Auto, &src, &dst);
    // The kernel does not report whether it shared or copied.
    assert_eq!((done.method(), done.offloaded), (Method::CopyFileRange, LEN), "{done:?}");
    assert_eq!(done.fallback.as_ref(), Some(reason));
    assert_same_files(&dst, &src);
    let more = shared(&pool()) - before;

    let never = to.file("never");
    assert_eq!(copy(Mode::Never, &src, &never).method(), Method::ReadWrite);
    assert_same_files(&never, &src);
    assert_eq!(shared(&pool()) - before, more);
    assert_independent(&src, &dst);
    more
}

fn between(from: &Path, to: &Path) -> Support {
    reflink::probe_between(from, to).unwrap().support
}

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn a_copy_to_another_dataset_shares_and_is_called_offloaded() {
    for size in ["4K", "128K"] {
        let [from, to] = [(); 2]
            .map(|()| Dataset::new(&pool(), &[&format!("recordsize={size}"), "compression=off"]));
        let shared = across(&from, &to);
        assert!(shared >= LEN / 2, "{size}: {shared} bytes are shared");
    }
}

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn a_copy_to_another_dataset_does_not_share_if_the_module_may_not_clone() {
    let [from, to] = [(); 2].map(|()| Dataset::new(&pool(), &["compression=off"]));
    let _off = Parameter::set("zfs_bclone_enabled", "0");
    assert_eq!(across(&from, &to), 0);
}

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn a_copy_to_a_dataset_with_another_key_does_not_share() {
    let keys = [1, 2].map(|key| {
        let path = format!("/tmp/zfs-key-{key}");
        std::fs::write(&path, [key; 32]).unwrap();
        format!("keylocation=file://{path}")
    });
    let [first, second] =
        keys.map(|key| Dataset::new(&pool(), &["encryption=on", "keyformat=raw", &key]));
    assert_eq!(across(&first, &second), 0);
    let plain = Dataset::new(&pool(), &[]);
    std::fs::remove_file(second.file("dst")).unwrap();
    std::fs::remove_file(first.file("src")).unwrap();
    assert_eq!(across(&first, &plain), 0);
}

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn a_copy_to_another_pool_does_not_share() {
    let (from, to) = (Dataset::new(&pool(), &[]), Dataset::new(&other_pool(), &[]));
    assert_eq!(across(&from, &to), 0);
}
