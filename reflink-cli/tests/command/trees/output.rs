//! What is printed about a tree.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::long_work::Paused;
use crate::scratch::Scratch;

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.sh("mkdir -p src/sub; echo data > src/file; ln src/file src/sub/hard; ln -s nowhere src/sub/link");
    scratch
}

fn objects(scratch: &Scratch, args: &[&str], status: i32) -> Vec<Value> {
    let assert = scratch.reflink(args).code(status);
    let stdout = std::str::from_utf8(&assert.get_output().stdout).unwrap();
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_tree_has_one_line_with_entries_bytes_what_is_shared_and_the_time() {
    let scratch = scratch();
    let assert =
        scratch.reflink(["copy", "-av", "--reflink=never", "src", "dst"]).success().stderr("");
    let stdout = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let (line, time) = stdout.rsplit_once("; ").unwrap();
    assert_eq!(
        line,
        "'src' -> 'dst': 1 file, 2 directories, 1 symbolic link, 1 hard link; \
         copied 5 bytes by read/write; 100% copied"
    );
    assert!(time.strip_suffix("s\n").unwrap().parse::<f64>().is_ok(), "{time}");
    let assert = scratch.reflink(["copy", "-rvL", "src", "other"]).code(5);
    let stdout = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(stdout.contains("; 1 failed; "), "{stdout}");
}

#[test]
fn a_tree_has_one_object() {
    let scratch = scratch();
    let mut objects =
        objects(&scratch, &["copy", "-av", "--json", "--reflink=never", "src", "dst"], 0);
    let seconds = objects[0].as_object_mut().unwrap().remove("seconds").unwrap();
    assert!(seconds.as_f64().unwrap() < 60.0, "{seconds}");
    assert_eq!(
        objects,
        [json!({
            "source": "src",
            "destination": "dst",
            "entries": {
                "files": 1, "directories": 2, "symlinks": 1, "specials": 0, "hard_links": 1, "total": 5,
            },
            "bytes": {"cloned": 0, "offloaded": 0, "copied": 5, "holes": 0, "hard_linked": 0, "total": 5},
            "fallbacks": [],
            "not_kept": [],
            "not_kept_unlisted": 0,
            "failed": 0,
        })]
    );
}

#[test]
fn an_entry_that_failed_has_an_object_like_a_file() {
    let scratch = scratch();
    let objects = objects(&scratch, &["copy", "-rL", "--json", "src", "dst"], 5);
    assert_eq!(objects.len(), 2);
    assert_eq!(
        objects[0],
        json!({
            "source": "src/sub/link",
            "destination": "dst/sub/link",
            "error": {
                "message": "cannot inspect 'src/sub/link': No such file or directory",
                "errno": 2,
                "reason": null,
                "hint": null,
            },
        })
    );
    assert_eq!((&objects[1]["failed"], &objects[1]["entries"]["total"]), (&json!(1), &json!(4)));
}

/// Where a directory is read at once, it is read by a descriptor that is closed before its entries are copied.
#[test]
#[cfg(not(reflink_as = "new-names"))]
fn why_files_were_not_cloned_is_counted() {
    let scratch = Scratch::new();
    // procfs shares no blocks with anything.
    let objects = objects(&scratch, &["copy", "-r", "--json", "/proc/self/fdinfo", "dst"], 0);
    let fallbacks = objects[0]["fallbacks"].as_array().unwrap();
    assert_eq!(fallbacks.len(), 1, "{objects:?}");
    assert!(fallbacks[0]["files"].as_u64().unwrap() >= 3, "{fallbacks:?}");
    let reason = fallbacks[0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("the source is on proc, the destination on "), "{reason}");
    let assert = scratch.reflink(["copy", "-rv", "/proc/self/fdinfo", "other"]).success();
    let stdout = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(stdout.contains(&format!(" files not cloned: {reason}\n")), "{stdout}");
}

#[test]
fn a_tree_that_failed_as_a_whole_has_one_object() {
    let scratch = scratch();
    let objects = objects(&scratch, &["copy", "-r", "--json", "src", "src/new"], 1);
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0]["error"]["errno"], 22);
    assert_eq!(objects[0]["error"]["reason"], "the destination is the source, or is inside it");
    let hint = objects[0]["error"]["hint"].as_str().unwrap();
    assert!(hint.starts_with("choose a destination outside the source"), "{hint}");
}

#[test]
fn names_of_any_bytes_are_printed_on_one_harmless_line() {
    let scratch = Scratch::new();
    let name = OsStr::from_bytes(b"caf\xe9\n\x1b[2J");
    scratch.mkdir(name);
    std::os::unix::fs::symlink("nowhere", scratch.path(name).join("it's")).unwrap();
    let args = ["copy", "-rLv", "--json"].map(OsStr::new);
    let assert = scratch.reflink([&args[..], &[name, "dst".as_ref()]].concat()).code(5);
    let output = assert.get_output();
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    let message = r"reflink: cannot inspect $'caf\351\n\033[2J/it\'s': No such file or directory";
    assert_eq!(stderr, format!("{message}\n"));
    let stdout = std::str::from_utf8(&output.stdout).unwrap();
    let failed: Value = serde_json::from_str(stdout.lines().next().unwrap()).unwrap();
    assert_eq!(failed["source_bytes"], json!(b"caf\xe9\n\x1b[2J/it's"));
}

#[test]
fn progress_has_entries_and_bytes_and_appears_only_on_request() {
    for (when, appears) in [("always", true), ("auto", false), ("never", false)] {
        let option = format!("--progress={when}");
        let other = Scratch::new();
        let out = other.path("new").into_os_string().into_string().unwrap();
        let paused = Paused::copying(&["copy", "-r", "--reflink=never", &option, ".", &out]);
        sleep(Duration::from_millis(600));
        let (_scratch, output) = paused.resume();
        assert!(output.status.success(), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.contains(&format!("reflink: '{out}': ")), appears, "{when}: {stderr}");
        assert_eq!(stderr.contains(" entries, "), appears, "{when}: {stderr}");
        assert_eq!(stderr.is_empty(), !appears, "{when}: {stderr}");
    }
}
