//! What a tree copy makes is what cp makes.

use std::fs;

use super::{listing, listing_without_times, mixed};
use crate::filesystem::under_test;
use crate::needs::needs;
use crate::scratch::Scratch;

/// The copy of `src` by the command is that by cp, with these options of both.
#[track_caller]
fn assert_like_cp(scratch: &Scratch, options: &[&str], show: fn(&Scratch, &str) -> String) {
    scratch.sh(&format!("cp {} src cp", options.join(" ")));
    scratch.succeeds([&["copy"], options, &["src", "own"]].concat());
    let (own, cp) = (show(scratch, "own"), show(scratch, "cp"));
    let differences: Vec<_> = own.lines().zip(cp.lines()).filter(|(own, cp)| own != cp).collect();
    assert!(own == cp, "{options:?}: {differences:#?}");
    scratch.sh("chmod -R u+rwX cp own; rm -r cp own");
}

#[test]
fn an_archive_has_all_that_cp_keeps_and_a_plain_copy_no_more() {
    let scratch = mixed();
    assert_like_cp(&scratch, &["-a"], listing);
    assert_like_cp(&scratch, &["-a", "-x"], listing);
    assert_like_cp(&scratch, &["-rp"], listing);
    assert_like_cp(&scratch, &["-R", "--preserve=links,timestamps"], listing);
    assert_like_cp(&scratch, &["-r"], listing_without_times);
    assert_like_cp(&scratch, &["-dR"], listing_without_times);
    scratch.sh("rm src/dangling src/sub/up; chmod -R u+rwX src");
    assert_like_cp(&scratch, &["-aL"], listing);
    assert_like_cp(&scratch, &["-rH"], listing_without_times);
}

#[test]
#[ignore = "needs root, setfattr, setfacl and a filesystem under test; run cargo xtask test"]
fn an_archive_has_owners_devices_attributes_and_access_lists() {
    needs!(PosixAcls);
    let scratch = mixed();
    scratch.sh(
        "mknod src/null c 1 3; chown -h 1234:4321 src/file src/link src/fifo src/empty src/null
                chmod 4755 src/file; setfattr -n user.key -v value src/file src/sub src/sub/big
                setfacl -m u:1234:rw src/sub/big; setfacl -d -m u:1234:rwx src/empty
                touch -d @1000000000 src/file src/empty src/sub src/null src",
    );
    let show: fn(&Scratch, &str) -> String = |scratch, dir| {
        let attributes = scratch.sh(&format!("cd {dir}; getfattr -Rhd -m - . 2>&1"));
        // In the order of the directories, which threads fill in any order.
        let mut attributes: Vec<_> = attributes.split("\n\n").collect();
        attributes.sort_unstable();
        listing(scratch, dir) + &attributes.join("\n")
    };
    assert!(show(&scratch, "src").contains("user.key=\"value\""));
    assert!(show(&scratch, "src").contains("system.posix_acl_default"));
    assert_like_cp(&scratch, &["-a"], show);
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn blocks_are_shared_or_the_reason_is_given() {
    let filesystem = under_test();
    let scratch = mixed();
    let assert = scratch.reflink(["copy", "-av", "src", "dst"]).success().stderr("");
    let stdout = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let entries =
        "'src' -> 'dst': 6 files, 4 directories, 3 symbolic links, 1 special file, 1 hard link; ";
    assert!(stdout.starts_with(entries), "{stdout}");
    if filesystem.clones {
        assert!(stdout.contains("; 0% copied; "), "{stdout}");
        assert_eq!(stdout.lines().count(), 1, "{stdout}");
        if !filesystem.hides_blocks {
            let args = ["extents", "--between", "--json", "src/sub/big", "dst/sub/big"];
            let assert = scratch.reflink(args).success();
            let found: serde_json::Value =
                serde_json::from_slice(&assert.get_output().stdout).unwrap();
            assert_eq!(found["shared"], 100_000, "{found}");
        }
    } else {
        assert!(
            stdout.contains(" by copy_file_range") && stdout.contains("; 100% copied; "),
            "{stdout}"
        );
        let why = format!("\n'dst': 6 files not cloned: {}\n", filesystem.reason);
        assert!(stdout.ends_with(&why), "{stdout}");
    }
    scratch.sh("chmod -R u+rwX src dst");
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_clones_a_tree_or_makes_nothing_and_says_why_once() {
    let filesystem = under_test();
    let scratch = Scratch::new();
    scratch.mkdir("src");
    for name in ["src/a", "src/b"] {
        scratch.write(name, vec![1; 100_000]);
    }
    if filesystem.clones {
        scratch.succeeds(["copy", "-a", "--reflink", "src", "dst"]);
        assert_eq!(fs::read_dir(scratch.path("dst")).unwrap().count(), 2);
        return;
    }
    let before = scratch.snapshot();
    let assert = scratch.reflink(["copy", "-aj1", "--reflink", "src", "dst"]).code(3).stdout("");
    let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(stderr.starts_with("reflink: cannot clone 'src/"), "{stderr}");
    let (reason, hint) = (filesystem.reason, filesystem.hint);
    let rest = format!("\nreflink: 'dst' was not created\nhint: {reason}; {hint}\n");
    assert!(stderr.ends_with(&rest), "{stderr}");
    assert_eq!(stderr.lines().count(), 3, "{stderr}");
    let names = scratch.snapshot().into_keys().collect::<Vec<_>>();
    assert_eq!(names, before.into_keys().collect::<Vec<_>>());
}

#[test]
fn links_on_the_command_line_are_copied_or_followed() {
    let scratch = Scratch::new();
    scratch.mkdir("dir");
    scratch.write("dir/file", "data");
    scratch.symlink("dir", "to-dir");
    scratch.symlink("dir/file", "to-file");
    scratch.symlink("nowhere", "dangling");
    for (options, source, link) in [
        ("-r", "to-dir", true),
        ("-a", "to-dir", true),
        ("-P", "to-file", true),
        ("-d", "dangling", true),
        ("-r", "dangling", true),
        ("-rH", "to-dir", false),
        ("-rL", "to-dir", false),
        ("-aH", "to-file", false),
        ("-L", "to-file", false),
        ("-r", "to-dir/", false),
        ("-r", "to-dir/.", false),
    ] {
        scratch.succeeds(["copy", options, source, "copy"]);
        let copy = scratch.path("copy");
        assert_eq!(copy.is_symlink(), link, "{options} {source}");
        if link {
            let target = fs::read_link(scratch.path(source)).unwrap();
            assert_eq!(fs::read_link(&copy).unwrap(), target, "{options} {source}");
        } else if source.starts_with("to-dir") {
            assert_eq!(scratch.read("copy/file"), b"data", "{options} {source}");
        } else {
            assert_eq!(scratch.read("copy"), b"data", "{options} {source}");
        }
        scratch.sh("rm -r copy");
    }
    scratch.fails(
        ["copy", "-rL", "dangling", "copy"],
        1,
        "reflink: cannot open 'dangling': No such file or directory\n",
    );
    // Without -r the link leads to a directory.
    scratch.reflink(["copy", "to-dir", "copy"]).code(1).stdout("");
}

#[test]
fn a_fifo_is_copied_as_one_and_never_opened() {
    let scratch = Scratch::new();
    scratch.mkfifo("fifo");
    scratch.symlink("fifo", "link");
    for (options, source) in [("-r", "fifo"), ("-a", "fifo"), ("-rL", "link")] {
        scratch.succeeds(["copy", options, source, "copy"]);
        assert_eq!(scratch.sh("stat -c %F copy; rm copy"), "fifo\n", "{options} {source}");
    }
    scratch.mkdir("dir");
    scratch.sh("ln -s ../fifo dir/link");
    scratch.succeeds(["copy", "-rL", "dir", "copy"]);
    assert_eq!(scratch.sh("stat -c %F copy/link"), "fifo\n");
}

#[test]
fn hard_links_to_the_source_are_made_on_request() {
    let scratch = Scratch::new();
    scratch.mkdir("src");
    scratch.write("src/file", "data");
    scratch.succeeds(["copy", "-r", "--hard-links=first", "src", "dst"]);
    assert_eq!(scratch.sh("[ src/file -ef dst/file ] && echo same"), "same\n");
    for option in ["--sync", "--prefer=speed", "-j8", "-x"] {
        let dest = format!("with{option}");
        scratch.succeeds(["copy", "-r", option, "src", &dest]);
        assert_eq!(scratch.read(format!("{dest}/file")), b"data");
    }
}
