//! Names of any bytes, and paths at the length limit and beyond.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::process::Command;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::scratch::{REFLINK, Scratch};
use crate::{config, ends_well};

/// Any possible file name; control bytes and terminal sequences are common.
fn name() -> impl Strategy<Value = OsString> {
    let byte = prop_oneof![
        any::<u8>(),
        0_u8..32,
        prop::sample::select(&b"\x1b[]-'\"\\\n\r\t\x7f\x80\x9b \xc2\xff"[..]),
    ];
    let byte = byte.prop_filter("neither NUL nor slash", |byte| *byte != 0 && *byte != b'/');
    prop_oneof![vec(byte.clone(), 1..20), vec(byte, 200..=255)]
        .prop_filter("a name of its own", |name| ![&b"."[..], b"..", b"dir"].contains(&&name[..]))
        .prop_map(OsString::from_vec)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_name_is_copied_and_printed_harmlessly(name in name()) {
        let scratch = Scratch::new();
        scratch.write(&name, "new");
        scratch.mkdir("dir");
        let run = |options: &[&str], operands: &[&OsStr]| {
            let mut command = scratch.command(["copy"]);
            let output = command.args(options).arg("--").args(operands).output().unwrap();
            let status = ends_well(&output).map_err(TestCaseError::fail)?;
            Ok::<_, TestCaseError>((status, output))
        };
        let (status, output) = run(&["-v"], &[&name, "dir".as_ref()])?;
        prop_assert_eq!(status, 0);
        prop_assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
        let copy = scratch.path("dir").join(&name);
        prop_assert_eq!(std::fs::read(&copy).unwrap(), b"new");
        // Replaced, refused with -n, onto itself, and with a missing source.
        prop_assert_eq!(run(&[], &[&name, "dir".as_ref()])?.0, 0);
        prop_assert_eq!(run(&["-n"], &[&name, "dir".as_ref()])?.0, 1);
        prop_assert_eq!(run(&[], &[&name, &name])?.0, 1);
        std::fs::remove_file(scratch.path(&name)).unwrap();
        prop_assert_eq!(run(&[], &[&name, "dir".as_ref()])?.0, 1);
        prop_assert_eq!(std::fs::read(&copy).unwrap(), b"new");
    }
}

/// The kernel accepts 4095 bytes and the NUL.
#[test]
fn a_path_has_4095_bytes_and_a_destination_little_more() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    std::fs::create_dir(scratch.path("d")).unwrap();
    // Not with `./`, which the standard library ignores as a part of a path.
    let long = |len: usize, name: &str| {
        let steps = "d/../".repeat((len - name.len()) / 5);
        let slashes = "/".repeat((len - name.len()) % 5);
        format!("{}{slashes}/{name}", steps.trim_end_matches('/'))
    };
    for len in 4080..=4110 {
        let (src, dst) = (long(len, "a"), long(len, "b"));
        assert_eq!((src.len(), dst.len()), (len, len));
        for options in [&["copy"][..], &["copy", "--in-place"], &["range"]] {
            for args in [[src.as_str(), "b"], ["a", dst.as_str()]] {
                let args = [options, &args].concat();
                for existing in [false, true] {
                    // If such a path is replaced, the new file gets the strictest mode, and a
                    // warning.
                    if existing && len >= 4096 && options == ["copy"] {
                        continue;
                    }
                    std::fs::remove_file(scratch.path("b")).ok();
                    if existing {
                        scratch.write("b", "old");
                    }
                    let before = scratch.snapshot();
                    let output = scratch.command(&args).output().unwrap();
                    let status = ends_well(&output).unwrap();
                    // The kernel gets a destination's directory and its name separately, so a few
                    // more bytes than the limit are possible there, including slashes.
                    let done = match (args.contains(&"b"), len) {
                        (_, ..4096) | (false, 4096..4102) if status == 0 => true,
                        (true, 4096..) | (false, 4096..) => false,
                        _ => panic!("{len} {options:?}: {output:?}"),
                    };
                    if done {
                        assert_eq!(scratch.read("b"), b"new");
                    } else {
                        assert_eq!(status, 1, "{len} {options:?}: {output:?}");
                        assert_eq!(scratch.snapshot(), before);
                    }
                    assert_eq!(scratch.names().len(), 2 + usize::from(existing || done));
                }
            }
        }
    }
}

/// A directory so deep that no path reaches it: names relative to it work.
#[test]
fn a_directory_beyond_the_longest_path_is_as_good_as_any() {
    let scratch = Scratch::new();
    let script = r#"
        set -e
        for i in $(seq 25); do mkdir "$1"; cd -P "$1" 2>/dev/null || cd "$1"; done
        printf new > a; printf old > b
        "$0" copy a b
        "$0" copy a c
        "$0" copy --in-place a c
        "$0" range --reflink=never a d
        for copy in b c d; do test "$(cat $copy)" = new; done
        test "$(ls -A | tr '\n' ' ')" = "a b c d "
    "#;
    let output = Command::new("sh")
        .args(["-c", script, REFLINK, &"x".repeat(250)])
        .current_dir(scratch.path(Path::new("")))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}
