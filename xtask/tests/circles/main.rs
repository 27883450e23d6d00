//! No file of a crate imports itself through others, and none is left out of all crates and tests.

// Helpers of tests may unwrap, too: they fail by panicking.
#![allow(clippy::unwrap_used)]

mod imports;
mod modules;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use imports::Imports;
use modules::Modules;

/// The crates, and the root file of each.
const CRATES: [(&str, &str); 3] =
    [("reflink", "lib.rs"), ("reflink-cli", "main.rs"), ("xtask", "main.rs")];

/// The circles: files that all import each other, directly or through others of the circle.
fn circles(imports: &Imports) -> Vec<BTreeSet<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|file| (file.as_str(), reachable(imports, file))).collect();
    let mut circles = BTreeSet::new();
    for (file, others) in &reached {
        if others.contains(file) {
            circles.insert(
                others.iter().copied().filter(|other| reached[other].contains(file)).collect(),
            );
        }
    }
    circles.into_iter().collect()
}

/// The files that a file imports from, directly or through others.
fn reachable<'a>(imports: &'a Imports, file: &'a str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut left = vec![file];
    while let Some(file) = left.pop() {
        left.extend(imports[file].keys().map(String::as_str).filter(|other| found.insert(*other)));
    }
    found
}

/// A circle as text: each file, and its imports from the others.
fn describe(circle: &BTreeSet<&str>, imports: &Imports) -> String {
    let mut text = format!("a circle of {} files:\n", circle.len());
    for file in circle {
        for (other, paths) in
            imports[*file].iter().filter(|(other, _)| circle.contains(other.as_str()))
        {
            let paths = paths.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            text += &format!("  {file} imports from {other}: {paths}\n");
        }
    }
    text
}

#[test]
fn no_file_is_in_a_circle() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut texts = String::new();
    for (name, root) in CRATES {
        let imports = imports::of_crate(&workspace.join(name).join("src"), root);
        for circle in circles(&imports) {
            texts += &format!("{name}: {}", describe(&circle, &imports));
        }
    }
    assert!(texts.is_empty(), "{texts}");
}

/// The compiler reads no file that nothing declares, so that a test there would never run.
#[test]
fn every_file_is_a_part_of_a_crate_or_test() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut all = BTreeSet::new();
    for member in ["benches", "reflink", "reflink-cli", "xtask"] {
        add_files(&workspace.join(member), &mut all);
    }
    // What cargo takes for the root of a crate, test, example or benchmark.
    let is_root = |file: &&PathBuf| {
        let folder = file.parent().and_then(Path::file_name).and_then(OsStr::to_str);
        let is_alone = matches!(folder, Some("tests" | "examples"));
        is_alone || file.ends_with("lib.rs") || file.ends_with("main.rs")
    };
    let declared: BTreeSet<_> = all
        .iter()
        .filter(is_root)
        .flat_map(|root| {
            let name = root.file_name().unwrap().to_str().unwrap();
            Modules::of_crate(root.parent().unwrap(), name).files.into_values().flatten()
        })
        .map(|file| file.canonicalize().unwrap())
        .collect();
    let left_out: Vec<_> = all.difference(&declared).collect();
    assert!(left_out.is_empty(), "nothing declares {left_out:?}");
}

/// Adds the Rust files in a directory.
fn add_files(dir: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            add_files(&path, found);
        } else if path.extension() == Some(OsStr::new("rs")) {
            found.insert(path.canonicalize().unwrap());
        }
    }
}

/// Writes a crate and returns its circles.
fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let imports = imports::of_crate(dir.path(), "lib.rs");
    let names = |circle: BTreeSet<&str>| circle.into_iter().map(str::to_owned).collect();
    circles(&imports).into_iter().map(names).collect()
}

#[test]
fn a_circle_is_found_however_the_import_is_written() {
    for import in [
        "use crate::a::A;",
        "use crate::{c::C, a::{self, A}};",
        "use super::a::*;",
        "fn f() { super::a::f() }",
        "fn f() { println!(\"{}\", crate::a::f()) }",
        "fn f(a: &crate::a::A) {}",
        "mod tests { use super::super::a::A; }",
        "#[cfg(windows)] use crate::a::A;",
    ] {
        let lib = "mod a; mod b; mod c;";
        let files = [("lib.rs", lib), ("a.rs", "use crate::b::B;"), ("b.rs", import), ("c.rs", "")];
        assert_eq!(circles_of(&files), [["a.rs", "b.rs"]], "{import}");
    }
}

#[test]
fn a_name_that_a_parent_passes_on_is_imported_from_the_parent() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use a::A;"),
        ("a/mod.rs", "mod deep; use self::deep::D; pub struct A;"),
        ("a/deep.rs", "use super::super::b::B; pub struct D;"),
        ("b.rs", "use crate::A;"),
    ];
    assert_eq!(circles_of(&files), [["a/deep.rs", "a/mod.rs", "b.rs", "lib.rs"]]);
}

#[test]
fn files_for_one_module_do_not_import_each_other() {
    let lib =
        "#[cfg(unix)] #[path = \"x.rs\"] mod os; #[cfg(windows)] #[path = \"y.rs\"] mod os; mod a;";
    let inner = "mod errors { pub fn f() {} } fn g() { self::errors::f(); super::a::h() }";
    let files = [("lib.rs", lib), ("x.rs", inner), ("y.rs", inner), ("a.rs", "")];
    assert_eq!(circles_of(&files), [[""; 0]; 0]);
    let files = [("lib.rs", lib), ("x.rs", inner), ("y.rs", ""), ("a.rs", "use super::os::g;")];
    assert_eq!(circles_of(&files), [["a.rs", "x.rs"]]);
}

#[test]
fn a_word_that_is_not_an_import_makes_no_circle() {
    let files = [
        ("lib.rs", "mod a; mod b; use a::A;"),
        ("a.rs", "//! [`crate::b`]\nuse crate::b::B; pub(in crate) fn f() { for b in c::d() {} }"),
        ("b.rs", "pub(in crate::b) fn a() {} mod tests { use super::a; } // crate::a::A"),
    ];
    assert_eq!(circles_of(&files), [[""; 0]; 0]);
}
