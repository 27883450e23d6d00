//! Where a tree goes, and what becomes of what is there.

use crate::scratch::Scratch;

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch
        .sh("mkdir -p a/sub other; echo new > a/file; echo new > a/sub/file; echo single > single");
    scratch
}

fn names(scratch: &Scratch, dir: &str) -> String {
    scratch
        .sh(&format!("cd '{dir}'; find . -printf '%P ' | xargs -n1 | sort | xargs"))
        .trim()
        .to_owned()
}

#[test]
fn a_directory_goes_to_a_new_name_or_into_an_existing_directory() {
    let scratch = scratch();
    scratch.mkdir("d");
    for (args, dir) in [
        (&["a", "new"][..], "new"),
        (&["a/", "with-slash/"], "with-slash"),
        (&["a", "d"], "d/a"),
        (&["a/", "-t", "d/"], "d/a"),
        (&["-T", "a", "d"], "d"),
        (&["a/.", "new/dot"], "new/dot"),
    ] {
        scratch.succeeds([&["copy", "-r"], args].concat());
        let found = scratch.sh(&format!("cd '{dir}'; cat file sub/file"));
        assert_eq!(found, "new\nnew\n", "{args:?}");
    }
    assert_eq!(names(&scratch, "d"), "a a/file a/sub a/sub/file file sub sub/file");
}

#[test]
fn entries_in_both_trees_are_replaced_and_the_rest_stays() {
    let scratch = scratch();
    for args in [&["a", "d"][..], &["-T", "a", "d/a"], &["a/.", "d/a"], &["a/", "d/"]] {
        scratch.sh("rm -rf d; mkdir -p d/a/sub; echo old | tee d/a/file d/a/sub/old >/dev/null");
        scratch.succeeds([&["copy", "-r"], args].concat());
        assert_eq!(scratch.sh("cat d/a/file d/a/sub/file d/a/sub/old"), "new\nnew\nold\n");
        assert_eq!(names(&scratch, "d"), "a a/file a/sub a/sub/file a/sub/old", "{args:?}");
    }
}

#[test]
fn no_clobber_keeps_existing_files_and_copies_the_others() {
    let scratch = scratch();
    scratch.sh("mkdir d; echo old > d/file");
    let message = "reflink: cannot create 'd/file': File exists\n";
    scratch.reflink(["copy", "-rTn", "a", "d"]).code(5).stdout("").stderr(message);
    assert_eq!(scratch.sh("cat d/file d/sub/file"), "old\nnew\n");
}

#[test]
fn in_place_keeps_the_files() {
    let scratch = scratch();
    scratch.sh("mkdir d; echo older than old > d/file; ln d/file hard");
    scratch.succeeds(["copy", "-rT", "--in-place", "a", "d"]);
    assert_eq!(scratch.sh("cat hard"), "new\n");
}

#[test]
fn a_dot_brings_the_contents_and_follows_a_link_to_the_destination() {
    let scratch = scratch();
    scratch.mkdir("d");
    scratch.symlink("d", "link");
    scratch.succeeds(["copy", "-a", "a/.", "other/../a/.", "link"]);
    assert_eq!(names(&scratch, "d"), "file sub sub/file");
    assert!(scratch.path("link").is_symlink());
    let mut command = scratch.command(["copy", "-r", "../a/sub/.", "."]);
    command.current_dir(scratch.path("other")).assert().success().stdout("").stderr("");
    assert_eq!(names(&scratch, "other"), "file");
}

#[test]
fn files_and_directories_go_together() {
    let scratch = scratch();
    scratch.mkdir("d");
    scratch.sh("ln -s single link; mkdir other/single; echo file > other/a");
    let args = ["copy", "-r", "single", "a", "link", "other/a", "other/single", "missing", "d"];
    let message = "reflink: will not overwrite just-created 'd/a' with 'other/a'\n\
                   reflink: will not overwrite just-created 'd/single' with 'other/single'\n\
                   reflink: cannot open 'missing': No such file or directory\n";
    scratch.reflink(args).code(5).stdout("").stderr(message);
    assert_eq!(names(&scratch, "d"), "a a/file a/sub a/sub/file link single");
    assert!(scratch.path("d/link").is_symlink());
    scratch.fails(
        ["copy", "-r", "single", "a", "new"],
        1,
        "reflink: cannot copy into 'new': No such file or directory\n",
    );
}

/// As with cp: a file in both is the last one's.
#[test]
fn directories_of_one_name_are_merged() {
    let scratch = scratch();
    scratch.sh("mkdir -p d other/a/sub; echo other | tee other/a/file other/a/sub/own > /dev/null");
    scratch.succeeds(["copy", "-r", "a", "other/a", "d"]);
    assert_eq!(names(&scratch, "d"), "a a/file a/sub a/sub/file a/sub/own");
    assert_eq!(scratch.sh("cat d/a/file d/a/sub/file d/a/sub/own"), "other\nnew\nother\n");
    scratch.sh("mkdir cp; cp -r a other/a cp; diff -r d cp");
}

#[test]
fn a_hard_link_that_is_there_is_one_that_need_not_be_made() {
    let scratch = scratch();
    scratch.sh("ln a/file a/second; ln -s a/file link");
    for _ in 0..2 {
        for hard_links in ["first", "before-copy"] {
            let hard_links = format!("--hard-links={hard_links}");
            // Where a clone is possible, a link to the source is no clone of it.
            let options = if hard_links.ends_with("first") { "-a" } else { "--reflink=auto" };
            scratch.succeeds(["copy", "-rT", &hard_links, options, "a", "d"]);
        }
        let same =
            "[ d/file -ef a/file ] && [ d/second -ef a/file ] && [ d/sub/file -ef a/sub/file ]";
        scratch.sh(same);
    }
    assert_eq!(names(&scratch, "d"), "file second sub sub/file");
    // A symbolic link to the source is none.
    scratch.sh("ln -sf ../a/file d/file");
    let message = "reflink: cannot copy 'a/file' to 'd/file': Invalid argument\n\
                   hint: source and destination are the same file\n";
    scratch.reflink(["copy", "-rT", "--hard-links=first", "a", "d"]).code(5).stderr(message);
    let message = "reflink: cannot create 'd/second': File exists\n";
    scratch.reflink(["copy", "--hard-links=first", "-n", "a/second", "d"]).code(1).stderr(message);
}

#[test]
fn a_directory_replaces_nothing_else() {
    let scratch = scratch();
    scratch.sh("mkdir d; ln -s d link; ln -s nowhere dangling");
    let refused = |dest: &str, hint: &str| {
        let message = format!("reflink: cannot create '{dest}': Not a directory\nhint: {hint}\n");
        scratch.fails(["copy", "-rT", "a", dest], 1, &message);
    };
    refused("single", "a directory is not copied over anything else");
    refused("single/", "a directory is not copied over anything else");
    refused("dangling", "a directory is not copied over anything else");
    refused(
        "link",
        "it is a link; with a slash after its name it means the directory that it leads to",
    );
    scratch.succeeds(["copy", "-rT", "a", "link/"]);
    assert_eq!(names(&scratch, "d"), "file sub sub/file");
    scratch.fails(
        ["copy", "-r", "a", "no/such"],
        1,
        "reflink: cannot create 'no/such': No such file or directory\n\
         hint: there is no directory 'no'; mkdir -p makes it\n",
    );
}

#[test]
fn a_directory_is_never_copied_into_itself() {
    let scratch = scratch();
    scratch.sh("ln -s a/sub link");
    for (args, dest) in [
        (&["a", "a"][..], "a/a"),
        (&["-T", "a", "a"], "a"),
        (&["a", "a/new"], "a/new"),
        (&["a", "a/sub/new"], "a/sub/new"),
        (&["a", "link"], "link/a"),
        (&["a", "link/new"], "link/new"),
        (&["a/.", "a"], "a/"),
        (&[".", "new"], "new"),
        (&["-L", "a", "./other/../a/x"], "./other/../a/x"),
    ] {
        let message = format!(
            "reflink: cannot create '{dest}': Invalid argument\n\
             hint: the destination is the source, or is inside it; choose a destination outside the source \
             (links and bind mounts are followed)\n"
        );
        scratch.fails([&["copy", "-r"], args].concat(), 1, &message);
    }
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_bind_mount_does_not_hide_that_the_destination_is_in_the_source() {
    let scratch = scratch();
    for mounted in [".", "a", "a/sub"] {
        let before = scratch.snapshot().into_keys().collect::<Vec<_>>();
        let script = r#"mount --bind "$1" other && exec "$0" copy -r a other/new"#;
        let mut command = assert_cmd::Command::new("unshare");
        command.args(["--mount", "sh", "-c", script, crate::scratch::REFLINK, mounted]);
        let assert = command.current_dir(scratch.path(".")).assert();
        if mounted == "." {
            // Beside the source.
            assert.success();
            scratch.sh("rm -r new");
            continue;
        }
        let message = "the destination is the source, or is inside it";
        let assert = assert.code(1).stdout("");
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(stderr.contains(message), "{mounted}: {stderr}");
        assert_eq!(scratch.snapshot().into_keys().collect::<Vec<_>>(), before, "{mounted}");
    }
}
