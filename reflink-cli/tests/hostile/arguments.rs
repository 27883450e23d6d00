//! Random command lines: known words in any order, and unknown words.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::ffi::OsStringExt as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::scratch::Scratch;
use crate::{config, ends_well};

const WORDS: [&str; 40] = [
    "copy",
    "range",
    "help",
    "a",
    "b",
    "c",
    "dir",
    "dir/x",
    "no/such",
    "",
    "-",
    "--",
    "-v",
    "-n",
    "-t",
    "-tdir",
    "-T",
    "-f",
    "-r",
    "-rvn",
    "--reflink",
    "--reflink=",
    "--reflink=always",
    "--reflink=auto",
    "--reflink=never",
    "--reflink=nonsense",
    "--in-place",
    "--json",
    "--sync",
    "--preserve",
    "--preserve=times",
    "--preserve=all,nonsense",
    "--no-create",
    "--src-offset",
    "--dst-offset=1",
    "--length",
    "1",
    "4K",
    "18446744073709551616",
    "--help",
];

/// A word without slashes and dots, so that it stays in the directory.
fn unknown() -> impl Strategy<Value = OsString> {
    let byte = any::<u8>().prop_filter("a name in the directory", |byte| !b"\0/.".contains(byte));
    vec(byte, 0..12).prop_map(OsString::from_vec)
}

fn word() -> impl Strategy<Value = OsString> {
    prop_oneof![6 => select(&WORDS[..]).prop_map(OsString::from), 1 => unknown()]
}

fn command_line() -> impl Strategy<Value = Vec<OsString>> {
    let subcommand = select(&["copy", "copy", "range"][..]).prop_map(OsString::from);
    prop_oneof![
        1 => vec(word(), 0..8),
        4 => (subcommand, vec(word(), 0..8)).prop_map(|(first, mut rest)| {
            rest.insert(0, first);
            rest
        }),
    ]
}

/// A command that fails has changed nothing.
fn does_no_harm(args: &[OsString]) -> Result<(), String> {
    let scratch = Scratch::new();
    scratch.write("a", "0123456789");
    scratch.write("b", "abcdefghijklmnop");
    scratch.mkdir("dir");
    let before = scratch.snapshot();
    let modified = scratch.path("dir").metadata().unwrap().modified().unwrap();
    let output = scratch.command(args).output().unwrap();
    let status = ends_well(&output)?;
    if args.first().is_some_and(|first| first == "range") {
        // A range removes the file that it created, but the directory's time shows both.
        File::open(scratch.path("dir")).unwrap().set_modified(modified).unwrap();
    }
    let is_changed = status != 0 && status != 5 && scratch.snapshot() != before;
    let names = scratch.names();
    let is_litter = names.iter().any(|name| name.to_string_lossy().contains(".reflink-"));
    if is_changed || is_litter { Err(format!("{output:?}, {names:?}")) } else { Ok(()) }
}

#[test]
fn a_range_that_fails_removes_the_file_that_it_created() {
    does_no_harm(&["range", "dir", "dir/x"].map(OsString::from)).unwrap();
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_command_line_does_harm(args in command_line()) {
        does_no_harm(&args).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn byte_counts_are_read_as_gnu_does(
        number in prop_oneof![0_u128..5000, any::<u64>().prop_map(u128::from), Just(1 << 63), Just((1 << 63) - 1)],
        letter in select(&["", "k", "K", "m", "M", "g", "G", "t", "T", "P", "E", "Z", "B", "x", "é"][..]),
        tail in select(&["", "", "", "B", "iB", "i", "b", "BB", " "][..]),
    ) {
        let text = format!("{number}{letter}{tail}");
        let scratch = Scratch::new();
        File::create(scratch.path("a")).unwrap().set_len(SOURCE).unwrap();
        // The shortest command that uses the number: nothing is copied.
        let args = ["range", "--src-offset", &text, "--length=0", "a", "b"];
        let expected = oracle(number, letter, tail).filter(|bytes| *bytes < 1 << 63);
        let status = ends_well(&scratch.command(args).output().unwrap()).map_err(TestCaseError::fail)?;
        prop_assert_eq!(status, if expected.is_some() { 0 } else { 2 }, "{}", text);

        let args = ["range", "--reflink=never", "--length", &text, "a", "b"];
        let output = scratch.command(args).output().unwrap();
        let status = ends_well(&output).map_err(TestCaseError::fail)?;
        match expected {
            None => prop_assert_eq!(status, 2, "{}", text),
            Some(bytes) if bytes > u128::from(SOURCE) => prop_assert_eq!(status, 1, "{}", text),
            Some(bytes) => {
                prop_assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{bytes}\n"));
            }
        }
    }
}

/// The whole file is a hole.
const SOURCE: u64 = 4 << 40;

/// `4096`, `4K`, `4KiB`, `4KB`, in numbers that cannot overflow.
fn oracle(number: u128, letter: &str, tail: &str) -> Option<u128> {
    let power = match letter.to_lowercase().as_str() {
        "" => return tail.is_empty().then_some(number),
        letter => "kmgtpe".find(letter)? as u32 + 1,
    };
    match tail {
        "" | "iB" => Some(number * 1024_u128.pow(power)),
        "B" => Some(number * 1000_u128.pow(power)),
        _ => None,
    }
}
