//! The log of dm-log-writes: each write that a device has completed, with the flushes and the marks between
//! them. The format is in the kernel's drivers/md/dm-log-writes.c.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

const MAGIC: u64 = 0x006a_7366_7773_6872;
const VERSION: u64 = 1;
/// The device counts in these, whatever its blocks are.
const SECTOR: u64 = 512;
/// The bytes of an entry before its data or its mark.
const HEADER: usize = 32;

pub(crate) const FLUSH: u64 = 1 << 0;
const FUA: u64 = 1 << 1;
const DISCARD: u64 = 1 << 2;
const MARK: u64 = 1 << 3;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where the bytes belong on the device.
    offset: u64,
    len: u64,
    flags: u64,
    /// Where the bytes are in the log.
    at: u64,
    pub(crate) mark: Option<String>,
}

impl Entry {
    /// One without bytes, for tests.
    pub(crate) fn made(flags: u64, mark: Option<&str>) -> Self {
        let mark_flag = if mark.is_some() { MARK } else { 0 };
        let mark = mark.map(str::to_owned);
        Self { offset: 0, len: 0, flags: flags | mark_flag, at: 0, mark }
    }

    /// Whether what was written before it is on the disk when it is.
    pub(crate) fn is_flush(&self) -> bool {
        self.flags & FLUSH != 0
    }

    /// Whether its bytes are on the disk at once, and not with the next flush.
    pub(crate) fn is_lasting(&self) -> bool {
        self.flags & FUA != 0
    }

    pub(crate) fn is_write(&self) -> bool {
        self.len > 0 && self.flags & MARK == 0
    }

    /// Does to `disk` what the entry did to the device. What was discarded reads as zeros.
    pub(crate) fn apply(&self, log: &File, disk: &File) -> io::Result<()> {
        if !self.is_write() {
            return Ok(());
        }
        let mut bytes = vec![0; usize::try_from(self.len).unwrap()];
        if self.flags & DISCARD == 0 {
            log.read_exact_at(&mut bytes, self.at)?;
        }
        disk.write_all_at(&bytes, self.offset)
    }
}

/// All entries of a log.
pub(crate) fn entries(log: &File) -> io::Result<Vec<Entry>> {
    let mut start = [0; 28];
    log.read_exact_at(&mut start, 0)?;
    if number(&start, 0) != MAGIC || number(&start, 8) != VERSION {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "this is no log of dm-log-writes"));
    }
    let (count, sector) = (number(&start, 16), u64::from(u32::from_le_bytes(four(&start, 24))));
    let (mut entries, mut at) = (Vec::new(), sector);
    for _ in 0..count {
        let mut header = [0; HEADER];
        log.read_exact_at(&mut header, at)?;
        let [place, sectors, flags, mark_len] = [0, 8, 16, 24].map(|at| number(&header, at));
        let mark = if flags & MARK == 0 {
            None
        } else {
            // The mark is in the entry's own sector.
            let mut text = vec![0; usize::try_from(mark_len.min(sector)).unwrap()];
            log.read_exact_at(&mut text, at + HEADER as u64)?;
            Some(String::from_utf8_lossy(&text).trim_end_matches('\0').to_owned())
        };
        let len = sectors * sector;
        entries.push(Entry { offset: place * sector, len, flags, at: at + sector, mark });
        at += sector + if flags & DISCARD == 0 { len } else { 0 };
    }
    Ok(entries)
}

fn number(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn four(bytes: &[u8], at: usize) -> [u8; 4] {
    bytes[at..at + 4].try_into().unwrap()
}

/// A log made by hand.
struct Made {
    log: Vec<u8>,
    count: u64,
}

impl Made {
    fn new() -> Self {
        Self { log: vec![0; SECTOR as usize], count: 0 }
    }

    fn entry(&mut self, sector: u64, sectors: u64, flags: u64, after: &[u8]) {
        for number in [sector, sectors, flags, after.len() as u64] {
            self.log.extend(number.to_le_bytes());
        }
        self.log.extend(after);
        self.log.resize(self.log.len().next_multiple_of(SECTOR as usize), 0);
        self.count += 1;
    }

    fn write(&mut self, sector: u64, flags: u64, bytes: &[u8]) {
        self.entry(sector, bytes.len() as u64 / SECTOR, flags, b"");
        self.log.extend(bytes);
    }

    fn file(mut self) -> File {
        for (at, number) in [(0, MAGIC), (8, VERSION), (16, self.count)] {
            self.log[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        self.log[24..28].copy_from_slice(&(SECTOR as u32).to_le_bytes());
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&self.log, 0).unwrap();
        file
    }
}

#[test]
fn a_log_made_by_hand_is_read_and_replayed() {
    let mut made = Made::new();
    made.entry(0, 0, MARK, b"begin");
    made.write(2, 0, &[1; 1024]);
    made.write(7, FLUSH | FUA, &[2; 512]);
    made.entry(3, 1, DISCARD, b"");
    made.entry(0, 0, FLUSH, b"");
    made.entry(0, 0, MARK, b"end\0");
    let log = made.file();
    let found = entries(&log).unwrap();
    let marks: Vec<_> = found.iter().map(|entry| entry.mark.as_deref()).collect();
    assert_eq!(marks, [Some("begin"), None, None, None, None, Some("end")]);
    assert_eq!(found.iter().filter(|entry| entry.is_flush()).count(), 2);
    assert_eq!(found.iter().filter(|entry| entry.is_lasting()).count(), 1);
    assert_eq!(found.iter().filter(|entry| entry.is_write()).count(), 3);

    let disk = tempfile::tempfile().unwrap();
    disk.write_all_at(&[9; 10 * 512], 0).unwrap();
    let first_bytes = || {
        let mut bytes = vec![0; 10 * 512];
        disk.read_exact_at(&mut bytes, 0).unwrap();
        bytes.chunks(512).map(|sector| sector[0]).collect::<Vec<_>>()
    };
    for (entry, expected) in found.iter().zip([
        [9, 9, 9, 9, 9, 9, 9, 9, 9, 9],
        [9, 9, 1, 1, 9, 9, 9, 9, 9, 9],
        [9, 9, 1, 1, 9, 9, 9, 2, 9, 9],
        [9, 9, 1, 0, 9, 9, 9, 2, 9, 9],
        [9, 9, 1, 0, 9, 9, 9, 2, 9, 9],
        [9, 9, 1, 0, 9, 9, 9, 2, 9, 9],
    ]) {
        entry.apply(&log, &disk).unwrap();
        assert_eq!(first_bytes(), expected, "{entry:?}");
    }
}

#[test]
fn what_is_no_log_is_an_error() {
    let file = tempfile::tempfile().unwrap();
    assert!(entries(&file).is_err());
    file.write_all_at(&[0; 4096], 0).unwrap();
    assert_eq!(entries(&file).unwrap_err().kind(), io::ErrorKind::InvalidData);
    // Cut off within its last entry.
    let mut made = Made::new();
    made.write(2, 0, &[1; 512]);
    made.count = 2;
    assert!(entries(&made.file()).is_err());
}
