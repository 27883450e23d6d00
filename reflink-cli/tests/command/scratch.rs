//! A directory for one test, the command that runs in it, and its contents before and after.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

/// The binary under test; in `cargo xtask vm` it has another path.
pub(crate) const REFLINK: &str = match option_env!("REFLINK_TEST_COMMAND") {
    Some(path) => path,
    None => env!("CARGO_BIN_EXE_reflink"),
};

/// Removed with everything in it when dropped.
pub(crate) struct Scratch {
    dir: TempDir,
}

impl Scratch {
    /// On the filesystem under test, or on that of the target directory.
    pub(crate) fn new() -> Self {
        let parent = std::env::var_os("REFLINK_TEST_DIR");
        Self::within(parent.as_deref().unwrap_or(env!("CARGO_TARGET_TMPDIR").as_ref()).as_ref())
    }

    pub(crate) fn within(parent: &Path) -> Self {
        Self { dir: TempDir::new_in(parent).unwrap() }
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// Copies a program to run. Another process copies it, because a child that another test is
    /// starting would have the file open for writing for a moment, and nobody could run it.
    pub(crate) fn install(&self, program: &str, name: &str) {
        Command::new("cp").arg(program).arg(self.path(name)).assert().success();
    }

    pub(crate) fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn mkdir(&self, name: impl AsRef<Path>) {
        fs::create_dir(self.path(name)).unwrap();
    }

    pub(crate) fn symlink(&self, target: &str, name: &str) {
        std::os::unix::fs::symlink(target, self.path(name)).unwrap();
    }

    /// Runs a script in the directory, and returns what it prints.
    #[track_caller]
    pub(crate) fn sh(&self, script: &str) -> String {
        let mut command = Command::new("sh");
        let assert = command.args(["-euc", script]).current_dir(self.dir.path()).assert().success();
        String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
    }

    pub(crate) fn mkfifo(&self, name: &str) {
        Command::new("mkfifo").arg(self.path(name)).assert().success();
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().mode() & 0o7777
    }

    pub(crate) fn chmod(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// The command, set to run in the directory.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(REFLINK);
        // A command that waits, for example for the other end of a FIFO, should fail.
        command.current_dir(self.dir.path()).args(args).timeout(Duration::from_secs(60));
        command
    }

    pub(crate) fn reflink<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Assert {
        self.command(args).assert()
    }

    /// The command succeeds and prints nothing.
    pub(crate) fn succeeds<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) {
        self.reflink(args).success().stdout("").stderr("");
    }

    /// The command fails with this status, prints exactly this, and changes nothing.
    pub(crate) fn fails<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        status: i32,
        message: &str,
    ) {
        let before = self.snapshot();
        let message = message.to_owned();
        self.reflink(args).code(status).stdout("").stderr(message);
        let after = self.snapshot();
        assert!(after == before, "{:?} became {:?}", before.keys(), after.keys());
    }

    /// Everything in the directory and below.
    pub(crate) fn snapshot(&self) -> BTreeMap<PathBuf, Entry> {
        let mut entries = BTreeMap::new();
        collect(self.dir.path(), &mut entries);
        entries
    }

    /// The names in the directory, in order. The NFS client removes a removed file that was open some time
    /// later, and this waits for that.
    pub(crate) fn names(&self) -> Vec<OsString> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let names = self.names_now();
            let is_going = |name: &OsString| name.as_encoded_bytes().starts_with(b".nfs");
            if !names.iter().any(is_going) || Instant::now() > deadline {
                return names;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn names_now(&self) -> Vec<OsString> {
        let mut names: Vec<_> = fs::read_dir(self.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    }
}

/// The visible state of a file, except the access time.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    inode: u64,
    links: u64,
    mode: u32,
    owner: (u32, u32),
    modified: (i64, i64),
    content: Vec<u8>,
}

fn collect(dir: &Path, entries: &mut BTreeMap<PathBuf, Entry>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let status = fs::symlink_metadata(&path).unwrap();
        let content = if status.is_file() {
            fs::read(&path).unwrap_or_default()
        } else if status.is_symlink() {
            fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
        } else {
            Vec::new()
        };
        if status.is_dir() {
            collect(&path, entries);
        }
        entries.insert(
            path,
            Entry {
                inode: status.ino(),
                links: status.nlink(),
                mode: status.mode(),
                owner: (status.uid(), status.gid()),
                // An SMB server sets a time of its own when it receives data later.
                modified: if on_smb() { (0, 0) } else { (status.mtime(), status.mtime_nsec()) },
                content,
            },
        );
    }
}

fn on_smb() -> bool {
    let name = std::env::var_os("REFLINK_TEST_FS");
    name.is_some_and(|name| name.as_encoded_bytes().starts_with(b"smb"))
}

/// A variable that `cargo xtask test` sets.
pub(crate) fn variable(name: &str) -> OsString {
    std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set; run cargo xtask test"))
}
