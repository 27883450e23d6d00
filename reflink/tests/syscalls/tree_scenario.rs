//! A tree copy, to be traced.

use std::fs;

use reflink::tree::{self, Outcome};
use reflink::{Options, Result};
use tempfile::TempDir;

use crate::common::*;

/// Makes directories and files of one kind, so that those after the first cost what each further one costs.
pub(crate) fn prepare(
    dir: &TempDir,
    files: Options<'static>,
    threads: usize,
) -> impl FnOnce() -> Result<Outcome> {
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    for name in ["empty/d0", "empty/d1", "empty/d2", "full"] {
        fs::create_dir_all(src.join(name)).unwrap();
    }
    for name in ["f0", "f1", "f2", "f3"] {
        file(&src.join("full").join(name), &bytes(1, 4096));
    }
    // On disk, so that nothing is flushed.
    rustix::fs::sync();
    move || tree::Options::new().files(files).threads(threads).copy(&src, &dst)
}

/// Prints what [`Run`](crate::run::Run) has.
pub(crate) fn report(dir: &TempDir, done: &Result<Outcome>) {
    match done {
        Ok(done) => {
            assert!(done.not_kept.is_empty(), "{done:?}");
            println!("\nresult: {} files, {} directories", done.files, done.directories);
        }
        Err(error) => {
            println!("\nresult: {error}, changed: {}", error.changed().is_some());
        }
    }
    let copied = fs::read(dir.path().join("dst/full/f2")).unwrap_or_default();
    println!("destination: {}", copied.len());
    let mut litter = names(dir);
    litter.retain(|name| name != "src" && name != "dst");
    println!("litter: {litter:?}");
}
