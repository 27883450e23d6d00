//! The sources of the standard library, exactly those that this Rust was built from.
//!
//! They are Debian's package `rust-src`, unpacked below the target directory. Debian's backports keep several
//! versions of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::apt::Apt;
use crate::test::process::printed;

/// Where Debian may have the version.
const SUITES: [&str; 3] = ["trixie-backports", "trixie", "sid"];

const PACKAGE: &str = "rust-src";

/// The directory `library` of the sources in `work`, which are fetched if they are not there.
pub(crate) fn library(work: &Path) -> Result<PathBuf> {
    let rust = rust_version()?;
    let sources = work.join(format!("rust-{rust}"));
    if !sources.exists() {
        println!("downloading the sources of Rust {rust}");
        let package = download(work, &rust)?;
        unpack(&package, &sources)
            .with_context(|| format!("cannot unpack {}", package.display()))?;
        fs::remove_file(&package)?;
    }
    Ok(sources.join("library"))
}

/// Has `cargo` build the standard library's `crates` from `library`, for `target`.
pub(crate) fn build_std(cargo: &mut Command, library: &Path, crates: &str, target: &str) {
    cargo
        .args([&format!("-Zbuild-std={crates}"), "--target", target])
        // A stable Rust has unstable features only with this variable.
        .env("RUSTC_BOOTSTRAP", "1")
        // Where cargo would look for them is in the installed toolchain, which stays as it is.
        .env("__CARGO_TESTS_ONLY_SRC_ROOT", library);
}

/// The version of this machine's Rust.
fn rust_version() -> Result<String> {
    let about = printed(Command::new("rustc").args(["--version", "--verbose"]))?;
    let version = about.lines().find_map(|line| line.strip_prefix("release: "));
    version.map(str::to_owned).context("rustc prints no version")
}

fn download(work: &Path, rust: &str) -> Result<PathBuf> {
    let apt = Apt::new(work, &SUITES)?;
    apt.run("apt-get", &["--quiet=2", "update", "--error-on=any"])
        .context("the package lists cannot be fetched")?;
    let table = apt.run("apt-cache", &["madison", PACKAGE])?;
    let Some(version) = version_for(rust, &table) else {
        let known: Vec<_> = versions(&table).collect();
        bail!("Debian has no {PACKAGE} of Rust {rust}; it has {}", known.join(", "));
    };
    let wanted = format!("{PACKAGE}={version}");
    let files = apt.fetch(&["download", &wanted]).with_context(|| format!("no {wanted}"))?;
    files.into_iter().next().with_context(|| format!("apt downloads nothing for {wanted}"))
}

/// The versions in what `apt-cache madison` prints: `package | version | where`.
fn versions(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim)
}

/// Debian's version of the package for this Rust: `1.95.0+dfsg1-2~bpo13+1` for 1.95.0.
fn version_for<'t>(rust: &str, table: &'t str) -> Option<&'t str> {
    versions(table).find(|version| {
        version.strip_prefix(rust).is_some_and(|rest| rest.starts_with(['+', '-', '~']))
    })
}

/// Unpacks the library of the `package` as `sources`, whole or not at all.
fn unpack(package: &Path, sources: &Path) -> Result<()> {
    let mut unfinished = sources.to_owned().into_os_string();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fs::create_dir(&unfinished)?;
    let mut archive = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(package)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run dpkg-deb")?;
    let files = archive.stdout.take().context("dpkg-deb has no output")?;
    let status = Command::new("tar")
        .arg("--directory")
        .arg(&unfinished)
        .args(["--extract", "--strip-components=4", "--wildcards", "--no-wildcards-match-slash"])
        .arg("./usr/src/*/library")
        .stdin(files)
        .status()
        .context("cannot run tar")?;
    ensure!(archive.wait()?.success() && status.success(), "dpkg-deb or tar failed");
    ensure!(unfinished.join("library/std/src/lib.rs").is_file(), "the package has no library");
    Ok(fs::rename(&unfinished, sources)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = " rust-src | 1.97.1+dfsg1-1 | http://mirror/debian sid/main amd64 Packages\n \
         rust-src | 1.95.0+dfsg1-2~bpo13+1 | http://mirror/debian trixie-backports/main amd64 Packages\n \
         rust-src | 1.63.0+dfsg1-2 | http://mirror/debian bookworm/main amd64 Packages\n";

    #[test]
    fn the_package_is_that_of_this_rust() {
        assert_eq!(version_for("1.95.0", TABLE), Some("1.95.0+dfsg1-2~bpo13+1"));
        assert_eq!(version_for("1.97.1", TABLE), Some("1.97.1+dfsg1-1"));
        assert_eq!(version_for("1.9", TABLE), None);
        assert_eq!(version_for("1.95.0-nightly", TABLE), None);
    }
}
