//! Whether two files with two numbers are one. What both show decides; nothing is written to find
//! out.

use std::fs::File;
use std::io;

use crate::compare::first_difference;
use crate::diagnose;
use crate::error::{Error, FsType, Operation, Result, Side};
use crate::known::Known;
use crate::piece::Piece;
use crate::sys::{self, Facts, Time};
use crate::watch::Watch;

/// Whether `src` and `dst` show one file although their numbers differ: a file of a server that is
/// reached through two mounts, or a file of an overlay and the one in its upper directory.
///
/// Such a file has one length, one set of times and one content under both numbers. Two files that
/// have all of this in common are treated as one, too.
pub(crate) fn show_one_file(
    from: &Known<'_>,
    to: &Known<'_>,
    watch: &mut Watch<'_>,
) -> Result<bool> {
    let (src, dst) = (from.file, to.file);
    if !can_have_two_numbers(from, to)? {
        return Ok(false);
    }
    if to.may_be_remote() {
        // Bytes that wait in this machine's memory will change length and times.
        sys::send_written(dst).map_err(|error| {
            diagnose::explain(src, dst, Operation::Sync, Side::Destination, error)
        })?;
    }
    let facts = |file, side| sys::facts_now(file).map_err(Error::on(Operation::Inspect, side));
    let (ours, theirs) = (facts(src, Side::Source)?, facts(dst, Side::Destination)?);
    let on_smb = from.may_be_on_smb() || to.may_be_on_smb();
    Ok(look_alike(&ours, &theirs, on_smb) && have_one_content(src, dst, ours.len, watch)?)
}

/// Whether one file can have two numbers here. It cannot if both files are on one local filesystem,
/// overlay or NFS export, or if each is on a local filesystem.
fn can_have_two_numbers(src: &Known<'_>, dst: &Known<'_>) -> Result<bool> {
    let both_are = |kind: fn(FsType) -> bool| {
        [src, dst].iter().all(|file| file.filesystem().is_some_and(kind))
    };
    if !sys::KNOWS_FILESYSTEM_TYPES || both_are(FsType::is_local) {
        return Ok(false);
    }
    if !both_are(FsType::numbers_files) {
        return Ok(true);
    }
    let on_one_filesystem = sys::on_one_filesystem(src.file, dst.file)
        .map_err(Error::on(Operation::Inspect, Side::Destination))?;
    Ok(on_one_filesystem != Some(true))
}

fn look_alike(ours: &Facts, theirs: &Facts, on_smb: bool) -> bool {
    // SMB counts time in steps of 100 ns, and some SMB servers make up the time of birth.
    let step = if on_smb { 100 } else { 1 };
    let same = |ours: Time, theirs: Time| {
        (ours.seconds, ours.nanoseconds / step) == (theirs.seconds, theirs.nanoseconds / step)
    };
    let births = ours.born.zip(theirs.born).filter(|_| !on_smb);
    ours.len == theirs.len
        && same(ours.modified, theirs.modified)
        && same(ours.changed, theirs.changed)
        && births.is_none_or(|(ours, theirs)| same(ours, theirs))
}

/// Whether both files have the same `len` bytes, as far as a short comparison can find out. A
/// destination that cannot be read could be the source, and counts as equal.
fn have_one_content(src: &File, dst: &File, len: u64, watch: &mut Watch<'_>) -> Result<bool> {
    /// Bytes between two checks whether the caller has cancelled.
    const SLICE: u64 = 1 << 20;
    /// The comparison stops after this many bytes: two files of that size are not finished in the
    /// same nanosecond.
    const ENOUGH: u64 = 1 << 30;

    let reader = |file| sys::private_description(file).ok();
    let (own_src, own_dst) = (reader(src), reader(dst));
    let (ours, theirs) = (own_src.as_ref().unwrap_or(src), own_dst.as_ref().unwrap_or(dst));
    for (file, side) in [(ours, Side::Source), (theirs, Side::Destination)] {
        if !sys::access(file).map_err(Error::on(Operation::Inspect, side))?.reads {
            return Ok(true);
        }
    }
    for file in [ours, theirs].into_iter().filter(|file| sys::may_be_remote(file)) {
        // The cache of this machine can be older than the file under the other number.
        sys::forget_cached(file);
    }
    let (mut rest, mut compared) = (Piece::whole(len), 0);
    loop {
        if let (Some(ours), Some(theirs)) = (&own_src, &own_dst) {
            let data = next_data(ours, rest).min(next_data(theirs, rest));
            rest = rest.after(data - rest.src);
        }
        if rest.len == 0 || compared >= ENOUGH {
            return Ok(true);
        }
        let slice = rest.first(rest.len.min(SLICE));
        if first_difference(ours, theirs, slice)?.is_some() {
            return Ok(false);
        }
        watch.advance(0)?;
        rest = rest.after(slice.len);
        compared += slice.len;
    }
}

/// Where the next data of `rest` begins, if the filesystem reports it.
fn next_data(file: &File, rest: Piece) -> u64 {
    let found: io::Result<_> = sys::next_data(file, rest.src);
    found.map_or(rest.src, |data| data.unwrap_or(rest.src_end())).clamp(rest.src, rest.src_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts = Facts {
        len: 5,
        modified: Time { seconds: 1, nanoseconds: 123_456_789 },
        changed: Time { seconds: 2, nanoseconds: 123_456_789 },
        born: Some(Time { seconds: 0, nanoseconds: 123_456_789 }),
    };

    fn with(change: fn(&mut Facts)) -> Facts {
        let mut facts = FACTS;
        change(&mut facts);
        facts
    }

    #[test]
    fn every_fact_counts() {
        let others = [
            with(|facts| facts.len += 1),
            with(|facts| facts.modified.nanoseconds += 1),
            with(|facts| facts.changed.seconds += 1),
            with(|facts| facts.born = Some(facts.modified)),
        ];
        assert!(look_alike(&FACTS, &FACTS, false));
        for other in others {
            assert!(!look_alike(&FACTS, &other, false), "{other:?}");
        }
    }

    #[test]
    fn a_time_of_birth_counts_if_both_have_one() {
        assert!(look_alike(&FACTS, &with(|facts| facts.born = None), false));
    }

    #[test]
    fn smb_has_coarse_times_and_an_unreliable_birth() {
        let by_smb = with(|facts| {
            facts.modified.nanoseconds = 123_456_700;
            facts.changed.nanoseconds = 123_456_700;
            facts.born = Some(facts.changed);
        });
        assert!(look_alike(&FACTS, &by_smb, true));
        assert!(!look_alike(&FACTS, &by_smb, false));
        assert!(!look_alike(&FACTS, &with(|facts| facts.changed.nanoseconds += 100), true));
    }
}
