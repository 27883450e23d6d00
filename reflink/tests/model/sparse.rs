//! The expected contents of a file: a vector of bytes in which zeros cost nothing.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

pub(crate) const PAGE: u64 = 4096;

/// Bytes up to a length; pages that were never written are zero. A clone is cheap.
#[derive(Clone, Default)]
pub(crate) struct Sparse {
    len: u64,
    pages: BTreeMap<u64, Rc<[u8; PAGE as usize]>>,
}

impl Sparse {
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The offsets of the pages that may have bytes other than zero.
    pub(crate) fn pages(&self) -> impl Iterator<Item = u64> {
        self.pages.keys().map(|page| page * PAGE)
    }

    pub(crate) fn set_len(&mut self, len: u64) {
        self.zero(len..u64::MAX);
        self.len = len;
    }

    pub(crate) fn write(&mut self, at: u64, bytes: &[u8]) {
        for (page, inside, part) in parts(at, bytes.len() as u64) {
            let page = self.pages.entry(page).or_insert_with(|| Rc::new([0; PAGE as usize]));
            Rc::make_mut(page)[inside].copy_from_slice(&bytes[part]);
        }
        self.len = self.len.max(at + bytes.len() as u64);
    }

    /// Makes a range read as zeros; the length stays.
    pub(crate) fn zero(&mut self, range: Range<u64>) {
        let range = range.start..range.end.min(self.len.next_multiple_of(PAGE));
        if range.is_empty() {
            return;
        }
        let touched = range.start / PAGE..range.end.div_ceil(PAGE);
        let touched: Vec<u64> = self.pages.range(touched).map(|(page, _)| *page).collect();
        for page in touched {
            let start = range.start.max(page * PAGE) - page * PAGE;
            let end = range.end.min((page + 1) * PAGE) - page * PAGE;
            if end - start == PAGE {
                self.pages.remove(&page);
            } else if let Some(bytes) = self.pages.get_mut(&page) {
                Rc::make_mut(bytes)[start as usize..end as usize].fill(0);
            }
        }
    }

    /// Copies `range` of `src` to the offset `at`.
    pub(crate) fn copy(&mut self, src: &Self, range: Range<u64>, at: u64) {
        let len = range.end - range.start;
        self.len = self.len.max(at + len);
        self.zero(at..at + len);
        let touched = range.start / PAGE..range.end.div_ceil(PAGE);
        for (page, bytes) in src.pages.range(touched) {
            let start = range.start.max(page * PAGE);
            let end = range.end.min((page + 1) * PAGE);
            let inside = (start - page * PAGE) as usize..(end - page * PAGE) as usize;
            self.write(at + start - range.start, &bytes[inside]);
        }
    }

    /// Fills `buffer` with the bytes from `at` on, which must exist.
    pub(crate) fn read(&self, at: u64, buffer: &mut [u8]) {
        assert!(at + buffer.len() as u64 <= self.len);
        buffer.fill(0);
        for (page, inside, part) in parts(at, buffer.len() as u64) {
            if let Some(bytes) = self.pages.get(&page) {
                buffer[part].copy_from_slice(&bytes[inside]);
            }
        }
    }

    pub(crate) fn bytes(&self, range: Range<u64>) -> Vec<u8> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        self.read(range.start, &mut bytes);
        bytes
    }
}

/// Splits `len` bytes at `at` into pages: the page, the range in it, and the range in the bytes.
fn parts(at: u64, len: u64) -> impl Iterator<Item = (u64, Range<usize>, Range<usize>)> {
    (at / PAGE..(at + len).div_ceil(PAGE)).map(move |page| {
        let start = at.max(page * PAGE);
        let end = (at + len).min((page + 1) * PAGE);
        let relative = |to: u64| (start - to) as usize..(end - to) as usize;
        (page, relative(page * PAGE), relative(at))
    })
}

#[test]
fn the_model_is_a_vector_of_bytes() {
    let mut sparse = Sparse::default();
    sparse.write(5000, &[1; 5000]);
    sparse.set_len(20_000);
    sparse.zero(6000..7000);
    let mut vector = vec![0; 20_000];
    vector[5000..10_000].fill(1);
    vector[6000..7000].fill(0);
    assert_eq!(sparse.bytes(0..20_000), vector);

    let source = sparse.clone();
    sparse.copy(&source, 4999..10_001, 16_000);
    vector.resize(21_002, 0);
    vector.copy_within(4999..10_001, 16_000);
    assert_eq!((sparse.len(), sparse.bytes(0..21_002)), (21_002, vector.clone()));

    sparse.set_len(5500);
    sparse.set_len(9000);
    vector[5500..].fill(0);
    assert_eq!(sparse.bytes(0..9000), vector[..9000]);
}
