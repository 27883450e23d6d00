//! Whether a file has the expected contents.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rustix::fs::{SeekFrom, seek};

use super::sparse::{PAGE, Sparse};
use super::world::Wrong;

/// Files up to this length are read as a whole, longer ones wherever either side has data.
const SMALL: u64 = 1 << 20;

pub(crate) fn compare(path: &Path, model: &Sparse) -> Result<(), Wrong> {
    let file = File::open(path).map_err(|error| format!("{path:?}: {error}"))?;
    let len = file.metadata().unwrap().len();
    if len != model.len() {
        return Err(format!("{path:?} has {len} bytes instead of {}", model.len()));
    }
    let same = |at, len| same(&file, model, at, len).map_err(|wrong| format!("{path:?}: {wrong}"));
    if len <= SMALL {
        return same(0, len);
    }
    for page in model.pages().filter(|page| *page < len) {
        same(page, PAGE.min(len - page))?;
    }
    let mut at = 0;
    while let Ok(data) = seek(&file, SeekFrom::Data(at)) {
        at = seek(&file, SeekFrom::Hole(data)).unwrap();
        for start in (data..at).step_by(SMALL as usize) {
            same(start, SMALL.min(at - start))?;
        }
    }
    Ok(())
}

fn same(file: &File, model: &Sparse, at: u64, len: u64) -> Result<(), Wrong> {
    let expected = model.bytes(at..at + len);
    let mut found = vec![0; len as usize];
    file.read_exact_at(&mut found, at).map_err(|error| format!("byte {at} on: {error}"))?;
    if found == expected {
        return Ok(());
    }
    let first = found.iter().zip(&expected).take_while(|(a, b)| a == b).count();
    let (found, expected) = (found[first], expected[first]);
    Err(format!("byte {} is {found} instead of {expected}", at + first as u64))
}
