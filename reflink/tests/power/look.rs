//! What a cut has left of a copy, and whether that may be.

use std::fs;
use std::path::Path;

use crate::cases::{Case, What, source};
use crate::common::assert_same;

/// How far the copy was, as the marks before the cut tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum When {
    Before,
    During,
    After,
}

/// A destination after a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Found {
    /// As before the copy.
    Old,
    /// The whole copy.
    Whole,
    /// An empty file.
    Empty,
    /// The length of the copy, and zeros where some or all of its bytes belong.
    Zeros,
    /// A shorter file, or a tree without all files or with incomplete ones.
    Incomplete,
    /// Bytes of both in one file, or others.
    Mixed,
}

impl Found {
    fn of(path: &Path, old: Option<&[u8]>, new: &[u8]) -> Self {
        let Ok(found) = fs::read(path) else { return Self::Old };
        if old == Some(&found[..]) {
            Self::Old
        } else if found == new {
            Self::Whole
        } else if found.is_empty() {
            Self::Empty
        } else if found.len() <= new.len()
            && found.iter().zip(new).all(|(found, new)| found == new || *found == 0)
        {
            if found.len() == new.len() { Self::Zeros } else { Self::Incomplete }
        } else {
            Self::Mixed
        }
    }
}

/// Looks at a copy below `root`; an error if the copy is what no cut may leave, beside what it is.
pub(crate) fn look(case: &Case, when: When, root: &Path, cut: &str) -> (Found, Option<String>) {
    let (old, new) = (case.old(), case.expected());
    for name in case.files() {
        let src = fs::read(case.src(root, name)).unwrap();
        assert_same(&src, &source(), &format!("{cut}: the source of {}", case.name()));
    }
    let dst = case.dst(root);
    let files = case.files().iter().map(|name| {
        let path = if name.is_empty() { dst.clone() } else { dst.join(name) };
        Found::of(&path, old.as_deref(), &new)
    });
    let files: Vec<_> = files.collect();
    let found = match files[..] {
        [found] => found,
        // A tree with some of its files.
        _ if files.contains(&Found::Mixed) => Found::Mixed,
        _ if files.iter().all(|found| *found == Found::Whole) => Found::Whole,
        _ if !dst.exists() => Found::Old,
        _ => Found::Incomplete,
    };
    let wrong = !may_be(case, when, found);
    let wrong = wrong.then(|| format!("{cut}: {} is {found:?} {when:?}", case.name()));
    if case.what == What::Range {
        only_the_range_has_changed(&dst, &case.old().unwrap(), &new);
    }
    (found, wrong)
}

fn may_be(case: &Case, when: When, found: Found) -> bool {
    match (case.what, when) {
        // Both have the same bytes, and keep them.
        (What::Dedupe, _) => found == Found::Old,
        (_, When::Before) => found == Found::Old,
        (_, When::After) if case.sync => found == Found::Whole,
        (What::InPlace | What::Range, _) => true,
        (What::New | What::Replaced | What::Tree, _) if case.sync => found <= Found::Whole,
        (What::New | What::Replaced | What::Tree, _) => found != Found::Mixed,
    }
}

#[track_caller]
fn only_the_range_has_changed(dst: &Path, old: &[u8], new: &[u8]) {
    let found = fs::read(dst).unwrap();
    assert_eq!(found.len(), old.len());
    let differs = |at: &usize| found[*at] != old[*at] && old[*at] == new[*at];
    assert_eq!((0..old.len()).find(differs), None, "a byte around the range");
}
