//! Properties of a dataset, and settings of the module.

use std::path::Path;

use reflink::{Deduped, Evidence, Inconclusive, Method, Mode, Reason, Support};

use crate::common::*;
use crate::pool::*;

const LEN: u64 = 3 * MIB + 5;

/// The key of encrypted datasets.
const KEY: &str = "/tmp/zfs-key";

fn make_key() {
    std::fs::write(KEY, [7; 32]).unwrap();
}

/// Clones a file that is on the disk, and checks that the pool then shares at least `least` bytes more.
fn must_clone(dataset: &Dataset, least: u64) {
    let [src, dst] = ["src", "dst"].map(|name| dataset.file(name));
    file(&src, &bytes(1, LEN));
    let before = shared(&pool());
    let done = copy(Mode::Always, &src, &dst);
    assert_eq!(done.method(), Method::Clone);
    assert_same_files(&dst, &src);
    let more = shared(&pool()) - before;
    assert!(more >= least, "{more} bytes are shared");
    assert_independent(&src, &dst);
}

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn records_of_each_size_are_cloned() {
    for size in ["4K", "16K", "128K", "1M"] {
        let dataset = Dataset::new(&pool(), &[&format!("recordsize={size}"), "compression=off"]);
        must_clone(&dataset, LEN);
    }
}

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn compressed_encrypted_and_checked_data_is_cloned() {
    make_key();
    let key = format!("keylocation=file://{KEY}");
    for properties in [
        &["compression=lz4"][..],
        &["compression=zstd"],
        &["checksum=sha256"],
        &["copies=2"],
        &["encryption=on", "keyformat=raw", &key],
    ] {
        // The bytes repeat, so that little is left of them.
        must_clone(&Dataset::new(&pool(), properties), LEN / 100);
    }
}

/// What dedup shares is in a table of its own, which the pool does not count as cloned.
#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn deduplicated_data_is_cloned() {
    let dataset = Dataset::new(&pool(), &["dedup=on"]);
    let [src, dst] = ["src", "dst"].map(|name| dataset.file(name));
    file(&src, &bytes(1, LEN));
    to_disk(&pool());
    let done = copy(Mode::Always, &src, &dst);
    assert_eq!(done.method(), Method::Clone);
    assert_same_files(&dst, &src);
    assert_independent(&src, &dst);
}

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn zeros_are_holes_of_a_compressed_file_and_are_cloned() {
    let dataset = Dataset::new(&pool(), &["compression=lz4"]);
    let [src, dst] = ["src", "dst"].map(|name| dataset.file(name));
    let mut content = bytes(1, LEN);
    content[MIB as usize..2 * MIB as usize].fill(0);
    file(&src, &content);
    to_disk(&pool());
    for mode in ALL_MODES {
        copy(mode, &src, &dst);
        assert_same(&std::fs::read(&dst).unwrap(), &content, "dst");
    }
}

fn probed(dir: &Path) -> (Support, Evidence) {
    let found = reflink::probe(dir).unwrap();
    assert_eq!(found.filesystem.unwrap().name(), Some("zfs"));
    (found.support, found.evidence)
}

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn probe_reports_that_a_clone_was_accepted() {
    let dataset = Dataset::new(&pool(), &[]);
    let accepted = (Support::Unknown(Inconclusive::SharingHidden), Evidence::CloneAccepted);
    assert_eq!(probed(dataset.path()), accepted);
    let path = dataset.file("src");
    file(&path, &bytes(1, LEN));
    assert_eq!(probed(&path), accepted);
}

fn assert_refused(dataset: &Dataset) {
    let [src, dst] = ["src", "dst"].map(|name| dataset.file(name));
    file(&src, &bytes(1, LEN));
    to_disk(&pool());
    let error = fails(dataset.path(), || reflink::always(&src, &dst));
    let Some(reason @ Reason::NoCloneSupport { filesystem }) = error.reason() else {
        panic!("{error:?}")
    };
    assert_eq!(filesystem.name(), Some("zfs"));
    let done = copy(Mode::Auto, &src, &dst);
    assert_eq!((done.offloaded, done.fallback.as_ref()), (LEN, Some(reason)));
    assert_same_files(&dst, &src);
    assert_eq!(probed(dataset.path()), (Support::No(*reason), Evidence::CloneRefused));
}

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn nothing_is_cloned_if_the_module_may_not() {
    let dataset = Dataset::new(&pool(), &[]);
    let before = shared(&pool());
    let _off = Parameter::set("zfs_bclone_enabled", "0");
    assert_refused(&dataset);
    assert_eq!(shared(&pool()), before);
}

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn nothing_is_deduped() {
    let dataset = Dataset::new(&pool(), &[]);
    let [one, two] = ["one", "two"].map(|name| file(&dataset.file(name), &bytes(1, LEN)));
    let ends = reflink::dedupe(&one, .., [(&two, 0)]).unwrap();
    let [Deduped::Failed { bytes: 0, error, .. }] = &ends[..] else { panic!("{ends:?}") };
    assert!(matches!(error.reason(), Some(Reason::NoDedupeSupport { .. })), "{error:?}");
}
