//! Links and special files that are in no tree.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, symlink};
use std::path::Path;
use std::process::Command;

use reflink::tree::{Existing, Options};
use reflink::{Overwrite, Reason, Side};

use crate::common::{needs, tool};
use crate::tree::{archive, map, place};

#[test]
fn a_link_and_a_fifo_are_copied_with_their_metadata() {
    needs!(FilesOfAllTypes);
    let place = place();
    symlink("nowhere", place.src.join("link")).unwrap();
    tool(Command::new("mkfifo").args(["-m", "604"]).arg(place.src.join("fifo")));
    tool(
        Command::new("touch")
            .args(["-hd", "@1000"])
            .args(["link", "fifo"].map(|name| place.src.join(name))),
    );
    for (name, counts) in [("link", (1, 0)), ("fifo", (0, 1))] {
        let done = archive().copy_node(place.src.join(name), &place.dst).unwrap();
        assert_eq!((done.symlinks, done.specials), counts);
        assert_eq!(done.entries(), 1);
        assert_eq!(map(&place.dst), map(&place.src.join(name)), "{name}");
        fs::remove_file(&place.dst).unwrap();
        place.assert_nothing_left();
    }
}

#[test]
fn an_existing_file_is_replaced_only_if_that_is_allowed() {
    needs!(FilesOfAllTypes);
    let place = place();
    let link = place.src.join("link");
    symlink("nowhere", &link).unwrap();
    fs::write(&place.dst, "old").unwrap();
    let merge = Options::new().existing(Existing::Merge);
    let never = reflink::Options::new().overwrite(Overwrite::Never);
    for refuses in [Options::new(), merge.clone().files(never)] {
        let error = refuses.copy_node(&link, &place.dst).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EEXIST), "{error}");
        assert_eq!(fs::read(&place.dst).unwrap(), b"old");
    }
    merge.copy_node(&link, &place.dst).unwrap();
    assert_eq!(fs::read_link(&place.dst).unwrap(), Path::new("nowhere"));
    let error = merge.copy_node(&link, &link).unwrap_err();
    assert_eq!(error.reason(), Some(&Reason::SameFile), "{error}");
    fs::remove_file(&place.dst).unwrap();
    fs::create_dir(&place.dst).unwrap();
    let error = merge.copy_node(&link, &place.dst).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EISDIR), "{error}");
    assert_eq!(fs::read_dir(place.dir.path()).unwrap().count(), 2);
}

#[test]
fn files_and_directories_are_refused() {
    let place = place();
    fs::write(place.src.join("file"), "data").unwrap();
    for (name, errno) in [("file", libc::EINVAL), (".", libc::EINVAL), ("missing", libc::ENOENT)] {
        let error = Options::new().copy_node(place.src.join(name), &place.dst).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(errno), "{name}: {error}");
    }
    place.assert_nothing_left();
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_device_keeps_its_number() {
    needs!(FilesOfAllTypes);
    let place = place();
    let done = Options::new().copy_node("/dev/null", &place.dst).unwrap();
    assert_eq!(done.specials, 1);
    assert!(fs::symlink_metadata(&place.dst).unwrap().file_type().is_char_device());
    assert_eq!(map(&place.dst).len(), 1);
    fs::write(&place.dst, "swallowed").unwrap();
}

/// A link or special file has no bytes that could be meant for the device or descriptor at the destination.
#[test]
fn devices_fifos_and_descriptors_are_replaced_by_their_own_type_alone() {
    needs!(FilesOfAllTypes);
    let place = place();
    let [link, fifo] = ["link", "fifo"].map(|name| place.src.join(name));
    symlink("nowhere", &link).unwrap();
    tool(Command::new("mkfifo").arg(&fifo));
    let overwriting = |overwrite| {
        let files = reflink::Options::new().overwrite(overwrite);
        Options::new().existing(Existing::Merge).files(files)
    };
    let (replace, in_place) = (overwriting(Overwrite::Replace), overwriting(Overwrite::InPlace));
    let special = Some(Reason::NotRegular { side: Side::Destination });

    tool(Command::new("mkfifo").arg(&place.dst));
    let error = replace.copy_node(&link, &place.dst).unwrap_err();
    assert_eq!((error.reason(), error.raw_os_error()), (special.as_ref(), Some(libc::EINVAL)));
    for options in [&replace, &in_place] {
        options.copy_node(&fifo, &place.dst).unwrap();
    }
    fs::remove_file(&place.dst).unwrap();

    symlink("/proc/self/fd/1", &place.dst).unwrap();
    let error = replace.copy_node(&fifo, &place.dst).unwrap_err();
    assert_eq!(error.reason(), Some(&Reason::DescriptorLink), "{error}");
    in_place.copy_node(&link, &place.dst).unwrap();
    assert_eq!(fs::read_link(&place.dst).unwrap(), Path::new("nowhere"));
    // In place, nothing is replaced by what has no bytes.
    let error = in_place.copy_node(&fifo, &place.dst).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EEXIST), "{error}");
    replace.copy_node(&fifo, &place.dst).unwrap();
    fs::remove_file(&place.dst).unwrap();
    fs::write(&place.dst, "old").unwrap();
    let error = in_place.copy_node(&link, &place.dst).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EEXIST), "{error}");
    assert_eq!(fs::read(&place.dst).unwrap(), b"old");
    assert_eq!(fs::read_dir(place.dir.path()).unwrap().count(), 2);
}

/// The link would take the place of the only file that has the bytes.
#[test]
fn a_link_does_not_replace_the_file_that_it_leads_to() {
    needs!(FilesOfAllTypes);
    let place = place();
    let merging = Options::new().existing(Existing::Merge);
    let file = place.dst.join("file");
    fs::create_dir(&place.dst).unwrap();
    fs::write(&file, "precious").unwrap();
    symlink("../dst/file", place.src.join("file")).unwrap();
    let error = merging.copy_node(place.src.join("file"), &file).unwrap_err();
    assert_eq!(error.reason(), Some(&Reason::SameFile), "{error}");
    let error = merging.copy(&place.src, &place.dst).unwrap_err();
    assert_eq!(error.reason(), Some(&Reason::SameFile), "{error}");
    assert_eq!(fs::read(&file).unwrap(), b"precious");

    // Another file, or a link to the same one, is replaced.
    fs::write(place.dst.join("other"), "old").unwrap();
    symlink("file", place.dst.join("link")).unwrap();
    for name in ["other", "link"] {
        merging.copy_node(place.src.join("file"), place.dst.join(name)).unwrap();
        assert_eq!(fs::read(place.dst.join(name)).unwrap(), b"precious");
    }
}
