//! How far work is, as numbers and in words.

use std::fmt::{self, Display, Formatter};

use crate::display::Size;

/// How far a copy is: for the callback of [`Options::on_progress`](crate::Options::on_progress), and
/// in [`Error::changed`](crate::Error::changed).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes done. It never decreases during one copy.
    pub done: u64,
    /// Bytes to do: the length of the file or of the range, including holes. Equal to `done` if the
    /// length is unknown (files of procfs). 0 while a copy waits to open a file on which another
    /// process has a lease.
    pub total: u64,
}

/// "1.2 GiB of 4.0 GiB"; in bytes if the rounded numbers would look complete.
impl Display for Progress {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { done, total } = *self;
        let texts = [done, total].map(|bytes| Size(bytes).to_string());
        if done < total && texts[0] == texts[1] {
            return write!(f, "{done} of {total} bytes");
        }
        write!(f, "{} of {}", texts[0], texts[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_never_reads_as_complete_before_it_is() {
        for (done, total, text) in [
            (0, 4 << 30, "0 bytes of 4.0 GiB"),
            (5 << 28, 4 << 30, "1.2 GiB of 4.0 GiB"),
            (1_146_880, 1_148_577, "1146880 of 1148577 bytes"),
            (4 << 30, 4 << 30, "4.0 GiB of 4.0 GiB"),
        ] {
            assert_eq!(Progress { done, total }.to_string(), text);
        }
    }
}
