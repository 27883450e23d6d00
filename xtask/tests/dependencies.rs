//! The dependencies: their licences, where they come from, and their oldest versions.
//!
//! Advisories are not checked: that takes a database from the network. `cargo audit` reads Cargo.lock.

// Helpers of tests may unwrap, too: they fail by panicking.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};

/// Licences that let anybody use, change and distribute, and ask for no more than their text.
const PERMISSIVE: &[&str] = &[
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command.current_dir(root()).features(CargoOpt::AllFeatures);
    command.other_options(["--locked".to_owned()]).exec().unwrap()
}

/// Whether one of the alternatives of an expression has nothing but permissive licences.
fn is_permissive(expression: &str) -> bool {
    // Before SPDX, a slash stood for OR.
    let flat = expression.replace(['(', ')'], " ").replace('/', " OR ");
    // Without its parentheses, `A AND (B OR C)` reads as `(A AND B) OR C`: then all must be permissive.
    let needs_all = expression.contains(" AND ") && expression.contains('(');
    let licence = |one: &str| {
        PERMISSIVE.contains(&one.split_whitespace().collect::<Vec<_>>().join(" ").as_str())
    };
    let mut alternatives = flat.split(" OR ").map(|all| all.split(" AND ").all(licence));
    if needs_all { alternatives.all(|is| is) } else { alternatives.any(|is| is) }
}

#[test]
fn every_licence_is_permissive() {
    let packages = metadata().packages;
    assert!(packages.len() > 50, "{}", packages.len());
    let others: Vec<_> = packages
        .iter()
        .filter(|package| !package.license.as_deref().is_some_and(is_permissive))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[test]
fn a_licence_that_asks_for_more_is_found() {
    assert!(is_permissive("MIT OR GPL-3.0-only") && is_permissive("MIT/Apache-2.0"));
    assert!(is_permissive("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(!is_permissive("GPL-3.0-only") && !is_permissive("MIT AND GPL-3.0-only"));
    assert!(!is_permissive("(MIT OR Apache-2.0) AND GPL-3.0-only"));
}

#[test]
fn everything_comes_from_crates_io() {
    let packages = metadata().packages;
    let sources: BTreeSet<_> = packages
        .iter()
        .filter_map(|package| package.source.as_ref())
        .map(|source| &source.repr)
        .collect();
    assert_eq!(
        sources.into_iter().collect::<Vec<_>>(),
        ["registry+https://github.com/rust-lang/crates.io-index"]
    );
}

/// The library brings these crates and no others into a program on Linux: with its default feature, and
/// without.
#[test]
fn the_library_brings_few_crates() {
    for (feature, expected) in [
        (
            "--all-features",
            &["bitflags", "libc", "linux-raw-sys", "reflink-sys", "rustix", "thiserror", "xattr"][..],
        ),
        ("--no-default-features", &["libc", "reflink-sys", "thiserror"]),
    ] {
        let mut tree = Command::new(env!("CARGO"));
        tree.args([
            "tree",
            "--locked",
            "--package=reflink",
            "--edges=normal,no-proc-macro",
            "--prefix=none",
        ]);
        tree.args(["--format={p}", "--target=x86_64-unknown-linux-gnu", feature])
            .current_dir(root());
        let output = tree.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let lines = String::from_utf8(output.stdout).unwrap();
        let names = lines.lines().filter_map(|line| line.split(' ').next());
        let names: BTreeSet<_> =
            names.filter(|name| !name.is_empty() && *name != "reflink").collect();
        assert_eq!(names.into_iter().collect::<Vec<_>>(), expected, "{feature}");
    }
}

/// Cargo runs with unstable features in `dir`.
fn cargo(dir: &Path, args: &[&str]) {
    let mut cargo = Command::new(env!("CARGO"));
    let status = cargo.args(args).current_dir(dir).env("RUSTC_BOOTSTRAP", "1").status().unwrap();
    assert!(status.success(), "cargo {}", args.join(" "));
}

#[test]
#[ignore = "needs crates.io, and a minute: cargo test -p xtask --test dependencies -- --ignored"]
fn the_oldest_versions_that_the_manifests_allow_build() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("oldest");
    let script = "rm -rf \"$1\" && mkdir -p \"$1\" && git -c safe.directory='*' archive HEAD | tar -x -C \"$1\"";
    let status = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(&dir)
        .current_dir(root())
        .status()
        .unwrap();
    assert!(status.success());
    // The other packages are not published.
    let manifest = dir.join("Cargo.toml");
    let members = r#"members = ["reflink-sys", "reflink", "reflink-cli", "benches", "xtask"]"#;
    let text = std::fs::read_to_string(&manifest).unwrap();
    assert!(text.contains(members), "{text}");
    let published = r#"members = ["reflink-sys", "reflink", "reflink-cli"]"#;
    std::fs::write(&manifest, text.replace(members, published)).unwrap();
    cargo(&dir, &["update", "--quiet", "-Zdirect-minimal-versions"]);
    cargo(&dir, &["check", "--quiet", "--workspace", "--all-features", "--target-dir", "target"]);
}
