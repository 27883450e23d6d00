//! `reflink copy` of directories.

mod failures;
mod like_cp;
mod merging;
mod output;
mod snapshot;

use crate::scratch::Scratch;

/// A directory `src` with everything that needs no rights: files, hard links, symbolic links, a FIFO, holes, odd
/// names, and a directory that is read-only.
fn mixed() -> Scratch {
    let scratch = Scratch::new();
    scratch.sh("mkdir -p src/sub/deep src/empty
         printf data > src/file; chmod 640 src/file
         head -c 100000 /dev/urandom > src/sub/big
         ln src/file src/sub/hard
         ln -s file src/link; ln -s nowhere src/dangling; ln -s ../sub src/sub/up
         mkfifo -m 604 src/fifo
         truncate -s 1M src/sparse; printf end >> src/sparse
         printf x > 'src/new\nline'; printf x > 'src/ leading'
         printf inner > src/sub/deep/file; chmod 400 src/sub/deep/file
         touch -hd @1000000000.123456789 src/link src/fifo src/file
         chmod 555 src/sub/deep; touch -d @1100000000 src/sub/deep src/sub src/empty src");
    scratch
}

/// Type, mode, owner, names, size, time and target of all entries below, and the files' bytes.
fn listing(scratch: &Scratch, dir: &str) -> String {
    formatted(scratch, dir, "%P %M %U:%G %T@")
}

/// As [`listing`], without the times.
fn listing_without_times(scratch: &Scratch, dir: &str) -> String {
    formatted(scratch, dir, "%P %M %U:%G")
}

/// The size and number of names of a directory are the filesystem's business.
fn formatted(scratch: &Scratch, dir: &str, format: &str) -> String {
    scratch.sh(&format!(
        r"cd '{dir}'
          find . \( -type d -printf '{format}\n' \) -o -printf '{format} %n %s %l\n' | sort
          find . -type f -exec md5sum {{}} + | sort"
    ))
}
