//! The files on the disk and their expected contents: carries out operations on both, and compares.

use std::fs::File;
use std::ops::{ControlFlow, Range};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::PathBuf;

use reflink::{Deduped, Error, Mode, Options, Outcome, Overwrite};
use rustix::fs::{Advice, FallocateFlags, fadvise, fallocate};
use tempfile::TempDir;

use super::compare::compare;
use super::op::{FILES, Op, Watch};
use super::possible;
use super::rules::{Answer, Ranges, Rules};
use super::sparse::Sparse;
use crate::common::{bytes, dir};

/// The problem, for a person.
pub(crate) type Wrong = String;

pub(crate) struct World {
    dir: TempDir,
    rules: Rules,
    pub(crate) files: Vec<Option<Sparse>>,
}

impl World {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { dir: dir(), rules, files: vec![None; FILES] }
    }

    /// Carries out one operation and compares what it could have changed.
    pub(crate) fn step(&mut self, op: &Op) -> Result<(), Wrong> {
        match *op {
            Op::Whole { mode: Mode::Always, .. }
            | Op::Part { mode: Mode::Always, .. }
            | Op::Copy { mode: Mode::Always, overwrite: Overwrite::InPlace, .. }
                if !self.rules.keeps_refused =>
            {
                Ok(())
            }
            Op::Write { file, at, len, seed } => {
                let all = bytes(seed, at % 65_521 + len);
                let written = &all[(at % 65_521) as usize..];
                self.open(file).write_all_at(written, at).unwrap();
                self.model(file).write(at, written);
                self.compare(file)
            }
            Op::Truncate { file, len } => {
                self.open(file).set_len(len).unwrap();
                self.model(file).set_len(len);
                self.compare(file)
            }
            Op::Punch { file, at, len } => {
                let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
                let answer = fallocate(self.open(file), flags, at, len);
                if possible::is_supported(self.rules, answer) {
                    self.model(file).zero(at..at + len);
                }
                self.compare(file)
            }
            Op::Allocate { file, at, len, grow } => {
                let flags = if grow { FallocateFlags::empty() } else { FallocateFlags::KEEP_SIZE };
                let answer = fallocate(self.open(file), flags, at, len);
                if possible::is_supported(self.rules, answer) && grow && at + len > self.len(file) {
                    self.model(file).set_len(at + len);
                }
                self.compare(file)
            }
            Op::Sync { file } => {
                let file = self.open(file);
                file.sync_all().unwrap();
                fadvise(file, 0, None, Advice::DontNeed).unwrap();
                Ok(())
            }
            Op::Remove { file } => {
                if self.files[file].take().is_some() {
                    std::fs::remove_file(self.path(file)).unwrap();
                }
                Ok(())
            }
            Op::Whole { src, dst, mode, watched } => self.whole(src, dst, mode, watched),
            Op::Part { src, dst, .. } => {
                let (from, to) = (self.open(src), self.open_to_write(dst));
                self.part(op, &from, &to)?;
                self.compare_both(src, dst)
            }
            Op::Copy { src, dst, .. } => {
                self.copy(op)?;
                self.compare_both(src, dst)
            }
            Op::Dedupe { src, start, end, dst, at } => {
                self.dedupe(src, start, end, dst, at)?;
                self.compare_both(src, dst)
            }
        }
    }

    fn whole(&mut self, src: usize, dst: usize, mode: Mode, watched: bool) -> Result<(), Wrong> {
        let (from, to) = (self.open(src), self.open_to_write(dst));
        let answer = options(mode, watch(watched)).reflink(&from, &to);
        let expected = self.rules.whole(mode, self.len(src), src == dst, true);
        if self.is_done(&expected, mode, self.len(src), answer)? {
            self.files[dst] = self.files[src].clone();
        }
        self.compare_both(src, dst)
    }

    fn part(&mut self, op: &Op, from: &File, to: &File) -> Result<(), Wrong> {
        let &Op::Part { src, start, end, dst, at, mode, watched } = op else { return Ok(()) };
        let options = options(mode, watch(watched));
        let answer = match end {
            Some(end) => options.partial(from, start..end, to, at),
            None => options.partial(from, start.., to, at),
        };
        let end = end.unwrap_or(self.len(src));
        let expected = self.rules.part(mode, &self.ranges(src, start..end, dst, at), watched);
        if self.is_done(&expected, mode, end.saturating_sub(start), answer)? && end > start {
            let source = self.model(src).clone();
            self.model(dst).copy(&source, start..end, at);
        }
        Ok(())
    }

    fn copy(&mut self, op: &Op) -> Result<(), Wrong> {
        let &Op::Copy { src, dst, mode, overwrite, watch } = op else { return Ok(()) };
        let [from, to] = [src, dst].map(|file| self.path(file));
        let inode = || to.metadata().ok().map(|status| status.ino());
        let old = inode();
        // An incomplete file is allowed after a failed copy in place.
        let in_place = overwrite == Overwrite::InPlace && old.is_some();
        let watch = if in_place && watch == Watch::Stopped { Watch::Yes } else { watch };
        let answer = options(mode, watch).overwrite(overwrite).copy(&from, &to);
        let expected = match (&self.files[src], old) {
            (None, _) => Answer::Errno(libc::ENOENT),
            (_, Some(_)) if overwrite == Overwrite::Never => Answer::Errno(libc::EEXIST),
            (Some(source), _) if src == dst => {
                match self.rules.whole(mode, source.len(), true, true) {
                    // Path copies recognise one file by its inode, before they call the kernel.
                    Answer::NotReflinkable(_) | Answer::Errno(_) => Answer::Errno(libc::EINVAL),
                    done => done,
                }
            }
            (Some(source), _) => self.rules.whole(mode, source.len(), false, in_place),
        };
        if watch == Watch::Stopped && matches!(answer, Err(Error::Cancelled { .. })) {
            return self.check_names();
        }
        let len = self.files[src].as_ref().map_or(0, Sparse::len);
        if self.is_done(&expected, mode, len, answer)? {
            self.files[dst] = self.files[src].clone();
            if old.is_some() && in_place != (inode() == old) {
                return Err(format!("{overwrite:?}: inode {old:?} became {:?}", inode()));
            }
        }
        self.check_names()
    }

    fn dedupe(
        &mut self,
        src: usize,
        start: u64,
        end: u64,
        dst: usize,
        at: u64,
    ) -> Result<(), Wrong> {
        let (from, to) = (self.open(src), self.open(dst));
        let answer = reflink::dedupe(&from, start..end, [(&to, at)]);
        if start == end {
            // An empty operation works on every filesystem.
            return match answer.as_deref() {
                Ok([Deduped::Shared { bytes: 0, .. }]) => Ok(()),
                other => Err(format!("an empty range: {other:?}")),
            };
        }
        if !self.rules.exact {
            let is_possible = end <= self.len(src) && at + (end - start) <= self.len(dst);
            let equal = is_possible.then(|| self.equal_bytes(src, start..end, dst, at));
            return possible::dedupe(&answer, start..end, equal);
        }
        if end > self.len(src) {
            return match answer {
                Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
                other => Err(format!("a range past the end: {other:?}")),
            };
        }
        let ends = match answer {
            // tmpfs does not have the call at all.
            Err(error) if !self.rules.clones && self.rules.explains(&error) => return Ok(()),
            answer => answer.map_err(|error| format!("{error:?}"))?,
        };
        let possible = self.rules.dedupes(&self.ranges(src, start..end, dst, at));
        let possible = possible.map(|shared| (shared, self.equal_bytes(src, start..end, dst, at)));
        match (ends.as_slice(), possible) {
            ([Deduped::Shared { bytes, .. }], Some((shared, equal)))
                if equal == end - start
                    && (*bytes == shared || *bytes == 0 && self.len(dst) <= self.rules.inline) =>
            {
                Ok(())
            }
            ([Deduped::Differs { bytes, at: Some(place), .. }], Some((_, equal)))
                if *place == start + equal && *bytes <= equal && equal < end - start =>
            {
                Ok(())
            }
            ([Deduped::Failed { bytes: 0, error, .. }], None) if self.rules.explains(error) => {
                Ok(())
            }
            (other, possible) => Err(format!("{other:?}; can be shared, are equal: {possible:?}")),
        }
    }

    fn ranges(&self, src: usize, range: Range<u64>, dst: usize, at: u64) -> Ranges {
        let (src_len, dst_len) = (self.len(src), self.len(dst));
        Ranges { start: range.start, end: range.end, at, src_len, dst_len, same_file: src == dst }
    }

    /// How many bytes from the start of a range on are equal in both files.
    fn equal_bytes(&mut self, src: usize, range: Range<u64>, dst: usize, at: u64) -> u64 {
        let len = range.end - range.start;
        let ours = self.model(src).bytes(range);
        let theirs = self.model(dst).bytes(at..at + len);
        ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count() as u64
    }

    /// Whether the bytes must be there now; an error if the result is not the expected one.
    fn is_done(
        &self,
        expected: &Answer,
        mode: Mode,
        len: u64,
        answer: reflink::Result<Outcome>,
    ) -> Result<bool, Wrong> {
        if let Ok(outcome) = &answer {
            crate::common::assert_accounts(outcome, mode, len);
        }
        if !self.rules.exact {
            return possible::is_done(expected, mode, answer);
        }
        match (expected, &answer) {
            (Answer::Done { cloned }, Ok(outcome)) if outcome.cloned == *cloned => Ok(true),
            (Answer::Errno(errno), Err(error))
                if !matches!(error, Error::NotReflinkable { .. })
                    && error.raw_os_error() == Some(*errno) =>
            {
                Ok(false)
            }
            (Answer::NotReflinkable(because), Err(Error::NotReflinkable { reason, .. }))
                if because.fits(reason) =>
            {
                Ok(false)
            }
            _ => Err(format!("expected {expected:?}, but got {answer:?}")),
        }
    }

    /// Compares all files, and the names in the directory.
    pub(crate) fn compare_all(&self) -> Result<(), Wrong> {
        self.check_names()?;
        (0..FILES)
            .filter(|file| self.files[*file].is_some())
            .try_for_each(|file| self.compare(file))
    }

    fn compare_both(&self, src: usize, dst: usize) -> Result<(), Wrong> {
        for file in [dst, src] {
            if self.files[file].is_some() {
                self.compare(file)?;
            }
        }
        Ok(())
    }

    /// Whether the file on disk equals the model.
    fn compare(&self, number: usize) -> Result<(), Wrong> {
        match &self.files[number] {
            Some(model) => compare(&self.path(number), model),
            None => Ok(()),
        }
    }

    fn check_names(&self) -> Result<(), Wrong> {
        let mut names: Vec<_> = std::fs::read_dir(self.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        names.sort();
        let expected: Vec<_> = (0..FILES)
            .filter(|file| self.files[*file].is_some())
            .map(|file| self.path(file))
            .collect();
        if names == expected { Ok(()) } else { Err(format!("{names:?} instead of {expected:?}")) }
    }

    fn path(&self, file: usize) -> PathBuf {
        self.dir.path().join(file.to_string())
    }

    /// Opens a file, or makes it.
    fn open(&mut self, file: usize) -> File {
        self.files[file].get_or_insert_default();
        File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.path(file))
            .unwrap()
    }

    fn open_to_write(&mut self, file: usize) -> File {
        self.open(file);
        File::options().write(true).open(self.path(file)).unwrap()
    }

    fn model(&mut self, file: usize) -> &mut Sparse {
        self.files[file].get_or_insert_default()
    }

    fn len(&self, file: usize) -> u64 {
        self.files[file].as_ref().map_or(0, Sparse::len)
    }
}

fn watch(watched: bool) -> Watch {
    if watched { Watch::Yes } else { Watch::No }
}

fn options(mode: Mode, watch: Watch) -> Options<'static> {
    let options = Options::new().mode(mode);
    match watch {
        Watch::No => options,
        Watch::Yes => options.on_progress(|_| ControlFlow::Continue(())),
        Watch::Stopped => options.on_progress(|_| ControlFlow::Break(())),
    }
}
