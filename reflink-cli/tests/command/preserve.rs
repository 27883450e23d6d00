//! Which metadata a copy gets.

use std::fs::{self, File, FileTimes};
use std::time::{Duration, SystemTime};

use crate::scratch::{REFLINK, Scratch};

fn long_ago() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_700)
}

/// A source with the mode 0754 and an old date, and a destination with the mode 0600.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    scratch.write("b", "old");
    scratch.chmod("b", 0o600);
    scratch.chmod("a", 0o754);
    let times = FileTimes::new().set_modified(long_ago()).set_accessed(long_ago());
    File::open(scratch.path("a")).unwrap().set_times(times).unwrap();
    scratch
}

fn modified(scratch: &Scratch, name: &str) -> SystemTime {
    fs::metadata(scratch.path(name)).unwrap().modified().unwrap()
}

/// Runs the command under this umask.
fn under_umask(scratch: &Scratch, umask: &str, args: &[&str]) {
    assert_cmd::Command::new("sh")
        .args(["-c", r#"umask "$1"; shift; exec "$@""#, "sh", umask, REFLINK])
        .args(args)
        .current_dir(scratch.path("."))
        .assert()
        .success()
        .stdout("")
        .stderr("");
}

#[test]
fn without_p_a_new_file_has_the_sources_mode_under_the_umask() {
    let scratch = scratch();
    for (umask, mode) in [("0022", 0o754), ("0077", 0o700), ("0137", 0o640)] {
        for options in [&["copy"][..], &["copy", "--in-place"]] {
            let name = format!("new-{umask}-{}", options.len());
            under_umask(&scratch, umask, &[options, &["a", &name]].concat());
            assert_eq!(scratch.mode(&name), mode, "{name}");
        }
    }
    assert_ne!(modified(&scratch, "new-0022-1"), long_ago());
}

#[test]
fn without_p_a_replaced_file_keeps_its_mode() {
    let scratch = scratch();
    for option in ["--force", "--in-place", "--preserve=timestamps"] {
        under_umask(&scratch, "0022", &["copy", option, "a", "b"]);
        assert_eq!(scratch.mode("b"), 0o600, "{option}");
    }
    assert_eq!(modified(&scratch, "b"), long_ago());
}

#[test]
fn p_keeps_mode_and_times_whatever_the_umask() {
    let scratch = scratch();
    for args in [
        &["-p", "a", "b"][..],
        &["-p", "a", "c"],
        &["--preserve", "a", "d"],
        &["--preserve=mode,timestamps", "a", "e"],
        &["--preserve=mode", "--preserve=timestamps", "a", "f"],
        &["--preserve=all", "a", "g"],
        &["-p", "--in-place", "a", "g"],
    ] {
        let name = args[args.len() - 1];
        under_umask(&scratch, "0077", &[&["copy"][..], args].concat());
        assert_eq!(scratch.mode(name), 0o754, "{args:?}");
        assert_eq!(modified(&scratch, name), long_ago(), "{args:?}");
    }
}

#[test]
fn set_id_bits_come_with_mode_and_not_without() {
    let scratch = scratch();
    scratch.chmod("a", 0o4755);
    under_umask(&scratch, "0022", &["copy", "a", "c"]);
    assert_eq!(scratch.mode("c"), 0o755);
    under_umask(&scratch, "0022", &["copy", "--preserve=mode", "a", "d"]);
    assert_eq!(scratch.mode("d"), 0o4755);
    under_umask(&scratch, "0022", &["copy", "-p", "a", "e"]);
    assert_eq!(scratch.mode("e"), 0o4755);
}
