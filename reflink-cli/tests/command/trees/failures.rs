//! What fails in a tree, and what that means for the rest.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;

use rustix::io::Errno;
use rustix::process::Signal;

use crate::full::Small;
use crate::long_work::Paused;
use crate::needs::needs;
use crate::root::{as_nobody, public_scratch};
use crate::scratch::Scratch;

/// A directory with a link that leads nowhere, which -L cannot copy, whoever runs it.
fn with_failures() -> Scratch {
    let scratch = Scratch::new();
    scratch.sh("mkdir -p src/sub; echo data > src/file; echo data > src/sub/file
                ln -s nowhere src/sub/dangling; ln -s nowhere 'src/two\nlines'; ln -s . src/sub/loop");
    scratch
}

#[test]
fn each_failure_has_a_line_and_the_rest_is_copied() {
    let scratch = with_failures();
    let message = "reflink: cannot inspect 'src/sub/dangling': No such file or directory\n\
                   reflink: cannot open 'src/sub/loop': Too many levels of symbolic links\n\
                   reflink: cannot inspect $'src/two\\nlines': No such file or directory\n";
    scratch.reflink(["copy", "-rL", "src", "dst"]).code(5).stdout("").stderr(message);
    assert_eq!(scratch.sh("cat dst/file dst/sub/file; find dst | wc -l"), "data\ndata\n4\n");
    // Others are copied all the same, whatever failed before.
    scratch.mkdir("d");
    scratch.reflink(["copy", "-rL", "src", "src/file", "d"]).code(5).stdout("").stderr(message);
    assert_eq!(scratch.sh("cat d/file"), "data\n");
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn an_unreadable_file_is_left_out() {
    let scratch = public_scratch();
    scratch.sh("mkdir -p src/locked src/open; echo a > src/secret; echo b > src/open/file
                chmod 600 src/secret; chmod 700 src/locked; chmod 755 src src/open; chmod 644 src/open/file");
    let message = "reflink: cannot open 'src/locked': Permission denied\n\
                   reflink: cannot open 'src/secret': Permission denied\n";
    as_nobody(&scratch, &["copy", "-r", "src", "dst"]).code(5).stdout("").stderr(message);
    assert_eq!(scratch.sh("find dst -type f"), "dst/open/file\n");
    scratch.sh("chmod 0 src");
    let message = "reflink: cannot open 'src': Permission denied\n";
    as_nobody(&scratch, &["copy", "-r", "src", "none"]).code(1).stdout("").stderr(message);
    scratch.sh("chmod 755 src; chmod 555 .");
    let message = "reflink: cannot create 'none': Permission denied\n";
    as_nobody(&scratch, &["copy", "-r", "src", "none"]).code(1).stdout("").stderr(message);
    assert!(!scratch.path("none").exists());
    scratch.chmod(".", 0o755);
}

/// A drop box: cp, too, copies into it.
#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_directory_that_cannot_be_read_takes_a_new_tree_and_flushes_no_name() {
    let scratch = public_scratch();
    scratch
        .sh("mkdir -m 755 src; echo data > src/file; chmod 644 src/file; mkdir box; chmod 733 box");
    for (option, name) in [("--no-clobber", "box/a"), ("--preserve=mode", "box/b")] {
        as_nobody(&scratch, &["copy", "-r", option, "src", name]).code(0).stderr("");
        assert_eq!(scratch.read(format!("{name}/file")), b"data\n");
    }
    let message = "reflink: cannot sync the directory of 'box/s': Permission denied\n\
                   hint: --sync flushes the directory, too, which takes permission to read it\n";
    as_nobody(&scratch, &["copy", "-r", "--sync", "src", "box/s"]).code(1).stderr(message);
    assert_eq!(scratch.sh("ls -A box"), "a\nb\n");
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn owners_that_cannot_be_kept_are_one_warning_and_one_json_member_each() {
    let scratch = public_scratch();
    scratch.sh("mkdir src; echo a > src/a; echo b > src/b; chmod -R a+rX src; chmod 555 src");
    let assert = as_nobody(&scratch, &["copy", "-a", "--json", "src", "dst"]).success();
    let output = assert.get_output();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.starts_with("reflink: warning: 'dst")
            && stderr.ends_with(" and 2 others: owner not kept: Operation not permitted\n")
            && stderr.lines().count() == 1,
        "{stderr}"
    );
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut paths: Vec<_> = object["not_kept"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lost| lost["path"].as_str().unwrap())
        .collect();
    paths.sort_unstable();
    assert_eq!(paths, ["", "a", "b"], "{object}");
    assert_eq!(object["not_kept"][0]["attribute"], "owner");
    assert_eq!(object["not_kept"][0]["errno"], 1);
    // A read-only directory is no obstacle for its owner.
    assert_eq!(scratch.mode("dst"), 0o555);
    let message = "reflink: cannot set the owner of 'none/";
    let assert =
        as_nobody(&scratch, &["copy", "-r", "--preserve=ownership", "src", "none"]).code(5);
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.starts_with(&message[..message.len() - 1]), "{stderr}");
    assert_eq!(stderr.lines().count(), 3, "{stderr}");
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_full_disk_is_said_once_and_leaves_nothing() {
    let scratch = Scratch::new();
    scratch.mkdir("src");
    for number in 0..8 {
        scratch.mkdir(format!("src/{number}"));
        scratch.write(format!("src/{number}/file"), vec![number; 1 << 20]);
    }
    let small = Small::new();
    small.fill();
    let dest = small.argument("dst");
    for args in [&["copy", "-r"][..], &["copy", "-a", "-j4"]] {
        let assert = scratch.reflink([args, &["src", &dest]].concat()).code(1).stdout("");
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        let full = "': No space left on device";
        let stopped = format!("{full}\nreflink: '{dest}' was not created\n");
        // xfs has no room for the first directory.
        let not_begun = format!("reflink: cannot create '{dest}{full}\n");
        assert!(stderr.ends_with(&stopped) || stderr == not_begun, "{args:?}: {stderr}");
        assert!(stderr.lines().count() <= 2, "{args:?}: {stderr}");
        assert_eq!(small.names(), [""; 0], "{args:?}");
    }
}

/// What is there already is said, and in --json the file has an object, as well as the tree and each source that
/// was not tried.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_full_disk_in_an_existing_directory_names_the_file_and_ends_the_command() {
    needs!(NoSpaceError);
    let scratch = Scratch::new();
    scratch.sh("mkdir -p src/sub more; echo small > src/a; echo last > z");
    scratch.write("src/sub/file", vec![1; 8 << 20]);
    let small = Small::new();
    small.sh("mkdir -p new/src/sub in-place/src/sub; echo old | tee new/src/sub/file > in-place/src/sub/file");
    small.fill();
    for (name, in_place) in [("new", false), ("in-place", true)] {
        let dest = small.argument(name);
        let mut args = vec!["copy", "-r", "-j1", "--json"];
        args.extend(in_place.then_some("--in-place"));
        args.extend(["src", "more", "z", &dest]);
        let assert = scratch.reflink(args).code(1);
        let output = assert.get_output();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let lines: Vec<_> = stderr.lines().collect();
        assert!(lines[0].ends_with(": No space left on device"), "{stderr}");
        let tree = small.path(name).join("src");
        let file = tree.join("sub/file");
        let part = format!("reflink: '{}' has a part of the tree", tree.display());
        let rest = "reflink: 'more' and 1 other were not copied";
        if lines[0].contains("sub/file") && in_place {
            let incomplete = format!("reflink: '{}' is incomplete: ", file.display());
            assert!(lines[1].starts_with(&incomplete), "{stderr}");
            assert_eq!(lines[2..], [&part, rest], "{stderr}");
        } else {
            assert_eq!(lines[1..], [&part, rest], "{stderr}");
        }
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let objects: Vec<serde_json::Value> =
            stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [entry, whole, more, last] = &objects[..] else { panic!("{stdout}") };
        let below = entry["destination"].as_str().unwrap();
        assert!(below.starts_with(&format!("{}/", tree.display())), "{stdout}");
        assert!(entry["source"].as_str().unwrap().starts_with("src/"), "{stdout}");
        assert_eq!(whole["destination"].as_str(), tree.to_str(), "{stdout}");
        for object in [entry, whole, more, last] {
            assert_eq!(object["error"]["errno"], Errno::NOSPC.raw_os_error(), "{stdout}");
        }
        for (object, name) in [(more, "more"), (last, "z")] {
            assert_eq!(object["source"], name, "{stdout}");
            assert_eq!(
                object["destination"].as_str(),
                Path::new(&dest).join(name).to_str(),
                "{stdout}"
            );
        }
    }
}

#[test]
fn a_signal_leaves_nothing_of_a_new_tree() {
    for signal in [Signal::INT, Signal::TERM, Signal::QUIT] {
        let other = Scratch::new();
        let out = other.path("new").into_os_string().into_string().unwrap();
        let paused = Paused::copying(&["copy", "-r", "--reflink=never", ".", &out]);
        paused.send(signal);
        let (_scratch, output) = paused.resume();
        assert_eq!(output.status.signal(), Some(signal.as_raw()), "{output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.starts_with("reflink: cancelled after "), "{stderr}");
        assert!(stderr.ends_with(&format!(": '{out}' was not created\n")), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert_eq!(other.names(), [""; 0]);
    }
}

#[test]
fn a_signal_leaves_a_part_in_an_existing_directory_and_says_so() {
    let other = Scratch::new();
    other.write("b", "older");
    let out = other.path(".").into_os_string().into_string().unwrap();
    let paused = Paused::copying(&["copy", "-rT", "--reflink=never", ".", &out]);
    paused.send(Signal::INT);
    let (_scratch, output) = paused.resume();
    assert_eq!(output.status.signal(), Some(Signal::INT.as_raw()), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.ends_with("' has a part of the tree\n"), "{stderr}");
    // Each file is whole or as it was.
    assert_eq!(other.names(), ["b"]);
}
