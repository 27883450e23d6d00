//! The tests, built for another system or processor and run by a program that imitates it: Wine, QEMU's user mode.
//!
//! On Linux that is also the suite `any_filesystem`, as far as it needs neither root nor a filesystem of its own.
//!
//! The tests get `REFLINK_TEST_DIR` and `REFLINK_TEST_CLONES` as this program has them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::check;
use crate::test::install;

/// What is imitated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Machine {
    /// x86-64 by Wine
    Windows,
    /// Linux on 64-bit ARM by QEMU
    Aarch64,
    /// Linux on IBM Z, where the first byte of a number is the largest, by QEMU
    S390x,
}

/// The startup objects that rustc links on windows-gnu, which are no part of the standard library.
const STARTUP: [&str; 2] = ["rsbegin", "rsend"];

/// The one function of `bcryptprimitives.dll` that Rust's standard library calls. Wine 8 lacks that library.
const RANDOM: &str = "
#include <windows.h>
BOOLEAN WINAPI SystemFunction036(PVOID buffer, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length) {
    return SystemFunction036(buffer, (ULONG)length);
}
";

impl Machine {
    pub(super) fn target(self) -> &'static str {
        match self {
            Self::Windows => "x86_64-pc-windows-gnu",
            Self::Aarch64 => "aarch64-unknown-linux-gnu",
            Self::S390x => "s390x-unknown-linux-gnu",
        }
    }

    /// The programs that it takes, each with its Debian package.
    fn tools(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Windows => &[
                ("wine", "wine"),
                ("wine", "wine64"),
                ("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"),
            ],
            Self::Aarch64 => &[
                ("qemu-aarch64-static", "qemu-user-static"),
                ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu"),
                ("aarch64-linux-gnu-gcc", "libc6-dev-arm64-cross"),
            ],
            Self::S390x => &[
                ("qemu-s390x-static", "qemu-user-static"),
                ("s390x-linux-gnu-gcc", "gcc-s390x-linux-gnu"),
                ("s390x-linux-gnu-gcc", "libc6-dev-s390x-cross"),
            ],
        }
    }

    fn linker(self) -> &'static str {
        match self {
            Self::Windows => "x86_64-w64-mingw32-gcc",
            Self::Aarch64 => "aarch64-linux-gnu-gcc",
            Self::S390x => "s390x-linux-gnu-gcc",
        }
    }

    /// What a binary is run by.
    fn runner(self) -> &'static str {
        match self {
            Self::Windows => "wine",
            Self::Aarch64 => "qemu-aarch64-static -L /usr/aarch64-linux-gnu",
            Self::S390x => "qemu-s390x-static -L /usr/s390x-linux-gnu",
        }
    }

    /// Whether the tests of library and command pass.
    pub(super) fn run(self, work: &Path, library: &Path) -> Result<bool> {
        install::install(self.tools(), true)?;
        let run = work.join("run");
        fs::create_dir_all(&run)?;
        let mut flags = String::new();
        if self == Self::Windows {
            make_startup(&run, library, self.target())?;
            make_random(&run, self.linker())?;
            flags = format!("-Clink-self-contained=no -Clink-arg=-B{}", run.display());
        }
        let name = self.target().to_uppercase().replace('-', "_");
        let mut cargo = check::cargo("test", library, "std,panic_unwind,test", self.target());
        cargo.args(["--no-fail-fast", "--test=portable"]);
        if self != Self::Windows {
            cargo.arg("--test=any_filesystem");
        }
        cargo
            .arg("--target-dir")
            .arg(run.join("build"))
            .env("RUSTFLAGS", flags)
            .env(format!("CARGO_TARGET_{name}_LINKER"), self.linker())
            .env(format!("CARGO_TARGET_{name}_RUNNER"), self.runner())
            // Windows programs start each other.
            .env("REFLINK_TEST_RUNNER", if self == Self::Windows { "" } else { self.runner() })
            // Wine's own files, and none of its messages.
            .env("WINEPREFIX", run.join("wine"))
            .env("WINEDEBUG", "-all")
            .env("WINEPATH", &run);
        let status = cargo.status().context("cannot run cargo")?;
        Ok(status.success())
    }
}

/// Builds the library of random numbers in `dir`.
fn make_random(dir: &Path, compiler: &str) -> Result<()> {
    fs::write(dir.join("random.c"), RANDOM)?;
    let status = Command::new(compiler)
        .args(["-shared", "-o", "bcryptprimitives.dll", "random.c", "-ladvapi32"])
        .current_dir(dir)
        .status()
        .with_context(|| format!("cannot run {compiler}"))?;
    ensure!(status.success(), "random.c does not build");
    Ok(())
}

/// Builds the startup objects in `dir`.
fn make_startup(dir: &Path, library: &Path, target: &str) -> Result<()> {
    for name in STARTUP {
        let status = Command::new("rustc")
            .args(["--edition=2024", "--emit=obj", "--cap-lints=allow", "--target", target, "-o"])
            .arg(dir.join(name).with_extension("o"))
            .arg(library.join("rtstartup").join(name).with_extension("rs"))
            .env("RUSTC_BOOTSTRAP", "1")
            .status()
            .context("cannot run rustc")?;
        ensure!(status.success(), "{name} does not build");
    }
    Ok(())
}
