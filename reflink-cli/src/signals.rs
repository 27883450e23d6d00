//! Signals that ask the command to end: it stops as soon as possible, cleans up, and then dies by
//! the signal, so that a shell sees the cause.

#[cfg(target_os = "linux")]
use std::fs::File;
use std::io;
#[cfg(target_os = "linux")]
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts as signal;
use signal_hook::{flag, low_level};

use crate::failure::Failure;

#[cfg(unix)]
const ENDING: [i32; 4] = [signal::SIGINT, signal::SIGTERM, signal::SIGHUP, signal::SIGQUIT];
#[cfg(not(unix))]
const ENDING: [i32; 2] = [signal::SIGINT, signal::SIGTERM];

/// Whether one of the signals has arrived.
pub(crate) struct Stop {
    came: Arc<AtomicBool>,
    /// Its number, or 0.
    signal: Arc<AtomicUsize>,
}

impl Stop {
    /// From now on the first signal is recorded. The second ends the process at once: the old
    /// destination stays then, too, but on a filesystem without O_TMPFILE, and with --sync on btrfs,
    /// a `.reflink-*.tmp` can be left behind.
    pub(crate) fn on_signals() -> Result<Self, Failure> {
        Self::install().map_err(|error| Failure::io("cannot catch signals", &error))
    }

    fn install() -> io::Result<Self> {
        let ignored = ignored_signals();
        let stop = Self { came: Arc::default(), signal: Arc::default() };
        for number in ENDING {
            // nohup ignores SIGHUP for its command, and a shell ignores SIGINT for its background
            // jobs.
            if ignored & (1 << (number - 1)) != 0 {
                continue;
            }
            // In this order, because handlers run in the order of their registration.
            flag::register_conditional_default(number, Arc::clone(&stop.came))?;
            flag::register_usize(number, Arc::clone(&stop.signal), number.unsigned_abs() as usize)?;
            flag::register(number, Arc::clone(&stop.came))?;
        }
        // Caught, so that a file over RLIMIT_FSIZE is an error (EFBIG) instead of a signal that
        // kills.
        #[cfg(unix)]
        flag::register(signal::SIGXFSZ, Arc::default())?;
        Ok(stop)
    }

    /// Whether to stop.
    pub(crate) fn is_asked(&self) -> bool {
        self.came.load(Ordering::Relaxed)
    }

    /// Set by the first signal; the library checks it.
    pub(crate) fn flag(&self) -> &AtomicBool {
        &self.came
    }

    /// The name of the signal that arrived, if any.
    pub(crate) fn name(&self) -> Option<&'static str> {
        low_level::signal_name(self.number()?)
    }

    /// Ends the process by the signal that arrived, if any. Call this last.
    ///
    /// Also after work that is complete: a shell goes on with a loop or a script, although Ctrl-C was to end
    /// it, unless the command dies of SIGINT.
    pub(crate) fn die_if_asked(&self) {
        if let Some(number) = self.number() {
            // This call returns only for an unknown signal, and these are known.
            let _ = low_level::emulate_default_handler(number);
        }
    }

    fn number(&self) -> Option<i32> {
        i32::try_from(self.signal.load(Ordering::Relaxed)).ok().filter(|number| *number > 0)
    }
}

/// The signals that this process was started to ignore, signal 1 in the lowest bit. 0 if that is
/// unknown.
fn ignored_signals() -> u64 {
    #[cfg(target_os = "linux")]
    {
        // /proc/self/status has this, too, but takes the kernel twice as long.
        let mut stat = [0; 1024];
        let read = File::open("/proc/self/stat").and_then(|mut file| file.read(&mut stat));
        ignored_in(&stat[..read.unwrap_or(0)]).unwrap_or(0)
    }
    #[cfg(not(target_os = "linux"))]
    0
}

/// The field `sigignore` of proc_pid_stat(5).
#[cfg(target_os = "linux")]
fn ignored_in(stat: &[u8]) -> Option<u64> {
    // The second field is the program's name in parentheses, which may contain anything.
    let name_end = stat.iter().rposition(|byte| *byte == b')')?;
    let after_name = std::str::from_utf8(&stat[name_end + 1..]).ok()?;
    after_name.split_ascii_whitespace().nth(33 - 3)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_found() {
        let stat = b"7 (a) b (c) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 \
            26 27 28 29 30 31 32 4097 34 35\n";
        assert_eq!(ignored_in(stat), Some(4097));
        assert_eq!(ignored_in(b""), None);
        assert_eq!(ignored_in(b"7 (a) S 4 5"), None);
        // The Rust runtime ignores SIGPIPE.
        assert_ne!(ignored_signals() & (1 << (signal::SIGPIPE - 1)), 0);
    }
}
