//! Signals that ask the command to end: it stops at the next moment, cleans up, and then dies by
//! the signal, so that a shell sees what happened.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts as signal;
use signal_hook::{flag, low_level};

use crate::failure::Failure;

#[cfg(unix)]
const ENDING: [i32; 3] = [signal::SIGINT, signal::SIGTERM, signal::SIGHUP];
#[cfg(not(unix))]
const ENDING: [i32; 2] = [signal::SIGINT, signal::SIGTERM];

/// Whether one of the signals came.
pub(crate) struct Stop {
    signal: Arc<AtomicUsize>,
}

impl Stop {
    /// From now on the first signal is noted. The second ends the process on the spot: the old
    /// destination stands then, too, but where the filesystem has no O_TMPFILE a `.reflink-*.tmp`
    /// stays behind.
    pub(crate) fn on_signals() -> Result<Self, Failure> {
        Self::install().map_err(|error| Failure::io("cannot catch signals", &error))
    }

    fn install() -> io::Result<Self> {
        let ignored = ignored_signals();
        let came = Arc::new(AtomicBool::new(false));
        let stop = Self { signal: Arc::default() };
        for number in ENDING {
            // nohup ignores SIGHUP for its command, and a shell SIGINT for its background jobs.
            if ignored & (1 << (number - 1)) != 0 {
                continue;
            }
            // In this order: what is registered first acts first.
            flag::register_conditional_default(number, Arc::clone(&came))?;
            flag::register(number, Arc::clone(&came))?;
            flag::register_usize(number, Arc::clone(&stop.signal), number.unsigned_abs() as usize)?;
        }
        // Caught, so that a file over RLIMIT_FSIZE is an error, EFBIG, and not the end.
        #[cfg(unix)]
        flag::register(signal::SIGXFSZ, Arc::default())?;
        Ok(stop)
    }

    /// Whether to stop.
    pub(crate) fn is_asked(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// Ends the process by the signal that came, if one came: the last thing to do.
    pub(crate) fn die_if_asked(&self) {
        if let Ok(number @ 1..) = i32::try_from(self.signal.load(Ordering::Relaxed)) {
            // It returns only for a signal that it does not know, and it knows these.
            let _ = low_level::emulate_default_handler(number);
        }
    }
}

/// The signals that this process was started to ignore, signal 1 in the lowest bit. Where that is
/// not told, none.
fn ignored_signals() -> u64 {
    #[cfg(target_os = "linux")]
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    #[cfg(not(target_os = "linux"))]
    let status = String::new();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
