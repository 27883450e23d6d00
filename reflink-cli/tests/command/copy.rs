//! Successful `reflink copy`: targets, overwriting, output.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use crate::scratch::Scratch;

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    scratch.write("b", "old, and longer");
    scratch
}

#[test]
fn a_new_file_and_a_replaced_one_hold_the_sources_bytes() {
    let scratch = scratch();
    scratch.succeeds(["copy", "a", "c"]);
    scratch.succeeds(["copy", "a", "b"]);
    for name in ["b", "c"] {
        assert_eq!(scratch.read(name), b"new");
    }
    assert_eq!(scratch.names(), ["a", "b", "c"]);
}

#[test]
fn a_directory_takes_the_file_under_its_own_name() {
    let scratch = scratch();
    scratch.mkdir("dir");
    scratch.mkdir("dir/sub");
    scratch.write("dir/sub/deep", "deep");
    scratch.symlink("dir", "link");
    for (args, name) in [
        (&["a", "dir"][..], "dir/a"),
        (&["b", "link"], "dir/b"),
        (&["b", "link/sub/"], "dir/sub/b"),
        (&["dir/sub/deep", "."], "deep"),
        (&["-t", "dir", "deep"], "dir/deep"),
    ] {
        scratch.succeeds([&["copy"][..], args].concat());
        assert!(scratch.path(name).is_file(), "{args:?}");
    }
}

#[test]
fn several_sources_go_into_a_directory() {
    let scratch = scratch();
    for dir in ["d", "e", "f"] {
        scratch.mkdir(dir);
    }
    scratch.succeeds(["copy", "a", "b", "d"]);
    scratch.succeeds(["copy", "-t", "e", "a", "b"]);
    scratch.succeeds(["copy", "a", "b", "--target-directory", "f"]);
    for dir in ["d", "e", "f"] {
        assert_eq!(scratch.read(format!("{dir}/a")), b"new");
        assert_eq!(scratch.read(format!("{dir}/b")), b"old, and longer");
    }
}

#[test]
fn the_first_of_two_sources_with_one_name_is_kept() {
    let scratch = scratch();
    scratch.mkdir("dir");
    scratch.mkdir("out");
    scratch.write("dir/a", "other");
    let message = "reflink: will not overwrite just-created 'out/a' with 'dir/a'\n";
    scratch.reflink(["copy", "a", "dir/a", "out"]).code(5).stdout("").stderr(message);
    assert_eq!(scratch.read("out/a"), b"new");
}

#[test]
fn the_last_reflink_option_wins() {
    let scratch = scratch();
    // procfs shares no blocks with anything.
    scratch.reflink(["copy", "--reflink=never", "--reflink", "/proc/version", "c"]).code(3);
    scratch.reflink(["copy", "--reflink=auto", "--reflink=always", "/proc/version", "c"]).code(3);
    scratch.succeeds(["copy", "--reflink", "--reflink=auto", "a", "c"]);
    scratch.succeeds(["copy", "--reflink=always", "--reflink=never", "a", "c"]);
}

#[test]
fn the_last_of_no_clobber_and_force_wins() {
    let scratch = scratch();
    let refused = "reflink: cannot create 'b': File exists\n";
    for args in [&["copy", "-n"][..], &["copy", "-f", "-n"], &["copy", "-n", "-f", "--no-clobber"]]
    {
        scratch.fails([args, &["a", "b"]].concat(), 1, refused);
    }
    scratch.succeeds(["copy", "-n", "-f", "a", "b"]);
    assert_eq!(scratch.read("b"), b"new");
    scratch.succeeds(["copy", "-n", "a", "c"]);
    assert_eq!(scratch.read("c"), b"new");
}

#[test]
fn no_clobber_leaves_a_dangling_link_alone() {
    let scratch = scratch();
    scratch.symlink("nowhere", "link");
    scratch.fails(["copy", "-n", "a", "link"], 1, "reflink: cannot create 'link': File exists\n");
}

#[test]
fn replacing_makes_a_new_inode_and_in_place_keeps_it() {
    let scratch = scratch();
    let inode = |name| fs::metadata(scratch.path(name)).unwrap().ino();
    fs::hard_link(scratch.path("b"), scratch.path("hard")).unwrap();
    let old = inode("b");
    scratch.succeeds(["copy", "--in-place", "a", "b"]);
    assert_eq!((inode("b"), inode("hard")), (old, old));
    assert_eq!(scratch.read("hard"), b"new");
    scratch.write("a", "newer");
    scratch.succeeds(["copy", "a", "b"]);
    assert_ne!(inode("b"), old);
    assert_eq!(scratch.read("hard"), b"new");
    assert_eq!(scratch.read("b"), b"newer");
}

#[test]
fn a_link_at_dest_is_replaced_and_in_place_followed() {
    let scratch = scratch();
    scratch.symlink("b", "link");
    scratch.succeeds(["copy", "--in-place", "a", "link"]);
    assert!(scratch.path("link").is_symlink());
    assert_eq!(scratch.read("b"), b"new");
    scratch.write("b", "old");
    scratch.succeeds(["copy", "a", "link"]);
    assert!(!scratch.path("link").is_symlink());
    assert_eq!((scratch.read("link"), scratch.read("b")), (b"new".to_vec(), b"old".to_vec()));
}

#[test]
fn a_link_to_nowhere_is_replaced_and_nothing_appears_where_it_points() {
    let scratch = scratch();
    scratch.symlink("nowhere", "link");
    scratch.succeeds(["copy", "a", "link"]);
    assert_eq!(scratch.read("link"), b"new");
    assert_eq!(scratch.names(), ["a", "b", "link"]);
}

#[test]
fn a_link_as_source_is_followed() {
    let scratch = scratch();
    scratch.symlink("a", "link");
    scratch.succeeds(["copy", "link", "c"]);
    assert!(!scratch.path("c").is_symlink());
    assert_eq!(scratch.read("c"), b"new");
}

#[test]
fn verbose_prints_a_line_a_file_with_bytes_and_method() {
    let scratch = scratch();
    scratch.mkdir("d");
    scratch
        .reflink(["copy", "-v", "--reflink=never", "a", "b", "d"])
        .success()
        .stdout("'a' -> 'd/a': copied 3 bytes by read/write\n'b' -> 'd/b': copied 15 bytes by read/write\n")
        .stderr("");
}

#[test]
fn some_failed_is_status_5_and_all_failed_their_own() {
    let scratch = scratch();
    scratch.mkdir("d");
    let missing = "reflink: cannot open 'no': No such file or directory\n";
    for args in [["a", "no", "d"], ["no", "a", "d"]] {
        scratch.reflink([&["copy"][..], &args].concat()).code(5).stdout("").stderr(missing);
        assert_eq!(scratch.read("d/a"), b"new");
    }
    scratch.fails(["copy", "no", "no", "d"], 1, &missing.repeat(2));
    let always = ["copy", "--reflink", "-td"];
    scratch.reflink([&always[..], &["/proc/version", "/proc/filesystems"]].concat()).code(3);
    scratch.reflink([&always[..], &["/proc/version", "no"]].concat()).code(1);
}

#[test]
fn sync_changes_nothing_but_durability() {
    let scratch = scratch();
    scratch.succeeds(["copy", "--sync", "a", "b"]);
    scratch.succeeds(["copy", "--sync", "a", "c"]);
    scratch.succeeds(["copy", "--sync", "--in-place", "a", "b"]);
    assert_eq!((scratch.read("b"), scratch.read("c")), (b"new".to_vec(), b"new".to_vec()));
}
