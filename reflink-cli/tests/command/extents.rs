//! `reflink extents`: tables and objects.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use serde_json::{Value, json};

use crate::scratch::{Scratch, variable};

const MIB: usize = 1 << 20;

/// On the filesystem under test if it clones, otherwise on the second xfs.
pub(crate) fn cloning_scratch() -> Scratch {
    match crate::filesystem::under_test().clones {
        true => Scratch::new(),
        false => Scratch::within(variable("REFLINK_TEST_OTHER_DIR").as_ref()),
    }
}

pub(crate) fn content() -> Vec<u8> {
    (0..MIB + 10).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

/// A file, its clone that was overwritten at 64 KiB, and a file with a hole.
fn scratch() -> Scratch {
    let scratch = cloning_scratch();
    // On a busy machine the kernel can begin to write the file back before it is complete.
    let in_one_extent = (0..100).any(|_| {
        scratch.write("a", content());
        object(&scratch, &["extents", "--sync", "--json", "a"])["totals"]["extents"] == 1
    });
    assert!(in_one_extent, "1 MiB can be one extent");
    scratch.succeeds(["copy", "--reflink", "a", "b"]);
    scratch.write("block", [7; 4096]);
    scratch.reflink(["range", "--reflink=never", "--dst-offset=64K", "block", "b"]).success();
    scratch.write("sparse", "data");
    std::fs::File::options()
        .write(true)
        .open(scratch.path("sparse"))
        .unwrap()
        .set_len(5 * MIB as u64)
        .unwrap();
    Command::new("sync").status().unwrap();
    scratch
}

fn output(scratch: &Scratch, args: &[&str]) -> String {
    let assert = scratch.reflink(args).success().stderr("");
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn object(scratch: &Scratch, args: &[&str]) -> Value {
    serde_json::from_str(&output(scratch, args)).unwrap()
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_table_lists_extents_and_totals() {
    let scratch = scratch();
    let table = output(&scratch, &["extents", "b", "sparse"]);
    let (b, sparse) = table.split_once("\n\n").unwrap();
    let lines: Vec<_> = b.lines().collect();
    assert_eq!(lines[0], "'b':");
    assert_eq!(lines[1], "         OFFSET          LENGTH        SIZE        PHYSICAL  FLAGS");
    let fields = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let [before, overwritten, after, totals @ ..] = &lines[2..] else { panic!("{b}") };
    assert_eq!(fields(before)[..4], ["0", "65536", "64.0", "KiB"]);
    assert_eq!(fields(before)[5], "shared");
    assert_eq!(fields(overwritten)[..4], ["65536", "4096", "4.0", "KiB"]);
    assert_eq!(fields(overwritten).len(), 5, "it has no flags");
    assert_eq!(fields(after)[..2], ["69632", "983040"]);
    assert_eq!(fields(after)[5], "last,shared");
    assert_eq!(
        totals,
        [
            "         shared         1044490  1020.0 KiB",
            "      exclusive            4096     4.0 KiB",
            "          total         1048586     1.0 MiB in 3 extents",
        ]
    );
    assert!(sparse.starts_with("'sparse':\n"), "{sparse}");
    assert!(sparse.contains("\n          holes "), "{sparse}");
    assert!(
        sparse.ends_with("          total         5242880     5.0 MiB in 1 extent\n"),
        "{sparse}"
    );
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn an_object_has_all_that_the_table_has() {
    let scratch = scratch();
    let found = object(&scratch, &["extents", "--json", "b"]);
    let extents = found["extents"].as_array().unwrap();
    let part = |number: usize, name: &str| extents[number][name].clone();
    assert_eq!(extents.len(), 3);
    assert_eq!((part(1, "offset"), part(1, "length")), (json!(65536), json!(4096)));
    assert_eq!((part(0, "flags"), part(1, "flags")), (json!(["shared"]), json!([])));
    assert_eq!(part(2, "flags"), json!(["last", "shared"]));
    assert!(part(0, "physical").as_u64().unwrap() > 0);
    assert_eq!(
        (&found["path"], &found["length"], &found["totals"]),
        (
            &json!("b"),
            &json!(1_048_586),
            &json!({
                "shared": 1_044_490, "exclusive": 4096, "holes": 0, "unwritten": 0, "inline": 0,
                "delayed": 0, "unknown": 0, "extents": 3,
            })
        )
    );
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn data_in_memory_has_a_place_after_sync() {
    let scratch = cloning_scratch();
    // A sync by another process can come first.
    let found = (0..100).find_map(|number| {
        let name = number.to_string();
        scratch.write(&name, content());
        let totals = &object(&scratch, &["extents", "--json", &name])["totals"];
        (totals["delayed"] == content().len()).then_some(name)
    });
    let name = found.expect("data waits for seconds");
    let found = object(&scratch, &["extents", "--sync", "--json", &name]);
    assert_eq!(found["totals"]["exclusive"], content().len());
    assert_eq!(found["totals"]["delayed"], 0);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn between_lists_what_two_files_share() {
    let scratch = scratch();
    let args = ["extents", "--between", "a", "b"];
    assert_eq!(
        output(&scratch, &args),
        "'a' and 'b':\n          FIRST          SECOND          LENGTH        SIZE\n              \
         0               0           65536    64.0 KiB\n          \
         69632           69632          978954   956.0 KiB\n                         \
         shared         1044490  1020.0 KiB\n"
    );
    assert_eq!(
        object(&scratch, &[&args[..], &["--json"]].concat()),
        json!({
            "first": "a", "second": "b", "shared": 1_044_490, "unknown": 0,
            "ranges": [
                {"first": 0, "second": 0, "length": 65536},
                {"first": 69632, "second": 69632, "length": 978_954},
            ],
        })
    );
    let nothing = object(&scratch, &["extents", "--between", "--json", "a", "sparse"]);
    assert_eq!((&nothing["shared"], &nothing["ranges"]), (&json!(0), &json!([])));
}

#[test]
#[ignore = "needs tmpfs; run cargo xtask test"]
fn a_filesystem_without_extents_is_reported_as_such() {
    let (scratch, shm) = (scratch(), Scratch::within("/dev/shm".as_ref()));
    shm.write("c", "data");
    let path = shm.path("c").into_os_string().into_string().unwrap();
    let message = format!("cannot list the extents of '{path}': Operation not supported");
    let hint = "tmpfs does not list extents; sharing is not visible on this filesystem";
    let stderr = format!("reflink: {message}\nhint: {hint}\n");
    scratch.fails(["extents", &path], 1, &stderr);
    for between in [["a", &path], [&path, "a"]] {
        scratch.fails([&["extents", "--between"][..], &between].concat(), 1, &stderr);
    }
    let assert = scratch.reflink(["extents", "--json", "a", &path]).code(5).stderr(stderr);
    let stdout = std::str::from_utf8(&assert.get_output().stdout).unwrap();
    let failed: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    let reason = "tmpfs does not list extents";
    let hint = "sharing is not visible on this filesystem";
    let error = json!({"message": message, "errno": 95, "reason": reason, "hint": hint});
    assert_eq!(failed, json!({"path": path, "error": error}));
}

#[test]
fn anything_but_a_file_is_refused() {
    let scratch = Scratch::new();
    scratch.mkdir("d");
    scratch.mkfifo("f");
    let refused = |name: &str, message: &str| {
        scratch.fails(["extents", name], 1, message);
        scratch.fails(["extents", "--between", name, name], 1, message);
    };
    refused("missing", "reflink: cannot open 'missing': No such file or directory\n");
    refused("d", "reflink: cannot list the extents of 'd': Is a directory\n");
    let message = "reflink: cannot list the extents of 'f': Invalid argument\n\
                   hint: it is not a regular file\n";
    refused("f", message);
}

#[test]
#[ignore = "needs a filesystem that lists extents; run cargo xtask test"]
fn a_name_that_is_not_utf8_has_its_bytes_beside_it() {
    let scratch = cloning_scratch();
    let name = OsStr::from_bytes(b"caf\xe9");
    scratch.write(name, "data");
    let run = |args: &[&OsStr]| -> Value {
        let assert = scratch.reflink(args).success();
        serde_json::from_slice(&assert.get_output().stdout).unwrap()
    };
    let found = run(&["extents".as_ref(), "--json".as_ref(), name]);
    assert_eq!((&found["path"], &found["path_bytes"]), (&json!("caf\u{fffd}"), &json!(b"caf\xe9")));
    let between = ["extents".as_ref(), "--json".as_ref(), "--between".as_ref(), name, name];
    let found = run(&between);
    assert_eq!(
        (&found["first_bytes"], &found["second_bytes"]),
        (&json!(b"caf\xe9"), &json!(b"caf\xe9"))
    );
}
