//! Large directories, which several threads share.

use std::fs;

use crate::common::in_child;
use crate::tree::{archive, assert_copied, map, place};

#[test]
fn a_directory_of_many_entries_is_shared_by_threads() {
    let place = place();
    for number in 0..5000 {
        fs::write(place.src.join(format!("file{number}")), format!("{number}")).unwrap();
    }
    for number in 0..500 {
        fs::create_dir_all(place.src.join(format!("dir{number}/below"))).unwrap();
        fs::write(place.src.join(format!("dir{number}/below/file")), "data").unwrap();
    }
    let expected = map(&place.src);
    for threads in [1, 2, 7] {
        let dst = place.dst.with_extension(threads.to_string());
        let done = archive().threads(threads).copy(&place.src, &dst).unwrap();
        assert_eq!((done.files, done.directories), (5500, 1001));
        assert_eq!(map(&dst), expected, "{threads} threads");
    }
}

#[test]
fn many_directories_with_few_descriptors() {
    in_child("ulimit -n 32", &[], || {
        let place = place();
        for number in 0..300 {
            fs::create_dir_all(place.src.join(format!("{number}/a/b/c/d/e"))).unwrap();
            fs::write(place.src.join(format!("{number}/a/b/file")), "data").unwrap();
        }
        assert_copied(&place);
    });
}
