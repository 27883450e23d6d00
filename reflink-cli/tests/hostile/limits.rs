//! Few descriptors, and a small limit for files.

use std::process::{Command, Output};

use crate::ends_well;
use crate::scratch::{REFLINK, Scratch};

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("a", vec![b'n'; 1 << 20]);
    scratch.write("b", "old");
    scratch
}

/// Runs the command after a line of shell.
fn after(shell: &str, scratch: &Scratch, args: &[&str]) -> Output {
    Command::new("sh")
        .args(["-c", &format!("{shell}\nexec \"$0\" \"$@\""), REFLINK])
        .args(args)
        .current_dir(scratch.path(""))
        .output()
        .unwrap()
}

/// With four descriptors the source can be opened, and nothing else.
/// A clone to a new name has the source's mode until the umask is known, which takes a descriptor: that is a warning.
#[test]
#[cfg(not(reflink_as = "new-names"))]
fn with_few_descriptors_it_works_or_changes_nothing() {
    for options in [&["copy"][..], &["copy", "--reflink=never"], &["copy", "-n"], &["range"]] {
        for dst in ["b", "new"] {
            if options.contains(&"-n") && dst == "b" {
                continue;
            }
            let mut worked = Vec::new();
            for limit in 4..20 {
                let scratch = scratch();
                let before = scratch.snapshot();
                let args = [options, &["a", dst]].concat();
                let output = after(&format!("ulimit -n {limit}"), &scratch, &args);
                let status = ends_well(&output).unwrap();
                if status == 0 {
                    assert_eq!(scratch.read(dst), scratch.read("a"));
                } else {
                    assert_eq!(status, 1, "{output:?}");
                    let text = String::from_utf8_lossy(&output.stderr);
                    assert!(text.contains("Too many open files"), "{text}");
                    assert_eq!(scratch.snapshot(), before, "{text}");
                }
                worked.push(status == 0);
            }
            assert!(!worked[0] && worked[3], "{options:?} {dst}: {worked:?}");
            assert!(worked.is_sorted(), "{options:?} {dst}: {worked:?}");
        }
    }
}

/// The signal that comes with it, SIGXFSZ, must not kill silently, whether it is ignored or not.
#[test]
fn a_file_beyond_the_size_limit_is_an_error_and_changes_nothing() {
    for signal in ["", "trap '' XFSZ; "] {
        for options in [&["copy"][..], &["copy", "--reflink=never"], &["copy", "--reflink"]] {
            for dst in ["b", "new"] {
                let scratch = scratch();
                let before = scratch.snapshot();
                let args = [options, &["a", dst]].concat();
                // In units of 512 bytes.
                let output = after(&format!("{signal}ulimit -f 100"), &scratch, &args);
                let status = ends_well(&output).unwrap();
                // If nothing can be cloned, that error comes first.
                let expected = if options.contains(&"--reflink") && status == 3 { 3 } else { 1 };
                assert_eq!(status, expected, "{output:?}");
                assert_eq!(scratch.snapshot(), before, "{output:?}");
            }
        }
    }
}
