//! Landlock: a process that may do only some things with files.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

use landlock::{
    ABI, Access as _, AccessFs, BitFlags, CompatLevel, Compatible as _, PathBeneath, PathFd,
    Ruleset, RulesetAttr as _, RulesetCreatedAttr as _,
};

use crate::sandbox::{self, Refuse};
use crate::scratch::Scratch;

/// Runs `work` on a thread that may do everything with files except `forbidden`.
fn without<T: Send>(forbidden: BitFlags<AccessFs>, work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let all = AccessFs::from_all(ABI::V3);
            let rule = PathBeneath::new(PathFd::new("/").unwrap(), all & !forbidden);
            let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
            let ruleset = ruleset.handle_access(all).unwrap().create().unwrap();
            ruleset.add_rule(rule).unwrap().restrict_self().unwrap();
            work()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("src", vec![b'n'; 300_001]);
    scratch.write("dst", vec![b'o'; 400_000]);
    scratch
}

#[test]
#[ignore = "needs Landlock; run cargo xtask test"]
fn a_process_without_the_right_to_remove_names_leaves_none() {
    let copies = || {
        let scratch = scratch();
        for args in [&["copy", "src", "dst"][..], &["copy", "--reflink=never", "-p", "src", "dst"]]
        {
            scratch.fails(
                args,
                1,
                "reflink: cannot replace 'dst': Permission denied\n\
                 hint: the destination can be written to, but not replaced in its directory; a copy \
                 in place (--in-place) writes into the existing file\n",
            );
        }
        scratch.succeeds(["copy", "src", "new"]);
        scratch.succeeds(["copy", "-n", "src", "new2"]);
        scratch.succeeds(["copy", "--in-place", "src", "dst"]);
        for name in ["new", "new2", "dst"] {
            assert!(scratch.read(name) == scratch.read("src"), "{name}");
        }
        assert_eq!(scratch.names(), ["dst", "new", "new2", "src"]);
    };
    without(AccessFs::RemoveFile.into(), copies);
}

/// On btrfs, a flushed file has a temporary name first. If that cannot become the final name, the file gets both:
/// it is not copied again.
#[test]
#[ignore = "needs Landlock; run cargo xtask test"]
fn a_flushed_file_is_copied_once_where_no_name_can_be_removed() {
    without(AccessFs::RemoveFile.into(), || {
        for option in ["--sync", "--no-clobber"] {
            let scratch = scratch();
            let copy = scratch.reflink(["copy", "--sync", option, "src", "new"]).success();
            let warnings = String::from_utf8_lossy(&copy.get_output().stderr);
            assert!(scratch.read("new") == scratch.read("src"), "{option}");
            let file = |name: &OsStr| fs::metadata(scratch.path(name)).unwrap();
            let new = file("new".as_ref());
            let mut names = 0;
            for name in scratch.names() {
                if file(&name).ino() == new.ino() {
                    names += 1;
                    continue;
                }
                let name = name.to_string_lossy();
                assert!(["src", "dst"].contains(&&*name), "{option}: {name}: {warnings}");
            }
            assert_eq!(new.nlink(), names, "{option}");
            assert_eq!(warnings.matches(".reflink-").count() as u64, names - 1, "{warnings}");
        }
    });
}

/// Without unnamed files a new file can only be made under its own name.
#[test]
#[ignore = "needs Landlock; run cargo xtask test"]
fn without_unnamed_files_nothing_is_left_where_a_file_cannot_be_replaced() {
    sandbox::within(Refuse::UnnamedFiles, || {
        without(AccessFs::RemoveFile.into(), || {
            let scratch = scratch();
            scratch.reflink(["copy", "src", "dst"]).code(1);
            assert_eq!(scratch.names(), ["dst", "src"]);
        });
    });
}

#[test]
#[ignore = "needs Landlock; run cargo xtask test"]
fn a_process_without_the_right_to_truncate_still_copies() {
    without(AccessFs::Truncate.into(), || {
        for mode in ["--reflink=auto", "--reflink=never"] {
            let scratch = scratch();
            let truncated = std::fs::File::create(scratch.path("dst"));
            let refused = truncated.unwrap_err().raw_os_error();
            assert_eq!(refused, Some(libc::EACCES), "Landlock applies");
            for source in ["src", "dst"] {
                scratch.succeeds(["copy", mode, source, "new"]);
                assert!(scratch.read("new") == scratch.read(source), "{mode} {source}");
            }
            assert_eq!(scratch.names(), ["dst", "new", "src"]);
        }
    });
}
