//! Copies on a disk that loses its power: after each flush, and at points between.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;

use crate::cases::Case;
use crate::disk::{Images, Loop, Mapped, Mount, sectors};
use crate::log::{Entry, entries};
use crate::look::{Found, When, look};

/// The room for the log.
const LOG: u64 = 4 << 30;
/// The points between flushes.
const BETWEEN: usize = 60;

/// A random number generator that needs no crate: the points are the same in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Makes all copies on a logged device.
fn record(images: &Images, cases: &[Case]) -> Vec<Entry> {
    let (disk, log) = (images.filesystem("disk"), images.image("log", LOG));
    {
        let mount = Mount::new(images.kind, "loop", &disk);
        for case in cases {
            case.prepare(mount.path());
        }
        fs::write(mount.path().join("bystander"), "1").unwrap();
    }
    reflink::always(&disk, images.path("base")).unwrap();
    {
        let (below, to) = (Loop::new(&disk), Loop::new(&log));
        let table = format!("0 {} log-writes {} {}", sectors(&disk), below.path(), to.path());
        let device = Mapped::new("cut", &table);
        let mount = Mount::new(images.kind, "defaults", &device.path());
        // A mark is one word.
        for case in cases {
            device.mark(&format!("begin:{}", case.name()));
            case.run(mount.path());
            device.mark(&format!("end:{}", case.name()));
            // Another program flushes its own file: what the copy has not flushed may be on the
            // disk in part.
            let bystander = File::options().write(true).open(mount.path().join("bystander"));
            let mut bystander = bystander.unwrap();
            bystander.write_all(case.name().as_bytes()).unwrap();
            bystander.sync_all().unwrap();
        }
        drop(mount);
    }
    entries(&File::open(log).unwrap()).unwrap()
}

/// The points to cut at, as numbers of entries before them, with whether some of the entries since
/// the last flush are lost.
fn points(entries: &[Entry]) -> Vec<(usize, bool)> {
    let mut points = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        if entry.is_flush() || entry.mark.is_some() {
            points.extend([(at, true), (at + 1, false)]);
        }
    }
    let mut random = Random(21);
    for _ in 0..BETWEEN {
        let at = random.next() as usize % entries.len();
        points.push((at, random.next() % 2 == 0));
    }
    points.sort();
    points.dedup();
    points
}

/// How far a case was before the entry.
fn when(entries: &[Entry], case: &Case) -> When {
    let has = |text: &str| {
        let mark = format!("{text}:{}", case.name());
        entries.iter().any(|entry| entry.mark.as_ref() == Some(&mark))
    };
    match (has("begin"), has("end")) {
        (_, true) => When::After,
        (true, _) => When::During,
        _ => When::Before,
    }
}

#[test]
#[ignore = "needs device-mapper; run cargo xtask vm --fs power"]
fn after_a_power_cut_a_copy_is_what_was_promised() {
    let images = Images::new();
    let cases = Case::all(images.kind.clones());
    let entries = record(&images, &cases);
    let points = points(&entries);
    let log = File::open(images.path("log")).unwrap();
    // The disk with all that is certain to be on it.
    let state = images.path("state");
    reflink::always(images.path("base"), &state).unwrap();
    let disk = File::options().write(true).open(&state).unwrap();
    let mut certain = 0;
    let mut random = Random(22);
    let mut problems = Vec::new();
    let mut tally: BTreeMap<(String, When), BTreeMap<Found, u32>> = BTreeMap::new();
    for &(point, some_are_lost) in &points {
        let before = &entries[..point];
        let flushed = before.iter().rposition(Entry::is_flush).unwrap_or(0).max(certain);
        for entry in &entries[certain..flushed] {
            entry.apply(&log, &disk).unwrap();
        }
        certain = flushed;
        let cut = images.path("cut");
        reflink::always(&state, &cut).unwrap();
        let device = File::options().write(true).open(&cut).unwrap();
        for entry in &entries[flushed..point] {
            // A disk may write what it has not been told to flush, or not.
            if !some_are_lost || entry.is_lasting() || random.next() % 2 == 0 {
                entry.apply(&log, &device).unwrap();
            }
        }
        drop(device);
        let lost = if some_are_lost { ", with some lost" } else { "" };
        let what = format!("cut before entry {point} of {}{lost}", entries.len());
        let mount = Mount::new(images.kind, "loop", &cut);
        for case in &cases {
            let when = when(before, case);
            let (found, wrong) = look(case, when, mount.path(), &what);
            problems.extend(wrong);
            *tally.entry((case.name(), when)).or_default().entry(found).or_default() += 1;
        }
        drop(mount);
        images.kind.check(&cut, &what);
        fs::remove_file(&cut).unwrap();
    }
    report(&images, &entries, points.len(), &tally);
    assert!(problems.is_empty(), "{problems:#?}");
    // If nothing was lost where nothing was flushed, the points are not where they should be.
    let lost = |((name, when), found): (&(String, When), &BTreeMap<Found, u32>)| {
        name.ends_with("lazy") && *when == When::After && found.keys().any(|f| *f != Found::Whole)
    };
    assert!(tally.iter().any(lost), "a copy without sync survived each cut");
}

/// For the documentation, past the capture of the test's output.
fn report(
    images: &Images,
    entries: &[Entry],
    points: usize,
    tally: &BTreeMap<(String, When), BTreeMap<Found, u32>>,
) {
    let count = |is: fn(&Entry) -> bool| entries.iter().filter(|entry| is(entry)).count();
    let (writes, flushes) = (count(Entry::is_write), count(Entry::is_flush));
    let mut text = format!(
        "\npower: {:?}: {points} points, {writes} writes, {flushes} flushes\n",
        images.kind
    );
    for ((name, when), found) in tally {
        text += &format!("power: {:?} {name} {when:?}: {found:?}\n", images.kind);
    }
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_point_is_at_each_flush_and_the_marks_tell_the_time() {
    use crate::log;
    let entry = |flags, mark: Option<&str>| log::Entry::made(flags, mark);
    let case = Case::all(false)[0];
    let [begin, end] = ["begin", "end"].map(|text| format!("{text}:{}", case.name()));
    let entries = [
        entry(0, None),
        entry(0, Some(&begin)),
        entry(0, None),
        entry(log::FLUSH, None),
        entry(0, Some(&end)),
    ];
    let found = points(&entries);
    for point in [(3, true), (4, false), (5, false)] {
        assert!(found.contains(&point), "{found:?}");
    }
    let times: Vec<_> = (0..=5).map(|at| when(&entries[..at], &case)).collect();
    let [before, during] = [When::Before, When::During];
    assert_eq!(times, [before, before, during, during, during, When::After]);
}
