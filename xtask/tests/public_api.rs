//! Compares the public API of the library with the committed docs/public-api.txt.
//!
//! rustdoc prints the API as JSON, in a format that changes with Rust's releases. `public-api`
//! reads one version of it.

// Helpers of tests may unwrap, too: they fail by panicking.
#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The format that this version of `public-api` reads, and Rust 1.95 writes.
const FORMAT: u64 = 57;

/// Traits that no stable Rust can name.
const UNSTABLE: [&str; 3] =
    ["core::marker::Freeze", "core::marker::UnsafeUnpin", "core::marker::StructuralPartialEq"];

const UPDATE: &str = "REFLINK_UPDATE=1 cargo test -p xtask --test public_api -- --ignored";

/// The root of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// rustdoc's JSON for the library. Only nightly toolchains write it without RUSTC_BOOTSTRAP.
fn rustdoc_json() -> PathBuf {
    // In the same directory, cargo would rebuild everything after each change of RUSTC_BOOTSTRAP.
    let target = root().join("target/public-api");
    let status = Command::new(env!("CARGO"))
        .args(["rustdoc", "--package", "reflink", "--lib", "--target-dir"])
        .arg(&target)
        // The lints of the documentation are checked separately.
        .args(["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"])
        .current_dir(root())
        .env("RUSTC_BOOTSTRAP", "1")
        .status()
        .unwrap();
    assert!(status.success(), "rustdoc: {status}");
    target.join("doc/reflink.json")
}

#[test]
#[ignore = "needs a Rust whose rustdoc writes JSON of format 57, as 1.95 does; run .ci/run"]
fn the_public_api_is_as_committed() {
    let json = rustdoc_json();
    let format = serde_json::from_reader::<_, Value>(File::open(&json).unwrap()).unwrap();
    let format = &format["format_version"];
    assert_eq!(
        *format, FORMAT,
        "rustdoc of this toolchain writes JSON of format {format}, and public-api reads {FORMAT}. \
         Use Rust 1.95 (cargo +1.95.0 test ...), or update public-api in xtask/Cargo.toml, and \
         FORMAT in xtask/tests/public_api.rs with it."
    );
    let found = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        // Otherwise two parameters of one type could change places unnoticed.
        .include_function_parameter_names(true)
        .build()
        .unwrap()
        .items()
        .map(|item| format!("{item}\n"))
        .filter(|line| !UNSTABLE.iter().any(|name| line.contains(name)))
        .collect::<String>();
    let path = root().join("docs/public-api.txt");
    if std::env::var_os("REFLINK_UPDATE").is_some() {
        fs::write(path, found).unwrap();
        return;
    }
    let committed = fs::read_to_string(&path).unwrap();
    let missing = |from: &str, other: &str, sign: &str| -> String {
        let lines = from.lines().filter(|line| !other.lines().any(|other| other == *line));
        lines.map(|line| format!("{sign} {line}\n")).collect()
    };
    assert!(
        found == committed,
        "{} is not the public API:\n{}{}Rewrite the file by\n    {UPDATE}\nand read the difference.",
        path.display(),
        missing(&committed, &found, "-"),
        missing(&found, &committed, "+"),
    );
}
