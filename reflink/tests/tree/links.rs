//! Hard links and symbolic links.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use reflink::tree::{Follow, Options, Visit};

use crate::common::{Subvolume, in_child, kernel, needs};
use crate::tree::{archive, assert_copied, map, place};

#[test]
fn names_of_one_file_stay_names_of_one_file() {
    needs!(LinkCounts);
    let place = place();
    let (a, b) = (place.src.join("a"), place.src.join("b"));
    fs::create_dir_all(a.join("deep")).unwrap();
    fs::create_dir(&b).unwrap();
    fs::write(a.join("file"), "data").unwrap();
    for other in [a.join("again"), a.join("deep/other"), b.join("third")] {
        fs::hard_link(a.join("file"), other).unwrap();
    }
    let done = assert_copied(&place);
    assert_eq!((done.files, done.links), (1, 3));
}

/// ext4 and xfs give the number of a removed file to the next one.
#[test]
fn a_new_file_with_the_number_of_a_copied_one_is_no_name_of_it() {
    needs!(LinkCounts);
    let place = place();
    let other = place.dir.path().join("other");
    fs::write(place.src.join("1"), "old").unwrap();
    fs::hard_link(place.src.join("1"), place.src.join("2")).unwrap();
    let met = AtomicUsize::new(0);
    let options = Options::new().threads(1).each(|entry| {
        if met.fetch_add(1, Ordering::Relaxed) == 1 {
            for name in ["1", "2"] {
                fs::remove_file(place.src.join(name)).unwrap();
            }
            fs::write(place.src.join(entry.path), "new").unwrap();
            fs::hard_link(place.src.join(entry.path), &other).unwrap();
        }
        Visit::Copy
    });
    let done = options.copy(&place.src, &place.dst).unwrap();
    assert_eq!((done.files, done.links), (2, 0));
    let mut found = ["1", "2"].map(|name| fs::read(place.dst.join(name)).unwrap());
    found.sort();
    assert_eq!(found, [b"new", b"old"]);
}

/// Files of two subvolumes have the same inode numbers, and each subvolume has its own device number.
#[test]
#[ignore = "needs the table of filesystems; run cargo xtask test"]
fn subvolumes_are_copied_and_their_files_told_apart() {
    needs!(Subvolumes);
    let place = place();
    let subvolumes = ["a", "b"].map(|name| Subvolume::new(place.src.join(name)));
    let inodes = subvolumes.each_ref().map(|subvolume| {
        let path = subvolume.path().join("file");
        fs::write(&path, path.as_os_str().as_encoded_bytes()).unwrap();
        fs::hard_link(&path, subvolume.path().join("again")).unwrap();
        fs::metadata(&path).unwrap().ino()
    });
    assert_eq!(inodes[0], inodes[1]);
    // Before Linux 6.8 the device numbers tell mounts apart.
    let stays = [false, true].into_iter().filter(|one| !one || kernel() >= (6, 8));
    for one in stays {
        let dst = place.dst.with_extension(one.to_string());
        let done = archive().one_filesystem(one).copy(&place.src, &dst).unwrap();
        assert_eq!((done.files, done.links, done.directories), (2, 2, 3), "{one}: {done:?}");
        assert_eq!(map(&dst), map(&place.src), "{one}");
    }
}

#[test]
fn names_of_one_symbolic_link_stay_so() {
    needs!(FilesOfAllTypes);
    let place = place();
    symlink("nowhere", place.src.join("link")).unwrap();
    fs::hard_link(place.src.join("link"), place.src.join("again")).unwrap();
    let done = assert_copied(&place);
    assert_eq!((done.symlinks, done.links), (1, 1));
}

#[test]
fn without_keeping_them_each_name_is_a_file() {
    needs!(LinkCounts);
    let place = place();
    fs::write(place.src.join("a"), "data").unwrap();
    fs::hard_link(place.src.join("a"), place.src.join("b")).unwrap();
    let done = Options::new().keep_hard_links(false).copy(&place.src, &place.dst).unwrap();
    assert_eq!((done.files, done.links), (2, 0));
    assert_eq!(fs::metadata(place.dst.join("a")).unwrap().nlink(), 1);
}

/// The file has as many links as the filesystem allows.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_name_that_may_not_be_a_link_is_a_file_of_its_own() {
    needs!(LinkCounts, FilesOfAllTypes);
    // The test itself makes the first two links.
    const REFUSED: [&str; 8] = [
        "strace",
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "trace=linkat",
        "-e",
        "inject=linkat:error=EMLINK:when=3+",
    ];
    in_child("", &REFUSED, || {
        let place = place();
        fs::write(place.src.join("file"), "data").unwrap();
        symlink("nowhere", place.src.join("link")).unwrap();
        for name in ["file", "link"] {
            fs::hard_link(place.src.join(name), place.src.join(format!("{name}2"))).unwrap();
        }
        let done = archive().threads(1).copy(&place.src, &place.dst).unwrap();
        assert_eq!((done.files, done.symlinks, done.links), (2, 2, 0));
        assert_eq!(fs::read(place.dst.join("file2")).unwrap(), b"data");
        assert_eq!(fs::read_link(place.dst.join("link2")).unwrap(), Path::new("nowhere"));
    });
}

#[test]
fn links_that_lead_nowhere_or_out_of_the_tree_are_copied_as_links() {
    needs!(FilesOfAllTypes);
    let place = place();
    for (name, target) in [("dangling", "nowhere"), ("out", "/"), ("loop", "loop"), ("up", "..")] {
        symlink(target, place.src.join(name)).unwrap();
    }
    assert_eq!(assert_copied(&place).symlinks, 4);
}

#[test]
fn a_root_that_is_a_link_is_followed_unless_none_may_be() {
    needs!(FilesOfAllTypes);
    let place = place();
    let link = place.dir.path().join("link");
    fs::write(place.src.join("file"), "data").unwrap();
    symlink("src", &link).unwrap();
    let error = Options::new().follow(Follow::Never).copy(&link, &place.dst).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENOTDIR), "{error}");
    Options::new().copy(&link, &place.dst).unwrap();
    assert_eq!(fs::read(place.dst.join("file")).unwrap(), b"data");
}

#[test]
fn followed_links_bring_what_they_lead_to() {
    needs!(FilesOfAllTypes);
    let place = place();
    let outside = place.dir.path().join("outside");
    fs::create_dir_all(outside.join("below/and/deeper")).unwrap();
    fs::write(outside.join("below/and/file"), "data").unwrap();
    symlink("../outside/below", place.src.join("dir")).unwrap();
    symlink("../outside/below/and/file", place.src.join("file")).unwrap();
    fs::write(place.src.join("zz"), "after").unwrap();
    let follow = Options::new().follow(Follow::Always).threads(1);
    follow.copy(&place.src, &place.dst).unwrap();
    assert!(place.dst.join("dir/and/deeper").symlink_metadata().unwrap().is_dir());
    assert!(place.dst.join("file").symlink_metadata().unwrap().is_file());
    assert_eq!(fs::read(place.dst.join("zz")).unwrap(), b"after");
}

#[test]
fn a_followed_link_to_a_directory_around_it_is_an_error() {
    needs!(FilesOfAllTypes);
    let place = place();
    fs::create_dir(place.src.join("a")).unwrap();
    symlink("../..", place.src.join("a/up")).unwrap();
    let error =
        Options::new().follow(Follow::Always).copy(place.src.join("a"), &place.dst).unwrap_err();
    // Up there are the source and the copy; the order of the names decides.
    let errnos = [Some(libc::ELOOP), Some(libc::EINVAL)];
    assert!(errnos.contains(&error.raw_os_error()), "{error}");
    fs::remove_file(place.src.join("a/up")).unwrap();
    symlink("..", place.src.join("a/round")).unwrap();
    let error = Options::new().follow(Follow::Always).copy(&place.src, &place.dst).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ELOOP), "{error}");
}

#[test]
fn a_followed_link_leads_to_no_hard_link() {
    needs!(FilesOfAllTypes);
    let place = place();
    let outside = place.src.with_file_name("outside");
    fs::write(&outside, "shared").unwrap();
    symlink(&outside, place.src.join("link")).unwrap();
    let files = reflink::Options::new().hard_links(reflink::HardLinks::First);
    let options = Options::new().files(files).follow(Follow::Always);
    options.copy(&place.src, &place.dst).unwrap();
    fs::write(place.dst.join("link"), "changed").unwrap();
    assert_eq!(fs::read(&outside).unwrap(), b"shared");
}
