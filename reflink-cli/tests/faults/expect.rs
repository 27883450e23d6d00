//! The faults that each system call of a copy can have, and the required results.
//!
//! Errnos that would be a lie are left out: for SEEK_DATA, ENXIO means that only zeros follow.

use crate::subject::Kind;
use crate::trace::{Call, Fault};

/// The required end of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Must {
    /// With exit status 0 and the new data.
    Succeed,
    /// With another status and the errno in the message.
    Fail,
    /// Either, as long as the status is true: the copy can do without the call.
    Choose,
    /// The status of the work; the output is lost.
    Mute,
    /// It may also abort, as Rust's allocator does.
    Abort,
}

use Must::{Choose, Fail, Succeed};

/// The facts about a command that decide the meaning of a fault.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) kind: Kind,
    /// `--reflink=always`.
    pub(crate) always: bool,
    /// `--preserve=all`: lost metadata is never an error.
    pub(crate) keeps_what_it_can: bool,
    /// The number of the close that may report lost data.
    pub(crate) closes_data: Option<usize>,
}

type Row = (&'static [&'static str], Must);

/// The faults for a call, the most revealing first.
pub(crate) fn faults(call: &Call, context: Context) -> Vec<(Fault, Must)> {
    let rows = errnos(call, context);
    let errors = rows
        .into_iter()
        .flat_map(|(errnos, must)| errnos.iter().map(move |errno| (Fault::Error(errno), must)));
    let mut faults = match call.name.as_str() {
        "copy_file_range" if asks_only(call) => Vec::new(),
        // These calls may really do nothing and report 0.
        "copy_file_range" => vec![(Fault::Nothing, Succeed)],
        // After the end there is nothing to read.
        "pread64" if call.has(", \"\", ") => Vec::new(),
        "pread64" | "pwrite64" => vec![(Fault::Nothing, Fail)],
        // Nothing from the source is read instead, and nothing to the destination is an error.
        "splice" => vec![(Fault::Nothing, Choose)],
        // The call then reports that nothing is shared, which is not an error.
        "ioctl" if call.has("FIDEDUPERANGE") => vec![(Fault::Nothing, Choose)],
        _ => Vec::new(),
    };
    faults.extend(errors);
    faults
}

const DISK: &[&str] = &["ENOSPC", "EIO", "EDQUOT", "EROFS", "ENOMEM", "ESTALE"];

fn errnos(call: &Call, context: Context) -> Vec<Row> {
    let metadata = if context.keeps_what_it_can { Succeed } else { Fail };
    match call.name.as_str() {
        "openat" => open(call),
        // Whether the destination's directory is append-only: otherwise the rename fails.
        // The mount on which it was opened: another call reports that, too.
        "statx" if call.has("AT_STATX_DONT_SYNC") => vec![(&["EIO", "ENOSYS"], Succeed)],
        "statx" if call.has("\".\"") => vec![(&["EIO", "ENOSYS"], Succeed)],
        // On the descriptor, or on the name in the directory.
        "statx" if is_generated(call) => vec![(&["EIO", "ENOMEM"], Choose)],
        // The reason why the ends of a range were copied is found out afterwards.
        "statx" if matches!(context.kind, Kind::Range { .. } | Kind::Dedupe) => {
            vec![(&["EIO", "ENOMEM"], Choose)]
        }
        "statx" => vec![(&["EIO", "ENOMEM", "ESTALE"], Fail)],
        "newfstatat" => vec![(&["EIO", "EACCES", "ENOMEM", "ESTALE"], Fail)],
        "ioctl" if call.has("FICLONE") => clone(call, context),
        "ioctl" if call.has("FIDEDUPERANGE") => vec![
            (&["EOPNOTSUPP", "EINVAL", "EIO"], Fail),
            (&["EINTR"], Choose),
            (&["EPERM", "EXDEV", "ENOTTY", "EACCES", "ETXTBSY", "EROFS", "ENOMEM"], Fail),
        ],
        // The block size, which statfs has as well.
        "ioctl" => vec![(&["ENOTTY", "EINVAL", "EIO"], Choose)],
        "fstatfs" | "fstatfs64" => vec![(&["EIO", "ENOSYS", "EINTR"], Choose)],
        // Only an errno that would stop the copy, too, counts.
        "copy_file_range" if asks_only(call) => {
            vec![(&["EROFS"], Fail), (&["EXDEV", "ENOSYS", "EINVAL", "EPERM", "EINTR"], Succeed)]
        }
        "copy_file_range" => vec![
            (&["ENOSPC"], Fail),
            (&["EXDEV"], Succeed),
            (&["EIO", "EDQUOT", "EROFS", "ENOMEM", "EFBIG", "EBADF", "ESTALE"], Fail),
            // ETXTBSY: an active swap file as the source, which can be read.
            (&["EPERM", "ENOSYS", "EINVAL", "EOPNOTSUPP", "EACCES", "ENOENT", "ETXTBSY"], Succeed),
            (&["EAGAIN", "EINTR"], Succeed),
        ],
        // Without a pipe the bytes are read and written.
        "pipe2" => vec![(&["EMFILE", "ENFILE", "ENOMEM"], Succeed)],
        "splice" => vec![
            (&["ENOSPC"], Fail),
            (&["EINVAL", "ENOSYS", "EINTR"], Succeed),
            (&["EIO", "EDQUOT", "ENOMEM", "ESTALE"], Fail),
        ],
        "pread64" => vec![(&["EIO"], Fail), (&["EINTR"], Succeed), (&["ENOMEM", "ESTALE"], Fail)],
        "pwrite64" => {
            vec![
                (&["ENOSPC"], Fail),
                (&["EINTR"], Succeed),
                (&["EFBIG", "EPERM"], Fail),
                (DISK, Fail),
            ]
        }
        // Reading finds the data.
        "lseek" if call.has("SEEK_HOLE") => vec![(&["EIO", "ENXIO", "EINVAL"], Succeed)],
        "lseek" => vec![(&["EINVAL", "EOPNOTSUPP", "EIO"], Succeed)],
        // An empty file can grow with its data.
        "ftruncate" => vec![
            (&["ENOSPC"], Fail),
            (&["EPERM", "EACCES"], Choose),
            (&["EINTR"], Succeed),
            (&["EFBIG"], Fail),
            (DISK, Fail),
        ],
        // Blocks in advance: what need not prevent writing does not.
        "fallocate" if !call.has("PUNCH_HOLE") => vec![
            (&["ENOSPC"], Fail),
            (&["EOPNOTSUPP", "ENOSYS", "EPERM", "EINVAL", "ENOMEM"], Succeed),
            (&["EIO", "EDQUOT", "EROFS"], Fail),
        ],
        "fallocate" => {
            vec![(&["ENOSPC"], Fail), (&["EOPNOTSUPP", "ENOSYS", "EPERM"], Succeed), (DISK, Fail)]
        }
        // ENOENT: a user who may not name the file by descriptor may do so through /proc.
        "linkat" => {
            vec![
                (&["ENOSPC"], Fail),
                (&["ENOENT"], Succeed),
                (&["EACCES", "EPERM", "EXDEV"], Succeed),
                // A copy is made instead of a hard link.
                (&["EMLINK"], Choose),
                (DISK, Fail),
            ]
        }
        // If nothing can be renamed, a new file is made under its own name.
        "renameat" if context.kind == Kind::New => vec![
            (&["ENOSPC"], Fail),
            (&["EPERM", "EACCES", "EXDEV"], Succeed),
            (&["EBUSY", "EISDIR"], Fail),
            (DISK, Fail),
        ],
        "renameat" => {
            vec![(&["EPERM", "ENOSPC", "EBUSY", "EACCES", "EXDEV", "EISDIR"], Fail), (DISK, Fail)]
        }
        "renameat2" => vec![(&["EINVAL", "ENOSYS"], Succeed), (&["EEXIST"], Fail)],
        "close" if context.closes_data == Some(call.occurrence) => {
            vec![(&["EIO", "ENOSPC", "EDQUOT"], Fail), (&["EINTR"], Succeed)]
        }
        "close" => vec![(&["EIO", "EINTR"], Succeed)],
        // A build for `ranges` flushes the source of a clone.
        "fsync" | "fdatasync" => vec![(&["EIO", "ENOSPC", "EDQUOT"], Fail)],
        // What other programs wrote has not all reached the server.
        "sync_file_range" => {
            vec![(&["EIO", "ENOSPC", "EDQUOT"], Fail), (&["ENOSYS", "EPERM"], Succeed)]
        }
        // A mode that cannot be set is a warning if nobody asked for it.
        "fchmod" => vec![(&["EPERM", "EIO", "EROFS", "EDQUOT"], Choose)],
        "fchown" => vec![(&["EPERM", "EIO", "EROFS", "EDQUOT"], metadata)],
        "utimensat" => vec![(&["EPERM", "EIO", "EROFS"], metadata)],
        "flistxattr" => vec![(&["EIO", "EOPNOTSUPP", "ENOMEM"], metadata)],
        // Whether the group bits are those of an ACL; if that is unknown, the strictest reading
        // applies.
        "lgetxattr" => vec![(&["EIO", "EACCES", "ENOMEM", "EOPNOTSUPP"], Choose)],
        "fgetxattr" if call.has("posix_acl_access") => {
            vec![(&["EIO", "ENODATA", "ENOMEM"], Choose)]
        }
        "fremovexattr" => vec![(&["EPERM", "EIO"], metadata)],
        "fgetxattr" => vec![(&["EIO", "ENODATA", "ENOMEM"], metadata)],
        "fsetxattr" => vec![(&["ENOSPC", "EPERM", "EOPNOTSUPP", "EIO"], metadata)],
        // Random numbers for a name; the standard library has other sources.
        "getrandom" => vec![(&["EINVAL", "ENOSYS"], Succeed)],
        "mmap" | "brk" | "mremap" => vec![(&["ENOMEM"], Must::Abort)],
        // The output of the command.
        "write" => vec![(&["EPIPE", "ENOSPC", "EIO"], Must::Mute)],
        // These calls cannot fail, or a failure does not matter.
        "munmap" | "sigaltstack" | "exit_group" | "fcntl" | "read" | "rt_sigprocmask"
        | "rt_sigaction" | "prlimit64" | "gettid" | "getpid" | "tgkill" | "clock_gettime" => {
            Vec::new()
        }
        other => panic!("the table of faults knows nothing of {other}: {call}"),
    }
}

/// Whether the call copies no bytes, and is made only for its errno.
fn asks_only(call: &Call) -> bool {
    call.has("[0], 0, 0)")
}

/// Whether the call is about a file in /proc: the one with the umask.
fn is_generated(call: &Call) -> bool {
    call.has("S_IFREG|0444")
}

fn open(call: &Call) -> Vec<Row> {
    let fatal: &[&str] = &["EACCES", "EMFILE", "ENFILE", "EIO", "ENOMEM", "ELOOP", "ESTALE"];
    if call.has("O_TMPFILE") {
        return vec![
            (&["ENOSPC"], Fail),
            (&["EOPNOTSUPP", "EISDIR", "ENOSYS", "EINTR"], Succeed),
            (&["EACCES", "EMFILE", "ENFILE"], Fail),
            (DISK, Fail),
        ];
    }
    if call.has("O_CREAT") {
        // The name is taken. Another one is tried, except for a range, which must have that name.
        let taken = if call.has(".reflink-") { Succeed } else { Choose };
        return vec![
            (&["ENOSPC"], Fail),
            (&["EINTR"], Succeed),
            (&["EEXIST"], taken),
            (&["EACCES", "EMFILE", "ENFILE"], Fail),
            (DISK, Fail),
        ];
    }
    // The same file again, to find its holes. The copy can do without it.
    if call.has("/proc/self/") {
        return vec![(&["ENOENT", "EACCES", "EMFILE"], Choose)];
    }
    if call.has("O_WRONLY") {
        // If there is no file, a new one is made, but here a file exists.
        return vec![(&["ENOENT"], Choose), (fatal, Fail), (&["ETXTBSY", "EROFS"], Fail)];
    }
    vec![(fatal, Fail), (&["EINTR"], Succeed)]
}

/// FICLONE and FICLONERANGE.
fn clone(call: &Call, context: Context) -> Vec<Row> {
    // If the clone is refused anyway, another errno is not a success.
    let once_more = if context.always && call.has("= -1") { Fail } else { Succeed };
    let next = if context.always { Fail } else { Succeed };
    // The ragged end, after whole blocks that are cloned: a sandbox would have refused those.
    let halfway = context.kind == Kind::InPlace && call.has("_offset=") && !call.has("_offset=0");
    let filtered = if halfway { Fail } else { next };
    vec![
        (&["ENOSPC"], Fail),
        (&["EOPNOTSUPP"], next),
        (&["EPERM"], filtered),
        (&["EIO", "EDQUOT", "EROFS", "ENOMEM", "EFBIG", "EBADF", "EISDIR", "ESTALE"], Fail),
        // ETXTBSY: an active swap file as the source, which can be read.
        (&["EXDEV", "ENOTTY", "EINVAL", "ETXTBSY"], next),
        (&["EACCES", "ENOSYS"], filtered),
        (&["EAGAIN", "EINTR"], once_more),
    ]
}
