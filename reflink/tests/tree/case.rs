//! Names that the destination takes for one, as macOS and Windows take `Name` and `name`: an error of the second.
//!
//! The kernels of most machines have no such filesystem. So another program makes the first name, just before
//! the second is copied.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use reflink::tree::{OnError, Options, Visit};

use crate::common::{needs, tool};
use crate::tree::{Place, place};

/// The directory that is to become the destination.
fn unfinished(place: &Place) -> PathBuf {
    let mut entries = fs::read_dir(place.dir.path()).unwrap().map(|entry| entry.unwrap().path());
    entries.find(|path| !path.ends_with("src")).unwrap()
}

/// Copies an entry that `make` makes, to a name that is a file with the bytes `first` by then.
fn assert_second_is_an_error(make: impl Fn(&Path)) {
    let place = place();
    make(&place.src.join("name"));
    let options = || {
        Options::new().threads(1).each(|entry| {
            if entry.path == Path::new("name") {
                fs::write(unfinished(&place).join("name"), "first").unwrap();
            }
            Visit::Copy
        })
    };
    let error = options().copy(&place.src, &place.dst).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EEXIST), "{error}");
    place.assert_nothing_left();

    let done = options().errors(OnError::GoOn).copy(&place.src, &place.dst).unwrap();
    let [failure] = &done.failed[..] else { panic!("{done:?}") };
    assert_eq!(failure.path, Path::new("name"));
    assert_eq!(failure.error.raw_os_error(), Some(libc::EEXIST), "{failure:?}");
    assert_eq!(fs::read(place.dst.join("name")).unwrap(), b"first");
}

#[test]
fn a_file_does_not_replace_what_has_its_name_already() {
    assert_second_is_an_error(|path| fs::write(path, "second").unwrap());
}

#[test]
fn a_link_does_not_replace_what_has_its_name_already() {
    needs!(FilesOfAllTypes);
    assert_second_is_an_error(|path| symlink("second", path).unwrap());
}

#[test]
fn a_fifo_does_not_replace_what_has_its_name_already() {
    needs!(FilesOfAllTypes);
    assert_second_is_an_error(|path| drop(tool(Command::new("mkfifo").arg(path))));
}

#[test]
fn a_further_name_of_a_file_does_not_replace_what_has_it_already() {
    needs!(LinkCounts);
    assert_second_is_an_error(|path| {
        fs::write(path.with_file_name("other"), "second").unwrap();
        fs::hard_link(path.with_file_name("other"), path).unwrap();
    });
}

#[test]
fn a_directory_does_not_replace_what_has_its_name_already() {
    assert_second_is_an_error(|path| fs::create_dir(path).unwrap());
}

/// A directory, too: what belongs to two directories of the source is not put into one.
#[test]
fn two_directories_do_not_become_one() {
    let place = place();
    fs::create_dir(place.src.join("name")).unwrap();
    fs::write(place.src.join("name/of the second"), "").unwrap();
    let options = Options::new().threads(1).errors(OnError::GoOn).each(|entry| {
        if entry.path == Path::new("name") {
            fs::create_dir(unfinished(&place).join("name")).unwrap();
        }
        Visit::Copy
    });
    let done = options.copy(&place.src, &place.dst).unwrap();
    let [failure] = &done.failed[..] else { panic!("{done:?}") };
    assert_eq!(failure.error.raw_os_error(), Some(libc::EEXIST), "{failure:?}");
    assert_eq!(fs::read_dir(place.dst.join("name")).unwrap().count(), 0);
}
