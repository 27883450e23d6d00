//! Opening a file that another process has a lease on (fcntl(2), F_SETLEASE), as file servers have.
//!
//! An open with O_NONBLOCK makes the kernel ask the holder to give the lease up, and fails with EAGAIN.
//! Without that flag it would wait, and nobody could stop it. It would also wait for the other end of a
//! FIFO that has taken the file's name meanwhile. So the open is repeated until the lease is gone.

use std::fs::{self, File};
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::sys::types::MayWait;

/// Most holders give a lease up within a millisecond or two.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Calls `open`, again and again as long as a lease on what `is_file` finds a
/// regular file is in its way.
///
/// # Errors
///
/// Those of `open`; EAGAIN if `may_wait` ends the wait, or after the time in which every lease ends.
pub(in crate::sys) fn wait_for(
    is_file: impl Fn() -> io::Result<bool>,
    may_wait: MayWait<'_>,
    mut open: impl FnMut() -> io::Result<File>,
) -> io::Result<File> {
    let mut refused = match open() {
        Err(error) if is_refused(&error) => error,
        result => return result,
    };
    let deadline = Instant::now() + longest_lease();
    let mut pause = SHORTEST_PAUSE;
    while Instant::now() < deadline {
        // A device can be busy for any time; and this can be a FIFO by now.
        if !is_file()? {
            return open();
        }
        if may_wait().is_break() {
            break;
        }
        sleep(pause);
        pause = LONGEST_PAUSE.min(pause * 2);
        refused = match open() {
            Err(error) if is_refused(&error) => error,
            result => return result,
        };
    }
    Err(refused)
}

fn is_refused(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EAGAIN)
}

/// A time in which every lease ends: the kernel takes one after lease-break-time, 45 s by default, and
/// the NFS server revokes a client's delegation after its own time, 90 s by default.
fn longest_lease() -> Duration {
    const NFS_SERVER: u64 = 90;
    const SLACK: u64 = 10;
    let setting = fs::read_to_string("/proc/sys/fs/lease-break-time");
    let seconds = setting.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(NFS_SERVER);
    Duration::from_secs(seconds.max(NFS_SERVER).saturating_add(SLACK))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::ControlFlow::{self, Break, Continue};
    use std::path::Path;

    fn refused() -> io::Result<File> {
        Err(io::Error::from_raw_os_error(libc::EAGAIN))
    }

    fn this_file() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/sys/linux/lease.rs"))
    }

    #[test]
    fn a_refused_open_is_repeated() {
        let (mut opens, mut questions) = (0, 0);
        let ask = &mut || {
            questions += 1;
            Continue(())
        };
        let opened = wait_for(
            || Ok(true),
            ask,
            || {
                opens += 1;
                if opens < 4 { refused() } else { File::open(this_file()) }
            },
        );
        assert!(opened.is_ok(), "{opened:?}");
        assert_eq!((opens, questions), (4, 3));
    }

    #[test]
    fn the_wait_can_be_ended() {
        let error = wait_for(|| Ok(true), &mut || Break(()), refused).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EAGAIN));
    }

    #[test]
    fn opening_a_device_never_blocks() {
        let nobody = &mut || -> ControlFlow<()> { panic!("asked") };
        let error = wait_for(|| Ok(false), nobody, refused).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EAGAIN));
    }

    #[test]
    fn another_error_ends_the_wait() {
        let mut opens = 0;
        let error = wait_for(
            || Ok(true),
            &mut || Continue(()),
            || {
                opens += 1;
                if opens == 1 { refused() } else { Err(io::Error::from_raw_os_error(libc::ENOENT)) }
            },
        );
        assert_eq!(error.unwrap_err().raw_os_error(), Some(libc::ENOENT));
    }
}
