//! The memory of tree copies: constant, except for files with several names that have not all been met.

use std::fs;
use std::path::Path;

use reflink::tree::Options;

use super::resources::peak_memory;
use crate::common::{Fs, MIB, dir, fs, in_child};

/// Two threads, each with 32 KiB of entries, the stacks, and heap pages that were not used before.
const ALLOWED: u64 = 2 * MIB;
/// What a file with several names may take while names are missing: its number, its first name, and
/// the room that a table has to spare.
const FOR_EACH_FILE: u64 = 200;

/// The whole number on one filesystem, because it takes seconds.
fn entries() -> usize {
    if fs() == Fs::Tmpfs { 50_000 } else { 5000 }
}

/// Copies the tree; its peak memory must stay within `allowed`. Call this in a process of its own.
fn needs_little(src: &Path, allowed: u64) -> reflink::tree::Outcome {
    let options = Options::new().threads(2);
    // What a process needs once.
    let [small, copy, dst] = ["small", "small copy", "dst"].map(|name| src.with_file_name(name));
    fs::create_dir(&small).unwrap();
    for number in 0..1500 {
        fs::File::create(small.join(number.to_string())).unwrap();
    }
    options.copy(&small, copy).unwrap();
    let before = peak_memory();
    let done = options.copy(src, dst).unwrap();
    let grown = peak_memory() - before;
    println!("{grown} bytes of memory, at most {allowed}; {done:?}");
    assert!(grown <= allowed, "{grown} bytes more, and not at most {allowed}");
    done
}

#[test]
#[ignore = "needs to know the filesystem; run cargo xtask test"]
fn a_directory_of_many_entries() {
    in_child("", &[], || {
        let (dir, entries) = (dir(), entries());
        let src = dir.path().join("src");
        fs::create_dir(&src).unwrap();
        for number in 0..entries {
            fs::File::create(src.join(number.to_string())).unwrap();
        }
        assert_eq!(needs_little(&src, ALLOWED).files, entries as u64);
    });
}

/// Of few files, which have almost as many names as ext4 allows. Only the files are remembered.
#[test]
#[ignore = "needs to know the filesystem; run cargo xtask test"]
fn many_hard_links_of_few_files() {
    in_child("", &[], || {
        let (dir, entries) = (dir(), entries());
        let src = dir.path().join("src");
        for file in 0..4 {
            fs::create_dir_all(src.join(file.to_string())).unwrap();
            let first = src.join(format!("{file}/0"));
            fs::write(&first, "data").unwrap();
            for number in 1..entries / 4 {
                fs::hard_link(&first, src.join(format!("{file}/{number}"))).unwrap();
            }
        }
        let done = needs_little(&src, ALLOWED);
        assert_eq!((done.files, done.links), (4, entries as u64 - 4));
    });
}

/// All first names are met before any second, whichever directory is first: this takes the most.
#[test]
#[ignore = "needs to know the filesystem; run cargo xtask test"]
fn many_files_of_two_names() {
    in_child("", &[], || {
        let (dir, files) = (dir(), entries() / 8);
        let src = dir.path().join("src");
        let [a, b] = ["a", "b"].map(|name| src.join(name));
        fs::create_dir_all(&a).unwrap();
        fs::create_dir(&b).unwrap();
        for number in 0..files {
            let name = a.join(number.to_string());
            fs::File::create(&name).unwrap();
            fs::hard_link(&name, b.join(number.to_string())).unwrap();
        }
        let done = needs_little(&src, ALLOWED + files as u64 * FOR_EACH_FILE);
        assert_eq!((done.files, done.links), (files as u64, files as u64));
    });
}

/// Nothing is remembered of a file whose names have all been met.
#[test]
#[ignore = "needs to know the filesystem; run cargo xtask test"]
fn many_files_whose_names_are_in_one_directory() {
    in_child("", &[], || {
        let (dir, files) = (dir(), entries() / 2);
        let src = dir.path().join("src");
        for number in 0..files {
            let dir = src.join(number.to_string());
            fs::create_dir_all(&dir).unwrap();
            fs::File::create(dir.join("a")).unwrap();
            fs::hard_link(dir.join("a"), dir.join("b")).unwrap();
        }
        let done = needs_little(&src, ALLOWED);
        assert_eq!((done.files, done.links), (files as u64, files as u64));
    });
}
