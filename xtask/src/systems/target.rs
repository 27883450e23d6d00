//! The targets that are checked.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::test::process::printed;

/// Each system that the code has a word about, and each way in which the processors that Linux runs on differ:
/// word size, byte order, numbers of ioctls, widths of types.
pub(super) const TARGETS: [&str; 17] = [
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-gnu",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-freebsd",
    "x86_64-unknown-netbsd",
    "x86_64-unknown-illumos",
    "x86_64-pc-solaris",
    "aarch64-linux-android",
    "i686-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-gnu",
    "powerpc64-unknown-linux-gnu",
    "s390x-unknown-linux-gnu",
    "riscv64gc-unknown-linux-gnu",
    "loongarch64-unknown-linux-gnu",
    "mips64-unknown-linux-gnuabi64",
];

/// Refuses the names in `wanted` that rustc does not know.
pub(super) fn check_names(wanted: &[String]) -> Result<()> {
    let known = printed(Command::new("rustc").args(["--print", "target-list"]))?;
    for name in wanted {
        ensure!(
            known.lines().any(|target| target == name),
            "rustc knows no target {name}; the project names {}",
            TARGETS.join(", ")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustc_knows_the_targets() {
        let targets = TARGETS.map(str::to_owned);
        check_names(&targets).unwrap();
        let error = check_names(&["x86_64-apple-windows".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("rustc knows no target x86_64-apple-windows; "), "{error}");
    }
}
