//! Files on which another process, such as a file server, has a lease: an open waits for it, and a
//! signal ends the wait.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::scratch::{REFLINK, Scratch};

/// Takes a lease of the type $ARGV[1] on the file $ARGV[0]. When asked to give it up, it does so
/// after $ARGV[2] seconds, or never.
const HOLDER: &str = r#"
    my ($name, $type, $delay) = @ARGV;
    $| = 1;
    $SIG{IO} = sub {
        print "asked\n";
        return if $delay < 0;
        select(undef, undef, undef, $delay);
        fcntl($file, 1024, 2) or die "F_UNLCK: $!";
    };
    open($file, "<", $name) or die "open: $!";
    fcntl($file, 1024, 0 + $type) or die "F_SETLEASE: $!";
    print "held\n";
    sleep 1 while 1;
"#;

#[derive(Clone, Copy, Debug)]
enum Lease {
    /// F_RDLCK: blocks opens for writing.
    Read = 0,
    /// F_WRLCK: blocks every open.
    Write = 1,
}

struct Holder {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Holder {
    /// Takes the lease. `delay` is in seconds; less than 0 means never.
    fn new(scratch: &Scratch, name: &str, lease: Lease, delay: f32) -> Self {
        let mut child = Command::new("perl")
            .args(["-e", HOLDER, name, &(lease as i32).to_string(), &delay.to_string()])
            .current_dir(scratch.path("."))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut holder = Self { child, lines };
        assert_eq!(holder.line(), "held\n", "{name}: {lease:?}");
        holder
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("a", vec![1; 100_000]);
    scratch.write("b", vec![1; 100_000]);
    scratch
}

fn start(scratch: &Scratch, args: &[&str]) -> Child {
    Command::new(REFLINK)
        .args(args)
        .current_dir(scratch.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn run(scratch: &Scratch, args: &[&str]) -> Output {
    start(scratch, args).wait_with_output().unwrap()
}

/// Commands that open a file on which a lease of that type blocks them.
const OPENS: [(&[&str], &str, Lease); 12] = [
    (&["copy", "a", "c"], "a", Lease::Write),
    (&["copy", "a", "b"], "a", Lease::Write),
    (&["copy", "--in-place", "a", "b"], "a", Lease::Write),
    (&["copy", "--in-place", "a", "b"], "b", Lease::Write),
    (&["copy", "--in-place", "a", "b"], "b", Lease::Read),
    (&["range", "a", "b"], "a", Lease::Write),
    (&["range", "a", "b"], "b", Lease::Write),
    (&["range", "a", "b"], "b", Lease::Read),
    (&["dedupe", "a", "b"], "a", Lease::Write),
    (&["dedupe", "a", "b"], "b", Lease::Write),
    (&["extents", "a"], "a", Lease::Write),
    (&["extents", "--between", "a", "b"], "b", Lease::Write),
];

#[test]
#[ignore = "needs perl; run cargo xtask test"]
fn an_open_waits_until_a_lease_is_released() {
    for (args, name, lease) in OPENS {
        let expected = run(&scratch(), args);
        let scratch = scratch();
        // Each file has its blocks at another place.
        let places = |output: &Output| args[0] == "extents" && output.status.success();
        let mut holder = Holder::new(&scratch, name, lease, 0.3);
        let output = run(&scratch, args);
        let what = format!("{args:?}, {lease:?} lease on {name}: {output:?}");
        assert_eq!(holder.line(), "asked\n", "{what}");
        assert_eq!(output.status, expected.status, "{what}");
        assert_eq!(output.stderr, expected.stderr, "{what}");
        assert!(places(&output) || output.stdout == expected.stdout, "{what}");
    }
}

#[test]
#[ignore = "needs perl; run cargo xtask test"]
fn a_lease_that_does_not_conflict_is_not_broken() {
    for (args, name) in [
        (&["copy", "a", "c"][..], "a"),
        (&["copy", "a", "b"], "b"),
        (&["range", "a", "b"], "a"),
        (&["extents", "a"], "a"),
        (&["probe", "a"], "a"),
    ] {
        let scratch = scratch();
        let mut holder = Holder::new(&scratch, name, Lease::Read, -1.0);
        run(&scratch, args);
        holder.child.kill().unwrap();
        assert_eq!(holder.line(), "", "{args:?}");
    }
}

#[test]
#[ignore = "needs perl; run cargo xtask test"]
fn a_signal_ends_the_wait_for_a_lease_that_is_never_released() {
    for signal in [Signal::INT, Signal::TERM] {
        for (args, name, lease) in OPENS {
            let scratch = scratch();
            let before = scratch.snapshot();
            let mut holder = Holder::new(&scratch, name, lease, -1.0);
            let mut child = start(&scratch, args);
            assert_eq!(holder.line(), "asked\n", "{args:?}");
            std::thread::sleep(Duration::from_millis(300));
            assert_eq!(child.try_wait().unwrap(), None, "{args:?}: it does not wait");
            let asked = Instant::now();
            kill_process(Pid::from_child(&child), signal).unwrap();
            let output = child.wait_with_output().unwrap();
            let what = format!("{args:?}, {lease:?} lease on {name}: {output:?}");
            assert!(asked.elapsed() < Duration::from_secs(2), "{what}: {:?}", asked.elapsed());
            assert_eq!(output.status.signal(), Some(signal.as_raw()), "{what}");
            assert_eq!(output.stdout, b"", "{what}");
            let state = match args {
                ["extents", ..] => None,
                ["copy", "a", "c"] => Some("'c' was not created"),
                ["dedupe", "a", "b"] if name == "a" => Some("'a' was not changed"),
                _ => Some("'b' was not changed"),
            };
            let message = state.map_or_else(String::new, |state| {
                format!("reflink: cancelled before the first byte: {state}\n")
            });
            assert_eq!(String::from_utf8_lossy(&output.stderr), message, "{what}");
            drop(holder);
            assert_eq!(scratch.snapshot(), before, "{what}");
        }
    }
}

#[test]
#[ignore = "needs perl; run cargo xtask test"]
fn a_fifo_in_the_place_of_a_leased_file_blocks_nothing() {
    for (args, name, lease) in OPENS {
        let scratch = scratch();
        scratch.mkfifo("fifo");
        let mut holder = Holder::new(&scratch, name, lease, -1.0);
        let child = start(&scratch, args);
        assert_eq!(holder.line(), "asked\n", "{args:?}");
        fs::rename(scratch.path("fifo"), scratch.path(name)).unwrap();
        let expected = run(&scratch, args);
        let swapped = Instant::now();
        let output = child.wait_with_output().unwrap();
        let what = format!("{args:?}, {lease:?} lease on {name}: {output:?}");
        assert!(swapped.elapsed() < Duration::from_secs(2), "{what}: {:?}", swapped.elapsed());
        assert!(output.status.code().is_some_and(|code| code != 0), "{what}");
        assert_eq!(output.stderr, expected.stderr, "{what}");
    }
}
