//! Reading and writing by two threads. Each takes the next bytes, reads them and writes them, so that one
//! reads while the other writes.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Builder};
use std::time::Duration;

use super::bytes::{BUFFER, cannot_read, cannot_write, uninterrupted, write_to};
use super::job::Job;
use super::read_write::{accept_early_end, reserve};
use crate::error::Result;
use crate::piece::Piece;
use crate::sys;

/// How far one thread may be ahead of what the other one is copying, in bytes.
const LEAD: u64 = 1 << 20;

/// The indices of the threads.
const CALLER: usize = 0;
const HELPER: usize = 1;

/// Reads and writes `piece`, a part of what the source should have up to `end`, in this thread and another
/// one. Progress is counted in this thread. Returns how many bytes are missing from the source, or `None`
/// if no thread can be started; then nothing is done.
///
/// # Errors
///
/// The error of the lowest offset, as one thread would have met it.
pub(super) fn read_write(
    job: &mut Job<'_>,
    piece: Piece,
    end: u64,
    buffer: &mut Vec<u8>,
) -> Result<Option<u64>> {
    reserve(buffer, piece.len);
    let work = Work::new(job, piece);
    let both = thread::scope(|scope| {
        let other = Builder::new().spawn_scoped(scope, || work.run(&mut vec![0; buffer_len()]));
        let Ok(other) = other else { return None };
        // Also if a callback panics.
        let stopping = Stopping(&work);
        let mut counted = Ok(());
        let mut mine = Ok(());
        while counted.is_ok() && mine.is_ok() {
            let Some(chunk) = work.take(CALLER) else { break };
            mine = work.copy(chunk, buffer);
            counted = work.count(job);
        }
        // Everything is taken, or the copy is cancelled. What the other thread has taken, it completes.
        drop(stopping);
        let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Some((mine, other, counted))
    });
    let Some((mine, other, counted)) = both else { return Ok(None) };
    if work.has_written.load(Ordering::Relaxed) {
        job.watch.note_change();
    }
    let early = mine.err().into_iter().chain(other.err()).min_by_key(|early| early.at);
    let is_stopped = counted.is_err() || early.is_some();
    let cancelled = if is_stopped {
        job.count_after_stop(work.copied.swap(0, Ordering::Relaxed))
    } else {
        return work.count(job).map(|()| Some(0));
    };
    // An error of a file matters more than a cancelled copy.
    let Some(early) = early else { return Err(cancelled) };
    match early.why {
        Why::End => {
            accept_early_end(job, early.at, end)?;
            Ok(Some(piece.src_end() - early.at))
        }
        Why::Read(error) => Err(cannot_read(job, error)),
        Why::Write(error) => Err(cannot_write(job, error)),
    }
}

fn buffer_len() -> usize {
    BUFFER as usize
}

/// What both threads share.
struct Work<'f> {
    src: &'f File,
    dst: &'f File,
    piece: Piece,
    /// How many bytes of the piece a thread has taken.
    taken: AtomicU64,
    /// The offsets in the piece up to which each thread is done with what it has taken.
    done: [AtomicU64; 2],
    /// How many bytes are copied and not counted yet.
    copied: AtomicU64,
    has_written: AtomicBool,
    is_stopped: AtomicBool,
}

/// Why a thread stopped before the end.
struct Early {
    /// The offset in the source.
    at: u64,
    why: Why,
}

enum Why {
    /// The source ends here.
    End,
    Read(io::Error),
    Write(io::Error),
}

impl<'f> Work<'f> {
    fn new(job: &Job<'f>, piece: Piece) -> Self {
        let (taken, copied, done) = (AtomicU64::new(0), AtomicU64::new(0), Default::default());
        let (has_written, is_stopped) = (AtomicBool::new(false), AtomicBool::new(false));
        let (src, dst) = (job.src.file, job.dst.file);
        Self { src, dst, piece, taken, done, copied, has_written, is_stopped }
    }

    fn run(&self, buffer: &mut [u8]) -> Result<(), Early> {
        // Also if this thread panics: the other one may wait for it.
        let _stopping = Stopping(self);
        while let Some(chunk) = self.take(HELPER) {
            self.copy(chunk, buffer)?;
        }
        Ok(())
    }

    /// The next bytes that nobody has taken, for one of the threads. Waits while that thread is far ahead of
    /// the other one, which a failing disk can hold up for seconds.
    fn take(&self, thread: usize) -> Option<Piece> {
        self.done[thread].store(self.taken.load(Ordering::Relaxed), Ordering::Relaxed);
        let slowest = || self.done[1 - thread].load(Ordering::Relaxed);
        while !self.is_stopped.load(Ordering::Relaxed)
            && self.taken.load(Ordering::Relaxed) >= slowest() + LEAD
        {
            thread::sleep(Duration::from_millis(1));
        }
        if self.is_stopped.load(Ordering::Relaxed) {
            return None;
        }
        let at = self.taken.fetch_add(BUFFER, Ordering::Relaxed);
        self.done[thread].store(at, Ordering::Relaxed);
        let rest = (at < self.piece.len).then(|| self.piece.after(at))?;
        Some(rest.first(rest.len.min(BUFFER)))
    }

    /// Copies a chunk. What comes before it is taken already, so the lowest offset at which a thread
    /// stops is where one thread would have stopped.
    fn copy(&self, chunk: Piece, buffer: &mut [u8]) -> Result<(), Early> {
        let stopped = |at, why| {
            self.is_stopped.store(true, Ordering::Relaxed);
            Early { at, why }
        };
        let mut rest = chunk;
        while rest.len > 0 {
            let bytes = &mut buffer[..rest.len as usize];
            let read = uninterrupted(|| sys::read_at(self.src, bytes, rest.src))
                .map_err(|error| stopped(rest.src, Why::Read(error)))?;
            if read == 0 {
                return Err(stopped(rest.src, Why::End));
            }
            write_to(self.dst, &bytes[..read], rest.dst, || {
                self.has_written.store(true, Ordering::Relaxed);
            })
            .map_err(|error| stopped(rest.src, Why::Write(error)))?;
            rest = rest.after(read as u64);
            self.copied.fetch_add(read as u64, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Reports what both threads have copied since the last call.
    fn count(&self, job: &mut Job<'_>) -> Result<()> {
        match self.copied.swap(0, Ordering::Relaxed) {
            0 => Ok(()),
            copied => job.count_copied(copied),
        }
    }
}

/// Stops the other thread when it is dropped.
struct Stopping<'w, 'f>(&'w Work<'f>);

impl Drop for Stopping<'_, '_> {
    fn drop(&mut self) {
        self.0.is_stopped.store(true, Ordering::Relaxed);
    }
}
